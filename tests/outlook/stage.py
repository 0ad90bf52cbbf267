"""A state as it stands in the sandbox's Cognito, called in this process: thousands of them a minute."""

from collections.abc import Iterator, Mapping
from concurrent.futures import Future
from contextlib import contextmanager
from dataclasses import dataclass, field
from typing import Any

from bot.aws.describe import without_secrets
from bot.aws.live_directory import LiveDirectory
from bot.settings import PoolSettings
from sandbox.testing import Call, CognitoError, Contested, LivePool, Mail, Pools, SandboxUser, UserView, World, perform
from tests.outlook.states import DAYS, State

REGION = "us-east-1"
ADDRESS, CAPITALS, PHONE = "ida@example.com", "Ida@Example.com", "+15550001234"
OTHERS_PASSWORD = "Another-1!"
FIRST, SECOND, ELSEWHERE = "First", "Second", "Elsewhere"
SUBJECT, OTHERS_SUBJECT = "1001", "2002"
_SUBJECTS = {"sub": SUBJECT, "id": SUBJECT, "NameID": SUBJECT}
CLAIMS = {**_SUBJECTS, "name": "Ida", "family_name": "Iversen"}
"""What each provider says of the customer, under each kind's name for whom it speaks of, but for the address."""
_MAPPED: Mapping[str, tuple[str, ...]] = {
    "nothing": (),
    "name": ("name",),
    "email": ("email",),
    "email and flag": ("email", "email_verified"),
    "all that is required": ("email", "family_name"),
    "all, with the flag": ("email", "email_verified", "family_name"),
}
_WHOLE = {name: name for name in ("email", "name", "family_name")}


class Cognito:
    """The sandbox's Cognito without a socket, for states that come and go."""

    def __init__(self, world: World | None = None) -> None:
        self.world = world or World()
        self.pools = Pools(self.world)

    def call(self, operation: str, parameters: Mapping[str, Any]) -> dict[str, Any]:
        """Send one call. Raises `CognitoError`."""
        return perform(self.world, Call(operation=operation, parameters=parameters, region=REGION))

    @contextmanager
    def stands(self, state: State) -> Iterator["Scene"]:
        """Let a state stand, and take it down."""
        scene = self.brought(state, "state")
        yield scene
        self.world.backend(REGION).user_pools.pop(scene.live.id)
        self.world.mailbox.clear()

    def brought(self, state: State, pool: str) -> "Scene":
        """Bring a state there, in a pool of that name."""
        self.world.contested = Contested(federated_flag_takes_alias=state.federated_holds_alias)
        scene = Scene(cognito=self, live=_pool(self.pools, pool, state), state=state)
        scene.people()
        return scene


@dataclass(slots=True, kw_only=True)
class Scene:
    """One state, to be tried from the beginning as often as one likes."""

    cognito: Cognito
    live: LivePool
    state: State
    username: str = ""
    """The user name of the account asked about; its sub where the user name is the address."""
    _users: Mapping[str, SandboxUser] = field(default_factory=dict)
    _held: Mapping[str, tuple[Mapping[str, Any], tuple[tuple[str, Any], ...]]] = field(default_factory=dict)
    """By user name: what each holds, apart what can be changed in place."""

    @property
    def plays(self) -> Contested:
        """How Cognito answers where AWS's sources leave it open; what the state itself says stays."""
        return self.cognito.world.contested

    @property
    def settings(self) -> PoolSettings:
        """What an operator would write for the pool."""
        live, allowed = self.live, self.state.credentials
        return PoolSettings(id=live.id, region=live.region, client_id=live.client_id, customer_credentials=allowed)

    @property
    def user(self) -> SandboxUser:
        """The account asked about."""
        return self.live.record(self.username)

    @property
    def providers(self) -> tuple[str, ...]:
        """The providers that the account is linked to, or is a profile of, whether or not the pool has them."""
        return tuple(link.provider for link in self.user.links)

    @property
    def mail(self) -> tuple[Mail, ...]:
        """What was sent since the beginning."""
        return self.live.mail

    def afresh(self, plays: Contested) -> None:
        """Go back to the beginning, and let Cognito play the open points like this."""
        world = self.cognito.world
        world.mailbox.clear()
        world.contested = plays
        pool = self.live.inner
        pool.users.clear()
        pool.users.update(self._users)
        for name, user in self._users.items():
            plain, mutable = self._held[name]
            own = vars(user)
            own.update(plain)
            for key, value in mutable:
                own[key] = value.copy()
            user.forget_codes()

    def call(self, operation: str, parameters: Mapping[str, Any]) -> dict[str, Any]:
        """Send one call. Raises `CognitoError`."""
        return self.cognito.call(operation, parameters)

    def directory(self) -> LiveDirectory:
        """Return the desk's own view of the pool, as it is now."""
        directory = LiveDirectory(name=self.live.name, settings=self.settings, read=self._read)
        directory.at = self.cognito.world.now()
        return directory

    def holds(self) -> None:
        """Take what is there now for the beginning."""
        pool = self.live.inner
        self._users = {user.username: user for user in pool.people}
        self._held = {name: _kept(user) for name, user in self._users.items()}

    def people(self) -> None:
        """Bring the account and the company there."""
        live, state = self.live, self.state
        account = _profile(live, state) if state.is_external else _local(live, state)
        self.username = account.username
        _company(live, state)
        self.holds()

    def _read(self, operation: str, parameters: Mapping[str, Any]) -> "Future[Mapping[str, Any] | None]":
        answer: Future[Mapping[str, Any] | None] = Future()
        try:
            answer.set_result(without_secrets(operation, self.call(operation, parameters)))
        except CognitoError as error:
            if error.code not in ("UserNotFoundException", "ResourceNotFoundException"):
                raise
            answer.set_result(None)
        return answer


def _kept(user: SandboxUser) -> tuple[dict[str, Any], tuple[tuple[str, Any], ...]]:
    held = vars(user)
    mutable = {name: value.copy() for name, value in held.items() if isinstance(value, list | dict | set)}
    return {name: value for name, value in held.items() if name not in mutable}, tuple(mutable.items())


def _pool(pools: Pools, name: str, state: State) -> LivePool:
    names = {"unsaid": None, "listed": ("COGNITO", FIRST, SECOND), "left out": ("COGNITO",)}
    live = pools.create(
        name,
        region=REGION,
        alias=state.kind == "alias",
        email_login=state.kind == "login",
        case_sensitive=state.case_sensitive,
        auto_verify=state.auto_verify,
        keep_original=state.keep_original,
        required=("family_name",) if state.family_name_required else (),
        write_attributes=state.writes,
        hides_users=state.hides_users,
        providers=names[state.client_providers],
        immutable=("email",) if state.email_immutable else (),
        recovery=state.recovery,
        mfa=state.mfa,
        by_link=state.by_link,
        temporary_days=state.temporary_days,
        of_older_date=state.older,
    )
    # Their priority counts, and not where they stand.
    live.inner.extended_config.get("AccountRecoverySetting", {"RecoveryMechanisms": []})["RecoveryMechanisms"].reverse()
    scopes = "openid email profile" if state.asks_for_address else "openid profile"
    details = {} if state.provider_kind == "SAML" else {"authorize_scopes": scopes}
    if state.identity != "none":
        live.add_provider(FIRST, state.provider_kind, mapping(state), details=details)
    if state.identity == "two":
        live.add_provider(SECOND, "OIDC", {"name": "name"})
    return live


def mapping(state: State) -> dict[str, str]:
    """Return the attribute mapping of the first provider; each claim is called as the attribute that it fills."""
    return {name: name for name in _MAPPED[state.mapped]}


def _local(live: LivePool, state: State) -> UserView:
    created, modified = (days * DAYS for days in state.age)
    user = live.add(
        ADDRESS if state.name_is_address else "ida",
        email="" if state.email == "none" else ADDRESS,
        email_verified=None if state.email == "none" else state.email == "verified",
        phone="" if state.phone == "none" else PHONE,
        phone_verified=None if state.phone == "none" else state.phone == "verified",
        status=state.status,
        enabled=state.enabled,
        attributes={"name": "Ida", **({"family_name": "Iversen"} if state.has_family_name else {})},
        mfa=state.factors,
        preferred_mfa=state.preferred,
        created=created,
    )
    linked = {"one": (FIRST,), "two": (FIRST, SECOND), "deleted": (FIRST,)}.get(state.identity, ())
    for provider in linked:
        live.link(user.username, provider, SUBJECT)
    if state.identity == "deleted":
        live.remove_provider(FIRST)
    live.backdate(user.username, created=created, modified=modified)
    return user


def _profile(live: LivePool, state: State) -> UserView:
    """Bring a provider's profile there: somebody came in when the mapping was whole, and it was changed since."""
    provider = live.inner.identity_providers[FIRST]
    kept = provider.extended_config["AttributeMapping"]
    provider.extended_config["AttributeMapping"] = {**kept, **_WHOLE}
    user = live.sign_in_earlier(FIRST, {**CLAIMS, "email": ADDRESS})
    provider.extended_config["AttributeMapping"] = kept
    flags = {"none": "", "unverified": "false", "verified": "true"}
    written = {
        "email": "" if state.email == "none" else ADDRESS,
        "email_verified": flags[state.email],
        "phone_number": "" if state.phone == "none" else PHONE,
        "phone_number_verified": flags[state.phone],
        "family_name": "Iversen" if state.has_family_name else "",
    }
    live.write(user.username, written)
    if not state.enabled:
        live.disable(user.username)
    if state.identity == "profile of a deleted one":
        live.remove_provider(FIRST)
    created, modified = (days * DAYS for days in state.age)
    live.backdate(user.username, created=created, modified=modified)
    return user


def _company(live: LivePool, state: State) -> None:
    match state.company:
        case "nobody":
            return
        case "profile":
            live.add_provider(ELSEWHERE, "Google", {"email": "email", "email_verified": "email_verified"})
            claims = {**CLAIMS, "sub": OTHERS_SUBJECT, "email": ADDRESS, "email_verified": True}
            held = live.inner.identity_providers[ELSEWHERE].extended_config
            whole = {**held["AttributeMapping"], **_WHOLE}
            held["AttributeMapping"], kept = whole, held["AttributeMapping"]
            live.sign_in_earlier(ELSEWHERE, claims)
            held["AttributeMapping"] = kept
        case other:
            live.add(
                "olga",
                email=CAPITALS if other == "other case" else ADDRESS,
                email_verified=other in ("verified", "disabled", "other case"),
                status="UNCONFIRMED" if other == "unfinished" else "CONFIRMED",
                enabled=other != "disabled",
                password=OTHERS_PASSWORD,
                attributes={"name": "Olga", "family_name": "Olsen"},
                created=100 * DAYS,
            )

"""The Python face of the sandbox's pools: make them, people them, look into them."""

from collections.abc import Iterable, Iterator, Mapping
from typing import Any, Literal

from sandbox.cognito.livepool import LivePool
from sandbox.cognito.operations.passwords import ADMIN_ONLY
from sandbox.cognito.settings import refuse_contradictions
from sandbox.cognito.world import World

_CODE, _LINK = "CONFIRM_WITH_CODE", "CONFIRM_WITH_LINK"
FLOWS = ("ALLOW_USER_PASSWORD_AUTH", "ALLOW_ADMIN_USER_PASSWORD_AUTH", "ALLOW_REFRESH_TOKEN_AUTH")


class Pools:
    """All pools of one server, by name."""

    def __init__(self, world: World) -> None:
        self._world = world

    def create(
        self,
        name: str,
        *,
        region: str = "us-east-1",
        alias: bool = True,
        email_login: bool = False,
        case_sensitive: bool = True,
        auto_verify: Iterable[str] = ("email",),
        keep_original: bool = False,
        required: Iterable[str] = (),
        client_secret: bool = False,
        read_attributes: Iterable[str] = (),
        write_attributes: Iterable[str] = (),
        flows: Iterable[str] = FLOWS,
        hides_users: bool = True,
        providers: Iterable[str] | None = None,
        immutable: Iterable[str] = (),
        recovery: Iterable[str] = (),
        mfa: Literal["OFF", "OPTIONAL", "ON"] = "OFF",
        by_link: bool = False,
        temporary_days: int | None = None,
        settings: Mapping[str, Any] | None = None,
        of_older_date: bool = False,
        account: str = "",
    ) -> LivePool:
        """Create a pool with one app client. ``alias`` and ``email_login`` say what an address is here.

        ``providers`` are the app client's SupportedIdentityProviders, None for whichever the pool has. ``recovery``
        names the ways in their order ("email", "phone_number", or "admin_only" alone); none is a pool without that
        setting. With ``mfa`` comes the role that text messages need. ``by_link`` mails a link at sign-up.
        ``temporary_days`` is how long a temporary password lives.

        ``settings`` are further settings in the shape of DescribeUserPool, ``EmailConfigurationFailure`` included.
        Contradictory settings raise InvalidParameter, unless the pool is ``of_older_date``: those exist.
        ``account`` is the id of the AWS account that it belongs to, empty for the first.
        """
        config: dict[str, Any] = {
            "AutoVerifiedAttributes": list(auto_verify),
            "UsernameConfiguration": {"CaseSensitive": case_sensitive},
            "Schema": _schema(frozenset(required), frozenset(immutable)),
            "MfaConfiguration": mfa,
        }
        if alias or email_login:
            config["UsernameAttributes" if email_login else "AliasAttributes"] = ["email"]
        if keep_original:
            config["UserAttributeUpdateSettings"] = {"AttributesRequireVerificationBeforeUpdate": ["email"]}
        if mfa != "OFF":
            config["SmsConfiguration"] = {"SnsCallerArn": "arn:aws:iam::111122223333:role/sms", "ExternalId": name}
        config["VerificationMessageTemplate"] = {"DefaultEmailOption": _LINK if by_link else _CODE}
        if temporary_days is not None:
            config["Policies"] = {"PasswordPolicy": {"TemporaryPasswordValidityDays": temporary_days}}
        config |= {**_recovery(recovery), **(settings or {})}
        if not of_older_date:
            refuse_contradictions(config, self._world.contested)
        with self._world.lock:
            pool = self._world.create_pool(region, name, config, account=account)
            client: dict[str, Any] = {
                "ClientName": f"{name}-app",
                "ExplicitAuthFlows": list(flows),
                "PreventUserExistenceErrors": "ENABLED" if hides_users else "LEGACY",
            }
            listed = {
                "ReadAttributes": list(read_attributes) or None,
                "WriteAttributes": list(write_attributes) or None,
                "SupportedIdentityProviders": None if providers is None else list(providers),
            }
            client |= {name: names for name, names in listed.items() if names is not None}
            pool.backend.create_user_pool_client(pool.id, client_secret, client)
        return LivePool(self._world, pool)

    def __iter__(self) -> Iterator[LivePool]:
        return iter([LivePool(self._world, pool) for pool in self._world.pools()])

    def __getitem__(self, name: str) -> LivePool:
        """Return a pool by its name or its id."""
        for pool in self._world.pools():
            if name in {pool.name, pool.id}:
                return LivePool(self._world, pool)
        raise LookupError(f"The sandbox has no pool {name}.")


def _recovery(ways: Iterable[str]) -> dict[str, Any]:
    names = [way if way == ADMIN_ONLY else f"verified_{way}" for way in ways]
    mechanisms = [{"Priority": place, "Name": name} for place, name in enumerate(names, start=1)]
    return {"AccountRecoverySetting": {"RecoveryMechanisms": mechanisms}} if mechanisms else {}


def _schema(required: frozenset[str], immutable: frozenset[str]) -> list[dict[str, Any]]:
    return [
        {
            "Name": name,
            "AttributeDataType": "String",
            "Required": name in required,
            "Mutable": name not in immutable,
        }
        for name in sorted(required | immutable)
    ]

"""What the listing of a whole pool tells of each user is what a check of that user tells, or it says what it can't."""

from datetime import UTC, datetime, timedelta
from itertools import product

from hypothesis import given
from hypothesis import strategies as st

from bot.cognito import Client, Identity, Pool, Provider, User
from bot.diagnosis import Cause, cases, shape_of
from bot.diagnosis.shapes import user_of
from tests.commands.paper import ALIAS, Paper

AT = datetime(2026, 11, 28, tzinfo=UTC)
PROVIDERS = (
    Provider(name="Google", type="Google", mapping={"email": "email"}),
    Provider(name="Okta", type="OIDC", mapping={"email": "email", "email_verified": "email_verified", "name": "name"}),
    Provider(name="Corp", type="SAML", mapping={}),
)
NAMES = (*(each.name for each in PROVIDERS), "Gone")
STATUSES = ("CONFIRMED", "UNCONFIRMED", "FORCE_CHANGE_PASSWORD", "RESET_REQUIRED", "EXTERNAL_PROVIDER", "UNKNOWN")
RECOVERIES = ((), ("verified_email",), ("verified_phone_number", "verified_email"), ("admin_only",))
LONG = f"{'x' * 150}@example.com"

flags = st.sampled_from(("true", "True", "false", ""))


@st.composite
def pools(draw: st.DrawFn) -> Pool:
    kind = draw(st.sampled_from(("alias", "login", "plain")))
    return Pool(
        name="prod",
        id="eu-west-1_Listed",
        region="eu-west-1",
        aliases=frozenset({"email"} if kind == "alias" else ()),
        username_attributes=frozenset({"email"} if kind == "login" else ()),
        case_sensitive=draw(st.booleans()),
        auto_verified=frozenset(draw(st.sets(st.sampled_from(("email", "phone_number"))))),
        verified_before_update=frozenset({"email"} if draw(st.booleans()) else ()),
        required=frozenset(draw(st.sets(st.sampled_from(("email", "name", "phone_number", "email_verified"))))),
        immutable=frozenset({"email"} if draw(st.booleans()) else ()),
        mfa_required=draw(st.booleans()),
        recovery=draw(st.sampled_from(RECOVERIES)),
        email_failure=draw(st.sampled_from(("", "Broken."))),
        sms_failure=draw(st.sampled_from(("", "Broken.", "In the Sandbox."))),
    )


@st.composite
def people(draw: st.DrawFn) -> User:
    address = draw(st.sampled_from(("", "ana@example.com", "Ana@Example.com", LONG)))
    status = draw(st.sampled_from(STATUSES))
    identities = draw(st.lists(st.sampled_from(NAMES), max_size=3))
    own = f"{draw(st.sampled_from(NAMES))}_17"
    created = AT - timedelta(days=draw(st.integers(0, 20)))
    written = {
        "sub": "sub-ana",
        "email": address,
        "email_verified": draw(flags),
        "phone_number": draw(st.sampled_from(("", "+15550100"))),
        "phone_number_verified": draw(flags),
        "name": draw(st.sampled_from(("", "Ana"))),
    }
    return User(
        username=own if status == "EXTERNAL_PROVIDER" else draw(st.sampled_from(("ana", address or "ana"))),
        sub="sub-ana",
        status=status,
        enabled=draw(st.booleans()),
        attributes={name: value for name, value in written.items() if value or draw(st.booleans())},
        created=created,
        modified=created + timedelta(days=draw(st.integers(0, 5))),
        identities=tuple(Identity(provider=name, provider_type="OIDC", subject="1") for name in identities),
    )


clients = st.sampled_from(
    [
        None,
        *(
            Client(hides_users=True, writes=frozenset(writes), providers=frozenset(offered))
            for writes, offered in product(((), ("name",)), ((), ("Google",)))
        ),
    ]
)


class Listing(Paper):
    """A pool on paper that knows a provider's own profile by its name, as Cognito does."""

    def providers_of(self, user: User) -> tuple[Provider, ...]:
        known = {each.name: each for each in self.providers()}
        return tuple(known[name] for name in user.providers if name in known)


def found(user: User, pool: Pool, client: Client | None) -> Cause:
    paper = Listing(pool, user, providers=PROVIDERS, client=client)
    paper.at = AT
    (case,) = cases((user,), paper)
    return case.cause


@given(pool=pools(), user=people(), client=clients)
def test_a_shape_keeps_all_that_bears_on_a_finding_and_nothing_else(
    pool: Pool, user: User, client: Client | None
) -> None:
    shape = shape_of(user, pool, AT)
    other = user_of(shape, pool, AT)

    assert shape_of(other, pool, AT) == shape
    assert found(other, pool, client) is found(user, pool, client)
    assert not any(value in shape for value in ("ana", "Ana", "+1555", "17", "sub"))


def test_everybody_in_the_same_state_has_one_shape() -> None:
    people = [
        User(
            username=f"user-{n}",
            sub=f"sub-{n}",
            status="CONFIRMED",
            enabled=True,
            attributes={"email": f"{n}@example.com", "name": f"Name {n}", "sub": f"sub-{n}"},
            created=AT - timedelta(days=n),
            modified=AT,
        )
        for n in range(1, 50)
    ]

    assert len({shape_of(user, ALIAS, AT) for user in people}) == 1

"""What the listing of a whole pool tells of each user is what a check of that user tells, or it says what it can't."""

from collections.abc import Iterable
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from itertools import product

from hypothesis import given
from hypothesis import strategies as st

from bot.cognito import Client, Identity, Pool, Provider, User
from bot.diagnosis import UNTOLD, Cause, Judged, Listed, Member, Unlisted, cases, shape_of
from bot.diagnosis.shapes import user_of
from tests.commands.paper import ALIAS, Paper, person

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


OFF = replace(ALIAS, mfa_off=True)
MAILED = replace(OFF, sends_with_ses=True, mail_evidence=True)


def member(user: User, pool: Pool) -> Member:
    return Member(name=user.username, address=user.email, shape=shape_of(user, pool, AT))


def told(pool: Pool, *users: User, called: Iterable[User] = ()) -> dict[str, Judged]:
    """What the listing tells of those with one address, by user name."""
    members = [member(user, pool) for user in users]
    found = Listed(pool=pool, at=AT).together(members, [member(each, pool) for each in called])
    return {each.name: judged for each, judged in found.items()}


def alone(pool: Pool, user: User) -> Judged:
    return Listed(pool=pool, at=AT).alone(shape_of(user, pool, AT))


def profile(address: str, *, verified: bool) -> User:
    return person("Google_1", address, verified=verified, status="EXTERNAL_PROVIDER")


ANA = "ana@example.com"


def test_one_verified_holder_owns_an_alias() -> None:
    found = told(OFF, person("ana", ANA, verified=True), person("old", ANA), person("new", ANA, status="UNCONFIRMED"))
    assert found == {"ana": Judged("VERIFIED"), "old": Judged("ALIAS_MOVED"), "new": Judged("DUP_SIGNUP")}


def test_who_owns_an_alias_that_a_provider_s_profile_has_verified_too_can_t_be_told() -> None:
    found = told(OFF, person("ana", ANA, verified=True), profile(ANA, verified=True))
    assert found["ana"] == Judged(UNTOLD, (Unlisted.OWNER,))


def test_a_provider_s_profile_is_never_meant_by_an_address_that_is_a_user_name() -> None:
    login = replace(OFF, aliases=frozenset(), username_attributes=frozenset({"email"}))
    assert told(login, person("ana", ANA, verified=True), profile(ANA, verified=True))["ana"] == Judged("VERIFIED")


def test_an_address_that_is_too_long_for_a_user_name_finds_nobody() -> None:
    assert alone(OFF, person("ana", LONG, verified=True)) == Judged("UNSURE")
    assert alone(OFF, person("ana", f"{'x' * 100}@example.com", verified=True)) == Judged("VERIFIED")


def test_another_spelling_is_another_address_where_the_pool_minds_letter_case() -> None:
    other = person("old", "Ana@example.com")
    assert told(OFF, person("ana", ANA, verified=True), other)["old"] == Judged("EMAIL_CHANGED")
    one = replace(OFF, case_sensitive=False)
    assert told(one, person("ana", ANA, verified=True), other)["old"] == Judged("ALIAS_MOVED")


def test_where_a_check_may_not_see_another_spelling_the_listing_says_so() -> None:
    one = replace(OFF, case_sensitive=False)
    found = told(one, person("ana", ANA), person("old", "ANA@example.com"))
    assert found["ana"] == Judged("ALIAS_NOBODY", (Unlisted.SPELLING,))


def test_a_user_name_that_is_somebody_s_address_is_found_by_it() -> None:
    taken = replace(OFF, aliases=frozenset({"email", "preferred_username"}))
    other = person("other", "other@example.com")
    called = [replace(other, username=ANA)]
    assert told(taken, person("ana", ANA), called=called)["ana"] == Judged("ALIAS_MOVED")
    assert told(taken, person("ana", ANA), called=[other])["ana"] == Judged(UNTOLD, (Unlisted.OWNER,))


def test_second_factors_are_in_doubt_where_they_matter_and_the_pool_has_any() -> None:
    verified, nothing = person("ana", ANA, verified=True), person("nemo")
    assert alone(OFF, verified) == Judged("VERIFIED")
    assert alone(ALIAS, verified) == Judged("VERIFIED", (Unlisted.FACTOR,))
    assert alone(ALIAS, replace(verified, status="EXTERNAL_PROVIDER")).doubts == ()
    assert alone(ALIAS, replace(nothing, enabled=False)) == Judged("DISABLED")


def test_whether_the_one_contact_is_the_required_factor_can_t_be_told() -> None:
    required = replace(ALIAS, mfa_required=True, recovery=("verified_email",))
    assert alone(required, person("ana", ANA, verified=True)) == Judged(UNTOLD, (Unlisted.FACTOR,))


def test_the_mail_is_in_doubt_where_a_check_looks_at_it() -> None:
    verified = person("ana", ANA, verified=True)
    assert alone(MAILED, verified) == Judged("VERIFIED", (Unlisted.MAIL,))
    assert alone(replace(MAILED, mail_evidence=False), verified) == Judged("VERIFIED")
    assert alone(MAILED, person("nemo")).doubts == ()


def test_a_provider_that_is_gone_or_clears_the_flag_is_found_of_everybody_who_came_through_it() -> None:
    judge = Listed(pool=OFF, at=AT, providers={each.name: each for each in PROVIDERS})
    through = [person(name, ANA, status="EXTERNAL_PROVIDER") for name in ("Google_1", "Gone_1", "Okta_1")]
    found = [judge.alone(shape_of(user, OFF, AT)).finding for user in through]
    assert found == ["FED_UNMAPPED", "FED_GONE", "FED_CLAIM"]


def test_of_many_of_a_kind_each_has_the_others_beside() -> None:
    old = replace(member(person("old", ANA), OFF), name="")
    one, several = ([replace(old, count=count)] for count in (1, 3000))
    judge = Listed(pool=OFF, at=AT)
    assert set(judge.together(one).values()) == {Judged("EMAIL_CHANGED")}
    assert set(judge.together(several).values()) == {Judged("ALIAS_NOBODY")}
    owner = replace(old, shape=shape_of(person("ana", ANA, verified=True), OFF, AT))
    assert set(judge.together([*several, owner]).values()) == {Judged("ALIAS_MOVED"), Judged("VERIFIED")}

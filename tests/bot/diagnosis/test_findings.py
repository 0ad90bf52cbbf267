"""The decision table: each row, in every kind of pool, and what holds whatever the evidence."""

from collections.abc import Mapping
from dataclasses import replace
from datetime import UTC, datetime

import pytest
from hypothesis import given
from hypothesis import strategies as st

from bot.cognito import Identity, Pool, Provider, User
from bot.diagnosis import Cause, Works, worst
from bot.diagnosis.attempts import outlook_of
from bot.diagnosis.evidence import Evidence
from bot.diagnosis.findings import Finding, diagnose

WHEN = datetime(2025, 1, 1, tzinfo=UTC)
EMAIL = frozenset({"email"})
ALIAS = Pool(name="prod", id="p", region="r", aliases=EMAIL, auto_verified=EMAIL)
LOGIN = replace(ALIAS, aliases=frozenset(), username_attributes=EMAIL)
PLAIN = replace(ALIAS, aliases=frozenset())
SILENT = replace(ALIAS, auto_verified=frozenset())
BOTH = replace(ALIAS, auto_verified=frozenset({"email", "phone_number"}))
BY_MAIL = replace(ALIAS, recovery=("verified_email",))
FROZEN = replace(ALIAS, immutable=frozenset({"email"}))
KEEPS = replace(ALIAS, verified_before_update=EMAIL)
FOLDS = replace(ALIAS, case_sensitive=False)
KINDS = {"alias": ALIAS, "login": LOGIN, "plain": PLAIN}


def user(
    name: str = "u",
    email: str = "a@x.org",
    *,
    verified: bool = False,
    status: str = "CONFIRMED",
    phone: bool = False,
    through: tuple[str, ...] = (),
) -> User:
    attributes = {"email": email, "email_verified": str(verified).lower(), "phone_number_verified": str(phone).lower()}
    if phone:
        attributes["phone_number"] = "+15550100"
    return User(
        username=name,
        sub=f"sub-{name}",
        status=status,
        enabled=True,
        attributes=attributes if email else {},
        created=WHEN,
        modified=WHEN,
        identities=tuple(Identity(provider=each, provider_type="OIDC", subject="1") for each in through),
    )


def evidence_of(who: User, pool: Pool, *others: User, providers: tuple[Provider, ...] = ()) -> Evidence:
    owners = (other for other in (who, *others) if pool.same(other.email, who.email) and other.email_verified)
    owner = next(owners, None) if pool.email_is_alias else who if pool.email_is_username else None
    return Evidence(user=who, pool=pool, at=WHEN, others=others, signs_in_with=owner, providers=providers)


def found_in(evidence: Evidence) -> Finding:
    return diagnose(evidence, outlook_of(evidence))


def idp(kind: str = "Google", issuer: str = "", mapping: Mapping[str, str] | None = None) -> Provider:
    return Provider(name="Idp", type=kind, mapping={"email": "email"} if mapping is None else mapping, issuer=issuer)


FULL = {"email": "email", "email_verified": "email_verified"}
EXTERNAL = user("Idp_1", status="EXTERNAL_PROVIDER", through=("Idp",))
LINKED = user("u", through=("Idp",))
TWIN = user("Idp_2", status="EXTERNAL_PROVIDER", through=("Idp",), verified=True)
RIVAL = user("h")
OWNER = user("h", verified=True)
ENTRA = "https://login.microsoftonline.com/tenant/v2.0"
NEEDS = replace(ALIAS, required=frozenset({"email", "family_name"}))


def table() -> list[tuple[Cause, Evidence]]:
    confirmed, unfinished = user(), user(status="UNCONFIRMED")
    temporary, reset = user(status="FORCE_CHANGE_PASSWORD"), user(status="RESET_REQUIRED")
    by_phone, verified = user(phone=True), user(verified=True)
    seen = evidence_of
    return [
        *((Cause.VERIFIED, seen(verified, pool, RIVAL)) for pool in (*KINDS.values(), KEEPS, FOLDS)),
        (Cause.VERIFIED, seen(TWIN, ALIAS, providers=(idp(mapping=FULL),))),
        (Cause.UNSURE, seen(verified, SILENT)),
        (Cause.DISABLED, seen(replace(verified, enabled=False), ALIAS)),
        (Cause.DISABLED, seen(replace(temporary, enabled=False), ALIAS)),
        (Cause.RESET_REQUIRED, seen(user(verified=True, status="RESET_REQUIRED"), ALIAS)),
        (Cause.RESET_REQUIRED, seen(user(phone=True, status="RESET_REQUIRED"), ALIAS)),
        *((Cause.RESET_PENDING, seen(reset, pool)) for pool in KINDS.values()),
        (Cause.RESET_PENDING, seen(reset, ALIAS, RIVAL)),
        (Cause.RESET_PENDING, seen(user(phone=True, status="RESET_REQUIRED"), BY_MAIL)),
        *((Cause.TEMP_PASSWORD, seen(temporary, pool)) for pool in (*KINDS.values(), SILENT)),
        (Cause.TEMP_PASSWORD, seen(user(verified=True, status="FORCE_CHANGE_PASSWORD"), ALIAS)),
        (Cause.TEMP_PASSWORD, seen(temporary, ALIAS, RIVAL, user("h2", verified=True))),
        (Cause.DUP_SIGNUP, seen(unfinished, ALIAS, OWNER)),
        (Cause.DUP_SIGNUP, seen(unfinished, FOLDS, user("h", "A@x.org", verified=True))),
        (Cause.SIGNUP_OPEN, seen(user(verified=True, status="UNCONFIRMED"), ALIAS)),
        (Cause.SIGNUP_OPEN, seen(unfinished, ALIAS, user("h", "A@x.org", verified=True))),
        (Cause.SIGNUP_OPEN, seen(unfinished, ALIAS, RIVAL)),
        (Cause.SIGNUP_OPEN, seen(unfinished, PLAIN, OWNER)),
        (Cause.SIGNUP_OPEN, seen(unfinished, LOGIN)),
        (Cause.FED_GONE, seen(EXTERNAL, ALIAS)),
        (Cause.FED_REQUIRED, seen(EXTERNAL, NEEDS, providers=(idp(),))),
        (Cause.FED_REQUIRED, seen(EXTERNAL, NEEDS, providers=(idp("Facebook"),))),
        (Cause.FED_REQUIRED, seen(TWIN, NEEDS, providers=(idp(mapping=FULL),))),
        (Cause.FED_FROZEN, seen(EXTERNAL, FROZEN, providers=(idp(),))),
        (Cause.FED_UNMAPPED, seen(EXTERNAL, ALIAS, providers=(idp(),))),
        (Cause.FED_UNMAPPED, seen(LINKED, ALIAS, OWNER, providers=(idp("OIDC", "https://okta.example.com"),))),
        (Cause.FED_UNMAPPED, seen(EXTERNAL, PLAIN, providers=(idp("SAML"),))),
        (Cause.FED_UNMAPPED, seen(EXTERNAL, LOGIN, providers=(idp("SignInWithApple"),))),
        (Cause.FED_UNMAPPED, seen(TWIN, ALIAS, providers=(idp(),))),
        (Cause.FED_CLAIM, seen(EXTERNAL, ALIAS, providers=(idp(mapping=FULL),))),
        (Cause.FED_CLAIM, seen(LINKED, ALIAS, TWIN, providers=(idp("Facebook", mapping=FULL),))),
        (Cause.FED_NOCLAIM, seen(EXTERNAL, ALIAS, providers=(idp("Facebook"),))),
        (Cause.FED_NOCLAIM, seen(EXTERNAL, ALIAS, providers=(idp("LoginWithAmazon"),))),
        (Cause.FED_NOCLAIM, seen(EXTERNAL, ALIAS, providers=(idp("OIDC", ENTRA),))),
        (Cause.FED_TWIN, seen(confirmed, ALIAS, TWIN)),
        (Cause.FED_TWIN, seen(confirmed, PLAIN, TWIN)),
        (Cause.ALIAS_MOVED, seen(confirmed, ALIAS, OWNER)),
        (Cause.ALIAS_MOVED, seen(confirmed, FOLDS, user("h", "A@X.org", verified=True))),
        (Cause.ALIAS_MOVED, seen(EXTERNAL, ALIAS, OWNER, providers=(idp(mapping={"name": "name"}),))),
        (Cause.ALIAS_NOBODY, seen(confirmed, ALIAS, RIVAL)),
        (Cause.RESET_BLOCKED, seen(verified, replace(ALIAS, recovery=("admin_only",)))),
        (Cause.RESET_BLOCKED, seen(replace(verified, preferred_mfa="EMAIL_OTP"), BY_MAIL)),
        (Cause.NO_AUTOVERIFY, seen(confirmed, SILENT)),
        (Cause.NO_AUTOVERIFY, seen(confirmed, replace(PLAIN, auto_verified=frozenset()), OWNER)),
        (Cause.NO_AUTOVERIFY, seen(by_phone, replace(ALIAS, auto_verified=frozenset({"phone_number"})))),
        (Cause.PHONE_TOOK_CODE, seen(by_phone, BOTH)),
        (Cause.EMAIL_CHANGED, seen(confirmed, BOTH)),
        (Cause.EMAIL_CHANGED, seen(by_phone, ALIAS)),
        *((Cause.EMAIL_CHANGED, seen(confirmed, pool)) for pool in (*KINDS.values(), KEEPS, FOLDS)),
        (Cause.EMAIL_CHANGED, seen(confirmed, PLAIN, OWNER)),
        (Cause.EMAIL_CHANGED, seen(confirmed, ALIAS, user("h", "A@x.org", verified=True))),
        (Cause.EMAIL_CHANGED, seen(LINKED, ALIAS)),
        (Cause.EMAIL_CHANGED, seen(EXTERNAL, ALIAS, providers=(idp(mapping={"name": "name"}),))),
        (Cause.UNKNOWN, seen(user(email=""), ALIAS)),
        (Cause.UNKNOWN, seen(user(status="COMPROMISED"), ALIAS)),
    ]  # fmt: skip


@pytest.mark.parametrize(("cause", "evidence"), table())
def test_each_row_is_found_by_its_evidence(cause: Cause, evidence: Evidence) -> None:
    assert found_in(evidence).cause is cause


def also(who: User, pool: Pool, *others: User, providers: tuple[Provider, ...] = ()) -> tuple[Cause, ...]:
    return found_in(evidence_of(who, pool, *others, providers=providers)).also


def test_a_note_that_a_pool_can_not_mail_is_told_beside_whatever_else_is_wrong_and_never_alone() -> None:
    broken = replace(ALIAS, email_failure="SES")
    assert also(user(), broken) == (Cause.DELIVERY,)
    assert also(user(verified=True), broken) == (Cause.DELIVERY,)


def test_a_verified_address_may_hide_a_change_where_the_pool_keeps_the_old_one() -> None:
    assert also(user(verified=True), KEEPS) == (Cause.PENDING_CHANGE,)
    assert also(user(verified=True), ALIAS) == ()
    assert Cause.PENDING_CHANGE not in also(user(), KEEPS)


def test_another_spelling_is_another_address_only_where_the_pool_minds_capital_letters() -> None:
    other = user("h", "A@x.org", verified=True)
    assert also(user(), ALIAS, other) == (Cause.CASE_VARIANT,)
    assert also(user(), FOLDS, other) == ()


def test_what_an_address_is_to_the_pool_is_told_beside() -> None:
    assert also(user(), LOGIN) == (Cause.EMAIL_LOGIN,)
    assert also(user(), PLAIN) == (Cause.NO_ALIAS,)
    assert also(user(), ALIAS) == ()


def test_everything_that_is_the_matter_at_once_is_told_the_worst_first() -> None:
    facebook = replace(idp("Facebook"), name="Facebook")
    linked = replace(user(through=("Idp", "Facebook")), enabled=False)
    found = found_in(evidence_of(linked, ALIAS, OWNER, providers=(idp(), facebook)))
    assert found == Finding(Cause.DISABLED, (Cause.FED_UNMAPPED, Cause.FED_NOCLAIM, Cause.ALIAS_MOVED))
    assert also(user(status="RESET_REQUIRED", phone=True), replace(ALIAS, email_failure="SES")) == (Cause.DELIVERY,)


def test_the_worst_is_the_first_row_and_a_healthy_account_the_last() -> None:
    moved, waiting, fine = Finding(Cause.ALIAS_MOVED), Finding(Cause.DUP_SIGNUP), Finding(Cause.VERIFIED)
    assert worst([fine, moved, waiting]) is waiting
    assert worst([fine, moved]) is moved
    assert worst([fine]) is fine


EMAILS = st.sampled_from(["", "a@x.org", "A@x.org", "a@X.org"])
STATUSES = st.sampled_from(
    ["UNCONFIRMED", "CONFIRMED", "FORCE_CHANGE_PASSWORD", "RESET_REQUIRED", "EXTERNAL_PROVIDER", "ARCHIVED", "UNKNOWN"]
)
SOME = st.sets(st.sampled_from(["email", "phone_number"])).map(frozenset)
POOLS = st.builds(
    Pool,
    name=st.just("prod"),
    id=st.just("p"),
    region=st.just("r"),
    aliases=SOME,
    username_attributes=SOME,
    case_sensitive=st.booleans(),
    auto_verified=SOME,
    verified_before_update=SOME,
    required=st.sets(st.sampled_from(["email", "family_name"])).map(frozenset),
    email_failure=st.sampled_from(["", "SES"]),
)
USERS = st.builds(
    user,
    name=st.sampled_from(["a", "b", "c"]),
    email=EMAILS,
    verified=st.booleans(),
    status=STATUSES,
    phone=st.booleans(),
    through=st.sampled_from([(), ("Idp",)]),
)
PROVIDERS = st.lists(
    st.builds(
        idp,
        kind=st.sampled_from(["Google", "Facebook", "OIDC", "SAML", "Unheard"]),
        issuer=st.sampled_from(["", ENTRA, "no url"]),
        mapping=st.dictionaries(st.sampled_from(["email", "email_verified", "family_name"]), st.just("claim")),
    ),
    max_size=2,
).map(tuple)
EVIDENCE = st.builds(
    Evidence,
    user=USERS,
    pool=POOLS,
    at=st.just(WHEN),
    others=st.lists(USERS, max_size=3).map(tuple),
    signs_in_with=st.none() | USERS,
    providers=PROVIDERS,
)


@given(EVIDENCE)
def test_all_evidence_has_one_headline_and_only_whoever_has_nothing_in_the_way_is_healthy(evidence: Evidence) -> None:
    seen = outlook_of(evidence)
    found = diagnose(evidence, seen)
    assert found.cause not in found.also
    assert len(set(found.also)) == len(found.also)
    assert diagnose(evidence, seen) == found
    if found.cause is Cause.VERIFIED:
        assert evidence.user.email_verified
        assert evidence.user.enabled
        assert seen.signs_in is Works.YES


@given(EVIDENCE)
def test_an_address_can_only_be_owned_where_it_is_an_alias(evidence: Evidence) -> None:
    found = found_in(evidence)
    if {found.cause, *found.also} & {Cause.ALIAS_MOVED, Cause.ALIAS_NOBODY, Cause.DUP_SIGNUP}:
        assert evidence.pool.email_is_alias


@given(EVIDENCE)
def test_accounts_under_another_spelling_never_change_the_cause(evidence: Evidence) -> None:
    alone = replace(evidence, others=evidence.rivals)
    assert found_in(alone).cause is found_in(evidence).cause


@given(EVIDENCE)
def test_a_change_is_suspected_only_where_a_code_would_have_been_mailed(evidence: Evidence) -> None:
    found = found_in(evidence)
    if {found.cause, *found.also} & {Cause.EMAIL_CHANGED, Cause.PHONE_TOOK_CODE}:
        assert evidence.pool.mails_codes
        assert evidence.user.email

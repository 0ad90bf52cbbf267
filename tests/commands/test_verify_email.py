"""/cognito-verify-email: what it plans, and what it refuses."""

from dataclasses import replace

import pytest

from bot.answer import Refused
from bot.cognito import Pool, Provider
from bot.plan import Effect, Risk
from tests.commands.paper import ALIAS, EMAIL_LOGIN, KEEPS, PLAIN, Paper, person, planned, written_by

ANA = person("ana", "ana@example.com")


def refused(directory: Paper, user: str = "ana") -> str:
    with pytest.raises(Refused) as error:
        planned("verify-email", {"user": user}, directory)
    assert error.value.field == "user"
    return str(error.value)


def test_it_sets_the_flag_and_nothing_else_by_the_real_user_name() -> None:
    plan = planned("verify-email", {"user": "ana@example.com"}, Paper(ALIAS, ANA))
    (call,) = plan.calls
    assert call.operation == "AdminUpdateUserAttributes"
    assert call.parameters == {
        "UserPoolId": "us-east-1_Paper",
        "Username": "ana",
        "UserAttributes": [{"Name": "email_verified", "Value": "true"}],
    }
    assert [(change.subject.name, change.what, change.before, change.after) for change in plan.changes] == [
        ("ana", "email_verified", "false", "true")
    ]
    assert plan.risk is Risk.NORMAL
    assert not plan.why_high


@pytest.mark.parametrize("pool", [ALIAS, KEEPS])
def test_whoever_loses_the_address_is_named_and_two_leads_are_needed(pool: Pool) -> None:
    newer = person("ben.new", "ben@example.com", verified=True, day=9)
    plan = planned("verify-email", {"user": "ben.old"}, Paper(pool, person("ben.old", "ben@example.com"), newer))
    assert plan.risk is Risk.HIGH
    lost = [change for change in plan.changes if change.loses]
    assert [(change.subject.name, change.subject.id, change.after) for change in lost] == [
        ("ben.new", "sub-ben.new", "false")
    ]
    assert plan.summary.plain() == "take ben@example.com from ben.new, give it to ben.old"
    assert [call.shown for call in plan.undo] == ["AdminUpdateUserAttributes(ben.new, email_verified=true)"]


@pytest.mark.parametrize("pool", [PLAIN, EMAIL_LOGIN])
def test_where_no_address_can_move_nobody_loses_anything(pool: Pool) -> None:
    twin = person("ana2", "ana@example.com", verified=True)
    plan = planned("verify-email", {"user": "ana"}, Paper(pool, ANA, twin))
    assert len(plan.changes) == 1
    assert not any(change.loses for change in plan.changes)


@pytest.mark.parametrize("pool", [ALIAS, KEEPS, PLAIN])
@pytest.mark.parametrize("address", ["ana@example.com", "Ana@Example.com"])
def test_somebody_who_has_the_address_too_stands_on_the_card_and_two_leads_have_to_agree(
    pool: Pool, address: str
) -> None:
    twin = person("ana2", address)
    plan = planned("verify-email", {"user": "ana"}, Paper(pool, ANA, twin))
    assert plan.risk is Risk.HIGH
    assert [each.plain() for each in plan.why_high] == [
        "ana@example.com is the address of somebody else too: ana2 (confirmed, not verified, created Jan 1, 2025)."
    ]


def test_only_where_an_address_can_move_must_a_lost_call_be_looked_up_before_it_is_sent_again() -> None:
    plain, alias = (planned("verify-email", {"user": "ana"}, Paper(pool, ANA)) for pool in (PLAIN, ALIAS))
    assert plain.calls[0].effect is Effect.SETTABLE
    assert alias.calls[0].effect is Effect.READABLE


def test_an_address_that_the_desk_wrote_needs_two_leads_none_of_whom_asked_for_that() -> None:
    plan = planned("verify-email", {"user": "ana"}, Paper(ALIAS, ANA), written_by("U1", "U2"))
    assert plan.risk is Risk.HIGH
    assert plan.authors == {"U1", "U2"}
    assert "The desk wrote this address to the account (U1, U2 asked)" in plan.why_high[0].plain()


def test_an_address_that_the_customer_has_changed_since_is_not_the_desk_s() -> None:
    ledger = written_by("U1", address="before@example.com")
    assert planned("verify-email", {"user": "ana"}, Paper(ALIAS, ANA), ledger).risk is Risk.NORMAL


@pytest.mark.parametrize("address", ["ANA@example.com", ""])
def test_an_address_is_the_desk_s_in_any_letter_case_and_where_an_older_desk_did_not_keep_it(address: str) -> None:
    ledger = written_by("U1", address=address)
    assert planned("verify-email", {"user": "ana"}, Paper(ALIAS, ANA), ledger).risk is Risk.HIGH


def test_undo_is_not_offered_where_aws_does_not_say_what_it_would_do() -> None:
    plan = planned("verify-email", {"user": "ana"}, Paper(KEEPS, ANA))
    assert not plan.undo
    assert plan.undo_limits is not None
    assert plan.undo_limits.plain().startswith("No undo")


def test_undo_takes_the_flag_back() -> None:
    plan = planned("verify-email", {"user": "ana"}, Paper(ALIAS, ANA))
    assert [call.shown for call in plan.undo] == ["AdminUpdateUserAttributes(ana, email_verified=false)"]


def test_a_disabled_account_is_pointed_out() -> None:
    plan = planned("verify-email", {"user": "ana"}, Paper(ALIAS, replace(ANA, enabled=False)))
    assert any("disabled" in note.plain() for note in plan.notes)


def test_what_needs_no_verifying_is_refused() -> None:
    assert "verified already" in refused(Paper(ALIAS, person("ana", "ana@example.com", verified=True)))
    assert "waiting for its code" in refused(Paper(KEEPS, person("ana", "ana@example.com", verified=True)))
    assert "no e-mail address" in refused(Paper(ALIAS, person("ana")))


def test_an_unfinished_sign_up_is_refused_because_the_flag_would_not_let_them_in() -> None:
    assert "never finished" in refused(Paper(ALIAS, person("ana", "ana@example.com", status="UNCONFIRMED")))


@pytest.mark.parametrize(
    ("kind", "mapping", "said"),
    [
        ("Google", {"email": "email"}, "Map the provider's claim instead"),
        ("Google", {"email": "email", "email_verified": "email_verified"}, "has to send it as true"),
        ("Facebook", {"email": "email"}, "Facebook says nothing"),
    ],
)
def test_a_provider_that_would_undo_it_is_named_with_the_way_out(kind: str, mapping: dict[str, str], said: str) -> None:
    provider = Provider(name="Idp", type=kind, mapping=mapping)
    user = person("ana", "ana@example.com", through="Idp")
    words = refused(Paper(ALIAS, user, providers=[provider]))
    assert "signs in through Idp" in words
    assert said in words


def test_a_linked_account_whose_provider_leaves_the_address_alone_may_be_verified() -> None:
    provider = Provider(name="Idp", type="OIDC", mapping={"name": "name"})
    assert planned(
        "verify-email",
        {"user": "ana"},
        Paper(ALIAS, person("ana", "ana@example.com", through="Idp"), providers=[provider]),
    )


def test_a_providers_own_profile_is_never_verified_by_hand() -> None:
    user = person("Gone_1", "ana@example.com", status="EXTERNAL_PROVIDER", through="Gone")
    assert "identity provider" in refused(Paper(ALIAS, user), "Gone_1")


@pytest.mark.parametrize(
    ("status", "said"),
    [
        ("CONFIRMED", "Please sign out, then sign in."),
        ("FORCE_CHANGE_PASSWORD", "sign in with the password in our invitation"),
        ("RESET_REQUIRED", "choose “forgot password” in the app"),
    ],
)
def test_the_customer_is_told_what_they_can_do_now(status: str, said: str) -> None:
    plan = planned("verify-email", {"user": "ana"}, Paper(ALIAS, person("ana", "ana@example.com", status=status)))
    assert plan.tell_customer is not None
    assert said in plan.tell_customer.plain()

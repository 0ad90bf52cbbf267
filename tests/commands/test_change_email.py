"""/cognito-change-email: the two ways of an administrator, and what each refuses."""

from dataclasses import replace

import pytest
from pydantic import ValidationError

from bot.answer import Refused
from bot.cognito import Pool
from bot.plan import Effect, Plan, Risk
from tests.commands.paper import (
    ALIAS,
    EMAIL_LOGIN,
    KEEPS,
    PLAIN,
    REASON,
    SCENARIOS,
    Paper,
    person,
    planned,
    written_by,
)

ANA = person("ana", "ana@example.com", verified=True)
NOW = "Verified now, by us"
CODE = "The customer confirms by code"


def change(directory: Paper, how: str = NOW, to: str = "new@example.com") -> Plan:
    return planned("change-email", {"user": "ana", "email": to, "how": how}, directory)


def refused(directory: Paper, how: str = CODE, to: str = "new@example.com") -> tuple[str | None, str]:
    with pytest.raises(Refused) as error:
        change(directory, how, to)
    return error.value.field, str(error.value)


def test_verified_now_writes_both_attributes_in_one_call_and_needs_two_leads() -> None:
    plan = change(Paper(ALIAS, ANA))
    assert [call.shown for call in plan.calls] == [
        "AdminUpdateUserAttributes(ana, email=new@example.com, email_verified=true)"
    ]
    assert plan.risk is Risk.HIGH
    assert plan.why_high
    assert plan.calls[0].effect is Effect.READABLE
    assert [(each.what, each.before, each.after) for each in plan.changes] == [
        ("email", "ana@example.com", "new@example.com"),
        ("email_verified", "true", "true"),
    ]
    assert [call.shown for call in plan.undo] == [
        "AdminUpdateUserAttributes(ana, email=ana@example.com, email_verified=true)"
    ]


def test_the_present_holder_of_the_new_address_is_named_as_losing_it() -> None:
    holder = person("nina", "new@example.com", verified=True)
    plan = change(Paper(ALIAS, ANA, holder))
    assert [each.subject.name for each in plan.changes if each.loses] == ["nina"]
    assert plan.summary.plain() == ("take new@example.com from nina, give it to ana as the new e-mail, verified by us")
    assert [call.parameters["Username"] for call in plan.undo] == ["ana", "nina"]


def test_by_code_writes_the_address_alone_and_is_never_sent_twice() -> None:
    plan = change(Paper(ALIAS, ANA), CODE)
    assert [call.shown for call in plan.calls] == ["AdminUpdateUserAttributes(ana, email=new@example.com)"]
    assert plan.calls[0].effect is Effect.NEITHER
    assert plan.risk is Risk.NORMAL
    assert [(each.what, each.after, each.loses) for each in plan.changes] == [
        ("email", "new@example.com", False),
        ("email_verified", "false", True),
    ]
    assert plan.accepted is None
    assert any("neither address" in note.plain() for note in plan.notes)


def test_in_a_pool_that_keeps_the_old_address_nothing_can_be_seen_until_the_code_is_entered() -> None:
    plan = change(Paper(KEEPS, ANA), CODE)
    assert [(each.what, each.readable) for each in plan.changes] == [("email", False)]
    assert plan.accepted is not None
    assert "waiting for the customer's code" in plan.accepted.plain()
    assert not plan.undo


@pytest.mark.parametrize(
    ("directory", "said"),
    [
        (Paper(replace(ALIAS, auto_verified=frozenset()), ANA), "mails no code"),
        (Paper(replace(ALIAS, email_failure="SES is suspended"), ANA), "SES is suspended"),
        (Paper(ALIAS, replace(ANA, status="FORCE_CHANGE_PASSWORD")), "can't sign in yet"),
        (Paper(ALIAS, replace(ANA, enabled=False)), "disabled"),
    ],
)
def test_by_code_is_refused_where_no_code_comes_or_nobody_could_enter_it(directory: Paper, said: str) -> None:
    field, words = refused(directory)
    assert field == "how"
    assert said in words


def test_by_code_is_refused_when_the_address_is_held_by_someone_else() -> None:
    field, words = refused(Paper(ALIAS, ANA, person("nina", "new@example.com", verified=True)))
    assert field == "email"
    assert "nina owns new@example.com" in words


@pytest.mark.parametrize("how", [NOW, CODE])
def test_a_taken_address_is_refused_where_addresses_are_user_names(how: str) -> None:
    field, words = refused(Paper(EMAIL_LOGIN, ANA, person("nina", "new@example.com")), how)
    assert field == "email"
    assert "belongs to nina" in words


@pytest.mark.parametrize("pool", [ALIAS, EMAIL_LOGIN, PLAIN, KEEPS])
def test_the_same_address_again_is_refused(pool: Pool) -> None:
    assert "already, and verified" in refused(Paper(pool, ANA), NOW, "ana@example.com")[1]
    unverified = person("ana", "ana@example.com")
    assert "Mark it as verified" in refused(Paper(pool, unverified), CODE, "ana@example.com")[1]


def test_only_the_letter_case_may_be_changed() -> None:
    assert change(Paper(replace(EMAIL_LOGIN, case_sensitive=False), ANA), NOW, "Ana@example.com")


def test_an_account_without_an_address_is_given_its_first_and_there_is_no_way_back() -> None:
    plan = change(Paper(ALIAS, person("ana")))
    assert plan.changes[0].before == ""
    assert not plan.undo
    assert plan.undo_limits is not None
    assert "no address before" in plan.undo_limits.plain()


def test_an_old_address_that_was_not_verified_comes_back_unverified() -> None:
    plan = change(Paper(ALIAS, person("ana", "ana@example.com")))
    assert [call.shown for call in plan.undo] == ["AdminUpdateUserAttributes(ana, email=ana@example.com)"]
    assert not change(Paper(KEEPS, person("ana", "ana@example.com"))).undo


def test_whoever_asked_for_the_last_change_does_not_count_as_a_lead_for_this_one() -> None:
    form = {"user": "ana", "email": "new@example.com", "how": NOW}
    assert planned("change-email", form, Paper(ALIAS, ANA), written_by("U1")).authors == {"U1"}


def test_a_federated_account_is_refused() -> None:
    user = person("Google_1", "ana@example.com", status="EXTERNAL_PROVIDER", through="Google")
    with pytest.raises(Refused, match="identity provider"):
        planned("change-email", {"user": "Google_1", "email": "n@example.com", "how": NOW}, Paper(ALIAS, user))


@pytest.mark.parametrize(
    "address", ["new", "new@", "@example.com", "a b@example.com", "new@example", "n@\u202eexample.com"]
)
def test_what_is_no_address_is_refused_by_the_form(address: str) -> None:
    with pytest.raises(ValidationError):
        SCENARIOS["change-email"].form.model_validate({"user": "ana", "email": address, "how": NOW, "reason": REASON})


def test_where_nobody_can_change_an_address_it_says_so() -> None:
    frozen = replace(ALIAS, immutable=frozenset({"email"}))
    field, said = refused(Paper(frozen, ANA), how=NOW)
    assert field == "user"
    assert "nobody can change an e-mail address" in said

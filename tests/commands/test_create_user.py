"""/cognito-create-user: a new account, and what happens to whoever owns the address."""

from dataclasses import replace

import pytest
from pydantic import ValidationError

from bot.answer import Refused
from bot.cognito import Pool, User
from bot.plan import Effect, Plan, Risk
from tests.commands.paper import ALIAS, EMAIL_LOGIN, PLAIN, REASON, SCENARIOS, Paper, person, planned

BEN = person("ben", "ben@example.com", verified=True)
STOP, MOVE = "Stop and tell me", "Move the e-mail to this account"


def create(
    directory: Paper,
    *,
    username: str = "ben2",
    email: str = "ben@example.com",
    verified: bool = True,
    taken: str = STOP,
) -> Plan:
    form = {"username": username, "email": email, "verified": verified, "taken": taken}
    return planned("create-user", form, directory)


def refused(directory: Paper, **form: str) -> tuple[str | None, str]:
    with pytest.raises(Refused) as error:
        create(directory, **form)  # type: ignore[arg-type] # every field that is tried here is text
    return error.value.field, str(error.value)


def test_it_moves_the_address_in_the_very_call_that_creates_the_account() -> None:
    plan = create(Paper(ALIAS, BEN), taken=MOVE)
    (call,) = plan.calls
    assert call.operation == "AdminCreateUser"
    assert call.parameters == {
        "UserPoolId": "us-east-1_Paper",
        "Username": "ben2",
        "UserAttributes": [
            {"Name": "email", "Value": "ben@example.com"},
            {"Name": "email_verified", "Value": "true"},
        ],
        "ForceAliasCreation": True,
        "DesiredDeliveryMediums": ["EMAIL"],
    }
    assert call.effect is Effect.READABLE
    assert plan.risk is Risk.HIGH
    assert [(each.subject.name, each.what, each.after) for each in plan.changes] == [
        ("ben2", "UserStatus", "FORCE_CHANGE_PASSWORD"),
        ("ben2", "email", "ben@example.com"),
        ("ben2", "email_verified", "true"),
        ("ben", "email_verified", "false"),
    ]
    assert plan.summary.plain() == "take ben@example.com from ben, give it to the new account ben2"
    assert [each.shown for each in plan.undo] == ["AdminUpdateUserAttributes(ben, email_verified=true)"]


def test_a_free_address_needs_one_lead_and_no_force() -> None:
    plan = create(Paper(ALIAS, BEN), email="new@example.com", verified=False, taken=STOP)
    assert plan.risk is Risk.NORMAL
    assert plan.calls[0].parameters["ForceAliasCreation"] is False
    assert not plan.undo


def test_it_says_what_mail_the_new_user_gets() -> None:
    plan = create(Paper(replace(ALIAS, temporary_password_days=3)))
    assert "invitation with a temporary password to ben@example.com; it works for 3 days" in plan.notes[0].plain()
    assert plan.tell_customer is not None
    assert "within 3 days" in plan.tell_customer.plain()


@pytest.mark.parametrize("verified", [True, False])
def test_stop_names_the_present_owner(verified: bool) -> None:
    with pytest.raises(Refused, match=r"ben \(created Jan 1, 2025, confirmed\) already owns ben@example.com") as error:
        create(Paper(ALIAS, BEN), verified=verified)
    assert error.value.field == "email"


def test_an_address_that_counts_as_verified_from_the_start_is_the_word_of_two_leads() -> None:
    plan = create(Paper(ALIAS, BEN), email="new@example.com")
    assert plan.risk is Risk.HIGH
    assert [each.plain() for each in plan.why_high] == [
        "An account is created with an address that counts as verified at once."
    ]


@pytest.mark.parametrize(
    ("pool", "other"),
    [(ALIAS, person("ben", "Ben@example.com")), (PLAIN, BEN), (PLAIN, person("ben", "ben@example.com"))],
)
@pytest.mark.parametrize("verified", [True, False])
def test_whoever_has_the_address_stands_on_the_card_and_two_leads_have_to_agree(
    pool: Pool, other: User, verified: bool
) -> None:
    plan = create(Paper(pool, other), verified=verified, taken=STOP)
    assert plan.risk is Risk.HIGH
    flag = "verified" if other.email_verified else "not verified"
    assert f"ben@example.com is the address of somebody else too: ben (confirmed, {flag}, created Jan 1, 2025)." in [
        each.plain() for each in plan.why_high
    ]


@pytest.mark.parametrize("taken", [STOP, MOVE])
def test_where_addresses_are_user_names_a_taken_one_is_refused_whatever_is_chosen(taken: str) -> None:
    field, words = refused(Paper(EMAIL_LOGIN, BEN), username="ben@example.com", taken=taken)
    assert field == "email"
    assert "no two accounts can share" in words


def test_the_user_name_has_to_suit_the_pool() -> None:
    assert "put the same in both" in refused(Paper(EMAIL_LOGIN))[1]
    assert "must not look like an e-mail" in refused(Paper(ALIAS), username="ben@example.com")[1]
    assert refused(Paper(ALIAS, BEN), username="ben") == (
        "username",
        "There is an account called ben already (CONFIRMED).",
    )
    assert create(Paper(EMAIL_LOGIN), username="ben@example.com")


def test_without_mail_there_is_no_invitation_so_nothing_is_planned() -> None:
    field, words = refused(Paper(replace(ALIAS, email_failure="SES is suspended.")))
    assert field == "email"
    assert "SES is suspended)" in words


def test_moving_is_not_to_be_had_without_the_flag() -> None:
    form = {"username": "b", "email": "b@example.com", "verified": False, "taken": MOVE, "reason": REASON}
    with pytest.raises(ValidationError) as error:
        SCENARIOS["create-user"].form.model_validate(form)
    (problem,) = error.value.errors()
    assert problem["loc"] == ("taken",)
    assert "only to an account whose e-mail is verified" in problem["msg"]

"""/cognito-send-code: which code goes where, by whose right, and when none is sent."""

import base64
import json
from dataclasses import replace
from datetime import timedelta

import pytest
from pydantic import SecretStr

from bot.answer import Answer, Refused
from bot.cognito import STATUSES, User
from bot.customer import ChallengeKind, Delivery, Nobody
from bot.plan import Plan, Risk, Written
from bot.scenario import Sources
from bot.ticket import Event
from sandbox.testing import PASSWORD
from tests.commands.conftest import Open
from tests.commands.customer_actions import CustomerActions, reply, told
from tests.commands.paper import ALIAS, SCENARIOS, Paper, PaperLedger, person, written_by


@pytest.mark.parametrize("kind", ["alias", "secret", "login", "plain", "silent"])
def test_with_a_pasted_token_a_code_goes_to_the_stored_address(customer_actions_in: Open, kind: str) -> None:
    customer_actions = customer_actions_in(kind)
    name = customer_actions.pool.add("ana", email="ana@example.com", email_verified=False).username
    answer = customer_actions.answer("send-code", user="ana@example.com", token=customer_actions.pool.token(name))
    assert customer_actions.sent == ["GetUser", "GetUserAttributeVerificationCode"]
    assert answer.headline.plain() == "Cognito sent a code to a***@e*** (valid 24 hours)"
    assert answer.best is not None
    assert (answer.best.label, answer.best.scenario) == ("Enter the code", "enter-code")
    assert answer.best.fields == {"user": name}
    assert len(customer_actions.code("ana@example.com")) == 6


@pytest.mark.parametrize("kind", ["alias", "secret", "login"])
def test_with_a_password_the_customer_is_signed_in_first(customer_actions_in: Open, kind: str) -> None:
    customer_actions = customer_actions_in(kind)
    name = customer_actions.pool.add("ana", email="ana@example.com", email_verified=False).username
    customer_actions.answer("send-code", user=name, password=PASSWORD)
    assert customer_actions.sent == ["InitiateAuth", "GetUser", "GetUserAttributeVerificationCode"]
    assert customer_actions.code("ana@example.com")


@pytest.mark.parametrize(
    ("factor", "kind"),
    [
        ("SMS_MFA", ChallengeKind.TEXT_MESSAGE),
        ("EMAIL_OTP", ChallengeKind.MAIL),
        ("SOFTWARE_TOKEN_MFA", ChallengeKind.AUTHENTICATOR),
    ],
)
@pytest.mark.parametrize("pool", ["alias", "secret"])
def test_a_second_factor_is_asked_for_and_a_wrong_one_once_more(
    customer_actions_in: Open, pool: str, factor: str, kind: ChallengeKind
) -> None:
    customer_actions = customer_actions_in(pool)
    customer_actions.pool.add("ana", email="ana@example.com", email_verified=False, phone="+15550100", mfa=[factor])
    form = {"user": "ana", "password": PASSWORD}
    challenge = customer_actions.asked("send-code", **form)
    assert challenge.kind is kind
    assert challenge.session.get_secret_value() not in repr(challenge)
    contact = {"SMS_MFA": "+15550100", "EMAIL_OTP": "ana@example.com"}.get(factor, "")
    digits = customer_actions.code(contact) if contact else customer_actions.pool.authenticator_code("ana")
    assert (challenge.delivery is not None) is bool(contact)
    wrong = f"{(int(digits) + 1) % 10**6:06}"

    again = customer_actions.asked("send-code", reply(challenge, wrong), **form)
    assert again == challenge
    customer_actions.answer("send-code", reply(challenge, digits), **form)
    assert customer_actions.sent[-2:] == ["GetUser", "GetUserAttributeVerificationCode"]


def test_a_first_password_is_replaced_and_then_the_code_is_sent(customer_actions: CustomerActions) -> None:
    customer_actions.pool.add("tess", email="tess@example.com", email_verified=False, status="FORCE_CHANGE_PASSWORD")
    challenge = customer_actions.asked("send-code", user="tess", password=PASSWORD)
    assert challenge.kind is ChallengeKind.NEW_PASSWORD
    assert customer_actions.asked("send-code", reply(challenge, "short"), user="tess", password=PASSWORD) == challenge
    customer_actions.answer("send-code", reply(challenge, "Another-1!"), user="tess", password=PASSWORD)
    assert customer_actions.pool.user("tess").status == "CONFIRMED"
    assert customer_actions.code("tess@example.com")


def test_a_challenge_is_answered_only_for_the_one_who_got_it(customer_actions: CustomerActions) -> None:
    for name in ("ana", "eve"):
        customer_actions.pool.add(name, email=f"{name}@example.com", email_verified=False, mfa=["SOFTWARE_TOKEN_MFA"])
    challenge = customer_actions.asked("send-code", user="ana", password=PASSWORD)
    before = customer_actions.sent
    refused = customer_actions.refused("send-code", reply(challenge, "123456"), user="eve", password=PASSWORD)
    assert "begun for another user" in str(refused)
    assert customer_actions.sent == before


def test_other_challenges_are_refused_in_plain_words(customer_actions: CustomerActions) -> None:
    factors = ["SMS_MFA", "EMAIL_OTP"]
    customer_actions.pool.add("ana", email="ana@example.com", email_verified=False, phone="+15550100", mfa=factors)
    refused = customer_actions.refused("send-code", user="ana", password=PASSWORD)
    assert refused.field == "password"
    assert "SELECT_MFA_TYPE" in str(refused)
    assert "Use an access token" in str(refused)


def test_a_token_of_another_user_sends_nothing(customer_actions: CustomerActions) -> None:
    customer_actions.pool.add("ana", email="ana@example.com", email_verified=False)
    customer_actions.pool.add("eve", email="eve@example.com", email_verified=False)
    refused = customer_actions.refused("send-code", user="ana", token=customer_actions.pool.token("eve"))
    assert str(refused) == "This is the sign-in of another user than ana, so nothing was sent."
    assert refused.field == "token"
    assert customer_actions.sent == []


def test_a_token_of_another_pool_sends_nothing(customer_actions_in: Open) -> None:
    customer_actions, other = customer_actions_in("alias"), customer_actions_in("plain")
    for each in (customer_actions, other):
        each.pool.add("ana", email="ana@example.com", email_verified=False)
    refused = customer_actions.refused("send-code", user="ana", token=other.pool.token("ana"))
    assert str(refused) == "This token is of another pool than alias, so nothing was sent."
    assert customer_actions.sent == other.sent == []


def test_a_token_that_claims_to_be_someone_elses_is_found_out_by_get_user(customer_actions: CustomerActions) -> None:
    ana = customer_actions.pool.add("ana", email="ana@example.com", email_verified=False)
    customer_actions.pool.add("eve", email="eve@example.com", email_verified=False)
    token = customer_actions.pool.token("eve")
    pool = customer_actions.pool.inner
    forged = _claiming(token, ana.sub)
    pool.access_tokens[forged] = pool.access_tokens[token]
    pool.token_expiry[forged] = pool.token_expiry[token]
    refused = customer_actions.refused("send-code", user="ana", token=forged)
    assert "another user than ana" in str(refused)
    assert customer_actions.sent == ["GetUser"]


@pytest.mark.parametrize(
    "token", ["nonsense", "a.b.c", "eyJ.eyJhIjoxfQ", "x.W10.y", "x.eyJ0b2tlbl91c2UiOiAiaWQifQ.y", "é.é.é"]
)
def test_what_is_no_access_token_never_leaves(customer_actions: CustomerActions, token: str) -> None:
    customer_actions.pool.add("ana", email="ana@example.com", email_verified=False)
    refused = customer_actions.refused("send-code", user="ana", token=token)
    assert refused.field == "token"
    assert token not in str(refused)
    assert customer_actions.sent == []


@pytest.mark.parametrize("pasted", ["  {}\n", '"{}"', "Bearer {}"])
def test_what_pasting_adds_to_a_token_is_taken_off(customer_actions: CustomerActions, pasted: str) -> None:
    customer_actions.pool.add("ana", email="ana@example.com", email_verified=False)
    customer_actions.answer("send-code", user="ana", token=pasted.format(customer_actions.pool.token("ana")))


def test_without_any_credential_the_form_asks_for_one(customer_actions: CustomerActions) -> None:
    customer_actions.pool.add("ana", email="ana@example.com", email_verified=False)
    assert customer_actions.refused("send-code", user="ana").field == "token"
    assert customer_actions.sent == []


def test_a_wrong_password_is_told_under_its_field(customer_actions: CustomerActions) -> None:
    customer_actions.pool.add("ana", email="ana@example.com", email_verified=False)
    refused = customer_actions.refused("send-code", user="ana", password="Wrong-1!")
    assert refused.field == "password"
    assert "User name and password don't fit." in str(refused)
    assert customer_actions.sent == ["InitiateAuth"]


@pytest.mark.parametrize("kind", ["alias", "secret"])
def test_an_unfinished_sign_up_gets_a_sign_up_code_without_any_credential(customer_actions_in: Open, kind: str) -> None:
    customer_actions = customer_actions_in(kind)
    customer_actions.pool.add("sina", email="sina@example.com", email_verified=False, status="UNCONFIRMED")
    answer = customer_actions.answer("send-code", user="sina@example.com")
    assert customer_actions.sent == ["ResendConfirmationCode"]
    assert answer.best is not None
    assert answer.best.scenario == "confirm-sign-up"
    assert customer_actions.code("sina@example.com")


def test_a_sign_up_code_that_goes_to_the_telephone_is_told_as_such(customer_actions: CustomerActions) -> None:
    customer_actions.pool.configure({"AutoVerifiedAttributes": ["email", "phone_number"]})
    customer_actions.pool.add("phil", email="phil@example.com", phone="+15550100", status="UNCONFIRMED")
    answer = customer_actions.answer("send-code", user="phil")
    customer_actions.pool.configure({"AutoVerifiedAttributes": ["email"]})
    assert "by text message" in answer.headline.plain()
    assert "does not verify the e-mail address" in told(answer)


def test_in_pending_mode_the_desk_says_that_the_code_went_to_the_old_address(customer_actions_in: Open) -> None:
    customer_actions = customer_actions_in("keeps")
    customer_actions.pool.add("pia", email="pia@example.com", email_verified=True)
    customer_actions.pool.change_own("pia", {"email": "new@example.org"})
    customer_actions.server.mailbox.clear()
    answer = customer_actions.answer("send-code", user="pia", token=customer_actions.pool.token("pia"))
    assert [mail.to for mail in customer_actions.pool.mail] == ["pia@example.com"]
    assert "it went to p***@e***, which is pia@example.com" in told(answer)
    assert "have the change made once more with the new address" in told(answer)


def test_someone_who_holds_the_address_is_named_beforehand(customer_actions: CustomerActions) -> None:
    customer_actions.pool.add("ben.old", email="ben@example.com", email_verified=False)
    customer_actions.pool.add("ben.new", email="ben@example.com", email_verified=True)
    answer = customer_actions.answer("send-code", user="ben.old", token=customer_actions.pool.token("ben.old"))
    assert "`ben.new` owns" not in told(answer)
    assert "ben.new owns ben@example.com now" in told(answer)


def test_after_five_codes_in_an_hour_the_desk_says_when_to_try_again(customer_actions: CustomerActions) -> None:
    customer_actions.pool.add("ana", email="ana@example.com", email_verified=False)
    form = {"user": "ana", "token": customer_actions.pool.token("ana")}
    for _ in range(5):
        customer_actions.answer("send-code", **form)
    refused = customer_actions.refused("send-code", **form)
    assert "Cognito counts by the hour: please try again after" in str(refused)
    assert customer_actions.sent.count("GetUserAttributeVerificationCode") == 6


def test_a_lost_answer_is_not_followed_by_a_second_code(customer_actions: CustomerActions) -> None:
    customer_actions.pool.add("ana", email="ana@example.com", email_verified=False)
    customer_actions.server.faults.lose_answer("GetUserAttributeVerificationCode")
    refused = customer_actions.refused("send-code", user="ana", token=customer_actions.pool.token("ana"))
    assert "broke before the answer came" in str(refused)
    assert len(customer_actions.pool.mail) == 1


@pytest.mark.parametrize(
    ("added", "says"),
    [
        ({"email_verified": True}, "verified already"),
        ({"enabled": False}, "is disabled"),
        ({"status": "RESET_REQUIRED"}, "A password reset is pending"),
        ({"email": ""}, "has no e-mail address"),
    ],
)
def test_where_a_code_would_not_help_nothing_is_sent(
    customer_actions: CustomerActions, added: dict[str, object], says: str
) -> None:
    given = {"email": "ana@example.com", "email_verified": False, **added}
    customer_actions.pool.add("ana", **given)  # type: ignore[arg-type] # the values fit their names
    refused = customer_actions.refused("send-code", user="ana", password=PASSWORD)
    assert says in str(refused)
    assert customer_actions.sent == []


def test_a_provider_that_would_undo_it_is_named(customer_actions: CustomerActions) -> None:
    customer_actions.pool.add_provider("Google", "Google", {"email": "email"})
    gil = customer_actions.pool.sign_in("Google", {"sub": "104", "email": "gil@example.com"})
    refused = customer_actions.refused("send-code", user=gil.username, token=customer_actions.pool.token(gil.username))
    assert "signs in through Google; the next sign-in would undo this" in str(refused)
    assert customer_actions.sent == []


def test_every_call_is_written_down_before_it_leaves_and_no_secret_with_it(customer_actions: CustomerActions) -> None:
    customer_actions.pool.add("ana", email="ana@example.com", email_verified=False)
    customer_actions.server.faults.fail("CodeDeliveryFailureException", "no mail", "GetUserAttributeVerificationCode")
    customer_actions.refused("send-code", user="ana", password=PASSWORD)
    assert [(event, detail["operation"]) for event, detail in customer_actions.journal] == [
        (Event.SENDING, "InitiateAuth"),
        (Event.SENT, "InitiateAuth"),
        (Event.SENDING, "GetUser"),
        (Event.SENT, "GetUser"),
        (Event.SENDING, "GetUserAttributeVerificationCode"),
        (Event.CALL_FAILED, "GetUserAttributeVerificationCode"),
    ]
    assert PASSWORD not in str(customer_actions.journal)
    assert "eyJ" not in str(customer_actions.journal)


def test_an_expired_token_is_told_under_its_field(customer_actions: CustomerActions) -> None:
    customer_actions.pool.add("ana", email="ana@example.com", email_verified=False)
    token = customer_actions.pool.token("ana")
    customer_actions.server.clock.forward(timedelta(hours=2))
    refused = customer_actions.refused("send-code", user="ana", token=token)
    assert (refused.field, str(refused)) == ("token", "The access token has expired. Get a fresh one from the app.")


def _claiming(token: str, sub: str) -> str:
    head, payload, signature = token.split(".")
    claims = json.loads(base64.urlsafe_b64decode(payload + "=="))
    changed = base64.urlsafe_b64encode(json.dumps({**claims, "sub": sub}).encode()).decode().rstrip("=")
    return f"{head}.{changed}.{signature}"


def test_a_sign_up_code_to_an_address_that_the_desk_wrote_waits_for_two_leads_who_did_not_ask(
    customer_actions: CustomerActions,
) -> None:
    customer_actions.pool.add("ana", email="thief@example.com", email_verified=False, status="UNCONFIRMED")
    customer_actions.ledger = written_by("U1", address="thief@example.com")
    plan = customer_actions.run("send-code", user="ana")
    assert isinstance(plan, Plan)
    assert customer_actions.sent == []
    assert (plan.risk, plan.authors) == (Risk.HIGH, frozenset({"U1"}))
    assert [why.plain() for why in plan.why_high] == [
        "The mail lets its reader in, and the desk wrote the address that it goes to (U1 asked)."
    ]
    customer_actions.gateway.send("alias", plan.calls[0])
    assert customer_actions.sent == ["ResendConfirmationCode"]
    assert customer_actions.code("thief@example.com")


def test_a_sign_up_code_to_the_address_of_the_sign_up_needs_nobody(customer_actions: CustomerActions) -> None:
    customer_actions.pool.add("ana", email="ana@example.com", email_verified=False, status="UNCONFIRMED")
    customer_actions.ledger = PaperLedger(Written(address="ana@example.com", authors=frozenset({"U1"}), signed_up=True))
    customer_actions.answer("send-code", user="ana")
    assert customer_actions.sent == ["ResendConfirmationCode"]


def _unfinished(customer_actions: CustomerActions, **more: object) -> None:
    customer_actions.pool.add("sina", email="sina@example.com", email_verified=False, status="UNCONFIRMED", **more)  # type: ignore[arg-type] # the values fit their names


def test_before_a_sign_up_code_the_owner_of_the_address_is_named_and_two_leads_have_to_agree(
    customer_actions: CustomerActions,
) -> None:
    customer_actions.pool.add("old", email="sina@example.com", email_verified=True)
    _unfinished(customer_actions)
    plan = customer_actions.run("send-code", user="sina")
    assert isinstance(plan, Plan)
    assert customer_actions.sent == []
    assert plan.risk is Risk.HIGH
    assert [(change.subject.name, change.before, change.after) for change in plan.changes if change.loses] == [
        ("old", "true", "false")
    ]
    assert not any(change.readable for change in plan.changes)
    (why,) = plan.why_high
    assert "owns sina@example.com. When sina's code is entered, either Cognito refuses it, or old loses" in why.plain()
    customer_actions.gateway.send("alias", plan.calls[0])
    assert customer_actions.code("sina@example.com")
    assert customer_actions.pool.user("old").email_verified


@pytest.mark.parametrize("status", ["CONFIRMED", "UNCONFIRMED", "FORCE_CHANGE_PASSWORD"])
def test_before_a_sign_up_code_an_account_that_has_the_address_unverified_is_named(
    customer_actions: CustomerActions, status: str
) -> None:
    customer_actions.pool.add("old", email="sina@example.com", email_verified=False, status=status)
    _unfinished(customer_actions)
    plan = customer_actions.run("send-code", user="sina")
    assert isinstance(plan, Plan)
    assert customer_actions.sent == []
    assert plan.risk is Risk.HIGH
    assert not any(change.loses for change in plan.changes)
    (why,) = plan.why_high
    old = customer_actions.pool.user("old")
    assert f"({old.sub}, {STATUSES[status]}, created" in why.plain()
    assert "has sina@example.com too, not verified." in why.plain()
    assert "old can get it only by a lead's approval" in why.plain()


@pytest.mark.parametrize(("kind", "address"), [("alias", "Sina@example.com"), ("plain", "sina@example.com")])
def test_where_no_address_can_move_nobody_has_to_agree_to_a_sign_up_code(
    customer_actions_in: Open, kind: str, address: str
) -> None:
    customer_actions = customer_actions_in(kind)
    customer_actions.pool.add("old", email=address, email_verified=True)
    _unfinished(customer_actions)
    customer_actions.answer("send-code", user="sina")
    assert customer_actions.sent == ["ResendConfirmationCode"]


def test_a_sign_up_code_for_the_telephone_takes_no_address_from_anybody(customer_actions: CustomerActions) -> None:
    customer_actions.pool.configure({"AutoVerifiedAttributes": ["email", "phone_number"]})
    customer_actions.pool.add("old", email="sina@example.com", email_verified=True)
    _unfinished(customer_actions, phone="+15550100")
    answer = customer_actions.answer("send-code", user="sina")
    customer_actions.pool.configure({"AutoVerifiedAttributes": ["email"]})
    assert "by text message" in answer.headline.plain()


def test_where_a_pool_confirms_by_link_nobody_is_asked_to_enter_a_code(customer_actions: CustomerActions) -> None:
    customer_actions.pool.configure({"VerificationMessageTemplate": {"DefaultEmailOption": "CONFIRM_WITH_LINK"}})
    _unfinished(customer_actions)
    answer = customer_actions.answer("send-code", user="sina")
    customer_actions.pool.configure({"VerificationMessageTemplate": {}})
    assert answer.headline.plain() == "Cognito sent a link to s***@e*** (valid 24 hours)"
    assert answer.best is not None
    assert answer.best.scenario == "check"
    assert "follow the link in the newest one" in told(answer)
    assert "enter" not in told(answer).lower()
    assert "confirmUser?" in customer_actions.pool.mail[-1].body


def test_a_link_pool_still_mails_a_code_to_somebody_who_is_signed_in(customer_actions: CustomerActions) -> None:
    customer_actions.pool.configure({"VerificationMessageTemplate": {"DefaultEmailOption": "CONFIRM_WITH_LINK"}})
    customer_actions.pool.add("ana", email="ana@example.com", email_verified=False)
    answer = customer_actions.answer("send-code", user="ana", token=customer_actions.pool.token("ana"))
    customer_actions.pool.configure({"VerificationMessageTemplate": {}})
    assert "Cognito sent a code to" in answer.headline.plain()
    assert answer.best is not None
    assert answer.best.scenario == "enter-code"


@pytest.mark.parametrize(
    ("settings", "added", "says", "way"),
    [
        ({"AutoVerifiedAttributes": []}, {}, "No code can come in this pool.", "confirm-account"),
        ({"AutoVerifiedAttributes": ["phone_number"]}, {}, "sina has none. Confirm", "confirm-account"),
        ({"EmailConfigurationFailure": "SES is paused"}, {}, "can't send mail at present (SES", "confirm-account"),
        ({}, {"enabled": False}, "is disabled, so Cognito sends no code", "check"),
    ],
)
def test_where_no_sign_up_code_can_come_it_is_refused_with_what_finishes_the_sign_up(
    customer_actions: CustomerActions, settings: dict[str, object], added: dict[str, object], says: str, way: str
) -> None:
    customer_actions.pool.configure(settings)
    _unfinished(customer_actions, **added)
    refused = customer_actions.refused("send-code", user="sina")
    customer_actions.pool.configure({"AutoVerifiedAttributes": ["email"], "EmailConfigurationFailure": ""})
    assert says in str(refused)
    assert refused.field == "user"
    assert [choice.scenario for choice in refused.choices] == [way]
    assert customer_actions.sent == []


def test_where_the_desk_may_ask_for_no_credential_none_is_used(customer_actions: CustomerActions) -> None:
    _unfinished(customer_actions)
    user = customer_actions.gateway.directory("alias").one("sina")
    allowed = customer_actions.customer()
    closed = allowed.settings.model_copy(update={"customer_credentials": False})
    customer = replace(allowed, settings=closed)
    secret = SecretStr("1")
    for use in (
        lambda: customer.prove(user, token=secret, password=None),
        lambda: customer.prove(user, token=None, password=secret),
        lambda: customer.sign_up("nina", "nina@example.com", secret),
        lambda: customer.confirm(user, secret),
    ):
        with pytest.raises(Refused, match="may not ask for a customer's own token, password or code"):
            use()
    assert customer_actions.sent == []
    customer.resend_sign_up_code(user)
    assert customer_actions.sent == ["ResendConfirmationCode"]


def test_a_destination_that_is_not_the_customers_is_not_believed() -> None:
    assert Delivery(destination="a***@e***", by_mail=True).may_be_to("ana@example.com")
    assert not Delivery(destination="s***@e***", by_mail=True).may_be_to("ana@example.com")
    assert not Delivery(destination="a***@e***", by_mail=True).may_be_to("")
    assert Delivery(destination="+*******0100", by_mail=False).may_be_to("+15550100")
    assert not Delivery(destination="+*******0199", by_mail=False).may_be_to("+15550100")


class Hidden(Nobody):
    """A customer whose app hides that nothing was sent."""

    def resend_sign_up_code(self, user: User) -> Delivery:
        return Delivery(destination="s***@i***", by_mail=True)


def test_where_cognito_names_somebody_elses_mailbox_nobody_is_told_to_wait_for_a_code() -> None:
    directory = Paper(ALIAS, person("ana", "ana@example.com", status="UNCONFIRMED"))
    scenario = SCENARIOS["send-code"]
    sources = Sources(directory=directory, ledger=PaperLedger(), customer=Hidden())
    answer = scenario.run(scenario.form.model_validate({"user": "ana"}), sources)
    assert isinstance(answer, Answer)
    assert "none of ana's: don't wait for one" in answer.headline.plain()
    assert answer.best is not None
    assert answer.best.scenario == "check"

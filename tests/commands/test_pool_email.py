"""/cognito-pool-email: two settings change, everything else goes back as it was."""

from dataclasses import replace
from typing import Any

import pytest

from bot.answer import Refused
from bot.cognito import Pool, PoolUpdate
from bot.plan import Effect, Plan, Risk
from tests.commands.paper import ALIAS, Paper, planned, prepared

REST = {"UserPoolId": "us-east-1_Paper", "PoolName": "customers", "MfaConfiguration": "OFF"}
SILENT = replace(
    ALIAS,
    auto_verified=frozenset({"phone_number"}),
    update=PoolUpdate(parameters={**REST, "AutoVerifiedAttributes": ["phone_number"]}),
)
MAILS = replace(ALIAS, update=PoolUpdate(parameters={**REST, "AutoVerifiedAttributes": ["email"]}))


def settings(pool: Pool, *, codes: bool, keep: bool) -> Plan:
    return planned("pool-email", {"codes": codes, "keep": keep}, Paper(pool))


def refused(pool: Pool, *, codes: bool, keep: bool) -> tuple[str | None, str]:
    with pytest.raises(Refused) as error:
        settings(pool, codes=codes, keep=keep)
    return error.value.field, str(error.value)


def test_only_what_was_asked_for_is_shown_and_everything_else_is_sent_back() -> None:
    plan = settings(SILENT, codes=True, keep=False)
    (call,) = plan.calls
    assert call.operation == "UpdateUserPool"
    assert call.parameters == {
        **REST,
        "AutoVerifiedAttributes": ["email", "phone_number"],
        "UserAttributeUpdateSettings": {"AttributesRequireVerificationBeforeUpdate": []},
    }
    assert call.effect is Effect.READABLE
    assert call.shown == "UpdateUserPool(prod, AutoVerifiedAttributes=[email, phone_number]; all else as it is)"
    assert plan.risk is Risk.HIGH
    assert [(each.subject.id, each.what, each.before, each.after) for each in plan.changes] == [
        ("us-east-1_Paper", "AutoVerifiedAttributes", "phone_number", "email, phone_number")
    ]
    assert not plan.undo


def test_both_can_be_switched_at_once() -> None:
    plan = settings(SILENT, codes=True, keep=True)
    assert [(each.what, each.after) for each in plan.changes] == [
        ("AutoVerifiedAttributes", "email, phone_number"),
        ("UserAttributeUpdateSettings.AttributesRequireVerificationBeforeUpdate", "email"),
    ]
    assert plan.summary.plain() == (
        "set in pool prod: send a code when an e-mail changes, and keep the old e-mail until the new one is verified"
    )


def test_keeping_without_codes_and_changing_nothing_are_refused() -> None:
    assert refused(MAILS, codes=False, keep=True)[0] == "keep"
    assert "set like that already" in refused(MAILS, codes=True, keep=False)[1]


def test_codes_are_refused_while_the_pool_can_not_mail() -> None:
    field, words = refused(replace(SILENT, email_failure="SES is suspended."), codes=True, keep=False)
    assert field == "codes"
    assert "SES is suspended. Have that repaired first." in words


@pytest.mark.parametrize(
    ("update", "said"),
    [
        (PoolUpdate(managed_by="Terraform"), "managed by Terraform"),
        (PoolUpdate(unknown=("BrandNew",)), "too old to know (BrandNew)"),
    ],
)
def test_a_pool_that_the_desk_must_not_touch_is_refused_before_the_form_opens(update: PoolUpdate, said: str) -> None:
    pool = replace(SILENT, update=update)
    assert said in refused(pool, codes=True, keep=False)[1]
    with pytest.raises(Refused) as error:
        prepared("pool-email", Paper(pool))
    assert said in str(error.value)


def test_the_form_is_filled_in_with_the_present_settings() -> None:
    fields = prepared("pool-email", Paper(replace(MAILS, verified_before_update=frozenset({"email"}))))
    assert (fields["codes"].value, fields["keep"].value) == (True, True)
    assert prepared("pool-email", Paper(SILENT))["codes"].value is False


@pytest.mark.parametrize(
    ("parameters", "said"),
    [
        ({"SmsConfiguration": {"SnsCallerArn": "arn:aws:iam::1:role/sms"}}, "iam:PassRole on arn:aws:iam::1:role/sms"),
        ({"MfaConfiguration": "OPTIONAL"}, "second factor without text messages"),
        ({"VerificationMessageTemplate": {"EmailSubject": "Your code"}}, "may refuse to take such texts back"),
    ],
)
def test_what_aws_may_refuse_is_said_beforehand(parameters: dict[str, Any], said: str) -> None:
    pool = replace(SILENT, update=PoolUpdate(parameters={**REST, **parameters}))
    assert any(said in note.plain() for note in settings(pool, codes=True, keep=False).notes)


def test_what_can_not_be_sent_back_is_named() -> None:
    pool = replace(SILENT, update=PoolUpdate(parameters=REST, unsendable=("the wording of the code mail",)))
    notes = [note.plain() for note in settings(pool, codes=True, keep=False).notes]
    assert "the wording of the code mail can't be sent back and may be lost." in notes


@pytest.mark.parametrize(
    ("codes", "keep", "said"),
    [(True, False, "we mail you a code"), (True, True, "the old address stays as it is"), (False, False, "tell us")],
)
def test_there_is_a_line_for_customers_who_ask(codes: bool, keep: bool, said: str) -> None:
    before = SILENT if codes else MAILS
    told = settings(before, codes=codes, keep=keep).tell_customer
    assert told is not None
    assert said in told.plain()

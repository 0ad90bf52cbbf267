"""A mailbox that was full once: mail stops, nobody is told, and a lead lets it through again."""

from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path

import boto3
import pytest

from sandbox.testing import CognitoServer, LivePool
from tests.bot import wired
from tests.stories.floor import Floor, settings_for, text_of, workspace

SES = "us-west-2"
"""Where the SES is; the pool is in us-east-1."""
MO = "mo@example.com"
DELETE = "ses:DeleteSuppressedDestination"


@pytest.fixture
def shop(cognito: CognitoServer, pool: LivePool) -> Iterator[LivePool]:
    """A pool that sends with SES, and Mo, to whom that has stopped sending."""
    pool.send_with_ses("shop.example.com", region=SES)
    pool.add("mo", email=MO, email_verified=True)
    cognito.ses.suppress(SES, MO)
    cognito.mailbox.clear()
    yield pool
    cognito.ses.clear()


def forgets_the_password(pool: LivePool) -> None:
    """What Mo does in the app; Cognito says that a code was mailed, whatever becomes of it."""
    app = boto3.client("cognito-idp", region_name=pool.region)
    told = app.forgot_password(ClientId=pool.client_id, Username="mo")
    assert told["CodeDeliveryDetails"]["DeliveryMedium"] == "EMAIL"


def test_mail_arrives_again_after_a_lead_has_agreed(floor: Floor, cognito: CognitoServer, shop: LivePool) -> None:
    forgets_the_password(shop)
    assert cognito.mailbox.list(MO) == ()

    card = floor.asks("/cognito-unsuppress mo", reason="Mo wrote from it this morning")
    assert "let mail through to mo@example.com for mo" in card.text
    assert "Our mail system has stopped sending to mo@example.com after a mail came back on" in card.text
    assert "SES DeleteSuppressedDestination(mo@example.com) in us-west-2" in card.text
    assert "If a mail comes back from it" in card.text
    assert MO in cognito.ses[SES].suppressed

    floor.clicks("lead1", "Approve")
    done = floor.reads_card("✅ Done: mail to mo@example.com is let through")
    assert done.buttons == ()
    floor.reads_thread("Tell the customer: “We let our mail to you through.")
    assert cognito.ses[SES].suppressed == {}
    assert floor.audited == ["requested", "approved", "started", "sending", "sent", "re-read", "done"]

    forgets_the_password(shop)
    assert [mail.to for mail in cognito.mailbox.list(MO)] == [MO]


def test_an_entry_that_is_gone_by_itself_leaves_nothing_to_send(
    floor: Floor, cognito: CognitoServer, shop: LivePool
) -> None:
    floor.asks("/cognito-unsuppress mo")
    cognito.ses.lift(SES, MO)
    floor.clicks("lead1", "Approve")
    floor.reads_card("Our mail system doesn't stop mail to mo@example.com.")
    assert floor.audited[-1] == "stale"
    assert cognito.calls.list(DELETE) == ()


def test_an_address_that_was_called_spam_meanwhile_is_left_alone(
    floor: Floor, cognito: CognitoServer, shop: LivePool
) -> None:
    floor.asks("/cognito-unsuppress mo")
    cognito.ses.suppress(SES, MO, "COMPLAINT")
    floor.clicks("lead1", "Approve")
    floor.reads_card("was reported as spam")
    assert floor.audited[-1] == "stale"
    assert cognito.calls.list(DELETE) == ()


@pytest.mark.parametrize("applied", [True, False])
def test_a_lost_answer_is_settled_by_reading_the_list(
    floor: Floor, cognito: CognitoServer, shop: LivePool, applied: bool
) -> None:
    floor.asks("/cognito-unsuppress mo")
    if applied:
        cognito.faults.lose_answer(DELETE, times=1)
    else:
        cognito.faults.reset(DELETE, times=1)
    floor.clicks("lead1", "Approve")
    floor.reads_card("✅ Done: mail to mo@example.com is let through")
    assert len(cognito.calls.list(DELETE)) == (1 if applied else 2)


def test_a_right_that_is_missing_is_named_before_anything_is_asked(
    floor: Floor, cognito: CognitoServer, shop: LivePool
) -> None:
    cognito.faults.deny("ses:GetSuppressedDestination")
    floor.types("agent", "/cognito-unsuppress mo")
    floor.form("agent")
    floor.submits("agent", reason="Mo wrote from it this morning")
    floor.modal_says("agent", "the IAM action ses:GetSuppressedDestination is missing")
    assert floor.cards == []


def test_where_the_desk_may_not_look_nothing_of_it_is_offered(
    cognito: CognitoServer, shop: LivePool, tmp_path: Path
) -> None:
    closed = wired.settings(shop).model_copy(update={"mail_evidence": False})
    with workspace() as (slack, server):
        settings = settings_for(slack, server, {"prod": shop}, tmp_path / "desk.db")
        floor = Floor(slack, server, replace(settings, pools={"prod": closed}))
        floor.opens()
        floor.types("agent", "/cognito")
        menu = floor.modal_says("agent", "What is the matter?")
        assert "Let mail through again" not in text_of(menu)
        floor.types("agent", "/cognito-unsuppress mo")
        floor.told("agent", "The cloud team can do this there")
        floor.closes()
    assert not any(call.operation.startswith("ses:") for call in cognito.calls.list())

"""/cognito-unsuppress: one call to SES for a mailbox that bounced, and everything else handed over."""

from dataclasses import replace
from datetime import UTC, datetime

import pytest

from bot.answer import Refused, Unread
from bot.cognito import Pool
from bot.mail import BOUNCE, COMPLAINT, Mail, Sender, Suppression
from bot.plan import Effect, Plan, Risk, SubjectKind
from bot.tickets import resource_keys, verification
from bot.tickets.verification import VerificationResult
from bot.words import say
from tests.commands.paper import ALIAS, Paper, person, planned, written_by

SES = replace(ALIAS, sends_with_ses=True, mail_evidence=True)
MO = person("mo", "mo@example.com", verified=True)
ENTRY = Suppression(address="mo@example.com", reason=BOUNCE, since=datetime(2026, 3, 1, 9, 30, tzinfo=UTC))
LISTED = Mail(
    sender=Sender.SES, looked=True, region="eu-west-1", list_read=True, suppressed=ENTRY, identity="shop.example.com"
)


def plan(mail: Mail = LISTED, **changed: object) -> Plan:
    return planned("unsuppress", {"user": "mo"}, Paper(SES, replace(MO, **changed), mail=mail))  # type: ignore[arg-type]


def refused(mail: Mail, pool: Pool = SES) -> tuple[str | None, str]:
    with pytest.raises(Refused) as error:
        planned("unsuppress", {"user": "mo"}, Paper(pool, MO, mail=mail))
    return error.value.field, str(error.value)


def notes(of: Plan) -> list[str]:
    return [note.plain() for note in of.notes]


def test_precisely_one_call_goes_to_the_ses_of_its_region() -> None:
    made = plan()
    (call,) = made.calls
    assert call.operation == "ses:DeleteSuppressedDestination"
    assert call.parameters == {"EmailAddress": "mo@example.com"}
    assert call.region == "eu-west-1"
    assert call.shown == "SES DeleteSuppressedDestination(mo@example.com) in eu-west-1"
    assert call.effect is Effect.READABLE
    assert made.risk is Risk.NORMAL
    (change,) = made.changes
    assert (change.subject.kind, change.subject.name) == (SubjectKind.MAIL, "mo@example.com")
    assert (change.before, change.after) == ("BOUNCE since 2026-03-01 09:30 UTC", "")
    assert made.address == "mo@example.com"


def test_the_card_says_why_mail_stopped_and_what_happens_if_it_bounces_again() -> None:
    told = notes(plan())
    assert told[0].startswith("Our mail system has stopped sending to mo@example.com after a mail came back on")
    assert "If a mail comes back from it, Amazon SES puts the address on the list." in told
    assert len(told) == 3


def test_there_is_no_undo_and_the_card_says_why() -> None:
    made = plan()
    assert made.undo == ()
    assert made.undo_limits is not None
    assert made.undo_limits.plain().startswith("No undo: the desk puts no address on that list.")


def test_the_entry_is_taken_off_in_the_spelling_of_the_list() -> None:
    made = plan(attributes={**MO.attributes, "email": "Mo@Example.com"})
    assert made.calls[0].parameters == {"EmailAddress": "mo@example.com"}


def test_an_address_that_the_desk_wrote_is_no_reason_for_two_leads() -> None:
    paper = Paper(SES, MO, mail=LISTED)
    assert planned("unsuppress", {"user": "mo"}, paper, written_by("U0X", address=MO.email)).risk is Risk.NORMAL


@pytest.mark.parametrize(
    ("mail", "words"),
    [
        (replace(LISTED, sending_enabled=False), "has paused this pool's mail"),
        (replace(LISTED, identity_verified=False), "has not verified the sender shop.example.com"),
        (replace(LISTED, sandboxed=True, recipient_verified=False), "in its sandbox"),
        (replace(LISTED, suppressed=replace(ENTRY, in_force=False)), "the cause may be another one"),
        (replace(LISTED, unread=(say("The account was not looked at."),)), "The account was not looked at."),
    ],
)
def test_what_else_keeps_mail_back_or_is_not_known_stands_on_the_card(mail: Mail, words: str) -> None:
    assert any(words in note for note in notes(plan(mail)))


def test_a_disabled_account_is_pointed_out() -> None:
    assert "mo is disabled and can't sign in anyhow." in notes(plan(enabled=False))


@pytest.mark.parametrize(
    ("mail", "words"),
    [
        (replace(LISTED, suppressed=replace(ENTRY, reason=COMPLAINT)), "reported as spam"),
        (replace(LISTED, suppressed=replace(ENTRY, reason=COMPLAINT)), "hand this over to the cloud team"),
        (replace(LISTED, suppressed=replace(ENTRY, reason="WHIM")), "for a reason that the desk doesn't know (WHIM)"),
        (replace(LISTED, suppressed=None), "Our mail system doesn't stop mail to mo@example.com."),
        (replace(LISTED, suppressed=None, sending_enabled=False), "has paused this pool's mail"),
        (Mail(sender=Sender.SES), "the desk may not look into the mail system"),
    ],
)
def test_what_is_not_for_the_desk_to_do_is_refused_with_the_way_on(mail: Mail, words: str) -> None:
    field, said = refused(mail)
    assert field == "user"
    assert words in said


@pytest.mark.parametrize(
    ("pool", "words"),
    [
        (replace(ALIAS, mail_evidence=True), "mails through Cognito itself, and nobody can see"),
        (replace(SES, triggers={"CustomEmailSender": "arn"}), "mails with code of its own"),
    ],
)
def test_other_senders_are_nothing_that_ses_knows_of(pool: Pool, words: str) -> None:
    assert words in refused(Mail(sender=pool.sender), pool)[1]


@pytest.mark.parametrize("looked", [True, False])
def test_a_list_that_can_not_be_read_is_no_list_without_the_address(looked: bool) -> None:
    why = say("The IAM action ses:GetSuppressedDestination is missing.")
    mail = Mail(sender=Sender.SES, looked=looked, unread=(why,))
    with pytest.raises(Unread, match="ses:GetSuppressedDestination is missing"):
        planned("unsuppress", {"user": "mo"}, Paper(SES, MO, mail=mail))


def test_somebody_without_an_address_has_no_mail_to_let_through() -> None:
    with pytest.raises(Refused, match="mo has no e-mail address"):
        planned("unsuppress", {"user": "mo"}, Paper(SES, person("mo"), mail=LISTED))


def test_who_asks_for_the_same_address_again_meets_the_first_request() -> None:
    made = plan()
    (entry,) = resource_keys.keys("prod", replace(made, address=""))
    assert (entry,) == resource_keys.keys("prod", made) == ("prod:address:mo@example.com",)


@pytest.mark.parametrize(
    ("suppressed", "found"),
    [
        (ENTRY, VerificationResult.INTACT),
        (None, VerificationResult.REACHED),
        (replace(ENTRY, address="MO@example.com"), VerificationResult.REACHED),
        (replace(ENTRY, since=datetime(2026, 4, 1, tzinfo=UTC)), VerificationResult.OTHER),
        (replace(ENTRY, reason=COMPLAINT), VerificationResult.OTHER),
    ],
)
def test_what_became_of_the_call_is_read_from_the_list(
    suppressed: Suppression | None, found: VerificationResult
) -> None:
    made = plan()
    now = Paper(SES, MO, mail=replace(LISTED, suppressed=suppressed))
    assert verification.find(now, made, made.calls[0]) is found


def test_a_list_that_can_not_be_read_any_more_settles_nothing() -> None:
    made = plan()
    unread = Paper(SES, MO, mail=replace(LISTED, list_read=False, suppressed=None, unread=(say("It is down."),)))
    with pytest.raises(Unread, match="It is down"):
        verification.find(unread, made, made.calls[0])

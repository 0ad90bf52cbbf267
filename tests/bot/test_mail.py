"""What is seen of the mail to an address: what blocks it, the worst first, and how that reads."""

from dataclasses import replace
from datetime import UTC, datetime

import pytest

from bot.mail import BOUNCE, COMPLAINT, Mail, MailBlocker, Sender, Suppression, told

MO = "mo@example.com"
ENTRY = Suppression(address=MO, reason=BOUNCE, since=datetime(2026, 3, 1, 9, 30, tzinfo=UTC))
FINE = Mail(
    sender=Sender.SES,
    looked=True,
    region="eu-west-1",
    list_read=True,
    sending_enabled=True,
    sandboxed=False,
    enforcement="HEALTHY",
    identity="shop.example.com",
    identity_verified=True,
)
SANDBOX = replace(FINE, sandboxed=True, recipient_verified=False)


@pytest.mark.parametrize(
    ("mail", "blocked"),
    [
        (FINE, None),
        (Mail(sender=Sender.COGNITO), None),
        (Mail(sender=Sender.SES, looked=True), None),
        (replace(FINE, enforcement="PROBATION"), None),
        (replace(FINE, suppressed=ENTRY), MailBlocker.SUPPRESSED),
        (replace(FINE, suppressed=replace(ENTRY, reason=COMPLAINT)), MailBlocker.SUPPRESSED),
        (replace(FINE, suppressed=replace(ENTRY, in_force=None)), MailBlocker.SUPPRESSED),
        (replace(FINE, suppressed=replace(ENTRY, in_force=False)), None),
        (replace(FINE, sending_enabled=False), MailBlocker.PAUSED),
        (replace(FINE, enforcement="SHUTDOWN"), MailBlocker.PAUSED),
        (SANDBOX, MailBlocker.SANDBOX),
        (replace(SANDBOX, recipient_verified=True), None),
        (replace(SANDBOX, recipient_verified=None), None),
        (replace(FINE, identity_verified=False), MailBlocker.IDENTITY),
    ],
)
def test_only_what_was_seen_blocks(mail: Mail, blocked: MailBlocker | None) -> None:
    assert mail.blocked is blocked
    assert len(told(mail, MO)) == (blocked is not None)


def test_what_concerns_everybody_comes_before_what_concerns_one_address() -> None:
    every = replace(SANDBOX, suppressed=ENTRY, sending_enabled=False, identity_verified=False)
    assert every.blockers == (MailBlocker.PAUSED, MailBlocker.IDENTITY, MailBlocker.SANDBOX, MailBlocker.SUPPRESSED)
    assert [words.plain() for words in told(every, MO)] == [
        "Amazon SES has paused this pool's mail: nobody gets any.",
        "Amazon SES has not verified the sender shop.example.com, so it takes no mail from this pool.",
        "Amazon SES is in its sandbox here: it mails only to addresses that it has verified, and mo@example.com is not "
        "one of them.",
        "Our mail system has stopped sending to mo@example.com after a mail came back on Mar 1, 2026, 09:30 UTC.",
    ]


@pytest.mark.parametrize(
    ("reason", "words"), [(COMPLAINT, "reported as spam on"), ("OTHER", "has stopped sending to mo@example.com on")]
)
def test_each_reason_is_told_in_its_own_words(reason: str, words: str) -> None:
    (said,) = told(replace(FINE, suppressed=replace(ENTRY, reason=reason)), MO)
    assert words in said.plain()


def test_a_change_shows_the_entry_with_its_date() -> None:
    assert ENTRY.shown == "BOUNCE since 2026-03-01 09:30 UTC"

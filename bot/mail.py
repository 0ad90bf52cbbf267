"""What can be seen of a pool's mail to one address: who sends it, and what keeps it from arriving.

Only Amazon SES shows anything, and only where the settings let the desk look (``mail_evidence``).
"""

from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum

from bot.words import Moment, Words, say

BOUNCE = "BOUNCE"
"""The reason of a suppression that may be over: the mailbox was full, or was not there."""

COMPLAINT = "COMPLAINT"
"""The reason of a suppression that its own reader wished for: they marked a mail as spam."""

COGNITO_SENDS = say(
    "The pool mails through Cognito itself: 50 mails a day for the whole AWS account, and nobody can see what became "
    "of one."
)
"""What there is to say of Cognito's own sender, of which no API shows anything."""


class Sender(StrEnum):
    """Who sends a pool's e-mail."""

    COGNITO = "cognito"
    """Cognito's own sender (``COGNITO_DEFAULT``). Nothing of it can be seen."""
    SES = "ses"
    """The AWS account's own Amazon SES (``DEVELOPER``)."""
    OWN_CODE = "own code"
    """The pool's own function (``CustomEmailSender``). Cognito sends nothing, and nothing can be seen."""


class MailBlocker(StrEnum):
    """What keeps a mail from arriving. What concerns everybody comes before what concerns one address."""

    PAUSED = "paused"
    """SES sends nothing for this AWS account."""
    IDENTITY = "identity"
    """SES hasn't verified the address or the domain that the pool sends from."""
    SANDBOX = "sandbox"
    """The AWS account is in SES's sandbox, and this address is none that SES has verified."""
    SUPPRESSED = "suppressed"
    """SES accepts mail to this address and doesn't send it; Cognito reports success."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Suppression:
    """One address's entry on the suppression list of an AWS account in one Region."""

    address: str
    """As the list spells it."""
    reason: str
    """`BOUNCE` or `COMPLAINT`; SES may invent others."""
    since: datetime
    """When it was put on the list, or last written there."""
    in_force: bool | None = True
    """Whether SES holds mail back for this reason, by the account's settings; None where that can't be told.

    That is so where a configuration set may have settings of its own, and where the account's couldn't be read.
    """

    @property
    def shown(self) -> str:
        """The entry as a plan's change gives it: ``BOUNCE since 2026-11-20 10:00 UTC``."""
        return f"{self.reason} since {self.since:%Y-%m-%d %H:%M} UTC"


@dataclass(frozen=True, slots=True, kw_only=True)
class Mail:
    """What was seen of the mail to one address. Where None is possible it means "not seen", never "no"."""

    sender: Sender
    looked: bool = False
    """Whether SES was asked at all: only for a pool that sends with it, and where the settings allow it."""
    region: str = ""
    """The Region of the pool's SES, which may differ from the pool's own; empty when SES wasn't asked."""
    suppressed: Suppression | None = None
    """The address's entry on the suppression list; None when it has none, or when `list_read` is false."""
    list_read: bool = False
    """Whether the suppression list could be read."""
    sending_enabled: bool | None = None
    """Whether SES may send for this AWS account in this Region."""
    sandboxed: bool | None = None
    """Whether SES sends to verified addresses only, as it does for every new AWS account."""
    enforcement: str = ""
    """``HEALTHY``, ``PROBATION`` or ``SHUTDOWN``; empty when it wasn't read."""
    identity: str = ""
    """The address or domain that the pool sends from."""
    identity_verified: bool | None = None
    """Whether SES takes mail from it."""
    recipient_verified: bool | None = None
    """Whether SES has verified this address or its domain. Only read in the sandbox, where it matters."""
    unread: tuple[Words, ...] = ()
    """What couldn't be looked at, and why: a right that is missing, too many checks at once, an outage."""

    @property
    def blocked(self) -> MailBlocker | None:
        """The worst that was seen to keep a mail to this address from arriving; None when nothing was."""
        return next(iter(self.blockers), None)

    @property
    def blockers(self) -> tuple[MailBlocker, ...]:
        """Everything that was seen to keep a mail to this address from arriving, the worst first."""
        seen = {
            MailBlocker.PAUSED: self.sending_enabled is False or self.enforcement == "SHUTDOWN",
            MailBlocker.IDENTITY: self.identity_verified is False,
            MailBlocker.SANDBOX: bool(self.sandboxed) and self.recipient_verified is False,
            MailBlocker.SUPPRESSED: self.suppressed is not None and self.suppressed.in_force is not False,
        }
        return tuple(blocker for blocker, there in seen.items() if there)


_TOLD = {
    MailBlocker.PAUSED: "Amazon SES has paused this pool's mail: nobody gets any.",
    MailBlocker.IDENTITY: "Amazon SES has not verified the sender {identity}, so it takes no mail from this pool.",
    MailBlocker.SANDBOX: "Amazon SES is in its sandbox here: it mails only to addresses that it has verified, and "
    "{address} is not one of them.",
}


def told(mail: Mail, address: str) -> tuple[Words, ...]:
    """Say everything that was seen to keep a mail to ``address`` from arriving, a sentence each, the worst first."""
    return tuple(
        stopped(mail.suppressed)
        if blocker is MailBlocker.SUPPRESSED and mail.suppressed
        else say(_TOLD[blocker], identity=mail.identity, address=address)
        for blocker in mail.blockers
    )


def stopped(suppression: Suppression) -> Words:
    """Say that mail to an address is held back, since when and why."""
    template = {
        BOUNCE: "Our mail system has stopped sending to {address} after a mail came back on {since}.",
        COMPLAINT: "Our mail system has stopped sending to {address} since our mail was reported as spam on {since}.",
    }.get(suppression.reason, "Our mail system has stopped sending to {address} on {since} ({reason}).")
    since = Moment(suppression.since, "{date_short}")
    return say(template, address=suppression.address, since=since, reason=suppression.reason)

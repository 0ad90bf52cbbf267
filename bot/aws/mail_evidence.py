"""Reads from Amazon SES what may keep a pool's mail to one address from arriving."""

from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass, field
from datetime import UTC
from typing import TYPE_CHECKING, Any

from bot.addresses import spellings
from bot.cognito import Pool
from bot.mail import Mail, Sender, Suppression
from bot.plan import SES, Unread
from bot.words import Words, say

if TYPE_CHECKING:
    from concurrent.futures import Future

Answer = Mapping[str, Any]
Read = Callable[[str, str, Answer], "Future[Answer | None]"]
"""Starts one operation of SES in a Region; the future holds its answer, None for "not there", or an `Unread`."""

_UNKNOWN_SENDER = say("The pool sends with Amazon SES, but doesn't say from which address, so SES was not looked at.")
_ANOTHER_ACCOUNT = say("The pool sends with the Amazon SES of another AWS account, which the desk can't look into.")


def nowhere(region: str, operation: str, parameters: Answer) -> "Future[Answer | None]":
    """Read nothing, for a view of a pool that has no way to SES."""
    raise Unread(say("Amazon SES was not looked at."))


def look(pool: Pool, address: str, read: Read) -> Mail:
    """Return what SES shows of the mail to ``address``, its reads side by side. Asks nothing where it may not.

    An entry of the suppression list counts in each of the spellings of the address that may stand there: AWS doesn't
    say whether the list minds letter case.
    """
    if not pool.mail_evidence or pool.sender is not Sender.SES:
        return Mail(sender=pool.sender)
    _, _, _, region, account, name = (pool.ses_source_arn.split(":", 5) + [""] * 6)[:6]
    identity = name.removeprefix("identity/")
    if not (region and identity):
        return Mail(sender=Sender.SES, unread=(_UNKNOWN_SENDER,))
    if account != pool.account:
        return Mail(sender=Sender.SES, identity=identity, unread=(_ANOTHER_ACCOUNT,))
    looking = _Looking(region=region, read=read)
    asked = [looking.at("GetSuppressedDestination", {"EmailAddress": each}) for each in _forms(address)]
    asked_account = looking.at("GetAccount", {})
    asked_identity = looking.at("GetEmailIdentity", {"EmailIdentity": identity})
    entries = [looking.seen(each) for each in asked]
    settings, sending = looking.seen(asked_account), looking.seen(asked_identity)
    sandboxed = None if settings.answer is None else not settings.answer.get("ProductionAccessEnabled", False)
    return Mail(
        sender=Sender.SES,
        looked=True,
        region=region,
        suppressed=_suppression(entries, pool, settings.answer),
        list_read=bool(entries) and all(entry.known for entry in entries),
        sending_enabled=None if settings.answer is None else bool(settings.answer.get("SendingEnabled", False)),
        sandboxed=sandboxed,
        enforcement="" if settings.answer is None else str(settings.answer.get("EnforcementStatus", "")),
        identity=identity,
        identity_verified=sending.verified,
        recipient_verified=_recipient(looking, address) if sandboxed else None,
        unread=tuple({words.plain(): words for words in looking.unread}.values()),
    )


@dataclass(frozen=True, slots=True, kw_only=True)
class _Seen:
    """What came of one read."""

    known: bool
    answer: Answer | None = None
    """None where SES has no such thing, and where it isn't known."""

    @property
    def verified(self) -> bool | None:
        """Whether an identity that was asked for is verified; one that isn't there isn't."""
        if not self.known:
            return None
        return self.answer is not None and bool(self.answer.get("VerifiedForSendingStatus", False))


@dataclass(frozen=True, slots=True, kw_only=True)
class _Looking:
    """The reads of one look."""

    region: str
    read: Read
    unread: list[Words] = field(default_factory=list)
    """Why some of them failed."""

    def at(self, operation: str, parameters: Answer) -> "Future[Answer | None]":
        """Start one read."""
        return self.read(self.region, f"{SES}{operation}", parameters)

    def seen(self, asked: "Future[Answer | None]") -> _Seen:
        """Wait for what came of one read."""
        try:
            return _Seen(known=True, answer=asked.result())
        except Unread as unread:
            self.unread.append(unread.words)
            return _Seen(known=False)


def _forms(address: str) -> tuple[str, ...]:
    # Only as it is kept and in small letters: each form is a call, and SES wants few of them.
    return tuple(dict.fromkeys(spellings(address)[:2])) if address else ()


def _suppression(entries: Iterable[_Seen], pool: Pool, settings: Answer | None) -> Suppression | None:
    answer = next((entry.answer for entry in entries if entry.answer is not None), None)
    if answer is None:
        return None
    entry = answer["SuppressedDestination"]
    reasons = (settings or {}).get("SuppressionAttributes", {}).get("SuppressedReasons")
    # A configuration set may suppress for other reasons than the account; reading it would take one right more.
    told = reasons if not pool.ses_configuration_set else None
    return Suppression(
        address=entry["EmailAddress"],
        reason=entry["Reason"],
        since=entry["LastUpdateTime"].astimezone(UTC),
        in_force=None if told is None else entry["Reason"] in told,
    )


def _recipient(looking: _Looking, address: str) -> bool | None:
    """Return whether SES has verified an address, or its domain; None where that couldn't be read."""
    names = dict.fromkeys((address, address.rpartition("@")[2]))
    asked = [looking.at("GetEmailIdentity", {"EmailIdentity": name}) for name in names if name]
    told = [looking.seen(each).verified for each in asked]
    if True in told:
        return True
    return None if None in told or not told else False

"""From evidence and outlook to findings: what is the matter with an account, the worst first. Pure."""

from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass
from enum import StrEnum

from bot.cognito import Provider, User
from bot.diagnosis.attempts import as_verified, ways_of_reset
from bot.diagnosis.evidence import Evidence
from bot.diagnosis.outlook import Blocker, Flag, Outlook, Works


class Cause(StrEnum):
    """What may be found, the worst first. The first that fits is the headline; all others that fit are told too."""

    DISABLED = "DISABLED"
    RESET_PENDING = "RESET_PENDING"
    """A password reset waits, and no code can reach the customer."""
    RESET_REQUIRED = "RESET_REQUIRED"
    """A password reset waits; "forgot password" ends it."""
    TEMP_PASSWORD = "TEMP_PASSWORD"  # noqa: S105 - the name of a cause, not a password
    DUP_SIGNUP = "DUP_SIGNUP"
    SIGNUP_OPEN = "SIGNUP_OPEN"
    MFA_BLOCKED = "MFA_BLOCKED"
    """The pool requires a second factor, and the account has none that can be used: nobody gets in."""
    FED_GONE = "FED_GONE"
    """A provider's own profile, and the provider can't be chosen any more: nobody can sign in."""
    FED_REQUIRED = "FED_REQUIRED"
    """The pool requires an attribute that the provider's mapping lacks: the sign-in itself fails."""
    FED_FROZEN = "FED_FROZEN"
    """The provider's mapping writes an attribute that the pool doesn't let change: the sign-in itself fails."""
    FED_UNMAPPED = "FED_UNMAPPED"
    FED_CLAIM = "FED_CLAIM"
    FED_NOCLAIM = "FED_NOCLAIM"
    FED_TWIN = "FED_TWIN"
    ALIAS_MOVED = "ALIAS_MOVED"
    ALIAS_NOBODY = "ALIAS_NOBODY"
    RESET_BLOCKED = "RESET_BLOCKED"
    """The pool's settings, the second factor, or the mail keep a reset code from the customer, verified or not."""
    NO_AUTOVERIFY = "NO_AUTOVERIFY"
    PHONE_TOOK_CODE = "PHONE_TOOK_CODE"
    EMAIL_CHANGED = "EMAIL_CHANGED"
    UNSURE = "UNSURE"
    """The address is verified, and whether something works can't be told."""
    UNKNOWN = "UNKNOWN"
    DELIVERY = "DELIVERY"
    CASE_VARIANT = "CASE_VARIANT"
    PENDING_CHANGE = "PENDING_CHANGE"
    EMAIL_LOGIN = "EMAIL_LOGIN"
    NO_ALIAS = "NO_ALIAS"
    VERIFIED = "VERIFIED"


REMARKS = frozenset({Cause.DELIVERY, Cause.CASE_VARIANT, Cause.PENDING_CHANGE, Cause.EMAIL_LOGIN, Cause.NO_ALIAS})
"""What is told beside something else, and is never the headline."""


@dataclass(frozen=True, slots=True)
class Finding:
    """The cause that the headline names, and everything else that is the matter, the worst first."""

    cause: Cause
    also: tuple[Cause, ...] = ()


def diagnose(evidence: Evidence, outlook: Outlook) -> Finding:
    """Return what is the matter with an account.

    Accounts whose address differs only in letter case count in no row but `CASE_VARIANT`, since where the pool minds
    letter case theirs is a different address.
    """
    found = tuple(cause for cause, fits in _ROWS if fits(evidence, outlook))
    causes = tuple(cause for cause in found if cause not in REMARKS)
    remarks = tuple(cause for cause in found if cause in REMARKS)
    leading = causes[0] if causes else _nothing_found(evidence, outlook)
    return Finding(leading, (*causes[1:], *remarks))


def worst(findings: Iterable[Finding]) -> Finding:
    """Return the finding of the account that came off worst."""
    return min(findings, key=lambda found: _position(found.cause))


def works_whole(evidence: Evidence, outlook: Outlook) -> Works:
    """Return whether all works that this customer may expect to: their ways in, and "forgot password" if they have one.

    Where addresses are no sign-in names, nobody expects to sign in with one.
    """
    expected = [each.sign_in.works for each in outlook.through]
    if not evidence.user.is_external:
        expected += [outlook.sign_in_username.works, outlook.reset.works]
        if evidence.pool.email_is_alias or evidence.pool.email_is_username:
            expected.append(outlook.sign_in.works)
    elif not outlook.through:
        return Works.NO
    return next((each for each in (Works.NO, Works.UNKNOWN) if each in expected), Works.YES)


def _nothing_found(evidence: Evidence, outlook: Outlook) -> Cause:
    if not evidence.user.email_verified:
        return Cause.UNKNOWN
    whole = works_whole(evidence, outlook)
    return {Works.YES: Cause.VERIFIED, Works.UNKNOWN: Cause.UNSURE, Works.NO: Cause.UNKNOWN}[whole]


def _position(cause: Cause) -> int:
    return list(Cause).index(cause)


def _status(status: str) -> Callable[[Evidence, Outlook], bool]:
    return lambda evidence, _: evidence.user.status == status


def _can_reset(evidence: Evidence) -> bool:
    return any(way.works is not Works.NO for way in ways_of_reset(evidence.user, evidence.pool))


def _beside_owner(evidence: Evidence) -> bool:
    return evidence.pool.email_is_alias and evidence.owner is not None


def _blocked(blocker: Blocker) -> Callable[[Evidence, Outlook], bool]:
    return lambda _, outlook: any(each.sign_in.blocker is blocker for each in outlook.through)


def _lacking(evidence: Evidence, outlook: Outlook) -> bool:
    return any(evidence.lacking(each) for each in evidence.at_work)


def _cleared_by(evidence: Evidence, outlook: Outlook) -> Iterator[Provider]:
    flags = {each.provider: each.flag for each in outlook.through}
    return (each for each in evidence.at_work if each.clears_flag and flags[each.name] is not Flag.STAYS)


def _unmapped(evidence: Evidence, outlook: Outlook) -> bool:
    return any(each.claim.exists for each in _cleared_by(evidence, outlook))


def _no_claim(evidence: Evidence, outlook: Outlook) -> bool:
    return any(not each.claim.exists for each in _cleared_by(evidence, outlook))


def _claim_says_no(evidence: Evidence, _: Outlook) -> bool:
    return not evidence.user.email_verified and any(
        each.rewrites_address and each.is_mapped for each in evidence.at_work
    )


def _twin(evidence: Evidence, _: Outlook) -> bool:
    user = evidence.user
    return not user.is_external and not user.email_verified and any(each.is_external for each in evidence.rivals)


def _alias_moved(evidence: Evidence, _: Outlook) -> bool:
    return evidence.pool.email_is_alias and _finished(evidence.user) and evidence.owner is not None


def _alias_nobody(evidence: Evidence, _: Outlook) -> bool:
    """Whether several accounts have the address, which one at a time can own, and none does."""
    local = [rival for rival in evidence.rivals if not rival.is_external]
    return (
        evidence.pool.email_is_alias
        and _unverified(evidence)
        and evidence.signs_in_with is None
        and evidence.owner is None
        and bool(local)
    )


def _reset_blocked(evidence: Evidence, outlook: Outlook) -> bool:
    """Whether a verified address would not be enough for "forgot password" either."""
    if evidence.user.status != "CONFIRMED":
        return False
    if outlook.reset.blocker is Blocker.MAIL:
        return True
    possible = ways_of_reset(as_verified(evidence.user), evidence.pool)
    return all(way.works is Works.NO for way in possible) and possible[-1].blocker is not Blocker.NO_CONTACT


def _mail_fails(evidence: Evidence, _: Outlook) -> bool:
    blocked = evidence.mail is not None and evidence.mail.blocked is not None
    return blocked or bool(evidence.pool.email_failure)


def _finished(user: User) -> bool:
    """Whether nothing about the account itself is unfinished, so that its flag is what matters."""
    return user.status in ("CONFIRMED", "EXTERNAL_PROVIDER") and bool(user.email)


def _unverified(evidence: Evidence) -> bool:
    return _finished(evidence.user) and not evidence.user.email_verified


def _flag_alone(evidence: Evidence, outlook: Outlook) -> bool:
    """Whether the flag is off, and no provider writes it and nobody else's address explains it."""
    written = any(provider.rewrites_address for provider in evidence.at_work)
    shared = _alias_moved(evidence, outlook) or _alias_nobody(evidence, outlook)
    return _unverified(evidence) and not written and not shared


def _phone_took_code(evidence: Evidence, outlook: Outlook) -> bool:
    both = {"email", "phone_number"} <= evidence.pool.auto_verified
    return _flag_alone(evidence, outlook) and both and evidence.user.phone_verified


def _changed(evidence: Evidence, outlook: Outlook) -> bool:
    if not _flag_alone(evidence, outlook) or not evidence.pool.mails_codes:
        return False
    return not _phone_took_code(evidence, outlook)


def _gone(evidence: Evidence, _: Outlook) -> bool:
    return evidence.user.is_external and not evidence.at_work


_ROWS: tuple[tuple[Cause, Callable[[Evidence, Outlook], bool]], ...] = (
    (Cause.DISABLED, lambda evidence, _: not evidence.user.enabled),
    (Cause.RESET_PENDING, lambda evidence, _: evidence.user.status == "RESET_REQUIRED" and not _can_reset(evidence)),
    (Cause.RESET_REQUIRED, lambda evidence, _: evidence.user.status == "RESET_REQUIRED" and _can_reset(evidence)),
    (Cause.TEMP_PASSWORD, _status("FORCE_CHANGE_PASSWORD")),
    (Cause.DUP_SIGNUP, lambda evidence, _: evidence.user.status == "UNCONFIRMED" and _beside_owner(evidence)),
    (Cause.SIGNUP_OPEN, lambda evidence, _: evidence.user.status == "UNCONFIRMED" and not _beside_owner(evidence)),
    (Cause.MFA_BLOCKED, lambda _, outlook: outlook.sign_in_username.blocker is Blocker.NO_FACTOR),
    (Cause.FED_GONE, _gone),
    (Cause.FED_REQUIRED, _lacking),
    (Cause.FED_FROZEN, _blocked(Blocker.FROZEN)),
    (Cause.FED_UNMAPPED, _unmapped),
    (Cause.FED_CLAIM, _claim_says_no),
    (Cause.FED_NOCLAIM, _no_claim),
    (Cause.FED_TWIN, _twin),
    (Cause.ALIAS_MOVED, _alias_moved),
    (Cause.ALIAS_NOBODY, _alias_nobody),
    (Cause.RESET_BLOCKED, _reset_blocked),
    (Cause.NO_AUTOVERIFY, lambda evidence, outlook: _flag_alone(evidence, outlook) and not evidence.pool.mails_codes),
    (Cause.PHONE_TOOK_CODE, _phone_took_code),
    (Cause.EMAIL_CHANGED, _changed),
    (Cause.DELIVERY, _mail_fails),
    (Cause.CASE_VARIANT, lambda evidence, _: bool(evidence.variants)),
    # A pending change can't be seen: the old address stands there, verified, as if nothing were the matter.
    (Cause.PENDING_CHANGE, lambda evidence, _: evidence.user.email_verified and evidence.pool.keeps_original),
    (Cause.EMAIL_LOGIN, lambda evidence, _: not evidence.user.email_verified and evidence.pool.email_is_username),
    (Cause.NO_ALIAS, lambda evidence, _: _unverified(evidence) and evidence.pool.email_is_data),
)

"""Whom a finding is handed over to, and with what text."""

from collections.abc import Mapping

from bot.answer import HandOver, Team
from bot.case import Case
from bot.diagnosis import Cause
from bot.mail import told
from bot.outlook import Doubt
from bot.words import Value, say

_SEEN = "Pool {pool}, account {account} (sub {sub}, {status}). "

HAND_OVERS: dict[Cause, tuple[Team, str]] = {
    Cause.DISABLED: (
        Team.ACCOUNTS,
        "The account is disabled, and the customer asks for help. Please say whether it may be enabled again; the "
        "support desk can't do that.",
    ),
    Cause.MFA_BLOCKED: (
        Team.CLOUD,
        "The pool requires a second factor, and the account has none: its only contact is the one that "
        "AccountRecoverySetting uses first. Nobody can sign in. Please give it another factor, or change the settings.",
    ),
    Cause.FED_GONE: (
        Team.APP,
        "The account is a profile of {provider}, which the pool no longer has or the app doesn't offer. The customer "
        "can't sign in. Please say how they are to sign in now.",
    ),
    Cause.FED_REQUIRED: (
        Team.CLOUD,
        "The pool requires {lacking}, and the mapping of the provider {provider} doesn't fill it, so Cognito refuses "
        "the sign-in. Please map {lacking} for {provider}.",
    ),
    Cause.FED_FROZEN: (
        Team.CLOUD,
        "Each sign-in through {provider} writes {frozen}, which can't be changed in this pool (Mutable is false), so "
        "Cognito refuses the sign-in. Please take {frozen} out of the mapping of {provider}.",
    ),
    Cause.FED_CLAIM: (
        Team.IDENTITY,
        "{provider} signs this customer in, and doesn't say that the address is verified. Please send the claim "
        "{claim} as true for this person. {advice}",
    ),
    Cause.FED_NOCLAIM: (
        Team.APP,
        "Each sign-in through {provider} sets the address to “not verified”, and {provider} has no claim that says "
        "otherwise. Please decide whether its addresses are trusted; that takes code in the pool. {advice}",
    ),
    Cause.FED_TWIN: (
        Team.APP,
        "The customer has two accounts: {account} with a password, and {twin} through {twin_provider}. Please say "
        "whether they can be made one.",
    ),
    Cause.RESET_REQUIRED: (
        Team.CLOUD,
        "The account has to set a new password by “forgot password” before it can sign in, and that doesn't work for "
        "the customer. What the app says: (please fill in).",
    ),
    Cause.DUP_SIGNUP: (
        Team.APP,
        "The customer signed up a second time; {other} owns the address, and {account} is unfinished. Please say "
        "whether {account} is needed.",
    ),
    Cause.RESET_BLOCKED: (
        Team.CLOUD,
        "The customer forgot the password, and the pool's settings leave no way for a code, whatever is verified. "
        "Please look at AccountRecoverySetting and at the account's second factor.",
    ),
    Cause.UNSURE: (
        Team.CLOUD,
        "The address is verified, and the customer says that something doesn't work. The app's own words: (please "
        "fill in).",
    ),
    Cause.VERIFIED: (
        Team.APP,
        "Cognito has the address as verified, and sign-in and “forgot password” work. The app says otherwise. Please "
        "look at old tokens, the app client's ReadAttributes, a PreTokenGeneration trigger, and which pool is read.",
    ),
    Cause.UNKNOWN: (
        Team.CLOUD,
        "The support desk can't explain this account. What the customer says: (please fill in).",
    ),
}
"""By finding: the team, and what it is asked. Where no button helps, every other finding goes to those of the pool."""

_MAIL = "Mail doesn't reach this customer: {seen} Please see to it, and tell us when mail arrives again."

_STUCK: Mapping[Doubt, tuple[Team, str]] = {
    Doubt.UNFILLABLE: (
        Team.APP,
        "The account waits for its first sign-in, which asks for what the pool requires and the account lacks. The app "
        "client may not write that (WriteAttributes), so the sign-in can't be finished. Please let the app write it.",
    ),
    Doubt.NO_FACTOR: (
        Team.CLOUD,
        "The account waits for its first sign-in. After that the pool requires a second factor, and the account has "
        "none: its only contact is the one that AccountRecoverySetting uses first. Please give it another factor, or "
        "change the settings.",
    ),
}
"""What keeps a first sign-in from its end, whatever else is done for the account."""

_OTHERWISE = (
    Team.CLOUD,
    "The support desk has no way to help this customer ({cause}). What the customer says: (please fill in).",
)
_WAITS = (
    Team.APP,
    "The account still waits for its first sign-in, with the password of an invitation that works. The customer says "
    "that it doesn't: (please fill in).",
)


def hand_over(case: Case, values: Mapping[str, Value], *, helpless: bool) -> HandOver | None:
    """Return the hand-over for an account; ``helpless``: no scenario is offered, so there has to be one."""
    asked = _asked(case, helpless=helpless)
    if asked is None:
        return None
    team, template = asked
    mail = case.evidence.mail
    known: dict[str, Value] = {
        **values,
        "sub": case.user.sub,
        "status": case.user.status,
        "cause": str(case.cause),
        "seen": " ".join(words.plain() for words in told(mail, case.user.email)) if mail else "",
    }
    return HandOver(team=team, text=say(_SEEN + template, **known), sub=case.user.sub)


def _asked(case: Case, *, helpless: bool) -> tuple[Team, str] | None:
    """Return the team and what it is asked, what stands in the way of everything else first."""
    if case.mail_is_blocked and case.user.enabled and not case.mail_can_be_let_through:
        return Team.CLOUD, _MAIL
    if case.mail_can_be_let_through and case.cause is Cause.RESET_BLOCKED:
        return None
    if case.stuck:
        return _STUCK[case.stuck]
    if case.cause in HAND_OVERS:
        return HAND_OVERS[case.cause]
    if not helpless:
        return None
    return _WAITS if case.cause is Cause.TEMP_PASSWORD else _OTHERWISE

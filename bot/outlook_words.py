"""What works for a customer now, a line for each thing they can try."""

from collections.abc import Iterator

from bot.causes import flag_words
from bot.evidence import Evidence
from bot.outlook import Attempt, Blocker, Doubt, Medium, Outlook, Told, Works
from bot.words import Words, say

_MARKS = {Works.YES: "✅", Works.NO: "❌", Works.UNKNOWN: "❓"}

_BLOCKERS = {
    Blocker.DISABLED: "the account is disabled",
    Blocker.UNFINISHED: "the sign-up is not finished",
    Blocker.RESET_PENDING: "a new password has to be set first",
    Blocker.TEMPORARY_PASSWORD: "the account still waits for its first sign-in",
    Blocker.INVITATION_OVER: "the password of the invitation has run out",
    Blocker.NO_PASSWORD: "the account has no password here",
    Blocker.NO_ADDRESS: "the account has no address",
    Blocker.NOT_VERIFIED: "not verified",
    Blocker.OWNED: "another account owns it",
    Blocker.NO_SIGN_IN_NAME: "addresses are no sign-in names in this pool",
    Blocker.NO_CONTACT: "no verified address or number to send a code to",
    Blocker.SECOND_FACTOR: "the only contact is the second step of the sign-in",
    Blocker.WAY_CLOSED: "the pool sends these codes another way only",
    Blocker.ADMIN_ONLY: "in this pool only administrators reset passwords",
    Blocker.NO_CODES: "this pool sends no such code",
    Blocker.NO_SIGN_IN: "nobody can sign in to ask for it",
    Blocker.LACKING: "it doesn't give what the pool requires",
    Blocker.FROZEN: "it writes what the pool doesn't let change",
    Blocker.NO_FACTOR: "a second step is required, and this account has none that can be used",
    Blocker.MAIL: "mail to this address doesn't arrive",
    Blocker.TEXTS: "this pool can't send text messages",
}

_DOUBTS = {
    Doubt.INVITATION_AGE: "when the last invitation went out, nobody can see",
    Doubt.MAIL_FACTOR: "e-mail is a second step of the sign-in too",
    Doubt.TEXT_FACTOR: "the telephone is a second step of the sign-in too",
    Doubt.NOTHING_VERIFIED: "AWS doesn't say whether a pool that verifies nothing sends this code",
    Doubt.UNFINISHED: "AWS doesn't say whether it works before the sign-up is finished",
    Doubt.NOT_BY_ITSELF: "AWS doesn't say whether a pool that mails no codes by itself sends this one",
    Doubt.MAPPED: "a provider writes this address; AWS doesn't say whether a code verifies it",
    Doubt.LINKED: "linked to a provider: perhaps only after a first sign-in there",
    Doubt.OWNER: "the flag and the sign-in name don't agree",
    Doubt.HAS_REQUIRED: "it doesn't give an attribute that the pool requires and the account has",
    Doubt.CLIENT: "the app may not write all that it sends",
    Doubt.SCOPE: "the pool doesn't ask it for the address",
    Doubt.NO_FACTOR: "after it a second step is required, and this account has none that can be used",
    Doubt.UNFILLABLE: "after it the pool asks for something that the app may not write",
    Doubt.MAIL: "our mail system may hold mail to this address back",
    Doubt.TEXTS: "text messages of this account may reach only numbers that AWS knows",
}

_TOLD = {
    Told.CODE_SENT: "The app will say that a code was sent; none is.",
    Told.PERHAPS_CODE_SENT: "The app may say that a code was sent; none is.",
    Told.WRONG_PASSWORD: "The app will say “incorrect user name or password”, though they may be right.",
}


def lines(evidence: Evidence, outlook: Outlook) -> tuple[Words, ...]:
    """Return what the customer can try, a line each, in the order in which people try it."""
    return tuple(_lines(evidence, outlook))


def blocker_words(blocker: Blocker) -> str:
    """Return why an attempt doesn't work, as a part of a sentence."""
    return _BLOCKERS[blocker]


def _lines(evidence: Evidence, outlook: Outlook) -> Iterator[Words]:
    user = evidence.user
    if not user.is_external:
        yield _line("Sign in with the user name", outlook.sign_in_username)
    if user.email and not (user.is_external and outlook.sign_in.works is Works.NO):
        yield _line("Sign in with the address", outlook.sign_in)
    for each in outlook.through:
        yield _line("Sign in through {provider}", each.sign_in, provider=each.provider)
    if not user.is_external:
        by_name = outlook.means_them is not Works.YES
        asked = "“Forgot password”, with the user name" if by_name else "“Forgot password”"
        yield _line(asked, outlook.reset)
    if outlook.sign_up_code is not None:
        yield _line("Code to finish the sign-up", outlook.sign_up_code)
    if user.email and outlook.sign_up_code is None:
        yield _line("Code for the address, when signed in", outlook.verify_code)
    for each in outlook.through:
        yield say(f"{_FLAG_MARKS[str(each.flag)]} {flag_words(each.flag)}", provider=each.provider)


_FLAG_MARKS = {"stays": "✅", "cleared": "❌", "unknown": "❓"}


def _line(what: str, attempt: Attempt, **values: str) -> Words:
    template = f"{_MARKS[attempt.works]} {what}"
    match attempt:
        case Attempt(works=Works.YES, medium=Medium.EMAIL, by_link=True):
            template += ": by mail to {to}, with a link"
        case Attempt(works=Works.YES, medium=Medium.EMAIL):
            template += ": by mail to {to}"
        case Attempt(works=Works.YES, medium=Medium.PHONE):
            template += ": by text message to {to}"
        case Attempt(works=Works.NO, blocker=Blocker() as blocker):
            template += f": {_BLOCKERS[blocker]}"
        case Attempt(works=Works.UNKNOWN, doubt=Doubt() as doubt):
            template += f": can't be told; {_DOUBTS[doubt]}"
        case _:
            pass
    if attempt.works is Works.YES and attempt.doubt:
        template += f" ({_DOUBTS[attempt.doubt]})"
    if attempt.told:
        template += f". {_TOLD[attempt.told]}"
    return say(template, to=attempt.destination, **values)

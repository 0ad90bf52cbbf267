"""What the agent passes on in so many words: a sentence to the customer, a text to another team."""

from collections.abc import Callable, Mapping

from bot.answer import HandOver, Team
from bot.diagnosis.case import Case
from bot.diagnosis.explanations import EXPLANATIONS, WHICH
from bot.diagnosis.findings import Cause
from bot.diagnosis.outlook import Doubt, Medium, Works
from bot.mail import told
from bot.words import Value, say

_OURS = "We will confirm your address ourselves, and tell you when it is done."

_SEEN = "Pool {pool}, account {account} (sub {sub}, {status}). "
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
    "The support desk can't help this customer ({cause}). What the customer says: (please fill in).",
)
_WAITS = (
    Team.APP,
    "The account still waits for its first sign-in, with the password of an invitation that works. The customer says "
    "that it doesn't: (please fill in).",
)


def sentence(case: Case) -> str:
    """Return the template of what to tell the customer, word for word: never a step that doesn't work for them."""
    if case.mail_can_be_let_through:
        return "A mail to you came back to us once. Does your mailbox work again? Then we will let our mail through."
    by_case = _BY_CASE.get(case.cause)
    return by_case(case) if by_case else EXPLANATIONS[case.cause].customer or _OURS


def _forgot(case: Case) -> str:
    if case.outlook.reset.works is not Works.YES:
        return "Please choose “forgot password” in the app, enter your user name {account}, and tell us what it says."
    if case.outlook.reset.medium is Medium.PHONE:
        return (
            "Please choose “forgot password” in the app and enter your user name {account}. The code comes as a text "
            "message to {reset_to}."
        )
    return "Please choose “forgot password” in the app and enter your user name {account}. The code comes by mail."


def _invitation(case: Case) -> str:
    if case.outlook.sign_in_username.works is Works.NO:
        return "The password in our invitation has run out. We will send you a new invitation."
    return (
        "Please look for our invitation, also among the spam, and sign in with the password in it. If it doesn't work, "
        "tell us: we will send a new one."
    )


def _second_sign_up(case: Case) -> str:
    if case.is_customers_own:
        return "You have an account with this address already. Please sign in with it, or choose “forgot password”."
    return "We have to look at your accounts first. We will write to you."


def _sign_up(case: Case) -> str:
    if case.is_shared:
        return WHICH
    code = case.sign_up_code
    if code is None:
        return "No code can reach you, so you needn't look for one. We will finish your sign-up ourselves."
    if code.by_link:
        return "We send you a new mail with a link. Please open it to finish your sign-up; look among the spam too."
    if code.medium is Medium.PHONE:
        return "We send you a new code as a text message. Please enter the newest one in the app."
    return "We send you a new code by mail. Please enter the newest one in the app; look among the spam too."


def _own_code(case: Case) -> str:
    if case.outlook.verify_code.works is not Works.YES:
        return _OURS
    if case.outlook.sign_in.works is Works.NO and case.outlook.sign_in_username.works is Works.YES:
        return (
            "Please sign in to the app with your user name {account}, open your profile, choose *verify e-mail*, and "
            "enter the newest code."
        )
    return "Please sign in to the app, open your profile, choose *verify e-mail*, and enter the newest code."


def _verified(case: Case) -> str:
    if case.has(Cause.PENDING_CHANGE):
        return (
            "Have you changed your e-mail address lately? Then please enter the new one in the app once more, and the "
            "newest code that comes to it."
        )
    return "Your address is confirmed on our side. Please sign out of the app, then sign in."


_BY_CASE: Mapping[Cause, Callable[[Case], str]] = {
    Cause.RESET_REQUIRED: _forgot,
    Cause.TEMP_PASSWORD: _invitation,
    Cause.DUP_SIGNUP: _second_sign_up,
    Cause.SIGNUP_OPEN: _sign_up,
    Cause.PHONE_TOOK_CODE: _own_code,
    Cause.EMAIL_CHANGED: _own_code,
    Cause.VERIFIED: _verified,
}


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
    explained = EXPLANATIONS[case.cause]
    if explained.team:
        return explained.team, explained.ask
    if not helpless:
        return None
    return _WAITS if case.cause is Cause.TEMP_PASSWORD else _OTHERWISE

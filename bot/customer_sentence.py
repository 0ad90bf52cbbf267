"""What the agent tells the customer, word for word: never a step that doesn't work for this customer."""

from collections.abc import Callable

from bot.case import Case
from bot.diagnosis import Cause
from bot.outlook import Medium, Works

_REPAIR = "Your sign-in needs a repair on our side. We will come back to you."
_WHICH = (
    "More than one account has your address. Before we change anything, please tell us something about yours that only "
    "you can know."
)
_OURS = "We will confirm your address ourselves, and tell you when it is done."


def sentence(case: Case) -> str:
    """Return the template of what to tell the customer."""
    if case.mail_can_be_let_through:
        return "A mail to you came back to us once. Does your mailbox work again? Then we will let our mail through."
    said = _SENTENCES.get(case.cause, _OURS)
    return said if isinstance(said, str) else said(case)


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
    return "We have to look at your accounts first. We will come back to you."


def _sign_up(case: Case) -> str:
    if case.is_shared:
        return _WHICH
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
    return "Please sign out of the app and in again. Your address is confirmed on our side."


_SENTENCES: dict[Cause, str | Callable[[Case], str]] = {
    Cause.DISABLED: _REPAIR,
    Cause.MFA_BLOCKED: _REPAIR,
    Cause.FED_GONE: _REPAIR,
    Cause.FED_REQUIRED: _REPAIR,
    Cause.FED_FROZEN: _REPAIR,
    Cause.RESET_BLOCKED: _REPAIR,
    Cause.RESET_PENDING: (
        "We will confirm your address first. After that, please choose “forgot password” in the app."
    ),
    Cause.RESET_REQUIRED: _forgot,
    Cause.TEMP_PASSWORD: _invitation,
    Cause.DUP_SIGNUP: _second_sign_up,
    Cause.SIGNUP_OPEN: _sign_up,
    Cause.FED_UNMAPPED: "We are looking into how your sign-in through {provider} confirms your address.",
    Cause.FED_NOCLAIM: "We are looking into how your sign-in through {provider} confirms your address.",
    Cause.FED_CLAIM: "Please confirm your address at {provider} first. Then sign out of the app and in again.",
    Cause.FED_TWIN: "You have two accounts with this address. Please tell us how you usually sign in.",
    Cause.ALIAS_MOVED: _WHICH,
    Cause.ALIAS_NOBODY: _WHICH,
    Cause.NO_AUTOVERIFY: (
        "No code was sent to you, so you needn't look for one. We will confirm your address ourselves."
    ),
    Cause.PHONE_TOOK_CODE: _own_code,
    Cause.EMAIL_CHANGED: _own_code,
    Cause.UNSURE: "Please try once more, and tell us exactly what the app says.",
    Cause.UNKNOWN: "We are looking into it and will come back to you.",
    Cause.VERIFIED: _verified,
}

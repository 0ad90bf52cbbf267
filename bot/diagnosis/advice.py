"""What the agent does for a customer, in words: the way that ends it, and only one that there is a button for."""

from collections.abc import Collection

from bot.answer import Way
from bot.diagnosis.case import Case
from bot.diagnosis.explanations import EXPLANATIONS, PROVED
from bot.diagnosis.findings import Cause
from bot.diagnosis.outlook import Medium

_FOR_THE_POOL = "pool-email"
"""The scenario that lets a pool mail codes."""

_BY_CODE = frozenset({Cause.EMAIL_CHANGED, Cause.PHONE_TOOK_CODE})
"""Findings that a code ends, where the customer can have one."""

_BY_LEADS = _BY_CODE | {Cause.NO_AUTOVERIFY, Cause.RESET_PENDING}
"""Findings that are ended by marking the address as verified, where no code can be had."""


def to_do(case: Case, offered: Collection[str]) -> str:
    """Return the template of what the agent does. ``offered``: the scenarios that there are buttons for."""
    if not case.user.enabled:
        return EXPLANATIONS[case.cause].now
    if case.mail_can_be_let_through:
        return "Let mail through again first, when the mailbox works. Nothing else that is mailed arrives before."
    if case.mail_is_blocked:
        return "Hand over to the cloud team first: until mail arrives again, don't send anything."
    if case.cause is Cause.SIGNUP_OPEN:
        return _finishing(case)
    if case.cause is Cause.DUP_SIGNUP and not case.is_customers_own:
        return (
            "Nobody can sign in to `{other}` with a password as it is. Check it first: what ends its trouble is mostly "
            "what helps. The unfinished sign-up can stay as it is."
        )
    if case.cause is Cause.VERIFIED and case.has(Cause.PENDING_CHANGE):
        return (
            "If the customer has changed the address: best they change it in the app once more, and enter the newest "
            "code. If not, have them sign out and in."
        )
    if case.cause is Cause.TEMP_PASSWORD and Way.RESEND_INVITATION.scenario not in offered:
        lost = " If it is lost, hand over to the team that looks after the pool." if not offered else ""
        return f"The customer signs in with the password of the invitation. It can't be sent again now.{lost}"
    if case.cause in _BY_LEADS and not case.is_customers_own:
        return _marking(case, offered)
    if case.cause in _BY_CODE and Way.VERIFY_EMAIL.scenario not in offered:
        return "A code in the app, when signed in, proves the mailbox and needs no lead."
    return EXPLANATIONS[case.cause].now


def _finishing(case: Case) -> str:
    """Return what ends a sign-up that was never finished."""
    if case.is_shared:
        return (
            "`{other}` (created {other_created}) has the address too: ask which account the customer uses, before "
            "anything is sent. What finishes this sign-up gives the address to this account, and the other can't sign "
            "in with it then."
        )
    code = case.sign_up_code
    if code is None:
        return EXPLANATIONS[case.cause].now
    if code.medium is Medium.PHONE:
        return "Send the code again. It goes to the telephone: it finishes the sign-up and doesn't verify the address."
    return "Send it again: it finishes the sign-up and verifies the address in one go, and needs no lead."


def _marking(case: Case, offered: Collection[str]) -> str:
    """Return what helps somebody who can't prove the mailbox to Cognito by themselves."""
    everyone = " For everyone: let the pool mail codes; two leads have to agree." if _FOR_THE_POOL in offered else ""
    if Way.VERIFY_EMAIL.scenario in offered:
        then = " Then “forgot password” works." if case.cause is Cause.RESET_PENDING else ""
        return f"Mark the address as verified, {PROVED}. A lead has to agree.{then}{everyone}"
    if Way.CHANGE_EMAIL.scenario in offered:
        return f"Give the account an address, {PROVED}. Leads have to agree."
    other = everyone or " Hand over to the team that looks after the pool."
    return f"The desk can't mark this address as verified.{other}"

"""/cognito-send-code: have Cognito send a customer a new code, with the customer's own sign-in."""

from typing import Annotated

from pydantic import Field

from bot.answer import Answer, Paragraph, Part
from bot.cognito import Directory, Pool, User
from bot.customer import AccessToken, Customer, Delivery, Password
from bot.customer_words import (
    CONFIRM_SIGN_UP,
    ONLY_IF,
    by_client,
    by_credential,
    entering,
    for_the_customer,
    owner_of,
    refuse_mute,
    refuse_unable,
    went,
)
from bot.ledger import Ledger
from bot.plan import Call, Change, Choice, Effect, Plan, Refused, Risk, Subject, Unseen
from bot.scenario import Form, MenuLine, UserRef, scenario
from bot.words import say


class SendCode(Form):
    """Who gets a code, and by which credential of theirs."""

    user: Annotated[UserRef, Field(title="User", description="User name, e-mail address or sub.")]
    token: AccessToken = None
    password: Password = None


@scenario(
    "send-code",
    title="Send a new code",
    usage="[user]",
    sends=("ResendConfirmationCode",),
    menu=(MenuLine(20, "The code has expired, or never came"),),
    intro=(
        say(
            "Easiest: ask the customer to choose *verify e-mail* in the app and to enter the newest code there. "
            "For a sign-up that was never finished, the name alone will do."
        ),
        ONLY_IF,
    ),
)
def send_code(form: SendCode, directory: Directory, customer: Customer, ledger: Ledger) -> Answer | Plan:
    """Send a customer a new code for their e-mail address."""
    user, pool = directory.one(form.user), directory.pool
    refuse_mute(pool)
    if user.status == "UNCONFIRMED":
        return _for_sign_up(user, directory, customer, ledger)
    refuse_unable(user, directory)
    if user.email_verified and not pool.keeps_original:
        raise Refused(
            say("{address} is verified already, so a code would change nothing.", address=user.email),
            field="user",
            choices=(Choice("Find out why", user.username, "check"),),
        )
    delivery = customer.prove(user, token=form.token, password=form.password).send_code()
    return Answer(
        emoji="✉️",
        headline=went(delivery),
        best=entering(user),
        thread=(
            by_credential("GetUserAttributeVerificationCode", user),
            *(_pending(user, delivery) if pool.keeps_original else ()),
            *_held(user, directory),
            *for_the_customer(
                say("We have sent you a new code. Please enter it in the app, or tell us: the newest one counts.")
            ),
        ),
    )


def _for_sign_up(user: User, directory: Directory, customer: Customer, ledger: Ledger) -> Answer | Plan:
    if not directory.pool.auto_verified:
        raise Refused(
            say("Pool {pool} sends no codes at sign-up. Please tell the cloud team.", pool=directory.pool.name),
            field="user",
        )
    if any(not each.signed_up for each in ledger.written(user)):
        # The code finishes the account, and the desk, not the customer, chose where it goes.
        return _by_leads(user, directory.pool)
    delivery = customer.resend_sign_up_code(user)
    by_phone = (
        ()
        if delivery.by_mail
        else (
            Paragraph(
                say(
                    "It went to the telephone, because this pool verifies telephone numbers too and sends one code "
                    "only. It finishes the sign-up and does not verify the e-mail address."
                )
            ),
        )
    )
    return Answer(
        emoji="✉️",
        headline=went(delivery),
        best=entering(user, scenario=CONFIRM_SIGN_UP),
        thread=(
            by_client("ResendConfirmationCode", user.username),
            Paragraph(say("`{name}` never finished signing up, so it is a sign-up code.", name=user.username)),
            *by_phone,
            *_held(user, directory),
            *for_the_customer(
                say("We have sent you the sign-up code once more. Please enter the newest one, or follow its link.")
            ),
        ),
    )


def _by_leads(user: User, pool: Pool) -> Plan:
    return Plan(
        summary=say("Send the sign-up code of {name} to {address}", name=user.username, address=user.email),
        done=say("The sign-up code of {name} is on its way to {address}", name=user.username, address=user.email),
        risk=Risk.HIGH,
        calls=(
            Call(
                operation="ResendConfirmationCode",
                parameters={"ClientId": pool.client_id, "Username": user.username},
                shown=f"ResendConfirmationCode({user.username})",
                effect=Effect.NEITHER,
            ),
        ),
        changes=(
            Change(
                subject=Subject.of(user),
                what="sign-up code",
                before="",
                after=user.email,
                note="goes to this address",
                readable=False,
                unseen_because=Unseen.MAILED,
            ),
        ),
        undo_limits=say("No undo: what is mailed is mailed."),
        address=user.email,
        accepted=say("Accepted: Cognito sends a sign-up code to {address}.", address=user.email),
        tell_customer=say("We have sent you the sign-up code once more. Please enter the newest one in the app."),
    )


def _pending(user: User, delivery: Delivery) -> tuple[Part, ...]:
    return (
        Paragraph(
            say(
                "This pool keeps the old address until the new one's code is entered, and Cognito mails a code like "
                "this to the *old* one: it went to {destination}, which is {address}. If a new address waits for its "
                "code, have the change made once more with the new address; that sends a code there.",
                destination=delivery.destination,
                address=user.email,
            )
        ),
    )


def _held(user: User, directory: Directory) -> tuple[Part, ...]:
    """Warn when entering the code would be a matter for leads."""
    owner = owner_of(user.email, directory, other_than=user)
    if owner is None or not directory.pool.email_is_alias:
        return ()
    return (
        Paragraph(
            say(
                "⚠️ `{owner}` holds {address} at present. Entering the code would take it from them, so two leads would "
                "have to agree first.",
                owner=owner.username,
                address=user.email,
            )
        ),
    )

"""/cognito-send-code: have Cognito send a customer a new code, with the customer's own sign-in.

It is long because who gets a code depends on where the customer stands, and each place has its own words.
"""

from typing import Annotated

from pydantic import Field

from bot.scenario import (
    AccessToken,
    Answer,
    Call,
    Case,
    Cause,
    Change,
    Choice,
    Customer,
    Delivery,
    Directory,
    Effect,
    Form,
    Ledger,
    MenuLine,
    Paragraph,
    Part,
    Password,
    Plan,
    Pool,
    Refused,
    Remedy,
    Risk,
    Subject,
    Unseen,
    User,
    UserRef,
    Way,
    Words,
    Works,
    by_client,
    by_credential,
    code_sent_to,
    day,
    entering,
    for_the_customer,
    listed,
    owner_of,
    paragraph,
    refuse_no_mail,
    refuse_unable,
    refused,
    say,
    scenario,
    sign_up_contact,
)


class SendCode(Form):
    """Who gets a code, and by which credential of theirs."""

    user: UserRef
    token: Annotated[
        AccessToken,
        Field(
            description="Only if they can't do it in the app, and not for an unfinished sign-up. From the app's "
            "developer tools or logs; for this one call, kept nowhere."
        ),
    ] = None
    password: Password = None


def _proves(case: Case) -> bool:
    """Whether a code can come, and the customer can get it with their own sign-in."""
    could = case.pool.customer_credentials and not case.pool.email_failure
    return could and case.is_open_to_change and case.outlook.verify_code.works is Works.YES


_REMEDIES = (
    Remedy(
        findings={Cause.SIGNUP_OPEN: 10},
        label="Send the sign-up code",
        fits=lambda case: case.sign_up_code is not None and not case.pool.confirms_by_link,
    ),
    Remedy(
        findings={Cause.SIGNUP_OPEN: 10},
        label="Send the sign-up mail",
        fits=lambda case: case.sign_up_code is not None and case.pool.confirms_by_link,
    ),
    Remedy(
        findings={Cause.EMAIL_CHANGED: 10, Cause.PHONE_TOOK_CODE: 10, Cause.FED_TWIN: 10},
        label="Send a new code",
        fits=lambda case: _proves(case) and not case.is_shared,
    ),
    Remedy(
        findings={Cause.ALIAS_NOBODY: 10, Cause.FED_TWIN: 10},
        label="Send a new code to {account}",
        # The code would take the address from an account that owns it.
        fits=lambda case: _proves(case) and case.is_shared and not case.is_owned,
    ),
)


@scenario(
    "send-code",
    title="Send a new code",
    usage="[user]",
    sends=("ResendConfirmationCode",),
    menu=(MenuLine(20, "The code has expired, or never came"),),
    remedies=_REMEDIES,
    intro=(
        say(
            "Easiest: ask the customer to choose *verify e-mail* in the app and to enter the newest code there. "
            "For a sign-up that was never finished, the name alone will do."
        ),
    ),
    works_without_credential=True,
)
def send_code(form: SendCode, directory: Directory, customer: Customer, ledger: Ledger) -> Answer | Plan:
    """Send a customer a new code for their e-mail address."""
    user, pool = directory.one(form.user), directory.pool
    if user.status == "UNCONFIRMED":
        return _for_sign_up(user, directory, customer, ledger)
    refuse_no_mail(pool)
    refuse_unable(user, directory)
    if user.email_verified and not pool.keeps_original:
        raise refused(
            "{address} is verified already, so a code would change nothing.",
            field="user",
            choices=(Way.CHECK.choice(user.username),),
            address=user.email,
        )
    if not pool.customer_credentials:
        raise _only_in_the_app(user, pool)
    delivery = customer.prove(user, token=form.token, password=form.password).send_code()
    return Answer(
        emoji="✉️",
        headline=code_sent_to(delivery),
        best=entering(user, directory),
        thread=(
            by_credential("GetUserAttributeVerificationCode", user),
            *(_pending(user, delivery) if pool.keeps_original else ()),
            *_held(user, directory),
            *for_the_customer(
                say("We have sent you a new code. Please enter it in the app, or tell us: the newest one counts.")
            ),
        ),
    )


def _only_in_the_app(user: User, pool: Pool) -> Refused:
    """Return what to say of an account whose own sign-in it would take, where the desk may not ask for that."""
    ways: tuple[Choice, ...] = (Way.CHECK.choice(user.username),)
    template = (
        "{name} has finished signing up, so only the customer can ask for this code: in the app, signed in, with "
        "*verify e-mail*. In pool {pool} the desk may not ask for a customer's own sign-in to do it for them."
    )
    if user.status == "FORCE_CHANGE_PASSWORD":
        template = (
            "{name} has not signed in yet, and only somebody who is signed in can ask for this code. The password for "
            "the first sign-in is in the invitation; it can be sent again."
        )
        ways = (Way.RESEND_INVITATION.choice(user.username), *ways)
    return refused(template, field="user", choices=ways, name=user.username, pool=pool.name)


def _for_sign_up(user: User, directory: Directory, customer: Customer, ledger: Ledger) -> Answer | Plan:
    pool = directory.pool
    contact = sign_up_contact(user, pool)
    _refuse_no_sign_up_code(user, pool, contact)
    others = _sharing(user, directory) if contact == "email" else ()
    if others or any(not each.signed_up for each in ledger.written(user)):
        # The code finishes the account: that may cost somebody else the address, or the desk, not the customer, chose
        # where it goes.
        return _by_leads(user, directory, others, contact)
    delivery = customer.resend_sign_up_code(user)
    if not delivery.may_be_to(user.email if delivery.by_mail else user.phone):
        return _made_up(user, delivery)
    link = pool.confirms_by_link and delivery.by_mail
    check = Way.CHECK.offer(user.username)
    return Answer(
        emoji="✉️",
        headline=code_sent_to(delivery, link=link),
        best=check if link or not pool.customer_credentials else entering(user, directory, way=Way.CONFIRM_SIGN_UP),
        thread=(
            by_client("ResendConfirmationCode", user.username),
            paragraph("`{name}` never finished signing up; this finishes it.", name=user.username),
            *(() if delivery.by_mail else (Paragraph(_BY_PHONE),)),
            *for_the_customer(_FOLLOW if link else _ENTER),
        ),
    )


def _made_up(user: User, delivery: Delivery) -> Answer:
    """Return the answer where Cognito names a destination that isn't this customer's: nothing was sent."""
    return Answer(
        emoji="❓",
        headline=say(
            "Cognito says that a code went to {destination}, which is none of {name}'s: don't wait for one",
            destination=delivery.destination,
            name=user.username,
        ),
        best=Way.CHECK.offer(user.username),
        thread=(
            paragraph(
                "This pool's app hides who has an account, and is answered like this where nothing is sent. The "
                "account may have changed this very moment: check it again."
            ),
        ),
    )


_FOLLOW = say("We have sent you the mail of your sign-up once more. Please follow the link in the newest one.")
_ENTER = say("We have sent you the sign-up code once more. Please enter the newest one in the app.")
_BY_PHONE = say(
    "It went to the telephone, because this pool verifies telephone numbers too and sends one code only. It finishes "
    "the sign-up and does not verify the e-mail address."
)


def _refuse_no_sign_up_code(user: User, pool: Pool, contact: str) -> None:
    """Refuse an unfinished sign-up that no code can reach, with what finishes it instead."""
    instead = (Way.CONFIRM_ACCOUNT.choice(user.username),)
    reason = ""
    if not user.enabled:
        instead = (Way.CHECK.choice(user.username),)
        reason = "{name} is disabled, so Cognito sends no code, even where it says that it did."
    elif not pool.auto_verified & {"email", "phone_number"}:
        reason = "No code can come in this pool. Confirm the account instead."
    elif not contact:
        reason = "No code can come: this pool sends it to {contact}, and {name} has none. Confirm the account instead."
    elif contact == "email" and pool.email_failure:
        reason = (
            "Pool {pool} can't send mail at present ({failure}), so no code would arrive. The account can be confirmed "
            "without one."
        )
    if reason:
        wanted = "an e-mail address" if "email" in pool.auto_verified else "a telephone number"
        values = {"name": user.username, "pool": pool.name, "contact": wanted, "failure": pool.email_failure}
        raise refused(reason, field="user", choices=instead, **values)


def _sharing(user: User, directory: Directory) -> tuple[User, ...]:
    """Return the other accounts that the code would cost the address, or the way to it, once it is entered."""
    pool = directory.pool
    if not pool.email_is_alias:
        return ()
    others = directory.holders(user.email, other_than=user)
    return tuple(other for other in others if pool.same(other.email, user.email))


def _by_leads(user: User, directory: Directory, others: tuple[User, ...], contact: str) -> Plan:
    pool = directory.pool
    # Nobody has to read a number in a channel.
    destination = user.email if contact == "email" else "the telephone"
    link = pool.confirms_by_link and contact == "email"
    owners = {owner.sub for owner in directory.losers(user.email, to=user)} if others else set[str]()
    names = {"name": user.username, "to": destination}
    losers = listed((other.username for other in others if other.sub in owners), most=3)
    summary = "send the sign-up code of {name} to {to}"
    return Plan(
        summary=say(
            f"{summary}, by which {{losers}} may lose {{address}}" if owners else summary,
            losers=losers,
            address=user.email,
            **names,
        ),
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
            Change.mailed(user, "sign-up code", destination, note="goes there"),
            *(_may_lose(other) for other in others if other.sub in owners),
        ),
        why_high=tuple(_why(other, user, owns=other.sub in owners) for other in others),
        notes=_once_entered(user, others),
        undo_limits=say("No undo: what is mailed is mailed."),
        address=user.email,
        accepted=say("Accepted: Cognito sends the sign-up code to {to}.", **names),
        tell_customer=_FOLLOW if link else _ENTER,
    )


def _may_lose(owner: User) -> Change:
    """Return what may become of the owner, not by the mail but once its code is entered."""
    return Change(
        subject=Subject.of(owner),
        what="email_verified",
        before="true",
        after="false",
        note="LOSES it once the code is entered, if the app moves it by force",
        loses=True,
        readable=False,
        unseen_because=Unseen.PENDING,
    )


def _why(other: User, user: User, *, owns: bool) -> Words:
    template = (
        "{other} ({sub}, {status}, created {created}) owns {address}. When {name}'s code is entered, either Cognito "
        "refuses it, or {other} loses the address: the app decides which (ForceAliasCreation)."
        if owns
        else "{other} ({sub}, {status}, created {created}) has {address} too, not verified. Once {name}'s code is "
        "entered, {name} owns the address, and {other} can get it only by a lead's approval."
    )
    return say(
        template,
        other=other.username,
        sub=other.sub,
        status=other.standing,
        created=day(other.created),
        address=user.email,
        name=user.username,
    )


def _once_entered(user: User, others: tuple[User, ...]) -> tuple[Words, ...]:
    if not others:
        return ()
    return (
        say(
            "Ask the customer first which account they use. If it is {other}, nothing has to be sent: that account "
            "can be helped instead of {name}.",
            other=" or ".join(other.username for other in others),
            name=user.username,
        ),
    )


def _pending(user: User, delivery: Delivery) -> tuple[Part, ...]:
    return (
        paragraph(
            "This pool keeps the old address until the new one's code is entered, and Cognito mails a code like "
            "this to the *old* one: it went to {destination}, which is {address}. If a new address waits for its "
            "code, have the change made once more with the new address; that sends a code there.",
            destination=delivery.destination,
            address=user.email,
        ),
    )


def _held(user: User, directory: Directory) -> tuple[Part, ...]:
    """Warn when entering the code would be a matter for leads."""
    owner = owner_of(user.email, directory, other_than=user)
    if owner is None or not directory.pool.email_is_alias:
        return ()
    return (
        paragraph(
            "⚠️ `{owner}` owns {address} now. Entering the code would take it from them, so two leads would "
            "have to agree first.",
            owner=owner.username,
            address=user.email,
        ),
    )

"""/cognito-confirm-sign-up: enter the code of a sign-up, and decide what happens if the address has an owner."""

from typing import Annotated, Literal

from pydantic import AfterValidator, Field, ValidationInfo

from bot.answer import Answer, Offer, Paragraph
from bot.cognito import Directory, User
from bot.customer import Code, Customer, Declined
from bot.customer_words import (
    CHECK,
    ENTER_CODE,
    SEND_CODE,
    by_client,
    for_the_customer,
    others_affected,
    owner_of,
    with_new_code,
)
from bot.diagnosis import Cause
from bot.plan import Call, Change, Choice, Effect, Plan, Refused, Risk, Subject
from bot.remedy import Remedy
from bot.safeguards import give_back, loss, note_not_notified, why_losing
from bot.scenario import Form, MenuLine, UserRef, scenario
from bot.words import Words, say

Taken = Literal["Stop and tell me", "Move the e-mail to this account"]
STOP: Taken = "Stop and tell me"
MOVE: Taken = "Move the e-mail to this account"


def _with_stop(code: Code, info: ValidationInfo) -> Code:
    if code is None and info.data.get("taken") == STOP:
        raise ValueError("Please fill in the code.")
    return code


def _with_move(reason: str, info: ValidationInfo) -> str:
    if info.data.get("taken") == MOVE and len(reason) < _SHORTEST_REASON:
        raise ValueError("Please say why; leads read it.")
    return reason


_SHORTEST_REASON = 3


class ConfirmSignUp(Form):
    """Whose sign-up, and what if somebody else owns the address."""

    user: Annotated[UserRef, Field(title="User", description="User name, e-mail address or sub.")]
    taken: Annotated[
        Taken,
        Field(
            title="If another account owns this e-mail",
            description="Moving takes it from them: two leads have to agree, and the code is asked for after that.",
        ),
    ] = STOP
    code: Annotated[
        Code,
        Field(description="Only with “Stop and tell me”. From the customer's newest mail.", validate_default=True),
        AfterValidator(_with_stop),
    ] = None
    reason: Annotated[
        str,
        Field(
            title="Reason",
            description="Only with “Move”: how they proved that the older account is theirs. Kept in the audit log.",
            max_length=500,
            validate_default=True,
            json_schema_extra={"input": "multiline"},
        ),
        AfterValidator(_with_move),
    ] = ""


@scenario(
    "confirm-sign-up",
    title="Confirm a sign-up",
    usage="[user]",
    menu=(MenuLine(130, "A sign-up was never finished"),),
    remedies=(
        Remedy(
            findings={Cause.SIGNUP_OPEN: 40, Cause.DUP_SIGNUP: 80},
            label="Enter the code of the sign-up…",
            fits=lambda case: case.pool.customer_credentials and case.user.enabled and not case.pool.confirms_by_link,
            takes_address=True,
        ),
    ),
    sends=("ConfirmSignUp", "AdminUpdateUserAttributes"),
    intro=(say("Easiest: the customer enters the code of the sign-up mail in the app, or follows its link."),),
)
def confirm_sign_up(form: ConfirmSignUp, directory: Directory, customer: Customer) -> Answer | Plan:
    """Enter the code of a sign-up, or let it take an address that has an owner."""
    user = directory.one(form.user)
    _refuse_finished(user)
    if form.taken == MOVE:
        return _moving(user, directory)
    assert form.code is not None
    before = directory.holders(user.email, other_than=user) if user.email else ()
    try:
        customer.confirm(user, form.code)
    except Declined as declined:
        # A lost answer is no answer: what is there now decides.
        if not declined.unknown or not _finished(customer.reread(user, until=_finished)):
            raise _declined(declined, user, directory) from None
    return _answer(user, customer, before)


def _answer(user: User, customer: Customer, before: tuple[User, ...]) -> Answer:
    now = customer.reread(user, until=_finished) or user
    done = _finished(now)
    verified = now.email_verified
    ways = Offer(label="Find out why", scenario=CHECK, fields={"user": user.username})
    if not done:
        headline = say("Cognito took the code for {name}, but doesn't show it yet", name=user.username)
    elif verified:
        headline = say("{name} is signed up, and {address} is verified", name=now.username, address=now.email)
    else:
        headline = say("{name} is signed up; the e-mail address is not verified by that", name=now.username)
    return Answer(
        emoji="✅" if verified else "⚠️",
        headline=headline,
        best=None if verified else ways,
        thread=(
            by_client("ConfirmSignUp", user.username),
            Paragraph(
                say(
                    "*Re-read* · `{name}` · {address} · {status} · email_verified is {flag} now",
                    name=now.username,
                    address=now.email or "no e-mail address",
                    status=now.status,
                    flag=str(verified).lower(),
                )
            ),
            *(() if verified or not done else (Paragraph(_BY_PHONE),)),
            *(others_affected(before, now, customer.fresh()) if now.email else ()),
            *for_the_customer(
                say("Your account is ready. Please sign in; if you have no password yet, choose “forgot password”.")
            ),
        ),
    )


_BY_PHONE = say("The code had gone to the telephone, as this pool's sign-up codes do when there is a number.")


def _declined(declined: Declined, user: User, directory: Directory) -> Declined:
    if declined.code != "AliasExistsException":
        return with_new_code(declined, user)
    owner = owner_of(user.email, directory, other_than=user)
    return declined.offering(_owned(user, owner), Choice("Compare the accounts", user.email, CHECK))


def _owned(user: User, owner: User | None) -> Words:
    return say(
        "{owner} owns {address}, so Cognito refused the code. Nothing was changed, and {name} stays unfinished. Mostly "
        "the customer has forgotten that account: let them sign in to it, or choose “forgot password”. If the address "
        "really has to move, choose “{move}” below and say why. The code may be used up by this; then a new one has to "
        "be sent.",
        owner=f"{owner.username} (created {owner.created:%d %b %Y})" if owner else "Another account",
        address=user.email,
        name=user.username,
        move=MOVE,
    )


def _moving(user: User, directory: Directory) -> Plan:
    pool = directory.pool
    losers = directory.losers(user.email, to=user) if user.email else ()
    _refuse_needless(user, directory, losers)
    flag = user.attributes.get("email_verified", "")
    return Plan(
        summary=say(
            "Confirm the sign-up of {name}, which moves {address} to it", name=user.username, address=user.email
        ),
        done=say("{name} is confirmed, and {address} has moved to it", name=user.username, address=user.email),
        risk=Risk.HIGH,
        calls=(
            Call(
                operation="ConfirmSignUp",
                parameters={"ClientId": pool.client_id, "Username": user.username, "ForceAliasCreation": True},
                shown=f"ConfirmSignUp({user.username}, ForceAliasCreation=true)",
                effect=Effect.READABLE,
                secrets=("ConfirmationCode",),
            ),
        ),
        changes=(
            Change(subject=Subject.of(user), what="UserStatus", before=user.status, after="CONFIRMED"),
            Change(subject=Subject.of(user), what="email_verified", before=flag, after="true", note="gets the address"),
            *(loss(loser) for loser in losers),
        ),
        why_high=why_losing(losers),
        notes=(
            say("Once approved, the one who asked enters the code of the sign-up mail. It is kept nowhere."),
            say(
                "The code proves that the mailbox is theirs, not that {losers} is.",
                losers=" or ".join(loser.username for loser in losers),
            ),
            *note_not_notified(losers),
        ),
        undo=give_back(pool, losers),
        undo_limits=say(
            "Undo gives the address back to {loser}, which un-verifies {name}; {name} stays signed up.",
            loser=losers[0].username,
            name=user.username,
        )
        if len(losers) == 1
        else say("No undo: the address would have to go back to several accounts at once."),
        address=user.email,
        tell_customer=say(
            "Your new account is ready, and your e-mail address belongs to it now. The older account can't be used "
            "with that address any more."
        ),
    )


def _refuse_finished(user: User) -> None:
    if user.status == "UNCONFIRMED":
        return
    ways = () if user.email_verified else (Choice("Enter a code", user.username, ENTER_CODE),)
    raise Refused(
        say(
            "The sign-up of {name} is finished already, so there is no sign-up code to enter.{rest}",
            name=user.username,
            rest="" if user.email_verified else " A code for the e-mail address is another matter.",
        ),
        field="user",
        choices=ways,
    )


def _refuse_needless(user: User, directory: Directory, losers: tuple[User, ...]) -> None:
    if "phone_number" in directory.pool.auto_verified and user.attributes.get("phone_number"):
        raise Refused(
            say(
                "The sign-up code of {name} went to the telephone, so confirming it moves no e-mail address. Confirm "
                "it with “{stop}”, then decide about the address.",
                name=user.username,
                stop=STOP,
            ),
            field="taken",
        )
    if not losers:
        raise Refused(
            say(
                "Nobody else owns {address} at present, so there is nothing to move: choose “{stop}” and enter the "
                "code. No lead is needed for that.",
                address=user.email or "an address of this account",
                stop=STOP,
            ),
            field="taken",
            choices=(Choice("Send a new code", user.username, SEND_CODE),),
        )


def _finished(user: User | None) -> bool:
    return user is not None and user.status == "CONFIRMED"

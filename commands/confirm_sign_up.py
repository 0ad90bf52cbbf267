"""/cognito-confirm-sign-up: enter the code of a sign-up, and decide what happens if the address has an owner."""

from typing import Annotated

from pydantic import Field

from bot.scenario import (
    MOVE,
    STOP,
    Answer,
    Call,
    Cause,
    Change,
    Code,
    Customer,
    Declined,
    Directory,
    Effect,
    Form,
    IfTaken,
    Losers,
    MenuLine,
    OnlyWith,
    Paragraph,
    Plan,
    Proof,
    Remedy,
    Risk,
    Subject,
    User,
    UserRef,
    Way,
    WayReason,
    Words,
    by_client,
    day,
    for_the_customer,
    others_affected,
    owner_of,
    refused,
    reread,
    say,
    scenario,
    with_new_code,
)


class ConfirmSignUp(Form):
    """Whose sign-up, and what if somebody else owns the address."""

    user: UserRef
    taken: Annotated[
        IfTaken,
        Field(description="Moving takes it from them: two leads have to agree, and the code is asked for after that."),
    ] = STOP
    code: Annotated[Code, Field(json_schema_extra={"asked": "always"}), OnlyWith("taken", STOP)] = None
    proof: Annotated[Proof, OnlyWith("taken", MOVE)] = None
    reason: Annotated[
        WayReason,
        Field(description="Why the older account is theirs. Leads see it; kept in the audit log."),
        OnlyWith("taken", MOVE),
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
    if form.code is None:
        raise refused("Please fill in the code.", field="code")
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
    is_verified = now.email_verified
    if not done:
        headline = say("Cognito accepted the code for {name}, but doesn't show it yet", name=user.username)
    elif is_verified:
        headline = say("{name} is signed up, and {address} is verified", name=now.username, address=now.email)
    else:
        headline = say("{name} is signed up; the e-mail address is not verified by that", name=now.username)
    return Answer(
        emoji="✅" if is_verified else "⚠️",
        headline=headline,
        best=None if is_verified else Way.CHECK.offer(user.username),
        thread=(
            by_client("ConfirmSignUp", user.username),
            reread(now, with_status=True),
            *(() if is_verified or not done else (Paragraph(_BY_PHONE),)),
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
    return declined.offering(_owned(user, owner), Way.CHECK.choice(user.email, "Compare the accounts"))


def _owned(user: User, owner: User | None) -> Words:
    return say(
        "{owner} owns {address}, so Cognito refused the code. Nothing was changed, and {name} stays unfinished. Mostly "
        "the customer has forgotten that account: let them sign in to it, or choose “forgot password”. If the address "
        "really has to move, choose “{move}” below and say why. The code may be used up by this; then a new one has to "
        "be sent.",
        owner=f"{owner.username} (created {day(owner.created)})" if owner else "Another account",
        address=user.email,
        name=user.username,
        move=MOVE,
    )


def _moving(user: User, directory: Directory) -> Plan:
    pool = directory.pool
    losers = Losers(directory.losers(user.email, to=user) if user.email else (), pool)
    _refuse_needless(user, directory, losers)
    return Plan(
        summary=say(
            "take {address} from {losers}, give it to {name} and confirm the sign-up",
            address=user.email,
            losers=losers.names,
            name=user.username,
        ),
        done=say("{name} is confirmed and has {address}, verified", name=user.username, address=user.email),
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
            *losers.given_to(user),
        ),
        notes=(
            say("Once approved, the one who asked enters the code of the sign-up mail. It is kept nowhere."),
            say(
                "The code proves that the mailbox is theirs, not that {losers} is.",
                losers=" or ".join(loser.username for loser in losers.users),
            ),
        ),
        undo=losers.undo,
        undo_limits=losers.undo_limits(user, but="; {name} stays signed up"),
        address=user.email,
        tell_customer=say(
            "Your new account is ready, and your e-mail address belongs to it now. The older account can't be used "
            "with that address any more."
        ),
    )


def _refuse_finished(user: User) -> None:
    if user.status == "UNCONFIRMED":
        return
    ways = () if user.email_verified else (Way.ENTER_CODE.choice(user.username, "Enter a code"),)
    raise refused(
        "The sign-up of {name} is finished already, so there is no sign-up code to enter.{rest}",
        field="user",
        choices=ways,
        name=user.username,
        rest="" if user.email_verified else " A code for the e-mail address is another matter.",
    )


def _refuse_needless(user: User, directory: Directory, losers: Losers) -> None:
    if "phone_number" in directory.pool.auto_verified and user.attributes.get("phone_number"):
        raise refused(
            "The sign-up code of {name} went to the telephone, so confirming it moves no e-mail address. Confirm "
            "it with “{stop}”, then decide about the address.",
            field="taken",
            name=user.username,
            stop=STOP,
        )
    if not losers:
        raise refused(
            "Nobody else owns {address} at present, so there is nothing to move: choose “{stop}” and enter the "
            "code. No lead is needed for that.",
            field="taken",
            choices=(Way.SEND_CODE.choice(user.username),),
            address=user.email or "an address of this account",
            stop=STOP,
        )


def _finished(user: User | None) -> bool:
    return user is not None and user.status == "CONFIRMED"

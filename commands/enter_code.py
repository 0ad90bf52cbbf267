"""/cognito-enter-code: enter the code from a customer's mail, with the customer's own sign-in."""

from typing import Annotated

from pydantic import Field

from bot.scenario import (
    ONLY_IF,
    AccessToken,
    Answer,
    Call,
    Case,
    Cause,
    Code,
    Customer,
    Declined,
    Directory,
    Effect,
    Form,
    Losers,
    MenuLine,
    Password,
    Plan,
    Remedy,
    Risk,
    User,
    UserRef,
    Way,
    Works,
    by_credential,
    for_the_customer,
    others_affected,
    owner_of,
    refuse_unable,
    refused,
    reread,
    say,
    scenario,
    with_new_code,
)


def _helps(case: Case) -> bool:
    """Whether the customer can sign in, so as to have a code that counts."""
    could = case.pool.customer_credentials and case.is_open_to_change and case.change_may_wait
    return could and case.outlook.sign_in_username.works is not Works.NO


class EnterCode(Form):
    """Whose code, and by which credential of theirs."""

    user: UserRef
    code: Annotated[Code, Field(json_schema_extra={"asked": "always"})] = None
    token: AccessToken = None
    password: Password = None


@scenario(
    "enter-code",
    title="Enter a code",
    usage="[user]",
    menu=(MenuLine(30, "The customer has a code"),),
    remedies=(
        Remedy(
            findings={Cause.PENDING_CHANGE: 20},
            label="Enter a code",
            fits=_helps,
        ),
    ),
    sends=("VerifyUserAttribute", "AdminUpdateUserAttributes"),
    intro=(
        say("Easiest: the customer enters the newest code in the app, under *verify e-mail*."),
        ONLY_IF,
    ),
)
def enter_code(form: EnterCode, directory: Directory, customer: Customer) -> Answer | Plan:
    """Enter the code that a customer got for their e-mail address."""
    user, pool = directory.one(form.user), directory.pool
    if user.status == "UNCONFIRMED":
        raise refused(
            "{name} never finished signing up, so the code is a sign-up code.",
            field="user",
            choices=(Way.CONFIRM_SIGN_UP.choice(user.username, "Confirm the sign-up"),),
            name=user.username,
        )
    refuse_unable(user, directory)
    if user.email_verified and not pool.keeps_original:
        raise refused("{address} is verified already.", field="user", address=user.email)
    losers = Losers(() if user.email_verified else directory.losers(user.email, to=user), pool)
    if losers:
        return _moving(user, losers)
    before = directory.holders(user.email, other_than=user)
    proven = customer.prove(user, token=form.token, password=form.password)
    if form.code is None:
        raise refused("Please fill in the code.", field="code")
    try:
        now = proven.enter_code(form.code)
    except Declined as declined:
        # A lost answer is no answer: what is there now decides.
        now = customer.reread(user, until=lambda found: _entered(found, user)) if declined.unknown else None
        if now is None or not _entered(now, user):
            raise _declined(declined, user, customer) from None
    return _answer(user, now, customer, before)


def _answer(user: User, now: User | None, customer: Customer, before: tuple[User, ...]) -> Answer:
    done = now is not None and now.email_verified
    told = now or user
    return Answer(
        emoji="✅" if done else "⚠️",
        headline=say("{address} is verified for {name}", address=told.email, name=told.username)
        if done
        else say("Cognito accepted the code for {name}, but doesn't show it yet", name=user.username),
        best=None if done else Way.CHECK.offer(user.username),
        thread=(
            by_credential("VerifyUserAttribute", user),
            reread(told),
            *others_affected(before if told.email == user.email else (), told, customer.fresh()),
            *for_the_customer(say("Your e-mail address is confirmed. Please sign out and in.")),
        ),
    )


def _entered(now: User, before: User) -> bool:
    return now.email_verified and now.attributes != before.attributes


def _declined(declined: Declined, user: User, customer: Customer) -> Declined:
    if declined.code != "AliasExistsException":
        return with_new_code(declined, user)
    owner = owner_of(user.email, customer.fresh(), other_than=user)
    return declined.offering(
        say(
            "Cognito refuses the code, because {owner} owns the address. Nothing was changed. Check the address to see "
            "both accounts; a lead can decide whose it is.",
            owner=owner.username if owner else "another account",
        ),
        Way.CHECK.choice(user.email),
    )


def _moving(user: User, losers: Losers) -> Plan:
    return Plan(
        summary=say(
            "take {address} from {losers}, give it to {name} by the customer's code",
            address=user.email,
            losers=losers.names,
            name=user.username,
        ),
        done=say("{name} has {address}, verified", name=user.username, address=user.email),
        risk=Risk.HIGH,
        calls=(
            Call(
                operation="VerifyUserAttribute",
                parameters={"AttributeName": "email"},
                shown=f"VerifyUserAttribute({user.username}, email)",
                effect=Effect.READABLE,
                secrets=("AccessToken", "Code"),
            ),
        ),
        changes=(*losers.given_to(user),),
        notes=(
            say(
                "Once approved, the one who asked enters the customer's code and sign-in. They are kept nowhere, also "
                "not those that were entered now."
            ),
            say("AWS does not say for certain that Cognito moves an address this way. If it refuses, nothing changes."),
        ),
        undo=losers.undo,
        undo_limits=losers.undo_limits(user),
        address=user.email,
        tell_customer=say("Your e-mail address is confirmed. Please sign out and in."),
    )

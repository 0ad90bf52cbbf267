"""/cognito-change-email: give a customer's account another e-mail address.

It is long because an address can be changed in three ways, which are chosen between in one form.
"""

from collections.abc import Mapping
from typing import Annotated, Literal

from pydantic import Field

from bot.scenario import (
    NEW_ADDRESS,
    AccessToken,
    Answer,
    Call,
    Case,
    Cause,
    Change,
    Choice,
    Customer,
    Declined,
    Directory,
    Effect,
    Email,
    Losers,
    MenuLine,
    OnlyWith,
    Paragraph,
    Password,
    Plan,
    Pool,
    Prefill,
    Prepare,
    Proof,
    ProvenForm,
    Remedy,
    Risk,
    Subject,
    Unseen,
    User,
    UserRef,
    WayReason,
    Words,
    Works,
    by_credential,
    code_sent_to,
    entering,
    for_the_customer,
    note_disabled,
    oddities,
    refuse_code,
    refuse_new_address,
    reread,
    resemblance,
    say,
    scenario,
)

By = Literal["Verified now, by us", "The customer confirms by code", "As the customer"]
BY_US: By = "Verified now, by us"
BY_CODE: By = "The customer confirms by code"
AS_CUSTOMER: By = "As the customer"


class ChangeEmail(ProvenForm):
    """Whose address, which one instead, and who vouches for it."""

    user: UserRef
    email: Annotated[Email, Field(title="New e-mail", description="Exactly as the customer spells it.")]
    how: Annotated[
        By,
        Field(
            title="How",
            description="By code: Cognito mails one to the new address, and the customer enters it in the app. As the "
            "customer: the same, at once and without a lead, with their own sign-in.",
        ),
    ] = BY_CODE
    token: Annotated[AccessToken, OnlyWith("how", AS_CUSTOMER)] = None
    password: Annotated[Password, OnlyWith("how", AS_CUSTOMER)] = None
    proof: Annotated[Proof, OnlyWith("how", BY_US), OnlyWith("how", BY_CODE)] = None
    reason: Annotated[WayReason, OnlyWith("how", BY_US), OnlyWith("how", BY_CODE)] = ""


def ways(directory: Directory) -> Mapping[str, Prefill]:
    """Leave the customer's own sign-in out where the desk may not ask for it."""
    if directory.pool.customer_credentials:
        return {}
    ours = tuple(Choice(way, way) for way in (BY_US, BY_CODE))
    hint = "By code: Cognito mails one to the new address, and the customer enters it in the app."
    return {
        "how": Prefill(choices=ours, value=BY_CODE, hint=hint),
        "token": Prefill(left_out=True),
        "password": Prefill(left_out=True),
    }


def _helps(case: Case) -> bool:
    """Whether another address would stay; a healthy account without a change that waits needs none."""
    if "email" in case.pool.immutable or (case.has(Cause.RESET_PENDING) and case.reset_if_addressed is Works.NO):
        return False
    lacks_address = not case.user.email and case.user.status != "UNCONFIRMED"
    return case.is_open_to_change and (case.change_may_wait or lacks_address or not case.user.email_verified)


_REMEDIES = (
    Remedy(
        findings={
            Cause.UNKNOWN: 10,
            Cause.PENDING_CHANGE: 10,
            Cause.NO_AUTOVERIFY: 60,
            Cause.PHONE_TOOK_CODE: 60,
            Cause.EMAIL_CHANGED: 60,
            Cause.FED_TWIN: 60,
            Cause.TEMP_PASSWORD: 60,
            Cause.RESET_PENDING: 60,
        },
        label="Change the e-mail…",
        fits=lambda case: _helps(case) and not case.is_owned,
    ),
    Remedy(
        findings={Cause.ALIAS_MOVED: 20, Cause.ALIAS_NOBODY: 60, Cause.TEMP_PASSWORD: 60, Cause.RESET_PENDING: 20},
        label="Give {account} another address…",
        fits=lambda case: _helps(case) and case.is_shared,
    ),
)


@scenario(
    "change-email",
    title="Change the e-mail",
    usage="[user]",
    menu=(MenuLine(40, "The customer has a new address"),),
    sends=("AdminUpdateUserAttributes",),
    intro=(say("Easiest: the customer changes it in the app and enters the code that comes to the new address."),),
    prepare=Prepare(fields=("how", "token", "password"), read=ways),
    remedies=_REMEDIES,
)
def change_email(form: ChangeEmail, directory: Directory, customer: Customer) -> Plan | Answer:
    """Change a customer's e-mail address."""
    user, pool = directory.one(form.user), directory.pool
    refuse_new_address(user, form.email, directory)
    if form.how == BY_US:
        return _verified_now(user, form.email, directory)
    refuse_code(user, form.email, directory, otherwise=BY_US)
    if form.how == AS_CUSTOMER:
        return _as_customer(user, form, directory, customer)
    return _by_code(user, form.email, pool)


def _as_customer(user: User, form: ChangeEmail, directory: Directory, customer: Customer) -> Answer:
    pool = directory.pool
    proven, new = customer.prove(user, token=form.token, password=form.password), form.email
    sent = None
    try:
        sent = proven.change_email(new)
    except Declined as declined:
        # A lost answer is no answer: what is there now decides, where it shows.
        now = customer.reread(user, until=lambda found: found.email == new) if declined.unknown else None
        if now is None or now.email != new:
            raise
    else:
        now = customer.reread(user, until=lambda found: pool.keeps_original or found.email == new)
    changed = say("The e-mail of {name} is {address} now, not verified yet", name=user.username, address=new)
    return Answer(
        emoji="✉️",
        headline=code_sent_to(sent) if sent else changed,
        best=entering(user, directory),
        thread=(
            by_credential("UpdateUserAttributes", user),
            reread(now or user),
            *(Paragraph(note) for note in (*_notes(user, new, pool), *_looks(user, new))),
            *for_the_customer(_to_confirm(new)),
        ),
    )


def _verified_now(user: User, address: str, directory: Directory) -> Plan:
    pool = directory.pool
    losers = Losers(directory.losers(address, to=user), pool)
    changes = (
        Change(subject=Subject.of(user), what="email", before=user.email, after=address),
        *losers.given_to(user),
    )
    return Plan(
        summary=say(
            "take {address} from {losers}, give it to {name} as the new e-mail, verified by us"
            if losers
            else "change the e-mail of {name} to {address}, verified by us",
            address=address,
            name=user.username,
            losers=losers.names,
        ),
        done=_words("the e-mail of {name} is {address}, verified by us", user, address),
        risk=Risk.HIGH,
        calls=(
            # Look first: somebody who changed the address in the meantime must not have it changed back.
            Call.set_attributes(pool, user, {"email": address, "email_verified": "true"}, effect=Effect.READABLE),
        ),
        changes=changes,
        notes=(
            say("Nobody enters a code: that the mailbox is theirs is our word alone."),
            *note_disabled(user),
            *_unfinished(user),
            *_looks(user, address),
        ),
        undo=(*_back(pool, user), *(losers.undo if user.email else ())),
        undo_limits=_back_limits(pool, user, losers.gets_back),
        address=address,
        tell_customer=say("Your e-mail address is now {address}. Please sign out and in with it.", address=address),
    )


def _by_code(user: User, address: str, pool: Pool) -> Plan:
    keeps = pool.keeps_original
    flag = Change(
        subject=Subject.of(user),
        what="email_verified",
        before=user.attributes.get("email_verified", ""),
        after="false",
        note="LOSES sign-in and reset by e-mail until the code is entered",
        loses=pool.email_is_alias,
    )
    return Plan(
        summary=_words("change the e-mail of {name} to {address}; the customer confirms by code", user, address),
        done=_words("the e-mail of {name} is {address} now, and waits for the customer's code", user, address),
        risk=Risk.NORMAL,
        calls=(Call.set_attributes(pool, user, {"email": address}, effect=Effect.NEITHER),),
        changes=(
            Change(
                subject=Subject.of(user),
                what="email",
                before=user.email,
                after=address,
                note="once the customer has entered the code" if keeps else "",
                readable=not keeps,
                unseen_because=Unseen.PENDING if keeps else None,
            ),
            *((flag,) if user.email_verified and not keeps else ()),
        ),
        notes=(*_notes(user, address, pool), *_looks(user, address)),
        undo=() if keeps else _back(pool, user),
        undo_limits=(
            say("No undo: a change that waits for its code can't be called back; without it all stays as it is.")
            if keeps
            else _back_limits(pool, user)
        ),
        address=address,
        accepted=say("Accepted; waiting for the customer's code, which went to {address}.", address=address)
        if keeps
        else None,
        tell_customer=_to_confirm(address),
    )


def _to_confirm(address: str) -> Words:
    return say(
        "We have sent a code to {address}. In the app, open your profile, choose *verify e-mail*, and enter the newest "
        "code. Please stay signed in until then.",
        address=address,
    )


def _notes(user: User, address: str, pool: Pool) -> tuple[Words, ...]:
    if pool.keeps_original:
        return (
            say(
                "Until the code is entered, Cognito shows and uses the old address. To have another code sent to "
                "{address}, make the change once more; any other way mails the old address.",
                address=address,
            ),
        )
    if pool.email_is_alias:
        return (
            say(
                "Until the code is entered {name} can sign in only with the user name, with neither address.",
                name=user.username,
            ),
        )
    return (say("Until the code is entered {name} can't reset a password by mail.", name=user.username),)


def _looks(user: User, address: str) -> tuple[Words, ...]:
    """Say what can't be told by looking at the new address."""
    return (*oddities(address, what=NEW_ADDRESS), *resemblance(address, user.email))


def _back(pool: Pool, user: User) -> tuple[Call, ...]:
    """Return the call that writes the old address back, with the flag that it had."""
    if not user.email:
        return ()
    if user.email_verified:
        before = {"email": user.email, "email_verified": "true"}
        return (Call.set_attributes(pool, user, before, effect=Effect.READABLE),)
    if pool.keeps_original:
        return ()
    return (Call.set_attributes(pool, user, {"email": user.email}, effect=Effect.NEITHER),)


def _back_limits(pool: Pool, user: User, loser: str = "") -> Words:
    if not user.email:
        return say("No undo: there was no address before.")
    if not user.email_verified and pool.keeps_original:
        return say("No undo: the old address was not verified, and this pool would keep the new one until it is.")
    returned = " The new address goes back to {loser}." if loser else ""
    mailed = " Cognito may mail a code to it." if not user.email_verified and pool.mails_codes else ""
    return say(
        "Undo writes {old} back, as it was. If another account has taken it in the meantime, that one would lose it."
        f"{mailed}{returned}",
        old=user.email,
        loser=loser,
    )


def _unfinished(user: User) -> tuple[Words, ...]:
    if user.status != "UNCONFIRMED":
        return ()
    return (say("{name} never finished signing up; that is still to be done after this.", name=user.username),)


def _words(template: str, user: User, address: str) -> Words:
    return say(template, name=user.username, address=address)

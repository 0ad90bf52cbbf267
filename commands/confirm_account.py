"""/cognito-confirm-account: finish a sign-up for the customer, where its code can't come."""

from typing import Annotated

from pydantic import Field

from bot.claims import rewrites_address
from bot.cognito import Directory, Pool, User
from bot.customer_words import CHECK, INVITE_LABEL, RESEND_INVITATION, sign_up_contact
from bot.diagnosis import Cause
from bot.oddities import ADDRESS, oddities
from bot.plan import Call, Change, Choice, Effect, Plan, Refused, Risk, Subject
from bot.remedy import Remedy
from bot.safeguards import give_back, loss, note_not_notified, why_losing
from bot.scenario import AdminForm, MenuLine, UserRef, scenario
from bot.words import Words, say


class ConfirmAccount(AdminForm):
    """Whose sign-up is to count as finished."""

    user: Annotated[UserRef, Field(title="User", description="User name, e-mail address or sub.")]


@scenario(
    "confirm-account",
    title="Confirm the account",
    usage="[user]",
    sends=("AdminConfirmSignUp", "AdminUpdateUserAttributes"),
    remedies=(
        Remedy(
            findings={Cause.SIGNUP_OPEN: 30, Cause.DUP_SIGNUP: 90},
            label="Confirm the account…",
            fits=lambda case: case.user.enabled,
            takes_address=True,
        ),
    ),
    menu=(MenuLine(115, "A sign-up was never finished, and its code can't come"),),
)
def confirm_account(form: ConfirmAccount, directory: Directory) -> Plan:
    """Finish a sign-up whose code can't come, and mark its address as verified."""
    user, pool = directory.one(form.user), directory.pool
    _refuse(user)
    # What is set by hand would last until the next sign-in through a provider that writes it.
    rewritten = any(map(rewrites_address, directory.providers_of(user)))
    verifies = bool(user.email) and not user.email_verified and not rewritten
    losers = directory.losers(user.email, to=user) if verifies else ()
    return Plan(
        summary=_summary(user, verifies=verifies),
        done=_done(user, verifies=verifies),
        risk=Risk.HIGH if losers else Risk.NORMAL,
        calls=(_confirm(pool, user), *((_verify(pool, user),) if verifies else ())),
        changes=(
            Change(subject=Subject.of(user), what="UserStatus", before=user.status, after="CONFIRMED"),
            *((_flag(user, gets=bool(losers)),) if verifies else ()),
            *(loss(loser) for loser in losers),
        ),
        why_high=why_losing(losers),
        notes=(
            *_notes(user, pool),
            *note_not_notified(losers),
            *(oddities(user.email, what=ADDRESS) if user.email else ()),
        ),
        undo=give_back(pool, losers),
        undo_limits=_undo_limits(user, losers),
        address=user.email,
        tell_customer=_to_say(user, pool),
    )


def _refuse(user: User) -> None:
    check = Choice("Find out why", user.username, CHECK)
    ways: tuple[Choice, ...] = (check,)
    name, unverified = user.username, bool(user.email) and not user.email_verified
    match user.status:
        case "UNCONFIRMED" if user.enabled:
            return
        case "UNCONFIRMED":
            template = "{name} is disabled. Confirmed or not, nobody can sign in to it."
        case "FORCE_CHANGE_PASSWORD":
            template = "{name} was created by an administrator, so there is no sign-up to confirm. An invitation helps."
            ways = (Choice(INVITE_LABEL, name, RESEND_INVITATION), check)
        case "CONFIRMED" if unverified:
            template = "{name} is confirmed already. What is missing is that {address} is verified."
            ways = (Choice("Mark as verified", name, "verify-email"), check)
        case _:
            template = "The sign-up of {name} is finished already ({status})."
    raise Refused(say(template, name=name, status=user.status, address=user.email), field="user", choices=ways)


def _summary(user: User, *, verifies: bool) -> Words:
    if not verifies:
        return say("Confirm the account {name}", name=user.username)
    return say("Confirm the account {name} and mark {address} as verified", name=user.username, address=user.email)


def _done(user: User, *, verifies: bool) -> Words:
    template = "{name} is confirmed, and {address} is verified" if verifies else "{name} is confirmed"
    return say(template, name=user.username, address=user.email)


def _confirm(pool: Pool, user: User) -> Call:
    return Call(
        operation="AdminConfirmSignUp",
        parameters={"UserPoolId": pool.id, "Username": user.username},
        shown=f"AdminConfirmSignUp({user.username})",
        effect=Effect.READABLE,
    )


def _verify(pool: Pool, user: User) -> Call:
    # Where an address can move, a blind second send could take it from somebody who has got it in the meantime.
    effect = Effect.READABLE if pool.email_is_alias else Effect.SETTABLE
    return Call.set_attributes(pool, user, {"email_verified": "true"}, effect=effect)


def _flag(user: User, *, gets: bool) -> Change:
    return Change(
        subject=Subject.of(user),
        what="email_verified",
        before=user.attributes.get("email_verified", ""),
        after="true",
        note="gets the address" if gets else "",
    )


def _notes(user: User, pool: Pool) -> tuple[Words, ...]:
    notes = []
    if sign_up_contact(user, pool) == "email" and not pool.email_failure:
        notes.append(
            say(
                "This pool can mail a sign-up code to {address}. A code proves that the mailbox is theirs; this does "
                "not.",
                address=user.email,
            )
        )
    if "PostConfirmation" in pool.triggers:
        notes.append(
            say(
                "The pool's own code runs when the account is confirmed (PostConfirmation: {function}). What it does "
                "can't be seen from here.",
                function=pool.triggers["PostConfirmation"],
            )
        )
    if not user.email:
        notes.append(
            say(
                "{name} has no e-mail address to verify: the customer signs in with the user name, and can't reset the "
                "password by e-mail.",
                name=user.username,
            )
        )
    return tuple(notes)


def _undo_limits(user: User, losers: tuple[User, ...]) -> Words:
    if len(losers) == 1:
        return say(
            "Undo gives the address back to {loser}, which un-verifies {name}; {name} stays confirmed.",
            loser=losers[0].username,
            name=user.username,
        )
    return say("No undo: Cognito can't take a confirmation back.")


def _to_say(user: User, pool: Pool) -> Words:
    if not user.email:
        return say(
            "Your account is ready. Please sign in with the user name {name} and the password that you chose when you "
            "signed up.",
            name=user.username,
        )
    if pool.recovery and "verified_email" not in pool.recovery:
        return say("Your account is ready. Please sign in with the password that you chose when you signed up.")
    return say(
        "Your account is ready. Please sign in with the password that you chose when you signed up. If you don't know "
        "it any more, choose “forgot password”."
    )

"""/cognito-verify-email: mark a customer's e-mail address as verified."""

from bot.scenario import (
    ADDRESS,
    AdminUserForm,
    Call,
    Case,
    Cause,
    Choice,
    Directory,
    Effect,
    Losers,
    MenuLine,
    Plan,
    Pool,
    Remedy,
    User,
    Way,
    Words,
    Works,
    note_disabled,
    oddities,
    refuse_rewritten,
    refused,
    say,
    scenario,
    verifying,
)

_NEXT = {
    "FORCE_CHANGE_PASSWORD": say(
        "Your e-mail address is confirmed. Please sign in with the password in our invitation; look among the spam too."
    ),
    "RESET_REQUIRED": say(
        "Your e-mail address is confirmed. Please choose “forgot password” in the app, and use the newest code."
    ),
}
"""What the customer can do now, where signing out and in is not it."""


def _helps(case: Case) -> bool:
    """Whether the flag is what is missing; where a reset waits, only if a code can be sent then."""
    return case.lacks_flag and (not case.has(Cause.RESET_PENDING) or case.reset_if_verified is not Works.NO)


_REMEDIES = (
    Remedy(
        findings={
            Cause.RESET_PENDING: 10,
            Cause.NO_AUTOVERIFY: 10,
            Cause.FED_TWIN: 20,
            Cause.ALIAS_NOBODY: 20,
            Cause.PHONE_TOOK_CODE: 20,
            Cause.EMAIL_CHANGED: 20,
            Cause.TEMP_PASSWORD: 50,
        },
        label="Mark as verified…",
        fits=lambda case: _helps(case) and not case.is_shared,
    ),
    Remedy(
        findings={Cause.RESET_PENDING: 10, Cause.FED_TWIN: 20, Cause.ALIAS_NOBODY: 20, Cause.TEMP_PASSWORD: 50},
        label="Mark {account} as verified…",
        fits=lambda case: _helps(case) and case.is_shared and not case.is_owned,
    ),
    Remedy(
        findings={Cause.ALIAS_MOVED: 90, Cause.RESET_PENDING: 90, Cause.FED_TWIN: 90, Cause.TEMP_PASSWORD: 90},
        label="Take the address for {account}…",
        fits=lambda case: _helps(case) and case.is_owned,
        takes_address=True,
    ),
)


@scenario(
    "verify-email",
    title="Mark as verified",
    usage="[user]",
    sends=("AdminUpdateUserAttributes",),
    menu=(MenuLine(110, "The customer has proved that the mailbox is theirs, but can't enter a code"),),
    remedies=_REMEDIES,
)
def verify_email(form: AdminUserForm, directory: Directory) -> Plan:
    """Mark a customer's e-mail address as verified."""
    user, pool = directory.one(form.user), directory.pool
    _refuse(user, pool)
    refuse_rewritten(user, directory)
    losers = Losers(directory.losers(user.email, to=user), pool)
    return Plan(
        summary=_summary(user, losers),
        done=say("{name} has {address}, verified", name=user.username, address=user.email),
        risk=losers.risk,
        calls=(verifying(pool, user),),
        changes=losers.given_to(user),
        notes=(*note_disabled(user), *oddities(user.email, what=ADDRESS)),
        undo=_undo(pool, user, losers),
        undo_limits=_undo_limits(pool, user, losers),
        address=user.email,
        tell_customer=_NEXT.get(user.status, say("Your e-mail address is confirmed. Please sign out, then sign in.")),
    )


def _summary(user: User, losers: Losers) -> Words:
    template = "take {address} from {losers}, give it to {name}" if losers else "mark {address} as verified for {name}"
    return say(template, address=user.email, name=user.username, losers=losers.names)


def _refuse(user: User, pool: Pool) -> None:
    reason, ways = "", tuple[Choice, ...]()
    if not user.email:
        reason = "{name} has no e-mail address to verify. Change the e-mail first."
    elif user.email_verified and pool.keeps_original:
        reason = "{address} is verified already. If a new address is waiting for its code, change the e-mail instead."
    elif user.email_verified:
        reason = "{address} is verified already."
    elif user.status == "UNCONFIRMED":
        reason = (
            "{name} never finished signing up, and the flag would not let them in. A new sign-up code does both. If "
            "none can come, confirm the account."
        )
        ways = (Way.SEND_CODE.choice(user.username), Way.CONFIRM_ACCOUNT.choice(user.username))
    if reason:
        raise refused(reason, field="user", choices=ways, name=user.username, address=user.email)


def _undo(pool: Pool, user: User, losers: Losers) -> tuple[Call, ...]:
    if losers:
        return losers.undo
    if pool.keeps_original:
        return ()
    return (Call.set_attributes(pool, user, {"email_verified": "false"}, effect=Effect.READABLE),)


def _undo_limits(pool: Pool, user: User, losers: Losers) -> Words:
    if losers:
        return losers.undo_limits(user, but=". What was done meanwhile stays")
    if pool.keeps_original:
        return say("No undo: AWS does not say what taking the flag back does in a pool that keeps old addresses.")
    if pool.email_is_alias:
        return say(
            "Undo takes the flag back. AWS doesn't say whether {name} can sign in with the address then.",
            name=user.username,
        )
    return say("Undo takes the flag back.")

"""/cognito-confirm-account: finish a sign-up for the customer, where its code can't come."""

from bot.scenario import (
    ADDRESS,
    AdminUserForm,
    Call,
    Cause,
    Change,
    Choice,
    Directory,
    Effect,
    Losers,
    MenuLine,
    Plan,
    Pool,
    Remedy,
    Subject,
    User,
    Way,
    Words,
    oddities,
    refused,
    say,
    scenario,
    sign_up_contact,
    verifying,
)


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
def confirm_account(form: AdminUserForm, directory: Directory) -> Plan:
    """Finish a sign-up whose code can't come, and mark its address as verified."""
    user, pool = directory.one(form.user), directory.pool
    _refuse(user)
    # What is set by hand would last until the next sign-in through a provider that writes it.
    rewritten = any(each.rewrites_address for each in directory.providers_of(user))
    verifies = bool(user.email) and not user.email_verified and not rewritten
    losers = Losers(directory.losers(user.email, to=user) if verifies else (), pool)
    return Plan(
        summary=_summary(user, losers, verifies=verifies),
        done=_done(user, verifies=verifies),
        risk=losers.risk,
        calls=(_confirm(pool, user), *((verifying(pool, user),) if verifies else ())),
        changes=(
            Change(subject=Subject.of(user), what="UserStatus", before=user.status, after="CONFIRMED"),
            *(losers.given_to(user) if verifies else ()),
        ),
        notes=(
            *_notes(user, pool),
            *(oddities(user.email, what=ADDRESS) if user.email else ()),
        ),
        undo=losers.undo,
        undo_limits=_undo_limits(user, losers),
        address=user.email,
        tell_customer=_to_say(user, pool),
    )


def _refuse(user: User) -> None:
    ways: tuple[Choice, ...] = (check := Way.CHECK.choice(user.username),)
    name, unverified = user.username, bool(user.email) and not user.email_verified
    match user.status:
        case "UNCONFIRMED" if user.enabled:
            return
        case "UNCONFIRMED":
            template = "{name} is disabled. Confirmed or not, nobody can sign in to it."
        case "FORCE_CHANGE_PASSWORD":
            template = "{name} was created by an administrator, so there is no sign-up to confirm. An invitation helps."
            ways = (Way.RESEND_INVITATION.choice(name), check)
        case "CONFIRMED" if unverified:
            template = "{name} is confirmed already. What is missing is that {address} is verified."
            ways = (Way.VERIFY_EMAIL.choice(name), check)
        case _:
            template = "The sign-up of {name} is finished already ({status})."
    raise refused(template, field="user", choices=ways, name=name, status=user.status, address=user.email)


def _summary(user: User, losers: Losers, *, verifies: bool) -> Words:
    template = "confirm the account {name}"
    if losers:
        template = "take {address} from {losers}, give it to {name} and confirm the account"
    elif verifies:
        template = "confirm the account {name} and mark {address} as verified"
    return say(template, name=user.username, address=user.email, losers=losers.names)


def _done(user: User, *, verifies: bool) -> Words:
    template = "{name} is confirmed and has {address}, verified" if verifies else "{name} is confirmed"
    return say(template, name=user.username, address=user.email)


def _confirm(pool: Pool, user: User) -> Call:
    return Call(
        operation="AdminConfirmSignUp",
        parameters={"UserPoolId": pool.id, "Username": user.username},
        shown=f"AdminConfirmSignUp({user.username})",
        effect=Effect.READABLE,
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


def _undo_limits(user: User, losers: Losers) -> Words:
    if losers.gets_back:
        return losers.undo_limits(user, but="; {name} stays confirmed")
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

"""/cognito-resend-invitation: mail a customer the invitation of an administrator once more, with a new password."""

from bot.scenario import (
    AdminUserForm,
    Case,
    Cause,
    Change,
    Choice,
    Directory,
    MenuLine,
    Plan,
    Pool,
    Remedy,
    Risk,
    User,
    Way,
    Words,
    Works,
    inviting,
    lifetime,
    note_own_mail,
    refuse_no_mail,
    refused,
    say,
    scenario,
)

_OTHERWISE = {
    "UNCONFIRMED": "{name} signed up without an invitation and never finished that, so there is none to send again. "
    "A sign-up code helps.",
    "RESET_REQUIRED": "{name} has no invitation that could be sent again: the password has to be reset, with “forgot "
    "password” in the app.",
    "EXTERNAL_PROVIDER": "{name} signs in through an identity provider and has no password here, so there is no "
    "invitation to send.",
}
_SIGNED_IN = (
    "{name} has chosen a password already ({status}). Cognito sends an invitation again only before the first sign-in."
)


def _helps(case: Case) -> bool:
    """Whether an invitation would arrive, and the password of the earlier one doesn't certainly work."""
    arrives = not case.pool.email_failure and (not case.mail_is_blocked or case.mail_can_be_let_through)
    could = case.user.enabled and bool(case.user.email) and arrives and case.stuck is None
    return could and case.outlook.sign_in_username.works is not Works.YES


@scenario(
    "resend-invitation",
    title="Resend the invitation",
    usage="[user]",
    sends=("AdminCreateUser",),
    remedies=(Remedy(findings={Cause.TEMP_PASSWORD: 10}, label="Resend the invitation…", fits=_helps),),
    menu=(MenuLine(105, "The invitation never came, or its password is too old"),),
)
def resend_invitation(form: AdminUserForm, directory: Directory) -> Plan:
    """Mail the invitation once more, with a new password in it."""
    user, pool = directory.one(form.user), directory.pool
    _refuse(user)
    refuse_no_mail(pool)
    days = pool.temporary_password_days
    return Plan(
        summary=say("send {name} an invitation to {address}", name=user.username, address=user.email),
        risk=Risk.NORMAL,
        calls=(inviting(user, pool),),
        changes=(
            Change.mailed(user, "invitation", user.email, note="goes to this address, with a new password in it"),
        ),
        notes=_notes(user, pool),
        undo_limits=say("No undo: what is mailed is mailed, and the earlier password doesn't work any more."),
        address=user.email,
        accepted=say("Accepted: Cognito mails a new invitation to {address}.", address=user.email),
        tell_customer=say(
            "We have sent you a new invitation to {address}. Please look for it, also among the spam, and sign in with "
            "the password in it within {days} days. The password of an earlier invitation doesn't work any more.",
            address=user.email,
            days=days,
        ),
    )


def _refuse(user: User) -> None:
    template, ways = "", tuple[Choice, ...]((Way.CHECK.choice(user.username),))
    if user.status != "FORCE_CHANGE_PASSWORD":
        template = _OTHERWISE.get(user.status, _SIGNED_IN)
        if user.status == "UNCONFIRMED":
            ways = (Way.SEND_CODE.choice(user.username), *ways)
    elif not user.enabled:
        template = "{name} is disabled: the password in a new invitation would not work either."
    elif not user.email:
        template = "{name} has no e-mail address that an invitation could go to. Change the e-mail first."
        ways = (Way.CHANGE_EMAIL.choice(user.username),)
    if template:
        raise refused(template, field="user", choices=ways, name=user.username, status=user.status)


def _notes(user: User, pool: Pool) -> tuple[Words, ...]:
    notes = [
        say(
            "Cognito mails a new password to {address}; it works for {days} days. The earlier one stops working as "
            "soon as this is sent.",
            address=user.email,
            days=pool.temporary_password_days,
        ),
        lifetime(user, pool),
    ]
    notes += note_own_mail(pool)
    if not user.email_verified:
        notes.append(say("The e-mail stays unverified: an invitation proves nothing to Cognito."))
    return tuple(notes)

"""/cognito-bulk-invite: mail the invitation once more to everyone whose last one has certainly expired, in one run."""

from bot.scenario import (
    Act,
    AdminForm,
    Call,
    Directory,
    Effect,
    Everyone,
    MenuLine,
    Plan,
    Pool,
    Risk,
    Words,
    note_own_mail,
    refuse_no_mail,
    refused,
    say,
    scenario,
)

_COGNITOS_OWN = 50
"""Mails a day that Cognito's default sender sends, for the whole AWS account."""


class BulkInvite(AdminForm):
    """Nothing but why: who is meant is known from the pool's last check."""


@scenario(
    "bulk-invite",
    title="Invite many again",
    sends=("AdminCreateUser",),
    menu=(MenuLine(175, "Many invitations have expired before anybody used them"),),
)
def bulk_invite(form: BulkInvite, directory: Directory, everyone: Everyone) -> Plan:
    """Mail expired invitations once more, with new passwords."""
    pool = directory.pool
    refuse_no_mail(pool)
    most = pool.mails_a_day if pool.sends_with_ses or pool.triggers else min(pool.mails_a_day, _COGNITOS_OWN)
    listing = everyone.invited(most)
    many = listing.many(Act.INVITE, say("Their last invitation has certainly expired."))
    if not many.people:
        raise refused(
            "There is nobody whose invitation has certainly expired and could be sent again today. No more than {most} "
            "mails leave a day.",
            most=most,
        )
    return Plan(
        summary=_summary(many.people),
        risk=Risk.HIGH,
        why_high=(say("It concerns {n} people at once.", n=f"{many.people:,}"),),
        calls=(_call(pool, many.people),),
        changes=(),
        notes=_notes(pool, most),
        undo_limits=say("No undo: what is mailed is mailed, and the earlier passwords don't work any more."),
        many=many,
        everyone=tuple(listing.everyone),
    )


def _summary(people: int) -> Words:
    if people == 1:
        return say("send one invitation again")
    return say("send {n} invitations again", n=f"{people:,}")


def _notes(pool: Pool, most: int) -> tuple[Words, ...]:
    return (
        say(
            "Cognito mails each of them a new password; it works for {days} days. No more than {most} mails leave a "
            "day.",
            days=pool.temporary_password_days,
            most=most,
        ),
        *note_own_mail(pool),
    )


def _call(pool: Pool, people: int) -> Call:
    return Call(
        operation="AdminCreateUser",
        parameters={"UserPoolId": pool.id, "MessageAction": "RESEND", "DesiredDeliveryMediums": ["EMAIL"]},
        shown=f"AdminCreateUser(each of the {people:,}, MessageAction=RESEND)",
        # A second one would put out of use the password of the first.
        effect=Effect.NEITHER,
    )

"""/cognito-unsuppress: let mail through again to an address that the mail system has stopped sending to."""

from collections.abc import Iterator
from dataclasses import replace
from typing import Annotated

from pydantic import Field

from bot.scenario import (
    BOUNCE,
    COMPLAINT,
    Call,
    Cause,
    Change,
    Directory,
    Effect,
    Mail,
    MenuLine,
    Plan,
    ProvenForm,
    Reason,
    Refused,
    Remedy,
    Risk,
    Sender,
    Subject,
    SubjectKind,
    Suppression,
    Unread,
    UserRef,
    Words,
    note_disabled,
    refused,
    say,
    scenario,
    stopped,
    told,
)

_DELETE = "ses:DeleteSuppressedDestination"

_NOT_SES = {
    Sender.COGNITO: "Pool {pool} mails through Cognito itself, and nobody can see or change to which addresses that "
    "has stopped mailing. Another address may be the only way; tell the cloud team.",
    Sender.OWN_CODE: "Pool {pool} mails with code of its own, so the desk can't see what keeps its mail back. Hand "
    "this over to the team that looks after the app.",
}


class Unsuppress(ProvenForm):
    """Whose mail is to come through again."""

    user: UserRef
    reason: Annotated[Reason, Field(description="How you know that the mailbox works again. Kept in the audit log.")]


@scenario(
    "unsuppress",
    title="Let mail through again",
    usage="[user]",
    sends=(_DELETE,),
    remedies=(
        Remedy(
            findings={Cause.DELIVERY: 10},
            label="Let mail through again…",
            fits=lambda case: case.mail_can_be_let_through,
            comes_first=True,
        ),
    ),
    menu=(MenuLine(145, "No mail arrives any more, and the customer's mailbox works again"),),
)
def unsuppress(form: Unsuppress, directory: Directory) -> Plan:
    """Let mail through again to an address that once bounced."""
    user, pool = directory.one(form.user), directory.pool
    if not user.email:
        raise refused("{name} has no e-mail address.", field="user", name=user.username)
    mail = directory.mail(user.email)
    entry = _entry(mail, user.email, pool.name)
    return Plan(
        summary=say("let mail through to {address} for {name}", address=entry.address, name=user.username),
        done=say("mail to {address} is let through", address=entry.address),
        risk=Risk.NORMAL,
        calls=(
            Call(
                operation=_DELETE,
                parameters={"EmailAddress": entry.address},
                shown=f"SES DeleteSuppressedDestination({entry.address}) in {mail.region}",
                # Looked at first: by then the address may be on the list again, for a reason that nobody approved.
                effect=Effect.READABLE,
                region=mail.region,
            ),
        ),
        changes=(
            Change(
                subject=Subject(kind=SubjectKind.MAIL, id=entry.address, name=entry.address),
                what="SuppressedDestination",
                before=entry.shown,
                after="",
                note="mail is sent to it",
            ),
        ),
        notes=(
            stopped(entry),
            say("If a mail comes back from it, Amazon SES puts the address on the list."),
            say("Earlier mail isn't sent now: the customer has to ask for a new one."),
            *_besides(mail, user.email),
            *note_disabled(user),
        ),
        undo_limits=say(
            "No undo: the desk puts no address on that list. If a mail comes back, the mail system does it by itself."
        ),
        address=user.email,
        tell_customer=say(
            "We let our mail to you through. Please ask for a new one in the app; look among the spam too."
        ),
    )


def _entry(mail: Mail, address: str, pool: str) -> Suppression:
    """Return the entry that may be taken off the list. Raises `Refused` where there is none that may."""
    if mail.sender is not Sender.SES:
        raise refused(_NOT_SES[mail.sender], field="user", pool=pool)
    if mail.suppressed is not None:
        if mail.suppressed.reason != BOUNCE:
            raise Refused(_not_ours(mail.suppressed), field="user")
        return mail.suppressed
    if not mail.list_read and mail.unread:
        raise Unread(mail.unread[0])
    if not mail.looked:
        raise refused(
            "In pool {pool} the desk may not look into the mail system. The operator can allow it with "
            "mail_evidence in desk.toml.",
            field="user",
            pool=pool,
        )
    # One reason is enough here; a check tells them all.
    besides = next(iter(told(mail, address)), None)
    raise Refused(besides or say("Our mail system doesn't stop mail to {address}.", address=address), field="user")


def _not_ours(entry: Suppression) -> Words:
    """Say why an entry stays, and who is to be asked."""
    if entry.reason == COMPLAINT:
        return say(
            "Our mail to {address} was reported as spam, so our mail system has stopped sending to it. The desk does "
            "not take that back. Ask the customer whether they want our mail, and hand this over to the cloud team.",
            address=entry.address,
        )
    return say(
        "Our mail system has stopped sending to {address} for a reason that the desk doesn't know ({reason}). Hand "
        "this over to the cloud team.",
        address=entry.address,
        reason=entry.reason,
    )


def _besides(mail: Mail, address: str) -> Iterator[Words]:
    """Yield what would keep mail back even then, and what isn't known."""
    yield from told(replace(mail, suppressed=None), address)
    if mail.suppressed is not None and mail.suppressed.in_force is False:
        yield say("By its settings our mail system doesn't stop mail for this, so the cause may be another one.")
    yield from mail.unread

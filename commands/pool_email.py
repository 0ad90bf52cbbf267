"""/cognito-pool-email: set how a pool verifies e-mail addresses, for everyone in it."""

from collections.abc import Mapping
from typing import Annotated

from pydantic import Field

from bot.scenario import (
    COGNITO_SENDS,
    AdminForm,
    Call,
    Case,
    Cause,
    Change,
    Directory,
    Effect,
    MenuLine,
    Plan,
    Pool,
    Prefill,
    Prepare,
    Remedy,
    Risk,
    Subject,
    SubjectKind,
    Words,
    refused,
    say,
    scenario,
    with_email_settings,
)

_CODES = "AutoVerifiedAttributes"
_KEEP = "UserAttributeUpdateSettings.AttributesRequireVerificationBeforeUpdate"

_MAILED = say("When you change your e-mail address, we mail you a code. Please enter the newest one in the app.")
_KEPT = say(
    "When you change your e-mail address, we mail a code to the new one. Until you enter it in the app, the old "
    "address stays as it is."
)
_SILENT = say("We mail no code when you change your e-mail address. Please tell us, and we confirm it for you.")


def _can_mail_codes(case: Case) -> bool:
    """Whether the pool mails no codes, and the desk could let it."""
    pool = case.pool
    beyond = pool.update.managed_by or pool.update.unknown or pool.update.unsendable or pool.email_failure
    return not pool.mails_codes and not beyond


class PoolEmail(AdminForm):
    """The two settings, as they are to be."""

    codes: Annotated[
        bool,
        Field(
            title="Send a code when an e-mail changes",
            description="Also at sign-up. Without it nobody in the pool ever gets a code by e-mail.",
        ),
    ] = False
    keep: Annotated[
        bool,
        Field(
            title="Keep the old e-mail until the new one is verified",
            description="So that nobody locks themselves out by a typing error. Needs the codes.",
        ),
    ] = False


def present(directory: Directory) -> Mapping[str, Prefill]:
    """Fill the form in with the pool's present settings."""
    pool = directory.pool
    _refuse_what_others_manage(pool)
    return {
        "codes": Prefill(value=pool.mails_codes),
        "keep": Prefill(value=pool.keeps_original),
        "reason": Prefill(hint="Why it is to change for everyone in the pool. Kept in the audit log."),
    }


@scenario(
    "pool-email",
    title="Pool settings",
    sends=("UpdateUserPool",),
    prepare=Prepare(fields=("codes", "keep", "reason"), read=present),
    remedies=(
        Remedy(
            findings={Cause.NO_AUTOVERIFY: 70, Cause.SIGNUP_OPEN: 70},
            label="Let the pool mail codes…",
            fills={},
            fits=_can_mail_codes,
        ),
    ),
    menu=(MenuLine(160, "Nobody is sent a code, or a typing error in the address locks people out"),),
)
def pool_email(form: PoolEmail, directory: Directory) -> Plan:
    """Set how a pool verifies e-mail addresses, for everyone in it."""
    pool = directory.pool
    _refuse(form, pool)
    parameters = with_email_settings(pool.update, codes=form.codes, keep=form.keep)
    changes = tuple(change for change in _changes(pool, parameters) if change.before != change.after)
    listed = ", ".join(_shown(change) for change in changes)
    return Plan(
        summary=say("set in pool {pool}: {settings}", pool=pool.name, settings=_in_words(form, pool)),
        done=say("pool {pool} is set: {settings}", pool=pool.name, settings=_in_words(form, pool)),
        risk=Risk.HIGH,
        calls=(
            Call(
                operation="UpdateUserPool",
                parameters=parameters,
                shown=f"UpdateUserPool({pool.name}, {listed}; all else as it is)",
                # Looked at first: a second send would take back what somebody else has set in the meantime.
                effect=Effect.READABLE,
            ),
        ),
        changes=changes,
        why_high=(say("It concerns everyone in pool {pool}.", pool=pool.name),),
        notes=tuple(_notes(form, pool)),
        undo_limits=say(
            "No undo by button, since it would also take back what others set in the meantime: ask for the former "
            "settings with this same form."
        ),
        tell_customer=_KEPT if form.keep else _MAILED if form.codes else _SILENT,
    )


def _refuse(form: PoolEmail, pool: Pool) -> None:
    _refuse_what_others_manage(pool)
    if form.keep and not form.codes:
        raise refused(
            "The old e-mail can be kept only where codes are sent: Cognito needs both together.", field="keep"
        )
    if form.codes and not pool.mails_codes and pool.email_failure:
        raise refused(
            "Pool {pool} can't send mail at present: {failure}. Have that repaired first.",
            field="codes",
            pool=pool.name,
            failure=pool.email_failure.rstrip("."),
        )
    if (form.codes, form.keep) == (pool.mails_codes, pool.keeps_original):
        raise refused("Pool {pool} is set like that already.", field="codes", pool=pool.name)


def _refuse_what_others_manage(pool: Pool) -> None:
    if pool.update.managed_by:
        raise refused(
            "Pool {pool} is managed by {tool}, whose next run would take the change back. Hand over to the cloud "
            "team: they change it there.",
            pool=pool.name,
            tool=pool.update.managed_by,
        )
    if pool.update.unknown:
        raise refused(
            "Pool {pool} has settings that the desk's AWS library is too old to know ({settings}), and they would "
            "be lost. Tell the operator to update the desk.",
            pool=pool.name,
            settings=", ".join(pool.update.unknown),
        )


def _changes(pool: Pool, parameters: Mapping[str, object]) -> tuple[Change, Change]:
    subject = Subject(kind=SubjectKind.POOL, id=pool.id, name=pool.name)
    update = parameters["UserAttributeUpdateSettings"]
    assert isinstance(update, Mapping)
    return (
        Change(
            subject=subject,
            what=_CODES,
            before=_listed(pool.auto_verified),
            after=_listed(parameters[_CODES]),
            note="a code is mailed when an e-mail changes" if not pool.mails_codes else "no more codes by e-mail",
        ),
        Change(
            subject=subject,
            what=_KEEP,
            before=_listed(pool.verified_before_update),
            after=_listed(update["AttributesRequireVerificationBeforeUpdate"]),
            note=(
                "a new e-mail counts at once, unverified"
                if pool.keeps_original
                else "the old e-mail stays until the new one's code is entered"
            ),
        ),
    )


def _listed(attributes: object) -> str:
    assert isinstance(attributes, list | frozenset)
    return ", ".join(sorted(attributes))


def _shown(change: Change) -> str:
    return f"{change.what.rpartition('.')[2]}=[{change.after}]"


def _in_words(form: PoolEmail, pool: Pool) -> str:
    said = []
    if form.codes != pool.mails_codes:
        said.append("send a code when an e-mail changes" if form.codes else "send no codes by e-mail")
    if form.keep != pool.keeps_original:
        said.append("keep the old e-mail until the new one is verified" if form.keep else "don't keep the old e-mail")
    return ", and ".join(said)


def _notes(form: PoolEmail, pool: Pool) -> list[Words]:
    sent = pool.update.parameters
    notes = [
        say("AWS resets whatever is left out, so all other settings are sent back as they are, and compared after.")
    ]
    notes += [say("{what} can't be sent back and may be lost.", what=lost) for lost in pool.update.unsendable]
    if form.codes and not pool.mails_codes and not pool.sends_with_ses:
        notes.append(COGNITO_SENDS)
    if pool.keeps_original and not form.keep:
        notes.append(say("Changes that wait for their code now may be lost; nobody can see whether there are any."))
    if not pool.sends_with_ses and _own_texts(sent):
        notes.append(
            say(
                "The pool has message texts of its own and mails through Cognito itself; AWS may refuse to take such "
                "texts back, and then nothing is changed."
            )
        )
    if sent.get("SmsConfiguration"):
        role = sent["SmsConfiguration"].get("SnsCallerArn", "its SMS role")
        notes.append(say("AWS may ask for the right iam:PassRole on {role}.", role=role))
    if sent.get("MfaConfiguration", "OFF") != "OFF" and not sent.get("SmsConfiguration"):
        notes.append(
            say(
                "The pool asks for a second factor without text messages; AWS may refuse to take that setting back, "
                "and then nothing is changed."
            )
        )
    return notes


def _own_texts(sent: Mapping[str, Mapping[str, object]]) -> bool:
    return bool(sent.get("VerificationMessageTemplate", {}).keys() - {"DefaultEmailOption", "SmsMessage"})

"""Reads what a plan changes again, and says whether it looks as before or as planned."""

from enum import StrEnum

from bot.cognito import Directory
from bot.plan import Call, Change, Plan, SubjectKind
from bot.pool_update import differences
from bot.read_back import present
from bot.ticket import Reading

_NAMED_BY = {
    SubjectKind.USER: "Username",
    SubjectKind.PROVIDER: "ProviderName",
    SubjectKind.POOL: "UserPoolId",
    SubjectKind.MAIL: "EmailAddress",
}
"""The parameter of a call that says whose values it sets."""

_STATUS = "UserStatus"
_CONFIRMING = frozenset({"AdminConfirmSignUp"})
"""Operations that move an account's status and leave its attributes as they are."""


class VerificationResult(StrEnum):
    """What the values that a call sets look like now."""

    REACHED = "as planned"
    INTACT = "as before"
    OTHER = "neither as before nor as planned"
    NOTHING = "can't be read"


def readable(plan: Plan) -> tuple[Change, ...]:
    """Return the changes that a re-read can show."""
    return tuple(change for change in plan.changes if change.readable)


def read(directory: Directory, changes: tuple[Change, ...]) -> tuple[Reading, ...]:
    """Read every change's present value. The directory has to be one that has read nothing yet."""
    return tuple(
        Reading(
            subject=change.subject.name,
            what=change.what,
            planned=change.after,
            found=present(directory, change) or "",
        )
        for change in changes
    )


def find(directory: Directory, plan: Plan, call: Call) -> VerificationResult:
    """Compare what one call of a plan sets with what is there now."""
    telling = [change for change in readable(plan) if change.before != change.after]
    if len(plan.calls) > 1:
        telling = [change for change in telling if sets(call, change)]
    if not telling:
        return VerificationResult.NOTHING
    found = [reading.found for reading in read(directory, tuple(telling))]
    if found == [change.after for change in telling]:
        return VerificationResult.REACHED
    if found == [change.before for change in telling]:
        return VerificationResult.INTACT
    return VerificationResult.OTHER


def moved_besides(directory: Directory, plan: Plan) -> tuple[str, ...]:
    """Return the paths of pool settings that are not as they were sent; AWS resets what it doesn't like to keep."""
    sent = [call.parameters for call in plan.calls if call.operation == "UpdateUserPool"]
    return tuple(path for parameters in sent for path in differences(parameters, directory.pool.update.parameters))


def sets(call: Call, change: Change) -> bool:
    """Whether a call names the very value that a change is about, rather than moving it on the way."""
    named = call.parameters.get(_NAMED_BY[change.subject.kind])
    if named is None or named not in (change.subject.name, change.subject.id):
        return False
    if call.operation in _CONFIRMING:
        return change.what == _STATUS
    given = call.attributes
    return not given or change.what in given

"""Reads what a plan changes again: whether it looks as before or as planned, and who lost its address besides."""

from collections.abc import Mapping
from enum import StrEnum
from typing import Any

from bot.cognito import Directory, Pool, User
from bot.plan import Call, Change, Plan, SubjectKind, setting_differences, value_now
from bot.references import same_address
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
    """Read what every change is about as it is now. The directory has to be one that has read nothing yet."""
    return tuple(
        Reading(
            subject=change.subject.name,
            what=change.what,
            planned=change.after,
            found=value_now(directory, change) or "",
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
    return tuple(
        path for parameters in sent for path in setting_differences(parameters, directory.pool.update.parameters)
    )


def sets(call: Call, change: Change) -> bool:
    """Whether a call names the very value that a change is about, rather than moving it on the way."""
    named = call.parameters.get(_NAMED_BY[change.subject.kind])
    if named is None or named not in (change.subject.name, change.subject.id):
        return False
    if call.operation in _CONFIRMING:
        return change.what == _STATUS
    given = call.attributes
    return not given or change.what in given


def unnamed_losers(directory: Directory, plan: Plan, observed: Mapping[str, Any]) -> tuple[str, ...]:
    """Return the user names of those who may have lost the plan's address though the plan doesn't name them.

    Either they held it verified before and don't now, or nobody saw them before and they are left unverified:
    ListUsers can be late in showing an account, and late in showing its flag, so that each is read by itself.
    """
    if not plan.address:
        return ()
    before = _seen(observed, plan.address)
    verified = {sub: values.get("email_verified", "").lower() == "true" for sub, values in before.items()}
    names = {sub: str(values["username"]) for sub, values in before.items()}
    names |= {user.sub: user.username for user in directory.holders(plan.address)}
    named = {change.subject.id for change in plan.changes}
    # An account that the plan makes has no sub in it yet.
    made = {change.subject.name for change in plan.changes if not change.subject.id}
    lost = []
    for sub, name in names.items():
        if sub in named or name in made:
            continue
        if verified.get(sub, True) and not _holds(directory.read(name), sub, plan.address, directory.pool):
            lost.append(name)
    return tuple(sorted(lost))


def _holds(user: User | None, sub: str, address: str, pool: Pool) -> bool:
    return user is not None and user.sub == sub and user.email_verified and pool.same(user.email, address)


def _seen(observed: Mapping[str, Any], address: str) -> dict[str, Mapping[str, Any]]:
    """Return what a view observed of those who had an address, by sub."""
    return {
        subject.removeprefix("user:"): values
        for subject, values in observed.items()
        if subject.startswith("user:") and same_address(values.get("email", ""), address)
    }

"""How long the password of an invitation works, as far as an account's dates tell.

Cognito counts from the last AdminCreateUser, be it with RESEND, and shows that moment nowhere: it lies between the
account's ``UserCreateDate`` and its ``UserLastModifiedDate``. Nothing else shows either that the time is over.
"""

from datetime import datetime, timedelta
from enum import StrEnum

from bot.cognito import Pool, User
from bot.words import Moment, Words, say

_WHEN = "{date_short}, {time}"
"""Never "Today", which Slack capitalises and no preposition goes with."""


class Valid(StrEnum):
    """Whether the password in the latest invitation still works."""

    YES = "yes"
    NO = "no"
    UNKNOWN = "unknown"


def ends(user: User, pool: Pool) -> tuple[datetime, datetime]:
    """Return between which two moments the password stops working, or stopped."""
    lasts = timedelta(days=pool.temporary_password_days)
    return user.created + lasts, max(user.created, user.modified) + lasts


def invitation_valid(user: User, pool: Pool, now: datetime) -> Valid:
    """Return whether the password in the latest invitation works at ``now``. The account is FORCE_CHANGE_PASSWORD."""
    earliest, latest = ends(user, pool)
    if now <= earliest:
        return Valid.YES
    return Valid.NO if now > latest else Valid.UNKNOWN


def estimate(user: User, pool: Pool, now: datetime) -> Words:
    """Say when the password stopped working, or stops, as exactly as the account's dates allow."""
    earliest, latest = ends(user, pool)
    match invitation_valid(user, pool, now):
        case Valid.YES:
            template = "The password in the invitation works until {earliest} at least."
        case Valid.NO if earliest == latest:
            template = "The password in the invitation stopped working {latest}."
        case Valid.NO:
            template = "The password in the invitation stopped working between {earliest} and {latest}."
        case Valid.UNKNOWN:
            template = (
                "Whether the password in the invitation still works can't be told: its time ends between {earliest} "
                "and {latest}."
            )
    return say(template, earliest=Moment(earliest, _WHEN), latest=Moment(latest, _WHEN))


def lifetime(user: User, pool: Pool) -> Words:
    """Say until when the password works without saying what time it is now: a plan reads no clock."""
    earliest, latest = ends(user, pool)
    if earliest == latest:
        return say("By the account's dates, the earlier password works until {latest}.", latest=Moment(latest, _WHEN))
    return say(
        "By the account's dates, the earlier password works until {earliest} at least, and until {latest} at most.",
        earliest=Moment(earliest, _WHEN),
        latest=Moment(latest, _WHEN),
    )

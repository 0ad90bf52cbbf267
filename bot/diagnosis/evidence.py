"""What Cognito shows about one account and the others with its address: everything that a check goes by.

How long the password of an invitation works belongs here too, as far as an account's dates tell. Cognito counts from
the last AdminCreateUser, be it with RESEND, and shows that moment nowhere: it lies between the account's
``UserCreateDate`` and its ``UserLastModifiedDate``. Nothing else shows either that the time is over.
"""

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import datetime, timedelta
from enum import StrEnum

from bot.cognito import Client, Pool, Provider, User
from bot.mail import Mail
from bot.words import Moment, Words, say

_WHEN = "{date_short}, {time}"
"""Never "Today", which Slack capitalises and no preposition goes with."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Evidence:
    """One account, its pool, and what else bears on what its customer can do."""

    user: User
    pool: Pool
    at: datetime
    """When this was read; the age of an invitation is counted up to here."""
    others: tuple[User, ...] = ()
    """Everyone else who has the address, in any letter case."""
    signs_in_with: User | None = None
    """The account that Cognito finds under the address as a sign-in name."""
    providers: tuple[Provider, ...] = ()
    """The providers that sign this user in, as far as the pool still has them."""
    client: Client | None = None
    """The customers' app client; None when it could not be looked at."""
    mail: Mail | None = None
    """What can be seen of the mail to the address; None for an account without one."""
    unread: tuple[Words, ...] = ()
    """What could not be looked at, and why, a sentence each."""

    @property
    def rivals(self) -> tuple[User, ...]:
        """The others whose address is the same one to this pool."""
        return tuple(other for other in self.others if self.pool.same(other.email, self.user.email))

    @property
    def variants(self) -> tuple[User, ...]:
        """The others whose address differs in letter case, where the pool minds it: separate addresses to Cognito."""
        rivals = {other.sub for other in self.rivals}
        return tuple(other for other in self.others if other.sub not in rivals)

    @property
    def owner(self) -> User | None:
        """Another account that signs in with the address, or has it verified; None when there is none."""
        found = self.signs_in_with
        if found is not None and found.sub != self.user.sub:
            return found
        if not self.pool.email_is_alias or (found is not None and found.sub == self.user.sub):
            return None
        return next((rival for rival in self.rivals if rival.email_verified), None)

    @property
    def at_work(self) -> tuple[Provider, ...]:
        """The providers that can sign this user in: the pool has them still, and the app client offers them."""
        return tuple(each for each in self.providers if self.client is None or self.client.offers(each.name))

    def beside(self) -> Iterator["Evidence"]:
        """Yield this account and each of its rivals, as far as the address goes, oldest first."""
        for user in sorted((self.user, *self.rivals), key=lambda user: user.created):
            yield Evidence(user=user, pool=self.pool, at=self.at, signs_in_with=self.signs_in_with)

    def lacking(self, provider: Provider) -> tuple[str, ...]:
        """Return the attributes that the pool requires and this provider's mapping doesn't fill."""
        return tuple(sorted(self.pool.required - provider.mapping.keys()))

    def frozen(self, provider: Provider) -> tuple[str, ...]:
        """Return the attributes that each sign-in through this provider writes and the pool doesn't let change."""
        return tuple(sorted(self.pool.immutable & provider.mapping.keys()))


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

"""What Cognito shows about one account and the others with its address: everything that a check goes by."""

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import datetime

from bot.cognito import Client, Pool, Provider, User
from bot.mail import Mail
from bot.words import Words


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
        return tuple(other for other in self.others if self.pool.same_address(other.email, self.user.email))

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

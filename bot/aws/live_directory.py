"""A read-only view of one user pool as it is now; what it has read it remembers, for this one request.

It is long because it answers every question of `Directory` from the same few reads.
"""

import re
from collections.abc import Callable, Iterable, Mapping
from concurrent.futures import Future
from datetime import UTC, datetime
from typing import Any

from bot import references
from bot.addresses import caseless, spellings
from bot.answer import refused
from bot.aws import describe, ses, which_user
from bot.cognito import Client, Pool, Provider, User, may_be_name
from bot.mail import Mail
from bot.settings import PoolSettings
from bot.wrappings import readings

Answer = Mapping[str, Any]
Read = Callable[[str, Mapping[str, Any]], "Future[Answer | None]"]
"""Starts one operation; the future holds its answer, None for "no such user or provider", or a `Refused`."""

_LONGEST_FILTER = 256
_SUB = re.compile(r"[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}", re.IGNORECASE)


class LiveDirectory:
    """Implements `bot.cognito.Directory`. For one thread; independent reads run side by side."""

    def __init__(self, *, name: str, settings: PoolSettings, read: Read, read_mail: ses.Read = ses.nowhere) -> None:
        self._name = name
        self._settings = settings
        self._read = read
        self._read_mail = read_mail
        self._asked: dict[tuple[object, ...], Future[Answer | None]] = {}
        self._fresh: dict[str, User] = {}
        self._carrying: dict[str, tuple[User, ...]] = {}
        self._pool: Pool | None = None
        self.at = datetime.now(UTC)
        """When this view of the pool began."""
        self.observed: dict[str, dict[str, Any]] = {}
        """What this view has told, by subject, JSON-ready and without dates and counts."""

    @property
    def pool(self) -> Pool:
        """The pool's settings."""
        # Not a cached_property: before Python 3.12 every view would wait for every other's, under one lock.
        if self._pool is None:
            shape = self._ask("DescribeUserPool").result()
            assert shape is not None
            self._pool = describe.pool(self._name, self._settings, shape)
            self.observed["pool"] = describe.recorded_pool(self._pool)
        return self._pool

    def look_ahead(self, user: User | None = None) -> None:
        """Start reading what a check needs besides the people, or besides this one, so that it's read side by side."""
        self._ask("DescribeUserPool")
        self._describe_client()
        for name in user.providers if user else ():
            self._describe_provider(name)

    def look_for(self, reference: str) -> None:
        """Start reading whatever may show whom a reference means, so that it's read side by side."""
        self._ask("DescribeUserPool")
        for form in _typed_and_lower(reference):
            self._get_user(form)
        self._listing(reference)

    def fresh(self, users: Iterable[User]) -> tuple[User, ...]:
        """Return these accounts as AdminGetUser shows them now, read side by side; one that is gone as given."""
        every = tuple(users)
        for user in every:
            if user.sub not in self._fresh:
                self._get_user(user.username)
        return tuple(self._fresh.get(user.sub) or self._now(user) for user in every)

    def _now(self, user: User) -> User:
        found = self.read(user.username)
        return found if found is not None and found.sub == user.sub else user

    def client(self) -> Client:
        """Return the app client that the settings name. Raises `Unread` where it can't be looked at."""
        shape = self._describe_client().result()
        assert shape is not None
        return describe.client(shape["UserPoolClient"])

    def find(self, reference: str) -> tuple[User, ...]:
        """Return every user whom ``reference`` may mean, in each of its readings, oldest first."""
        possible = readings(reference)
        for reading in possible:
            self.look_for(reading)
        carriers = {user.sub: user for reading in possible for user in self._carriers(reading)}
        found = references.meant(carriers.values(), reference, self.pool)
        return tuple(self._told(user) for user in sorted(found, key=_by_age))

    def one(self, reference: str) -> User:
        """Return the one user that ``reference`` can mean; `Refused` with close matches or a choice otherwise."""
        matches = self.find(reference)
        if len(matches) > 1:
            raise which_user.several(reference, matches, self.pool, signs_in=self._signing_in(reference))
        # ListUsers may lag behind, so an account that was only listed is read once more.
        user = self._fresh.get(matches[0].sub) or self._read_again(matches[0]) if matches else None
        if user is None:
            raise which_user.nobody(reference, self.pool, self._near(readings(reference)[-1]))
        return user

    def read(self, username: str) -> User | None:
        """Return this user as AdminGetUser shows it now, or None when there is none."""
        user = self._answering(username)
        if user is None or not references.is_name(user, username, self.pool):
            self.observed[f"name:{username}"] = {"sub": ""}
            return None
        return self._told(user)

    def holders(self, address: str, *, other_than: User | None = None) -> tuple[User, ...]:
        """Return everyone who carries ``address`` in any letter case, found the careful way, oldest first."""
        spared = other_than.sub if other_than else ""
        carriers = self._carriers(address)
        return tuple(
            self._told(user) for user in carriers if user.sub != spared and references.same_address(user.email, address)
        )

    def signs_in_with(self, address: str) -> User | None:
        """Return the user who answers to ``address`` as a sign-in name, or None when nobody does."""
        user = self._answering(address)
        if user is not None and not references.meanings(user, address, self.pool):
            user = None
        self._about(address)["signs_in"] = user.username if user else ""
        return self._told(user) if user else None

    def losers(self, address: str, *, to: User | None) -> tuple[User, ...]:
        """Return who would lose ``address`` if ``to`` (None: a new user) took it: its verified holders."""
        if not self.pool.email_is_alias:
            return ()
        holders = self.holders(address, other_than=to)
        owner = self.signs_in_with(address)
        return tuple(
            user
            for user in holders
            if self.pool.same(user.email, address)
            and (user.email_verified or (owner is not None and user.sub == owner.sub))
        )

    def providers(self) -> tuple[Provider, ...]:
        """Return the pool's identity providers with their attribute mappings."""
        listed = self._ask("ListIdentityProviders").result() or {}
        asked = [self._describe_provider(entry["ProviderName"]) for entry in listed.get("Providers", ())]
        return tuple(self._told_provider(shape) for shape in (each.result() for each in asked) if shape)

    def provider(self, name: str) -> Provider:
        """Return one identity provider, or `Refused`."""
        shape = self._describe_provider(name).result()
        if shape is None:
            known = ", ".join(provider.name for provider in self.providers()) or "none"
            template = "{pool} has no identity provider called {name}. It has: {known}."
            raise refused(template, field="provider", pool=self._name, name=name, known=known)
        return self._told_provider(shape)

    def providers_of(self, user: User) -> tuple[Provider, ...]:
        """Return the providers that sign this user in, as far as the pool still has them."""
        asked = [self._describe_provider(name) for name in user.providers]
        return tuple(self._told_provider(shape) for shape in (each.result() for each in asked) if shape)

    def mail(self, address: str) -> Mail:
        """Return what can be seen of the pool's mail to ``address``. What can't be read never makes it fail.

        Nothing of it is recorded as observed: a plan that rests on it names it among its changes.
        """
        return ses.look(self.pool, address, self._ask_mail)

    def _listing(self, reference: str) -> list[Future[Answer | None]]:
        if "@" in reference:
            return [self._list_users("email", "=", form) for form in spellings(reference)]
        if _SUB.fullmatch(reference):
            # A provider's own profile does not answer to its sub.
            return [self._list_users("sub", "=", reference.lower())]
        return []

    def _carriers(self, reference: str) -> tuple[User, ...]:
        """Return everyone whom a name, sub or address may mean, oldest first, before any comparison."""
        if reference not in self._carrying:
            self._carrying[reference] = self._read_carriers(reference)
        return self._carrying[reference]

    def _read_carriers(self, reference: str) -> tuple[User, ...]:
        self.look_for(reference)
        listed = self._listing(reference)
        if "preferred_username" in self.pool.aliases:
            # AdminGetUser gives one account only, and it may be the one whose user name this is.
            listed += [self._list_users("preferred_username", "=", form) for form in spellings(reference)]
        users = {user.sub: user for user in _listed(listed)}
        # AdminGetUser comes last: its view of a user is fresher than the listed one.
        users.update({user.sub: user for user in map(self._answering, _typed_and_lower(reference)) if user})
        if "@" in reference:
            carrying = sorted(
                user.username for user in users.values() if references.same_address(user.email, reference)
            )
            self._about(reference)["holders"] = ", ".join(carrying)
        return tuple(sorted(users.values(), key=_by_age))

    def _signing_in(self, reference: str) -> User | None:
        """Return who answers to what was typed as a sign-in name, in whichever of its readings."""
        answering = map(self._answering, readings(reference))
        return next((user for user in answering if user), None)

    def _read_again(self, user: User) -> User | None:
        """Return a listed user as AdminGetUser shows it. Raises `Refused` when its name gives somebody else."""
        found = self.read(user.username)
        if found is not None and found.sub != user.sub:
            raise which_user.shadowed(user, found)
        return found

    def _near(self, reference: str) -> tuple[User, ...]:
        beginnings = which_user.prefixes(reference)
        attributes = ("email",) if "@" in reference else ("email", "username")
        asked = [self._list_users(name, "^=", beginning) for name in attributes for beginning in beginnings]
        return which_user.closest(reference, (*self._carriers(reference), *_listed(asked)))

    def _answering(self, username: str) -> User | None:
        """Return the account that AdminGetUser gives for a user name, a sub or an alias."""
        shape = self._get_user(username).result()
        if shape is None:
            return None
        user = describe.user(shape)
        self._fresh[user.sub] = user
        return user

    def _get_user(self, username: str) -> "Future[Answer | None]":
        if not may_be_name(username):
            nobody: Future[Answer | None] = Future()
            nobody.set_result(None)
            return nobody
        return self._ask("AdminGetUser", Username=username)

    def _list_users(self, attribute: str, comparison: str, value: str) -> "Future[Answer | None]":
        wanted = _filter(attribute, comparison, value)
        return self._ask("ListUsers", Filter=wanted, **({"Limit": 60} if comparison == "^=" else {}))

    def _describe_client(self) -> "Future[Answer | None]":
        return self._ask("DescribeUserPoolClient", ClientId=self._settings.client_id)

    def _describe_provider(self, name: str) -> "Future[Answer | None]":
        return self._ask("DescribeIdentityProvider", ProviderName=name)

    def _ask(self, operation: str, **parameters: str | int) -> "Future[Answer | None]":
        """Start reading something of the pool, once for this view."""
        key = (operation, *parameters.values())
        if key not in self._asked:
            self._asked[key] = self._read(operation, {"UserPoolId": self._settings.id, **parameters})
        return self._asked[key]

    def _ask_mail(self, region: str, operation: str, parameters: Answer) -> "Future[Answer | None]":
        key = (operation, *parameters.values())
        if key not in self._asked:
            self._asked[key] = self._read_mail(region, operation, parameters)
        return self._asked[key]

    def _told(self, user: User) -> User:
        self.observed[f"user:{user.sub}"] = describe.recorded_user(user)
        return user

    def _told_provider(self, shape: Answer) -> Provider:
        provider = describe.provider(shape["IdentityProvider"])
        self.observed[f"provider:{provider.name}"] = describe.recorded_provider(provider)
        return provider

    def _about(self, address: str) -> dict[str, Any]:
        return self.observed.setdefault(f"address:{caseless(address)}", {})


def _by_age(user: User) -> tuple[datetime, str]:
    return user.created, user.username


def _typed_and_lower(reference: str) -> tuple[str, ...]:
    return tuple(dict.fromkeys((reference, reference.lower())))


def _listed(asked: Iterable["Future[Answer | None]"]) -> tuple[User, ...]:
    return tuple(describe.user(shape) for each in asked for shape in (each.result() or {}).get("Users", ()))


def _filter(attribute: str, comparison: str, value: str) -> str:
    """Write a ListUsers filter. Of a value too long for one, its beginning is asked for; the caller compares anyway."""
    kept = value
    while len(wanted := f"{attribute} {comparison} {_quoted(kept)}") > _LONGEST_FILTER:
        kept, comparison = kept[: -max(1, len(wanted) - _LONGEST_FILTER)], "^="
    return wanted


def _quoted(value: str) -> str:
    return '"' + value.replace("\\", "\\\\").replace('"', '\\"') + '"'

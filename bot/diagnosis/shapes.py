"""What all bears on a finding of one user whom ListUsers shows, as a short text: a *shape*.

Nothing in it tells people apart, so that a pool of a million has some hundred shapes.
"""

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from functools import lru_cache

from bot.addresses import caseless
from bot.cognito import Identity, Pool, User, may_be_name
from bot.diagnosis.evidence import Valid, invitation_valid

_BETWEEN = "\t"
"""Stands between the words of a shape: neither a name of a provider nor one of an attribute has it."""

_OFF, _ADDRESS, _VERIFIED, _PHONE, _PHONE_VERIFIED = "off", "address", "verified", "phone", "phone verified"
_NAMED, _NO_NAME = "named", "no name"
_INVITED, _BY, _OWN, _LACKS = "invited:", "by:", "own:", "lacks:"
_SOMEBODY, _NUMBER = "somebody@example.com", "+15550100"
_LONG_AGO = datetime(2000, 1, 1, tzinfo=UTC)


def shape_of(user: User, pool: Pool, at: datetime) -> str:
    """Return everything about a listed user that bears on a finding; ``at`` is when they were read."""
    words = [user.status]
    if not user.enabled:
        words.append(_OFF)
    if user.email:
        words += _about_address(user, pool)
    there = (
        (_VERIFIED, user.email_verified),
        (_PHONE, bool(user.phone)),
        (_PHONE_VERIFIED, user.phone_verified),
    )
    words += [word for word, holds in there if holds]
    if user.identities:
        words += [_BY + name for name in user.providers]
    elif user.is_external:
        words.append(_OWN + user.providers[0])
    if lacking := [name for name in pool.required if not user.attributes.get(name)]:
        words += sorted(_LACKS + name for name in lacking)
    if user.status == "FORCE_CHANGE_PASSWORD":
        words.append(_INVITED + invitation_valid(user, pool, at))
    return _BETWEEN.join(words)


def _about_address(user: User, pool: Pool) -> list[str]:
    words = [_ADDRESS]
    if pool.same(user.username, user.email):
        words.append(_NAMED)
    if not may_be_name(user.email):
        words.append(_NO_NAME)
    return words


def name_key(user: User) -> str:
    """Return what a user may be called that looks like an address, without its letter case; empty for nothing.

    That is the preferred user name, or else the user name. Where addresses are sign-in names a user name is none, but
    for those of providers.
    """
    for name in (user.attributes.get("preferred_username", ""), user.username):
        if "@" in name:
            return caseless(name)
    return ""


def user_of(shape: str, pool: Pool, at: datetime) -> User:
    """Return some user of a shape, as good as any of them for a diagnosis at ``at``."""
    status, *words = shape.split(_BETWEEN)
    lacking, linked = _named(words, _LACKS), _named(words, _BY)
    attributes = {**dict.fromkeys(pool.required, "something"), "sub": "somebody"}
    attributes |= {
        "email": (_SOMEBODY if _NO_NAME not in words else f"{'a' * 200}@example.com") if _ADDRESS in words else "",
        "email_verified": "true" if _VERIFIED in words else "false",
        "phone_number": _NUMBER if _PHONE in words else "",
        "phone_number_verified": "true" if _PHONE_VERIFIED in words else "false",
    }
    created, modified = _dates(next(iter(_named(words, _INVITED)), ""), pool, at)
    own = next((f"{name}_1" for name in _named(words, _OWN)), "somebody")
    return User(
        username=attributes["email"] if _NAMED in words else own,
        sub="somebody",
        status=status,
        enabled=_OFF not in words,
        attributes={name: value for name, value in attributes.items() if value and name not in lacking},
        created=created,
        modified=modified,
        identities=tuple(Identity(provider=name, provider_type="", subject="1") for name in linked),
    )


def _named(words: Iterable[str], kind: str) -> tuple[str, ...]:
    return tuple(word.removeprefix(kind) for word in words if word.startswith(kind))


def _dates(invited: str, pool: Pool, at: datetime) -> tuple[datetime, datetime]:
    lasts = timedelta(days=pool.temporary_password_days)
    over = at - lasts - timedelta(days=1)
    dates = {Valid.YES: (at, at), Valid.NO: (over, over), Valid.UNKNOWN: (over, at)}
    return dates[Valid(invited)] if invited else (_LONG_AGO, _LONG_AGO)


@dataclass(frozen=True, slots=True, kw_only=True)
class Known:
    """What a shape says of a user."""

    status: str
    enabled: bool
    verified: bool
    invitation_over: bool
    """Whether they wait for a first sign-in, and the invitation had certainly expired."""
    providers: frozenset[str]
    """The names of those that sign them in."""

    @property
    def is_external(self) -> bool:
        """Whether this is a provider's own profile."""
        return self.status == "EXTERNAL_PROVIDER"


@lru_cache(maxsize=10_000)
def known(shape: str) -> Known:
    """Return what a shape says of those who have it."""
    status, *words = shape.split(_BETWEEN)
    return Known(
        status=status,
        enabled=_OFF not in words,
        verified=_VERIFIED in words,
        invitation_over=_INVITED + Valid.NO in words,
        providers=frozenset((*_named(words, _BY), *_named(words, _OWN))),
    )


@lru_cache(maxsize=4096)
def kind_of(shape: str) -> str:
    """Return what of a shape matters to others with the address: a shape too, of which there are few."""
    status, *words = shape.split(_BETWEEN)
    return _BETWEEN.join((status, *(word for word in words if word in (_OFF, _VERIFIED))))


def other_of(kind: str, address: str) -> User:
    """Return some user of a kind, who isn't the one of `user_of`."""
    of = known(kind)
    return User(
        username=f"other {kind}",
        sub=f"other {kind} {address}",
        status=of.status,
        enabled=of.enabled,
        attributes={"email": address, "email_verified": "true" if of.verified else "false"},
        created=_LONG_AGO,
        modified=_LONG_AGO,
    )

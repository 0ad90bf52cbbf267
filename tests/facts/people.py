"""The accounts that rows are about, from the plain one to those behind a provider."""

from collections.abc import Iterable
from datetime import timedelta
from typing import Any

from sandbox.testing import LivePool, PreSignUp
from tests.facts.scene import People, Who, other

OTHER_PASSWORD = "Another-1!"


def account(
    *,
    address: bool = True,
    verified: bool | None = True,
    phone_verified: bool | None = None,
    attributes: dict[str, str] | None = None,
    status: str = "CONFIRMED",
    enabled: bool = True,
    mfa: Iterable[str] = (),
    preferred_mfa: str | None = None,
    age: timedelta = timedelta(),
    untouched: timedelta | None = None,
    password_age: timedelta | None = None,
    has_password: bool = True,
) -> People:
    """One account. ``phone_verified`` None is one without a telephone; ``untouched`` is since its last change."""
    usual: dict[str, Any] = {} if has_password else {"password": None}

    def build(pool: LivePool, who: Who) -> str:
        return pool.add(
            who.name,
            email=who.address if address else "",
            email_verified=verified if address else None,
            phone="" if phone_verified is None else who.phone,
            phone_verified=phone_verified,
            attributes=attributes,
            status=status,
            enabled=enabled,
            mfa=mfa,
            preferred_mfa=preferred_mfa,
            created=age,
            modified=untouched,
            password_set=password_age,
            **usual,
        ).username

    return build


def named_by_address(pool: LivePool, who: Who) -> str:
    """An account whose user name is an address, in a pool where that means nothing else."""
    return pool.add(who.address, email=who.address, email_verified=False).username


def holding(pool: LivePool, who: Who, username: str) -> str:
    """Let another account take the address, with a password of its own; return the user name that was given."""
    pool.add(other(who).name, email=who.address, email_verified=True, password=OTHER_PASSWORD)
    return username


def beside_the_holder(pool: LivePool, who: Who) -> str:
    """An account whose address another account has verified; the other's password is another."""
    pool.add(who.name, email=who.address, email_verified=True)
    return holding(pool, who, who.name)


def signed_up_for_a_held_address(pool: LivePool, who: Who) -> str:
    """An unfinished sign-up with an address that another account has verified."""
    holding(pool, who, who.name)
    return pool.sign_up(who.name, email=who.address).username


def signed_up(pool: LivePool, who: Who) -> str:
    """An unfinished sign-up, by all the rules."""
    return pool.sign_up(who.name, email=who.address).username


def with_a_changed_address(pool: LivePool, who: Who) -> str:
    """An account that changed its address from ``old-…`` to the present one, and hasn't verified it."""
    username = pool.add(who.name, email=f"old-{who.address}", email_verified=True).username
    return pool.change_own(username, {"email": who.address}).username


def nobody(pool: LivePool, who: Who) -> str:
    """No account at all."""
    return who.name


def profile(provider: str, *, enabled: bool = True, verified: bool = True) -> People:
    """A provider's own profile, made by a first sign-in; the flag was then set by hand."""

    def build(pool: LivePool, who: Who) -> str:
        username = pool.sign_in(provider, {"sub": who.name, "email": who.address, "name": "Gil"}).username
        pool.write(username, {"email": who.address, "email_verified": "true" if verified else "false"})
        if not enabled:
            pool.disable(username)
        return username

    return build


def linked(provider: str, local: People | None = None, *, came_in: bool = False) -> People:
    """A local account that a provider's identity signs in to; ``came_in`` is somebody who has done so."""
    build_local = local or account()

    def build(pool: LivePool, who: Who) -> str:
        username = build_local(pool, who)
        pool.link(username, provider, who.name)
        if came_in:
            pool.sign_in(provider, {"sub": who.name, "email": who.address, "name": "Gil"})
            pool.write(username, {"email_verified": "true"})
        return username

    return build


def before_a_holder(provider: str) -> People:
    """A provider's profile with an address that a local account has verified since."""

    def build(pool: LivePool, who: Who) -> str:
        return holding(pool, who, profile(provider, verified=False)(pool, who))

    return build


def without_the_provider(build: People, provider: str) -> People:
    """The same, and then the provider was deleted from the pool."""

    def build_and_remove(pool: LivePool, who: Who) -> str:
        username = build(pool, who)
        pool.remove_provider(provider)
        return username

    return build_and_remove


def refusing_strangers(pool: LivePool, who: Who) -> str:
    """No account, in a pool whose pre sign-up function lets nobody in."""
    pool.trigger(PreSignUp(refusal="Not here"))
    return who.name

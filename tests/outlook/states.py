"""The states of a pool, an account, a company beside it and its providers, drawn at random and pair by pair.

A state is one value for each of the dimensions below. `CONTRADICTIONS` says which combinations are left out, and why:
Cognito refuses them, or nobody can bring an account there. Everything else may be drawn.
"""

import random
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass, fields
from datetime import timedelta
from itertools import combinations
from typing import Any, Literal

DAYS = timedelta(days=1)

Kind = Literal["alias", "login", "plain"]
Contact = Literal["none", "unverified", "verified"]
Identity = Literal["none", "one", "two", "deleted", "profile", "profile of a deleted one"]
"""Which providers sign the account in; a *profile* is the account that the provider's first sign-in made."""
Company = Literal["nobody", "verified", "unverified", "disabled", "unfinished", "profile", "other case"]
"""Who else has the address: an account of that kind, a provider's profile, or one with capital letters in it."""
Mapped = Literal["nothing", "name", "email", "email and flag", "all that is required", "all, with the flag"]


@dataclass(frozen=True, slots=True, kw_only=True)
class State:
    """One state; every field is a dimension."""

    kind: Kind
    """What an address is in the pool: an alias, the user name, or nothing but an attribute."""
    case_sensitive: bool
    auto_verify: tuple[str, ...]
    keep_original: bool
    by_link: bool
    recovery: tuple[str, ...]
    """The ways in their order; none is a pool without the setting."""
    mfa: Literal["OFF", "OPTIONAL", "ON"]
    family_name_required: bool
    email_immutable: bool
    temporary_days: int
    older: bool
    """Whether the pool's settings date from before AWS refused some combinations."""
    hides_users: bool
    client_providers: Literal["unsaid", "listed", "left out"]
    writes: tuple[str, ...]
    """The app client's WriteAttributes; none is a client without the list."""

    name_is_address: bool
    """Whether the user name itself is the address, where that means nothing else."""
    status: str
    enabled: bool
    email: Contact
    phone: Contact
    factors: tuple[str, ...]
    preferred: str
    age: tuple[int, int]
    """Days since the account was created and since it was last changed."""
    has_family_name: bool

    company: Company

    identity: Identity
    mapped: Mapped
    provider_kind: Literal["Google", "OIDC", "SAML", "Facebook"]
    asks_for_address: bool
    """Whether the pool asks the provider for the scope with the address."""

    credentials: bool
    """Whether the desk may ask for a customer's own token, password or code."""

    federated_holds_alias: bool
    """How Cognito plays it: whether a provider's profile with the flag owns its address. AWS doesn't say."""

    def __str__(self) -> str:
        return "\n".join(f"  {each.name}: {getattr(self, each.name)!r}" for each in fields(self))

    @property
    def is_external(self) -> bool:
        """Whether the account is a provider's own profile."""
        return self.status == "EXTERNAL_PROVIDER"


DIMENSIONS: Mapping[str, tuple[Any, ...]] = {
    "kind": ("alias", "login", "plain"),
    "case_sensitive": (True, False),
    "auto_verify": (("email",), (), ("phone_number",), ("email", "phone_number")),
    "keep_original": (False, True),
    "by_link": (False, True),
    "recovery": (
        (),
        ("email",),
        ("phone_number",),
        ("email", "phone_number"),
        ("phone_number", "email"),
        ("admin_only",),
    ),
    "mfa": ("OFF", "OPTIONAL", "ON"),
    "family_name_required": (False, True),
    "email_immutable": (False, True),
    "temporary_days": (7, 90),
    "older": (False, True),
    "hides_users": (False, True),
    "client_providers": ("unsaid", "listed", "left out"),
    "writes": ((), ("email", "family_name", "name"), ("name",)),
    "name_is_address": (False, True),
    "status": ("CONFIRMED", "UNCONFIRMED", "FORCE_CHANGE_PASSWORD", "RESET_REQUIRED", "EXTERNAL_PROVIDER"),
    # Of a disabled account nothing works, whatever else holds: most are not, so that the rest is tried.
    "enabled": (True, True, True, False),
    "email": ("none", "unverified", "verified"),
    "phone": ("none", "unverified", "verified"),
    "factors": (
        (),
        ("SMS_MFA",),
        ("EMAIL_OTP",),
        ("SOFTWARE_TOKEN_MFA",),
        ("SMS_MFA", "EMAIL_OTP"),
        ("SMS_MFA", "SOFTWARE_TOKEN_MFA"),
        ("EMAIL_OTP", "SOFTWARE_TOKEN_MFA"),
    ),
    "preferred": ("", "SMS_MFA", "EMAIL_OTP", "SOFTWARE_TOKEN_MFA"),
    "age": ((2, 2), (30, 2), (30, 20), (400, 300)),
    "has_family_name": (True, False),
    "company": ("nobody", "verified", "unverified", "disabled", "unfinished", "profile", "other case"),
    "identity": ("none", "one", "two", "deleted", "profile", "profile of a deleted one"),
    "mapped": ("nothing", "name", "email", "email and flag", "all that is required", "all, with the flag"),
    "provider_kind": ("Google", "OIDC", "SAML", "Facebook"),
    "asks_for_address": (True, False),
    "credentials": (True, False),
    "federated_holds_alias": (True, False),
}
"""Every dimension with its values."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Contradiction:
    """Why a combination is left out."""

    why: str
    of: tuple[str, ...]
    """The dimensions that it is about."""
    holds: Callable[..., bool]
    """Whether these values contradict each other; takes them in the order of ``of``."""


def _never(why: str, *of: str, when: Callable[..., bool]) -> Contradiction:
    return Contradiction(why=why, of=of, holds=when)


CONTRADICTIONS = (
    _never(
        "Cognito keeps an old address only where it verifies new ones by itself",
        "keep_original",
        "auto_verify",
        when=lambda keeps, verifies: keeps and "email" not in verifies,
    ),
    _never(
        "Cognito refuses recovery by telephone beside required text messages, but for older pools",
        "recovery",
        "mfa",
        "older",
        when=lambda ways, mfa, older: "phone_number" in ways and mfa == "ON" and not older,
    ),
    _never(
        "Cognito refuses recovery by mail alone beside factors by mail, but for older pools",
        "recovery",
        "factors",
        "older",
        when=lambda ways, factors, older: ways == ("email",) and "EMAIL_OTP" in factors and not older,
    ),
    _never(
        "where the pool has no second factors nobody has one",
        "mfa",
        "factors",
        when=lambda mfa, factors: mfa == "OFF" and factors,
    ),
    _never(
        "a factor that isn't set up can't be preferred",
        "factors",
        "preferred",
        when=lambda factors, preferred: preferred and preferred not in factors,
    ),
    _never(
        "a factor by text message takes a telephone number",
        "factors",
        "phone",
        when=lambda factors, phone: "SMS_MFA" in factors and phone == "none",
    ),
    _never(
        "a factor by mail takes an address",
        "factors",
        "email",
        when=lambda factors, email: "EMAIL_OTP" in factors and email == "none",
    ),
    _never(
        "a provider's profile has no factors: the provider asks for its own",
        "status",
        "factors",
        when=lambda status, factors: status == "EXTERNAL_PROVIDER" and factors,
    ),
    _never(
        "a provider's profile is its own status, and nothing else is",
        "status",
        "identity",
        when=lambda status, identity: (status == "EXTERNAL_PROVIDER") != identity.startswith("profile"),
    ),
    _never(
        "where the address is the user name everybody has one",
        "kind",
        "email",
        "identity",
        when=lambda kind, email, identity: kind == "login" and email == "none" and not identity.startswith("profile"),
    ),
    _never(
        "where the address is the user name no two accounts with a password have the same",
        "kind",
        "company",
        "identity",
        when=lambda kind, company, identity: (
            kind == "login"
            and company in ("verified", "unverified", "disabled", "unfinished")
            and not identity.startswith("profile")
        ),
    ),
    _never(
        "likewise in any letter case where that makes no other user name",
        "kind",
        "company",
        "identity",
        "case_sensitive",
        when=lambda kind, company, identity, minds: (
            kind == "login" and company == "other case" and not minds and not identity.startswith("profile")
        ),
    ),
    _never(
        "one account at a time has a verified alias",
        "kind",
        "company",
        "email",
        "identity",
        when=lambda kind, company, email, identity: (
            kind == "alias"
            and company in ("verified", "disabled")
            and email == "verified"
            and not identity.startswith("profile")
        ),
    ),
    _never(
        "likewise in any letter case where that makes no other alias",
        "kind",
        "company",
        "email",
        "case_sensitive",
        when=lambda kind, company, email, minds: (
            kind == "alias" and company == "other case" and email == "verified" and not minds
        ),
    ),
    _never(
        "likewise beside a provider's profile, where that owns its address",
        "kind",
        "company",
        "email",
        "federated_holds_alias",
        when=lambda kind, company, email, holds: (
            kind == "alias" and company == "profile" and email == "verified" and holds
        ),
    ),
    _never(
        "likewise a provider's profile beside an account, where it owns its address",
        "kind",
        "company",
        "email",
        "identity",
        "federated_holds_alias",
        when=lambda kind, company, email, identity, holds: (
            kind == "alias"
            and company in ("verified", "disabled")
            and email == "verified"
            and identity.startswith("profile")
            and holds
        ),
    ),
    _never(
        "where addresses are sign-in names no user name looks like one",
        "kind",
        "name_is_address",
        when=lambda kind, named: kind != "plain" and named,
    ),
    _never(
        "a provider's profile is called after the provider",
        "status",
        "name_is_address",
        when=lambda status, named: status == "EXTERNAL_PROVIDER" and named,
    ),
    _never(
        "nobody shares an address that isn't there",
        "email",
        "company",
        when=lambda email, company: email == "none" and company != "nobody",
    ),
    _never(
        "what the pool requires is asked for at sign-up and with the first password of one's own",
        "family_name_required",
        "has_family_name",
        "status",
        when=lambda required, has, status: required and not has and status != "FORCE_CHANGE_PASSWORD",
    ),
    _never(
        "an unmapped provider is asked for nothing, so that its scopes don't matter",
        "mapped",
        "asks_for_address",
        when=lambda mapped, asks: mapped in ("nothing", "name") and not asks,
    ),
    _never(
        "a SAML provider has no scopes",
        "provider_kind",
        "asks_for_address",
        when=lambda kind, asks: kind == "SAML" and not asks,
    ),
)


def pairwise(seed: int) -> tuple[State, ...]:
    """Return states in which every two values of two dimensions meet that can meet at all."""
    draws = random.Random(seed)  # noqa: S311 - a repeatable draw, no secret
    missing = set(_pairs())
    states = []
    # Sorted, since a set's order changes from run to run.
    for pair in sorted(missing, key=repr):
        if pair not in missing:
            continue
        drawn = [found for _ in range(6) if (found := _drawn(draws, dict(pair)))]
        if not drawn:
            continue
        best = max(drawn, key=lambda values: len(missing & _met(values)))
        missing -= _met(best)
        states.append(State(**best))
    return tuple(states)


def uniform(seed: int) -> Iterator[State]:
    """Yield states without end, each dimension drawn among the values that the ones before it allow."""
    draws = random.Random(seed)  # noqa: S311 - a repeatable draw, no secret
    while True:
        if found := _drawn(draws, {}):
            yield State(**found)


def contradictory(values: Mapping[str, Any]) -> tuple[str, ...]:
    """Return why these values can't stand together, as far as they are given."""
    return tuple(
        each.why
        for each in CONTRADICTIONS
        if all(name in values for name in each.of) and each.holds(*(values[name] for name in each.of))
    )


Pair = tuple[tuple[str, Any], tuple[str, Any]]


def _pairs() -> Iterator[Pair]:
    for one, other in combinations(DIMENSIONS, 2):
        for value in DIMENSIONS[one]:
            yield from (((one, value), (other, second)) for second in DIMENSIONS[other])


def _met(values: Mapping[str, Any]) -> set[Pair]:
    return set(combinations(((name, values[name]) for name in DIMENSIONS), 2))


def _drawn(draws: random.Random, fixed: dict[str, Any]) -> dict[str, Any] | None:
    """Fill the dimensions in a random order; None where no value is left for one of them."""
    if contradictory(fixed):
        return None
    order = [name for name in DIMENSIONS if name not in fixed]
    for _ in range(20):
        values = dict(fixed)
        draws.shuffle(order)
        for name in order:
            allowed = [value for value in DIMENSIONS[name] if not _clashes(values, name, value)]
            if not allowed:
                break
            values[name] = draws.choice(allowed)
        else:
            return values
    return None


_ABOUT = {name: tuple(each for each in CONTRADICTIONS if name in each.of) for name in DIMENSIONS}


def _clashes(values: Mapping[str, Any], name: str, value: Any) -> bool:
    given = {**values, name: value}
    return any(
        all(each in given for each in rule.of) and rule.holds(*(given[each] for each in rule.of))
        for rule in _ABOUT[name]
    )

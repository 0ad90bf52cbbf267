"""Whether one person of a run fits: by what the desk has on record of them, and by how Cognito shows them right now.

What these can't settle is left out, with the reason.
"""

from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime

from sqlalchemy import Connection, select

from bot.cognito import Pool, Provider, User
from bot.diagnosis import Valid, invitation_valid
from bot.plan import Act, Call, Effect, inviting, verifying
from bot.ticket import State
from bot.tickets import resource_keys, tables
from bot.tickets.verification import VerificationResult
from bot.words import Words, say

ANOTHER_HAS_IT = say("another account has the same address")
DISABLED = say("the account is disabled")
UNFINISHED = say("the sign-up is not finished")
NO_ADDRESS = say("there is no address")
VERIFIED = say("the address is verified already")
_GONE = say("the account is not there any more")
_RENAMED = say("the name is another account's now")
_MOVED = say("the address has changed since the list was made")
_UNTOLD = say("it can't be told whose the address is")
_NOT_WAITING = say("it doesn't wait for a first sign-in any more")
STILL_VALID = say("the last invitation may still work")
_TAKEN_BACK = say("the address isn't verified any more")
_REWRITTEN = say("the next sign-in through a provider would undo it")
_SAYS_NO = say("it has changed since the claim was mapped, so the provider itself may say no")
_NOT_THROUGH = say("it doesn't sign in through the provider any more")
_WRITTEN = say("the desk itself wrote the address, and its user has not confirmed it")
_MOVED_OFF = say("another account lost the address by the desk's doing")
_DENIED = say("a request for it was denied before")
_WAITS = say("another request for it waits or runs")

_AT_ONCE = 400
_OPEN = tuple(state.value for state in State if not state.is_final)


@dataclass(frozen=True, slots=True, kw_only=True)
class Named:
    """One account, by what the desk knows accounts by."""

    sub: str
    name: str
    address: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Ground:
    """What makes a run right, as the pool shows it now."""

    act: Act
    pool: Pool
    provider: Provider | None
    """Whose word on the address it is; None for another ground, and where the pool has it no more."""
    named: str
    """What it is called; empty for another ground."""
    providers: Mapping[str, Provider]
    """All of the pool's, by name."""


def on_record(connection: Connection, pool: str, people: Sequence[Named], act: Act) -> dict[str, Words]:
    """Return what the desk has on record against doing something for these accounts, by sub; nothing for most."""
    found: dict[str, Words] = {}
    for first in range(0, len(people), _AT_ONCE):
        some = people[first : first + _AT_ONCE]
        for sub, words in _on_record(connection, pool, some, act):
            found.setdefault(sub, words)
    return found


def _on_record(connection: Connection, pool: str, some: Sequence[Named], act: Act) -> Iterator[tuple[str, Words]]:
    by_account = {resource_keys.user(pool, each.sub): each.sub for each in some}
    by_name = {resource_keys.name(pool, each.name): each.sub for each in some}
    by_address = {resource_keys.address(pool, each.address): each.sub for each in some if each.address}
    of_one = {**by_account, **by_address}
    ticket, touched, wrote = tables.ticket.c, tables.touched.c, tables.written.c
    asked = (
        select(touched.key, ticket.state)
        .join(tables.touched, touched.ticket == ticket.id)
        .where(touched.key.in_(of_one), ticket.state.in_((*_OPEN, State.DENIED.value)))
    )
    rows = connection.execute(asked).all()
    yield from ((of_one[row.key], _WAITS) for row in rows if row.state != State.DENIED.value)
    if act is Act.UNVERIFY:
        return
    accounts = {**by_account, **by_name}
    open_writes = select(wrote.account).where(wrote.confirmed_at.is_(None), wrote.account.in_(accounts))
    yield from ((accounts[account], _WRITTEN) for account in connection.execute(open_writes).scalars())
    replaced = select(wrote.replaced, wrote.account).where(wrote.confirmed_at.is_(None), wrote.replaced.in_(by_address))
    for row in connection.execute(replaced):
        if row.account != resource_keys.user(pool, by_address[row.replaced]):
            yield by_address[row.replaced], _MOVED_OFF
    yield from ((of_one[row.key], _DENIED) for row in rows if row.state == State.DENIED.value)


def reads_owner(pool: Pool) -> bool:
    """Whether AdminGetUser by an address says anything about whose it is."""
    return pool.email_is_alias or pool.email_is_username


def against(person: Named, user: User | None, owner: User | None, ground: Ground, at: datetime) -> Words | None:
    """Return why nothing is sent for somebody; None where they fit.

    ``user`` goes by their name now, ``owner`` by their address; None for nobody. ``at``: now.
    """
    if user is None:
        return _GONE
    if user.sub != person.sub:
        return _RENAMED
    if user.email != person.address:
        return _MOVED
    words = _AGAINST[ground.act](user, ground, at)
    if words is None and reads_owner(ground.pool):
        words = _of_owner(user, owner, ground.pool)
    return words


def _of_owner(user: User, owner: User | None, pool: Pool) -> Words | None:
    if owner is not None:
        return None if owner.sub == user.sub else ANOTHER_HAS_IT
    # As a user name, an address answers always; as an alias, only where it is verified.
    return _UNTOLD if pool.email_is_username else None


def _against_verifying(user: User, ground: Ground, _at: datetime) -> Words | None:
    if not user.email:
        return NO_ADDRESS
    if user.email_verified:
        return VERIFIED
    if not user.enabled:
        return DISABLED
    if user.status == "UNCONFIRMED":
        return UNFINISHED
    names = provider_names(user)
    if any(provider.clears_flag for name, provider in ground.providers.items() if name in names):
        return _REWRITTEN
    if not ground.named:
        # Nobody's word but the list's: a provider's own would come over it.
        rewrites = any(provider.rewrites_address for name, provider in ground.providers.items() if name in names)
        return _REWRITTEN if rewrites or user.is_external else None
    if ground.named not in names:
        return _NOT_THROUGH
    since = ground.provider.modified if ground.provider is not None else None
    # Each sign-in writes the flag: who has come since, and has none, is somebody of whom the provider says no.
    return _SAYS_NO if since is not None and user.modified > since else None


def _against_unverifying(user: User, _ground: Ground, _at: datetime) -> Words | None:
    return None if user.email_verified else _TAKEN_BACK


def _against_inviting(user: User, ground: Ground, at: datetime) -> Words | None:
    if user.status != "FORCE_CHANGE_PASSWORD":
        return _NOT_WAITING
    if not user.email:
        return NO_ADDRESS
    if not user.enabled:
        return DISABLED
    return None if invitation_valid(user, ground.pool, at) is Valid.NO else STILL_VALID


_AGAINST: Mapping[Act, Callable[[User, Ground, datetime], Words | None]] = {
    Act.VERIFY: _against_verifying,
    Act.UNVERIFY: _against_unverifying,
    Act.INVITE: _against_inviting,
}


def provider_names(user: User) -> frozenset[str]:
    """Return the names of the providers that somebody signs in through."""
    names = frozenset(identity.provider for identity in user.identities)
    # A provider's own profile is called Provider_id.
    return names or (frozenset({user.username.partition("_")[0]}) if user.is_external else frozenset())


def call_for(user: User, ground: Ground) -> Call:
    """Return the call that does it for one person."""
    match ground.act:
        case Act.VERIFY:
            return verifying(ground.pool, user)
        case Act.UNVERIFY:
            return Call.set_attributes(ground.pool, user, {"email_verified": "false"}, effect=Effect.READABLE)
        case Act.INVITE:
            return inviting(user, ground.pool)


def before(user: User, act: Act) -> dict[str, str]:
    """Return what a call changes, as it is before, JSON-ready."""
    return {} if act is Act.INVITE else {"email_verified": user.attributes.get("email_verified", "")}


def found(act: Act, person: Named, user: User | None) -> VerificationResult:
    """Return what reading shows of a call whose answer was lost."""
    if act is Act.INVITE or user is None or user.sub != person.sub:
        return VerificationResult.NOTHING
    if user.email != person.address:
        return VerificationResult.OTHER
    return VerificationResult.REACHED if user.email_verified == (act is Act.VERIFY) else VerificationResult.INTACT

"""What must hold whatever people do, judged by what happened to the accounts and never by what the desk remembers."""

import unicodedata
from collections.abc import Mapping
from dataclasses import dataclass, field

LEADS_NEEDED = 2


@dataclass(frozen=True, slots=True, kw_only=True)
class Account:
    """One account of the pool at one moment."""

    sub: str
    name: str
    email: str
    verified: bool
    status: str = "CONFIRMED"
    pending: str = ""
    """The address that waits for its code in a pool that keeps the old one."""
    keys: frozenset[str] = frozenset()
    """The mailboxes whose readers can reset its password, sign in to it, or be sent a credential for it now."""


Accounts = Mapping[str, Account]
"""The accounts of the pool at one moment, by their sub."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Deed:
    """One thing that somebody did, as far as it bears on who may have what."""

    at_the_desk: bool
    """Whether it went through the desk; everything else is the customers' app and the cloud team's own work."""
    ticket: int = 0
    """The request that it carried out, 0 for none."""
    agent: str = ""
    """Who acted at the desk with a customer's own credential."""
    signed_in: str = ""
    """The sub of the account whose own user gave their credential for it."""
    entered: bool = False
    """Whether a code was entered."""
    mailbox_of: str = ""
    """Whose mailbox a code that was entered had come to."""
    consented: str = ""
    """The address that the account's own user chose for themselves."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Written:
    """An address that the desk wrote to an account, whose own user has not entered a code for it since."""

    address: str
    authors: frozenset[str]
    """Everyone who asked for it."""


@dataclass(slots=True)
class Request:
    """A request for approval, as the people around it know it."""

    authors: frozenset[str]
    """Who asked for it and for everything that it follows up on."""
    scenario: str
    requester: str
    subject: str = ""
    """The sub of the account that it is for; empty for one that is yet to be made."""
    votes: dict[str, str] = field(default_factory=dict)
    """Who approved it, and all that they could read before they did."""


@dataclass(slots=True, kw_only=True)
class Record:
    """What is true of the people, whatever the desk believes."""

    mailboxes: Mapping[str, str]
    """Whose mailbox an address is."""
    ignores_case: bool = False
    owners: dict[str, str] = field(default_factory=dict)
    """Whose account it is, by its sub."""
    chosen: dict[str, set[str]] = field(default_factory=dict)
    """The addresses that an account's own user chose for it, by its sub."""
    written: dict[str, Written] = field(default_factory=dict)
    touched: set[str] = field(default_factory=set)
    """The accounts, by their sub, and the addresses that the desk has ever had a hand in."""
    granted: set[tuple[str, str]] = field(default_factory=set)
    """The accounts and addresses of which two leads without a part in it knew."""
    moved_off: dict[str, set[str]] = field(default_factory=dict)
    """The addresses that the desk took off an account, and whose own user hasn't agreed, by its sub."""
    requests: dict[int, Request] = field(default_factory=dict)

    def same(self, one: str, other: str) -> bool:
        """Whether the pool takes two addresses for one."""
        return one == other if not self.ignores_case else one.lower() == other.lower()


class Violation(AssertionError):
    """Something that must never happen has happened."""

    def __init__(self, rule: str, what: str) -> None:
        super().__init__(f"{rule}: {what}")
        self.rule = rule


KEY, ADDRESS, FREED, FLAG, GUESS, UNNAMED, NEEDLESS = "key", "address", "freed", "flag", "guess", "unnamed", "needless"


def judge(before: Accounts, after: Accounts, deed: Deed, record: Record) -> None:
    """Raise `Violation` if this deed did what no deed may do; note in the record what it did."""
    if deed.consented and deed.signed_in:
        record.chosen.setdefault(deed.signed_in, set()).add(deed.consented)
    for sub, now in after.items():
        was = before.get(sub)
        if deed.at_the_desk:
            _keys(was, now, deed, record)
            _flag(was, now, deed, record)
            _address(before, was, now, deed, record)
            _unnamed(before, was, now, deed, record)
    for sub, now in after.items():
        _remember(before.get(sub), now, deed, record)


def _keys(was: Account | None, now: Account, deed: Deed, record: Record) -> None:
    """Nobody but an account's user and two leads lets another mailbox into an account that existed before."""
    if was is None:
        return
    owner = record.owners[now.sub]
    for address in now.keys - was.keys:
        allowed = (
            record.mailboxes[address] == owner
            or address in record.chosen.get(now.sub, ())
            or (now.sub, address) in record.granted
            or _agreed(now, address, deed, record)
            or (deed.entered and deed.signed_in == now.sub)
        )
        if not allowed:
            raise Violation(KEY, f"{address} lets {record.mailboxes[address]} into {now.name}, the account of {owner}")


def _flag(was: Account | None, now: Account, deed: Deed, record: Record) -> None:
    """An address that the desk wrote counts as verified only if two leads saw it, or its user entered the code."""
    if was is None or not now.verified or (was.verified and was.email == now.email):
        return
    mine = deed.entered and deed.signed_in == now.sub
    former = record.written.get(now.sub)
    written = now.email != was.email or (former is not None and former.address == now.email)
    if not written or mine:
        return
    if deed.entered and (now.sub, now.email) in record.granted:
        return
    authors = former.authors if former else frozenset()
    if not _agreed(now, now.email, deed, record, besides=authors):
        raise Violation(
            FLAG, f"the desk wrote {now.email} to {now.name} and marked it as verified by {_by(deed, record)}"
        )


def _address(before: Accounts, was: Account | None, now: Account, deed: Deed, record: Record) -> None:
    """Nobody gets an address, verified, that is somebody else's account's, unless two leads saw both accounts."""
    if not now.verified or (was is not None and was.verified and record.same(was.email, now.email)):
        return
    rightful = _rightful(before, now.email, record)
    if not rightful or now.sub in {each.sub for each in rightful}:
        return
    if deed.entered and deed.mailbox_of == record.mailboxes[now.email]:
        return
    carrying = [each for each in rightful if record.same(each.email, now.email)]
    if not _agreed(now, now.email, deed, record, named=carrying):
        names = " and ".join(each.name for each in rightful)
        rule = ADDRESS if carrying else FREED
        raise Violation(rule, f"{now.name} has got {now.email}, which is that of {names}, by {_by(deed, record)}")


def _unnamed(before: Accounts, was: Account | None, now: Account, deed: Deed, record: Record) -> None:
    """Whoever has the address of a new account stands on its card."""
    request = record.requests.get(deed.ticket)
    if was is not None or request is None:
        return
    for other in before.values():
        unseen = [lead for lead, text in request.votes.items() if not mentions(text, other)]
        if record.same(other.email, now.email) and unseen:
            raise Violation(
                UNNAMED, f"{now.name} was created with {now.email}, and {other.name}, who has it, stood nowhere"
            )


def _rightful(before: Accounts, address: str, record: Record) -> list[Account]:
    """Return the accounts of the mailbox's owner that have the address, or had it until the desk moved it off them."""
    return [
        each
        for each in before.values()
        if record.owners[each.sub] == record.mailboxes[address]
        and (
            record.same(each.email, address)
            or any(record.same(address, moved) for moved in record.moved_off.get(each.sub, ()))
        )
    ]


def _agreed(
    account: Account,
    address: str,
    deed: Deed,
    record: Record,
    *,
    besides: frozenset[str] = frozenset(),
    named: list[Account] | None = None,
) -> bool:
    """Whether two leads who had no part in it saw this very account and address, and everyone who is ``named``."""
    request = record.requests.get(deed.ticket)
    if request is None:
        return False
    saw = [
        lead
        for lead, text in request.votes.items()
        if lead not in request.authors | besides
        and mentions(text, account)
        and _plain(address) in _plain(text)
        and all(mentions(text, other) for other in named or ())
    ]
    return len(saw) >= LEADS_NEEDED


def mentions(text: str, account: Account) -> bool:
    """Whether a text names this very account."""
    read = _plain(text)
    return (
        account.sub in read or _plain(account.name) in read or (account.sub == account.name and account.email in read)
    )


def _plain(text: str) -> str:
    return unicodedata.normalize("NFC", text)


def _by(deed: Deed, record: Record) -> str:
    request = record.requests.get(deed.ticket)
    if request is None:
        return deed.agent or "nobody"
    return f"{', '.join(request.votes) or 'nobody'} (asked by {', '.join(sorted(request.authors))})"


def _remember(was: Account | None, now: Account, deed: Deed, record: Record) -> None:
    if deed.at_the_desk and now != was:
        record.touched |= {now.sub, now.email, was.email if was else "", now.pending}
    if was is None:
        return
    mine = deed.entered and deed.signed_in == now.sub
    changed = {
        value for value, former in ((now.email, was.email), (now.pending, was.pending)) if value and value != former
    }
    if mine:
        record.written.pop(now.sub, None)
        record.moved_off.pop(now.sub, None)
        record.chosen.setdefault(now.sub, set()).add(now.email)
    elif changed and deed.at_the_desk:
        request = record.requests.get(deed.ticket)
        authors = request.authors if request else frozenset({deed.agent})
        for address in changed:
            record.written[now.sub] = Written(address=address, authors=authors)
            if request and _agreed(now, address, deed, record):
                record.granted.add((now.sub, address))
        moved = {was.email} if was.email and not record.same(was.email, now.email) else set()
        if not deed.signed_in and not any((now.sub, address) in record.granted for address in changed):
            record.moved_off.setdefault(now.sub, set()).update(moved)
    elif changed:
        # They chose another one themselves, in the app.
        record.written.pop(now.sub, None)
        record.moved_off.pop(now.sub, None)
    gained = now.verified and not (was.verified and was.email == now.email)
    if deed.at_the_desk and gained and _agreed(now, now.email, deed, record):
        record.granted.add((now.sub, now.email))

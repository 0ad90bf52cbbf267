"""What speaks against any plan: the desk's own writing, mail that opens an account, others, denials.

Nothing here looks at a span of time. What the desk wrote stays written until the account's own user has confirmed it.
"""

from collections.abc import Iterable, Iterator
from dataclasses import dataclass, replace

from bot.addresses import caseless
from bot.cognito import Directory, Pool, User
from bot.plan.ledger import Ledger, MovedOff, Written
from bot.plan.plan import Call, Plan, Risk
from bot.words import Link, Moment, Person, Words, day, mentioning, say

_MOST_NAMED = 5
"""Accounts that are named in one sentence."""

_MOST_TOLD = 3
"""Earlier denials, and open requests, that are told on a card."""

_KEYS = {
    "UNCONFIRMED": "{name} has not finished signing up: the reader of the mail at the new address can have the sign-up "
    "code sent there.",
    "FORCE_CHANGE_PASSWORD": "{name} still waits for the first sign-in: an invitation, with a password in it, would go "
    "to the new address.",
}
_OTHER_KEY = "{name} is not confirmed ({status}): a code that lets somebody in may go to the new address."


@dataclass(frozen=True, slots=True, kw_only=True)
class _Step:
    """What one call of a plan does to somebody's address."""

    name: str
    """The user name that the call gives, also of an account that doesn't exist yet."""
    user: User | None
    """None for an account that the call creates."""
    address: str
    """The address that the account has after the call."""
    writes: bool = False
    verifies: bool = False
    confirms: bool = False
    """Whether it finishes the account's sign-up, so that its password works, whatever the flag."""
    sends_key: bool = False
    """Whether it mails what lets somebody in: an invitation, or the code of a sign-up."""

    @property
    def gives(self) -> bool:
        """Whether the account gets an address, an address that counts, or can be used with the one that it has."""
        return self.writes or self.verifies or self.confirms


def weigh(plan: Plan, directory: Directory, ledger: Ledger) -> Plan:
    """Return the plan with everything that the desk and the pool hold against it: more risk, authors and notes."""
    if plan.many is not None:
        # Against each of many people it was held already: who has anything against them is left out.
        return plan
    steps = tuple(_steps(plan, directory))
    written = {step.user.sub: ledger.written(step.user) for step in steps if step.user is not None}
    why_high = [*plan.why_high]
    authors = set(plan.authors)
    for step in steps:
        before = written[step.user.sub] if step.user is not None else ()
        builds_on = [each for each in before if step.gives or (step.sends_key and _same(each.address, step.address))]
        left = _left(step, directory, ledger)
        authors |= _authors((*builds_on, *left))
        why_high += _against(step, before, directory.pool)
        why_high += (_left_behind(each, step.address) for each in left)
        why_high += _others(step, plan, directory)
    return replace(
        plan,
        risk=Risk.HIGH if why_high else plan.risk,
        why_high=tuple(dict.fromkeys(why_high)),
        authors=frozenset(authors),
        notes=(*_earlier_requests(plan, ledger), *plan.notes),
    )


def _steps(plan: Plan, directory: Directory) -> Iterator[_Step]:
    for call in plan.calls:
        name = str(call.parameters.get("Username", ""))
        if call.operation == "AdminCreateUser" and call.parameters.get("MessageAction") != "RESEND":
            address, verifies = call.attributes.get("email", ""), call.attributes.get("email_verified") == "true"
            yield _Step(name=name, user=None, address=address, writes=True, verifies=verifies)
        elif call.operation in _TO_SOMEBODY:
            # A token names nobody; whose it has to be stands in the plan.
            user = directory.read(name or plan.bearer.name)
            if user is not None:
                yield _step(call, user)


_TO_SOMEBODY = frozenset(
    {
        "AdminConfirmSignUp",
        "AdminCreateUser",
        "AdminUpdateUserAttributes",
        "ConfirmSignUp",
        "ResendConfirmationCode",
        "VerifyUserAttribute",
    }
)
"""The operations that are weighed, of an account that is there."""


def _step(call: Call, user: User) -> _Step:
    name, address = str(call.parameters.get("Username", user.username)), user.email
    match call.operation:
        case "AdminUpdateUserAttributes":
            given = call.attributes
            verifies = given.get("email_verified") == "true"
            written = given.get("email", address)
            return _Step(name=name, user=user, address=written, writes="email" in given, verifies=verifies)
        case "AdminConfirmSignUp":
            return _Step(name=name, user=user, address=address, confirms=True)
        case "ConfirmSignUp" | "VerifyUserAttribute":
            return _Step(name=name, user=user, address=address, verifies=True)
        case _:
            return _Step(name=name, user=user, address=address, sends_key=True)


def _against(step: _Step, before: tuple[Written, ...], pool: Pool) -> Iterator[Words]:
    """Yield why one call is a step that a thief would take."""
    if step.writes and step.verifies:
        if step.user is None:
            yield say("An account is created with an address that counts as verified at once.")
        else:
            yield say("An address is changed and verified in one go.")
    if step.writes and step.user is not None:
        yield from _key(step.user, pool)
    ours = [each for each in before if _same(each.address, step.address)]
    if (step.verifies or step.confirms) and not step.writes and ours:
        yield mentioning(
            "The desk wrote this address to the account (%s asked), and its user has not confirmed it by a code since.",
            sorted(_authors(ours)),
        )
    if step.sends_key and any(not each.signed_up for each in ours):
        yield mentioning(
            "The mail lets its reader in, and the desk wrote the address that it goes to (%s asked).",
            sorted(_authors(ours)),
        )


def _key(user: User, pool: Pool) -> Iterator[Words]:
    """Yield why mail to a new address would be a key to the account."""
    if user.status != "CONFIRMED":
        yield say(_KEYS.get(user.status, _OTHER_KEY), name=user.username, status=user.status)
    if pool.may_sign_in_by_mail:
        yield say(
            "In pool {pool} a code by e-mail may be all that a sign-in takes; it would go to the new address.",
            pool=pool.name,
        )
    elif "EMAIL_OTP" in user.mfa:
        yield say(
            "The second step of {name}'s sign-in is a code by e-mail; it would go to the new address.",
            name=user.username,
        )


def _others(step: _Step, plan: Plan, directory: Directory) -> Iterator[Words]:
    """Yield a sentence about everyone else who has the address and whom the plan doesn't name."""
    if not step.gives or not step.address:
        return
    named = {change.subject.id for change in plan.changes if change.subject.id}
    others = [each for each in directory.holders(step.address, other_than=step.user) if each.sub not in named]
    if not others:
        return
    told = ", ".join(_described(each) for each in others[:_MOST_NAMED])
    left = len(others) - _MOST_NAMED
    yield say(
        "{address} is the address of somebody else too: {others}{more}.",
        address=step.address,
        others=told,
        more=f" and {left} more" if left > 0 else "",
    )


def _left(step: _Step, directory: Directory, ledger: Ledger) -> tuple[MovedOff, ...]:
    """Return the accounts that are still there and had the address until the desk took it off them."""
    if not step.gives or not step.address:
        return ()
    found = ledger.moved_off(step.address, other_than=step.user)
    return tuple(each for each in found if (user := directory.read(each.name)) is not None and user.sub == each.sub)


def _left_behind(left: MovedOff, address: str) -> Words:
    """Say that an address is free only because the desk itself took it off somebody."""
    told = mentioning(
        "{address} was the address of {name} until the desk changed it (%s asked), and the user of {name} has not "
        "confirmed that by a code since.",
        sorted(left.authors),
    )
    return Words(told.template, (*told.values, ("address", address), ("name", left.name)))


def _described(user: User) -> str:
    flag = "verified" if user.email_verified else "not verified"
    return f"{user.username} ({user.standing}, {flag}, created {day(user.created)})"


def _earlier_requests(plan: Plan, ledger: Ledger) -> Iterator[Words]:
    """Yield what was denied, and what waits already, for the accounts and the address of a plan."""
    earlier = ledger.earlier(plan)
    for denied in earlier.denied[:_MOST_TOLD]:
        yield say(
            "*Denied before*, {at}, by {who}: “{reason}” (“{summary}”, asked by {asker}) {card}",
            at=Moment(denied.at),
            who=Person(denied.by),
            reason=denied.reason,
            summary=denied.summary.plain(),
            asker=Person(denied.requester),
            card=Link(denied.card, "card ↗") if denied.card else "",
        )
    for waiting in earlier.waiting[:_MOST_TOLD]:
        yield say(
            "*Another request waits* here too: “{summary}”, asked by {asker} {at} {card}",
            summary=waiting.summary.plain(),
            asker=Person(waiting.requester),
            at=Moment(waiting.at),
            card=Link(waiting.card, "card ↗") if waiting.card else "",
        )
    left = max(0, len(earlier.denied) - _MOST_TOLD) + max(0, len(earlier.waiting) - _MOST_TOLD)
    if left:
        yield say("{left} more of these are in the history.", left=left)


def _authors(found: Iterable[Written | MovedOff]) -> frozenset[str]:
    return frozenset(person for each in found for person in each.authors)


def _same(one: str, other: str) -> bool:
    """Whether two addresses may be one; an older desk noted that it wrote, but not what."""
    return not one or caseless(one) == caseless(other)

"""What people do, one step each. Any step may be refused; then it was no more than a try."""

from collections.abc import Callable
from contextlib import suppress
from dataclasses import dataclass
from datetime import timedelta
from functools import cache
from itertools import permutations
from typing import Any, Protocol

from hypothesis import strategies as st

from sandbox.testing import CognitoError
from tests.model.bed import KINDS, PROVIDER
from tests.model.oracle import Deed
from tests.model.world import (
    AGENTS,
    AS_CUSTOMER,
    BY_CODE,
    BY_US,
    LEADS,
    MAILBOXES,
    MOVE,
    PEOPLE,
    REASON,
    STOP,
    Start,
    World,
    password,
)

NAMES = {
    "ana": ("ana-k", "Änne-k", "A\N{COMBINING DIAERESIS}nne-k"),
    "bo": ("bo-k", "Bo-K", "BØ-k"),
    "tom": ("tom-k", "Ötom-k", "bo@example.com", "ana@example.com"),
}
"""What each person's account may be called."""


class Step(Protocol):
    """Something that somebody does."""

    def play(self, world: World) -> None:
        """Do it."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Verify:
    """An agent asks to mark somebody's address as verified, and leads approve it."""

    agent: str
    whose: str
    by: str = "name"
    chooses: int = 0
    leads: tuple[str, ...] = ()

    def play(self, world: World) -> None:
        fields = {"user": _reference(world, self.whose, self.by), "reason": REASON}
        _approved(world, world.asks(self.agent, "verify-email", fields, chooses=self.chooses), self.leads)


@dataclass(frozen=True, slots=True, kw_only=True)
class Change:
    """An agent asks to give somebody's account another address, and leads approve it."""

    agent: str
    whose: str
    address: str
    how: str = BY_CODE
    by: str = "name"
    leads: tuple[str, ...] = ()

    def play(self, world: World) -> None:
        user = _reference(world, self.whose, self.by)
        fields = {"user": user, "email": self.address, "how": self.how, "reason": REASON}
        _approved(world, world.asks(self.agent, "change-email", fields), self.leads)


@dataclass(frozen=True, slots=True, kw_only=True)
class ChangeAsCustomer:
    """An agent changes an address with what the caller says is their password."""

    agent: str
    whose: str
    address: str
    caller: str

    def play(self, world: World) -> None:
        account = world.account_of(self.whose)
        user = _reference(world, self.whose, "name")
        fields = {"user": user, "email": self.address, "how": AS_CUSTOMER, "reason": REASON}
        mine = account.sub if account and self.caller == self.whose else ""
        deed = Deed(at_the_desk=True, agent=self.agent, signed_in=mine, consented=self.address if mine else "")
        world.asks(self.agent, "change-email", {**fields, "password": password(self.caller)}, deed=deed)


@dataclass(frozen=True, slots=True, kw_only=True)
class Create:
    """An agent asks for a new account, and leads approve it."""

    agent: str
    name: str
    address: str
    verified: bool = True
    taken: str = STOP
    leads: tuple[str, ...] = ()

    def play(self, world: World) -> None:
        name = self.address if world.bed.kind == "login" else self.name
        fields = {"username": name, "email": self.address, "verified": self.verified, "taken": self.taken}
        _approved(world, world.asks(self.agent, "create-user", {**fields, "reason": REASON}), self.leads)


@dataclass(frozen=True, slots=True, kw_only=True)
class SendCode:
    """An agent has a code sent, with what the caller says is their password."""

    agent: str
    whose: str
    caller: str
    leads: tuple[str, ...] = ()

    def play(self, world: World) -> None:
        fields = {"user": _reference(world, self.whose, "name"), "password": password(self.caller)}
        _approved(world, world.asks(self.agent, "send-code", fields), self.leads)


@dataclass(frozen=True, slots=True, kw_only=True)
class LetIn:
    """An agent asks for what lets somebody into an account that nobody has used: a confirmation, an invitation."""

    agent: str
    whose: str
    scenario: str
    leads: tuple[str, ...] = ()

    def play(self, world: World) -> None:
        fields = {"user": _reference(world, self.whose, "name"), "reason": REASON}
        _approved(world, world.asks(self.agent, self.scenario, fields), self.leads)


@dataclass(frozen=True, slots=True, kw_only=True)
class EnterCode:
    """An agent enters the newest code that the caller can read; leads agree where that takes somebody's address."""

    agent: str
    whose: str
    caller: str
    leads: tuple[str, ...] = ()

    def play(self, world: World) -> None:
        account = world.account_of(self.whose)
        code, mailbox = world.code_for(self.caller)
        fields = {"user": _reference(world, self.whose, "name"), "code": code, "password": password(self.caller)}
        deed = Deed(
            at_the_desk=True,
            agent=self.agent,
            signed_in=account.sub if account and self.caller == self.whose else "",
            entered=True,
            mailbox_of=MAILBOXES.get(mailbox, ""),
        )
        asked = world.asks(self.agent, "enter-code", fields, deed=deed)
        _approved(world, asked, self.leads, caller=self.caller)


@dataclass(frozen=True, slots=True, kw_only=True)
class SignUp:
    """An agent signs somebody up."""

    agent: str
    name: str
    address: str

    def play(self, world: World) -> None:
        name = self.address if world.bed.kind == "login" else self.name
        person = MAILBOXES[self.address]
        fields = {"username": name, "email": self.address, "password": password(person)}
        world.asks(self.agent, "sign-up", fields)


@dataclass(frozen=True, slots=True, kw_only=True)
class ConfirmSignUp:
    """An agent enters the code of a sign-up that the caller can read, or asks for it to take the address."""

    agent: str
    whose: str
    caller: str
    taken: str = STOP
    leads: tuple[str, ...] = ()

    def play(self, world: World) -> None:
        code, mailbox = world.code_for(self.caller)
        reason = REASON if self.taken == MOVE else ""
        fields = {"user": _reference(world, self.whose, "name"), "taken": self.taken, "reason": reason}
        given = {**fields, "code": code} if self.taken == STOP else fields
        deed = Deed(at_the_desk=True, agent=self.agent, entered=True, mailbox_of=MAILBOXES.get(mailbox, ""))
        asked = world.asks(self.agent, "confirm-sign-up", given, deed=deed)
        _approved(world, asked, self.leads, caller=self.caller)


@dataclass(frozen=True, slots=True, kw_only=True)
class SetPool:
    """An agent asks for other settings of the pool, and leads approve them."""

    agent: str
    codes: bool
    keep: bool
    leads: tuple[str, ...] = ()

    def play(self, world: World) -> None:
        fields = {"codes": self.codes, "keep": self.keep, "reason": REASON}
        _approved(world, world.asks(self.agent, "pool-email", fields), self.leads)


@dataclass(frozen=True, slots=True, kw_only=True)
class Map:
    """An agent asks to map the provider's word on an address, and leads approve it."""

    agent: str
    leads: tuple[str, ...] = ()

    def play(self, world: World) -> None:
        fields = {"provider": PROVIDER, "reason": REASON}
        _approved(world, world.asks(self.agent, "map-provider", fields), self.leads)


@dataclass(frozen=True, slots=True, kw_only=True)
class FollowUp:
    """An agent undoes a request or asks for it once more, and leads approve that. The newest request is number 0."""

    agent: str
    action: str
    request: int = 0
    leads: tuple[str, ...] = ()

    def play(self, world: World) -> None:
        if ticket := _request(world, self.request):
            _approved(world, world.follows(self.agent, self.action, ticket), self.leads)


@dataclass(frozen=True, slots=True, kw_only=True)
class Approve:
    """A lead approves a request."""

    lead: str
    request: int = 0

    def play(self, world: World) -> None:
        if ticket := _request(world, self.request):
            world.approves(self.lead, ticket)


@dataclass(frozen=True, slots=True, kw_only=True)
class Deny:
    """A lead denies a request."""

    lead: str
    request: int = 0

    def play(self, world: World) -> None:
        if ticket := _request(world, self.request):
            world.denies(self.lead, ticket)


@dataclass(frozen=True, slots=True, kw_only=True)
class Withdraw:
    """The one who asked takes a request back."""

    request: int = 0

    def play(self, world: World) -> None:
        if ticket := _request(world, self.request):
            world.withdraws(ticket)


@dataclass(frozen=True, slots=True, kw_only=True)
class Enter:
    """The one who asked enters the code that an approved request waits for."""

    caller: str
    request: int = 0

    def play(self, world: World) -> None:
        if ticket := _request(world, self.request):
            world.enters(ticket, self.caller)


@dataclass(frozen=True, slots=True, kw_only=True)
class Rewrite:
    """A customer changes their own account in the app."""

    person: str
    attribute: str
    address: str

    def play(self, world: World) -> None:
        account = world.account_of(self.person)
        if account is None:
            return
        consented = self.address if self.attribute == "email" else ""
        pairs = [{"Name": self.attribute, "Value": self.address}]
        with world.outside(signed_in=account.sub, consented=consented):
            done = world.in_the_app(self.person, "UpdateUserAttributes", UserAttributes=pairs)
        world.counted[f"in the app, {self.attribute}: {'done' if done else 'refused'}"] += 1


@dataclass(frozen=True, slots=True, kw_only=True)
class EnterInTheApp:
    """A customer enters the newest code that they can read, signed in."""

    person: str

    def play(self, world: World) -> None:
        account = world.account_of(self.person)
        if account is None:
            return
        code, mailbox = world.code_for(self.person)
        with world.outside(signed_in=account.sub, entered=True, mailbox_of=MAILBOXES.get(mailbox, "")):
            done = world.in_the_app(self.person, "VerifyUserAttribute", AttributeName="email", Code=code)
        world.counted[f"in the app, code: {'done' if done else 'refused'}"] += 1


@dataclass(frozen=True, slots=True, kw_only=True)
class SignUpInTheApp:
    """Somebody signs up in the app, with whatever address they like."""

    person: str
    name: str
    address: str

    def play(self, world: World) -> None:
        before = world.accounts()
        name = self.address if world.bed.kind == "login" else self.name
        pairs = [{"Name": "email", "Value": self.address}]
        given = {"Username": name, "Password": password(self.person), "UserAttributes": pairs}
        done = world.through_the_app("SignUp", **given)
        for sub in world.accounts().keys() - before.keys():
            world.belongs(sub, self.person, self.address)
        world.judged(before, Deed(at_the_desk=False))
        world.counted[f"in the app, sign-up: {'done' if done else 'refused'}"] += 1


@dataclass(frozen=True, slots=True, kw_only=True)
class ConfirmInTheApp:
    """Somebody asks for the code of a sign-up, or enters the newest one that they can read, in the app."""

    person: str
    whose: str
    resend: bool = False

    def play(self, world: World) -> None:
        account = world.account_of(self.whose)
        if account is None:
            return
        code, mailbox = world.code_for(self.person)
        with world.outside(entered=not self.resend, mailbox_of=MAILBOXES.get(mailbox, "")):
            if self.resend:
                done = world.through_the_app("ResendConfirmationCode", Username=account.name)
            else:
                done = world.through_the_app("ConfirmSignUp", Username=account.name, ConfirmationCode=code)
        world.counted[f"in the app, {'new sign-up code' if self.resend else 'confirm'}: {_done(done)}"] += 1


@dataclass(frozen=True, slots=True, kw_only=True)
class SignInThroughTheProvider:
    """Somebody signs in through the provider, which says what their address is and whether it is verified."""

    person: str
    verified: bool

    def play(self, world: World) -> None:
        before = world.accounts()
        address = f"{self.person}@example.net" if self.person == "tom" else f"{self.person}@example.com"
        claims = {"sub": self.person, "email": address, "email_verified": self.verified}
        with suppress(CognitoError):
            world.bed.pool.sign_in(PROVIDER, claims)
        for sub in world.accounts().keys() - before.keys():
            world.belongs(sub, self.person, address)
        world.judged(before, Deed(at_the_desk=False))
        world.counted["in the app, through the provider"] += 1


@dataclass(frozen=True, slots=True, kw_only=True)
class MakeAgain:
    """The cloud team deletes somebody's account and makes one of the same name, for the same or another person."""

    whose: str
    person: str
    address: str
    verified: bool = False

    def play(self, world: World) -> None:
        former = world.deleted_by_the_cloud_team(self.whose)
        if former is not None:
            world.made_by_the_cloud_team(
                Start(person=self.person, name=former.name, email=self.address, verified=self.verified)
            )
            world.counted["made again"] += 1


@dataclass(frozen=True, slots=True, kw_only=True)
class Wait:
    """Time passes."""

    hours: int

    def play(self, world: World) -> None:
        world.counted["time"] += 1
        world.passes(timedelta(hours=self.hours))


def _done(done: bool) -> str:
    return "done" if done else "refused"


def _reference(world: World, person: str, by: str) -> str:
    """Return what an agent types for somebody."""
    account = world.account_of(person)
    if account is None:
        return f"{person}-gone"
    return {"name": account.name, "sub": account.sub, "address": account.email or account.name}[by]


def _request(world: World, back: int) -> int:
    """Return the number of a request, counted from the newest; 0 when there is none."""
    numbers = sorted(world.record.requests)
    return numbers[-1 - back] if back < len(numbers) else 0


def _approved(world: World, asked: tuple[int, ...], leads: tuple[str, ...], *, caller: str = "") -> None:
    for ticket in asked:
        for n, lead in enumerate(leads):
            # The first lead is at the card; who comes next opens it from a list, and has read nothing but that.
            world.approves(lead, ticket, in_list=n > 0)
        if caller and world.bed.slack.cards[ticket].state == "approved":
            world.enters(ticket, caller)


# What hypothesis draws them from.

agents, leads = st.sampled_from(AGENTS), st.sampled_from(LEADS)
approving = st.sampled_from([(), *((one,) for one in LEADS for _ in range(2)), *permutations(LEADS, 2), LEADS])
names = st.sampled_from([name for each in NAMES.values() for name in each])
back = st.sampled_from([0, 0, 0, 1, 2])
letting_in = st.sampled_from(["confirm-account", "resend-invitation"])


@dataclass(frozen=True, slots=True)
class Drawn:
    """What people do while one of them, and one address, is on everybody's mind."""

    hero: str
    place: str

    def sequences(self, longest: int) -> st.SearchStrategy[list[Step]]:
        """Return sequences of single steps and of slices."""
        alone = self._steps(every=3).map(lambda step: [step])
        parts = st.lists(st.one_of(alone, self._slices()), min_size=1, max_size=longest)
        return parts.map(lambda drawn: [step for part in drawn for step in part])

    def _slices(self) -> st.SearchStrategy[list[Step]]:
        """Return two or three steps that may build on each other, with time between them."""
        writes = _weighed((4, self._change), (2, self._change_as_customer), (2, self._rewrite), (1, self._create))
        waits = st.sampled_from([(), (), (Wait(hours=25),), (Wait(hours=80),)])
        again = st.sampled_from([()]) | self._rewrite.map(lambda step: (step,))
        counts = _weighed((5, self._verify), (2, self._create), (1, self._enter_code), (1, self._follow_up))
        drawn = st.tuples(writes, waits, again, counts)
        return drawn.map(lambda each: [each[0], *each[1], *each[2], each[3]])

    def _steps(self, *, every: int) -> st.SearchStrategy[Step]:
        people, addresses = self._people, self._addresses
        return _weighed(
            (every, self._verify),
            (every, self._change),
            (every, self._create),
            (every, self._follow_up),
            (2, self._change_as_customer),
            (2, self._rewrite),
            (2, self._enter_code),
            (2, _calling(ConfirmSignUp, people, taken=st.sampled_from([STOP, MOVE]), leads=approving)),
            (2, st.builds(Approve, lead=leads, request=back)),
            (2, st.builds(Wait, hours=st.sampled_from([1, 5, 25, 80]))),
            (1, _calling(SendCode, people, leads=approving)),
            (2, st.builds(LetIn, agent=agents, whose=people, scenario=letting_in, leads=approving)),
            (3, st.builds(SignUp, agent=agents, name=names, address=addresses)),
            (1, st.builds(SetPool, agent=agents, codes=st.booleans(), keep=st.booleans(), leads=approving)),
            (1, st.builds(Map, agent=agents, leads=approving)),
            (1, st.builds(Deny, lead=leads, request=back)),
            (1, st.builds(Withdraw, request=back)),
            (1, st.builds(Enter, caller=people, request=back)),
            (1, st.builds(EnterInTheApp, person=people)),
            (1, st.builds(SignUpInTheApp, person=people, name=names, address=addresses)),
            (1, st.builds(ConfirmInTheApp, person=people, whose=people, resend=st.booleans())),
            (1, st.builds(SignInThroughTheProvider, person=people, verified=st.booleans())),
            (3, st.builds(MakeAgain, whose=people, person=people, address=addresses, verified=st.booleans())),
        )

    @property
    def _people(self) -> st.SearchStrategy[str]:
        return st.sampled_from([self.hero] * 5 + list(PEOPLE))

    @property
    def _addresses(self) -> st.SearchStrategy[str]:
        return st.sampled_from([self.place] * 8 + list(MAILBOXES))

    @property
    def _verify(self) -> st.SearchStrategy[Step]:
        by, chooses = st.sampled_from(["name", "address", "sub"]), st.integers(0, 1)
        return st.builds(Verify, agent=agents, whose=self._people, by=by, chooses=chooses, leads=approving)

    @property
    def _change(self) -> st.SearchStrategy[Step]:
        by, how = st.sampled_from(["name", "address", "sub"]), st.sampled_from([BY_CODE, BY_US])
        people, addresses = self._people, self._addresses
        return st.builds(Change, agent=agents, whose=people, address=addresses, how=how, by=by, leads=approving)

    @property
    def _change_as_customer(self) -> st.SearchStrategy[Step]:
        return _calling(ChangeAsCustomer, self._people, address=self._addresses)

    @property
    def _create(self) -> st.SearchStrategy[Step]:
        return st.builds(
            Create,
            agent=agents,
            name=names,
            address=self._addresses,
            verified=st.booleans(),
            taken=st.sampled_from([STOP, MOVE]),
            leads=approving,
        )

    @property
    def _rewrite(self) -> st.SearchStrategy[Step]:
        attributes = st.sampled_from(["email", "preferred_username"])
        return st.builds(Rewrite, person=self._people, attribute=attributes, address=self._addresses)

    @property
    def _enter_code(self) -> st.SearchStrategy[Step]:
        return _calling(EnterCode, self._people, leads=approving)

    @property
    def _follow_up(self) -> st.SearchStrategy[Step]:
        actions = st.sampled_from(["undo", "again"])
        return st.builds(FollowUp, agent=agents, action=actions, request=back, leads=approving)


def _weighed(*strategies: tuple[int, st.SearchStrategy[Step]]) -> st.SearchStrategy[Step]:
    """Return one of these, each as often as its weight says.

    Not by `one_of`, which takes each of its strategies once, however often it is given.
    """
    drawn = [strategy for weight, strategy in strategies for _ in range(weight)]
    return st.integers(0, len(drawn) - 1).flatmap(drawn.__getitem__)


@cache
def _drawn(hero: str, place: str, longest: int) -> st.SearchStrategy[list[Step]]:
    return Drawn(hero, place).sequences(longest)


def _calling(step: Callable[..., Step], people: st.SearchStrategy[str], **others: Any) -> st.SearchStrategy[Step]:
    """Return a step with a customer on the phone, who is mostly who they say they are."""
    calling = people.flatmap(lambda whose: st.tuples(st.just(whose), st.sampled_from([whose] * 3 + list(PEOPLE))))
    made = st.fixed_dictionaries({"agent": agents, "calling": calling, **others})
    return made.map(
        lambda drawn: step(
            whose=drawn["calling"][0],
            caller=drawn["calling"][1],
            **{name: value for name, value in drawn.items() if name != "calling"},
        )
    )


def _start(person: str) -> st.SearchStrategy[Start]:
    own = [address for address, whose in MAILBOXES.items() if whose == person]
    others = list(MAILBOXES) if person == "tom" else own
    return st.builds(
        Start,
        person=st.just(person),
        name=st.sampled_from(NAMES[person]),
        email=st.sampled_from(own + others),
        verified=st.booleans(),
        status=st.sampled_from(["CONFIRMED"] * 4 + ["UNCONFIRMED", "FORCE_CHANGE_PASSWORD"]),
    )


kinds = st.sampled_from(list(KINDS))
starts = st.tuples(*map(_start, PEOPLE))


def sequences(longest: int = 6) -> st.SearchStrategy[list[Step]]:
    """Return sequences of at most so many parts, a part being a step or a few that build on each other."""
    minds = st.tuples(st.sampled_from(PEOPLE), st.sampled_from(list(MAILBOXES)))
    return minds.flatmap(lambda mind: _drawn(*mind, longest))


def played(world: World, steps: list[Step]) -> None:
    """Let people do all this."""
    for step in steps:
        step.play(world)

"""What is the matter with each user of a whole pool, as far as ListUsers alone tells.

Each shape (`bot.diagnosis.shapes`) is diagnosed once, by the same rules as a single check. Of those who share an
address, each is diagnosed together with one of every kind among the others.

What ListUsers doesn't show is `Unlisted`: then every answer is tried that a single check could get, and what isn't seen
is named where the answers lead to different findings.
"""

from collections import Counter, defaultdict
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, field, replace
from datetime import UTC, datetime
from enum import StrEnum
from itertools import product

from bot.addresses import caseless, spellings
from bot.cognito import Client, Pool, Provider, User, may_be_name
from bot.diagnosis.attempts import outlook_of
from bot.diagnosis.evidence import Evidence
from bot.diagnosis.findings import Cause, diagnose
from bot.diagnosis.shapes import kind_of, known, other_of, user_of
from bot.mail import BOUNCE, Mail, Sender, Suppression

UNTOLD = "UNTOLD"
"""The finding of a user of whom the list alone can't tell what is the matter; it stands beside the `Cause`s."""

_LONG_AGO = datetime(2000, 1, 1, tzinfo=UTC)


class Unlisted(StrEnum):
    """What the list doesn't show, and would change the finding."""

    FACTOR = "mfa"
    """Which second factors somebody has set up."""
    OWNER = "owner"
    """Whom Cognito finds by the address."""
    MAIL = "mail"
    """Whether Amazon SES holds back the mail to the address."""
    SPELLING = "spelling"
    """Whether a single check finds the others too, whose address is the same in another letter case."""


@dataclass(frozen=True, slots=True)
class Judged:
    """What is found of one user: the key of a `Cause`, or `UNTOLD`; and what would have to be seen to be sure."""

    finding: str
    doubts: tuple[Unlisted, ...] = ()


@dataclass(frozen=True, slots=True, kw_only=True)
class Member:
    """Those of one shape who have an address in one spelling, or whose user name is somebody's address."""

    address: str
    """As it is stored; empty for none."""
    shape: str
    name: str = ""
    """The user name, where that is the address in some letter case; else it doesn't matter."""
    count: int = 1
    """How many there are of them."""


@dataclass(frozen=True, slots=True, kw_only=True)
class _Company:
    """Who else has the address of a user, and whom Cognito may find by it, as kinds of people."""

    rivals: frozenset[str] = frozenset()
    visible: frozenset[str] = frozenset()
    """Those of them whom a single check sees in any case."""
    answers: frozenset[str] = frozenset()
    """Whom Cognito may find by the address: each a kind, `_SELF`, or `_NOBODY`."""


_SELF, _NOBODY = "self", "nobody"


@dataclass(slots=True, kw_only=True)
class Listed:
    """Diagnoses the users of one pool by their shapes. It remembers what it has worked out; for one thread."""

    pool: Pool
    at: datetime
    providers: Mapping[str, Provider] = field(default_factory=dict)
    """All of the pool, by name."""
    client: Client | None = None
    """The customers' app client; None when it can't be looked at."""
    _known: dict[tuple[str, _Company], Judged] = field(default_factory=dict)

    def alone(self, shape: str) -> Judged:
        """Return what is found of users of a shape who share their address with nobody."""
        return self._judged(shape, _Company(answers=self._answers_alone(shape)))

    def together(self, members: Iterable[Member], called: Iterable[Member] = ()) -> dict[Member, Judged]:
        """Return what is found of each of those who have one address, in any letter case.

        ``called`` are others whose user name (or preferred one) it is.
        """
        every = tuple(members)
        crowd = _Crowd(self.pool, every, tuple(called))
        return {each: self._judged(each.shape, crowd.company(each)) for each in every}

    def _answers_alone(self, shape: str) -> frozenset[str]:
        somebody = user_of(shape, self.pool, self.at)
        member = Member(name=somebody.username, address=somebody.email, shape=shape)
        return _Crowd(self.pool, (member,), ()).company(member).answers

    def _judged(self, shape: str, company: _Company) -> Judged:
        if (shape, company) not in self._known:
            self._known[shape, company] = self._tried(shape, company)
        return self._known[shape, company]

    def _tried(self, shape: str, company: _Company) -> Judged:
        user = user_of(shape, self.pool, self.at)
        answers: dict[Unlisted, tuple[object, ...]] = {
            Unlisted.OWNER: tuple(sorted(company.answers)),
            Unlisted.SPELLING: tuple(dict.fromkeys((company.rivals, company.visible))),
            Unlisted.FACTOR: _factors(user, self.pool),
            Unlisted.MAIL: _mails(user, self.pool),
        }
        causes = {
            chosen: self._cause(_with_factors(user, chosen[2]), company, chosen)
            for chosen in product(*answers.values())
        }
        usual = tuple(possible[0] for possible in answers.values())
        doubts = tuple(doubt for place, doubt in enumerate(answers) if _turns(causes, place))
        cause = causes[usual]
        hangs = {causes[(answer, *usual[1:])] for answer in answers[Unlisted.OWNER]}
        untold = len(hangs) > 1 or (cause is Cause.MFA_BLOCKED and Unlisted.FACTOR in doubts)
        return Judged(UNTOLD if untold else cause.value, doubts)

    def _cause(self, user: User, company: _Company, chosen: tuple[object, ...]) -> Cause:
        answer, rivals, _, mail = chosen
        assert isinstance(answer, str)
        assert isinstance(rivals, frozenset)
        assert mail is None or isinstance(mail, Mail)
        found = {_SELF: user, _NOBODY: None}.get(answer) if answer in (_SELF, _NOBODY) else other_of(answer, user.email)
        # Whom Cognito finds is seen by a single check, whatever ListUsers shows it.
        beside = sorted(rivals | ({answer} & company.rivals))
        evidence = Evidence(
            user=user,
            pool=self.pool,
            at=self.at,
            others=tuple(other_of(kind, user.email) for kind in beside),
            signs_in_with=found,
            providers=tuple(self.providers[name] for name in user.providers if name in self.providers),
            client=self.client,
            mail=mail,
        )
        return diagnose(evidence, outlook_of(evidence)).cause


class _Crowd:
    """Those who have one address, in any letter case, and those who are called that."""

    def __init__(self, pool: Pool, members: tuple[Member, ...], called: tuple[Member, ...]) -> None:
        self._pool = pool
        self._spelled: dict[str, Counter[str]] = defaultdict(Counter)
        for member in members:
            self._spelled[member.address][kind_of(member.shape)] += member.count
        self._every: Counter[str] = sum(self._spelled.values(), Counter())
        self._names: dict[str, list[Member]] = defaultdict(list)
        self._perhaps: list[Member] = []
        self._name(members, called)
        self._holders: dict[str, list[Member]] = defaultdict(list)
        for member in members:
            self._holders[self._same(member.address)].append(member)
        self._found: dict[str, tuple[Counter[str], frozenset[Member], bool]] = {}

    def _name(self, members: tuple[Member, ...], called: tuple[Member, ...]) -> None:
        key = caseless(members[0].address)
        for member in (*members, *called):
            if caseless(member.name) == key:
                self._names[self._same(member.name)].append(member)
        # What somebody prefers to be called isn't in the list of those who were read, only that it is this.
        preferred = "preferred_username" in self._pool.aliases
        self._perhaps = [each for each in called if preferred and caseless(each.name) != key]

    def _same(self, address: str) -> str:
        """Return what is equal for those addresses that the pool takes for one."""
        return address if self._pool.case_sensitive else caseless(address)

    def company(self, of: Member) -> _Company:
        """Return who is beside one of them."""
        own = kind_of(of.shape)
        # To a pool that minds letter case another spelling is another address, which never turns a finding.
        rivals = self._spelled[of.address] if self._pool.case_sensitive else self._every
        seen: Counter[str] = sum(
            (self._spelled[form] for form in spellings(of.address) if form in self._spelled), Counter()
        )
        beside = _without(rivals, own)
        return _Company(
            rivals=beside,
            visible=beside & _without(seen, own),
            answers=self._answers(of),
        )

    def _answers(self, of: Member) -> frozenset[str]:
        same = self._same(of.address)
        if same not in self._found:
            found, nobody = self._possible(of.address, same)
            kinds = Counter[str]()
            for each in found:
                kinds[kind_of(each.shape)] += each.count
            self._found[same] = kinds, frozenset(found), nobody
        kinds, members, nobody = self._found[same]
        itself = of in members
        others = _without(kinds, kind_of(of.shape)) if itself else frozenset(kinds)
        return others | ({_SELF} if itself else frozenset()) | ({_NOBODY} if nobody else frozenset())

    def _possible(self, address: str, same: str) -> tuple[list[Member], bool]:
        """Return whom AdminGetUser may find by an address, and whether that may be nobody."""
        pool = self._pool
        if not address or not may_be_name(address):
            return [], True
        if self._names[same]:
            return self._names[same], False
        holders = self._holders[same]
        local = [each for each in holders if not known(each.shape).is_external]
        found: list[Member] = []
        sure = False
        if pool.email_is_username:
            # A provider's profile is never meant by the address.
            found, sure = local, bool(local)
        elif pool.email_is_alias:
            found = [each for each in holders if known(each.shape).verified]
            # Whether a provider's profile with the flag signs in with its address, AWS doesn't say.
            sure = any(not known(each.shape).is_external for each in found)
        return [*found, *self._perhaps], not sure


def _without(counted: Counter[str], own: str) -> frozenset[str]:
    """Return the kinds that are there beside one who is of a kind."""
    return frozenset(kind for kind, count in counted.items() if count > (kind == own))


def _turns(causes: Mapping[tuple[object, ...], Cause], place: int) -> bool:
    """Whether the answer in one place alone turns any of the causes into another."""
    found: dict[tuple[object, ...], set[Cause]] = defaultdict(set)
    for chosen, cause in causes.items():
        found[(*chosen[:place], *chosen[place + 1 :])].add(cause)
    return any(len(each) > 1 for each in found.values())


_Factors = tuple[frozenset[str], str]
_NO_FACTORS: _Factors = (frozenset(), "")


def _factors(user: User, pool: Pool) -> tuple[_Factors, ...]:
    """Return the second factors that a user may have: the ones switched on, and the preferred one of them."""
    if pool.mfa_off or user.is_external:
        # A provider asks for its own.
        return (_NO_FACTORS,)
    contacts = [name for name, there in (("SMS_MFA", user.phone), ("EMAIL_OTP", user.email)) if there]
    sets = [frozenset[str](), frozenset({"SOFTWARE_TOKEN_MFA"}), *(frozenset({each}) for each in contacts)]
    if len(contacts) > 1:
        sets.append(frozenset(contacts))
    return (_NO_FACTORS, *((on, preferred) for on in sets if on for preferred in ("", *sorted(on))))


def _with_factors(user: User, factors: object) -> User:
    assert isinstance(factors, tuple)
    on, preferred = factors
    return replace(user, mfa=on, preferred_mfa=preferred)


def _mails(user: User, pool: Pool) -> tuple[Mail | None, ...]:
    """Return what may be seen of the mail to a user, first that nothing holds it back."""
    if not user.email:
        return (None,)
    passes = Mail(sender=pool.sender)
    if not pool.mail_evidence or pool.sender is not Sender.SES:
        return (passes,)
    return (passes, *(Mail(sender=pool.sender, looked=True, suppressed=each) for each in _suppressions(user.email)))


def _suppressions(address: str) -> Iterator[Suppression]:
    for in_force in (True, None):
        yield Suppression(address=address, reason=BOUNCE, since=_LONG_AGO, in_force=in_force)

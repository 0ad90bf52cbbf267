"""One account's trouble as a whole, from evidence to finding, and how a scenario says that it helps with it."""

from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass, field, replace

from bot.answer import Offer, Unread
from bot.cognito import Client, Directory, Pool, User
from bot.diagnosis.attempts import as_verified, outlook_of, stuck, ways_of_reset
from bot.diagnosis.evidence import Evidence
from bot.diagnosis.findings import Cause, Finding, diagnose
from bot.diagnosis.outlook import Attempt, Doubt, Medium, Outlook, Works
from bot.mail import BOUNCE, MailBlocker
from bot.references import unmistakable
from bot.words import Words, say

_MOST_READ = 10
"""Accounts of one address that are read one by one; a larger crowd stays as it was listed."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Case:
    """What a check knows about one account, and what remedies are offered by."""

    evidence: Evidence
    outlook: Outlook
    finding: Finding

    @property
    def user(self) -> User:
        """The account."""
        return self.evidence.user

    @property
    def pool(self) -> Pool:
        """Its pool."""
        return self.evidence.pool

    @property
    def cause(self) -> Cause:
        """What the headline names."""
        return self.finding.cause

    def has(self, cause: Cause) -> bool:
        """Whether this was found, be it the worst or not."""
        return cause is self.finding.cause or cause in self.finding.also

    @property
    def is_open_to_change(self) -> bool:
        """Whether what is set by hand stays: the account is in use, and no provider of the pool writes its address."""
        user = self.user
        return (
            user.enabled and not user.is_external and not any(each.rewrites_address for each in self.evidence.providers)
        )

    @property
    def lacks_flag(self) -> bool:
        """Whether there is an address that could be marked as verified, and would help by that."""
        user = self.user
        return self.is_open_to_change and bool(user.email) and not user.email_verified and user.status != "UNCONFIRMED"

    @property
    def reset_if_verified(self) -> Works:
        """Whether a reset code could be sent if the address were verified."""
        return self._reset(as_verified(self.user))

    @property
    def reset_if_addressed(self) -> Works:
        """Whether a reset code could be sent if the account had some address, and that verified."""
        some = {"email": self.user.email or "somebody@example.com", "email_verified": "true"}
        return self._reset(replace(self.user, attributes={**self.user.attributes, **some}))

    def _reset(self, user: User) -> Works:
        possible = {way.works for way in ways_of_reset(user, self.pool)}
        return next(iter(possible)) if len(possible) == 1 else Works.UNKNOWN

    @property
    def sign_up_code(self) -> Attempt | None:
        """The code that finishes the sign-up, where one can come: AWS may know that the pool sends no mail."""
        code = self.outlook.sign_up_code
        if code is None or code.works is not Works.YES:
            return None
        return None if code.medium is Medium.EMAIL and self.pool.email_failure else code

    @property
    def stuck(self) -> Doubt | None:
        """What keeps a first sign-in from its end, though its temporary password is right; mostly nothing."""
        return stuck(self.evidence)

    @property
    def is_customers_own(self) -> bool:
        """Whether the customer can end it alone, so that nothing of ours is the best way."""
        outlook = self.outlook
        match self.cause:
            case Cause.EMAIL_CHANGED | Cause.PHONE_TOOK_CODE:
                return outlook.verify_code.works is Works.YES
            case Cause.RESET_REQUIRED:
                return outlook.reset.works is Works.YES
            case Cause.TEMP_PASSWORD:
                return outlook.sign_in_username.works is Works.YES and self.stuck is None
            case Cause.DUP_SIGNUP:
                owner = self.evidence.owner
                return owner is not None and owner.enabled and owner.status == "CONFIRMED"
            case _:
                return False

    @property
    def other(self) -> User | None:
        """Another account with the address: its owner, or else the oldest; None when nobody else has it."""
        return self.evidence.owner or next(iter(self.evidence.rivals), None)

    @property
    def mail_is_blocked(self) -> bool:
        """Whether something was seen that keeps every mail to the address from arriving."""
        return self.evidence.mail is not None and self.evidence.mail.blocked is not None

    @property
    def mail_can_be_let_through(self) -> bool:
        """Whether it is only that a mail to the address once bounced."""
        mail = self.evidence.mail
        if mail is None or mail.suppressed is None or mail.blocked is not MailBlocker.SUPPRESSED:
            return False
        return mail.suppressed.reason == BOUNCE

    @property
    def change_may_wait(self) -> bool:
        """Whether a change of the address that nobody can see may be all that is the matter."""
        return self.has(Cause.PENDING_CHANGE) and self.cause in (Cause.VERIFIED, Cause.UNSURE)

    @property
    def is_owned(self) -> bool:
        """Whether another account owns the address: what takes it from there is never offered first."""
        return self.pool.email_is_alias and self.evidence.owner is not None

    @property
    def is_shared(self) -> bool:
        """Whether another account has the address too, owned or not, and only one can own it."""
        return self.pool.email_is_alias and bool(self.evidence.rivals)


def cases(users: Iterable[User], directory: Directory) -> tuple[Case, ...]:
    """Read what else there is to see of these accounts, and return what it comes to. Raises `bot.answer.Refused`.

    What is useful and not needed may be out of the desk's reach: then the case says so.
    """
    found = tuple(users)
    if len(found) <= _MOST_READ:
        found = directory.fresh(found)
    client, unread = _client(directory)
    return tuple(_case(user, directory, client, unread) for user in found)


def _case(user: User, directory: Directory, client: Client | None, unread: tuple[Words, ...]) -> Case:
    directory.look_ahead(user)
    mail = directory.mail(user.email) if user.email else None
    evidence = Evidence(
        user=user,
        pool=directory.pool,
        at=directory.at,
        others=directory.holders(user.email, other_than=user) if user.email else (),
        signs_in_with=directory.signs_in_with(user.email) if user.email else None,
        providers=directory.providers_of(user),
        client=client,
        mail=mail,
        unread=(*unread, *(mail.unread if mail else ())),
    )
    expected = outlook_of(evidence)
    return Case(evidence=evidence, outlook=expected, finding=diagnose(evidence, expected))


def _client(directory: Directory) -> tuple[Client | None, tuple[Words, ...]]:
    try:
        return directory.client(), ()
    except Unread as unread:
        said = say("The app client's settings couldn't be looked at: {reason}", reason=unread.words.plain())
        return None, (said,)


def _always(_: Case) -> bool:
    return True


def _their_name(case: Case) -> str:
    return unmistakable(case.user, case.evidence.others, case.pool)


@dataclass(frozen=True, slots=True, kw_only=True)
class Remedy:
    """When a check offers a scenario, and how its button reads."""

    findings: Mapping[Cause, int]
    """What it helps with, and its place among the offers for that: the lowest comes first."""
    label: str
    """The button's label; ``{account}`` is the user name, ``{other}`` the other one with its address."""
    fills: Mapping[str, Callable[[Case], str]] = field(default_factory=lambda: {"user": _their_name})
    """What the form's fields are filled in with."""
    fits: Callable[[Case], bool] = _always
    """Whether it helps this account."""
    comes_first: bool = False
    """Whether nothing else helps before it has been done."""
    takes_address: bool = False
    """Whether it may take the address from another account that has it: then it is never offered first."""


@dataclass(frozen=True, slots=True)
class Offered:
    """One remedy that fits, with the name of its scenario."""

    scenario: str
    remedy: Remedy

    def place(self, case: Case) -> tuple[bool, bool, int, int]:
        """Return where it stands: what takes an address last; then by the finding, then by its own place."""
        causes = (case.finding.cause, *case.finding.also)
        found = next(n for n, cause in enumerate(causes) if cause in self.remedy.findings)
        takes = self.remedy.takes_address and case.is_owned
        return takes, not self.remedy.comes_first, found, self.remedy.findings[causes[found]]

    def is_best(self, case: Case) -> bool:
        """Whether it is the way to go, if it stands first: not where the customer can end it, or people must choose."""
        ends_it = self.remedy.comes_first or case.cause in self.remedy.findings or case.cause is Cause.VERIFIED
        return ends_it and not case.is_customers_own and not case.is_shared

    def button(self, case: Case, *, best: bool) -> Offer:
        """Return it as a button."""
        name = case.user.username
        other = case.other.username if case.other else ""
        label = say(self.remedy.label, account=name, other=other).plain()
        fields = {field: value for field, fill in self.remedy.fills.items() if (value := fill(case))}
        return Offer(label=label, scenario=self.scenario, fields=fields, best=best)


class Remedies:
    """What the scenarios offer; a check looks up what fits."""

    def __init__(self, declared: Iterable[tuple[str, Remedy]] = ()) -> None:
        self._declared = tuple(Offered(name, remedy) for name, remedy in declared)

    def fitting(self, case: Case) -> tuple[Offer, ...]:
        """Return the remedies for an account as buttons, the best first; a scenario is offered once.

        For a disabled account there is none: nothing works before somebody has enabled it.
        """
        if not case.user.enabled:
            return ()
        fitting = [
            each for each in self._declared if any(map(case.has, each.remedy.findings)) and each.remedy.fits(case)
        ]
        found: dict[str, Offer] = {}
        for each in sorted(fitting, key=lambda offered: offered.place(case)):
            found.setdefault(each.scenario, each.button(case, best=not found and each.is_best(case)))
        return tuple(found.values())

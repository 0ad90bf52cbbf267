"""How a scenario says for which findings a check offers it."""

from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass, field

from bot.answer import Offer
from bot.case import Case
from bot.diagnosis import Cause
from bot.references import unmistakable
from bot.words import say


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

"""How a scenario is declared: a function of its form and of what it names in its signature.

The decorator returns a frozen `Scenario` and registers nothing; `bot.scenario.loading` finds them, and what may be
wrong with one is in `bot.scenario.checks`.

It is long because all that can be said of a scenario, and all that follows from that, stands in one place.
"""

import inspect
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass, field
from enum import StrEnum
from typing import Any, Generic, Protocol, TypeVar, get_args, get_type_hints

from pydantic import SecretStr

from bot import OperatorError
from bot.answer import Answer, Choice, EphemeralAnswer
from bot.attached_list import AttachedFile, AttachedLists, NoLists
from bot.cognito import Directory
from bot.customer import Customer, Nobody
from bot.diagnosis import Remedies, Remedy
from bot.plan import SES, Everyone, Ledger, Plan, change_mistakes, weigh
from bot.scenario.forms import ASKED_LAST, AdminForm, Form, OnlyWith, bare_type, only_with
from bot.words import Words

F = TypeVar("F", bound=Form)


class BadScenario(OperatorError):
    """A mistake in a scenario's file, in words for its author: where it is, and what to write instead."""

    def __init__(self, *problems: str) -> None:
        super().__init__("\n".join(problems))


@dataclass(frozen=True, slots=True)
class MenuLine:
    """One line of the menu, with a button that starts the scenario."""

    place: int
    """Lines stand in the order of their places; those from `LESS_OFTEN` on under a heading of their own."""
    words: str
    """What is the matter, for someone who has never heard of Cognito. ``{waiting}`` is how many requests wait."""
    button: str = ""
    """The button's label; the scenario's title when empty."""


_FOLLOW_UPS = frozenset({"undo"})
"""What concerns as many people as the request that it follows up on."""

LESS_OFTEN = 100
"""From this place on, a line of the menu stands among what is needed less often."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Prefill:
    """What a field shows once its pool has been read, behind the "Loading…" view."""

    choices: tuple[Choice, ...] = ()
    """What the field offers to choose from, instead of free text."""
    value: str | bool = ""
    """What it is filled in with, unless somebody typed something already."""
    hint: str = ""
    """Plain text that takes the place of the field's own hint."""
    left_out: bool = False
    """Whether the form does without the field in this pool."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Prepare:
    """What a form has to read before it can be filled in."""

    fields: tuple[str, ...]
    """The form's fields that it may prefill."""
    read: Callable[[Directory], Mapping[str, Prefill]]
    """Returns prefills by field. May raise `bot.answer.Refused`, which then is all that the form says."""

    def __call__(self, directory: Directory) -> Mapping[str, Prefill]:
        """Read it. Raises `bot.answer.Refused`, and `bot.scenario.BadScenario` where it prefills other fields."""
        prefilled = self.read(directory)
        for name in prefilled.keys() - set(self.fields):
            raise BadScenario(
                f"{_file(self.read)}: {self.read.__name__} prefills {name}, which prepare= doesn't name. "
                f'Write "{name}" into its fields as well.'
            )
        return prefilled


class ScenarioKind(StrEnum):
    """What comes of a scenario."""

    ANSWER = "answer"
    """It reads and posts."""
    PLAN = "plan"
    """A lead has to approve it."""
    CUSTOMER_ACTION = "customer action"
    """The customer's own credential authorises it; it becomes a plan when it would take an address from someone."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Begun:
    """What is known of a check of a whole pool that has begun."""

    users: int
    """About how many there are."""
    seconds: float
    """About how long it takes."""


class WholePool(Protocol):
    """Begins a check of everybody in a pool. Its result stands in a message of its own, which goes on by itself."""

    def begin(self) -> Begun:
        """Begin it. Raises `bot.answer.Refused`, also while another one is under way."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Sources:
    """Everything a scenario may ask for by naming its type; it gets only what its signature names."""

    directory: Directory | None
    """None for a scenario that reads no pool."""
    ledger: Ledger
    customer: Customer = field(default_factory=Nobody)
    remedies: Remedies = field(default_factory=Remedies)
    """What the scenarios offer for what a check finds."""
    whole_pool: WholePool | None = None
    """None where nobody has asked for one in a channel."""
    lists: AttachedLists = field(default_factory=NoLists)
    """Fetches what people attach."""
    everyone: Everyone | None = None
    """Everyone in the pool, as its last check read them; None where nothing is asked for many people."""

    def of(self, wanted: type) -> Any:
        """Return the source of the wanted type."""
        sources: dict[type, Any] = {
            Directory: self.directory,
            Everyone: self.everyone,
            Ledger: self.ledger,
            Customer: self.customer,
            Remedies: self.remedies,
            WholePool: self.whole_pool,
            AttachedLists: self.lists,
        }
        return sources[wanted]


@dataclass(frozen=True, slots=True, kw_only=True)
class Scenario(Generic[F]):
    """One thing an agent can ask for."""

    name: str
    """``verify-email``; `bot.slash.SlashCommands` makes a slash command of it."""
    title: str
    """At most 24 characters: the form's title and the name on buttons."""
    summary: str
    """The docstring's first line, at most 75 characters."""
    usage: str
    form: type[F]
    kind: ScenarioKind
    sends: frozenset[str]
    """The operations that a plan of it may contain (`bot.plan.Call.operation`)."""
    wants: Mapping[str, type]
    function: Callable[..., Plan | Answer | EphemeralAnswer]
    menu: tuple[MenuLine, ...] = ()
    """Its lines in the menu; without any, it stands at the menu's end with its summary."""
    intro: tuple[Words, ...] = ()
    """What the form says first, a paragraph each."""
    prepare: Prepare | None = None
    """Reads what the form has to show before it can be filled in; None when there is nothing to read."""
    remedies: tuple[Remedy, ...] = ()
    """For which findings a check offers it."""
    works_without_credential: bool = False
    """Whether a way of a customer action needs no token, password or code of the customer"""

    @property
    def file(self) -> str:
        """The file that holds it, as its author knows it: ``commands/verify_email.py``."""
        return _file(self.function)

    @property
    def needs_credential(self) -> bool:
        """Whether it is of no use in a pool where the desk may not ask for what a customer signs in with."""
        return self.kind is ScenarioKind.CUSTOMER_ACTION and not self.works_without_credential

    @property
    def acts_as_customer(self) -> bool:
        """Whether it may use a customer's own credential, be it only in one of its ways."""
        return Customer in self.wants.values()

    @property
    def needs_mail_evidence(self) -> bool:
        """Whether it is about what Amazon SES shows, so that it works only where the settings let the desk look."""
        return any(operation.startswith(SES) for operation in self.sends)

    @property
    def reads_a_pool(self) -> bool:
        """Whether it concerns one pool, rather than what the desk knows of all of them."""
        return self.acts_as_customer or not {Directory, WholePool}.isdisjoint(self.wants.values())

    @property
    def is_for_leads(self) -> bool:
        """Whether leads alone may ask for it."""
        return WholePool in self.wants.values()

    @property
    def has_own_message(self) -> bool:
        """Whether what it begins stands in a message of its own, so that its form closes when it is submitted."""
        return WholePool in self.wants.values()

    @property
    def is_bulk(self) -> bool:
        """Whether it concerns many people at once."""
        return Everyone in self.wants.values() and self.name not in _FOLLOW_UPS

    @property
    def looks_back(self) -> bool:
        """Whether it asks what the desk has done before, also for people who are there no more."""
        return Ledger in self.wants.values()

    @property
    def first_field(self) -> str:
        """The field that what follows the slash command fills in; "" where the form doesn't begin with one for text."""
        first = next(iter(self.fields), "")
        return first if first and bare_type(self.form.model_fields[first].annotation) is str else ""

    @property
    def fields(self) -> tuple[str, ...]:
        """The form's fields in the order of the modal; what leads go by is last."""
        names = self.form.model_fields
        return (*(name for name in names if name not in ASKED_LAST), *(name for name in ASKED_LAST if name in names))

    def asked_for(self, typed: Mapping[str, Any]) -> tuple[str, ...]:
        """Return the fields that the form asks for once this is typed into it, or chosen in it."""
        asked: list[str] = []
        for name in self.fields:
            conditions = only_with(self.form.model_fields[name])
            if not conditions or any(each.field in asked and self._holds(each, typed) for each in conditions):
                asked.append(name)
        return tuple(asked)

    def _holds(self, condition: OnlyWith, typed: Mapping[str, Any]) -> bool:
        value = typed.get(condition.field)
        if value is None:
            value = self.form.model_fields[condition.field].default
        return bool(value == condition.value)

    def asks_leads(self, typed: Mapping[str, Any]) -> bool:
        """Whether leads have to agree to the form as it is filled in: then it asks for a reason."""
        return "reason" in self.asked_for(typed)

    @property
    def deciding(self) -> tuple[str, ...]:
        """The fields that a plan depends on: all but what leads go by, and secrets."""
        return tuple(name for name in self.fields if name not in ASKED_LAST and name not in self.secrets)

    @property
    def secrets(self) -> frozenset[str]:
        """The form's fields that hold a secret: used for one call, kept and shown nowhere."""
        return frozenset(name for name, info in self.form.model_fields.items() if _is_secret(info.annotation))

    @property
    def attached(self) -> frozenset[str]:
        """The form's fields for files: no button holds one, and nothing fills one in but the person."""
        fields = self.form.model_fields
        return frozenset(name for name, info in fields.items() if bare_type(info.annotation) is AttachedFile)

    @property
    def needs_file(self) -> bool:
        """Whether it is of no use where the desk takes no files."""
        return any(self.form.model_fields[name].is_required() for name in self.attached)

    def run(self, form: F, sources: Sources) -> Plan | Answer | EphemeralAnswer:
        """Call the scenario with what its signature names. Raises `bot.answer.Refused`, and `bot.scenario.BadScenario`.

        A plan comes back with all that the desk knows against it: no scenario can forget to ask. One that sends what
        wasn't declared, or changes what can't be read back, never reaches a lead.
        """
        result = self.function(form, **{name: sources.of(wanted) for name, wanted in self.wants.items()})
        if not isinstance(result, Plan):
            return result
        assert sources.directory is not None, "a plan is made from a pool"
        if found := [*self._undeclared(result), *change_mistakes(result, sources.directory)]:
            raise BadScenario(*(f"{self.file}: {each}" for each in found))
        return weigh(result, sources.directory, sources.ledger)

    def _undeclared(self, plan: Plan) -> Iterator[str]:
        for operation in sorted({call.operation for call in (*plan.calls, *plan.undo)} - self.sends):
            yield f'a plan sends {operation} and doesn\'t declare it. Write "{operation}" into sends=(…) as well.'


def scenario(
    name: str,
    *,
    title: str,
    usage: str = "",
    sends: tuple[str, ...] = (),
    menu: tuple[MenuLine, ...] = (),
    intro: tuple[Words, ...] = (),
    prepare: Prepare | None = None,
    remedies: tuple[Remedy, ...] = (),
    works_without_credential: bool = False,
) -> Callable[[Callable[..., Plan | Answer | EphemeralAnswer]], Scenario[Any]]:
    """Declare a scenario. The form's type, its kind and its summary come from the function itself.

    What is wrong with it is told when it is loaded; `BadScenario` at once where it can't even be made.
    """

    def declare(function: Callable[..., Plan | Answer | EphemeralAnswer]) -> Scenario[Any]:
        form, wants, returned = _signature(function)
        summary = (inspect.getdoc(function) or "").partition("\n")[0].rstrip(".")
        kind = _kind(form, returned, wants)
        return Scenario(
            name=name,
            title=title,
            summary=summary,
            usage=usage,
            form=form,
            kind=kind,
            sends=frozenset(sends),
            wants=wants,
            function=function,
            menu=menu,
            intro=intro,
            prepare=prepare,
            remedies=remedies,
            works_without_credential=works_without_credential,
        )

    return declare


def remedies(scenarios: Mapping[str, Scenario[Any]]) -> Remedies:
    """Return what the scenarios offer for what a check finds."""
    return Remedies((name, each) for name, scenario in scenarios.items() for each in scenario.remedies)


def _file(function: Callable[..., Any]) -> str:
    return path_of(function.__module__)


def path_of(module: str) -> str:
    """Return the file of a module, as its author knows it: ``commands/verify_email.py``."""
    return f"{module.replace('.', '/')}.py"


def _signature(function: Callable[..., Any]) -> tuple[type[Form], dict[str, type], object]:
    """Return the form that a function takes, what else it asks for by parameter, and what it returns."""
    hints = get_type_hints(function)
    untyped = [name for name in (*inspect.signature(function).parameters, "return") if name not in hints]
    if untyped:
        raise BadScenario(
            f"{_file(function)}: {function.__name__} doesn't say the type of {', '.join(untyped)}. "
            "Write it: (form: MyForm, directory: Directory) -> Plan."
        )
    returned = hints.pop("return")
    form, *_ = (*hints.values(), None)
    if not (isinstance(form, type) and issubclass(form, Form)):
        raise BadScenario(
            f"{_file(function)}: {function.__name__} takes no form first. "
            "Write a class of Form or AdminForm, and its name as the first parameter's type."
        )
    return form, dict([*hints.items()][1:]), returned


def _is_secret(annotation: Any) -> bool:
    return annotation is SecretStr or any(_is_secret(inner) for inner in get_args(annotation))


def _kind(form: type[Form], returned: object, wants: Mapping[str, type]) -> ScenarioKind:
    if returned is Plan or issubclass(form, AdminForm):
        return ScenarioKind.PLAN
    return ScenarioKind.CUSTOMER_ACTION if Customer in wants.values() else ScenarioKind.ANSWER

"""What is said back: an answer (one line, and the parts of its thread) or a refusal. No Slack in here."""

from collections.abc import Mapping
from dataclasses import KW_ONLY, dataclass, field
from enum import Enum, StrEnum

from bot.words import Value, Words, say


@dataclass(frozen=True, slots=True, kw_only=True)
class Offer:
    """A button that opens another scenario's form, filled in (or runs it, when it only reads)."""

    label: str
    scenario: str
    fields: Mapping[str, str] = field(default_factory=dict)
    """Form fields by name; never a secret."""
    best: bool = False


@dataclass(frozen=True, slots=True)
class Choice:
    """One way on that a refusal offers: an account to pick, or another address to check."""

    label: str
    value: str
    scenario: str = ""
    """The scenario that a button starts with ``value``; empty where the choice fills the form's own field."""


class Way(Enum):
    """Another scenario, as answers and refusals point to it. That it is there is checked when scenarios are loaded."""

    CHECK = "check", "Find out why"
    SEND_CODE = "send-code", "Send a new code"
    ENTER_CODE = "enter-code", "Enter the code"
    CONFIRM_SIGN_UP = "confirm-sign-up", "Enter the code"
    CONFIRM_ACCOUNT = "confirm-account", "Confirm the account"
    RESEND_INVITATION = "resend-invitation", "Resend the invitation"
    VERIFY_EMAIL = "verify-email", "Mark as verified"
    CHANGE_EMAIL = "change-email", "Change the e-mail"
    CREATE_USER = "create-user", "Create a user", "username"

    def __init__(self, scenario: str, label: str, field: str = "user") -> None:
        self.scenario = scenario
        self.label = label
        """The button's usual words, at most 75 characters."""
        self.field = field
        """The field of the other scenario's form that is filled in: its first one."""

    def choice(self, value: str, label: str = "") -> Choice:
        """Return the way on that a refusal offers, for the account or address ``value``."""
        return Choice(label or self.label, value, self.scenario)

    def offer(self, value: str, *, best: bool = False) -> Offer:
        """Return the way on as a button of an answer, for the account or address ``value``."""
        return Offer(label=self.label, scenario=self.scenario, fields={self.field: value}, best=best)


class Team(StrEnum):
    """Who has to do what neither the agent nor a lead can; ``[teams]`` in the settings says who that is in Slack."""

    APP = "app"
    """Who writes the app that the customers sign in to."""
    CLOUD = "cloud"
    """Who runs the AWS account: the pool's settings, and how mail and SMS are sent."""
    IDENTITY = "identity"
    """Who runs the identity providers: what they send about a customer."""
    ACCOUNTS = "accounts"
    """Who disables accounts and enables them again."""


@dataclass(frozen=True, slots=True, kw_only=True)
class HandOver:
    """What another team has to do, with text ready to copy."""

    team: Team
    text: Words
    """Plain text to copy: what was seen, what is asked, for whom; never a secret. Beyond about 1,500 characters it is
    cut, and says so."""
    sub: str = ""
    """Of the account that it is about, for the history; empty where no account is there or it isn't about one."""


@dataclass(frozen=True, slots=True)
class Paragraph:
    """One paragraph; line breaks in its template are line breaks on the screen."""

    words: Words


def paragraph(template: str, /, **values: Value) -> Paragraph:
    """Return a paragraph of these words; `bot.words.say` fills the template in."""
    return Paragraph(say(template, **values))


@dataclass(frozen=True, slots=True)
class Bullets:
    """A list, one item a line."""

    items: tuple[Words, ...]


@dataclass(frozen=True, slots=True)
class Quote:
    """Something to hand on word for word, such as a line for the customer."""

    words: Words


@dataclass(frozen=True, slots=True)
class Table:
    """Rows under a heading row; for comparing accounts side by side. At most 99 rows."""

    heading: tuple[str, ...]
    rows: tuple[tuple[Words, ...], ...]


@dataclass(frozen=True, slots=True)
class Offers:
    """A row of buttons, the best first; of more than three, all but the first ones stand in a menu."""

    offers: tuple[Offer, ...]
    hand_over: HandOver | None = None
    """The row's last button, **Hand over…**."""
    all_shown: bool = False
    """Whether every offer stays a button of its own, as where a person has to see all of them to choose one."""


@dataclass(frozen=True, slots=True, kw_only=True)
class RequestButtons:
    """What one person can do in a list about a request that waits."""

    ticket: int
    opens: bool
    """Whether **Open…** is there, which shows what a vote has to confirm: for those who can decide."""
    reminds: bool
    """Whether **Remind the leads** is there, which has the leads mentioned once more."""


Part = Paragraph | Bullets | Quote | Table | Offers | RequestButtons


@dataclass(frozen=True, slots=True, kw_only=True)
class AccountNow:
    """How one account of a case stands."""

    sub: str
    name: str
    """The user name, as people know it; empty where it is only a number."""
    works: bool
    """Whether everything works for it, as far as can be seen."""
    headline: Words
    """What is the matter with it, in one sentence; among several accounts it says which one is meant."""


@dataclass(frozen=True, slots=True, kw_only=True)
class CaseSubject:
    """Whose case an answer is: one account, or all that have one address."""

    accounts: tuple[AccountNow, ...]
    """The one that the headline is about comes first."""
    addresses: tuple[str, ...]
    again: Mapping[str, str]
    """The form by which the same is asked once more: it finds them though their address may have changed."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Answer:
    """What a scenario that only reads posts: ``headline`` in the channel, ``thread`` beneath it."""

    emoji: str
    """One character; never the only carrier of meaning."""
    headline: Words
    thread: tuple[Part, ...]
    details: tuple[Part, ...] = ()
    """All that was seen. The thread's last button, **Details**, runs the scenario again and shows them as they are."""
    best: Offer | None = None
    """The best way on, as the root message's button."""
    event_type: str = ""
    event: Mapping[str, str | Mapping[str, str]] = field(default_factory=dict)
    """Message metadata: ids and keys only."""
    subject: CaseSubject | None = None
    """Whose case it is; None where nothing can be born from it. The root of a case is redrawn while it lives."""


@dataclass(frozen=True, slots=True, kw_only=True)
class EphemeralAnswer:
    """An answer for the person alone; nothing is posted in the channel."""

    parts: tuple[Part, ...]


@dataclass(eq=False, repr=False)
class Refused(Exception):
    """An expected no, in words for the person who asked; nothing was sent or changed."""

    words: Words
    _: KW_ONLY
    field: str | None = None
    """The form field it belongs to, if one."""
    choices: tuple[Choice, ...] = ()

    def __post_init__(self) -> None:
        # Drawn at once, so that a gap without a value shows where the sentence is.
        super().__init__(self.words.plain())


def refused(
    template: str, /, *, field: str | None = None, choices: tuple[Choice, ...] = (), **values: Value
) -> Refused:
    """Return a refusal in these words, to be raised; `bot.words.say` fills the template in."""
    return Refused(say(template, **values), field=field, choices=choices)


class Barred(Refused):
    """This person may not do this here, whatever they type."""


class Unread(Refused):
    """Cognito could not be read. It says nothing about what is there."""

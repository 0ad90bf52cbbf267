"""What a scenario says back: a root message of one line, and the parts of its thread. No Slack in here."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from enum import StrEnum

from bot.words import Words


@dataclass(frozen=True, slots=True, kw_only=True)
class Offer:
    """A button that opens another scenario's form, filled in (or runs it, when it only reads)."""

    label: str
    scenario: str
    fields: Mapping[str, str] = field(default_factory=dict)
    """Form fields by name; never a secret."""
    best: bool = False


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


@dataclass(frozen=True, slots=True)
class RemindButton:
    """A button that has the leads mentioned once more for a request that waits."""

    ticket: int


Part = Paragraph | Bullets | Quote | Table | Offers | RemindButton


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


@dataclass(frozen=True, slots=True, kw_only=True)
class EphemeralAnswer:
    """An answer for the person alone; nothing is posted in the channel."""

    parts: tuple[Part, ...]

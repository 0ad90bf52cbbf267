"""What is in a workspace, what each person sees of it, and how a test waits for that."""

import time
from collections.abc import Callable, Iterable, Iterator, Mapping
from pathlib import Path
from typing import Any, TypeVar

from sandbox.slack.answers import Answers
from sandbox.slack.calls import CallLog
from sandbox.slack.changes import Changes
from sandbox.slack.controls import Control, Json, find_control
from sandbox.slack.conversations import Conversations
from sandbox.slack.envelopes import Envelopes
from sandbox.slack.faults import SlackFaults
from sandbox.slack.files import Files
from sandbox.slack.homes import Homes
from sandbox.slack.manifest import AppManifest
from sandbox.slack.modals import Modals
from sandbox.slack.model import Change, Channel, ElementWarning, Message, Organisation, Person, UserGroup, View
from sandbox.slack.permits import Permits
from sandbox.slack.roll import CHANNELS, GROUPS, PEOPLE, Roll, bot_person
from sandbox.slack.rules import Rules

T = TypeVar("T")
PATIENCE = 120.0
"""Seconds after which what was waited for counts as never to come: many times what a slow machine takes."""

BOT_TOKEN = "xoxb-sandbox"  # noqa: S105 - the made-up token of a made-up workspace
APP_TOKEN = "xapp-sandbox"  # noqa: S105 - the same


class NeverHappened(AssertionError):
    """What was waited for did not come; the message shows what a person sees instead."""


class WorkspaceState:
    """One Slack workspace with one app installed, as it stands; every method may be called from any thread.

    ``manifest`` is the app's, parsed or as the path of a YAML or JSON file. ``rules`` None are Slack's own times and
    rates. ``people``, ``groups`` and ``channels`` are those of the beginning; the app's bot user is in no channel but
    those whose members name `BOT_USER`. ``organisation`` None is a workspace that belongs to none. ``optional_scopes``:
    whether the person who installed the app granted what may be declined. ``now`` gives seconds since 1970.
    """

    def __init__(
        self,
        manifest: Path | str | Mapping[str, Any],
        *,
        rules: Rules | None = None,
        people: Iterable[Person] = PEOPLE,
        groups: Iterable[UserGroup] = GROUPS,
        channels: Iterable[Channel] = CHANNELS,
        organisation: Organisation | None = None,
        bot_token: str = BOT_TOKEN,
        app_token: str = APP_TOKEN,
        optional_scopes: bool = True,
        now: Callable[[], float] = time.time,
    ) -> None:
        self.manifest = AppManifest.read(manifest, optional_scopes=optional_scopes)
        self.rules = rules or Rules()
        self.organisation = organisation
        self.bot_token, self.app_token = bot_token, app_token
        self.now = now
        self.base_url = ""
        self.faults = SlackFaults()
        self.calls = CallLog()
        self.changes = Changes()
        self.roll = Roll(
            changes=self.changes,
            bot=bot_person(self.manifest),
            people=people,
            groups=groups,
            channels=channels,
        )
        self.conversations = Conversations(changes=self.changes, now=now)
        self.files = Files(changes=self.changes, now=now)
        self.modals = Modals(changes=self.changes)
        self.homes = Homes(changes=self.changes)
        self.permits = Permits(changes=self.changes, rules=self.rules, now=now)
        self.envelopes = Envelopes(changes=self.changes)
        self.answers = Answers(
            changes=self.changes,
            conversations=self.conversations,
            modals=self.modals,
            bot=self.roll.bot.id,
        )
        self._chosen: dict[tuple[str, str, str], Json] = {}
        """What people chose in messages, by person, channel and `ts`."""

    def person(self, wanted: str) -> Person:
        """Somebody by name or id."""
        return self.roll.person(wanted)

    def channel(self, wanted: str) -> Channel:
        """A channel by name or id."""
        return self.roll.channel(wanted)

    def channels_of(self, person: str) -> tuple[Channel, ...]:
        """The channels that somebody is in."""
        somebody = self.person(person).id
        return tuple(one for one in self.roll.channels if somebody in one.members)

    def messages(self, channel: str = "#support", person: str | None = None) -> tuple[Message, ...]:
        """A channel as it is read: roots and broadcast replies, and what `person` alone sees outside threads."""
        seen = self.conversations.in_channel(self.channel(channel).id, self._id(person))
        return tuple(one for one in seen if not one.is_reply or one.reply_broadcast)

    def thread(self, root: Message, person: str | None = None) -> tuple[Message, ...]:
        """A message as it stands now, and everything said below it; what `person` alone sees included."""
        seen = self.conversations.in_channel(root.channel, self._id(person))
        start = root.thread_ts or root.ts
        return tuple(one for one in seen if start in (one.ts, one.thread_ts))

    def replies(self, root: Message) -> tuple[Message, ...]:
        """What everyone sees below a message, without the message itself."""
        return tuple(one for one in self.thread(root) if one.is_reply and one.ts != root.ts)

    def ephemeral(self, person: str, channel: str | None = None) -> tuple[Message, ...]:
        """What only this person was told, oldest first."""
        told = self.conversations.ephemeral(self.person(person).id)
        here = self.channel(channel).id if channel else None
        return tuple(one for one in told if here in (None, one.channel))

    def current(self, message: Message) -> Message:
        """A message as it stands now."""
        return self.conversations.known(message.channel, message.ts)

    def stack(self, person: str) -> tuple[View, ...]:
        """The modals that a person has open, the topmost last."""
        return self.modals.stack(self.person(person).id)

    def view(self, person: str) -> View | None:
        """The modal that a person sees."""
        stack = self.stack(person)
        return stack[-1] if stack else None

    def home(self, person: str) -> View | None:
        """What a person sees in the app's Home tab; None where nothing was published for them."""
        return self.homes.of(self.person(person).id)

    def warnings(self, person: str) -> tuple[ElementWarning, ...]:
        """The warning marks beside elements whose clicks the app did not answer."""
        return self.answers.warnings(self.person(person).id)

    def subscribe(self, listener: Callable[[Change], None]) -> Callable[[], None]:
        """Call `listener` on every change, on the thread that made it; returns how to stop that."""
        return self.changes.subscribe(listener)

    def wait_for(self, wanted: Callable[[], T], timeout: float = PATIENCE) -> T:
        """Return the first true value of `wanted`; never call this on the server's own thread."""
        found = self.changes.wait_for(wanted, timeout)
        if not found:
            raise NeverHappened(f"not within {timeout} s; this is there instead:\n{self.seen()}")
        return found

    def wait_for_view(self, person: str, title: str | None = None, timeout: float = PATIENCE) -> View:
        """The person's modal, once one (with that title) is on top and nothing of it is under way."""

        def open_view() -> View | None:
            view = self.view(person)
            return view if view and not view.busy and title in (None, view.title) else None

        return self.wait_for(open_view, timeout)  # type: ignore[return-value] # None never gets past wait_for

    def wait_for_message(self, words: str, channel: str = "#support", timeout: float = PATIENCE) -> Message:
        """The newest message, root or reply, whose text contains these words."""
        here = self.channel(channel).id

        def newest() -> Message | None:
            said = self.conversations.in_channel(here)
            return next((one for one in reversed(said) if words in one.text), None)

        return self.wait_for(newest, timeout)  # type: ignore[return-value] # None never gets past wait_for

    def wait_for_ephemeral(self, person: str, words: str = "", timeout: float = PATIENCE) -> Message:
        """The newest message to a person alone whose text contains these words."""

        def newest() -> Message | None:
            return next((one for one in reversed(self.ephemeral(person)) if words in one.text), None)

        return self.wait_for(newest, timeout)  # type: ignore[return-value] # None never gets past wait_for

    def find(
        self, person: Person, wanted: str | Control, within: Message | View | None
    ) -> tuple[Message | View, Control]:
        """The control and the place it is in; without a place, the open modal first and then the newest message.

        Raises `LookupError`, with all that is there to be seen, when the person sees nothing of that name.
        """
        if isinstance(wanted, Control):
            if within is None:
                raise ValueError("a control is pressed in the message or view that it was taken from")
            return within, wanted
        places = [self._as_it_stands(within)] if within else self._in_sight(person)
        for place in places:
            control = find_control(place.controls, wanted)
            if control:
                return place, control
        raise LookupError(f"{person.name} sees nothing called {wanted!r}:\n{self.seen()}")

    def seen(self) -> str:
        """All that was said and is open, a line each, as text for a failing test's message."""
        lines = [
            f"{'  ' if one.is_reply else ''}#{channel.name} {self.person(one.user).name}: {one.text}"
            for channel in self.roll.channels
            for one in self.conversations.in_channel(channel.id)
        ]
        for person in self.roll.people:
            lines += [f"(to {person.name} alone) {one.text}" for one in self.ephemeral(person.id)]
            lines += [_modal(person, one) for one in self.stack(person.id)]
        return "\n".join(lines) or "nothing"

    def _as_it_stands(self, place: Message | View) -> Message | View:
        if isinstance(place, Message):
            return self.current(place)
        return (self.homes.of(place.person) or place) if place.is_home else self.modals.known(place.id)

    def _in_sight(self, person: Person) -> list[Message | View]:
        seen = [
            one
            for channel in self.channels_of(person.id)
            for one in self.conversations.in_channel(channel.id, person.id)
        ]
        newest_first = sorted(seen, key=lambda one: float(one.ts), reverse=True)
        return [*self.stack(person.id)[-1:], *newest_first]

    def _id(self, person: str | None) -> str | None:
        return self.person(person).id if person else None


def _modal(person: Person, view: View) -> str:
    notes = {"typed": view.values, "errors": dict(view.errors), "trouble": view.trouble, "under way": view.busy}
    said = " ".join(texts_of(view.blocks))
    return f"[{person.name}'s modal] {view.title}: {said} { ({name: note for name, note in notes.items() if note}) }"


def texts_of(node: Any) -> Iterator[str]:
    """Every text that stands in blocks, without their structure."""
    if isinstance(node, Mapping):
        if node.get("type") in ("rich_text_section", "rich_text_quote"):
            yield "".join(str(each.get("text", each.get("user_id", ""))) for each in node["elements"])
            return
        if isinstance(node.get("text"), str):
            yield node["text"]
        node = list(node.values())
    if isinstance(node, list | tuple):
        for each in node:
            yield from texts_of(each)

"""The workspace in memory: what is in it, what people do in it, and what each of them sees."""

from __future__ import annotations

import time
from typing import TYPE_CHECKING, TypeVar

from sandbox.slack.answers import Answers
from sandbox.slack.bulletin import Bulletin
from sandbox.slack.calls import CallLog
from sandbox.slack.cast import CHANNELS, GROUPS, PEOPLE, bot_person
from sandbox.slack.conversations import Conversations
from sandbox.slack.envelopes import Envelopes
from sandbox.slack.faults import Faults
from sandbox.slack.hands import Hands
from sandbox.slack.manifest import AppManifest
from sandbox.slack.modals import Modals
from sandbox.slack.model import Channel, ElementWarning, Message, Organisation, Person, UserGroup, View
from sandbox.slack.permits import Permits
from sandbox.slack.roll import Roll
from sandbox.slack.rules import Rules
from sandbox.slack.sight import everything, find_control

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Mapping
    from pathlib import Path
    from typing import Any

    from sandbox.slack.controls import Answer, Control
    from sandbox.slack.envelopes import Envelope
    from sandbox.slack.model import Change

T = TypeVar("T")
BOT_TOKEN = "xoxb-sandbox"  # noqa: S105 - the made-up token of a made-up workspace
APP_TOKEN = "xapp-sandbox"  # noqa: S105 - the same


PATIENCE = 120.0
"""Seconds after which what was waited for counts as never to come: many times what a slow machine takes."""


class NeverHappened(AssertionError):
    """What was waited for did not come; the message shows what a person sees instead."""


class Workspace:
    """One Slack workspace with one app installed; every method may be called from any thread.

    ``optional_scopes``: whether whoever installed the app granted what may be declined.
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
        self.faults = Faults()
        self.calls = CallLog()
        self.bulletin = Bulletin()
        self.roll = Roll(
            bulletin=self.bulletin,
            bot=bot_person(self.manifest),
            people=people,
            groups=groups,
            channels=channels,
        )
        self.conversations = Conversations(bulletin=self.bulletin, now=now)
        self.modals = Modals(bulletin=self.bulletin)
        self.permits = Permits(bulletin=self.bulletin, rules=self.rules, now=now)
        self.envelopes = Envelopes(bulletin=self.bulletin)
        self.answers = Answers(
            bulletin=self.bulletin,
            conversations=self.conversations,
            modals=self.modals,
            bot=self.roll.bot.id,
        )
        self._hands = Hands(self)

    # What people do.

    def types(self, person: str, text: str, channel: str = "#support", thread_ts: str | None = None) -> Envelope | None:
        """Type a message or a slash command; a command that reached the app returns its envelope."""
        return self._hands.types(self._acting(person), text, self.channel(channel), thread_ts)

    def clicks(self, person: str, wanted: str | Control, within: Message | View | None = None) -> Envelope | None:
        """Press a button, named by its label, action_id or value, in what the person sees; newest first.

        The submit and close buttons of the open modal go by their labels, too. A `Control` taken from a message
        earlier, together with that message, is pressed as it was seen then, even if it has been redrawn since.
        """
        return self.chooses(person, wanted, None, within)

    def chooses(
        self,
        person: str,
        wanted: str | Control,
        answer: Answer,
        within: Message | View | None = None,
    ) -> Envelope | None:
        """Choose or fill something in, in a message or in the open modal; it is sent on if it dispatches."""
        somebody = self._acting(person)
        top = self.view(person)
        if isinstance(wanted, str) and within in (None, top) and top and answer is None:
            if wanted == top.submit:
                return self.submits(person, within=top)
            if wanted == top.close:
                self.closes(person)
                return None
        place, control = find_control(self, somebody, wanted, within)
        if isinstance(place, View):
            return self._hands.acts_in_view(somebody, place, control, answer)
        return self._hands.acts_in_message(somebody, place, control, answer)

    def submits(
        self,
        person: str,
        values: Mapping[str, Answer] | None = None,
        within: View | None = None,
    ) -> Envelope | None:
        """Fill in the open modal's fields, by label or block_id, and submit it; None if the client kept it back."""
        view = self.modals.known(within.id) if within else self.view(person)
        if view is None:
            raise LookupError(f"{person} has no modal open")
        return self._hands.submits(self._acting(person), view, values or {})

    def closes(self, person: str, *, whole_stack: bool = False) -> None:
        """Close the open modal, or by its cross the whole stack."""
        view = self.view(person)
        if view is None:
            raise LookupError(f"{person} has no modal open")
        self._hands.closes(self._acting(person), view, whole_stack=whole_stack)

    def reloads(self, person: str) -> None:
        """Load the client anew: ephemeral messages and open modals are gone."""
        somebody = self.person(person)
        self.conversations.forget_ephemeral(somebody.id)
        self.modals.clear(somebody.id)

    # What people see.

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

    def warnings(self, person: str) -> tuple[ElementWarning, ...]:
        """The warning marks beside elements whose clicks the app did not answer."""
        return self.answers.warnings(self.person(person).id)

    # Waiting.

    def subscribe(self, listener: Callable[[Change], None]) -> Callable[[], None]:
        """Call `listener` on every change, on the thread that made it; returns how to stop that."""
        return self.bulletin.subscribe(listener)

    def wait_for(self, wanted: Callable[[], T], timeout: float = PATIENCE) -> T:
        """Return the first true value of `wanted`; never call this on the server's own thread."""
        found = self.bulletin.wait_for(wanted, timeout)
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

    def seen(self) -> str:
        """Everything said and open, as text for a failing test's message."""
        return everything(self)

    def _id(self, person: str | None) -> str | None:
        return self.person(person).id if person else None

    def _acting(self, wanted: str) -> Person:
        person = self.person(wanted)
        if person.deleted:
            raise PermissionError(f"{person.name} is deactivated")
        return person

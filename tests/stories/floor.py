"""The support floor on one machine: a Slack workspace, a Cognito pool, and the desk that `desk run` builds."""

import json
import re
from collections.abc import Iterable, Iterator, Mapping
from contextlib import contextmanager
from dataclasses import replace
from datetime import timedelta
from pathlib import Path
from typing import TYPE_CHECKING, Any

import yaml
from pydantic import SecretStr
from slack_sdk import WebClient
from sqlalchemy import update

import commands
from bot.app import Outside, build
from bot.scenario import Scenario, load
from bot.scenario.loading import leads_nowhere
from bot.settings import Approvals, Channels, People, Settings
from bot.tickets import audit, tables
from bot.timings import Timings
from sandbox.testing import (
    PATIENCE,
    PEOPLE,
    Answer,
    Control,
    Envelope,
    LivePool,
    Message,
    Organisation,
    Person,
    Rates,
    Rules,
    SlackServer,
    View,
    Workspace,
    check_message,
    check_view,
    find_control,
    texts_of,
)
from tests.bot import wired

if TYPE_CHECKING:
    from bot.program import Program

MANIFEST = yaml.safe_load((Path(__file__).parent.parent.parent / "manifest.yml").read_text("utf-8"))
"""Of the app as it is usually called; read once, since that takes a while."""
SUPPORT = "C0SUPPORT"
PROOF = "called back on the number on file"
ASK = "Ask the leads"
UNHURRIED = 120.0
"""Seconds that Slack waits for an acknowledgement, and that a trigger lives, in stories which aren't about that: the
machine may be busy with something else for longer than Slack's three."""


class Floor:
    """What people do and see, with the patience that a person has: every verb waits for what it needs."""

    def __init__(self, slack: Workspace, server: SlackServer, settings: Settings) -> None:
        self.slack = slack
        self.server = server
        self.settings = settings
        self.program: Program | None = None
        # Whoever has asked waits for as long as a slow machine may take to post it.
        self.timings = Timings(
            pauses=(0.0, 0.02, 0.05), group_reads=60_000, person_reads=60_000, channel_reads=60_000, posting=20.0
        )
        self.scenarios: Mapping[str, Scenario[Any]] = load(commands)
        self.outside = Outside()
        self._forged: set[str] = set()
        """Messages that a test posted in the desk's name."""

    # The desk.

    def opens(self) -> None:
        """Start the desk."""
        self.program = build(self.settings, scenarios=self.scenarios, timings=self.timings, outside=self.outside)
        for listener in self.program._socket.app._listeners:
            # Bolt gives an acknowledgement up after three seconds of the machine's clock, and has no setting for it.
            listener.ack_timeout = int(UNHURRIED)
        self.program.start()
        self.slack.wait_for(lambda: self.server.sockets.connections)

    def closes(self) -> bool:
        """Stop the desk."""
        program, self.program = self.program, None
        return program.stop(PATIENCE) if program else True

    def leaves_group(self, person: str, group: str) -> None:
        """Somebody is taken out of a user group."""
        found = self.slack.roll.group(group)
        left = tuple(each for each in found.members if each != self.slack.person(person).id)
        self.slack.roll.put_group(replace(found, members=left))

    def time_passes(self, *, hours: float) -> None:
        """Let every ticket have been asked for so many hours earlier."""
        assert self.program
        old, seconds = tables.ticket.c, hours * 3600
        older = {"created_at": old.created_at - seconds, "expires_at": old.expires_at - seconds}
        with self.program.database.transaction() as connection:
            connection.execute(update(tables.ticket).values(older))

    @property
    def audited(self) -> list[str]:
        """What the audit holds, oldest first."""
        return [row["event"] for row in self.audit()]

    def audit(self) -> list[Mapping[str, Any]]:
        """The audit's rows, oldest first."""
        assert self.program
        return list(audit.export(self.program.database, audit.Wanted()))

    # What people do.

    def types(self, person: str, text: str, channel: str = "#support") -> Envelope:
        """Type a command and see it acknowledged."""
        return self._acked(self.slack.types(person, text, channel=channel))

    def clicks(self, person: str, label: str, within: Message | View | None = None) -> Envelope:
        """Press a button, once the person sees it and the desk knows the card that it is on."""
        self.sees_button(person, label, within)
        self.slack.wait_for(self._knows_its_cards)
        return self._acked(self.slack.clicks(person, label, within))

    def sees_button(self, person: str, label: str, within: Message | View | None = None) -> Control:
        """Wait until the person sees a button."""

        def there() -> Control | None:
            view = self.slack.view(person)
            places: list[Any] = [within] if within else [*([view] if view else []), *self._messages(person)]
            return next((found for place in places if (found := find_control(self._now(place).controls, label))), None)

        return self.slack.wait_for(there)  # type: ignore[return-value] # None never gets past wait_for

    def form(self, person: str, title: str | None = None) -> View:
        """Wait for a form that can be filled in."""

        def there() -> View | None:
            view = self.slack.view(person)
            return view if view and view.submit and not view.busy and title in (None, view.title) else None

        return self.slack.wait_for(there)  # type: ignore[return-value] # None never gets past wait_for

    def submits(self, person: str, **values: Answer) -> Envelope | None:
        """Fill in the open form and submit it; the desk must acknowledge it.

        Fields that come with a choice are waited for. A proof is chosen unless the story chooses one. What the form
        shows of its plan then is agreed to, so that the leads are asked.
        """
        view = self.slack.view(person)
        assert view is not None, f"{person} has no form open:\n{self.slack.seen()}"
        if values.keys() - {each.block_id for each in view.inputs}:
            view, values = self._chooses_first(person, view, values)
        if any(each.block_id == "proof" for each in view.inputs) and not view.values.get("proof"):
            values = {"proof": PROOF, **values}
        sent = self.slack.submits(person, values)
        if sent is None:
            return None
        self._acked(sent)
        if view.submit == "Next" and self._next(person):
            return self._acked(self.slack.submits(person))
        return sent

    def _chooses_first(self, person: str, view: View, values: dict[str, Answer]) -> tuple[View, dict[str, Answer]]:
        """Choose what brings further fields, and wait for those; return the form, and what is left to fill in."""
        for field in view.inputs:
            if field.block_id in values and field.dispatches and not field.told_when:
                self._acked(self.slack.chooses(person, field.block_id, values[field.block_id], view))
        wanted = values.keys() - {each.block_id for each in view.inputs}

        def there() -> View | None:
            now = self.slack.view(person)
            return now if now and wanted <= {each.block_id for each in now.inputs} else None

        return self.slack.wait_for(there), values  # type: ignore[return-value] # None never gets past wait_for

    def _next(self, person: str) -> bool:
        """Wait for what a form shows next, and return whether the leads can be asked for it."""

        def there() -> list[View | None]:
            view = self.slack.view(person)
            return [view] if view is None or not (view.busy or "⏳" in text_of(view)) else []

        (view,) = self.slack.wait_for(there)
        return view is not None and view.submit == ASK

    def asks(self, command: str, person: str = "agent", **values: Answer) -> Message:
        """Type a command that opens a form, fill it in, submit it, and return the card."""
        before = len(self.cards)
        self.types(person, command)
        self.form(person)
        self.submits(person, **{"reason": "Proved the mailbox on the phone", **values})
        self.slack.wait_for(lambda: len(self.cards) > before and self._knows_its_cards())
        return self.cards[-1]

    def both_leads_approve(self, reading: str) -> None:
        """Two leads approve the newest card, each after reading something in what they confirm."""
        for lead in ("lead1", "lead2"):
            self.clicks(lead, "Approve…", self.card)
            self.modal_says(lead, reading)
            self.submits(lead)
            self.modal_says(lead, "Your approval counts.")

    # What someone with a stolen bot token does.

    def posts(self, text: str, blocks: list[Any]) -> Message:
        """Post a message in the desk's name."""
        answer = self._thief().chat_postMessage(channel=SUPPORT, text=text, blocks=blocks)
        self._forged.add(str(answer["ts"]))
        return self.slack.conversations.known(SUPPORT, str(answer["ts"]))

    def edits(self, message: Message, *, text: str, blocks: list[Any]) -> None:
        """Edit one of the desk's messages."""
        self._thief().chat_update(channel=SUPPORT, ts=message.ts, text=text, blocks=blocks)

    def _thief(self) -> WebClient:
        return WebClient(self.slack.bot_token, base_url=self.server.api_url)

    # What people see.

    @property
    def roots(self) -> list[Message]:
        """What stands in the channel, threads apart."""
        return [each for each in self.slack.messages("#support") if each.from_app]

    @property
    def cards(self) -> list[Message]:
        """The cards in the channel, oldest first."""
        return [each for each in self.roots if _event(each) == "desk_ticket"]

    @property
    def card(self) -> Message:
        """The newest card, as it stands now."""
        return self.cards[-1]

    def reads_root(self, words: str) -> Message:
        """Wait until the newest message of the channel says something."""
        return self.slack.wait_for(lambda: self.roots and words in self.roots[-1].text and self.roots[-1])  # type: ignore[return-value] # as below

    def reads_card(self, words: str) -> Message:
        """Wait until the newest card says something."""
        return self.slack.wait_for(lambda: self.cards and words in self.card.text and self.card)  # type: ignore[return-value]

    def reads_thread(self, words: str, root: Message | None = None) -> Message:
        """Wait until a reply says something."""

        def there() -> Message | None:
            above = root or self.card
            return next((each for each in self.slack.replies(above) if words in each.text), None)

        return self.slack.wait_for(there)  # type: ignore[return-value] # None never gets past wait_for

    def told(self, person: str, words: str) -> Message:
        """Wait until the person alone is told something outside a modal."""
        return self.slack.wait_for_ephemeral(person, words)

    def modal_says(self, person: str, words: str) -> View:
        """Wait until the person's modal says something."""

        def there() -> View | None:
            view = self.slack.view(person)
            return view if view and words in text_of(view) else None

        return self.slack.wait_for(there)  # type: ignore[return-value] # None never gets past wait_for

    def is_silent(self) -> bool:
        """Whether nothing was posted in the channel and nothing asked."""
        assert self.program
        return not self.roots and self.program.outbox.is_empty()

    def quiet(self) -> None:
        """Wait until Slack has been told everything."""
        assert self.program
        self.slack.wait_for(self.program.outbox.is_empty)

    def blocks_are_sound(self) -> list[str]:
        """Everything that Slack would hold against what stands there now."""
        messages = [*self.roots, *(reply for root in self.roots for reply in self.slack.replies(root))]
        views = [view for person in ("agent", "lead1", "lead2") for view in self.slack.stack(person)]
        found = [problem for each in messages for problem in check_message(list(each.blocks), each.text)]
        found += [problem for view in views for problem in check_view(view.content)]
        places: list[Message | View] = [*messages, *views]
        ours = [place for place in places if isinstance(place, View) or place.ts not in self._forged]
        return found + [problem for place in ours for problem in self._held_offers(place)]

    def _held_offers(self, place: Message | View) -> Iterator[str]:
        """What the buttons that start scenarios promise and no scenario keeps."""
        for control in place.controls:
            if control.action_id.startswith("offer:"):
                pressed = json.loads(control.value or "{}")
                if wrong := leads_nowhere(pressed["scenario"], pressed["fields"], self.scenarios):
                    yield wrong

    def _knows_its_cards(self) -> bool:
        """Whether the desk has written down which messages its cards are, which it does just after they appear."""
        assert self.program
        numbers = {int((each.metadata or {})["event_payload"]["ticket"]) for each in self.cards}
        return all(ticket is None or bool(ticket.ts) for ticket in map(self.program.decisions.ticket, numbers))

    def _messages(self, person: str) -> list[Message]:
        seen = self.slack.conversations.in_channel(SUPPORT, self.slack.person(person).id)
        return sorted(seen, key=lambda each: float(each.ts), reverse=True)

    def _now(self, place: Message | View) -> Message | View:
        return self.slack.modals.known(place.id) if isinstance(place, View) else self.slack.current(place)

    def _acked(self, sent: Envelope | None) -> Envelope:
        assert sent is not None, f"nothing was sent:\n{self.slack.seen()}"
        sent.wait()
        assert sent.acked, sent.outcome
        return sent


def text_of(view: View) -> str:
    """Everything a modal says, without its structure."""
    return " ".join(texts_of(view.content["blocks"]))


def stands(secret: str, text: str) -> bool:
    """Whether a secret stands in a text. Digits count only where they stand alone: every date is full of them.

    Nor does a number's whole part count: log records have the milliseconds since the start in them.
    """
    return secret in text and (not secret.isdigit() or bool(re.search(rf"(?<![\w.]){secret}(?!\w|\.\d)", text)))


def _event(message: Message) -> str:
    return str((message.metadata or {}).get("event_type", ""))


def settings_for(
    slack: Workspace, server: SlackServer, pools: Mapping[str, LivePool], database: Path, **changed: Any
) -> Settings:
    """The operator's settings for this machine."""
    people = People(agents=("S0SUPPORT",), leads=("S0LEADS",))
    given: dict[str, Any] = {
        "bot_token": SecretStr(slack.bot_token),
        "app_token": SecretStr(slack.app_token),
        "slack_api_url": server.api_url,
        "database_url": SecretStr(f"sqlite:///{database}"),
        "people": people,
        "channels": Channels(allowed=(SUPPORT,)),
        "approvals": Approvals(expires_after=timedelta(hours=4)),
        "pools": {name: wired.settings(pool) for name, pool in pools.items()},
    }
    return Settings(**{**given, **changed})


@contextmanager
def workspace(
    rates: Rates | None = None,
    *,
    optional_scopes: bool = True,
    manifest: Mapping[str, Any] | None = None,
    people: Iterable[Person] = PEOPLE,
    organisation: Organisation | None = None,
    **rules: Any,
) -> Iterator[tuple[Workspace, SlackServer]]:
    """A Slack workspace that listens. Whoever installed the app in it may have declined the optional scopes.

    ``manifest``: of an app that isn't called as usual.
    """
    times = {"ack_seconds": UNHURRIED, "trigger_seconds": UNHURRIED, **rules}
    given = Rules(rates=rates or Rates.generous(), **times)
    slack = Workspace(
        manifest or MANIFEST,
        rules=given,
        people=people,
        organisation=organisation,
        optional_scopes=optional_scopes,
    )
    with SlackServer(slack) as server:
        yield slack, server

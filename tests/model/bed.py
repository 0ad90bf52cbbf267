"""A desk in one thread, whose workspace, pool and database are put back to the beginning between two sequences."""

import json
import logging
import sqlite3
from collections.abc import Callable, Iterator, Mapping
from contextlib import ExitStack, contextmanager
from copy import deepcopy
from dataclasses import dataclass, field
from datetime import timedelta
from pathlib import Path
from typing import Any, cast

from sandbox.testing import CognitoServer, LivePool
from tests.bot import wired
from tests.databases import MovedStore
from tests.stories.inline import InlineDesk, Told, desk

KINDS: Mapping[str, Mapping[str, Any]] = {
    "alias": {},
    "plain": {"alias": False},
    "keeps": {"keep_original": True},
    "login": {"email_login": True},
    "folded": {"case_sensitive": False},
    "mailed sign-in": {
        "settings": {"Policies": {"SignInPolicy": {"AllowedFirstAuthFactors": ["PASSWORD", "EMAIL_OTP"]}}}
    },
}
"""What an address is in each pool: a sign-in name, nothing but an address, one that is kept until its code is entered,
the user name itself, a sign-in name whatever its letter case, and where codes are mailed that sign people in."""


PROVIDER = "Google"
"""The identity provider of every pool, whose word on an address nobody has mapped yet."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Card:
    """A request's card, as Slack shows it now."""

    ts: str
    state: str
    text: str
    """Everything that can be read on it."""


class Workspace(Told):
    """Slack, which shows people the modals and cards that the desk has drawn."""

    def __init__(self, *, agents: tuple[str, ...], leads: tuple[str, ...]) -> None:
        super().__init__(agents=agents, leads=leads)
        self.views: dict[str, Mapping[str, Any]] = {}
        """Every modal as it was drawn last, by its id, in the order in which they were opened."""
        self.cards: dict[int, Card] = {}

    def _answer(self, method: str, given: Mapping[str, Any]) -> dict[str, Any]:
        answer = super()._answer(method, given)
        if method == "views.open":
            self.views[answer["view"]["id"]] = given["view"]
        elif method == "views.update":
            self.views[given["view_id"]] = given["view"]
        elif method == "chat.postMessage":
            answer["ts"] = f"{next(self._numbers)}.0"
        elif method == "chat.getPermalink":
            answer["permalink"] = f"https://slack.example/{given['message_ts']}"
        metadata = given.get("metadata") or {}
        if metadata.get("event_type") == "desk_ticket":
            told = metadata["event_payload"]
            ts = given["ts"] if method == "chat.update" else answer["ts"]
            read = f"{given['text']}\n{readable(given['blocks'])}"
            self.cards[told["ticket"]] = Card(ts=ts, state=told["state"], text=read)
        return answer


PROOF = "called back on the number on file"

_MOST_STEPS = 6
"""Submissions of one form, until its plan is asked for."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Filled:
    """What came of a form that somebody filled in."""

    asked: tuple[int, ...] = ()
    """The tickets that it became."""
    chose: bool = False
    """Whether the person was shown several accounts and chose one of them."""
    refused: bool = True


@dataclass(slots=True)
class Bed:
    """One desk with one pool."""

    kind: str
    inline: InlineDesk
    slack: Workspace
    pool: LivePool
    _pristine: sqlite3.Connection = field(init=False)
    _settings: Mapping[str, Any] = field(init=False)

    def __post_init__(self) -> None:
        self._settings = deepcopy(self.pool.inner.extended_config)
        self._pristine = sqlite3.connect(":memory:")
        with self._database() as held:
            # Nothing here has to outlive the machine's power.
            held.execute("PRAGMA synchronous=OFF")
            held.backup(self._pristine)

    def reset(self) -> None:
        """Forget everything that has happened."""
        with self._database() as held:
            self._pristine.backup(held)
        self.store.ahead = 0.0
        for user in self.pool.users:
            self.pool.delete(user.sub)
        held_pool = self.pool.inner
        held_pool.extended_config = deepcopy(dict(self._settings))
        self.pool.add_provider(PROVIDER, PROVIDER, {"email": "email"})
        for tokens in (held_pool.access_tokens, held_pool.refresh_tokens, held_pool.id_tokens, held_pool.token_expiry):
            tokens.clear()
        self.inline.server.mailbox.clear()
        self.inline.forget()
        self.slack.views.clear()
        self.slack.cards.clear()

    @property
    def store(self) -> MovedStore:
        """The desk's database."""
        return cast("MovedStore", self.inline.program.database)

    def passes(self, time: timedelta) -> None:
        """Let time pass everywhere, and the desk look at its deadlines."""
        self.store.ahead += time.total_seconds()
        self.inline.server.clock.forward(time)
        self.inline.program._sweeper.sweep()
        self.inline.posts()

    def fills(self, person: str, command: str, fields: Mapping[str, Any], *, chooses: int = 0) -> Filled:
        """Type a command and fill in its form; of several accounts that are offered, choose one by its place."""
        return self._filled(person, lambda: self.inline.types(command, "", person), fields, chooses)

    def follows(self, person: str, action: str, ticket: int, fields: Mapping[str, Any]) -> Filled:
        """Press a button of a card that opens a form, and fill that in."""
        return self._filled(person, lambda: self._press(person, action, ticket), fields)

    def presses(self, person: str, action: str, ticket: int) -> None:
        """Press a button of a card that opens nothing."""
        self._press(person, action, ticket)
        self.inline.posts()

    def approves(self, lead: str, ticket: int, *, in_list: bool = False) -> str:
        """Approve and confirm it where that is asked; return all that this lead could read before.

        ``in_list``: by Open in a list, without a look at the card.
        """
        seen = "" if in_list else self.slack.cards[ticket].text
        if in_list:
            opened = self._opened(lambda: self.inline.presses_at_home("open:0", str(ticket), lead))
        else:
            opened = self._opened(lambda: self._press(lead, "approve", ticket))
        view = self.slack.views.get(opened, {})
        if view.get("callback_id") == "confirmation":
            seen += readable(view["blocks"])
            self.inline.returns(opened, view, state(view, {}), lead)
        self.inline.posts()
        return seen

    def denies(self, lead: str, ticket: int) -> None:
        """Press Deny and say why."""
        self._filled(lead, lambda: self._press(lead, "deny", ticket), {"reason": "It is a thief"})

    def _filled(self, person: str, opens: Callable[[], object], fields: Mapping[str, Any], chooses: int = 0) -> Filled:
        before = set(self.slack.cards)
        opened = self._opened(opens)
        view, chose, refused = self.slack.views.get(opened, {}), False, True
        closed = False
        for _ in range(_MOST_STEPS):
            if "submit" not in view:
                break
            given = {"proof": PROOF, **fields}
            if offered := _accounts_offered(view):
                given["user"], chose = offered[chooses % len(offered)], True
            answer = self.inline.returns(opened, view, state(view, given), person)
            action = (json.loads(answer.body) if answer.body else {}).get("response_action")
            closed = action == "clear"
            if action in ("errors", "clear"):
                break
            view, former = self.slack.views.get(opened, {}), view
            refused = "submit" in view
            if not _goes_on(view, former):
                break
        self.inline.posts()
        asked = tuple(sorted(set(self.slack.cards) - before))
        return Filled(asked=asked, chose=chose, refused=not asked if closed else refused)

    def _opened(self, opens: Callable[[], object]) -> str:
        """Return the id of the modal that something opens, empty when it opens none."""
        before = len(self.slack.views)
        opens()
        return [*self.slack.views][-1] if len(self.slack.views) > before else ""

    def _press(self, person: str, action: str, ticket: int) -> None:
        self.inline.presses(action, str(ticket), person, self.slack.cards[ticket].ts)

    @contextmanager
    def _database(self) -> Iterator[sqlite3.Connection]:
        held = self.inline.program.database.engine.raw_connection()
        try:
            yield cast("sqlite3.Connection", held.driver_connection)
        finally:
            held.close()


@contextmanager
def beds(
    server: CognitoServer, directory: Path, *, agents: tuple[str, ...], leads: tuple[str, ...]
) -> Iterator[dict[str, Bed]]:
    """Open a desk for each kind of pool."""
    with ExitStack() as opened:
        made = {}
        for kind, settings in KINDS.items():
            pool = server.pools.create(kind.replace(" ", "-"), **settings)
            slack = Workspace(agents=agents, leads=leads)
            known = {pool.name: wired.settings(pool)}
            file = directory / f"{pool.name}.db"
            one = desk(server, known, file, slack=slack, opened_by=MovedStore, level=logging.WARNING)
            made[kind] = Bed(kind, opened.enter_context(one), slack, pool)
        yield made


def state(view: Mapping[str, Any], given: Mapping[str, Any]) -> dict[str, Any]:
    """Return what Slack says of a modal's inputs: what was given for a field, else what the field was drawn with."""
    found: dict[str, Any] = {}
    for block in view["blocks"]:
        if block["type"] != "input":
            continue
        element, name = block["element"], block["block_id"]
        found[name] = {element["action_id"]: _held(element, given.get(name))}
    return found


def _held(element: Mapping[str, Any], given: Any) -> dict[str, Any]:
    kind = element["type"]
    if kind == "checkboxes":
        ticked = bool(element.get("initial_options")) if given is None else given
        return {"type": kind, "selected_options": element["options"] if ticked else []}
    if kind in ("radio_buttons", "static_select"):
        options = [each for each in element["options"] if each["value"] == given]
        return {"type": kind, "selected_option": options[0] if options else element.get("initial_option")}
    return {"type": kind, "value": element.get("initial_value") if given is None else given}


def _goes_on(view: Mapping[str, Any], former: Mapping[str, Any]) -> bool:
    """Whether a form asks for more than it did: which account, other fields, or whether its plan is to be asked for."""
    if "submit" not in view:
        return False
    more = {each.get("block_id") for each in view["blocks"]} - {each.get("block_id") for each in former["blocks"]}
    chooses = _accounts_offered(view) and not _accounts_offered(former)
    return bool(chooses or more or view["submit"]["text"] == "Ask the leads")


def _accounts_offered(view: Mapping[str, Any]) -> list[str]:
    """Return the values of the accounts that a form offers to choose from."""
    for block in view.get("blocks", ()):
        if block["type"] == "input" and block["block_id"] == "user" and "options" in block["element"]:
            return [option["value"] for option in block["element"]["options"]]
    return []


def readable(blocks: Any) -> str:
    """Return every text in some blocks."""
    if isinstance(blocks, dict):
        return "\n".join(
            readable(held) if name != "text" or not isinstance(held, str) else held for name, held in blocks.items()
        )
    if isinstance(blocks, list | tuple):
        return "\n".join(map(readable, blocks))
    return ""

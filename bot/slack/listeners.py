"""What Slack sends and what the desk does about it: a table, and Bolt's listeners, which acknowledge and hand over."""

import logging
import re
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, replace
from functools import partial
from typing import Any

from slack_bolt import Ack, App

from bot import slash
from bot.desk.services import Services
from bot.scenario import Scenario
from bot.settings import Settings
from bot.slack import form_views, forms, interaction, modals
from bot.slack.answer_actions import HAND_OVER, Details, HandOverForm, RemindersByHand
from bot.slack.answers import Answers, Arrivals, Askers
from bot.slack.background_work import Piece, Touches
from bot.slack.blocks import DETAILS, REMIND
from bot.slack.card_actions import CONFIRMATION, DENIAL, CardActions, PostedCards
from bot.slack.cards import (
    AGAIN,
    APPROVE,
    DENY,
    ENTER,
    PAUSE,
    RESUME,
    STOP,
    TELL,
    TOLD,
    UNDO,
    WITHDRAW,
)
from bot.slack.codes import ENTRY, STEP, CodeEntry, SignIns
from bot.slack.commands import Commands
from bot.slack.form_changes import FormChanges
from bot.slack.form_views import Catalogue, FormViews
from bot.slack.home import OPENED, HomeTabs
from bot.slack.interaction import Interaction, Replies
from bot.slack.modals import Frame, Memory
from bot.slack.pool_checks import STOP_CHECK, PoolCheckActions
from bot.slack.submissions import Submissions
from bot.tickets.planner import SnapshotSource
from bot.timings import Timings
from bot.words import say

log = logging.getLogger(__name__)

Body = dict[str, Any]

_UNREADABLE = say("This form could not be read; it may be of an older kind. Please start again with the command.")


@dataclass(frozen=True, slots=True)
class Command:
    """A slash command that somebody typed. It is acknowledged before anything is done."""

    name: re.Pattern[str]
    work: Callable[[Interaction], None]

    def listen(self, app: App, replies: Replies) -> None:
        """Register it with Bolt."""

        @app.command(self.name)
        def command(ack: Ack, body: Body) -> None:
            ack()
            with _acknowledged():
                typed = interaction.of_command(body, replies)
                replies.background.run(typed.piece(lambda: self.work(typed)))


@dataclass(frozen=True, slots=True)
class Action:
    """A button that somebody pressed, or a choice in a menu. It is acknowledged before anything is done."""

    id: str | re.Pattern[str] | dict[str, str | re.Pattern[str]]
    """The ``action_id``, with its ``block_id`` if need be."""
    work: Callable[[Interaction], None] | None
    """None where the acknowledgement is all."""
    touches: Touches = Touches.NOTHING
    keeps_form: bool = False
    """Whether what goes wrong is told beside the modal that it happened in, in which somebody is typing."""

    def listen(self, app: App, replies: Replies) -> None:
        """Register it with Bolt."""
        work = self.work

        @app.action(self.id)
        def action(ack: Ack, body: Body, action: Body) -> None:
            ack()
            with _acknowledged():
                if work is not None:
                    pressed = interaction.of_action(body, action, replies)
                    piece = pressed.piece(lambda: work(pressed), self.touches)
                    replies.background.run(replace(piece, tell=pressed.tell_beside) if self.keeps_form else piece)


@dataclass(frozen=True, slots=True)
class Submission:
    """A modal that somebody submitted."""

    callback: str
    receive: Callable[[Interaction], Piece | None]
    """Acknowledges it, at once, and returns what is to be done after that; None for nothing."""

    def listen(self, app: App, replies: Replies) -> None:
        """Register it with Bolt."""

        @app.view(self.callback)
        def submission(ack: Ack, body: Body) -> None:
            try:
                piece = self.receive(interaction.of_submission(body, ack, replies))
                if piece is not None:
                    replies.background.run(piece)
            except Exception:
                log.exception("a submission could not be read")
                if ack.response is None:
                    frame = Frame(title=body["view"]["title"]["text"], memory=Memory(channel=""))
                    ack(response_action="update", view=modals.told(frame, _UNREADABLE))


@dataclass(frozen=True, slots=True)
class Event:
    """Something that somebody did and that asks for nothing, of which Slack tells. Bolt acknowledges it first."""

    type: str
    work: Callable[[Interaction], None]

    def listen(self, app: App, replies: Replies) -> None:
        """Register it with Bolt."""

        @app.event(self.type)
        def event(body: Body) -> None:
            with _acknowledged():
                # Of what else the app shows, Slack tells by the same event.
                if body["event"].get("tab") == "home":
                    done = interaction.of_event(body, replies)
                    replies.background.run(done.piece(lambda: self.work(done)))


@dataclass(frozen=True, slots=True)
class Shortcut:
    """What somebody chose in a message's menu. It is acknowledged before anything is done."""

    callback: str
    work: Callable[[Interaction], None]

    def listen(self, app: App, replies: Replies) -> None:
        """Register it with Bolt."""

        @app.message_shortcut(self.callback)
        def shortcut(ack: Ack, body: Body) -> None:
            ack()
            with _acknowledged():
                chosen = interaction.of_shortcut(body, replies)
                replies.background.run(chosen.piece(lambda: self.work(chosen)))


Listener = Command | Action | Submission | Event | Shortcut


def table(
    settings: Settings,
    scenarios: Mapping[str, Scenario[Any]],
    doors: Services,
    directories: SnapshotSource,
    askers: Askers,
    homes: HomeTabs,
    timings: Timings,
) -> Sequence[Listener]:
    """Return what each interaction is handed to. Of several that fit, Bolt calls the first."""
    access, requests, database = doors.access, doors.requests, doors.database
    catalogue = Catalogue(scenarios, settings)
    views = FormViews(catalogue, access, requests, directories, doors.which_pool)
    changes = FormChanges(catalogue, access, views)
    arrivals = Arrivals(database, patience=timings.posting)
    answers = Answers(requests, doors.tickets, arrivals, askers)
    commands = Commands(catalogue, views, answers, doors)
    sign_ins = SignIns(doors.roster.known_key)
    submissions = Submissions(catalogue, views, changes, requests, answers, sign_ins)
    details = Details(requests, catalogue, database)
    hand_overs = HandOverForm(doors.hand_overs, catalogue, arrivals)
    reminders = RemindersByHand(doors.reminders, requests, access, catalogue, arrivals)
    posted = PostedCards(doors.decisions, patience=timings.clicked)
    cards = CardActions(doors.decisions, posted, catalogue, views)
    codes = CodeEntry(doors.decisions, access, posted, doors.customer_actions, sign_ins)
    return (
        # Whatever the app was installed with arrives here, also a command with a prefix of before.
        Command(re.compile(r"^/"), commands.typed),
        Action(re.compile(r"^(offer|more):\d+$"), commands.pressed),
        Action(re.compile(r"^channel:\d+$"), commands.channel_chosen),
        Shortcut(slash.CHECK_MESSAGE, commands.message_chosen),
        Event(OPENED, homes.opened),
        Action(re.compile(rf"^{forms.ACTION}(:|$)"), changes.changed, keeps_form=True),
        Submission(form_views.FORM, submissions.form),
        Submission(STEP, sign_ins.answered),
        # Beneath an answer.
        Action(DETAILS, details.pressed),
        Action(REMIND, reminders.pressed),
        Action(re.compile(r"^hand-over:\d+$"), hand_overs.pressed),
        Submission(HAND_OVER, hand_overs.submitted),
        # In a list of what waits, wherever that stands.
        Action(re.compile(r"^open:\d+$"), cards.open, Touches.TICKET),
        # On a card.
        Action(APPROVE, cards.approve, Touches.TICKET),
        Submission(CONFIRMATION, cards.confirmed),
        Action(DENY, cards.deny, Touches.TICKET),
        Submission(DENIAL, cards.denied),
        Action(WITHDRAW, cards.withdraw, Touches.TICKET),
        Action(PAUSE, partial(cards.steer, doors.decisions.pause), Touches.TICKET),
        Action(RESUME, partial(cards.steer, doors.decisions.resume), Touches.TICKET),
        Action(STOP, partial(cards.steer, doors.decisions.stop), Touches.TICKET),
        Action(re.compile(rf"^{TOLD}:\d+$"), cards.told, Touches.TICKET),
        Action(TELL, cards.to_say),
        Action(UNDO, cards.undo),
        Action(AGAIN, cards.again),
        Action(ENTER, codes.pressed, Touches.TICKET),
        Action(STOP_CHECK, PoolCheckActions(doors.pool_check_stops).stop),
        Submission(ENTRY, codes.submitted),
        # A link's button, or a button of an older desk: there is nothing to do but to take its warning sign away.
        Action(re.compile(r".*", re.DOTALL), None),
    )


@contextmanager
def _acknowledged() -> Iterator[None]:
    """Let nothing escape: Bolt drops an acknowledgement when its listener raises within milliseconds after it."""
    try:
        yield
    except Exception:
        log.exception("an interaction could not be read")

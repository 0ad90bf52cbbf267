"""What Slack sends and what the desk does about it: a table, and Bolt's listeners, which acknowledge and hand over."""

import logging
import re
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from enum import StrEnum
from typing import Any

from slack_bolt import Ack, App

from bot.desk.services import Services
from bot.scenario import Scenario
from bot.settings import Settings
from bot.slack import form_views, forms, interaction, modals
from bot.slack.answer_actions import HAND_OVER, Details, HandOverForm, RemindersByHand
from bot.slack.answers import Answers, Arrivals, Askers
from bot.slack.blocks import DETAILS, REMIND
from bot.slack.card_actions import CONFIRMATION, DENIAL, CardActions, PostedCards
from bot.slack.cards import AGAIN, APPROVE, DENY, ENTER, UNDO, WITHDRAW
from bot.slack.codes import ENTRY, STEP, CodeEntry, SignIns
from bot.slack.commands import Commands
from bot.slack.form_views import Catalogue, FormViews
from bot.slack.interaction import Interaction, Replies
from bot.slack.modals import Frame, Memory
from bot.slack.submissions import Submissions
from bot.tickets.planner import SnapshotSource
from bot.timings import Timings
from bot.words import say

log = logging.getLogger(__name__)

Body = dict[str, Any]

_UNREADABLE = say("This form could not be read; it may be of an older kind. Please start again with the command.")


class Kind(StrEnum):
    """What somebody did."""

    COMMAND = "command"
    ACTION = "action"
    """They pressed a button, or chose in a menu. It is acknowledged before anything is done."""
    SUBMISSION = "submission"
    """They submitted a modal. What it is handed to acknowledges it."""


@dataclass(frozen=True, slots=True)
class Listener:
    """What one kind of interaction is handed to."""

    kind: Kind
    id: str | re.Pattern[str] | dict[str, str]
    """A command's name, an ``action_id`` (with its ``block_id``, if need be) or a modal's ``callback_id``."""
    receive: Callable[[Interaction], None]
    """Returns at once; whatever takes longer it has run after the acknowledgement."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Receivers:
    """All that interactions are handed to."""

    commands: Commands
    submissions: Submissions
    form_views: FormViews
    cards: CardActions
    codes: CodeEntry
    sign_ins: SignIns
    details: Details
    hand_overs: HandOverForm
    reminders: RemindersByHand


def receivers(
    settings: Settings,
    scenarios: Mapping[str, Scenario[Any]],
    doors: Services,
    directories: SnapshotSource,
    askers: Askers,
    timings: Timings,
) -> Receivers:
    """Put them together, each with the doors of the desk that it needs."""
    access, requests, database = doors.access, doors.requests, doors.database
    catalogue = Catalogue(scenarios, settings)
    form_views = FormViews(catalogue, access, directories, doors.which_pool)
    arrivals = Arrivals(database, patience=timings.posting)
    answers = Answers(requests, database, doors.outbox, arrivals, askers)
    cards = PostedCards(doors.desk, patience=timings.clicked)
    sign_ins = SignIns(doors.roster.known_key)
    return Receivers(
        commands=Commands(catalogue, form_views, answers, doors),
        submissions=Submissions(catalogue, form_views, requests, answers, arrivals, sign_ins),
        form_views=form_views,
        cards=CardActions(doors.desk, cards, catalogue, form_views),
        codes=CodeEntry(doors.desk, access, cards, doors.customer_actions, sign_ins),
        sign_ins=sign_ins,
        details=Details(requests, catalogue, database),
        hand_overs=HandOverForm(doors.hand_overs, catalogue, arrivals),
        reminders=RemindersByHand(doors.reminders, requests, access, catalogue, arrivals),
    )


def table(receivers: Receivers) -> Sequence[Listener]:
    """Return what each interaction is handed to. Of several that fit, Bolt calls the first."""
    command, action, submission = Kind.COMMAND, Kind.ACTION, Kind.SUBMISSION
    cards = receivers.cards
    return (
        # Whatever the app was installed with arrives here, also a command with a prefix of before.
        Listener(command, re.compile(r"^/"), receivers.commands.typed),
        Listener(action, re.compile(r"^offer:\d+$"), receivers.commands.pressed),
        Listener(action, re.compile(r"^more:\d+$"), receivers.commands.pressed),
        Listener(action, DETAILS, receivers.details.pressed),
        Listener(action, REMIND, receivers.reminders.pressed),
        Listener(action, re.compile(r"^hand-over:\d+$"), receivers.hand_overs.pressed),
        Listener(submission, HAND_OVER, receivers.hand_overs.submitted),
        Listener(action, {"block_id": forms.POOL, "action_id": forms.ACTION}, receivers.form_views.pool_chosen),
        Listener(submission, form_views.FORM, receivers.submissions.form),
        Listener(action, APPROVE, cards.approve),
        Listener(submission, CONFIRMATION, cards.confirmed),
        Listener(action, DENY, cards.deny),
        Listener(submission, DENIAL, cards.denied),
        Listener(action, WITHDRAW, cards.withdraw),
        Listener(action, UNDO, cards.undo),
        Listener(action, AGAIN, cards.again),
        Listener(action, ENTER, receivers.codes.pressed),
        Listener(submission, ENTRY, receivers.codes.submitted),
        Listener(submission, STEP, receivers.sign_ins.answered),
        # A link's button, or a button of an older desk: there is nothing to do but to take its warning sign away.
        Listener(action, re.compile(r".*", re.DOTALL), _ignore),
    )


def register(app: App, listeners: Sequence[Listener], replies: Replies) -> None:
    """Register every listener with Bolt."""
    at: Mapping[Kind, Callable[..., Callable[..., Any]]] = {
        Kind.COMMAND: app.command,
        Kind.ACTION: app.action,
        Kind.SUBMISSION: app.view,
    }
    bound = {Kind.COMMAND: _command, Kind.ACTION: _action, Kind.SUBMISSION: _submission}
    for each in listeners:
        at[each.kind](each.id)(bound[each.kind](each.receive, replies))


def _command(receive: Callable[[Interaction], None], replies: Replies) -> Callable[..., None]:
    def command(ack: Ack, body: Body) -> None:
        ack()
        with _acknowledged():
            receive(interaction.of_command(body, replies))

    return command


def _action(receive: Callable[[Interaction], None], replies: Replies) -> Callable[..., None]:
    def action(ack: Ack, body: Body, action: Body) -> None:
        ack()
        with _acknowledged():
            if receive is not _ignore:
                receive(interaction.of_action(body, action, replies))

    return action


def _submission(receive: Callable[[Interaction], None], replies: Replies) -> Callable[..., None]:
    def submission(ack: Ack, body: Body) -> None:
        try:
            receive(interaction.of_submission(body, ack, replies))
        except Exception:
            log.exception("a submission could not be read")
            if ack.response is None:
                frame = Frame(title=body["view"]["title"]["text"], memory=Memory(channel=""))
                ack(response_action="update", view=modals.told(frame, _UNREADABLE))

    return submission


def _ignore(_: Interaction) -> None:
    """Do nothing."""


@contextmanager
def _acknowledged() -> Iterator[None]:
    """Let nothing escape: Bolt drops an acknowledgement when its listener raises within milliseconds after it."""
    try:
        yield
    except Exception:
        log.exception("an interaction could not be read")

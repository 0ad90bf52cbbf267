"""What happens when somebody presses **Hand over…**: a text to copy and, where the team is known, a mention of it."""

from collections.abc import Collection, Mapping
from typing import Annotated, Any

from pydantic import Field
from slack_bolt import Ack
from sqlalchemy.exc import SQLAlchemyError

from bot.answer import Team
from bot.desk.hand_overs import About, HandOvers
from bot.plan import Barred, Refused
from bot.scenario import Form
from bot.slack import blocks, forms, presses, views
from bot.slack.arrivals import Arrivals
from bot.slack.background_work import BackgroundWork
from bot.slack.blocks import Block
from bot.slack.clicks import Clicks
from bot.slack.modals import Modal, Modals
from bot.slack.presses import Handed
from bot.slack.request import Request
from bot.slack.views import Frame, Memory, View
from bot.tickets.engines import is_busy
from bot.tickets.message import Message
from bot.words import Person, Words, mention, say

HAND_OVER = "hand-over"
"""The ``callback_id`` of the modal whose submission mentions the team."""

_TITLE = "Hand over"
_WHO = {
    Team.APP: "the team that writes the app",
    Team.CLOUD: "the team that runs the AWS account",
    Team.IDENTITY: "the team that runs the sign-in provider",
    Team.ACCOUNTS: "the team that disables and enables accounts",
}
_NOT_THERE_YET = say("Slack hasn't taken it yet; the team is mentioned as soon as it does.")

_LONGEST = 2500
"""Characters of a text. With all that is around it, one message takes it."""


class Text(Form):
    """What the team is told."""

    text: Annotated[
        str,
        Field(
            title="Text",
            description="Change it as you like. It is posted in the thread as it stands here; no passwords or codes.",
            min_length=1,
            max_length=_LONGEST,
            json_schema_extra={"input": "multiline"},
        ),
    ]


class HandingOver:
    """Shows what is to be handed over, and takes it to the desk. Clicks come here after their acknowledgement."""

    def __init__(
        self,
        *,
        hand_overs: HandOvers,
        pools: Collection[str],
        clicks: Clicks,
        background: BackgroundWork,
        modals: Modals,
        arrivals: Arrivals,
    ) -> None:
        self._hand_overs = hand_overs
        self._pools = pools
        self._clicks = clicks
        self._background = background
        self._modals = modals
        self._arrivals = arrivals

    def press(self, request: Request, value: str) -> None:
        """Open the text, at a press in a message."""

        def work() -> None:
            handed = presses.read_hand_over(value, self._pools)
            self._show(request, handed, self._clicks.open(request, _frame(request, handed)))

        self._clicks.after_ack(request, work, decides=False)

    def press_in_modal(self, request: Request, value: str, view_id: str, frame: Frame) -> None:
        """Show the text in the place of the modal in which the button was pressed."""
        modal = self._modals.pressed(view_id, frame, otherwise=self._clicks.teller(request))

        def work() -> None:
            handed = presses.read_hand_over(value, self._pools)
            modal.frame = _frame(request, handed)
            modal.show(views.waiting(modal.frame, views.LOADING))
            self._show(request, handed, modal)

        self._background.run(work, modal.tell, request=request)

    def submitted(
        self, ack: Ack, request: Request, view_id: str, seen: str, memory: Memory, values: Mapping[str, Any]
    ) -> None:
        """Mention the team. Acknowledges the submission; ``seen``: what Slack calls the view as it was then."""
        typed = forms.typed_in(Text, values)
        if errors := forms.problems(Text, typed):
            ack(response_action="errors", errors=errors)
            return
        text = Text.model_validate(typed).text
        frame = Frame(title=_TITLE, memory=memory)
        ack(response_action="update", view=views.waiting(frame, views.CHECKING))
        modal = self._modals.acknowledged(view_id, frame, otherwise=self._clicks.teller(request))
        self._background.run(
            lambda: self._mention(request, modal, text, delivery=f"{view_id}:{seen}"), modal.tell, request=request
        )

    def _show(self, request: Request, handed: Handed, modal: Modal) -> None:
        self._hand_overs.check(request.who, request.channel)
        named = self._hand_overs.named(handed.team)
        if named and handed.origin is not None:
            modal.show(_form(modal.frame, handed.team, named, handed.text))
        else:
            modal.show(views.modal(modal.frame, _to_copy(handed, named)))

    def _mention(self, request: Request, modal: Modal, text: str, *, delivery: str) -> None:
        memory = modal.frame.memory
        about = _about(memory)
        named = self._hand_overs.named(about.team)
        if not named:
            raise Refused(say("No team is set for this any more. Please check again."))
        try:
            self._hand_overs.post(
                _message(named, request.who.id, text),
                about,
                conversation=memory.origin,
                who=request.who,
                channel=memory.channel,
                delivery=delivery,
            )
        except Barred:
            raise
        except Refused as refused:
            # What was typed stays.
            if not modal.show(_form(modal.frame, about.team, named, text, why=refused.words)):
                raise
            return
        except SQLAlchemyError as error:
            why = say("The database is busy; nothing was posted. Please try again in a minute.")
            if not is_busy(error) or not modal.show(_form(modal.frame, about.team, named, text, why=why)):
                raise
            return
        if memory.origin is None or self._arrivals.replies(memory.origin):
            modal.show(views.said_in(modal.frame, "Handed over", memory.channel))
        else:
            modal.show(views.told(modal.frame, _NOT_THERE_YET))


def _frame(request: Request, handed: Handed) -> Frame:
    typed = {"team": handed.team.value, "user": handed.user, "sub": handed.sub}
    memory = Memory(pool=handed.pool, channel=request.channel, origin=handed.origin, typed=typed)
    return Frame(title=_TITLE, memory=memory)


def _about(memory: Memory) -> About:
    given = memory.typed
    try:
        team = Team(str(given.get("team")))
    except ValueError:
        raise Refused(say("This form is of an older kind. Please check again, and hand that over.")) from None
    return About(team=team, pool=memory.pool, user=str(given.get("user", "")), sub=str(given.get("sub", "")))


def _form(frame: Frame, team: Team, named: str, text: str, *, why: Words | None = None) -> View:
    content = [
        *([blocks.line(say("⚠️ "), why)] if why else []),
        blocks.line(say("For {team}: {named}", team=_WHO[team], named=mention(named))),
        forms.input_of("text", Text.model_fields["text"], text),
    ]
    return views.modal(frame, content, callback=HAND_OVER, submit="Mention the team", close="Cancel")


def _to_copy(handed: Handed, named: str) -> list[Block]:
    """Show the text alone; a modal with nothing to submit takes no input."""
    why = (
        say("There is no thread to post this in: copy the text.")
        if named
        else say(
            "No team is set for this: copy the text. The operator can name one under `[teams]`, as `{key}`.",
            key=handed.team.value,
        )
    )
    return [
        blocks.line(say("For {team}.", team=_WHO[handed.team])),
        blocks.line(why),
        blocks.preformatted(handed.text),
    ]


def _message(named: str, person: str, text: str) -> Message:
    asked, quoted = say("{team}: {who} hands over:", team=mention(named), who=Person(person)), _lines(text)
    return Message(
        text=blocks.clipped(f"{asked.text()}\n“{quoted.text()}”"), blocks=(blocks.line(asked), blocks.quote(quoted))
    )


def _lines(text: str) -> Words:
    """Return what somebody typed as words: its line breaks are line breaks, and nothing in it is markup."""
    lines = text.splitlines()
    template = "\n".join(f"{{line{n}}}" for n in range(len(lines)))
    return Words(template, tuple((f"line{n}", line) for n, line in enumerate(lines)))

"""What happens when somebody presses **Nudge** in the list of what waits."""

from bot.answer import Paragraph, Whisper
from bot.desk.nudges import Nudges
from bot.desk.people import Who
from bot.slack import views
from bot.slack.answering import Answering
from bot.slack.arrivals import Arrivals
from bot.slack.boundary import Boundary
from bot.slack.modals import Modal, Modals
from bot.slack.request import Request
from bot.slack.views import Frame
from bot.slack.whispers import Whispers
from bot.words import Words, say

_NOT_THERE_YET = say("Slack hasn't taken it yet; the leads are mentioned as soon as it does.")


class Nudging:
    """Takes nudges to the tickets, and shows what came of them where the list is."""

    def __init__(
        self,
        *,
        nudges: Nudges,
        answering: Answering,
        arrivals: Arrivals,
        boundary: Boundary,
        whispers: Whispers,
        modals: Modals,
    ) -> None:
        self._nudges = nudges
        self._answering = answering
        self._arrivals = arrivals
        self._boundary = boundary
        self._whispers = whispers
        self._modals = modals

    def press(self, request: Request, ticket: int) -> None:
        """Mention the leads, at a press in a message. Called after the acknowledgement."""

        def work() -> None:
            self._whispers.say(request, self._nudged(ticket, request.who))

        self._boundary.run(work, lambda words: self._whispers.say(request, words), request=request)

    def press_in_modal(self, request: Request, ticket: int, view_id: str, frame: Frame) -> None:
        """Mention the leads, at a press in a modal, and show the list again beneath what came of it."""
        modal = self._modals.pressed(view_id, frame, otherwise=lambda words: self._whispers.say(request, words))
        self._boundary.run(lambda: self._nudge(request, ticket, modal), modal.tell, request=request)

    def _nudge(self, request: Request, ticket: int, modal: Modal) -> None:
        words, memory = self._nudged(ticket, request.who), modal.frame.memory
        again = self._answering.run(memory.scenario, memory.pool, {}, who=request.who, channel=memory.channel)
        rest = again.parts if isinstance(again, Whisper) else ()
        modal.show(views.shown(modal.frame, (Paragraph(words), *rest)))

    def _nudged(self, ticket: int, who: Who) -> Words:
        verdict = self._nudges.nudge(ticket, who=who)
        return verdict.words if not verdict.accepted or self._arrivals.beneath_card(ticket) else _NOT_THERE_YET

"""What happens when somebody presses **Remind the leads** in the list of what waits."""

from bot.answer import EphemeralAnswer, Paragraph
from bot.desk.people import Who
from bot.desk.reminders import Reminders
from bot.slack import views
from bot.slack.answering import Answering
from bot.slack.arrivals import Arrivals
from bot.slack.background_work import BackgroundWork
from bot.slack.ephemeral import Ephemeral
from bot.slack.modals import Modal, Modals
from bot.slack.request import Request
from bot.slack.views import Frame
from bot.words import Words, say

_NOT_THERE_YET = say("Slack hasn't taken it yet; the leads are mentioned as soon as it does.")


class Reminding:
    """Takes reminders asked for by hand to the tickets, and shows what came of them where the list is."""

    def __init__(
        self,
        *,
        reminders: Reminders,
        answering: Answering,
        arrivals: Arrivals,
        background: BackgroundWork,
        ephemeral: Ephemeral,
        modals: Modals,
    ) -> None:
        self._reminders = reminders
        self._answering = answering
        self._arrivals = arrivals
        self._background = background
        self._ephemeral = ephemeral
        self._modals = modals

    def press(self, request: Request, ticket: int) -> None:
        """Mention the leads, at a press in a message. Called after the acknowledgement."""

        def work() -> None:
            self._ephemeral.say(request, self._reminded(ticket, request.who))

        self._background.run(work, lambda words: self._ephemeral.say(request, words), request=request)

    def press_in_modal(self, request: Request, ticket: int, view_id: str, frame: Frame) -> None:
        """Mention the leads, at a press in a modal, and show the list again beneath what came of it."""
        modal = self._modals.pressed(view_id, frame, otherwise=lambda words: self._ephemeral.say(request, words))
        self._background.run(lambda: self._remind(request, ticket, modal), modal.tell, request=request)

    def _remind(self, request: Request, ticket: int, modal: Modal) -> None:
        words, memory = self._reminded(ticket, request.who), modal.frame.memory
        again = self._answering.run(memory.scenario, memory.pool, {}, who=request.who, channel=memory.channel)
        rest = again.parts if isinstance(again, EphemeralAnswer) else ()
        modal.show(views.shown(modal.frame, (Paragraph(words), *rest)))

    def _reminded(self, ticket: int, who: Who) -> Words:
        verdict = self._reminders.remind(ticket, who=who)
        return verdict.words if not verdict.accepted or self._arrivals.beneath_card(ticket) else _NOT_THERE_YET

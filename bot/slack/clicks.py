"""What every press of a card's button goes through: its work after the acknowledgement, its modal, its answer."""

import time
from collections.abc import Callable

from bot.desk.approvals import ClickResult, Desk
from bot.plan import Refused
from bot.slack import views
from bot.slack.background_work import BackgroundWork
from bot.slack.ephemeral import Ephemeral
from bot.slack.modals import Modal, Modals, TooLate
from bot.slack.request import Request
from bot.slack.views import Frame
from bot.ticket import Ticket
from bot.words import Words, say

_POSTING = 2.0
"""Seconds for which a click waits for the card that it was made on to be known; a trigger lives for three."""

_LOOK = 0.05


class Clicks:
    """What the buttons of a card have in common."""

    def __init__(self, *, desk: Desk, background: BackgroundWork, ephemeral: Ephemeral, modals: Modals) -> None:
        self._desk = desk
        self._background = background
        self._ephemeral = ephemeral
        self._modals = modals
        self._opened: dict[str, Modal] = {}
        """By trigger: what clicks that are being worked on have opened."""

    def after_ack(self, request: Request, work: Callable[[], None], *, decides: bool = True) -> None:
        """Do what a click asks for, soon; ``decides``: it is about the ticket itself, and waits for nothing else."""

        def tell(words: Words) -> None:
            # Told beside a modal that it has opened, it would leave that at "Loading…" for good.
            modal = self._opened.pop(request.trigger, None)
            if modal:
                modal.tell(words)
            else:
                self._ephemeral.say(request, words)

        def do() -> None:
            work()
            self._opened.pop(request.trigger, None)

        self._background.run(do, tell, request=request, decides=decides)

    def posted(self, ticket_id: int) -> Ticket | None:
        """Return the ticket, once it is known which message its card is: a click may overtake Slack's answer."""
        until = time.monotonic() + _POSTING
        while True:
            ticket = self._desk.ticket(ticket_id)
            if ticket is None or ticket.ts or time.monotonic() > until:
                return ticket
            time.sleep(_LOOK)

    def open(self, request: Request, frame: Frame) -> Modal:
        """Open a modal that says "Loading…". Raises `Refused` when the trigger's time is over."""
        view = views.waiting(frame, views.LOADING)
        try:
            modal = self._modals.open(request.trigger, frame, view, otherwise=self.teller(request))
        except TooLate:
            raise Refused(
                say("Slack's time for opening this was over before I could. Please press it again.")
            ) from None
        self._opened[request.trigger] = modal
        return modal

    def answer(self, request: Request, verdict: ClickResult, modal: Modal | None = None) -> None:
        """Tell the person what a click came to, if anything need be said."""
        if not verdict.words.template:
            return
        if modal:
            modal.show(views.told(modal.frame, verdict.words))
        self._ephemeral.say(request, verdict.words)

    def submitted(self, request: Request, view_id: str, frame: Frame, work: Callable[[Modal], None]) -> None:
        """Do what a submission asks for, soon; its modal says "Checking…" since the acknowledgement."""
        modal = self._modals.acknowledged(view_id, frame, otherwise=self.teller(request))
        self._background.run(lambda: work(modal), modal.tell, request=request, decides=True)

    def teller(self, request: Request) -> Callable[[Words], None]:
        """Return what tells this person something, alone."""
        return lambda words: self._ephemeral.say(request, words)

"""What happens when somebody types a command or presses an offer: an answer runs at once, a form opens filled in."""

import logging
from collections.abc import Callable, Mapping, Sequence
from typing import Any

from bot.answer import EphemeralAnswer, Offer, Offers, Paragraph, Part
from bot.desk.audited_access import AuditedAccess
from bot.desk.people import Roster
from bot.desk.which_pool import WhichPool
from bot.plan import Refused
from bot.scenario import Scenario, ScenarioKind
from bot.slack import forms, menu, presses, prompts, typed_command, views
from bot.slack.answering import Answering
from bot.slack.arrivals import Arrivals
from bot.slack.background_work import BackgroundWork
from bot.slack.ephemeral import Ephemeral
from bot.slack.modals import Modal, Modals, TooLate
from bot.slack.offered import Offered
from bot.slack.preparing import USER, Preparing
from bot.slack.prompts import MENU
from bot.slack.request import Request
from bot.slack.views import Frame, Memory, View
from bot.slash import SlashCommands
from bot.words import Words, say

log = logging.getLogger(__name__)

_NOT_THERE_YET = say("Slack hasn't taken the answer yet; it's posted as soon as it does.")


class Starting:
    """Starts scenarios for people. Every method is called after the acknowledgement and returns at once."""

    def __init__(
        self,
        *,
        name: str,
        slash: SlashCommands,
        scenarios: Mapping[str, Scenario[Any]],
        pools: Sequence[str],
        channels: Sequence[str],
        roster: Roster,
        audited_access: AuditedAccess,
        background: BackgroundWork,
        ephemeral: Ephemeral,
        modals: Modals,
        answering: Answering,
        arrivals: Arrivals,
        which_pool: WhichPool,
        preparing: Preparing,
        offered: Offered,
        count_waiting: Callable[[], int],
    ) -> None:
        self._name = name
        self._slash = slash
        self._scenarios = scenarios
        self._pools = tuple(pools)
        self._channels = frozenset(channels)
        self._roster = roster
        self._audited_access = audited_access
        self._background = background
        self._ephemeral = ephemeral
        self._modals = modals
        self._answering = answering
        self._arrivals = arrivals
        self._which_pool = which_pool
        self._preparing = preparing
        self._offered = offered
        self._count_waiting = count_waiting

    def command(self, request: Request, command: str, text: str) -> None:
        """Do what `bot.slack.typed_command` makes of it."""
        self._background.run(
            lambda: self._command(request, command, text), lambda words: self._tell(request, words), request=request
        )

    def press(self, request: Request, value: str) -> None:
        """Run or open what an offer in a message holds."""
        self._background.run(
            lambda: self._press(request, value, None), lambda words: self._tell(request, words), request=request
        )

    def press_in_modal(self, request: Request, value: str, view_id: str, frame: Frame) -> None:
        """Run or open, in its place, what an offer in a modal holds."""
        modal = self._modals.pressed(view_id, frame, otherwise=lambda words: self._tell(request, words))
        self._background.run(lambda: self._press(request, value, modal), modal.tell, request=request)

    def _command(self, request: Request, command: str, text: str) -> None:
        self._check_channel(request)
        if self._slash.scenario(command) is None:
            log.warning("the installed app has the command %s; its manifest is another desk's, or an old one", command)
            foreign = "{command} is none of my commands. Type `{menu}` for everything there is."
            raise Refused(say(foreign, command=command, menu=self._slash.menu))
        match typed_command.read(command, forms.storable(text), self._scenarios, prefix=self._slash.menu):
            case typed_command.Menu():
                self._menu(request, None)
            case typed_command.Explain(scenario=name):
                self._start(request, self._scenario(name), pool=self._only_pool, fields={}, explained=True)
            case typed_command.Start(scenario=name, text=rest):
                scenario = self._scenario(name)
                fields = {scenario.first_field: rest} if rest and scenario.first_field else {}
                self._start(request, scenario, pool=self._only_pool, fields=fields)
            case typed_command.Unclear() as unclear:
                self._ephemeral.show(request, prompts.instead(unclear, self._here, prefix=self._slash.menu))

    def _press(self, request: Request, value: str, modal: Modal | None) -> None:
        self._check_channel(request)
        press = presses.read(value, self._pools)
        if press.scenario == MENU:
            self._menu(request, modal)
            return
        self._start(
            request,
            self._scenario(press.scenario),
            pool=press.pool or self._only_pool,
            fields=press.fields,
            origin=press.origin,
            modal=modal,
        )

    def _start(
        self,
        request: Request,
        scenario: Scenario[Any],
        *,
        pool: str,
        fields: Mapping[str, str],
        origin: int | None = None,
        modal: Modal | None = None,
        explained: bool = False,
    ) -> None:
        try:
            pool = self._offered.check(scenario, pool, fields)
            filled = forms.filled(scenario, fields)
        except Refused as refused:
            self._refuse(request, scenario, refused, modal)
            return
        complete = bool(filled) or not scenario.fields
        somewhere = bool(pool) or scenario.first_field == USER or not scenario.reads_a_pool
        if (
            scenario.kind is ScenarioKind.ANSWER
            and somewhere
            and complete
            and not forms.problems(scenario.form, filled)
        ):
            self._answer(request, scenario, pool, filled, modal)
            return
        frame = _frame(request, scenario, pool, origin)
        looks = not pool and USER in filled and self._preparing.finds_pool(scenario)
        draw = self._preparing.form_of if looks else self._preparing.form
        above = prompts.explanation(scenario, prefix=self._slash.menu) if explained else []

        def form() -> View:
            view = draw(scenario, frame, filled)
            return {**view, "blocks": [*above, *view["blocks"]]}

        try:
            self._show(request, frame, modal, form, reads=looks or scenario.prepare is not None)
        except TooLate:
            again = Offer(label=scenario.title, scenario=scenario.name, fields=filled)
            late = say("Slack's time for opening the form was over before I could. Press the button to open it.")
            self._ephemeral.show(request, (Paragraph(late), Offers((again,))), pool=pool, origin=origin)

    def _answer(
        self, request: Request, scenario: Scenario[Any], pool: str, filled: Mapping[str, str], modal: Modal | None
    ) -> None:
        frame = _frame(request, scenario, pool)
        if modal:
            modal.show(views.waiting(frame, views.CHECKING))
        parts: tuple[Part, ...] = ()
        posted: list[int] = []
        try:
            self._audited_access.agent(request.who)
            self._audited_access.place(request.who, request.channel, self._channels, fresh=True)
            for each in self._pools_of(scenario, pool, filled):
                found = self._answering.run(
                    scenario.name,
                    each,
                    filled,
                    who=request.who,
                    channel=request.channel,
                    delivery=request.trigger,
                    request=request,
                )
                if isinstance(found, EphemeralAnswer):
                    parts += found.parts
                elif found.conversation is not None:
                    posted.append(found.conversation)
        except Refused as refused:
            parts = prompts.refusal(refused, scenario, self._scenarios)
        if modal and parts:
            modal.show(views.shown(frame, parts))
        elif modal and all(map(self._arrivals.root, posted)):
            modal.show(views.said_in(frame, "Answered", request.channel))
        elif modal:
            modal.show(views.told(frame, _NOT_THERE_YET))
        elif parts:
            self._ephemeral.show(request, parts, pool=pool)

    def _pools_of(self, scenario: Scenario[Any], pool: str, filled: Mapping[str, str]) -> Sequence[str]:
        if pool or not scenario.reads_a_pool:
            return (pool,)
        return self._which_pool.of(filled[USER], among=self._offered.pools(scenario), also_gone=scenario.looks_back)

    def _refuse(self, request: Request, scenario: Scenario[Any], refused: Refused, modal: Modal | None) -> None:
        """Say why there is no form, with the ways on."""
        parts = prompts.refusal(refused, scenario, self._scenarios)
        if modal is None or not modal.show(views.shown(modal.frame, parts)):
            self._ephemeral.show(request, parts)

    def _menu(self, request: Request, modal: Modal | None) -> None:
        frame = Frame(title=self._name, memory=Memory(pool=self._only_pool, channel=request.channel))
        try:
            self._show(request, frame, modal, lambda: self._drawn_menu(frame))
        except TooLate:
            raise Refused(say("Slack's time for opening the menu was over before I could. Please try again.")) from None

    def _drawn_menu(self, frame: Frame) -> View:
        offered = self._here
        # Of what nobody here has ever had there is nothing to explain.
        left_out = [
            each.title for name, each in self._scenarios.items() if name not in offered and not each.needs_mail_evidence
        ]
        return menu.menu(frame, offered, waiting=self._count_waiting(), left_out=left_out)

    def _show(
        self, request: Request, frame: Frame, modal: Modal | None, view: Callable[[], View], *, reads: bool = False
    ) -> None:
        """Show a view to somebody who may ask; ``reads``: it has to read a pool first. Raises `Refused`, `TooLate`."""
        if modal is None and not reads and self._roster.knows_agent(request.who):
            self._audited_access.agent(request.who)
            modal = self._open(request, frame, view())
            self._check_state(request, modal)
            return
        # Reading, or asking Slack who this is, may outlive the trigger, so the modal is opened before.
        waiting = views.waiting(frame, views.LOADING)
        if modal is None:
            modal = self._open(request, frame, waiting)
        elif reads:
            modal.show(waiting)
        try:
            self._audited_access.agent(request.who)
        except Refused as refused:
            modal.show(views.told(frame, refused.words))
            raise
        self._check_state(request, modal)
        modal.show(view())

    def _check_state(self, request: Request, modal: Modal) -> None:
        """Say in its place why nothing can be posted here, if so, before anybody fills it in. Raises `Refused`."""
        try:
            self._audited_access.place(request.who, request.channel, self._channels, fresh=True)
        except Refused as refused:
            modal.show(views.told(modal.frame, refused.words))
            raise

    def _open(self, request: Request, frame: Frame, view: View) -> Modal:
        return self._modals.open(request.trigger, frame, view, otherwise=lambda words: self._tell(request, words))

    def _scenario(self, name: str) -> Scenario[Any]:
        found = self._scenarios.get(name)
        if found is None:
            raise Refused(
                say(
                    "There is no command {name}. Type `{menu}` for everything there is.",
                    name=name,
                    menu=self._slash.menu,
                )
            )
        return found

    def _check_channel(self, request: Request) -> None:
        # How the channel is has to be read, which may outlive a trigger: whatever opens is opened before.
        self._audited_access.listed(request.who, request.channel, self._channels)

    @property
    def _here(self) -> Mapping[str, Scenario[Any]]:
        """The scenarios that are offered in some pool."""
        return self._offered.scenarios(self._scenarios)

    @property
    def _only_pool(self) -> str:
        return self._pools[0] if len(self._pools) == 1 else ""

    def _tell(self, request: Request, words: Words) -> None:
        self._ephemeral.say(request, words)


def _frame(request: Request, scenario: Scenario[Any], pool: str, origin: int | None = None) -> Frame:
    memory = Memory(scenario=scenario.name, pool=pool, channel=request.channel, origin=origin)
    return Frame(title=scenario.title, memory=memory)

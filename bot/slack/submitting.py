"""What happens when somebody submits a scenario's form: judged at once, then planned or answered."""

from collections.abc import Callable, Collection, Mapping
from dataclasses import dataclass, field, replace
from typing import Any

from slack_bolt import Ack
from sqlalchemy.exc import SQLAlchemyError

from bot.answer import Answer, EphemeralAnswer, Part
from bot.customer import Reply
from bot.desk import asking
from bot.desk.approvals import Desk
from bot.desk.audited_access import AuditedAccess
from bot.desk.customer_actions import CustomerActions, DeliveredTwice
from bot.plan import Barred, Refused
from bot.scenario import Scenario, ScenarioKind
from bot.slack import forms, views
from bot.slack.answering import Answering
from bot.slack.arrivals import Arrivals
from bot.slack.background_work import BackgroundWork
from bot.slack.ephemeral import Ephemeral
from bot.slack.modals import Modal, Modals
from bot.slack.offered import Offered
from bot.slack.preparing import NotYet, Preparing
from bot.slack.request import Request
from bot.slack.signing_in import Next, SigningIn
from bot.slack.views import Frame, Memory, View
from bot.ticket import Ticket
from bot.tickets.engines import is_busy
from bot.words import say

_BUSY = say("The database is busy; nothing was asked. Please submit this again in a minute.")

_ASKED = say("Asked. Slack hasn't taken the card yet; it's posted as soon as it does.")
_SENT = say("Sent. Slack hasn't taken the answer yet; it's posted as soon as it does.")
_ANSWERED = say("Slack hasn't taken the answer yet; it's posted as soon as it does.")
"""What is said while there is nothing to see yet."""


@dataclass(frozen=True, slots=True, kw_only=True)
class _Submitted:
    request: Request
    scenario: Scenario[Any]
    frame: Frame
    typed: Mapping[str, Any] = field(repr=False)
    view_id: str
    seen: str
    """What Slack calls the view as it was when it was submitted: it is another one after every redrawing."""
    also: tuple[Frame, ...] = ()
    """The same for the other pools, where what only reads reads in several."""


class Submitting:
    """Takes forms in. What needs no read is judged before the acknowledgement, everything else after it."""

    def __init__(
        self,
        *,
        name: str,
        scenarios: Mapping[str, Scenario[Any]],
        offered: Offered,
        desk: Desk,
        channels: Collection[str],
        audited_access: AuditedAccess,
        background: BackgroundWork,
        ephemeral: Ephemeral,
        modals: Modals,
        answering: Answering,
        arrivals: Arrivals,
        preparing: Preparing,
        customer_actions: CustomerActions,
        signing_in: SigningIn,
    ) -> None:
        self._name = name
        self._scenarios = scenarios
        self._offered = offered
        self._desk = desk
        self._channels = channels
        self._audited_access = audited_access
        self._background = background
        self._ephemeral = ephemeral
        self._modals = modals
        self._answering = answering
        self._arrivals = arrivals
        self._preparing = preparing
        self._customer_actions = customer_actions
        self._signing_in = signing_in

    def form(
        self, ack: Ack, request: Request, view_id: str, seen: str, memory: Memory, values: Mapping[str, Any]
    ) -> None:
        """Take a form in and acknowledge it: with errors under its fields, or with a view that says "Checking…"."""
        scenario = self._scenarios.get(memory.scenario)
        if scenario is None:
            gone = say("There is no command {name} any more.", name=memory.scenario)
            ack(response_action="update", view=views.told(Frame(title=self._name, memory=memory), gone))
            return
        if self._preparing.is_for_another_pool(scenario, memory, values):
            frame = Frame(title=scenario.title, memory=memory)
            ack(response_action="update", view=views.waiting(frame, views.LOADING))
            self._preparing.submitted(request, self._acknowledged(request, view_id, frame), memory, values)
            return
        memory = memory.model_copy(update={"pool": forms.pool_in(values) or memory.pool})
        typed = forms.typed_in(scenario.form, values)
        errors = forms.problems(scenario.form, typed)
        if not errors and scenario.acts_as_customer:
            errors = forms.read_otherwise(scenario.form, typed)
        looks = self._preparing.has_to_look(scenario, memory, typed)
        if not looks and memory.pool not in self._offered.pools(scenario):
            errors[forms.POOL] = "Please choose one of these."
        if errors:
            ack(response_action="errors", errors=errors)
            return
        if values and (too_much := self._background.full(request)):
            # Under a field, so that everything typed stays where it is.
            ack(response_action="errors", errors={next(iter(values)): str(too_much)})
            return
        frame = Frame(title=scenario.title, memory=memory)
        ack(response_action="update", view=views.waiting(frame, views.CHECKING))
        submitted = _Submitted(request=request, scenario=scenario, frame=frame, typed=typed, view_id=view_id, seen=seen)
        modal = self._acknowledged(request, view_id, frame)
        self._background.run(
            lambda: self._work(submitted, modal), modal.tell, request=request, acts=scenario.acts_as_customer
        )

    def _acknowledged(self, request: Request, view_id: str, frame: Frame) -> Modal:
        return self._modals.acknowledged(view_id, frame, otherwise=lambda words: self._ephemeral.say(request, words))

    def _work(self, submitted: _Submitted, modal: Modal) -> None:
        request, scenario, frame, typed = submitted.request, submitted.scenario, submitted.frame, submitted.typed
        if self._preparing.has_to_look(scenario, frame.memory, typed):
            looked = self._preparing.look(request, scenario, frame, typed)
            if isinstance(looked, NotYet):
                self._signing_in.show(modal, Next(looked.view, looked.words), request)
                return
            submitted = replace(submitted, frame=looked[0], also=looked[1:])
        if submitted.scenario.acts_as_customer:
            try:
                found = self._on_customer_action(submitted)
            except DeliveredTwice:
                return
        else:
            found = self._tried(
                submitted, self._asked if submitted.scenario.kind is ScenarioKind.PLAN else self._answered
            )
        self._signing_in.show(modal, found, submitted.request)

    def _tried(self, submitted: _Submitted, work: Callable[[_Submitted], View]) -> Next:
        """Do it, and show the form once more with the reason when it is refused."""
        try:
            return Next(work(submitted))
        except SQLAlchemyError as error:
            if submitted.scenario.acts_as_customer or not is_busy(error):
                raise
            return self._again(submitted, Refused(_BUSY))
        except Barred as barred:
            # The form may show what was read for it, so it is not drawn again.
            return Next(views.told(submitted.frame, barred.words), barred.words)
        except Refused as refused:
            return self._again(submitted, refused)

    def _again(self, submitted: _Submitted, why: Refused) -> Next:
        typed = forms.without_secrets(submitted.scenario, submitted.typed)
        return Next(self._preparing.form(submitted.scenario, submitted.frame, typed, why=why), why.words)

    def _on_customer_action(self, submitted: _Submitted) -> Next:
        # What waits for a challenge's answer has done with the password.
        kept = replace(submitted, typed={name: value for name, value in submitted.typed.items() if name != "password"})
        return self._signing_in.begin(
            lambda: self._tried(submitted, lambda each: self._ran(each, None)),
            lambda reply: self._tried(kept, lambda each: self._ran(each, reply)),
            frame=submitted.frame,
            request=submitted.request,
        )

    def _ran(self, submitted: _Submitted, reply: Reply | None) -> View:
        memory = submitted.frame.memory
        asked = asking.Request(
            scenario=submitted.scenario.name,
            pool=memory.pool,
            form=submitted.typed,
            who=submitted.request.who,
            channel=memory.channel,
            origin=self._answering.origin(memory.origin, memory.channel),
            parent=memory.parent,
            submission=f"{submitted.view_id}:{submitted.seen}",
        )
        done = self._customer_actions.run(asked, reply)
        if not isinstance(done, Answer):
            return self._waits(submitted, done)
        posted = self._answering.post(done, who=submitted.request.who, pool=memory.pool, channel=memory.channel)
        if self._arrivals.root(posted):
            return views.said_in(submitted.frame, "Sent", memory.channel)
        return views.told(submitted.frame, _SENT)

    def _waits(self, submitted: _Submitted, ticket: Ticket) -> View:
        """Return where the card is, once it is there."""
        if self._arrivals.card(ticket.id):
            return views.said_in(submitted.frame, "Asked", submitted.frame.memory.channel)
        return views.told(submitted.frame, _ASKED)

    def _asked(self, submitted: _Submitted) -> View:
        memory = submitted.frame.memory
        ticket = self._desk.ask(
            scenario=submitted.scenario.name,
            pool=memory.pool,
            form=submitted.typed,
            who=submitted.request.who,
            channel=memory.channel,
            origin=self._answering.origin(memory.origin, memory.channel),
            parent=memory.parent,
            submission=submitted.view_id,
        )
        return self._waits(submitted, ticket)

    def _answered(self, submitted: _Submitted) -> View:
        self._audited_access.place(submitted.request.who, submitted.frame.memory.channel, self._channels, fresh=True)
        parts: tuple[Part, ...] = ()
        posted: list[int] = []
        for memory in (frame.memory for frame in (submitted.frame, *submitted.also)):
            found = self._answering.run(
                submitted.scenario.name,
                memory.pool,
                submitted.typed,
                who=submitted.request.who,
                channel=memory.channel,
                delivery=submitted.view_id,
            )
            if isinstance(found, EphemeralAnswer):
                parts += found.parts
            elif found.conversation is not None:
                posted.append(found.conversation)
        if parts:
            return views.shown(submitted.frame, parts)
        if all(map(self._arrivals.root, posted)):
            return views.said_in(submitted.frame, "Answered", submitted.frame.memory.channel)
        return views.told(submitted.frame, _ANSWERED)

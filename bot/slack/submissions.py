"""What happens when somebody submits a scenario's form: judged at once, then asked for or answered."""

from dataclasses import replace
from functools import partial
from typing import Any

from sqlalchemy.exc import SQLAlchemyError

from bot.answer import Answer, Barred, Refused
from bot.customer import Reply
from bot.desk.customer_actions import DeliveredTwice
from bot.desk.requests import Request, Requests
from bot.scenario import Form, Scenario, ScenarioKind
from bot.slack import forms, modals
from bot.slack.answers import Answers, Arrivals
from bot.slack.codes import Next, SignIns
from bot.slack.form_views import Catalogue, FormViews, NotYet
from bot.slack.interaction import Interaction
from bot.slack.modals import Frame
from bot.ticket import Ticket
from bot.tickets.engines import is_busy
from bot.words import say

_BUSY = say("The database is busy; nothing was asked. Please submit this again in a minute.")

_ASKED = say("Asked. Slack hasn't taken the card yet; it's posted as soon as it does.")
_SENT = say("Sent. Slack hasn't taken the answer yet; it's posted as soon as it does.")
"""What is said while there is nothing to see yet."""


class Submissions:
    """Takes forms in. What needs no read is judged before the acknowledgement, everything else after it."""

    def __init__(
        self,
        catalogue: Catalogue,
        form_views: FormViews,
        requests: Requests,
        answers: Answers,
        arrivals: Arrivals,
        sign_ins: SignIns,
    ) -> None:
        self._catalogue = catalogue
        self._form_views = form_views
        self._requests = requests
        self._answers = answers
        self._arrivals = arrivals
        self._sign_ins = sign_ins

    def form(self, interaction: Interaction) -> None:
        """Take a form in and acknowledge it: with errors under its fields, or with a view that says "Checking…"."""
        memory, values = interaction.memory, interaction.values
        scenario = self._catalogue.askable(memory.scenario)
        if scenario is None:
            gone = say("There is no command {name} any more.", name=memory.scenario)
            interaction.update(modals.told(Frame(title=self._catalogue.app.name, memory=memory), gone))
            return
        if self._form_views.is_for_another_pool(scenario, interaction):
            self._form_views.submitted(scenario, interaction)
            return
        memory = memory.model_copy(update={"pool": forms.pool_in(values) or memory.pool})
        typed = forms.typed_in(scenario.form, values)
        form, errors = forms.judged(scenario.form, typed)
        if not errors and scenario.acts_as_customer:
            errors = forms.read_otherwise(scenario.form, typed)
        looks = self._form_views.has_to_look(scenario, memory, typed)
        if not looks and memory.pool not in self._catalogue.pools_of(scenario):
            errors[forms.POOL] = "Please choose one of these."
        if not errors and values and (too_much := interaction.too_much()):
            # Under a field, so that everything typed stays where it is.
            errors = {next(iter(values)): str(too_much)}
        if form is None or errors:
            interaction.reject(errors)
            return
        interaction.accept(Frame(title=scenario.title, memory=memory))
        interaction.run(partial(self._work, interaction, scenario, form), acts=scenario.acts_as_customer)

    def _work(self, interaction: Interaction, scenario: Scenario[Any], form: Form) -> None:
        if not scenario.acts_as_customer:
            self._tried(interaction, scenario, form).show(interaction)
            return
        # What waits for a challenge's answer has done with the password.
        values = {name: value for name, value in interaction.values.items() if name != "password"}
        waiting = replace(interaction, values=values)
        kept = form.model_copy(update={"password": None}) if "password" in scenario.secrets else form
        try:
            found = self._sign_ins.begin(
                lambda: self._tried(interaction, scenario, form),
                lambda reply: self._tried(waiting, scenario, kept, reply),
                interaction,
            )
        except DeliveredTwice:
            return
        found.show(interaction)

    def _tried(self, interaction: Interaction, scenario: Scenario[Any], form: Form, reply: Reply | None = None) -> Next:
        """Do what is asked for, and show the form once more with the reason when it is refused."""
        try:
            return self._submitted(interaction, scenario, form, reply)
        except SQLAlchemyError as error:
            if scenario.acts_as_customer or not is_busy(error):
                raise
            why = Refused(_BUSY)
        except Barred as barred:
            # The form may show what was read for it, so it is not drawn again.
            return Next(modals.told(interaction.modal.frame, barred.words), barred.words)
        except Refused as refused:
            why = refused
        typed = forms.without_secrets(scenario, forms.typed_in(scenario.form, interaction.values))
        return Next(self._form_views.form(scenario, interaction.modal.frame, typed, why=why), why.words)

    def _submitted(self, interaction: Interaction, scenario: Scenario[Any], form: Form, reply: Reply | None) -> Next:
        asker = self._requests.check(interaction.who, interaction.channel)
        modal, typed = interaction.modal, forms.typed_in(scenario.form, interaction.values)
        frames: tuple[Frame, ...] = (modal.frame,)
        if self._form_views.has_to_look(scenario, modal.frame.memory, typed):
            looked = self._form_views.look(scenario, modal.frame, typed)
            if isinstance(looked, NotYet):
                return Next(looked.view, looked.words)
            frames = looked
        modal.frame = frame = frames[0]
        request = Request(
            scenario=scenario,
            pool=frame.memory.pool,
            form=form,
            who=interaction.who,
            channel=interaction.channel,
            origin=frame.memory.origin,
            parent=frame.memory.parent,
            # What acts for a customer may be submitted again in the same modal, after a refusal.
            submission=interaction.delivery if scenario.acts_as_customer else interaction.view_id,
        )
        if scenario.kind is ScenarioKind.ANSWER:
            pools = [each.memory.pool for each in frames]
            view = self._answers.answer(interaction, request, asker, frame=frame, pools=pools)
            assert view is not None, "a modal was submitted, so it is open"
            return Next(view)
        done = self._requests.submit(request, asker, reply=reply)
        if isinstance(done, Ticket):
            arrived, what, otherwise = self._arrivals.card(done.id), "Asked", _ASKED
        else:
            assert isinstance(done, Answer), "what was done is told to everyone"
            posted = self._answers.post(done, request, interaction)
            arrived, what, otherwise = posted is None or self._arrivals.root(posted), "Sent", _SENT
        return Next(modals.said_in(frame, what, request.channel) if arrived else modals.told(frame, otherwise))

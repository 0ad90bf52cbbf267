"""What happens when somebody submits a scenario's form: judged at once, then asked for or answered.

A form that shows its plan closes when it is submitted, since Slack closes one only then. That says nothing of success:
what was asked has a card, and what wasn't is told to the person alone.

It is long because what becomes of a form depends on how much of it could be judged before.
"""

from dataclasses import replace
from functools import partial
from typing import Any

from sqlalchemy.exc import SQLAlchemyError

from bot.answer import Answer, Barred, Offer, Offers, Paragraph, Refused
from bot.customer import ChallengeNeeded, Reply
from bot.desk.requests import Request, Requests
from bot.scenario import Form, Scenario, ScenarioKind
from bot.slack import form_views, forms, modals
from bot.slack.answers import Answers
from bot.slack.background_work import Piece, Touches
from bot.slack.blocks import Topic
from bot.slack.codes import SignIns
from bot.slack.form_changes import FormChanges
from bot.slack.form_views import Catalogue, FormViews
from bot.slack.interaction import Interaction, Next
from bot.slack.modals import Frame
from bot.ticket import Ticket
from bot.tickets.engines import is_busy
from bot.words import say

_BUSY = say("The database is busy; nothing was asked. Please submit this again in a minute.")
_OPEN = "Open the form"

_ASKED = say("Asked. Slack hasn't taken the card yet; it's posted as soon as it does.")
_SENT = say("Sent. Slack hasn't taken the answer yet; it's posted as soon as it does.")
"""What is said while there is nothing to see yet."""


class Submissions:
    """Takes forms in. What needs no read is judged before the acknowledgement, everything else after it."""

    def __init__(
        self,
        catalogue: Catalogue,
        form_views: FormViews,
        changes: FormChanges,
        requests: Requests,
        answers: Answers,
        sign_ins: SignIns,
    ) -> None:
        self._catalogue = catalogue
        self._form_views = form_views
        self._changes = changes
        self._requests = requests
        self._answers = answers
        self._arrivals = answers.arrivals
        self._sign_ins = sign_ins

    def form(self, interaction: Interaction) -> Piece | None:
        """Acknowledge a form, with errors under its fields or with "Checking…", and return what is to be done then."""
        memory, values = interaction.memory, interaction.values
        scenario = self._catalogue.askable(memory.scenario)
        if scenario is None:
            gone = say("There is no command {name} any more.", name=memory.scenario)
            interaction.update(modals.told(Frame(title=self._catalogue.app.name, memory=memory), gone))
            return None
        if self._changes.is_for_another_pool(scenario, interaction) or self._changes.lacks_fields(
            scenario, interaction
        ):
            return self._changes.submitted(scenario, interaction)
        memory = memory.model_copy(update={"pool": forms.pool_in(values) or memory.pool})
        typed = forms.typed(scenario, values, memory.typed)
        form, errors = forms.submitted(scenario, typed)
        asks_leads = scenario.asks_leads(typed)
        if not errors and not asks_leads and scenario.acts_as_customer:
            errors = forms.read_otherwise(scenario.form, typed)
        looks = self._form_views.has_to_look(scenario, memory, typed)
        # From the settings alone: whether that is a pool of this person's, is seen after the acknowledgement.
        if not looks and memory.pool not in self._form_views.there(memory.channel).pools_of(scenario):
            errors[forms.POOL] = "Please choose one of these."
        if not errors and values and (too_much := interaction.too_much()):
            # Under a field, so that everything typed stays where it is.
            errors = {next(iter(values)): str(too_much)}
        if errors.keys() - values.keys():
            # What is wrong stands in no field of this form, which may be of an older kind.
            return self._changes.submitted(scenario, interaction)
        if form is None or errors:
            interaction.reject(errors)
            return None
        frame = Frame(title=scenario.title, memory=memory)
        if asks_leads and not looks and memory.plan and memory.values == forms.digest(scenario, form, memory.pool):
            interaction.close(frame)
            return interaction.piece(partial(self._ask, interaction, scenario=scenario, form=form))
        if scenario.has_own_message:
            interaction.close(frame)
            return interaction.piece(partial(self._begin, interaction, scenario=scenario, form=form))
        interaction.accept(frame)
        acts = scenario.acts_as_customer and not asks_leads
        touches = Touches.CUSTOMER if acts else Touches.NOTHING
        return interaction.piece(partial(self._try, interaction, scenario=scenario, form=form), touches)

    def _ask(self, interaction: Interaction, *, scenario: Scenario[Any], form: Form) -> None:
        """Ask the leads for what the form has shown, and is closed for. The card says that it was asked."""
        try:
            asker = self._requests.check(interaction.who, interaction.channel)
            request = self._request(interaction, scenario, form, shown=interaction.memory.plan)
            done = self._requests.submit(request, asker)
            assert isinstance(done, Ticket), "leads are asked for what has a plan"
        except Barred as barred:
            interaction.show_ephemeral(Paragraph(barred.words))
        except Refused as refused:
            self._refused(interaction, scenario, refused)
        except SQLAlchemyError as error:
            if not is_busy(error):
                raise
            self._refused(interaction, scenario, Refused(_BUSY))
        else:
            if not self._arrivals.card(done.id):
                interaction.show_ephemeral(Paragraph(_ASKED))

    def _begin(self, interaction: Interaction, *, scenario: Scenario[Any], form: Form) -> None:
        """Begin what has a message of its own; what there is to say besides is told to the person alone."""
        try:
            asker = self._requests.check(interaction.who, interaction.channel)
            request, frame = self._request(interaction, scenario, form), interaction.modal.frame
            self._answers.answer(interaction, request, asker, frame=frame, pools=(frame.memory.pool,))
        except Barred as barred:
            interaction.show_ephemeral(Paragraph(barred.words))
        except Refused as refused:
            self._refused(interaction, scenario, refused)

    def _refused(self, interaction: Interaction, scenario: Scenario[Any], why: Refused) -> None:
        """Tell the person alone why nothing was asked, with a button that opens the form as it was filled in."""
        memory = interaction.memory
        fields = forms.held(scenario, forms.typed(scenario, interaction.values, memory.typed))
        form = Offer(label=_OPEN, scenario=scenario.name, fields=fields, best=True)
        parts = form_views.refusal(why, scenario, self._catalogue.scenarios)
        topic = Topic(memory.pool, memory.origin, parent=memory.parent)
        interaction.show_ephemeral(*parts, Offers((form,)), topic=topic)

    def _request(self, interaction: Interaction, scenario: Scenario[Any], form: Form, *, shown: str = "") -> Request:
        memory = interaction.modal.frame.memory
        return Request(
            scenario=scenario,
            pool=memory.pool,
            form=form,
            who=interaction.who,
            channel=interaction.channel,
            origin=memory.origin,
            parent=memory.parent,
            # What acts for a customer may be submitted again in the same modal, after a refusal.
            submission=interaction.delivery if scenario.acts_as_customer else interaction.view_id,
            shown=shown,
        )

    def _try(
        self, interaction: Interaction, reply: Reply | None = None, *, scenario: Scenario[Any], form: Form
    ) -> None:
        """Do what is asked for, and show what comes of it; when it is refused, the form once more with the reason.

        ``reply`` answers the challenge at which it stopped before.
        """
        try:
            shown = self._do(interaction, scenario, form, reply)
        except ChallengeNeeded as needed:
            # What waits for a challenge's answer has done with the password.
            values = {name: value for name, value in interaction.values.items() if name != "password"}
            kept = form.model_copy(update={"password": None}) if "password" in scenario.secrets else form
            go_on = partial(self._try, scenario=scenario, form=kept)
            shown = self._sign_ins.ask(needed, replace(interaction, values=values), go_on)
        except SQLAlchemyError as error:
            if scenario.acts_as_customer or not is_busy(error):
                raise
            shown = self._again(interaction, scenario, Refused(_BUSY))
        except Barred as barred:
            # The form may show what was read for it, so it is not drawn again.
            shown = Next(modals.told(interaction.modal.frame, barred.words), barred.words)
        except Refused as refused:
            shown = self._again(interaction, scenario, refused)
        shown.show(interaction)

    def _again(self, interaction: Interaction, scenario: Scenario[Any], why: Refused) -> Next:
        frame = interaction.modal.frame
        typed = forms.without_secrets(scenario, forms.typed(scenario, interaction.values, frame.memory.typed))
        return self._form_views.form(scenario, frame, typed, interaction.who, why=why)

    def _do(self, interaction: Interaction, scenario: Scenario[Any], form: Form, reply: Reply | None) -> Next:
        """Answer, act, or show what leads would be asked, in the customer's pool; return what the modal shows next.

        Raises `Refused`.
        """
        asker = self._requests.check(interaction.who, interaction.channel)
        modal, who = interaction.modal, interaction.who
        typed = forms.typed(scenario, interaction.values, modal.frame.memory.typed)
        frames: tuple[Frame, ...] = (modal.frame,)
        if self._form_views.has_to_look(scenario, modal.frame.memory, typed):
            looked = self._form_views.look(scenario, modal.frame, typed, who)
            if isinstance(looked, Next):
                return looked
            frames = looked
        modal.frame = frame = frames[0]
        if scenario.asks_leads(typed):
            return self._form_views.form(scenario, frame, forms.without_secrets(scenario, typed), who)
        request = self._request(interaction, scenario, form)
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
            arrived, what, otherwise = posted is None or self._arrivals.answer(posted), "Sent", _SENT
        return Next(modals.said_in(frame, what, request.channel) if arrived else modals.told(frame, otherwise))

"""What happens when somebody presses a button of an answer: **Details**, **Hand over…**, **Remind the leads**.

What is pressed comes here after its acknowledgement; what is submitted is acknowledged here.
"""

from functools import partial
from typing import Annotated, Any

from pydantic import Field
from sqlalchemy.exc import SQLAlchemyError

from bot.answer import Answer, Barred, EphemeralAnswer, Paragraph, Refused, Team
from bot.desk.audited_access import AuditedAccess
from bot.desk.mentions import About, HandOvers, Reminders
from bot.desk.requests import Request, Requests
from bot.scenario import Form, Scenario, ScenarioKind
from bot.slack import blocks, form_views, forms, modals
from bot.slack.answers import Arrivals
from bot.slack.background_work import Piece
from bot.slack.blocks import Block, Handed, Press
from bot.slack.form_views import Catalogue
from bot.slack.interaction import Interaction
from bot.slack.modals import Frame, Memory, View
from bot.tickets.engines import is_busy
from bot.tickets.message import Message
from bot.tickets.store import Store, moment
from bot.words import Moment, Person, Words, mention, say

_REMINDED_SOON = say("Slack hasn't taken it yet; the leads are reminded as soon as it does.")

HAND_OVER = "hand-over"
"""The ``callback_id`` of the modal whose submission mentions the team."""

_TITLE = "Hand over"
_WHO = {
    Team.APP: "the team that writes the app",
    Team.CLOUD: "the team that runs the AWS account",
    Team.IDENTITY: "the team that runs the sign-in provider",
    Team.ACCOUNTS: "the team that disables and enables accounts",
}
_HANDED_OVER_SOON = say("Slack hasn't taken it yet; the team is mentioned as soon as it does.")

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


class Details:
    """Shows, to one person alone, all that is seen now: the same is asked once more. Nothing is posted."""

    def __init__(self, requests: Requests, catalogue: Catalogue, database: Store) -> None:
        self._requests = requests
        self._catalogue = catalogue
        self._store = database

    def pressed(self, interaction: Interaction) -> None:
        """Show what is seen now."""
        press = blocks.pressed(Press, interaction.value)
        scenario = self._catalogue.scenarios.get(press.scenario)
        if scenario is None or scenario.kind is not ScenarioKind.ANSWER:
            raise Refused(say("This button is of an older kind. Please type the command instead."))
        memory = Memory(scenario=scenario.name, pool=press.pool, channel=interaction.channel, origin=press.origin)
        frame = Frame(title=blocks.DETAILS_LABEL, memory=memory)
        # Reading may outlive the trigger, so the modal is opened before.
        interaction.load(frame)
        try:
            view = self._read(interaction, scenario, press, frame)
        except Refused as refused:
            view = modals.shown(frame, form_views.refusal(refused, scenario, self._catalogue.scenarios))
        interaction.modal.show(view)

    def _read(self, interaction: Interaction, scenario: Scenario[Any], press: Press, frame: Frame) -> View:
        asker = self._requests.check(interaction.who, interaction.channel, fresh=False)
        pool = self._catalogue.of(asker.pools).check(scenario, press.pool, press.fields)
        form = forms.complete(scenario, press.fields)
        request = Request(scenario=scenario, pool=pool, form=form, who=interaction.who, channel=interaction.channel)
        answer = self._requests.submit(request, asker)
        parts = answer.details if isinstance(answer, Answer) else ()
        if not parts:
            return modals.told(frame, say("There are no details any more: what the thread says has changed."))
        with self._store.reading() as connection:
            now = Moment(moment(self._store.now(connection)), "{time_secs}")
        read = say("Read again just now, at {now}, so it may differ from what the thread says.", now=now)
        return modals.shown(frame, (Paragraph(read), *parts), user=press.fields.get("user", ""))


class RemindersByHand:
    """Has the leads of a request that waits mentioned once more, and shows what came of it where the list is."""

    def __init__(
        self,
        reminders: Reminders,
        requests: Requests,
        access: AuditedAccess,
        catalogue: Catalogue,
        arrivals: Arrivals,
    ) -> None:
        self._reminders = reminders
        self._requests = requests
        self._access = access
        self._catalogue = catalogue
        self._arrivals = arrivals

    def pressed(self, interaction: Interaction) -> None:
        """Mention the leads, at a press in a message or in a modal."""
        result, words = self._reminders.remind(interaction.ticket, who=interaction.who), _REMINDED_SOON
        if not result.accepted or self._arrivals.beneath_card(interaction.ticket):
            words = result.words
        modal, memory = interaction.modal, interaction.memory
        scenario = self._catalogue.scenarios.get(memory.scenario)
        if not modal.is_open or scenario is None or scenario.kind is not ScenarioKind.ANSWER:
            interaction.tell(words)
            return
        # The list stands in a modal: it is drawn again beneath what came of it.
        again = self._requests.submit(
            Request(
                scenario=scenario,
                pool=memory.pool,
                form=forms.complete(scenario, {}),
                who=interaction.who,
                channel=interaction.channel,
            ),
            self._access.asker(interaction.who, interaction.channel),
        )
        rest = again.parts if isinstance(again, EphemeralAnswer) else ()
        modal.show(modals.shown(modal.frame, (Paragraph(words), *rest)))


class HandOverForm:
    """Shows what is to be handed over, and takes it to the desk."""

    def __init__(self, hand_overs: HandOvers, catalogue: Catalogue, arrivals: Arrivals) -> None:
        self._hand_overs = hand_overs
        self._catalogue = catalogue
        self._arrivals = arrivals

    def pressed(self, interaction: Interaction) -> None:
        """Open the text, or show it in the place of the modal in which the button was pressed."""
        handed = blocks.pressed(Handed, interaction.value)
        typed = {"team": handed.team.value, "user": handed.user, "sub": handed.sub}
        memory = Memory(pool=handed.pool, channel=interaction.channel, origin=handed.origin, typed=typed)
        frame = Frame(title=_TITLE, memory=memory)
        interaction.load(frame)
        self._hand_overs.check(interaction.who, interaction.channel, handed.pool)
        named = self._hand_overs.named(handed.team)
        if named and handed.origin is not None:
            interaction.modal.show(_form(frame, handed.team, named, handed.text))
        else:
            interaction.modal.show(modals.drawn(frame, _to_copy(handed, named)))

    def submitted(self, interaction: Interaction) -> Piece | None:
        """Mention the team, after the acknowledgement."""
        form, errors = forms.judged(Text, forms.typed_in(Text, interaction.values))
        if form is None:
            interaction.reject(errors)
            return None
        interaction.accept(Frame(title=_TITLE, memory=interaction.memory))
        return interaction.piece(partial(self._mention, interaction, form.text))

    def _mention(self, interaction: Interaction, text: str) -> None:
        modal, frame, memory = interaction.modal, interaction.modal.frame, interaction.memory
        about = _about(memory)
        named = self._hand_overs.named(about.team)
        if not named:
            raise Refused(say("No team is set for this any more. Please check again."))
        try:
            self._hand_overs.post(
                _message(named, interaction.who.id, text),
                about,
                conversation=memory.origin,
                who=interaction.who,
                channel=memory.channel,
                delivery=interaction.delivery,
            )
        except Barred:
            raise
        except Refused as refused:
            # What was typed stays.
            if not modal.show(_form(frame, about.team, named, text, why=refused.words)):
                raise
            return
        except SQLAlchemyError as error:
            why = say("The database is busy; nothing was posted. Please try again in a minute.")
            if not is_busy(error) or not modal.show(_form(frame, about.team, named, text, why=why)):
                raise
            return
        if memory.origin is None or self._arrivals.replies(memory.origin):
            modal.show(modals.said_in(frame, "Handed over", memory.channel))
        else:
            modal.show(modals.told(frame, _HANDED_OVER_SOON))


def _about(memory: Memory) -> About:
    given = memory.typed
    try:
        team = Team(str(given.get("team")))
    except ValueError:
        raise Refused(say("This form is of an older kind. Please check again, and hand that over.")) from None
    return About(team=team, pool=memory.pool, user=str(given.get("user", "")), sub=str(given.get("sub", "")))


def _form(frame: Frame, team: Team, named: str, text: str, *, why: Words | None = None) -> View:
    content = [
        *blocks.warning(why),
        blocks.line(say("For {team}: {named}", team=_WHO[team], named=mention(named))),
        forms.input_of("text", Text.model_fields["text"], text),
    ]
    return modals.drawn(frame, content, callback=HAND_OVER, submit="Mention the team")


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

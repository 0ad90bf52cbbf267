"""What happens when somebody types a command or presses an offer: an answer runs at once, a form opens filled in.

And the menu: everything that can be asked for, in the words of what is the matter.

It is long because people begin in many ways, which all end in the same few steps.
"""

import logging
from collections.abc import Callable, Iterable, Iterator, Mapping
from dataclasses import dataclass, replace
from typing import Any

from bot.answer import Offer, Offers, Paragraph, Part, Refused
from bot.desk.requests import Request
from bot.desk.services import Services
from bot.scenario import LESS_OFTEN, Form, MenuLine, Scenario, ScenarioKind
from bot.slack import blocks, form_views, forms, modals, typed_command
from bot.slack.answers import Answers
from bot.slack.blocks import Block, Press, Topic
from bot.slack.form_views import USER, Catalogue, FormViews, PoolsHere
from bot.slack.interaction import Interaction
from bot.slack.modals import Frame, Memory, TooLate, View
from bot.slack.typed_command import CHECK, Start, Unclear
from bot.tickets import records
from bot.words import say, visible
from bot.wrappings import addresses, from_slack

log = logging.getLogger(__name__)

MENU = "menu"
"""What a button holds in place of a scenario that opens the menu."""

_LAST = 1000
"""The place in the menu of what names none."""

_IN_A_ROW = 25
"""Buttons in one row that Slack takes."""

_LONGEST_READ = 60
"""Characters that are repeated of what nobody understood."""


class Commands:
    """Starts scenarios for people, after the acknowledgement."""

    def __init__(self, catalogue: Catalogue, form_views: FormViews, answers: Answers, doors: Services) -> None:
        self._catalogue = catalogue
        self._form_views = form_views
        self._answers = answers
        self._access = doors.access
        self._requests = doors.requests
        self._store = doors.database

    def typed(self, interaction: Interaction) -> None:
        """Run or open what somebody means who typed a command, or offer what comes close to it."""
        # How the channel is has to be read, which may outlive a trigger: whatever opens is opened before.
        self._access.listed(interaction.who, interaction.channel)
        slash, command = self._catalogue.app.commands, interaction.command
        if slash.scenario(command) is None:
            log.warning("the installed app has the command %s; its manifest is another desk's, or an old one", command)
            foreign = "{command} is none of my commands. Type `{menu}` for everything there is."
            raise Refused(say(foreign, command=command, menu=slash.menu))
        match typed_command.read(
            command, forms.storable(interaction.text), self._catalogue.scenarios, prefix=slash.menu
        ):
            case typed_command.Menu():
                self._menu(interaction)
            case typed_command.Explain(scenario=name):
                self._start(interaction, Press(scenario=name, pool="", fields={}, origin=None), explained=True)
            case typed_command.Start(scenario=name, text=text):
                first = self._scenario(name).first_field
                fields = {first: text} if text and first else {}
                self._start(interaction, Press(scenario=name, pool="", fields=fields, origin=None))
            case typed_command.Unclear() as unclear:
                here = self._here(interaction)
                interaction.show_ephemeral(*instead(unclear, here.offered, prefix=slash.menu))

    def pressed(self, interaction: Interaction) -> None:
        """Run or open what an offer holds; in its place, where it was pressed in a modal."""
        press = blocks.pressed(Press, interaction.value)
        if interaction.channel:
            self._begin(interaction, press)
        else:
            self._in_a_channel(interaction, press)

    def message_chosen(self, interaction: Interaction) -> None:
        """Check the customer whose address stands in a message; of several, ask for one."""
        self._access.listed(interaction.who, interaction.channel)
        found = addresses(from_slack(forms.storable(interaction.text)))
        offers = [Offer(label=f"Check {each}", scenario=CHECK, fields={USER: each}) for each in found]
        if not found:
            words = "There is no e-mail address in this message. Type `{command}` and the customer's user name."
            raise Refused(say(words, command=self._catalogue.app.commands.typed(CHECK)))
        if len(found) == 1:
            self._begin(interaction, Press(scenario=CHECK, pool="", fields=offers[0].fields, origin=None))
            return
        memory = Memory(channel=interaction.channel, thread_of=interaction.thread_of)
        frame = Frame(title=self._scenario(CHECK).title, memory=memory)
        asked = Paragraph(say("There are several addresses in this message. Which one?"))
        self._open(interaction, frame, lambda: modals.shown(frame, (asked, Offers(tuple(offers), all_shown=True))))

    def channel_chosen(self, interaction: Interaction) -> None:
        """Go on with what was pressed in the Home tab, in the channel that was chosen for it."""
        press = Press(scenario=interaction.memory.scenario, pool="", fields={}, origin=None)
        self._begin(interaction.moved(interaction.value), press)

    def _in_a_channel(self, interaction: Interaction, press: Press) -> None:
        """Begin in the channel where somebody may ask; where those are several, ask for it first."""
        if channel := self._access.only_channel:
            self._begin(interaction.moved(channel), press)
            return
        # Who this is, and what the channels are called, may have to be asked of Slack.
        frame = Frame(title=self._catalogue.app.name, memory=Memory(scenario=press.scenario, channel=""))
        interaction.load(frame)
        channels = self._access.channels(self._access.asker_anywhere(interaction.who))
        if len(channels) == 1:
            self._begin(interaction.moved(channels[0]), press)
            return
        named = [(each, self._access.channel_name(each)) for each in channels]
        interaction.modal.show(which_channel(frame, named))

    def _begin(self, interaction: Interaction, press: Press) -> None:
        self._access.listed(interaction.who, interaction.channel)
        if press.scenario == MENU:
            self._menu(interaction)
        else:
            self._start(interaction, press)

    def _start(self, interaction: Interaction, press: Press, *, explained: bool = False) -> None:
        scenario = self._scenario(press.scenario, follows_up=press.parent is not None)
        # What answers at once opens no modal, so that nothing waits for its trigger.
        answers = scenario.kind is ScenarioKind.ANSWER and (bool(press.fields) or not scenario.fields)
        here = self._here(interaction, "" if answers else scenario.title)
        try:
            pool = here.check(scenario, press.pool or here.only_pool, press.fields)
            filled, form = forms.filled(scenario, press.fields)
        except Refused as refused:
            parts = form_views.refusal(refused, scenario, self._catalogue.scenarios)
            # It takes the place of what it was pressed in, if that is there.
            modal = interaction.modal
            if not (modal.is_open and modal.show(modals.shown(modal.frame, parts))):
                interaction.show_ephemeral(*parts)
            return
        complete = bool(filled) or not scenario.fields
        somewhere = bool(pool) or scenario.first_field == USER or not scenario.reads_a_pool
        memory = Memory(
            scenario=scenario.name, pool=pool, channel=interaction.channel, origin=press.origin, parent=press.parent
        )
        frame = Frame(title=scenario.title, memory=memory)
        if form is not None and scenario.kind is ScenarioKind.ANSWER and somewhere and complete:
            self._answer(interaction, scenario, pool, form)
            return
        looks = not pool and USER in filled and here.finds_pool(scenario)
        draw = self._form_views.form_of if looks else self._form_views.form
        above = explanation(scenario, prefix=self._catalogue.app.commands.menu) if explained else []

        def view() -> View:
            drawn = draw(scenario, frame, filled, interaction.who).view
            return {**drawn, "blocks": [*above, *drawn["blocks"]]}

        try:
            self._open(interaction, frame, view, reads=self._form_views.reads(scenario, pool, filled, here))
        except TooLate:
            again = Offer(label=scenario.title, scenario=scenario.name, fields=forms.held(scenario, filled))
            late = say("Slack's time for opening the form was over before I could. Press the button to open it.")
            interaction.show_ephemeral(
                Paragraph(late), Offers((again,)), topic=replace(memory.topic, parent=press.parent)
            )

    def _answer(self, interaction: Interaction, scenario: Scenario[Any], pool: str, form: Form) -> None:
        frame = Frame(
            title=scenario.title, memory=Memory(scenario=scenario.name, pool=pool, channel=interaction.channel)
        )
        modal = interaction.modal
        if modal.is_open:
            modal.open(frame, modals.waiting(frame, modals.CHECKING))
        request = Request(
            scenario=scenario,
            pool=pool,
            form=form,
            who=interaction.who,
            channel=interaction.channel,
            submission=interaction.trigger,
        )
        try:
            asker = self._requests.check(request.who, request.channel)
            known = bool(pool) or not scenario.reads_a_pool
            among = self._catalogue.of(asker.pools).pools_of(scenario)
            pools = (pool,) if known else self._form_views.pools_of(scenario, getattr(form, USER), among)
            view = self._answers.answer(interaction, request, asker, frame=frame, pools=pools)
        except Refused as refused:
            parts = form_views.refusal(refused, scenario, self._catalogue.scenarios)
            if not modal.is_open:
                interaction.show_ephemeral(*parts, topic=Topic(pool))
                return
            view = modals.shown(frame, parts)
        if view is not None:
            modal.show(view)

    def _menu(self, interaction: Interaction) -> None:
        here = self._here(interaction, self._catalogue.app.name)
        memory = Memory(pool=here.only_pool, channel=interaction.channel)
        frame = Frame(title=self._catalogue.app.name, memory=memory)

        def view() -> View:
            offered = here.offered
            # Of what nobody here has ever had there is nothing to explain.
            left_out = [
                each.title
                for name, each in self._catalogue.scenarios.items()
                if name not in offered and not each.needs_mail_evidence and not each.needs_file
            ]
            return menu(frame, offered, waiting=records.count_waiting(self._store, here.pools), left_out=left_out)

        self._open(interaction, frame, view)

    def _open(self, interaction: Interaction, frame: Frame, view: Callable[[], View], *, reads: bool = False) -> None:
        """Show a view to somebody who may ask; ``reads``: it has to read a pool first. Raises `Refused`, `TooLate`."""
        modal, who = interaction.modal, interaction.who
        at_once = not modal.is_open and not reads and self._access.knows_asker(who, interaction.channel)
        if at_once:
            self._access.asker(who, interaction.channel)
            modal.open(frame, view())
        elif reads or not modal.is_open:
            # Reading, or asking Slack who this is, may outlive the trigger, so the modal is opened before.
            interaction.load(frame)
        modal.frame = frame
        try:
            if at_once:
                self._access.place(who, interaction.channel, fresh=True)
            else:
                self._requests.check(who, interaction.channel)
        except Refused as refused:
            # The modal says it too, in the place of a form that nobody need fill in.
            interaction.show_ephemeral(Paragraph(refused.words))
            raise
        if not at_once:
            modal.show(view())

    def _here(self, interaction: Interaction, title: str = "") -> PoolsHere:
        """Return what to offer somebody where they are. Raises `Refused` where that is nothing, and `TooLate`.

        ``title`` of the modal that is opened next, if any: where Slack has to be asked, its trigger can't wait.
        """
        who, channel = interaction.who, interaction.channel
        if title and not interaction.modal.is_open and not self._access.knows_offered(who, channel):
            interaction.load(Frame(title=title, memory=Memory(channel=channel, thread_of=interaction.thread_of)))
        return self._catalogue.of(self._access.offered(who, channel))

    def _scenario(self, name: str, *, follows_up: bool = False) -> Scenario[Any]:
        found = self._catalogue.askable(name) if follows_up else self._catalogue.scenarios.get(name)
        if found is None:
            unknown = "There is no command {name}. Type `{menu}` for everything there is."
            raise Refused(say(unknown, name=name, menu=self._catalogue.app.commands.menu))
        return found


def which_channel(frame: Frame, channels: Iterable[tuple[str, str]]) -> View:
    """Return what asks for one of several channels, each by its id and what it is called."""
    chosen = [
        {"type": "button", "action_id": f"channel:{n}", "text": blocks.label(visible(name)), "value": channel}
        for n, (channel, name) in enumerate(channels)
    ]
    rows = [chosen[n : n + _IN_A_ROW] for n in range(0, len(chosen), _IN_A_ROW)]
    content = [
        blocks.line(say("In which channel shall the answer stand?")),
        *({"type": "actions", "elements": row} for row in rows),
    ]
    return modals.drawn(frame, content)


def instead(unclear: Unclear, scenarios: Mapping[str, Scenario[Any]], *, prefix: str) -> tuple[Part, ...]:
    """Return what to say of a command that isn't one, with what may have been meant as buttons.

    ``scenarios``: those that are offered; ``prefix``: what every command begins with.
    """
    near = [each for each in unclear.near if each.scenario in scenarios]
    offers = [_offered_as_typed(each, scenarios[each.scenario], prefix) for each in near]
    for each in unclear.customers:
        label = f"Check {each}" if "@" in each else f'Check the customer "{each}"'
        offers.append(Offer(label=label, scenario=CHECK, fields={scenarios[CHECK].first_field: each}))
    typed = blocks.shortened(unclear.typed, _LONGEST_READ)
    if unclear.is_mention:
        words = say("{typed} is in Slack, and no customer. Type the customer's user name or e-mail.", typed=typed)
    elif len(near) == 1:
        words = say("Did you mean `{command}`?", command=blocks.shortened(offers[0].label, 75))
    elif near:
        words = say('There is no command "{typed}". Did you mean one of these?', typed=typed)
    elif len(unclear.customers) > 1:
        words = say("There are several addresses in this: {found}. Which one?", found=", ".join(unclear.customers))
    elif unclear.customers and "@" in unclear.customers[0]:
        words = say("There is more in this than an address. Do you mean {address}?", address=unclear.customers[0])
    else:
        words = say('There is no command "{typed}".', typed=typed)
    return Paragraph(words), Offers((*offers, Offer(label="What can I do here?", scenario=MENU)), all_shown=True)


def _offered_as_typed(start: Start, scenario: Scenario[Any], prefix: str) -> Offer:
    fields = {scenario.first_field: start.text} if start.text and scenario.first_field else {}
    return Offer(label=f"{prefix} {scenario.name} {start.text}".rstrip(), scenario=scenario.name, fields=fields)


def explanation(scenario: Scenario[Any], *, prefix: str) -> list[Block]:
    """Return what a command is for, to stand above its form."""
    command = f"{prefix} {scenario.name} {scenario.usage}".rstrip()
    words = say("{summary}. Type `{command}`, or fill this in.", summary=scenario.summary, command=command)
    return [blocks.line(words)]


@dataclass(frozen=True, slots=True)
class _Row:
    line: MenuLine
    scenario: Scenario[Any]


def menu(frame: Frame, scenarios: Mapping[str, Scenario[Any]], *, waiting: int, left_out: Iterable[str] = ()) -> View:
    """Return the menu. ``waiting``: how many requests wait; ``left_out``: the titles of what isn't offered here."""
    rows = sorted(_rows(scenarios.values()), key=lambda row: (row.line.place, row.scenario.name))
    drawn = [_drawn(row, frame, n, waiting) for n, row in enumerate(rows)]
    often = sum(row.line.place < LESS_OFTEN for row in rows)
    missing = ", ".join(left_out)
    content = [
        blocks.line(say("What is the matter?"), bold=True),
        *drawn[:often],
        *([{"type": "divider"}, blocks.line(say("Less often"), bold=True)] if rows[often:] else []),
        *drawn[often:],
        *([blocks.line(say(_SWITCHED_OFF, titles=missing))] if missing else []),
    ]
    return modals.drawn(frame, content[:100])


_SWITCHED_OFF = (
    "Not offered here: {titles}. For those the desk would need the customer's own token, password or code, and the "
    "operator hasn't allowed that. The customer can do the same in the app."
)


def _rows(scenarios: Iterable[Scenario[Any]]) -> Iterator[_Row]:
    for scenario in scenarios:
        for line in scenario.menu or (MenuLine(_LAST, scenario.summary),):
            yield _Row(line, scenario)


def _drawn(row: _Row, frame: Frame, n: int, waiting: int) -> Block:
    offer = Offer(label=row.line.button or row.scenario.title, scenario=row.scenario.name)
    words = row.line.words.replace("{waiting}", str(waiting or "nothing"))
    return {
        "type": "section",
        "text": blocks.label(words, 3000),
        "accessory": blocks.button(offer, Topic(frame.memory.pool), n=n),
    }

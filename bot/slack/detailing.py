"""What happens when somebody presses **Details**: the same is asked once more, and they see all that is seen."""

from collections.abc import Collection, Mapping
from datetime import datetime
from typing import Any

from bot.answer import Answer, Paragraph
from bot.desk.approvals import Desk
from bot.desk.audited_access import AuditedAccess
from bot.plan import Refused
from bot.scenario import Scenario, ScenarioKind
from bot.slack import blocks, forms, presses, prompts, views
from bot.slack.clicks import Clicks
from bot.slack.offered import Offered
from bot.slack.presses import Press
from bot.slack.request import Request
from bot.slack.views import Frame, Memory, View
from bot.tickets.store import Store, moment
from bot.words import Moment, say


class Detailing:
    """Shows details. Nothing is posted. Clicks come here after their acknowledgement."""

    def __init__(
        self,
        *,
        scenarios: Mapping[str, Scenario[Any]],
        pools: Collection[str],
        channels: Collection[str],
        offered: Offered,
        audited_access: AuditedAccess,
        desk: Desk,
        database: Store,
        clicks: Clicks,
    ) -> None:
        self._scenarios = scenarios
        self._pools = pools
        self._channels = channels
        self._offered = offered
        self._audited_access = audited_access
        self._desk = desk
        self._store = database
        self._clicks = clicks

    def press(self, request: Request, value: str) -> None:
        """Show what is seen now."""
        self._clicks.after_ack(request, lambda: self._press(request, value), decides=False)

    def _press(self, request: Request, value: str) -> None:
        press = presses.read(value, self._pools)
        scenario = self._scenarios.get(press.scenario)
        if scenario is None or scenario.kind is not ScenarioKind.ANSWER:
            raise Refused(say("This button is of an older kind. Please type the command instead."))
        memory = Memory(scenario=scenario.name, pool=press.pool, channel=request.channel, origin=press.origin)
        # Reading may outlive the trigger, so the modal is opened before.
        modal = self._clicks.open(request, Frame(title=blocks.DETAILS_LABEL, memory=memory))
        self._audited_access.place(request.who, request.channel, self._channels)
        try:
            view = self._read(request, scenario, press, modal.frame)
        except Refused as refused:
            view = views.shown(modal.frame, prompts.refusal(refused, scenario, self._scenarios))
        modal.show(view)

    def _read(self, request: Request, scenario: Scenario[Any], press: Press, frame: Frame) -> View:
        pool, fields = self._offered.check(scenario, press.pool, press.fields), forms.filled(scenario, press.fields)
        answer = self._desk.answer(scenario.name, pool, fields, who=request.who)
        parts = answer.details if isinstance(answer, Answer) else ()
        if not parts:
            return views.told(frame, say("There are no details any more: what the thread says has changed."))
        now = Moment(self._now(), "{time_secs}")
        read = say("Read again just now, at {now}, so it may differ from what the thread says.", now=now)
        user = press.fields.get("user", "")
        return views.shown(frame, (Paragraph(read), *parts), user=user)

    def _now(self) -> datetime:
        with self._store.reading() as connection:
            return moment(self._store.now(connection))

"""The Home tab: what waits for one person, what they have asked for, and what came of the last day.

It is drawn for one person, after a look at their rights. Slack goes on showing what was last published, so it is drawn
again while somebody may be looking at it, and emptied for who has lost their rights. Nothing that is pressed there
decides anything: **Open…** shows what a vote has to confirm.
"""

import logging
from collections.abc import Callable, Collection, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, replace

from slack_sdk import WebClient
from slack_sdk.errors import SlackApiError
from sqlalchemy import Connection, and_, exists, func, insert, or_, select, update
from sqlalchemy.exc import IntegrityError

from bot.answer import Offer, Offers
from bot.desk.members import Member
from bot.desk.people import Roster, Who
from bot.plan import Risk, Waiting
from bot.repeated import Repeated
from bot.slack import blocks
from bot.slack.blocks import Block, Topic
from bot.slack.commands import MENU
from bot.slack.interaction import Interaction
from bot.slack.modals import View
from bot.slack.typed_command import CHECK
from bot.ticket import Event
from bot.tickets import tables
from bot.tickets.records import Records
from bot.tickets.store import Store, taken
from bot.timings import UNHURRIED
from bot.words import Link, Moment, Person, Words, joined, say

log = logging.getLogger(__name__)

OPENED = "app_home_opened"
"""Slack's event of somebody who opens the app."""

_LOOKING = 600.0
"""Seconds for which somebody who has opened it may be looking at it."""

_AT_MOST_EVERY = 30.0
"""Seconds between two drawings for one person, but for those that follow what they did themselves."""

_CHECKED_EVERY = 900.0
"""Seconds after which it is looked whether somebody may still see what Slack shows them."""

_NOT_TAKEN = -1
"""What somebody has seen to whom Slack didn't take what was published last: less than an audit without a row."""

_MOST_SHOWN = 10
_MOST_TRIED = 30
"""Requests that are listed, and that are looked at for that."""

_DAY = 86_400.0
_ENDS: Mapping[str, str] = {
    Event.DONE: "done",
    Event.DENIED: "denied",
    Event.EXPIRED: "expired",
    Event.STALE: "not sent",
    Event.FAILED: "failed",
    Event.IN_DOUBT: "in doubt",
}
"""How a day's requests ended, by the audit's word."""

_SWITCHED_OFF = ". Give the app the present manifest (`desk manifest`) and install it again"

_row = tables.home_tab.c
_audit = tables.audit.c


@dataclass(frozen=True, slots=True)
class _Tab:
    who: Who
    drawn_at: float
    is_new: bool
    """Whether there is news for it; otherwise it's only looked whether they may still see it."""


class HomeTabs:
    """Draws and publishes everybody's Home tab; a thread of its own looks for whom it is time.

    Which are open stands in the database, so that any replica draws what another one has changed.
    """

    def __init__(
        self,
        client: WebClient,
        database: Store,
        roster: Roster,
        records: Callable[[str, str, Collection[str]], Records],
        *,
        every: float = UNHURRIED.home,
    ) -> None:
        """``records``: what is on record of a pool, as one person reads it who may see what waits in some pools.

        ``every``: seconds between two looks.
        """
        self._client = client
        self._store = database
        self._roster = roster
        self._records = records
        self._repeated = Repeated(self.look, name="home-tabs", every=every, broken=_undrawn)

    def start(self) -> None:
        """Begin to look for whom it is time."""
        self._repeated.start()

    def stop(self, seconds: float) -> None:
        """Look no more."""
        self._repeated.stop(seconds)

    def opened(self, interaction: Interaction) -> None:
        """Draw it for somebody who has just opened it. Called after the acknowledgement."""
        who = interaction.who
        try:
            with self._store.transaction() as connection:
                now = self._store.now(connection)
                known = {"team": who.team, "opened_at": now, "drawn_at": now, "seen": _newest(connection)}
                stands = update(tables.home_tab).where(_row.person == who.id).values(**known)
                if connection.execute(stands).rowcount == 0:
                    connection.execute(insert(tables.home_tab).values(person=who.id, shows=False, **known))
        except IntegrityError as error:
            # It was opened twice in this moment.
            if not taken(error):
                raise
        self._publish(who, fresh=True)

    def look(self) -> None:
        """Draw it for everybody for whom it is time."""
        for tab in self._due():
            if self._repeated.is_stopped:
                return
            # Who may see something still may have seen more, where pools have people of their own.
            if self._claim(tab) and (tab.is_new or not self._roster.is_one_team or not self._roster.sees(tab.who)):
                self._publish(tab.who)

    def _due(self) -> Sequence[_Tab]:
        with self._store.reading() as connection:
            now, newest = self._store.now(connection), _newest(connection)
            # What Slack didn't take waits its time, whatever its person has ever done.
            own = and_(_row.seen > _NOT_TAKEN, exists().where(_audit.person == _row.person, _audit.id > _row.seen))
            waited = _row.drawn_at < now - _AT_MOST_EVERY
            news = and_(_row.opened_at > now - _LOOKING, _row.seen < newest, or_(waited, own))
            unchecked = and_(_row.shows, _row.drawn_at < now - _CHECKED_EVERY)
            rows = connection.execute(select(tables.home_tab, news.label("is_new")).where(or_(news, unchecked))).all()
        return [_Tab(Who(row.person, row.team), row.drawn_at, bool(row.is_new)) for row in rows]

    def _claim(self, tab: _Tab) -> bool:
        """Take one that is due; of several replicas one gets it."""
        mine = update(tables.home_tab).where(_row.person == tab.who.id, _row.drawn_at == tab.drawn_at)
        with self._store.transaction() as connection:
            given = {"drawn_at": self._store.now(connection), "seen": _newest(connection)}
            return connection.execute(mine.values(**given)).rowcount == 1

    def _publish(self, who: Who, *, fresh: bool = False) -> None:
        """Draw it and publish it. What Slack doesn't take now is drawn once more when it's time again.

        ``fresh``: whom Slack named as agents and leads a moment ago doesn't count.
        """
        pools = self._roster.sees(who, fresh=fresh)
        shows = bool(pools)
        view = self._drawn(who, pools, fresh=fresh) if shows else nothing_here()
        given: dict[str, object] = {"shows": shows}
        if shows:
            # Noted before it is sent: Slack may take what gets no answer, or what this process doesn't live to note.
            self._note(who, {"shows": True})
        try:
            self._client.views_publish(user_id=who.id, view=view)
        except SlackApiError as error:
            refusal = str(error.response["error"])
            cure = _SWITCHED_OFF if refusal == "not_enabled" else ""
            log.warning("a Home tab was refused: %s%s", refusal, cure)
            given = {"seen": _NOT_TAKEN}
        except OSError as error:
            log.warning("a Home tab got no answer (%s)", type(error).__name__)
            given = {"seen": _NOT_TAKEN}
        self._note(who, given)

    def _note(self, who: Who, given: Mapping[str, object]) -> None:
        """Write down how somebody's tab stands."""
        with self._store.transaction() as connection:
            connection.execute(update(tables.home_tab).where(_row.person == who.id).values(**given))

    def _drawn(self, who: Who, pools: Collection[str], *, fresh: bool) -> View:
        """Return the tab of somebody who may see what is of some pools.

        ``fresh``: a card that somebody has deleted is posted anew.
        """
        records = self._records("", who.id, pools)
        if not fresh:
            records = replace(records, standing=None)
        member = self._roster.member(who)
        waiting = records.waiting()
        return home(_for(member, waiting, records), _own(member, waiting), _in_words(self._ends(pools)))

    def _ends(self, pools: Collection[str]) -> Mapping[str, int]:
        """Return how many requests of some pools ended in which way in the last day."""
        query = (
            select(_audit.event, func.count().label("n"))
            .join(tables.ticket, tables.ticket.c.id == _audit.ticket)
            .where(tables.ticket.c.pool.in_(tuple(pools)), _audit.event.in_([str(each) for each in _ENDS]))
        )
        with self._store.reading() as connection:
            since = self._store.now(connection) - _DAY
            rows = connection.execute(query.where(_audit.at > since).group_by(_audit.event))
            return {row.event: row.n for row in rows}


def _undrawn(error: Exception) -> None:
    # The database or Slack is away; what isn't drawn now is drawn later.
    log.warning("the Home tabs could not be drawn (%s)", type(error).__name__)


def home(for_you: Sequence[Waiting], asked: Sequence[Waiting], day: str) -> View:
    """Return the tab: what waits for somebody, what they have asked for, and how a day's requests ended."""
    topic = Topic()
    offers = (
        Offer(label="Check a customer", scenario=CHECK),
        Offer(label="History", scenario="history"),
        Offer(label="More…", scenario=MENU),
    )
    return {
        "type": "home",
        "blocks": [
            blocks.line(_heading("Waits for you", for_you), bold=True),
            *(block for n, each in enumerate(for_you[:_MOST_SHOWN]) for block in _listed(each, n)),
            *_more(for_you),
            {"type": "divider"},
            blocks.line(_heading("You asked", asked), bold=True),
            *(blocks.line(_request(each)) for each in asked[:_MOST_SHOWN]),
            *_more(asked),
            {"type": "divider"},
            blocks.line(say("Last 24 hours: {day}", day=day)),
            blocks.buttons(Offers(offers, all_shown=True), topic, first=_MOST_SHOWN),
        ],
    }


def nothing_here() -> View:
    """Return the tab of somebody who may see nothing."""
    words = say("Nothing here is for you: this is for the support team and its leads. The operator says who that is.")
    return {"type": "home", "blocks": [blocks.line(words)]}


def _heading(what: str, listed: Sequence[Waiting]) -> Words:
    return say(f"{what} ({{n}})", n=len(listed))


def _listed(waiting: Waiting, n: int) -> Iterator[Block]:
    yield blocks.line(_request(waiting))
    yield {"type": "actions", "elements": [blocks.open_button(waiting.ticket, n=n)]}


def _request(waiting: Waiting) -> Words:
    begins = "🔴 High risk" if waiting.risk is Risk.HIGH else "🟡 Normal risk"
    needs = "needs a lead" if waiting.left == 1 else f"needs {waiting.left} leads"
    first = say(f"{begins}: *{{summary}}*", summary=waiting.summary.plain())
    card = " · {card}" if waiting.card else ""
    second = say(
        f"asked by {{who}} · pool {{pool}} · {needs} · until {{until}}{card}",
        who=Person(waiting.requester),
        pool=waiting.pool,
        until=Moment(waiting.until),
        card=Link(waiting.card, "card ↗"),
    )
    return joined((first, *([waiting.danger] if waiting.danger else []), second), "\n")


def _more(listed: Sequence[Waiting]) -> list[Block]:
    left = len(listed) - _MOST_SHOWN
    return [blocks.line(say("… and {left} more, which expire later.", left=left))] if left > 0 else []


def _for(member: Member, waiting: Iterable[Waiting], records: Records) -> list[Waiting]:
    """Return what this person can decide, of what has a card that others see too."""
    tried = [each for each in waiting if each.card and each.requester not in member.ids][:_MOST_TRIED]
    return [each for each in tried if records.deciding(each.ticket).reader]


def _own(member: Member, waiting: Iterable[Waiting]) -> list[Waiting]:
    return [each for each in waiting if each.requester in member.ids]


def _in_words(ends: Mapping[str, int]) -> str:
    told = [f"{ends[event]} {words}" for event, words in _ENDS.items() if ends.get(event)]
    return " · ".join(told) or "nothing was decided"


def _newest(connection: Connection) -> int:
    """Return the number of the audit's newest row."""
    return int(connection.execute(select(func.max(_audit.id))).scalar() or 0)

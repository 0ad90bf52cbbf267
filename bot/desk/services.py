"""The desk's doors, and what they stand on, put together: whatever is done for a person goes through one of these."""

from collections.abc import Callable, Collection, Mapping, Sequence
from concurrent.futures import Executor
from dataclasses import dataclass
from functools import partial
from typing import Any

from bot.attached_list import AttachedLists
from bot.aws.gateway import Gateway
from bot.aws.observed import Observer
from bot.desk.approvals import Decisions
from bot.desk.audited_access import AuditedAccess
from bot.desk.channels import ChannelStates
from bot.desk.customer_actions import CustomerActions
from bot.desk.mentions import HandOvers, LeadsElsewhere, Reminders
from bot.desk.people import Roster
from bot.desk.pool_checks import PoolCheckStarts, PoolCheckStops
from bot.desk.rechecks import Rechecks
from bot.desk.requests import Proposals, Requests
from bot.desk.rules import Judging
from bot.desk.weekly_reports import WeeklyReports
from bot.desk.which_pool import WhichPool
from bot.plan import Deciding
from bot.pool_check.checks import PoolChecks
from bot.pool_check.findings import Findings
from bot.pool_check.worker import Worker
from bot.scenario import Scenario
from bot.settings import Approvals, Settings
from bot.slack_errors import Told
from bot.ticket import Ticket
from bot.tickets import records
from bot.tickets.bulk_lists import Listings
from bot.tickets.bulk_pace import Paces
from bot.tickets.bulk_runs import BulkRuns
from bot.tickets.files import Files
from bot.tickets.leases import Leases
from bot.tickets.planner import OtherSources, Planner
from bot.tickets.records import Links, Records
from bot.tickets.runner import Runner
from bot.tickets.shared_rates import SharedRates
from bot.tickets.store import Store
from bot.tickets.sweeper import Escalation, Sweeper
from bot.tickets.transitions import Tickets
from bot.timings import Timings


@dataclass(frozen=True, slots=True, kw_only=True)
class FromSlack:
    """What the desk has from Slack alone: who people are, what channels are like, and where cards stand."""

    roster: Roster
    channels: ChannelStates
    cards: Links
    """Finds tickets' cards."""
    standing: Links
    """Finds the cards that somebody is about to open."""
    told: Told
    """Says what a refusal of Slack's means."""
    lists: AttachedLists
    """Fetches what people attach."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Foundation:
    """What the doors stand on."""

    slack: FromSlack
    judging: Judging
    gateway: Gateway
    tickets: Tickets
    planner: Planner
    runner: Runner
    sweeper: Sweeper
    records: Callable[[str, str, Collection[str]], Records]
    """What is on record of a pool, as one person, by their id, reads it who may see what waits in some pools."""
    rechecks: Rechecks
    files: Files
    threads: Callable[[int, str], Executor]
    """Makes so many threads of one name."""
    pauses: Sequence[float]
    """Seconds before each look at what Cognito may be late in showing."""
    pool_checks: PoolChecks
    pool_worker: Worker
    """Reads whole pools."""
    weekly_reports: WeeklyReports
    bulk_runs: BulkRuns


def foundation(
    settings: Settings,
    scenarios: Mapping[str, Scenario[Any]],
    timings: Timings,
    *,
    slack: FromSlack,
    tickets: Tickets,
    running: Executor,
    rechecking: Executor,
    threads: Callable[[int, str], Executor],
    pool_checks: PoolChecks,
    files: Files,
    observed: Observer | None = None,
) -> Foundation:
    """Put together what the doors stand on. Raises `SettingsError`.

    ``running`` runs approved tickets, ``rechecking`` checks cases again. ``observed`` is told of each request to AWS.
    """
    sends = frozenset().union(*(each.sends for each in scenarios.values()))
    rates = SharedRates(tickets.store)
    gateway = Gateway(settings.pools, sends=sends, threads=threads, mail_reads=timings.mail_reads, observed=observed)
    gateway.tell_of_singles(rates.count)
    judging = Judging(slack.roster, settings.approvals.leads_needed)
    # What is approved is planned again over clients and threads of its own: it waits for nobody's check.
    approved = gateway.for_tickets()
    replanner = Planner(scenarios, approved, tickets.store, OtherSources(lists=slack.lists))

    def share(pool: str) -> float:
        return settings.pools[pool].scan_share

    pacers = Paces(rates, gateway.pool_reader, share)
    leases = Leases(tickets, lease=timings.lease)
    runner = Runner(leases, replanner, approved, running, judge=judging.standing, pauses=timings.pauses)

    def on_record(pool: str, reader: str, reader_pools: Collection[str]) -> Records:
        deciding = partial(_deciding, judging, slack.channels, reader)
        return Records(tickets.store, pool, reader_pools, slack.cards, slack.standing, slack.told, deciding)

    def everyone(pool: str) -> Listings:
        return Listings(tickets.store, pool, lambda operation: pacers(pool, operation).a_second)

    starts = PoolCheckStarts(checks=pool_checks, reader=gateway.pool_reader, share=share)
    others = OtherSources(records=on_record, whole_pool=starts.asked, lists=slack.lists, everyone=everyone)
    planner = Planner(scenarios, gateway, tickets.store, others)
    # What concerns many people has its list, and what became of each, beneath its card.
    tickets.files = files
    return Foundation(
        slack=slack,
        judging=judging,
        gateway=gateway,
        tickets=tickets,
        records=on_record,
        planner=planner,
        runner=runner,
        sweeper=Sweeper(tickets, runner, every=timings.sweep, escalation=_escalation(settings.approvals)),
        rechecks=Rechecks(
            tickets.cases,
            planner,
            rechecking,
            pools=settings.pools,
            pools_in=settings.pools_in,
            timings=timings,
        ),
        files=files,
        threads=threads,
        pauses=timings.pauses,
        pool_checks=pool_checks,
        weekly_reports=WeeklyReports(
            pool_checks, starts.scheduled, settings.pools, objection=slack.channels.objection, every=timings.reports
        ),
        pool_worker=Worker(pool_checks, rates, gateway, Findings(tickets.store, gateway), timings=timings),
        bulk_runs=BulkRuns(tickets, approved, judge=judging.standing, pacers=pacers, threads=threads, timings=timings),
    )


def _deciding(judging: Judging, channels: ChannelStates, reader: str, ticket: Ticket) -> Deciding:
    """Return who can decide about a ticket that waits, as one person reads it; nobody where its channel is closed."""
    if words := channels.objection(ticket.channel, elsewhere=True):
        return Deciding(words=words, reader=False, is_closed=True)
    return judging.deciding(ticket, reader=reader)


def _escalation(approvals: Approvals) -> Escalation | None:
    if approvals.escalate_after is None:
        return None
    return Escalation(to=approvals.escalate_to, after=approvals.escalate_after.total_seconds())


@dataclass(frozen=True, slots=True, kw_only=True)
class Services:
    """The doors themselves."""

    roster: Roster
    access: AuditedAccess
    decisions: Decisions
    requests: Requests
    customer_actions: CustomerActions
    which_pool: WhichPool
    hand_overs: HandOvers
    reminders: Reminders
    database: Store
    tickets: Tickets
    pool_check_stops: PoolCheckStops


def doors(settings: Settings, foundation: Foundation) -> Services:
    """Put the doors together."""
    slack, tickets, database = foundation.slack, foundation.tickets, foundation.tickets.store
    access = AuditedAccess(slack.roster, database, slack.channels, settings)
    customer_actions = CustomerActions(
        pools=settings.pools,
        planner=foundation.planner,
        customers=foundation.gateway,
        database=database,
        pauses=foundation.pauses,
    )
    judging = foundation.judging
    elsewhere = LeadsElsewhere(judging, slack.roster, slack.channels) if settings.approvals.direct_messages else None
    proposals = Proposals(
        tickets=tickets,
        access=access,
        judging=judging,
        settings=settings,
        links=slack.standing,
        elsewhere=elsewhere,
    )
    return Services(
        roster=slack.roster,
        access=access,
        decisions=Decisions(
            tickets=tickets,
            runner=foundation.runner,
            roster=slack.roster,
            audited_access=access,
            judging=judging,
        ),
        requests=Requests(
            access=access, planner=foundation.planner, proposals=proposals, customer_actions=customer_actions
        ),
        customer_actions=customer_actions,
        which_pool=WhichPool(
            foundation.gateway,
            remembers=partial(records.remembers, database),
            threads=foundation.threads,
        ),
        hand_overs=HandOvers(access, settings.teams, database, tickets.outbox),
        reminders=Reminders(tickets, access, told=slack.told),
        database=database,
        tickets=tickets,
        pool_check_stops=PoolCheckStops(foundation.pool_checks, slack.roster, access),
    )

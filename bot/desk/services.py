"""The desk's doors, put together: whatever is done for a person goes through one of these."""

from collections.abc import Callable, Sequence
from concurrent.futures import Executor
from dataclasses import dataclass
from functools import partial

from bot.aws.gateway import Gateway
from bot.desk.approvals import Desk
from bot.desk.audited_access import AuditedAccess
from bot.desk.channels import ChannelStates
from bot.desk.customer_actions import CustomerActions
from bot.desk.mentions import HandOvers, Reminders
from bot.desk.people import Roster
from bot.desk.requests import Proposals, Requests
from bot.desk.rules import Judging
from bot.desk.which_pool import WhichPool
from bot.settings import Settings
from bot.slack_errors import Told
from bot.tickets import records
from bot.tickets.outbox import Outbox
from bot.tickets.planner import Planner
from bot.tickets.records import Links
from bot.tickets.runner import Runner
from bot.tickets.store import Store
from bot.tickets.sweeper import Sweeper
from bot.tickets.transitions import Tickets


@dataclass(frozen=True, slots=True, kw_only=True)
class Foundation:
    """What the doors stand on."""

    roster: Roster
    judging: Judging
    channels: ChannelStates
    gateway: Gateway
    tickets: Tickets
    planner: Planner
    runner: Runner
    sweeper: Sweeper
    links: Links
    """Finds the cards that somebody is about to open."""
    told: Told
    """Says what a refusal of Slack's means."""
    threads: Callable[[int, str], Executor]
    """Makes so many threads of one name."""
    pauses: Sequence[float]
    """Seconds before each look at what Cognito may be late in showing."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Services:
    """The doors themselves."""

    roster: Roster
    access: AuditedAccess
    desk: Desk
    requests: Requests
    customer_actions: CustomerActions
    which_pool: WhichPool
    hand_overs: HandOvers
    reminders: Reminders
    database: Store
    outbox: Outbox


def services(settings: Settings, foundation: Foundation) -> Services:
    """Put the doors together."""
    tickets, database = foundation.tickets, foundation.tickets.store
    access = AuditedAccess(foundation.roster, database, foundation.channels, settings.channels.allowed)
    customer_actions = CustomerActions(
        pools=settings.pools,
        planner=foundation.planner,
        customers=foundation.gateway,
        database=database,
        pauses=foundation.pauses,
    )
    proposals = Proposals(
        tickets=tickets, access=access, judging=foundation.judging, settings=settings, links=foundation.links
    )
    return Services(
        roster=foundation.roster,
        access=access,
        desk=Desk(
            tickets=tickets,
            runner=foundation.runner,
            roster=foundation.roster,
            audited_access=access,
            judging=foundation.judging,
        ),
        requests=Requests(
            access=access, planner=foundation.planner, proposals=proposals, customer_actions=customer_actions
        ),
        customer_actions=customer_actions,
        which_pool=WhichPool(
            foundation.gateway,
            tuple(settings.pools),
            remembers=partial(records.remembers, database),
            threads=foundation.threads,
        ),
        hand_overs=HandOvers(access, settings.teams, database, tickets.outbox),
        reminders=Reminders(tickets, access, told=foundation.told),
        database=database,
        outbox=tickets.outbox,
    )

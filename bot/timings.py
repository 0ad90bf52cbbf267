"""How long the desk's parts wait for each other: the times that decide how soon a crash is made good."""

from collections.abc import Sequence
from dataclasses import dataclass

from bot.desk import channels, people
from bot.slack import arrivals, client
from bot.tickets import connections, engines, execution, leases, outbox, sweeper


@dataclass(frozen=True, slots=True, kw_only=True)
class Timings:
    """Seconds where nothing else is said. What is given here is what `desk run` takes; tests are in more of a hurry."""

    pauses: Sequence[float] = execution.PAUSES
    """Before each look at what Cognito may be late in showing."""
    lease: float = leases.LEASE
    """After which a ticket whose process has gone silent is someone else's."""
    sweep: float = sweeper.EVERY
    """Between two looks at deadlines, and at what a crash left behind."""
    sending: float = outbox.LEASE
    """After which a message whose process has gone silent is someone else's."""
    group_reads: float = people.GROUP_READS
    """How often a minute Slack is asked who is in a user group, at most."""
    person_reads: float = people.PERSON_READS
    """How often a minute Slack is asked who somebody is, at most."""
    channel_reads: float = channels.READS
    """How often a minute Slack is asked how a channel is, at most."""
    open_channels: float = channels.KEPT_SECONDS
    """For which a channel that was open counts as open for whoever doesn't ask anew."""
    posting: float = arrivals.PATIENCE
    """For which somebody who has asked for something is kept waiting until it is posted."""
    hello: float = client.HELLO_SECONDS
    """After which a connection to Slack that hasn't said hello is given up."""
    connecting: float = client.START_SECONDS
    """After which a start that hasn't reached Slack ends."""
    settling: float = connections.SETTLING
    """After a hello, until every desk on this database has written down which connections it had."""
    lock: float = engines.LOCK_SECONDS
    """After which somebody who waits for what another process has locked in the database is told so."""


UNHURRIED = Timings()
"""The pace of a desk at work."""

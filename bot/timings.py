"""How long the desk's parts wait for what, and how often they ask: each number once, for all of them.

`desk run` takes `UNHURRIED`; tests are in more of a hurry.
"""

from collections.abc import Sequence
from dataclasses import dataclass


@dataclass(frozen=True, slots=True, kw_only=True)
class SocketTimings:
    """How long the connection to Slack waits for what; in seconds."""

    start: float = 120.0
    """For which a start waits for Slack, which may be away for a moment; after that it ends."""
    hello: float = 10.0
    """For which a connection that stands may say nothing. Only with Slack's hello is it known to deliver."""
    lasting: float = 10.0
    """After its hello, after which a connection counts as one that lasts."""
    ping: float = 5.0
    """Between two looks whether Slack still answers; after four without an answer, a connection counts as dead."""
    ack: float = 2.0
    """For which an acknowledgement waits for another connection, of the three that Slack waits for it."""


@dataclass(frozen=True, slots=True, kw_only=True)
class HealthTimings:
    """How soon it is noticed that something fails; in seconds. Each limit is below ten."""

    probe: float = 2.0
    """Between two looks whether the database answers."""
    database: float = 8.0
    """For which it may answer nothing: longer than it may be busy with somebody else's lock."""
    slack: float = 8.0
    """For which nothing may come from Slack, which answers a ping every five seconds: long enough for another
    connection to take the place of one that has ended."""
    sweeper: float = 9.0
    """For which the sweeper may have done nothing; it has something to do every three seconds."""
    writer: float = 60.0
    """For which the writer may be busy with one message: Slack may be slow, and be asked in several ways."""
    figures: float = 10.0
    """Between two countings of the tickets for the metrics, at least."""
    connection: float = 5.0
    """For which a connection to the health port may last."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Timings:
    """How long the desk's parts wait for each other; they decide how soon a crash is made good.

    Seconds, where nothing else is said.
    """

    pauses: Sequence[float] = (0.0, 0.2, 0.5, 1.0, 2.0)
    """Before each look at what Cognito may be late in showing."""
    lease: float = 30.0
    """After which a ticket whose process has gone silent is someone else's. Longer than any single call lasts."""
    sweep: float = 3.0
    """Between two looks at deadlines, and at what a crash left behind; well within a lease."""
    home: float = 2.0
    """Between two looks for whose Home tab it is time to be drawn again."""
    pools: float = 1.0
    """Between two looks for checks of whole pools, and between two subtractions of single requests from their rate."""
    reports: float = 30.0
    """Between two looks whether it is time for a pool's weekly report."""
    seal: float = 2.0
    """Between two looks for rows of the audit that aren't sealed yet."""
    export: float = 30.0
    """Between two looks for rows of the audit that haven't been exported yet."""
    clean: float = 3600.0
    """Between two looks for what is old enough to be removed."""
    sending: float = 15.0
    """After which a message whose process has gone silent is another's. It is renewed for as long as a send takes."""
    bulk: float = 1.0
    """Between two looks for runs over many people."""
    progress: float = 5.0
    """Between two drawings of such a run's card: Slack takes few edits a minute."""
    rechecking: float = 60.0
    """After which a check that is made again for a case, and whose process has gone silent, is another's. Longer than
    its reads take."""
    group_reads: float = 12.0
    """How often a minute the user groups are read at most, all together. Slack allows about 20 such reads a minute,
    https://docs.slack.dev/reference/methods/usergroups.users.list; those at once come on top of it in the first one."""
    person_reads: float = 50.0
    """The same for people, of which Slack allows about 100, https://docs.slack.dev/reference/methods/users.info."""
    channel_reads: float = 40.0
    """The same for channels, of which Slack allows about 50,
    https://docs.slack.dev/reference/methods/conversations.info."""
    mail_reads: float = 60.0
    """The same for Amazon SES, in each Region. Its calls for managing are meant for about one a second."""
    open_channels: float = 10.0
    """For which a channel that was open counts as open for those who don't ask again."""
    posting: float = 2.0
    """For which somebody who has asked for something is kept waiting until it is posted."""
    clicked: float = 2.0
    """For which somebody who presses a card's button is kept waiting until it is known where the card is; a trigger
    lives for three."""
    settled: float = 0.25
    """In which an acknowledged view arrives once it has left: Slack may process a views.update that follows its
    acknowledgement within milliseconds before the acknowledgement, and the person would be left with the older view."""
    socket: SocketTimings = SocketTimings()
    """For the connection to Slack."""
    health: HealthTimings = HealthTimings()
    """For what says whether the desk is ready."""
    settling: float = 20.0
    """After a hello, until every desk on this database has written down which connections it had."""
    lock: float = 5.0
    """For what another process has locked in the database, and for a free connection; who waits is told then."""


UNHURRIED = Timings()
"""The pace of a desk at work."""

"""What interactions are answered by, as tests give it: work is done at once, in the caller's thread."""

from slack_sdk import WebClient

from bot.desk.people import Who
from bot.slack.app import Departures
from bot.slack.background_work import BackgroundWork, Lanes, Share, Turns
from bot.slack.interaction import Ephemeral, Interaction, Replies
from bot.slack.modals import Frame, Memory, Modal, ModalClient
from tests.one_thread import Inline


def replies(client: WebClient | None = None) -> Replies:
    """Return them, with a Slack that takes nothing unless another is given."""
    slack = client or WebClient("xoxb-made-up", base_url="http://127.0.0.1:9/api/")
    much = Share(at_once=100, waiting=100)
    lane = Turns(Inline(), threads=1, person=much, channel=much)
    return Replies(
        background=BackgroundWork(Lanes(decisions=lane, requests=lane, refusals=lane)),
        ephemeral=Ephemeral(slack, name="Cognito Desk"),
        modals=ModalClient(client=slack, departures=Departures(), settled=0.0),
    )


def acting(who: Who, channel: str, by: Replies, *, memory: Memory | None = None, view_id: str = "") -> Interaction:
    """Return what somebody did in a channel; in a modal, where there is a ``view_id``."""
    frame = Frame(title="Some form", memory=memory or Memory(channel=channel))
    return Interaction(who=who, channel=channel, modal=Modal(by.modals, frame, view_id=view_id), replies=by)

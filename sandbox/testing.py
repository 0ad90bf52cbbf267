"""The local Slack and the local Cognito for tests: everything that a test outside this package needs of them.

Slack: make a `Workspace` of an app's manifest and start a `SlackServer` around it. The app under test talks to the
server by Slack's protocols. The test says what people do (`Workspace.types`, `clicks`, `chooses`, `submits`, `uses` a
message's menu, `opens_home`), waits for what comes of it (`Workspace.wait_for` and its like), and lets Slack misbehave
(`Workspace.faults` for the Web API, `SlackServer.sockets` for the connections). `Rules` holds Slack's deadlines and
rates; `Rules.quick()` is for tests.

Cognito: start a `CognitoServer`, make pools with its `pools`, or those of the sandbox with `seed`. The program under
test reaches it with the environment that `CognitoServer.environment` gives. The test brings people into a pool and
looks at them and at their mail with a `LivePool`, moves `CognitoServer.clock`, and lets AWS misbehave with
`CognitoServer.faults` and `rates`; `contested` says which side is played where AWS's own sources disagree. Without a
socket, thousands of times a minute, `perform` carries out one `Call` in a `World` that has `Pools`.

Both listen on loopback only, and forget everything when they end. What is not listed here may change at any time.
"""

from sandbox.cognito.calllog import MASK, LoggedCall
from sandbox.cognito.contested import Contested
from sandbox.cognito.errors import CognitoError
from sandbox.cognito.faults import CognitoFaults
from sandbox.cognito.federation import SignInFailed
from sandbox.cognito.livepool import PASSWORD, LivePool
from sandbox.cognito.mail import Mail
from sandbox.cognito.operations import perform
from sandbox.cognito.pool import PostConfirmation, PreSignUp
from sandbox.cognito.pools import Pools
from sandbox.cognito.seed import Sample, seed
from sandbox.cognito.server import CognitoServer
from sandbox.cognito.user import SandboxUser, UserView
from sandbox.cognito.world import Call, World
from sandbox.gate import Gate
from sandbox.slack.blockkit import check_message, check_view, text_length
from sandbox.slack.controls import Answer, Control, find_control
from sandbox.slack.envelopes import Envelope
from sandbox.slack.faults import SlackFaults
from sandbox.slack.files import SlackFile
from sandbox.slack.manifest import AppManifest
from sandbox.slack.model import TEAM_ID, Change, Channel, GridUser, Message, Organisation, Person, UserGroup, View
from sandbox.slack.page import mount_page
from sandbox.slack.roll import AGENT, BOT_USER, CHANNELS, GROUPS, GUEST, LEAD1, LEAD2, OTHER_TEAM, OUTSIDER, PEOPLE
from sandbox.slack.rules import Rates, Rules
from sandbox.slack.server import SlackServer
from sandbox.slack.sockets import Over, Reason
from sandbox.slack.state import PATIENCE, NeverHappened, texts_of
from sandbox.slack.workspace import Workspace

__all__ = [
    "AGENT",
    "BOT_USER",
    "CHANNELS",
    "GROUPS",
    "GUEST",
    "LEAD1",
    "LEAD2",
    "MASK",
    "OTHER_TEAM",
    "OUTSIDER",
    "PASSWORD",
    "PATIENCE",
    "PEOPLE",
    "TEAM_ID",
    "Answer",
    "AppManifest",
    "Call",
    "Change",
    "Channel",
    "CognitoError",
    "CognitoFaults",
    "CognitoServer",
    "Contested",
    "Control",
    "Envelope",
    "Gate",
    "GridUser",
    "LivePool",
    "LoggedCall",
    "Mail",
    "Message",
    "NeverHappened",
    "Organisation",
    "Over",
    "Person",
    "Pools",
    "PostConfirmation",
    "PreSignUp",
    "Rates",
    "Reason",
    "Rules",
    "Sample",
    "SandboxUser",
    "SignInFailed",
    "SlackFaults",
    "SlackFile",
    "SlackServer",
    "UserGroup",
    "UserView",
    "View",
    "Workspace",
    "World",
    "check_message",
    "check_view",
    "find_control",
    "mount_page",
    "perform",
    "seed",
    "text_length",
    "texts_of",
]

"""The same way through the program that `desk run` builds: typed, clicked, filled in and approved by people."""

from collections.abc import Callable, Mapping
from typing import Any

import boto3
from botocore import xform_name
from botocore.config import Config
from botocore.exceptions import ClientError

from bot.answer import Offer, Offers
from bot.diagnosis import Case
from sandbox.testing import CognitoError, CognitoServer, Message
from tests.outlook.best_way import NEW_ADDRESS, Declined, Walk, Way
from tests.outlook.stage import REGION, Cognito, Scene
from tests.stories.floor import Floor, text_of

_ENDS = ("✅ Done", "Accepted")


class Served(Cognito):
    """The sandbox's Cognito over HTTP, as a customer's app reaches it."""

    def __init__(self, server: CognitoServer) -> None:
        super().__init__(server.world)
        session = boto3.session.Session(aws_access_key_id="AKIATEST", aws_secret_access_key="test")
        once = Config(retries={"mode": "standard", "total_max_attempts": 1}, max_pool_connections=1)
        self._client = session.client("cognito-idp", REGION, endpoint_url=server.url, config=once)

    def call(self, operation: str, parameters: Mapping[str, Any]) -> dict[str, Any]:
        """Send one call. Raises `CognitoError`."""
        try:
            return dict(getattr(self._client, xform_name(operation))(**parameters))
        except ClientError as error:
            told = error.response["Error"]
            raise CognitoError(told["Code"], told["Message"]) from None


class Clicks(Walk):
    """A walk whose checks are typed and whose buttons are pressed."""

    def __init__(self, scene: Scene, way: Way, floor: Floor) -> None:
        super().__init__(scene, way)
        self._floor = floor
        self._root: Message | None = None
        self.published: list[Mapping[str, str]] = []
        """What the checks told machines, the first one first."""

    def check(self, username: str) -> tuple[Case, Offers]:
        """Type the check, and hold what it publishes to what it comes to."""
        sub = self.scene.live.user(username).sub
        self._root = self._root_of(lambda: self._floor.types("agent", f"/cognito-check {sub}"))
        self._floor.quiet()
        told = (self._root.metadata or {})["event_payload"]
        case, row = super().check(username)
        assert (told["cause"], told["outlook"]) == (case.cause.value, dict(case.outlook.published))
        self.published.append(told["outlook"])
        return case, row

    def press(self, offer: Offer, username: str) -> None:
        """Press the button, fill its form in, and have what comes of it approved."""
        before = len(self.scene.mail)
        assert self._root is not None
        self._click(offer.label, self._root)
        answer = self._root_of(lambda: self._fill(offer, username), refusable=True, in_thread=True)
        if (answer.metadata or {}).get("event_type") == "desk_ticket":
            self._approved(answer)
        elif any(button.label == "Enter the code" for button in answer.buttons):
            self.way.steps.append("Enter the code")
            self._click("Enter the code", answer)
            self._root_of(lambda: self._fill(offer, username), in_thread=True)
        self._floor.quiet()
        self.reads_mail(before, username)

    def _click(self, label: str, root: Message) -> None:
        places = (root, *self._floor.slack.replies(root))
        self._floor.clicks("agent", label, next(each for each in places if _has(each, label)))

    def _fill(self, offer: Offer, username: str) -> None:
        """Fill in what the form asks for and shows nothing for."""
        asked = self._asked()
        silent = not self.scene.state.auto_verify or self.scene.live.user(username).status != "CONFIRMED"
        # First of all, since to sign in for a token may have another code sent.
        known: dict[str, Any] = {"reason": "Called back on the number on file", "code": self.newest_code()}
        if offer.scenario == "change-email":
            known |= {"email": NEW_ADDRESS, "how": "Verified now, by us" if silent else "The customer confirms by code"}
        elif "token" in asked:
            known["token"] = self.token(username)
        if offer.scenario == "pool-email":
            known["codes"] = True
        if offer.scenario == "map-provider" and "claim" not in offer.fields:
            known["claim"] = "email_verified"
        if "code" in asked and not known["code"]:
            self._floor.slack.closes("agent", whole_stack=True)
            raise Declined("the customer has no code")
        self._floor.submits("agent", **{name: value for name, value in known.items() if name in asked})

    def _asked(self) -> frozenset[str]:
        """Wait for the form behind "Loading…", and return the names of what it asks for."""

        inputs = self._floor.form("agent").inputs
        return frozenset(name for each in inputs for name in (each.block_id, each.action_id)) - {"pool"}

    def _approved(self, card: Message) -> None:
        floor = self._floor
        # What a lead reads names whom it concerns.
        text = floor.slack.current(card).text + " ".join(str(block) for block in card.blocks)
        self.way.named |= {user.username for user in self.scene.live.users if user.username in text}
        if "needs 2 leads" in text:
            floor.both_leads_approve("High risk")
        else:
            floor.clicks("lead1", "Approve", card)
        floor.slack.wait_for(lambda: any(end in floor.slack.current(card).text for end in _ENDS))

    def _root_of(self, act: Callable[[], object], *, refusable: bool = False, in_thread: bool = False) -> Message:
        """Do something that is answered in the channel. Raises `Declined` where a form may refuse, and does.

        ``in_thread``: what needs no lead is answered in the thread of the check.
        """
        floor, before, said = self._floor, len(self._floor.roots), len(self._replies())

        def answered() -> bool:
            return len(floor.roots) > before or (in_thread and len(self._replies()) > said)

        act()
        floor.slack.wait_for(lambda: answered() or (refusable and self._refusal()))
        if not answered():
            refused = self._refusal()
            floor.slack.closes("agent", whole_stack=True)
            raise Declined(refused)
        # A request's card is posted before the link to it.
        return floor.roots[before] if len(floor.roots) > before else self._replies()[said]

    def _replies(self) -> tuple[Message, ...]:
        return self._floor.slack.replies(self._root) if self._root is not None else ()

    def _refusal(self) -> str:
        """What the agent's form says against what was filled in."""
        view = self._floor.slack.view("agent")
        text = text_of(view) if view and not view.busy else ""
        return text if "⚠️" in text else ""


def _has(message: Message, label: str) -> bool:
    return any(button.label == label for button in message.buttons)

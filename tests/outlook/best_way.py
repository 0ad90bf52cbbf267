"""Following a check's best way to its end: what it offers first, with leads who approve and a customer who takes part.

The real scenarios plan and run; their calls reach the sandbox's Cognito in this process. The customer reads their
mailbox, signs in with what they know, and does in the app what only they can do.
"""

from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

from botocore.exceptions import ClientError

import commands
from bot.answer import Answer, EphemeralAnswer, HandOver, Offer, Offers, Refused
from bot.aws.failure import failure
from bot.aws.live_customer import LiveCustomer
from bot.customer import ChallengeNeeded
from bot.diagnosis import Case, Cause, cases
from bot.diagnosis.explained import hurt
from bot.diagnosis.explanations import Hurt
from bot.plan import Plan
from bot.scenario import Scenario, Sources, load, remedies
from sandbox.testing import PASSWORD, CognitoError, Contested, SandboxUser
from tests.commands.paper import PaperLedger
from tests.outlook import attempts
from tests.outlook.attempts import NEW_PASSWORD, Play
from tests.outlook.stage import OTHERS_PASSWORD, Scene

if TYPE_CHECKING:
    from bot.words import Words

SCENARIOS: Mapping[str, Scenario[Any]] = load(commands)
REMEDIES = remedies(SCENARIOS)
NEW_ADDRESS = "ida.new@example.org"
_STEPS = 6
_RANK = {"yes": 2, "email": 2, "phone": 2, "stays": 2, "set": 2, "unknown": 1, "no": 0, "cleared": 0}


@dataclass(slots=True, kw_only=True)
class Way:
    """What was done on the way, and how it ended."""

    steps: list[str] = field(default_factory=list)
    handed: HandOver | None = None
    """What another team is asked to do; the first such answer on the way."""
    works: bool = False
    """Whether what was blocked works at the end."""
    problem: str = ""
    """What stopped the way."""
    named: set[str] = field(default_factory=set)
    """Whom a plan named before it was carried out."""
    lost_at_sign_in: set[str] = field(default_factory=set)
    """From whom a sign-in took the address: a code by mail as second factor does, and what a provider says. That is
    Cognito's doing whatever the desk offers."""
    hurt: list[str] = field(default_factory=list)
    """Who is worse off afterwards and had not been named."""

    @property
    def ends(self) -> bool:
        """Whether it ends in what works, or with somebody who sees to it."""
        return (self.works or self.handed is not None) and not self.hurt

    def __str__(self) -> str:
        told = self.problem or ("works" if self.works else "still blocked")
        handed = f", handed over to {self.handed.team}" if self.handed else ""
        worse = f"; unnamed and worse off: {', '.join(self.hurt)}" if self.hurt else ""
        return f"{' → '.join(self.steps)}: {told}{handed}{worse}"


def followed(scene: Scene, walk: "Callable[[Scene, Way], Walk] | None" = None) -> Way:
    """Check the account, follow the best way, and say how it ended. ``walk`` makes another walk than the plain one."""
    play = Play(contested=Contested(federated_flag_takes_alias=scene.state.federated_holds_alias))
    attempts.begin(scene, play)
    before = _standing(scene)
    way = Way()
    try:
        (walk or Walk)(scene, way).go(scene.username)
    except Stopped as stopped:
        way.problem = str(stopped)
    way.hurt += _worse(before, _standing(scene), way.named | way.lost_at_sign_in)
    return way


class Stopped(Exception):
    """The way can't be gone on."""


class Declined(Exception):
    """A scenario said no to what its own button asked for."""


class Walk:
    """One agent, leads who approve, and a customer, on the way from a check to its end."""

    def __init__(self, scene: Scene, way: Way) -> None:
        self.scene = scene
        self.way = way
        self._passwords = {scene.username: [PASSWORD]}
        self._tried: set[tuple[str, str]] = set()

    def go(self, username: str) -> None:
        """Follow one account's best way until what was blocked works, or nothing more is offered."""
        case, row = self.check(username)
        goal, begun = case, len(self.way.steps)
        for _ in range(_STEPS):
            self.way.handed = self.way.handed or row.hand_over
            # Not tried before anything is done: a sign-in changes things too.
            done = len(self.way.steps) > begun or hurt(goal) is Hurt.NOTHING
            if done and self._works(goal, username):
                self.way.works = True
                return
            if case.is_customers_own and ("", case.cause) not in self._tried:
                self._tried.add(("", case.cause))
                self.way.steps.append(f"{case.cause}: the customer's own part")
                if self._customers_part(case, username):
                    self.way.works = True
                    return
            elif row.offers:
                offer = row.offers[0]
                if (offer.label, case.cause) in self._tried:
                    raise Stopped(f"“{offer.label}” is offered again")
                self._tried.add((offer.label, case.cause))
                self.way.steps.append(f"{case.cause}: {offer.label}")
                if offer.scenario == "check":
                    self._another(offer.fields["user"])
                    return
                try:
                    self.press(offer, username)
                except Declined as declined:
                    # It is told to the agent, who looks again: things may have moved on.
                    self.way.steps.append(str(declined))
            else:
                raise Stopped(f"{case.cause}: nothing is offered")
            case, row = self.check(username)
        raise Stopped("too many steps")

    def _another(self, username: str) -> None:
        """Go on with another account that has the address: the customer uses that one."""
        name = self.scene.live.user(username).username
        self._passwords.setdefault(name, [OTHERS_PASSWORD])
        if name == self.scene.username:
            raise Stopped("two accounts send the agent to each other")
        self.go(name)

    def check(self, username: str) -> tuple[Case, Offers]:
        directory = self.scene.directory()
        answer = self._run("check", {"user": self.scene.live.user(username).sub})
        assert isinstance(answer, Answer)
        user = directory.read(username)
        assert user is not None
        (case,) = cases((user,), directory)
        return case, next(part for part in answer.thread if isinstance(part, Offers))

    # What is done with a button.

    def press(self, offer: Offer, username: str) -> None:
        before = len(self.scene.mail)
        result = self._filled(offer, username)
        if isinstance(result, Plan):
            self._carry_out(result, username)
        elif isinstance(result, Answer) and result.best is not None and result.best.scenario != "check":
            self.way.steps.append(result.best.label)
            self.press(result.best, username)
        self.reads_mail(before, username)

    def _filled(self, offer: Offer, username: str) -> Plan | Answer | EphemeralAnswer:
        form = SCENARIOS[offer.scenario].form
        given: dict[str, Any] = {**offer.fields, "reason": "Called back on the number on file"}
        if "code" in form.model_fields:
            given["code"] = self.newest_code()
        if "token" in form.model_fields and offer.scenario != "change-email":
            given["token"] = self.token(username)
        if offer.scenario == "map-provider":
            # What a provider's own administrators call it.
            given.setdefault("claim", "email_verified")
        if offer.scenario == "pool-email":
            given |= {"codes": True, "keep": self.scene.state.keep_original}
        if "email" in form.model_fields:
            given.setdefault("email", NEW_ADDRESS)
        given = {name: value for name, value in given.items() if name in form.model_fields}
        try:
            return self._run(offer.scenario, given)
        except Refused as refused:
            if any(not choice.scenario for choice in refused.choices):
                # The agent chooses the account that it is about.
                return self._run(offer.scenario, {**given, "user": self.scene.live.user(username).sub})
            if offer.scenario == "change-email" and refused.field == "how":
                return self._run(offer.scenario, {**given, "how": "Verified now, by us"})
            raise

    def _run(self, scenario: str, given: Mapping[str, Any]) -> Plan | Answer | EphemeralAnswer:
        found = SCENARIOS[scenario]
        sources = Sources(
            directory=self.scene.directory(), ledger=PaperLedger(), customer=_customer(self.scene), remedies=REMEDIES
        )
        try:
            return found.run(found.form.model_validate(dict(given)), sources)
        except ChallengeNeeded as challenge:
            raise Stopped(f"{scenario}: {challenge}") from None
        except Refused as refused:
            if refused.field == "how" or any(not choice.scenario for choice in refused.choices):
                raise
            raise Declined(f"{scenario} refuses: {refused.words.plain()}") from None

    def _carry_out(self, plan: Plan, username: str) -> None:
        self.way.named |= {change.subject.name for change in plan.changes}
        told: tuple[Words, ...] = (plan.summary, *plan.why_high, *plan.notes)
        text = " ".join(words.plain() for words in told)
        self.way.named |= {user.username for user in self.scene.live.users if user.username in text}
        for call in plan.calls:
            secrets = {name: self._secret(name, username) for name in call.secrets}
            try:
                self.scene.call(call.operation, {**call.parameters, **secrets})
            except CognitoError as error:
                raise Stopped(f"{call.shown}: {error.code}: {error.message}") from None

    def _secret(self, name: str, username: str) -> str:
        return self.token(username) if name == "AccessToken" else self.newest_code()

    def newest_code(self) -> str:
        return next((mail.code for mail in reversed(self.scene.mail) if mail.code), "")

    # What the customer does.

    def token(self, username: str) -> str:
        """Sign in with whatever the customer knows, or through a provider, and note who loses an address by that."""
        before = self._verified()
        token = self._signed_in(username)
        self.way.lost_at_sign_in |= before - self._verified()
        return token

    def _verified(self) -> set[str]:
        return {user.username for user in self.scene.live.users if user.email_verified}

    def _signed_in(self, username: str) -> str:
        scene = self.scene
        # Half a minute later an authenticator app shows other digits.
        scene.live.record(username).last_authenticator_code = ""
        for password in self._passwords.get(username, ()):
            if token := attempts.signed_in(scene, username, password):
                self._passwords[username].append(NEW_PASSWORD)
                return token
        play = Play(contested=scene.plays, says_verified=True)
        links = [link.provider for link in scene.live.record(username).links]
        came = any(attempts.came_through(scene, play, provider, username) for provider in links)
        return scene.live.token(username) if came else ""

    def reads_mail(self, before: int, username: str) -> None:
        """Do what the newest mail asks for: an invitation's password is noted, a code for an address entered."""
        scene = self.scene
        for mail in scene.mail[before:]:
            if "temporary password" in mail.body:
                self._passwords[username].append(mail.body.removesuffix(". ").rsplit(" ", 1)[-1])
            elif "/confirmUser?" in mail.body or scene.live.user(username).status == "UNCONFIRMED":
                code = mail.body.partition("confirmation_code=")[2][:6] or mail.code
                self._try("ConfirmSignUp", {**self._as_client(username), "ConfirmationCode": code})
            elif mail.to == NEW_ADDRESS and (token := self.token(username)):
                self._try("VerifyUserAttribute", {"AccessToken": token, "AttributeName": "email", "Code": mail.code})

    def _customers_part(self, case: Case, username: str) -> bool:
        """Do what the check says is best done in the app; whether that alone ends it."""
        match case.cause:
            case Cause.EMAIL_CHANGED | Cause.PHONE_TOOK_CODE:
                self._verifies(username)
            case Cause.RESET_REQUIRED:
                self._resets(username)
            case Cause.DUP_SIGNUP:
                owner = case.evidence.owner
                assert owner is not None
                self._passwords.setdefault(owner.username, [OTHERS_PASSWORD])
                return bool(self.token(owner.username))
            case _:
                pass
        return False

    def _verifies(self, username: str) -> None:
        token = self.token(username)
        asked = {"AccessToken": token, "AttributeName": "email"}
        self._try("GetUserAttributeVerificationCode", asked)
        self._try("VerifyUserAttribute", {**asked, "Code": self.scene.mail[-1].code})

    def _resets(self, username: str) -> bool:
        """Choose "forgot password", enter the code, and choose another one."""
        known, before = self._as_client(username), len(self.scene.mail)
        if not self._try("ForgotPassword", known) or len(self.scene.mail) == before:
            return False
        code = self.scene.mail[-1].code
        if not self._try("ConfirmForgotPassword", {**known, "ConfirmationCode": code, "Password": NEW_PASSWORD}):
            return False
        self._passwords.setdefault(username, []).append(NEW_PASSWORD)
        return True

    def _try(self, operation: str, parameters: Mapping[str, Any]) -> bool:
        try:
            self.scene.call(operation, parameters)
        except CognitoError as error:
            self.way.steps.append(f"{operation}: {error.code}")
            return False
        return True

    def _as_client(self, username: str) -> dict[str, str]:
        return {"ClientId": self.scene.live.client_id, "Username": username}

    # What is to work in the end.

    def _works(self, goal: Case, username: str) -> bool:
        """Whether what the customer came for works now, really tried."""
        user = self.scene.live.record(username)
        match goal.cause:
            case Cause.TEMP_PASSWORD | Cause.SIGNUP_OPEN | Cause.DUP_SIGNUP:
                return user.status != "UNCONFIRMED" and bool(self.token(username)) and user.status == "CONFIRMED"
            case Cause.RESET_REQUIRED | Cause.RESET_PENDING:
                return user.status == "CONFIRMED" or self._resets(username)
            case Cause.FED_UNMAPPED | Cause.FED_CLAIM | Cause.FED_NOCLAIM:
                # Not before anything was done: it is the sign-in itself that clears the flag.
                return bool(self.way.steps) and self._stays_verified(username)
            case _:
                return self._unhurt(hurt(goal), user)

    def _unhurt(self, was: Hurt, user: SandboxUser) -> bool:
        match was:
            case Hurt.SIGN_IN:
                return bool(self.token(user.username))
            case Hurt.RESET:
                before = len(self.scene.mail)
                return self._try_quietly("ForgotPassword", user.username) and len(self.scene.mail) > before
            case Hurt.ADDRESS:
                return bool(user.get("email")) and any(
                    attempts.signed_in(self.scene, user.get("email"), password)
                    for password in self._passwords.get(user.username, ())
                )
            case Hurt.FLAG:
                return user.is_verified("email")
            case Hurt.NOTHING:
                return True

    def _try_quietly(self, operation: str, username: str) -> bool:
        try:
            self.scene.call(operation, self._as_client(username))
        except CognitoError:
            return False
        return True

    def _stays_verified(self, username: str) -> bool:
        scene = self.scene
        play, before = Play(contested=scene.plays, says_verified=True), self._verified()
        came = [name for name in scene.providers if attempts.came_through(scene, play, name)]
        self.way.lost_at_sign_in |= before - self._verified()
        return bool(came) and scene.live.record(username).is_verified("email")


def _customer(scene: Scene) -> LiveCustomer:
    def send(operation: str, parameters: Mapping[str, Any], secrets: tuple[Any, ...]) -> Mapping[str, Any]:
        try:
            return scene.call(operation, parameters)
        except CognitoError as error:
            told: Any = {
                "Error": {"Code": error.code, "Message": error.message},
                "ResponseMetadata": {"HTTPStatusCode": error.status},
            }
            raise failure(ClientError(told, operation), operation, hidden=()) from None

    return LiveCustomer(
        name=scene.live.name,
        settings=scene.settings,
        send=send,
        journal=lambda event, about: None,
        view=scene.directory,
        pauses=(0.0,),
    )


def _standing(scene: Scene) -> Mapping[str, Mapping[str, str]]:
    """Return how everybody else stands, by user name."""
    return dict(_others(scene))


def _others(scene: Scene) -> Iterator[tuple[str, Mapping[str, str]]]:
    for each in scene.live.users:
        directory = scene.directory()
        user = directory.read(each.username)
        if user is not None and each.username != scene.username:
            (case,) = cases((user,), directory)
            yield each.username, case.outlook.published


def _worse(
    before: Mapping[str, Mapping[str, str]], after: Mapping[str, Mapping[str, str]], named: set[str]
) -> Iterator[str]:
    for name, was in before.items():
        lost = [key for key, value in was.items() if _RANK.get(after[name][key], 2) < _RANK.get(value, 0)]
        if lost and name not in named:
            yield f"{name} ({', '.join(lost)})"

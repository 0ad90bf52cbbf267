"""Every scenario with marked secrets, with every call failing in every way: the marks are nowhere to be found."""

import gc
import json
import re
from collections.abc import Callable, Iterator, Mapping
from dataclasses import fields, is_dataclass
from functools import partial
from pathlib import Path
from types import FunctionType
from typing import Any, get_args

import pytest
from botocore.awsrequest import AWSResponse
from botocore.exceptions import EndpointConnectionError, ParamValidationError
from pydantic import BaseModel, SecretStr
from pydantic.fields import FieldInfo

import commands
from bot.aws.gateway import READS
from bot.scenario import Scenario, ScenarioKind, bare_type, load
from bot.slack.codes import PausedSignIn
from sandbox.testing import CognitoServer, LivePool
from tests.bot import wired
from tests.loud import Heard, loud
from tests.stories.floor import stands
from tests.stories.inline import SUPPORT, InlineDesk, answered, desk

PASSWORD, CHOSEN, WRONG = "Mark-4711-Password!", "Mark-4711-Chosen!", "Mark-4711-Code"
CLIENT, PROVIDER = "Mark-4711-Client", "Mark-4711-Provider"
REASON = "Called back on the number on file"


class Person:
    """An agent who holds a customer's secrets in their hand."""

    def __init__(self, inline: InlineDesk, server: CognitoServer, pool: LivePool, heard: Heard) -> None:
        self.inline = inline
        self.server = server
        self.heard = heard
        self.pool = pool
        self.tokens: set[str] = set()
        self.acknowledged: list[str] = []

    def submits(self, scenario: str, **fields: Any) -> None:
        """Submit a scenario's form."""
        memory = {"scenario": scenario, "pool": "prod", "channel": SUPPORT}
        self._told(self.inline.submits("form", memory, _state(fields)).body)

    def approved(self, **secrets: str) -> None:
        """Have what was asked for approved, and enter what it waits for."""
        number = self.inline.approved()
        if secrets:
            self.enters(number, **secrets)

    def enters(self, number: int, **secrets: str) -> None:
        """Enter the code that a ticket waits for, by the form of its card."""
        memory = {"channel": SUPPORT, "ticket": number, "ts": "1.0"}
        self._told(self.inline.presses("enter", str(number)).body)
        self._told(self.inline.submits("entry", memory, _state(secrets)).body)

    def answers(self, answer: str) -> None:
        """Answer what Cognito asked for at the sign-in, if it did."""
        waiting = re.findall(r'"challenge\\+":\\+"([^"\\]+)', json.dumps(self.inline.slack.told))
        for challenge in waiting[-1:]:
            memory = {"channel": SUPPORT, "challenge": challenge}
            self._told(self.inline.submits("challenge", memory, _state({"answer": answer})).body)

    def token(self, user: str) -> str:
        """Return a customer's access token."""
        token = self.pool.token(user)
        self.tokens.add(token)
        return token

    def code(self, to: str) -> str:
        """Return the newest code in a mailbox; a wrong one if none ever came."""
        codes = [mail.code for mail in self.pool.mail if mail.to == to and mail.code]
        return codes[-1] if codes else WRONG

    @property
    def secrets(self) -> set[str]:
        """Everything that must not be found."""
        held = self.pool.inner
        issued = {*held.access_tokens, *held.refresh_tokens, *held.sessions, *self.tokens}
        marked = {PASSWORD, CHOSEN, WRONG, CLIENT, PROVIDER, self.pool.client_secret, "xoxb-inline", "xapp-inline"}
        return marked | issued | {mail.code for mail in self.pool.mail if mail.code}

    def _told(self, body: str) -> None:
        self.acknowledged.append(body)


def _state(fields: dict[str, Any]) -> dict[str, Any]:
    def held(value: Any) -> dict[str, Any]:
        return {"selected_options": [{"value": "yes"}]} if value is True else {"value": value}

    return {name: {"value": held(value)} for name, value in fields.items()}


def checks(person: Person) -> None:
    person.submits("check", user="ana")


def verifies(person: Person) -> None:
    person.submits("verify-email", user="ana", reason=REASON)
    person.approved()


def changes(person: Person) -> None:
    person.submits("change-email", user="ana", email="new@example.org", how="Verified now, by us", reason=REASON)
    person.approved()


def changes_as_the_customer(person: Person) -> None:
    form = {"user": "ana", "email": "new@example.org", "how": "As the customer", "reason": REASON}
    person.submits("change-email", password=PASSWORD, **form)
    person.submits("change-email", token=person.token("ana"), **form)


def sends_with_a_password(person: Person) -> None:
    person.submits("send-code", user="ana", password=PASSWORD)


def sends_with_a_token(person: Person) -> None:
    person.submits("send-code", user="ana", token=person.token("ana"))


def sends_after_a_challenge(person: Person) -> None:
    person.submits("send-code", user="tess", password=PASSWORD)
    person.answers(CHOSEN)


def sends_to_a_sign_up(person: Person) -> None:
    person.submits("send-code", user="dora.new", password=PASSWORD)
    person.approved()


def invites_again(person: Person) -> None:
    person.submits("resend-invitation", user="tess", reason=REASON)
    person.approved()


def confirms_the_account(person: Person) -> None:
    person.submits("confirm-account", user="dora.new", reason=REASON)
    person.approved()


def enters(person: Person) -> None:
    person.submits("send-code", user="ana", token=person.token("ana"))
    person.submits("enter-code", user="ana", code=WRONG, password=PASSWORD)
    person.submits("enter-code", user="ana", code=person.code("ana@example.com"), password=PASSWORD)


def enters_what_takes_an_address(person: Person) -> None:
    token = person.token("ben.old")
    person.submits("send-code", user="ben.old", token=token)
    code = person.code("ben@example.com")
    person.submits("enter-code", user="ben.old", code=code, token=token)
    person.approved(code=WRONG, token=token)
    person.approved(code=code, password=PASSWORD)


def signs_up(person: Person) -> None:
    person.submits("sign-up", username="nina", email="nina@example.com", password=CHOSEN)


def confirms(person: Person) -> None:
    person.submits("confirm-sign-up", user="dora.new", taken="Stop and tell me", code=WRONG)
    person.submits("confirm-sign-up", user="dora.new", taken="Stop and tell me", code=person.code("dora@example.com"))


def confirms_and_moves(person: Person) -> None:
    form = {"user": "dora.new", "taken": "Move the e-mail to this account", "reason": REASON}
    person.submits("confirm-sign-up", code=WRONG, **form)
    person.approved(code=WRONG)
    person.approved(code=person.code("dora@example.com"))


def creates(person: Person) -> None:
    person.submits("create-user", username="nora", email="nora@example.com", verified=True, reason=REASON)
    person.approved()


def maps(person: Person) -> None:
    person.submits("map-provider", provider="Google", reason=REASON)
    person.approved()


def sets_the_pool_up(person: Person) -> None:
    person.submits("pool-email", codes=True, keep=True, reason=REASON)
    person.approved()


def lets_mail_through(person: Person) -> None:
    person.server.ses.suppress(person.pool.region, "mo@example.com")
    person.submits("unsuppress", user="mo", reason=REASON)
    person.approved()


def looks_back(person: Person) -> None:
    person.submits("send-code", user="ana", token=person.token("ana"))
    person.submits("history", user="ana")
    person.submits("requests")


ACTS = {
    "check": (checks,),
    "verify-email": (verifies,),
    "change-email": (changes, changes_as_the_customer),
    "send-code": (sends_with_a_password, sends_with_a_token, sends_after_a_challenge, sends_to_a_sign_up),
    "enter-code": (enters, enters_what_takes_an_address),
    "sign-up": (signs_up,),
    "confirm-sign-up": (confirms, confirms_and_moves),
    "confirm-account": (confirms_the_account,),
    "create-user": (creates,),
    "resend-invitation": (invites_again,),
    "map-provider": (maps,),
    "pool-email": (sets_the_pool_up,),
    "unsuppress": (lets_mail_through,),
    "history": (looks_back,),
    "requests": (looks_back,),
}
"""What people do with each scenario; one that isn't here is done as its form declares it."""


def as_declared(scenario: Scenario[Any]) -> Callable[[Person], None]:
    """Return what people do with a scenario: its form filled in by its fields' types, and approved."""
    # A token is left out: of a token and a password, one is taken.
    fields = {name: _typed_in(name, info) for name, info in scenario.form.model_fields.items() if name != "token"}

    def done(person: Person) -> None:
        person.submits(scenario.name, **fields)
        if scenario.kind is not ScenarioKind.ANSWER:
            person.approved()

    done.__name__ = scenario.name
    return done


def _typed_in(name: str, info: FieldInfo) -> Any:
    kind, extra = bare_type(info.annotation), info.json_schema_extra
    if kind is bool:
        return True
    if kind is SecretStr:
        return WRONG if name == "code" else PASSWORD
    if options := get_args(kind):
        return options[0]
    if isinstance(extra, dict) and extra.get("input") == "email":
        return "new@example.org"
    return REASON if name == "reason" else "ana"


UNNAMED = [(as_declared(one),) for name, one in load(commands).items() if name not in ACTS]
EVERY = list(dict.fromkeys(act for acts in (*ACTS.values(), *UNNAMED) for act in acts))


def echoed(body: str) -> AWSResponse:
    """AWS refuses a value and repeats it."""
    told = json.dumps({"__type": "InvalidParameterException", "message": f"Value {body} failed to satisfy constraint"})
    return answered(told.encode(), 400, {"x-amzn-RequestId": "echo"})


def garbled(body: str) -> AWSResponse:
    """Something on the way answers in AWS's place, and repeats what it was sent."""
    return answered(f"<html>{body}</html>".encode(), 200, {})


def broken(body: str) -> AWSResponse:
    """A fault of our own, where nobody expects one."""
    held = body  # what a traceback with variables would show
    raise ZeroDivisionError(len(held) and "a fault of our own")


def unreachable(body: str) -> AWSResponse:
    """The way to AWS is cut, and what tells so repeats what was on its way."""
    raise EndpointConnectionError(endpoint_url=f"https://cognito.example.com/?{body}", error=body)


def down(body: str) -> AWSResponse:
    """AWS breaks, and shows what it broke on."""
    return answered(f'{{"__type": "InternalErrorException", "message": {json.dumps(body)}}}'.encode(), 500, {})


def untakable(body: str) -> AWSResponse:
    """boto3 finds that what it is given can't be sent, and says which value."""
    raise ParamValidationError(report=f"Invalid type for parameter Password, value: {body}, type: <class 'str'>")


FAILURES = (echoed, garbled, broken)
RARER = (unreachable, down, untakable)


@pytest.fixture
def person(tmp_path: Path) -> Iterator[Person]:
    with wired.cognito() as server:
        pool = server.pools.create("prod", client_secret=True)
        pool.send_with_ses("example.com")
        with desk(server, {"prod": wired.settings(pool)}, tmp_path / "desk.db") as inline, loud() as heard:
            yield Person(inline, server, pool, heard)


def peopled(pool: LivePool) -> None:
    """Put the pool's people back to where they were before anything was done."""
    for user in pool.users:
        pool.delete(user.sub)
    pool.configure({"UserAttributeUpdateSettings": {}})
    pool.add("ana", email="ana@example.com", email_verified=False, password=PASSWORD)
    pool.add("tess", email="tess@example.com", email_verified=False, password=PASSWORD, status="FORCE_CHANGE_PASSWORD")
    pool.add("ben.old", email="ben@example.com", email_verified=True, password=PASSWORD)
    pool.add("ben.new", email="ben@example.com", email_verified=True)
    pool.add("mo", email="mo@example.com", email_verified=True)
    pool.add("dora", email="dora@example.com", email_verified=True)
    pool.add_provider("Google", "Google", {"email": "email"}, details={"client_secret": PROVIDER})
    pool.sign_up("dora.new", email="dora@example.com")


def places(person: Person, said: str) -> dict[str, str]:
    inline = person.inline
    return {
        "the log": "\n".join([person.heard.text, *(text for _, text in inline.log.said)]),
        "the database": inline.stored,
        "what Slack was told": json.dumps(inline.slack.told),
        "the acknowledgements": "\n".join(person.acknowledged),
        "the terminal": said,
    }


def found(person: Person, said: str) -> list[tuple[str, str]]:
    """Return which secret stands where."""
    secrets = [secret for secret in person.secrets if secret]
    return [
        (place, secret) for place, text in places(person, said).items() for secret in secrets if stands(secret, text)
    ]


@pytest.mark.parametrize("name", ["verify-email", "sign-up", "enter-code"])
def test_a_scenario_without_an_act_of_its_own_is_done_as_it_is_declared(person: Person, name: str) -> None:
    called: list[str] = []
    peopled(person.pool)
    person.inline.meets = lambda operation, _: called.append(operation)
    as_declared(load(commands)[name])(person)

    assert set(called) - READS, "it went as far as a call that matters"


@pytest.mark.parametrize("act", EVERY, ids=lambda act: act.__name__)
def test_no_secret_is_left_behind_whichever_call_fails(
    person: Person, act: Callable[[Person], None], capfd: pytest.CaptureFixture[str]
) -> None:
    def done(n: int = -1, failure: Callable[[str], AWSResponse] = broken) -> list[str]:
        """Do it all, the call of this number failing; return the operations that it took."""
        calls: list[str] = []

        def meets(operation: str, body: str) -> AWSResponse | None:
            calls.append(operation)
            return failure(body) if len(calls) == n + 1 else None

        peopled(person.pool)
        person.inline.meets = meets
        act(person)
        return calls

    for n, operation in enumerate(done()):
        # A read holds no secret, and one that breaks is asked again after a pause.
        for failure in (broken,) if operation in READS else (*FAILURES, RARER[n % len(RARER)]):
            done(n, failure)
    assert found(person, "".join(capfd.readouterr())) == []
    assert person.heard.addresses == []


def held_by(thing: object) -> Iterator[object]:
    """Yield what a function holds that is kept for later, in as many records as there are; no part of the desk."""
    match thing:
        case FunctionType():
            for cell in thing.__closure__ or ():
                yield from held_by(cell.cell_contents)
        case partial():
            yield from held_by((thing.func, thing.args, thing.keywords))
        case BaseModel():
            yield from held_by(vars(thing))
        case Mapping():
            yield from held_by([*thing.keys(), *thing.values()])
        case list() | tuple():
            for each in thing:
                yield from held_by(each)
        case SecretStr():
            yield thing.get_secret_value()
        case _ if is_dataclass(thing):
            yield from held_by([getattr(thing, each.name) for each in fields(thing)])
        case _:
            yield thing


def test_what_waits_for_the_answer_of_a_challenge_has_done_with_the_password(person: Person) -> None:
    peopled(person.pool)
    person.submits("send-code", user="tess", password=PASSWORD)
    waiting = [each for each in gc.get_objects() if isinstance(each, PausedSignIn)]
    kept = [each for one in waiting for each in held_by((one.stopped, one.go_on))]

    assert "tess" in kept
    assert PASSWORD not in kept

"""Every exception that AWS's model lists for a call of ours, over the wire: told in its own words, and nothing done."""

from collections.abc import Callable, Iterator
from typing import Any

import botocore.session
import pytest

from bot.answer import Answer, Refused
from bot.aws.aws_words import wordings
from bot.aws.failure import CallFailed
from bot.aws.gateway import READS, Gateway
from bot.aws.live_customer import OPERATIONS
from bot.customer import ChallengeNeeded
from bot.plan import SES, Plan
from bot.words import say
from sandbox.testing import PASSWORD, CognitoServer
from tests.bot import wired
from tests.commands.customer_actions import Desk, reply, told, wire
from tests.commands.paper import SCENARIOS

pytestmark = pytest.mark.slow

MODELS = {name: botocore.session.get_session().get_service_model(name) for name in ("cognito-idp", "sesv2")}
SENDS = frozenset(operation for each in SCENARIOS.values() for operation in each.sends)
MOVE = "Move the e-mail to this account"


@pytest.fixture(scope="module")
def pools() -> Iterator[tuple[CognitoServer, Gateway]]:
    with wire({"prod": {}}) as both:
        both[0].pools["prod"].send_with_ses("shop.example.com")
        yield both


@pytest.fixture
def desk(pools: tuple[CognitoServer, Gateway]) -> Iterator[Desk]:
    server, gateway = pools
    opened = Desk(server, gateway, "prod")
    opened.add("ana", "ana@example.com", verified=False)
    opened.add("tess", "tess@example.com", verified=False, status="FORCE_CHANGE_PASSWORD")
    opened.add("dora", "dora@example.com", verified=True)
    opened.pool.sign_up("nina", email="nina@example.com")
    opened.pool.sign_up("dora.new", email="dora@example.com")
    opened.pool.add_provider("Google", "Google", {"email": "email"})
    server.ses.suppress(opened.pool.region, "ana@example.com")
    yield opened
    server.faults.clear()
    server.mailbox.clear()
    for user in opened.pool.users:
        opened.pool.delete(user.sub)


def answers_a_challenge(desk: Desk) -> Answer:
    with pytest.raises(ChallengeNeeded) as asked:
        desk.run("send-code", user="tess", password=PASSWORD)
    return desk.answer("send-code", reply(asked.value.challenge, "Another-1!"), user="tess")


def changes_the_address(desk: Desk) -> Answer:
    form = {"user": "ana", "email": "new@example.com", "how": "As the customer", "reason": "They wrote from it"}
    return desk.answer("change-email", token=desk.pool.token("ana"), **form)


def moves(desk: Desk) -> Plan:
    return desk.done("confirm-sign-up", user="dora.new", taken=MOVE, secret=desk.code("dora@example.com"))


def unseen_client(desk: Desk) -> None:
    """A check goes on without the app client, and says what it could not look at: that is told here as a refusal."""
    # A gateway remembers an app client for a minute, so this one has never seen it.
    with wired.gateway(desk.server) as gateway:
        answer = told(Desk(desk.server, gateway, desk.pool.name).check("ana"))
    if said := [line for line in answer.splitlines() if "app client" in line and "couldn't" in line]:
        raise Refused(say("{said}", said=said[0]))


ACTS: dict[str, Callable[[Desk], Any]] = {
    "AdminGetUser": lambda desk: desk.checked("ana"),
    "ListUsers": lambda desk: desk.checked("ana@example.com"),
    "DescribeUserPool": lambda desk: desk.checked("ana"),
    "DescribeUserPoolClient": unseen_client,
    "ListIdentityProviders": lambda desk: SCENARIOS["map-provider"].prepare(desk.gateway.directory("prod")),  # type: ignore[misc] # it has one
    "DescribeIdentityProvider": lambda desk: desk.planned("map-provider", provider="Google"),
    "AdminUpdateUserAttributes": lambda desk: desk.done("verify-email", user="ana"),
    "AdminCreateUser": lambda desk: desk.done("create-user", username="new", email="new@example.com"),
    "AdminCreateUser to invite": lambda desk: desk.done("resend-invitation", user="tess"),
    "AdminConfirmSignUp": lambda desk: desk.done("confirm-account", user="nina"),
    "UpdateIdentityProvider": lambda desk: desk.done("map-provider", provider="Google"),
    "UpdateUserPool": lambda desk: desk.done("pool-email", codes=True, keep=True),
    "ConfirmSignUp": lambda desk: desk.answer("confirm-sign-up", user="nina", code=desk.code("nina@example.com")),
    "ConfirmSignUp by force": moves,
    "GetUser": lambda desk: desk.answer("send-code", user="ana", token=desk.pool.token("ana")),
    "GetUserAttributeVerificationCode": lambda desk: desk.answer("send-code", user="ana", token=desk.pool.token("ana")),
    "InitiateAuth": lambda desk: desk.answer("send-code", user="ana", password=PASSWORD),
    "RespondToAuthChallenge": answers_a_challenge,
    "ResendConfirmationCode": lambda desk: desk.answer("send-code", user="nina"),
    "SignUp": lambda desk: desk.answer("sign-up", username="new", email="new@example.com"),
    "UpdateUserAttributes": changes_the_address,
    "VerifyUserAttribute": lambda desk: desk.answer("enter-code", user="ana", code="1", token=desk.pool.token("ana")),
    "ses:DeleteSuppressedDestination": lambda desk: desk.done("unsuppress", user="ana"),
}  # fmt: skip

OTHERWISE = {
    "UserNotFoundException": READS,
    "ResourceNotFoundException": frozenset({"DescribeIdentityProvider"}),
}
"""What some reads are told is no failure: nobody is there."""

RETRIED = frozenset({"InternalErrorException", "LimitExceededException", "TooManyRequestsException"})
"""What a read waits out, for longer than a test may last."""

BETTER = {
    ("ConfirmSignUp", "AliasExistsException"): "owns nina@example.com, so Cognito refused the code",
    ("VerifyUserAttribute", "AliasExistsException"): "owns the address. Nothing was changed.",
    ("SignUp", "UsernameExistsException"): "The user name new is taken.",
    ("LimitExceededException", ""): "Too many codes or tries for this person.",
}
"""Where the scenario knows more than the code alone tells."""


def test_every_call_of_ours_is_tried() -> None:
    assert {name.partition(" ")[0] for name in ACTS} >= READS | OPERATIONS | SENDS


@pytest.mark.parametrize("act", ACTS)
def test_each_is_told_in_its_words(desk: Desk, act: str) -> None:
    operation = act.partition(" ")[0]
    model = MODELS["sesv2" if operation.startswith(SES) else "cognito-idp"]
    for code in sorted(shape.name for shape in model.operation_model(operation.removeprefix(SES)).error_shapes):
        if operation in OTHERWISE.get(code, ()) or (operation in READS and code in RETRIED):
            continue
        before = desk.accounts
        desk.server.faults.fail(code, "Because.", operation, status=500 if code == "InternalErrorException" else 400)
        with pytest.raises((Refused, CallFailed, ChallengeNeeded)) as error:
            ACTS[act](desk)
        desk.server.faults.clear()
        heard = _told(error.value)
        wanted = BETTER.get((act, code)) or BETTER.get((code, "")) or wordings(operation)[code].says.partition("{")[0]
        assert wanted in heard, code
        assert desk.accounts == before


def _told(error: Exception) -> str:
    if isinstance(error, ChallengeNeeded):
        assert error.problem is not None
        return error.problem.plain()
    assert isinstance(error, Refused | CallFailed)
    return error.words.plain()

"""The door to AWS: writes leave once, reads are patient, and what goes wrong is told in plain words."""

import json
import logging
import time
import traceback
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import AbstractContextManager, closing
from http.server import BaseHTTPRequestHandler, HTTPServer
from threading import Event, Thread

import pytest
from pydantic import SecretStr

from bot.answer import Answer, Paragraph, Refused, Unread
from bot.aws.failure import CallFailed, Fate
from bot.aws.gateway import READS, Gateway
from bot.diagnosis import Remedies
from bot.plan import NONE, Call, Effect, Secrets
from bot.scenario import Sources
from bot.settings import PoolSettings, SettingsError
from sandbox.testing import CognitoServer, LivePool
from tests.bot import wired
from tests.commands.paper import SCENARIOS, PaperLedger

VERIFY = "AdminUpdateUserAttributes"


@pytest.fixture(scope="module")
def server() -> Iterator[CognitoServer]:
    with wired.cognito() as server:
        server.pools.create("prod")
        yield server


@pytest.fixture
def pool(server: CognitoServer) -> Iterator[LivePool]:
    prod = server.pools["prod"]
    prod.add("ana", email="ana@example.com", email_verified=False)
    server.calls.clear()
    yield prod
    server.faults.clear()
    prod.delete("ana")


@pytest.fixture(scope="module")
def gateway(server: CognitoServer) -> Iterator[Gateway]:
    with wired.gateway(server) as opened:
        yield opened


@pytest.fixture
def own_gateway(server: CognitoServer) -> Iterator[Gateway]:
    """A gateway for one test: at its end it waits for the reads that a refusal left under way."""
    with wired.gateway(server) as opened:
        yield opened


def verify(pool: LivePool, user: str = "ana") -> Call:
    return wired.verify(pool, user)


def confirm(pool: LivePool) -> Call:
    return Call(
        operation="ConfirmSignUp",
        parameters={"ClientId": pool.client_id, "Username": "ana"},
        shown="ConfirmSignUp(ana)",
        effect=Effect.NEITHER,
        secrets=("ConfirmationCode",),
    )


def failure(gateway: Gateway, call: Call, secrets: Secrets = NONE) -> CallFailed:
    with pytest.raises(CallFailed) as error:
        gateway.send("prod", call, secrets=secrets)
    return error.value


def test_a_call_is_sent_with_exactly_its_parameters_and_answers_awss_request_id(
    gateway: Gateway, pool: LivePool
) -> None:
    request_id = gateway.send("prod", verify(pool))
    (call,) = pool.calls
    assert (call.operation, dict(call.parameters)) == (VERIFY, dict(verify(pool).parameters))
    assert call.request_id == request_id
    assert request_id
    assert pool.user("ana").email_verified


def test_an_operation_that_no_scenario_declares_never_leaves(gateway: Gateway, pool: LivePool) -> None:
    deletion = Call(operation="AdminDeleteUser", parameters={}, shown="", effect=Effect.NEITHER)
    with pytest.raises(ValueError, match="AdminDeleteUser"):
        gateway.send("prod", deletion)
    assert not pool.calls


def test_a_refusal_is_told_in_plain_words_and_nothing_was_changed(gateway: Gateway, pool: LivePool) -> None:
    failed = failure(gateway, verify(pool, "gone"))
    assert (failed.code, failed.fate) == ("UserNotFoundException", Fate.REFUSED)
    assert not failed.says_unchanged
    assert failed.words.plain().startswith("Cognito says there is no such user any more")
    assert failed.request_id == pool.calls[-1].request_id


def test_a_missing_right_is_named(gateway: Gateway, server: CognitoServer, pool: LivePool) -> None:
    server.faults.deny(VERIFY)
    failed = failure(gateway, verify(pool))
    assert failed.fate is Fate.REFUSED
    assert "cognito-idp:AdminUpdateUserAttributes" in failed.words.plain()


@pytest.mark.parametrize(
    ("code", "status", "fate"),
    [
        ("TooManyRequestsException", 400, Fate.REFUSED),
        ("AliasExistsException", 400, Fate.REFUSED),
        ("LimitExceededException", 400, Fate.REFUSED),
        ("CodeDeliveryFailureException", 400, Fate.UNKNOWN),
        ("UserLambdaValidationException", 400, Fate.UNKNOWN),
        ("InternalErrorException", 500, Fate.UNKNOWN),
    ],
)
def test_a_write_is_sent_once_whatever_aws_answers(
    gateway: Gateway, server: CognitoServer, pool: LivePool, code: str, status: int, fate: Fate
) -> None:
    server.faults.fail(code, "…", VERIFY, status=status)
    failed = failure(gateway, verify(pool))
    assert (failed.code, failed.fate) == (code, fate)
    assert [call.operation for call in pool.calls] == [VERIFY]


def test_a_lost_answer_is_unknown_and_the_call_is_not_repeated(
    gateway: Gateway, server: CognitoServer, pool: LivePool
) -> None:
    server.faults.lose_answer(VERIFY)
    assert failure(gateway, verify(pool)).fate is Fate.UNKNOWN
    assert pool.user("ana").email_verified
    assert [call.operation for call in pool.calls] == [VERIFY]


def test_a_connection_cut_before_the_answer_is_unknown(gateway: Gateway, server: CognitoServer, pool: LivePool) -> None:
    server.faults.reset(VERIFY)
    assert failure(gateway, verify(pool)).fate is Fate.UNKNOWN


def test_a_call_to_where_nobody_listens_is_unsent(
    server: CognitoServer, pool: LivePool, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("AWS_ENDPOINT_URL_COGNITO_IDENTITY_PROVIDER", "http://127.0.0.1:9")
    with wired.gateway(server) as gateway:
        failed = failure(gateway, verify(pool))
    assert failed.fate is Fate.UNSENT
    assert "can't be reached" in failed.words.plain()


def test_without_credentials_a_call_is_unsent_and_a_read_says_so(
    server: CognitoServer, pool: LivePool, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.delenv("AWS_ACCESS_KEY_ID")
    monkeypatch.delenv("AWS_SECRET_ACCESS_KEY")
    with wired.gateway(server) as gateway:
        assert failure(gateway, verify(pool)).fate is Fate.UNSENT
        with pytest.raises(Refused, match="no AWS credentials"):
            gateway.directory("prod").find("ana")
    assert not pool.calls


def test_credentials_that_aws_refuses_are_told_as_such(
    own_gateway: Gateway, server: CognitoServer, pool: LivePool
) -> None:
    server.faults.refuse_credentials()
    assert failure(own_gateway, verify(pool)).fate is Fate.REFUSED
    with pytest.raises(Refused, match="refuses the desk's credentials"):
        own_gateway.directory("prod").find("ana")


def test_a_secret_goes_into_its_parameter_and_nowhere_else(
    gateway: Gateway, server: CognitoServer, pool: LivePool, caplog: pytest.LogCaptureFixture
) -> None:
    caplog.set_level(logging.DEBUG)
    echo = "Value 'SECRET-4711' at 'confirmationCode' failed to satisfy constraint"
    server.faults.fail("InvalidParameterException", echo, "ConfirmSignUp")
    failed = failure(gateway, confirm(pool), {"ConfirmationCode": SecretStr("SECRET-4711")})
    assert "ConfirmationCode" in pool.calls[-1].parameters
    assert failed.words.plain() == (
        "Cognito refused a value: Value '•••' at 'confirmationCode' failed to satisfy constraint "
        "Nothing was changed by this call."
    )
    assert failed.says_unchanged
    assert "4711" not in "".join(traceback.format_exception(failed))
    assert failed.__context__ is None
    assert "4711" not in caplog.text


@pytest.mark.usefixtures("hurried")
def test_a_read_is_repeated_while_aws_says_slow_down(gateway: Gateway, server: CognitoServer, pool: LivePool) -> None:
    server.faults.throttle("AdminGetUser", times=4)
    assert gateway.directory("prod").read("ana") is not None
    assert [call.outcome for call in pool.calls if call.operation == "AdminGetUser"][-1] == "ok"


@pytest.mark.usefixtures("hurried")
def test_a_read_that_stays_throttled_says_how_often_it_tried(
    gateway: Gateway, server: CognitoServer, pool: LivePool
) -> None:
    server.faults.throttle("AdminGetUser")
    with pytest.raises(Refused, match=r"slow down\. I've tried 5 times over \d+ s; please try again in a minute"):
        gateway.directory("prod").read("ana")


@pytest.mark.usefixtures("pool")
def test_a_read_without_the_right_names_the_missing_action(own_gateway: Gateway, server: CognitoServer) -> None:
    server.faults.deny("ListUsers")
    with pytest.raises(Refused, match="cognito-idp:ListUsers is missing"):
        own_gateway.directory("prod").find("ana@example.com")


def test_independent_reads_run_side_by_side(gateway: Gateway, server: CognitoServer, pool: LivePool) -> None:
    gate = server.faults.hold()
    with ThreadPoolExecutor(1) as threads:
        found = threads.submit(gateway.directory("prod").find, "Ana@example.com")
        # None is answered before all have been asked.
        while gate.arrived < 5 and not found.done():
            time.sleep(0.01)
        gate.open()
        found.result()
    assert {call.operation for call in pool.calls} == {"AdminGetUser", "ListUsers", "DescribeUserPool"}
    # A busy machine may have one of them sent again.
    assert len({(call.operation, str(call.parameters)) for call in pool.calls}) == 5


def test_who_asks_for_a_pool_while_it_is_read_shares_that_read_and_nobody_an_older_one(
    gateway: Gateway, server: CognitoServer, pool: LivePool
) -> None:
    gate = server.faults.hold("DescribeUserPool")
    views = [gateway.directory("prod") for _ in range(3)]
    for view in views:
        view.look_ahead()
    approved = gateway.for_tickets().directory("prod")
    approved.look_ahead()
    while gate.arrived < 2:
        time.sleep(0.01)
    gate.open()

    def described() -> int:
        return sum(call.operation == "DescribeUserPool" for call in pool.calls)

    assert {view.pool.id for view in (*views, approved)} == {pool.id}
    assert described() == 2, "one for all who ask, one for what is approved"
    assert gateway.directory("prod").pool.id == pool.id
    assert described() == 3


def test_a_pool_that_does_not_exist_is_told_by_name_and_by_id(server: CognitoServer, gateway: Gateway) -> None:
    with pytest.raises(Refused, match=r"no pool shop here\.$"):
        gateway.directory("shop")
    missing = PoolSettings(id="us-east-1_Missing", region="us-east-1", client_id="x")
    other = Gateway({"prod": missing}, sends=frozenset())
    with pytest.raises(Refused, match="check the pool's id"):
        other.directory("prod").find("ana")
    other.close()


def test_a_profile_that_does_not_exist_stops_the_start_with_an_example(
    server: CognitoServer, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("AWS_PROFILE", "nowhere")
    with pytest.raises(SettingsError, match=r"AWS_PROFILE: .*nowhere.* for example"):
        Gateway({}, sends=frozenset())


def test_clients_that_were_made_at_the_start_are_kept(
    own_gateway: Gateway, pool: LivePool, monkeypatch: pytest.MonkeyPatch
) -> None:
    own_gateway.warm()
    monkeypatch.setenv("AWS_ENDPOINT_URL", "http://127.0.0.1:9")
    monkeypatch.setenv("AWS_ENDPOINT_URL_COGNITO_IDENTITY_PROVIDER", "http://127.0.0.1:9")

    assert own_gateway.directory("prod").one("ana").username == "ana"
    assert own_gateway.for_tickets().directory("prod").one("ana").username == "ana"


class _Other(BaseHTTPRequestHandler):
    """What isn't today's Cognito: it has one answer to everything."""

    answer = b""

    def do_POST(self) -> None:
        self.rfile.read(int(self.headers["Content-Length"]))
        self.send_response(200)
        self.send_header("Content-Length", str(len(self.answer)))
        self.end_headers()
        self.wfile.write(self.answer)

    def log_message(self, format: str, *args: object) -> None:  # noqa: A002 - the name is http.server's
        """Say nothing."""


@pytest.fixture
def other(
    server: CognitoServer, monkeypatch: pytest.MonkeyPatch
) -> Iterator[Callable[[bytes], AbstractContextManager[Gateway]]]:
    """Open a gateway to something that answers these bytes, once."""
    with HTTPServer(("127.0.0.1", 0), _Other) as elsewhere:
        monkeypatch.setenv("AWS_ENDPOINT_URL_COGNITO_IDENTITY_PROVIDER", f"http://127.0.0.1:{elsewhere.server_port}")

        def opened(answer: bytes) -> AbstractContextManager[Gateway]:
            monkeypatch.setattr(_Other, "answer", answer)
            Thread(target=elsewhere.handle_request, daemon=True).start()
            return wired.gateway(server)

        yield opened


def test_a_setting_that_the_aws_library_does_not_know_is_reported(
    other: Callable[[bytes], AbstractContextManager[Gateway]],
) -> None:
    pool = {"Id": "us-east-1_New", "Name": "new", "BrandNewSetting": {"On": True}}
    with other(json.dumps({"UserPool": pool}).encode()) as gateway:
        assert gateway.directory("prod").pool.update.unknown == ("BrandNewSetting",)


@pytest.mark.parametrize("answer", [b"<html>Welcome to our Wi-Fi</html>", b"\xff}", b"[]", b'{"UserAttr'])
def test_an_answer_that_is_not_cognitos_leaves_open_whether_a_call_was_applied(
    other: Callable[[bytes], AbstractContextManager[Gateway]], pool: LivePool, answer: bytes
) -> None:
    with other(answer) as gateway:
        failed = failure(gateway, verify(pool))
    assert failed.fate is Fate.UNKNOWN
    assert failed.words.plain().startswith("AWS answered something that the desk can't read.")


@pytest.mark.parametrize("answer", [b"", b"{}"])
def test_an_answer_without_content_is_a_success(
    other: Callable[[bytes], AbstractContextManager[Gateway]], pool: LivePool, answer: bytes
) -> None:
    with other(answer) as gateway:
        gateway.send("prod", verify(pool))


@pytest.mark.slow
def test_what_is_approved_is_read_though_every_thread_waits_for_others_reads(
    own_gateway: Gateway, pool: LivePool
) -> None:
    go = Event()

    def wait(**_: object) -> None:
        go.wait(60)

    own_gateway.warm()
    for region in own_gateway._clients.regions:
        region.reading.meta.events.register("before-send.cognito-identity-provider", wait)
    for _ in range(200):
        # Each begins its reads and waits for none.
        own_gateway.directory("prod").look_ahead()
    try:
        directory = own_gateway.for_tickets().directory("prod")
        assert directory.one("ana").username == "ana"
        own_gateway.for_tickets().sender("prod", 1).send(verify(pool))
    finally:
        go.set()
    assert pool.user("ana").email_verified


@pytest.fixture(scope="module")
def sealed(server: CognitoServer) -> LivePool:
    """A pool whose app client and providers have secrets that the settings don't know."""
    pool = server.pools.create("sealed", client_secret=True)
    pool.add_provider("Okta", "OIDC", {"email": "email"}, details={"client_secret": "OKTA-SECRET-0815"})
    apple = {"client_secret": "APPLE-SECRET-0816", "private_key": "APPLE-KEY-0817"}
    pool.add_provider("SignInWithApple", "SignInWithApple", {"email": "email"}, details=apple)
    pool.add("lia", email="lia@example.com", email_verified=False)
    pool.link("lia", "Okta", "1")
    pool.link("lia", "SignInWithApple", "2")
    return pool


def secrets_of(pool: LivePool) -> tuple[str, ...]:
    return (pool.client_secret, "OKTA-SECRET-0815", "APPLE-SECRET-0816", "APPLE-KEY-0817")


def without_the_secret_in_the_settings(pool: LivePool) -> Gateway:
    """The log blanks out what the settings hold as a secret; here nothing but the reading itself keeps it out."""
    known = wired.settings(pool).model_copy(update={"client_secret": None})
    return Gateway({pool.name: known}, sends=frozenset())


def test_the_secrets_of_clients_and_providers_are_dropped_where_they_are_read(
    sealed: LivePool, caplog: pytest.LogCaptureFixture
) -> None:
    with closing(without_the_secret_in_the_settings(sealed)) as gateway:
        for name in ("", "botocore", "botocore.parsers", "botocore.endpoint", "urllib3", "bot", "boto3"):
            caplog.set_level(logging.DEBUG, logger=name)
        directory = gateway.directory("sealed")
        shown = [directory.client(), directory.providers(), directory.provider("Okta"), directory.one("lia")]
        shown.append(directory.providers_of(directory.one("lia")))
        shapes = [asked.result() for asked in directory._asked.values()]
    calls = {call.operation for call in sealed.calls}
    assert calls >= {"DescribeUserPoolClient", "DescribeIdentityProvider"}, "they were read"
    kept = [repr(shown), repr(shapes), json.dumps(directory.observed), repr(vars(directory)), caplog.text]
    assert all(secret for secret in secrets_of(sealed))
    for secret in secrets_of(sealed):
        assert [text for text in kept if secret in text] == []
        assert not any(secret in str(vars(record)) for record in caplog.records)


@pytest.mark.parametrize("operation", ["DescribeUserPoolClient", "DescribeIdentityProvider"])
def test_no_secret_stands_in_what_a_failed_reading_raises(
    other: Callable[[bytes], AbstractContextManager[Gateway]], caplog: pytest.LogCaptureFixture, operation: str
) -> None:
    """An answer that breaks off, and one that is whole and isn't what AWS's model says."""
    caplog.set_level(logging.DEBUG)
    kinds = {"DescribeUserPoolClient": "UserPoolClient", "DescribeIdentityProvider": "IdentityProvider"}
    whole = {kinds[operation]: {"ClientSecret": "SECRET-4711", "ProviderDetails": {"client_secret": "SECRET-4711"}}}
    for answer in (json.dumps(whole).encode()[:-3], json.dumps({"Oddly": whole, kinds[operation]: whole}).encode()):
        with other(answer) as gateway:
            directory = gateway.directory("prod")
            read = directory.client if operation == "DescribeUserPoolClient" else lambda: directory.provider("Okta")  # noqa: B023 - called at once
            try:
                said = repr(read())
            except Exception as error:  # whatever it is, it must not tell
                said = "".join(traceback.format_exception(error)) + repr(error.__context__)
        assert "4711" not in said
    assert "4711" not in caplog.text


def test_without_the_right_to_look_at_the_app_client_a_check_still_answers(
    sealed: LivePool, server: CognitoServer, caplog: pytest.LogCaptureFixture
) -> None:
    server.faults.deny("DescribeUserPoolClient")
    try:
        with closing(without_the_secret_in_the_settings(sealed)) as gateway:
            directory = gateway.directory("sealed")
            with pytest.raises(Unread, match="cognito-idp:DescribeUserPoolClient"):
                directory.client()
            check = SCENARIOS["check"]
            sources = Sources(directory=gateway.directory("sealed"), ledger=PaperLedger(), remedies=Remedies())
            answer = check.run(check.form.model_validate({"user": "lia"}), sources)
    finally:
        server.faults.clear()
    assert isinstance(answer, Answer)
    assert "lia@example.com" in answer.headline.plain()
    said = [part.words.plain() for part in answer.thread if isinstance(part, Paragraph)]
    (unread,) = [words for words in said if "couldn't be looked at" in words]
    assert "app client" in unread
    assert "DescribeUserPoolClient" in unread
    assert server.calls.list(pool_id=sealed.id)[-1].operation in READS


def test_an_app_client_is_asked_for_once_a_minute_and_a_refusal_is_not_kept(
    own_gateway: Gateway, pool: LivePool, server: CognitoServer
) -> None:
    server.faults.deny("DescribeUserPoolClient")
    with pytest.raises(Unread):
        own_gateway.directory(pool.name).client()
    server.faults.clear()
    server.calls.clear()
    for _ in range(3):
        assert own_gateway.directory(pool.name).client().hides_users
    assert [call.operation for call in pool.calls] == ["DescribeUserPoolClient"]

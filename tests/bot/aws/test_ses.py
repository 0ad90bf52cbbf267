"""Looking into SES: where the desk may, what it sees there, what it can't see, and how often it asks."""

from collections.abc import Callable, Iterator
from datetime import UTC, datetime
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from threading import Thread

import pytest

from bot.answer import Unread
from bot.aws import ses
from bot.aws.failure import CallFailed, Fate
from bot.aws.gateway import Gateway
from bot.mail import Mail, MailBlocker, Sender
from bot.plan import Call, Effect
from bot.settings import PoolSettings
from sandbox.testing import CognitoServer, LivePool
from tests.bot import wired

pytestmark = pytest.mark.slow

HERE = "us-east-1"
"""Where the SES is; the pool is elsewhere."""
MO = "mo@example.com"
DELETE = "ses:DeleteSuppressedDestination"
BOUNCED = datetime(2026, 3, 1, 9, 30, tzinfo=UTC)


@pytest.fixture(scope="module")
def server() -> Iterator[CognitoServer]:
    with wired.cognito() as server:
        server.pools.create("prod", region="eu-west-1")
        server.pools.create("plain")
        yield server


@pytest.fixture
def pool(server: CognitoServer) -> Iterator[LivePool]:
    prod = server.pools["prod"]
    server.ses.clear()
    server.calls.clear()
    prod.send_with_ses("shop.example.com", region=HERE)
    yield prod
    server.faults.clear()


@pytest.fixture
def gateway(server: CognitoServer, pool: LivePool) -> Iterator[Gateway]:
    """One for each test: it remembers for a minute how an account stands."""
    with wired.gateway(server, frozenset({DELETE})) as opened:
        yield opened


def seen(gateway: Gateway, address: str = MO, pool: str = "prod") -> Mail:
    return gateway.directory(pool).mail(address)


def asked(server: CognitoServer) -> list[str]:
    return sorted(call.operation for call in server.calls.list() if call.operation.startswith("ses:"))


def delete(address: str = MO, region: str = HERE) -> Call:
    parameters = {"EmailAddress": address}
    return Call(operation=DELETE, parameters=parameters, shown="", effect=Effect.READABLE, region=region)


# What is seen.


def test_all_is_well_where_nothing_is_in_the_way(gateway: Gateway, server: CognitoServer) -> None:
    mail = seen(gateway)
    assert mail == Mail(
        sender=Sender.SES,
        looked=True,
        region=HERE,
        list_read=True,
        sending_enabled=True,
        sandboxed=False,
        enforcement="HEALTHY",
        identity="shop.example.com",
        identity_verified=True,
    )
    assert mail.blocked is None
    assert asked(server) == ["ses:GetAccount", "ses:GetEmailIdentity", "ses:GetSuppressedDestination"]


@pytest.mark.parametrize("reason", ["BOUNCE", "COMPLAINT"])
def test_a_suppressed_address_is_seen_with_reason_and_date(
    gateway: Gateway, server: CognitoServer, reason: str
) -> None:
    server.ses.suppress(HERE, MO, reason, at=BOUNCED)
    mail = seen(gateway)
    assert mail.suppressed is not None
    assert (mail.suppressed.reason, mail.suppressed.since, mail.suppressed.in_force) == (reason, BOUNCED, True)
    assert mail.blocked is MailBlocker.SUPPRESSED


def test_an_entry_in_small_letters_counts_for_an_address_with_capitals(gateway: Gateway, server: CognitoServer) -> None:
    server.ses.suppress(HERE, MO)
    mail = seen(gateway, "Mo@Example.com")
    assert mail.suppressed is not None
    assert mail.suppressed.address == MO


def test_the_list_of_the_pools_own_region_is_not_the_one_that_counts(gateway: Gateway, server: CognitoServer) -> None:
    server.ses.suppress("eu-west-1", MO)
    assert seen(gateway).suppressed is None


def test_an_entry_for_a_reason_that_the_account_does_not_suppress_for_blocks_nothing(
    gateway: Gateway, server: CognitoServer
) -> None:
    server.ses.suppress(HERE, MO, "COMPLAINT")
    server.ses[HERE].suppressed_reasons = ("BOUNCE",)
    mail = seen(gateway)
    assert mail.suppressed is not None
    assert mail.suppressed.in_force is False
    assert mail.blocked is None


def test_a_configuration_set_of_the_pool_leaves_open_whether_an_entry_is_in_force(
    gateway: Gateway, server: CognitoServer, pool: LivePool
) -> None:
    server.ses.suppress(HERE, MO)
    arn = f"arn:aws:ses:{HERE}:{server.world.account}:identity/shop.example.com"
    mailing = {"EmailSendingAccount": "DEVELOPER", "SourceArn": arn, "ConfigurationSet": "mailing"}
    pool.configure({"EmailConfiguration": mailing})
    mail = seen(gateway)
    assert mail.suppressed is not None
    assert mail.suppressed.in_force is None
    assert mail.blocked is MailBlocker.SUPPRESSED


def test_a_paused_account_and_a_sender_that_is_not_verified_are_seen(gateway: Gateway, server: CognitoServer) -> None:
    server.ses[HERE].sending_enabled = False
    server.ses.verify(HERE, "shop.example.com", verified=False)
    assert seen(gateway).blockers == (MailBlocker.PAUSED, MailBlocker.IDENTITY)


def test_a_sender_that_is_not_there_any_more_is_not_verified(gateway: Gateway, server: CognitoServer) -> None:
    server.ses[HERE].identities.clear()
    assert seen(gateway).identity_verified is False


@pytest.mark.parametrize(
    ("verified", "blocked"),
    [("", MailBlocker.SANDBOX), (MO, None), ("example.com", None), ("example.net", MailBlocker.SANDBOX)],
)
def test_in_the_sandbox_of_ses_it_counts_whether_the_recipient_is_verified(
    gateway: Gateway, server: CognitoServer, verified: str, blocked: MailBlocker | None
) -> None:
    server.ses[HERE].production_access = False
    if verified:
        server.ses.verify(HERE, verified)
    mail = seen(gateway)
    assert mail.sandboxed is True
    assert mail.blocked is blocked


# Where nothing is asked.


def test_cognitos_own_sender_shows_nothing_and_ses_is_not_asked(gateway: Gateway, server: CognitoServer) -> None:
    assert seen(gateway, pool="plain") == Mail(sender=Sender.COGNITO)
    assert asked(server) == []


def test_code_of_the_pools_own_shows_nothing_and_ses_is_not_asked(
    gateway: Gateway, server: CognitoServer, pool: LivePool
) -> None:
    sender = {"LambdaArn": "arn:aws:lambda:us-east-1:111122223333:function:mail", "LambdaVersion": "V1_0"}
    pool.configure({"LambdaConfig": {"CustomEmailSender": sender}})
    assert seen(gateway) == Mail(sender=Sender.OWN_CODE)
    assert asked(server) == []
    pool.configure({"LambdaConfig": {}})


def test_without_the_operators_word_ses_is_neither_asked_nor_sent_anything(
    server: CognitoServer, pool: LivePool
) -> None:
    server.ses.suppress(HERE, MO)
    closed = PoolSettings(id=pool.id, region=pool.region, client_id=pool.client_id)
    gateway = Gateway({"prod": closed}, sends=frozenset({DELETE}))
    assert seen(gateway) == Mail(sender=Sender.SES)
    with pytest.raises(ValueError, match="mail_evidence"):
        gateway.send("prod", delete())
    gateway.close()
    assert asked(server) == []


@pytest.mark.parametrize(
    ("source", "words"),
    [
        ("arn:aws:ses:us-east-1:999999999999:identity/shop.example.com", "another AWS account"),
        ("", "doesn't say from which address"),
        ("nonsense", "doesn't say from which address"),
    ],
)
def test_a_sender_that_the_desk_can_not_find_is_not_looked_at(
    gateway: Gateway, server: CognitoServer, pool: LivePool, source: str, words: str
) -> None:
    pool.configure({"EmailConfiguration": {"EmailSendingAccount": "DEVELOPER", "SourceArn": source}})
    mail = seen(gateway)
    assert not mail.looked
    assert [words in told.plain() for told in mail.unread] == [True]
    assert mail.blocked is None
    assert asked(server) == []


# What can't be seen.


@pytest.mark.parametrize("operation", sorted(ses.SES_READS))
def test_a_missing_right_is_named_and_the_rest_is_seen(gateway: Gateway, server: CognitoServer, operation: str) -> None:
    server.ses.suppress(HERE, MO)
    server.faults.deny(operation)
    mail = seen(gateway)
    assert [f"the IAM action {operation} is missing" in words.plain() for words in mail.unread] == [True]
    assert (mail.sending_enabled is None) is (operation == "ses:GetAccount")
    assert (mail.identity_verified is None) is (operation == "ses:GetEmailIdentity")
    assert mail.list_read is (operation != "ses:GetSuppressedDestination")
    assert (mail.suppressed is None) is (operation == "ses:GetSuppressedDestination")


def test_without_the_account_it_is_open_whether_an_entry_is_in_force(gateway: Gateway, server: CognitoServer) -> None:
    server.ses.suppress(HERE, MO)
    server.faults.deny("ses:GetAccount")
    mail = seen(gateway)
    assert mail.suppressed is not None
    assert mail.suppressed.in_force is None


@pytest.mark.parametrize("code", ["TooManyRequestsException", "InternalErrorException", "ServiceUnavailable"])
def test_an_outage_is_told_once_and_nothing_fails(
    gateway: Gateway, server: CognitoServer, code: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("botocore.retries.standard.ExponentialBackoff.delay_amount", lambda *_: 0)
    for operation in ses.SES_READS:
        server.faults.fail(code, "…", operation, status=429 if code.startswith("TooMany") else 500)
    mail = seen(gateway)
    assert len(mail.unread) == 1
    assert "Amazon SES" in mail.unread[0].plain()
    assert (mail.looked, mail.list_read, mail.blocked) == (True, False, None)


class _Nonsense(BaseHTTPRequestHandler):
    def do_GET(self) -> None:
        self.send_response(200)
        self.send_header("Content-Length", "6")
        self.end_headers()
        self.wfile.write(b"<html>")

    def log_message(self, format: str, *args: object) -> None:  # noqa: A002 - the name is http.server's
        """Say nothing."""


def test_an_answer_that_is_none_of_sess_is_no_good_news(
    server: CognitoServer, pool: LivePool, monkeypatch: pytest.MonkeyPatch
) -> None:
    with ThreadingHTTPServer(("127.0.0.1", 0), _Nonsense) as elsewhere:
        thread = Thread(target=elsewhere.serve_forever, args=(0.05,))
        thread.start()
        monkeypatch.setenv("AWS_ENDPOINT_URL_SESV2", f"http://127.0.0.1:{elsewhere.server_port}")
        try:
            with wired.gateway(server) as gateway:
                mail = seen(gateway)
        finally:
            elsewhere.shutdown()
            thread.join()
    assert (mail.looked, mail.list_read, mail.identity_verified, mail.sending_enabled) == (True, False, None, None)
    assert ["AWS answered something that the desk can't read." in words.plain() for words in mail.unread] == [True]


# How often it asks.


def connecting(gateway: Gateway) -> ses.Connect:
    return gateway._clients.account(gateway._settings("prod")).ses._connect


class Clock:
    def __init__(self) -> None:
        self.now = 1000.0

    def __call__(self) -> float:
        return self.now


def test_how_an_account_stands_is_remembered_for_a_minute_and_an_entry_never(
    server: CognitoServer, pool: LivePool, gateway: Gateway
) -> None:
    clock = Clock()
    reading = ses.Ses(connecting(gateway), clock=clock)
    for _ in range(2):
        assert reading.read(HERE, "ses:GetAccount", {})
        assert reading.read(HERE, "ses:GetSuppressedDestination", {"EmailAddress": MO}) is None
    assert asked(server) == ["ses:GetAccount", *["ses:GetSuppressedDestination"] * 2]
    clock.now += 61
    assert reading.read(HERE, "ses:GetAccount", {})
    reading.close()
    assert asked(server).count("ses:GetAccount") == 2


def test_what_went_wrong_is_not_remembered(gateway: Gateway, server: CognitoServer) -> None:
    server.faults.deny("ses:GetAccount")
    assert seen(gateway).unread
    server.faults.clear()
    assert not seen(gateway).unread


def test_too_many_checks_at_once_are_told_so_and_a_second_later_one_more_is_made(
    server: CognitoServer, pool: LivePool, gateway: Gateway
) -> None:
    clock = Clock()
    reading = ses.Ses(connecting(gateway), clock=clock)

    def look(n: int) -> None:
        reading.read(HERE, "ses:GetSuppressedDestination", {"EmailAddress": f"mo{n}@example.com"}, patience=0)

    for n in range(6):
        look(n)
    with pytest.raises(Unread, match="there are too many checks at once"):
        look(6)
    assert len(asked(server)) == 6

    clock.now += 1
    look(7)
    with pytest.raises(Unread):
        look(8)
    reading.close()


def test_one_look_in_a_view_asks_once(gateway: Gateway, server: CognitoServer) -> None:
    directory = gateway.directory("prod")
    assert directory.mail(MO) == directory.mail(MO)
    assert len(asked(server)) == 3


# What is sent.


def test_an_address_is_taken_off_the_list_of_the_region_that_the_call_names(
    gateway: Gateway, server: CognitoServer
) -> None:
    server.ses.suppress(HERE, MO)
    server.ses.suppress("eu-west-1", MO)
    request_id = gateway.send("prod", delete())
    assert server.calls.list(DELETE)[0].request_id == request_id
    assert server.ses[HERE].suppressed == {}
    assert MO in server.ses["eu-west-1"].suppressed


def test_a_send_to_ses_is_made_once_and_its_failures_are_told_apart(gateway: Gateway, server: CognitoServer) -> None:
    fates = {}
    server.ses.suppress(HERE, MO)
    faults = server.faults
    breaking: list[Callable[[str], None]] = [faults.deny, faults.throttle, faults.break_down, faults.reset]
    for break_down in breaking:
        break_down(DELETE)
        with pytest.raises(CallFailed) as error:
            gateway.send("prod", delete())
        fates[error.value.code] = error.value.fate
        server.faults.clear()
    assert fates == {
        "AccessDeniedException": Fate.REFUSED,
        "TooManyRequestsException": Fate.REFUSED,
        "InternalErrorException": Fate.UNKNOWN,
        "ConnectionClosedError": Fate.UNKNOWN,
    }
    assert len(server.calls.list(DELETE)) == 4
    with pytest.raises(CallFailed) as error:
        gateway.send("prod", delete("other@example.com"))
    assert "has no such entry any more" in error.value.words.plain()


def test_an_operation_of_ses_that_no_scenario_declares_never_leaves(server: CognitoServer, pool: LivePool) -> None:
    with wired.gateway(server) as gateway, pytest.raises(ValueError, match="no scenario declares"):
        gateway.send("prod", delete())
    assert asked(server) == []

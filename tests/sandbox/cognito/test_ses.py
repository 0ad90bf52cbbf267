"""The sandbox's SES: what AWS's own client reads and changes there, and which of a pool's mails arrive."""

from collections.abc import Callable, Iterator
from datetime import UTC, datetime
from typing import Any

import boto3
import pytest
from botocore.config import Config
from botocore.exceptions import ClientError, HTTPClientError

from sandbox.cognito.livepool import PASSWORD, LivePool
from sandbox.cognito.server import CognitoServer

HERE, ELSEWHERE = "us-east-1", "eu-west-1"
MO = "mo@example.com"
BOUNCED = datetime(2026, 3, 1, 9, 30, tzinfo=UTC)

Connect = Callable[[str, str], Any]


@pytest.fixture(scope="module")
def running() -> Iterator[CognitoServer]:
    with CognitoServer() as server:
        yield server


@pytest.fixture
def server(running: CognitoServer) -> CognitoServer:
    running.faults.clear()
    running.ses.clear()
    running.calls.clear()
    return running


@pytest.fixture(scope="module")
def connect(running: CognitoServer) -> Connect:
    session = boto3.session.Session(aws_access_key_id="AKIATEST", aws_secret_access_key="test")
    once = Config(retries={"mode": "standard", "total_max_attempts": 1}, read_timeout=60)
    return lambda service, region: session.client(service, region_name=region, endpoint_url=running.url, config=once)  # type: ignore[call-overload] # either of two


@pytest.fixture
def ses(connect: Connect, server: CognitoServer) -> Any:
    return connect("sesv2", HERE)


@pytest.fixture
def cognito(connect: Connect, server: CognitoServer) -> Any:
    return connect("cognito-idp", HERE)


@pytest.fixture
def pool(server: CognitoServer) -> LivePool:
    """A pool that sends with SES."""
    pool = server.pools.create("prod")
    pool.send_with_ses("example.org")
    return pool


def refusal(act: Callable[[], object]) -> tuple[str, int]:
    with pytest.raises(ClientError) as error:
        act()
    return error.value.response["Error"]["Code"], error.value.response["ResponseMetadata"]["HTTPStatusCode"]


def sign_up(cognito: Any, pool: LivePool, name: str = "mo", address: str = MO) -> Any:
    attributes = [{"Name": "email", "Value": address}]
    return cognito.sign_up(ClientId=pool.client_id, Username=name, Password=PASSWORD, UserAttributes=attributes)


# What AWS's client reads and changes.


def test_an_address_is_on_the_list_until_it_is_taken_off(ses: Any, server: CognitoServer) -> None:
    server.ses.suppress(HERE, MO, at=BOUNCED)
    entry = ses.get_suppressed_destination(EmailAddress=MO)["SuppressedDestination"]
    assert (entry["EmailAddress"], entry["Reason"], entry["LastUpdateTime"]) == (MO, "BOUNCE", BOUNCED)

    ses.delete_suppressed_destination(EmailAddress=MO)
    assert refusal(lambda: ses.get_suppressed_destination(EmailAddress=MO)) == ("NotFoundException", 404)
    assert refusal(lambda: ses.delete_suppressed_destination(EmailAddress=MO)) == ("NotFoundException", 404)


@pytest.mark.parametrize("address", ["a/b@example.com", "a+b@example.com", '"a b"@example.com', "ü%2F@example.com"])
def test_an_address_arrives_as_it_was_sent(ses: Any, server: CognitoServer, address: str) -> None:
    server.ses.suppress(HERE, address)
    assert ses.get_suppressed_destination(EmailAddress=address)["SuppressedDestination"]["EmailAddress"] == address


def test_each_region_has_a_list_of_its_own(connect: Connect, server: CognitoServer) -> None:
    server.ses.suppress(ELSEWHERE, MO)
    here, elsewhere = connect("sesv2", HERE), connect("sesv2", ELSEWHERE)
    assert refusal(lambda: here.get_suppressed_destination(EmailAddress=MO))[0] == "NotFoundException"
    assert elsewhere.get_suppressed_destination(EmailAddress=MO)


def test_the_account_tells_how_it_stands(ses: Any, server: CognitoServer) -> None:
    account = ses.get_account()
    assert account["ProductionAccessEnabled"] is account["SendingEnabled"] is True
    assert account["EnforcementStatus"] == "HEALTHY"
    assert account["SuppressionAttributes"]["SuppressedReasons"] == ["BOUNCE", "COMPLAINT"]

    server.ses[HERE].production_access = server.ses[HERE].sending_enabled = False
    account = ses.get_account()
    assert account["ProductionAccessEnabled"] is account["SendingEnabled"] is False
    assert account["SendQuota"]["Max24HourSend"] == 200


def test_an_identity_is_verified_or_waits_or_is_not_there(ses: Any, server: CognitoServer) -> None:
    server.ses.verify(HERE, "example.org")
    server.ses.verify(HERE, "desk@example.net", verified=False)
    assert ses.get_email_identity(EmailIdentity="example.org")["VerifiedForSendingStatus"] is True
    assert ses.get_email_identity(EmailIdentity="desk@example.net")["VerificationStatus"] == "PENDING"
    assert refusal(lambda: ses.get_email_identity(EmailIdentity="example.com")) == ("NotFoundException", 404)


def test_it_can_deny_fail_throttle_and_cut_off(ses: Any, server: CognitoServer) -> None:
    server.faults.deny("ses:GetAccount")
    assert refusal(ses.get_account) == ("AccessDeniedException", 403)
    server.faults.clear()
    server.faults.throttle("ses:GetAccount", times=1)
    assert refusal(ses.get_account)[0] == "TooManyRequestsException"
    server.faults.refuse_credentials()
    assert refusal(ses.get_account)[0] == "UnrecognizedClientException"
    server.faults.clear()

    server.ses.suppress(HERE, MO)
    server.faults.lose_answer("ses:DeleteSuppressedDestination", times=1)
    with pytest.raises(HTTPClientError):
        ses.delete_suppressed_destination(EmailAddress=MO)
    assert MO not in server.ses[HERE].suppressed
    assert [(call.operation, call.outcome, call.answered) for call in server.calls.list()] == [
        ("ses:GetAccount", "AccessDeniedException", True),
        ("ses:GetAccount", "TooManyRequestsException", True),
        ("ses:GetAccount", "UnrecognizedClientException", True),
        ("ses:DeleteSuppressedDestination", "ok", False),
    ]


def test_what_it_does_not_play_is_refused(ses: Any) -> None:
    assert refusal(lambda: ses.put_suppressed_destination(EmailAddress=MO, Reason="BOUNCE"))[0] == "BadRequestException"


# What becomes of a pool's mail.


def test_mail_to_a_suppressed_address_is_reported_as_sent_and_never_arrives(
    cognito: Any, pool: LivePool, server: CognitoServer
) -> None:
    server.ses.suppress(HERE, MO)
    details = sign_up(cognito, pool)["CodeDeliveryDetails"]
    assert details["DeliveryMedium"] == "EMAIL"
    assert not server.mailbox.list(pool_id=pool.id)

    server.ses.lift(HERE, MO)
    cognito.resend_confirmation_code(ClientId=pool.client_id, Username="mo")
    assert [mail.to for mail in pool.mail] == [MO]


def test_a_reason_that_the_account_does_not_suppress_for_holds_nothing_back(
    cognito: Any, pool: LivePool, server: CognitoServer
) -> None:
    server.ses.suppress(HERE, MO, "COMPLAINT")
    server.ses[HERE].suppressed_reasons = ("BOUNCE",)
    sign_up(cognito, pool)
    assert [mail.to for mail in pool.mail] == [MO]


def test_the_list_of_another_region_does_not_matter(cognito: Any, pool: LivePool, server: CognitoServer) -> None:
    server.ses.suppress(ELSEWHERE, MO)
    sign_up(cognito, pool)
    assert [mail.to for mail in pool.mail] == [MO]


def test_the_list_does_not_matter_to_cognitos_own_sender(cognito: Any, server: CognitoServer) -> None:
    pool = server.pools.create("plain")
    server.ses.suppress(HERE, MO)
    sign_up(cognito, pool)
    assert [mail.to for mail in pool.mail] == [MO]


def test_cognitos_own_sender_stops_for_everybody_when_its_day_is_used_up(
    cognito: Any, pool: LivePool, server: CognitoServer
) -> None:
    plain = server.pools.create("plain")
    server.default_sender.limit(0)
    with pytest.raises(ClientError, match="Exceeded daily email limit") as error:
        sign_up(cognito, plain)
    assert error.value.response["Error"]["Code"] == "LimitExceededException"
    assert plain.user("mo").status == "UNCONFIRMED"

    sign_up(cognito, pool)
    assert [mail.to for mail in pool.mail] == [MO]


def paused(server: CognitoServer) -> None:
    server.ses[HERE].sending_enabled = False


def shut_down(server: CognitoServer) -> None:
    server.ses[HERE].enforcement = "SHUTDOWN"


def unverified(server: CognitoServer) -> None:
    server.ses.verify(HERE, "example.org", verified=False)


def sandboxed(server: CognitoServer) -> None:
    server.ses[HERE].production_access = False


@pytest.mark.parametrize("broken", [paused, shut_down, unverified, sandboxed])
def test_where_ses_refuses_cognito_says_so_and_the_user_exists_all_the_same(
    cognito: Any, pool: LivePool, server: CognitoServer, broken: Callable[[CognitoServer], None]
) -> None:
    broken(server)
    assert refusal(lambda: sign_up(cognito, pool)) == ("CodeDeliveryFailureException", 400)
    assert pool.user("mo").status == "UNCONFIRMED"
    assert len(pool.mail) == 0


@pytest.mark.parametrize("known", [MO, "example.com"])
def test_in_the_sandbox_of_ses_verified_recipients_get_their_mail(
    cognito: Any, pool: LivePool, server: CognitoServer, known: str
) -> None:
    sandboxed(server)
    server.ses.verify(HERE, known)
    sign_up(cognito, pool)
    assert [mail.to for mail in pool.mail] == [MO]

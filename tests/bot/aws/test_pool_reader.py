"""Pages of a whole pool: what botocore would take long to read is taken as it is, and each refusal is told apart."""

import json
from typing import Any

import botocore.session
import pytest
from botocore.client import BaseClient
from botocore.config import Config
from botocore.exceptions import EndpointConnectionError
from botocore.stub import Stubber

from bot.answer import Refused
from bot.aws.pool_reader import RAW, NoAnswer, PoolReader, Restart, SlowDown, as_it_is, users_of
from bot.aws.quotas import USER_LIST, USER_READ, MeasuredRates
from bot.settings import PoolSettings

POOL = PoolSettings(id="us-east-1_AbC123", region="us-east-1", client_id="4example")
USER = {
    "Username": "ada",
    "Attributes": [{"Name": "sub", "Value": "a1"}, {"Name": "email", "Value": "ada@example.com"}],
    "UserCreateDate": 1700000000.25,
    "UserLastModifiedDate": 1700000001.0,
    "Enabled": True,
    "UserStatus": "CONFIRMED",
}


@pytest.fixture
def client() -> BaseClient:
    session = botocore.session.Session()
    config = Config(retries={"total_max_attempts": 1})
    return session.create_client(
        "cognito-idp", "us-east-1", aws_access_key_id="a", aws_secret_access_key="b", config=config
    )


def reader(client: BaseClient) -> PoolReader:
    return PoolReader(POOL, client, MeasuredRates(), account="own|us-east-1")


def test_users_are_taken_out_of_an_answer_before_botocore_reads_it() -> None:
    response = {"status_code": 200, "body": json.dumps({"Users": [USER], "PaginationToken": "next"}).encode()}
    customized: dict[str, Any] = {}
    as_it_is(response, customized)
    assert json.loads(response["body"]) == {"PaginationToken": "next"}  # type: ignore[arg-type] # it is bytes
    assert customized[RAW] == [USER]


def test_an_error_is_left_to_botocore() -> None:
    response, customized = {"status_code": 400, "body": b"{}"}, dict[str, Any]()
    as_it_is(response, customized)
    assert (response["body"], customized) == (b"{}", {})


def test_a_page_becomes_users_with_times(client: BaseClient) -> None:
    answer = {RAW: [USER], "PaginationToken": "next", "ResponseMetadata": {}}

    def answered(**_: object) -> tuple[_Answered, dict[str, Any]]:
        return _Answered(), answer

    client.meta.events.register("before-call.cognito-identity-provider.ListUsers", answered)  # type: ignore[arg-type] # botocore takes what it returns for an answer
    page = reader(client).page("a", "")
    (user,) = users_of(page)
    assert page.next == "next"
    assert (user.username, user.sub, user.email, user.created.timestamp()) == (
        "ada",
        "a1",
        "ada@example.com",
        1700000000.25,
    )


class _Answered:
    status_code = 200


@pytest.mark.parametrize(
    ("code", "status", "token", "raised"),
    [
        ("TooManyRequestsException", 400, "", SlowDown),
        ("ThrottlingException", 400, "", SlowDown),
        ("InternalErrorException", 500, "", NoAnswer),
        ("InvalidParameterException", 400, "old", Restart),
        ("InvalidParameterException", 400, "", Refused),
        ("AccessDeniedException", 400, "", Refused),
        ("ResourceNotFoundException", 400, "", Refused),
    ],
)
def test_each_refusal_is_told_apart(
    client: BaseClient, code: str, status: int, token: str, raised: type[Exception]
) -> None:
    with Stubber(client) as stub:
        stub.add_client_error("list_users", code, http_status_code=status)
        with pytest.raises(raised):
            reader(client).page("a", token)


def test_a_connection_that_breaks_may_be_there_again(client: BaseClient) -> None:
    client.meta.events.register("before-call.cognito-identity-provider.ListUsers", _raising)
    with pytest.raises(NoAnswer):
        reader(client).page("a", "")


def _raising(**_: object) -> None:
    raise EndpointConnectionError(endpoint_url="https://example.com")


def test_the_rate_that_an_account_has_in_fact_is_read_once(client: BaseClient) -> None:
    measured = reader(client)
    with Stubber(client) as stub:
        limit = {"LimitDefinition": {"LimitClass": "API_CATEGORY", "Attributes": {"Category": USER_READ}}}
        stub.add_response(
            "get_provisioned_limit",
            {"Limit": {**limit, "ProvisionedLimitValue": 240, "FreeLimitValue": 120}},
            limit_of(),
        )
        assert measured.rate(USER_READ) == 240
        assert measured.rate(USER_READ) == 240


def limit_of() -> dict[str, Any]:
    return {"LimitDefinition": {"LimitClass": "API_CATEGORY", "Attributes": {"Category": USER_READ}}}


def test_who_may_not_look_gets_the_usual_rate_and_does_not_ask_again(client: BaseClient) -> None:
    measured = reader(client)
    with Stubber(client) as stub:
        stub.add_client_error("get_provisioned_limit", "AccessDeniedException")
        assert measured.rate(USER_LIST) == 30
        assert measured.rate(USER_LIST) == 30


def test_who_is_told_to_wait_asks_again_another_time(client: BaseClient) -> None:
    measured = reader(client)
    with Stubber(client) as stub:
        stub.add_client_error("get_provisioned_limit", "TooManyRequestsException")
        stub.add_response(
            "get_provisioned_limit",
            {"Limit": {**limit_of(), "ProvisionedLimitValue": 500, "FreeLimitValue": 120}},
            limit_of(),
        )
        assert measured.rate(USER_READ) == 120
        assert measured.rate(USER_READ) == 500


def test_nothing_but_a_number_of_users_is_taken_for_the_estimate(client: BaseClient) -> None:
    with Stubber(client) as stub:
        stub.add_response("describe_user_pool", {"UserPool": {"EstimatedNumberOfUsers": 1234}}, {"UserPoolId": POOL.id})
        assert reader(client).estimate() == 1234
        stub.add_client_error("describe_user_pool", "AccessDeniedException")
        with pytest.raises(Refused):
            reader(client).estimate()

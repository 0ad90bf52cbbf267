"""AWS's request rates, shared by all pools of an account, and the mails of its day."""

from datetime import UTC, datetime, timedelta

import pytest
from mypy_boto3_cognito_idp import CognitoIdentityProviderClient

from sandbox.cognito.livepool import PASSWORD, LivePool
from sandbox.cognito.rates import RequestRates
from sandbox.cognito.server import CognitoServer
from tests.sandbox.cognito.pairs import pairs
from tests.sandbox.cognito.refusals import refused
from tests.sandbox.cognito.test_faults import pull

NOON = datetime(2026, 5, 4, 12, tzinfo=UTC)
USED_UP = (
    "Exceeded daily email limit for the operation or the account. If a higher limit is required, please configure "
    "your user pool to use your own Amazon SES configuration for sending email."
)


def taken(
    rates: RequestRates,
    operation: str,
    *,
    region: str = "us-east-1",
    pool: str = "one",
    after: float = 0.0,
    **parameters: str,
) -> int:
    """Return how many calls at one moment are taken, of a thousand."""
    moment = NOON + timedelta(seconds=after)
    return sum(rates.admits(operation, parameters, region=region, pool=pool, now=moment) for _ in range(1000))


def test_nothing_is_limited_unless_asked_for() -> None:
    assert taken(RequestRates(), "ListUsers") == 1000


@pytest.mark.parametrize(
    ("operation", "per_second"),
    [
        ("InitiateAuth", 120),
        ("RespondToAuthChallenge", 360),
        ("AdminCreateUser", 50),
        ("AdminResetUserPassword", 30),
        ("AdminGetUser", 120),
        ("AdminUpdateUserAttributes", 25),
        ("ResendConfirmationCode", 50),
        ("AdminSetUserMFAPreference", 25),
        ("ListUsers", 30),
        ("DescribeUserPool", 15),
        ("UpdateUserPool", 15),
        ("DescribeIdentityProvider", 20),
        ("UpdateIdentityProvider", 5),
        ("DescribeUserPoolClient", 15),
        ("CreateUserPool", 1000),
    ],
)
def test_each_category_takes_so_many_a_second(operation: str, per_second: int) -> None:
    rates = RequestRates(enforced=True)
    assert taken(rates, operation) == per_second
    assert taken(rates, operation, after=0.9) in {0, 1000}
    assert taken(rates, operation, after=1.0) == per_second


def test_a_category_is_shared_by_its_operations_and_by_all_pools_of_a_region() -> None:
    rates = RequestRates(enforced=True)
    assert taken(rates, "VerifyUserAttribute", pool="one") == 25
    assert taken(rates, "AdminEnableUser", pool="two") == 0
    assert taken(rates, "AdminEnableUser", region="eu-west-1") == 25


def test_changing_providers_is_limited_for_each_pool_besides() -> None:
    rates = RequestRates(enforced=True)
    counts = [taken(rates, "UpdateIdentityProvider", pool=name) for name in ("one", "two", "three", "four")]
    assert counts == [5, 5, 5, 0]


def test_a_new_password_at_a_sign_in_counts_as_recovery() -> None:
    rates = RequestRates(enforced=True)
    assert taken(rates, "ForgotPassword") == 30
    assert taken(rates, "RespondToAuthChallenge", ChallengeName="NEW_PASSWORD_REQUIRED") == 0
    assert taken(rates, "RespondToAuthChallenge", ChallengeName="SMS_MFA") == 360


def test_a_call_beyond_the_rate_is_refused_in_aws_words_until_the_rates_are_lifted(
    pool: LivePool, cognito: CognitoIdentityProviderClient, server: CognitoServer
) -> None:
    pull(server, "POST rates", {"enforced": True})
    # Counted as if a little later, so that no slow machine lets them grow old before the call.
    soon = server.clock.now() + timedelta(minutes=10)
    for _ in range(15):
        assert server.rates.admits("DescribeUserPool", {}, region="us-east-1", pool="", now=soon)
    with refused("TooManyRequestsException", "Rate exceeded"):
        cognito.describe_user_pool(UserPoolId=pool.id)
    pull(server, "DELETE faults")
    cognito.describe_user_pool(UserPoolId=pool.id)


def test_an_unsigned_call_counts_for_the_region_of_its_pool(
    server: CognitoServer, cognito: CognitoIdentityProviderClient
) -> None:
    pool = server.pools.create("far", region="eu-west-1")
    pool.add("ada", email="ada@example.com", email_verified=True)
    server.rates.enforce()
    soon = server.clock.now() + timedelta(minutes=10)
    for _ in range(30):
        server.rates.admits("ForgotPassword", {}, region="eu-west-1", pool=pool.id, now=soon)
    with refused("TooManyRequestsException", "Rate exceeded"):
        cognito.forgot_password(ClientId=pool.client_id, Username="ada")


def sign_up(cognito: CognitoIdentityProviderClient, pool: LivePool, name: str) -> None:
    cognito.sign_up(
        ClientId=pool.client_id,
        Username=name,
        Password=PASSWORD,
        UserAttributes=pairs({"email": f"{name}@example.com"}),
    )


def test_the_mails_of_a_day_are_shared_by_all_pools_and_begin_anew_at_nine(
    server: CognitoServer, cognito: CognitoIdentityProviderClient
) -> None:
    first, second = server.pools.create("first"), server.pools.create("second")
    own = server.pools.create("own")
    own.send_with_ses("own.example.com")
    pull(server, "POST daily-mail", {"per_day": 2})
    _wait_until_nine(server, timedelta(minutes=1))
    sign_up(cognito, first, "ada")
    sign_up(cognito, second, "bob")
    with refused("LimitExceededException", USED_UP):
        sign_up(cognito, first, "cleo")
    assert first.user("cleo").status == "UNCONFIRMED"
    assert [mail.to for mail in first.mail] == ["ada@example.com"]
    with refused("LimitExceededException", USED_UP):
        cognito.resend_confirmation_code(ClientId=second.client_id, Username="bob")
    sign_up(cognito, own, "dora")
    server.clock.forward(timedelta(hours=23))
    with refused("LimitExceededException", USED_UP):
        cognito.resend_confirmation_code(ClientId=second.client_id, Username="bob")
    server.clock.forward(timedelta(hours=1))
    cognito.resend_confirmation_code(ClientId=second.client_id, Username="bob")


def test_an_administrators_change_stands_when_its_code_finds_no_mail_left(
    pool: LivePool, cognito: CognitoIdentityProviderClient, server: CognitoServer
) -> None:
    pool.add("ada", email="ada@example.com", email_verified=True)
    server.default_sender.limit(0)
    cognito.admin_update_user_attributes(
        UserPoolId=pool.id, Username="ada", UserAttributes=pairs({"email": "new@example.com"})
    )
    assert pool.user("ada").email == "new@example.com"
    assert pool.mail == ()


def test_mail_is_not_counted_unless_asked_for(pool: LivePool, cognito: CognitoIdentityProviderClient) -> None:
    for number in range(51):
        sign_up(cognito, pool, f"p{number}")
    assert len(pool.mail) == 51


def _wait_until_nine(server: CognitoServer, after: timedelta) -> None:
    now = server.clock.now()
    nine = now.replace(hour=9, minute=0, second=0, microsecond=0)
    server.clock.forward((nine + after - now) % timedelta(days=1))


def limit(cognito: CognitoIdentityProviderClient, category: str) -> int:
    asked = cognito.get_provisioned_limit(
        LimitDefinition={"LimitClass": "API_CATEGORY", "Attributes": {"Category": category}}
    )["Limit"]
    assert asked["FreeLimitValue"] == asked["ProvisionedLimitValue"]
    return asked["ProvisionedLimitValue"]


def test_an_account_is_told_its_rates_once_a_second_and_where_it_may_look(
    server: CognitoServer, cognito: CognitoIdentityProviderClient
) -> None:
    assert [limit(cognito, each) for each in ("UserList", "UserRead", "UserUpdate")] == [30, 120, 25]
    for no_category in ("UserAuthenticationAnswers", "ListUsers"):
        with refused("InvalidParameterException"):
            limit(cognito, no_category)
    server.faults.deny("GetProvisionedLimit")
    with refused("AccessDeniedException"):
        limit(cognito, "UserList")
    server.faults.clear()
    server.rates.enforce()
    limit(cognito, "UserList")
    with refused("TooManyRequestsException"):
        limit(cognito, "UserList")

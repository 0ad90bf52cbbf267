"""The table of plain words, held against the installed model of Cognito's API."""

import botocore.exceptions
import botocore.session
import pytest
from botocore.exceptions import BotoCoreError, ClientError

import commands
from bot.aws.aws_words import code_of, explain, is_daily_limit, message_of, wordings
from bot.aws.failure import Fate, failure
from bot.aws.gateway import READS
from bot.aws.live_customer import OPERATIONS
from bot.aws.ses import SES_READS
from bot.plan import SES
from bot.scenario import load

MODELS = {name: botocore.session.get_session().get_service_model(name) for name in ("cognito-idp", "sesv2")}
SENDS = {operation for each in load(commands).values() for operation in each.sends}
CALLS = sorted(READS | OPERATIONS | SES_READS | SENDS)
DAILY = (
    "Exceeded daily email limit for the operation or the account. If a higher limit is required, please configure "
    "your user pool to use your own Amazon SES configuration for sending email."
)


def answer(code: str, message: str = "Because.") -> ClientError:
    told = {"Error": {"Code": code, "Message": message}, "ResponseMetadata": {"HTTPStatusCode": 400}}
    return ClientError(told, "SignUp")  # type: ignore[arg-type] # AWS answers with more


@pytest.mark.parametrize("operation", CALLS)
def test_every_exception_that_the_model_lists_for_our_calls_has_its_words(operation: str) -> None:
    model = MODELS["sesv2" if operation.startswith(SES) else "cognito-idp"]
    listed = {shape.name for shape in model.operation_model(operation.removeprefix(SES)).error_shapes}
    assert listed
    assert listed <= wordings(operation).keys()


@pytest.mark.parametrize(
    ("operation", "code"),
    [(operation, code) for operation in ("SignUp", "ses:GetAccount") for code in wordings(operation)],
)
def test_every_wording_is_whole_sentences_that_say_what_to_do_next(operation: str, code: str) -> None:
    wording = wordings(operation)[code]
    assert wording.says
    assert wording.then.endswith(".")
    said = explain(answer(code), operation).plain()
    assert "{" not in said
    assert said.endswith(".")


def _broken() -> list[type[BotoCoreError]]:
    kinds = [value for value in vars(botocore.exceptions).values() if isinstance(value, type)]
    return [kind for kind in kinds if issubclass(kind, BotoCoreError)]


@pytest.mark.parametrize("kind", _broken())
def test_whatever_botocore_raises_is_told_without_a_traceback(kind: type[BotoCoreError]) -> None:
    error = kind.__new__(kind)
    assert explain(error, "ListUsers").plain()


def test_a_code_that_nobody_has_heard_of_is_told_as_it_is() -> None:
    said = explain(answer("BrandNewException", "Try <!channel>"), "SignUp")
    assert said.plain() == "AWS answered BrandNewException: Try <!channel> Please tell the operator of this desk."
    assert "<!channel>" not in said.text()


@pytest.mark.parametrize(
    ("message", "said"),
    [
        ("Access Token has expired", "The access token has expired."),
        ("Access Token has been revoked", "has been revoked"),
        ("Unable to verify secret hash for client abc", "refuses the app client's secret"),
        ("Client abc is configured with secret but SECRET_HASH was not received", "needs its secret"),
        ("User is disabled.", "disabled"),
        ("User cannot be confirmed. Current status is CONFIRMED", "confirmed already"),
        ("Something else", "Cognito refuses this: Something else"),
    ],
)
def test_not_authorized_is_told_apart_by_what_it_says(message: str, said: str) -> None:
    assert said in explain(answer("NotAuthorizedException", message), "GetUser").plain()


def test_the_limit_of_one_person_s_hour_and_the_one_of_everybody_s_day_are_told_apart() -> None:
    hour = answer("LimitExceededException", "Attempt limit exceeded, please try after some time.")
    day = answer("LimitExceededException", DAILY)
    assert explain(hour, "SignUp").plain() == (
        "Too many codes or tries for this person. Wait about an hour; trying again sooner only makes it longer."
    )
    assert explain(day, "SignUp").plain() == (
        "Cognito's own sender has used up the AWS account's 50 mails of the day. Nobody in any pool gets mail until "
        "09:00 UTC. Try again after 09:00 UTC, and tell the cloud team: it ends where the pool sends with Amazon SES."
    )
    assert (is_daily_limit(hour), is_daily_limit(day)) == (False, True)


def test_after_the_limit_of_the_day_a_change_may_stand_all_the_same() -> None:
    limits = (answer("LimitExceededException", said) for said in ("Attempt limit exceeded, please try again.", DAILY))
    for error in limits:
        fate = Fate.UNKNOWN if is_daily_limit(error) else Fate.REFUSED
        assert failure(error, "AdminCreateUser", hidden=()).fate is fate


def test_what_ses_answers_names_ses_and_its_own_right() -> None:
    assert explain(answer("TooManyRequestsException"), "ses:GetAccount").plain().startswith("Amazon SES is asking")
    denied = explain(answer("AccessDeniedException"), "ses:GetSuppressedDestination").plain()
    assert "the IAM action ses:GetSuppressedDestination is missing" in denied


def test_codes_that_mean_the_same_are_one() -> None:
    assert code_of(answer("AccessDenied")) == "AccessDeniedException"
    assert code_of(answer("ExpiredToken")) == "ExpiredTokenException"


def test_aws_own_message_is_cut_and_a_secret_in_it_is_hidden() -> None:
    assert len(message_of(answer("X", "x" * 5000))) == 300
    assert message_of(answer("X", "Value 's3cret' is bad"), hidden=("s3cret",)) == "Value '•••' is bad"

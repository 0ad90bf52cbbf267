"""The table of plain words, held against the installed model of Cognito's API."""

import botocore.exceptions
import botocore.session
import pytest
from botocore.exceptions import BotoCoreError, ClientError

import commands
from bot.aws.aws_words import WORDINGS, code_of, explain, message_of
from bot.aws.gateway import READS
from bot.aws.live_customer import OPERATIONS
from bot.scenario import load

MODEL = botocore.session.get_session().get_service_model("cognito-idp")
CALLS = sorted(READS | OPERATIONS | {operation for each in load(commands).values() for operation in each.sends})


def answer(code: str, message: str = "Because.") -> ClientError:
    return ClientError({"Error": {"Code": code, "Message": message}}, "SignUp")


@pytest.mark.parametrize("operation", CALLS)
def test_every_exception_that_the_model_lists_for_our_calls_has_its_words(operation: str) -> None:
    listed = {shape.name for shape in MODEL.operation_model(operation).error_shapes}
    assert listed
    assert listed <= WORDINGS.keys()


@pytest.mark.parametrize("code", WORDINGS)
def test_every_wording_is_whole_sentences_that_say_what_to_do_next(code: str) -> None:
    wording = WORDINGS[code]
    assert wording.says
    assert wording.then.endswith(".")
    said = explain(answer(code), "SignUp").plain()
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


def test_codes_that_mean_the_same_are_one() -> None:
    assert code_of(answer("AccessDenied")) == "AccessDeniedException"
    assert code_of(answer("ExpiredToken")) == "ExpiredTokenException"


def test_aws_own_message_is_cut_and_a_secret_in_it_is_hidden() -> None:
    assert len(message_of(answer("X", "x" * 5000))) == 300
    assert message_of(answer("X", "Value 's3cret' is bad"), hidden=("s3cret",)) == "Value '•••' is bad"

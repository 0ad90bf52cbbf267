"""Tokens, passwords and codes are nowhere to be found afterwards, at DEBUG level, whatever fails on the way."""

from collections.abc import Callable
from pathlib import Path

import pytest

from sandbox.testing import CognitoServer, LivePool
from tests.loud import loud
from tests.stories.floor import Floor, stands

PASSWORD = "Mark-4711-Password!"
CHOSEN = "Mark-4711-Chosen!"
CODE = "47110815"

Act = Callable[[Floor, LivePool], None]


def sends_a_code(floor: Floor, pool: LivePool) -> None:
    floor.types("agent", "/cognito-send-code ana")
    floor.form("agent")
    floor.submits("agent", password=PASSWORD)


def sends_a_code_with_a_token(floor: Floor, pool: LivePool) -> None:
    floor.types("agent", "/cognito-send-code ana")
    floor.form("agent")
    floor.submits("agent", token=pool.token("ana"))


def sends_a_sign_up_code(floor: Floor, pool: LivePool) -> None:
    floor.types("agent", "/cognito-send-code sina")
    floor.form("agent")
    floor.submits("agent", password=PASSWORD)


def answers_a_challenge(floor: Floor, pool: LivePool) -> None:
    floor.types("agent", "/cognito-send-code tess")
    floor.form("agent")
    floor.submits("agent", password=PASSWORD)
    floor.modal_says("agent", "New password")
    floor.submits("agent", answer=CHOSEN)


def enters_a_code(floor: Floor, pool: LivePool) -> None:
    floor.types("agent", "/cognito-enter-code ana")
    floor.form("agent")
    floor.submits("agent", code=CODE, token=pool.token("ana"))


def changes_the_address(floor: Floor, pool: LivePool) -> None:
    floor.types("agent", "/cognito-change-email ana")
    floor.form("agent")
    floor.submits("agent", email="new@example.org", how="As the customer", token=pool.token("ana"))


def signs_up(floor: Floor, pool: LivePool) -> None:
    floor.types("agent", "/cognito-sign-up nina")
    floor.form("agent")
    floor.submits("agent", email="nina@example.com", password=CHOSEN)


def confirms_a_sign_up(floor: Floor, pool: LivePool) -> None:
    floor.types("agent", "/cognito-confirm-sign-up sina")
    floor.form("agent")
    floor.submits("agent", code=CODE)


ACTS: dict[str, Act] = {
    "InitiateAuth": sends_a_code,
    "RespondToAuthChallenge": answers_a_challenge,
    "GetUser": sends_a_code_with_a_token,
    "GetUserAttributeVerificationCode": sends_a_code_with_a_token,
    "VerifyUserAttribute": enters_a_code,
    "UpdateUserAttributes": changes_the_address,
    "SignUp": signs_up,
    "ConfirmSignUp": confirms_a_sign_up,
    "ResendConfirmationCode": sends_a_sign_up_code,
}


HELD = {
    "InitiateAuth": PASSWORD,
    "RespondToAuthChallenge": CHOSEN,
    "VerifyUserAttribute": CODE,
    "SignUp": CHOSEN,
    "ConfirmSignUp": CODE,
}
"""The secret that a call holds, which AWS may repeat when it refuses it."""


@pytest.mark.parametrize("failure", ["none", "echo", "lost"])
@pytest.mark.parametrize("operation", ACTS)
def test_no_secret_is_left_behind(
    floor: Floor,
    pool: LivePool,
    cognito: CognitoServer,
    tmp_path: Path,
    caplog: pytest.LogCaptureFixture,
    capfd: pytest.CaptureFixture[str],
    operation: str,
    failure: str,
) -> None:
    pool.add("ana", email="ana@example.com", email_verified=False, password=PASSWORD)
    pool.add("sina", email="sina@example.com", email_verified=False, status="UNCONFIRMED")
    pool.add("tess", email="tess@example.com", password=PASSWORD, status="FORCE_CHANGE_PASSWORD")
    tokens = [pool.token("ana")]
    if failure == "echo":
        said = f"Value '{HELD.get(operation, 'x')}' failed to satisfy constraint"
        cognito.faults.fail("InvalidParameterException", said, operation)
    elif failure == "lost":
        cognito.faults.lose_answer(operation)

    with loud() as heard:
        ACTS[operation](floor, pool)
        floor.slack.wait_for(lambda: _is_over(floor))
        floor.quiet()
    assert operation in [call.operation for call in pool.calls]

    tokens += list(pool.inner.access_tokens) + list(pool.inner.refresh_tokens) + list(pool.inner.sessions)
    places = {
        "the log": "\n".join([heard.text, caplog.text, *capfd.readouterr()]),
        "the database": "".join(file.read_bytes().decode("latin-1") for file in tmp_path.glob("desk.db*")),
        "what Slack was told": str([call.arguments for call in floor.slack.calls.of()]),
    }
    secrets = {PASSWORD, CHOSEN, CODE, *tokens} | {mail.code for mail in pool.mail if mail.code}
    assert [(place, secret) for place, text in places.items() for secret in secrets if stands(secret, text)] == []
    assert heard.addresses == []
    for token in (floor.slack.bot_token, floor.slack.app_token):
        assert token not in places["the log"]


def _is_over(floor: Floor) -> bool:
    view = floor.slack.view("agent")
    return view is None or not (view.busy or "Checking…" in str(view.content))

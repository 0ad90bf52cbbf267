"""The log: what happened, without tokens, one-time addresses and customers' addresses."""

import io
import logging

import pytest

from bot.slack_log import Redaction, quiet, redacted


@pytest.mark.parametrize(
    "secret",
    [
        "xoxb-1234-abcd-EFGH",
        "xapp-1-A0-1-abcdef",
        "https://hooks.slack.com/commands/T0/1/abc",
        "http://127.0.0.1:1234/hooks/actions/T0DESK/B0/s3cr3t",
        "wss://wss-primary.slack.com/link/?ticket=abc",
        "1234567890123.123456789012.0123456789abcdef0123456789abcdef",
        "eyJhbGciOi.eyJzdWIiOi.c2lnbmF0dXJl",
        "ana@example.com",
        "first.last+tag@mail.example.co.uk",
    ],
)
def test_a_secret_is_masked_wherever_it_stands(secret: str) -> None:
    for text in (secret, f"({secret})", f'{{"key": "{secret}"}}', f"before {secret}, after"):
        assert secret not in redacted(text)


def test_an_address_stays_recognisable_to_whoever_knows_it() -> None:
    assert redacted("ana@example.com was asked for") == "a***@e***.com was asked for"


def test_what_is_no_secret_stays() -> None:
    line = "ticket 7: call 1 of 1, AWS request id 01234567-89ab-cdef-0123-456789abcdef"

    assert redacted(line) == line


def test_arguments_and_tracebacks_are_redacted_too() -> None:
    stream = io.StringIO()
    handler = logging.StreamHandler(stream)
    handler.addFilter(Redaction())
    logger = logging.getLogger("tests.redaction")
    logger.addHandler(handler)
    logger.propagate = False
    try:
        raise ValueError("refused xoxb-1-SECRET for ana@example.com")
    except ValueError:
        logger.exception("for %s", "xapp-1-SECRET")
    logger.removeHandler(handler)

    assert "SECRET" not in stream.getvalue()
    assert "ana@" not in stream.getvalue()
    assert "ValueError" in stream.getvalue()


def test_libraries_that_log_whole_requests_are_held_at_warning() -> None:
    quiet()

    for name in ("slack_sdk", "slack_bolt", "botocore", "urllib3"):
        assert not logging.getLogger(name).isEnabledFor(logging.INFO)

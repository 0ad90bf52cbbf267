"""The log: what happened, without secrets, one-time addresses and customers' addresses, whoever writes it and how."""

import gc
import io
import json
import logging
import subprocess
import sys
import urllib.parse
import uuid
from collections.abc import Callable, Iterator

import pytest
from pydantic import BaseModel, SecretStr, ValidationError

from bot.redaction import JsonLines, as_text, guard, hide, redacted, reference

PASSWORD = 'Mark "xqz4711" & Pässword'
TOKEN = "xoxb-xqz4711-SECRET"
MAIL = "ana.xqz4711@example.com"
UNKNOWN = "known to nobody by heart"


class Everything(logging.Handler):
    """A handler that somebody attached: it keeps whatever it can find in a record, not only what a format asks for."""

    def __init__(self) -> None:
        super().__init__(logging.DEBUG)
        self.said: list[str] = []

    def emit(self, record: logging.LogRecord) -> None:
        held = {name: repr(value) for name, value in vars(record).items()}
        self.said.append("\n".join([self.format(record), *held.values()]))

    @property
    def text(self) -> str:
        return "\n".join(self.said)


@pytest.fixture
def heard() -> Iterator[Everything]:
    """Everything that any logger hands on, each of them at DEBUG."""
    guard()
    root = logging.getLogger()
    handler, level = Everything(), root.level
    root.addHandler(handler)
    root.setLevel(logging.DEBUG)
    yield handler
    root.removeHandler(handler)
    root.setLevel(level)


@pytest.fixture
def password() -> SecretStr:
    return hide(SecretStr(PASSWORD))


def later(name: str = "made.later") -> logging.Logger:
    """Return a logger that was not there before, at DEBUG."""
    made = logging.getLogger(f"{name}.{uuid.uuid4().hex}")
    made.setLevel(logging.DEBUG)
    return made


@pytest.mark.parametrize(
    "secret",
    [
        "xoxb-1234-abcd-EFGH",
        "xoxe.xoxp-1-abcdefgh",
        "xapp-1-A0-1-abcdef",
        "https://hooks.slack.com/commands/T0/1/abc",
        "https:\\/\\/hooks.slack.com\\/actions\\/T0\\/1\\/abc",
        "http://127.0.0.1:1234/hooks/actions/T0DESK/B0/s3cr3t",
        "wss://wss-primary.slack.com/link/?ticket=abc",
        "1234567890123.123456789012.0123456789abcdef0123456789abcdef",
        "eyJhbGciOi.eyJzdWIiOi.c2lnbmF0dXJl",
        "eyJjdHkiOi..iv.ciphertext.tag",
        "ana@example.com",
        "first.last+tag@mail.example.co.uk",
        '"ana maria"@example.com',
        "ana%2Bshop%40example.com",
        "ana@пример.рф",
        "o'hara@localhost",
    ],
)
def test_a_secret_is_masked_wherever_it_stands(secret: str) -> None:
    for text in (secret, f"({secret})", f'{{"key": "{secret}"}}', f"before {secret}, after", f"key={secret}"):
        assert secret not in redacted(text)


def test_of_an_address_with_credentials_only_the_host_is_left() -> None:
    assert redacted("postgresql+psycopg://desk:p4ss@db.internal/desk") == "postgresql+psycopg://[…]@db.internal/desk"
    assert redacted("https://slack.com/api/users.lookupByEmail?email=x&token=y") == (
        "https://slack.com/api/users.lookupByEmail?[…]"
    )


def test_an_address_stays_recognisable_to_whoever_knows_it() -> None:
    assert redacted("ana@example.com was asked for") == "a***@e***.com was asked for"
    assert redacted("It went to ana@mail.example.com.") == "It went to a***@m***.com."


@pytest.mark.parametrize(
    "line",
    [
        "ticket 7: call 1 of 1, AWS request id 01234567-89ab-cdef-0123-456789abcdef",
        "https://slack.com/api/chat.postMessage answered 500",
        '  File "/srv/desk/bot/app.py", line 90, in build\n    @app.error',
        "12:00:00.123456",
    ],
)
def test_what_is_no_secret_stays(line: str) -> None:
    assert redacted(line) == line


@pytest.mark.parametrize(
    "written",
    [
        str,
        repr,
        json.dumps,
        lambda secret: json.dumps(json.dumps({"password": secret})),
        lambda secret: repr(json.dumps([secret])),
        lambda secret: repr({"body": secret.encode()}),
        urllib.parse.quote,
        urllib.parse.quote_plus,
        lambda secret: json.dumps(secret, ensure_ascii=False),
        lambda secret: secret.replace("&", "&amp;").replace('"', "&quot;"),
    ],
)
def test_a_password_of_this_moment_is_known_by_heart_however_it_is_written(
    password: SecretStr, written: Callable[[str], str]
) -> None:
    assert redacted(f"before {written(PASSWORD)} after").count("xqz4711") == 0
    assert password.get_secret_value() == PASSWORD


def test_of_two_secrets_the_one_that_begins_the_other_leaves_nothing_of_it() -> None:
    held = [hide(SecretStr("Mark-4711")), hide(SecretStr("Mark-4711-and-more"))]

    assert redacted("Mark-4711-and-more") == "[…]"
    assert len(held) == 2


def test_a_secret_is_kept_no_longer_than_by_those_who_use_it() -> None:
    hide(SecretStr("gone-at-once"))
    gc.collect()

    assert redacted("gone-at-once") == "gone-at-once"


def test_what_is_too_short_for_a_password_does_not_blank_out_the_log() -> None:
    short = hide(SecretStr("a"))

    assert redacted("an answer") == "an answer"
    assert short


@pytest.mark.parametrize(
    "name",
    ["botocore", "urllib3.connectionpool", "slack_sdk.socket_mode", "app.py:App", "sqlalchemy.engine", "httpcore"],
)
def test_no_library_is_heard_below_warning_by_a_logger_made_later(heard: Everything, name: str) -> None:
    logger = later(name)
    own = Everything()
    logger.addHandler(own)

    for level in (logging.DEBUG, logging.INFO, logging.WARNING - 1):
        logger.log(level, "the whole request: %s", UNKNOWN)
    logger.warning("heard")

    assert UNKNOWN not in heard.text + own.text
    assert "heard" in heard.text
    assert "heard" in own.text


def test_the_desk_itself_is_heard_at_any_level(heard: Everything) -> None:
    later("bot.desk").debug("what the desk says")
    later("botany").debug("what somebody else says")

    assert "what the desk says" in heard.text
    assert "somebody else" not in heard.text


class Rendered:
    """Something that turns into text only when a handler asks for it."""

    def __init__(self, text: str) -> None:
        self.text = text

    def __str__(self) -> str:
        return self.text

    __repr__ = __str__


def plainly(logger: logging.Logger, said: str) -> None:
    logger.warning(said)


def by_arguments(logger: logging.Logger, said: str) -> None:
    logger.warning("%s and %r", said, {"key": [said]})


def by_objects(logger: logging.Logger, said: str) -> None:
    logger.warning(Rendered(said))
    logger.warning("%s", Rendered(said))


def by_extra_fields(logger: logging.Logger, said: str) -> None:
    logger.warning("a word", extra={"body": said, "deep": {"key": Rendered(said)}})


def by_arguments_that_do_not_fit(logger: logging.Logger, said: str) -> None:
    logger.warning("%d of them", said)


def by_an_exception(logger: logging.Logger, said: str) -> None:
    try:
        try:
            raise KeyError(said)
        except KeyError as error:
            error.add_note(said)
            raise ValueError({"key": said}) from error
    except ValueError:
        logger.exception("broke")


def by_a_group_of_exceptions(logger: logging.Logger, said: str) -> None:
    logger.error("broke", exc_info=ExceptionGroup(said, [ValueError(said)]))


def by_a_stack(logger: logging.Logger, said: str) -> None:
    record = logger.makeRecord(logger.name, logging.ERROR, "f", 1, "x", (), None, sinfo=f"Stack:\n  {said}")
    logger.handle(record)


def by_hand(logger: logging.Logger, said: str) -> None:
    held = {"msg": said, "levelno": logging.ERROR, "levelname": "ERROR", "name": logger.name, "exc_text": said}
    logger.handle(logging.makeLogRecord({**held, "message": said, "exc_info": "no tuple"}))


def by_an_adapter(logger: logging.Logger, said: str) -> None:
    logging.LoggerAdapter(logger, {"person": said}).error("x %s", said)


def by_pydantic(logger: logging.Logger, said: str) -> None:
    class Strict(BaseModel):
        number: int
        other: dict[str, int]

    try:
        Strict.model_validate({"number": UNKNOWN, "other": [said, UNKNOWN]})
    except ValidationError as error:
        logger.exception("refused: %s", error)


WAYS = (
    plainly,
    by_arguments,
    by_objects,
    by_extra_fields,
    by_arguments_that_do_not_fit,
    by_an_exception,
    by_a_group_of_exceptions,
    by_a_stack,
    by_hand,
    by_an_adapter,
    by_pydantic,
)


@pytest.mark.parametrize("way", WAYS, ids=lambda way: way.__name__)
@pytest.mark.parametrize("secret", [PASSWORD, TOKEN, MAIL], ids=["password", "token", "address"])
def test_no_way_to_log_hands_a_secret_to_any_handler(
    heard: Everything, password: SecretStr, way: Callable[[logging.Logger, str], None], secret: str
) -> None:
    stream = io.StringIO()
    logger = later()
    logger.addHandler(logging.StreamHandler(stream))
    logger.handlers[0].setFormatter(logging.Formatter("%(message)s %(body)s", defaults={"body": ""}))

    way(logger, f"said {secret} here")

    assert heard.said
    assert "xqz4711" not in heard.text
    assert "xqz4711" not in stream.getvalue()
    assert UNKNOWN not in heard.text
    assert password


def test_a_traceback_is_kept_as_text_and_its_frames_are_let_go(heard: Everything) -> None:
    try:
        raise ValueError("what broke")
    except ValueError:
        later().exception("broke")

    assert "ValueError: what broke" in heard.text
    assert "Traceback (most recent call last)" in heard.text
    assert "exc_info" not in heard.text
    assert "<traceback object" not in heard.text


def test_numbers_that_hide_nothing_stay_numbers(heard: Everything) -> None:
    code = hide(SecretStr("471147"))
    kept: list[object] = []
    logger = later()
    logger.addHandler(type("Kept", (logging.Handler,), {"emit": lambda _, record: kept.append(vars(record)["n"])})())

    logger.warning("a word", extra={"n": 12})
    logger.warning("a word", extra={"n": 471147})

    assert kept == [12, "[…]"]
    assert code


def test_every_record_carries_the_reference_of_its_request(heard: Everything) -> None:
    formatter = logging.Formatter("<%(reference)s>")
    heard.setFormatter(formatter)
    token = reference.set("ab12")
    later().warning("x")
    reference.reset(token)

    assert "<ab12>" in heard.text


def test_a_line_of_json_holds_what_a_record_holds_and_hides_as_much(heard: Everything, password: SecretStr) -> None:
    heard.setFormatter(JsonLines())
    token = reference.set("ab12")
    logger = later()
    try:
        raise ValueError(f"of {MAIL}\n{password.get_secret_value()}")
    except ValueError:
        logger.warning("said to %s\nonce", MAIL, exc_info=True, extra={"ticket": 12, "level": "mine", "mail": MAIL})
    reference.reset(token)

    [line] = heard.said[0].split("\n")[:1]
    said = json.loads(line)
    assert (said["level"], said["logger"], said["reference"]) == ("WARNING", logger.name, "ab12")
    assert (said["message"], said["ticket"], said["mail"]) == ("said to a***@e***.com\nonce", 12, "a***@e***.com")
    assert "ValueError: of a***@e***.com\n[…]" in said["exception"]
    assert said["time"].endswith("+00:00")
    assert "4711" not in line


def test_fields_are_written_for_people_with_quotes_where_they_are_needed() -> None:
    assert as_text({"event": "in doubt", "ticket": 12, "odd": 'a"\n=b'}) == (
        'event="in doubt" ticket=12 odd="a\\"\\n=b"'
    )


_PROCESS = """
import logging, sys, threading, warnings
from pydantic import SecretStr
from bot import redaction
redaction.configure()
held = redaction.hide(SecretStr("Mark-4711-Password!"))
logging.getLogger().setLevel(logging.DEBUG)
warnings.warn("for ana@example.com " + held.get_secret_value())
def broken():
    raise ValueError("in a thread " + held.get_secret_value())
thread = threading.Thread(target=broken); thread.start(); thread.join()
class Dropped:
    def __del__(self):
        raise ValueError("dropped " + held.get_secret_value())
Dropped()
logging.getLogger("x").warning("%d", held.get_secret_value())
raise RuntimeError("at the end " + held.get_secret_value())
"""


@pytest.mark.slow
def test_what_python_itself_would_print_is_json_too_where_the_log_is() -> None:
    process = _PROCESS.replace("configure()", "configure(as_json=True)")
    ended = subprocess.run([sys.executable, "-c", process], capture_output=True, text=True, check=False, timeout=60)

    said = [json.loads(line) for line in ended.stderr.splitlines()]
    assert [each["level"] for each in said] == ["WARNING", "CRITICAL", "CRITICAL", "WARNING", "CRITICAL"]
    assert "RuntimeError: at the end […]" in said[-1]["exception"]
    assert "4711" not in ended.stderr


@pytest.mark.slow
def test_what_python_itself_would_print_goes_through_the_log_too() -> None:
    ended = subprocess.run([sys.executable, "-c", _PROCESS], capture_output=True, text=True, check=False, timeout=60)

    assert ended.returncode == 1
    assert "4711" not in ended.stderr
    assert "ana@" not in ended.stderr
    for said in ("in a thread […]", "dropped […]", "at the end […]", "UserWarning: for a***@e***.com […]"):
        assert said in ended.stderr

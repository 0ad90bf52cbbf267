"""Keeps secrets and customers' addresses out of the log: of every logger, at every level, for every handler.

Logging belongs to the whole process, and so does what stands here: libraries make loggers when they like, and an
operator may set any of them to DEBUG, or attach a handler of their own.
"""

import html
import json
import logging
import re
import sys
import threading
import weakref
from collections.abc import Mapping, Sequence
from contextlib import suppress
from contextvars import ContextVar
from datetime import UTC, datetime
from types import TracebackType
from urllib.parse import quote, quote_plus

from pydantic import SecretStr

reference: ContextVar[str] = ContextVar("reference", default="-")
"""The short reference of the request that this thread works on; a person who is told it can be found in the log."""

_FORMAT = "%(asctime)s %(levelname)s %(reference)s %(name)s: %(message)s"

_OURS = ("bot", "commands")
"""The packages that are heard below WARNING. Libraries write whole requests there, with everything typed into them."""

_SHORTEST = 6
"""Characters. Cognito takes no shorter password or code, and to blank out every "a" would tell what was typed."""

_CUT = "[…]"

_WORDS = re.compile(r"x(?:ox[a-z]|app)[.-][\w.-]+|eyJ[\w.-]+|(?<!\w)\d{6,20}\.\d{6,20}\.[0-9a-f]{16,64}(?!\w)")
"""Slack's tokens, a customer's JWTs, trigger ids."""

_WEB = re.compile(r"(?:http|ws)s?:(?:\\?/){2}[^\s\"'<>]+")

_ONE_TIME = re.compile(r"\\?/(?:services|commands|actions|workflows|hooks)\\?/")
"""Part of an address with which anybody may answer in the desk's place."""

_SIGNED_IN = re.compile(r"(?<=://)[^\s/@\"'<>]+@")
"""Name and password in the address of a database or a proxy."""

_INPUT, _AFTER_INPUT = "input_value=", ", input_type="
"""Between them pydantic's errors repeat what they were given, whatever that is."""

_PLAIN = r"[^\s@<>\"'(),:;=|\[\]{}]"
_ESCAPED = r"[^\s@<>\"'(),:;=|\[\]{}%&?/]"
_MAIL = re.compile(
    rf"(?<!{_PLAIN})(?P<plain>{_PLAIN})(?:{_PLAIN})*@(?P<domain>[\w.-]+)"
    rf"|(?<!{_ESCAPED})(?P<escaped>{_ESCAPED})(?:{_ESCAPED})*%40(?P<behind>[\w.-]+)"
    r"|\"(?P<quoted>[^\"\n])[^\"\n]{0,64}\"@(?P<after>[\w.-]+)"
)
"""An e-mail address: as people write it, as a web address holds it, and with its name in quotes."""

# By identity: two that are equal may live for different lengths of time.
_held: weakref.WeakValueDictionary[int, SecretStr] = weakref.WeakValueDictionary()


def hide(secret: SecretStr) -> SecretStr:
    """Keep a secret out of every log for as long as this object lives, however it is escaped. Returns the same object.

    Passwords and codes look like any other word, so they can only be known by heart. Nothing keeps them alive here.
    """
    _held[id(secret)] = secret
    return secret


def redacted(text: str) -> str:
    """Return text without secrets, and with addresses masked like ``a***@e***.com``."""
    return _redacted(text, _spellings())


def _redacted(text: str, secrets: Sequence[str]) -> str:
    for spelling in secrets:
        text = text.replace(spelling, _CUT)
    if _INPUT in text:
        text = "\n".join(map(_without_input, text.split("\n")))
    text = _WEB.sub(_without_credentials, text)
    text = _SIGNED_IN.sub(f"{_CUT}@", text)
    text = _WORDS.sub(_CUT, text)
    return _MAIL.sub(_masked, text)


def guard() -> None:
    """Let no logger of this process, there already or made later, hand anything to a handler unredacted.

    Whatever level anybody sets: libraries are not heard below WARNING. Asked again, it changes nothing.
    """
    # The one place that every record passes. A filter holds for one logger or one handler only, and what makes records
    # sees neither their `extra` fields nor records that somebody made by hand.
    logging.Logger.handle = _handle  # type: ignore[assignment, method-assign] # there is no other door to all loggers


def configure(level: int = logging.INFO, *, as_json: bool = False) -> None:
    """Write the log to standard error, redacted, and everything else that Python would write there too.

    ``as_json``: each record as one line with one JSON object, for programs that collect logs.
    """
    guard()
    handler = logging.StreamHandler()
    handler.setFormatter(JsonLines() if as_json else logging.Formatter(_FORMAT))
    logging.basicConfig(level=level, handlers=[handler])
    logging.captureWarnings(True)
    sys.excepthook = _unexpected
    sys.unraisablehook = lambda broken: _broke("something was dropped", broken.exc_value)
    threading.excepthook = lambda broken: _broke("a thread ended", broken.exc_value)


def as_text(fields: Mapping[str, str | int | float]) -> str:
    """Return a line's fields as people read them: ``event=approved ticket=12``, with quotes where they are needed."""
    return " ".join(f"{name}={_quoted(str(value))}" for name, value in fields.items())


def _quoted(text: str) -> str:
    return text if text.isprintable() and not set(text) & set(' "=\\') else json.dumps(text)


def _unexpected(kind: type[BaseException], error: BaseException, trace: TracebackType | None) -> None:
    if issubclass(kind, KeyboardInterrupt):
        # Somebody's Ctrl-C, which has nothing to say.
        sys.__excepthook__(kind, error, trace)
    else:
        _broke("the program ended", error)


def _broke(what: str, error: BaseException | None) -> None:
    # A thread that exits by itself is no fault; Python keeps silent about it too.
    if not isinstance(error, SystemExit):
        logging.getLogger(__name__).critical("%s by an error that nobody expected", what, exc_info=error)


_hand_on = logging.Logger.handle


def _handle(logger: logging.Logger, record: logging.LogRecord) -> None:
    if record.levelno >= logging.WARNING or str(record.name).partition(".")[0] in _OURS:
        _redact(record)
        _hand_on(logger, record)


_OWN_FIELDS = frozenset(vars(logging.makeLogRecord({})))
_MADE_FIELDS = frozenset({"message", "asctime", "reference"})
"""What a formatter, or `_redact`, adds to a record."""
_formatter = logging.Formatter()


class JsonLines(logging.Formatter):
    """Writes a redacted record as one line: a JSON object with everything that somebody added to the record too."""

    def format(self, record: logging.LogRecord) -> str:
        """Return the line."""
        added = {name: vars(record)[name] for name in vars(record).keys() - _OWN_FIELDS - _MADE_FIELDS}
        line: dict[str, object] = {
            "time": datetime.fromtimestamp(record.created, tz=UTC).isoformat(timespec="milliseconds"),
            "level": record.levelname,
            "logger": record.name,
            "reference": getattr(record, "reference", "-"),
            "message": record.getMessage(),
        }
        if record.exc_text:
            line["exception"] = record.exc_text
        if record.stack_info:
            line["stack"] = record.stack_info
        # A field can't take the place of what every line has.
        return json.dumps({**dict(sorted(added.items())), **line}, default=str)


def _redact(record: logging.LogRecord) -> None:
    """Rewrite a record so that nothing is left to be rendered later: text, no objects, no exception with its frames."""
    # Once for all that the record holds: to spell them takes longer than to look for them.
    secrets = _spellings()
    record.msg, record.args = _redacted(_message(record), secrets), ()
    if record.exc_info and not record.exc_text:
        record.exc_text = _traceback(record.exc_info)
    # An exception holds its frames, and they hold what was typed.
    record.exc_info = None
    if record.exc_text:
        record.exc_text = _redacted(record.exc_text, secrets)
    if record.stack_info:
        record.stack_info = _redacted(record.stack_info, secrets)
    for name in vars(record).keys() - _OWN_FIELDS:
        vars(record)[name] = _as_text(vars(record)[name], secrets)
    record.reference = reference.get()


def _message(record: logging.LogRecord) -> str:
    try:
        return record.getMessage()
    except Exception as error:  # whatever a library's own object raises, its text can't be had
        template = record.msg if isinstance(record.msg, str) else type(record.msg).__name__
        return f"{template} (its arguments don't fit: {type(error).__name__})"


def _traceback(held: object) -> str:
    # As `logging` makes it; a record that somebody made by hand may hold anything.
    with suppress(Exception):
        return _formatter.formatException(held)  # type: ignore[arg-type] # whatever is no traceback raises
    return "no traceback"


def _as_text(value: object, secrets: Sequence[str]) -> object:
    """Return a field that somebody added to a record as text; a number that hides nothing stays one."""
    try:
        text = str(value)
        shown = _redacted(text, secrets)
    except Exception as error:  # as above
        return f"{type(value).__name__} (it can't be shown: {type(error).__name__})"
    return value if shown == text and (value is None or isinstance(value, int | float)) else shown


def _spellings() -> Sequence[str]:
    """Every way in which the secrets of this moment may be written."""
    found = set[str]()
    # A copy: other threads add to it, and the garbage collector takes away, while it is being read.
    for weak in _held.valuerefs():
        held = weak()
        secret = held.get_secret_value() if held is not None else ""
        if len(secret) >= _SHORTEST:
            found |= {
                secret,
                json.dumps(secret)[1:-1],
                json.dumps(secret, ensure_ascii=False)[1:-1],
                repr(secret)[1:-1],
                repr(secret.encode(errors="replace"))[2:-1],
                html.escape(secret),
                quote(secret),
                quote(secret, safe=""),
                quote_plus(secret),
            }
    # What Slack carries in a text of its own is escaped twice.
    every = found | {twice(each)[1:-1] for each in found for twice in (json.dumps, repr)}
    # The longest first: one secret may be the beginning of another.
    return sorted(every, key=len, reverse=True)


def _without_input(line: str) -> str:
    before, mark, after = line.partition(_INPUT)
    _, found, kind = after.rpartition(_AFTER_INPUT)
    return f"{before}{mark}{_CUT}{found}{kind if found else ''}" if mark else line


def _without_credentials(found: re.Match[str]) -> str:
    address = found[0]
    if address.startswith("ws") or _ONE_TIME.search(address):
        return _CUT
    # What follows the question mark names tickets, tokens and people.
    before, mark, _ = address.partition("?")
    return f"{before}{mark}{_CUT}" if mark else before


def _masked(found: re.Match[str]) -> str:
    first = found["plain"] or found["escaped"] or found["quoted"]
    domain = found["domain"] or found["behind"] or found["after"]
    name = domain.rstrip(".-")
    rest = domain[len(name) :]
    host, dot, top = name.rpartition(".")
    return f"{first}***@{(host or top)[:1]}***{dot}{top if dot else ''}{rest}"

"""Keeps secrets and customers' addresses out of the log, whoever writes it."""

import logging
import re
from contextvars import ContextVar

reference: ContextVar[str] = ContextVar("reference", default="-")
"""The short reference of the request that this thread works on; a person who is told it can be found in the log."""

_FORMAT = "%(asctime)s %(levelname)s %(reference)s %(name)s: %(message)s"

_TALKATIVE = ("slack_sdk", "slack_bolt", "urllib3", "boto3", "botocore")
"""Libraries that write whole requests, with everything typed into them, at lower levels."""

_SECRETS = (
    re.compile(r"\bx(?:ox[a-z]|app)-[\w.-]+"),
    re.compile(r"\bwss?://\S+"),
    re.compile(r"\bhttps?://[^\s\"']+/(?:services|commands|actions|workflows|hooks)/[^\s\"']+"),
    re.compile(r"\b\d{6,}\.\d{6,}\.[0-9a-f]{16,}\b"),
    re.compile(r"\beyJ[\w-]+\.[\w-]+(?:\.[\w-]+){0,3}"),
)
"""Slack tokens, socket addresses with their ticket, response URLs, trigger ids, and a customer's JWTs."""

_ADDRESS = re.compile(r"([^\s@<>\"'(),:;=|\[\]{}])[^\s@<>\"'(),:;=|\[\]{}]*@([\w-])[\w.-]*?\.([A-Za-z]{2,})\b")


def redacted(text: str) -> str:
    """Return text without secrets, and with addresses masked like ``a***@e***.com``."""
    for pattern in _SECRETS:
        text = pattern.sub("[…]", text)
    return _ADDRESS.sub(r"\1***@\2***.\3", text)


class Redaction(logging.Filter):
    """Rewrites a record before a handler sees it, its traceback included. Belongs on the handler, not on a logger."""

    _formatter = logging.Formatter()

    def filter(self, record: logging.LogRecord) -> bool:
        """Redact the record; it always passes."""
        record.msg, record.args = redacted(record.getMessage()), ()
        if record.exc_info and not record.exc_text:
            record.exc_text = self._formatter.formatException(record.exc_info)
        if record.exc_text:
            record.exc_text = redacted(record.exc_text)
        if record.stack_info:
            record.stack_info = redacted(record.stack_info)
        record.reference = reference.get()
        return True


def configure(level: int = logging.INFO) -> None:
    """Write the log to standard error, redacted."""
    handler = logging.StreamHandler()
    handler.addFilter(Redaction())
    handler.setFormatter(logging.Formatter(_FORMAT))
    logging.basicConfig(level=level, handlers=[handler])
    quiet()


def quiet() -> None:
    """Hold libraries that would log whole requests at WARNING, whatever level anybody sets for them, now or later."""
    for name in _TALKATIVE:
        logging.getLogger(name).setLevel(logging.WARNING)
    for name in list(logging.root.manager.loggerDict):
        if name.startswith(_TALKATIVE):
            # A logger's own filter is asked before any handler, and before the levels of the loggers above.
            logging.getLogger(name).addFilter(_only_warnings)


def _only_warnings(record: logging.LogRecord) -> bool:
    return record.levelno >= logging.WARNING

"""Reads all users of a pool, page by page: each page is one request, and whoever asks for it says how often."""

import json
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Any

from botocore import xform_name
from botocore.client import BaseClient
from botocore.exceptions import BotoCoreError, ClientError
from botocore.parsers import ResponseParserError

from bot.answer import Refused
from bot.aws import describe
from bot.aws.aws_words import THROTTLED, code_of, explain
from bot.aws.quotas import MeasuredRates
from bot.cognito import User
from bot.settings import PoolSettings
from bot.words import Words

_PAGE = 60
"""Users a request, the most that AWS gives."""

_PASSES = frozenset({"InternalErrorException", "InternalFailure", "ServiceUnavailable"})
"""What AWS answers when it has trouble of its own."""

RAW = "DeskUsers"
"""What an answer to ListUsers holds in the place of its users, where `as_it_is` is at work."""


class SlowDown(Exception):
    """AWS has refused a page because there were too many requests."""


class NoAnswer(Exception):
    """A page didn't come, for a reason that may pass."""

    def __init__(self, words: Words) -> None:
        super().__init__(words.plain())
        self.words = words


class Restart(Exception):
    """AWS doesn't know any more where it was: the part has to be read from its first page."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Page:
    """Some users, and how to ask for the next ones."""

    users: tuple[Mapping[str, Any], ...]
    """As ListUsers shows them, with times in seconds since 1970: see `user_of`."""
    next: str
    """Empty on the last page. A page may be empty and still have a next one."""


class PoolReader:
    """Reads one pool. Safe to share between threads."""

    def __init__(self, settings: PoolSettings, client: BaseClient, measured: MeasuredRates, *, account: str) -> None:
        """``client`` sends everything once. ``account`` tells accounts and Regions apart."""
        self._settings = settings
        self._client = client
        self._measured = measured
        self._account = account

    def rate_key(self, category: str) -> str:
        """Return what tells apart whose rate it is: the account's, in its Region, for a category of operations."""
        return rate_key(self._account, category)

    def rate(self, category: str) -> float:
        """Return how many requests of a category AWS allows a second. May ask AWS, once."""
        return self._measured.rate(self._account, category, self._client)

    def estimate(self) -> int:
        """Return how many users the pool has, by AWS's estimate. Raises `Refused`."""
        try:
            shape = self._client.describe_user_pool(UserPoolId=self._settings.id)  # type: ignore[attr-defined]
        except (BotoCoreError, ClientError, ResponseParserError) as error:
            raise Refused(explain(error, "DescribeUserPool")) from None
        return int(shape["UserPool"].get("EstimatedNumberOfUsers", 0))

    def page(self, prefix: str, token: str) -> Page:
        """Return a page of the users whose sub begins with ``prefix``. ``token``: of the page before; empty at first.

        Raises `SlowDown`, `NoAnswer` and `Restart`, and `Refused` for what doesn't pass.
        """
        wanted: dict[str, Any] = {"UserPoolId": self._settings.id, "Filter": f'sub ^= "{prefix}"', "Limit": _PAGE}
        if token:
            wanted["PaginationToken"] = token
        try:
            answer = getattr(self._client, xform_name("ListUsers"))(**wanted)
        except ClientError as error:
            code = code_of(error)
            if code in THROTTLED:
                raise SlowDown from None
            if code == "InvalidParameterException" and token:
                raise Restart from None
            status = int(error.response.get("ResponseMetadata", {}).get("HTTPStatusCode", 500))
            words = explain(error, "ListUsers")
            raise (NoAnswer(words) if status >= 500 or code in _PASSES else Refused(words)) from None
        except (BotoCoreError, ResponseParserError) as error:
            raise NoAnswer(explain(error, "ListUsers")) from None
        return Page(users=tuple(answer.get(RAW, ())), next=str(answer.get("PaginationToken", "")))


def rate_key(account: str, category: str) -> str:
    """Return what `bot.tickets.shared_rates` calls a category's rate of one account in one Region."""
    return f"{account}|{category}"


def users_of(page: Page) -> Iterator[User]:
    """Yield a page's users."""
    for shape in page.users:
        created, modified = shape["UserCreateDate"], shape["UserLastModifiedDate"]
        yield describe.user({**shape, "UserCreateDate": _at(created), "UserLastModifiedDate": _at(modified)})


def _at(seconds: float) -> datetime:
    return datetime.fromtimestamp(seconds, tz=UTC)


def as_it_is(
    response_dict: dict[str, Any],
    customized_response_dict: dict[str, Any],
    **_: object,  # botocore adds to what it tells its listeners
) -> None:
    """Take the users of an answer out of it before botocore reads it, which takes five times as long as the rest."""
    if response_dict["status_code"] != 200:
        return
    answer = json.loads(response_dict["body"])
    customized_response_dict[RAW] = answer.pop("Users", [])
    response_dict["body"] = json.dumps(answer).encode()

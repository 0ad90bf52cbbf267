"""Where a row is played: a pool with its settings, and the one account that the row is about."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING, Any

import boto3
from botocore.config import Config
from mypy_boto3_cognito_idp import CognitoIdentityProviderClient

from sandbox.testing import CognitoServer, LivePool

if TYPE_CHECKING:
    from tests.facts.rows import Row

ONCE = Config(retries={"mode": "standard", "total_max_attempts": 1}, read_timeout=60)


@dataclass(frozen=True, slots=True, kw_only=True)
class Who:
    """A person's names, which no other row shares."""

    name: str
    """The user name, and the person's subject at every provider."""
    address: str
    phone: str


People = Callable[[LivePool, Who], str]
"""Builds the state and returns the user name of the account that is asked about."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Idp:
    """An identity provider of the pool, with its attribute mapping."""

    name: str
    kind: str
    mapping: tuple[tuple[str, str], ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class Scene:
    """A row's state as it stands in the sandbox, before the attempt."""

    server: CognitoServer
    cognito: CognitoIdentityProviderClient
    pool: LivePool
    who: Who
    username: str
    """The user name of the account asked about; in a pool with addresses as user names it is the sub."""

    @property
    def client_id(self) -> str:
        return self.pool.client_id


class Stage:
    """Sets rows up in one server: rows with the same settings share a pool, and none shares a person."""

    def __init__(self, server: CognitoServer) -> None:
        self._server = server
        session = boto3.session.Session(aws_access_key_id="AKIATEST", aws_secret_access_key="test")
        self._cognito = session.client("cognito-idp", "us-east-1", endpoint_url=server.url, config=ONCE)
        self._pools: dict[str, LivePool] = {}
        self._people = 0
        self._made_so_far = 0

    def set(self, row: "Row") -> Scene:
        """Build the row's state, under the row's answers to the open questions, and return it."""
        self._server.contested = row.plays
        self._server.default_sender.limit(None)
        pool = self._pool(row)
        self._people += 1
        name = f"p{self._people}"
        who = Who(name=name, address=f"{name}@example.com", phone=f"+1555{self._people:07}")
        username = row.people(pool, who)
        return Scene(server=self._server, cognito=self._cognito, pool=pool, who=who, username=username)

    def _pool(self, row: "Row") -> LivePool:
        if row.alone:
            return self._made(row)
        key = repr((sorted(row.pool.items()), row.idps))
        if key not in self._pools:
            self._pools[key] = self._made(row)
        return self._pools[key]

    def _made(self, row: "Row") -> LivePool:
        settings: Mapping[str, Any] = row.pool
        self._made_so_far += 1
        pool = self._server.pools.create(f"facts-{self._made_so_far}", **settings)
        for idp in row.idps:
            pool.add_provider(idp.name, idp.kind, dict(idp.mapping))
        return pool


def other(who: Who) -> Who:
    """Return a second person with names of their own, for rows about two accounts."""
    return replace(who, name=f"{who.name}-other", address=f"other-{who.address}")

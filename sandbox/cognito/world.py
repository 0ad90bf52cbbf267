"""One AWS: its accounts with their pools by Region, its time, its mailbox, its calls, and what is to go wrong in it."""

import threading
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from typing import Any, cast

from moto.cognitoidp.models import CognitoIdpBackend, CognitoIdpUserPoolClient, cognitoidp_backends
from moto.core.base_backend import AccountSpecificBackend

from sandbox.cognito.accounts import Accounts
from sandbox.cognito.calllog import CallLog
from sandbox.cognito.contested import Contested
from sandbox.cognito.errors import CognitoError, not_authorized, not_found
from sandbox.cognito.faults import CognitoFaults
from sandbox.cognito.mail import Mailbox
from sandbox.cognito.pool import SandboxPool
from sandbox.cognito.rates import RequestRates
from sandbox.cognito.user import SandboxUser

REGIONS = [
    "ap-northeast-1",
    "ap-south-1",
    "ap-southeast-1",
    "ap-southeast-2",
    "ca-central-1",
    "eu-central-1",
    "eu-north-1",
    "eu-west-1",
    "eu-west-2",
    "eu-west-3",
    "sa-east-1",
    "us-east-1",
    "us-east-2",
    "us-west-1",
    "us-west-2",
]


@dataclass(frozen=True, slots=True, kw_only=True)
class Call:
    """One request: its operation by AWS's name, its parameters in the shape of AWS's API, and who it was signed for.

    ``region`` and ``account`` are empty for an operation that isn't signed.
    """

    operation: str
    parameters: Mapping[str, Any]
    region: str = ""
    account: str = ""
    request_id: str = ""

    def text(self, name: str) -> str:
        """Return a string parameter, or an empty string when it was left out."""
        value = self.parameters.get(name)
        return value if isinstance(value, str) else ""

    def attributes(self, name: str = "UserAttributes") -> dict[str, str]:
        """Return a list of ``{Name, Value}`` as a mapping; the last one of a name counts."""
        return {pair["Name"]: pair.get("Value", "") for pair in self.parameters.get(name) or ()}


class Clock:
    """Real time plus an offset that only ever grows."""

    def __init__(self) -> None:
        self._offset = timedelta()
        self._lock = threading.Lock()

    def now(self) -> datetime:
        """Return the present moment in UTC, to the millisecond, as Cognito's dates are."""
        moment = datetime.now(UTC) + self._offset
        return moment.replace(microsecond=moment.microsecond // 1000 * 1000)

    def forward(self, step: timedelta) -> None:
        """Move the time forward by ``step``."""
        if step < timedelta():
            raise ValueError("The clock only moves forward.")
        with self._lock:
            self._offset += step


class World:
    """One AWS, in memory and without a server. Its lock makes every operation happen at once or not at all.

    It begins with one account, and `accounts` opens more. ``account`` is the first one's id; ``ses`` and
    ``default_sender`` are the first one's too. ``listing_lag`` is how long ListUsers doesn't show a new user or
    address, ``page_cap`` how many users one of its pages holds at most. `close` it in the end: until then moto keeps
    it.
    """

    def __init__(self) -> None:
        self._backends: dict[str, AccountSpecificBackend[Any]] = {}
        self.clock = Clock()
        self.accounts = Accounts(self.now, self._open)
        self.account = self.accounts.first.id
        self.calls = CallLog()
        self.faults = CognitoFaults()
        self.rates = RequestRates()
        self.mailbox = Mailbox()
        self.default_sender = self.accounts.first.default_sender
        self.ses = self.accounts.first.ses
        self.contested = Contested()
        self.lock = threading.RLock()
        self.listing_lag = timedelta()
        self.page_cap = 60
        self.address = ""
        """Where the links in mails lead."""

    def _open(self, account: str) -> None:
        # moto would read the machine's AWS profile to learn the Regions; naming them keeps it out of there.
        self._backends[account] = AccountSpecificBackend("cognito-idp", account, CognitoIdpBackend, False, REGIONS)
        cognitoidp_backends[account] = self._backends[account]

    def backend(self, region: str, account: str = "") -> CognitoIdpBackend:
        """Return moto's store of one Region, of the first account or another."""
        backends = self._backends[account or self.account]
        if region not in backends:
            raise CognitoError("InvalidRegionException", f"The sandbox has no Region {region}.")
        return cast("CognitoIdpBackend", backends[region])

    def pools(self) -> Iterator[SandboxPool]:
        """Yield all pools of all accounts and Regions, oldest first within a Region."""
        for backends in list(self._backends.values()):
            for backend in list(backends.values()):
                yield from cast("list[SandboxPool]", list(backend.user_pools.values()))

    def create_pool(self, region: str, name: str, config: Mapping[str, Any], *, account: str = "") -> SandboxPool:
        """Add an empty pool to a Region of the first account, or of another."""
        owner = account or self.account
        pool = SandboxPool(owner, region, name, config, now=self.clock.now(), rules=lambda: self.contested)
        self.backend(region, owner).user_pools[pool.id] = pool
        return pool

    def pool(self, pool_id: str, region: str = "") -> SandboxPool:
        """Return a pool by its id; a request for another Region doesn't see it."""
        for pool in self.pools():
            if pool.id == pool_id and pool.region == (region or pool.region):
                return pool
        raise not_found(f"User pool {pool_id} does not exist.")

    def client(self, client_id: str) -> tuple[SandboxPool, CognitoIdpUserPoolClient]:
        """Return an app client and its pool."""
        for pool in self.pools():
            if client_id in pool.clients:
                return pool, pool.clients[client_id]
        raise not_found(f"User pool client {client_id} does not exist.")

    def bearer(self, access_token: str) -> tuple[SandboxPool, SandboxUser]:
        """Return whose access token this is, and their pool."""
        for pool in self.pools():
            if access_token in pool.access_tokens:
                return pool, pool.bearer(access_token, now=self.now())
        raise not_authorized("Invalid Access Token")

    def now(self) -> datetime:
        """Return the sandbox's present moment."""
        return self.clock.now()

    def changed(self, user: SandboxUser) -> None:
        """Note that a user was created or got another address, which ListUsers may show late."""
        if self.listing_lag:
            user.unlisted_until = self.now() + self.listing_lag

    def close(self) -> None:
        """Let moto forget these accounts."""
        for account in self._backends:
            cognitoidp_backends.pop(account, None)


Operation = Callable[[World, Call], dict[str, Any]]
"""Answers one call: takes the world and the call, returns the answer's JSON. Raises `CognitoError`."""

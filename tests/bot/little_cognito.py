"""A Cognito of a few lines, for what no real one does on command: it loses answers, lags and stops in mid-call."""

import itertools
import threading
from collections.abc import Iterable
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from typing import TYPE_CHECKING, Any

from bot.answer import Refused, Unread
from bot.aws.failure import CallFailed, Fate
from bot.cognito import Client, Pool, Provider, User
from bot.mail import Mail, Sender
from bot.plan import NONE, Call, Secrets
from bot.words import say

if TYPE_CHECKING:
    from collections.abc import Callable

BEGAN = datetime(2025, 1, 1, tzinfo=UTC)


def failed(code: str, fate: Fate, *, request_id: str = "") -> CallFailed:
    return CallFailed(code=code, words=say("{code} happened.", code=code), request_id=request_id, fate=fate)


class LittleCognito:
    """One pool with e-mail as alias: verifying an address takes it from whoever holds it."""

    def __init__(self) -> None:
        self.pool = Pool(name="prod", id="us-east-1_Little", region="us-east-1", aliases=frozenset({"email"}))
        self.users: dict[str, User] = {}
        self.hidden: set[str] = set()
        """Users that ListUsers doesn't show yet."""
        self.sent: list[str] = []
        """Every call that was applied, as the card shows it."""
        self.without_credentials = False
        """Whether nothing can be sent, because AWS gives no credentials for it."""
        self.before_send: Callable[[Call], None] = lambda call: None
        """Raises `CallFailed` to refuse a call or to lose it on its way there."""
        self.after_send: Callable[[Call], None] = lambda call: None
        """Raises `CallFailed` to lose the answer of a call that was applied."""
        self.unreadable = False
        self.providers: dict[str, Provider] = {}
        self.before_read: Callable[[str], None] = lambda username: None
        """Raises `CallFailed` to refuse a read of one of many."""
        self._ids = itertools.count(1)
        self._born = itertools.count(1)
        self._lock = threading.Lock()

    def add(self, name: str, email: str, *, verified: bool = False) -> User:
        number = next(self._born)
        flags = {"email": email, "email_verified": str(verified).lower(), "sub": f"sub-{number}"}
        when = BEGAN + timedelta(days=number)
        user = User(
            username=name, sub=f"sub-{number}", status="CONFIRMED", enabled=True, attributes=flags, created=when,
            modified=when,
        )  # fmt: skip
        self.users[name] = user
        return user

    def set(self, name: str, **attributes: str) -> None:
        user = self.users[name]
        self.users[name] = replace(user, attributes={**user.attributes, **attributes})

    def attribute(self, name: str, what: str) -> str:
        return self.users[name].attributes.get(what, "")

    def directory(self, pool: str) -> "LittleView":
        assert pool == "prod"
        return LittleView(self)

    def sender(self, pool: str, number: int) -> "LittleSender":
        assert pool == "prod"
        return LittleSender(self)

    def sender_of_many(self, pool: str, number: int) -> "LittleSender":
        return self.sender(pool, number)

    def reader(self, pool: str) -> "Callable[[str], User | None]":
        assert pool == "prod"
        return self.answering

    def answering(self, username: str) -> User | None:
        """Return who goes by a user name, or by a verified address, as AdminGetUser does."""
        self.before_read(username)
        by_alias = (each for each in self.users.values() if each.email == username and each.email_verified)
        return self.users.get(username) or next(by_alias, None)

    def send(self, call: Call, *, secrets: Secrets = NONE) -> str:
        self.before_send(call)
        with self._lock:
            if call.secrets and secrets["ConfirmationCode"].get_secret_value() != "123456":
                raise failed("CodeMismatchException", Fate.REFUSED, request_id="aws-no")
            self._apply(call)
            self.sent.append(call.shown)
        self.after_send(call)
        return f"aws-{next(self._ids)}"

    def _apply(self, call: Call) -> None:
        name = call.parameters["Username"]
        if name not in self.users:
            raise failed("UserNotFoundException", Fate.REFUSED, request_id="aws-no")
        given = {each["Name"]: each["Value"] for each in call.parameters.get("UserAttributes", ())}
        if "email" in given:
            given = {"email_verified": "false", **given}
        if call.secrets:
            given["email_verified"] = "true"
        self.set(name, **given)
        if given.get("email_verified") == "true":
            for other in self.users.values():
                if other.username != name and other.email == self.users[name].email and other.email_verified:
                    self.set(other.username, email_verified="false")


class LittleSender:
    def __init__(self, cognito: LittleCognito) -> None:
        self._cognito = cognito

    def __enter__(self) -> "LittleSender":
        return self

    def __exit__(self, *_: object) -> None:
        pass

    def ready(self) -> None:
        if self._cognito.without_credentials:
            raise Unread(say("AWS's STS is out of service."))

    def send(self, call: Call, *, secrets: Secrets = NONE) -> str:
        return self._cognito.send(call, secrets=secrets)


class LittleView:
    def __init__(self, cognito: LittleCognito) -> None:
        self._cognito = cognito
        self.observed: dict[str, dict[str, Any]] = {}

    @property
    def pool(self) -> Pool:
        return self._cognito.pool

    @property
    def at(self) -> datetime:
        return datetime.now(UTC)

    def look_ahead(self, user: User | None = None) -> None:
        pass

    def look_for(self, reference: str) -> None:
        pass

    def fresh(self, users: Iterable[User]) -> tuple[User, ...]:
        return tuple(users)

    def client(self) -> Client:
        return Client(hides_users=False)

    def find(self, reference: str) -> tuple[User, ...]:
        return tuple(user for user in self._users() if reference in (user.username, user.sub, user.email))

    def one(self, reference: str) -> User:
        found = self.find(reference)
        if len(found) != 1:
            raise Refused(say("{n} accounts match {reference}.", n=len(found), reference=reference))
        return self._told(found[0])

    def read(self, username: str) -> User | None:
        self._users()
        user = self._cognito.users.get(username)
        return self._told(user) if user else None

    def holders(self, address: str, *, other_than: User | None = None) -> tuple[User, ...]:
        found = [user for user in self._users() if user.email.lower() == address.lower() and user != other_than]
        shown = [user for user in found if user.username not in self._cognito.hidden]
        names = ", ".join(sorted(user.username for user in shown))
        self.observed.setdefault(f"address:{address.lower()}", {})["holders"] = names
        return tuple(self._told(user) for user in shown)

    def signs_in_with(self, address: str) -> User | None:
        return next((user for user in self.holders(address) if user.email_verified), None)

    def losers(self, address: str, *, to: User | None) -> tuple[User, ...]:
        return tuple(user for user in self.holders(address, other_than=to) if user.email_verified)

    def providers(self) -> tuple[Provider, ...]:
        self._users()
        return tuple(self._cognito.providers.values())

    def provider(self, name: str) -> Provider:
        if name in self._cognito.providers:
            return self._cognito.providers[name]
        raise Refused(say("There is no provider {name}.", name=name))

    def providers_of(self, user: User) -> tuple[Provider, ...]:
        return ()

    def mail(self, address: str) -> Mail:
        return Mail(sender=Sender.COGNITO)

    def _users(self) -> list[User]:
        if self._cognito.unreadable:
            raise Unread(say("Cognito is asking everyone to slow down."))
        return list(self._cognito.users.values())

    def _told(self, user: User) -> User:
        self.observed[f"user:{user.sub}"] = {
            "username": user.username,
            "status": user.status,
            "email": user.email,
            "email_verified": user.attributes.get("email_verified", ""),
        }
        return user

"""A pool of up to millions of users who follow from a rule, behind rates like AWS's: a process of its own, on loopback.

It speaks Cognito's protocol as far as reading a whole pool and a run over many people need it. What is found in it is
known beforehand, since each user is of one of a few kinds. A ``GET`` tells how many requests of each category it has
answered and refused, how often users were written to, and who was mailed how often.
"""

import argparse
import asyncio
import bisect
import json
import random
import sys
import time
import uuid
from collections import Counter, defaultdict
from collections.abc import Callable, Mapping
from datetime import UTC, datetime
from typing import Any

POOL, CLIENT = "us-east-1_Crowd0001", "4crowdexample"
RATES = {"UserList": 30.0, "UserRead": 120.0, "UserUpdate": 25.0, "UserCreation": 50.0}
_CATEGORY = {
    "ListUsers": "UserList",
    "AdminGetUser": "UserRead",
    "AdminUpdateUserAttributes": "UserUpdate",
    "AdminCreateUser": "UserCreation",
}

_HUNDRED = (
    *["verified"] * 70,
    *["never"] * 10,
    *["google"] * 10,
    *["invited"] * 3,
    *["unfinished"] * 2,
    *["disabled", "to reset", "owner", "same address", "other letter case"],
)
"""What the users are, a hundred at a time."""

FINDINGS = {
    "verified": "VERIFIED",
    "never": "EMAIL_CHANGED",
    "google": "FED_UNMAPPED",
    "invited": "TEMP_PASSWORD",
    "unfinished": "SIGNUP_OPEN",
    "disabled": "DISABLED",
    "to reset": "RESET_REQUIRED",
    "owner": "VERIFIED",
    "same address": "ALIAS_MOVED",
    "other letter case": "ALIAS_MOVED",
}
"""What has to be found of each kind."""

_STATUS = {
    "google": "EXTERNAL_PROVIDER",
    "invited": "FORCE_CHANGE_PASSWORD",
    "unfinished": "UNCONFIRMED",
    "to reset": "RESET_REQUIRED",
}
_VERIFIED = frozenset({"verified", "to reset", "owner"})
_MONTH = 30.44 * 24 * 3600
_MONTHS = 24
_BEGAN = 1_700_000_000.0


def kind_of(index: int) -> str:
    """Return what a user is."""
    return _HUNDRED[index % len(_HUNDRED)]


def truth(users: int) -> dict[str, Any]:
    """Return what has to be found in a pool of so many hundreds of users."""
    found, providers = Counter[str](), defaultdict[str, Counter[str]](Counter)
    months = defaultdict[str, Counter[str]](Counter)
    for index in range(users):
        kind = kind_of(index)
        found[FINDINGS[kind]] += 1
        providers["Google" if kind == "google" else ""][FINDINGS[kind]] += 1
        months[f"{datetime.fromtimestamp(_created(index), tz=UTC):%Y-%m}"][FINDINGS[kind]] += 1
    hundreds = users // len(_HUNDRED)
    return {
        "users": users,
        "findings": dict(found),
        "unverified": sum(kind_of(index) not in _VERIFIED for index in range(users)),
        "providers": {name: dict(counts) for name, counts in providers.items()},
        "months": {month: dict(counts) for month, counts in months.items()},
        "shared": {"addresses": hundreds, "accounts": 3 * hundreds, "spelled": hundreds},
    }


def _created(index: int) -> float:
    return _BEGAN + (index % _MONTHS) * _MONTH


class Crowd:
    """The users, by their ``sub``."""

    def __init__(self, users: int, *, constant: str = "") -> None:
        """``constant``: the digits at the second, fourth, sixth and eighth place, as in newer pools."""
        chance = random.Random(5)  # noqa: S311 - no secret
        self.subs = sorted(_sub(chance, constant) for _ in range(users))
        self.written = Counter[int]()
        self.mailed = Counter[str]()
        """Invitations, by user name."""

    def between(self, prefix: str) -> tuple[int, int]:
        """Return the users whose ``sub`` begins so: the first, and the one after the last."""
        return bisect.bisect_left(self.subs, prefix), bisect.bisect_left(self.subs, f"{prefix}g")

    def find(self, name: str) -> int | None:
        """Return the user of a user name, a ``sub`` or an address; None for nobody."""
        digits = "".join(each for each in name.partition("@")[0] if each.isdigit())
        if name.startswith(("user", "USER", "Google_")) and digits and int(digits) < len(self.subs):
            index = int(digits)
            if "@" not in name:
                return index if self.name(index) == name else None
            return index if kind_of(index) in _VERIFIED or self.written[index] else None
        place = bisect.bisect_left(self.subs, name)
        return place if place < len(self.subs) and self.subs[place] == name else None

    def name(self, index: int) -> str:
        """Return a user name."""
        return f"Google_{index}" if kind_of(index) == "google" else f"user{index}"

    def shape(self, index: int, attributes: str = "Attributes") -> str:
        """Return a user as Cognito writes it."""
        kind = kind_of(index)
        address = f"user{index}@example.com"
        if kind == "same address":
            address = f"user{index - 1}@example.com"
        elif kind == "other letter case":
            address = f"USER{index - 2}@example.com"
        verified = kind in _VERIFIED or bool(self.written[index])
        created = _created(index)
        more = ""
        if kind == "google":
            linked = json.dumps([{"userId": str(index), "providerName": "Google", "providerType": "Google"}])
            more = f',{{"Name":"identities","Value":{json.dumps(linked)}}}'
        return (
            f'{{"Username":"{self.name(index)}","{attributes}":[{{"Name":"sub","Value":"{self.subs[index]}"}},'
            f'{{"Name":"email","Value":"{address}"}},'
            f'{{"Name":"email_verified","Value":"{"true" if verified else "false"}"}}{more}],'
            f'"UserCreateDate":{created},"UserLastModifiedDate":{created},'
            f'"Enabled":{"false" if kind == "disabled" else "true"},"UserStatus":"{_STATUS.get(kind, "CONFIRMED")}"}}'
        )


def _sub(chance: random.Random, constant: str) -> str:
    made = str(uuid.UUID(int=chance.getrandbits(128)))
    for place, digit in zip((1, 3, 5, 7), constant, strict=False):
        made = f"{made[:place]}{digit}{made[place + 1 :]}"
    return made


class Bucket:
    """Lets through what AWS would: so many a second, saved up for one second at most."""

    def __init__(self, a_second: float) -> None:
        self._a_second = a_second
        self._tokens = a_second
        self._at = time.monotonic()
        self.answered = self.refused = 0
        self.first = self.last = 0.0

    def take(self) -> bool:
        """Return whether one more is let through."""
        now = time.monotonic()
        self._tokens = min(self._a_second, self._tokens + (now - self._at) * self._a_second)
        self._at = now
        if self._tokens < 1:
            self.refused += 1
            return False
        self._tokens -= 1
        self.answered += 1
        self.first, self.last = self.first or now, now
        return True


class Server:
    """Answers requests. ``speed``: how many times AWS's rates; ``latency``: seconds before each answer.

    ``mapped``: whether Google's claim on the address is mapped. ``estimate``: of how many users AWS would speak; 0 for
    as many as there are.
    """

    def __init__(self, crowd: Crowd, *, speed: float, latency: float, mapped: bool, estimate: int = 0) -> None:
        self._crowd = crowd
        self._estimate = estimate or len(crowd.subs)
        self._speed = speed
        self._latency = latency
        mapping = {"email": "email", **({"email_verified": "email_verified"} if mapped else {})}
        google = {**_GOOGLE, "AttributeMapping": mapping, "LastModifiedDate": time.time()}
        self._buckets = {category: Bucket(rate * speed) for category, rate in RATES.items()}
        self._answers: Mapping[str, Callable[[Mapping[str, Any]], str]] = {
            "ListUsers": self._list,
            "AdminGetUser": self._get,
            "AdminUpdateUserAttributes": self._update,
            "AdminCreateUser": self._invite,
            "DescribeUserPool": self._describe,
            "DescribeUserPoolClient": lambda _: json.dumps({"UserPoolClient": _CLIENT}),
            "ListIdentityProviders": lambda _: '{"Providers":[{"ProviderName":"Google","ProviderType":"Google"}]}',
            "DescribeIdentityProvider": lambda _: json.dumps({"IdentityProvider": google}),
            "GetProvisionedLimit": self._limit,
        }

        # Headers are read without their letter case.
        self._named = {name.lower(): name for name in self._answers}

    async def serve(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        """Answer what comes over one connection."""
        try:
            while True:
                head = (await reader.readuntil(b"\r\n\r\n")).decode("latin-1")
                headers = dict(line.lower().split(": ", 1) for line in head.split("\r\n")[1:] if ": " in line)
                body = await reader.readexactly(int(headers.get("content-length", 0)))
                operation = headers.get("x-amz-target", "").rpartition(".")[2]
                status, answer = self._answer(operation, json.loads(body or b"{}"))
                if self._latency and operation:
                    await asyncio.sleep(self._latency)
                sent = answer.encode()
                said = f"HTTP/1.1 {status}\r\nContent-Type: application/x-amz-json-1.1\r\n"
                writer.write(f"{said}Content-Length: {len(sent)}\r\nx-amzn-RequestId: crowd\r\n\r\n".encode() + sent)
                await writer.drain()
        except (asyncio.IncompleteReadError, ConnectionError):
            writer.close()

    def _answer(self, operation: str, asked: Mapping[str, Any]) -> tuple[str, str]:
        if not operation:
            return "200 OK", json.dumps(self.counts())
        operation = self._named.get(operation, "")
        bucket = self._buckets.get(_CATEGORY.get(operation, ""))
        if bucket is not None and not bucket.take():
            return "400 Bad Request", '{"__type":"TooManyRequestsException","message":"Rate exceeded"}'
        if not operation:
            return "400 Bad Request", '{"__type":"InvalidParameterException","message":"nothing of the crowd\'s"}'
        try:
            return "200 OK", self._answers[operation](asked)
        except LookupError:
            return "400 Bad Request", '{"__type":"UserNotFoundException","message":"User does not exist."}'

    def counts(self) -> dict[str, Any]:
        """Return what was asked for so far."""
        rates = {
            category: {"answered": each.answered, "refused": each.refused, "seconds": each.last - each.first}
            for category, each in self._buckets.items()
        }
        times = Counter(self._crowd.written.values())
        return {"rates": rates, "written": dict(times), "mailed": dict(self._crowd.mailed)}

    def _list(self, asked: Mapping[str, Any]) -> str:
        condition, prefix = asked.get("Filter", ""), ""
        if condition:
            attribute, _, value = condition.partition('"')
            if attribute.split() != ["sub", "^="]:
                users = [] if (found := self._crowd.find(value.rstrip('"'))) is None else [self._crowd.shape(found)]
                return f'{{"Users":[{",".join(users)}]}}'
            prefix = value.rstrip('"')
        first, end = self._crowd.between(prefix)
        first = int(asked.get("PaginationToken") or first)
        last = min(end, first + int(asked.get("Limit", 60)))
        more = f',"PaginationToken":"{last}"' if last < end else ""
        return f'{{"Users":[{",".join(map(self._crowd.shape, range(first, last)))}]{more}}}'

    def _get(self, asked: Mapping[str, Any]) -> str:
        if (found := self._crowd.find(asked["Username"])) is None:
            raise LookupError
        return self._crowd.shape(found, "UserAttributes")

    def _update(self, asked: Mapping[str, Any]) -> str:
        if (found := self._crowd.find(asked["Username"])) is None:
            raise LookupError
        self._crowd.written[found] += 1
        return "{}"

    def _invite(self, asked: Mapping[str, Any]) -> str:
        """Mail an invitation once more; nothing else is done here by this operation."""
        if (found := self._crowd.find(asked["Username"])) is None or asked.get("MessageAction") != "RESEND":
            raise LookupError
        self._crowd.mailed[asked["Username"]] += 1
        return f'{{"User":{self._crowd.shape(found)}}}'

    def _describe(self, _: Mapping[str, Any]) -> str:
        return json.dumps({"UserPool": {**_POOL, "EstimatedNumberOfUsers": self._estimate}})

    def _limit(self, asked: Mapping[str, Any]) -> str:
        category = asked["LimitDefinition"]["Attributes"]["Category"]
        rate = round(RATES[category] * self._speed)
        limit = {**asked, "ProvisionedLimitValue": rate, "FreeLimitValue": rate}
        return json.dumps({"Limit": limit})


_POOL: Mapping[str, Any] = {
    "Id": POOL,
    "Name": "crowd",
    "AliasAttributes": ["email"],
    "AutoVerifiedAttributes": ["email"],
    "UsernameConfiguration": {"CaseSensitive": False},
    "MfaConfiguration": "OFF",
    "EmailConfiguration": {"EmailSendingAccount": "COGNITO_DEFAULT"},
    "AccountRecoverySetting": {"RecoveryMechanisms": [{"Priority": 1, "Name": "verified_email"}]},
    "SchemaAttributes": [],
    "LambdaConfig": {},
}
_CLIENT: Mapping[str, Any] = {
    "UserPoolId": POOL,
    "ClientId": CLIENT,
    "ClientName": "app",
    "SupportedIdentityProviders": ["COGNITO", "Google"],
}
_GOOGLE: Mapping[str, Any] = {
    "UserPoolId": POOL,
    "ProviderName": "Google",
    "ProviderType": "Google",
    "ProviderDetails": {"authorize_scopes": "openid email"},
}


async def _run(server: Server) -> None:
    listening = await asyncio.start_server(server.serve, "127.0.0.1", 0, backlog=500)
    sys.stdout.write(f"{listening.sockets[0].getsockname()[1]}\n")
    sys.stdout.flush()
    await listening.serve_forever()


def main() -> None:
    """Serve until somebody ends it; the port is the first line of what it says."""
    parser = argparse.ArgumentParser()
    parser.add_argument("--users", type=int, required=True)
    parser.add_argument("--speed", type=float, default=10)
    parser.add_argument("--latency", type=float, default=0)
    parser.add_argument("--constant", default="")
    parser.add_argument("--mapped", action="store_true")
    parser.add_argument("--estimate", type=int, default=0)
    asked = parser.parse_args()
    crowd = Crowd(asked.users, constant=asked.constant)
    server = Server(crowd, speed=asked.speed, latency=asked.latency, mapped=asked.mapped, estimate=asked.estimate)
    asyncio.run(_run(server))


if __name__ == "__main__":
    main()

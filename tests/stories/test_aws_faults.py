"""AWS's bad days: what may have happened is never sent again blindly, and the card says what is so."""

import asyncio
import threading
from collections.abc import Callable, Iterator, Mapping
from pathlib import Path
from typing import Any

import pytest
from aiohttp import web
from aiohttp.typedefs import Handler
from microburst.app import make_app
from microburst.core.pipeline import Microburst

from sandbox.testing import CognitoServer, LivePool
from tests.stories.floor import Floor, settings_for, workspace

WRITE = "AdminUpdateUserAttributes"
ENDPOINT = "AWS_ENDPOINT_URL_COGNITO_IDENTITY_PROVIDER"

REFUSED: dict[str, Mapping[str, Any]] = {
    "throttled": {"error": {"code": "TooManyRequestsException", "status": 400}},
    "no rights": {"error": {"code": "NotAuthorizedException", "status": 400}},
}
NEVER_ARRIVED: dict[str, Mapping[str, Any]] = {
    "reset": {"reset": True},
    "500": {"error": {"code": "InternalErrorException", "status": 500}},
    "503": {"error": {"code": "ServiceUnavailable", "status": 503}},
    "504 after a while": {"timeout_ms": 300},
}
APPLIED: dict[str, Mapping[str, Any]] = {
    "answer cut off": {"response": {"abort_bytes": 0}},
    # An odd number: it flips bytes at random, and one that is flipped twice is whole again.
    "garbage for an answer": {"response": {"corrupt_bytes": 1}},
}


class Weather:
    """A proxy before Cognito that fails the way AWS fails."""

    def __init__(self, upstream: str) -> None:
        self._proxy = Microburst(upstream)
        self._ready = threading.Event()
        self._loop = asyncio.new_event_loop()
        self._thread = threading.Thread(target=self._loop.run_until_complete, args=(self._serve(),), daemon=True)
        self._ended = asyncio.Event()
        self.url = ""

    def strikes(self, operation: str, misfortune: Mapping[str, Any], *, times: int = 1) -> None:
        """Let an operation meet a misfortune, so many times."""
        rule = {"service": "cognito-idp", "operation": operation, "times": times, **misfortune}
        self._loop.call_soon_threadsafe(self._proxy.engine.set_rules, [rule])

    @property
    def struck(self) -> int:
        """How often it did."""
        return len(self._proxy.fired)

    def __enter__(self) -> "Weather":
        self._thread.start()
        assert self._ready.wait(60)
        return self

    def __exit__(self, *_: object) -> None:
        self._loop.call_soon_threadsafe(self._ended.set)
        self._thread.join()
        self._loop.close()

    async def _serve(self) -> None:
        app = make_app(self._proxy)
        app.middlewares.append(_nameless)
        runner = web.AppRunner(app, access_log=None, shutdown_timeout=0.1)
        await runner.setup()
        await web.TCPSite(runner, "127.0.0.1", 0).start()
        self.url = f"http://127.0.0.1:{runner.addresses[0][1]}"
        self._ready.set()
        await self._ended.wait()
        await runner.cleanup()


@web.middleware
async def _nameless(request: web.Request, handler: Handler) -> web.StreamResponse:
    """Hide the host's name, from which the proxy would guess the service if the request didn't say it.

    To guess it reads the models of all of AWS's services: many seconds of computing, in the first request of a process,
    while nothing else in it gets a turn.
    """
    headers = request.headers.copy()
    headers.popall("Host", None)
    return await handler(request.clone(headers=headers))


@pytest.fixture
def weather(cognito: CognitoServer, monkeypatch: pytest.MonkeyPatch) -> Iterator[Weather]:
    with Weather(cognito.url) as weather:
        monkeypatch.setenv(ENDPOINT, weather.url)
        yield weather


@pytest.fixture
def opened(weather: Weather, tmp_path: Path) -> Iterator[Callable[[LivePool], Floor]]:
    """A floor whose desk reaches a pool through the weather."""
    with workspace() as (slack, server):
        floors: list[Floor] = []

        def open_with(pool: LivePool) -> Floor:
            pool.add("ada", email="ada@example.com", email_verified=pool.name != "prod")
            floors.append(Floor(slack, server, settings_for(slack, server, {"prod": pool}, tmp_path / "desk.db")))
            floors[0].opens()
            return floors[0]

        yield open_with
        floors[0].closes()


@pytest.fixture
def floor(opened: Callable[[LivePool], Floor], pool: LivePool) -> Floor:
    """A floor with a pool where a change can be seen by reading."""
    return opened(pool)


@pytest.fixture
def pending(cognito: CognitoServer) -> LivePool:
    """A pool where a changed address can't be seen before its code is entered."""
    return cognito.pools.create("pending", keep_original=True)


def writes(pool: LivePool) -> int:
    return [call.operation for call in pool.calls].count(WRITE)


@pytest.mark.parametrize("misfortune", REFUSED)
def test_what_was_refused_has_failed_and_is_not_sent_again(
    floor: Floor, weather: Weather, pool: LivePool, misfortune: str
) -> None:
    card = floor.asks("/cognito-verify-email ada")
    weather.strikes(WRITE, REFUSED[misfortune])
    floor.clicks("lead1", "Approve", card)

    failed = floor.reads_card("❌ Failed")
    assert "Nothing was changed" in failed.text
    assert weather.struck == 1
    assert writes(pool) == 0
    assert floor.audited[-2:] == ["call failed", "failed"]


@pytest.mark.parametrize("misfortune", NEVER_ARRIVED)
def test_what_never_arrived_is_sent_once_reading_has_shown_that(
    floor: Floor, weather: Weather, pool: LivePool, misfortune: str
) -> None:
    card = floor.asks("/cognito-verify-email ada")
    weather.strikes(WRITE, NEVER_ARRIVED[misfortune])
    floor.clicks("lead1", "Approve", card)

    floor.reads_card("✅ Done")
    assert weather.struck == 1
    assert writes(pool) == 1
    assert pool.user("ada").email_verified
    assert floor.audited.count("sending") == 2


@pytest.mark.parametrize("misfortune", APPLIED)
def test_what_was_applied_is_recognised_and_not_sent_again(
    floor: Floor, weather: Weather, pool: LivePool, misfortune: str
) -> None:
    card = floor.asks("/cognito-verify-email ada")
    weather.strikes(WRITE, APPLIED[misfortune])
    floor.clicks("lead1", "Approve", card)

    floor.reads_card("✅ Done")
    assert weather.struck == 1
    assert writes(pool) == 1
    assert floor.audited.count("sending") == 1


@pytest.mark.parametrize("misfortune", NEVER_ARRIVED | APPLIED)
def test_what_may_have_mailed_the_customer_is_never_sent_again(
    opened: Callable[[LivePool], Floor], weather: Weather, pending: LivePool, misfortune: str
) -> None:
    floor = opened(pending)
    card = floor.asks("/cognito-change-email ada", email="ada.new@example.com", how="The customer confirms by code")
    weather.strikes(WRITE, (NEVER_ARRIVED | APPLIED)[misfortune])
    floor.clicks("lead1", "Approve", card)

    floor.reads_card("doubt")
    floor.reads_thread("it isn't known whether this happened")
    arrived = int(misfortune in APPLIED)
    assert (weather.struck, writes(pending), len(pending.mail)) == (1, arrived, arrived)


def test_cognito_failing_twice_is_a_failure_and_there_is_no_third_send(
    floor: Floor, weather: Weather, pool: LivePool
) -> None:
    card = floor.asks("/cognito-verify-email ada")
    weather.strikes(WRITE, NEVER_ARRIVED["500"], times=1000)
    floor.clicks("lead1", "Approve", card)

    floor.reads_card("❌ Failed")
    floor.quiet()
    assert weather.struck == 2
    assert writes(pool) == 0
    assert not pool.user("ada").email_verified


@pytest.mark.parametrize("misfortune", NEVER_ARRIVED | {"throttled": REFUSED["throttled"]})
def test_a_read_is_tried_again_and_nobody_hears_of_it(
    floor: Floor, weather: Weather, pool: LivePool, misfortune: str
) -> None:
    weather.strikes("AdminGetUser", (NEVER_ARRIVED | REFUSED)[misfortune])
    floor.types("agent", "/cognito-check ada@example.com")

    floor.slack.wait_for_message("ada@example.com")
    assert weather.struck == 1
    assert floor.slack.ephemeral("agent") == ()


def test_a_read_that_stays_broken_is_told_in_plain_words(floor: Floor, weather: Weather) -> None:
    weather.strikes("AdminGetUser", NEVER_ARRIVED["500"], times=1000)
    floor.types("agent", "/cognito-check ada@example.com")

    told = floor.slack.wait_for_ephemeral("agent", "")
    assert "InternalErrorException" not in told.text
    assert "Something broke on my side" not in told.text
    assert floor.is_silent()


@pytest.mark.parametrize("applied", [True, False])
def test_a_code_that_may_be_on_its_way_is_not_sent_twice(
    opened: Callable[[LivePool], Floor], weather: Weather, cognito: CognitoServer, pool: LivePool, applied: bool
) -> None:
    floor = opened(pool)
    pool.sign_up("sue", email="sue@example.com")
    weather.strikes("ResendConfirmationCode", APPLIED["answer cut off"] if applied else NEVER_ARRIVED["reset"])
    before = len(pool.mail)
    floor.types("agent", "/cognito-send-code sue")
    floor.form("agent")
    floor.submits("agent")
    floor.modal_says("agent", "The connection to AWS broke before the answer came.")
    floor.quiet()

    assert weather.struck == 1
    sent = [call.operation for call in pool.calls].count("ResendConfirmationCode")
    assert (sent, len(pool.mail) - before) == (int(applied), int(applied))

"""The clients of Slack's Web API: their connections stay open, and whatever breaks is raised as the SDK raises it."""

import socket
import threading
from collections.abc import Iterator
from contextlib import closing
from dataclasses import replace
from http.client import HTTPException
from urllib.error import URLError

import pytest
from slack_sdk.errors import SlackApiError

from bot import app
from bot.slack import web_api
from bot.slack.web_api import WarmClient
from tests import interception
from tests.bot.office import settings
from tests.interception import Company

HEAD = b"HTTP/1.1 %s\r\nContent-Type: application/json\r\nContent-Length: %d\r\n%s\r\n%s"
FINE = HEAD % (b"200 OK", 11, b"", b'{"ok":true}')
LIMITED = HEAD % (b"429 Too Many Requests", 34, b"Retry-After: 7\r\n", b'{"ok":false,"error":"ratelimited"}')
CUT_OFF = HEAD % (b"200 OK", 500, b"", b'{"ok":tr')
REDIRECT = HEAD % (b"302 Found", 0, b"Location: http://127.0.0.1:9/portal\r\n", b"")


class Slack:
    """Takes connections and gives each request the next answer of ``script``, and then `FINE` for ever."""

    def __init__(self) -> None:
        self.script: list[bytes] = []
        """Empty bytes hang up without an answer."""
        self.hangs_up = False
        """Whether it closes a connection after an answer, without having said so."""
        self.is_silent = False
        """Whether nothing is answered."""
        self.connections = 0
        self.requests: list[bytes] = []
        self.closed = threading.Semaphore(0)
        """Released for each connection that has ended."""
        self._listening = socket.create_server(("127.0.0.1", 0))
        self._streams: list[socket.socket] = []
        self.url = f"http://127.0.0.1:{self._listening.getsockname()[1]}/api/"
        self._thread = threading.Thread(target=self._accept, daemon=True)
        self._thread.start()

    def close(self) -> None:
        self._listening.shutdown(socket.SHUT_RDWR)
        self._listening.close()
        for each in self._streams:
            each.close()
        self._thread.join()

    def _accept(self) -> None:
        while True:
            try:
                stream, _ = self._listening.accept()
            except OSError:
                return
            self.connections += 1
            self._streams.append(stream)
            threading.Thread(target=self._serve, args=(stream,), daemon=True).start()

    def _serve(self, stream: socket.socket) -> None:
        try:
            with stream:
                while request := _whole(stream):
                    self.requests.append(request)
                    answer = self.script.pop(0) if self.script else FINE
                    if self.is_silent:
                        continue
                    stream.sendall(answer)
                    if self.hangs_up or answer in (b"", CUT_OFF):
                        return
        except OSError:
            return
        finally:
            self.closed.release()


def _whole(stream: socket.socket) -> bytes:
    """Read one request; empty at the end of the connection."""
    request = b""
    while b"\r\n\r\n" not in request:
        if not (some := stream.recv(65536)):
            return b""
        request += some
    head, _, body = request.partition(b"\r\n\r\n")
    (length,) = [int(line[15:]) for line in head.split(b"\r\n") if line.lower().startswith(b"content-length:")] or [0]
    while len(body) < length:
        body += stream.recv(65536)
    return head + b"\r\n\r\n" + body


@pytest.fixture(autouse=True)
def _no_proxy(monkeypatch: pytest.MonkeyPatch) -> None:
    for name in ("HTTP_PROXY", "HTTPS_PROXY", "NO_PROXY", "http_proxy", "https_proxy", "no_proxy"):
        monkeypatch.delenv(name, raising=False)


@pytest.fixture
def slack() -> Iterator[Slack]:
    with closing(Slack()) as running:
        yield running


@pytest.fixture
def once(slack: Slack) -> WarmClient:
    """What may be sent only once."""
    return WarmClient("xoxb-1", base_url=slack.url, timeout=60, retry_handlers=[])


def test_one_connection_serves_one_call_after_the_other(slack: Slack, once: WarmClient) -> None:
    for n in range(20):
        assert once.chat_postMessage(channel="C1", text=f"number {n}")["ok"]

    assert slack.connections == 1
    assert [b"number %d" % n in request for n, request in enumerate(slack.requests)] == [True] * 20
    assert b"Authorization: Bearer xoxb-1" in slack.requests[-1]


def test_both_clients_of_the_desk_keep_theirs(slack: Slack) -> None:
    once, again = web_api.clients(replace(settings(), slack_api_url=slack.url))
    for each in (once, again, once, again):
        each.auth_test()

    assert slack.connections == 2
    assert (len(once.retry_handlers), len(again.retry_handlers)) == (0, 1)


def test_a_connection_that_slack_has_closed_is_replaced_and_nothing_is_sent_twice(
    slack: Slack, once: WarmClient
) -> None:
    slack.hangs_up = True
    for n in range(3):
        assert once.chat_postMessage(channel="C1", text=f"number {n}")["ok"]
        assert slack.closed.acquire(timeout=60)

    assert slack.connections == len(slack.requests) == 3


def test_there_is_room_for_the_connection_of_every_thread() -> None:
    writer = 1
    assert app.LISTENERS + app.WORKERS + app.DECIDERS + app.REFUSERS + app.RUNNERS + writer <= web_api.MOST


def test_a_kept_connection_is_watched_by_the_system(slack: Slack, once: WarmClient) -> None:
    once.auth_test()
    (pool,) = [once._connections.pools[key] for key in once._connections.pools.keys()]  # noqa: SIM118 - not a dict
    with closing(pool._get_conn()) as kept:
        stream: socket.socket = kept.sock  # type: ignore[attr-defined] # every connection of urllib3's has one
        assert stream.getsockopt(socket.SOL_SOCKET, socket.SO_KEEPALIVE)
        if hasattr(socket, "TCP_KEEPIDLE"):
            assert stream.getsockopt(socket.IPPROTO_TCP, socket.TCP_KEEPIDLE) == 20


def test_a_refusal_comes_with_its_status_and_headers(slack: Slack, once: WarmClient) -> None:
    slack.script = [LIMITED]
    with pytest.raises(SlackApiError) as refused:
        once.auth_test()

    assert refused.value.response.status_code == 429
    assert refused.value.response.headers["Retry-After"] == "7"
    assert refused.value.response["error"] == "ratelimited"


def test_nobody_is_followed_who_answers_that_slack_is_elsewhere(slack: Slack, once: WarmClient) -> None:
    slack.script = [REDIRECT]
    with pytest.raises(SlackApiError) as refused:
        once.auth_test()

    assert refused.value.response.status_code == 302


@pytest.mark.parametrize("answer", [b"", CUT_OFF])
def test_what_may_have_arrived_is_not_sent_again(slack: Slack, once: WarmClient, answer: bytes) -> None:
    slack.script = [answer]
    with pytest.raises((HTTPException, OSError)) as broken:
        once.chat_postMessage(channel="C1", text="hello")

    assert not isinstance(broken.value, URLError), "that would say that it can't have arrived"
    assert len(slack.requests) == 1


def test_a_question_is_asked_again_when_its_connection_breaks(slack: Slack) -> None:
    slack.script = [b""]
    assert WarmClient("xoxb-1", base_url=slack.url, timeout=60).auth_test()["ok"]
    assert len(slack.requests) == 2


def test_who_gets_no_answer_in_time_is_not_asked_again(slack: Slack) -> None:
    slack.is_silent = True
    with pytest.raises(TimeoutError):
        WarmClient("xoxb-1", base_url=slack.url, timeout=1).auth_test()

    assert len(slack.requests) == 1


def test_where_nobody_listens_it_is_said_as_python_says_it() -> None:
    with pytest.raises(URLError) as failed:
        WarmClient("xoxb-1", base_url="http://127.0.0.1:9/api/", retry_handlers=[]).auth_test()
    assert isinstance(failed.value.reason, ConnectionRefusedError)


@pytest.mark.parametrize("scheme", ["http://", "https://", ""])
def test_a_proxy_is_gone_through_however_its_address_is_written(
    tmp_path_factory: pytest.TempPathFactory, monkeypatch: pytest.MonkeyPatch, scheme: str
) -> None:
    company = Company(tmp_path_factory.mktemp("company"))
    monkeypatch.setenv("SSL_CERT_FILE", str(company.file))
    with company.serves(answer=b'{"ok": true}') as url, interception.proxy() as address:
        monkeypatch.setenv("HTTPS_PROXY", scheme + address.removeprefix("http://"))
        once, _ = web_api.clients(replace(settings(), slack_api_url=url))
        assert [once.auth_test()["ok"] for _ in range(2)] == [True, True]
        with interception.proxy(b"403 Forbidden") as refusing:
            monkeypatch.setenv("HTTPS_PROXY", scheme + refusing.removeprefix("http://"))
            once, _ = web_api.clients(replace(settings(), slack_api_url=url))
            with pytest.raises(URLError, match="403 Forbidden"):
                once.auth_test()


def test_no_proxy_is_asked_for_who_needs_none(slack: Slack, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("HTTPS_PROXY", "http://127.0.0.1:9")
    monkeypatch.setenv("NO_PROXY", "127.0.0.1")

    assert WarmClient("xoxb-1", base_url=slack.url, timeout=60).auth_test()["ok"]

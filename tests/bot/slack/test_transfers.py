"""The bytes of files go in pieces, to and from Slack's hosts alone, and the token is shown to nobody else."""

import http.server
import io
import threading
import tracemalloc
from collections.abc import Callable, Iterator
from tempfile import TemporaryFile
from typing import ClassVar

import pytest
from slack_sdk import WebClient

from bot.slack.transfers import NotFetched, NotTaken, TooLarge, Transfers

MB = 1_000_000


class Host(http.server.BaseHTTPRequestHandler):
    """Counts what it is sent, and gives what its path says."""

    taken: ClassVar[list[int]] = []
    asked: ClassVar[list[tuple[str, str]]] = []
    protocol_version = "HTTP/1.1"

    def do_POST(self) -> None:
        left = size = int(self.headers["Content-Length"])
        while left:
            left -= len(self.rfile.read(min(left, 65536)))
        self.taken.append(size)
        self._answer(500 if "broken" in self.path else 200, "text/plain", b"OK")

    def do_GET(self) -> None:
        self.asked.append((self.path, self.headers["Authorization"]))
        answers = {
            "/list": (200, "text/csv", b"ana\n"),
            "/page": (200, "text/html; charset=utf-8", b"<title>Sign in"),
            "/moved": (302, "text/csv", b""),
            "/large": (200, "text/csv", b"x" * 2 * MB),
        }
        self._answer(*answers.get(self.path, (404, "text/html", b"")))

    def _answer(self, status: int, kind: str, content: bytes) -> None:
        self.send_response(status)
        self.send_header("Content-Type", kind)
        self.send_header("Content-Length", str(len(content)))
        self.send_header("Location", "/list")
        self.end_headers()
        try:
            self.wfile.write(content)
        except OSError:
            self.close_connection = True

    def log_message(self, *_: object) -> None:
        pass


@pytest.fixture(autouse=True)
def _no_proxy(monkeypatch: pytest.MonkeyPatch) -> None:
    for name in ("HTTP_PROXY", "HTTPS_PROXY", "http_proxy", "https_proxy"):
        monkeypatch.delenv(name, raising=False)


@pytest.fixture
def host() -> Iterator[str]:
    Host.taken.clear()
    Host.asked.clear()
    with http.server.ThreadingHTTPServer(("127.0.0.1", 0), Host) as server:
        thread = threading.Thread(target=server.serve_forever, args=(0.01,))
        thread.start()
        yield f"http://127.0.0.1:{server.server_port}"
        server.shutdown()
        thread.join()


def transfers(api: str) -> Transfers:
    return Transfers(WebClient(token="xoxb-secret", base_url=f"{api}/api/"))


def test_a_large_file_is_sent_in_little_memory(host: str) -> None:
    with TemporaryFile() as content:
        for _ in range(30):
            content.write(b"x" * MB)
        content.seek(0)
        tracemalloc.start()
        try:
            transfers(host).upload(f"{host}/upload", content, 30 * MB)
            peak = tracemalloc.get_traced_memory()[1]
        finally:
            tracemalloc.stop()

    assert Host.taken == [30 * MB]
    assert peak < 5 * MB


def test_what_is_not_taken_is_said(host: str) -> None:
    with pytest.raises(NotTaken):
        transfers(host).upload(f"{host}/broken", io.BytesIO(b"abc"), 3)


def test_a_file_is_fetched_with_the_token(host: str) -> None:
    assert transfers(host).download(f"{host}/list", most=10) == b"ana\n"
    assert Host.asked == [("/list", "Bearer xoxb-secret")]


@pytest.mark.parametrize(
    ("path", "error", "says"),
    [
        ("/page", NotFetched, "Slack answered with a page"),
        ("/moved", NotFetched, "status 302"),
        ("/gone", NotFetched, "it is gone"),
        ("/large", TooLarge, "more than 1000000 bytes"),
    ],
)
def test_what_is_no_list_is_not_fetched(host: str, path: str, error: type[Exception], says: str) -> None:
    with pytest.raises(error, match=says):
        transfers(host).download(host + path, most=MB)
    assert len(Host.asked) == 1


ELSEWHERE: list[Callable[[str], str]] = [
    lambda host: f"{host}/list".replace("127.0.0.1", "localhost"),
    lambda host: f"{host}/list".replace("http:", "https:"),
    lambda host: f"http://files.slack.com@{host.removeprefix('http://')}/list",
    lambda host: f"http://files.slack.com\\@{host.removeprefix('http://')}/list",
    lambda _: "http://files.slack.com/list",
    lambda _: "https://files.slack.com.example/list",
    lambda _: "https://example.com/files.slack.com",
    lambda _: "file:///etc/passwd",
    lambda _: "",
]


@pytest.mark.parametrize("address", ELSEWHERE)
def test_nobody_else_is_shown_the_token(host: str, address: Callable[[str], str]) -> None:
    with pytest.raises(NotFetched, match="its address is not one of Slack's"):
        transfers(host).download(address(host), most=MB)
    assert Host.asked == []


def test_the_sandboxs_host_is_nobodys_when_slack_is_slack(host: str) -> None:
    with pytest.raises(NotFetched, match="its address is not one of Slack's"):
        transfers("https://slack.com").download(f"{host}/list", most=MB)


def test_a_host_that_is_away_is_no_surprise() -> None:
    nobody = "http://127.0.0.1:9"
    with pytest.raises(NotFetched):
        transfers(nobody).download(f"{nobody}/list", most=MB)

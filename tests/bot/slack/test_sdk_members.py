"""What the desk uses of the SDK's and Bolt's inside, which they may change without a word.

When a bound in pyproject.toml is raised: read in the new version what is named here, correct `bot/slack/web_socket.py`,
`bot/slack/client.py`, `bot/slack/app.py` and `bot/slack/web_api.py` where they no longer fit, and then these tests.
`make campaign` plays a thousand commands across refreshes afterwards.
"""

import inspect
import re
import tomllib
from importlib.metadata import version
from pathlib import Path

import pytest
from slack_bolt.adapter.socket_mode import SocketModeHandler, internals
from slack_sdk import WebClient
from slack_sdk.socket_mode.builtin.connection import Connection, ConnectionState
from slack_sdk.socket_mode.client import BaseSocketModeClient
from slack_sdk.socket_mode.request import SocketModeRequest

from bot.slack.app import SocketMode
from bot.slack.client import Client

PROJECT = Path(__file__).parents[3] / "pyproject.toml"


def source(of: object) -> str:
    return inspect.getsource(of)  # type: ignore[arg-type] # whatever it is, it is Python


@pytest.mark.parametrize("package", ["slack-bolt", "slack-sdk"])
def test_the_version_is_one_that_was_read(package: str) -> None:
    needed = tomllib.loads(PROJECT.read_text("utf-8"))["project"]["dependencies"]
    (bound,) = (one for one in needed if one.startswith(package))
    found = re.fullmatch(rf"{package}>=([\d.]+),<([\d.]+)", bound)
    assert found, f"{package} needs an upper bound: {bound}"

    def number(text: str) -> list[int]:
        return [int(part) for part in text.split(".")]

    assert number(found[1]) <= number(version(package)) < number(found[2])


def test_a_client_sends_each_request_by_one_method() -> None:
    """`WarmClient` takes its place: of a request it makes ``status``, ``headers`` and ``body``, whatever the status."""
    assert [*inspect.signature(WebClient._perform_urllib_http_request_internal).parameters] == ["self", "url", "req"]
    sending = source(WebClient._perform_urllib_http_request)
    assert 'Request(method="POST", url=url, data=body, headers=headers)' in sending
    assert "resp = self._perform_urllib_http_request_internal(url, req)" in sending
    assert "return resp" in sending
    answered = source(WebClient._urllib_api_call)
    for name in ("status", "headers", "body"):
        assert f'response["{name}"]' in answered or f'response.get("{name}")' in answered


def test_a_connection_takes_what_it_is_given() -> None:
    """`WebSocket` makes one by these names."""
    taken = inspect.signature(Connection).parameters
    assert taken.keys() >= {
        "url",
        "logger",
        "proxy",
        "receive_timeout",
        "on_message_listener",
        "on_error_listener",
        "ssl_context",
    }


def test_a_connection_keeps_its_socket_where_it_can_be_wrapped() -> None:
    """`WebSocket.open` puts a `Stream` into `sock` after `connect`, which raises nothing and leaves None on failure."""
    made = Connection("ws://127.0.0.1:9/", logger=inspect.unwrap(Client).__init__.__globals__["log"])
    assert made.sock is None
    assert isinstance(made.session_id, str)
    assert "self.sock = sock" in source(Connection.connect)
    assert "self.on_error_listener(e)" in source(Connection.connect)


def test_reading_goes_by_the_socket_and_ends_with_its_state() -> None:
    """`WebSocket.end` sets ``terminated`` and shuts the socket down: the read gives nothing, and the loop ends."""
    assert ConnectionState().terminated is False  # type: ignore[no-untyped-call] # the SDK's
    reading = source(Connection.run_until_completion)
    for used in (
        "while not state.terminated",
        "sock=self.sock",
        "except OSError as e:",
        "self.on_error_listener(e)",
        "self.on_message_listener(text)",
        "self.pong(data)",
        "self.disconnect()",
    ):
        assert used in reading
    receiving = source(inspect.getmodule(Connection))
    assert "_receive_messages" in receiving


@pytest.mark.parametrize("method", ["send", "ping"])
def test_writing_goes_by_the_sockets_send(method: str) -> None:
    """`Stream.send` sends all of it."""
    assert "self.sock.send(data)" in source(getattr(Connection, method))


def test_closing_takes_both_locks_so_that_only_the_reader_may_do_it() -> None:
    assert re.search(r"with self\.sock_send_lock:\s+with self\.sock_receive_lock:", source(Connection.disconnect))


@pytest.mark.parametrize(
    "overridden",
    ["is_connected", "disconnect", "close", "send_socket_mode_response"],
)
def test_what_the_client_overrides_is_there(overridden: str) -> None:
    assert callable(getattr(BaseSocketModeClient, overridden))
    assert overridden in vars(Client)


def test_the_sdks_client_starts_nothing_by_itself() -> None:
    """`Client` doesn't call a constructor of the SDK's."""
    assert "__init__" not in vars(BaseSocketModeClient)


def test_an_envelope_is_read_by_the_sdk() -> None:
    request = SocketModeRequest.from_dict({"envelope_id": "1", "type": "slash_commands", "payload": {"a": 1}})
    assert request is not None
    assert (request.envelope_id, request.payload) == ("1", {"a": 1})


def test_bolt_acknowledges_through_the_client_on_the_thread_that_it_was_called_on() -> None:
    """`SocketMode.handle` owes an acknowledgement for as long as `SocketModeHandler.handle` lasts."""
    assert "send_response(client, req" in source(SocketModeHandler.handle)
    assert "client.send_socket_mode_response(" in source(internals.send_response)
    assert {"app", "app_token", "client"} <= set(SocketModeHandler.__annotations__)
    assert "handle" in vars(SocketMode)


def test_bolt_closes_through_the_client() -> None:
    assert "self.client.close()" in source(SocketModeHandler.close)

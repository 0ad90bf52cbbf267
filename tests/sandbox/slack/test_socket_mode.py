"""Socket Mode's protocol: tickets, greetings, goodbyes, and each envelope to exactly one connection."""

import asyncio
from collections import Counter
from collections.abc import Awaitable, Callable
from dataclasses import replace
from typing import Any

import pytest
from aiohttp import ClientSession, WSMsgType, WSServerHandshakeError
from slack_bolt import Ack, App
from slack_sdk import WebClient

from sandbox.gate import Gate
from sandbox.slack.rules import Rules
from sandbox.slack.server import SlackServer
from sandbox.slack.sockets import Reason
from sandbox.slack.workspace import Workspace
from tests.sandbox.slack.conftest import Connect
from tests.sandbox.slack.made_up_app import manifest, soon_gives_up

Json = dict[str, Any]


def ticket(server: SlackServer) -> str:
    """A fresh address of a socket."""
    client = WebClient(token=server.workspace.app_token, base_url=server.api_url)
    url: str = client.apps_connections_open(app_token=server.workspace.app_token)["url"]
    return url


def session(work: Callable[[ClientSession], Awaitable[Any]]) -> Any:
    """Do something with raw WebSockets."""

    async def run() -> Any:
        async with ClientSession() as client:
            return await work(client)

    return asyncio.run(run())


def test_hello_says_how_many_connections_there_are(server: SlackServer) -> None:
    urls = [ticket(server), ticket(server)]

    async def greet(client: ClientSession) -> list[Json]:
        async with client.ws_connect(urls[0]) as first, client.ws_connect(urls[1]) as second:
            return [await first.receive_json(), await second.receive_json()]

    first, second = session(greet)
    assert (first["type"], first["num_connections"], second["num_connections"]) == ("hello", 1, 2)
    assert first["connection_info"] == {"app_id": "A0DESK"}
    assert first["debug_info"]["approximate_connection_time"] == 18060


def test_a_ticket_opens_one_connection(server: SlackServer) -> None:
    url = ticket(server)
    assert url.startswith("ws://127.0.0.1:")

    async def twice(client: ClientSession) -> int:
        async with client.ws_connect(url):
            with pytest.raises(WSServerHandshakeError) as refused:
                await client.ws_connect(url)
            return refused.value.status

    assert session(twice) == 403


def test_the_eleventh_connection_is_sent_away(server: SlackServer) -> None:
    urls = [ticket(server) for _ in range(11)]

    async def crowd(client: ClientSession) -> list[Json]:
        sockets = [await client.ws_connect(url) for url in urls]
        greetings = [await one.receive_json() for one in sockets]
        for one in sockets:
            await one.close()
        return greetings

    greetings = session(crowd)
    assert [one["type"] for one in greetings] == ["hello"] * 10 + ["disconnect"]
    assert greetings[-1]["reason"] == "too_many_websockets"


def test_with_socket_mode_off_the_link_is_disabled() -> None:
    workspace = Workspace(manifest(socket_mode=False), rules=Rules.quick())
    with SlackServer(workspace) as server:
        url = ticket(server)

        async def connect(client: ClientSession) -> Json:
            async with client.ws_connect(url) as socket:
                answer: Json = await socket.receive_json()
                return answer

        assert session(connect)["reason"] == "link_disabled"
        sent = workspace.types("agent", "/cognito-check x")
    assert sent is not None
    assert sent.wait().outcome == "dispatch_failed"


def test_connections_of_other_programs_are_counted_and_take_their_room(server: SlackServer) -> None:
    server.sockets.foreign = 9
    urls = [ticket(server), ticket(server)]

    async def greet(client: ClientSession) -> list[Json]:
        async with client.ws_connect(urls[0]) as first, client.ws_connect(urls[1]) as second:
            return [await first.receive_json(), await second.receive_json()]

    first, second = session(greet)
    assert first["num_connections"] == 10
    assert second["reason"] == "too_many_websockets"


def test_switched_off_while_it_runs_every_link_is_disabled_and_so_is_the_next(server: SlackServer) -> None:
    urls = [ticket(server), ticket(server)]

    async def stay(client: ClientSession) -> list[Json]:
        async with client.ws_connect(urls[0]) as socket:
            await socket.receive_json()
            await asyncio.to_thread(server.sockets.switch, on=False)
            async with client.ws_connect(urls[1]) as again:
                return [await socket.receive_json(), await again.receive_json()]

    assert [one["reason"] for one in session(stay)] == ["link_disabled"] * 2


@pytest.mark.parametrize(("anywhere", "outcome"), [(False, "operation_timeout"), (True, "acked")])
def test_an_acknowledgement_counts_where_the_envelope_was_delivered(
    server: SlackServer, workspace: Workspace, anywhere: bool, outcome: str
) -> None:
    urls = [ticket(server), ticket(server)]
    workspace.rules = replace(workspace.rules, acks_anywhere=anywhere)
    server.sockets.over = "oldest"
    if not anywhere:
        soon_gives_up(workspace)

    async def answer(client: ClientSession) -> str | None:
        async with client.ws_connect(urls[0]) as delivers, client.ws_connect(urls[1]) as other:
            await delivers.receive_json()
            await other.receive_json()
            sent = await asyncio.to_thread(workspace.types, "agent", "/cognito-check ana")
            assert sent is not None
            await other.send_json({"envelope_id": (await delivers.receive_json())["envelope_id"]})
            await asyncio.to_thread(sent.wait)
            return sent.outcome

    assert session(answer) == outcome


def test_what_went_over_a_connection_is_waited_for_before_it_closes(server: SlackServer, workspace: Workspace) -> None:
    url = ticket(server)

    async def answer(client: ClientSession) -> str | None:
        async with client.ws_connect(url) as socket:
            await socket.receive_json()
            sent = await asyncio.to_thread(workspace.types, "agent", "/cognito-check ana")
            assert sent is not None
            envelope = await socket.receive_json()
            server.sockets.disconnect("refresh_requested", 0)
            await socket.receive_json()
            await socket.send_json({"envelope_id": envelope["envelope_id"]})
            await asyncio.to_thread(sent.wait)
            assert (await socket.receive(60)).type is WSMsgType.CLOSE
            return sent.outcome

    assert session(answer) == "acked"


def test_without_a_hello_nothing_is_delivered(server: SlackServer, workspace: Workspace) -> None:
    url = ticket(server)
    server.sockets.hello = Gate()

    async def silent(client: ClientSession) -> str | None:
        async with client.ws_connect(url):
            sent = await asyncio.to_thread(workspace.types, "agent", "/cognito-check ana")
            assert sent is not None
            await asyncio.to_thread(sent.wait)
            return sent.outcome

    assert session(silent) == "dispatch_failed"


def test_an_envelope_has_slacks_fields_and_is_acknowledged_by_its_id(server: SlackServer, workspace: Workspace) -> None:
    url = ticket(server)

    async def answer(client: ClientSession) -> tuple[Json, str | None]:
        async with client.ws_connect(url) as socket:
            await socket.receive_json()
            sent = await asyncio.to_thread(workspace.types, "agent", "/cognito-check  ana@example.com ")
            assert sent is not None
            envelope: Json = await socket.receive_json()
            await socket.send_json({"envelope_id": envelope["envelope_id"], "payload": {"text": "seen"}})
            await asyncio.to_thread(sent.wait)
            return envelope, sent.outcome

    envelope, outcome = session(answer)
    assert outcome == "acked"
    assert (envelope["type"], envelope["accepts_response_payload"]) == ("slash_commands", True)
    payload = envelope["payload"]
    assert set(payload) == {
        "token",
        "team_id",
        "team_domain",
        "channel_id",
        "channel_name",
        "user_id",
        "user_name",
        "command",
        "text",
        "api_app_id",
        "is_enterprise_install",
        "response_url",
        "trigger_id",
    }
    assert (payload["command"], payload["text"]) == ("/cognito-check", "ana@example.com")
    assert (payload["channel_id"], payload["channel_name"]) == ("C0SUPPORT", "support")
    assert payload["is_enterprise_install"] == "false"
    assert [one.text for one in workspace.ephemeral("agent")] == ["seen"]


def test_only_an_acknowledgement_in_time_counts_and_of_those_the_first(
    server: SlackServer, workspace: Workspace
) -> None:
    url, patient = ticket(server), workspace.rules

    async def answer(client: ClientSession) -> None:
        async with client.ws_connect(url) as socket:
            await socket.receive_json()
            for settles_first in (False, True):
                if settles_first:
                    soon_gives_up(workspace)
                sent = await asyncio.to_thread(workspace.types, "agent", "/cognito-check ana")
                assert sent is not None
                envelope_id = (await socket.receive_json())["envelope_id"]
                if settles_first:
                    await asyncio.to_thread(sent.wait)
                for text in ("once", "twice"):
                    await socket.send_json({"envelope_id": envelope_id, "payload": {"text": text}})
            workspace.rules = patient
            # A third exchange, over the same socket, shows that all of the above was read.
            last = await asyncio.to_thread(workspace.types, "agent", "/cognito-check last")
            assert last is not None
            await socket.send_json({"envelope_id": (await socket.receive_json())["envelope_id"]})
            await asyncio.to_thread(last.wait)

    session(answer)
    assert [one.text for one in workspace.ephemeral("agent")] == [
        "once",
        '/cognito-check failed with the error "operation_timeout"',
    ]
    assert [one.outcome for one in workspace.envelopes.sent] == ["acked", "operation_timeout", "acked"]


def test_the_server_pings_and_answers_pings(server: SlackServer) -> None:
    url = ticket(server)

    async def ping(client: ClientSession) -> set[WSMsgType]:
        async with client.ws_connect(url, autoping=False) as socket:
            await socket.receive_json()
            await socket.ping(b"mine")
            return {(await socket.receive(5)).type for _ in range(4)}

    assert session(ping) == {WSMsgType.PING, WSMsgType.PONG}


def test_each_envelope_goes_to_exactly_one_of_several_connections(workspace: Workspace, connect: Connect) -> None:
    taken: Counter[str] = Counter()
    by_app: Counter[int] = Counter()

    def listener(number: int) -> Callable[[App], None]:
        def listen(app: App) -> None:
            @app.command("/cognito-check")
            def check(ack: Ack, body: Json) -> None:
                ack()
                taken[body["text"]] += 1
                by_app[number] += 1

        return listen

    for number in range(3):
        connect(listener(number))
    sent = [workspace.types("agent", f"/cognito-check {number}") for number in range(40)]

    for one in sent:
        assert one is not None
        assert one.wait().acked
        assert len(one.connections) == 1
    workspace.wait_for(lambda: len(taken) == 40)
    assert set(taken.values()) == {1}
    assert len(by_app) > 1


@pytest.mark.parametrize("reason", ["warning", "refresh_requested"])
def test_the_app_reconnects_when_it_is_told_that_its_connection_ends(
    reason: Reason, workspace: Workspace, server: SlackServer, connect: Connect
) -> None:
    connect(lambda app: app.command("/cognito-check")(lambda ack: ack("here")))
    (before,) = server.sockets.connections

    server.sockets.disconnect(reason, grace=0.2)

    workspace.wait_for(lambda: server.sockets.connections and before not in server.sockets.connections)
    sent = workspace.types("agent", "/cognito-check")
    assert sent is not None
    assert sent.wait().acked


def test_a_cut_connection_is_opened_again(workspace: Workspace, server: SlackServer, connect: Connect) -> None:
    connect(lambda app: app.command("/cognito-check")(lambda ack: ack()))
    (before,) = server.sockets.connections
    server.sockets.cut()
    workspace.wait_for(lambda: server.sockets.connections and before not in server.sockets.connections)


def test_connections_are_refreshed_when_their_time_is_over() -> None:
    rules = Rules(ping_seconds=0.05, connection_seconds=1)
    with SlackServer(Workspace(manifest(), rules=rules)) as server:
        url = ticket(server)

        async def stay(client: ClientSession) -> Json:
            async with client.ws_connect(url) as socket:
                await socket.receive_json()
                goodbye: Json = await socket.receive_json(timeout=60)
                return goodbye

        assert session(stay)["reason"] == "refresh_requested"


def test_a_stopped_server_starts_no_more_and_leaves_its_port(workspace: Workspace) -> None:
    with SlackServer(workspace) as server:
        port = int(server.url.rsplit(":", 1)[1])
    sent = workspace.types("agent", "/cognito-check")
    assert sent is not None
    assert sent.outcome == "dispatch_failed"
    with SlackServer(workspace, port=port) as again:
        assert again.url.endswith(f":{port}")


def test_a_taken_port_is_said_at_once(workspace: Workspace, server: SlackServer) -> None:
    port = int(server.url.rsplit(":", 1)[1])
    with pytest.raises(OSError, match="address already in use"):
        SlackServer(Workspace(manifest()), port=port).start()

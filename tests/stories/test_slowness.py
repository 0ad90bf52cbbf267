"""Slowness and faults: the acknowledgement comes in time, and the person is told what is going on."""

import logging
from collections.abc import Sequence
from pathlib import Path
from typing import Any

import pytest
from slack_sdk.socket_mode.client import BaseSocketModeClient
from slack_sdk.socket_mode.response import SocketModeResponse

from bot.answer import Answer
from bot.cognito import Directory
from bot.scenario import Form, scenario
from sandbox.testing import CognitoServer, LivePool
from tests.stories.floor import PROOF, Floor, settings_for, text_of, workspace


class Anything(Form):
    user: str = ""


@scenario("break", title="Break")
def breaks(form: Anything, directory: Directory) -> Answer:
    """Break at once."""
    raise ZeroDivisionError("ana@example.com")


def test_while_cognito_takes_its_time_the_form_says_checking(floor: Floor, cognito: CognitoServer) -> None:
    floor.types("agent", "/cognito-verify-email nobody")
    floor.form("agent")
    gate = cognito.faults.hold("AdminGetUser", times=1)
    floor.slack.submits("agent", {"proof": PROOF, "reason": "Proved the mailbox on the phone"})

    floor.modal_says("agent", "⏳ Checking…")
    gate.open()
    again = floor.form("agent")
    assert 'No account in prod is called "nobody"' in text_of(again)
    assert again.values == {"user": "nobody", "proof": PROOF, "reason": "Proved the mailbox on the phone"}
    assert floor.is_silent()


def test_several_accounts_bring_the_form_back_with_a_choice(floor: Floor, pool: LivePool) -> None:
    tri = {name: pool.add(name, email="tri@example.com", email_verified=False) for name in ("tri0", "tri1")}
    floor.types("agent", "/cognito-verify-email tri@example.com")
    floor.form("agent")
    floor.submits("agent", reason="Proved the mailbox on the phone")

    again = floor.modal_says("agent", "Two accounts have tri@example.com. Which one?")
    assert again.inputs[0].type == "radio_buttons"
    assert again.values["reason"] == "Proved the mailbox on the phone"
    floor.submits("agent", user=tri["tri1"].sub)
    assert "for tri1" in floor.reads_card("needs 2 leads").text


def test_an_exception_right_after_the_acknowledgement_still_acknowledges(
    floor: Floor, caplog: pytest.LogCaptureFixture
) -> None:
    floor.closes()
    floor.scenarios = {**floor.scenarios, "break": breaks}
    floor.opens()
    with caplog.at_level(logging.INFO):
        for _ in range(10):
            # Acknowledged every time: `types` insists on it.
            floor.types("agent", "/cognito break x")
        floor.slack.wait_for(lambda: len(floor.slack.ephemeral("agent")) == 10)

    told = floor.slack.ephemeral("agent")[-1].text
    assert told.startswith("Something broke on my side. Nothing was sent. Tell the operator this reference: ")
    assert told.removesuffix(".")[-4:] in caplog.text
    assert floor.is_silent()


def test_a_form_that_breaks_says_so_in_its_place(floor: Floor) -> None:
    floor.closes()
    floor.scenarios = {**floor.scenarios, "break": breaks}
    floor.opens()
    floor.types("agent", "/cognito break")
    floor.form("agent", "Break")
    floor.submits("agent", user="x")

    floor.modal_says("agent", "Something broke on my side. Nothing was sent.")


def test_an_update_never_overtakes_the_acknowledgement_of_its_view(floor: Floor) -> None:
    floor.types("agent", "/cognito-verify-email nobody")
    floor.form("agent")
    overtaken = list[bool]()

    class Late:
        """Acknowledges as on a busy machine: long after the listener, later still if anything goes before it."""

        def __init__(self, client: BaseSocketModeClient) -> None:
            self.client, self.logger = client, client.logger

        def send_socket_mode_response(self, response: SocketModeResponse) -> None:
            before = len(updates())
            overtaken.append(bool(floor.slack.changes.wait_for(lambda: len(updates()) > before, 1.5)))
            self.client.send_socket_mode_response(response)

    def updates() -> Sequence[object]:
        return floor.slack.calls.of("views.update")

    assert floor.program
    listeners = floor.program._socket.client.socket_mode_request_listeners
    handle: Any = listeners.pop()
    listeners.append(lambda client, request: handle(Late(client), request))
    floor.submits("agent", reason="Proved the mailbox on the phone")

    floor.modal_says("agent", "No account in prod is called")
    assert overtaken == [False]


def test_an_ephemeral_message_whose_address_has_gone_stale_still_arrives(pool: LivePool, tmp_path: Path) -> None:
    with workspace(response_url_seconds=-1.0) as (slack, server):
        floor = Floor(slack, server, settings_for(slack, server, {"prod": pool}, tmp_path / "desk.db"))
        floor.opens()
        floor.types("agent", "/cognito-check nobody")

        floor.told("agent", "No account in prod is called")
        assert slack.calls.of("chat.postEphemeral")
        floor.closes()


def test_while_slack_is_slow_to_say_who_someone_is_the_form_says_loading(floor: Floor, pool: LivePool) -> None:
    pool.add("ada", email="ada@example.com", email_verified=False)
    gate = floor.slack.faults.hold("users.info", times=1)

    floor.types("agent", "/cognito-verify-email ada")
    # Before Slack has said anything, so that no trigger grows too old meanwhile.
    floor.modal_says("agent", "Loading…")
    gate.open()
    assert "prod · ada" in text_of(floor.form("agent"))


def test_a_trigger_that_is_too_old_is_answered_with_a_button_that_opens_the_form(floor: Floor, pool: LivePool) -> None:
    pool.add("ada", email="ada@example.com", email_verified=False)
    floor.slack.faults.refuse("views.open", "expired_trigger_id")

    floor.types("agent", "/cognito-verify-email ada")
    floor.told("agent", "Press the button to open it.")
    floor.clicks("agent", "Mark as verified")
    assert "prod · ada" in text_of(floor.form("agent"))


def test_whoever_closed_the_form_meanwhile_is_told_where_they_were(floor: Floor, cognito: CognitoServer) -> None:
    floor.types("agent", "/cognito-verify-email nobody")
    floor.form("agent")
    gate = cognito.faults.hold("AdminGetUser", times=1)
    floor.slack.submits("agent", {"proof": PROOF, "reason": "Proved the mailbox on the phone"})
    floor.modal_says("agent", "Checking…")
    floor.slack.closes("agent")
    gate.open()

    floor.told("agent", "No account in prod is called")


def test_throttling_is_said_in_plain_words(floor: Floor, cognito: CognitoServer) -> None:
    cognito.faults.throttle()
    floor.types("agent", "/cognito-check ada")

    floor.slack.wait_for_ephemeral("agent", "Cognito is asking everyone to slow down.")
    assert floor.is_silent()


def test_a_form_that_slack_could_not_have_sent_is_acknowledged_in_words(floor: Floor, pool: LivePool) -> None:
    pool.add("ada", email="ada@example.com", email_verified=False)
    floor.types("agent", "/cognito-verify-email ada")
    form = floor.form("agent")
    floor.slack.modals.update(form.id, {**form.content, "private_metadata": '{"of": "an older desk"}'})
    floor.submits("agent", reason="called back")

    floor.modal_says("agent", "This form could not be read")
    assert floor.is_silent()

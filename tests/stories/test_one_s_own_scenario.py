"""A scenario that the product doesn't ship, of an operation that it doesn't send: from the typed word to its undo."""

from collections.abc import Iterator
from pathlib import Path
from typing import Annotated

import pytest
from pydantic import Field

import commands
from bot.answer import Refused
from bot.cognito import Directory, Pool, User
from bot.plan import Call, Change, Effect, Plan, Risk, Subject
from bot.scenario import AdminForm, UserRef, load, scenario
from bot.words import say
from sandbox.testing import LivePool
from tests.stories.floor import Floor, settings_for, workspace


class Enable(AdminForm):
    """Whose account."""

    user: Annotated[UserRef, Field(title="User")]


@scenario("enable", title="Enable", usage="[user]", sends=("AdminDisableUser", "AdminEnableUser"))
def enable(form: Enable, directory: Directory) -> Plan:
    """Let a customer sign in again."""
    user, pool = directory.one(form.user), directory.pool
    if user.enabled:
        raise Refused(say("{name} is enabled.", name=user.username), field="user")
    return Plan(
        summary=say("Enable {name}", name=user.username),
        done=say("{name} is enabled", name=user.username),
        risk=Risk.NORMAL,
        calls=(switch("AdminEnableUser", pool, user),),
        changes=(Change(subject=Subject.of(user), what="Enabled", before="false", after="true"),),
        undo=(switch("AdminDisableUser", pool, user),),
    )


def switch(operation: str, pool: Pool, user: User) -> Call:
    return Call(
        operation=operation,
        parameters={"UserPoolId": pool.id, "Username": user.username},
        shown=f"{operation}({user.username})",
        effect=Effect.SETTABLE,
    )


@pytest.fixture
def floor(pool: LivePool, tmp_path: Path) -> Iterator[Floor]:
    """A floor whose desk knows one scenario more."""
    with workspace() as (slack, server):
        floor = Floor(slack, server, settings_for(slack, server, {"prod": pool}, tmp_path / "desk.db"))
        floor.scenarios = {**load(commands), enable.name: enable}
        floor.opens()
        yield floor
        assert floor.blocks_are_sound() == []
        floor.closes()


def test_it_is_approved_sent_read_again_and_undone(floor: Floor, pool: LivePool) -> None:
    pool.add("ada", email="ada@example.com", enabled=False)

    card = floor.asks("/cognito enable ada")
    assert "ada · may sign in: no → yes" in card.text
    floor.clicks("lead1", "Approve", card)
    done = floor.reads_card("✅ Done: ada is enabled")

    assert ", seen <!date" in done.text
    assert pool.user("ada").enabled
    assert floor.audited == ["requested", "approved", "started", "sending", "sent", "re-read", "done"]

    floor.clicks("agent", "Undo", done)
    floor.form("agent", "Undo")
    floor.submits("agent", reason="It was disabled on purpose")
    undoing = floor.reads_card("🟡 Needs a lead: undo: Enable ada")
    assert "ada · may sign in: yes → no" in undoing.text
    floor.clicks("lead1", "Approve", undoing)
    floor.reads_card("✅ Done: it is as it was before: Enable ada")

    assert not pool.user("ada").enabled

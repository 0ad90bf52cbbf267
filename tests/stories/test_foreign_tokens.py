"""A token of another pool, or of another user than the one named, sends nothing by any form, and is on record."""

from collections.abc import Iterator, Mapping
from pathlib import Path

import pytest

from bot.aws.gateway import READS
from bot.tickets import audit
from sandbox.testing import LivePool
from tests.bot import wired
from tests.stories.inline import AGENT, SUPPORT, InlineDesk, desk

FORMS: dict[str, Mapping[str, str]] = {
    "send-code": {},
    "enter-code": {"code": "123456"},
    "change-email": {"email": "new@example.com", "how": "As the customer", "reason": "They wrote from it"},
}
"""The forms that take a customer's token, with what else they ask for."""

Pools = tuple[InlineDesk, LivePool, LivePool]


@pytest.fixture
def pools(tmp_path: Path) -> Iterator[Pools]:
    with wired.cognito() as server:
        prod, other = server.pools.create("prod"), server.pools.create("other")
        for pool in (prod, other):
            pool.add("ana", email="ana@example.com", email_verified=False)
            pool.add("eve", email="eve@example.com", email_verified=False)
        with desk(server, {pool.name: wired.settings(pool) for pool in (prod, other)}, tmp_path / "desk.db") as inline:
            yield inline, prod, other


@pytest.mark.parametrize("scenario", FORMS)
@pytest.mark.parametrize(
    ("whose", "said"),
    [
        (("prod", "eve"), "This is the sign-in of another user than ana, so nothing was sent."),
        (("other", "ana"), "This token is of another pool than prod, so nothing was sent."),
        (("other", "eve"), "This token is of another pool than prod, so nothing was sent."),
    ],
)
def test_it_sends_nothing_and_is_audited(pools: Pools, scenario: str, whose: tuple[str, str], said: str) -> None:
    inline, prod, other = pools
    token = {"prod": prod, "other": other}[whose[0]].token(whose[1])
    typed = {"user": "ana", "token": token, **FORMS[scenario]}
    values = {name: {"value": {"value": value}} for name, value in typed.items()}
    inline.submits("form", {"scenario": scenario, "pool": "prod", "channel": SUPPORT}, values)

    assert "nothing was sent." in str(inline.slack.told[-1])
    assert set(inline.calls) <= READS | {"GetUser"}
    assert (prod.mail, other.mail) == ((), ())
    (row,) = audit.export(inline.program.database, audit.Wanted())
    assert (row["event"], row["person"]) == ("refused", AGENT)
    assert (row["detail"]["user"], row["detail"]["words"]) == ("ana", said)
    assert token not in str(row)

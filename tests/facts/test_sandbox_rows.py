"""The sandbox's Cognito answers every row of the facts word for word, over HTTP."""

from collections.abc import Iterator

import pytest

from sandbox.testing import CognitoServer
from tests.facts.rows import ROWS, Row
from tests.facts.scene import Stage


@pytest.fixture(scope="module")
def stage() -> Iterator[Stage]:
    with CognitoServer() as server:
        yield Stage(server)


@pytest.mark.parametrize("row", ROWS, ids=str)
def test_cognito_answers_as_the_facts_say(stage: Stage, row: Row) -> None:
    assert row.attempt(stage.set(row)) == row.answer


def test_no_row_stands_twice() -> None:
    names = [str(row) for row in ROWS]
    assert len(set(names)) == len(names)

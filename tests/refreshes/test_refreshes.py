"""Around a refresh every command is acknowledged and answered, once; how fast, `make campaign` measures."""

from sandbox.testing import Envelope
from tests.refreshes.play import Refresh, Round
from tests.stories.conftest import cognito, cognito_server, floor, pool
from tests.stories.floor import Floor

__all__ = ("cognito", "cognito_server", "floor", "pool")

REFRESHES = [
    Refresh("refresh_requested", grace=0.3, over="oldest", handshake=0.0, hello=0.0),
    Refresh("warning", grace=0.3, over="newest", handshake=0.3, hello=0.0),
    Refresh("refresh_requested", grace=0.3, over="any", handshake=0.0, hello=0.3),
]


def test_sixty_commands_across_three_refreshes_are_answered_once_each(floor: Floor) -> None:
    def types(_: int, text: str) -> Envelope:
        sent = floor.slack.types("agent", text)
        assert sent
        return sent

    typed = Round(floor.slack, floor.server, types, agents=1)
    for how in REFRESHES:
        typed.type_many(5, every=0.0)
        with typed.refresh(how):
            typed.type_many(5, every=0.02)
            floor.slack.wait_for(typed.is_refreshing)
            typed.type_many(5, every=0.02)
        typed.type_many(5, every=0.0)
        typed.settle()
    count = typed.count()

    assert count.typed == 60
    assert count.wrong == []

"""The main job: an agent asks, the desk explains, a lead approves, it is done."""

from sandbox.cognito.livepool import LivePool
from tests.stories.floor import Floor


def test_a_lead_verifies_an_address(floor: Floor, pool: LivePool) -> None:
    pool.add("ada", email="ada@example.com", email_verified=False)

    floor.types("agent", "/cognito-verify-email ada")
    floor.form("agent", "Mark as verified")
    floor.submits("agent", reason="Proved the mailbox on the phone")
    floor.modal_says("agent", "Asked: see")

    floor.clicks("agent", "Approve")
    floor.told("agent", "You asked for this, so someone else has to approve it.")

    floor.clicks("lead1", "Approve")
    floor.reads_card("Done")
    floor.reads_thread("<@U0AGENT>: done.")
    assert pool.user("ada").email_verified
    assert floor.audited == ["requested", "refused", "approved", "started", "sending", "sent", "re-read", "done"]

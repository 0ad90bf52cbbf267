"""S3: an administrator creates an account with an address that another one owns."""

from sandbox.testing import LivePool
from tests.stories.floor import Floor

MOVE = "Move the e-mail to this account"
BEN = {"username": "ben2", "email": "ben@example.com", "reason": "Ben lost his old account for good"}


def test_an_account_is_created_with_an_address_that_another_one_owns(floor: Floor, pool: LivePool) -> None:
    pool.add("ben", email="ben@example.com", email_verified=True)
    floor.asks("/cognito-create-user ben2", **BEN, verified=True, taken=MOVE)
    card = floor.reads_card("needs 2 leads")
    assert "ben · verified: yes → no · LOSES it" in card.text
    assert "ben2 · e-mail: (none) → ben@example.com · gets it" in card.text
    assert "Cognito mails an invitation with a temporary password to ben@example.com; it works for 7 days." in card.text
    assert "ForceAliasCreation=true" in card.text

    floor.both_leads_approve("LOSES")
    floor.reads_card("✅ Done: ben2 is created with ben@example.com")
    done = floor.reads_thread("Re-read: ")
    for read in (
        "ben2, account: waits for the first sign-in",
        "ben2, e-mail: ben@example.com",
        "ben2, verified: yes",
        "ben, verified: no",
    ):
        assert read in done.text
    floor.reads_thread("Tell the customer: “We have created an account for you.")
    assert (pool.user("ben2").email_verified, pool.user("ben").email_verified) == (True, False)
    holder = pool.holder("ben@example.com")
    assert holder is not None
    assert holder.username == "ben2"
    (invitation,) = pool.mail
    assert invitation.to == "ben@example.com"
    assert "ben2" in invitation.body


def test_without_the_wish_to_move_it_the_present_owner_is_named_and_nothing_asked(floor: Floor, pool: LivePool) -> None:
    pool.add("ben", email="ben@example.com", email_verified=True)
    floor.types("agent", "/cognito-create-user ben2")
    floor.form("agent", "Create a user")
    floor.submits("agent", **BEN, verified=True)

    again = floor.modal_says("agent", "already owns ben@example.com. Nothing was created.")
    assert again.values["username"] == "ben2"
    assert floor.is_silent()
    assert [user.username for user in pool.users] == ["ben"]


def test_the_form_says_why_an_unverified_address_can_not_be_moved(floor: Floor, pool: LivePool) -> None:
    pool.add("ben", email="ben@example.com", email_verified=True)
    floor.types("agent", "/cognito-create-user ben2")
    form = floor.form("agent", "Create a user")
    hints = {each.label: each.hint for each in form.inputs}
    assert "Without it Cognito moves no address" in hints["E-mail is verified"]
    assert "If another account owns this e-mail" not in hints

    floor.slack.chooses("agent", "verified", answer=True)
    floor.slack.wait_for(lambda: "taken" in floor.form("agent").values)
    # What a made-up form holds all the same is no way around it.
    floor.slack.chooses("agent", "verified", answer=False)
    floor.slack.wait_for(lambda: "taken" not in floor.form("agent").values)
    assert floor.is_silent()

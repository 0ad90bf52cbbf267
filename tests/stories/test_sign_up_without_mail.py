"""A sign-up on a day on which no mail leaves any more: the account is there, and the way on leads to it."""

from collections.abc import Iterator

import pytest

from sandbox.testing import CognitoServer, LivePool
from tests.stories.customer import Customer
from tests.stories.floor import Floor

ADDRESS = "nina@example.com"


@pytest.fixture(params=["nina", ADDRESS])
def name(request: pytest.FixtureRequest) -> str:
    """The user name to sign up with."""
    return str(request.param)


@pytest.fixture
def pool(cognito: CognitoServer, name: str) -> LivePool:
    """A pool where an address is an alias, or the user name."""
    return cognito.pools.create("prod", email_login=name == ADDRESS)


@pytest.fixture
def no_mail(cognito: CognitoServer) -> Iterator[None]:
    """Let Cognito's own sender have sent all that it sends in a day."""
    cognito.default_sender.limit(0)
    yield
    cognito.default_sender.limit(None)


def signs_up(floor: Floor, name: str) -> None:
    floor.types("agent", f"/cognito-sign-up {name}")
    floor.form("agent", "Sign someone up")
    floor.submits("agent", email=ADDRESS)


@pytest.mark.usefixtures("no_mail")
def test_the_code_is_sent_when_mail_leaves_again_and_the_customer_finishes_by_it(
    floor: Floor, pool: LivePool, cognito: CognitoServer, name: str
) -> None:
    signs_up(floor, name)
    said = floor.slack.wait_for_message(f"The account {name} exists now, not confirmed, and no code was sent")
    floor.reads_thread("No mail leaves in any pool until 09:00 UTC. Tell the cloud team", said)
    assert not pool.mail

    cognito.default_sender.limit(None)
    floor.clicks("agent", "Send a new code", said)
    floor.form("agent", "Send a new code")
    floor.submits("agent")
    floor.slack.wait_for_message("Cognito sent a code to n***@e***")
    (made,) = pool.users
    customer = Customer(cognito, pool)
    customer.enters_sign_up_code(made.username, cognito.mailbox.code(ADDRESS))
    customer.resets_password(name, ADDRESS, "My-own-1!")
    assert customer.signs_in(ADDRESS, "My-own-1!")["AuthenticationResult"]


@pytest.mark.usefixtures("no_mail")
def test_the_next_try_leads_to_the_account_that_is_there(floor: Floor, name: str) -> None:
    signs_up(floor, name)
    floor.slack.wait_for_message("not confirmed, and no code was sent")
    signs_up(floor, name)
    again = floor.modal_says("agent", "its sign-up was never finished")
    assert {"Send a new code"} <= {button.label for button in again.buttons}


@pytest.mark.usefixtures("no_mail")
def test_the_desk_remembers_who_wrote_the_address(floor: Floor, name: str) -> None:
    signs_up(floor, name)
    floor.slack.wait_for_message("not confirmed, and no code was sent")
    card = floor.asks(f"/cognito-confirm-account {name}")
    assert "needs 2 leads" in card.text
    assert "The desk wrote this address to the account (<@U0AGENT> asked)" in card.text


def test_after_a_refusal_by_which_no_account_was_made_nobody_has_written_anything(
    floor: Floor, pool: LivePool, cognito: CognitoServer, name: str
) -> None:
    cognito.faults.fail("InvalidParameterException", "No.", "SignUp", times=1)
    signs_up(floor, name)
    floor.modal_says("agent", "Cognito refused a value")
    floor.slack.reloads("agent")
    pool.sign_up(name, email=ADDRESS)
    card = floor.asks(f"/cognito-confirm-account {name}")
    assert "Needs a lead" in card.text

"""What people type into Slack, as clients, phones and mails leave it: understood, or answered with what is near."""

import pytest

from sandbox.testing import LivePool
from tests.stories.floor import Floor, text_of


@pytest.fixture(autouse=True)
def people(pool: LivePool) -> None:
    pool.add("ada", email="ada@example.com", email_verified=False)
    pool.add("ben", email="ben@example.com", email_verified=True)


def checks(floor: Floor, typed: str) -> None:
    """Type something and see it answered by a check of Ada, in the channel."""
    before = len(floor.roots)
    floor.types("agent", typed)
    floor.slack.wait_for(lambda: len(floor.roots) > before)
    assert "ada@example.com can't reset the password" in floor.roots[-1].text


def test_however_a_check_is_typed_it_is_a_check(floor: Floor) -> None:
    for typed in (
        "/cognito ada@example.com",
        "/cognito <mailto:ada@example.com|ada@example.com>",
        "/cognito Ada Lovelace <ada@example.com>",
        "/cognito \u200bCheck\u00a0ada",
        "/cognito `check ada@example.com`",
        "/cognito-check ‘ada@example.com’.",
    ):
        checks(floor, typed)


def test_a_word_close_to_a_command_is_answered_with_it_and_runs_when_pressed(floor: Floor) -> None:
    floor.types("agent", "/cognito chek ada")
    floor.told("agent", "Did you mean /cognito check ada?")
    assert floor.is_silent()
    floor.clicks("agent", "/cognito check ada")
    floor.slack.wait_for_message("ada@example.com can't reset the password")

    floor.types("agent", "/cognito verify email ada")
    floor.told("agent", "Did you mean /cognito verify-email ada?")
    floor.clicks("agent", "/cognito verify-email ada")
    assert "prod · ada" in text_of(floor.form("agent", "Mark as verified"))


def test_whoever_is_no_command_can_be_checked_and_the_menu_is_one_press_away(floor: Floor) -> None:
    floor.types("agent", "/cognito ada")
    floor.told("agent", 'There is no command "ada".')
    floor.clicks("agent", "What can I do here?")
    menu = floor.modal_says("agent", "What is the matter?")
    assert menu.buttons
    floor.slack.closes("agent")
    floor.clicks("agent", 'Check the customer "ada"')
    floor.slack.wait_for_message("ada@example.com can't reset the password")


def test_help_is_the_menu_and_behind_a_command_what_that_is_for(floor: Floor) -> None:
    floor.types("agent", "/cognito Help")
    floor.modal_says("agent", "What is the matter?")
    floor.slack.closes("agent")
    floor.types("agent", "/cognito-verify-email help")
    form = floor.form("agent", "Mark as verified")
    assert "Mark a customer's e-mail address as verified. Type /cognito verify-email [user]" in text_of(form)
    assert not form.values["user"]


def test_two_addresses_are_offered_one_by_one(floor: Floor) -> None:
    floor.types("agent", "/cognito-verify-email ada@example.com, ben@example.com")
    floor.told("agent", "There are several addresses in this: ada@example.com, ben@example.com. Which one do you mean?")
    assert floor.is_silent()
    floor.clicks("agent", "Check ada@example.com")
    floor.slack.wait_for_message("ada@example.com can't reset the password")


def test_a_form_understands_what_was_pasted_into_it_and_writes_what_it_shows(floor: Floor, pool: LivePool) -> None:
    floor.types("agent", "/cognito-create-user “Eva”")
    form = floor.form("agent", "Create a user")
    assert form.values["username"] == "Eva"
    floor.submits("agent", username="`eva`", email="Eva@Example.com", reason="asked for it")
    view = floor.slack.wait_for(lambda: (seen := floor.slack.view("agent")) and seen.errors and seen)
    assert view
    assert view.errors["username"] == "This was read as `eva`. Write the name alone, without quotes or brackets."

    floor.submits("agent", username="\u00a0eva\u200b", email="Eva@Example.com", reason="asked for it")
    assert "create eva with Eva@Example.com" in floor.reads_card("Needs a lead").text

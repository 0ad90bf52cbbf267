import pytest
from playwright.sync_api import expect
from slack_bolt import App

from tests.sandbox.page.conftest import Sandbox, Visit
from tests.sandbox.page.rehearsal import card, form
from tests.sandbox.slack.made_up_app import field, modal, section, soon_gives_up

pytestmark = pytest.mark.page


def test_a_form_comes_up_with_the_focus_is_submitted_and_gives_the_focus_back(app: App, visit: Visit) -> None:
    window = visit()
    window.keyboard.type("/cognito-verify-email ana")
    window.keyboard.press("Enter")
    dialog = window.get_by_role("dialog", name="Mark as verified")
    user, reason = dialog.get_by_label("User"), dialog.get_by_label("Reason")
    expect(user).to_have_value("ana")
    expect(user).to_be_focused()
    window.keyboard.press("Tab")
    expect(reason).to_be_focused()
    window.keyboard.type("Called back")
    dialog.get_by_role("button", name="Ask").click()
    expect(dialog).to_have_count(0)
    expect(window.locator("#log")).to_contain_text("Asked for ana: Called back")
    expect(window.locator("#composer")).to_be_focused()


def test_a_fields_error_stands_under_it_and_nothing_typed_is_lost(app: App, sandbox: Sandbox, visit: Visit) -> None:
    window = visit()
    sandbox.workspace.modals.open("U0AGENT", form())
    dialog = window.get_by_role("dialog", name="Mark as verified")
    user, reason = dialog.get_by_label("User"), dialog.get_by_label("Reason")
    expect(user).to_be_focused()
    reason.fill("Called back")
    window.get_by_role("button", name="Ask").click()
    expect(user).to_have_accessible_description("Please complete this required field. User name, e-mail or sub")
    expect(user).to_be_focused()
    window.keyboard.type("nobody")
    window.keyboard.press("Enter")
    expect(user).to_have_accessible_description("Nobody is called nobody. User name, e-mail or sub")
    expect(user).to_have_value("nobody")
    expect(reason).to_have_value("Called back")


def test_what_is_typed_into_a_form_survives_its_update(app: App, sandbox: Sandbox, visit: Visit) -> None:
    window = visit()
    sandbox.workspace.modals.open("U0AGENT", form("ana"))
    dialog = window.get_by_role("dialog")
    dialog.get_by_label("User").fill("ben")
    dialog.get_by_role("button", name="Look again").click()
    expect(dialog).to_contain_text("Looked again.")
    expect(dialog.get_by_label("User")).to_have_value("ben")


def test_modals_stack_and_close_one_by_one_or_all_at_once(app: App, sandbox: Sandbox, visit: Visit) -> None:
    window = visit()
    sandbox.workspace.modals.open("U0AGENT", form())
    views = window.locator("dialog.view[open]")
    views.last.get_by_role("button", name="One more").click()
    expect(views).to_have_count(2)
    views.last.get_by_role("button", name="One more").click()
    expect(views).to_have_count(3)
    window.keyboard.press("Escape")
    expect(views).to_have_count(2)
    views.last.get_by_role("button", name="Cancel").click()
    expect(views).to_have_count(1)
    views.last.get_by_role("button", name="One more").click()
    expect(views).to_have_count(2)
    views.last.get_by_role("button", name="Close").click()
    expect(views).to_have_count(0)
    assert not sandbox.workspace.stack("agent")


def test_tab_stays_in_the_modal(sandbox: Sandbox, visit: Visit) -> None:
    window = visit()
    sandbox.workspace.modals.open("U0AGENT", form())
    expect(window.get_by_role("dialog")).to_be_visible()
    for _ in range(12):
        window.keyboard.press("Tab")
        assert window.evaluate(
            "document.activeElement.closest('dialog') !== null || !document.hasFocus() || "
            "document.activeElement === document.body"
        )


def test_an_ephemeral_message_is_marked_and_can_be_dismissed(app: App, sandbox: Sandbox, visit: Visit) -> None:
    sandbox.says("A card", card())
    window, other = visit(), visit("/?as=lead1")
    window.get_by_role("button", name="Approve").click()
    ephemeral = window.get_by_role("alert").filter(has_text="Someone else has to approve it.")
    expect(ephemeral).to_contain_text("Only visible to you")
    expect(other.locator("#log")).not_to_contain_text("Someone else")
    ephemeral.get_by_role("button", name="Dismiss").click()
    expect(ephemeral).to_have_count(0)
    assert not sandbox.workspace.ephemeral("agent")


def test_a_button_that_asks_first_sends_nothing_until_it_is_answered(app: App, sandbox: Sandbox, visit: Visit) -> None:
    sandbox.says("A card", card())
    window = visit()
    window.get_by_role("button", name="Deny").click()
    dialog = window.get_by_role("dialog", name="Deny it?")
    dialog.get_by_role("button", name="No").click()
    expect(dialog).to_be_hidden()
    assert not sandbox.workspace.envelopes.sent
    window.get_by_role("button", name="Deny").click()
    dialog.get_by_role("button", name="Yes").click()
    expect(window.locator("#log")).to_contain_text("Denied")
    assert len(sandbox.workspace.envelopes.sent) == 1


def test_a_click_that_the_app_does_not_answer_is_marked_beside_its_button(
    app: App, sandbox: Sandbox, visit: Visit
) -> None:
    sandbox.says("A card", card())
    soon_gives_up(sandbox.workspace)
    window = visit()
    window.get_by_role("button", name="Say nothing").click()
    expect(window.locator("[data-action=silence] + .warned")).to_contain_text("This app didn’t respond.")


def test_a_link_in_a_modal_leads_there_and_puts_the_modal_away(sandbox: Sandbox, visit: Visit) -> None:
    window = visit("/channels/general?as=agent")
    sandbox.workspace.modals.open("U0AGENT", modal("Asked", section("Asked: see <#C0SUPPORT>.")))
    window.get_by_role("dialog").get_by_role("link", name="#support").click()
    window.wait_for_url(f"{sandbox.url}/channels/support?as=agent")
    expect(window.get_by_role("dialog")).to_have_count(0)
    assert not sandbox.workspace.stack("agent")


@pytest.mark.parametrize(("when", "told"), [(None, ["ana"]), (["on_character_entered"], ["a", "an", "ana"])])
def test_a_field_tells_the_app_of_typing_or_of_enter_as_it_says(
    app: App, sandbox: Sandbox, visit: Visit, when: list[str] | None, told: list[str]
) -> None:
    window = visit()
    config = {"dispatch_action_config": {"trigger_actions_on": when}} if when else {}
    element = {"type": "plain_text_input", "action_id": "who", **config}
    sandbox.workspace.modals.open("U0AGENT", modal("Form", field("user", "User", element, dispatch_action=True)))
    user = window.get_by_role("dialog").get_by_label("User")
    user.press_sequentially("ana")
    if when is None:
        user.press("Enter")

    def heard() -> list[str]:
        return sorted(each.payload["actions"][0]["value"] for each in sandbox.workspace.envelopes.sent)

    sandbox.workspace.wait_for(lambda: heard() == told)
    # The form is still there: Enter told the app, and submitted nothing.
    expect(user).to_be_visible()

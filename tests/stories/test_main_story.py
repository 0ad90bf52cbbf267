"""The main job: an agent asks, the desk explains, a lead approves, it is done."""

from sandbox.testing import LivePool
from tests.stories.floor import Floor, text_of


def test_from_a_customer_s_call_to_a_verified_address(floor: Floor, pool: LivePool) -> None:
    pool.add("ada", email="ada@example.com", email_verified=False)

    floor.types("agent", "/cognito-check ada@example.com")
    check = floor.slack.wait_for_message("ada@example.com")
    assert "prod · ada · asked by <@U0AGENT> · " in check.text
    why = floor.reads_thread("Why", check)
    assert "Tell the customer" in why.text

    floor.clicks("agent", "Mark as verified…")
    form = floor.form("agent", "Mark as verified")
    assert "prod · ada" in text_of(form)
    assert [each.label for each in form.inputs] == ["Proof", "Reason"]
    assert "One lead has to agree." in text_of(form)
    floor.submits("agent", reason="Proved the mailbox on the phone")
    assert floor.slack.view("agent") is None

    card = floor.reads_card("Needs a lead")
    assert "<!subteam^S0LEADS>, one of you please." in card.text
    assert "Proved the mailbox on the phone" in card.text
    assert "ada · verified: no → yes" in card.text
    assert "AdminUpdateUserAttributes(ada, email_verified=true)" in card.text
    link = floor.reads_thread("to the card ↗", check)
    assert card.ts.replace(".", "") in link.text
    assert f"p{check.ts.replace('.', '')}|from the case ↗>" in floor.card.text

    floor.clicks("agent", "Approve")
    floor.told("agent", "You asked for this, so someone else has to approve it.")
    assert not pool.user("ada").email_verified

    floor.clicks("lead1", "Approve")
    done = floor.reads_card("✅ Done: ada has ada@example.com, verified")
    assert "seen <!date" in done.text
    assert [button.label for button in done.buttons] == ["Undo"]
    assert pool.user("ada").email_verified
    result = floor.reads_thread("<@U0AGENT>: done:")
    assert "AWS request id" in result.text
    assert "Tell the customer: “Your e-mail address is confirmed." in result.text
    assert floor.audited == ["requested", "refused", "approved", "started", "sending", "sent", "re-read", "done"]


def test_a_check_says_its_cause_where_a_program_can_read_it(floor: Floor, pool: LivePool) -> None:
    pool.add("ada", email="ada@example.com", email_verified=True)

    floor.types("agent", "/cognito-check ada@example.com")
    # Not any message that names the address: the thread may be there as well by now.
    root = floor.slack.wait_for(lambda: floor.roots)[0]

    works = {
        "sign_in": "yes",
        "sign_in_username": "yes",
        "reset": "email",
        "sign_up_code": "none",
        "verify_code": "email",
        "flag_next": "stays",
    }
    assert root.metadata == {
        "event_type": "desk_check",
        "event_payload": {"cause": "VERIFIED", "pool": "prod", "outlook": works},
    }
    floor.quiet()
    assert len(floor.roots) == 1


def test_the_same_works_with_a_word_after_the_bare_command(floor: Floor, pool: LivePool) -> None:
    pool.add("ada", email="ada@example.com", email_verified=False)

    floor.types("agent", "/cognito check ada@example.com")
    floor.slack.wait_for_message("ada@example.com")


def test_the_bare_command_lists_everything_there_is(floor: Floor, pool: LivePool) -> None:
    pool.add("ada", email="ada@example.com", email_verified=False)

    floor.types("agent", "/cognito")
    menu = floor.modal_says("agent", "What is the matter?")
    assert [button.label for button in menu.buttons][:2] == ["Find out why", "Send a new code"]

    floor.clicks("agent", "Mark as verified")
    form = floor.form("agent", "Mark as verified")
    assert form.id == menu.id
    floor.submits("agent", user="ada", reason="called back")
    floor.reads_card("Needs a lead")


def test_a_command_without_a_customer_opens_its_form(floor: Floor, pool: LivePool) -> None:
    pool.add("ada", email="ada@example.com", email_verified=False)

    floor.types("agent", "/cognito-check")
    floor.form("agent", "Find out why")
    floor.submits("agent", user="ada@example.com")
    floor.modal_says("agent", "Answered: see")
    floor.slack.wait_for_message("ada@example.com")


def test_a_lead_denies_and_says_why(floor: Floor, pool: LivePool) -> None:
    pool.add("ada", email="ada@example.com", email_verified=False)
    floor.asks("/cognito-verify-email ada")

    floor.clicks("lead1", "Deny")
    floor.form("lead1", "Deny")
    floor.submits("lead1", reason="Call the customer back on the number on file first")
    floor.modal_says("lead1", "Denied.")

    card = floor.reads_card("⛔ Denied")
    assert "Denied by <@U0LEAD1>: “Call the customer back on the number on file first”" in card.text
    assert card.buttons == ()
    floor.reads_thread("<@U0AGENT>: <@U0LEAD1> denied this: “Call the customer back")
    assert not pool.user("ada").email_verified
    assert floor.audited == ["requested", "denied"]


def test_the_agent_withdraws(floor: Floor, pool: LivePool) -> None:
    pool.add("ada", email="ada@example.com", email_verified=False)
    floor.asks("/cognito-verify-email ada")

    floor.clicks("lead1", "Withdraw")
    floor.told("lead1", "Only <@U0AGENT>, who asked for this, can withdraw it.")
    floor.clicks("agent", "Withdraw")

    floor.reads_card("Withdrawn")
    assert not pool.user("ada").email_verified


def test_a_second_click_is_told_who_was_first(floor: Floor, pool: LivePool) -> None:
    pool.add("ada", email="ada@example.com", email_verified=False)
    card = floor.asks("/cognito-verify-email ada")
    (approve,) = (button for button in card.buttons if button.label == "Approve")
    floor.clicks("lead1", "Deny")
    floor.form("lead1")
    floor.submits("lead1", reason="not today")
    floor.reads_card("Denied")

    # As seen on a screen that has not been redrawn yet.
    floor.slack.clicks("lead2", approve, card)
    floor.told("lead2", "<@U0LEAD1> was faster: denied at")
    assert not pool.user("ada").email_verified


def test_only_leads_are_asked_why(floor: Floor, pool: LivePool) -> None:
    pool.add("ada", email="ada@example.com", email_verified=False)
    floor.asks("/cognito-verify-email ada")

    floor.clicks("agent", "Deny")
    floor.told("agent", "Only leads can deny. To take it back, press Withdraw.")
    floor.modal_says("agent", "Only leads can deny. To take it back, press")
    floor.clicks("guest", "Deny", floor.card)
    told = floor.told("guest", "Only leads can deny.")
    assert "Withdraw" not in told.text
    assert floor.audited == ["requested", "refused", "refused"]


def test_two_leads_in_the_same_moment_have_one_effect(floor: Floor, pool: LivePool) -> None:
    pool.add("ada", email="ada@example.com", email_verified=False)
    card = floor.asks("/cognito-verify-email ada")
    (approve,) = (button for button in card.buttons if button.label == "Approve")

    for lead in ("lead1", "lead2", "lead1"):
        floor.slack.clicks(lead, approve, card)

    floor.reads_card("Done")
    floor.quiet()
    assert [call.operation for call in pool.calls].count("AdminUpdateUserAttributes") == 1
    assert floor.audited.count("sent") == 1

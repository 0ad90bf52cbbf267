"""Bad input: a clear answer to the person alone; nothing is posted, nothing is changed."""

import pytest

from sandbox.testing import CognitoServer, LivePool
from tests.stories.floor import Floor

HOSTILE = "<!channel> <@U0LEAD1> \u202egro.elpmaxe@ada *x* <https://evil.example|good>"


@pytest.fixture(autouse=True)
def ada(pool: LivePool) -> None:
    pool.add("ada", email="ada@example.com", email_verified=False)


def nothing_happened(floor: Floor, pool: LivePool) -> bool:
    floor.quiet()
    writes = {call.operation for call in pool.calls if call.operation.startswith("AdminUpdate")}
    return floor.is_silent() and not writes


@pytest.mark.parametrize(
    ("typed", "told"),
    [
        ("/cognito-check nobody@example.com", 'No account in prod has "nobody@example.com".'),
        ("/cognito-check adda@example.com", "Close to it: ada@example.com."),
        ('/cognito-check "ada"@example.com', "No account in prod has"),
        ("/cognito-check " + "x" * 3000, "User: This is too long: at most 320 characters."),
        ("/cognito-check <!channel>", "This is a person, a channel or a group in Slack, not a customer."),
        ("/cognito-check ada\u202e@example.com", "no blanks or hidden characters"),
        ("/cognito-check ada example", "no blanks or hidden characters"),
        ("/cognito-verify-email " + "x" * 3000, "User: This is too long: at most 320 characters."),
        ("/cognito-verify-email ad\u202ea", "no blanks or hidden characters"),
        ("/cognito nonsense ada", 'There is no command "nonsense".'),
        ("/cognito <!channel>", "is in Slack, and no customer."),
    ],
)
def test_what_can_not_be_answered_is_said_to_the_person_alone(
    floor: Floor, pool: LivePool, typed: str, told: str
) -> None:
    floor.types("agent", typed)
    ephemeral = floor.told("agent", told)

    assert "<!channel>" not in ephemeral.text
    assert "\u202e" not in ephemeral.text
    assert nothing_happened(floor, pool)


def test_upper_case_letters_lead_to_whoever_spells_it_otherwise(floor: Floor) -> None:
    floor.types("agent", "/cognito-check ADA@Example.com")
    floor.told("agent", "Close to it: ada@example.com.")
    assert floor.is_silent()

    floor.clicks("agent", "Check ada@example.com")
    floor.slack.wait_for_message("ada@example.com")


def test_whoever_calls_themselves_like_a_customers_address_is_asked_about(floor: Floor, pool: LivePool) -> None:
    called = {"preferred_username": "ada@example.com"}
    pool.add("thief", email="ada@example.com", email_verified=False, attributes=called)
    floor.types("agent", "/cognito-verify-email ada@example.com")
    floor.form("agent")
    floor.submits("agent", reason="Proved the mailbox on the phone")

    floor.modal_says("agent", "Two accounts have ada@example.com. Which one?")
    assert nothing_happened(floor, pool)
    floor.submits("agent", user=pool.user("ada").sub)
    assert "for ada" in floor.reads_card("needs 2 leads").text


@pytest.mark.parametrize("typed", ["Ada Lovelace <ada@example.com>", "`ada@example.com`.", "mailto:ada@example.com"])
def test_what_mails_and_clients_add_to_an_address_is_forgiven(floor: Floor, typed: str) -> None:
    floor.types("agent", f"/cognito-check {typed}")
    floor.slack.wait_for_message("ada@example.com can't reset the password")


def test_smart_quotes_of_a_phone_are_no_part_of_an_address(floor: Floor) -> None:
    floor.types("agent", "/cognito-check “ada@example.com”")

    floor.slack.wait_for_message("ada@example.com")


def test_a_close_match_is_one_click_away(floor: Floor) -> None:
    floor.types("agent", "/cognito-check adda@example.com")
    floor.clicks("agent", "Check ada@example.com")

    floor.slack.wait_for_message("ada@example.com")


def test_hostile_text_in_a_reason_and_in_a_customer_s_name_stays_text(floor: Floor, pool: LivePool) -> None:
    # A user name may hold any letter, mark, symbol, number and punctuation.
    pool.add("<!channel>", email="evil@example.com", email_verified=False)
    card = floor.asks("/cognito-verify-email evil@example.com", reason=HOSTILE)
    floor.clicks("lead1", "Deny")
    floor.form("lead1")
    floor.submits("lead1", reason=HOSTILE)
    floor.reads_card("Denied")

    for text in (card.text, floor.card.text, floor.reads_thread("denied this").text):
        assert "<!channel>" not in text
        assert "\u202e" not in text
        assert "<https://evil" not in text
        assert "&lt;!channel&gt;" in text


def test_a_reason_that_is_too_short_stays_under_its_field(floor: Floor, pool: LivePool) -> None:
    floor.types("agent", "/cognito-verify-email ada")
    floor.form("agent")
    floor.submits("agent", reason="  x  ")

    view = floor.slack.wait_for(lambda: (seen := floor.slack.view("agent")) and seen.errors and seen)
    assert view
    assert list(view.errors) == ["reason"]
    assert nothing_happened(floor, pool)


@pytest.mark.parametrize("typed", ["/cognito", "/cognito-check ada", "/cognito-verify-email ada", "/cognito-check"])
def test_a_channel_that_is_not_allowed(floor: Floor, pool: LivePool, typed: str) -> None:
    for channel in ("#general", "#random"):
        before = len(floor.slack.ephemeral("agent"))
        floor.types("agent", typed, channel=channel)
        floor.slack.wait_for(lambda seen=before: len(floor.slack.ephemeral("agent")) > seen)  # type: ignore[misc]
        assert "doesn't work in this channel" in floor.slack.ephemeral("agent")[-1].text

    assert floor.slack.stack("agent") == ()
    assert nothing_happened(floor, pool)
    assert floor.audited == ["refused", "refused"]


@pytest.mark.parametrize("typed", ["/cognito", "/cognito-check ada", "/cognito-verify-email ada"])
def test_someone_who_is_no_agent(floor: Floor, pool: LivePool, typed: str) -> None:
    floor.types("guest", typed)
    floor.told("guest", "Only the support team can ask for this.")

    assert not [view for view in floor.slack.stack("guest") if view.inputs]
    assert nothing_happened(floor, pool)
    assert not pool.calls
    assert [(row["event"], row["person"]) for row in floor.audit()] == [("refused", floor.slack.person("guest").id)]


def test_whoever_lost_the_right_while_the_form_was_open(floor: Floor, pool: LivePool) -> None:
    floor.types("agent", "/cognito-verify-email ada")
    floor.form("agent")
    floor.leaves_group("agent", "S0SUPPORT")
    # The desk remembers who is who for a minute, but not longer than it lives.
    floor.closes()
    floor.opens()
    floor.submits("agent", reason="called back")

    floor.told("agent", "Only the support team can ask for this.")
    assert floor.is_silent()
    assert floor.audited == ["refused"]


@pytest.mark.parametrize("person", ["guest", "outsider"])
def test_anyone_may_press_an_offer_but_only_an_agent_gets_its_form(floor: Floor, person: str) -> None:
    floor.types("agent", "/cognito-check ada")
    check = floor.slack.wait_for_message("ada@example.com")
    place = floor.reads_thread("Send a new code", check)
    floor.clicks(person, "Send a new code", place)

    floor.told(person, "Only the support team can ask for this.")
    assert not [view for view in floor.slack.stack(person) if view.inputs]


@pytest.mark.parametrize("person", ["guest", "outsider"])
@pytest.mark.parametrize("button", ["Approve", "Deny"])
def test_guests_and_outsiders_decide_nothing(floor: Floor, pool: LivePool, person: str, button: str) -> None:
    floor.asks("/cognito-verify-email ada")
    floor.clicks(person, button, floor.card)

    floor.told(person, f"Only leads can {button.lower()}.")
    assert not pool.user("ada").email_verified


@pytest.mark.parametrize(
    ("value", "told"),
    [
        ("{}", "This button is of an older kind."),
        ("nonsense", "This button is of an older kind."),
        ('{"scenario":"check","pool":"gone","fields":{},"origin":null}', "There is no pool gone here any more."),
        ('{"scenario":"gone","pool":"prod","fields":{},"origin":null}', "There is no command gone."),
        ('{"scenario":"check","pool":"prod","fields":{"user":"a b"},"origin":null}', "no blanks or hidden characters"),
    ],
)
def test_an_offer_that_nobody_made_starts_nothing(floor: Floor, pool: LivePool, value: str, told: str) -> None:
    button = {"type": "button", "action_id": "offer:0", "text": {"type": "plain_text", "text": "Go"}, "value": value}
    forged = floor.posts("forged", [{"type": "actions", "elements": [button]}])
    floor.clicks("agent", "Go", forged)

    floor.told("agent", told)
    assert floor.audited == []
    assert not pool.calls


def test_an_offer_can_not_make_a_card_answer_in_a_thread_of_another_channel(floor: Floor) -> None:
    value = '{"scenario":"verify-email","pool":"prod","fields":{"user":"ada","secret":"x"},"origin":4711}'
    button = {"type": "button", "action_id": "offer:0", "text": {"type": "plain_text", "text": "Go"}, "value": value}
    floor.clicks("agent", "Go", floor.posts("forged", [{"type": "actions", "elements": [button]}]))
    floor.form("agent")
    floor.submits("agent", reason="called back")

    assert "from the case" not in floor.reads_card("Needs a lead").text


def test_a_pool_that_cognito_does_not_know(floor: Floor, cognito: CognitoServer) -> None:
    cognito.faults.fail("ResourceNotFoundException", "User pool us-east-1_x does not exist.")
    floor.types("agent", "/cognito-check ada")

    floor.told("agent", "Please tell the operator to check the pool's id")
    assert floor.is_silent()


def test_credentials_that_aws_refuses(floor: Floor, cognito: CognitoServer) -> None:
    cognito.faults.refuse_credentials()
    floor.types("agent", "/cognito-check ada")

    floor.told("agent", "tell the operator")
    assert floor.is_silent()


def test_credentials_that_are_missing(floor: Floor, monkeypatch: pytest.MonkeyPatch) -> None:
    floor.closes()
    for name in ("AWS_ACCESS_KEY_ID", "AWS_SECRET_ACCESS_KEY"):
        monkeypatch.delenv(name)
    floor.opens()
    floor.types("agent", "/cognito-check ada")

    floor.told("agent", "credentials")
    assert floor.is_silent()

"""The Home tab and the shortcut as people meet them: what waits, a decision from there, and a message that asks."""

from sandbox.testing import LivePool, View, texts_of
from tests.stories.floor import SUPPORT, Floor


def read(home: View) -> str:
    return " ".join(texts_of(home.blocks))


def opens(floor: Floor, person: str, words: str) -> View:
    """Let somebody open the tab, and wait until it says this."""
    sent = floor.slack.opens_home(person)
    assert sent is not None
    assert sent.wait().acked
    return shows(floor, person, words)


def shows(floor: Floor, person: str, words: str) -> View:
    def there() -> View | None:
        home = floor.slack.home(person)
        return home if home is not None and words in read(home) else None

    found = floor.slack.wait_for(there)
    assert found is not None
    return found


def test_a_lead_decides_from_home_and_sees_what_came_of_it(floor: Floor, pool: LivePool) -> None:
    pool.add("ada", email="ada@example.com", email_verified=False)
    floor.asks("/cognito-verify-email ada")
    home = opens(floor, "lead1", "Waits for you (1)")
    assert "mark ada@example.com as verified for ada" in read(home)
    assert [each.label for each in home.buttons] == ["Open…", "Check a customer", "History", "More…"]

    floor.slack.clicks("lead1", "Open…", home)
    floor.modal_says("lead1", "AdminUpdateUserAttributes")
    assert not pool.user("ada").email_verified
    floor.submits("lead1")
    floor.reads_card("✅ Done: ada has ada@example.com, verified")
    # Nobody presses anything for that: what one did oneself is drawn at once.
    shows(floor, "lead1", "Waits for you (0)")
    assert "1 done" in read(opens(floor, "agent", "You asked (0)"))


def test_who_loses_their_rights_is_shown_nothing_any_more(floor: Floor, pool: LivePool) -> None:
    pool.add("ada", email="ada@example.com", email_verified=False)
    floor.asks("/cognito-verify-email ada")
    opens(floor, "lead1", "Waits for you (1)")
    floor.leaves_group("lead1", "leads")
    floor.leaves_group("lead1", "support")
    assert "ada" not in read(opens(floor, "lead1", "Nothing here is for you"))


def test_a_customer_is_checked_from_home(floor: Floor, pool: LivePool) -> None:
    pool.add("ada", email="ada@example.com", email_verified=False)
    home = opens(floor, "agent", "Waits for you (0)")
    floor.slack.clicks("agent", "Check a customer", home)
    floor.slack.wait_for_view("agent", "Find out why")
    floor.submits("agent", user="ada")
    floor.slack.wait_for_message("ada@example.com can't reset the password")


def test_a_message_is_checked_in_its_thread_where_no_command_works(floor: Floor, pool: LivePool) -> None:
    pool.add("ada", email="ada@example.com", email_verified=False)
    floor.slack.types("lead2", "ada@example.com writes that she can't reset her password. Who helps?")
    (question,) = floor.slack.messages()
    sent = floor.slack.uses("agent", "Check this customer", question)
    assert sent is not None
    assert sent.wait().acked
    floor.reads_thread("ada@example.com can't", question)
    floor.reads_thread("Tell the customer", question)
    assert floor.slack.messages() == (question,)


def test_where_it_does_not_work_the_person_alone_is_told_where_it_does(floor: Floor) -> None:
    floor.slack.types("agent", "ada@example.com asks", channel="#random")
    floor.slack.uses("agent", "Check this customer", floor.slack.messages("#random")[-1])
    told = floor.slack.wait_for_ephemeral("agent", "The desk doesn't work in this channel.")
    assert f"Use it in <#{SUPPORT}>." in told.text


def test_nobody_is_published_to_who_has_not_opened_it(floor: Floor, pool: LivePool) -> None:
    pool.add("ada", email="ada@example.com", email_verified=False)
    opens(floor, "agent", "You asked (0)")
    floor.asks("/cognito-verify-email ada")
    shows(floor, "agent", "You asked (1)")
    assert floor.slack.home("lead1") is None

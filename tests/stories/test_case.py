"""The root message of a check tells of what is born from it, and how the customer stands after each remedy."""

from dataclasses import replace
from typing import TYPE_CHECKING

from sandbox.testing import CognitoServer, LivePool, Message
from tests.stories.floor import Floor

if TYPE_CHECKING:
    from collections.abc import Mapping

ADDRESS = "ana@example.com"


def _checked(floor: Floor, pool: LivePool, status: str = "CONFIRMED") -> Message:
    pool.add("ana", email=ADDRESS, email_verified=False, status=status)
    floor.types("agent", f"/cognito-check {ADDRESS}")
    floor.slack.wait_for(lambda: floor.roots)
    floor.quiet()
    return floor.roots[0]


def _reads(floor: Floor, root: Message, *words: str) -> Message:
    """Wait until a root message says something."""

    def there() -> Message | None:
        now = floor.slack.current(root)
        return now if all(each in now.text for each in words) else None

    return floor.slack.wait_for(there)  # type: ignore[return-value] # None never gets past wait_for


def _asks(floor: Floor, root: Message) -> None:
    """Press the button of the check and ask the leads."""
    before = len(floor.cards)
    places = (root, *floor.slack.replies(root))
    floor.clicks("agent", "Mark as verified…", next(each for each in places if _has(each, "Mark as verified…")))
    floor.form("agent")
    floor.submits("agent", reason="Called back on the number on file")
    floor.slack.wait_for(lambda: len(floor.cards) > before)


def _has(place: Message, label: str) -> bool:
    return label in [button.label for button in place.buttons]


def _event(root: Message) -> "Mapping[str, object]":
    payload: Mapping[str, object] = (root.metadata or {})["event_payload"]
    return payload


def test_it_says_what_waits_what_was_done_and_how_it_stands_now(floor: Floor, pool: LivePool) -> None:
    root = _checked(floor, pool)
    assert root.text.startswith(f"⚠️ {ADDRESS}")
    assert "prod · ana · asked by <@U0AGENT> · " in root.text
    _asks(floor, root)
    asked = _reads(floor, root, "🟡 Needs a lead: ", " · asked by <@U0AGENT> · ", "card ↗")
    assert not _has(asked, "Mark as verified…")

    floor.clicks("lead1", "Approve", floor.card)
    now = _reads(floor, root, f"✅ {ADDRESS}", "approved by <@U0LEAD1>", "Works now · checked again: ")
    assert _event(now)["cause"] == "VERIFIED"
    assert not now.buttons
    assert [each.ts for each in floor.roots] == [root.ts, floor.card.ts]


def test_a_denial_is_said_and_changes_nothing_else(floor: Floor, pool: LivePool) -> None:
    root = _checked(floor, pool)
    headline = root.text.splitlines()[0]
    _asks(floor, root)
    floor.clicks("lead1", "Deny", floor.card)
    floor.form("lead1")
    floor.submits("lead1", reason="Call the customer back first")
    now = _reads(floor, root, "⛔ Denied by <@U0LEAD1>: “Call the customer back first” · ")
    floor.quiet()
    assert now.text.splitlines()[0] == headline
    assert "Works now" not in floor.slack.current(root).text
    assert _has(now, "Mark as verified…") == _has(root, "Mark as verified…")


def test_what_nobody_decided_in_time_is_said(floor: Floor, pool: LivePool) -> None:
    root = _checked(floor, pool)
    _asks(floor, root)
    floor.time_passes(hours=5)
    _reads(floor, root, "⌛ No decision by ")


def test_where_the_customer_is_not_helped_it_says_what_is_the_matter_now(floor: Floor, pool: LivePool) -> None:
    root = _checked(floor, pool, status="FORCE_CHANGE_PASSWORD")
    floor.asks("/cognito-verify-email ana")
    _reads(floor, root, "🟡 Needs a lead: ", " · asked by <@U0AGENT>")
    floor.clicks("lead1", "Approve", floor.card)
    now = _reads(floor, root, "approved by <@U0LEAD1>", "Checked again: ")
    assert now.text.startswith(f"⚠️ {ADDRESS} can't reset the password: the account still waits for its first sign-in")
    assert "Works now" not in now.text


def test_a_crash_between_the_remedy_and_the_check_after_it_is_made_good(floor: Floor, pool: LivePool) -> None:
    root = _checked(floor, pool)
    _asks(floor, root)
    assert floor.program
    floor.program._rechecks.stop(5)
    floor.clicks("lead1", "Approve", floor.card)
    _reads(floor, root, "⚠️ ", "approved by <@U0LEAD1>", "I am checking how it stands now.")
    floor.closes()
    floor.opens()
    _reads(floor, root, f"✅ {ADDRESS}", "Works now · checked again: ")


def test_where_cognito_cannot_be_read_it_says_so_and_tries_again(
    floor: Floor, pool: LivePool, cognito: CognitoServer
) -> None:
    root = _checked(floor, pool)
    _asks(floor, root)
    assert floor.program
    floor.program._rechecks.stop(5)
    floor.clicks("lead1", "Approve", floor.card)
    _reads(floor, root, "I am checking how it stands now.")
    floor.closes()
    cognito.faults.refuse_credentials()
    floor.opens()
    _reads(floor, root, "How it stands now is not known: ", "I will try again.")
    cognito.faults.clear()
    _reads(floor, root, f"✅ {ADDRESS}", "Works now · checked again: ")


def test_a_pool_that_the_desk_has_no_more_is_not_read(floor: Floor, pool: LivePool) -> None:
    root = _checked(floor, pool)
    _asks(floor, root)
    assert floor.program
    floor.program._rechecks.stop(5)
    floor.clicks("lead1", "Approve", floor.card)
    _reads(floor, root, "I am checking how it stands now.")
    floor.closes()
    pools = floor.settings.pools
    floor.settings = replace(floor.settings, pools={"other": pools["prod"]})
    pool_calls = len(pool.calls)
    floor.opens()
    _reads(floor, root, "⚠️ ", "How it stands now is not known: the desk doesn't work in this pool any more.")
    assert not [call for call in pool.calls[pool_calls:] if call.operation in ("AdminGetUser", "ListUsers")]


def test_a_customer_action_answers_in_the_thread(floor: Floor, pool: LivePool) -> None:
    root = _checked(floor, pool)
    place = next(each for each in (root, *floor.slack.replies(root)) if _has(each, "Send a new code"))
    floor.clicks("agent", "Send a new code", place)
    floor.form("agent")
    floor.submits("agent", token=pool.token("ana"))
    sent = floor.reads_thread("Cognito sent a code to", root)
    _reads(floor, root, "Cognito sent a code to", " · <@U0AGENT> · ", "Checked again: ")

    floor.clicks("agent", "Enter the code", sent)
    floor.form("agent")
    floor.submits("agent", code=pool.mail[-1].code, token=pool.token("ana"))
    _reads(floor, root, f"✅ {ADDRESS}", "Works now · checked again: ")
    assert [each.ts for each in floor.roots] == [root.ts]


def test_a_second_check_says_what_waits_and_leads_to_the_first(floor: Floor, pool: LivePool) -> None:
    root = _checked(floor, pool)
    _asks(floor, root)
    floor.quiet()
    floor.types("lead2", "/cognito-check ana")
    floor.slack.wait_for(lambda: len(floor.roots) == 3)
    second = _reads(floor, floor.roots[-1], "🟡 Needs a lead: ", " · already asked by <@U0AGENT>, ", "card ↗")
    assert "the earlier case ↗" in second.text

    floor.clicks("lead1", "Approve", floor.card)
    for each in (root, second):
        _reads(floor, each, f"✅ {ADDRESS}", "approved by <@U0LEAD1>")


def test_a_root_that_somebody_has_deleted_stays_deleted(floor: Floor, pool: LivePool) -> None:
    root = _checked(floor, pool)
    _asks(floor, root)
    floor.quiet()
    floor.slack.conversations.delete(root)
    floor.clicks("lead1", "Approve", floor.card)
    floor.reads_card("✅ Done")
    floor.quiet()
    assert [each.ts for each in floor.roots] == [floor.card.ts]


def test_of_two_accounts_that_can_not_both_own_the_address_it_tells_of_the_one_that_was_helped(
    floor: Floor, pool: LivePool
) -> None:
    pool.add("ben.old", email="ben@example.com", email_verified=False)
    pool.add("ben.new", email="ben@example.com", email_verified=True)
    floor.types("agent", "/cognito-check ben@example.com")
    floor.slack.wait_for(lambda: floor.roots)
    root = floor.roots[0]
    assert root.text.startswith("⚠️ ben@example.com: the address signs in to ben.new, not to ben.old")
    place = floor.reads_thread("Take the address for ben.old…", root)
    floor.clicks("agent", "Take the address for ben.old…", place)
    floor.form("agent")
    floor.submits("agent", reason="Called back on the number on file")
    _reads(floor, root, "🔴 High risk · needs two leads: ")
    floor.both_leads_approve("High risk")
    now = _reads(floor, root, "✅ ben.old · ben@example.com works", "approved by <@U0LEAD1> and <@U0LEAD2>")
    assert "ℹ️ ben.new · ben@example.com: the address signs in to ben.old, not to ben.new" in now.text


def test_an_undo_is_told_and_checked_after(floor: Floor, pool: LivePool) -> None:
    root = _checked(floor, pool)
    _asks(floor, root)
    floor.clicks("lead1", "Approve", floor.card)
    _reads(floor, root, "✅ ", "Works now · ")
    done = floor.card
    floor.clicks("agent", "Undo", done)
    floor.form("agent", "Undo")
    floor.submits("agent", reason="It was the wrong customer")
    _reads(floor, root, "🔴 High risk · needs two leads: undo: ")
    floor.both_leads_approve("High risk")
    now = _reads(floor, root, f"⚠️ {ADDRESS}", "↩ Done, and undone since: ")
    assert "Works now" not in now.text


def test_what_was_done_for_a_customer_is_not_lost_with_the_root(floor: Floor, pool: LivePool) -> None:
    root = _checked(floor, pool)
    place = next(each for each in (root, *floor.slack.replies(root)) if _has(each, "Send a new code"))
    floor.clicks("agent", "Send a new code", place)
    floor.form("agent")
    floor.slack.conversations.delete(root)
    floor.submits("agent", token=pool.token("ana"))
    floor.slack.wait_for(lambda: [each.text for each in floor.roots if "Cognito sent a code to" in each.text])
    floor.quiet()
    assert len(floor.roots) == 1

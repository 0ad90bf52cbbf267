"""What is left of a message that Slack refuses in part, and how long nothing is tried where it takes nothing."""

from typing import Any

import pytest

from bot.slack import blocks, giving_way
from bot.slack.giving_way import Pauses
from bot.tickets.message import EVERYWHERE, Hold, Message, Method
from bot.tickets.outbox import LONGEST_PAUSE
from bot.words import Link, Person, Words, say
from sandbox.testing import check_message

HEAD = blocks.line(say("{who} asks for <b>", who=Person("U0AGENT")), bold=True)
TABLE = blocks.table(
    ("Account", "What", ""),
    [(say("*{name}*", name="ana"), Words("e-mail"), Words("LOSES it")), (Words("ben"), Words(""), Words(""))],
)
LIST = blocks.bullets([say("{link}", link=Link("https://x.example/", "a & b")), Words("two")])
BUTTONS = {
    "type": "actions",
    "elements": [
        {"type": "button", "action_id": each, "text": blocks.label(each)} for each in ("approve", "deny", "withdraw")
    ],
}
MESSAGE = Message(text="*All* of it\nin &lt;words&gt;", blocks=(HEAD, TABLE, LIST, BUTTONS))


def pointer(*places: str) -> list[str]:
    return [f"[ERROR] unsupported [json-pointer:/blocks/{place}]" for place in places]


def kinds(message: Message | None) -> list[str]:
    assert message is not None
    return [block["type"] for block in message.blocks]


def left(given: Message, told: list[str]) -> Message:
    found = giving_way.lesser(given, told)
    assert found is not None
    assert check_message([dict(block) for block in found.blocks], found.text) == []
    assert found.text == given.text
    return found


@pytest.mark.parametrize("told", [[], pointer("1/type"), pointer("99/type"), ["[ERROR] something [json-pointer:/x]"]])
def test_a_table_gives_way_to_its_lines_with_everything_that_it_says(told: list[str]) -> None:
    found = left(MESSAGE, told)

    assert kinds(found) == ["rich_text", "rich_text", "rich_text", "actions"]
    assert (found.blocks[0], found.blocks[2:]) == (HEAD, (LIST, BUTTONS))
    heading, lines = found.blocks[1]["elements"]
    assert "".join(each["text"] for each in heading["elements"]) == "Account · What\n"
    told_lines = ["".join(each["text"] for each in line["elements"]) for line in lines["elements"]]
    assert told_lines == ["ana · e-mail · LOSES it", "ben · – · –"]
    assert lines["elements"][0]["elements"][0]["style"] == {"bold": True}


def test_another_block_that_is_named_gives_way_to_its_text_and_the_table_stays() -> None:
    found = left(MESSAGE, pointer("2/elements/0/type", "0/elements"))

    assert kinds(found) == ["section", "table", "section", "actions"]
    assert found.blocks[0]["text"]["text"] == "<@U0AGENT> asks for &lt;b&gt;"
    assert found.blocks[2]["text"]["text"] == "• <https://x.example/|a &amp; b>\n• two"


def test_only_the_button_that_is_named_goes() -> None:
    found = left(MESSAGE, pointer("3/elements/1/value"))

    assert [each["action_id"] for each in found.blocks[3]["elements"]] == ["approve", "withdraw"]
    assert kinds(left(MESSAGE, pointer("3"))) == ["rich_text", "table", "rich_text"]


def test_what_names_nothing_leaves_the_words_and_the_buttons_and_last_of_all_the_words() -> None:
    lines = left(MESSAGE, [])
    bare = left(lines, [])
    assert kinds(bare) == ["section", "actions"]
    assert bare.blocks[0]["text"]["text"] == MESSAGE.text
    assert left(bare, []).blocks == ()
    assert giving_way.lesser(left(bare, []), []) is None


def test_a_long_text_is_all_there_in_as_many_sections_as_it_needs() -> None:
    text = "\n".join(f"{n}: {'x' * 90}" for n in range(40))
    bare = left(Message(text=text, blocks=(HEAD, BUTTONS)), [])

    assert kinds(bare) == ["section", "section", "actions"]
    assert "\n".join(block["text"]["text"] for block in bare.blocks[:2]) == text


def test_a_reply_that_stands_by_itself_says_first_what_it_is_about() -> None:
    what = say("About {link}:", link=Link("https://x.example/", "this request ↗"))
    found = giving_way.about(MESSAGE, what)

    assert found.blocks[1:] == MESSAGE.blocks
    assert found.text == f"About <https://x.example/|this request ↗>:\n{MESSAGE.text}"
    assert giving_way.about(Message(text="x", blocks=()), what).blocks == ()


@pytest.mark.parametrize(
    ("answer", "told"),
    [
        ({"ok": False}, ()),
        ({"errors": ["a"], "response_metadata": {"messages": ["b"]}}, ("a", "b")),
        ({"response_metadata": None, "errors": None}, ()),
    ],
)
def test_what_slack_says_of_the_blocks_is_found(answer: dict[str, Any], told: tuple[str, ...]) -> None:
    assert giving_way.problems(answer) == told


class Clock:
    def __init__(self) -> None:
        self.now = 1000.0

    def __call__(self) -> float:
        return self.now


def both(channel: str) -> frozenset[Hold]:
    return frozenset({(Method.POST, channel), (Method.UPDATE, channel)})


def tries(pauses: Pauses, clock: Clock, channel: str, seconds: float) -> int:
    """Refuse in a channel whatever is tried in it, as soon as it may be, and count how often that is."""
    end, count = clock.now + seconds, 0
    while clock.now < end:
        if channel not in pauses.closed():
            pauses.refused(channel)
            count += 1
        clock.now += 0.5
    return count


def test_a_channel_that_refuses_is_tried_more_and_more_seldom_and_never_given_up() -> None:
    clock = Clock()
    pauses = Pauses(clock=clock)

    assert tries(pauses, clock, "C0OLD", 60) <= 6
    assert 9 <= tries(pauses, clock, "C0OLD", 600) <= 11
    assert pauses.seconds_left() <= LONGEST_PAUSE
    assert pauses.closed() == {"C0OLD"}
    assert pauses.held() == frozenset()


def test_a_channel_that_takes_something_again_begins_anew() -> None:
    clock = Clock()
    pauses = Pauses(clock=clock)
    tries(pauses, clock, "C0OLD", 300)
    assert pauses.closed() == {"C0OLD"}

    pauses.arrived(1, "C0OLD")
    assert pauses.closed() == frozenset()
    pauses.refused("C0OLD")
    assert pauses.seconds_left() == 2


def test_a_limit_on_posts_holds_the_channel_until_a_second_one_shows_that_it_is_all_of_them() -> None:
    clock = Clock()
    pauses = Pauses(clock=clock)
    pauses.limited(Method.POST, "C0ONE", 30)
    assert pauses.held() == {(Method.POST, "C0ONE")}

    pauses.limited(Method.POST, "C0TWO", 10)
    assert (Method.POST, EVERYWHERE) in pauses.held()
    clock.now += 11
    assert pauses.held() == {(Method.POST, "C0ONE")}
    clock.now += 20
    pauses.limited(Method.POST, "C0TWO", 10)
    assert pauses.held() == {(Method.POST, "C0TWO")}


def test_a_closed_channel_makes_no_limit_of_another_one_everybodys() -> None:
    pauses = Pauses(clock=Clock())
    pauses.refused("C0OLD")
    pauses.limited(Method.POST, "C0SUPPORT", 10)

    assert pauses.held() == {(Method.POST, "C0SUPPORT")}
    assert pauses.closed() == {"C0OLD"}


def test_edits_are_limited_together() -> None:
    pauses = Pauses(clock=Clock())
    pauses.limited(Method.UPDATE, "C0ONE", 30)

    assert pauses.held() == {(Method.UPDATE, EVERYWHERE)}


def test_a_refusal_that_nobody_knows_is_the_messages_own_until_others_share_it() -> None:
    clock = Clock()
    pauses = Pauses(clock=clock)
    assert [pauses.refused_one(1, "C0ODD") for _ in range(3)] == [2, 4, 8]
    assert pauses.held() == frozenset()
    pauses.arrived(2, "C0ODD")
    assert pauses.refused_one(1, "C0ODD") == 16
    assert pauses.closed() == frozenset()

    for conversation in range(3, 6):
        pauses.refused_one(conversation, "C0ODD")
    assert pauses.closed() == {"C0ODD"}


def test_who_is_refused_everywhere_tries_nowhere() -> None:
    pauses = Pauses(clock=Clock())
    pauses.refused(EVERYWHERE)

    assert pauses.held() == both(EVERYWHERE)
    pauses.arrived(1, "C0ANY")

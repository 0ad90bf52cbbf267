"""Answers as Block Kit: complete, within Slack's limits, and never markup by accident."""

import json

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from bot.answer import Answer, Bullets, HandOver, Offer, Offers, Paragraph, Part, Quote, Table, Team
from bot.slack import blocks
from bot.slack.answers import replies, root, thread
from bot.slack.blocks import Press, Topic
from bot.words import Words, say
from sandbox.testing import check_message, text_length
from tests.bot.sample_tickets import HOSTILE
from tests.long_runs import longer

ANA = Offer(label="Mark as verified…", scenario="verify-email", fields={"user": "ana"}, best=True)
PARTS: tuple[Part, ...] = (
    Paragraph(say("*Why* (EMAIL_CHANGED)\nSomeone changed {what}.", what="it")),
    Bullets((say("account `{name}`", name="ana"), say("not federated"))),
    Table(("account", "verified"), ((say("{name}", name="ben"), say("yes")), (say("{name}", name="ana"), say("")))),
    Offers((ANA,)),
    Paragraph(say("*Tell the customer*")),
    Quote(say("Open your profile.")),
)


def test_every_part_is_drawn_and_written() -> None:
    message = blocks.message(PARTS, Topic("prod", 3))

    assert check_message(list(message.blocks), message.text) == []
    assert [block["type"] for block in message.blocks] == [
        *("rich_text", "rich_text", "table"),
        *("actions", "rich_text", "rich_text"),
    ]
    assert message.text.splitlines() == [
        "Why (EMAIL_CHANGED)",
        "Someone changed it.",
        "• account ana",
        "• not federated",
        "account · verified",
        "ben · yes",
        "ana · ",
        "[ Mark as verified… ]",
        "Tell the customer",
        "“Open your profile.”",
    ]


def test_an_offer_holds_ids_and_fields_and_the_best_stands_out() -> None:
    drawn = blocks.button(ANA, Topic("prod", 3), n=0)

    assert json.loads(drawn["value"]) == {
        "scenario": "verify-email",
        "pool": "prod",
        "fields": {"user": "ana"},
        "origin": 3,
    }
    assert drawn["style"] == "primary"


def test_an_offer_that_is_too_long_for_slack_leaves_its_fields_out() -> None:
    long = Offer(label="x" * 100, scenario="verify-email", fields={"user": "a" * 2000})
    drawn = blocks.button(long, Topic("prod", 3), n=0)

    assert json.loads(drawn["value"])["fields"] == {}
    assert check_message([{"type": "actions", "elements": [drawn]}]) == []


def test_buttons_of_several_rows_have_names_of_their_own() -> None:
    drawn = blocks.drawn((Offers((ANA, ANA)), Offers((ANA,))), Topic("prod"))

    assert [each["action_id"] for block in drawn for each in block["elements"]] == ["offer:0", "offer:1", "offer:2"]


def handed(text: str) -> HandOver:
    return HandOver(team=Team.CLOUD, text=say("{text}", text=text), sub="sub-1")


def test_a_hand_over_stands_at_the_end_of_its_row_and_holds_all_that_its_press_needs() -> None:
    row = Offers((ANA,), hand_over=handed("SES is paused."))
    message = blocks.message((row, Offers((), hand_over=row.hand_over), row), Topic("prod", 3, "ana"))

    assert check_message(list(message.blocks), message.text) == []
    drawn = [each for block in message.blocks for each in block["elements"]]
    assert [each["action_id"] for each in drawn] == ["offer:0", "hand-over:1", "hand-over:2", "offer:3", "hand-over:4"]
    assert drawn[1]["text"]["text"] == "Hand over…"
    assert "style" not in drawn[1]
    assert json.loads(drawn[1]["value"]) == {
        "team": "cloud",
        "pool": "prod",
        "origin": 3,
        "user": "ana",
        "sub": "sub-1",
        "text": "SES is paused.",
    }
    assert message.text.splitlines()[:2] == ["[ Mark as verified… ]  [ Hand over… ]", "[ Hand over… ]"]


@pytest.mark.parametrize("text", ["word " * 500, "x" * 3000, "“\n" * 1500, "言葉" * 1500, "\\" * 1990])
def test_a_text_that_is_too_long_for_a_button_is_cut_and_says_so(text: str) -> None:
    hand_over = HandOver(team=Team.CLOUD, text=Words(text))
    message = blocks.message((Offers((), hand_over=hand_over),), Topic("prod", 3, "a" * 320))

    assert check_message(list(message.blocks), message.text) == []
    kept, cut, rest = json.loads(message.blocks[0]["elements"][0]["value"])["text"].partition("… (This was too long")
    assert cut
    assert rest == " for a button. See the thread for the rest.)"
    assert text.startswith(kept)
    assert "word" not in text or kept.endswith(" word")
    # No more than has to go.
    assert len(json.dumps(kept, ensure_ascii=False)) > 1300


def test_a_text_that_just_fits_a_button_is_left_as_it_is() -> None:
    def held_with(text: str) -> str:
        row = blocks.buttons(Offers((), hand_over=handed(text)), Topic("prod", 3, "ana"))
        return str(row["elements"][0]["value"])

    shell = len(held_with(""))
    for spare in (0, 1):
        text = "x" * (2000 - shell + spare)
        held = held_with(text)
        assert len(held) <= 2000
        assert (json.loads(held)["text"] == text) is (spare == 0)


def offers(count: int, user: str = "ana") -> tuple[Offer, ...]:
    return tuple(Offer(label=f"Way {n}", scenario=f"way-{n}", fields={"user": user}) for n in range(count))


@pytest.mark.parametrize(("count", "beside"), [(3, 3), (4, 2), (7, 2), (8, 3), (12, 7)])
def test_of_more_than_three_offers_the_last_ones_stand_in_a_menu(count: int, beside: int) -> None:
    row = Offers(offers(count), hand_over=handed("Help."))
    message = blocks.message((row, row), Topic("prod", 3))

    assert check_message(list(message.blocks), message.text) == []
    elements = message.blocks[0]["elements"]
    kinds = ["offer"] * beside + ["hand-over"] + (["more"] if count > beside else [])
    assert [each["action_id"].partition(":")[0] for each in elements] == kinds
    held = [each["value"] for each in elements[:beside]]
    held += [each["value"] for each in elements[beside + 1 :] for each in each["options"]]
    assert [json.loads(each)["scenario"] for each in held] == [f"way-{n}" for n in range(count)]
    names = [each["action_id"] for block in message.blocks for each in block["elements"]]
    assert len(set(names)) == len(names)
    for n in range(count):
        assert f"[ Way {n} ]" in message.text


def test_offers_that_an_option_has_no_room_for_stay_buttons_each_with_all_that_it_needs() -> None:
    message = blocks.message((Offers(offers(5, user="a" * 120)),), Topic("prod", 3))

    assert check_message(list(message.blocks), message.text) == []
    assert [each["type"] for each in message.blocks[0]["elements"]] == ["button"] * 5
    for each in message.blocks[0]["elements"]:
        assert json.loads(each["value"])["fields"] == {"user": "a" * 120}


def test_what_a_person_has_to_choose_from_is_never_in_a_menu() -> None:
    message = blocks.message((Offers(offers(10), all_shown=True),), Topic("prod", 3))

    assert [each["type"] for each in message.blocks[0]["elements"]] == ["button"] * 10


def answered(*parts: Part, details: tuple[Part, ...] = PARTS) -> Answer:
    return Answer(emoji="🔎", headline=say("so it is"), thread=parts, details=details)


def test_details_are_a_button_at_the_end_of_the_thread_that_asks_the_same_again() -> None:
    asked = Press(scenario="check", pool="prod", fields={"user": "ana"}, origin=3)
    long = Paragraph(say("{text}", text="word " * 500))
    for parts in ((), (PARTS[0],), PARTS, (long, long, *([PARTS[0]] * 60))):
        drawn = thread(answered(*parts), Topic("prod", 3), asked=asked)

        for message in drawn:
            assert check_message(list(message.blocks), message.text) == []
            assert len(message.text) <= 4000
        (button,) = drawn[-1].blocks[-1]["elements"]
        assert (button["action_id"], button["text"]["text"]) == ("details", "Details")
        assert json.loads(button["value"]) == {
            "scenario": "check",
            "pool": "prod",
            "fields": {"user": "ana"},
            "origin": 3,
        }
        assert drawn[-1].text.endswith("[ Details ]")
        assert "details" not in json.dumps([message.blocks for message in drawn[:-1]])


def test_there_is_no_details_button_without_details_nor_where_asking_again_would_do_something() -> None:
    asked = Press(scenario="check", pool="prod", fields={"user": "ana"}, origin=3)
    for drawn in (
        thread(answered(*PARTS, details=()), Topic("prod", 3), asked=asked),
        thread(answered(*PARTS), Topic("prod", 3)),
        thread(
            answered(*PARTS),
            Topic("prod", 3),
            asked=Press(scenario="check", pool="prod", fields={"user": "a" * 2000}, origin=3),
        ),
    ):
        assert "Details" not in json.dumps([message.blocks for message in drawn])


def test_a_modal_has_no_table_but_all_of_its_rows() -> None:
    (drawn,) = blocks.drawn((PARTS[2],), Topic("prod"), in_modal=True)

    assert drawn["elements"][0]["type"] == "rich_text_list"
    assert ["".join(part["text"] for part in row["elements"]) for row in drawn["elements"][0]["elements"]] == [
        "ben · yes",
        "ana · ",
    ]


def test_a_root_says_what_is_the_matter_who_asked_and_where() -> None:
    answer = Answer(
        emoji="🔎",
        headline=say("{address}: changed", address="ana@example.com"),
        thread=(),
        best=ANA,
        event_type="desk_check",
        event={"cause": "EMAIL_CHANGED", "pool": "prod"},
    )
    drawn = root(answer, Topic("prod", 3), who="U0AGENT")

    assert drawn.text.splitlines() == [
        "🔎 ana@example.com: changed",
        "prod · asked by <@U0AGENT>",
        "[ Mark as verified… ]",
    ]
    assert drawn.metadata == {"event_type": "desk_check", "event_payload": answer.event}
    assert check_message(list(drawn.blocks), drawn.text) == []


def test_a_thread_is_split_where_slack_would_refuse_it_and_nothing_is_lost() -> None:
    table = PARTS[2]
    long = Paragraph(say("{text}", text="word " * 500))
    drawn = list(replies((table, table, long, long, *([PARTS[0]] * 60)), Topic("prod", 3)))

    assert len(drawn) > 2
    for message in drawn:
        assert check_message(list(message.blocks), message.text) == []
        assert text_length(list(message.blocks)) <= 13_000
    assert sum(message.text.count("Why (EMAIL_CHANGED)") for message in drawn) == 60
    assert sum(message.text.count("word") for message in drawn) == 1000


def test_one_reply_is_enough_for_an_ordinary_answer() -> None:
    assert len(list(replies(PARTS, Topic("prod", 3)))) == 1


def test_a_table_says_how_many_rows_did_not_fit() -> None:
    rows = tuple((say("{name}", name=f"user-{n}"), say("x" * 200)) for n in range(99))
    message = blocks.message((Table(("a", "b"), rows),), Topic("prod"))

    assert check_message(list(message.blocks), message.text) == []
    assert "more" in json.dumps(message.blocks[0]["rows"][-1])


@pytest.mark.parametrize("cut", range(1, 60))
def test_text_is_never_cut_inside_a_mention_or_an_entity(cut: int) -> None:
    text = "a <@U0AGENT> b &amp; c <https://x.example|label> d"
    kept = blocks.clipped(text, cut)

    assert len(kept) <= max(cut, 1)
    assert kept.count("<") == kept.count(">")
    assert "&" not in kept.replace("&amp;", "")


@settings(max_examples=longer(200), deadline=None)
@given(st.text(max_size=400), st.text(max_size=400))
def test_whatever_a_value_holds_slack_takes_the_message_and_mentions_nobody(one: str, other: str) -> None:
    words = say("*{one}* and `{other}`", one=one, other=other)
    parts = (Paragraph(words), Bullets((words,)), Table(("a", "b"), ((words, Words("")),)), Quote(words))
    message = blocks.message(parts, Topic("prod"))

    assert check_message(list(message.blocks), message.text) == []
    assert "<" not in message.text
    json.dumps(message.blocks)


def test_a_hostile_value_is_text_in_blocks_and_escaped_in_text() -> None:
    message = blocks.message((Paragraph(say("{value}", value=HOSTILE)),), Topic("prod"))

    assert [part["type"] for part in message.blocks[0]["elements"][0]["elements"]] == ["text"]
    assert message.text.startswith("&lt;!channel&gt;")


def test_a_button_shows_what_can_not_be_seen_in_a_name_and_keeps_the_name_as_it_is() -> None:
    drawn = blocks.button(
        Offer(label="Check ana\u3164", scenario="check", fields={"user": "ana\u3164"}), Topic("p", 1), n=0
    )
    assert drawn["text"]["text"] == "Check ana⟨U+3164⟩"
    assert json.loads(drawn["value"])["fields"] == {"user": "ana\u3164"}


def test_so_does_the_text_that_stands_for_the_buttons() -> None:
    row = Offers((Offer(label="Check ana\u3164\x1b[2J", scenario="check", fields={"user": "ana"}),))

    assert blocks.written(row) == "[ Check ana⟨U+3164⟩⟨U+001B⟩[2J ]"

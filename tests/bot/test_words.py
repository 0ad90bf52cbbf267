"""Words: our templates may be markup, what others typed never is."""

import json
from datetime import UTC, datetime

import pytest
from hypothesis import given
from hypothesis import strategies as st

from bot import words
from bot.words import Channel, Group, Link, Moment, Person, Words, from_json, listed, mention, say, to_json, visible

NOON = datetime(2026, 11, 24, 12, 0, tzinfo=UTC)


def test_a_template_marks_bold_and_code_around_values() -> None:
    drawn = say("*{who}* holds `{address}` now", who="ben.new", address="ben@example.com").elements()

    assert drawn == [
        {"type": "text", "text": "ben.new", "style": {"bold": True}},
        {"type": "text", "text": " holds "},
        {"type": "text", "text": "ben@example.com", "style": {"code": True}},
        {"type": "text", "text": " now"},
    ]


def test_a_value_that_looks_like_markup_stays_text() -> None:
    hostile = "<!channel> *bold* `code` {who} <https://evil|good>"
    words = say("Reason: {reason}", reason=hostile)

    assert words.elements()[1] == {"type": "text", "text": hostile}
    assert words.text() == "Reason: &lt;!channel&gt; *bold* `code` {who} &lt;https://evil|good&gt;"
    assert words.plain() == f"Reason: {hostile}"


@pytest.mark.parametrize(
    ("hidden", "shown"),
    [
        ("a\u202eb", "a⟨U+202E⟩b"),
        ("a\u200bb", "a⟨U+200B⟩b"),
        ("a\x00b", "a⟨U+0000⟩b"),
        ("one\ntwo", "one ↵ two"),
        ("a\u3164b\u115f\u1160\uffa0", "a⟨U+3164⟩b⟨U+115F⟩⟨U+1160⟩⟨U+FFA0⟩"),
        ("a\u034fb\ufe0f\U000e0100", "a⟨U+034F⟩b⟨U+FE0F⟩⟨U+E0100⟩"),
        ("a\u2800b\u00ad", "a⟨U+2800⟩b⟨U+00AD⟩"),
        ("plain: 名前 ü é\u00a0»", "plain: 名前 ü é\u00a0»"),
    ],
)
def test_what_hides_or_turns_text_is_made_visible(hidden: str, shown: str) -> None:
    assert visible(hidden) == shown


def test_a_crowd_is_named_in_part_with_how_many_more_there_are() -> None:
    assert listed(["ana", "ben"]) == "ana, ben"
    assert listed(f"n{n}" for n in range(300)) == "n0, n1, n2, n3, n4, n5, n6, n7, n8, n9 and 290 more"


def test_mentions_dates_and_links_are_live_in_both_forms() -> None:
    words = say(
        "{leads}, {who}: until {until}, {card}",
        leads=mention("S0LEADS"),
        who=mention("U0AGENT"),
        until=Moment(NOON),
        card=Link("https://example.slack.com/archives/C1/p1", "the card ↗"),
    )

    kinds = [element["type"] for element in words.elements()]
    assert kinds == ["usergroup", "text", "user", "text", "date", "text", "link"]
    assert words.text() == (
        "<!subteam^S0LEADS>, <@U0AGENT>: until "
        f"<!date^{int(NOON.timestamp())}^{{date_short_pretty}}, {{time}}|Nov 24, 2026, 12:00 UTC>, "
        "<https://example.slack.com/archives/C1/p1|the card ↗>"
    )


def test_what_stands_before_a_date_is_part_of_it() -> None:
    """So that Slack doesn't begin with “Today” in the middle of a sentence."""
    words = from_json(to_json(say("asked · {until}", until=Moment(NOON, before="until "))))
    date = words.elements()[1]
    assert date["format"] == "until {date_short_pretty}, {time}"
    assert date["fallback"] == "until Nov 24, 2026, 12:00 UTC"
    assert words.text().endswith("^until {date_short_pretty}, {time}|until Nov 24, 2026, 12:00 UTC>")
    assert words.plain() == "asked · until Nov 24, 2026, 12:00 UTC"


def test_a_missing_value_is_an_error_not_a_gap() -> None:
    with pytest.raises(KeyError):
        say("{who} asked").plain()


values = st.one_of(
    st.text(),
    st.integers(),
    st.builds(Person, st.text()),
    st.builds(Group, st.text()),
    st.builds(Channel, st.text()),
    st.builds(Moment, st.datetimes(timezones=st.just(UTC))),
    st.builds(Link, st.text(), st.text()),
)


@given(value=values)
def test_words_survive_the_database(value: str | int | Person | Group | Channel | Moment | Link) -> None:
    words = Words("before {value} after", (("value", value),))

    assert from_json(json.loads(json.dumps(to_json(words)))) == words


@given(typed=st.text())
def test_nothing_typed_can_mention_anyone_or_start_a_link(typed: str) -> None:
    words = say("{typed}", typed=typed)

    assert "<" not in words.text()
    assert all(element["type"] == "text" for element in words.elements())


def test_words_in_words_keep_their_mentions_and_their_gaps_apart() -> None:
    one, two = say("{who} asked", who=Person("U0AGENT")), say("*{who}* said {what}", who="{who}", what="*no*")

    assert words.joined([one, two], " · ").text() == "<@U0AGENT> asked · {who} said *no*"
    whole = words.within("{who}: {one}; {two}.", who="ana", one=one, two=two)
    assert whole.text() == "ana: <@U0AGENT> asked; {who} said *no*."

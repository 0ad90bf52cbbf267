from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from sandbox.slack.page.rich_text import rich_text
from tests.sandbox.page.drawing import READER, Page, harmless

Json = dict[str, Any]
TAGS = (
    *("a", "bdi", "blockquote", "br", "code", "div", "em", "li", "mark", "ol", "pre", "rect", "s", "span", "strong"),
    *("svg", "time", "u", "ul"),
)


def section(*parts: Json) -> Json:
    return {"type": "rich_text_section", "elements": list(parts)}


def text(words: str, **style: bool) -> Json:
    return {"type": "text", "text": words, **({"style": style} if style else {})}


def listed(style: str, *items: str, **more: int) -> Json:
    return {"type": "rich_text_list", "style": style, "elements": [section(text(one)) for one in items], **more}


def drawn(*parts: Json) -> Page:
    return Page(rich_text([section(*parts)], READER))


@pytest.mark.parametrize(
    ("style", "tag"),
    [
        ("bold", "strong"),
        ("italic", "em"),
        ("strike", "s"),
        ("code", "code"),
        ("underline", "u"),
        ("highlight", "mark"),
    ],
)
def test_a_style_becomes_its_element(style: str, tag: str) -> None:
    page = drawn(text("words", **{style: True}))
    assert page.all(tag)
    assert page.words == "words"


def test_styles_go_together() -> None:
    html = rich_text([section(text("x", bold=True, italic=True, code=True))], READER)
    assert html == '<div class="rich-section"><em><strong><code>x</code></strong></em></div>'


@pytest.mark.parametrize(
    ("part", "words"),
    [
        (text("*literal* <b>\ntwo lines"), "*literal* <b>\ntwo lines"),
        ({"type": "link", "url": "https://a.example", "text": "words"}, "words"),
        ({"type": "link", "url": "https://a.example"}, "https://a.example"),
        ({"type": "link", "url": "javascript:alert(1)", "text": "words"}, "words"),
        ({"type": "user", "user_id": "U0LENA"}, "@Lena"),
        ({"type": "usergroup", "usergroup_id": "S0LEADS"}, "@leads"),
        ({"type": "channel", "channel_id": "C0SUPPORT"}, "#support"),
        ({"type": "broadcast", "range": "here"}, "@here"),
        ({"type": "team", "team_id": "T0DESK"}, "@T0DESK"),
        ({"type": "emoji", "name": "tada", "unicode": "1f389"}, "🎉"),
        ({"type": "emoji", "name": "wave", "skin_tone": 4}, "👋🏽"),
        ({"type": "emoji", "name": "unheard_of"}, ":unheard_of:"),
        ({"type": "date", "timestamp": 1772690828, "format": "{date_num}", "fallback": "x"}, "2026-03-05"),
        ({"type": "date", "timestamp": 1772690828, "format": "{nonsense}", "fallback": "x"}, "x"),
        ({"type": "color", "value": "#ff0000"}, "#ff0000"),
        ({"type": "color", "value": '"><b>'}, '"><b>'),
    ],
)
def test_every_kind_of_part_is_drawn(part: Json, words: str) -> None:
    page = drawn(part)
    assert page.words == words
    harmless(page, TAGS)


def test_lists_are_bulleted_or_numbered_and_nested_by_indent() -> None:
    page = Page(rich_text([listed("bullet", "a", "b"), listed("ordered", "c", indent=1, offset=4)], READER))
    assert page.one("ul")["class"] == "rich-list level-0"
    assert page.one("ol") == {"class": "rich-list level-1", "start": "5"}
    assert len(page.all("li")) == 3


def test_quotes_and_preformatted_text_keep_what_stands_in_them() -> None:
    quote = {"type": "rich_text_quote", "elements": [text("said")]}
    code = {"type": "rich_text_preformatted", "elements": [text("*x* <y>"), {"type": "link", "url": "https://a.b"}]}
    page = Page(rich_text([quote, code], READER))
    assert page.all("blockquote")
    assert page.all("pre")
    assert page.words == "said*x* <y>https://a.b"


@settings(deadline=None)
@given(st.text(), st.sampled_from(["text", "url", "user_id", "name", "range", "value", "fallback", "format"]))
def test_no_part_becomes_active(words: str, key: str) -> None:
    for kind in ("text", "link", "user", "usergroup", "channel", "broadcast", "emoji", "date", "color", "team", words):
        harmless(drawn({"type": kind, "text": "x", key: words}), TAGS)

from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from sandbox.slack.model import View
from sandbox.slack.page.place import Place
from tests.sandbox.page.drawing import Page, draw
from tests.sandbox.slack.made_up_app import actions, button, field, mrkdwn, option, plain, section

Json = dict[str, Any]


def test_a_section_shows_its_text_its_fields_and_its_accessory() -> None:
    block = section("*Why*") | {"fields": [mrkdwn("one"), plain("*two*")], "accessory": button("Send a new code")}
    page = Page(draw(block))
    assert page.all("strong")
    assert [one for one in ("Why", "one", "*two*", "Send a new code") if one in page.words] == [
        *("Why", "one", "*two*", "Send a new code")
    ]
    assert "with-accessory" in page.classes()


def test_header_divider_and_context_look_like_themselves() -> None:
    page = Page(
        draw(
            {"type": "header", "text": plain(":tada: Done")},
            {"type": "divider"},
            {"type": "context", "elements": [mrkdwn("asked by <@U0LENA>"), plain("pool prod")]},
        )
    )
    assert page.words == "🎉 Doneasked by @Lenapool prod"
    assert [len(page.all(one)) for one in ("h3", "hr", "bdi")] == [1, 1, 1]


def test_a_button_carries_its_ids_and_its_style() -> None:
    block = actions(button("Approve", "approve", style="primary"), button("Deny", "deny", style="danger"))
    page = Page(draw(block | {"block_id": "decision"}))
    approve, deny = page.all("button")
    assert (approve["data-block"], approve["data-action"]) == ("decision", "approve")
    assert ("primary" in approve["class"], "danger" in deny["class"]) == (True, True)


def test_a_button_that_asks_first_has_its_dialog() -> None:
    confirm = {"title": plain("Sure?"), "text": mrkdwn("*Really*"), "confirm": plain("Yes"), "deny": plain("No")}
    page = Page(draw(actions(button("Deny", "deny", confirm=confirm))))
    assert page.all("button")[0]["data-confirm"] == page.one("dialog")["id"]
    assert page.words.split() == ["Deny", "Sure?", "Really", "No", "Yes"]


@pytest.mark.parametrize("address", ["javascript:alert(1)", "data:text/html,x", "//a.example", " https://a.example"])
def test_a_link_button_with_an_unsafe_address_leads_nowhere(address: str) -> None:
    page = Page(draw(actions(button("Go", url=address))))
    assert not page.all("a")
    assert page.one("button")


def test_a_link_button_opens_beside_the_page_and_still_tells_the_app() -> None:
    link = Page(draw(actions(button("Go", "go", url="https://a.example")))).one("a")
    assert (link["href"], link["target"], link["data-action"]) == ("https://a.example", "_blank", "go")


def test_a_link_button_into_the_workspace_stays_in_the_page() -> None:
    link = Page(draw(actions(button("Go", url="http://127.0.0.1:8377/archives/C0SUPPORT/p1000001")))).one("a")
    assert link["href"] == "/archives/C0SUPPORT/p1000001?as=agent"
    assert "target" not in link


def test_a_table_has_heads_alignment_and_cells_of_every_kind() -> None:
    rich = {
        "type": "rich_text",
        "elements": [{"type": "rich_text_section", "elements": [{"type": "text", "text": "r"}]}],
    }
    rows = [
        [{"type": "raw_text", "text": "account"}, {"type": "raw_text", "text": "loses"}],
        [{"type": "raw_text", "text": "ben.old\n<b>"}, rich],
        [{"type": "raw_number", "value": 3, "text": "3"}, {"type": "raw_text", "text": "*yes*"}],
    ]
    settings = [{"align": "right", "is_wrapped": True}, None]
    page = Page(draw({"type": "table", "rows": rows, "column_settings": settings}))
    assert [len(page.all(one)) for one in ("th", "td", "tr")] == [2, 4, 3]
    assert page.all("th")[0]["class"] == "cell right wrapped"
    for words in ("account", "ben.old\n<b>", "r", "3", "*yes*"):
        assert words in page.words


@pytest.mark.parametrize("level", ["default", "info", "warning", "error", "success"])
def test_an_alert_shows_its_level(level: str) -> None:
    page = Page(draw({"type": "alert", "level": level, "text": mrkdwn("*Careful*")}))
    assert {"alert", level} <= page.classes()
    assert page.all("strong")


def test_an_image_is_described_and_never_fetched() -> None:
    page = Page(draw({"type": "image", "alt_text": "A chart", "image_url": "https://a.example/x.png"}))
    assert not page.all("img")
    assert page.one("a")["href"] == "https://a.example/x.png"
    assert "A chart" in page.words


def test_a_kind_that_the_page_does_not_know_is_said_so() -> None:
    page = Page(draw({"type": "<hologram>"}, actions({"type": "<dial>", "action_id": "x"})))
    assert "<hologram>" in page.words
    assert "<dial>" in page.words


def in_view(*blocks: Json, state: Json | None = None, errors: dict[str, str] | None = None) -> Page:
    """The blocks as they stand in a modal."""
    view = View("V1", "U0AIKO", {"blocks": list(blocks)}, "h", "V1", None, state or {}, errors or {})
    return Page(draw(*blocks, place=Place.of_view(view)))


def test_an_input_has_label_hint_and_says_when_it_is_optional() -> None:
    page = in_view(field("user", "User", hint=plain("User name, e-mail or sub"), optional=True))
    typed = page.one("input")
    assert page.one("label")["for"] == typed["id"]
    assert page.words.split() == ["User", "(optional)", "User", "name,", "e-mail", "or", "sub"]
    assert "aria-required" not in typed
    assert typed["name"] == '["user", "value"]'


def test_an_error_stands_under_its_field_which_gets_the_focus() -> None:
    page = in_view(field("user", "User"), field("reason", "Reason"), errors={"reason": "Too <short>"})
    user, reason = page.all("input")
    assert ("aria-invalid" in user, "aria-invalid" in reason) == (False, True)
    assert ("autofocus" in user, "autofocus" in reason) == (False, True)
    assert any(one.get("id") == reason["aria-describedby"] for one in page.all("div"))
    assert "Too <short>" in page.words


@pytest.mark.parametrize(
    ("element", "tag", "attributes"),
    [
        ({"type": "plain_text_input", "max_length": 50}, "input", {"type": "text", "data-most": "50"}),
        (
            {"type": "plain_text_input", "multiline": True, "placeholder": plain("Why")},
            "textarea",
            {"placeholder": "Why"},
        ),
        ({"type": "email_text_input"}, "input", {"type": "email"}),
        ({"type": "url_text_input"}, "input", {"type": "url"}),
        ({"type": "number_input", "is_decimal_allowed": False}, "input", {"inputmode": "numeric"}),
        ({"type": "datepicker"}, "input", {"type": "date"}),
        ({"type": "timepicker"}, "input", {"type": "time"}),
        ({"type": "static_select", "options": [option("a")]}, "select", {}),
        ({"type": "users_select"}, "select", {}),
        ({"type": "radio_buttons", "options": [option("a")]}, "input", {"type": "radio", "value": "a"}),
        ({"type": "checkboxes", "options": [option("a")]}, "input", {"type": "checkbox", "value": "a"}),
        ({"type": "multi_static_select", "options": [option("a")]}, "input", {"type": "checkbox", "value": "a"}),
    ],
)
def test_every_kind_of_field_can_be_filled_in(element: Json, tag: str, attributes: dict[str, str]) -> None:
    drawn = in_view(field("b", "Label", element)).one(tag)
    assert attributes.items() <= drawn.items()
    assert drawn["name"] == '["b", "value"]'


@pytest.mark.parametrize(
    ("kind", "words"),
    [
        ("users_select", ["@Aiko", "@Lena", "@Desk"]),
        ("channels_select", ["#support"]),
        ("conversations_select", ["#support", "@Aiko", "@Lena", "@Desk"]),
    ],
)
def test_selects_of_people_and_channels_offer_those_of_the_workspace(kind: str, words: list[str]) -> None:
    page = in_view(field("b", "Who", {"type": kind}))
    assert "".join(words) in page.words
    assert len(page.all("option")) == len(words) + 1


def test_option_groups_keep_their_labels() -> None:
    groups = [{"label": plain("Older"), "options": [option("a"), option("b")]}, {"label": plain("New"), "options": []}]
    page = in_view(field("b", "Which", {"type": "static_select", "option_groups": groups}))
    assert [one["label"] for one in page.all("optgroup")] == ["Older", "New"]
    assert len(page.all("option")) == 3


def test_fields_show_what_the_person_has_filled_in() -> None:
    one, two = option("one"), option("two")
    state = {
        "text": {"value": {"type": "plain_text_input", "value": 'typed "this"'}},
        "pick": {"value": {"type": "static_select", "selected_option": two}},
        "tick": {"value": {"type": "checkboxes", "selected_options": [one]}},
    }
    page = in_view(
        field("text", "Text"),
        field("pick", "Pick", {"type": "static_select", "options": [one, two]}),
        field("tick", "Tick", {"type": "checkboxes", "options": [one, two]}),
        state=state,
    )
    assert page.all("input")[0]["value"] == 'typed "this"'
    assert [one["value"] for one in page.all("option") if "selected" in one] == ["two"]
    assert [one["value"] for one in page.all("input") if "checked" in one] == ["one"]


def test_an_overflow_menu_lists_its_options() -> None:
    menu = {"type": "overflow", "action_id": "more", "options": [option("a", "Sign up"), option("b", "Pool settings")]}
    page = Page(draw(actions(menu)))
    assert [one["data-answer"] for one in page.all("button")] == ["a", "b"]
    assert page.all("button")[0]["role"] == "menuitem"


def test_an_unanswered_click_leaves_a_warning_beside_its_button_only() -> None:
    place = Place("1.000001", warnings={("b", "slow"): "This app didn’t respond."})
    page = Page(draw({**actions(button("Fast", "fast"), button("Slow", "slow")), "block_id": "b"}, place=place))
    assert page.words == "FastSlow⚠This app didn’t respond."


def everything(words: str) -> list[Json]:
    """Each kind of block and element, with the same words wherever an app or a person could put some."""
    confirm = {name: plain(words) for name in ("title", "text", "confirm", "deny")}
    choices = [{**option("a", words), "description": plain(words)}]
    elements: list[Json] = [
        {"type": "plain_text_input", "placeholder": plain(words), "initial_value": words},
        {"type": "plain_text_input", "multiline": True},
        {"type": "static_select", "placeholder": plain(words), "options": choices},
        {"type": "radio_buttons", "options": choices},
        {"type": "multi_static_select", "options": choices},
    ]
    parts = [{"type": "text", "text": words}, {"type": "user", "user_id": words}]
    return [
        {"type": "section", "text": plain(words), "fields": [plain(words)], "accessory": button(words, words)},
        {"type": "header", "text": plain(words)},
        {"type": "context", "elements": [plain(words), {"type": "image", "alt_text": words, "image_url": words}]},
        actions(button(words, value=words, confirm=confirm, accessibility_label=words, style=words)),
        actions({"type": "overflow", "action_id": words, "options": choices}),
        {"type": "table", "rows": [[{"type": "raw_text", "text": words}]] * 2},
        {"type": "alert", "level": words, "text": plain(words)},
        {"type": "image", "title": plain(words), "alt_text": words, "image_url": "https://a.example"},
        {"type": "rich_text", "elements": [{"type": "rich_text_section", "elements": parts}]},
        {"type": "markdown", "text": words},
        *(field(f"b{at}", words, one, hint=plain(words)) for at, one in enumerate(elements)),
    ]


NASTY = st.sampled_from(
    ["</textarea><script>", '"><img src=x onerror=alert(1)>', "' onclick='x", "]]>", "{{ 7*7 }}", "\u202e", "<!--"]
)


@settings(deadline=None)
@given(st.lists(NASTY | st.text(st.characters(exclude_characters=":\n")), min_size=1).map("".join).filter(str.strip))
def test_no_words_in_any_block_change_what_the_page_consists_of(words: str) -> None:
    state = {f"b{at}": {"value": {"type": "plain_text_input", "value": words}} for at in (0, 1)}
    hostile = in_view(*everything(words), state=state)
    plainly = in_view(*everything("words"), state=state | {"b0": {"value": {"type": "x", "value": "y"}}})
    assert hostile.skeleton == plainly.skeleton
    assert not hostile.unclosed

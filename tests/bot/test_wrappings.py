"""What clients and mails put around an address is taken off again, and never makes another one out of it."""

import contextlib
from collections.abc import Callable, Mapping
from urllib.parse import quote

import pytest
from hypothesis import given
from hypothesis import strategies as st

from bot import typed
from bot.addresses import flaw
from bot.typed import NotOne, address_as_typed, name_as_typed, new_name, reference
from bot.wrappings import MOST_READINGS, addresses, from_slack, layers, readings

ADDRESS = "ana@example.com"

Wrap = Callable[[str], str]


def around(before: str, after: str) -> Wrap:
    return lambda inside: f"{before}{inside}{after}"


SCHEMES: Mapping[str, Wrap] = {
    "mailto": around("mailto:", ""),
    "MAILTO with a subject": around("MAILTO:", "?subject=Can%27t sign in&cc=x"),
    "encoded": lambda inside: f"mailto:{quote(inside, safe='@')}" if "@" in inside[:40] else f"mailto:{inside}",
    "SMTP": around("SMTP:", ""),
}
"""They stand next to an address, with nothing between."""

ROUND: Mapping[str, Wrap] = {
    "angles": around("<", ">"),
    "name": around("Ana Lopez <", ">"),
    "name in quotes": around('"Lopez, Ana" <', ">"),
    "comment": around("", " (Ana Lopez)"),
    "double quotes": around('"', '"'),
    "single quotes": around("'", "'"),
    "a phone's quotes": around("“", "”"),
    "a phone's single quotes": around("‘", "’"),
    "German quotes": around("„", "“"),
    "French quotes": around("«\u202f", "\u202f»"),
    "back ticks": around("`", "`"),
    "a code fence": around("```\n", "\n```"),
    "bold": around("*", "*"),
    "italic": around("_", "_"),
    "struck out": around("~", "~"),
    "brackets": around("(", ")"),
    "no-break spaces": around("\u00a0", "\u202f"),
    "zero-width spaces": around("\u200b", "\ufeff"),
    "direction marks": around("\u202a", "\u202c\u200e"),
    "ideographic spaces": around("\u3000", "\u3000"),
    "a full stop": around("", "."),
    "a comma": around("", ", "),
    "a semicolon": around("", ";"),
    "a colon": around("", ":"),
    "label": around("E-mail: ", ""),
    "header": around("From: ", ""),
    "an answered mail": around("> ", ""),
    "an item": around("• ", ""),
    "HTML": lambda inside: inside.replace("<", "&lt;").replace(">", "&gt;").replace('"', "&quot;"),
}
"""They stand around whatever is inside, another of them as well."""

LINKS: Mapping[str, Wrap] = {
    "Slack's link": lambda inside: f"<mailto:{inside}|{inside}>",
    "Markdown's link": lambda inside: f"[{inside}](mailto:{inside})",
    "nothing": lambda inside: inside,
    **SCHEMES,
}
"""They hold an address itself."""

local = st.text("abcdefghijklmnopqrstuvwxyzABCÀéß0123456789_+-%&!#$*~/?^{|}'.=", min_size=1, max_size=12)
domain = st.from_regex(r"[a-z][a-z0-9]{0,8}(-[a-z0-9]{1,4})?\.(com|de|co\.uk|museum)", fullmatch=True)
real = st.builds(lambda name, place: f"{name}@{place}", local, domain).filter(lambda found: not flaw(found))
plain = real.filter(lambda found: found[0].isalnum() and not set(found) & set("%|?=&{}"))
stacks = st.lists(st.sampled_from(list(ROUND)), max_size=3)


def wrapped(address: str, link: str, stack: list[str]) -> str:
    text = LINKS[link](address)
    for each in stack:
        text = ROUND[each](text)
    return text


@pytest.mark.parametrize("wrap", [*LINKS, *ROUND])
@pytest.mark.parametrize("address", [ADDRESS, "_o'hara+1_x@example.co.uk", '"ana lopez"@example.com'])
def test_each_of_them_is_forgiven(wrap: str, address: str) -> None:
    text = {**LINKS, **ROUND}[wrap](address)

    assert address in readings(text)
    assert address in readings(str(reference(text)))


@given(plain, st.sampled_from(list(LINKS)), stacks)
def test_an_address_is_found_in_whatever_stands_around_it(address: str, link: str, stack: list[str]) -> None:
    text = wrapped(address, link, stack)

    assert readings(text)[-1] == address
    assert readings(str(reference(text)))[-1] == address


@given(real, stacks)
def test_an_address_of_odd_characters_is_among_what_a_text_may_stand_for(address: str, stack: list[str]) -> None:
    text = wrapped(address, "nothing", stack)

    assert address in readings(text)
    assert address in readings(str(reference(text)))


@given(plain, st.sampled_from(list(LINKS)), stacks)
def test_no_other_address_comes_out_of_it(address: str, link: str, stack: list[str]) -> None:
    text, spelled = wrapped(address, link, stack), (address, quote(address, safe="@"))

    assert {each for each in readings(text) if not flaw(each)} <= {text, *spelled}
    assert addresses(text) in ((), *((each,) for each in spelled))


@given(st.one_of(st.text(max_size=80), st.builds(wrapped, real, st.sampled_from(list(LINKS)), stacks)))
def test_reading_what_was_read_changes_nothing(text: str) -> None:
    possible = readings(text)

    assert possible[:1] == ((text,) if text else ())
    assert len(possible) <= MOST_READINGS
    assert all(len(each.text) <= len(text) for each in layers(text))
    try:
        found = reference(text)
    except NotOne:
        return
    assert isinstance(found, str)
    assert reference(found) == found


@given(plain, st.sampled_from(list(LINKS)), stacks)
def test_a_new_address_is_what_was_typed_or_is_refused(address: str, link: str, stack: list[str]) -> None:
    text = wrapped(address, link, stack)
    with contextlib.suppress(ValueError):
        found = str(address_as_typed(text))
        assert found == address or flaw(found)


@given(st.text(max_size=80))
def test_nothing_new_is_ever_rewritten(text: str) -> None:
    # An address is what stands between what was taken off at its ends, letter for letter.
    decoded = from_slack(text)
    for judge in (address_as_typed, name_as_typed):
        with contextlib.suppress(ValueError):
            assert str(judge(text)) in decoded


@pytest.mark.parametrize(
    "text",
    [
        *(
            "<mailto:ana@example.com|ana@example.com>",
            "mailto:ana@example.com?subject=Hi",
            "Ana Lopez <ana@example.com>",
        ),
        *("“ana@example.com”", "'ana@example.com'", "`ana@example.com`", "ana@example.com.", "ana@example.com;"),
        *("E-mail: ana@example.com", "ana@example.com (Ana Lopez)", "\u200bana@example.com\u00a0"),
    ],
)
def test_what_can_not_be_part_of_a_new_address_is_undone(text: str) -> None:
    assert typed.new_address(str(address_as_typed(text))) == ADDRESS


@pytest.mark.parametrize(
    "text",
    [
        *(
            "*ana@example.com*",
            "_ana@example.com_",
            "ana＠example.com",
            "mailto:ana%2Bx@example.com",
            "ana@\nexample.com",
        ),
        *("a@example.com, b@example.com", "“ana@example”", "ana\u200b@example.com", "Ana ana@example.com"),
    ],
)
def test_whatever_else_is_refused(text: str) -> None:
    with pytest.raises(ValueError):
        typed.new_address(str(address_as_typed(text)))


@pytest.mark.parametrize(
    "text", ["a&copyb@example.com", "Ana@EXAMPLE.com", "email=ana@example.com", "*ana@example.com"]
)
def test_what_is_an_address_as_it_stands_stays_as_it_stands(text: str) -> None:
    assert typed.new_address(str(address_as_typed(text))) == text


@pytest.mark.parametrize(
    ("text", "name"),
    [
        *(("“ana”", "ana"), (" ana\u200b", "ana"), ("ana.", "ana."), ("_ana_", "_ana_"), ("o'hara", "o'hara")),
        *(("<mailto:ana@example.com|ana@example.com>", ADDRESS), ("Ana <ana@example.com>", ADDRESS), ("a<b", "a<b")),
        ("ana@example.com.", "ana@example.com."),
    ],
)
def test_a_new_user_name_loses_only_what_no_name_is_meant_to_have(text: str, name: str) -> None:
    assert new_name(str(name_as_typed(text))) == name


@pytest.mark.parametrize("text", ["'ana'", "`ana`", "“ana”.", "<ana>", '"ana"', "Ana<ana>"])
def test_a_new_user_name_with_something_around_it_is_refused_with_what_was_read(text: str) -> None:
    with pytest.raises(ValueError, match="read as"):
        new_name(str(name_as_typed(text)))


@pytest.mark.parametrize(
    ("text", "found"),
    [
        *(("ana@example.com, ben@example.com", 2), ("ana@example.com;ben@example.com", 2)),
        *(("ben@example.com <ana@example.com>", 2), ("<mailto:ben@example.com|ana@example.com>", 2)),
        *(("[ana@example.com](mailto:ben@example.com)", 2), ("please look at ana@example.com", 1)),
        *(("Ana@example.com <ana@example.com>", 1), ("ana", 0), ("@agent", 0)),
    ],
)
def test_several_addresses_are_never_taken_for_one(text: str, found: int) -> None:
    assert len(addresses(text)) == found
    if found > 1:
        assert ADDRESS not in readings(text)
        assert "ben@example.com" not in readings(text)


@pytest.mark.parametrize("text", ["ana@\nexample.com", "ana\r\n@example.com", "ana@ example.com", "ana@exa=\nmple.com"])
def test_an_address_that_a_line_has_split_is_joined(text: str) -> None:
    assert readings(text)[-1] == ADDRESS


@pytest.mark.parametrize(
    "text", ["Ana ana@example.com", "Ana\nana@example.com", "see.\nana@example.com", "ana@example.co\nm", "ana @ x y"]
)
def test_but_not_where_it_may_be_a_word_beside_an_address(text: str) -> None:
    assert readings(text) == (text,)


@pytest.mark.parametrize(
    ("text", "number"),
    [
        *(
            ("+49 151 234-567", "+49151234567"),
            ("tel:+49151234567", "+49151234567"),
            ("0049 (151) 234567", "+49151234567"),
        ),
        ("<tel:+49151234567|+49 151 234567>", "+49151234567"),
    ],
)
def test_a_telephone_number_is_read_as_cognito_keeps_it(text: str, number: str) -> None:
    assert readings(text)[-1] == number


@pytest.mark.parametrize(
    "text", ["_ana_", "ana.", "'ana'", "ana(1)", "a<b>", "x(y)", "ana:x", "note:ana", "a=b", "(a)b"]
)
def test_a_user_name_that_looks_wrapped_is_still_looked_up_as_typed(text: str) -> None:
    assert readings(text)[0] == reference(text) == text
    # Whatever else it may stand for, a name in it isn't taken for all of it.
    assert not {"a", "b", "x", "y", "1"} & set(readings(text))


@pytest.mark.parametrize("text", ["<@U0AGENT>", "<@U0AGENT|ana lopez>", "<#C0SUPPORT|support>", "<!channel>"])
def test_slack_s_own_mentions_name_no_customer(text: str) -> None:
    assert readings(text) == (text,)
    assert "not a customer" in str(typed.not_one(text))


def test_a_text_that_is_made_to_be_long_costs_no_more_than_its_length() -> None:
    # Every layer is taken off once at most, and there are few of them.
    for unit in (
        "<",
        "“",
        "*_",
        "mailto:",
        "&amp;",
        "a@b.c ",
        "a@b.c,",
        "(",
        "ana (",
        "From: ",
        "'\u200b",
        "[a](",
        "> ",
    ):
        assert len(layers(unit * 5_000)) <= 30
        assert len(layers(f"{unit * 5_000}{ADDRESS}{unit[::-1] * 5_000}")) <= 30

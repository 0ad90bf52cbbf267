"""Which two addresses are the same letters, what a mail program shows of a domain, and what is pointed out of one."""

import unicodedata

import pytest
from hypothesis import given
from hypothesis import strategies as st

from bot.addresses import NAME, NEW_ADDRESS, caseless, flaw, oddities, resemblance, shown_domain, spellings
from bot.words import is_unseen


@pytest.mark.parametrize(
    ("one", "other"),
    [
        ("Ana@Example.com", "ana@example.COM"),
        ("\u212aarl@example.com", "karl@example.com"),
        ("jose\u0301@example.com", "JOS\u00c9@example.com"),
        ("ΟΔΟΣ@example.com", "οδος@example.com"),
    ],
)
def test_letter_case_and_ways_of_writing_a_letter_make_no_two_addresses(one: str, other: str) -> None:
    assert caseless(one) == caseless(other)


def test_look_alikes_of_other_scripts_stay_two_addresses() -> None:
    assert caseless("аna@example.com") != caseless("ana@example.com")


@given(st.text())
def test_comparing_gives_the_same_however_often_and_in_whatever_form_a_text_comes(text: str) -> None:
    assert caseless(caseless(text)) == caseless(text)
    assert {caseless(unicodedata.normalize(form, text)) for form in ("NFC", "NFD")} == {caseless(text)}


def test_the_spellings_to_look_for_begin_with_the_typed_one_and_are_few() -> None:
    assert spellings("ana@example.com") == ("ana@example.com",)
    assert spellings("Ana@Example.com") == ("Ana@Example.com", "ana@example.com")
    assert spellings("jose\u0301") == ("jose\u0301", "jos\u00e9")


@pytest.mark.parametrize(
    ("address", "shown"),
    [
        ("ana@example.com", "example.com"),
        ("ana@xn--80ak6aa92e.com", "аррӏе.com"),
        ("ana@xn--nonsense-.com", ""),
        ("ana", ""),
    ],
)
def test_a_domain_is_shown_in_its_own_script(address: str, shown: str) -> None:
    assert shown_domain(address) == shown


@given(st.text(max_size=400))
def test_every_text_is_judged_without_an_error(text: str) -> None:
    assert isinstance(flaw(text), str)


def told(text: str) -> str:
    return " ".join(words.plain() for words in oddities(text, what=NEW_ADDRESS))


@pytest.mark.parametrize("text", ["", "ana@example.com", "o'hara+1@Example.COM", "Google_104", "+34600000000"])
def test_nothing_is_said_of_plain_letters(text: str) -> None:
    assert oddities(text, what=NEW_ADDRESS) == ()


@pytest.mark.parametrize(
    ("text", "said"),
    [
        ("аna@example.com", "The new address has а (CYRILLIC SMALL LETTER A) among Latin letters."),
        ("аna@example.com", "can be taken for ana@example.com, which is another one."),
        ("ana@exаmple.com", "has а (CYRILLIC SMALL LETTER A) among Latin letters."),
        ("аӏӏе@example.com", "can be taken for alle@example.com"),
        ("\u212aarl@example.com", "(KELVIN SIGN)"),
        ("\u212aarl@example.com", "not NFC"),
        ("jose\u0301@example.com", "jos\u00e9@example.com, written as usual, is another one."),
        ("jose\u0301@example.com", "U+0301 (COMBINING ACUTE ACCENT)"),
        ("jos\u00e9@example.com", "has other letters than a to z: é (LATIN SMALL LETTER E WITH ACUTE)."),
        ("ana\u3164@example.com", "characters that can't be seen: U+3164 (HANGUL FILLER)."),
        ("ana\u034f@example.com", "U+034F (COMBINING GRAPHEME JOINER)"),
        ("ana\ufe0f@example.com", "U+FE0F (VARIATION SELECTOR-16)"),
        ("ana\u2800@example.com", "U+2800 (BRAILLE PATTERN BLANK)"),
        ("ana\u00a0@example.com", "U+00A0 (NO-BREAK SPACE)"),
        ("ana\u200b@example.com", "can be taken for ana@example.com"),
        ("ｆｕｌｌ@example.com", "can be taken for full@example.com"),
        ("ana@xn--80ak6aa92e.com", "is shown by mail programs as ana@аррӏе.com."),
        ("ana@xn--80ak6aa92e.com", "can be taken for ana@apple.com"),
        ("ана漢@example.com", "mixes Cyrillic and Han letters"),
    ],
)
def test_what_can_not_be_told_by_looking_is_said_by_name(text: str, said: str) -> None:
    assert said in told(text)


@pytest.mark.parametrize("text", ["ана@почта.рф", "日本テスト@例え.jp", "müller@example.com", "한국어漢字@example.com"])
def test_one_writing_system_in_each_part_is_not_mixed(text: str) -> None:
    assert "among" not in told(text)
    assert "mixes" not in told(text)


def test_a_long_list_of_letters_is_cut_and_counted() -> None:
    assert told("абвгдежзик@почта.рф").endswith("and 10 more.")


@pytest.mark.parametrize("new", ["аna.lima@example.com", "ana.Iima@example.com", "ana.1ima@example.com"])
def test_an_address_that_looks_like_the_present_one_is_said_to_be_another(new: str) -> None:
    (words,) = resemblance(new, "ana.lima@example.com")
    assert "looks like the present one, ana.lima@example.com, but it is another one" in words.plain()


@pytest.mark.parametrize("new", ["ana.lima@example.com", "Ana.Lima@example.com", "ben@example.com"])
def test_the_same_letters_and_other_letters_are_no_look_alikes(new: str) -> None:
    assert resemblance(new, "ana.lima@example.com") == ()


@given(st.text(st.characters(), min_size=1, max_size=40))
def test_no_text_with_other_than_plain_characters_passes_in_silence_and_none_is_drawn_hidden(text: str) -> None:
    words = oddities(text, what=NAME)
    assert words or text.isascii()
    drawn = "".join(each.plain() for each in words)
    assert not any(is_unseen(character) for character in drawn)

"""Which two addresses are the same letters, and what a mail program shows of a domain."""

import unicodedata

import pytest
from hypothesis import given
from hypothesis import strategies as st

from bot.addresses import caseless, flaw, shown_domain, spellings


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

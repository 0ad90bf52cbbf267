"""What somebody means who typed a slash command, however they typed it; and what is never run by a guess."""

from collections.abc import Callable, Mapping

import pytest
from hypothesis import given
from hypothesis import strategies as st

from bot.answer import Offers, Paragraph
from bot.slack import commands
from bot.slack.typed_command import HELP, Explain, Meant, Menu, Start, Unclear, read
from bot.words import visible
from tests.commands.paper import SCENARIOS

NAMES = (
    *("change-email", "check", "confirm-account", "confirm-sign-up", "create-user", "enter-code", "history"),
    *("map-provider", "pool-email", "requests", "resend-invitation", "send-code", "sign-up", "unsuppress"),
    "verify-email",
)
KNOWN = {name: SCENARIOS[name] for name in NAMES}
"""What the names that are typed here are held against: one that is added some day may come closer."""

SUB = "3f2504e0-4f89-41d3-9a0c-0305e82c3301"

BLANKS = [" ", "\n", "\t", "\u00a0", "\u202f", "\u3000", "\u200b", "\ufeff", " \u200e ", "\r\n", "  "]

CASES: Mapping[str, Callable[[str], str]] = {
    "as it is": str,
    "upper case": str.upper,
    "a phone's": str.capitalize,
    "full width": lambda name: "".join(chr(ord(each) + 0xFEE0) for each in name),
    "a no-break hyphen": lambda name: name.replace("-", "\u2011"),
}

PASTED: Mapping[str, Callable[[str], str]] = {
    "nothing": str,
    "back ticks": lambda text: f"`{text}`",
    "a code fence": lambda text: f"```\n{text}\n```",
    "quotes": lambda text: f"“{text}”",
    "bold": lambda text: f"*{text}*",
    "blanks": lambda text: f"\u00a0\ufeff{text}\n",
}


def meant(text: str, command: str = "/cognito", prefix: str = "/cognito") -> Meant:
    return read(command, text, KNOWN, prefix=prefix)


def shown(text: str) -> tuple[str, list[str]]:
    """What is said, and the buttons below it."""
    unclear = meant(text)
    assert isinstance(unclear, Unclear)
    words, offers = commands.instead(unclear, KNOWN, prefix="/cognito")
    assert isinstance(words, Paragraph)
    assert isinstance(offers, Offers)
    return words.words.plain(), [each.label for each in offers.offers]


@pytest.mark.parametrize("text", ["", " ", "\u200b\n", "help", "Help", "HELP", "?", "-h", "--help", "menu", "`help`"])
def test_nothing_and_a_cry_for_help_open_the_menu(text: str) -> None:
    assert meant(text) == Menu()


@pytest.mark.parametrize("name", NAMES)
@pytest.mark.parametrize("pasted", PASTED)
def test_letter_case_blanks_and_pasting_make_no_difference_to_a_name(name: str, pasted: str) -> None:
    for case in CASES.values():
        for blank in BLANKS:
            assert meant(PASTED[pasted](f"{case(name)}{blank}ana@example.com")) == Start(name, "ana@example.com")
        assert meant(PASTED[pasted](case(name))) == Start(name, "")
        if pasted != "a code fence":
            assert meant(f"{PASTED[pasted](case(name))} ana") == Start(name, "ana")


@pytest.mark.parametrize("name", NAMES)
def test_a_command_of_its_own_means_the_same(name: str) -> None:
    assert meant("\u00a0Ana\n", f"/cognito-{name}") == Start(name, "Ana")
    assert meant("", f"/cognito-{name}") == Start(name, "")
    assert {meant(word, f"/cognito-{name}") for word in HELP} == {Explain(name)}
    assert {meant(f"{word} {name}") for word in HELP} == {Explain(name)}


def test_the_prefix_is_whatever_it_is_set_to() -> None:
    assert meant("ana", "/acme-id-check", "/acme-id") == Start("check", "ana")
    assert meant("CHECK ana", "/acme-id", "/acme-id") == Start("check", "ana")
    again = meant("/acme-id-check ana", "/acme-id", "/acme-id")
    assert isinstance(again, Unclear)
    assert again.near == (Start("check", "ana"),)
    _, offers = commands.instead(again, KNOWN, prefix="/acme-id")
    assert "/acme-id check ana" in str(offers)


@pytest.mark.parametrize(
    "text",
    [
        *("ana@example.com", "<mailto:ana@example.com|ana@example.com>", "“ana@example.com”", "`ana@example.com`."),
        *("Ana Lopez <ana@example.com>", "mailto:ana@example.com", '"ana lopez"@example.com', "E-mail: a@b.co"),
        *(SUB, SUB.upper(), f"“{SUB}”", "+49151234567", "+49 151 234-567", "<tel:+49151234567|+49 151 234567>"),
    ],
)
def test_what_can_only_be_a_customer_is_a_check(text: str) -> None:
    assert meant(text) == Start("check", text)
    assert isinstance(read("/cognito", text, {}, prefix="/cognito"), Unclear)


@pytest.mark.parametrize(
    ("text", "near"),
    [
        *(("chek ana", "check"), ("chekc ana", "check"), ("checks ana", "check"), ("check: ana", "check")),
        *(("verify ana", "verify-email"), ("verify email ana", "verify-email"), ("verify_email ana", "verify-email")),
        *(("VERIFY EMAIL ana", "verify-email"), ("verify-emails ana", "verify-email"), ("histories ana", "history")),
        *(("/cognito-check ana", "check"), ("cognito-check ana", "check"), ("cognito check ana", "check")),
        *(("`/cognito-check ana`", "check"), ("mark as verified ana", "verify-email"), ("Find out why ana", "check")),
        *(
            ("signup ana", "sign-up"),
            ("change email ana", "change-email"),
            ("send code ana", "send-code"),
        ),
    ],
)
def test_what_comes_close_is_offered_with_what_was_typed_after_it(text: str, near: str) -> None:
    unclear = meant(text)
    assert isinstance(unclear, Unclear)
    assert unclear.near == (Start(near, "ana"),)
    words, labels = shown(text)
    assert words == f"Did you mean /cognito {near} ana?"
    assert labels[0] == f"/cognito {near} ana"


@pytest.mark.parametrize(
    ("command", "text", "near"),
    [
        ("/cognito-check", "/cognito-verify-email ana", "verify-email"),
        ("/cognito-check", "check ana", "check"),
        ("/cognito-chek", "ana", "check"),
        ("/cognito-verify-mail", "ana", "verify-email"),
    ],
)
def test_a_command_behind_a_command_and_one_that_is_none_are_offered_too(command: str, text: str, near: str) -> None:
    unclear = meant(text, command)
    assert isinstance(unclear, Unclear)
    assert unclear.near == (Start(near, "ana"),)


def test_a_customer_may_be_called_like_a_command() -> None:
    assert meant("check", "/cognito-check") == Start("check", "check")
    words, labels = shown("request")
    assert words == "Did you mean /cognito requests?"
    assert labels == ["/cognito requests", 'Check the customer "request"', "What can I do here?"]


def test_whoever_is_close_to_nothing_may_be_a_customer() -> None:
    words, labels = shown("anna")
    assert words == 'There is no command "anna".'
    assert labels == ['Check the customer "anna"', "What can I do here?"]


def test_two_addresses_are_offered_one_by_one_and_neither_is_guessed() -> None:
    words, labels = shown("ana@example.com, ben@example.com")
    assert words == "There are several addresses in this: ana@example.com, ben@example.com. Which one?"
    assert labels[:-1] == ["Check ana@example.com", "Check ben@example.com"]


def test_an_address_among_words_is_offered() -> None:
    words, labels = shown("please ana@example.com")
    assert words == "There is more in this than an address. Do you mean ana@example.com?"
    assert labels[0] == "Check ana@example.com"


@pytest.mark.parametrize("text", ["<@U0AGENT>", "<#C0SUPPORT|support>", "<!channel>"])
def test_slack_s_own_mentions_are_no_customers(text: str) -> None:
    words, labels = shown(text)
    assert words.endswith("is in Slack, and no customer. Type the customer's user name or e-mail.")
    assert labels == ["What can I do here?"]


def test_what_was_read_is_shown_as_it_is_and_not_at_any_length() -> None:
    words, _ = shown("x" * 3000)
    assert len(words) < 100
    words, _ = shown("gro\u202eelpmaxe")
    assert "\u202e" not in words
    assert visible(words) == words


@given(st.text(max_size=60))
def test_no_text_fails_and_only_what_was_typed_is_ever_run(text: str) -> None:
    found = meant(text)
    if isinstance(found, Start):
        assert found.scenario in text.casefold() or found.scenario == "check"
        assert found.text in text
    elif isinstance(found, Unclear):
        commands.instead(found, KNOWN, prefix="/cognito")


@given(st.lists(st.text("bdfgjkqwxyz", min_size=1, max_size=9), min_size=1, max_size=6))
def test_what_is_close_to_nothing_runs_nothing(words: list[str]) -> None:
    found = meant(" ".join(words))
    assert isinstance(found, Unclear)
    assert found.near == ()


@given(st.sampled_from(NAMES), st.integers(0, 20), st.sampled_from("jxz"))
def test_a_slip_of_one_letter_is_answered_with_the_command(name: str, place: int, slip: str) -> None:
    place %= len(name)
    found = meant(f"{name[:place]}{slip}{name[place + 1 :]} ana")
    assert isinstance(found, Unclear)
    assert Start(name, "ana") in found.near

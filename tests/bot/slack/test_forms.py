"""Forms: declared once as pydantic, drawn as a modal, read back, and judged field by field."""

from typing import Annotated, Any, Literal

import pytest
from pydantic import Field, SecretStr

import commands
from bot.answer import Choice, Refused
from bot.cognito import Directory
from bot.plan import Plan
from bot.scenario import MOVE, AdminForm, Email, Form, Prefill, UserRef, load, scenario
from bot.slack import form_views, forms
from bot.slack.forms import Drawn
from bot.slack.modals import Frame, Memory
from bot.words import say
from sandbox.testing import check_view

FRAME = Frame(title="Everything", memory=Memory(scenario="everything", channel="C0SUPPORT"))


class Everything(AdminForm):
    user: Annotated[UserRef, Field(title="User", description="User name, e-mail address or sub.")]
    email: Annotated[Email, Field(title="New e-mail")]
    how: Annotated[Literal["Now", "By code"], Field(title="How")] = "Now"
    age: Annotated[Literal[tuple("abcdefghijkl")], Field(title="Age")] = "a"  # type: ignore[valid-type]
    sure: Annotated[bool, Field(title="Sure")] = False
    token: Annotated[SecretStr | None, Field(title="Access token")] = None


@scenario("everything", title="Everything", sends=("X",))
def everything(form: Everything, directory: Directory) -> Plan:
    """Ask for everything."""
    raise NotImplementedError


def problems(form: type[Form], typed: dict[str, Any]) -> dict[str, str]:
    return forms.judged(form, typed)[1]


def inputs(**given: Any) -> dict[str, Any]:
    drawn = forms.inputs(everything, Drawn(**{"pools": ("prod",), **given}))
    return {block["block_id"]: block for block in drawn if block["type"] == "input"}


def test_each_type_has_its_input_and_the_reason_is_last() -> None:
    drawn = inputs()

    assert {name: block["element"]["type"] for name, block in drawn.items()} == {
        "user": "plain_text_input",
        "email": "email_text_input",
        "how": "radio_buttons",
        "age": "static_select",
        "sure": "checkboxes",
        "token": "plain_text_input",
        "reason": "plain_text_input",
    }
    assert {block["element"]["action_id"] for block in drawn.values()} == {"value"}
    assert list(drawn)[-1] == "reason"


def test_labels_hints_lengths_and_what_may_stay_empty_come_from_the_declaration() -> None:
    drawn = inputs()

    assert drawn["user"]["label"]["text"] == "User"
    assert drawn["user"]["hint"]["text"] == "User name, e-mail address or sub."
    assert (drawn["user"]["element"]["min_length"], drawn["user"]["element"]["max_length"]) == (1, 320)
    assert drawn["reason"]["element"]["multiline"]
    # What is chosen from the start is never empty.
    assert {name for name, block in drawn.items() if block["optional"]} == {"sure", "token"}


def test_a_default_is_chosen_and_a_prefilled_value_filled_in() -> None:
    drawn = inputs(typed={"user": "ana", "email": "ana@example.com", "sure": True})

    assert drawn["how"]["element"]["initial_option"]["value"] == "Now"
    assert drawn["user"]["element"]["initial_value"] == "ana"
    assert drawn["email"]["element"]["initial_value"] == "ana@example.com"
    assert drawn["sure"]["element"]["initial_options"][0]["value"] == "yes"


def test_several_pools_make_pool_the_first_field_with_nothing_chosen() -> None:
    drawn = inputs(pools=("prod", "shop"))

    assert next(iter(drawn)) == "pool"
    assert drawn["pool"]["element"]["type"] == "static_select"
    assert "initial_option" not in drawn["pool"]["element"]
    assert inputs(pools=("prod", "shop"), pool="shop")["pool"]["element"]["initial_option"]["value"] == "shop"


def test_the_whole_form_is_a_view_that_slack_takes_and_says_that_nothing_is_sent() -> None:
    view = form_views.form_view(everything, FRAME, Drawn(pools=("prod", "shop"), typed={"user": "ana"}))

    assert check_view(view) == []
    # What would change isn't known yet, so that nobody can be asked to agree to it.
    assert view["submit"]["text"] == "Next"
    assert "Nothing is asked yet: first you see what would change" in repr(view["blocks"][-1])
    assert view["private_metadata"] == '{"scenario":"everything","channel":"C0SUPPORT"}'


def test_what_was_typed_is_read_back() -> None:
    state = {
        "user": {"value": {"type": "plain_text_input", "value": "ana"}},
        "email": {"value": {"type": "email_text_input", "value": None}},
        "how": {"value": {"type": "radio_buttons", "selected_option": {"value": "By code"}}},
        "age": {"value": {"type": "static_select", "selected_option": None}},
        "sure": {"value": {"type": "checkboxes", "selected_options": [{"value": "yes"}]}},
        "pool": {"value": {"type": "static_select", "selected_option": {"value": "shop"}}},
    }

    assert forms.typed_in(Everything, state) == {"user": "ana", "how": "By code", "sure": True}
    assert forms.pool_in(state) == "shop"


def test_of_a_choice_that_nobody_offered_only_what_can_be_kept_is_read() -> None:
    cut = {"value": {"type": "plain_text_input", "value": "a\ud800\0"}}
    assert forms.typed_in(Everything, {"user": cut}) == {"user": "a��"}
    assert forms.pool_in({"pool": cut}) == "a��"


def test_problems_stand_under_the_field_that_caused_them_in_words() -> None:
    found = problems(Everything, {"user": "a b", "email": "nonsense", "how": "Never", "reason": "x"})

    assert found == {
        "user": "A user name, an e-mail address or a sub has no blanks or hidden characters in it.",
        "email": "This doesn't look like an e-mail address (name@example.com). An email address must have an @-sign.",
        "how": "Please choose one of these.",
        "reason": "Please write at least 3 characters.",
    }
    assert problems(Everything, {}) == dict.fromkeys(("user", "email", "reason"), "Please fill this in.")


def test_a_secret_comes_back_into_no_view_and_no_error() -> None:
    typed = {"user": "ana", "token": "eyJSECRET", "email": "a@example.com", "reason": "called"}
    refused = Refused(say("No such account."), field="user")
    kept = forms.without_secrets(everything, typed)
    again = form_views.form_view(everything, FRAME, Drawn(typed=kept), why=refused)

    assert "eyJSECRET" not in repr(again)
    assert "eyJSECRET" not in repr(inputs(typed=typed))
    assert "eyJSECRET" not in repr(problems(Everything, {**typed, "reason": ""}))


def test_a_form_comes_back_with_the_reason_what_was_typed_and_accounts_to_choose_from() -> None:
    choices = (Choice("tri0 · CONFIRMED", "tri0"), Choice("tri1 · UNCONFIRMED", "tri1"))
    refused = Refused(say("Two accounts have {address}.", address="tri@example.com"), field="user", choices=choices)
    typed = {"user": "tri@example.com", "reason": "called"}
    again = form_views.form_view(everything, FRAME, Drawn(typed=typed), why=refused)
    drawn = {block.get("block_id"): block for block in again["blocks"]}

    assert check_view(again) == []
    assert "⚠️ Two accounts have " in repr(again["blocks"][0])
    assert [option["value"] for option in drawn["user"]["element"]["options"]] == ["tri0", "tri1"]
    assert drawn["reason"]["element"]["initial_value"] == "called"


def test_a_choice_that_slack_could_not_carry_leaves_the_field_to_be_typed() -> None:
    refused = Refused(say("Which?"), field="user", choices=(Choice("long", "x" * 200),))
    again = form_views.form_view(everything, FRAME, Drawn(typed={"user": "y"}), why=refused)

    assert check_view(again) == []
    assert next(block for block in again["blocks"] if block.get("block_id") == "user")["element"]["type"] == (
        "plain_text_input"
    )


@pytest.mark.parametrize(
    ("typed", "cleaned"),
    [
        ("<mailto:ana@example.com|ana@example.com>", "ana@example.com"),
        ("  Ana@Example.com ", "Ana@Example.com"),
        ("o&amp;b@example.com", "o&b@example.com"),
        ("Ana Lopez <ana@example.com>", "ana@example.com"),
        ("Ana Lopez <<mailto:ana@example.com|ana@example.com>>", "ana@example.com"),
        ("\u00a0ana@example.com\u202f", "ana@example.com"),
        ('"ana lopez"@example.com', '"ana lopez"@example.com'),
    ],
)
def test_what_follows_a_command_is_cleaned_of_what_slack_and_phones_add(typed: str, cleaned: str) -> None:
    assert forms.cleaned(everything, "user", typed) == cleaned


@pytest.mark.parametrize(
    "typed", ["“ana@example.com”", "`ana`", "ana@example.com.", "Ana<ana@example.com>", "ana\u3164"]
)
def test_what_may_be_somebodys_name_is_looked_up_as_typed_first(typed: str) -> None:
    assert forms.cleaned(everything, "user", typed) == typed


@pytest.mark.parametrize(
    "typed", ["ana@EXAMPLE.com", '"ana lopez"@example.com', "аna@example.com", "ана@почта.рф", "o'hara+1@example.com"]
)
def test_a_new_address_is_kept_as_typed_whatever_its_script(typed: str) -> None:
    assert forms.cleaned(everything, "email", typed) == typed


@pytest.mark.parametrize(
    ("typed", "why"),
    [
        ("ana@b@example.com", "invalid characters: '@'"),
        ("x@example.com,z@example.com", "invalid characters: ','"),
        ("ana@example", "should have a period"),
        ("ana\u3164@example.com", "can't be seen: U+3164 (HANGUL FILLER)"),
        ("ana\u034f@example.com", "can't be seen: U+034F (COMBINING GRAPHEME JOINER)"),
        ("ana\ufe0f@example.com", "can't be seen: U+FE0F (VARIATION SELECTOR-16)"),
        ("ana\u2800@example.com", "can't be seen: U+2800 (BRAILLE PATTERN BLANK)"),
        ("\u212aarl@example.com", "Written as usual it is: Karl@example.com"),
        ("jose\u0301@example.com", "Written as usual it is: jos\u00e9@example.com"),
    ],
)
def test_a_new_address_that_is_none_or_differs_from_what_is_drawn_is_refused_with_the_reason(
    typed: str, why: str
) -> None:
    problem = problems(Everything, {"user": "ana", "email": typed, "reason": "called"})["email"]
    assert why in problem


@pytest.mark.parametrize(
    ("typed", "why"),
    [
        ("ana lopez", "no blanks"),
        ("ana\u3164", "can't be seen: U+3164 (HANGUL FILLER)"),
        ("\u212aarl", "Written as usual it is: Karl"),
    ],
)
def test_a_new_user_name_that_can_not_be_told_from_another_is_refused(typed: str, why: str) -> None:
    create = load(commands)["create-user"]
    assert why in problems(create.form, {"username": typed})["username"]


def test_what_is_sent_at_once_is_to_be_typed_as_it_is_written() -> None:
    form = load(commands)["sign-up"].form
    assert forms.read_otherwise(form, {"username": "“ana”", "email": "Ana <ana@example.com>"}) == {
        "username": "This was read as ana. If that is right, write it like that: it is sent at once.",
        "email": "This was read as ana@example.com. If that is right, write it like that: it is sent at once.",
    }
    linked = "\u00a0<mailto:Ana@example.com|Ana@example.com>"
    assert forms.read_otherwise(form, {"username": " ana\u200b", "email": linked}) == {}


def test_an_option_shows_what_can_not_be_seen() -> None:
    choices = (Choice("ana\u3164", "sub-1"), Choice("ana", "sub-2"))
    drawn = forms.input_of("user", Everything.model_fields["user"], None, prefill=Prefill(choices=choices))
    assert [each["text"]["text"] for each in drawn["element"]["options"]] == ["ana⟨U+3164⟩", "ana"]


@pytest.mark.parametrize("typed", ["x" * 3000, "a b", "ana\u202e@example.com", "a\x00b"])
def test_what_can_not_be_meant_is_refused_in_words_of_the_field(typed: str) -> None:
    with pytest.raises(Refused) as refused:
        forms.cleaned(everything, "user", typed)

    assert str(refused.value).startswith("User: ")
    assert refused.value.field == "user"


def test_a_field_that_depends_on_another_is_judged_when_that_one_is_known() -> None:
    confirm = load(commands)["confirm-sign-up"]
    assert forms.cleaned(confirm, "taken", MOVE) == MOVE
    moving = {"user": "ana", "taken": MOVE, "reason": "x"}
    assert forms.submitted(confirm, moving)[1] == {
        "proof": "Please choose one of these.",
        "reason": "Please write at least 3 characters.",
    }


def test_only_what_goes_with_the_chosen_way_has_to_be_filled_in() -> None:
    confirm = load(commands)["confirm-sign-up"]
    assert forms.submitted(confirm, {"user": "ana"})[1] == {"code": "Please fill this in."}
    assert forms.submitted(confirm, {"user": "ana", "taken": MOVE})[1] == {
        "proof": "Please choose one of these.",
        "reason": "Please fill this in.",
    }
    # What another way left behind isn't looked at.
    stays, errors = forms.submitted(confirm, {"user": "ana", "code": "123456", "reason": "x"})
    assert errors == {}
    assert stays is not None
    assert stays.model_dump()["reason"] == ""


def test_what_is_missing_is_asked_for_in_the_same_words_however_it_is_missing() -> None:
    assert problems(everything.form, {"user": ""})["user"] == "Please fill this in."
    assert problems(everything.form, {})["user"] == "Please fill this in."


def test_half_a_character_can_be_shown_again() -> None:
    state = {"reason": {forms.ACTION: {"value": "abc\ud83d"}}, "user": {forms.ACTION: {"value": "ada"}}}
    assert forms.typed_freely(everything.form, state)["reason"] == "abc\N{REPLACEMENT CHARACTER}"


def test_half_a_character_is_refused_in_words_of_ours() -> None:
    assert problems(everything.form, {"reason": "abc\ud83d"})["reason"] == (
        "Some of these characters can't be read. Please type them again."
    )


CUSTOMER_ACTIONS = {name: each for name, each in load(commands).items() if each.acts_as_customer}


@pytest.mark.parametrize("name", CUSTOMER_ACTIONS)
def test_where_the_customer_can_do_it_in_the_app_the_form_says_so_first(name: str) -> None:
    view = form_views.form_view(CUSTOMER_ACTIONS[name], FRAME, Drawn())
    (first,) = view["blocks"][0]["elements"]
    assert "".join(each.get("text", "") for each in first["elements"]).startswith("Easiest: ")


def test_a_refusal_without_a_form_offers_its_choices_as_buttons() -> None:
    refused = Refused(
        say("Close to it: ana."),
        field="user",
        choices=(Choice("Check ana", "ana", "everything"), Choice("gone", "x", "no-such")),
    )
    _, offers = form_views.refusal(refused, everything, {"everything": everything})

    assert [(each.label, each.scenario, each.fields) for each in offers.offers] == [  # type: ignore[union-attr]
        ("Check ana", "everything", {"user": "ana"})
    ]


def test_an_address_that_is_longer_than_slack_takes_comes_back_cut() -> None:
    class Asks(AdminForm):
        email: Annotated[Email, Field(title="E-mail")]

    form = forms.input_of("email", Asks.model_fields["email"], "a" * 3001)

    assert len(form["element"]["initial_value"]) == 3000

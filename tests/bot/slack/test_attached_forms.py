"""A field for a file: drawn so that Slack takes it, read back as where the file is, and filled in by nobody else."""

from typing import Any

import pytest

from bot.answer import Refused
from bot.attached_list import AttachedFile, BadList, NoLists
from bot.cognito import Directory
from bot.plan import Plan
from bot.scenario import AdminForm, Attached, AttachedLists, scenario
from bot.settings import PoolSettings
from bot.slack import form_views, forms
from bot.slack.form_views import PoolsHere
from bot.slack.forms import Drawn
from bot.slack.modals import Frame, Memory
from bot.words import say
from sandbox.testing import check_view

FRAME = Frame(title="A list", memory=Memory(scenario="a-list", channel="C0SUPPORT"))
ADDRESS = "https://files.slack.com/files-pri/T0-F1/download/list.csv"
FILE: dict[str, Any] = {"id": "F1", "name": "list.csv", "size": 4, "url_private_download": ADDRESS}


class ListForm(AdminForm):
    list: Attached


@scenario("a-list", title="A list", sends=("X",))
def a_list(form: ListForm, directory: Directory, lists: AttachedLists) -> Plan:
    """Ask for a list."""
    raise NotImplementedError


def state(*files: dict[str, Any]) -> dict[str, Any]:
    return {
        "list": {"value": {"type": "file_input", "files": list(files)}},
        "reason": {"value": {"type": "plain_text_input", "value": "They have paid"}},
    }


def test_slack_takes_the_form_and_typing_starts_in_the_reason() -> None:
    view = form_views.form_view(a_list, FRAME, Drawn(pools=("prod",)))
    [field, reason] = [block for block in view["blocks"] if block["type"] == "input"]

    assert check_view(view) == []
    assert field["element"] == {
        "type": "file_input",
        "action_id": "value",
        "filetypes": ["csv", "txt", "tsv", "text"],
        "max_files": 1,
    }
    assert "dispatch_action" not in field
    assert reason["element"]["focus_on_load"]


def test_a_file_is_read_back_as_where_it_is() -> None:
    form, errors = forms.submitted(a_list, forms.typed_in(ListForm, state(FILE)))

    assert errors == {}
    assert isinstance(form, ListForm)
    assert form.list == AttachedFile(id="F1", name="list.csv", size=4, address=ADDRESS)
    assert ListForm.model_validate(form.model_dump(mode="json")) == form


def test_without_a_file_the_form_says_so() -> None:
    assert forms.submitted(a_list, forms.typed_in(ListForm, state())) == (None, {"list": "Please fill this in."})


def test_a_file_that_is_too_large_is_refused_before_it_is_fetched() -> None:
    _, errors = forms.submitted(a_list, forms.typed_in(ListForm, state({**FILE, "size": 10_000_001})))

    assert errors == {"list": "This file has more than 10 MB. Attach a part of it."}


@pytest.mark.parametrize("broken", ["", "{}", "F1", '{"id": 1}', "[" * 9000])
def test_what_is_no_file_is_refused_in_words(broken: str) -> None:
    assert forms.judged(ListForm, {"list": broken, "reason": "They have paid"})[1] == {"list": "Attach a file."}


def test_another_file_is_another_plan() -> None:
    digests = set()
    for file in (FILE, {**FILE, "id": "F2"}, FILE):
        form = forms.decided(a_list, forms.typed_in(ListForm, state(file)))
        assert form is not None
        digests.add(forms.digest(a_list, form, "prod"))

    assert len(digests) == 2


def test_no_button_holds_a_file() -> None:
    typed = forms.typed_in(ListForm, state(FILE))
    form, _ = forms.judged(ListForm, typed)
    assert form is not None

    assert forms.held(a_list, typed) == {"reason": "They have paid"}
    assert forms.given_in(form) == {"reason": "They have paid"}
    assert forms.filled(a_list, {"list": typed["list"]}) == ({}, None)


def test_it_is_offered_only_where_the_desk_takes_files() -> None:
    pools = {"prod": PoolSettings(id="us-east-1_AbC123", region="us-east-1", client_id="4example")}
    here = PoolsHere({"a-list": a_list}, pools, files=True)
    without = PoolsHere({"a-list": a_list}, pools)

    assert (here.pools_of(a_list), without.pools_of(a_list)) == (("prod",), ())
    assert here.left_out(a_list, ("prod",)) == {}
    assert without.left_out(a_list, ("prod",))["list"].left_out
    with pytest.raises(Refused, match="The desk takes no files here"):
        without.check(a_list, "prod", {})


def test_a_scenario_that_is_run_where_there_are_no_files_says_so() -> None:
    with pytest.raises(BadList, match="The desk takes no files here"):
        NoLists().lines(AttachedFile(id="F1", name="x", size=1, address=""))


def test_the_words_fit_a_form() -> None:
    drawn = Drawn(pools=("prod",), typed=forms.typed_in(ListForm, state(FILE)), known=("list",))
    view = form_views.form_view(a_list, FRAME, drawn, why=Refused(say("No.")))

    assert check_view(view) == []
    assert [block["block_id"] for block in view["blocks"] if block["type"] == "input"] == ["reason"]
    assert "list.csv" in str(view["blocks"])

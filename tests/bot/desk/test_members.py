"""Who is ours by Slack's user object, by which rule somebody isn't, and who is the same person."""

from typing import Any

import pytest
from hypothesis import example, given
from hypothesis import strategies as st

from bot.desk.members import Member, Rule, read

HOME = "T0HOME"
ORGANISATION = "E0ORG"
OTHER = "T0OTHER"
PLAIN = {"id": "U1", "team_id": HOME}
FLAGS = ("deleted", "is_bot", "is_workflow_bot", "is_restricted", "is_ultra_restricted", "is_stranger")


def seen(asked: str = "U1", **user: Any) -> Member:
    return read({"id": "U1", **user}, asked=asked, home=HOME)


def grid(*teams: str) -> dict[str, Any]:
    return {"enterprise_user": {"id": "W1", "enterprise_id": ORGANISATION, "teams": list(teams)}}


@pytest.mark.parametrize(
    "user",
    [
        {"team_id": HOME},
        {"team_id": OTHER, **grid(OTHER, HOME)},
        {"team_id": ORGANISATION, **grid(HOME)},
        {**grid(HOME)},
        {"team_id": None, **grid(HOME)},
        {"enterprise_user": {"teams": [HOME]}},
        {"team_id": HOME, **grid()},
    ],
)
def test_whoever_belongs_to_our_workspace_is_ours(user: dict[str, Any]) -> None:
    assert seen(**user).rule is None
    assert seen(**user).why_not == ""


@pytest.mark.parametrize(
    ("user", "why"),
    [
        ({"team_id": HOME, "deleted": True}, "deactivated"),
        ({"team_id": HOME, "is_bot": True}, "a bot"),
        ({"team_id": HOME, "is_workflow_bot": True}, "a bot"),
        ({"team_id": HOME, "is_restricted": True}, "a guest"),
        ({"team_id": HOME, "is_ultra_restricted": True}, "a guest"),
        ({"team_id": HOME, "is_stranger": True}, "from another organisation"),
        ({"team_id": OTHER, "is_stranger": True}, f"belongs to another workspace ({OTHER})"),
        ({"team_id": OTHER, **grid(OTHER, "T0THIRD")}, f"belongs to another workspace ({OTHER}, T0THIRD)"),
        ({**grid("T0THIRD")}, "belongs to another workspace (T0THIRD)"),
        ({**grid(HOME), "is_restricted": True}, "a guest"),
        ({}, "Slack doesn't say which workspace they belong to"),
        ({"team_id": ""}, "Slack doesn't say which workspace they belong to"),
        ({"team_id": None, "enterprise_user": None}, "Slack doesn't say which workspace they belong to"),
        ({"enterprise_user": {"teams": f"{HOME}X"}}, "Slack doesn't say which workspace they belong to"),
    ],
)
def test_whoever_is_not_ours_is_so_by_a_rule_that_is_told(user: dict[str, Any], why: str) -> None:
    assert seen(**user).why_not == why


@pytest.mark.parametrize("user", [None, [], "U1", True])
def test_what_is_no_user_object_is_nobody(user: object) -> None:
    assert read(user, asked="U1", home=HOME) == Member(id="U1", key="U1", ids=frozenset({"U1"}), rule=Rule.NOT_FOUND)


@pytest.mark.parametrize(
    ("team", "user", "rule"),
    [
        (HOME, {"team_id": HOME}, None),
        ("", {"team_id": HOME}, None),
        (OTHER, {"team_id": HOME}, Rule.ELSEWHERE),
        (ORGANISATION, {"team_id": HOME}, Rule.ELSEWHERE),
        (OTHER, {"team_id": HOME, **grid(OTHER)}, Rule.ELSEWHERE),
        (OTHER, {"team_id": OTHER, **grid(OTHER, HOME)}, None),
        (ORGANISATION, {**grid(HOME)}, None),
        ("", {}, Rule.NOWHERE),
        (HOME, {"team_id": OTHER}, Rule.ELSEWHERE),
        (ORGANISATION, {**grid(HOME), "deleted": True}, Rule.DEACTIVATED),
    ],
)
def test_a_payload_from_elsewhere_counts_for_those_alone_who_share_our_workspace(
    team: str, user: dict[str, Any], rule: Rule | None
) -> None:
    assert seen(**user).rule_for(team, home=HOME) is rule


@pytest.mark.parametrize(
    ("asked", "user"),
    [
        ("U1", {"id": "U1", **grid(HOME)}),
        ("W1", {"id": "U1", **grid(HOME)}),
        ("W1", {"id": "W1", **grid(HOME)}),
        ("U2", {"id": "U2", **grid(HOME)}),
        ("W1", {"id": "W1", "team_id": HOME}),
        ("W1", {"id": "U1", "team_id": HOME}),
    ],
)
def test_one_person_goes_by_one_key_whichever_id_slack_named(asked: str, user: dict[str, Any]) -> None:
    member = read(user, asked=asked, home=HOME)

    assert (member.id, member.key) == (asked, "W1")
    assert {asked, user["id"], "W1"} == member.ids
    assert member.on_grid


def test_what_names_nobody_is_about_the_one_who_was_asked_for() -> None:
    assert read({"team_id": HOME}, asked="U1", home=HOME) == seen(team_id=HOME)


def test_without_a_grid_everybody_goes_by_their_only_id() -> None:
    assert seen(team_id=HOME) == Member(id="U1", key="U1", ids=frozenset({"U1"}), teams=(HOME,))


ODD = st.recursive(
    st.none() | st.booleans() | st.integers() | st.sampled_from(["", "U1", "W1", HOME, OTHER, f"{HOME}X"]),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.sampled_from(["id", "teams", HOME]), inner),
    max_leaves=6,
)
NAMES = ["id", "team_id", "enterprise_user", *FLAGS]


@given(user=st.dictionaries(st.sampled_from(NAMES), ODD) | ODD, home=st.sampled_from([HOME, ""]))
@example(user={"id": "U1", "team_id": ""}, home="")
@example(user={"id": "U1", "enterprise_user": {"teams": [""]}}, home="")
@example(user={"id": "U1", "enterprise_user": {"teams": {HOME: True}}}, home=HOME)
def test_however_odd_a_user_object_is_it_breaks_nothing_and_lets_nobody_in(user: Any, home: str) -> None:
    member = read(user, asked="U1", home=home)

    assert member.key
    assert member.id == "U1"
    assert "U1" in member.ids
    if member.rule is None:
        shared = user["enterprise_user"]["teams"] if user.get("team_id") != home else [home]
        assert home
        assert isinstance(shared, list)
        assert home in shared
        assert not any(user.get(flag) for flag in FLAGS)


@given(
    user=st.fixed_dictionaries({"id": st.just("U1")}, optional={flag: st.booleans() for flag in FLAGS}),
    home=st.booleans(),
    shared=st.booleans(),
    lost=st.sets(st.sampled_from(["id", "team_id", "enterprise_user"]), min_size=1),
    emptied=st.sampled_from([None, "", {}, []]),
)
def test_what_is_missing_or_empty_never_lets_anybody_in(
    user: dict[str, Any], home: bool, shared: bool, lost: set[str], emptied: object
) -> None:
    whole = {**user, "team_id": HOME if home else OTHER, **grid(HOME if shared else OTHER)}

    for poorer in ({k: v for k, v in whole.items() if k not in lost}, whole | dict.fromkeys(lost, emptied)):
        if read(whole, asked="U1", home=HOME).rule is not None:
            assert read(poorer, asked="U1", home=HOME).rule is not None

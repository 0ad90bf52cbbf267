"""Slash commands: two desks of one workspace never take each other's for their own."""

import pytest

from bot.slash import SlashCommands

USUAL, STAGING = SlashCommands(), SlashCommands("/cognito-staging")


@pytest.mark.parametrize(
    ("commands", "typed", "scenario"),
    [
        (USUAL, "/cognito", ""),
        (USUAL, "/cognito-check", "check"),
        (USUAL, "/cognito-confirm-sign-up", "confirm-sign-up"),
        (STAGING, "/cognito-staging", ""),
        (STAGING, "/cognito-staging-check", "check"),
        (STAGING, "/cognito-check", None),
        (STAGING, "/cognito", None),
        (STAGING, "/cognito-stagingcheck", None),
        (USUAL, "/cognitocheck", None),
        (USUAL, "/check", None),
    ],
)
def test_a_command_means_a_scenario_only_with_the_desk_s_own_prefix(
    commands: SlashCommands, typed: str, scenario: str | None
) -> None:
    assert commands.scenario(typed) == scenario


@pytest.mark.parametrize("commands", [USUAL, STAGING])
def test_what_is_typed_for_a_scenario_means_that_scenario(commands: SlashCommands) -> None:
    for name in ("check", "resend-invitation", "confirm-account"):
        command, _, rest = commands.typed(name).partition(" ")
        assert (commands.scenario(command) or rest) == name


def test_the_longest_names_are_told_first() -> None:
    assert STAGING.without_own(["check", "confirm-account", "confirm-accounts", "resend-invitation"]) == [
        "resend-invitation",
        "confirm-accounts",
    ]

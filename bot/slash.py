"""How people start something: by slash commands, which all begin with the prefix of the settings, and by a shortcut.

With prefixes of their own, two desks can share a workspace.
"""

from collections.abc import Iterable
from dataclasses import dataclass

DEFAULT = "/cognito"

CHECK_MESSAGE = "check-message"
"""The ``callback_id`` of the message shortcut *Check this customer*."""

LONGEST = 32
"""Characters of a slash command, the slash included (https://docs.slack.dev/reference/app-manifest)."""


@dataclass(frozen=True, slots=True)
class SlashCommands:
    """The commands of one desk: ``/cognito`` opens the menu, and ``/cognito-check`` starts the scenario ``check``."""

    menu: str = DEFAULT
    """The prefix of all commands, and by itself the one that opens the menu."""

    def own(self, scenario: str) -> str:
        """Return the command that starts a scenario, or an empty string where Slack takes none that long."""
        command = f"{self.menu}-{scenario}"
        return command if len(command) <= LONGEST else ""

    def typed(self, scenario: str) -> str:
        """Return what a person types to start a scenario: its own command, or its name after the prefix."""
        return self.own(scenario) or f"{self.menu} {scenario}"

    def scenario(self, command: str) -> str | None:
        """Return the scenario that a command names; empty for the menu; None for a command of another desk."""
        if command == self.menu:
            return ""
        name = command.removeprefix(f"{self.menu}-")
        return name if name != command else None

    def without_own(self, scenarios: Iterable[str]) -> list[str]:
        """Return the scenarios whose own command would be too long, the longest first."""
        return sorted((name for name in scenarios if not self.own(name)), key=lambda name: (-len(name), name))

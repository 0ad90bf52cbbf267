"""Reads what pip-audit says, and tells "no known flaw" apart from "nobody was asked"."""

import json
import sys
from typing import Any

NOT_ASKED = 3
"""The exit code when the service gave no answer: nothing is known, good or bad."""


def verdict(said: str) -> tuple[int, str]:
    """Return the exit code and what to tell, from pip-audit's JSON and what it said around it."""
    try:
        packages: list[dict[str, Any]] = json.loads(said[said.index('{"dependencies"') :])["dependencies"]
    except ValueError:
        return (
            NOT_ASKED,
            f"Not checked: the service gave no answer. {said.strip().splitlines()[-1] if said.strip() else ''}",
        )
    skipped = [each for each in packages if "skip_reason" in each]
    flaws = [f"{each['name']} {each['version']}: {flaw['id']}" for each in packages for flaw in each.get("vulns", ())]
    if flaws:
        return 1, "\n".join(flaws)
    if skipped or not packages:
        return NOT_ASKED, f"Not checked: of {len(skipped)} of {len(packages)} libraries the service knows nothing."
    return 0, f"{len(packages)} libraries, no known flaw."


if __name__ == "__main__":
    code, told = verdict(sys.stdin.read())
    sys.stdout.write(f"{told}\n")
    sys.exit(code)

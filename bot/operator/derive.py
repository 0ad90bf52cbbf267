"""Rewrites what follows from the scenarios and the scopes: the manifest, the IAM policy and the README's tables.

The table of Slack's errors is written too, from the one that the desk goes by.
"""

import json
import sys
from collections.abc import Iterable, Mapping
from pathlib import Path
from typing import Any

import commands
from bot import slash
from bot.aws import iam
from bot.operator import errors_page
from bot.operator.manifest import OPTIONAL_SCOPES, SCOPES, as_yaml, manifest
from bot.plan import BadScenario
from bot.scenario import Scenario, ScenarioKind, load
from bot.settings import PoolSettings

ROOT = Path(__file__).parents[2]
_EXAMPLE = PoolSettings(id="us-east-1_AbC123", region="us-east-1", client_id="4example")
_WHO_AGREES = {
    ScenarioKind.ANSWER: "nobody: it only reads",
    ScenarioKind.PLAN: "a lead",
    ScenarioKind.CUSTOMER_ACTION: "the customer, by their own sign-in or code",
}


def derived(scenarios: Mapping[str, Scenario[Any]], readme: str) -> dict[str, str]:
    """Return the text of every derived file by its path in the checkout; the README is given and comes back whole."""
    every = list(scenarios.values())
    return {
        "manifest.yml": as_yaml(manifest(every)),
        "docs/iam-policy.json": json.dumps(rights(every, [_EXAMPLE], account="111122223333"), indent=2) + "\n",
        "README.md": _between(_between(readme, "scopes", scopes()), "commands", table(every)),
        "docs/slack-errors.md": errors_page.page(),
    }


def rights(scenarios: Iterable[Scenario[Any]], pools: Iterable[PoolSettings], *, account: str = "*") -> dict[str, Any]:
    """Return the IAM policy for everything that these scenarios declare."""
    sends = frozenset[str]().union(*(one.sends for one in scenarios))
    return iam.policy(pools, sends, account=account)


def table(scenarios: Iterable[Scenario[Any]]) -> str:
    """Return the table of commands in Markdown."""
    usual = slash.SlashCommands()
    rows = [f"| `{usual.menu}` | A menu of all of these | |"]
    for one in scenarios:
        typed = f"{usual.typed(one.name)} {one.usage}".strip().replace("|", "\\|")
        rows.append(f"| `{typed}` | {one.summary} | {_WHO_AGREES[one.kind]} |")
    return "\n".join(["| Command | What it does | Who has to agree |", "|---|---|---|", *rows])


def scopes() -> str:
    """Return the table of scopes in Markdown."""
    rows = [f"| `{scope}` | {why} | yes |" for scope, why in SCOPES.items()]
    rows += [f"| `{scope}` | {why} | no |" for scope, why in OPTIONAL_SCOPES.items()]
    return "\n".join(["| Scope | What for | Required |", "|---|---|---|", *rows])


def write(root: Path, scenarios: Mapping[str, Scenario[Any]]) -> list[str]:
    """Write the files of a checkout that are not as they should be, and return their paths."""
    wanted = derived(scenarios, (root / "README.md").read_text(encoding="utf-8"))
    stale = [path for path, text in wanted.items() if _read(root / path) != text]
    for path in stale:
        (root / path).write_text(wanted[path], encoding="utf-8")
    return stale


def _read(file: Path) -> str | None:
    return file.read_text(encoding="utf-8") if file.exists() else None


def _marks(name: str) -> tuple[str, str]:
    return f"<!-- {name}: written by `make derive` -->", f"<!-- end of {name} -->"


def _between(readme: str, name: str, content: str) -> str:
    opening, closing = _marks(name)
    before, begin, rest = readme.partition(opening)
    _, end, after = rest.partition(closing)
    if not (begin and end):
        raise ValueError(f"README.md has lost its marks {opening} and {closing}")
    return f"{before}{begin}\n{content}\n{end}{after}"


if __name__ == "__main__":
    try:
        scenarios = load(commands)
    except BadScenario as error:
        sys.exit(str(error))
    for written in write(ROOT, scenarios):
        sys.stdout.write(f"wrote {written}\n")

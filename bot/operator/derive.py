"""Rewrites what follows from the scenarios and the scopes: the manifest, the IAM policy and the README's tables.

The table of Slack's errors is written too, from the one that the desk goes by.
"""

import json
import sys
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import replace
from itertools import groupby
from pathlib import Path
from typing import Any

import commands
from bot import slash
from bot.aws import iam
from bot.operator.manifest import FILE_SCOPES, OPTIONAL_SCOPES, SCOPES, as_yaml, manifest
from bot.scenario import BadScenario, Scenario, ScenarioKind, load
from bot.settings import Bucket, PoolSettings, SlackApp
from bot.slack_errors import TABLE, UNKNOWN, Meaning, SlackError, Way

ROOT = Path(__file__).parents[2]
_EXAMPLE = PoolSettings(id="us-east-1_AbC123", region="us-east-1", client_id="4example")
_WHO_AGREES = {
    ScenarioKind.ANSWER: "nobody: it only reads",
    ScenarioKind.PLAN: "a lead",
    ScenarioKind.CUSTOMER_ACTION: "the customer, by their own sign-in or code",
}

_TWO = "two leads"
_OF_EVERYONE = frozenset({"UpdateIdentityProvider", "UpdateUserPool"})
"""Operations that concern everyone in a pool, or everyone who signs in through a provider: always a high risk."""

_DOES = {
    Meaning.AGAIN: "Waits (for as long as Slack says, if it does) and sends it again",
    Meaning.UNSURE: "Looks whether it has arrived (with the optional history scopes), then sends it again",
    Meaning.PERSON: "Posts a card as soon as the channel takes it; drops an answer at once",
    Meaning.OPERATOR: "Keeps everything, and tries one message every minute",
    Meaning.STOP: "Drops it",
}
_GIVES = {
    Way.BLOCKS: "Replaces only the refused block: a table becomes lines, another its text; buttons are removed last",
    Way.METADATA: "Sends it without metadata",
    Way.THREAD: "Posts the reply in the channel, with a link to what it is about",
    Way.EDIT: "Posts a new card, on which clicks count from then on; those on the old one don't",
    Way.MODAL: "Tells the person by an ephemeral message, with a button that opens the form if there is one",
}
_WHO = {
    Meaning.AGAIN: "nobody, unless an answer has waited for a quarter of an hour: then its person, by direct message",
    Meaning.UNSURE: "nobody, unless an answer has waited for a quarter of an hour: then its person, by direct message",
    Meaning.GIVE_WAY: "the log",
    Meaning.PERSON: "the person who asked, at once, where they typed it or by direct message: “{told}”",
    Meaning.OPERATOR: "the operator, once, in the log: “{told}”",
    Meaning.STOP: "the log, as an error; the person who asked, by direct message",
}
_INTRODUCTION = (
    "# What Slack refuses, and what the desk does",
    "",
    "Written by `make derive` from `bot/slack_errors.py`. *An answer* is what one person asked for; *a card* is a",
    "request's, with its replies. Nothing is tried for ever: an answer waits for a quarter of an hour, a",
    "direct message for a day, a card and its replies until a day after the request is over.",
    "",
)


def derived(scenarios: Mapping[str, Scenario[Any]], readme: str) -> dict[str, str]:
    """Return the text of every derived file by its path in the checkout; the README is given and comes back whole."""
    every = list(scenarios.values())
    return {
        "manifest.yml": as_yaml(manifest(every)),
        "docs/iam-policy.json": json.dumps(rights(every, [_EXAMPLE], account="111122223333"), indent=2) + "\n",
        "README.md": _between(_between(readme, "scopes", scopes()), "commands", table(every)),
        "docs/slack-errors.md": errors_page(),
    }


def rights(scenarios: Iterable[Scenario[Any]], pools: Iterable[PoolSettings], *, account: str = "*") -> dict[str, Any]:
    """Return the IAM policy for everything that these scenarios declare."""
    sends = frozenset[str]().union(*(one.sends for one in scenarios))
    return iam.policy(pools, sends, account=account)


def printed_rights(
    scenarios: Iterable[Scenario[Any]], pools: Iterable[PoolSettings], *, desk: str = "", bucket: Bucket | None = None
) -> dict[str, Any]:
    """Return what `desk iam-policy` prints: one policy, or `bot.aws.iam.policies` where some pool has a role.

    ``desk``: the ARN of the desk's own role or user, for the roles' trust policies; empty for a placeholder.
    ``bucket``: where the audit is exported to, which is up to the desk's own role; None for nowhere.
    """
    pools = tuple(pools)
    if all(pool.role_arn is None for pool in pools):
        printed = own = rights(scenarios, pools)
    else:
        printed = iam.policies(pools, frozenset[str]().union(*(one.sends for one in scenarios)), desk=desk)
        own = printed[iam.OWN]["policy"]
    if bucket is not None:
        own["Statement"].append(iam.export(bucket))
    return printed


def table(scenarios: Iterable[Scenario[Any]]) -> str:
    """Return the table of commands in Markdown."""
    usual = slash.SlashCommands()
    rows = [f"| `{usual.menu}` | A menu of all of these | |"]
    for one in scenarios:
        typed = f"{usual.typed(one.name)} {one.usage}".strip().replace("|", "\\|")
        rows.append(f"| `{typed}` | {one.summary} | {_who_agrees(one)} |")
    return "\n".join(["| Command | What it does | Who has to agree |", "|---|---|---|", *rows])


def _who_agrees(one: Scenario[Any]) -> str:
    if one.is_for_leads:
        return f"{_WHO_AGREES[one.kind]}; leads alone may ask for it"
    return _TWO if one.is_bulk or not _OF_EVERYONE.isdisjoint(one.sends) else _WHO_AGREES[one.kind]


def scopes() -> str:
    """Return the table of scopes in Markdown."""
    rows = [f"| `{scope}` | {why} | yes |" for scope, why in SCOPES.items()]
    rows += [f"| `{scope}` | {why} | only with `slack.files` |" for scope, why in FILE_SCOPES.items()]
    rows += [f"| `{scope}` | {why} | no |" for scope, why in OPTIONAL_SCOPES.items()]
    return "\n".join(["| Scope | What for | Required |", "|---|---|---|", *rows])


def errors_page() -> str:
    """Return `docs/slack-errors.md`."""
    rows = [_row(list(each)) for _, each in groupby((*TABLE, UNKNOWN), key=lambda one: replace(one, name=""))]
    head = ["| Slack says | When | What the desk does | Who is told |", "|---|---|---|---|"]
    return "\n".join([*_INTRODUCTION, *head, *rows]) + "\n"


def _row(alike: Sequence[SlackError]) -> str:
    error = alike[0]
    does = _GIVES[error.way] if error.way else _DOES[error.meaning]
    said = " ".join(filter(None, (error.why, error.cure)))
    said = said.format(channel="#channel", name=SlackApp().name)
    who = _WHO[error.meaning].format(told=said)
    if error is UNKNOWN:
        does = "Tries again, less and less often; an answer for a quarter of an hour, a card until its request is over"
        who = who.replace("at once", "in the end")
    if error.final:
        does = "Keeps everything. Waiting changes nothing, so the program ends with exit code 3"
    if error.of_person:
        does, who = "Drops the ephemeral or direct message, after one try", "the log"
    if error.of_file:
        does, who = "Posts no file", f"who reads the thread: “{said}”"
    if error.does:
        does, who = error.does, "the log"
    names = ", ".join(f"`{each.name}`" for each in alike) if error.name else "anything else"
    return f"| {names} | {error.when} | {does} | {who} |"


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

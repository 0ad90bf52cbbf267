"""``desk doctor``: whether everything that the desk needs is there, and how to repair what isn't; changes nothing."""

import logging
from collections.abc import Collection, Iterator, Mapping
from pathlib import Path

import commands
from bot.operator import doctor_aws, doctor_database, doctor_slack
from bot.operator.derive import rights
from bot.operator.doctor_result import DoctorResult, DoctorStatus, exposed, not_checked, ok, problem
from bot.operator.manifest import check, without_own
from bot.scenario import load as load_scenarios
from bot.settings import SettingsError, SlackApp, load


def main(environ: Mapping[str, str]) -> int:
    """Print the report, and return 1 when there is a problem."""
    # What the libraries would log about refusals stands in the report already.
    logging.disable(logging.CRITICAL)
    found = []
    try:
        for finding in examine(environ):
            print(finding, flush=True)
            found.append(finding.verdict)
    finally:
        logging.disable(logging.NOTSET)
    problems = found.count(DoctorStatus.PROBLEM)
    print(f"\n{problems} problem{'' if problems == 1 else 's'}." if problems else "\nNo problems.")
    return 1 if problems else 0


def examine(environ: Mapping[str, str]) -> Iterator[DoctorResult]:
    """Look at the settings, and with them at everything else."""
    secrets = Path(".env")
    # They may all come from the environment.
    if secrets.exists():
        yield exposed(secrets.name, secrets) or ok(secrets.name, "only its owner and group may read it")
    try:
        settings = load(environ)
    except SettingsError as error:
        yield problem("settings", *_first_steps(str(error)))
        yield not_checked("Slack, AWS, database", "they need the settings")
        return
    yield ok("settings", "complete")
    scenarios = load_scenarios(commands)
    yield _commands(settings.slack, scenarios)
    yield from doctor_slack.examine(settings)
    policy = rights(scenarios.values(), settings.pools.values())
    allows = [statement for statement in policy["Statement"] if statement["Effect"] == "Allow"]
    actions = [action for one in allows for action in one["Action"]]
    yield from doctor_aws.examine(settings.pools, actions, settings.audit.bucket)
    yield doctor_database.examine(settings)
    yield doctor_database.examine_audit(settings)
    yield doctor_database.examine_connections(settings)


def _commands(app: SlackApp, scenarios: Collection[str]) -> DoctorResult:
    try:
        check(app, scenarios)
    except SettingsError as error:
        return problem("commands", str(error), "Choose another prefix, and give the app the manifest that follows.")
    without = without_own(app, scenarios)
    return ok("commands", f"{app.command}, as {app.name}" + (f". {without}" if without else ""))


def _first_steps(error: str) -> tuple[str, str]:
    missing = [(example, file, copy) for example, file, copy in _EXAMPLES if not Path(file).exists()]
    if not missing:
        return error, "Correct it, and ask again."
    begin = f"Begin with: {' && '.join(f'{copy} {example} {file}' for example, file, copy in missing)}"
    if all(Path(example).exists() for example, _, _ in missing):
        return error, begin
    return error, f"{begin} (the examples are in the checkout from which the desk was installed)"


_EXAMPLES = ((".env.example", ".env", "install -m 600"), ("desk.example.toml", "desk.toml", "cp"))

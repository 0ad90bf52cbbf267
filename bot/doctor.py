"""``desk doctor``: whether everything that the desk needs is there, and how to mend what isn't; changes nothing."""

import logging
from collections.abc import Iterator, Mapping
from pathlib import Path

from sqlalchemy import inspect, make_url, select, text
from sqlalchemy.exc import SQLAlchemyError

import commands
from bot import doctor_aws, doctor_slack, store
from bot.derive import rights
from bot.finding import Finding, Verdict, not_checked, ok, problem
from bot.scenario import load as load_scenarios
from bot.settings import Settings, SettingsError, load
from bot.store import SCHEMA_VERSION, Store, StoreError


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
    problems = found.count(Verdict.PROBLEM)
    print(f"\n{problems} problem{'' if problems == 1 else 's'}." if problems else "\nNo problems.")
    return 1 if problems else 0


def examine(environ: Mapping[str, str]) -> Iterator[Finding]:
    """Look at the settings, and with them at everything else."""
    try:
        settings = load(environ)
    except SettingsError as error:
        yield problem("settings", *_first_steps(str(error)))
        yield not_checked("Slack, AWS, database", "they need the settings")
        return
    yield ok("settings", "complete")
    yield from doctor_slack.examine(settings)
    policy = rights(load_scenarios(commands).values(), settings.pools.values())
    allows = [statement for statement in policy["Statement"] if statement["Effect"] == "Allow"]
    yield from doctor_aws.examine(settings.pools, [action for one in allows for action in one["Action"]])
    yield _database(settings)


def _first_steps(error: str) -> tuple[str, str]:
    missing = [f"cp {example} {file}" for example, file in _EXAMPLES if not Path(file).exists()]
    return error, f"Begin with: {' && '.join(missing)}" if missing else "Correct it, and ask again."


_EXAMPLES = ((".env.example", ".env"), ("desk.example.toml", "desk.toml"))


def _database(settings: Settings) -> Finding:
    url = settings.database_url.get_secret_value()
    try:
        parsed = make_url(url)
        name = parsed.render_as_string(hide_password=True)
        if parsed.get_backend_name() == "sqlite" and parsed.database and not Path(parsed.database).exists():
            # Connecting would make the file.
            return ok("database", f"{name} is made at the first start")
        return _opened(Store(url), name)
    except StoreError as error:
        return problem("database", str(error), "See DESK_DATABASE_URL in .env.example.")
    except SQLAlchemyError as error:
        said = str(getattr(error, "orig", None) or error).splitlines()[0]
        return problem("database", said, "Check DESK_DATABASE_URL, and that the database runs and lets us in.")


def _opened(database: Store, name: str) -> Finding:
    try:
        # A transaction as the desk opens it: on SQLite it needs a file that can be written to.
        with database.transaction() as connection:
            if not inspect(connection).has_table(store.schema.name):
                return ok("database", f"{name} is empty; its tables are made at the first start")
            version = connection.execute(select(store.schema.c.version)).scalar()
            if version is not None and version > SCHEMA_VERSION:
                return problem(
                    "database",
                    f"{name} has schema version {version}, newer than this program's {SCHEMA_VERSION}",
                    "Start the newer program, or restore the backup made before the upgrade.",
                )
            if database.dialect == "postgresql" and not connection.scalar(
                text("SELECT has_table_privilege('ticket', 'INSERT') AND has_table_privilege('audit', 'INSERT')")
            ):
                return problem(
                    "database", f"{name} can't be written to", "Grant INSERT, SELECT and UPDATE on its tables."
                )
            return ok("database", f"{name}, schema version {version}")
    finally:
        database.close()

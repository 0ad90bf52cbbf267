"""The program's command line: one function for each ``desk …``."""

import argparse
import gc
import getpass
import json
import os
import re
import sys
from collections.abc import Callable, Mapping, Sequence
from datetime import UTC, datetime
from pathlib import Path

from dotenv import dotenv_values

from bot import OperatorError

# Each command imports what it needs when it is asked for: a sandbox has no use for the desk's libraries, nor the
# manifest for AWS's, and all of them together take a second to load.


def main(arguments: Sequence[str] | None = None) -> int:
    """Run one command and return the program's exit code: 2 when there is something to be put right first."""
    asked = _parser().parse_args(arguments)
    command: Callable[[argparse.Namespace], int] = asked.command
    try:
        code = command(asked)
        # Here, where a reader that has gone is expected, and not when Python ends.
        sys.stdout.flush()
    except OperatorError as error:
        print(error, file=sys.stderr)
        return 2
    except KeyboardInterrupt:
        return 130
    except BrokenPipeError:
        # The one who read the output has seen enough; nothing more can be written, at exit neither.
        os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())
        return 0
    return code


def _run(_: argparse.Namespace) -> int:
    # Nearly all that is made while the libraries are loaded stays: looking for the rest is a fifth of the start.
    gc.disable()
    from bot import run
    from bot.settings import load

    return run.main(load(_environ()))


def _sandbox(asked: argparse.Namespace) -> int:
    import commands
    from bot.operator.manifest import manifest
    from bot.scenario import load as load_scenarios
    from bot.settings import SlackApp

    try:
        import sandbox.run
    except ModuleNotFoundError as missing:
        said = f"The sandbox needs {missing.name}, which is not installed: make sandbox, or pip install '.[sandbox]'"
        print(said, file=sys.stderr)
        return 2

    # The usual names, whatever desk.toml says: the page's first message tells people to type them.
    app = manifest(load_scenarios(commands).values(), SlackApp(files=True))
    return sandbox.run.main(app, port=asked.port, cognito_port=asked.cognito_port, slack_waits=asked.slack_waits)


def _doctor(_: argparse.Namespace) -> int:
    from bot.operator import doctor

    return doctor.main(_environ())


def _manifest(_: argparse.Namespace) -> int:
    import commands
    from bot.operator.manifest import as_yaml, check, manifest, without_own
    from bot.scenario import load as load_scenarios
    from bot.settings import load_slack

    scenarios, app = load_scenarios(commands), load_slack(_environ())
    check(app, scenarios)
    if said := without_own(app, scenarios):
        # Beside the manifest, which is for copying.
        print(said, file=sys.stderr)
    print(as_yaml(manifest(scenarios.values(), app)), end="")
    return 0


def _iam_policy(asked: argparse.Namespace) -> int:
    import commands
    from bot.operator.derive import printed_rights
    from bot.scenario import load as load_scenarios
    from bot.settings import load_file

    file = load_file(_environ())
    scenarios, desk = load_scenarios(commands), asked.desk_role or ""
    printed = printed_rights(scenarios.values(), file.pools.values(), desk=desk, bucket=file.audit.bucket)
    print(json.dumps(printed, indent=2))
    return 0


def _audit(asked: argparse.Namespace) -> int:
    from bot.settings import load
    from bot.tickets import audit
    from bot.tickets.store import Store

    wanted = audit.Wanted(since=asked.since, until=asked.until, person=asked.person, user=asked.user, state=asked.state)
    store = Store(load(_environ()).database_url.get_secret_value())
    for row in audit.export(store, wanted):
        print(json.dumps(row, ensure_ascii=False))
    return 0


def _verify(asked: argparse.Namespace) -> int:
    from bot.operator.verify_audit import report
    from bot.settings import load_database_url
    from bot.tickets.store import Store
    from bot.tickets.verify_seals import verify

    database = Store(load_database_url(_environ()).get_secret_value())
    with database.reachable():
        found = verify(database, known=asked.head)
    print("\n".join(report(found, known=asked.head)))
    return 0 if found.fits else 1


def _forget(asked: argparse.Namespace) -> int:
    from bot.settings import load_database_url
    from bot.tickets.forgetting import forget
    from bot.tickets.store import Store

    database = Store(load_database_url(_environ()).get_secret_value())
    with database.reachable():
        gone = forget(database, asked.user, by=getpass.getuser())
    if gone.nothing:
        print("Nothing is on record of this name, sub or address.")
        return 1
    print(
        f"Removed what names them from {gone.tickets} requests, {gone.rows} rows of the audit and {gone.cases} checks. "
        "Ask again with their other names: the sub, the user name, each address. What was posted in Slack stays there."
    )
    return 0


def _status(asked: argparse.Namespace) -> int:
    from bot.operator import status
    from bot.settings import load_database_url
    from bot.tickets.store import Store

    found = status.read(Store(load_database_url(_environ()).get_secret_value()))
    print(status.as_json(found) if asked.json else status.as_text(found))
    return 0


def _environ() -> Mapping[str, str]:
    """Return the environment with what ``.env`` says; what is set already wins."""
    written = {name: value for name, value in dotenv_values(Path(".env")).items() if value is not None}
    # AWS's library looks for its own variables in the process; our secrets needn't be there.
    os.environ.update({name: written[name] for name in written.keys() - os.environ.keys() if not _ours(name)})
    return {**written, **os.environ}


def _ours(name: str) -> bool:
    return name.startswith(("SLACK_", "DESK_"))


def _parser() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(
        prog="desk",
        description="A desk in Slack for Amazon Cognito: why an e-mail is not verified, and how to put it right.",
    )
    commands = parser.add_subparsers(title="commands", required=True, metavar="COMMAND")

    def add(name: str, command: Callable[[argparse.Namespace], int], summary: str) -> argparse.ArgumentParser:
        added = commands.add_parser(name, help=summary, description=f"{summary[0].upper()}{summary[1:]}.")
        added.set_defaults(command=command)
        return added

    add("run", _run, "answer in Slack, with the settings of .env and desk.toml")
    sandbox = add("sandbox", _sandbox, "try it on this machine, with no account anywhere")
    sandbox.add_argument("--port", type=int, default=8377, help="of the page and of Slack's API (default: 8377)")
    sandbox.add_argument("--cognito-port", type=int, default=8378, help="of Cognito's API (default: 8378)")
    waits = "seconds that Slack waits for the desk; more than its 3 suit a slow machine"
    sandbox.add_argument("--slack-waits", type=float, default=3.0, help=waits)
    add("doctor", _doctor, "say what is wrong with an installation, and how to repair it; changes nothing")
    add("manifest", _manifest, "print the Slack app's manifest, with the names of desk.toml if it is there")
    rights = add(
        "iam-policy", _iam_policy, "print the least AWS rights that the scenarios need in the pools of desk.toml"
    )
    itself = "the ARN of the desk's own role or user, for the trust policies of the roles that desk.toml names"
    rights.add_argument("--desk-role", type=_principal, metavar="ARN", help=itself)
    status = add("status", _status, "say what waits, what is in doubt, and whether a desk is connected")
    status.add_argument("--json", action="store_true", help="as one JSON object, for programs")
    audit = add("audit", _audit, "print the audit as JSON Lines, oldest first")
    audit.add_argument("--since", type=_time, help="a date or time such as 2026-11-24 or 2026-11-24T14:00+01:00")
    audit.add_argument("--until", type=_time, help="up to, but without, this date or time (UTC if no zone is given)")
    audit.add_argument(
        "--person",
        default="",
        help="a Slack user id: who acted, or who asked; on Enterprise Grid one person may have two",
    )
    audit.add_argument("--user", default="", help="a customer's sub, user name or address")
    audit.add_argument("--state", type=_state, help='in which the ticket is now, such as pending, done or "in doubt"')
    of_audit = audit.add_subparsers(title="instead of printing it", metavar="COMMAND")
    verify = of_audit.add_parser("verify", help=_VERIFIES, description=f"{_VERIFIES[0].upper()}{_VERIFIES[1:]}.")
    verify.add_argument("--head", type=_head, help="N:DIGEST as an earlier `desk audit verify` or an export had it")
    verify.set_defaults(command=_verify)
    forget = of_audit.add_parser("forget", help=_FORGETS, description=f"{_FORGETS[0].upper()}{_FORGETS[1:]}.")
    forget.add_argument("user", type=_user, metavar="USER", help="the customer's sub, user name or address")
    forget.set_defaults(command=_forget)
    return parser


_FORGETS = "remove what names a customer from the database; who did what, when, stays in the audit"
_VERIFIES = "say whether anybody has changed or removed rows of the audit since they were sealed; changes nothing"


def _principal(value: str) -> str:
    if not re.fullmatch(r"arn:aws(-cn|-us-gov)?:iam::[0-9]{12}:(role|user)/\S+", value):
        example = "arn:aws:iam::111122223333:role/desk"
        raise argparse.ArgumentTypeError(f"{value!r} is not the ARN of a role or user, such as {example}")
    return value


def _state(value: str) -> object:
    from bot.ticket import State

    try:
        return State(value)
    except ValueError:
        raise argparse.ArgumentTypeError(f"{value!r} is none of: {', '.join(State)}") from None


def _user(value: str) -> str:
    if not value.strip():
        raise argparse.ArgumentTypeError("this is nobody")
    return value.strip()


def _head(value: str) -> object:
    from bot.tickets.verify_seals import Head

    try:
        return Head.of(value)
    except ValueError as error:
        raise argparse.ArgumentTypeError(str(error)) from None


def _time(value: str) -> datetime:
    try:
        at = datetime.fromisoformat(value)
    except ValueError:
        raise argparse.ArgumentTypeError(f"{value!r} is no date or time such as 2026-11-24T14:00+01:00") from None
    return at if at.tzinfo else at.replace(tzinfo=UTC)


if __name__ == "__main__":
    sys.exit(main())

"""A scenario's declaration is checked when it is loaded: each mistake is told with its file and its cure."""

import importlib
import sys
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass, field
from pathlib import Path
from types import ModuleType

import pytest

import commands
from bot import operations
from bot.cognito import Directory
from bot.plan import BadScenario
from bot.scenario import Prefill, Prepare, load
from bot.scenario_check import RESERVED, offered
from bot.tickets import undo
from tests.commands.paper import ALIAS, SCENARIOS, Paper

GOOD = '''
from collections.abc import Mapping
from typing import Annotated, Literal

from pydantic import Field, SecretStr

from bot.answer import Answer
from bot.cognito import Directory, User
from bot.ledger import Ledger
from bot.plan import Plan
from bot.scenario import AdminForm, Form, MenuLine, Prefill, Prepare, UserRef, scenario
from bot.words import say


class Enable(AdminForm):
    """Whose account."""

    user: Annotated[UserRef, Field(title="User", description="Who it is.")]


def shown(directory: Directory) -> Mapping[str, Prefill]:
    """Show something."""
    return {"user": Prefill(value="ana")}


@scenario(
    "enable",
    title="Enable",
    usage="[user]",
    sends=("AdminEnableUser",),
    menu=(MenuLine(10, "They were disabled by mistake", button="Enable…"),),
    prepare=Prepare(fields=("user",), read=shown),
)
def enable(form: Enable, directory: Directory) -> Plan:
    """Let a customer sign in again."""
    raise NotImplementedError
'''

Load = Callable[[Mapping[str, str]], ModuleType]


@pytest.fixture
def package(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Load]:
    """Make a package of files, by their names."""

    def make(files: Mapping[str, str]) -> ModuleType:
        (tmp_path / "made_up").mkdir()
        (tmp_path / "made_up" / "__init__.py").touch()
        for name, text in files.items():
            (tmp_path / "made_up" / f"{name}.py").write_text(text, "utf-8")
        return importlib.import_module("made_up")

    monkeypatch.syspath_prepend(str(tmp_path))
    yield make
    for name in [name for name in sys.modules if name.partition(".")[0] == "made_up"]:
        del sys.modules[name]


def told(package: ModuleType) -> list[str]:
    with pytest.raises(BadScenario) as bad:
        load(package)
    return str(bad.value).splitlines()


def changed(*changes: tuple[str, str]) -> str:
    text = GOOD
    for old, new in changes:
        assert old in text
        text = text.replace(old, new)
    return text


def test_a_file_without_a_mistake_is_loaded(package: Load) -> None:
    assert list(load(package({"enable": GOOD}))) == ["enable"]


FIELD = 'user: Annotated[UserRef, Field(title="User", description="Who it is.")]'

MISTAKES = {
    "an unknown operation": (
        [('"AdminEnableUser"', '"AdminReviveUser"')],
        "AdminReviveUser is no operation that may be sent (cognito-idp, sesv2). Write the name as the API reference "
        "has it into sends= instead.",
    ),
    "an operation in the wrong letter case": (
        [('"AdminEnableUser"', '"adminEnableUser"')],
        'adminEnableUser is no operation that may be sent (cognito-idp, sesv2). Write "AdminEnableUser" into sends= '
        "instead.",
    ),
    **{
        f"{operation}, which is never allowed": (
            [('"AdminEnableUser"', f'"{operation}"')],
            f"{operation} is never sent: it could hand an account to someone else, or destroy it. Write another "
            "operation into sends= instead, or leave this to the cloud team.",
        )
        for operation in (
            "AdminDeleteUser",
            "AdminInitiateAuth",
            "AdminLinkProviderForUser",
            "AdminRespondToAuthChallenge",
            "AdminSetUserPassword",
            "DeleteIdentityProvider",
            "DeleteUserPool",
            "UpdateUserPoolClient",
        )
    },
    "a plan that declares no operation": (
        [('sends=("AdminEnableUser",)', "sends=()")],
        'a plan sends something, and nothing is declared. Write sends=("…",) with its operations.',
    ),
    "an answer that declares operations": (
        [("(AdminForm):", "(Form):"), ("-> Plan", "-> Answer")],
        "only a plan sends anything. Write no sends=, or return a Plan.",
    ),
    "an unknown source": (
        [("directory: Directory) -> Plan", "directory: Directory, somebody: User) -> Plan")],
        "somebody asks for User, which is no source. Write one of Directory, Ledger, Customer, Remedies instead.",
    ),
    "a plan without a pool": (
        [("directory: Directory) -> Plan", "ledger: Ledger) -> Plan")],
        "a plan is made from a pool, and none is asked for. Write directory: Directory into the signature.",
    ),
    "a form for leads without a plan": (
        [("-> Plan", "-> Answer"), ('sends=("AdminEnableUser",)', "sends=()")],
        "an AdminForm waits for a lead, and the function returns no Plan. Write (Form) or -> Plan instead.",
    ),
    "a result of another kind": (
        [("-> Plan", "-> Plan | str")],
        "the function returns something else than Plan, Answer and EphemeralAnswer. Write one of these.",
    ),
    "a parameter without a type": (
        [("directory: Directory) -> Plan", "directory) -> Plan")],
        "enable doesn't say the type of directory. Write it: (form: MyForm, directory: Directory) -> Plan.",
    ),
    "no form": (
        [("form: Enable, directory", "directory")],
        "enable takes no form first. Write a class of Form or AdminForm, and its name as the first parameter's type.",
    ),
    "a name in capitals": (
        [('"enable",', '"Enable_User",')],
        "'Enable_User' can't be a command's name. Write lower case with hyphens instead: \"enable-user\".",
    ),
    "a name that is too long for a slash command": (
        [('"enable",', f'"{"x" * 24}",')],
        f"/cognito-{'x' * 24} has 33 characters, and Slack takes 32. Write a name of at most 23 instead.",
    ),
    "a name of the desk's own": (
        [('"enable",', '"undo",')],
        "undo is a name of the desk's own. Write another one instead.",
    ),
    "no title": (
        [('title="Enable"', 'title=""')],
        "the title has 0 characters. Write 1 to 24 instead.",
    ),
    "a title that is too long": (
        [('title="Enable"', 'title="Let a customer in again…"'), ("in again…", "sign in again")],
        "the title has 28 characters. Write 1 to 24 instead.",
    ),
    "no summary": (
        [('    """Let a customer sign in again."""\n', "")],
        "the docstring's first line, which is the summary, has 0 characters. Write 1 to 75 instead.",
    ),
    "a summary that is too long": (
        [("Let a customer sign in again", "Let " * 20)],
        "the docstring's first line, which is the summary, has 80 characters. Write 1 to 75 instead.",
    ),
    "a usage that is too long": (
        [('usage="[user]"', 'usage="x" * 1001')],
        "usage has 1001 characters. Write at most 1000 instead.",
    ),
    "a line of the menu that is too long": (
        [('"They were disabled by mistake"', '"x" * 3001')],
        "a line of the menu has 3001 characters. Write 1 to 3000 instead.",
    ),
    "a button of the menu that is too long": (
        [('button="Enable…"', 'button="x" * 76')],
        "the button of a line of the menu has 76 characters. Write at most 75 instead.",
    ),
    "a field that no input can ask for": (
        [(FIELD, f"{FIELD}\n    when: list[str]")],
        "the field when is of the type list, for which a form has no input. Write str, bool, Literal[…], SecretStr, or "
        "one of the types of bot/scenario.py and bot/customer.py instead.",
    ),
    "a field of the desk's own": (
        [(FIELD, f"{FIELD}\n    pool: str")],
        "the form has a field pool, which is the desk's own. Write another name instead.",
    ),
    "a field's title that is too long": (
        [('Field(title="User"', 'Field(title="x" * 2001')],
        "title of the field user has 2001 characters. Write at most 2000 instead.",
    ),
    "a field's description that is too long": (
        [('description="Who it is."', 'description="x" * 2001')],
        "description of the field user has 2001 characters. Write at most 2000 instead.",
    ),
    "an option that would be cut": (
        [(FIELD, f'{FIELD}\n    how: Literal["{"x" * 76}"]')],
        f"an option of the field how has 76 characters. Write 1 to 75 of them instead: '{'x' * 30}'",
    ),
    "an option that is no text": (
        [(FIELD, f"{FIELD}\n    how: Literal[1]")],
        "the option 1 of the field how is no text. Write a string instead.",
    ),
    "more options than Slack takes": (
        [(FIELD, f"{FIELD}\n    how: Literal[tuple(map(str, range(101)))]")],
        "the field how has 101 options. Write at most 100 instead.",
    ),
    "a prefilled field that the form lacks": (
        [('fields=("user",)', 'fields=("user", "usr")')],
        "prepare= names a field usr, which the form lacks. Write one of user, reason instead.",
    ),
    "a preparation that doesn't say its fields": (
        [('Prepare(fields=("user",), read=shown)', "shown")],
        "prepare= is no Prepare. Write prepare=Prepare(fields=(…), read=…) with the fields that it may fill in.",
    ),
}


@pytest.mark.parametrize(("changes", "problem"), MISTAKES.values(), ids=MISTAKES)
def test_a_mistake_is_told_with_its_file_and_its_cure(
    package: Load, changes: list[tuple[str, str]], problem: str
) -> None:
    assert told(package({"enable": changed(*changes)})) == [f"made_up/enable.py: {problem}"]


def test_two_files_of_one_name_are_told(package: Load) -> None:
    assert told(package({"enable": GOOD, "revive": GOOD})) == [
        "made_up/revive.py: made_up/enable.py is called enable too. Write another name instead."
    ]


def test_every_mistake_of_every_file_is_told_at_once(package: Load) -> None:
    files = {
        "enable": changed(('title="Enable"', 'title=""'), ('"AdminEnableUser"', '"Revive"')),
        "revive": changed(("form: Enable, directory", "directory")),
        "wake": changed(('"enable",', '"Wake",')),
    }
    assert [line.partition(" ")[0] for line in told(package(files))] == [
        "made_up/enable.py:",
        "made_up/enable.py:",
        "made_up/revive.py:",
        "made_up/wake.py:",
    ]


def test_undo_keeps_its_name() -> None:
    assert undo.NAME in RESERVED


def test_what_the_desk_ships_has_no_mistake() -> None:
    assert load(commands) == SCENARIOS


def test_what_may_be_sent_is_what_botocore_knows() -> None:
    assert operations.known() > {"AdminEnableUser", "AdminUpdateUserAttributes", "UpdateUserPool"}
    assert operations.known() > operations.NEVER


def test_a_field_that_was_not_declared_is_told_when_it_is_prefilled() -> None:
    def ways(_: Directory) -> Mapping[str, Prefill]:
        return {"how": Prefill(left_out=True)}

    with pytest.raises(BadScenario) as bad:
        Prepare(fields=("user",), read=ways)(Paper(ALIAS))

    assert str(bad.value) == (
        "tests/bot/test_scenario_declaration.py: ways prefills how, which prepare= doesn't name. "
        'Write "how" into its fields as well.'
    )


@dataclass(frozen=True, slots=True, kw_only=True)
class Offering:
    """Something that offers a scenario."""

    label: str
    fills: Mapping[str, object] = field(default_factory=dict)


@pytest.mark.parametrize(
    ("offering", "problems"),
    [
        (Offering(label="Change the e-mail of {account}…", fills={"user": ""}), []),
        (
            Offering(label="x" * 76),
            [f"the label '{'x' * 76}' has 76 characters. Write 1 to 75 of them instead."],
        ),
        (
            Offering(label="x" * 40 + "{account}"),
            [
                f"the label '{'x' * 40}{{account}}' has 40 characters. Write 1 to 39 of them beside {{account}}, which "
                "needs room for 36 instead."
            ],
        ),
        (
            Offering(label="Change it for {user}"),
            ["the label 'Change it for {user}' has the placeholder {user}. Write {account} or {other} instead."],
        ),
        (
            Offering(label="Change", fills={"account": ""}),
            [
                "'Change' fills in account, which the form lacks. Write one of user, email, how, token, password, "
                "reason instead."
            ],
        ),
        (
            Offering(label="Change", fills={"password": ""}),
            ["'Change' fills in password, which is a secret. Write nothing: people type it themselves."],
        ),
    ],
)
def test_what_offers_a_scenario_is_held_to_its_form(offering: Offering, problems: list[str]) -> None:
    assert list(offered(SCENARIOS["change-email"], offering)) == problems

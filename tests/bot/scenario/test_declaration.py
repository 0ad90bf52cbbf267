"""A scenario's declaration is checked when it is loaded: each mistake is told with its file and its cure."""

import importlib
import sys
from collections.abc import Callable, Iterator, Mapping
from pathlib import Path
from types import ModuleType

import pytest
from botocore.loaders import Loader

import commands
from bot.cognito import Directory
from bot.diagnosis import EXPLANATIONS, REMARKS, Cause, Remedy
from bot.plan import NEVER_SENT, SENDABLE_OPERATIONS, known_operations
from bot.scenario import BadScenario, Prefill, Prepare, load
from bot.scenario.checks import RESERVED, offered
from bot.tickets import follow_ups
from tests.commands.paper import ALIAS, SCENARIOS, Paper

GOOD = '''
from collections.abc import Mapping
from typing import Annotated, Literal

from pydantic import Field, SecretStr

from bot.scenario import (
    AdminForm, Answer, Call, Cause, Change, Choice, Directory, Effect, Form, Ledger, MenuLine, Offer, Plan, Prefill,
    Prepare, Refused, Remedies, Remedy, Risk, Subject, SubjectKind, Unseen, User, UserRef, Way, say, scenario,
)


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


def line_of(text: str, words: str) -> int:
    return text[: text.index(words)].count("\n") + 1


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
        "somebody asks for User, which is no source. Write one of Directory, Ledger, Customer, Remedies, WholePool, "
        "AttachedLists, Everyone instead.",
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
        "one of the types of bot/scenario/forms.py instead.",
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


BODY = "    raise NotImplementedError"
IN_THE_TEXT = {
    "an offer of a scenario that isn't there": (
        'Offer(label="Fix", scenario="fix-email", fields={"user": "ana"})',
        "a button starts 'fix-email', which is no scenario. Write one of enable instead.",
    ),
    "an offer that fills in what the form lacks": (
        'Offer(label="Enable", scenario="enable", fields={"name": "ana"})',
        "a button fills in 'name' of enable, which its form lacks. Write user, reason instead.",
    ),
    "an offer whose label is too long": (
        f'Offer(label="{"x" * 76}", scenario="enable")',
        f"the label '{'x' * 76}' has 76 characters. Write 1 to 75 of them instead.",
    ),
    "a choice of a scenario that isn't there": (
        'Refused(say("No"), choices=(Choice("Fix", "ana", "fix-email"),))',
        "a button starts 'fix-email', which is no scenario. Write one of enable instead.",
    ),
    "a way to a scenario that isn't there": (
        'Way.CHECK.offer("ana")',
        "a button starts 'check', which is no scenario. Write one of enable instead.",
    ),
    "a change that can't be read back": (
        'Change(subject=Subject.of(user), what="Enabeld", before="false", after="true")',
        "the desk can't read 'Enabeld' of a user back. Write an attribute's name (email, custom:…) or Enabled or "
        "UserStatus instead, or add a reader to bot/plan/read_back.py.",
    ),
    "a change of a setting that can't be read back": (
        'Change(subject=Subject(kind=SubjectKind.POOL, id="", name=""), what="Mfa", before="", after="")',
        "the desk can't read 'Mfa' of a pool back. Write AutoVerifiedAttributes or "
        "UserAttributeUpdateSettings.AttributesRequireVerificationBeforeUpdate instead, or add a reader to "
        "bot/plan/read_back.py.",
    ),
    "a change that doesn't say why it can't be read back": (
        'Change(subject=Subject.of(user), what="invitation", before="", after="", readable=False)',
        "the change of invitation is not readable and doesn't say why. Write unseen_because=Unseen.MAILED (it is a "
        "mail that Cognito sends) or Unseen.PENDING (Cognito shows the old value until a code is entered).",
    ),
}


@pytest.mark.parametrize(("code", "problem"), IN_THE_TEXT.values(), ids=IN_THE_TEXT)
def test_what_the_text_of_a_file_says_wrongly_is_told_with_its_line(package: Load, code: str, problem: str) -> None:
    text = changed((BODY, f"    return {code}"))

    assert told(package({"enable": text})) == [f"made_up/enable.py:{line_of(text, code)}: {problem}"]


@pytest.mark.parametrize(
    "code",
    [
        'Offer(label="Enable", scenario="enable", fields={"user": "ana"})',
        'Choice("ana", "ana")',
        'Change(subject=Subject.of(user), what=WHAT, before="", after="")',
        'Change(subject=Subject.of(user), what="a mail", readable=False, unseen_because=Unseen.MAILED)',
    ],
)
def test_what_the_text_of_a_file_says_rightly_is_not(package: Load, code: str) -> None:
    assert list(load(package({"enable": changed((BODY, f"    return {code}")) + 'WHAT = "email"\n'}))) == ["enable"]


@pytest.mark.parametrize(
    ("old", "new", "at", "problem"),
    [
        ("    user: Annotated", "    user: Anotated", "user: Anotated", "NameError: name 'Anotated' is not defined"),
        ("MenuLine(10", "MenuLin(10", "MenuLin(10", "NameError: name 'MenuLin' is not defined"),
        (
            "prepare=Prepare(",
            "prepared=Prepare(",
            "@scenario(",
            "TypeError: scenario() got an unexpected keyword argument 'prepared'",
        ),
        ("class Enable(AdminForm):", "class Enable(AdminForm)", "class Enable", "SyntaxError: expected ':'"),
    ],
)
def test_what_python_can_t_load_is_told_with_its_line(package: Load, old: str, new: str, at: str, problem: str) -> None:
    made = package({"enable": changed((old, new))})
    (line,) = told(made)
    place, _, rest = line.partition(": ")
    assert place.startswith("made_up/enable.py:")
    assert place.rpartition(":")[2] == str(line_of(changed((old, new)), at))
    assert rest == f"{problem}. Python can't load the file so."


def test_a_file_without_a_scenario_is_told(package: Load) -> None:
    assert told(package({"enable": GOOD, "other": '"""Nothing."""\n'})) == [
        "made_up/other.py: it declares no scenario. Write @scenario(…) above its function."
    ]


def test_a_title_and_a_place_in_the_menu_belong_to_one_scenario(package: Load) -> None:
    other = changed(('"enable",', '"revive",'))

    assert told(package({"enable": GOOD, "revive": other})) == [
        "made_up/revive.py: the title 'Enable' is that of made_up/enable.py too. Write another one instead.",
        "made_up/revive.py: the place 10 in the menu is that of made_up/enable.py too. Write another one instead.",
    ]


REMEDY = 'prepare=Prepare(fields=("user",), read=shown),'


@pytest.mark.parametrize(
    ("findings", "problem"),
    [
        ('{"EMAIL_CHANGD": 10}', "names 'EMAIL_CHANGD', which is no finding. Write Cause.EMAIL_CHANGED instead."),
        ("{}", "names no finding. Write findings={Cause.…: 10}."),
    ],
)
def test_a_remedy_is_for_findings_that_there_are(package: Load, findings: str, problem: str) -> None:
    text = changed((REMEDY, f'{REMEDY}\n    remedies=(Remedy(findings={findings}, label="Enable"),),'))

    assert told(package({"enable": text})) == [f"made_up/enable.py: the remedy 'Enable' {problem}"]


def test_a_finding_that_nothing_answers_is_told(package: Load) -> None:
    asking = changed(("directory: Directory) -> Plan", "directory: Directory, remedies: Remedies) -> Plan"))
    found = told(package({"enable": asking}))

    assert (
        "bot/diagnosis/explanations.py: nothing answers EMAIL_CHANGED. Write team= and ask= into its Explanation, or "
        "Cause.EMAIL_CHANGED into the findings of a scenario's Remedy."
    ) in found
    handed_over = {cause for cause, explained in EXPLANATIONS.items() if explained.team}
    assert len(found) == len(set(Cause) - REMARKS - handed_over)


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
    assert follow_ups.UNDO in RESERVED


def test_what_the_desk_ships_has_no_mistake() -> None:
    assert load(commands) == SCENARIOS


def test_what_may_be_sent_is_what_botocore_knows() -> None:
    assert known_operations() > {"AdminEnableUser", "AdminUpdateUserAttributes", "UpdateUserPool"}
    assert known_operations() > NEVER_SENT
    for service, named in SENDABLE_OPERATIONS.items():
        assert (named or frozenset()) <= set(Loader().load_service_model(service, "service-2")["operations"])


def test_a_field_that_was_not_declared_is_told_when_it_is_prefilled() -> None:
    def ways(_: Directory) -> Mapping[str, Prefill]:
        return {"how": Prefill(left_out=True)}

    with pytest.raises(BadScenario) as bad:
        Prepare(fields=("user",), read=ways)(Paper(ALIAS))

    assert str(bad.value) == (
        "tests/bot/scenario/test_declaration.py: ways prefills how, which prepare= doesn't name. "
        'Write "how" into its fields as well.'
    )


def offer(label: str, *fills: str) -> Remedy:
    return Remedy(label=label, findings={}, fills={name: lambda _: "" for name in fills})


@pytest.mark.parametrize(
    ("remedy", "problems"),
    [
        (offer("Change the e-mail of {account}…", "user"), []),
        (
            offer("x" * 76),
            [f"the label '{'x' * 76}' has 76 characters. Write 1 to 75 of them instead."],
        ),
        (
            offer("x" * 40 + "{account}"),
            [
                f"the label '{'x' * 40}{{account}}' has 40 characters. Write 1 to 39 of them beside {{account}}, which "
                "needs room for 36 instead."
            ],
        ),
        (
            offer("Change it for {user}"),
            ["the label 'Change it for {user}' has the placeholder {user}. Write {account} or {other} instead."],
        ),
        (
            offer("Change", "account"),
            [
                "'Change' fills in account, which the form lacks. Write one of user, email, how, token, password, "
                "proof, reason instead."
            ],
        ),
        (
            offer("Change", "password"),
            ["'Change' fills in password, which is a secret. Write nothing: people type it themselves."],
        ),
    ],
)
def test_what_offers_a_scenario_is_held_to_its_form(remedy: Remedy, problems: list[str]) -> None:
    assert list(offered(SCENARIOS["change-email"], remedy)) == problems

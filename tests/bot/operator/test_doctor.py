"""The doctor, against the sandbox's Slack and Cognito: it names what is wrong and the cure, and changes nothing."""

import os
import sqlite3
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass, field, replace
from pathlib import Path

import pytest

import commands
from bot.operator import doctor, doctor_roles, doctor_slack
from bot.operator.doctor_result import DoctorResult, DoctorStatus, ok
from bot.operator.manifest import FILE_SCOPES, SCOPES, manifest
from bot.scenario import load
from bot.settings import SlackApp
from bot.tickets.store import Store
from sandbox.testing import (
    AGENT,
    CHANNELS,
    GROUPS,
    LEAD1,
    LEAD2,
    PEOPLE,
    CognitoServer,
    GridUser,
    Organisation,
    Person,
    Rules,
    SlackServer,
    UserGroup,
    Workspace,
)
from tests.desk_toml import desk_toml

AWS_VARIABLES = [name for name in os.environ if name.startswith("AWS_")]


@dataclass
class Installation:
    """A desk's settings, and what they point at."""

    folder: Path
    cognito: CognitoServer
    environ: dict[str, str]
    desk: str
    slack: list[SlackServer] = field(default_factory=list)

    def found(self) -> Mapping[str, DoctorResult]:
        (self.folder / "desk.toml").write_text(self.desk, encoding="utf-8")
        return {finding.name: finding for finding in doctor.examine(self.environ)}

    def of(self, verdict: DoctorStatus) -> set[str]:
        return {name for name, finding in self.found().items() if finding.verdict is verdict}


@pytest.fixture(autouse=True)
def _only_loopback(monkeypatch: pytest.MonkeyPatch) -> None:
    for name in (*AWS_VARIABLES, "SSL_CERT_FILE", "HTTP_PROXY", "HTTPS_PROXY", "http_proxy", "https_proxy"):
        monkeypatch.delenv(name, raising=False)


@pytest.fixture
def open_slack() -> Iterator[Callable[..., SlackServer]]:
    running: list[SlackServer] = []

    def start(**changed: object) -> SlackServer:
        declared = manifest(load(commands).values())
        scopes = changed.pop("scopes", None)
        if scopes is not None:
            declared["oauth_config"]["scopes"] = {"bot": scopes}
        server = SlackServer(Workspace(declared, rules=Rules.quick(), **changed)).start()  # type: ignore[arg-type]
        running.append(server)
        return server

    yield start
    for server in running:
        server.stop()


@pytest.fixture
def installation(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, open_slack: Callable[..., SlackServer]
) -> Iterator[Installation]:
    slack = open_slack()
    with CognitoServer() as cognito:
        pool = cognito.pools.create("prod")
        for name, value in cognito.environment.items():
            monkeypatch.setenv(name, value)
        environ = {
            "SLACK_BOT_TOKEN": slack.workspace.bot_token,
            "SLACK_APP_TOKEN": slack.workspace.app_token,
            "SLACK_API_URL": slack.api_url,
            "DESK_CONFIG": str(tmp_path / "desk.toml"),
            "DESK_DATABASE_URL": f"sqlite:///{tmp_path}/desk.db",
        }
        yield Installation(tmp_path, cognito, environ, desk_toml(pool=pool.id, client=pool.client_id))


def test_a_right_installation_has_no_problem_and_is_left_as_it_was(installation: Installation) -> None:
    found = installation.found()

    assert {name for name, one in found.items() if one.verdict is DoctorStatus.PROBLEM} == set()
    ok = {name for name, one in found.items() if one.verdict is DoctorStatus.OK}
    assert ok >= {"settings", "commands", "bot token", "app token", "scopes", "optional scopes", "channel C0SUPPORT"}
    assert ok >= {"agents", "leads", "pool prod", "database"}
    assert found["optional scopes"].says == "all 2; when Slack's answer is lost, no message comes twice"
    assert not (installation.folder / "desk.db").exists()
    assert {call.operation for call in installation.cognito.calls.list()} <= {
        "DescribeUserPool",
        "DescribeUserPoolClient",
    }


def test_a_missing_right_to_look_at_the_app_client_is_a_problem_with_its_cure(installation: Installation) -> None:
    installation.cognito.faults.deny("DescribeUserPoolClient")

    found = installation.found()["pool prod: client"]

    assert found.verdict is DoctorStatus.PROBLEM
    assert "cognito-idp:DescribeUserPoolClient is missing" in found.says
    assert "desk iam-policy" in found.fix


def test_a_fresh_checkout_is_told_what_to_copy(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(tmp_path)
    for example in (".env.example", "desk.example.toml"):
        (tmp_path / example).touch()

    settings, others = doctor.examine({})

    assert settings.verdict is DoctorStatus.PROBLEM
    assert settings.fix == "Begin with: install -m 600 .env.example .env && cp desk.example.toml desk.toml"
    assert others.verdict is DoctorStatus.NOT_CHECKED


def test_away_from_a_checkout_the_doctor_says_where_the_examples_are(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.chdir(tmp_path)
    (tmp_path / ".env").touch(mode=0o600)

    _, settings, _ = doctor.examine({})

    assert settings.fix.startswith("Begin with: cp desk.example.toml desk.toml (the examples are in the checkout")


@pytest.mark.parametrize(
    ("variable", "value", "name", "fix"),
    [
        ("SLACK_BOT_TOKEN", "xoxb-of-another-app", "bot token", "Install the app again and put its bot token"),
        ("SLACK_APP_TOKEN", "xapp-of-another-app", "app token", "Copy the app-level token again"),
        ("SLACK_API_URL", "http://127.0.0.1:9/api/", "bot token", "Check that this machine reaches"),
    ],
)
@pytest.mark.slow
def test_a_token_that_slack_refuses_is_named_and_never_shown(
    installation: Installation, variable: str, value: str, name: str, fix: str
) -> None:
    installation.environ[variable] = value

    found = installation.found()

    assert found[name].verdict is DoctorStatus.PROBLEM
    assert fix in found[name].fix
    assert not any("another-app" in str(one) for one in found.values())


def test_a_missing_scope_is_named(installation: Installation, open_slack: Callable[..., SlackServer]) -> None:
    installation.environ["SLACK_API_URL"] = open_slack(scopes=["commands", "chat:write", "users:read"]).api_url

    found = installation.found()

    assert found["scopes"].verdict is DoctorStatus.PROBLEM
    assert "usergroups:read" in found["scopes"].says
    assert found["leads"].verdict is DoctorStatus.PROBLEM


def test_declined_optional_scopes_are_told_with_what_that_means_and_are_no_problem(
    installation: Installation, open_slack: Callable[..., SlackServer]
) -> None:
    installation.environ["SLACK_API_URL"] = open_slack(optional_scopes=False).api_url

    found = installation.found()

    assert found["scopes"] == DoctorResult("scopes", DoctorStatus.OK, "all 6")
    assert found["optional scopes"].verdict is DoctorStatus.OK
    assert found["optional scopes"].says == (
        "not granted: channels:history, groups:history; when Slack's answer is lost, a message may come twice there"
    )
    assert "install it again" in found["optional scopes"].fix


def test_a_scope_that_the_desk_does_not_use_is_named(
    installation: Installation, open_slack: Callable[..., SlackServer]
) -> None:
    installation.environ["SLACK_API_URL"] = open_slack(scopes=[*SCOPES, "users:read.email"]).api_url

    assert "more than the desk uses: users:read.email" in installation.found()["scopes"].says


def test_the_scopes_for_files_are_missed_only_where_files_are_on(
    installation: Installation, open_slack: Callable[..., SlackServer]
) -> None:
    installation.desk += "[slack]\nfiles = true\n"
    assert installation.found()["scopes"].says == "missing: files:read, files:write"

    installation.environ["SLACK_API_URL"] = open_slack(scopes=[*SCOPES, *FILE_SCOPES]).api_url
    assert installation.found()["scopes"].says == "all 8"


def test_a_channel_that_the_desk_is_not_in_is_named_with_what_to_type_there(installation: Installation) -> None:
    installation.desk = installation.desk.replace('["C0SUPPORT"]', '["C0SUPPORT", "C0RANDOM"]')
    assert installation.found()["channel C0SUPPORT"] == DoctorResult(
        "channel C0SUPPORT", DoctorStatus.OK, "the desk is in it"
    )

    installation.desk += '[slack]\nname = "Desk of Tests"\n'
    found = installation.found()["channel C0RANDOM"]
    assert (found.verdict, found.says) == (DoctorStatus.PROBLEM, "the desk is not in it")
    assert "/invite @Desk of Tests" in found.fix


def test_a_channel_that_is_archived_or_shared_is_named(
    installation: Installation, open_slack: Callable[..., SlackServer]
) -> None:
    channels = [
        replace(each, is_archived=each.name == "random", is_ext_shared=each.name == "support") for each in CHANNELS
    ]
    installation.environ["SLACK_API_URL"] = open_slack(channels=channels).api_url
    installation.desk = installation.desk.replace('["C0SUPPORT"]', '["C0SUPPORT", "C0RANDOM"]')

    found = installation.found()

    assert found["channel C0SUPPORT"].says.startswith("it is shared with another organisation")
    assert found["channel C0RANDOM"].says.startswith("it is archived")
    assert {"channel C0SUPPORT", "channel C0RANDOM"} <= installation.of(DoctorStatus.PROBLEM)


@pytest.mark.parametrize(
    ("shown", "says", "fix"),
    [
        ({"is_archived": True, "is_ext_shared": True}, ["it is archived"], "Unarchive it in Slack"),
        ({"is_ext_shared": True}, ["it is shared with another organisation"], "End the sharing"),
        ({"is_pending_ext_shared": True}, ["another organisation has been invited"], "Take the invitation back"),
        ({"is_ext_shared": True, "is_member": False}, ["it is shared", "the desk is not in it"], "/invite @"),
        # Several workspaces of one organisation: nobody from outside.
        ({"is_shared": True, "is_org_shared": True}, [], ""),
    ],
)
def test_a_channel_is_told_with_everything_that_keeps_the_desk_from_working_there(
    shown: Mapping[str, bool], says: list[str], fix: str
) -> None:
    found = list(doctor_slack.wrong_with("C0SUPPORT", {"is_member": True, **shown}, SlackApp()))

    assert [each.says.startswith(part) for each, part in zip(found, says, strict=True)] == [True] * len(says)
    assert not fix or fix in found[-1].fix


def test_a_channel_that_may_be_shared_is_right(
    installation: Installation, open_slack: Callable[..., SlackServer]
) -> None:
    channels = [replace(each, is_ext_shared=True) for each in CHANNELS]
    installation.environ["SLACK_API_URL"] = open_slack(channels=channels).api_url
    installation.desk = installation.desk.replace(
        'allowed = ["C0SUPPORT"]', 'allowed = ["C0SUPPORT"]\nshared = ["C0SUPPORT"]'
    )

    assert installation.found()["channel C0SUPPORT"].verdict is DoctorStatus.OK


def test_a_channel_that_can_not_be_looked_at_for_want_of_a_scope_is_a_problem(
    installation: Installation, open_slack: Callable[..., SlackServer]
) -> None:
    scopes = [scope for scope in SCOPES if scope != "channels:read"]
    installation.environ["SLACK_API_URL"] = open_slack(scopes=scopes).api_url

    found = installation.found()

    assert found["channel C0SUPPORT"].verdict is DoctorStatus.PROBLEM
    assert "channels:read" in found["scopes"].says


def test_a_channel_that_is_not_there_is_named(installation: Installation) -> None:
    installation.desk = installation.desk.replace("C0SUPPORT", "C0NOWHERE")

    found = installation.found()["channel C0NOWHERE"]
    assert (found.verdict, found.says) == (
        DoctorStatus.PROBLEM,
        "there is no such channel, or it is private and the desk is not in it",
    )
    assert "/invite @Cognito Desk" in found.fix


def test_the_commands_are_told_with_those_that_are_too_long_for_one_of_their_own(installation: Installation) -> None:
    assert installation.found()["commands"].says == "/cognito, as Cognito Desk"

    installation.desk += '[slack]\ncommand = "/cognito-staging"\n'
    found = installation.found()["commands"]
    assert found.verdict is DoctorStatus.OK
    assert "/cognito-staging-resend-invitation would have 34 characters, and Slack takes 32" in found.says
    assert found.says.endswith("typed like this: /cognito-staging resend-invitation")


def test_a_prefix_that_is_another_desk_s_command_is_a_problem(installation: Installation) -> None:
    installation.desk += '[slack]\ncommand = "/cognito-check"\n'

    found = installation.found()["commands"]

    assert found.verdict is DoctorStatus.PROBLEM
    assert found.says.startswith("slack.command: /cognito-check is a command of the desk whose prefix is /cognito")


@pytest.mark.parametrize(
    ("leads", "verdict", "said"),
    [
        ('["S0LEADS"]', DoctorStatus.OK, "2 can approve. A lead who asks for a high-risk change needs one more."),
        ('["S0LEADS", "U0AGENT"]', DoctorStatus.OK, "3 can approve."),
        ('["U0LEAD1"]', DoctorStatus.PROBLEM, "1 can approve, but high risk needs 2"),
        ('["U0LEAD1", "U0GUEST"]', DoctorStatus.PROBLEM, "1 can approve (U0GUEST: a guest), but high risk needs 2"),
        ('["U0LEAD1", "U0OUTSIDE"]', DoctorStatus.PROBLEM, "(U0OUTSIDE: belongs to another workspace (T0OTHER))"),
        ('["S0LEADS", "U0NOBODY"]', DoctorStatus.OK, "2 can approve (U0NOBODY: not found)."),
        ("[]", DoctorStatus.PROBLEM, "0 can approve"),
    ],
)
def test_whether_there_are_leads_enough_counts_only_those_who_could_really_approve(
    installation: Installation, leads: str, verdict: DoctorStatus, said: str
) -> None:
    installation.desk = installation.desk.replace('leads = ["S0LEADS"]', f"leads = {leads}")

    found = installation.found()

    assert found["leads"].verdict is verdict
    assert said in found["leads"].says


@pytest.fixture
def crowded(installation: Installation, open_slack: Callable[..., SlackServer]) -> SlackServer:
    """A workspace on a grid, in whose group of agents there is somebody for every rule."""
    grid = GridUser(id="W0LEAD1")
    people = (
        *(replace(each, grid=grid) if each == LEAD1 else each for each in PEOPLE),
        replace(AGENT, id="U0GONE", name="gone", deleted=True),
        replace(AGENT, id="U0ROBOT", name="robot", is_bot=True),
        replace(AGENT, id="U0ORG", name="org", shows_team=False, grid=GridUser(id="W0ORG", teams=("T0THIRD",))),
        replace(AGENT, id="U0MUTE", name="mute", shows_team=False),
    )
    members = ("U0AGENT", "U0GONE", "U0GUEST", "U0LEAD1", "U0MUTE", "U0NONE", "U0ORG", "U0OUTSIDE", "U0ROBOT")
    groups = (replace(GROUPS[0], members=(*members, "W0LEAD1")), *GROUPS[1:])
    slack = open_slack(people=people, groups=groups, organisation=Organisation())
    installation.environ["SLACK_API_URL"] = slack.api_url
    return slack


def test_members_of_groups_are_tried_and_whom_which_rule_refuses_is_told(
    installation: Installation, crowded: SlackServer
) -> None:
    assert installation.found()["agents"] == ok(
        "agents",
        "S0SUPPORT: 2 may ask (U0GONE: deactivated; U0GUEST: a guest; U0MUTE: Slack doesn't say which workspace they "
        "belong to; U0NONE: not found; U0ORG: belongs to another workspace (T0THIRD); U0OUTSIDE: belongs to another "
        "workspace (T0OTHER); U0ROBOT: a bot; W0LEAD1: the same person as U0LEAD1)",
    )


def test_an_agent_who_is_listed_and_does_not_count_is_a_problem(
    installation: Installation, crowded: SlackServer
) -> None:
    installation.desk = installation.desk.replace('["S0SUPPORT"]', '["U0AGENT", "U0GUEST"]')

    found = installation.found()["agents"]
    assert (found.verdict, found.says) == (DoctorStatus.PROBLEM, "U0AGENT, U0GUEST: 1 may ask (U0GUEST: a guest)")


def test_one_lead_listed_by_two_ids_is_one_lead(installation: Installation, crowded: SlackServer) -> None:
    installation.desk = installation.desk.replace('leads = ["S0LEADS"]', 'leads = ["U0LEAD1", "W0LEAD1"]')

    found = installation.found()["leads"]
    assert found.verdict is DoctorStatus.PROBLEM
    assert found.says.startswith("1 can approve (W0LEAD1: the same person as U0LEAD1), but high risk needs 2")


def test_a_pool_s_own_people_and_channels_are_looked_at_and_named_where_they_stand(
    installation: Installation, crowded: SlackServer
) -> None:
    installation.desk += (
        '[pools.prod.people]\nagents = []\nleads = ["S0NOSUCH", "U0LEAD1"]\n'
        '[pools.prod.channels]\nallowed = ["C0RANDOM"]\n'
    )
    found = installation.found()

    assert {"agents", "leads", "channel C0SUPPORT"}.isdisjoint(found)
    assert found["agents of prod"].fix == 'Fill in pools.prod.people.agents, for example: agents = ["S0SUPPORT"]'
    assert found["group S0NOSUCH"].verdict is DoctorStatus.PROBLEM
    assert found["leads of prod"].verdict is DoctorStatus.PROBLEM
    assert found["channel C0RANDOM"].says == "the desk is not in it"

    crowded.workspace.roll.alter_channel("#random", is_archived=True)
    installation.desk = installation.desk.replace('"S0NOSUCH", ', "")
    found = installation.found()
    assert found["leads of prod"].fix == "Add people to pools.prod.people.leads, or lower approvals.leads_needed."
    assert found["channel C0RANDOM"].fix == "Unarchive it in Slack, or name another one in pools.prod.channels.allowed."


def test_of_a_large_group_some_are_tried(installation: Installation, open_slack: Callable[..., SlackServer]) -> None:
    many = [replace(AGENT, id=f"U0MANY{n:02}", name=f"many{n}") for n in range(40)]
    groups = [replace(each, members=tuple(one.id for one in many)) for each in GROUPS]
    slack = open_slack(people=(*PEOPLE, *many), groups=groups)
    installation.environ["SLACK_API_URL"] = slack.api_url
    installation.desk = installation.desk.replace('leads = ["S0LEADS"]', f'leads = ["S0LEADS", "{LEAD2.id}"]')

    found = installation.found()
    assert found["agents"].says == "S0SUPPORT: 30 may ask, 10 more were not tried"
    assert found["leads"].says == "30 can approve, 11 more were not tried."
    assert len(slack.workspace.calls.of("users.info")) == 31


@pytest.mark.parametrize("desk", ['["S0SUPPORT"]', '["U0AGENT"]'])
def test_while_slack_does_not_answer_nobody_is_blamed(
    installation: Installation, open_slack: Callable[..., SlackServer], desk: str
) -> None:
    slack = open_slack()
    installation.environ["SLACK_API_URL"] = slack.api_url
    installation.desk = installation.desk.replace('["S0SUPPORT"]', desk)
    slack.workspace.faults.fail("users.info", times=100)

    for name in ("agents", "leads"):
        found = installation.found()[name]
        assert found.verdict is DoctorStatus.NOT_CHECKED
        assert "Slack doesn't say who U0" in found.says
        assert "Check that this machine reaches" in found.fix


def test_an_app_of_a_whole_organisation_is_not_supported(
    installation: Installation, open_slack: Callable[..., SlackServer]
) -> None:
    installation.environ["SLACK_API_URL"] = open_slack(organisation=Organisation(has_installed=True)).api_url

    found = installation.found()["bot token"]
    assert found.verdict is DoctorStatus.PROBLEM
    assert "it is for a whole organisation (Enterprise Grid)" in found.says
    assert found.fix == "Install the app in the one workspace whose people are to use it."


def test_a_group_that_is_empty_or_unknown_is_a_problem(
    installation: Installation, open_slack: Callable[..., SlackServer]
) -> None:
    empty = UserGroup(id="S0LEADS", handle="leads", name="Leads", members=())
    installation.environ["SLACK_API_URL"] = open_slack(groups=[empty]).api_url

    problems = installation.of(DoctorStatus.PROBLEM)

    assert problems >= {"group S0LEADS", "group S0SUPPORT", "leads"}


def test_whom_direct_messages_reach_is_said_where_they_are_wanted(
    installation: Installation, open_slack: Callable[..., SlackServer]
) -> None:
    slack = open_slack()
    installation.environ["SLACK_API_URL"] = slack.api_url
    assert "direct messages" not in installation.found()

    installation.desk = installation.desk.replace("[approvals]\n", "[approvals]\ndirect_messages = true\n")
    assert installation.found()["direct messages"] == DoctorResult(
        "direct messages", DoctorStatus.OK, "leads who aren't in a request's channel are told directly that it waits"
    )
    slack.workspace.faults.refuse("conversations.members", "fetch_members_failed")
    found = installation.found()["direct messages"]
    assert found.verdict is DoctorStatus.PROBLEM
    assert "all leads are told directly" in found.says


def test_who_is_told_of_what_nobody_decides_is_said_and_has_to_be_there(installation: Installation) -> None:
    assert "escalation" not in installation.found()

    right = installation.desk
    for named, verdict in (("S0LEADS", DoctorStatus.OK), ("S0NOWHERE", DoctorStatus.PROBLEM)):
        escalation = f'[approvals]\nescalate_to = ["{named}"]\nescalate_after = "2h"\n'
        installation.desk = right.replace("[approvals]\n", escalation)
        found = installation.found()["escalation"]
        assert found.verdict is verdict
        assert named in found.says


def test_the_teams_are_named_with_what_happens_for_those_that_are_left_out(installation: Installation) -> None:
    assert installation.found()["teams"].says == (
        "not set: app, cloud, identity, accounts; for these Hand over… shows a text to copy and mentions nobody"
    )

    installation.desk += '[teams]\naccounts = "S0TRUST"\napp = "U0LEAD1"\n'
    assert installation.found()["teams"] == DoctorResult(
        "teams",
        DoctorStatus.OK,
        "app U0LEAD1, accounts S0TRUST; "
        "not set: cloud, identity; for these Hand over… shows a text to copy and mentions nobody",
    )


@pytest.mark.parametrize(
    ("named", "says", "fix"),
    [
        ("S0NOWHERE", "Slack can't say who S0NOWHERE is: no_such_subteam", "Take the group's id"),
        ("S0EMPTY", "the group S0EMPTY is empty", "teams.app"),
        ("U0NOBODY", "Slack can't say who U0NOBODY is: user_not_found", "Take the id from the person's profile"),
        ("U0GONE", "U0GONE is deactivated", "teams.app"),
    ],
)
def test_a_team_that_a_mention_would_not_reach_is_a_problem(
    installation: Installation, open_slack: Callable[..., SlackServer], named: str, says: str, fix: str
) -> None:
    slack = open_slack()
    slack.workspace.roll.put_group(UserGroup(id="S0EMPTY", handle="empty", name="Empty", members=()))
    slack.workspace.roll.put_person(Person(id="U0GONE", name="gone", display_name="gone", real_name="G", deleted=True))
    installation.environ["SLACK_API_URL"] = slack.api_url
    installation.desk += f'[teams]\napp = "{named}"\n'

    found = installation.found()

    assert found["team app"].verdict is DoctorStatus.PROBLEM
    assert found["team app"].says == says
    assert fix in found["team app"].fix
    assert "teams" not in found


def test_a_pool_or_client_that_is_not_there_is_named(installation: Installation) -> None:
    right = installation.desk
    installation.desk = right.replace(f'id = "{installation.cognito.pools["prod"].id}"', 'id = "us-east-1_Nowhere99"')
    assert "pool prod" in installation.of(DoctorStatus.PROBLEM)

    installation.desk = right.replace(installation.cognito.pools["prod"].client_id, "4nowhere")
    assert "pool prod: client" in installation.of(DoctorStatus.PROBLEM)


def test_a_client_secret_that_was_forgotten_or_mistyped_is_a_problem_and_never_shown(
    installation: Installation,
) -> None:
    pool = installation.cognito.pools.create("guarded", client_secret=True)
    installation.desk = desk_toml(pool=pool.id, client=pool.client_id)
    assert "DESK_POOL_PROD_CLIENT_SECRET" in installation.found()["pool prod: client"].fix

    installation.environ["DESK_POOL_PROD_CLIENT_SECRET"] = "mistyped"
    found = installation.found()["pool prod: client"]
    assert found.verdict is DoctorStatus.PROBLEM
    assert pool.client_secret not in str(found)
    assert "mistyped" not in str(found)

    installation.environ["DESK_POOL_PROD_CLIENT_SECRET"] = pool.client_secret
    assert installation.found()["pool prod: client"].verdict is DoctorStatus.OK


def test_aws_refusing_the_read_is_a_problem_with_the_policy_as_its_cure(installation: Installation) -> None:
    installation.cognito.faults.deny("DescribeUserPool")

    found = installation.found()["pool prod"]

    assert found.verdict is DoctorStatus.PROBLEM
    assert "desk iam-policy" in found.fix


def test_without_credentials_that_is_the_problem(installation: Installation, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.delenv("AWS_ACCESS_KEY_ID")
    monkeypatch.delenv("AWS_SECRET_ACCESS_KEY")

    assert installation.found()["AWS"].says == "there are no credentials"


def test_rights_are_asked_of_iams_simulation_and_missing_ones_are_named(
    installation: Installation, aws: set[str]
) -> None:
    assert installation.found()["pool prod: rights"].verdict is DoctorStatus.OK

    aws.add("cognito-idp:AdminUpdateUserAttributes")
    found = installation.found()["pool prod: rights"]
    assert found.verdict is DoctorStatus.PROBLEM
    assert found.says == "not allowed: cognito-idp:AdminUpdateUserAttributes"
    assert not any(call.operation.startswith("AdminUpdate") for call in installation.cognito.calls.list())


@pytest.fixture
def looked_into(installation: Installation) -> Installation:
    """The same, with a pool that sends with SES and that the desk may look into."""
    installation.desk += "mail_evidence = true\n"
    installation.cognito.pools["prod"].send_with_ses("shop.example.com", region="eu-west-1")
    return installation


@pytest.mark.slow
def test_ses_is_looked_at_only_where_the_desk_may(installation: Installation) -> None:
    assert "pool prod: mail" not in installation.found()
    installation.desk += "mail_evidence = true\n"
    assert "doesn't send with Amazon SES" in installation.found()["pool prod: mail"].says
    assert not any(call.operation.startswith("ses:") for call in installation.cognito.calls.list())


@pytest.mark.slow
def test_the_ses_of_a_pool_is_told_with_its_region_and_how_it_stands(looked_into: Installation) -> None:
    found = looked_into.found()
    assert (found["pool prod: mail"].verdict, found["pool prod: mail"].says) == (
        DoctorStatus.OK,
        "Amazon SES in eu-west-1",
    )
    assert found["pool prod: mail rights"].verdict is DoctorStatus.NOT_CHECKED
    assert [call.operation for call in looked_into.cognito.calls.list("ses:GetAccount")] == ["ses:GetAccount"]

    looked_into.cognito.ses["eu-west-1"].production_access = False
    assert looked_into.found()["pool prod: mail"].says == "Amazon SES in eu-west-1, in its sandbox"
    looked_into.cognito.ses["eu-west-1"].sending_enabled = False
    assert looked_into.found()["pool prod: mail"].verdict is DoctorStatus.PROBLEM


@pytest.mark.slow
def test_a_right_in_ses_that_is_missing_is_named(looked_into: Installation, aws: set[str]) -> None:
    assert looked_into.found()["pool prod: mail rights"].verdict is DoctorStatus.OK

    aws.add("ses:DeleteSuppressedDestination")
    found = looked_into.found()
    assert found["pool prod: rights"].verdict is DoctorStatus.OK
    assert found["pool prod: mail rights"].says == "not allowed: ses:DeleteSuppressedDestination"

    looked_into.cognito.faults.deny("ses:GetAccount")
    denied = looked_into.found()["pool prod: mail"]
    assert denied.verdict is DoctorStatus.PROBLEM
    assert "the IAM action ses:GetAccount is missing" in denied.says


@pytest.mark.slow
def test_a_pool_that_sends_with_the_ses_of_an_unusual_region_is_pointed_out(looked_into: Installation) -> None:
    looked_into.cognito.pools["prod"].send_with_ses("shop.example.com", region="sa-east-1")
    looked_into.found()
    found = [each for each in doctor.examine(looked_into.environ) if each.name == "pool prod: mail"]
    assert [each.verdict for each in found] == [DoctorStatus.PROBLEM, DoctorStatus.OK]
    assert "Add sa-east-1 to aws:RequestedRegion" in found[0].fix


@pytest.mark.slow
def test_with_cognito_on_this_machine_ses_is_not_asked_anywhere_else(
    looked_into: Installation, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.delenv("AWS_ENDPOINT_URL_SESV2")
    assert looked_into.found()["pool prod: mail"].verdict is DoctorStatus.NOT_CHECKED


def test_the_role_behind_a_session_is_what_iam_simulates() -> None:
    assert doctor_roles.principal("arn:aws-cn:sts::1:assumed-role/desk/i-1") == "arn:aws-cn:iam::1:role/desk"
    assert doctor_roles.principal("arn:aws:iam::1:user/olaf") == "arn:aws:iam::1:user/olaf"


def test_a_prepared_database_is_told_with_its_version_and_a_newer_one_is_a_problem(installation: Installation) -> None:
    url = installation.environ["DESK_DATABASE_URL"]
    database = Store(url)
    database.prepare()
    database.close()
    assert "schema version" in installation.found()["database"].says

    with sqlite3.connect(installation.folder / "desk.db") as connection:
        connection.execute("UPDATE schema SET version = 999")
    connection.close()
    found = installation.found()["database"]
    assert found.verdict is DoctorStatus.PROBLEM
    assert "newer than this program's" in found.says


def test_a_folder_for_the_database_that_is_missing_is_a_problem_and_is_not_made(installation: Installation) -> None:
    installation.environ["DESK_DATABASE_URL"] = f"sqlite:///{installation.folder}/missing/desk.db"

    found = installation.found()["database"]

    assert found.verdict is DoctorStatus.PROBLEM
    assert f"mkdir -p {installation.folder}/missing" in found.fix
    assert not (installation.folder / "missing").exists()


def test_a_database_that_does_not_answer_is_a_problem_and_its_password_stays_hidden(
    installation: Installation,
) -> None:
    installation.environ["DESK_DATABASE_URL"] = "postgresql://desk:hush@127.0.0.1:9/desk?connect_timeout=2"

    found = installation.found()["database"]

    assert found.verdict is DoctorStatus.PROBLEM
    assert "hush" not in str(found)


def test_the_exit_code_tells_whether_there_is_a_problem(
    installation: Installation, capsys: pytest.CaptureFixture[str]
) -> None:
    installation.found()
    assert doctor.main(installation.environ) == 0
    assert "No problems." in capsys.readouterr().out

    installation.environ["SLACK_BOT_TOKEN"] = "xoxb-wrong"
    assert doctor.main(installation.environ) == 1
    printed = capsys.readouterr().out
    assert "problem      bot token" in printed
    assert printed.rstrip().endswith("1 problem.")


def test_files_that_everybody_may_read_are_named_with_their_cure(
    installation: Installation, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.chdir(installation.folder)
    secrets, database = installation.folder / ".env", installation.folder / "desk.db"
    prepared = Store(f"sqlite:///{database}")
    prepared.prepare()
    prepared.close()
    secrets.touch()
    for file, mode in ((secrets, 0o640), (database, 0o600)):
        file.chmod(mode)
    assert installation.of(DoctorStatus.OK) >= {".env", "database"}

    for file in (secrets, database):
        file.chmod(0o644)
    found = installation.found()

    assert found[".env"].verdict is found["database"].verdict is DoctorStatus.PROBLEM
    assert found[".env"].says == "everybody on this machine may read or write .env (mode 644)"
    assert found[".env"].fix == "chmod 600 .env"
    assert found["database"].fix == f"chmod 600 {database}"
    assert oct(database.stat().st_mode).endswith("644")

"""Settings: right ones are read, wrong ones name the key, the problem and an example."""

from collections.abc import Mapping
from datetime import time, timedelta
from pathlib import Path
from zoneinfo import ZoneInfo

import pytest
from dotenv import dotenv_values

from bot.answer import Team
from bot.settings import Listen, People, Settings, SettingsError, SlackApp, load, load_slack
from bot.weekly import Weekly

ROOT = Path(__file__).parents[2]
RIGHT = (ROOT / "desk.example.toml").read_text(encoding="utf-8")
TOKENS = {"SLACK_BOT_TOKEN": "xoxb-1-secret", "SLACK_APP_TOKEN": "xapp-1-secret"}


def read(folder: Path, text: str, **environ: str) -> Settings:
    file = folder / "desk.toml"
    file.write_text(text, encoding="utf-8")
    return load({**TOKENS, "DESK_CONFIG": str(file), **environ})


def test_the_example_file_is_read_as_it_stands(tmp_path: Path) -> None:
    settings = read(tmp_path, RIGHT)

    assert settings.people_of("prod").agents == ("S0SUPPORT",)
    assert settings.people_of("prod").leads == ("S0LEADS", "U0LEAD")
    assert settings.channels_of("prod").allowed == ("C0SUPPORT",)
    assert settings.approvals.expires_after == timedelta(hours=4)
    assert (settings.approvals.leads_needed.normal, settings.approvals.leads_needed.high) == (1, 2)
    assert settings.pools["prod"].id == "us-east-1_AbC123"
    assert settings.pools["prod"].customer_credentials is False
    assert settings.pools["prod"].mail_evidence is False
    assert settings.pools["prod"].client_secret is None


def test_what_the_file_leaves_out_has_the_documented_values(tmp_path: Path) -> None:
    approvals = RIGHT[RIGHT.index("[approvals]") : RIGHT.index("[pools.prod]")]
    settings = read(tmp_path, RIGHT.replace(approvals, ""))

    assert settings.approvals.expires_after == timedelta(hours=4)
    assert (settings.approvals.leads_needed.normal, settings.approvals.leads_needed.high) == (1, 2)
    assert not settings.approvals.direct_messages
    assert (settings.approvals.escalate_to, settings.approvals.escalate_after) == ((), None)
    assert settings.database_url.get_secret_value() == "sqlite:///desk.db"
    assert settings.slack_api_url == "https://slack.com/api/"


@pytest.mark.parametrize(
    ("listen", "found"),
    [
        ("127.0.0.1:8080", Listen("127.0.0.1", 8080)),
        ("[::1]:65535", Listen("::1", 65535)),
        ("desk.internal:1", Listen("desk.internal", 1)),
    ],
)
def test_where_the_desk_says_how_it_is_is_a_host_and_a_port(tmp_path: Path, listen: str, found: Listen) -> None:
    settings = read(tmp_path, f'{RIGHT}\n[health]\nlisten = "{listen}"\n')
    assert settings.health.listen == found
    assert str(found) == listen


@pytest.mark.parametrize(
    "listen", ["8080", ":8080", "127.0.0.1", "127.0.0.1:0", "127.0.0.1:65536", "::1:8080", "a b:1"]
)
def test_an_address_that_is_none_stops_the_start(tmp_path: Path, listen: str) -> None:
    with pytest.raises(SettingsError, match=r"health.listen: must be a host and a port .*\n\[health\]\nlisten ="):
        read(tmp_path, f'{RIGHT}\n[health]\nlisten = "{listen}"\n')


@pytest.mark.parametrize("written", ["mon 09:00 Asia/Tokyo", "Mon  09:00  Asia/Tokyo"])
def test_a_report_is_posted_at_a_time_of_the_week_in_one_of_the_pool_s_channels(tmp_path: Path, written: str) -> None:
    with_report = RIGHT.replace("# report =", f'report = "{written}" #').replace("# report_channel", "report_channel")
    pool = read(tmp_path, with_report).pools["prod"]
    assert pool.report == Weekly(day=0, at=time(9), zone=ZoneInfo("Asia/Tokyo"))
    assert pool.report_channel == "C0SUPPORT"


def test_a_report_of_a_pool_with_channels_of_its_own_is_posted_in_one_of_those(tmp_path: Path) -> None:
    with_report = RIGHT.replace("# report =", "report =").replace("# report_channel", "report_channel")
    with pytest.raises(SettingsError, match=r"prod.report_channel: C0SUPPORT must be among .*\n.*\nreport = \"mon"):
        read(tmp_path, f'{with_report}\n[pools.prod.channels]\nallowed = ["C0SHOP"]\n')
    right = with_report.replace('report_channel = "C0SUPPORT"', 'report_channel = "C0SHOP"')
    read(tmp_path, f'{right}\n[pools.prod.channels]\nallowed = ["C0SHOP"]\n')


def test_unless_it_is_asked_to_the_desk_listens_nowhere(tmp_path: Path) -> None:
    assert read(tmp_path, RIGHT).health.listen is None


@pytest.mark.parametrize(("form", "is_json"), [("json", True), ("text", False), ("", False)])
def test_the_log_is_written_for_people_or_as_json(tmp_path: Path, form: str, is_json: bool) -> None:
    assert read(tmp_path, RIGHT, DESK_LOG=form).json_log is is_json


def test_a_log_in_a_form_that_nobody_knows_stops_the_start(tmp_path: Path) -> None:
    with pytest.raises(SettingsError, match=r"^DESK_LOG: 'xml' is neither text nor json\. .*DESK_LOG=json$"):
        read(tmp_path, RIGHT, DESK_LOG="xml")


@pytest.mark.parametrize(
    ("before", "after", "said"),
    [
        ('leads = ["S0LEADS", "U0LEAD"]', "", "people.leads: is missing"),
        ('"U0LEAD"]', '"@lena"]', "people.leads.1: '@lena' is not the id of a Slack user"),
        ('["S0SUPPORT"]', '"S0SUPPORT"', "people.agents: must be a list"),
        ('["C0SUPPORT"]', '["#support"]', "channels.allowed.0: '#support' is not the id of a Slack channel"),
        ('["C0SUPPORT"]', "[]", "channels.allowed: needs at least one entry"),
        ("mail_evidence = false", 'mail_evidence = "perhaps"', "pools.prod.mail_evidence: must be true or false"),
        ('"4h"', '"soon"', 'approvals.expires_after: must be a time such as "30m", "4h" or "2d"'),
        ('"4h"', '"0h"', "approvals.expires_after: must be a time"),
        ("normal = 1", "normal = 0", "approvals.leads_needed.normal: must be at least 1"),
        (
            'expires_after = "4h"',
            'expires_after = "4h"\nescalate_to = ["S0MANAGERS"]',
            "approvals: escalate_to and escalate_after belong together",
        ),
        (
            'expires_after = "4h"',
            'expires_after = "4h"\nescalate_after = "2h"',
            "approvals: escalate_to and escalate_after belong together",
        ),
        (
            'expires_after = "4h"',
            'expires_after = "4h"\nescalate_to = ["S0MANAGERS"]\nescalate_after = "4h"',
            "approvals: escalate_after must be shorter than expires_after",
        ),
        (
            'expires_after = "4h"',
            'expires_after = "4h"\nescalate_to = ["@boss"]\nescalate_after = "2h"',
            "approvals.escalate_to.0: '@boss' is not the id of a Slack user",
        ),
        (
            "normal = 1",
            "normal = 3",
            "approvals.leads_needed: a high risk can't need fewer leads (2) than a normal one (3)",
        ),
        ("high = 2", 'high = "two"', "approvals.leads_needed.high: must be a whole number"),
        ('"us-east-1_AbC123"', '"AbC123"', "pools.prod.id: 'AbC123' is not a user pool's id"),
        ('"us-east-1"', '"Virginia"', "pools.prod.region: 'Virginia' is not an AWS Region"),
        ("[pools.prod]", "[pools.Prod]", "pools.Prod: 'Prod' is not a name of lower-case letters"),
        ("customer_credentials", "customer_credentails", "customer_credentails: is no setting of the desk"),
        ("[pools.prod]", "[other.prod]", "pools: is missing"),
        ("# role_arn =", 'role_arn = "desk" #', "pools.prod.role_arn: 'desk' is not the ARN of an IAM role"),
        ("# external_id =", 'external_id = "shop 42" #', "pools.prod.external_id: 'shop 42' is not an external id"),
        (
            "# report =",
            'report = "monday at nine" #',
            "pools.prod.report: must be a day, a time and a time zone, such as",
        ),
        (
            "# report =",
            'report = "mon 09:00 Mars/Olympus" #',
            "pools.prod.report: 'Mars/Olympus' is not the name of a time zone",
        ),
        ("# report =", "report =", "pools.prod.report_channel: report and report_channel belong together"),
        ("# report_channel =", "report_channel =", "pools.prod.report_channel: report and report_channel belong"),
        (
            "# report =",
            'report_channel = "C0OTHER"\nreport =',
            "channels: C0OTHER, where the report of pools.prod is posted, must be among allowed too",
        ),
        ("# external_id =", "external_id =", "pools.prod: external_id is said when a role is assumed"),
    ],
)
def test_a_wrong_value_is_refused_by_key_with_an_example(tmp_path: Path, before: str, after: str, said: str) -> None:
    assert before in RIGHT
    with pytest.raises(SettingsError) as refused:
        read(tmp_path, RIGHT.replace(before, after))

    assert said in str(refused.value)
    assert str(tmp_path / "desk.toml") in str(refused.value)


BUCKET = '[audit]\nexport = "s3://example-audit/desk"\nbucket_owner = "123456789012"\nregion = "us-east-1"\n'


@pytest.mark.parametrize(
    ("written", "prefix"),
    [("s3://example-audit", ""), ("s3://example-audit/", ""), ("s3://example-audit/a/b/", "a/b/")],
)
def test_the_audit_goes_to_a_bucket_under_a_prefix(tmp_path: Path, written: str, prefix: str) -> None:
    bucket = read(tmp_path, BUCKET.replace("s3://example-audit/desk", written) + RIGHT).audit.bucket

    assert bucket is not None
    assert (bucket.name, bucket.prefix, bucket.owner) == ("example-audit", prefix, "123456789012")
    assert str(bucket) == f"s3://example-audit/{prefix}"


def test_without_a_bucket_there_is_none(tmp_path: Path) -> None:
    assert (read(tmp_path, RIGHT).audit.export, read(tmp_path, RIGHT).audit.bucket) == ("", None)
    to_stdout = read(tmp_path, '[audit]\nexport = "stdout"\n' + RIGHT).audit
    assert (to_stdout.export, to_stdout.bucket) == ("stdout", None)


@pytest.mark.parametrize(
    ("before", "after", "said"),
    [
        (
            "s3://example-audit/desk",
            "s3://Example/desk",
            "audit.export: 's3://Example/desk' is not where an audit can go",
        ),
        ("s3://example-audit/desk", "/var/log/audit", "audit.export: '/var/log/audit' is not where"),
        ('bucket_owner = "123456789012"\n', "", "audit: a bucket needs bucket_owner"),
        ('region = "us-east-1"\n', "", "audit: a bucket needs bucket_owner"),
        ("123456789012", "12345", "audit.bucket_owner: '12345' is not the twelve digits"),
        ("s3://example-audit/desk", "stdout", "audit: bucket_owner and region belong to an export"),
    ],
)
def test_a_wrong_export_is_refused_by_key_with_an_example(tmp_path: Path, before: str, after: str, said: str) -> None:
    with pytest.raises(SettingsError) as refused:
        read(tmp_path, BUCKET.replace(before, after, 1) + RIGHT)
    assert said in str(refused.value)
    assert "For example:\n[audit]" in str(refused.value)


@pytest.mark.parametrize(
    ("written", "said"),
    [
        ('messages = "1d"', "retention.messages: must be at least 2d"),
        ('details = "12h"', "retention.details: must be at least 2d"),
        ('files = "1d"', "retention.files: must be at least 2d"),
        ('details = "for ever"', "retention.details: must be a time such as"),
    ],
)
def test_what_is_needed_a_while_is_kept_at_least_so_long(tmp_path: Path, written: str, said: str) -> None:
    name = written.partition(" ")[0]
    lines = [written if line.startswith(f"{name} =") else line for line in RIGHT.splitlines()]
    with pytest.raises(SettingsError) as refused:
        read(tmp_path, "\n".join(lines))
    assert said in str(refused.value)
    assert "For example:\n[retention]" in str(refused.value)


def test_a_pool_may_have_a_role_of_its_own_with_or_without_an_external_id(tmp_path: Path) -> None:
    assert read(tmp_path, RIGHT).pools["prod"].role_arn is None

    with_role = RIGHT.replace("# role_arn =", "role_arn =")
    alone = read(tmp_path, with_role).pools["prod"]
    assert (alone.role_arn, alone.external_id) == ("arn:aws:iam::444455556666:role/cognito-desk", None)
    both = read(tmp_path, with_role.replace("# external_id =", "external_id =")).pools["prod"]
    assert both.external_id == "cognito-desk-7f3a"


def test_the_teams_are_people_or_groups_and_each_may_be_left_out(tmp_path: Path) -> None:
    assert read(tmp_path, RIGHT).teams == {}

    settings = read(
        tmp_path, RIGHT.replace("# app =", "app =").replace('# accounts = "S0TRUST"', 'accounts = "U0TRUST"')
    )

    assert settings.teams == {Team.APP: "S0APP", Team.ACCOUNTS: "U0TRUST"}


@pytest.mark.parametrize(
    ("after", "said"),
    [
        ('apps = "S0APP"', "teams.apps: is no setting of the desk"),
        ('app = "@app-team"', "teams.app: '@app-team' is not the id of a Slack user (U…) or user group (S…)"),
        ('app = ""', "teams.app: '' is not the id of a Slack user"),
        ('app = ["S0APP"]', "teams.app: must be a text in quotes"),
    ],
)
def test_a_wrong_team_is_refused_by_key_with_an_example(tmp_path: Path, after: str, said: str) -> None:
    with pytest.raises(SettingsError) as refused:
        read(tmp_path, RIGHT.replace('# app = "S0APP"', after))

    assert said in str(refused.value)
    assert '[teams]\napp = "S0APP"' in str(refused.value)


def test_a_channel_that_may_be_shared_is_one_of_the_allowed(tmp_path: Path) -> None:
    both = RIGHT.replace('["C0SUPPORT"]', '["C0SUPPORT", "C0PARTNER"]\nshared = ["C0PARTNER"]')
    assert read(tmp_path, both).channels_of("prod").shared == ("C0PARTNER",)
    assert read(tmp_path, RIGHT).channels_of("prod").shared == ()

    with pytest.raises(SettingsError) as refused:
        read(tmp_path, RIGHT.replace('["C0SUPPORT"]', '["C0SUPPORT"]\nshared = ["C0PARTNER", "C0OTHER"]'))
    said = str(refused.value)
    assert "channels.shared: C0PARTNER, C0OTHER must be among channels.allowed too. For example:" in said
    assert said.endswith('[channels]\nallowed = ["C0SUPPORT", "C0PARTNER"]\nshared = ["C0PARTNER"]')

    with pytest.raises(SettingsError, match=r"channels\.allowed: needs at least one entry") as refused:
        read(tmp_path, RIGHT.replace('["C0SUPPORT"]', '[]\nshared = ["C0PARTNER"]'))
    assert "channels.shared:" not in str(refused.value)


def test_teams_that_are_no_table_are_refused(tmp_path: Path) -> None:
    with pytest.raises(SettingsError, match="teams: must be a table"):
        read(tmp_path, 'teams = "S0APP"\n' + RIGHT.replace("[teams]", "#"))


def test_the_app_has_its_usual_names_unless_the_file_says_others(tmp_path: Path) -> None:
    assert (read(tmp_path, RIGHT).slack.command, read(tmp_path, RIGHT).slack.name) == ("/cognito", "Cognito Desk")

    given = RIGHT
    for line in ("[slack]", "command =", "name ="):
        given = given.replace(f"# {line}", line)
    settings = read(tmp_path, given)

    assert settings.slack.commands.menu == "/cognito-staging"
    assert settings.slack.invite == "/invite @Cognito Desk Staging"


@pytest.mark.parametrize(
    ("after", "said"),
    [
        ('command = "cognito"', "slack.command: 'cognito' is not a slash command: a slash, then lower-case letters"),
        ('command = "/Cognito"', "slack.command: '/Cognito' is not a slash command"),
        ('command = "/cognito_2"', "slack.command: '/cognito_2' is not a slash command"),
        ('command = "/cognito-"', "slack.command: '/cognito-' is not a slash command"),
        ('command = "/"', "slack.command: '/' is not a slash command"),
        ('command = "/cognito staging"', "slack.command: '/cognito staging' is not a slash command"),
        ('command = "/cognito\\n"', "slack.command: '/cognito\\n' is not a slash command"),
        (f'command = "/{"x" * 32}"', "has 33 characters, and Slack takes 32"),
        ("command = 7", "slack.command: must be a text in quotes"),
        (f'name = "{"x" * 36}"', "has 36 characters, and Slack takes 1 to 35"),
        ('name = ""', "slack.name: '' has 0 characters"),
        ('name = " Desk"', "slack.name: ' Desk' has blanks around it"),
        ('name = "De\\u200bsk"', "slack.name: 'De\\u200bsk' has blanks around it, or characters that can't be in"),
        ('name = "@desk"', "slack.name: '@desk' has blanks around it, or characters"),
        ('prefix = "/cognito"', "slack.prefix: is no setting of the desk"),
    ],
)
def test_a_wrong_name_of_the_app_is_refused_by_key_with_an_example(tmp_path: Path, after: str, said: str) -> None:
    with pytest.raises(SettingsError) as refused:
        read(tmp_path, f"{RIGHT}\n[slack]\n{after}\n")

    assert said in str(refused.value)
    assert '[slack]\ncommand = "/cognito-staging"\nname = "Cognito Desk Staging"' in str(refused.value)


def test_what_the_app_is_called_can_be_read_before_anything_else_is_filled_in(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.chdir(tmp_path)
    assert load_slack({}) == SlackApp()

    (tmp_path / "desk.toml").write_text('[slack]\nname = "Desk"\n[people]\n', encoding="utf-8")
    assert load_slack({}) == SlackApp(name="Desk")

    (tmp_path / "desk.toml").write_text('[slack]\nname = ""\n', encoding="utf-8")
    with pytest.raises(SettingsError, match=r"desk\.toml: slack\.name: '' has 0 characters"):
        load_slack({})
    with pytest.raises(SettingsError, match=r"other\.toml: can't be read"):
        load_slack({"DESK_CONFIG": "other.toml"})


def test_a_container_may_be_given_the_text_itself(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(tmp_path)
    text = '[slack]\nname = "Desk in a box"\n' + RIGHT

    assert load({**TOKENS, "DESK_CONFIG_TEXT": text}).slack.name == "Desk in a box"
    assert load_slack({"DESK_CONFIG_TEXT": text}).name == "Desk in a box"
    assert list(tmp_path.iterdir()) == []
    with pytest.raises(SettingsError, match=r"^DESK_CONFIG_TEXT: channels\.allowed\.0: '#support' is not the id"):
        load({**TOKENS, "DESK_CONFIG_TEXT": RIGHT.replace('["C0SUPPORT"]', '["#support"]')})
    with pytest.raises(SettingsError, match=r"^DESK_CONFIG_TEXT: is not TOML"):
        load({**TOKENS, "DESK_CONFIG_TEXT": "desk.toml"})


def test_a_file_and_a_text_at_once_are_refused(tmp_path: Path) -> None:
    with pytest.raises(SettingsError, match="only one can count"):
        read(tmp_path, RIGHT, DESK_CONFIG_TEXT=RIGHT)


def test_every_problem_is_told_at_once(tmp_path: Path) -> None:
    with pytest.raises(SettingsError) as refused:
        read(tmp_path, RIGHT.replace('"4h"', '"soon"').replace('["C0SUPPORT"]', "[]"))

    assert "approvals.expires_after" in str(refused.value)
    assert "channels.allowed" in str(refused.value)


@pytest.mark.parametrize(
    ("environ", "said"),
    [
        ({"SLACK_BOT_TOKEN": ""}, "SLACK_BOT_TOKEN: is not set. Put it in .env, for example: SLACK_BOT_TOKEN=xoxb-"),
        ({"SLACK_BOT_TOKEN": "xapp-swapped"}, "SLACK_BOT_TOKEN: doesn't begin with xoxb-"),
        ({"SLACK_APP_TOKEN": "xoxb-swapped"}, "SLACK_APP_TOKEN: doesn't begin with xapp-"),
        ({"SLACK_BOT_TOKEN": "xoxb-…"}, "SLACK_BOT_TOKEN: is not a whole token"),
        ({"SLACK_APP_TOKEN": "xapp-"}, "SLACK_APP_TOKEN: is not a whole token"),
        ({"SLACK_BOT_TOKEN": "xoxb-swapped or not"}, "SLACK_BOT_TOKEN: is not a whole token"),
    ],
)
def test_a_missing_or_swapped_token_is_named_and_not_shown(
    tmp_path: Path, environ: Mapping[str, str], said: str
) -> None:
    with pytest.raises(SettingsError) as refused:
        read(tmp_path, RIGHT, **environ)

    assert said in str(refused.value)
    assert "swapped" not in str(refused.value)


def test_the_example_env_as_it_stands_names_the_token_to_fill_in(tmp_path: Path) -> None:
    written = {name: value or "" for name, value in dotenv_values(ROOT / ".env.example").items()}

    with pytest.raises(SettingsError, match="SLACK_BOT_TOKEN: is not a whole token"):
        read(tmp_path, RIGHT, **written)


def test_an_empty_variable_counts_as_left_out(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(tmp_path)
    (tmp_path / "desk.toml").write_text(RIGHT, encoding="utf-8")

    settings = load({**TOKENS, "DESK_CONFIG": "", "DESK_DATABASE_URL": "", "SLACK_API_URL": ""})

    assert settings.database_url.get_secret_value() == "sqlite:///desk.db"
    assert settings.slack_api_url == "https://slack.com/api/"


@pytest.mark.parametrize("url", ["slack.com/api", "http://", "ftp://slack.com/api/"])
def test_an_address_that_is_none_is_named_with_an_example(tmp_path: Path, url: str) -> None:
    with pytest.raises(SettingsError, match=r"SLACK_API_URL: .* is no web address\. .*SLACK_API_URL=https://slack"):
        read(tmp_path, RIGHT, SLACK_API_URL=url)


def test_a_missing_file_says_what_to_copy(tmp_path: Path) -> None:
    with pytest.raises(SettingsError, match=r"Copy desk\.example\.toml"):
        load({**TOKENS, "DESK_CONFIG": str(tmp_path / "desk.toml")})


def test_a_file_that_is_not_toml_says_where(tmp_path: Path) -> None:
    with pytest.raises(SettingsError, match=r"is not TOML: .*line 2"):
        read(tmp_path, "[people]\nagents = [S0SUPPORT]\n")


def test_a_client_secret_comes_from_the_environment_and_never_from_the_file(tmp_path: Path) -> None:
    settings = read(tmp_path, RIGHT, DESK_POOL_PROD_CLIENT_SECRET="hush")
    secret = settings.pools["prod"].client_secret
    assert secret is not None
    assert secret.get_secret_value() == "hush"

    with pytest.raises(SettingsError, match=r"secrets don't belong in this file\. Set DESK_POOL_PROD_CLIENT_SECRET"):
        read(tmp_path, RIGHT + '\nclient_secret = "hush"\n')


def test_no_secret_shows_when_settings_are_printed(tmp_path: Path) -> None:
    settings = read(tmp_path, RIGHT, DESK_POOL_PROD_CLIENT_SECRET="hush", DESK_DATABASE_URL="postgresql://u:hush@h/d")

    assert "hush" not in repr(settings)
    assert "secret'" not in repr(settings.bot_token)
    assert TOKENS["SLACK_BOT_TOKEN"] not in repr(settings)
    assert TOKENS["SLACK_APP_TOKEN"] not in repr(settings)


SHOP = """
[pools.shop]
id = "eu-west-1_AbC123"
region = "eu-west-1"
client_id = "5example"
"""
SHOP_PEOPLE = '[pools.shop.people]\nagents = ["S0SHOP"]\nleads = ["S0SHOPLEADS"]\n'
SHOP_CHANNELS = '[pools.shop.channels]\nallowed = ["C0SHOP"]\n'


def test_a_pool_s_own_people_and_channels_replace_the_general_ones_each_by_itself(tmp_path: Path) -> None:
    settings = read(tmp_path, RIGHT + SHOP + SHOP_PEOPLE)
    assert settings.people_of("shop") == People(agents=("S0SHOP",), leads=("S0SHOPLEADS",))
    assert settings.people_of("prod").agents == ("S0SUPPORT",)
    assert settings.channels_of("shop").allowed == settings.channels_of("prod").allowed == ("C0SUPPORT",)
    assert settings.pools_in("C0SUPPORT") == ("prod", "shop")
    assert settings.tables("people") == {"people": "prod", "pools.shop.people": "shop"}
    assert settings.tables("channels") == {"channels": "prod"}

    settings = read(tmp_path, RIGHT + SHOP + SHOP_CHANNELS)
    assert settings.people_of("shop") == settings.people_of("prod")
    assert (settings.pools_in("C0SUPPORT"), settings.pools_in("C0SHOP")) == (("prod",), ("shop",))
    assert settings.all_channels == ("C0SUPPORT", "C0SHOP")


def test_in_a_pool_that_is_not_there_nobody_may_do_anything_anywhere(tmp_path: Path) -> None:
    settings = read(tmp_path, RIGHT)
    assert settings.people_of("shop") == People(agents=(), leads=())
    assert settings.channels_of("shop").allowed == ()
    assert settings.pools_in("C0ELSEWHERE") == ()


def test_the_general_ones_may_be_left_out_where_every_pool_has_its_own(tmp_path: Path) -> None:
    only = RIGHT[RIGHT.index("[approvals]") : RIGHT.index("[pools.prod]")] + SHOP
    settings = read(tmp_path, only + SHOP_PEOPLE + SHOP_CHANNELS)
    assert (settings.people, settings.channels) == (None, None)
    assert settings.people_of("shop").leads == ("S0SHOPLEADS",)

    with pytest.raises(SettingsError) as refused:
        read(tmp_path, only + SHOP_PEOPLE)
    assert "channels: is missing. For example:\n[channels]" in str(refused.value)
    assert "people: is missing" not in str(refused.value)
    with pytest.raises(SettingsError, match="people: is missing"):
        read(tmp_path, RIGHT[RIGHT.index("[channels]") :] + SHOP + SHOP_PEOPLE)


@pytest.mark.parametrize(
    ("own", "said"),
    [
        (
            SHOP_PEOPLE.replace("leads", "lead"),
            "pools.shop.people.leads: is missing. For example:\n[pools.shop.people]",
        ),
        (
            SHOP_PEOPLE.replace('"S0SHOP"', '"@shop"'),
            "pools.shop.people.agents.0: '@shop' is not the id of a Slack user",
        ),
        (SHOP_CHANNELS.replace('"C0SHOP"', ""), "pools.shop.channels.allowed: needs at least one entry. For example:"),
        (SHOP_CHANNELS + 'shared = ["C0X"]', "pools.shop.channels.shared: C0X must be among channels.allowed too"),
    ],
)
def test_wrong_people_or_channels_of_a_pool_are_named_with_an_example_of_a_pool_s(
    tmp_path: Path, own: str, said: str
) -> None:
    with pytest.raises(SettingsError) as refused:
        read(tmp_path, RIGHT + SHOP + own)
    assert said in str(refused.value)
    assert "For example:\n[pools.shop." in str(refused.value)


def test_a_channel_is_shared_only_where_all_pools_that_work_there_allow_it(tmp_path: Path) -> None:
    both = RIGHT.replace('["C0SUPPORT"]', '["C0SUPPORT", "C0PARTNER"]\nshared = ["C0PARTNER"]') + SHOP
    own = '[pools.shop.channels]\nallowed = ["C0PARTNER", "C0OWN"]\n'
    assert read(tmp_path, both).shared_channels == ("C0PARTNER",)
    assert read(tmp_path, both + own + 'shared = ["C0OWN"]').shared_channels == ("C0OWN",)
    assert read(tmp_path, both + own + 'shared = ["C0PARTNER"]').shared_channels == ("C0PARTNER",)

"""The template for Fargate: outward only, the least rights, no secret in the open, and what the image promises too."""

import re
from pathlib import Path
from typing import Any
from urllib.parse import parse_qs, urlsplit

import pytest
import yaml

import commands
from bot.aws.iam import OWN
from bot.operator.derive import printed_rights
from bot.run import STOP_SECONDS
from bot.scenario import load
from bot.settings import Bucket, PoolSettings, load_file
from bot.tickets.engines import engine
from tests.deployments.pages import Step, stages

ROOT = Path(__file__).parent.parent
TEXT = (ROOT / "deploy/fargate.yaml").read_text("utf-8")


class _Loader(yaml.SafeLoader):
    """Reads CloudFormation's short forms, such as ``!Ref``, as what they stand for."""


def _short_form(loader: _Loader, name: str, node: yaml.Node) -> dict[str, Any]:
    if isinstance(node, yaml.ScalarNode):
        value: Any = loader.construct_scalar(node)
    else:
        value = loader.construct_sequence(node, deep=True)  # type: ignore[arg-type] # it takes no mappings
    return {name if name in {"Ref", "Condition"} else f"Fn::{name}": value}


_Loader.add_multi_constructor("!", _short_form)
TEMPLATE: dict[str, Any] = yaml.load(TEXT, _Loader)  # noqa: S506 - it is a safe one
RESOURCES = {name: resource.get("Properties", {}) for name, resource in TEMPLATE["Resources"].items()}
DOCKERFILE = stages((ROOT / "deploy/Dockerfile").read_text("utf-8"))


@pytest.fixture
def container() -> dict[str, Any]:
    [container] = RESOURCES["Task"]["ContainerDefinitions"]
    return dict(container)


def kinds(wanted: str) -> dict[str, Any]:
    """The properties of the resources of one kind, by their names."""
    return {name: RESOURCES[name] for name, each in TEMPLATE["Resources"].items() if each["Type"] == wanted}


def test_there_is_room_for_a_file_that_is_put_together(container: dict[str, Any]) -> None:
    [volume] = RESOURCES["Task"]["Volumes"]

    assert container["MountPoints"] == [{"SourceVolume": volume["Name"], "ContainerPath": "/tmp"}]  # noqa: S108
    # A mount that the image doesn't declare would be root's alone.
    assert 'VOLUME ["/tmp"]' in (ROOT / "deploy/Dockerfile").read_text("utf-8")


PLACES = {
    "Read": "PoolArns",
    "Rates": "*",
    "Fix": "PoolArns",
    "Mail": "*",
    "Never": "PoolArns",
    "Roles": "PoolRoleArns",
    "Export": "AuditObjectsArn",
}
"""Where each statement holds, by its name: a parameter's value, or everywhere."""
ONLY_IF = {
    "Read": "HasPools",
    "Rates": "HasPools",
    "Fix": "HasPools",
    "Mail": "HasMailEvidence",
    "Never": "HasPools",
    "Roles": "HasPoolRoles",
    "Export": "HasAuditBucket",
}


def test_the_task_may_do_what_the_program_needs_and_no_more() -> None:
    pool = PoolSettings(id="us-east-1_AbC123", region="us-east-1", client_id="4example", mail_evidence=True)
    elsewhere = pool.model_copy(update={"role_arn": "arn:aws:iam::111122223333:role/desk", "mail_evidence": False})
    bucket = Bucket(name="example-audit", prefix="desk/", owner="111122223333", region="us-east-1")
    printed = printed_rights(load(commands).values(), [pool, elsewhere], bucket=bucket)[OWN]["policy"]["Statement"]
    [policy] = RESOURCES["TaskRole"]["Policies"]
    statements = policy["PolicyDocument"]["Statement"]
    given = {each["Fn::If"][1]["Sid"]: each["Fn::If"][1] for each in statements}

    assert {each["Fn::If"][1]["Sid"]: each["Fn::If"][0] for each in statements} == ONLY_IF
    assert {sid: _rights(each) for sid, each in given.items()} == {each["Sid"]: _rights(each) for each in printed}
    for sid, place in PLACES.items():
        assert given[sid]["Resource"] == (place if place == "*" else {"Ref": place})
    [regions] = [each["Condition"]["StringEquals"]["aws:RequestedRegion"] for each in printed if each["Sid"] == "Mail"]
    assert sorted(TEMPLATE["Parameters"]["MailRegions"]["Default"].split(",")) == regions


def _rights(statement: dict[str, Any]) -> tuple[str, list[str], dict[str, list[str]]]:
    """What a statement says, but for where it holds."""
    conditions = {test: sorted(of) for test, of in statement.get("Condition", {}).items()}
    return statement["Effect"], statement["Action"], conditions


def test_nothing_can_connect_to_a_desk_and_a_desk_alone_to_its_database() -> None:
    groups = kinds("AWS::EC2::SecurityGroup")

    assert set(groups) == {"TaskSecurityGroup", "DatabaseSecurityGroup"}
    assert "SecurityGroupIngress" not in groups["TaskSecurityGroup"]
    assert kinds("AWS::EC2::SecurityGroupIngress") == {}
    assert {(rule["FromPort"], rule["ToPort"]) for rule in groups["TaskSecurityGroup"]["SecurityGroupEgress"]} == {
        (443, 443)
    }
    [rule] = groups["DatabaseSecurityGroup"]["SecurityGroupIngress"]
    assert rule["SourceSecurityGroupId"] == {"Ref": "TaskSecurityGroup"}
    assert "CidrIp" not in rule
    assert RESOURCES["Database"]["PubliclyAccessible"] is False
    assert "LoadBalancers" not in RESOURCES["Service"]
    assert "PortMappings" not in RESOURCES["Task"]["ContainerDefinitions"][0]


def test_the_container_is_held_as_the_image_expects(container: dict[str, Any]) -> None:
    _, check = next(step.text for step in DOCKERFILE[-1] if step.name == "HEALTHCHECK").split(" CMD ")

    assert container["ReadonlyRootFilesystem"] is True
    assert container["LinuxParameters"]["Capabilities"] == {"Drop": ["ALL"]}
    assert STOP_SECONDS < container["StopTimeout"] <= 120, "Fargate takes no more"
    assert container["HealthCheck"]["Command"] == ["CMD", *Step("CMD", check.strip()).words]
    assert "User" not in container, "the image's own is not root"


def test_secrets_come_from_secrets_manager_and_stand_nowhere_in_the_open(container: dict[str, Any]) -> None:
    secrets = [each["Fn::If"][1] if "Fn::If" in each else each for each in container["Secrets"]]
    open_ones = {each["Name"] for each in container["Environment"]}

    assert {each["Name"] for each in secrets if isinstance(each["Name"], str)} == {
        "SLACK_BOT_TOKEN",
        "SLACK_APP_TOKEN",
        "PGPASSWORD",
    }
    assert open_ones == {"DESK_CONFIG_TEXT", "DESK_DATABASE_URL"}
    assert "resolve:secretsmanager" in RESOURCES["Database"]["MasterUserPassword"]["Fn::Sub"]
    [readable] = [
        each["Resource"]
        for each in RESOURCES["ExecutionRole"]["Policies"][0]["PolicyDocument"]["Statement"]
        if each["Action"] == "secretsmanager:GetSecretValue"
    ]
    assert {"Ref": "DatabasePassword"} in readable
    assert "*" not in readable


def test_the_database_is_reached_by_an_address_that_the_desk_takes_and_that_has_its_certificate_checked(
    container: dict[str, Any],
) -> None:
    [written] = [each["Value"]["Fn::Sub"] for each in container["Environment"] if each["Name"] == "DESK_DATABASE_URL"]
    address = written.replace("${Database.Endpoint.Address}", "db.example.com").replace(
        "${Database.Endpoint.Port}", "5432"
    )

    opened = engine(address)

    assert opened.url.query == {"sslmode": "verify-full", "sslrootcert": "/opt/desk/certificates/rds.pem"}
    assert (opened.url.username, opened.url.password) == (RESOURCES["Database"]["MasterUsername"], None)
    assert parse_qs(urlsplit(written).query)["sslrootcert"] == ["/opt/desk/certificates/rds.pem"]
    assert any(
        step.words == ["deploy/certificates", "/opt/desk/certificates"]
        for step in DOCKERFILE[-1]
        if step.name == "COPY"
    )


def test_the_settings_are_those_of_the_file_with_a_port_for_the_health_check(
    container: dict[str, Any],
) -> None:
    [written] = [each["Value"]["Fn::Sub"] for each in container["Environment"] if each["Name"] == "DESK_CONFIG_TEXT"]
    example = (ROOT / "desk.example.toml").read_text("utf-8")
    text = written.replace("${DeskToml}", re.sub(r"#.*", "", example).strip())

    listen = load_file({"DESK_CONFIG_TEXT": text}).health.listen

    assert str(listen) == "127.0.0.1:8080"
    program = container["HealthCheck"]["Command"][-1]
    assert "'127.0.0.1', 8080" in program
    assert len(text) < TEMPLATE["Parameters"]["DeskToml"]["MaxLength"]


def test_what_would_lose_requests_is_kept() -> None:
    for name in ("Database", "DatabasePassword", "LogGroup"):
        assert TEMPLATE["Resources"][name]["DeletionPolicy"] in {"Retain", "Snapshot"}
        assert TEMPLATE["Resources"][name]["UpdateReplacePolicy"] in {"Retain", "Snapshot"}
    assert RESOURCES["Database"]["StorageEncrypted"] is True
    assert RESOURCES["Database"]["DeletionProtection"] is True
    # An older program must not go on beside a newer one that has changed the database.
    assert RESOURCES["Service"]["DeploymentConfiguration"]["MaximumPercent"] == 100


def test_everything_that_is_named_is_there() -> None:
    named = {*TEMPLATE["Parameters"], *TEMPLATE["Resources"], *TEMPLATE["Conditions"]}
    used = set(re.findall(r"!(?:Ref|GetAtt) (\w+)", TEXT)) - {"AWS"}

    assert used <= named
    page = (ROOT / "docs/operating.md").read_text("utf-8")
    asked = {name for name, each in TEMPLATE["Parameters"].items() if "Default" not in each} | {"PoolArns"}
    assert {name for name in asked if f"{name}=" not in page} == set()

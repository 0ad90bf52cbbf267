"""What stands between the desk and Slack or AWS: a company's certificates, a proxy, a file that is gone."""

import os
import socket
from collections.abc import Iterator, Mapping
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest
from slack_sdk import WebClient

from bot import reach
from bot.operator import doctor_aws, doctor_slack
from bot.operator.doctor_result import DoctorResult, DoctorStatus
from bot.settings import PoolSettings, SettingsError
from bot.slack.app import identity
from bot.slack.client import Client
from bot.slack.troubles import Backoff
from bot.slack.web_api import WarmClient
from tests import interception
from tests.bot.office import settings
from tests.interception import Company

POOLS = {"prod": PoolSettings(id="us-east-1_AbC123", region="us-east-1", client_id="4example")}
WELCOME = b'{"ok": true, "team_id": "T1", "user_id": "U1", "bot_id": "B1", "UserPool": {}, "UserPoolClient": {}}'


@pytest.fixture(autouse=True)
def _nothing_is_set(monkeypatch: pytest.MonkeyPatch) -> None:
    """Whatever this machine trusts, and however it reaches the internet."""
    for name in [*os.environ]:
        if name.startswith("AWS_") or name.lower().endswith("_proxy") or name in {"SSL_CERT_FILE", "SSL_CERT_DIR"}:
            monkeypatch.delenv(name)


@pytest.fixture(scope="module")
def company(tmp_path_factory: pytest.TempPathFactory) -> Company:
    return Company(tmp_path_factory.mktemp("company"))


@pytest.fixture
def intercepted(company: Company) -> Iterator[str]:
    with company.serves(answer=WELCOME) as url:
        yield url


def start(url: str) -> str:
    """Begin as `desk run` does, and return what is said to the operator; empty where all is well."""
    try:
        identity(WarmClient("xoxb-1", base_url=url, retry_handlers=[], timeout=10))
    except SettingsError as error:
        return str(error)
    return ""


def examined(url: str) -> Mapping[str, DoctorResult]:
    return {each.name: each for each in doctor_slack.examine(replace(settings(), slack_api_url=url))}


def test_tls_interception_is_named_at_the_start_with_who_signs_and_with_the_cure(
    intercepted: str, company: Company, monkeypatch: pytest.MonkeyPatch
) -> None:
    said = start(intercepted)
    assert said.startswith(f"SLACK_API_URL: {intercepted} can't be reached: the certificate that 127.0.0.1 shows")
    assert f"is signed by {interception.COMPANY}, Acme, whom this machine doesn't trust. Most likely" in said
    assert "SSL_CERT_FILE=/path/to/company-ca.pem" in said

    monkeypatch.setenv("SSL_CERT_FILE", str(company.file))
    assert start(intercepted) == "", "what is named as the cure is one"


@pytest.mark.slow
def test_the_doctor_says_the_same_instead_of_blaming_tokens(intercepted: str) -> None:
    found = examined(intercepted)

    assert set(found) == {"way to Slack", "Slack"}
    assert found["way to Slack"].verdict is DoctorStatus.PROBLEM
    assert f"is signed by {interception.COMPANY}" in found["way to Slack"].says
    assert "TLS interception" in found["way to Slack"].says
    assert "SSL_CERT_FILE=/path/to/company-ca.pem" in found["way to Slack"].fix


def test_a_bundle_that_lacks_the_company_is_said(
    intercepted: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    another = tmp_path / "another"
    another.mkdir()
    monkeypatch.setenv("SSL_CERT_FILE", str(Company(another).file))

    assert f"SSL_CERT_FILE={another}/company-ca.pem doesn't have it" in start(intercepted)


@pytest.mark.slow
@pytest.mark.parametrize(
    ("content", "why"),
    [(None, "can't be read (No such file or directory)"), ("nothing", "has no certificate in PEM form")],
)
def test_a_bundle_that_is_gone_or_none_is_named_for_slack_and_for_aws(
    intercepted: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, content: str | None, why: str
) -> None:
    file = tmp_path / "company.pem"
    if content is not None:
        file.write_text(content)
    for name in (reach.OF_SLACK, reach.OF_AWS):
        monkeypatch.setenv(name, str(file))

    assert f"SSL_CERT_FILE names {file}, which {why}" in start(intercepted)
    found = examined(intercepted)
    assert set(found) == {"SSL_CERT_FILE", "Slack"}
    assert found["SSL_CERT_FILE"].verdict is DoctorStatus.PROBLEM
    assert why in found["SSL_CERT_FILE"].says

    aws = next(doctor_aws.examine({}, ()))
    assert (aws.name, aws.verdict) == ("AWS_CA_BUNDLE", DoctorStatus.PROBLEM)
    assert why in aws.says


@pytest.mark.slow
def test_a_broken_bundle_is_said_even_where_nothing_needs_it_now(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("SSL_CERT_FILE", "/nowhere.pem")

    found = examined("http://127.0.0.1:9/api/")

    assert found["SSL_CERT_FILE"].verdict is DoctorStatus.PROBLEM
    assert "Check that this machine reaches" in found["bot token"].fix


class Standing(WebClient):
    """A Slack that says where to connect to, whatever stands in between there."""

    def __init__(self, url: str) -> None:
        super().__init__("xoxb-1")
        self.url = url.replace("https:", "wss:")

    def apps_connections_open(self, **_: object) -> Any:
        return {"url": self.url}


def running(web: WebClient, log: pytest.LogCaptureFixture) -> str:
    """Connect until it has failed several times, and return what is logged."""
    pauses = list[float]()

    def passes_at_once(seconds: float) -> float:
        pauses.append(seconds)
        return 0.0

    client = Client("xapp-1", web, backoff=Backoff(passes_at_once))
    assert client.open(gives_up=lambda: len(pauses) > 2) is False
    client.close()
    (said,) = [each.getMessage() for each in log.records if "no connection to Slack" in each.getMessage()]
    return said


@pytest.mark.slow
def test_a_desk_that_runs_says_the_same_once_in_its_log(intercepted: str, caplog: pytest.LogCaptureFixture) -> None:
    said = running(WebClient("xoxb-1", base_url=intercepted, retry_handlers=[]), caplog)

    assert said.startswith("no connection to Slack (SSLCertVerificationError): the certificate that 127.0.0.1 shows")
    assert f"is signed by {interception.COMPANY}, Acme, whom this machine doesn't trust" in said
    assert "SSL_CERT_FILE=/path/to/company-ca.pem" in said
    assert said.endswith("Trying until there is one")


@pytest.mark.slow
@pytest.mark.parametrize(
    ("status", "says"),
    [
        (b"", f"is signed by {interception.COMPANY}, Acme, whom this machine doesn't trust"),
        (b"403 Forbidden", "refuses to connect to 127.0.0.1 (403)"),
        (b"407 Proxy Authentication Required", "wants a user and a password (407)"),
    ],
)
def test_what_stands_in_the_way_of_the_web_socket_alone_is_named_too(
    intercepted: str, monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture, status: bytes, says: str
) -> None:
    with interception.proxy(status) as address:
        monkeypatch.setenv("HTTPS_PROXY", address)
        said = running(Standing(intercepted), caplog)

    assert says in said
    assert "hush" not in said


def test_an_old_certificate_is_told_from_a_foreign_one(company: Company, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("SSL_CERT_FILE", str(company.file))
    with company.serves(expired=True) as url:
        said = start(url)

    assert "has expired, or isn't valid yet" in said
    assert "Set this machine's clock" in said


def test_a_certificate_of_somebody_else_is_told_too(company: Company, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("SSL_CERT_FILE", str(company.file))
    with company.serves(host="portal.example.com") as url:
        said = start(url)

    assert "shows the certificate of somebody else. It is signed by Acme TLS Inspection" in said


def test_interception_behind_a_proxy_is_read_through_the_proxy(
    intercepted: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    with interception.proxy() as address:
        monkeypatch.setenv("HTTPS_PROXY", address)
        said = start(intercepted)

    assert f"is signed by {interception.COMPANY}" in said
    assert "hush" not in said


@pytest.mark.slow
@pytest.mark.parametrize(
    ("status", "says", "cure"),
    [
        (
            b"407 Proxy Authentication Required",
            "wants a user and a password (407)",
            "HTTPS_PROXY=http://user:password@",
        ),
        (b"403 Forbidden", "refuses to connect to 127.0.0.1 (403 Forbidden)", "Have its operator allow 127.0.0.1"),
    ],
)
def test_a_proxy_that_refuses_is_named_without_its_password(
    intercepted: str, monkeypatch: pytest.MonkeyPatch, status: bytes, says: str, cure: str
) -> None:
    with interception.proxy(status) as address:
        monkeypatch.setenv("HTTPS_PROXY", address)
        said = start(intercepted)
        found = examined(intercepted)["way to Slack"]

    where = address.rpartition("@")[2]
    assert f"the proxy {where} {says}" in said
    assert cure in said
    assert (found.verdict, found.says) == (DoctorStatus.PROBLEM, f"the proxy {where} {says}")
    assert "hush" not in said


def test_a_proxy_that_asks_for_a_password_on_the_open_way_is_named_too(monkeypatch: pytest.MonkeyPatch) -> None:
    with interception.proxy(b"407 Proxy Authentication Required") as address:
        monkeypatch.setenv("HTTPS_PROXY", address)
        assert "wants a user and a password (407)" in start("http://slack.example.com/api/")
        assert "wants a user" in examined("http://slack.example.com/api/")["way to Slack"].says


def test_a_proxy_that_is_not_there_is_named(intercepted: str, monkeypatch: pytest.MonkeyPatch) -> None:
    with socket.create_server(("127.0.0.1", 0)) as closed:
        nobody = f"127.0.0.1:{closed.getsockname()[1]}"
    monkeypatch.setenv("HTTPS_PROXY", f"http://olaf:hush@{nobody}")

    said = start(intercepted)

    assert f"the proxy {nobody} doesn't answer" in said
    assert "hush" not in said


@pytest.mark.slow
def test_interception_of_aws_is_named_with_the_variable_that_aws_reads(
    intercepted: str, company: Company, monkeypatch: pytest.MonkeyPatch
) -> None:
    for name, value in (
        ("AWS_ENDPOINT_URL", intercepted),
        ("AWS_ACCESS_KEY_ID", "AKIA"),
        ("AWS_SECRET_ACCESS_KEY", "hush"),
    ):
        monkeypatch.setenv(name, value)
    # Cognito on this machine is no AWS; with an STS of its own beside it, who we are is asked first.
    monkeypatch.setenv("AWS_ENDPOINT_URL_STS", f"{intercepted}/")
    found = {each.name: each for each in doctor_aws.examine(POOLS, ())}
    assert set(found) == {"way to AWS", "pools"}
    assert f"is signed by {interception.COMPANY}" in found["way to AWS"].says
    assert "AWS_CA_BUNDLE=/path/to/company-ca.pem" in found["way to AWS"].fix

    monkeypatch.delenv("AWS_ENDPOINT_URL_STS")
    found = {each.name: each for each in doctor_aws.examine(POOLS, ())}
    assert "AWS_CA_BUNDLE=/path/to/company-ca.pem" in found["pool prod"].fix

    monkeypatch.setenv("AWS_CA_BUNDLE", str(company.file))
    found = {each.name: each for each in doctor_aws.examine(POOLS, ())}
    assert "way to AWS" not in found
    assert "TLS interception" not in found["pool prod"].says

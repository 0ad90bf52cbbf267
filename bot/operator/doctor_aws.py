"""The doctor's look at AWS: who we are there, the pools, and our rights by IAM's own simulation; nothing is written."""

import os
import re
from collections.abc import Iterator, Mapping, Sequence
from contextlib import closing
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any
from urllib.parse import urlsplit
from urllib.request import getproxies, proxy_bypass

import boto3
from botocore.config import Config
from botocore.exceptions import BotoCoreError, ClientError, ProfileNotFound

from bot import reach
from bot.aws.aws_words import code_of, explain
from bot.aws.iam import ses_regions
from bot.operator.doctor_result import DoctorResult, not_checked, ok, problem
from bot.plan import SES
from bot.settings import PoolSettings, secret_name

if TYPE_CHECKING:
    from mypy_boto3_cognito_idp import CognitoIdentityProviderClient

_QUICK = Config(connect_timeout=3, read_timeout=10, retries={"mode": "standard", "total_max_attempts": 2})
_ATTACH = "Attach what `desk iam-policy` prints."
_CREDENTIALS = "Give the program a role, a profile (AWS_PROFILE) or keys, as for any AWS program."


def examine(pools: Mapping[str, PoolSettings], actions: Sequence[str]) -> Iterator[DoctorResult]:
    """Look at each pool, and at whether these actions would be allowed."""
    unusable = reach.unusable(reach.OF_AWS)
    if unusable:
        yield problem(reach.OF_AWS, unusable.says, unusable.cure)
    try:
        session = boto3.session.Session()
    except ProfileNotFound as error:
        yield problem("AWS", str(error), "Set AWS_PROFILE to a profile of ~/.aws/config.")
        return
    if session.get_credentials() is None:
        yield problem("AWS", "there are no credentials", _CREDENTIALS)
        return
    caller = ""
    if _is_local():
        yield not_checked("AWS", "Cognito's calls go to this machine, not to AWS")
    else:
        try:
            caller = _caller(session, next(iter(pools.values())).region)
        except reach.Obstructed as error:
            if error.found != unusable:
                yield problem("way to AWS", error.found.says, error.found.cure)
            yield not_checked("pools", "AWS can't be reached")
            return
        yield ok("AWS", caller) if caller.startswith("arn:") else problem("AWS", caller, _CREDENTIALS)
    for name, pool in pools.items():
        with closing(session.client("cognito-idp", region_name=pool.region, config=_QUICK)) as client:
            look = _Look(name=name, pool=pool, session=session, client=client, caller=caller)
            yield from look.at_everything(actions)


def _is_local() -> bool:
    """Whether Cognito is played by this machine; its made-up keys are then no business of AWS's."""
    return _is_here("COGNITO_IDENTITY_PROVIDER") and "AWS_ENDPOINT_URL_STS" not in os.environ


def _is_here(service: str) -> bool:
    """Whether a service's calls go to this machine."""
    names = (f"AWS_ENDPOINT_URL_{service}", "AWS_ENDPOINT_URL")
    endpoint = next((os.environ[name] for name in names if os.environ.get(name)), "")
    return urlsplit(endpoint).hostname in {"localhost", "127.0.0.1", "::1"}


def _caller(session: boto3.session.Session, region: str) -> str:
    """Return the ARN that AWS knows us by, or what is wrong with our credentials. Raises `reach.Obstructed`."""
    with closing(session.client("sts", region_name=region, config=_QUICK)) as client:
        try:
            return client.get_caller_identity()["Arn"]
        except (BotoCoreError, ClientError) as error:
            if found := _obstacle(error, client.meta.endpoint_url):
                raise reach.Obstructed(found) from None
            return explain(error, "GetCallerIdentity").plain()


def _obstacle(error: Exception, url: str) -> reach.Obstacle | None:
    """Return what stands between us and AWS, whose library, unlike Slack's, heeds NO_PROXY."""
    proxy = None if proxy_bypass(urlsplit(url).hostname or "") else getproxies().get("https")
    return reach.obstacle(error, url, proxy=proxy, bundle=reach.OF_AWS)


@dataclass(frozen=True, slots=True, kw_only=True)
class _Look:
    """At one pool."""

    name: str
    pool: PoolSettings
    session: boto3.session.Session
    client: "CognitoIdentityProviderClient"
    caller: str

    def at_everything(self, actions: Sequence[str]) -> Iterator[DoctorResult]:
        """The pool itself, its app client, and our rights in it."""
        where = f"pool {self.name}"
        try:
            shape = self.client.describe_user_pool(UserPoolId=self.pool.id)["UserPool"]
        except (BotoCoreError, ClientError) as error:
            yield self._unread(error)
            return
        yield ok(where, f"{shape.get('Name', self.pool.id)} in {self.pool.region}")
        yield self._app_client()
        mine = [action for action in actions if not action.startswith(SES)]
        yield self._rights(f"{where}: rights", mine, [shape.get("Arn", "")])
        if self.pool.mail_evidence:
            yield from self._mail(dict(shape.get("EmailConfiguration", {})), actions)

    def _unread(self, error: BotoCoreError | ClientError) -> DoctorResult:
        where = f"pool {self.name}"
        if isinstance(error, ClientError) and code_of(error) == "ResourceNotFoundException":
            says = f"there is no pool {self.pool.id} in {self.pool.region}"
            return problem(where, says, f"Correct id and region of pools.{self.name}.")
        says = explain(error, "DescribeUserPool").plain()
        if isinstance(error, ClientError):
            return problem(where, says, _ATTACH)
        if found := _obstacle(error, self.client.meta.endpoint_url):
            return problem(where, found.says, found.cure)
        return problem(where, says, "Check the network, and the pool's region.")

    def _app_client(self) -> DoctorResult:
        where = f"pool {self.name}: client"
        try:
            answer = self.client.describe_user_pool_client(UserPoolId=self.pool.id, ClientId=self.pool.client_id)
        except ClientError as error:
            if code_of(error) == "ResourceNotFoundException":
                says = f"the pool has no app client {self.pool.client_id}"
                return problem(where, says, f"Correct pools.{self.name}.client_id.")
            if code_of(error) == "AccessDeniedException":
                says = "the right cognito-idp:DescribeUserPoolClient is missing, so checks can't see what the app hides"
                return problem(where, says, _ATTACH)
            return not_checked(where, explain(error, "DescribeUserPoolClient").plain())
        except BotoCoreError as error:
            return not_checked(where, explain(error, "DescribeUserPoolClient").plain())
        shape, variable = answer["UserPoolClient"], secret_name(self.name)
        secret = shape.get("ClientSecret")
        given = self.pool.client_secret.get_secret_value() if self.pool.client_secret else None
        if secret and not given:
            return problem(where, "it has a secret, and the desk wasn't given it", f"Set {variable} in .env.")
        if secret != given:
            return problem(where, "its secret is another one", f"Correct {variable} in .env.")
        return ok(where, shape.get("ClientName", self.pool.client_id))

    def _mail(self, mailing: Mapping[str, Any], actions: Sequence[str]) -> Iterator[DoctorResult]:
        """Whether the pool's SES lets us look, in the Region that it is in."""
        where = f"pool {self.name}: mail"
        if mailing.get("EmailSendingAccount") != "DEVELOPER":
            yield ok(where, "the pool doesn't send with Amazon SES, so there is nothing to look into")
            return
        region = (str(mailing.get("SourceArn", "")).split(":") + [""] * 4)[3]
        if not region:
            yield not_checked(where, "the pool doesn't say which Amazon SES it sends with")
            return
        if region not in ses_regions(self.pool):
            says = f"the pool sends with the Amazon SES of {region}, which the printed policy doesn't name"
            yield problem(where, says, f"Add {region} to aws:RequestedRegion of its statement Mail.")
        yield self._ses(where, region)
        mine = [action for action in actions if action.startswith(SES)]
        yield self._rights(f"{where} rights", mine, (), {"aws:RequestedRegion": region, "ses:ApiVersion": "2"})

    def _ses(self, where: str, region: str) -> DoctorResult:
        if _is_here("COGNITO_IDENTITY_PROVIDER") and not _is_here("SESV2"):
            return not_checked(where, "Cognito's calls go to this machine, and Amazon SES's would not")
        try:
            with closing(self.session.client("sesv2", region_name=region, config=_QUICK)) as ses:
                account = ses.get_account()
        except (BotoCoreError, ClientError) as error:
            return problem(where, explain(error, f"{SES}GetAccount").plain(), _ATTACH)
        if not account.get("SendingEnabled", False):
            return problem(where, f"Amazon SES in {region} is paused: nobody gets mail", "Let the cloud team look.")
        sandboxed = not account.get("ProductionAccessEnabled", False)
        return ok(where, f"Amazon SES in {region}{', in its sandbox' if sandboxed else ''}")

    def _rights(
        self, where: str, actions: Sequence[str], arns: Sequence[str], context: Mapping[str, str] | None = None
    ) -> DoctorResult:
        """Ask IAM about actions on resources, or on all; ``context``: what the policy's conditions look at."""
        if not (self.caller.startswith("arn:") and all(arns)):
            return not_checked(where, "IAM can only be asked about an AWS account")
        entries = [
            {"ContextKeyName": name, "ContextKeyValues": [value], "ContextKeyType": "string"}
            for name, value in (context or {}).items()
        ]
        try:
            with closing(self.session.client("iam", region_name=self.pool.region, config=_QUICK)) as iam:
                pages = iam.get_paginator("simulate_principal_policy").paginate(
                    PolicySourceArn=principal(self.caller),
                    ActionNames=actions,
                    ResourceArns=arns or ["*"],
                    ContextEntries=entries,  # type: ignore[arg-type] # the stub wants literals
                )
                results = [result for page in pages for result in page["EvaluationResults"]]
        except (BotoCoreError, ClientError) as error:
            said = explain(error, "SimulatePrincipalPolicy").plain()
            return not_checked(where, f"iam:SimulatePrincipalPolicy said: {said}")
        denied = [result["EvalActionName"] for result in results if result["EvalDecision"] != "allowed"]
        if denied:
            return problem(where, f"not allowed: {', '.join(denied)}", _ATTACH)
        return ok(where, f"all {len(actions)} actions, by IAM's simulation")


def principal(caller: str) -> str:
    """Return the role behind an assumed role's session, which is what IAM simulates; others are themselves."""
    match = re.fullmatch(r"arn:([\w-]+):sts::(\d+):assumed-role/([^/]+)/.+", caller)
    return f"arn:{match[1]}:iam::{match[2]}:role/{match[3]}" if match else caller

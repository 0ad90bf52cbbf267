"""The doctor's look at AWS: who we are there, the pools, and our rights by IAM's own simulation; nothing is written."""

import os
from collections.abc import Iterator, Mapping, Sequence
from contextlib import closing
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any
from urllib.parse import urlsplit

import boto3
from botocore.exceptions import BotoCoreError, ClientError, ProfileNotFound

from bot import reach
from bot.aws.aws_words import code_of, explain
from bot.aws.iam import PUT, objects, ses_regions
from bot.operator.doctor_result import DoctorResult, not_checked, ok, problem
from bot.operator.doctor_roles import ATTACH, QUICK, Principal, assume, obstacle, principal, simulated
from bot.plan import SES
from bot.settings import Bucket, PoolSettings, secret_name

if TYPE_CHECKING:
    from mypy_boto3_cognito_idp import CognitoIdentityProviderClient

_CREDENTIALS = "Give the program a role, a profile (AWS_PROFILE) or keys, as for any AWS program."


def examine(
    pools: Mapping[str, PoolSettings], actions: Sequence[str], bucket: Bucket | None = None
) -> Iterator[DoctorResult]:
    """Look at each pool, and at whether these actions would be allowed, and the audit's export to a bucket."""
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
    desk = Principal(session=session, arn=principal(caller) if caller.startswith("arn:") else "")
    yield from _pools(pools, actions, desk)
    if bucket is not None:
        yield _export(bucket, desk)


def _pools(pools: Mapping[str, PoolSettings], actions: Sequence[str], desk: Principal) -> Iterator[DoctorResult]:
    for name, pool in pools.items():
        worker = desk
        if pool.role_arn is not None:
            assumed = assume(name, pool, desk)
            yield assumed.result
            if assumed.role is None:
                yield not_checked(f"pool {name}", "its role can't be assumed")
                continue
            worker = assumed.role
        with closing(worker.session.client("cognito-idp", region_name=pool.region, config=QUICK)) as client:
            look = _Look(name=name, pool=pool, session=worker.session, client=client, judged=worker.arn)
            yield from look.at_everything(actions)


def _export(bucket: Bucket, desk: Principal) -> DoctorResult:
    """Whether the desk may write the audit into its bucket; nothing is written there to find out."""
    where = "export: rights"
    if not desk.arn:
        return not_checked(where, "IAM can only be asked about an AWS account")
    denied = simulated(desk, [PUT], [objects(bucket)], bucket.region, {"s3:ResourceAccount": bucket.owner})
    if isinstance(denied, str):
        return not_checked(where, denied)
    return (
        problem(where, f"not allowed: {PUT} on {objects(bucket)}", ATTACH)
        if denied
        else ok(where, f"{PUT} on {bucket}")
    )


def _is_local() -> bool:
    """Whether Cognito, with its STS, is played by this machine; its made-up keys are no business of AWS's then."""
    return _is_here("COGNITO_IDENTITY_PROVIDER") and _endpoint("STS") in {"", _endpoint("COGNITO_IDENTITY_PROVIDER")}


def _is_here(service: str) -> bool:
    """Whether a service's calls go to this machine."""
    return urlsplit(_endpoint(service)).hostname in {"localhost", "127.0.0.1", "::1"}


def _endpoint(service: str) -> str:
    """Return where a service's calls go, if that isn't AWS."""
    names = (f"AWS_ENDPOINT_URL_{service}", "AWS_ENDPOINT_URL")
    return next((os.environ[name] for name in names if os.environ.get(name)), "")


def _caller(session: boto3.session.Session, region: str) -> str:
    """Return the ARN that AWS knows us by, or what is wrong with our credentials. Raises `reach.Obstructed`."""
    with closing(session.client("sts", region_name=region, config=QUICK)) as client:
        try:
            return client.get_caller_identity()["Arn"]
        except (BotoCoreError, ClientError) as error:
            if found := obstacle(error, client.meta.endpoint_url):
                raise reach.Obstructed(found) from None
            return explain(error, "GetCallerIdentity").plain()


@dataclass(frozen=True, slots=True, kw_only=True)
class _Look:
    """At one pool."""

    name: str
    pool: PoolSettings
    session: boto3.session.Session
    client: "CognitoIdentityProviderClient"
    judged: str
    """The role or user whose rights IAM is asked about; empty where it can't be asked."""

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
            return problem(where, says, ATTACH)
        if found := obstacle(error, self.client.meta.endpoint_url):
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
                return problem(where, says, ATTACH)
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
            with closing(self.session.client("sesv2", region_name=region, config=QUICK)) as ses:
                account = ses.get_account()
        except (BotoCoreError, ClientError) as error:
            return problem(where, explain(error, f"{SES}GetAccount").plain(), ATTACH)
        if not account.get("SendingEnabled", False):
            return problem(where, f"Amazon SES in {region} is paused: nobody gets mail", "Let the cloud team look.")
        sandboxed = not account.get("ProductionAccessEnabled", False)
        return ok(where, f"Amazon SES in {region}{', in its sandbox' if sandboxed else ''}")

    def _rights(
        self, where: str, actions: Sequence[str], arns: Sequence[str], context: Mapping[str, str] | None = None
    ) -> DoctorResult:
        """Ask IAM about actions on resources, or on all; ``context``: what the policy's conditions look at."""
        if not (self.judged and all(arns)):
            return not_checked(where, "IAM can only be asked about an AWS account")
        asked = Principal(session=self.session, arn=self.judged)
        denied = simulated(asked, actions, arns, self.pool.region, context)
        if isinstance(denied, str):
            return not_checked(where, denied)
        if denied:
            return problem(where, f"not allowed: {', '.join(sorted(denied))}", ATTACH)
        return ok(where, f"all {len(actions)} actions, by IAM's simulation")

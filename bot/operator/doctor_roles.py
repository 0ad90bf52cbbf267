"""The doctor's look at roles: whether a pool's can be assumed, and what IAM says of a role's or user's rights."""

import re
from collections.abc import Mapping, Sequence
from contextlib import closing
from dataclasses import dataclass
from urllib.parse import urlsplit
from urllib.request import getproxies, proxy_bypass

import boto3
from botocore.config import Config
from botocore.exceptions import BotoCoreError, ClientError

from bot import reach
from bot.aws.aws_words import ASSUME_ROLE, code_of, explain
from bot.aws.roles import SESSION
from bot.operator.doctor_result import DoctorResult, ok, problem
from bot.settings import PoolSettings

QUICK = Config(connect_timeout=3, read_timeout=10, retries={"mode": "standard", "total_max_attempts": 2})
ATTACH = "Attach what `desk iam-policy` prints."
_STS_AWAY = "Check the network, the pool's region, and the desk's own credentials."


@dataclass(frozen=True, slots=True, kw_only=True)
class Principal:
    """Whose credentials something is done with."""

    session: boto3.session.Session
    arn: str
    """The role or user; empty where IAM can't be asked about it."""


@dataclass(frozen=True, slots=True)
class Assumed:
    """What came of assuming a pool's role."""

    result: DoctorResult
    role: Principal | None = None


def assume(name: str, pool: PoolSettings, desk: Principal) -> Assumed:
    """Assume the role of a pool; where that fails, say why, as far as it can be seen from here."""
    where, arn = f"pool {name}: role", str(pool.role_arn)
    said = {} if pool.external_id is None else {"ExternalId": pool.external_id}
    with closing(desk.session.client("sts", region_name=pool.region, config=QUICK)) as sts:
        try:
            answer = sts.assume_role(RoleArn=arn, RoleSessionName=f"{SESSION}-doctor", **said)  # type: ignore[arg-type] # one of its keywords
        except (BotoCoreError, ClientError) as error:
            if isinstance(error, ClientError) and code_of(error) == "AccessDeniedException":
                return Assumed(_not_allowed(where, arn, pool, desk))
            says = explain(error, ASSUME_ROLE).plain()
            found = None if isinstance(error, ClientError) else obstacle(error, sts.meta.endpoint_url)
            return Assumed(problem(where, found.says if found else says, found.cure if found else _STS_AWAY))
    keys = answer["Credentials"]
    session = boto3.session.Session(
        aws_access_key_id=keys["AccessKeyId"],
        aws_secret_access_key=keys["SecretAccessKey"],
        aws_session_token=keys["SessionToken"],
    )
    says = f"{arn} can be assumed"
    if pool.external_id is None and _account(arn) != _account(desk.arn):
        # Without it, whoever else may use the desk's credentials needs only the role's name.
        says = f"{says}, without an external_id; set one if somebody else looks after that AWS account"
    return Assumed(ok(where, says), Principal(session=session, arn=arn if desk.arn else ""))


def _not_allowed(where: str, role: str, pool: PoolSettings, desk: Principal) -> DoctorResult:
    """Say what keeps the desk from assuming a role, which AWS itself doesn't tell."""
    own = (
        simulated(desk, [ASSUME_ROLE], [role], pool.region)
        if desk.arn
        else "IAM can only be asked about an AWS account"
    )
    itself = desk.arn or "the desk's own role or user"
    if isinstance(own, frozenset) and own:
        return problem(where, f"{itself} has no right to {ASSUME_ROLE} on {role}", f"{ATTACH[:-1]}, to {itself}.")
    wants = f"asks for another external_id than {pool.external_id}" if pool.external_id else "asks for an external_id"
    theirs = f"{role} isn't there, or its trust policy doesn't name {itself}, or {wants}"
    trust = f"Give it the trust policy that `desk iam-policy{f' --desk-role {desk.arn}' if desk.arn else ''}` prints."
    if isinstance(own, frozenset):
        return problem(where, f"the desk may ask, but AWS refuses: {theirs}", trust)
    return problem(
        where, f"AWS refuses {ASSUME_ROLE}: {theirs}; or {itself} has no right to it ({own})", f"{trust} {ATTACH}"
    )


def _account(arn: str) -> str:
    return (arn.split(":") + [""] * 5)[4]


def obstacle(error: Exception, url: str) -> reach.Obstacle | None:
    """Return what stands between us and AWS, whose library, unlike Slack's, heeds NO_PROXY."""
    proxy = None if proxy_bypass(urlsplit(url).hostname or "") else getproxies().get("https")
    return reach.obstacle(error, url, proxy=proxy, bundle=reach.OF_AWS)


def simulated(
    principal: Principal,
    actions: Sequence[str],
    arns: Sequence[str],
    region: str,
    context: Mapping[str, str] | None = None,
) -> frozenset[str] | str:
    """Return which of these actions IAM would not allow, or why it can't be asked."""
    entries = [
        {"ContextKeyName": name, "ContextKeyValues": [value], "ContextKeyType": "string"}
        for name, value in (context or {}).items()
    ]
    try:
        with closing(principal.session.client("iam", region_name=region, config=QUICK)) as iam:
            pages = iam.get_paginator("simulate_principal_policy").paginate(
                PolicySourceArn=principal.arn,
                ActionNames=actions,
                ResourceArns=arns or ["*"],
                ContextEntries=entries,  # type: ignore[arg-type] # the stub wants literals
            )
            results = [result for page in pages for result in page["EvaluationResults"]]
    except (BotoCoreError, ClientError) as error:
        said = explain(error, "SimulatePrincipalPolicy").plain()
        return f"iam:SimulatePrincipalPolicy said: {said}"
    return frozenset(result["EvalActionName"] for result in results if result["EvalDecision"] != "allowed")


def principal(caller: str) -> str:
    """Return the role behind an assumed role's session, which is what IAM simulates; others are themselves."""
    match = re.fullmatch(r"arn:([\w-]+):sts::(\d+):assumed-role/([^/]+)/.+", caller)
    return f"arn:{match[1]}:iam::{match[2]}:role/{match[3]}" if match else caller

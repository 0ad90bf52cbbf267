"""The doctor's look at AWS: who we are there, the pools, and our rights by IAM's own simulation; nothing is written."""

import os
import re
from collections.abc import Iterator, Mapping, Sequence
from typing import Any
from urllib.parse import urlsplit

import boto3
from botocore.config import Config
from botocore.exceptions import BotoCoreError, ClientError, ProfileNotFound

from bot.aws_words import code_of, explain
from bot.finding import Finding, not_checked, ok, problem
from bot.settings import PoolSettings

_QUICK = Config(connect_timeout=3, read_timeout=10, retries={"mode": "standard", "total_max_attempts": 2})
_CREDENTIALS = "Give the program a role, a profile (AWS_PROFILE) or keys, as for any AWS program."


def examine(pools: Mapping[str, PoolSettings], actions: Sequence[str]) -> Iterator[Finding]:
    """Look at each pool, and at whether these actions would be allowed."""
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
        caller = _caller(session, next(iter(pools.values())).region)
        yield ok("AWS", caller) if caller.startswith("arn:") else problem("AWS", caller, _CREDENTIALS)
    for name, pool in pools.items():
        yield from _pool(session, name, pool, caller, actions)


def _is_local() -> bool:
    """Whether Cognito is played by this machine; its made-up keys are then no business of AWS's."""
    names = ("AWS_ENDPOINT_URL_COGNITO_IDENTITY_PROVIDER", "AWS_ENDPOINT_URL")
    endpoint = next((os.environ[name] for name in names if os.environ.get(name)), "")
    return urlsplit(endpoint).hostname in {"localhost", "127.0.0.1", "::1"} and "AWS_ENDPOINT_URL_STS" not in os.environ


def _caller(session: boto3.session.Session, region: str) -> str:
    try:
        return str(session.client("sts", region_name=region, config=_QUICK).get_caller_identity()["Arn"])
    except (BotoCoreError, ClientError) as error:
        return explain(error, "GetCallerIdentity").plain()


def _pool(
    session: boto3.session.Session, name: str, pool: PoolSettings, caller: str, actions: Sequence[str]
) -> Iterator[Finding]:
    client = session.client("cognito-idp", region_name=pool.region, config=_QUICK)
    where = f"pool {name}"
    try:
        shape = client.describe_user_pool(UserPoolId=pool.id)["UserPool"]
    except ClientError as error:
        if code_of(error) == "ResourceNotFoundException":
            yield problem(
                where, f"there is no pool {pool.id} in {pool.region}", f"Correct id and region of pools.{name}."
            )
        else:
            yield problem(where, explain(error, "DescribeUserPool").plain(), "Attach what `desk iam-policy` prints.")
        return
    except BotoCoreError as error:
        yield problem(where, explain(error, "DescribeUserPool").plain(), "Check the network, and the pool's region.")
        return
    yield ok(where, f"{shape.get('Name', pool.id)} in {pool.region}")
    yield _client(client, name, pool)
    yield _rights(session, name, pool, str(shape.get("Arn", "")), caller, actions)


def _client(client: Any, name: str, pool: PoolSettings) -> Finding:
    where = f"pool {name}: client"
    try:
        shape = client.describe_user_pool_client(UserPoolId=pool.id, ClientId=pool.client_id)["UserPoolClient"]
    except ClientError as error:
        if code_of(error) == "ResourceNotFoundException":
            return problem(where, f"the pool has no app client {pool.client_id}", f"Correct pools.{name}.client_id.")
        return not_checked(where, "that would need cognito-idp:DescribeUserPoolClient, which the desk never uses")
    except BotoCoreError as error:
        return not_checked(where, explain(error, "DescribeUserPoolClient").plain())
    secret, variable = shape.get("ClientSecret"), f"DESK_POOL_{name.upper().replace('-', '_')}_CLIENT_SECRET"
    given = pool.client_secret.get_secret_value() if pool.client_secret else None
    if secret and not given:
        return problem(where, "it has a secret, and the desk wasn't given it", f"Set {variable} in .env.")
    if secret != given:
        return problem(where, "its secret is another one", f"Correct {variable} in .env.")
    return ok(where, str(shape.get("ClientName", pool.client_id)))


def _rights(
    session: boto3.session.Session,
    name: str,
    pool: PoolSettings,
    arn: str,
    caller: str,
    actions: Sequence[str],
) -> Finding:
    where = f"pool {name}: rights"
    if not (caller.startswith("arn:") and arn):
        return not_checked(where, "IAM can only be asked about an AWS account")
    iam = session.client("iam", region_name=pool.region, config=_QUICK)
    try:
        pages = iam.get_paginator("simulate_principal_policy").paginate(
            PolicySourceArn=principal(caller), ActionNames=actions, ResourceArns=[arn]
        )
        denied = [
            result["EvalActionName"]
            for page in pages
            for result in page["EvaluationResults"]
            if result["EvalDecision"] != "allowed"
        ]
    except (BotoCoreError, ClientError) as error:
        return not_checked(
            where, f"iam:SimulatePrincipalPolicy said: {explain(error, 'SimulatePrincipalPolicy').plain()}"
        )
    if denied:
        return problem(where, f"not allowed: {', '.join(denied)}", "Attach what `desk iam-policy` prints.")
    return ok(where, f"all {len(actions)} actions, by IAM's simulation")


def principal(caller: str) -> str:
    """Return the role behind an assumed role's session, which is what IAM simulates; others are themselves."""
    match = re.fullmatch(r"arn:([\w-]+):sts::(\d+):assumed-role/([^/]+)/.+", caller)
    return f"arn:{match[1]}:iam::{match[2]}:role/{match[3]}" if match else caller

"""The least AWS rights that the desk needs, from what its scenarios declare."""

from collections.abc import Iterable
from typing import Any

from bot.aws.aws_words import ASSUME_ROLE, action
from bot.aws.gateway import READS
from bot.aws.live_customer import OPERATIONS
from bot.aws.quotas import LIMIT_READ
from bot.aws.ses import SES_READS
from bot.plan import NEVER_SENT, SES
from bot.settings import Bucket, PoolSettings

_VERSION = "2012-10-17"

_SES_REGIONS = frozenset({"eu-west-1", "us-east-1", "us-west-2"})
"""Where the SES of a pool may be, besides the pool's own Region."""


OWN = "the desk's own role or user"
"""Under which name its policy is printed beside those of other roles."""

_ITS_ARN = "arn:{partition}:iam::ACCOUNT:role/ROLE-OF-THE-DESK"
"""Stands where the desk's own role belongs; AWS refuses it as it is."""


def policies(pools: Iterable[PoolSettings], sends: Iterable[str], *, desk: str = "") -> dict[str, Any]:
    """Return what to attach to which role, by its ARN, for pools of which some have a role of their own.

    ``OWN`` has a ``policy`` alone: its own pools, and that it may assume those roles. Each role has a ``policy`` for
    its pools, and a ``trust`` that lets ``desk`` assume it: the ARN of the desk's own role or user, or a placeholder.
    """
    pools, sends = tuple(pools), frozenset(sends)
    own = [pool for pool in pools if pool.role_arn is None]
    roles = {arn: [pool for pool in pools if pool.role_arn == arn] for arn in sorted(_role_arns(pools))}
    mine: dict[str, Any] = policy(own, sends) if own else {"Version": _VERSION, "Statement": []}
    mine["Statement"].append({"Sid": "Roles", "Effect": "Allow", "Action": [ASSUME_ROLE], "Resource": list(roles)})
    theirs = {
        arn: {"policy": policy(of_it, sends, account=arn.split(":")[4]), "trust": _trust(arn, of_it, desk)}
        for arn, of_it in roles.items()
    }
    return {OWN: {"policy": mine}, **theirs}


def _role_arns(pools: Iterable[PoolSettings]) -> set[str]:
    return {pool.role_arn for pool in pools if pool.role_arn is not None}


def _trust(role: str, pools: Iterable[PoolSettings], desk: str) -> dict[str, Any]:
    principal = desk or _ITS_ARN.format(partition=role.split(":")[1])
    statement: dict[str, Any] = {
        "Sid": "Desk",
        "Effect": "Allow",
        "Principal": {"AWS": principal},
        "Action": ASSUME_ROLE,
    }
    if said := sorted({pool.external_id for pool in pools if pool.external_id is not None}):
        statement["Condition"] = {"StringEquals": {"sts:ExternalId": said[0] if len(said) == 1 else said}}
    return {"Version": _VERSION, "Statement": [statement]}


def policy(pools: Iterable[PoolSettings], sends: Iterable[str], *, account: str = "*") -> dict[str, Any]:
    """Return an identity policy: ``Read`` and ``Fix`` on exactly these pools, and a ``Never`` that nothing overrides.

    What concerns SES, ``Mail``, is in it only where the settings of some pool allow mail evidence.

    ``account`` is the twelve-digit AWS account id; without it the pools' ids alone tell them apart. IAM knows no
    right finer than a pool, so which attribute of whom may be set is up to the desk and its leads.
    """
    pools, sends = tuple(pools), frozenset(sends)
    resources = sorted({arn(pool, account=account) for pool in pools})
    of_ses = {operation for operation in sends if operation.startswith(SES)}
    fixes = sends - OPERATIONS - of_ses
    looked_into = [pool for pool in pools if pool.mail_evidence]
    statements = [
        _statement("Read", "Allow", READS, resources),
        # What AWS allows an account belongs to no pool.
        {"Sid": "Rates", "Effect": "Allow", "Action": [action(LIMIT_READ)], "Resource": "*"},
        *([_statement("Fix", "Allow", fixes, resources)] if fixes else []),
        *([_mail(SES_READS | of_ses, looked_into)] if looked_into else []),
        _statement("Never", "Deny", NEVER_SENT, resources),
    ]
    return {"Version": _VERSION, "Statement": statements}


PUT = "s3:PutObject"
"""What an export of the audit needs, and nothing else of Amazon S3."""


def objects(bucket: Bucket) -> str:
    """Return the ARN of all objects that the audit may be exported to."""
    return f"arn:{_partition(bucket.region)}:s3:::{bucket.name}/{bucket.prefix}*"


def export(bucket: Bucket) -> dict[str, Any]:
    """Return the statement that lets the audit be written to a bucket, and nothing be read there."""
    owner = {"StringEquals": {"s3:ResourceAccount": bucket.owner}}
    return {"Sid": "Export", "Effect": "Allow", "Action": [PUT], "Resource": [objects(bucket)], "Condition": owner}


def arn(pool: PoolSettings, *, account: str = "*") -> str:
    """Return a pool's ARN."""
    return f"arn:{_partition(pool.region)}:cognito-idp:{pool.region}:{account}:userpool/{pool.id}"


def _partition(region: str) -> str:
    """Return the partition of a Region: China and the US government have their own."""
    return "aws-cn" if region.startswith("cn-") else "aws-us-gov" if region.startswith("us-gov-") else "aws"


def _statement(sid: str, effect: str, operations: Iterable[str], resources: list[str]) -> dict[str, Any]:
    return {"Sid": sid, "Effect": effect, "Action": sorted(map(action, operations)), "Resource": resources}


def _mail(operations: Iterable[str], pools: Iterable[PoolSettings]) -> dict[str, Any]:
    """Return the statement about SES, whose suppression list is no resource: it is narrowed by Region and version."""
    regions = {region for pool in pools for region in ses_regions(pool)}
    narrowed = {"StringEquals": {"aws:RequestedRegion": sorted(regions), "ses:ApiVersion": "2"}}
    return {**_statement("Mail", "Allow", operations, []), "Resource": "*", "Condition": narrowed}


def ses_regions(pool: PoolSettings) -> frozenset[str]:
    """Return the Regions in which a pool's SES may be, of which its settings don't tell.

    A pool sends with the SES of its own Region, or with one of three that Cognito has always offered. China and the US
    government have none of these.
    """
    elsewhere = _SES_REGIONS if arn(pool).startswith("arn:aws:") else frozenset[str]()
    return elsewhere | {pool.region}

"""The least AWS rights that the desk needs, from what its scenarios declare."""

from collections.abc import Iterable
from typing import Any

from bot.aws.aws_words import action
from bot.aws.gateway import READS
from bot.aws.live_customer import OPERATIONS
from bot.aws.ses import SES_READS
from bot.plan import NEVER_SENT, SES
from bot.settings import PoolSettings

_SES_REGIONS = frozenset({"eu-west-1", "us-east-1", "us-west-2"})
"""Where the SES of a pool may be, besides the pool's own Region."""


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
        *([_statement("Fix", "Allow", fixes, resources)] if fixes else []),
        *([_mail(SES_READS | of_ses, looked_into)] if looked_into else []),
        _statement("Never", "Deny", NEVER_SENT, resources),
    ]
    return {"Version": "2012-10-17", "Statement": statements}


def arn(pool: PoolSettings, *, account: str = "*") -> str:
    """Return a pool's ARN. China and the US government regions are partitions of their own."""
    partition = "aws"
    if pool.region.startswith("cn-"):
        partition = "aws-cn"
    elif pool.region.startswith("us-gov-"):
        partition = "aws-us-gov"
    return f"arn:{partition}:cognito-idp:{pool.region}:{account}:userpool/{pool.id}"


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

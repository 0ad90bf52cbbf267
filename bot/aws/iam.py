"""The least AWS rights that the desk needs, from what its scenarios declare."""

from collections.abc import Iterable
from typing import Any

from bot.aws.gateway import READS
from bot.aws.live_customer import OPERATIONS
from bot.operations import NEVER
from bot.settings import PoolSettings


def policy(pools: Iterable[PoolSettings], sends: Iterable[str], *, account: str = "*") -> dict[str, Any]:
    """Return an identity policy: ``Read`` and ``Fix`` on exactly these pools, and a ``Never`` that nothing overrides.

    ``account`` is the twelve-digit AWS account id; without it the pools' ids alone tell them apart. IAM knows no
    right finer than a pool, so which attribute of whom may be set is up to the desk and its leads.
    """
    resources = sorted({arn(pool, account=account) for pool in pools})
    fixes = sorted(set(sends) - OPERATIONS)
    statements = [
        _statement("Read", "Allow", READS, resources),
        *([_statement("Fix", "Allow", fixes, resources)] if fixes else []),
        _statement("Never", "Deny", NEVER, resources),
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
    actions = [f"cognito-idp:{operation}" for operation in sorted(operations)]
    return {"Sid": sid, "Effect": effect, "Action": actions, "Resource": resources}

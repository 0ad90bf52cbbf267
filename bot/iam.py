"""The least AWS rights that the desk works with: what it reads, and what the scenarios declare that they send."""

from collections.abc import Iterable
from typing import Any

import botocore.session

from bot.gateway import READS
from bot.scenario import Scenario
from bot.settings import PoolSettings

EXAMPLE = PoolSettings(id="us-east-1_AbC123", region="us-east-1", client_id="4example")
_PARTITIONS = {"cn-": "aws-cn", "us-gov-": "aws-us-gov"}


def operations(scenarios: Iterable[Scenario[Any]]) -> tuple[str, ...]:
    """Return every operation that IAM has to allow."""
    return (*_reads(), *_writes(scenarios))


def policy(scenarios: Iterable[Scenario[Any]], pools: Iterable[PoolSettings] = (EXAMPLE,)) -> dict[str, Any]:
    """Return an IAM policy for these pools alone. IAM knows nothing smaller than a pool: no user, no attribute."""
    resources = sorted(_arn(pool) for pool in pools)
    statements = [("ReadThePools", _reads()), ("SendWhatLeadsApproved", _writes(scenarios))]
    return {
        "Version": "2012-10-17",
        "Statement": [
            {
                "Sid": sid,
                "Effect": "Allow",
                "Action": [f"cognito-idp:{operation}" for operation in allowed],
                "Resource": resources,
            }
            for sid, allowed in statements
            if allowed
        ],
    }


def _reads() -> tuple[str, ...]:
    return tuple(sorted(READS))


def _writes(scenarios: Iterable[Scenario[Any]]) -> tuple[str, ...]:
    sent = {operation for scenario in scenarios for operation in scenario.sends} - READS
    model = botocore.session.get_session().get_service_model("cognito-idp")
    # What a customer's own token or code authorises is no business of IAM's: it can neither be granted nor denied.
    return tuple(sorted(one for one in sent if model.operation_model(one).auth_type != "none"))


def _arn(pool: PoolSettings) -> str:
    partition = next((name for prefix, name in _PARTITIONS.items() if pool.region.startswith(prefix)), "aws")
    return f"arn:{partition}:cognito-idp:{pool.region}:*:userpool/{pool.id}"

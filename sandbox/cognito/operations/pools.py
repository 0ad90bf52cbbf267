"""Creating, describing and changing a user pool."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from sandbox.cognito.settings import described, refuse_contradictions, updated

if TYPE_CHECKING:
    from collections.abc import Mapping

    from sandbox.cognito.operations.kind import Operation
    from sandbox.cognito.pool import SandboxPool
    from sandbox.cognito.world import Call, World


def create_user_pool(world: World, call: Call) -> dict[str, Any]:
    """Create an empty pool in the Region of the request."""
    refuse_contradictions(call.parameters, world.contested)
    return {"UserPool": _shown(world.create_pool(call.region, call.text("PoolName"), call.parameters))}


def describe_user_pool(world: World, call: Call) -> dict[str, Any]:
    """Return a pool's settings."""
    return {"UserPool": _shown(world.pool(call.text("UserPoolId"), call.region))}


def update_user_pool(world: World, call: Call) -> dict[str, Any]:
    """Replace a pool's settings: this is no patch."""
    pool = world.pool(call.text("UserPoolId"), call.region)
    pool.extended_config = updated(pool.extended_config, call.parameters, world.contested)
    pool.mfa_config = pool.extended_config["MfaConfiguration"]
    pool.name = call.text("PoolName") or pool.name
    pool.last_modified_date = world.now()
    return {}


def _shown(pool: SandboxPool) -> dict[str, Any]:
    return {
        **described(pool.extended_config),
        "Id": pool.id,
        "Name": pool.name,
        "Arn": pool.arn,
        "CreationDate": pool.creation_date,
        "LastModifiedDate": pool.last_modified_date,
        "MfaConfiguration": pool.mfa_config,
        "EstimatedNumberOfUsers": len(pool.users),
        "SchemaAttributes": [attribute.to_json() for attribute in pool.schema_attributes.values()],
    }


OPERATIONS: Mapping[str, Operation] = {
    "CreateUserPool": create_user_pool,
    "DescribeUserPool": describe_user_pool,
    "UpdateUserPool": update_user_pool,
}

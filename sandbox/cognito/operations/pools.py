"""Creating, describing and changing a user pool."""

from collections.abc import Mapping
from typing import Any

from sandbox.cognito.errors import invalid
from sandbox.cognito.pool import SandboxPool
from sandbox.cognito.settings import EMAIL_FACTOR, described, refuse_contradictions, refuse_recovery, updated
from sandbox.cognito.world import Call, Operation, World

_SMS_FACTOR, _TOKEN_FACTOR = "SmsMfaConfiguration", "SoftwareTokenMfaConfiguration"
_FACTORS = (_SMS_FACTOR, _TOKEN_FACTOR, EMAIL_FACTOR)


def create_user_pool(world: World, call: Call) -> dict[str, Any]:
    """Create an empty pool in the Region of the request."""
    refuse_contradictions(call.parameters, world.contested)
    return {
        "UserPool": _shown(world.create_pool(call.region, call.text("PoolName"), call.parameters, account=call.account))
    }


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


def set_user_pool_mfa_config(world: World, call: Call) -> dict[str, Any]:
    """Set which second factors a pool has; what is left out is off."""
    pool = world.pool(call.text("UserPoolId"), call.region)
    factors = {name: call.parameters[name] for name in _FACTORS if call.parameters.get(name) is not None}
    if factors and not call.text("MfaConfiguration"):
        raise invalid("MfaConfiguration is required beside the settings of a factor.")
    asked = {"MfaConfiguration": call.text("MfaConfiguration") or "OFF", EMAIL_FACTOR: factors.get(EMAIL_FACTOR)}
    refuse_recovery({**pool.extended_config, **asked})
    pool.extended_config.update(asked)
    pool.mfa_config = asked["MfaConfiguration"]
    pool.sms_mfa_config = factors.get(_SMS_FACTOR)
    pool.token_mfa_config = factors.get(_TOKEN_FACTOR)
    return get_user_pool_mfa_config(world, call)


def get_user_pool_mfa_config(world: World, call: Call) -> dict[str, Any]:
    """Return which second factors a pool has."""
    pool = world.pool(call.text("UserPoolId"), call.region)
    return {
        "MfaConfiguration": pool.mfa_config,
        _SMS_FACTOR: pool.sms_mfa_config,
        _TOKEN_FACTOR: pool.token_mfa_config,
        EMAIL_FACTOR: pool.setting(EMAIL_FACTOR),
    }


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
    "GetUserPoolMfaConfig": get_user_pool_mfa_config,
    "SetUserPoolMfaConfig": set_user_pool_mfa_config,
    "UpdateUserPool": update_user_pool,
}

"""How many requests a second an account may send, as AWS tells it; nobody has bought more than the default."""

from collections.abc import Mapping
from typing import Any

from sandbox.cognito.errors import invalid
from sandbox.cognito.rates import CATEGORIES, OF_ANSWERS
from sandbox.cognito.world import Call, Operation, World

_PER_SECOND = {category.name: category.per_second for category in CATEGORIES if category.name != OF_ANSWERS}


def get_provisioned_limit(_: World, call: Call) -> dict[str, Any]:
    """Return the rate of a category of operations."""
    definition = call.parameters["LimitDefinition"]
    category = definition["Attributes"].get("Category")
    if category not in _PER_SECOND:
        # The refusal is certain; its words are the sandbox's choice.
        raise invalid("The limit definition is invalid.")
    rate = _PER_SECOND[category]
    return {"Limit": {"LimitDefinition": definition, "ProvisionedLimitValue": rate, "FreeLimitValue": rate}}


OPERATIONS: Mapping[str, Operation] = {"GetProvisionedLimit": get_provisioned_limit}

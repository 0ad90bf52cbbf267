"""Attributes as boto3 wants them."""

from collections.abc import Mapping

from mypy_boto3_cognito_idp.type_defs import AttributeTypeTypeDef


def pairs(values: Mapping[str, str]) -> list[AttributeTypeTypeDef]:
    """Return ``{name: value}`` as a list of ``Name`` and ``Value``."""
    return [{"Name": name, "Value": value} for name, value in values.items()]

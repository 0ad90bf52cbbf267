"""UpdateUserPool is no patch: this turns what DescribeUserPool showed into a request that changes nothing."""

import copy
import re
from collections.abc import Collection, Iterator, Mapping
from typing import Any

from bot.cognito import PoolUpdate

WRITABLE_SETTINGS = "DeskWritable"
UNKNOWN_SETTINGS = "DeskUnknown"
"""Where the gateway notes, beside a pool's description, which settings can be written and which it can't read."""

_NO_LONGER_USED = {
    "EmailVerificationMessage": "EmailMessage",
    "EmailVerificationSubject": "EmailSubject",
    "SmsVerificationMessage": "SmsMessage",
}
"""Settings whose place a member of VerificationMessageTemplate has taken."""

_CODE_TEXTS = ("EmailMessage", "EmailSubject")
_LINK_TEXTS = ("EmailMessageByLink", "EmailSubjectByLink")

_TOOLS = re.compile(r"\b(cloudformation|cdk|terraform|opentofu|pulumi)\b", re.IGNORECASE)
_NAMES = {
    "cloudformation": "CloudFormation",
    "cdk": "the AWS CDK",
    "terraform": "Terraform",
    "opentofu": "OpenTofu",
    "pulumi": "Pulumi",
}


def unchanged_update(answer: Mapping[str, Any]) -> PoolUpdate:
    """Return what has to be sent back, and what stands in the way, from an answer of DescribeUserPool."""
    described = answer["UserPool"]
    template, lost = _template(described)
    kept = {
        name: copy.deepcopy(value)
        for name, value in described.items()
        if name in answer.get(WRITABLE_SETTINGS, ()) and name not in _NO_LONGER_USED
    }
    tags = described.get("UserPoolTags", {})
    kept |= {
        "UserPoolId": described["Id"],
        "PoolName": described["Name"],
        "VerificationMessageTemplate": template,
        # AWS keeps tags with this beginning for itself, and refuses them from anyone else.
        "UserPoolTags": {key: value for key, value in tags.items() if not key.startswith("aws:")},
    }
    if "TemporaryPasswordValidityDays" in kept.get("Policies", {}).get("PasswordPolicy", {}):
        # AWS shows both and takes only the other.
        kept.get("AdminCreateUserConfig", {}).pop("UnusedAccountValidityDays", None)
    return PoolUpdate(
        parameters={name: value for name, value in _full(kept).items() if value not in ("", {})},
        managed_by=_tool(tags),
        unknown=tuple(answer.get(UNKNOWN_SETTINGS, ())),
        unsendable=lost,
    )


def with_email_settings(update: PoolUpdate, *, codes: bool, keep: bool) -> dict[str, Any]:
    """Return the request that changes the two settings of e-mail verification and leaves all else as it is."""
    parameters = copy.deepcopy(dict(update.parameters))
    updates = parameters.setdefault("UserAttributeUpdateSettings", {})
    waiting = updates.get("AttributesRequireVerificationBeforeUpdate", ())
    parameters["AutoVerifiedAttributes"] = _switched(parameters.get("AutoVerifiedAttributes", ()), on=codes)
    updates["AttributesRequireVerificationBeforeUpdate"] = _switched(waiting, on=keep)
    return parameters


def setting_differences(sent: Mapping[str, Any], found: Mapping[str, Any]) -> tuple[str, ...]:
    """Return the paths at which a pool, described again, is not as the request wanted it.

    ``found`` is the `PoolUpdate.parameters` of the fresh description. What is empty counts as absent.
    """
    return tuple(sorted(_different("", sent, found)))


def _template(described: Mapping[str, Any]) -> tuple[dict[str, Any], tuple[str, ...]]:
    """Return the message template as AWS takes it back, and what it doesn't take back."""
    template = dict(described.get("VerificationMessageTemplate", {}))
    for old, new in _NO_LONGER_USED.items():
        if described.get(old):
            template.setdefault(new, described[old])
    by_link = template.get("DefaultEmailOption") == "CONFIRM_WITH_LINK"
    other = _CODE_TEXTS if by_link else _LINK_TEXTS
    dropped = [name for name in other if template.pop(name, "")]
    kind = "code" if by_link else "link"
    return template, ((f"the pool's own wording of the {kind} mail",) if dropped else ())


def _switched(attributes: Collection[str], *, on: bool) -> list[str]:
    others = [attribute for attribute in attributes if attribute != "email"]
    return sorted([*others, "email"]) if on else sorted(others)


def _full(value: Any) -> Any:
    """Return the value without what AWS refuses: None, empty strings, empty structures. Empty lists mean something."""
    if isinstance(value, Mapping):
        kept = {name: _full(item) for name, item in value.items()}
        return {name: item for name, item in kept.items() if item is not None and item not in ("", {})}
    if isinstance(value, list | tuple):
        return [_full(item) for item in value]
    return value


def _different(path: str, sent: Any, found: Any) -> Iterator[str]:
    if isinstance(sent, Mapping) or isinstance(found, Mapping):
        ours, theirs = sent or {}, found or {}
        for name in ours.keys() | theirs.keys():
            yield from _different(f"{path}.{name}" if path else name, ours.get(name), theirs.get(name))
    elif isinstance(sent, list) or isinstance(found, list):
        # The order of a list says nothing in these settings.
        if sorted(map(repr, sent or ())) != sorted(map(repr, found or ())):
            yield path
    elif (sent or "") != (found or ""):
        yield path


def _tool(tags: Mapping[str, str]) -> str:
    for key, value in tags.items():
        if found := _TOOLS.search(f"{key} {value}".replace("_", " ")):
            return _NAMES[found[1].lower()]
    return ""

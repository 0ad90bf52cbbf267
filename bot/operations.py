"""Which operations of AWS a scenario's plans may send, by service."""

from collections.abc import Mapping

from botocore.loaders import Loader

from bot.plan import SES

NEVER = frozenset(
    {
        "AdminDeleteUser",
        "AdminInitiateAuth",
        "AdminLinkProviderForUser",
        "AdminRespondToAuthChallenge",
        "AdminSetUserPassword",
        "DeleteIdentityProvider",
        "DeleteUserPool",
        "UpdateUserPoolClient",
    }
)
"""What no scenario will ever send: each could hand an account to someone else, or destroy it."""

COGNITO = "cognito-idp"

SENDABLE: Mapping[str, frozenset[str] | None] = {COGNITO: None, "sesv2": frozenset({"DeleteSuppressedDestination"})}
"""Services by botocore's name, with the operations of each that may be sent; None: everything but `NEVER`."""

_PREFIXES = {"sesv2": SES}
"""What a plan writes before an operation of another service, as IAM does."""


def known() -> frozenset[str]:
    """Return every operation that the installed botocore knows of these services and that may be sent, `NEVER` too.

    Those of SES begin with ``ses:``, as plans write them.
    """
    loader = Loader(extra_search_paths=[Loader.BUILTIN_DATA_PATH], include_default_search_paths=False)
    found = frozenset[str]()
    for service, sendable in SENDABLE.items():
        operations = frozenset(loader.load_service_model(service, "service-2")["operations"])
        allowed = operations if sendable is None else operations & sendable
        found |= {_PREFIXES.get(service, "") + operation for operation in allowed}
    return found

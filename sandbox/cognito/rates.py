"""How many requests a second AWS takes from one account in one Region, by category; off unless asked for."""

import threading
from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from types import MappingProxyType
from typing import Any

_SECOND = timedelta(seconds=1)
OF_ANSWERS = "UserAuthenticationAnswers"
"""A part of UserAuthentication that has a rate of its own, and no name at AWS."""
PER_OPERATION = 5
"""How often a second one operation that changes a pool's providers or clients is taken for one pool."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Category:
    """Operations that share one allowance."""

    name: str
    per_second: int
    operations: frozenset[str]
    limits_each: bool = False
    """Whether each operation is limited for each pool besides."""


def _category(name: str, per_second: int, operations: str, *, limits_each: bool = False) -> Category:
    members = frozenset(operations.split())
    return Category(name=name, per_second=per_second, operations=members, limits_each=limits_each)


# AWS's quotas page, the defaults. What stands in no list there isn't limited here.
CATEGORIES = (
    _category("UserAuthentication", 120, "InitiateAuth AdminInitiateAuth"),
    # Answers to a challenge are taken three times as often.
    _category(OF_ANSWERS, 360, "RespondToAuthChallenge AdminRespondToAuthChallenge"),
    _category("UserCreation", 50, "SignUp ConfirmSignUp AdminCreateUser AdminConfirmSignUp"),
    _category(
        "UserAccountRecovery",
        30,
        "ForgotPassword ConfirmForgotPassword ChangePassword AdminResetUserPassword AdminSetUserPassword",
    ),
    _category("UserRead", 120, "AdminGetUser GetUser AdminGetUserAuthFactors"),
    _category(
        "UserUpdate",
        25,
        "UpdateUserAttributes AdminUpdateUserAttributes AdminDeleteUserAttributes VerifyUserAttribute "
        "AdminEnableUser AdminDisableUser AdminLinkProviderForUser AdminDisableProviderForUser GlobalSignOut "
        "AdminUserGlobalSignOut AdminAddUserToGroup AdminRemoveUserFromGroup",
    ),
    _category("UserToken", 120, "RevokeToken"),
    _category(
        "UserResourceRead",
        50,
        "GetUserAttributeVerificationCode ResendConfirmationCode AdminListUserAuthEvents AdminListGroupsForUser",
    ),
    _category(
        "UserResourceUpdate",
        25,
        "AdminSetUserMFAPreference SetUserMFAPreference AdminDeleteSoftwareToken AssociateSoftwareToken "
        "VerifySoftwareToken",
    ),
    _category("UserList", 30, "ListUsers ListUsersInGroup"),
    _category("UserPoolRead", 15, "DescribeUserPool ListUserPools"),
    _category("UserPoolUpdate", 15, "UpdateUserPool"),
    _category(
        "UserPoolResourceRead",
        20,
        "ListIdentityProviders DescribeIdentityProvider GetUserPoolMfaConfig DescribeUserImportJob ListUserImportJobs "
        "GetCSVHeader",
    ),
    _category(
        "UserPoolResourceUpdate",
        15,
        "CreateIdentityProvider UpdateIdentityProvider SetUserPoolMfaConfig CreateUserImportJob StartUserImportJob "
        "StopUserImportJob",
        limits_each=True,
    ),
    _category("UserPoolClientRead", 15, "DescribeUserPoolClient ListUserPoolClients"),
    _category("UserPoolClientUpdate", 15, "CreateUserPoolClient UpdateUserPoolClient", limits_each=True),
    _category("LimitManagement", 1, "GetProvisionedLimit UpdateProvisionedLimit"),
)
_CATEGORY_OF: Mapping[str, Category] = MappingProxyType(
    {operation: category for category in CATEGORIES for operation in category.operations}
)
_RECOVERY = _CATEGORY_OF["ForgotPassword"]


@dataclass(slots=True)
class RequestRates:
    """The allowances of one account and what was taken of them within the last second; for several threads."""

    enforced: bool = False
    _taken: dict[tuple[str, ...], list[datetime]] = field(default_factory=dict)
    _lock: threading.Lock = field(default_factory=threading.Lock)

    def enforce(self, on: bool = True) -> None:
        """Refuse what exceeds the rates from now on, or nothing any more."""
        with self._lock:
            self.enforced = on
            self._taken.clear()

    def admits(self, operation: str, parameters: Mapping[str, Any], *, region: str, pool: str, now: datetime) -> bool:
        """Whether AWS takes this call too; the call is counted if so."""
        category = _category_of(operation, parameters)
        if not self.enforced or category is None:
            return True
        asked: list[tuple[tuple[str, ...], int]] = [((category.name, region), category.per_second)]
        if category.limits_each:
            asked.append(((operation, region, pool), PER_OPERATION))
        with self._lock:
            recent = {
                key: [moment for moment in self._taken.get(key, ()) if now - moment < _SECOND] for key, _ in asked
            }
            if any(len(recent[key]) >= most for key, most in asked):
                return False
            for key, moments in recent.items():
                self._taken[key] = [*moments, now]
            return True


def _category_of(operation: str, parameters: Mapping[str, Any]) -> Category | None:
    # A new password counts as recovery, whichever way it is set.
    if operation.endswith("RespondToAuthChallenge") and parameters.get("ChallengeName") == "NEW_PASSWORD_REQUIRED":
        return _RECOVERY
    return _CATEGORY_OF.get(operation)

"""A user of the sandbox as tests and the seed see them."""

from __future__ import annotations

from dataclasses import dataclass
from types import MappingProxyType
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Mapping
    from datetime import datetime

    from sandbox.cognito.user import SandboxUser


@dataclass(frozen=True, slots=True, kw_only=True)
class UserView:
    """A user as they are at the moment of looking."""

    username: str
    sub: str
    status: str
    enabled: bool
    attributes: Mapping[str, str]
    pending: Mapping[str, str]
    """Changes that wait for their code; no call of Cognito's shows these."""
    created: datetime
    modified: datetime

    @property
    def email(self) -> str:
        """The stored address, or an empty string."""
        return self.attributes.get("email", "")

    @property
    def email_verified(self) -> bool:
        """A missing flag counts as false."""
        return self.attributes.get("email_verified") == "true"


def view_of(user: SandboxUser) -> UserView:
    """Return the user as they are now."""
    return UserView(
        username=user.username,
        sub=user.sub,
        status=str(getattr(user.status, "value", user.status)),
        enabled=bool(user.enabled),
        attributes=MappingProxyType({**user.values, "sub": user.sub}),
        pending=MappingProxyType(dict(user.pending)),
        created=user.create_date,
        modified=user.last_modified_date,
    )

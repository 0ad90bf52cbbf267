"""The operations that the overlay answers itself, by name."""

from __future__ import annotations

from typing import TYPE_CHECKING

from sandbox.cognito.operations import (
    accounts,
    attributes,
    factors,
    linking,
    listing,
    pools,
    providers,
    reading,
    recovery,
    sign_in,
    sign_up,
)

if TYPE_CHECKING:
    from collections.abc import Mapping

    from sandbox.cognito.operations.kind import Operation

OVERLAY: Mapping[str, Operation] = {
    **accounts.OPERATIONS,
    **attributes.OPERATIONS,
    **factors.OPERATIONS,
    **linking.OPERATIONS,
    **listing.OPERATIONS,
    **pools.OPERATIONS,
    **providers.OPERATIONS,
    **reading.OPERATIONS,
    **recovery.OPERATIONS,
    **sign_in.OPERATIONS,
    **sign_up.OPERATIONS,
}

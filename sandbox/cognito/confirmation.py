"""What follows when an account has just been confirmed: the pool's post confirmation function."""

from __future__ import annotations

from typing import TYPE_CHECKING, Literal

from sandbox.cognito.aliases import verify
from sandbox.cognito.triggers import PostConfirmation

if TYPE_CHECKING:
    from sandbox.cognito.pool import SandboxPool
    from sandbox.cognito.user import SandboxUser
    from sandbox.cognito.world import World

type_of_event = Literal["PostConfirmation_ConfirmSignUp", "PostConfirmation_ConfirmForgotPassword"]


def run_post_confirmation(world: World, pool: SandboxPool, user: SandboxUser, event: type_of_event) -> None:
    """Call the function, where the pool has one. When it fails the call fails, and what was done stays done."""
    named = (pool.setting("LambdaConfig") or {}).get("PostConfirmation")
    if pool.post_confirmation is None and not named:
        return
    pool.confirmations.append(event)
    function = pool.post_confirmation or PostConfirmation()
    function.check()
    if function.verifies_email and user.get("email"):
        verify(world, pool, user, "email", user.get("email"))

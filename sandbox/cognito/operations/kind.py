"""What an operation is: a function from the world and a call to the answer's JSON."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from sandbox.cognito.world import Call, World

Operation = Callable[[World, Call], dict[str, Any]]

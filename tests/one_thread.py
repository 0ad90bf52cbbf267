"""An executor for tests in which everything happens in one thread."""

from collections.abc import Callable
from concurrent.futures import Executor, Future
from typing import Any


class Inline(Executor):
    """Does at once what it is given, in the caller's thread."""

    def __init__(self, max_workers: int = 1, thread_name_prefix: str = "") -> None:
        """Take what a pool of threads takes."""

    def submit(self, work: Callable[..., Any], /, *arguments: Any, **named: Any) -> Future[Any]:
        future: Future[Any] = Future()
        try:
            future.set_result(work(*arguments, **named))
        except Exception as error:
            future.set_exception(error)
        return future

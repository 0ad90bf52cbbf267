"""Who asked for an answer that is on its way: if its channel doesn't take it, they are told where they are."""

import threading
from collections import OrderedDict
from collections.abc import Sequence
from concurrent.futures import Executor

from bot.answer import Paragraph
from bot.slack.ephemeral import Ephemeral
from bot.slack.request import Request
from bot.words import Words

_MOST = 1000
"""Answers of which it is remembered who asked: far more than are on their way at any time."""


class Askers:
    """Remembers those who asked this process; whoever asked another one, or long ago, isn't among them."""

    def __init__(self, ephemeral: Ephemeral, executor: Executor) -> None:
        """``executor``: to tell somebody takes as long as Slack does, and its writer has other things to do."""
        self._ephemeral = ephemeral
        self._executor = executor
        self._lock = threading.Lock()
        self._by_conversation: OrderedDict[int, Request] = OrderedDict()

    def remember(self, conversation: int, request: Request) -> None:
        """Remember who asked for what a conversation holds, if they can be reached where the desk is no member."""
        if not request.response_url:
            return
        with self._lock:
            self._by_conversation[conversation] = request
            while len(self._by_conversation) > _MOST:
                self._by_conversation.popitem(last=False)

    def tell(self, conversation: int, words: Sequence[Words]) -> bool:
        """Tell who asked for a conversation, by the address that came with what they typed. False: it isn't known."""
        with self._lock:
            request = self._by_conversation.pop(conversation, None)
        if request is None:
            return False
        self._executor.submit(self._ephemeral.show, request, tuple(map(Paragraph, words)))
        return True

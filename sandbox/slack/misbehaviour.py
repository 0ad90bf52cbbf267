"""What a fault does to a request before anything happens in the workspace."""

import asyncio

from aiohttp import web

from sandbox.slack.faults import SlackFaults

_LOOK_SECONDS = 0.01


async def misbehaved(faults: SlackFaults, name: str, request: web.Request) -> web.Response | None:
    """Be as slow as the faults say, and return the answer to a request that gets no further; None for one that does."""
    delay = faults.take("delay", name)
    if delay and delay.gate:
        delay.gate.arrive()
        while not delay.gate.is_open:
            await asyncio.sleep(_LOOK_SECONDS)
    elif delay:
        await asyncio.sleep(delay.amount)
    if faults.take("dropped", name):
        return hung_up(request)
    if broken := faults.take("status", name):
        return web.Response(status=int(broken.amount), text="upstream connect error")
    return None


def hung_up(request: web.Request) -> web.Response:
    """Cut the connection instead of answering."""
    if request.transport:
        request.transport.abort()
    return web.Response()

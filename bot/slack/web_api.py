"""The clients of Slack's Web API. Their connections stay open from one call to the next.

To open one takes two ways to Slack and back, and most of the work: the SDK's own client does so for every call. Only
how a request is sent differs here, by `urllib3`; what is sent, and what becomes of the answer, is the SDK's.
"""

import socket
import ssl
from http.client import HTTPException
from typing import Any
from urllib.error import URLError
from urllib.parse import urlsplit
from urllib.request import Request, proxy_bypass

import urllib3
from slack_sdk import WebClient
from urllib3.connection import HTTPConnection
from urllib3.exceptions import HTTPError, ProtocolError, ReadTimeoutError

from bot.reach import causes, proxy_login
from bot.settings import Settings

TIMEOUT = 15
"""Seconds for one call of Slack's Web API."""

MOST = 200
"""Connections that are kept at most: the desk has fewer threads that could call Slack at once."""

_PROBES = {"TCP_KEEPIDLE": 20, "TCP_KEEPALIVE": 20, "TCP_KEEPINTVL": 5, "TCP_KEEPCNT": 3}
"""After how many seconds the system asks whether the other end is there, how often, and when it isn't.

A router on the way forgets a connection on which nothing is said for minutes; the next call would wait in vain.
"""


def clients(settings: Settings) -> tuple[WebClient, WebClient]:
    """Return a client for what may be sent only once, and one that asks again when a connection breaks."""
    token, url = settings.bot_token.get_secret_value(), settings.slack_api_url
    # Whom to trust is read once. Left alone, each call reads all of it, which takes the processor 40 ms.
    trusted = ssl.create_default_context() if url.startswith("https:") else None
    return (
        WarmClient(token, base_url=url, timeout=TIMEOUT, ssl=trusted, retry_handlers=[]),
        WarmClient(token, base_url=url, timeout=TIMEOUT, ssl=trusted),
    )


class WarmClient(WebClient):
    """A client of the SDK's whose connections stay open. Safe to share between threads.

    What goes wrong is raised as the SDK's own client raises it: `URLError` where no connection could be opened, and
    after that `HTTPException` or `OSError`.
    """

    def __init__(self, token: str, **given: Any) -> None:
        super().__init__(token, **given)
        self._connections = connections(self.base_url, self.proxy, self.ssl)

    def _perform_urllib_http_request_internal(self, url: str, req: Request) -> dict[str, Any]:
        try:
            answer = self._connections.request(
                req.get_method(),
                url,
                body=req.data,  # type: ignore[arg-type] # the SDK makes bytes of everything
                headers=dict(req.header_items()),
                timeout=self.timeout,
                retries=False,
                redirect=False,
            )
        except HTTPError as error:
            raise as_the_sdk_knows_it(error) from error
        return {
            "status": answer.status,
            "headers": dict(answer.headers.items()),
            "body": answer.data.decode("utf-8", "replace"),
        }


def connections(url: str, proxy: str | None, trusted: ssl.SSLContext | None) -> urllib3.PoolManager:
    """Return what opens connections to Slack, and keeps them: through the proxy, unless NO_PROXY names Slack's host."""
    probes = [
        (socket.IPPROTO_TCP, getattr(socket, name), value) for name, value in _PROBES.items() if hasattr(socket, name)
    ]
    options = [*HTTPConnection.default_socket_options, (socket.SOL_SOCKET, socket.SO_KEEPALIVE, 1), *probes]
    given: dict[str, Any] = {"maxsize": MOST, "ssl_context": trusted, "socket_options": options}
    if not proxy or proxy_bypass(urlsplit(url).hostname or ""):
        return urllib3.PoolManager(**given)
    # However its address is written, a proxy is spoken to without TLS, as Python and the SDK do.
    address = f"http://{proxy.rpartition('://')[2]}"
    return urllib3.ProxyManager(address, proxy_headers=proxy_login(address), **given)


def as_the_sdk_knows_it(error: HTTPError) -> Exception:
    """Return what the SDK's own client would have raised."""
    if isinstance(error, ReadTimeoutError):
        return TimeoutError("timed out")
    known = [each for each in causes(error) if isinstance(each, OSError | HTTPException)]
    if isinstance(error, ProtocolError) and known:
        return known[0]
    return URLError(known[0] if known else error)

"""What stands between this machine and a server that it can't reach, where that can be named: a certificate, a proxy.

A company that looks into encrypted connections shows certificates of its own, and a proxy may refuse. Both look like a
network that is down, and neither passes by waiting.
"""

import base64
import os
import re
import ssl
from collections.abc import Iterator
from contextlib import closing
from dataclasses import dataclass
from http.client import HTTPConnection, HTTPException, HTTPSConnection
from socket import gaierror
from typing import Any
from urllib.parse import unquote, urlsplit

from bot.words import visible

OF_SLACK, OF_AWS = "SSL_CERT_FILE", "AWS_CA_BUNDLE"
"""The variables that name a file with the certificates to trust: Python's own, and that of AWS's library."""

PROXY_LOGIN = 407
"""The status with which a proxy asks who one is; nothing else answers it."""

_TIMEOUT_SECONDS = 5
_LONGEST_NAME = 80

_OVER = {9, 10}
_ANOTHER_NAME = {62, 63, 64}
"""OpenSSL's numbers for what is wrong with a certificate (X509_V_ERR_…)."""

_UNREAD = (FileNotFoundError, PermissionError, IsADirectoryError, ssl.SSLError)
"""What a file of certificates makes of a connection that can't be used; AWS's library says so, Python doesn't."""


_TUNNEL = re.compile(r"(?:Tunnel connection failed|connect status code): (\d{3})([\w ]*)")
"""What a proxy answers that lets nothing through: in the words of Python, and of Slack's SDK for a WebSocket."""


@dataclass(frozen=True, slots=True)
class Obstacle:
    """What stands in between, and what ends that; both in whole sentences without the last stop."""

    says: str
    cure: str

    def __str__(self) -> str:
        return f"{self.says}. {self.cure}."


class Obstructed(Exception):
    """A server can't be reached, and what stands in between can be named."""

    def __init__(self, found: Obstacle) -> None:
        super().__init__(str(found))
        self.found = found


def obstacle(error: BaseException, url: str, *, proxy: str | None = None, bundle: str = OF_SLACK) -> Obstacle | None:
    """Say why ``url`` can't be reached; None where nothing in between can be named.

    ``error``: what the client raised, with all that it came from. ``proxy``: the address of the one that the client
    uses, if any. ``bundle``: the variable that names the certificates which the client trusts. Connects to ``url`` once
    more when a certificate was refused, to read who signed it; nothing is sent.
    """
    found = list(causes(error))
    refused = next((each for each in found if isinstance(each, ssl.SSLCertVerificationError)), None)
    # Without it nothing is trusted, whatever else is the matter.
    if (refused or any(isinstance(each, _UNREAD) for each in found)) and (broken := unusable(bundle)):
        return broken
    if refused:
        return _untrusted(refused, url, proxy, bundle)
    if not proxy:
        return None
    for each in found:
        if tunnel := _TUNNEL.search(str(each)):
            return refused_by_proxy(int(tunnel[1]), url, proxy, said=tunnel[2].strip())
    if any(isinstance(each, ConnectionRefusedError | gaierror) for each in found):
        return Obstacle(
            f"the proxy {_address(proxy)} doesn't answer", "Correct HTTPS_PROXY, or unset it if no proxy is needed"
        )
    return None


def refused_by_proxy(status: int, url: str, proxy: str | None, *, said: str = "") -> Obstacle | None:
    """Say that the proxy has refused; None where this status is none of a proxy's or there is no proxy."""
    if not proxy:
        return None
    if status == PROXY_LOGIN:
        return Obstacle(
            f"the proxy {_address(proxy)} wants a user and a password (407)",
            "Set HTTPS_PROXY=http://user:password@proxy.example.com:3128, with special characters as %40",
        )
    host = urlsplit(url).hostname
    answer = f"{status} {visible(said)[:_LONGEST_NAME]}".strip()
    return Obstacle(
        f"the proxy {_address(proxy)} refuses to connect to {host} ({answer})",
        f"Have its operator allow {host}, and for Slack also wss-primary.slack.com and wss-backup.slack.com",
    )


def unusable(bundle: str) -> Obstacle | None:
    """Say what is wrong with the file of certificates that a variable names; None when all is well or it isn't set.

    Neither Python nor OpenSSL would say a word about it: they only trust nobody.
    """
    path = os.environ.get(bundle)
    if not path:
        return None
    try:
        ssl.create_default_context(cafile=path)
    except ssl.SSLError:
        why = "has no certificate in PEM form (-----BEGIN CERTIFICATE-----)"
    except OSError as error:
        why = f"can't be read ({error.strerror})"
    else:
        return None
    return Obstacle(f"{bundle} names {path}, which {why}", f"Correct it, for example: {bundle}=/path/to/company-ca.pem")


def causes(error: BaseException) -> Iterator[BaseException]:
    """Yield an error and everything that it came from: libraries wrap theirs in each other's."""
    seen: list[BaseException] = []
    waiting: list[object] = [error]
    while waiting:
        each = waiting.pop(0)
        if isinstance(each, BaseException) and each not in seen:
            seen.append(each)
            yield each
            waiting += [each.__cause__, each.__context__, *each.args]


def _untrusted(refused: ssl.SSLCertVerificationError, url: str, proxy: str | None, bundle: str) -> Obstacle:
    where = urlsplit(url)
    host = where.hostname or ""
    signed = _issuer(host, where.port or 443, proxy)
    by = f" It is signed by {signed}" if signed else ""
    if refused.verify_code in _OVER:
        says = f"the certificate that {host} shows has expired, or isn't valid yet.{by}"
        return Obstacle(says.rstrip("."), "Set this machine's clock; if it is right, tell those who run the network")
    if refused.verify_code in _ANOTHER_NAME:
        says = f"what answers for {host} shows the certificate of somebody else.{by}"
        return Obstacle(says.rstrip("."), "Tell those who run the network, the DNS and the proxy")
    name = signed or f"somebody ({refused.verify_message})"
    already = f"; {bundle}={os.environ[bundle]} doesn't have it" if os.environ.get(bundle) else ""
    return Obstacle(
        f"the certificate that {host} shows is signed by {name}, whom this machine doesn't trust{already}. "
        "Most likely your company looks into encrypted connections (TLS interception)",
        f"Name a PEM file with your company's CA in .env: {bundle}=/path/to/company-ca.pem; if it is a public CA that "
        "isn't trusted, install the package ca-certificates",
    )


def _issuer(host: str, port: int, proxy: str | None) -> str:
    """Return who signed the certificate that a server shows, or an empty string where that can't be read."""
    bare = ssl.SSLContext(ssl.PROTOCOL_TLS_CLIENT)
    # Nothing is sent over this one: it is closed as soon as the certificate is here.
    bare.check_hostname, bare.verify_mode = False, ssl.CERT_NONE
    trusting = ssl.SSLContext(ssl.PROTOCOL_TLS_CLIENT)
    # Python takes only a certificate apart that it has verified; this one counts as its own proof.
    trusting.check_hostname = False
    trusting.verify_flags |= ssl.VERIFY_X509_PARTIAL_CHAIN
    try:
        with closing(_connected(host, port, proxy, bare)) as stream:
            shown = stream.getpeercert(binary_form=True)
        trusting.load_verify_locations(cadata=shown or b"")
        with closing(_connected(host, port, proxy, trusting)) as stream:
            certificate = stream.getpeercert() or {}
    except (OSError, ValueError, HTTPException):
        return ""
    parts: Any = certificate.get("issuer", ())
    names = {kind: name for part in parts for kind, name in part}
    named = dict.fromkeys(filter(None, (names.get("commonName"), names.get("organizationName"))))
    return visible(", ".join(named))[:_LONGEST_NAME]


def _connected(host: str, port: int, proxy: str | None, context: ssl.SSLContext) -> ssl.SSLSocket:
    """Open a connection as far as the certificates are exchanged, through the proxy if there is one."""
    if not proxy:
        connection: HTTPConnection = HTTPSConnection(host, port, timeout=_TIMEOUT_SECONDS, context=context)
    else:
        through = urlsplit(proxy)
        connection = HTTPSConnection(
            through.hostname or "", through.port or 80, timeout=_TIMEOUT_SECONDS, context=context
        )
        connection.set_tunnel(host, port, proxy_login(proxy))
    connection.connect()
    assert isinstance(connection.sock, ssl.SSLSocket)
    return connection.sock


def proxy_login(proxy: str) -> dict[str, str]:
    """Return the header that tells a proxy who one is; none where its address has no user and password."""
    through = urlsplit(proxy)
    login = f"{unquote(through.username or '')}:{unquote(through.password or '')}".encode()
    return {"Proxy-Authorization": f"Basic {base64.b64encode(login).decode()}"} if through.username else {}


def _address(proxy: str) -> str:
    """Return a proxy's host and port, without the password that may stand before them."""
    return urlsplit(proxy).netloc.rpartition("@")[2] or proxy.rpartition("@")[2]

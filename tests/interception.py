"""A company's TLS interception on this machine, and a proxy: what answers in the place of Slack and AWS."""

import socket
import ssl
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import UTC, datetime, timedelta
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from ipaddress import ip_address
from pathlib import Path

from cryptography import x509
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.x509.oid import NameOID

COMPANY = "Acme TLS Inspection"
_DAY = timedelta(days=1)


class Company:
    """A company with a CA of its own, which signs a certificate for whatever is asked for here."""

    def __init__(self, folder: Path) -> None:
        self._key = ec.generate_private_key(ec.SECP256R1())
        self._name = x509.Name(
            [
                x509.NameAttribute(NameOID.COMMON_NAME, COMPANY),
                x509.NameAttribute(NameOID.ORGANIZATION_NAME, "Acme"),
            ]
        )
        self._folder = folder
        authority = self._certificate(self._name, self._key, ca=True)
        self.file = folder / "company-ca.pem"
        """What makes a client trust it."""
        self.file.write_bytes(authority.public_bytes(serialization.Encoding.PEM))

    @contextmanager
    def serves(self, *, host: str = "127.0.0.1", expired: bool = False, answer: bytes = b"{}") -> Iterator[str]:
        """Open a server with a certificate for ``host``, and give its address."""
        key = ec.generate_private_key(ec.SECP256R1())
        leaf = self._certificate(
            x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, host)]), key, host=host, expired=expired
        )
        file = self._folder / "server.pem"
        file.write_bytes(
            key.private_bytes(
                serialization.Encoding.PEM, serialization.PrivateFormat.PKCS8, serialization.NoEncryption()
            )
            + leaf.public_bytes(serialization.Encoding.PEM)
        )
        context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
        context.load_cert_chain(file)
        with _serving(_answering(answer), context) as port:
            yield f"https://127.0.0.1:{port}/api/"

    def _certificate(
        self,
        subject: x509.Name,
        key: ec.EllipticCurvePrivateKey,
        *,
        ca: bool = False,
        host: str = "",
        expired: bool = False,
    ) -> x509.Certificate:
        now = datetime.now(UTC)
        begins, ends = (now - 2 * _DAY, now - _DAY) if expired else (now - _DAY, now + _DAY)
        made = (
            x509.CertificateBuilder()
            .subject_name(subject)
            .issuer_name(self._name)
            .public_key(key.public_key())
            .serial_number(x509.random_serial_number())
            .not_valid_before(begins)
            .not_valid_after(ends)
            .add_extension(x509.BasicConstraints(ca=ca, path_length=None), critical=True)
        )
        if host:
            made = made.add_extension(x509.SubjectAlternativeName([_named(host)]), critical=False)
        return made.sign(self._key, hashes.SHA256())


@contextmanager
def proxy(status: bytes = b"") -> Iterator[str]:
    """Open a proxy, and give its address with a password in it; with ``status`` it refuses every CONNECT so."""
    listening = socket.create_server(("127.0.0.1", 0))

    def serve() -> None:
        while True:
            try:
                client, _ = listening.accept()
            except OSError:
                return
            threading.Thread(target=_tunnel, args=(client, status), daemon=True).start()

    thread = threading.Thread(target=serve, daemon=True)
    thread.start()
    yield f"http://olaf:hush@127.0.0.1:{listening.getsockname()[1]}"
    listening.shutdown(socket.SHUT_RDWR)
    listening.close()
    thread.join()


def _tunnel(client: socket.socket, status: bytes) -> None:
    with client:
        asked = b""
        while b"\r\n\r\n" not in asked:
            asked += client.recv(4096)
        if status or b"Proxy-Authorization: Basic b2xhZjpodXNo" not in asked:
            client.sendall(
                b"HTTP/1.1 %s\r\nContent-Length: 0\r\n\r\n" % (status or b"407 Proxy Authentication Required")
            )
            return
        host, port = asked.split()[1].decode().split(":")
        with socket.create_connection((host, int(port))) as server:
            client.sendall(b"HTTP/1.1 200 Connection established\r\n\r\n")
            back = threading.Thread(target=_pass_on, args=(server, client), daemon=True)
            back.start()
            _pass_on(client, server)
            back.join()


def _pass_on(source: socket.socket, sink: socket.socket) -> None:
    try:
        while some := source.recv(65536):
            sink.sendall(some)
        sink.shutdown(socket.SHUT_WR)
    except OSError:
        return


def _named(host: str) -> x509.GeneralName:
    try:
        return x509.IPAddress(ip_address(host))
    except ValueError:
        return x509.DNSName(host)


def _answering(answer: bytes) -> type[BaseHTTPRequestHandler]:
    class Answering(BaseHTTPRequestHandler):
        def do_POST(self) -> None:
            self.rfile.read(int(self.headers.get("Content-Length") or 0))
            self.send_response(200)
            self.send_header("Content-Type", "application/json")
            self.send_header("Content-Length", str(len(answer)))
            self.end_headers()
            self.wfile.write(answer)

        def log_message(self, _: str, *args: object) -> None:
            """Say nothing."""

    return Answering


@contextmanager
def _serving(handler: type[BaseHTTPRequestHandler], context: ssl.SSLContext) -> Iterator[int]:
    class Server(ThreadingHTTPServer):
        def get_request(self) -> tuple[socket.socket, object]:
            client, address = super().get_request()
            # The handshake belongs to the thread of the request, which may fail alone.
            return context.wrap_socket(client, server_side=True, do_handshake_on_connect=False), address

        def handle_error(self, request: object, client_address: object) -> None:
            """A client that doesn't trust us hangs up."""

    server = Server(("127.0.0.1", 0), handler)
    thread = threading.Thread(target=server.serve_forever, args=(0.02,))
    thread.start()
    yield server.server_address[1]
    server.shutdown()
    server.server_close()
    thread.join()

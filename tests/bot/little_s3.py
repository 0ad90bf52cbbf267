"""A little of Amazon S3: it takes objects into one bucket of one owner."""

from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer

from bot.settings import Bucket

BUCKET = Bucket(name="example-audit", prefix="desk/", owner="123456789012", region="eu-central-1")


class LittleS3(ThreadingHTTPServer):
    """Takes objects into one bucket of one owner, as S3 does."""

    def __init__(self) -> None:
        super().__init__(("127.0.0.1", 0), _Handler)
        self.objects: dict[str, bytes] = {}
        self.signed: list[str] = []


class _Handler(BaseHTTPRequestHandler):
    server: LittleS3

    def do_PUT(self) -> None:
        body = self.rfile.read(int(self.headers["Content-Length"]))
        self.server.signed.append(self.headers["Authorization"])
        if self.headers["x-amz-expected-bucket-owner"] != "123456789012":
            self._answer(403, b"<Error><Code>AccessDenied</Code><Message>Access Denied</Message></Error>")
        else:
            self.server.objects[self.path] = body
            self._answer(200, b"")

    def _answer(self, status: int, body: bytes) -> None:
        self.send_response(status)
        self.send_header("Content-Length", str(len(body)))
        self.end_headers()
        self.wfile.write(body)

    def log_message(self, format: str, *args: object) -> None:  # noqa: A002 - as the library names it
        """Say nothing."""

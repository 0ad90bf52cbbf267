"""What is put into a bucket arrives under its name, only if the bucket is the one that was meant."""

import threading
from collections.abc import Iterator
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer

import pytest

from bot.aws.s3 import NotWritten, Objects
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


@pytest.fixture
def s3(monkeypatch: pytest.MonkeyPatch) -> Iterator[LittleS3]:
    server = LittleS3()
    thread = threading.Thread(target=server.serve_forever, args=(0.01,))
    thread.start()
    monkeypatch.setenv("AWS_ENDPOINT_URL_S3", f"http://127.0.0.1:{server.server_port}")
    monkeypatch.setenv("AWS_ACCESS_KEY_ID", "AKIATEST")
    monkeypatch.setenv("AWS_SECRET_ACCESS_KEY", "test")
    yield server
    server.shutdown()
    server.server_close()
    thread.join()


def test_an_object_arrives_under_its_name(s3: LittleS3) -> None:
    objects = Objects(BUCKET)
    objects.write("00000000000000000001.jsonl", b'{"id": 1}\n')
    objects.write("00000000000000000001.jsonl", b'{"id": 2}\n')
    assert s3.objects == {"/example-audit/desk/00000000000000000001.jsonl": b'{"id": 2}\n'}
    assert all("/eu-central-1/s3/aws4_request" in each for each in s3.signed)


def test_a_bucket_of_somebody_else_gets_nothing_and_that_is_said(s3: LittleS3) -> None:
    with pytest.raises(NotWritten, match="Amazon S3 answers AccessDenied"):
        Objects(BUCKET.model_copy(update={"owner": "999999999999"})).write("1.jsonl", b"secret")
    assert s3.objects == {}


def test_a_bucket_that_cannot_be_reached_is_said(s3: LittleS3, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("AWS_ENDPOINT_URL_S3", "http://127.0.0.1:9")
    with pytest.raises(NotWritten, match="Amazon S3 can't be reached"):
        Objects(BUCKET).write("1.jsonl", b"x")

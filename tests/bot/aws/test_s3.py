"""What is put into a bucket arrives under its name, only if the bucket is the one that was meant."""

import pytest

from bot.aws.s3 import NotWritten, Objects
from tests.bot.little_s3 import BUCKET, LittleS3


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

"""Amazon S3: where the audit is exported to, an object at a time. The desk reads nothing there, and lists nothing."""

from typing import Any

import botocore.session
from botocore.config import Config
from botocore.exceptions import BotoCoreError, ClientError

from bot.aws.aws_words import code_of
from bot.settings import Bucket

_ONCE = Config(
    retries={"mode": "standard", "total_max_attempts": 2},
    connect_timeout=3,
    read_timeout=20,
    s3={"addressing_style": "auto"},
)


class NotWritten(Exception):
    """An object could not be written; the text says why, in a few words without anything of its content."""


class Objects:
    """The objects of one bucket under one prefix. Made when the first is written; not safe to share between threads."""

    def __init__(self, bucket: Bucket) -> None:
        self._bucket = bucket
        self._client: Any = botocore.session.Session().create_client("s3", bucket.region, config=_ONCE)

    def write(self, name: str, content: bytes) -> None:
        """Write an object, in the place of one of the same name if there is one. Raises `NotWritten`."""
        try:
            self._client.put_object(
                Bucket=self._bucket.name,
                Key=f"{self._bucket.prefix}{name}",
                Body=content,
                ContentType="application/x-ndjson",
                # A bucket that was deleted, and made again by somebody else, gets nothing.
                ExpectedBucketOwner=self._bucket.owner,
            )
        except ClientError as error:
            raise NotWritten(f"Amazon S3 answers {code_of(error)}") from None
        except BotoCoreError as error:
            raise NotWritten(f"Amazon S3 can't be reached ({type(error).__name__})") from None

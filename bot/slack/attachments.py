"""Fetches the lists that people attach to forms: from Slack's own hosts, for as long as a request needs them."""

import logging

from slack_sdk import WebClient
from slack_sdk.errors import SlackApiError

from bot.attached_list import TOO_LARGE, AttachedFile, BadList, Lines, attached_list
from bot.csv_files import MOST_BYTES
from bot.slack.posting import name
from bot.slack.transfers import NotFetched, TooLarge, Transfers
from bot.words import say

log = logging.getLogger(__name__)

_NOT_FETCHED = say("The file can't be fetched from Slack. Attach it once more.")


class Attachments:
    """Implements `bot.attached_list.AttachedLists`. Keeps nothing. Safe to share between threads."""

    def __init__(self, client: WebClient) -> None:
        self._client = client
        self._transfers = Transfers(client)

    def lines(self, file: AttachedFile) -> Lines:
        """Return what a list says. It takes as long as Slack: never before an acknowledgement. Raises `BadList`."""
        try:
            content = self._transfers.download(file.address or self._address(file.id), most=MOST_BYTES)
        except TooLarge:
            raise BadList(TOO_LARGE) from None
        except (NotFetched, SlackApiError, OSError) as error:
            # Neither the file's name nor its address: both may say who the customers are.
            why = name(error) if isinstance(error, SlackApiError) else str(error)
            log.warning("the attached file %s can't be fetched: %s", file.id, why)
            raise BadList(_NOT_FETCHED) from None
        return attached_list(content)

    def _address(self, file: str) -> str:
        """Ask Slack where a file can be fetched: of one from another workspace it doesn't say so at once."""
        return str(self._client.files_info(file=file)["file"].get("url_private_download") or "")

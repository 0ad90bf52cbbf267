"""What a message says, read from the arguments of the methods that post and edit, and refused as Slack does."""

from dataclasses import dataclass
from typing import Any, Literal

from sandbox.slack.blockkit import check_message, text_length
from sandbox.slack.controls import Json
from sandbox.slack.errors import SlackError
from sandbox.slack.methods import Arguments

SHOWN_TEXT = 40_000
EDITED_TEXT = 4_000
MARKDOWN_TEXT = 12_000
ALL_BLOCKS_TEXT = 13_200  # Not documented; measured by users of `msg_blocks_too_long`.


@dataclass(frozen=True, slots=True)
class Content:
    """The words and blocks of a message; None where the caller said nothing."""

    text: str | None
    blocks: list[Json] | None
    metadata: Json | None

    @property
    def is_empty(self) -> bool:
        """Whether there is nothing to show."""
        return not self.text and not self.blocks


def read_content(arguments: Arguments, *, refused: frozenset[str] = frozenset()) -> Content:
    """The content, checked; `refused` are types of blocks that this workspace doesn't take."""
    text = arguments.text("text")
    blocks = arguments.parsed("blocks", "invalid_blocks_format")
    if arguments.has("markdown_text"):
        if text is not None or blocks is not None:
            raise SlackError("markdown_text_conflict")
        text = arguments.required("markdown_text")
        if len(text) > MARKDOWN_TEXT:
            raise SlackError("msg_too_long")
        blocks = [{"type": "markdown", "text": text}]
    if arguments.parsed("attachments", "invalid_attachments"):
        raise SlackError("invalid_attachments", "[ERROR] this sandbox shows no attachments; use blocks")
    if blocks is not None and not isinstance(blocks, list):
        raise SlackError("invalid_blocks_format")
    refuse_bad_blocks(blocks or [], text)
    unknown = [
        f"[ERROR] unsupported type: {block['type']} [json-pointer:/blocks/{n}/type]"
        for n, block in enumerate(blocks or [])
        if block["type"] in refused
    ]
    if unknown:
        raise SlackError("invalid_blocks", *unknown, details={"errors": unknown})
    metadata = _metadata(arguments.parsed("metadata", "invalid_metadata_format"))
    return Content(text=text[:SHOWN_TEXT] if text else text, blocks=blocks, metadata=metadata)


def refuse_bad_blocks(blocks: list[Json], text: str | None) -> None:
    """Raise what Slack answers to blocks that it does not take."""
    problems = check_message(blocks, text)
    if problems:
        raise SlackError("invalid_blocks", *problems, details={"errors": list(problems)})
    if text_length(blocks) > ALL_BLOCKS_TEXT:
        raise SlackError("msg_blocks_too_long")


def _metadata(given: Any) -> Json | None:
    if given is None:
        return None
    if given == {}:
        return {}
    if not isinstance(given, dict) or set(given) - {"event_type", "event_payload", "entities"}:
        raise SlackError("invalid_metadata_format")
    if "entities" in given:
        raise SlackError("invalid_metadata_schema", "[ERROR] this sandbox knows no entities")
    event_type, payload = given.get("event_type"), given.get("event_payload")
    if not isinstance(event_type, str) or not event_type or not isinstance(payload, dict):
        raise SlackError("invalid_metadata_format")
    if not all(_is_metadata_value(value) for value in payload.values()):
        raise SlackError("invalid_metadata_format")
    return given


def _is_metadata_value(value: Any, place: Literal["payload", "list"] = "payload") -> bool:
    if isinstance(value, str | int | float | bool):
        return True
    if isinstance(value, dict):
        return all(isinstance(one, str | int | float | bool) for one in value.values())
    return place == "payload" and isinstance(value, list) and all(_is_metadata_value(one, "list") for one in value)

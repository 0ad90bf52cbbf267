"""The checks that Slack's client makes before it sends a form."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

from sandbox.slack.controls import Control, is_empty, plain

if TYPE_CHECKING:
    from sandbox.slack.controls import Json
    from sandbox.slack.model import View

LOOKS_LIKE_MAIL = re.compile(r"[^@\s]+@[^@\s]+")
LOOKS_LIKE_URL = re.compile(r"https?://\S+")
LOOKS_LIKE_NUMBER = re.compile(r"[-+]?\d+(\.\d+)?")


def missing_answers(view: View) -> dict[str, str]:
    """What the client would complain of, by block_id; empty when the form may be sent."""
    wrong = {}
    for field in view.inputs:
        complaint = _complaint(field, view.state[field.block_id][field.action_id])
        if complaint:
            wrong[field.block_id] = complaint
    return wrong


def _complaint(field: Control, held: Json) -> str | None:
    if is_empty(held):
        return None if field.optional else "Please complete this required field."
    value, element = plain(held), field.element
    if field.type == "email_text_input" and not LOOKS_LIKE_MAIL.fullmatch(str(value)):
        return "Please enter a valid email address."
    if field.type == "url_text_input" and not LOOKS_LIKE_URL.fullmatch(str(value)):
        return "Please enter a valid URL."
    if field.type == "number_input":
        return _number_complaint(str(value), element)
    if field.type == "plain_text_input":
        return _length_complaint(len(str(value)), element)
    most = element.get("max_selected_items")
    if most and isinstance(value, list) and len(value) > most:
        return f"You can select up to {most} items."
    return None


def _length_complaint(length: int, element: Json) -> str | None:
    least, most = element.get("min_length", 0), element.get("max_length", 3000)
    if length < least:
        return f"Please use at least {least} characters."
    if length > most:
        return f"Please use at most {most} characters."
    return None


def _number_complaint(value: str, element: Json) -> str | None:
    if not LOOKS_LIKE_NUMBER.fullmatch(value) or ("." in value and not element.get("is_decimal_allowed")):
        return "Please enter a valid number."
    number = float(value)
    if "min_value" in element and number < float(element["min_value"]):
        return f"Please enter a number that is at least {element['min_value']}."
    if "max_value" in element and number > float(element["max_value"]):
        return f"Please enter a number that is at most {element['max_value']}."
    return None

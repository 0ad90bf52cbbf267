"""What Slack's client does by itself: it marks up what a person types, and keeps an incomplete form back."""

import re
from collections.abc import Sequence

from sandbox.slack.controls import FILES, Control, Json, is_empty, plain
from sandbox.slack.files import BYTES_IN_FORM, MOST_IN_FORM
from sandbox.slack.model import View
from sandbox.slack.roll import Roll

NAME = re.compile(r"(?<![\w<|@])([@#])([\w.-]*\w)")
URL = re.compile(r"(?<![<|\"'])\bhttps?://[^\s<>|]+")
LOOKS_LIKE_MAIL = re.compile(r"[^@\s]+@[^@\s]+")
LOOKS_LIKE_URL = re.compile(r"https?://\S+")
LOOKS_LIKE_NUMBER = re.compile(r"[-+]?\d+(\.\d+)?")


def entities(text: str) -> str:
    """Slack's three control characters, encoded."""
    return text.replace("&", "&amp;").replace("<", "&lt;").replace(">", "&gt;")


def message_text(text: str, roll: Roll) -> str:
    """A plain message: names that exist become mentions, everything else is literal."""
    return _mentioned(entities(text), roll, labelled=False)


def command_text(text: str, roll: Roll, *, should_escape: bool) -> str:
    """The text of a command; without `should_escape` it is sent as typed."""
    if not should_escape:
        return text
    return URL.sub(lambda found: f"<{found[0]}>", _mentioned(text, roll, labelled=True))


def _mentioned(text: str, roll: Roll, *, labelled: bool) -> str:
    people = {one.name: one for one in roll.people}
    groups = {one.handle: one for one in roll.groups}
    channels = {one.name: one for one in roll.channels if not one.im_with}

    def mention(found: re.Match[str]) -> str:
        sign, name = found[1], found[2]
        if sign == "#" and name in channels:
            return f"<#{channels[name].id}|{'' if channels[name].is_private else name}>"
        if sign == "@" and name in people:
            return f"<@{people[name].id}|{name}>" if labelled else f"<@{people[name].id}>"
        if sign == "@" and name in groups:
            return f"<!subteam^{groups[name].id}|@{name}>" if labelled else f"<!subteam^{groups[name].id}>"
        return found[0]

    return NAME.sub(mention, text)


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
    if field.type == FILES:
        return None
    most = element.get("max_selected_items")
    if most and isinstance(value, list) and len(value) > most:
        return f"You can select up to {most} items."
    return None


def chosen(field: Control, held: Json, files: Sequence[tuple[str, bytes]]) -> None:
    """Return if a field takes these files, names and contents, beside those that it holds. Raises `ValueError`."""
    element = field.element
    most = element.get("max_files", MOST_IN_FORM)
    if len(held["files"]) + len(files) > most:
        raise ValueError(f"You can attach up to {most} file{'' if most == 1 else 's'}.")
    kinds = [kind.lower() for kind in element.get("filetypes") or ()]
    for name, content in files:
        if kinds and name.rpartition(".")[2].lower() not in kinds:
            raise ValueError(f"{name} can’t be attached here. Allowed: {', '.join(kinds)}.")
        if len(content) > BYTES_IN_FORM:
            raise ValueError(f"{name} is too large. A file can have up to 10 MB.")
        if not content:
            raise ValueError(f"{name} is empty.")


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

"""The `views.*` methods: open, push and update modals, and publish what stands in the Home tab."""

import json
from collections.abc import Callable
from typing import Any

from sandbox.slack.blockkit import check_home, check_view
from sandbox.slack.controls import FILES, Json, controls_of
from sandbox.slack.errors import SlackError
from sandbox.slack.methods import Arguments, Method, needs
from sandbox.slack.wire import view_json
from sandbox.slack.workspace import Workspace

VIEW_BYTES = 250_000


def open_view(workspace: Workspace, arguments: Arguments) -> Json:
    """views.open."""
    content = read_view(workspace, arguments)
    trigger = workspace.permits.exchange(arguments.required("trigger_id"))
    return {"view": view_json(workspace.modals.open(trigger.person, content))}


def push(workspace: Workspace, arguments: Arguments) -> Json:
    """views.push; only a trigger that came from a modal can put another on top of it."""
    content = read_view(workspace, arguments)
    trigger = workspace.permits.exchange(arguments.required("trigger_id"))
    if trigger.view_id is None:
        raise SlackError("not_found")
    return {"view": view_json(workspace.modals.push(trigger.person, content))}


def update(workspace: Workspace, arguments: Arguments) -> Json:
    """views.update, by `view_id` or `external_id`."""
    content = read_view(workspace, arguments)
    view_id, external_id = arguments.text("view_id"), arguments.text("external_id")
    if not view_id and not external_id:
        raise SlackError("invalid_arguments", "[ERROR] missing required field: view_id")
    view = workspace.modals.known(view_id) if view_id else workspace.modals.by_external_id(external_id or "")
    changed = workspace.modals.update(view.id, content, expected_hash=arguments.text("hash"))
    return {"view": view_json(changed)}


def publish(workspace: Workspace, arguments: Arguments) -> Json:
    """views.publish: what one person sees in the Home tab from now on."""
    content = read_view(workspace, arguments, check_home)
    try:
        person = workspace.person(arguments.required("user_id"))
    except LookupError:
        raise SlackError("invalid_arguments", "[ERROR] invalid `user_id` [json-pointer:/user_id]") from None
    if not workspace.manifest.home_tab:
        raise SlackError("not_enabled")
    return {"view": view_json(workspace.homes.publish(person.id, content, arguments.text("hash")))}


def read_view(workspace: Workspace, arguments: Arguments, check: Callable[[Any], list[str]] = check_view) -> Json:
    """The view argument, checked."""
    content = arguments.parsed("view", "invalid_arguments")
    if not isinstance(content, dict):
        raise SlackError("invalid_arguments", "[ERROR] must provide an object [json-pointer:/view]")
    if len(json.dumps(content, ensure_ascii=False).encode()) > VIEW_BYTES:
        raise SlackError("view_too_large")
    problems = check(content)
    if problems:
        raise SlackError("invalid_arguments", *problems)
    if any(one.type == FILES for one in controls_of(content["blocks"])):
        # That it is needed is documented, not by which error its lack is told (UNCONFIRMED).
        needs(workspace, "files:read")
    return content


VIEW_METHODS = (
    Method("views.open", open_view, tier=4),
    Method("views.push", push, tier=4),
    Method("views.update", update, tier=4),
    Method("views.publish", publish, tier=4),
)

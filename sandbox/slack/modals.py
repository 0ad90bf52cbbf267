"""The modals that people have open: a stack of at most three for each person."""

import secrets
from collections.abc import Mapping
from dataclasses import replace

from sandbox.slack.changes import Changes
from sandbox.slack.controls import Json, controls_of, initial_state, normalised
from sandbox.slack.errors import SlackError
from sandbox.slack.model import View

MOST_VIEWS = 3


class Modals:
    """Each person's stack; the last view of it is the one they see."""

    def __init__(self, *, changes: Changes) -> None:
        self._changes = changes
        self._stacks: dict[str, list[View]] = {}
        self._opened = 0

    def stack(self, person: str) -> tuple[View, ...]:
        """What a person has open, the topmost last."""
        with self._changes.lock:
            return tuple(self._stacks.get(person, ()))

    def known(self, view_id: str) -> View:
        """An open view by its id, as it stands now."""
        with self._changes.lock:
            for stack in self._stacks.values():
                for view in stack:
                    if view.id == view_id:
                        return view
        raise SlackError("not_found")

    def by_external_id(self, external_id: str) -> View:
        """An open view by the app's own name for it."""
        with self._changes.lock:
            for stack in self._stacks.values():
                for view in stack:
                    if external_id and view.external_id == external_id:
                        return view
        raise SlackError("not_found")

    def open(self, person: str, content: Json) -> View:
        """Show a modal; whatever the person had open gives way to it."""
        with self._changes.lock:
            before = self._stacks.pop(person, [])
            try:
                self._refuse_taken(content)
            except SlackError:
                self._stacks[person] = before
                raise
            view = self._new(person, content, below=None)
            self._stacks[person] = [view]
            self._changes.publish("view", person=person)
            return view

    def push(self, person: str, content: Json) -> View:
        """Show a modal on top of the one that is open."""
        with self._changes.lock:
            stack = self._stacks.get(person, [])
            if not stack:
                raise SlackError("not_found")
            if len(stack) >= MOST_VIEWS:
                raise SlackError("push_limit_reached")
            self._refuse_taken(content)
            view = self._new(person, content, below=stack[-1])
            stack.append(view)
            self._changes.publish("view", person=person)
            return view

    def update(self, view_id: str, content: Json, expected_hash: str | None = None) -> View:
        """Show something else in an open view; fields with the same ids and type keep what was typed."""
        with self._changes.lock:
            view = self.known(view_id)
            if expected_hash and expected_hash != view.hash:
                raise SlackError("hash_conflict")
            self._refuse_taken(content, but=view_id)
            complete = completed(content)
            state = initial_state(controls_of(complete["blocks"]), kept=view.state)
            changed = replace(
                view, content=complete, hash=fresh_hash(), state=state, errors={}, trouble=None, busy=False
            )
            return self._put(changed)

    def fill(self, view_id: str, block_id: str, action_id: str, value: Json) -> View:
        """Note what a person typed or chose; the app does not learn of it by this alone."""
        with self._changes.lock:
            view = self.known(view_id)
            block = {**view.state.get(block_id, {}), action_id: value}
            return self._put(replace(view, state={**view.state, block_id: block}))

    def mark(
        self,
        view_id: str,
        *,
        errors: Mapping[str, str] | None = None,
        trouble: str | None = None,
        busy: bool = False,
    ) -> View:
        """Show errors under fields, Slack's own line of trouble, or that a submission is under way."""
        with self._changes.lock:
            view = self.known(view_id)
            return self._put(replace(view, errors=errors or {}, trouble=trouble, busy=busy))

    def close(self, view_id: str) -> None:
        """Take a view, and whatever lies on top of it, away."""
        with self._changes.lock:
            person = self.known(view_id).person
            stack = self._stacks[person]
            position = [one.id for one in stack].index(view_id)
            self._stacks[person] = stack[:position]
            self._changes.publish("view", person=person)

    def clear(self, person: str) -> None:
        """Take a person's whole stack away."""
        with self._changes.lock:
            if self._stacks.pop(person, None):
                self._changes.publish("view", person=person)

    def _put(self, view: View) -> View:
        stack = self._stacks[view.person]
        stack[[one.id for one in stack].index(view.id)] = view
        self._changes.publish("view", person=view.person)
        return view

    def _new(self, person: str, content: Json, below: View | None) -> View:
        self._opened += 1
        view_id = f"V{self._opened:08d}"
        complete = completed(content)
        return View(
            id=view_id,
            person=person,
            content=complete,
            hash=fresh_hash(),
            root_view_id=below.root_view_id if below else view_id,
            previous_view_id=below.id if below else None,
            state=initial_state(controls_of(complete["blocks"]), kept={}),
        )

    def _refuse_taken(self, content: Json, but: str | None = None) -> None:
        external_id = content.get("external_id")
        for stack in self._stacks.values():
            if external_id and any(one.external_id == external_id and one.id != but for one in stack):
                raise SlackError("duplicate_external_id")


def completed(content: Json) -> Json:
    """The same view, with an id for each block and element."""
    return {**content, "blocks": list(normalised(content["blocks"]))}


def fresh_hash() -> str:
    """What tells a view as it stands now from how it stood before."""
    return f"{secrets.randbelow(10**10):010d}.{secrets.token_urlsafe(6)}"

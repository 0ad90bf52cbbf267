"""The app's Home tab of each person, as it was last published: what they see there until it is published again."""

from dataclasses import replace

from sandbox.slack.changes import Changes
from sandbox.slack.controls import Json, controls_of, initial_state
from sandbox.slack.errors import SlackError
from sandbox.slack.modals import completed, fresh_hash
from sandbox.slack.model import View


class Homes:
    """By person; somebody for whom nothing was published has none."""

    def __init__(self, *, changes: Changes) -> None:
        self._changes = changes
        self._views: dict[str, View] = {}

    def of(self, person: str) -> View | None:
        """Return what a person sees in the Home tab, by their id; None where nothing was published for them."""
        with self._changes.lock:
            return self._views.get(person)

    def publish(self, person: str, content: Json, expected_hash: str | None = None) -> View:
        """Show a person something else; what they chose in fields with the same ids stays."""
        with self._changes.lock:
            before = self._views.get(person)
            if expected_hash and (before is None or expected_hash != before.hash):
                raise SlackError("hash_conflict")
            complete = completed(content)
            view_id = before.id if before else f"VHOME{person}"
            view = View(
                id=view_id,
                person=person,
                content=complete,
                hash=fresh_hash(),
                root_view_id=view_id,
                previous_view_id=None,
                state=initial_state(controls_of(complete["blocks"]), kept=before.state if before else {}),
            )
            self._views[person] = view
            self._changes.publish("view", person=person)
            return view

    def fill(self, view: View, block_id: str, action_id: str, value: Json) -> View:
        """Note what a person chose."""
        with self._changes.lock:
            held = {**view.state.get(block_id, {}), action_id: value}
            self._views[view.person] = filled = replace(view, state={**view.state, block_id: held})
            return filled

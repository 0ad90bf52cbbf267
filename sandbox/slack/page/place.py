"""Where controls stand, a message or a modal, with what they hold and what is wrong with them."""

import hashlib
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field

from sandbox.slack.controls import Json, initial_state, plain
from sandbox.slack.model import ElementWarning, Message, View


@dataclass(frozen=True, slots=True)
class Place:
    """One message or one modal as its reader sees it; `key` is the message's `ts` or the view's id."""

    key: str
    state: Json = field(default_factory=dict)
    errors: Mapping[str, str] = field(default_factory=dict)
    warnings: Mapping[tuple[str, str], str] = field(default_factory=dict)
    focus: tuple[str, str] | None = None

    @classmethod
    def of_message(cls, message: Message, warnings: Iterable[ElementWarning] = ()) -> "Place":
        """A message's place."""
        return cls(message.ts, initial_state(message.controls, kept={}), warnings=_beside(message.ts, warnings))

    @classmethod
    def of_view(cls, view: View, warnings: Iterable[ElementWarning] = ()) -> "Place":
        """A modal's place; the first field that is wrong, or else the one that asks for it, gets the focus."""
        wrong = [one for one in view.inputs if one.block_id in view.errors]
        asking = [one for one in view.inputs if one.element.get("focus_on_load")]
        first = next(iter(wrong or asking or view.inputs), None)
        return cls(
            view.id,
            view.state,
            view.errors,
            _beside(view.id, warnings),
            (first.block_id, first.action_id) if first else None,
        )

    def held(self, block_id: str, action_id: str) -> str | list[str] | None:
        """What a field holds: its text, its chosen option's value, or a list of those."""
        value = self.state.get(block_id, {}).get(action_id)
        return plain(value) if value else None

    def holds(self, block_id: str, action_id: str, option: str) -> bool:
        """Whether an option is chosen."""
        held = self.held(block_id, action_id)
        return option in held if isinstance(held, list) else option == held

    def files(self, block_id: str, action_id: str) -> list[Json]:
        """The file objects that a field for files holds."""
        files: list[Json] = self.state.get(block_id, {}).get(action_id, {}).get("files", [])
        return files

    def warning(self, block_id: str, action_id: str) -> str | None:
        """Slack's words beside an element whose click was not answered."""
        return self.warnings.get((block_id, action_id))

    def identity(self, *parts: str) -> str:
        """An id for the page's markup that is the same each time the place is drawn, whatever the app's ids contain."""
        digest = hashlib.sha256("\x00".join((self.key, *parts)).encode(errors="surrogatepass"))
        return f"e{digest.hexdigest()[:12]}"

    def gets_focus(self, block_id: str, action_id: str) -> bool:
        """Whether this field is where typing starts."""
        return self.focus == (block_id, action_id)


def _beside(key: str, warnings: Iterable[ElementWarning]) -> dict[tuple[str, str], str]:
    return {(one.block_id, one.action_id): one.text for one in warnings if one.place == key}

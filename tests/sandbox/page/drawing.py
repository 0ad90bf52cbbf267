"""Draws texts and blocks without a server, and reads HTML as a browser would."""

from collections.abc import Iterable
from dataclasses import dataclass, field
from datetime import UTC, datetime
from html.parser import HTMLParser
from typing import Any

from sandbox.slack.controls import normalised
from sandbox.slack.model import Channel, Person, UserGroup
from sandbox.slack.page.place import Place
from sandbox.slack.page.reader import Reader
from sandbox.slack.page.render import templates

Json = dict[str, Any]
NOW = datetime(2026, 3, 5, 15, 4, 7, tzinfo=UTC)
AIKO = Person(id="U0AIKO", name="agent", display_name="Aiko", real_name="Aiko Mori")
LENA = Person(id="U0LENA", name="lead1", display_name="Lena", real_name="Lena Brandt")
DESK = Person(id="U0DESK", name="desk", display_name="Desk", real_name="Desk", is_bot=True)
READER = Reader(
    me=AIKO.id,
    people={one.id: one for one in (AIKO, LENA, DESK)},
    groups={
        "S0SUPPORT": UserGroup(id="S0SUPPORT", handle="support-team", name="Support", members=(AIKO.id,)),
        "S0OLD": UserGroup(id="S0OLD", handle="old", name="Old", members=(AIKO.id,), disabled=True),
        "S0LEADS": UserGroup(id="S0LEADS", handle="leads", name="Leads", members=(LENA.id,)),
    },
    channels={"C0SUPPORT": Channel(id="C0SUPPORT", name="support")},
    origin="http://127.0.0.1:8377",
    zone=UTC,
    now=NOW,
)
TEMPLATES = templates()
VOID = frozenset({"br", "hr", "img", "input", "meta", "link"})


def draw(*blocks: Json, place: Place | None = None) -> str:
    """The HTML of blocks, as they stand in a message."""
    module = TEMPLATES.get_template("blocks.html").make_module({"reader": READER, "bot": DESK, "me": AIKO})
    drawn = module.draw(normalised(blocks), place or Place("1.000001"))  # type: ignore[attr-defined] # a macro
    return str(drawn)


@dataclass
class Page(HTMLParser):
    """What a browser would make of some HTML."""

    html: str
    tags: list[tuple[str, dict[str, str]]] = field(default_factory=list)
    words: str = ""
    unclosed: list[str] = field(default_factory=list)

    def __post_init__(self) -> None:
        super().__init__(convert_charrefs=True)
        self.feed(str(self.html))
        self.close()

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.tags.append((tag, {name: value or "" for name, value in attrs}))
        if tag not in VOID:
            self.unclosed.append(tag)
        elif tag == "br":
            self.words += "\n"

    def handle_endtag(self, tag: str) -> None:
        assert self.unclosed, f"</{tag}> closes nothing in {self.html}"
        assert self.unclosed.pop() == tag, f"</{tag}> closes something else in {self.html}"

    def handle_data(self, data: str) -> None:
        self.words += data

    def all(self, name: str) -> list[dict[str, str]]:
        """The attributes of every element of a kind."""
        return [attributes for tag, attributes in self.tags if tag == name]

    def one(self, name: str) -> dict[str, str]:
        """The attributes of the only element of a kind."""
        (found,) = self.all(name)
        return found

    def classes(self) -> set[str]:
        """Every class that is used."""
        return {one for _, attributes in self.tags for one in attributes.get("class", "").split()}

    @property
    def skeleton(self) -> list[tuple[str, tuple[str, ...]]]:
        """The elements with the names of their attributes: what no text may change."""
        return [(tag, tuple(sorted(attributes))) for tag, attributes in self.tags]


def harmless(page: Page, tags: Iterable[str]) -> None:
    """Fail if anything in the HTML could act, or is an element that should not be there."""
    assert {tag for tag, _ in page.tags} <= set(tags), page.html
    assert not page.unclosed, page.html
    for _, attributes in page.tags:
        assert not any(name.startswith("on") or name in ("style", "src", "srcdoc") for name in attributes), page.html
        address = attributes.get("href", "/")
        assert address.lower().startswith(("/", "http://", "https://", "mailto:", "tel:", "#")), page.html

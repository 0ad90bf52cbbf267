"""Slack's own text markup (mrkdwn), drawn as HTML in which nothing that people wrote can become active."""

import re
from functools import partial
from itertools import groupby
from typing import Final

from markupsafe import Markup, escape

from sandbox.slack.page import mentions
from sandbox.slack.page.reader import Reader
from sandbox.slack.page.shortcodes import SHORTCODE, emoji_named, with_emoji

_FENCE: Final = "```"
_CONTROL: Final = re.compile(r"<([^<>\n]+)>")
# Found first and set aside, so that the marks of bold, italic and strike inside them keep their place.
_ATOM: Final = re.compile(
    r"`(?P<code>[^`\n]+)`"
    r"|<(?P<control>[^<>\n]+)>"
    r"|(?P<emoji>:[a-z0-9_+'-]{1,64}:(?::skin-tone-[2-6]:)?)"
    r"|(?P<address>\bhttps?://(?:[.,;:!?'\")\]*_~]*[^\s<>|\x00.,;:!?'\")\]*_~])+)"
    r"|(?P<mail>(?<![\w.+-])[\w.+-]{1,64}@[\w-]{1,63}(?:\.[\w-]{1,63})+)"
)
# A mark opens before a word and closes after one; inside a word (`snake_case`) it is a character like any other.
_STYLED: Final = tuple(
    (
        re.compile(
            rf"(?<![^\W_]){mark}(?=[^\s{mark}])"
            rf"((?:[^\n{mark}]|(?<=[^\W_]){mark}(?=[^\W_]))+)(?<!\s){mark}(?![^\W_])"
        ),
        Markup(tag),  # noqa: S704 - the three tags stand in the next line but one
    )
    for mark, tag in (("\\*", "<strong>{}</strong>"), ("_", "<em>{}</em>"), ("~", "<s>{}</s>"))
)
_KEPT: Final = re.compile("\x00(\\d+)\x00")
_QUOTE: Final = re.compile(r"(?:>|&gt;) ?")
_LONG_QUOTE: Final = re.compile(r"^(?:>>>|(?:&gt;){3}) ?(.*)", re.DOTALL | re.MULTILINE)
_BULLET: Final = re.compile(r"[•◦‣▪–-] ")


def mrkdwn(text: str, reader: Reader, *, verbatim: bool = False) -> Markup:
    """A text as Slack would show it to the reader; `verbatim` leaves bare addresses alone."""
    return _Drawing(reader, verbatim=verbatim).text(text.replace("\x00", ""))


def plain_text(text: str, *, emoji: bool = True) -> Markup:
    """A text without markup: emoji and line breaks only."""
    return Markup("<br>").join(escape(with_emoji(line) if emoji else line) for line in text.split("\n"))


def decoded(text: str) -> str:
    """Slack's three entities as the characters that they stand for."""
    return text.replace("&lt;", "<").replace("&gt;", ">").replace("&amp;", "&")


class _Drawing:
    """One text on its way to HTML: what is finished already is set aside under a number between two NULs."""

    def __init__(self, reader: Reader, *, verbatim: bool) -> None:
        self.reader = reader
        self.verbatim = verbatim
        self.kept: list[Markup] = []

    def text(self, text: str) -> Markup:
        """The whole text: fences, then quotes, then what stands in a line."""
        text = self._without_fences(text)
        before, long_quote, after = self._split_long_quote(text)
        drawn = self._lines(before)
        if long_quote:
            drawn += Markup("<blockquote>{}</blockquote>").format(self._paragraph(after.split("\n")))
        return self._restored(drawn)

    def _without_fences(self, text: str) -> str:
        """Set aside what stands between each two fences, which takes the line breaks next to them with it."""
        pieces, at = list[str](), 0
        while True:
            begin = text.find(_FENCE, at)
            inside = begin + len(_FENCE)
            inside += text.startswith("\n", inside)
            # At least one character stands between two fences.
            end = text.find(_FENCE, inside + 1) if begin >= 0 else -1
            if end < 0:
                return "".join([*pieces, text[at:]])
            content = text[inside] + text[inside + 1 : end].removesuffix("\n")
            pieces += [text[at:begin].removesuffix("\n"), self._keep(self._fence(content))]
            at = end + len(_FENCE)
            at += text.startswith("\n", at)

    @staticmethod
    def _split_long_quote(text: str) -> tuple[str, bool, str]:
        found = _LONG_QUOTE.search(text)
        return (text[: found.start()].removesuffix("\n"), True, found[1]) if found else (text, False, "")

    def _keep(self, drawn: Markup) -> str:
        self.kept.append(drawn)
        return f"\x00{len(self.kept) - 1}\x00"

    def _restored(self, drawn: Markup) -> Markup:
        # What was set aside may itself hold things set aside before it, so the newest are put back first.
        text = str(drawn)
        while _KEPT.search(text):
            text = _KEPT.sub(lambda found: str(self.kept[int(found[1])]), text)
        return Markup(text)  # noqa: S704 - every piece was escaped where it was drawn

    def _fence(self, content: str) -> Markup:
        return Markup("<pre>{}</pre>").format(self._literal(content))

    def _literal(self, content: str) -> Markup:
        pieces: list[Markup] = []
        at = 0
        for found in _CONTROL.finditer(content):
            pieces.append(escape(decoded(content[at : found.start()])))
            shown = mentions.control(decoded(found[1]), self.reader)
            pieces.append(escape(found[0]) if shown is None else shown)
            at = found.end()
        pieces.append(escape(decoded(content[at:])))
        return Markup("").join(pieces)

    def _lines(self, text: str) -> Markup:
        drawn = Markup("")
        for quoted, lines in groupby(text.split("\n"), key=lambda line: bool(_QUOTE.match(line))):
            if quoted:
                bare = [_QUOTE.sub("", line, count=1) for line in lines]
                drawn += Markup("<blockquote>{}</blockquote>").format(self._paragraph(bare))
            else:
                drawn += self._paragraph(list(lines))
        return drawn

    def _paragraph(self, lines: list[str]) -> Markup:
        pieces = Markup("")
        for number, line in enumerate(lines):
            bullet = _BULLET.match(line)
            if bullet:
                pieces += Markup('<span class="bullet">{}</span>').format(self._line(line))
            else:
                pieces += self._line(line)
                pieces += Markup("<br>") if number < len(lines) - 1 else Markup("")
        return pieces

    def _line(self, line: str) -> Markup:
        return self._styled(_ATOM.sub(self._atom, line))

    def _atom(self, found: re.Match[str]) -> str:
        shown: Markup | None = None
        if found["code"]:
            shown = Markup("<code>{}</code>").format(self._literal(found["code"]))
        elif found["control"]:
            shown = mentions.control(decoded(found["control"]), self.reader)
        elif found["emoji"]:
            shown = self._emoji(found["emoji"])
        elif not self.verbatim:
            address = decoded(found[0])
            shown = mentions.link(address if found["address"] else f"mailto:{address}", address, self.reader)
        return found[0] if shown is None else self._keep(shown)

    @staticmethod
    def _emoji(shortcode: str) -> Markup | None:
        found = SHORTCODE.fullmatch(shortcode)
        drawn = emoji_named(found[1], found[2]) if found else None
        return Markup('<span class="emoji" title="{}">{}</span>').format(shortcode, drawn) if drawn else None

    def _styled(self, text: str) -> Markup:
        for pattern, tag in _STYLED:
            text = pattern.sub(partial(self._style, tag), text)
        return escape(decoded(text))

    def _style(self, tag: Markup, found: re.Match[str]) -> str:
        return self._keep(tag.format(self._styled(found[1])))

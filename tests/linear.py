"""Proves that a regular expression needs time in proportion to its text, however the text was made.

Python's `re` backtracks. Two things make that cost more than a text is long: a repeat that can give back what it took
to a later one, which then starts over; and a search that starts over at each place inside what a repeat has just read.
The proof here is a sufficient one: what it can't prove it names, and such a pattern is then written so that it can.
"""

import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from re import _constants as ops  # type: ignore[attr-defined] # Python's own reading of a pattern; typeshed has none
from re import _parser as parser  # type: ignore[attr-defined] # as above
from typing import Any

ALPHABET = frozenset(map(chr, range(256))) | set("Ωжשع中Ⅷ٣€\u2003\u200b\u2028İſK😀\N{REPLACEMENT CHARACTER}")
"""Every character that a pattern of ours tells from others, and one of each further kind."""

MANY = 256
"""A repeat that ends by this many characters costs no more than that at each place."""

Chars = frozenset[str]
Node = tuple[Any, Any]

_CATEGORIES = {
    ops.CATEGORY_DIGIT: r"\d",
    ops.CATEGORY_NOT_DIGIT: r"\D",
    ops.CATEGORY_SPACE: r"\s",
    ops.CATEGORY_NOT_SPACE: r"\S",
    ops.CATEGORY_WORD: r"\w",
    ops.CATEGORY_NOT_WORD: r"\W",
}
_WORD = frozenset(each for each in ALPHABET if re.match(r"\w", each))


@dataclass(frozen=True, slots=True)
class _Repeat:
    """An unbounded repeat on one way through a pattern, and the ways that follow it."""

    taken: Chars
    gives_back: bool
    rest: Sequence[Node]


class Unproven(Exception):
    """Why a pattern may need more time than its text is long."""


def prove(pattern: str, flags: int = 0, *, searches: bool) -> None:
    """Return if a pattern is linear. Raises `Unproven`. ``searches``: it may be tried at every place of a text."""
    read = parser.parse(pattern, flags)
    judge = _Judge(read.state.flags)
    for way in judge.ways(list(read)):
        judge.way(way, searches=searches)


class _Judge:
    def __init__(self, flags: int) -> None:
        self.flags = flags

    def way(self, way: Sequence[Node], *, searches: bool) -> None:
        """Judge one way through a pattern: a sequence without alternatives at its top."""
        repeats = list(self._repeats(way))
        loose = [each for each in repeats if each.gives_back]
        for each in loose:
            if any(True for _ in self._repeats(each.rest)):
                raise Unproven("a repeat can give back what a later one reads again")
        if searches and not self._anchored(way):
            costly = [each for each in repeats if self._can_fail(each.rest)]
            inside = frozenset().union(*(each.taken for each in costly))
            if all(inside & each for each in self._starts(way)):
                raise Unproven("a search can begin again inside what a repeat has read")

    def ways(self, nodes: Sequence[Node]) -> Iterator[list[Node]]:
        """Every way through the alternatives at the top of a sequence, groups opened."""
        for place, (kind, held) in enumerate(nodes):
            before, after = list(nodes[:place]), list(nodes[place + 1 :])
            if kind is ops.BRANCH:
                for one in held[1]:
                    yield from self.ways([*before, *one, *after])
                return
            if kind is ops.SUBPATTERN:
                yield from self.ways([*before, *held[3], *after])
                return
            if kind in (ops.MAX_REPEAT, ops.MIN_REPEAT) and held[1] == 1:
                yield from self.ways([*before, *held[2], *after])
                if held[0] == 0:
                    yield from self.ways([*before, *after])
                return
        yield list(nodes)

    def _repeats(self, way: Sequence[Node]) -> Iterator[_Repeat]:
        for place, (kind, held) in enumerate(way):
            rest = way[place + 1 :]
            if kind in (ops.MAX_REPEAT, ops.MIN_REPEAT, ops.POSSESSIVE_REPEAT):
                _, most, body = held
                inner = list(body)
                if most is not ops.MAXREPEAT and most * self._longest(inner) <= MANY:
                    continue
                if self._is_empty(inner):
                    raise Unproven("a repeat of nothing")
                self._tell_apart(inner, rest)
                taken = self._all(inner)
                gives_back = kind is not ops.POSSESSIVE_REPEAT and bool(self._first(inner) & self._next(rest))
                yield _Repeat(taken=taken, gives_back=gives_back, rest=rest)
            elif kind in (ops.ASSERT, ops.ASSERT_NOT) and self._longest(list(held[1])) > MANY:
                raise Unproven("a look ahead or behind without a bound")

    def _tell_apart(self, body: Sequence[Node], rest: Sequence[Node]) -> None:
        """Make sure that each character decides how a repeat goes on, so that its text can be read in one way only."""
        seen: Chars = frozenset()
        for way in self.ways(body):
            first = self._first(way)
            if seen & first:
                raise Unproven("alternatives in a repeat that begin alike")
            seen |= first
            for place, (kind, held) in enumerate(way):
                if kind in (ops.MAX_REPEAT, ops.MIN_REPEAT, ops.POSSESSIVE_REPEAT) and held[0] != held[1]:
                    follows = [*way[place + 1 :], *body, *rest]
                    if self._all(list(held[2])) & self._next(follows):
                        raise Unproven("a repeat in a repeat that can be told apart in several ways")
                    self._tell_apart(list(held[2]), follows)

    def _can_fail(self, rest: Sequence[Node]) -> bool:
        return any(not self._is_empty([each]) or each[0] in (ops.ASSERT, ops.ASSERT_NOT, ops.AT) for each in rest)

    def _anchored(self, way: Sequence[Node]) -> bool:
        kind, held = way[0] if way else (None, None)
        return kind is ops.AT and (
            held is ops.AT_BEGINNING_STRING or (held is ops.AT_BEGINNING and not self.flags & re.MULTILINE)
        )

    def _starts(self, way: Sequence[Node]) -> Iterator[Chars]:
        """The characters on which a search may begin, and those behind which it may. It begins where all hold."""
        first = self._next(way)
        yield first
        for kind, held in way:
            if kind is ops.AT and held is ops.AT_BOUNDARY and first <= _WORD:
                yield ALPHABET - _WORD
            elif kind is ops.ASSERT_NOT and held[0] < 0 and len(held[1]) == 1:
                yield ALPHABET - self._chars(held[1][0])
            elif kind is ops.ASSERT and held[0] < 0:
                yield self._chars(held[1][-1])
            elif kind not in (ops.AT, ops.ASSERT, ops.ASSERT_NOT):
                break

    def _next(self, rest: Sequence[Node]) -> Chars:
        """What may come next: nothing at the end, whatever stands behind what may be empty."""
        found: Chars = frozenset()
        for each in rest:
            found |= self._first([each])
            if not self._is_empty([each]):
                break
        return found

    def _first(self, nodes: Sequence[Node]) -> Chars:
        found: Chars = frozenset()
        for way in self.ways(nodes):
            for kind, held in way:
                if kind in (ops.MAX_REPEAT, ops.MIN_REPEAT, ops.POSSESSIVE_REPEAT):
                    found |= self._first(list(held[2]))
                elif kind in (ops.AT, ops.ASSERT, ops.ASSERT_NOT):
                    continue
                else:
                    found |= self._chars((kind, held))
                if not self._is_empty([(kind, held)]):
                    break
        return found

    def _all(self, nodes: Sequence[Node]) -> Chars:
        found: Chars = frozenset()
        for way in self.ways(nodes):
            for kind, held in way:
                if kind in (ops.MAX_REPEAT, ops.MIN_REPEAT, ops.POSSESSIVE_REPEAT):
                    found |= self._all(list(held[2]))
                elif kind not in (ops.AT, ops.ASSERT, ops.ASSERT_NOT):
                    found |= self._chars((kind, held))
        return found

    def _is_empty(self, nodes: Sequence[Node]) -> bool:
        """Whether nodes can match the empty text."""
        return self._shortest(nodes) == 0

    def _shortest(self, nodes: Sequence[Node]) -> int:
        return min(sum(self._span(each)[0] for each in way) for way in self.ways(nodes))

    def _longest(self, nodes: Sequence[Node]) -> int:
        return max(sum(self._span(each)[1] for each in way) for way in self.ways(nodes))

    def _span(self, node: Node) -> tuple[int, int]:
        kind, held = node
        if kind in (ops.AT, ops.ASSERT, ops.ASSERT_NOT):
            return 0, 0
        if kind in (ops.MAX_REPEAT, ops.MIN_REPEAT, ops.POSSESSIVE_REPEAT):
            least, most, body = held
            bound = 10**9 if most is ops.MAXREPEAT else most
            return least * self._shortest(list(body)), bound * self._longest(list(body))
        return 1, 1

    def _chars(self, node: Node) -> Chars:
        kind, held = node
        match kind:
            case ops.LITERAL:
                found = _either_case(chr(held)) if self.flags & re.IGNORECASE else frozenset(chr(held))
                return frozenset(found & ALPHABET) or frozenset(found)
            case ops.NOT_LITERAL:
                return ALPHABET - self._chars((ops.LITERAL, held))
            case ops.ANY:
                return ALPHABET if self.flags & re.DOTALL else ALPHABET - {"\n"}
            case ops.IN:
                negated = held[0][0] is ops.NEGATE
                some = frozenset[str]().union(*(self._member(each) for each in held[negated:]))
                return ALPHABET - some if negated else some
        raise Unproven(f"nothing is known of {kind}")

    def _member(self, node: Node) -> Chars:
        kind, held = node
        match kind:
            case ops.RANGE:
                inside = frozenset(each for each in ALPHABET if held[0] <= ord(each) <= held[1])
                return frozenset().union(*map(_either_case, inside)) if self.flags & re.IGNORECASE else inside
            case ops.CATEGORY:
                ascii_only = self.flags & re.ASCII
                return frozenset(each for each in ALPHABET if re.match(_CATEGORIES[held], each, ascii_only))
        return self._chars(node)


def _either_case(character: str) -> Chars:
    return frozenset({character, character.lower(), character.upper()})

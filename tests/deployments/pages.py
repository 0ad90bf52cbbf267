"""What the files say that somebody follows: a page's commands, a Dockerfile's steps, a unit's lines."""

import json
import re
import shlex
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from fnmatch import fnmatchcase

_BLOCK = re.compile(r"^( *)<!-- tried: ([\w-]+) -->\n\1```sh\n(.*?)^\1```$", re.MULTILINE | re.DOTALL)


def tried(page: str) -> dict[str, str]:
    """Return the commands of a page that are marked to be tried, by the names in their marks."""
    return {name: re.sub(rf"^{indent}", "", text, flags=re.MULTILINE) for indent, name, text in _BLOCK.findall(page)}


@dataclass(frozen=True, slots=True)
class Step:
    """One instruction of a Dockerfile: its name in capitals, and what follows it."""

    name: str
    text: str

    @property
    def words(self) -> list[str]:
        """What follows it, as a shell would split it; of a JSON list its items."""
        return [str(each) for each in json.loads(self.text)] if self.text.startswith("[") else shlex.split(self.text)


def stages(dockerfile: str) -> list[list[Step]]:
    """Return a Dockerfile's stages, each beginning with its ``FROM``; the ``ARG`` before the first is left out."""
    lines = [line for line in dockerfile.splitlines() if not line.lstrip().startswith("#")]
    steps = [Step(*line.split(maxsplit=1)) for line in "\n".join(lines).replace("\\\n", " ").splitlines() if line]
    found: list[list[Step]] = []
    for step in steps:
        if step.name == "FROM":
            found.append([])
        if found:
            found[-1].append(step)
    return found


def let_in(ignore: str, paths: Iterable[str]) -> list[str]:
    """Return the paths that a ``.dockerignore`` leaves; the last pattern that fits a path or its folder counts."""
    patterns = [line for line in ignore.splitlines() if line and not line.startswith("#")]
    return [path for path in paths if not _is_ignored(path, patterns)]


def _is_ignored(path: str, patterns: Sequence[str]) -> bool:
    parts = path.split("/")
    ignored = False
    for pattern in patterns:
        bare = pattern.removeprefix("!")
        if any(_fits("/".join(parts[:n]), bare) for n in range(1, len(parts) + 1)):
            ignored = not pattern.startswith("!")
    return ignored


def _fits(path: str, pattern: str) -> bool:
    if pattern.startswith("**/"):
        return fnmatchcase(path.rpartition("/")[2], pattern.removeprefix("**/"))
    return path.count("/") == pattern.count("/") and fnmatchcase(path, pattern)


def unit(text: str) -> dict[str, list[str]]:
    """Return a unit's lines by their names, whatever their section; a name may have several."""
    found: dict[str, list[str]] = {}
    for line in text.splitlines():
        name, equals, value = line.partition("=")
        if equals and not line.startswith("#"):
            found.setdefault(name, []).append(value)
    return found


def environment(lines: Iterable[str]) -> Mapping[str, str]:
    """Return what lines such as ``NAME=value`` set."""
    return {name: value for name, _, value in (line.partition("=") for line in lines) if name}

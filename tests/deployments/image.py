"""The image made by its Dockerfile's steps on a bare Debian, and run as a container would be."""

import shutil
from collections.abc import Mapping, Sequence
from pathlib import Path

from tests.deployments.database import postgresql
from tests.deployments.pages import Step, environment, let_in, stages
from tests.deployments.room import Confined, Room
from tests.deployments.support import Support
from tests.deployments.trials import QUIET, Trials, answers_and_ends, run

_HEALTH = '\n[health]\nlisten = "127.0.0.1:8080"\n'
_CERTIFICATES = "/opt/desk/certificates"


def make_and_run(trials: Trials, team: Support, bare: Room, folder: Path) -> None:
    """Do what the Dockerfile says, step by step; then run what it has made, as a container would be."""
    checkout = folder / "checkout"
    tracked = run(["git", "-C", str(checkout), "ls-files"])
    context = let_in((checkout / ".dockerignore").read_text("utf-8"), tracked.splitlines())
    built: dict[str, Room] = {}
    for number, steps in enumerate(stages((checkout / "deploy/Dockerfile").read_text("utf-8"))):
        room, image = bare.copy(folder / f"stage-{number}"), Image()
        built[steps[0].words[-1]] = room
        for step in steps[1:]:
            image.take(step, room, built, (checkout, context))
    trials.well(f"the Dockerfile: its steps, on a bare Debian; {_size(room) - _size(bare)} MB more than that has")
    for unwanted in ("sandbox", "pip", "setuptools", "moto", "pytest"):
        assert not list(room.path.glob(f"opt/desk/lib/*/site-packages/{unwanted}")), unwanted
    assert image.user, "the image runs as root"

    settings = team.filled_in((checkout / "desk.example.toml").read_text("utf-8"))
    held = image.confined({**team.environ, "DESK_CONFIG_TEXT": settings + _HEALTH})
    code, said = room.run([*image.entry, "doctor"], held)
    assert code == 0, said
    trials.well("the image: the doctor finds no problem, on a root file system that can only be read")
    answers_and_ends(team, room, [*image.entry, *image.command], held, healthy=image.check)
    trials.well("the image: it answers /cognito-check, its health check finds it well, and it ends when asked to")
    code, _ = room.run(image.check, held)
    assert code == 1, "the health check finds a desk well that doesn't run"
    with postgresql(bare.copy(folder / "database")) as database:
        shutil.copy(database.certificate, _in(room, f"{_CERTIFICATES}/rds.pem"))
        elsewhere = image.confined(
            {**held.environ, **database.environ(f"{_CERTIFICATES}/rds.pem")}, writes_nowhere=True
        )
        answers_and_ends(team, room, [*image.entry, *image.command], elsewhere, healthy=image.check)
        code, said = room.run([*image.entry, "doctor"], elsewhere)
        assert code == 0, said
        assert database.password not in said
        trials.well("the image: the same with PostgreSQL, its certificate checked, and no place at all to write to")
        distrustful = dict(elsewhere.environ)
        distrustful["DESK_DATABASE_URL"] = distrustful["DESK_DATABASE_URL"].replace("rds.pem", "README.md")
        code, said = room.run([*image.entry, *image.command], image.confined(distrustful))
        assert (code, database.password in said) == (2, False), said
        trials.well("the image: it gives no password to a PostgreSQL whose certificate it doesn't know")
    code, said = room.run([*image.entry, *image.command], image.confined(team.environ))
    assert (code, "desk.toml: can't be read" in said) == (2, True), said
    trials.well("the image: without settings it ends with exit code 2 and says what is missing")


class Image:
    """What a Dockerfile's steps have set so far."""

    def __init__(self) -> None:
        self.environ: dict[str, str] = {}
        self._arguments: dict[str, str] = {}
        self.folder, self.user = "/", ""
        self.entry, self.command, self.check = list[str](), list[str](), list[str]()

    def take(self, step: Step, room: Room, built: dict[str, Room], context: tuple[Path, Sequence[str]]) -> None:
        """Do one step. Raises `SystemExit` for one that nobody has taught it."""
        match step.name:
            case "RUN":
                room.sh(step.text, folder=self.folder, environ={**QUIET, **self._arguments, **self.environ})
            case "COPY":
                self._copy(step.words, room, built, context)
            case "ENV":
                self.environ |= environment(step.words)
            case "ARG":
                # It is there for the steps alone, not in a container of the image.
                self._arguments |= environment(step.words)
            case "WORKDIR":
                self.folder = step.text
                _in(room, self.folder).mkdir(parents=True, exist_ok=True)
            case _:
                self._keep(step)

    def _keep(self, step: Step) -> None:
        """Take note of a step that says how a container of the image runs."""
        match step.name:
            case "USER":
                self.user = step.text
            case "ENTRYPOINT":
                self.entry = step.words
            case "CMD":
                self.command = step.words
            case "HEALTHCHECK":
                self.check = Step("CMD", step.text.partition(" CMD ")[2].strip()).words
            case "STOPSIGNAL":
                assert step.text == "SIGTERM", step.text
            case "VOLUME":
                # A room has a folder for temporary files of its own, wherever there is a place to write to.
                assert step.text == '["/tmp"]', step.text
            case other:
                raise SystemExit(f"deploy/Dockerfile: nobody has taught this trial what {other} does")

    def confined(self, environ: Mapping[str, str], *, writes_nowhere: bool = False) -> Confined:
        """Return how a container of it is held, with further variables."""
        user, _, group = self.user.partition(":")
        return Confined(
            user=int(user),
            group=int(group),
            folder=self.folder,
            environ={**self.environ, **environ},
            writable="" if writes_nowhere else "/var/lib/cognito-desk",
        )

    def _copy(self, words: list[str], room: Room, built: dict[str, Room], context: tuple[Path, Sequence[str]]) -> None:
        *options, source, target = words
        if options:
            [stage] = options
            shutil.copytree(_in(built[stage.removeprefix("--from=")], source), _in(room, target), symlinks=True)
            return
        folder, paths = context
        source = source.removesuffix("/")
        found = [path for path in paths if source == "." or path == source or path.startswith(f"{source}/")]
        assert found, f"COPY {source}: .dockerignore lets nothing of it in"
        for path in found:
            inside = path if source == "." else path.removeprefix(source).lstrip("/") or Path(path).name
            copy = _in(room, self.folder if target == "./" else target) / inside
            copy.parent.mkdir(parents=True, exist_ok=True)
            shutil.copy(folder / path, copy)


def _in(room: Room, path: str) -> Path:
    return room.path / path.lstrip("/")


def _size(room: Room) -> int:
    """Return a room's size in MB."""
    return int(run(["du", "-sxm", str(room.path)]).split()[0])

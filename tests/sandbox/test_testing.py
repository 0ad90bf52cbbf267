"""How the sandbox is built: no module stands on another in a circle, and who tests with it needs one module of it."""

import ast
from collections.abc import Iterator
from pathlib import Path

import grimp
import pytest

from sandbox import testing

ROOT = Path(__file__).parents[2]


def imported_by(path: Path) -> Iterator[str]:
    for node in ast.walk(ast.parse(path.read_text("utf-8"))):
        if isinstance(node, ast.ImportFrom) and node.module and not node.level:
            yield from (f"{node.module}.{one.name}" for one in node.names)
        elif isinstance(node, ast.Import):
            yield from (one.name for one in node.names)


@pytest.mark.parametrize("at_run_time_only", [True, False])
def test_no_module_stands_on_another_in_a_circle_not_even_for_its_types(at_run_time_only: bool) -> None:
    graph = grimp.build_graph("sandbox", exclude_type_checking_imports=at_run_time_only, cache_dir=None)
    packages = {name for name in graph.modules if graph.find_children(name)}
    circles = {package: graph.nominate_cycle_breakers(package) for package in packages}

    assert {package: found for package, found in circles.items() if found} == {}


def test_tests_of_anything_else_import_the_one_module_that_is_for_them() -> None:
    own = ROOT / "tests" / "sandbox"
    found = {
        f"{path.relative_to(ROOT)}: {name}"
        for path in (ROOT / "tests").rglob("*.py")
        if own not in path.parents
        for name in imported_by(path)
        if name.startswith("sandbox.") and not name.startswith("sandbox.testing.")
    }

    assert found == set()


def test_what_is_for_tests_explains_itself() -> None:
    public = {name: getattr(testing, name) for name in testing.__all__}
    explained = {name: one for name, one in public.items() if callable(one) and hasattr(one, "__module__")}
    own = {name for name, one in explained.items() if one.__module__.startswith("sandbox.")}

    assert {name for name in own if not explained[name].__doc__} == set()

"""Imports go down only: an AST walk of the package against the layers of the design."""

from __future__ import annotations

import ast
from collections.abc import Iterator
from functools import cache
from pathlib import Path
from typing import NamedTuple

import pytest

import conformance

PACKAGE = Path(conformance.__file__).parent

ROOMS = {
    "core": {"core"},
    "errors": set(),
    "pipeline": {"core"},
    "protocols": {"core"},
    "rules": {"core"},
    "render": {"core"},
    "edge": {"core", "errors"},
    "catalogue": {"core", "errors", "pipeline", "protocols", "rules", "render", "edge"},
    "library": {"core", "errors", "pipeline", "protocols", "rules", "render", "edge", "catalogue"},
}
ROOMS["suite"] = {*ROOMS["library"]}
ROOMS["targets"] = {*ROOMS["suite"], "suite"}
ROOMS["vcr"] = {"core", "errors", "edge"}
ROOMS["museum"] = {*ROOMS["library"], "library"}
ROOMS["gateways"] = {*ROOMS["museum"], "museum", "suite"}
ROOMS["docs"] = {*ROOMS["museum"], "museum"}
ROOMS["cli"] = {*ROOMS["targets"], "targets", "library", "museum", "gateways", "docs"}
ROOMS["pytest_plugin"] = {*ROOMS["cli"], "cli"}
ROOMS["reference"] = {"cli"}
ROOMS["docs"] |= {"reference"}
"""Room -> the rooms that it may import beside itself. `__version__` is everybody's."""

HOMES = {"protocols", "rules"}
"""Rooms whose folders do not know each other."""

WORLDLY = {
    "asyncio", "click", "http", "httpx", "multiprocessing", "os", "pathlib", "secrets", "selectors", "signal", "socket",
    "ssl", "subprocess", "tempfile", "threading", "time", "urllib", "yaml",
}  # fmt: skip
"""What the core may not import: sockets, files, clocks, the environment, threads."""


class Import(NamedTuple):
    source: str
    line: int
    target: str


def modules() -> list[Path]:
    return sorted(path for path in PACKAGE.rglob("*.py") if "__pycache__" not in path.parts)


def name_of(path: Path) -> str:
    parts = path.relative_to(PACKAGE.parent).with_suffix("").parts
    return ".".join(parts[:-1] if parts[-1] == "__init__" else parts)


def imports(path: Path) -> Iterator[Import]:
    """Every import of a file, the lazy ones too, with relative ones made absolute; `from a import b` is `a.b`."""
    source = name_of(path)
    package = source if path.stem == "__init__" else source.rpartition(".")[0]
    for node in ast.walk(ast.parse(path.read_text(encoding="utf-8"))):
        if isinstance(node, ast.Import):
            yield from (Import(source, node.lineno, alias.name) for alias in node.names)
        elif isinstance(node, ast.ImportFrom):
            base = package.split(".")[: len(package.split(".")) - node.level + 1] if node.level else []
            start = ".".join([*base, *([node.module] if node.module else [])])
            yield from (Import(source, node.lineno, f"{start}.{alias.name}") for alias in node.names)


def room(name: str) -> str | None:
    """The room of a module of ours: `core`, `edge`; None for the package itself and for others' modules."""
    parts = name.split(".")
    return parts[1] if parts[0] == "conformance" and len(parts) > 1 else None


@cache
def ours() -> list[Import]:
    return [found for path in modules() for found in imports(path)]


def test_imports_go_down_only() -> None:
    wrong = [
        f"{found.source}:{found.line} imports {found.target}"
        for found in ours()
        if (here := room(found.source)) in ROOMS
        and (there := room(found.target)) not in (None, here, "__version__")
        and there not in ROOMS[here]
    ]
    assert wrong == []


def test_every_room_has_a_place_in_the_table() -> None:
    rooms = {room(name_of(path)) for path in modules()} - {None, "__main__"}
    assert rooms <= set(ROOMS), "name the new room in ROOMS, and say what it may import"


@pytest.mark.parametrize("home", sorted(HOMES))
def test_folders_of_one_room_do_not_know_each_other(home: str) -> None:
    wrong = []
    for found in ours():
        source, target = found.source.split("."), found.target.split(".")
        inside = source[:2] == target[:2] == ["conformance", home] and len(source) > 2 and len(target) > 2
        if inside and source[2] != target[2]:
            wrong.append(f"{found.source}:{found.line} imports {found.target}")
    assert wrong == []


def test_renderers_share_words_but_no_form_knows_another_but_by_its_words() -> None:
    forms = {path.stem for path in (PACKAGE / "render").glob("[a-z]*.py")}
    edges = {
        (found.source.split(".")[2], found.target.split(".")[2])
        for found in ours()
        if room(found.source) == room(found.target) == "render" and len(found.source.split(".")) > 2
    }
    between = {(a, b) for a, b in edges if a in forms and b in forms}
    assert between <= {("markdown", "table")}, "put what is shared into a module with a leading underscore"


def test_the_core_touches_nothing_of_the_world() -> None:
    wrong = [
        f"{found.source}:{found.line} imports {found.target}"
        for found in ours()
        if room(found.source) == "core" and found.target.split(".")[0] in WORLDLY
    ]
    assert wrong == []


def test_only_the_edge_and_the_commands_know_the_network() -> None:
    network = {"asyncio", "socket", "ssl", "httpx", "httpcore", "httptools", "selectors"}
    wrong = [
        f"{found.source}:{found.line} imports {found.target}"
        for found in ours()
        if found.target.split(".")[0] in network and room(found.source) not in ("edge", "cli", "pytest_plugin")
    ]
    assert wrong == []


def test_the_walk_sees_imports_inside_functions() -> None:
    """The walk would prove nothing if it missed the lazy imports."""
    lazy = [found for found in imports(PACKAGE / "library.py") if found.target == "conformance.edge.load.load"]
    assert len(lazy) == 1

"""A pytest of its own, in a folder of its own, with the plugin, whether the package is installed or not."""

from __future__ import annotations

from collections.abc import Callable
from importlib import import_module
from importlib.metadata import entry_points
from pathlib import Path
from shutil import copy

import pytest

import conformance
from conformance import catalogue

ROOT = catalogue.PACKAGE.parent
BUILTIN = catalogue.data_folder("cassettes") / "openai-chat" / "builtin"
BY_NAME = ["-p", "conformance.pytest_plugin", "-W", "ignore::pytest.PytestAssertRewriteWarning"]
OURS = [
    *([] if entry_points(group="pytest11", name="conformance") else BY_NAME),
    "-p",
    "no:cacheprovider",
    "-p",
    "no:hypothesispytest",
]
"""What every inner run is given. (hypothesis is imported again for every failure; nothing here needs it.)"""
Inner = Callable[..., pytest.RunResult]


@pytest.fixture(scope="session")
def loaded() -> None:
    """What inner runs import is forgotten behind each, unless it was here before: so it is here before."""
    for name in ("cli.run_sessions", "cli.settled", "edge.proxy", "edge.runner", "museum", "render._excerpt"):
        import_module(f"conformance.{name}")
    conformance.check(conformance.load(BUILTIN / "text.yaml")[0])
    catalogue.rules()


@pytest.fixture
def inner(loaded: None, pytester: pytest.Pytester, monkeypatch: pytest.MonkeyPatch) -> Inner:
    """Runs an inner pytest in this process: `inner("-k", "x")`."""
    monkeypatch.delenv("COLUMNS", raising=False)
    return lambda *arguments: pytester.runpytest_inprocess(*OURS, *map(str, arguments))


@pytest.fixture
def apart(pytester: pytest.Pytester, monkeypatch: pytest.MonkeyPatch) -> Inner:
    """Runs an inner pytest in a process of its own."""
    monkeypatch.setenv("PYTHONPATH", str(ROOT))
    return lambda *arguments: pytester.runpytest_subprocess(*OURS, *map(str, arguments), timeout=120)


@pytest.fixture
def builtin(pytester: pytest.Pytester) -> Callable[..., Path]:
    """Copies a built-in recording into the inner folder: `builtin("tools", "sub/tools.cassette.yaml")`."""

    def take(name: str, to: str) -> Path:
        path: Path = pytester.path / to
        path.parent.mkdir(parents=True, exist_ok=True)
        copy(BUILTIN / f"{name}.yaml", path)
        return path

    return take

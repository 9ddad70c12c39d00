"""The distribution: what it declares is what it uses, and what it needs travels with it."""

from __future__ import annotations

import ast
import importlib.util
import re
import subprocess
import sys
import tomllib
import zipfile
from importlib.metadata import PackageNotFoundError, entry_points, version
from pathlib import Path

import pytest

import conformance
from conformance import catalogue

ROOT = catalogue.PACKAGE.parent
PROJECT = tomllib.loads((ROOT / "pyproject.toml").read_text(encoding="utf-8"))
NAME = PROJECT["project"]["name"]
DISTRIBUTIONS = {
    "httpx_sse": "httpx-sse",
    "jinja2": "Jinja2",
    "jsonschema_rs": "jsonschema-rs",
    "prometheus_client": "prometheus-client",
    "yaml": "PyYAML",
}
"""Import name -> distribution, where they differ."""
COMES_WITH = {
    "referencing": "jsonschema",
    "httpcore": "httpx",
    "h2": "httpx",
    "markupsafe": "Jinja2",
    "anyio": "httpx",
    "ssl": "httpx",
}
"""Imports of what a declared dependency itself is built on."""
OPTIONAL = {"numpy": "numpy", "vcr": "vcrpy", "pytest": "pytest"}
"""Imports that only run where an extra is installed."""


def declared(requirements: list[str]) -> set[str]:
    return {re.split(r"[\[<>=~! ;]", line)[0] for line in requirements}


def imported() -> set[str]:
    """Top-level names of other people's packages that the package imports anywhere."""
    found = set()
    for path in catalogue.PACKAGE.rglob("*.py"):
        for node in ast.walk(ast.parse(path.read_text(encoding="utf-8"))):
            if isinstance(node, ast.Import):
                found |= {alias.name.partition(".")[0] for alias in node.names}
            elif isinstance(node, ast.ImportFrom) and not node.level and node.module:
                found.add(node.module.partition(".")[0])
    return found - set(sys.stdlib_module_names) - {"conformance"}


def test_what_is_imported_is_declared() -> None:
    dependencies = declared(PROJECT["project"]["dependencies"])
    for name in imported() - set(OPTIONAL):
        assert DISTRIBUTIONS.get(name, COMES_WITH.get(name, name)) in dependencies, name


def test_what_is_declared_is_imported() -> None:
    used = {DISTRIBUTIONS.get(name, name) for name in imported()}
    assert declared(PROJECT["project"]["dependencies"]) <= used


def test_a_page_says_why_each_dependency_is_there() -> None:
    text = (ROOT / "docs" / "dependencies.md").read_text(encoding="utf-8")
    for name in declared(PROJECT["project"]["dependencies"]):
        assert f"**{name}**" in text, name


def test_the_command_is_installed_and_the_version_is_one() -> None:
    try:
        assert version(NAME) == conformance.__version__
    except PackageNotFoundError:
        pytest.skip("the package is not installed here; README.md's test command installs it")
    (command,) = entry_points(group="console_scripts", name="conformance")
    assert command.value == PROJECT["project"]["scripts"]["conformance"]
    assert callable(command.load())


def test_data_beside_the_package_is_found() -> None:
    for name in PROJECT["tool"]["hatch"]["build"]["targets"]["wheel"]["force-include"]:
        assert catalogue.data_folder(name).is_dir()


def test_the_package_says_that_it_is_typed() -> None:
    assert (catalogue.PACKAGE / "py.typed").exists()


BUILDER = importlib.util.find_spec("hatchling")


@pytest.mark.skipif(BUILDER is None, reason="hatchling is not installed; .ci/run builds the wheel, too")
def test_the_wheel_holds_code_data_and_licence(tmp_path: Path) -> None:
    asked = [sys.executable, "-m", "hatchling", "build", "-t", "wheel", "-d", str(tmp_path)]
    told = subprocess.run(asked, cwd=ROOT, capture_output=True, text=True, timeout=300, check=False)
    assert told.returncode == 0, told.stderr
    (wheel,) = tmp_path.glob("*.whl")
    names = set(zipfile.ZipFile(wheel).namelist())
    templates = (catalogue.PACKAGE / "render" / "templates").iterdir()
    code = (*catalogue.PACKAGE.rglob("*.py"), *catalogue.PACKAGE.rglob("*.toml"), catalogue.PACKAGE / "py.typed")
    for path in (*code, *templates):
        assert path.relative_to(ROOT).as_posix() in names
    for folder in ("schemas", "cassettes"):
        for path in (ROOT / folder).rglob("*"):
            if path.suffix in (".json", ".yaml"):
                assert f"conformance/{path.relative_to(ROOT).as_posix()}" in names
    assert any(name.endswith("licenses/LICENSE") for name in names)
    assert not [name for name in names if "__pycache__" in name or name.startswith("tests/")]

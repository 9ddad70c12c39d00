"""The pytest plugin: recordings as servers, as assertions and as tests; a whole suite asked of a live target.

    conformance_server, conformance_session_server     play recordings, with faults
    conformance_record                                 record what the code under test asks of a URL
    assert_conforms                                    a stream or a cassette conforms, or the test says what is wrong
    @pytest.mark.conformance_cassettes(...)            one test per cassette, in the argument `cassette`
    @pytest.mark.conformance_scenarios(...)            one test per scenario, in the argument `scenario`
    pytest --conformance-target URL                    one test per scenario and rule
    pytest --conformance-cassettes                     every *.cassette.yaml is a test

Law: pytest loads this file in every session where the package is installed. So nothing but pytest is imported here, and
what is not asked for does nothing. "We could not tell" is a skip or an error, never a pass. docs/pytest.md is the page.
"""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Any

import pytest

if TYPE_CHECKING:
    from .asserting import assert_conforms
    from .target import Suite

__all__ = ["assert_conforms"]

LEVELS = ("error", "warning", "note")
CASSETTES = ("*.cassette.yaml", "*.cassette.yml", "*.cassette.json")
"""What `--conformance-cassettes` collects where the ini option names nothing else."""
_MARKERS = (
    "conformance_cassettes(*paths): run the test once per cassette, in its argument `cassette`.",
    "conformance_scenarios(protocol, *names): run the test once per scenario, in its argument `scenario`.",
    "conformance: a test that --conformance-target or --conformance-cassettes made.",
)
_SUITE: pytest.StashKey[Suite] = pytest.StashKey()


def __getattr__(name: str) -> Any:
    """`from conformance.pytest_plugin import assert_conforms`, loaded when it is asked for."""
    if name == "assert_conforms":
        from .asserting import assert_conforms

        return assert_conforms
    raise AttributeError(f"module {__name__!r} has no attribute {name!r}")


def pytest_addoption(parser: pytest.Parser) -> None:
    """The options, all under one heading of `pytest --help`."""
    group = parser.getgroup("conformance", "conformance (event streams of LLM APIs)")
    add = group.addoption
    add("--conformance-target", metavar="URL|NAME", help="Ask this target every scenario: a test for each rule.")
    add("--conformance-protocol", action="append", default=[], metavar="NAME", help="Protocol to speak; repeatable.")
    add("--conformance-scenario", action="append", default=[], metavar="NAME", help="Only this one; repeatable.")
    add("--conformance-model", metavar="NAME", help="Model to ask for. Default: the target's usual one.")
    add("--conformance-key-env", metavar="VAR", help="Variable that holds the key.")
    add("--conformance-dialect", metavar="NAME", help="Provider's dialect, a .toml file, or 'strict'.")
    add("--conformance-output", metavar="DIR", help="Keep what the target answered in this new folder.")
    add("--conformance-fail-on", choices=LEVELS, default="error", help="Lowest level that fails. Default: error.")
    add("--conformance-cassettes", action="store_true", help="Every *.cassette.yaml is a test: does it conform?")
    what = "Files that are tests, as in: tests/cassettes/*.yaml. Paths from the rootdir, or names; none: no files."
    parser.addini("conformance_cassettes", what, type="args", default=[])


def pytest_configure(config: pytest.Config) -> None:
    """Registers the markers and the fixtures, and the suite where a target is named."""
    from . import fixtures

    for line in _MARKERS:
        config.addinivalue_line("markers", line)
    config.pluginmanager.register(fixtures, "conformance-fixtures")
    if config.getoption("conformance_target"):
        from .target import Suite

        config.stash[_SUITE] = Suite(config)


def pytest_generate_tests(metafunc: pytest.Metafunc) -> None:
    """Spreads a marked test over cassettes or scenarios."""
    if not {"cassette", "scenario"}.isdisjoint(metafunc.fixturenames):
        from .spreading import spread

        spread(metafunc)


def pytest_collect_file(file_path: Path, parent: pytest.Collector) -> pytest.Collector | None:
    """A cassette that is a test."""
    if file_path.suffix not in (".yaml", ".yml", ".json"):
        return None
    patterns = parent.config.getini("conformance_cassettes")
    if not patterns and parent.config.getoption("conformance_cassettes"):
        patterns = CASSETTES
    if not patterns:
        return None
    from .cassettes import CassetteFile, is_meant

    if not is_meant(file_path, parent.config.rootpath, patterns):
        return None
    return CassetteFile.from_parent(parent, path=file_path)


@pytest.hookimpl(tryfirst=True)  # before -k and -m choose
def pytest_collection_modifyitems(session: pytest.Session, config: pytest.Config, items: list[pytest.Item]) -> None:
    """Adds the tests of the target behind all others."""
    if _SUITE in config.stash:
        items += config.stash[_SUITE].collect(session)


@pytest.hookimpl(tryfirst=True)  # before the first test: asking is nobody's time limit
def pytest_runtestloop(session: pytest.Session) -> None:
    """Asks the target what the chosen tests need."""
    if _SUITE in session.config.stash and not session.config.getoption("collectonly"):
        session.config.stash[_SUITE].ask(session.items)

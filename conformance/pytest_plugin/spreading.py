"""Marked tests, spread over cassettes or scenarios.

Law: ids are names, the same on every machine and in every process.
"""

from __future__ import annotations

from fnmatch import fnmatchcase
from os.path import commonpath
from pathlib import Path
from typing import TYPE_CHECKING

import pytest

from ..errors import ConformanceError, UsageError
from .serving import located

if TYPE_CHECKING:
    from ..edge.scenario import Scenario


def spread(metafunc: pytest.Metafunc) -> None:
    """Gives a marked test one run per cassette, and one per scenario. Raises pytest.UsageError for unknown names."""
    node = metafunc.definition
    try:
        for argument, marker, found in (
            ("cassette", "conformance_cassettes", _cassettes),
            ("scenario", "conformance_scenarios", _scenarios),
        ):
            marks = list(node.iter_markers(marker))
            if argument in metafunc.fixturenames and marks:
                values = found(metafunc, marks)
                metafunc.parametrize(argument, list(values.values()), ids=list(values))
    except ConformanceError as error:
        raise pytest.UsageError(f"{node.nodeid}: {error}") from error


def _cassettes(metafunc: pytest.Metafunc, marks: list[pytest.Mark]) -> dict[str, Path]:
    """Name -> file of the cassettes that marks name: in the folder of the test, or in the rootdir."""
    from ..edge.load import find

    config = metafunc.config
    folders = (metafunc.definition.path.parent, config.rootpath)
    words = [str(word) for mark in marks for word in mark.args]
    if not words:
        raise UsageError("The marker conformance_cassettes names nothing.", "Name files, folders or patterns.")
    paths = list(dict.fromkeys(path for word in words for path in find([located(word, folders)])))
    return dict(zip(names(paths), paths, strict=True))


def names(paths: list[Path]) -> list[str]:
    """The paths without what all share, with slashes."""
    if len(paths) == 1:
        return [paths[0].name]
    common = commonpath([path.absolute().parent for path in paths])
    return [path.absolute().relative_to(common).as_posix() for path in paths]


def _scenarios(metafunc: pytest.Metafunc, marks: list[pytest.Mark]) -> dict[str, Scenario]:
    """Name -> the scenarios that marks name: those of a protocol, or of it those that patterns name."""
    from .. import catalogue
    from ..suite import endpoint, scenarios

    found = {}
    for mark in marks:
        if not mark.args:
            raise UsageError("The marker conformance_scenarios names no protocol.", "Name one, as in 'openai-chat'.")
        protocol, *patterns = mark.args
        known = scenarios(endpoint(protocol).protocol)
        for pattern in patterns or ["*"]:
            fitting = {name: one for name, one in known.items() if fnmatchcase(name, pattern)}
            if not fitting:
                raise catalogue.nearest(pattern, known, f"scenario of {protocol}")
            found.update({name if len(marks) == 1 else f"{protocol}-{name}": one for name, one in fitting.items()})
    return found

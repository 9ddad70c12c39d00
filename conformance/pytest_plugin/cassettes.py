"""Cassettes as tests: one test per recording, which passes where it conforms.

Law: what cannot be read is an error of collection; what could not be judged is skipped with the reason.
"""

from __future__ import annotations

from collections.abc import Iterator
from fnmatch import fnmatchcase
from pathlib import Path
from typing import Any

import pytest

from .. import library
from ..core.finding import JUDGED, Level, Run, Verdict
from ..core.recording import Recording
from ..errors import ConformanceError
from .asserting import complaint, told, why_not


class Judging(pytest.Item):
    """A test that this plugin made."""

    def __init__(self, **more: Any) -> None:
        super().__init__(**more)
        self.add_marker(pytest.mark.conformance)

    @property
    def fail_on(self) -> Level:
        """The lowest level that fails."""
        return Level[self.config.getoption("conformance_fail_on").upper()]

    def reportinfo(self) -> tuple[Path, int | None, str]:
        """Where it stands, and the title of its failure."""
        return self.path, None, f"{self.parent.name if self.parent else ''}: {self.name}"


class CassetteFile(pytest.File):
    """A cassette whose recordings are tests."""

    def collect(self) -> Iterator[pytest.Item]:
        """One test per recording."""
        from ..edge.load import load

        try:
            recordings = load(self.path)
        except ConformanceError as error:
            raise self.CollectError(str(error)) from error
        for recording in recordings:
            name = f"{recording.request.method} {recording.request.path}"
            label = name if len(recordings) == 1 else f"{recording.interaction} {name}"
            yield RecordingItem.from_parent(self, name=label, recording=recording)


class RecordingItem(Judging):
    """One recording: passes where it conforms."""

    def __init__(self, *, recording: Recording, **more: Any) -> None:
        super().__init__(**more)
        self._recording = recording

    def runtest(self) -> None:
        """Judges the recording."""
        run = library.check(self._recording, dialect=self.config.getoption("conformance_dialect"))
        if run.verdict not in JUDGED:
            pytest.skip(f"not judged: {why_not(run)}")
        wrong = complaint(run, self._recording.body, self.fail_on)
        if wrong is not None:
            pytest.fail(wrong, pytrace=False)
        if run.verdict is not Verdict.PASS:
            pytest.xfail(excused(run))
        self._note(run)

    def _note(self, run: Run) -> None:
        """Findings below the level that fails stand in the report (`pytest -rP` shows them)."""
        lines = list(told(run, [one for one in run.findings if one.excuse is None], self._recording.body))
        if lines:
            self.add_report_section("call", "conformance", "\n".join(lines))


def excused(run: Run) -> str:
    """Which findings a run shows that do not count, and why, each once."""
    found = (f"{one.rule}: {one.because}" for one in run.findings if one.excuse is not None)
    return "; ".join(dict.fromkeys(found))


def is_meant(path: Path, root: Path, patterns: list[str] | tuple[str, ...]) -> bool:
    """True where a file is one of those that patterns name: by its name, or by its path from the rootdir."""
    inside = path.relative_to(root).as_posix() if path.is_relative_to(root) else path.as_posix()
    return any(fnmatchcase(inside if "/" in pattern else path.name, pattern) for pattern in patterns)

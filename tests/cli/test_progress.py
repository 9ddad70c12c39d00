"""The progress line: on a terminal, after a second, and gone at the end."""

from __future__ import annotations

import io

import pytest

from conformance.cli import progress
from conformance.cli.progress import Progress, bar


class Terminal(io.StringIO):
    def isatty(self) -> bool:
        return True


def work(monkeypatch: pytest.MonkeyPatch, stream: io.StringIO, seconds: float) -> str:
    clock = iter(number * seconds for number in range(100))
    monkeypatch.setattr(progress, "monotonic", lambda: next(clock))
    monkeypatch.setattr("sys.stderr", stream)
    with Progress(4, "files") as line:
        for _ in range(4):
            line.step()
    return stream.getvalue()


def test_nothing_is_written_where_there_is_no_terminal(monkeypatch: pytest.MonkeyPatch) -> None:
    assert work(monkeypatch, io.StringIO(), 10.0) == ""


def test_nothing_is_written_for_short_work(monkeypatch: pytest.MonkeyPatch) -> None:
    assert work(monkeypatch, Terminal(), 0.01) == ""


def test_long_work_is_shown_and_the_line_is_gone_at_the_end(monkeypatch: pytest.MonkeyPatch) -> None:
    text = work(monkeypatch, Terminal(), 1.0)
    assert "[######..................] 1 of 4 files" in text
    assert "[########################] 4 of 4 files" in text
    assert text.endswith("\r\x1b[K")


def test_what_runs_now_is_named_as_far_as_the_line_goes(monkeypatch: pytest.MonkeyPatch) -> None:
    clock = iter(range(100))
    stream = Terminal()
    monkeypatch.setattr(progress, "monotonic", lambda: float(next(clock)))
    monkeypatch.setattr("sys.stderr", stream)
    monkeypatch.setenv("COLUMNS", "60")
    with Progress(9, "scenarios") as line:
        line.step(0, "tools, usage and 3 more")
        line.step(1, "x" * 200)
    assert "0 of 9 scenarios: tools, u" in stream.getvalue()
    assert max(map(len, stream.getvalue().split("\r\x1b[K"))) == 59


def test_a_bar_of_nothing_is_full() -> None:
    assert bar(0, 0) == "[" + "#" * 24 + "]"

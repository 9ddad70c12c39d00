"""`conformance trend`, and `--history` of the commands that judge."""

from __future__ import annotations

import csv
import json
import re
import sqlite3
import subprocess
import sys
from pathlib import Path

import pytest
from click.testing import CliRunner, Result

from conformance.cli import group
from conformance.cli.trend import _since
from conformance.errors import StorageError
from tests.reports import GOOD, TWO_IDS, cassette

RULE = "openai-chat/id-changes"


def conformance(*arguments: str | Path) -> Result:
    return CliRunner().invoke(group, [*map(str, arguments)])


@pytest.fixture
def file(tmp_path: Path) -> Path:
    """A history of three checks of one stream, of which the second is broken."""
    path = tmp_path / "history.sqlite"
    for body in (GOOD, TWO_IDS, GOOD):
        stream = cassette(tmp_path / "tools.json", body, target="gw", scenario="tools")
        conformance("check", stream, "--history", path, "--rule", "openai-chat/*")
    return path


def test_a_check_is_kept_and_shown(file: Path) -> None:
    result = conformance("trend", "gw", "--history", file)
    assert result.exit_code == 0, result.output
    assert result.output.startswith("gw: 3 runs, ")
    assert re.search(r"^  tools +✓✕✓  pass  \(2 flips\)$", result.output, re.MULTILINE)
    assert f"rule {RULE}  pass → fail  tools" in result.output


def test_a_run_is_kept(tmp_path: Path) -> None:
    path = tmp_path / "history.sqlite"
    asked = ["--protocol", "openai-chat", "--scenario", "text", "--scenario", "usage", "-q", "--history", path]
    for number in range(2):
        result = conformance("run", *asked, "-o", tmp_path / str(number))
        assert result.exit_code == 0, result.output
    shown = conformance("trend", "--history", path).output
    assert shown.startswith("builtin: 2 runs, ")
    assert [line.split()[0] for line in shown.splitlines() if "✓✓" in line] == ["text", "usage"]
    assert "first text" in shown


def test_without_a_name_the_only_target_is_shown_and_of_several_each_in_a_line(file: Path, tmp_path: Path) -> None:
    assert conformance("trend", "--history", file).exit_code == 0
    other = cassette(tmp_path / "b.json", GOOD, target="other")
    conformance("check", other, "--history", file)
    result = conformance("trend", "--history", file)
    assert result.exit_code == 0
    first, _, *lines = result.stdout.splitlines()
    assert first == "2 targets; `conformance trend TARGET` shows one"
    assert [line.split()[:2] for line in lines if not line.startswith("  ")] == [
        ["gw", "openai-chat"], ["other", "openai-chat"]]  # fmt: skip
    assert "1 pass" in lines[-1] and "  changed " in result.stdout and "verdict" in result.stdout
    assert len(conformance("trend", "--history", file, "-q").stdout.splitlines()) == 2
    result = conformance("trend", "--history", file, "--html", tmp_path / "t.html")
    assert result.exit_code == 2
    assert "tells of 2 targets. For --html name one: gw, other." in result.stderr
    table = tmp_path / "all.csv"
    assert conformance("trend", "--history", file, "--export", table, "-q").exit_code == 0
    assert {line.split(",")[3] for line in table.read_text("utf-8").splitlines()[1:]} == {"gw", "other"}
    near = conformance("trend", "othr", "--history", file)
    assert near.exit_code == 2
    assert "There is no target in" in near.stderr and "Did you mean other?" in near.stderr


def test_every_form_and_the_export_in_one_invocation(file: Path, tmp_path: Path) -> None:
    page, picture, data, table = (tmp_path / name for name in ("t.html", "t.svg", "t.json", "t.csv"))
    asked = ["--html", page, "--svg", picture, "--json", data, "--export", table, "-q"]
    result = conformance("trend", "gw", "--history", file, *asked)
    assert result.exit_code == 0, result.output
    assert page.read_text(encoding="utf-8").startswith("<!doctype html>")
    assert picture.read_text(encoding="utf-8").startswith("<svg ")
    assert len(json.loads(data.read_text(encoding="utf-8"))["courses"][0]["points"]) == 3
    assert len(list(csv.reader(table.read_text(encoding="utf-8").splitlines()))) == 4
    assert result.output.count("\n") == 1


def test_json_on_standard_output_has_it_for_itself(file: Path) -> None:
    result = conformance("trend", "gw", "--history", file, "--json", "-")
    assert json.loads(result.stdout)["target"] == "gw"
    assert "gw: 3 runs" in result.stderr


def test_scenario_protocol_and_since_narrow_it(file: Path) -> None:
    assert conformance("trend", "gw", "--history", file, "--scenario", "tools", "--since", "1h").exit_code == 0
    told = {
        ("--scenario", "tolls"): f"There is no scenario of gw in {file} called 'tolls'. Did you mean tools?",
        ("--protocol", "gemini-generate"): f"There is no protocol of gw in {file} called 'gemini-generate'.",
        ("--since", "2999-01-01"): "holds no such run of gw. The newest is of 20",
    }
    for narrow, words in told.items():
        result = conformance("trend", "gw", "--history", file, *narrow)
        assert result.exit_code == 2
        assert words in result.stderr


@pytest.mark.parametrize(
    ("text", "iso"),
    [
        ("2026-11-01", "2026-11-01T00:00:00.000+00:00"),
        ("2026-11-01T09:30", "2026-11-01T09:30:00.000+00:00"),
        ("2026-11-01T09:30+02:00", "2026-11-01T07:30:00.000+00:00"),
    ],
)
def test_a_time_is_utc_if_it_does_not_say_else(text: str, iso: str) -> None:
    assert _since(text) == iso
    assert _since(None) == ""
    assert _since("7d") < _since("24h") < _since("0h")


@pytest.mark.parametrize("text", ["yesterday", "7x", "2026-13-01", "999999w"])
def test_what_is_no_time_is_refused_with_the_forms(file: Path, text: str) -> None:
    result = conformance("trend", "gw", "--history", file, "--since", text)
    assert result.exit_code == 2
    assert f"--since {text} is no time. Give a day (2026-11-01)" in result.stderr


def test_the_html_report_of_a_kept_run_shows_the_past(file: Path, tmp_path: Path) -> None:
    page = tmp_path / "report.html"
    stream = cassette(tmp_path / "tools.json", GOOD, target="gw", scenario="tools")
    conformance("check", stream, "--html", page)
    assert "Over time" not in page.read_text(encoding="utf-8")
    conformance("check", stream, "--history", file, "--html", page)
    text = page.read_text(encoding="utf-8")
    assert "<h3>gw, openai-chat</h3>" in text
    assert text.count('<g class="v-') == 4


def test_a_history_that_is_not_there_says_how_to_make_one(tmp_path: Path) -> None:
    result = conformance("trend", "gw", "--history", tmp_path / "no.sqlite")
    assert result.exit_code == 3
    assert "There is no such history. Make one: conformance run --history FILE" in result.stderr


def test_a_file_that_is_no_history_is_refused_before_anything_is_judged(tmp_path: Path) -> None:
    other = tmp_path / "notes.txt"
    other.write_text("these are notes, not a history " * 40, encoding="utf-8")
    result = conformance("check", cassette(tmp_path / "a.json", GOOD), "--history", other)
    assert result.exit_code == 3
    assert result.stdout == ""
    assert "is no SQLite file. Give another path, or move this file away." in result.stderr


@pytest.mark.parametrize(("body", "code"), [(GOOD, 3), (TWO_IDS, 1)])
def test_a_history_that_fails_later_takes_nothing_from_the_verdict(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, body: str, code: int
) -> None:
    def full(path: str, *more: object) -> None:
        raise StorageError(path, "cannot be written: the disk is full.", "Free some space.")

    monkeypatch.setattr("conformance.cli.keeping.append", full)
    data = tmp_path / "r.json"
    stream = cassette(tmp_path / "a.json", body)
    result = conformance("check", stream, "--history", tmp_path / "h", "--rule", RULE, "--json", data)
    assert result.exit_code == code, "what was found outranks what could not be kept"
    assert "1 stream: 1 " in result.stdout
    assert json.loads(data.read_text(encoding="utf-8"))["summary"]["runs"] == 1
    assert "the disk is full. Free some space." in result.stderr


def test_nothing_judged_is_not_kept(tmp_path: Path) -> None:
    path = tmp_path / "history.sqlite"
    assert conformance("check", tmp_path / "absent.yaml", "--history", path).exit_code == 3
    connection = sqlite3.connect(path)
    assert connection.execute("SELECT count(*) FROM run").fetchone() == (0,)
    connection.close()
    result = conformance("trend", "--history", path)
    assert "tells of no targets. Keep a run first" in result.stderr


def test_the_command_runs_as_a_process(file: Path) -> None:
    asked = [sys.executable, "-m", "conformance", "trend", "gw", "--history", str(file), "-q"]
    told = subprocess.run(asked, capture_output=True, text=True, timeout=60, check=False, encoding="utf-8")
    assert (told.returncode, told.stderr) == (0, "")
    assert told.stdout.startswith("gw: 3 runs, ")

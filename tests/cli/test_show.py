"""`conformance show`: a stream as it arrived."""

from __future__ import annotations

import json
import subprocess
import sys
from pathlib import Path

import pytest
from click.testing import CliRunner, Result

from conformance.cli import group
from conformance.core.sandwich import Sandwich, Upstream
from conformance.edge.gateway_pair import save_pair
from conformance.render._text import width
from tests.reports import GOOD, TWO_IDS, cassette
from tests.sides import builtin


def show(*arguments: str | Path, **more: object) -> Result:
    return CliRunner().invoke(group, ["show", *map(str, arguments)], **more)  # type: ignore[arg-type]


@pytest.fixture
def path(tmp_path: Path) -> Path:
    return cassette(tmp_path / "two.json", GOOD, TWO_IDS)


def events(text: str) -> list[int]:
    return [int(line[:5]) for line in text.split("\n") if line[:5].strip().isdigit()]


def test_it_shows_the_request_the_head_the_events_and_the_end(path: Path) -> None:
    result = show(path)
    assert result.exit_code == 0, result.output
    assert result.output.startswith("POST https://api.example.com/v1/chat/completions\n")
    assert "200 OK" in result.output
    assert events(result.output) == [0, 1, 2, 3]
    assert '"Hello"' in result.output
    assert "\n  end  eof" in result.output


def test_findings_do_not_change_the_exit_code(path: Path) -> None:
    result = show(path, "--interaction", "1")
    assert result.exit_code == 0
    assert "▲ error openai-chat/id-changes" in result.output


PARTS = [("1:3", [1, 2]), (":2", [0, 1]), ("2:", [2, 3]), ("3", [3]), (":", [0, 1, 2, 3])]


@pytest.mark.parametrize(("part", "shown"), PARTS)
def test_a_part_of_the_events_can_be_picked(path: Path, part: str, shown: list[int]) -> None:
    assert events(show(path, "--events", part).output) == shown


@pytest.mark.parametrize("part", ["a:b", "1:2:3", "-2:", ""])
def test_what_is_no_range_is_refused_with_an_example(path: Path, part: str) -> None:
    result = show(path, "--events", part)
    if part == "":
        assert events(result.output) == [0]
        return
    assert result.exit_code == 2
    assert "--events" in result.stderr


def test_raw_shows_the_data_as_sent(path: Path) -> None:
    assert '{"id": "chatcmpl-1"' in show(path, "--raw").output


def test_an_interaction_that_is_not_there_is_refused_with_the_range(path: Path) -> None:
    result = show(path, "--interaction", "7")
    assert result.exit_code == 3
    assert f"{path}: has no interaction 7. Give one from 0 to 1." in result.stderr


def test_json_is_for_machines(path: Path) -> None:
    data = json.loads(show(path, "--json", "--events", "1:2").stdout)
    assert [event["text"] for event in data["events"]] == ["Hello"]
    assert data["run"]["protocol"] == "openai-chat"


def test_it_fits_the_terminal(path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("COLUMNS", "70")
    assert max(width(line) for line in show(path, "--interaction", "1").output.split("\n")) <= 70


def test_it_reads_standard_input() -> None:
    assert events(show("-", "--protocol", "openai-chat", input=GOOD).output) == [0, 1, 2, 3]


def test_the_command_runs_as_a_process(path: Path) -> None:
    asked = [sys.executable, "-m", "conformance", "show", str(path)]
    told = subprocess.run(asked, capture_output=True, text=True, timeout=60, check=False, encoding="utf-8")
    assert (told.returncode, told.stderr, events(told.stdout)) == (0, "", [0, 1, 2, 3])


def test_both_sides_of_a_gateway_stand_beside_each_other(tmp_path: Path) -> None:
    recording = builtin("openai-chat")
    save_pair(tmp_path / "text.yaml", recording, Sandwich("text", (Upstream(recording, 2.0),)))
    result = show(tmp_path / "text.yaml", "--pair")
    assert result.exit_code == 0, result.output
    assert "upstream wrote" in result.output and "client read" in result.output


def test_a_recording_of_one_side_is_refused_with_the_next_step(path: Path) -> None:
    result = show(path, "--pair")
    assert result.exit_code == 2 and "conformance gateway" in result.output

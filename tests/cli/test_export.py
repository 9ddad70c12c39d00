"""`conformance export`: recordings for other tools."""

from __future__ import annotations

import json
from pathlib import Path

import pytest
from click.testing import CliRunner, Result

from conformance.cli import group
from conformance.edge.load import load
from tests.edge.test_importers import har, put
from tests.reports import GOOD, TWO_IDS, cassette


def run(*arguments: str | Path) -> Result:
    return CliRunner().invoke(group, ["export", *map(str, arguments)])


@pytest.fixture
def two(tmp_path: Path) -> Path:
    return cassette(tmp_path / "two.json", GOOD, TWO_IDS)


@pytest.mark.parametrize(("form", "name"), [("vcrpy", "out.yaml"), ("har", "out.har")])
def test_what_is_exported_is_imported_again(form: str, name: str, two: Path, tmp_path: Path) -> None:
    result = run(two, "--format", form, "-o", tmp_path / name)
    assert (result.exit_code, result.output) == (0, "")
    before, after = load(two), load(tmp_path / name)
    assert [(one.body, one.status, one.request.body) for one in after] == [
        (one.body, one.status, one.request.body) for one in before
    ]


def test_a_stream_goes_to_standard_output_byte_by_byte(two: Path) -> None:
    result = run(two, "--format", "sse", "--interaction", "1")
    assert result.exit_code == 0
    assert result.stdout_bytes == load(two)[1].body


def test_one_stream_must_be_picked(two: Path) -> None:
    result = run(two, "--format", "sse")
    assert result.exit_code == 2
    assert "sse holds one stream, but there are 2. Pick one with --interaction N, of one cassette." in result.stderr
    assert run(two, "--format", "sse", "--interaction", "9").exit_code == 3


def test_a_command_names_the_variable_of_the_provider(tmp_path: Path) -> None:
    session = har()
    session["log"]["entries"][0]["request"]["url"] = "https://api.openai.com/v1/chat/completions"
    result = run(put(tmp_path / "a.har", session), "--format", "curl")
    assert result.output.startswith("curl -N https://api.openai.com/v1/chat/completions ")
    assert "$OPENAI_API_KEY" in result.output


def test_a_file_that_is_there_stays_unless_forced(two: Path) -> None:
    before = two.read_bytes()
    result = run(two, "--format", "har", "-o", two)
    assert (result.exit_code, two.read_bytes()) == (2, before)
    assert "is there already. Give another name, or --force." in result.stderr
    assert run(two, "--format", "har", "-o", two, "--force").exit_code == 0
    assert json.loads(two.read_bytes())["log"]["version"] == "1.2"


def test_several_cassettes_become_one_archive_and_what_is_left_out_is_named(two: Path, tmp_path: Path) -> None:
    session = har()
    session["log"]["entries"] += har({})["log"]["entries"]
    result = run(two, put(tmp_path / "a.har", session), "--format", "har")
    assert result.exit_code == 3
    assert len(json.loads(result.stdout)["log"]["entries"]) == 3
    assert "left out: " in result.stderr
    assert "entry 1: The body is not stored" in result.stderr

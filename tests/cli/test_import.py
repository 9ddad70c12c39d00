"""`conformance import`: cassettes of what other tools recorded."""

from __future__ import annotations

import json
import subprocess
import sys
from pathlib import Path

import pytest
from click.testing import CliRunner, Result

from conformance.cli import group
from conformance.cli.import_ import names
from conformance.edge.importers import importers
from conformance.edge.load import load
from tests.edge.test_importers import BODY, FORMS, LINES, flow, go, har, netstring, put, ruby
from tests.reports import GOOD, cassette

KEY = "sk-proj-" + "a1B2c3D4" * 5


def run(*arguments: str | Path) -> Result:
    return CliRunner().invoke(group, ["import", *map(str, arguments)])


@pytest.mark.parametrize("name", FORMS)
def test_every_form_becomes_a_cassette_with_the_same_bytes(name: str, tmp_path: Path) -> None:
    result = run(put(tmp_path / name, FORMS[name]), "-o", tmp_path / "out")
    assert result.exit_code == 0, result.output
    (made,) = (tmp_path / "out").iterdir()
    (found,) = load(made)
    assert found.body == BODY
    assert found.missing == load(tmp_path / name)[0].missing
    assert result.output.splitlines()[-1] == "1 recording in 1 cassette."
    assert f", 1 recording without reads and timing -> {made}" in result.output


def test_what_cannot_be_read_is_named_and_the_rest_is_imported(tmp_path: Path) -> None:
    put(tmp_path / "good.yml", ruby())
    put(tmp_path / "half.flow", netstring(flow(response={"content": None})) + netstring(flow()))
    put(tmp_path / "bad.har", b'{"log": {"entries": ')
    result = run(
        *(tmp_path / name for name in ("bad.har", "half.flow", "good.yml", "none.har")), "-o", tmp_path / "out"
    )
    assert result.exit_code == 3
    assert sorted(path.name for path in (tmp_path / "out").iterdir()) == ["good.yaml", "half.yaml"]
    complaints = result.stderr.splitlines()
    assert [line.startswith("not read: ") for line in complaints] == [True] * 3
    assert "none.har: There is no such file." in complaints[0]
    assert "bad.har: It is not JSON: " in complaints[1]
    assert "(line 1, column " in complaints[1]
    assert "half.flow: entry 0: The body is not stored" in complaints[2]
    assert result.stdout.splitlines()[-1] == "2 recordings in 2 cassettes; 3 not read."


def test_secrets_stay_behind(tmp_path: Path) -> None:
    session = har()
    session["log"]["entries"][0]["request"]["headers"] = [{"name": "Authorization", "value": f"Bearer {KEY}"}]
    session["log"]["entries"][0]["request"]["url"] += f"?key={KEY}"
    run(put(tmp_path / "a.har", session), "-o", tmp_path / "out")
    text = (tmp_path / "out" / "a.yaml").read_text(encoding="utf-8")
    assert KEY not in text
    assert "REDACTED" in text


def test_json_is_written_where_it_is_asked_for(tmp_path: Path) -> None:
    assert run(put(tmp_path / "a.yml", ruby()), "-o", tmp_path, "--json").exit_code == 0
    assert json.loads((tmp_path / "a.json").read_text())["metadata"]["imported_from"] == "Ruby VCR"


def test_a_cassette_that_is_there_stays_unless_forced(tmp_path: Path) -> None:
    source = put(tmp_path / "a.yaml", go())
    result = run(source, "-o", tmp_path)
    assert result.exit_code == 2
    assert "a.yaml is there already. Give another folder, or --force." in result.stderr
    assert run(source, "-o", tmp_path, "--force").exit_code == 0
    assert load(source)[0].metadata["imported_from"] == "go-vcr"


def test_a_request_may_be_named_for_payloads(tmp_path: Path) -> None:
    asked = put(tmp_path / "asked.json", {"model": "m", "stream": True})
    result = run(put(tmp_path / "a.jsonl", LINES.encode()), "--request", asked, "-o", tmp_path)
    assert "without framing, headers, reads and timing ->" in result.output
    assert load(tmp_path / "a.yaml")[0].request.json == {"model": "m", "stream": True}


def test_our_own_cassettes_keep_their_reads(tmp_path: Path) -> None:
    source = cassette(tmp_path / "own.json", GOOD)
    run(source, "-o", tmp_path / "out")
    (found,) = load(tmp_path / "out" / "own.yaml")
    assert found.reads == load(source)[0].reads


def test_names_are_those_of_the_files_with_their_folders_where_two_are_the_same() -> None:
    paths = ["x/one/recording.har", "x/two/recording.har", "x/two/other.har", "a.json", "a.yaml", "-"]
    assert list(map(str, names(paths, Path("out"), "yaml").values())) == [
        str(Path("out", name))
        for name in ("one-recording.yaml", "two-recording.yaml", "other.yaml", "a-1.yaml", "a-2.yaml", "stdin.yaml")
    ]


def test_names_that_differ_in_case_alone_do_not_meet_in_one_file() -> None:
    found = names(["x/A.har", "y/a.har"], Path("out"), "json")
    assert {path.name for path in found.values()} == {"x-A.json", "y-a.json"}


def test_quiet_prints_names_alone(tmp_path: Path) -> None:
    assert (
        run(put(tmp_path / "a.yml", ruby()), "-o", tmp_path / "out", "-q").output == f"{tmp_path / 'out' / 'a.yaml'}\n"
    )


def test_help_says_what_each_format_holds() -> None:
    text = " ".join(CliRunner().invoke(group, ["import", "--help"], terminal_width=100).output.split())
    for module in importers().values():
        assert f"{module.TITLE} {module.FILES}: {module.HOLDS}." in text


def test_a_process_reads_standard_input(tmp_path: Path) -> None:
    told = subprocess.run(
        [sys.executable, "-m", "conformance", "import", "-", "-o", str(tmp_path)],
        input=json.dumps(har()).encode(), capture_output=True, timeout=60, check=False,
    )  # fmt: skip
    assert (told.returncode, told.stderr) == (0, b"")
    assert [path.name for path in tmp_path.iterdir()] == ["stdin.yaml"]


def test_every_reader_of_cassettes_reads_them_directly(tmp_path: Path) -> None:
    session = har()
    session["log"]["entries"] += har({})["log"]["entries"]
    source = put(tmp_path / "a.har", session)
    checked = CliRunner().invoke(group, ["check", str(source), "--fail-on", "never"])
    assert checked.exit_code == 3, "one entry could not be judged"
    assert "entry 1: The body is not stored" in " ".join(checked.output.split())
    shown = CliRunner().invoke(group, ["show", str(source)])
    assert shown.exit_code == 0
    assert "[DONE]" in shown.output

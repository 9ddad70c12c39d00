"""`conformance check`: what it prints, what it writes, and the number it ends with."""

from __future__ import annotations

import json
import os
import subprocess
import sys
from pathlib import Path

import pytest
from click.testing import CliRunner, Result

from conformance import library
from conformance.cli import files, group
from conformance.cli.output import exit_code
from conformance.cli.work import Judge, processes
from conformance.core.finding import Failure, Level, Verdict
from tests.reports import GOOD, TWO_IDS, cassette, finding, report, run

RULE = "openai-chat/id-changes"


def check(*arguments: str | Path, **more: object) -> Result:
    return CliRunner().invoke(group, ["check", *map(str, arguments)], **more)  # type: ignore[arg-type]


@pytest.fixture
def good(tmp_path: Path) -> Path:
    return cassette(tmp_path / "good.json", GOOD)


@pytest.fixture
def bad(tmp_path: Path) -> Path:
    return cassette(tmp_path / "bad.json", TWO_IDS)


def test_a_stream_that_conforms_ends_with_0(good: Path) -> None:
    result = check(good, "--rule", "openai-chat/*")
    assert result.exit_code == 0, result.output
    assert result.output.startswith("PASS")
    assert "1 stream: 1 pass. No findings." in result.output


def test_a_finding_is_told_in_full_with_its_sentence_its_bytes_and_the_next_step(bad: Path) -> None:
    result = check(bad, "--rule", RULE)
    assert result.exit_code == 1
    for words in (
        f"FAIL  {bad.name}" if len(str(bad)) > 90 else f"FAIL  {bad}",
        "event 1 · byte ",
        "2 different ids in one stream: 'chatcmpl-2', then 'chatcmpl-1'",
        "“A unique identifier for the chat completion. Each chunk has the same ID.”",
        "https://platform.openai.com/docs/",
        "│ ",
        "1 stream: 1 fail. 1 error.",
        f"conformance show {bad}",
        f"conformance rules {RULE}",
    ):
        assert words in result.output, words


def test_many_files_are_a_table_and_the_rules_that_are_broken(tmp_path: Path) -> None:
    for number in range(5):
        cassette(tmp_path / f"{number}.json", TWO_IDS if number % 2 else GOOD)
    result = check(tmp_path, "--rule", RULE)
    assert result.exit_code == 1
    lines = result.output.split("\n")
    assert [line.split()[0] for line in lines[1:6]] == [f"{number}.json" for number in range(5)]
    assert any(line.split()[:4] == ["error", RULE, "2", "2"] for line in lines)
    assert "5 streams: 3 pass and 2 fail. 2 errors." in result.output


def test_every_recording_of_a_cassette_is_checked_and_numbered(tmp_path: Path) -> None:
    path = cassette(tmp_path / "two.json", GOOD, TWO_IDS)
    result = check(path, "--rule", RULE)
    assert "2 streams: 1 pass and 1 fail." in result.output
    assert f"conformance show {path} --interaction 1" in result.output


def test_what_cannot_be_read_is_named_and_the_rest_is_checked(good: Path, tmp_path: Path) -> None:
    broken = tmp_path / "broken.json"
    broken.write_text("{", encoding="utf-8")
    result = check(good, broken, tmp_path / "absent.yaml", "--rule", "openai-chat/*")
    assert result.exit_code == 3
    assert result.output.count("not judged  ") == 2
    assert "broken.json" in result.output
    assert "1 stream: 1 pass and 2 not judged." in result.output


def test_findings_outrank_what_could_not_be_read(bad: Path, tmp_path: Path) -> None:
    assert check(bad, tmp_path / "absent.yaml", "--rule", RULE).exit_code == 1


def test_nothing_checked_is_no_pass(tmp_path: Path) -> None:
    result = check(tmp_path / "absent.yaml")
    assert result.exit_code == 3
    assert "Nothing was checked: 1 not judged." in result.output
    (tmp_path / "empty").mkdir()
    assert check(tmp_path / "empty").exit_code == 3


@pytest.mark.parametrize(("fail_on", "code"), [("error", 1), ("warning", 1), ("note", 1), ("never", 0)])
def test_fail_on_moves_the_line(bad: Path, fail_on: str, code: int) -> None:
    assert check(bad, "--rule", RULE, "--fail-on", fail_on).exit_code == code


def test_the_exit_code_counts_from_the_level_that_was_asked_for() -> None:
    warned = report(run("a", finding(level=Level.WARNING)))
    assert [exit_code(warned, level) for level in (Level.ERROR, Level.WARNING, Level.NOTE, None)] == [0, 1, 1, 0]
    untold = report(run("a", verdict=Verdict.NOT_RECORDED))
    assert [exit_code(untold, level) for level in (Level.ERROR, None)] == [3, 3]
    partly = report(run("a"), failures=[Failure("b", "b: is no YAML.")])
    assert [exit_code(partly, level) for level in (Level.ERROR, None)] == [3, 3]


def test_reports_are_written_to_files_any_number_at_once(bad: Path, tmp_path: Path) -> None:
    data, text = tmp_path / "r.json", tmp_path / "r.md"
    result = check(bad, "--rule", RULE, "--json", data, "--markdown", text)
    assert json.loads(data.read_text(encoding="utf-8"))["runs"][0]["findings"][0]["rule"] == RULE
    assert text.read_text(encoding="utf-8").startswith("# Conformance report\n")
    assert "FAIL" in result.stdout


def test_a_report_on_standard_output_has_it_for_itself(bad: Path) -> None:
    result = check(bad, "--rule", RULE, "--json", "-")
    assert json.loads(result.stdout)["summary"]["runs"] == 1
    assert "FAIL" in result.stderr


def test_quiet_prints_the_summary_alone(bad: Path) -> None:
    assert check(bad, "--rule", RULE, "--quiet").output == "1 stream: 1 fail. 1 error.\n"


def test_the_folder_of_a_report_is_made(good: Path, tmp_path: Path) -> None:
    target = tmp_path / "build" / "reports" / "report.json"
    assert check(good, "--json", target).exit_code == 0
    assert json.loads(target.read_text(encoding="utf-8"))["runs"]


def test_a_report_that_cannot_be_written_is_refused_before_the_work(good: Path, tmp_path: Path) -> None:
    for target in (good / "report.json", tmp_path):
        result = check("--json", target, tmp_path / "not-read.yaml")
        assert (result.exit_code, result.stdout) == (3, "")
        assert f"{target}: cannot be written (" in result.stderr
        assert "Give the path of a file" in result.stderr and "not-read" not in result.stderr


@pytest.mark.parametrize("target", ["-", "report.xml"])
def test_two_reports_never_share_a_file(good: Path, target: str) -> None:
    result = check(good, "--junit", target, "--sarif", target)
    assert result.exit_code == 2
    assert "--junit and --sarif would both be written to" in result.stderr


def test_a_report_that_fails_late_takes_nothing_from_the_others(
    bad: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(files, "ready", lambda files: None)
    lost, kept = tmp_path / "no" / "such.json", tmp_path / "report.md"
    result = check(bad, "--rule", RULE, "--json", lost, "--markdown", kept)
    assert result.exit_code == 1, "what was found comes first"
    assert f"{lost}: cannot be written (No such file or directory)" in result.stderr
    assert RULE in kept.read_text(encoding="utf-8")
    assert check(bad, "--rule", RULE, "--fail-on", "never", "--json", lost).exit_code == 3


def test_a_stream_comes_by_standard_input() -> None:
    result = check("-", "--protocol", "openai-chat", "--rule", RULE, input=TWO_IDS)
    assert result.exit_code == 1
    assert "conformance show" not in result.output


@pytest.mark.parametrize(
    ("option", "said"),
    [
        (["--protocol", "openai-chta"], "There is no protocol 'openai-chta'. Did you mean openai-chat"),
        (["--dialect", "no-such-dialect"], "There is no dialect 'no-such-dialect'."),
        (["--rule", "openai-chat/id-change"], "Did you mean openai-chat/id-changes"),
        (["--rule", "nothing/*"], "No rule is called 'nothing/*'. `conformance rules` lists them."),
        (["--ruleset", "newest"], "'newest' names no ruleset."),
        (["--ruleset", "2026.13"], "'2026.13' names no ruleset."),
        (["--ruleset", "9999.01"], "Ruleset 9999.01 is newer than this version, which has that of 20"),
    ],
)
def test_names_that_do_not_exist_are_refused_before_any_work(good: Path, option: list[str], said: str) -> None:
    result = check(good, *option)
    assert result.exit_code == 2
    assert said in result.stderr
    assert result.stdout == ""


def test_a_rule_pattern_that_does_not_apply_is_no_pass(good: Path) -> None:
    result = check(good, "--rule", "timing/*")
    assert result.exit_code == 3
    assert "NOT-" in result.output


def test_a_pool_of_processes_finds_the_same_in_the_same_order(tmp_path: Path) -> None:
    for number in range(6):
        cassette(tmp_path / f"{number}.json", TWO_IDS if number % 2 else GOOD)
    (tmp_path / "x.json").write_text("{", encoding="utf-8")
    alone = check(tmp_path, "--rule", "openai-chat/*", "--json", "-", "--jobs", "1")
    pooled = check(tmp_path, "--rule", "openai-chat/*", "--json", "-", "--jobs", "2")
    assert pooled.stdout == alone.stdout
    assert pooled.exit_code == alone.exit_code == 1


def test_a_pool_is_started_only_where_it_pays(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    small = str(cassette(tmp_path / "a.json", GOOD))
    assert processes([small, small], None) == 1
    assert processes([small], 8) == 1
    assert processes([small, small], 8) == 2
    monkeypatch.setattr("conformance.cli.work.POOL_BYTES", 10)
    monkeypatch.setattr(os, "sched_getaffinity", lambda pid: {0, 1}, raising=False)
    assert processes([small] * 4, None) == 2


def test_a_command_finds_what_the_library_finds(bad: Path) -> None:
    result = check(bad, "--json", "-")
    found = {one["rule"] for one in json.loads(result.stdout)["runs"][0]["findings"]}
    assert found == {one.rule for one in library.check(library.load(bad)[0]).findings}


def test_a_judge_travels_to_another_process() -> None:
    import pickle

    from conformance.cli.options import Inputs

    judge = Judge(Inputs("openai-chat", "strict"), ("sse/*",))
    assert pickle.loads(pickle.dumps(judge)) == judge


def test_the_command_runs_as_a_process(bad: Path) -> None:
    asked = [sys.executable, "-m", "conformance", "check", str(bad), "--rule", RULE, "--quiet"]
    told = subprocess.run(asked, capture_output=True, text=True, timeout=60, check=False, encoding="utf-8")
    assert (told.returncode, told.stdout, told.stderr) == (1, "1 stream: 1 fail. 1 error.\n", "")

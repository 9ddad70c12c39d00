"""`conformance diff`: what changed is named, what did not is silent, what could not be compared is said."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import jsonschema
import pytest
from click.testing import CliRunner, Result

from conformance import catalogue
from conformance.cli import diff_sides, group
from tests.reports import GOOD, TWO_IDS, cassette

RULE = "openai-chat/id-changes"
RETYPED = GOOD.replace('"created": 1700000000', '"created": "now"')
FIELD = GOOD.replace('"object":', '"provider": "x", "object":')


def diff(*arguments: object) -> Result:
    return CliRunner().invoke(group, ["diff", *map(str, arguments)])


def flat(result: Result) -> str:
    """The output without its line breaks."""
    return " ".join(result.output.split())


@pytest.fixture
def old(tmp_path: Path) -> Path:
    return side(tmp_path / "old", tools=GOOD, text=GOOD)


def side(folder: Path, **scenarios: str) -> Path:
    folder.mkdir()
    for name, body in scenarios.items():
        cassette(folder / f"{name}.json", body, scenario=name, target="acme")
    return folder


def data(result: Result, path: Path) -> dict[str, Any]:
    assert result.exit_code in (0, 1, 3), result.output
    found: dict[str, Any] = json.loads(path.read_text(encoding="utf-8"))
    schema = json.loads((catalogue.data_folder("schemas") / "diff.json").read_text(encoding="utf-8"))
    jsonschema.Draft202012Validator.check_schema(schema)
    jsonschema.Draft202012Validator(schema).validate(found)
    assert list(found) == list(schema["properties"])
    return found


def test_the_same_again_is_no_change(old: Path, tmp_path: Path) -> None:
    result = diff(old, side(tmp_path / "new", tools=GOOD, text=GOOD))
    assert result.exit_code == 0
    assert result.stdout.endswith("No change; 2 and 2 streams compared in 2 groups.\n")


def test_a_new_finding_is_a_regression_and_one_that_went_is_none(old: Path, tmp_path: Path) -> None:
    new = side(tmp_path / "new", tools=TWO_IDS, text=GOOD)
    worse, better = diff(old, new), diff(new, old)
    assert worse.exit_code == 1 and better.exit_code == 0
    assert f"error finding new {RULE} 0/1 -> 1/1 streams" in flat(worse)
    assert f"better finding gone {RULE} 1/1 -> 0/1 streams" in flat(better)
    assert "openai-chat, acme, gpt-x: tools" in worse.output


@pytest.mark.parametrize(
    ("fail_on", "code"), [("error", 0), ("warning", 1), ("note", 1), ("never", 0)]
)  # fmt: skip
def test_a_field_of_another_type_fails_from_its_level_on(old: Path, tmp_path: Path, fail_on: str, code: int) -> None:
    new = side(tmp_path / "new", tools=RETYPED, text=GOOD)
    result = diff(old, new, "--fail-on", fail_on, "--ignore", "openai-chat/*")
    assert "warning shape retyped chunk /created 1/1 -> 1/1 streams integer -> string" in flat(result)
    assert result.exit_code == code


def test_a_new_field_is_a_note(old: Path, tmp_path: Path) -> None:
    result = diff(old, side(tmp_path / "new", tools=FIELD, text=FIELD), "--fail-on", "warning")
    assert "note shape appeared chunk /provider 0/2 -> 2/2 streams string" in flat(result)
    assert "openai-chat, acme, gpt-x: text and tools" in flat(result)
    assert result.exit_code == 0


@pytest.mark.parametrize("pattern", ["chunk /provider", "/provider", "/pro*", "shape:*"])
def test_what_is_ignored_is_counted(old: Path, tmp_path: Path, pattern: str) -> None:
    new = side(tmp_path / "new", tools=FIELD, text=GOOD)
    ignored = ["--ignore", pattern, "--ignore", "extra-fields", "--ignore", "openai-chat/*", "--ignore", "trait:*"]
    result = diff(old, new, *ignored)
    assert "/provider" not in result.stdout and "No change; " in result.stdout and " ignored; " in result.stdout


def test_what_has_no_counterpart_is_listed(old: Path, tmp_path: Path) -> None:
    new = side(tmp_path / "new", tools=GOOD, reasoning=GOOD)
    result = diff(old, new)
    assert "Only in OLD, not compared (1): text.json" in result.stdout
    assert "Only in NEW, not compared (1): reasoning.json" in result.stdout
    assert result.exit_code == 0


def test_where_nothing_can_be_compared_there_is_no_verdict(old: Path, tmp_path: Path) -> None:
    new = side(tmp_path / "new", reasoning=GOOD)
    result = diff(old, new)
    assert result.exit_code == 3 and "Nothing could be compared" in result.stdout
    assert diff(old, tmp_path / "nowhere").exit_code == 3


def test_an_input_that_cannot_be_read_leaves_no_verdict(old: Path, tmp_path: Path) -> None:
    new = side(tmp_path / "new", tools=GOOD, text=GOOD)
    (new / "bad.yaml").write_text("interactions: 3\n", encoding="utf-8")
    result = diff(old, new)
    assert result.exit_code == 3 and "bad.yaml" in result.stdout


def test_two_files_are_compared_whatever_they_are_called(tmp_path: Path) -> None:
    monday, tuesday = cassette(tmp_path / "monday.json", GOOD, GOOD), cassette(tmp_path / "tuesday.json", TWO_IDS, GOOD)
    result = diff(monday, tuesday)
    assert result.exit_code == 1 and "2 and 2 streams compared in 2 groups" in result.stdout


def test_a_report_has_findings_and_says_what_it_does_not_have(old: Path, tmp_path: Path) -> None:
    report = tmp_path / "report.json"
    CliRunner().invoke(group, ["check", str(old), "--json", str(report), "-q"])
    new = side(tmp_path / "new", tools=TWO_IDS, text=GOOD)
    result = diff(report, new)
    assert result.exit_code == 1 and f"finding new {RULE}" in flat(result)
    assert f"Shape and order of {report} are not compared: a report holds no events." in flat(result)
    assert diff(report, report).exit_code == 0


def test_json_and_markdown_say_the_same(old: Path, tmp_path: Path) -> None:
    new, told, page = side(tmp_path / "new", tools=TWO_IDS), tmp_path / "diff.json", tmp_path / "diff.md"
    result = diff(old, new, "--json", told, "--markdown", page, "-q")
    found = data(result, told)
    assert (found["worst"], found["old"]["unmatched"], len(found["groups"])) == ("error", ["text.json"], 1)
    (change,) = [one for one in found["changes"] if one["part"] == "finding"]
    assert (change["name"], change["level"], change["new"]) == (RULE, "error", {"streams": 1, "of": 1})
    text = page.read_text("utf-8")
    assert f"| **error** | finding new | `{RULE}` | 0/1 | 1/1 |" in text and "Only in OLD" in text
    assert diff(old, new, "--json", "-").stdout.startswith('{\n  "diff": 1,')


def timed(folder: Path, milliseconds: float) -> Path:
    folder.mkdir()
    for number in range(12):
        at = milliseconds + number
        recording = {"reads": f"{at}:100 {at + 5}:{len(GOOD) - 100}", "end": {"kind": "eof", "at": at + 6}}
        cassette(folder / f"{number}.json", GOOD, recording=recording, scenario=f"s{number}", target="acme")
    return folder


def test_slower_is_a_warning_and_without_numpy_it_is_shown_and_not_tested(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    old, new, told = timed(tmp_path / "old", 100), timed(tmp_path / "new", 200), tmp_path / "diff.json"
    result = diff(old, new, "--fail-on", "warning", "--json", told)
    assert result.exit_code == 1
    told_once = "warning latency slower ttfb, silence_bytes 12 pairs median 105.5 -> 205.5 ms openai-chat, acme, gpt-x"
    assert told_once in flat(result), "figures that tell of the same moment"
    assert data(result, told)["latency"]
    assert diff(old, new, "--fail-on", "warning", "--latency-threshold", "150").exit_code == 0
    assert "105 -> 206" in flat(diff(old, new, "--all")) or "105.5 -> 205.5" in flat(diff(old, new, "--all"))
    monkeypatch.setattr(diff_sides, "numpy_or_none", lambda: None)
    result = diff(old, new, "--fail-on", "warning")
    assert result.exit_code == 0 and "pip install 'llm-stream-conformance[stats]'" in flat(result)


def test_usage() -> None:
    assert diff("a").exit_code == 2
    assert diff("a", "b", "--protocol", "opnai").exit_code == 2

"""`--baseline` and `--update-baseline`: known findings do not count and look it, stale ones fail with the next step."""

from __future__ import annotations

import json
import tomllib
from pathlib import Path
from typing import Any

import jsonschema
import pytest
from click.testing import CliRunner, Result

from conformance import catalogue
from conformance.cli import group
from conformance.core.baseline import UNREVIEWED
from tests.reports import GOOD, TWO_IDS, cassette

RULE = "openai-chat/id-changes"


def check(*arguments: object) -> Result:
    return CliRunner().invoke(group, ["check", *map(str, arguments)])


def flat(text: str) -> str:
    """Text without its line breaks."""
    return " ".join(text.split())


@pytest.fixture
def broken(tmp_path: Path) -> Path:
    return cassette(tmp_path / "tools.json", TWO_IDS, scenario="tools", target="acme")


@pytest.fixture
def baseline(tmp_path: Path, broken: Path) -> Path:
    """A baseline that was made by the command, and reviewed."""
    path = tmp_path / "baseline.toml"
    result = check(broken, "--baseline", path, "--update-baseline")
    assert result.exit_code == 0, result.output
    text = path.read_text(encoding="utf-8")
    path.write_text(text.replace(UNREVIEWED, "they mend it in May").replace("2026", "2025"), encoding="utf-8")
    return path


def entries(path: Path) -> list[dict[str, Any]]:
    data = tomllib.loads(path.read_text(encoding="utf-8"))
    jsonschema.validate(data, json.loads((catalogue.data_folder("schemas") / "baseline.json").read_text("utf-8")))
    found: list[dict[str, Any]] = data.get("known", [])
    return found


def test_an_update_writes_what_it_found_and_says_so(tmp_path: Path, broken: Path) -> None:
    path = tmp_path / "baseline.toml"
    result = check(broken, "--baseline", path, "--update-baseline", "--quiet")
    assert "1 added, 0 removed, 0 kept" in result.stderr
    assert f"  + {RULE}, target acme, scenario tools\n" in result.stderr
    assert "Write a reason in place of 'TODO: not reviewed'" in result.stderr
    (entry,) = entries(path)
    assert (entry["rule"], entry["target"], entry["scenario"], entry["reason"]) == (RULE, "acme", "tools", UNREVIEWED)
    assert (result.exit_code, result.stdout) == (0, "1 stream: 1 known. 1 known.\n")


def test_entries_that_differ_in_the_scenario_alone_are_told_together(tmp_path: Path) -> None:
    path, broken, mended = tmp_path / "baseline.toml", tmp_path / "broken", tmp_path / "mended"
    broken.mkdir()
    mended.mkdir()
    for number in range(8):
        cassette(broken / f"{number}.json", TWO_IDS, scenario=f"s{number}", target="acme")
        cassette(mended / f"{number}.json", GOOD, scenario=f"s{number}", target="acme")
    result = check(broken, "--baseline", path, "--update-baseline", "--quiet")
    told = f"{RULE}, target acme, 8 scenarios (s0, s1, s2, s3, s4, s5 and 2 more)"
    assert f"  + {told}\n" in result.stderr
    result = check(mended, "--baseline", path, "--markdown", tmp_path / "told.md")
    assert result.exit_code == 1
    assert flat(result.stdout).count(f"stale {told}: the rule is kept now") == 1
    assert (tmp_path / "told.md").read_text("utf-8").count("**stale**") == 1


def test_a_baseline_names_rules_that_there_are(tmp_path: Path, broken: Path, baseline: Path) -> None:
    baseline.write_text(baseline.read_text("utf-8").replace("id-changes", "id-change"), encoding="utf-8")
    result = check(broken, "--baseline", baseline)
    assert result.exit_code == 3
    assert f"{baseline}: There is no rule 'openai-chat/id-change'. Did you mean openai-chat/id-changes" in result.stderr
    result = check(broken, "--baseline", tmp_path / "none.toml")
    assert (result.exit_code, "There is no such baseline. Make it: add --update-baseline." in result.stderr) == (
        3,
        True,
    )


def test_a_known_finding_is_shown_as_known_everywhere(tmp_path: Path, broken: Path, baseline: Path) -> None:
    told, page = tmp_path / "told.json", tmp_path / "told.md"
    result = check(broken, "--baseline", baseline, "--json", told, "--markdown", page)
    assert result.exit_code == 0, result.output
    assert result.stdout.startswith("KNOWN ")
    assert f"  known    {RULE}" in result.stdout and "    known: they mend it in May (since 202" in result.stdout
    assert "1 entry, 1 seen." in flat(result.stdout)
    data = json.loads(told.read_text("utf-8"))
    jsonschema.validate(data, json.loads((catalogue.data_folder("schemas") / "report.json").read_text("utf-8")))
    assert (data["runs"][0]["verdict"], data["summary"]["findings"]["error"]) == ("known", 0)
    assert [one["scenario"] for one in data["summary"]["baseline"]["seen"]] == ["tools"]
    assert "## Known" in page.read_text("utf-8") and "## Findings" not in page.read_text("utf-8")


def test_a_stale_entry_fails_the_run_with_the_next_step(tmp_path: Path, baseline: Path) -> None:
    mended = cassette(tmp_path / "mended.json", GOOD, scenario="tools", target="acme")
    result = check(mended, "--baseline", baseline)
    assert result.exit_code == 1
    assert f"stale {RULE}, target acme, scenario tools: the rule is kept now (they mend" in flat(result.stdout)
    assert "or run again with --update-baseline." in flat(result.stdout)
    assert check(mended, "--baseline", baseline, "-q").stdout.endswith("No findings. 1 stale entry in the baseline.\n")
    assert check(mended, "--baseline", baseline, "--fail-on", "never").exit_code == 0
    update = check(mended, "--baseline", baseline, "--update-baseline")
    assert "0 added, 1 removed, 0 kept" in update.stderr and update.exit_code == 0
    assert entries(baseline) == []


def test_a_partial_check_calls_nothing_stale_and_an_update_keeps_it(tmp_path: Path, baseline: Path) -> None:
    other = cassette(tmp_path / "other.json", GOOD, scenario="text", target="acme")
    before = baseline.read_text("utf-8")
    result = check(other, "--baseline", baseline)
    assert result.exit_code == 0 and "1 entry could not be seen" in flat(result.stdout)
    assert check(other, "--baseline", baseline, "--update-baseline").exit_code == 0
    assert baseline.read_text("utf-8") == before
    assert check(other, "--baseline", baseline, "--rule", "sse/*").exit_code == 0


def test_an_update_keeps_reasons_and_dates(tmp_path: Path, broken: Path, baseline: Path) -> None:
    another = cassette(tmp_path / "another.json", TWO_IDS, scenario="text", target="acme")
    check(broken, another, "--baseline", baseline, "--update-baseline")
    old, new = entries(baseline)
    assert (old["scenario"], old["reason"], new["scenario"], new["reason"]) == (
        "tools", "they mend it in May", "text", UNREVIEWED,
    )  # fmt: skip
    assert "1 entry not reviewed" in flat(check(broken, another, "--baseline", baseline).stdout)


@pytest.mark.parametrize(
    ("text", "said"),
    [
        ("[[known]]\nrule = 'x'\n", "known/0"),
        ("[[know]]\n", "Did you mean known?"),
        ("=", "is not TOML"),
    ],
)
def test_a_baseline_that_does_not_fit_is_named_before_anything_is_judged(tmp_path: Path, text: str, said: str) -> None:
    path = tmp_path / "b.toml"
    path.write_text(text, encoding="utf-8")
    result = check(tmp_path, "--baseline", path)
    assert (result.exit_code, result.stdout) == (3, "") and said in result.stderr


def test_a_date_of_toml_needs_no_quotation_marks(tmp_path: Path, broken: Path) -> None:
    path = tmp_path / "b.toml"
    path.write_text(f'[[known]]\nrule="{RULE}"\ntarget="*"\nscenario="*"\nreason="r"\ndate=2026-11-01\n', "utf-8")
    assert check(broken, "--baseline", path).exit_code == 0


def test_usage() -> None:
    result = check("x", "--update-baseline")
    assert (result.exit_code, "Name it with --baseline FILE." in result.stderr) == (2, True)
    assert check("x", "--baseline", "nowhere.toml").exit_code == 3

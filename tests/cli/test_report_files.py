"""Every report in one invocation, and what reaches them: places in the files, the level that fails."""

from __future__ import annotations

import json
from pathlib import Path

import pytest
from click.testing import CliRunner, Result
from junitparser import JUnitXml

from conformance import library
from conformance.cli import group, options
from conformance.cli.options import forms
from conformance.cli.spots import located
from tests.reports import GOOD, TWO_IDS, cassette

RULE = "openai-chat/id-changes"


def check(*arguments: str | Path) -> Result:
    return CliRunner().invoke(group, ["check", *map(str, arguments)])


@pytest.fixture
def bad(tmp_path: Path) -> Path:
    return cassette(tmp_path / "bad.json", TWO_IDS)


def test_all_reports_are_written_in_one_invocation(bad: Path, tmp_path: Path) -> None:
    assert {"junit", "sarif", "github", "pr-comment", "badge", "json", "markdown"} <= set(forms())
    files = {form: tmp_path / f"report.{form}" for form in forms()}
    asked = [word for form, path in files.items() for word in (f"--{form}", path)]
    assert check(bad, "--rule", RULE, *asked).exit_code == 1
    for form, path in files.items():
        assert RULE in path.read_text(encoding="utf-8") or form == "badge", form


def test_results_have_their_place_in_the_file(bad: Path, tmp_path: Path) -> None:
    sarif = tmp_path / "r.sarif"
    result = check(bad, "--rule", RULE, "--sarif", sarif, "--github", "-")
    region = json.loads(sarif.read_text(encoding="utf-8"))["runs"][0]["results"][0]["locations"][0]["physicalLocation"][
        "region"
    ]
    text = bad.read_text(encoding="utf-8").split("\n")[region["startLine"] - 1]
    assert text[region["startColumn"] - 1 :].startswith('data: {\\"id\\": \\"chatcmpl-1')
    assert f"line={region['startLine']},col={region['startColumn']},endLine=" in result.stdout
    assert result.stdout.startswith("::error file=")


@pytest.mark.parametrize(("fail_on", "failures"), [("error", 1), ("never", 0)])
def test_junit_fails_what_the_exit_code_counts(bad: Path, tmp_path: Path, fail_on: str, failures: int) -> None:
    xml = tmp_path / "r.xml"
    assert check(bad, "--rule", RULE, "--junit", xml, "--fail-on", fail_on).exit_code == failures
    assert JUnitXml.fromfile(str(xml)).failures == failures


def test_files_are_read_again_only_where_a_form_shows_places_and_something_was_found(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    read: list[str] = []
    monkeypatch.setattr("conformance.cli.spots._locator", lambda source: read.append(source))
    good, bad = cassette(tmp_path / "good.json", GOOD), cassette(tmp_path / "bad.json", TWO_IDS)
    check(good, bad, "--rule", RULE, "--markdown", tmp_path / "r.md")
    assert read == []
    check(good, bad, "--rule", RULE, "--sarif", tmp_path / "r.sarif")
    assert read == [str(bad)]


def test_what_cannot_be_read_again_has_no_place(bad: Path) -> None:
    whole = library.report([library.check(one) for one in library.load(bad)])
    bad.unlink()
    assert all(one.spot is None for run in located(whole).runs for one in run.findings)


def test_the_help_calls_each_form_by_its_name() -> None:
    text = CliRunner().invoke(group, ["check", "--help"], terminal_width=100).output
    for form, name in (
        ("junit", "JUnit XML"),
        ("sarif", "SARIF 2.1.0"),
        ("pr-comment", "a comment for a pull request"),
    ):
        assert f"Write the report as {name}; - is standard output." in " ".join(text.split()), form
    assert all(options._titles()[form] != form for form in forms()), "each file says what it is"

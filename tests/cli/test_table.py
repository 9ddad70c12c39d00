"""`conformance table`: the same from recordings and from JSON reports, narrowed as asked, honest about the rest."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest
from click.testing import CliRunner, Result

from conformance.cli import group
from conformance.cli.options import forms
from tests.reports import GOOD, TWO_IDS, cassette


def table(*arguments: str) -> Result:
    return CliRunner().invoke(group, ["table", *arguments])


@pytest.fixture
def recordings(tmp_path: Path) -> Path:
    folder = tmp_path / "recordings"
    folder.mkdir()
    cassette(folder / "a.yaml.json", GOOD, TWO_IDS, provider="acme", recorded="2026-01-02T00:00:00Z")
    cassette(folder / "b.json", GOOD, provider="other", recorded="2026-03-02T00:00:00Z")
    return folder


def test_columns_are_who_streamed_and_cells_say_on_how_many_streams(recordings: Path) -> None:
    result = table(str(recordings))
    assert result.exit_code == 0, result.output
    lines = result.output.splitlines()
    assert any(line.split() == ["acme", "other"] for line in lines)
    (row,) = [line for line in lines if line.startswith("openai-chat/id-changes")]
    assert row.split() == ["openai-chat/id-changes", "fail", "1/2", "pass", "1/1"]
    assert result.output.endswith("3 streams of 2 providers in 1 protocol.\n")


def test_a_report_gives_the_table_of_its_recordings(recordings: Path, tmp_path: Path) -> None:
    told, now, again = tmp_path / "told.json", tmp_path / "now.json", tmp_path / "again.json"
    CliRunner().invoke(group, ["check", str(recordings), "--json", str(told), "--quiet"])
    assert table(str(recordings), "--json", str(now)).exit_code == 0
    assert table(str(told), "--json", str(again)).exit_code == 0
    assert told_by(again) == told_by(now)
    assert "http.month" not in now.read_text(encoding="utf-8")  # dates stand above the table


def told_by(path: Path) -> list[object]:
    """The tables of a file, without why rules did not apply, which a report does not hold."""
    tables: list[dict[str, Any]] = json.loads(path.read_text(encoding="utf-8"))["tables"]
    for row in (row for part in tables for row in part["rows"]):
        for seen in (seen for cell in row["cells"].values() for seen in cell["seen"]):
            seen.pop("reason", None)
    return list(tables)


def test_a_report_and_a_folder_stand_beside_each_other_and_nothing_counts_twice(
    recordings: Path, tmp_path: Path
) -> None:
    told = tmp_path / "told.json"
    CliRunner().invoke(group, ["check", str(recordings), "--json", str(told), "--quiet"])
    result = table(str(told), str(recordings), "--quiet")
    assert result.output == "3 streams of 2 providers in 1 protocol.\n"


@pytest.mark.parametrize(
    ("arguments", "says"),
    [
        (["--provider", "acme"], "2 streams of 1 provider in 1 protocol."),
        (["--provider", "*"], "3 streams of 2 providers in 1 protocol."),
        (["--by", "model"], "3 streams of 1 model in 1 protocol."),
        (["--protocol", "openai-chat"], "3 streams of 2 providers in 1 protocol."),
    ],
)
def test_filters_and_columns_as_asked(recordings: Path, arguments: list[str], says: str) -> None:
    assert table(str(recordings), "--quiet", *arguments).output == f"{says}\n"


def test_rows_of_a_family_and_of_a_level_alone(recordings: Path) -> None:
    usage = table(str(recordings), "--family", "usage").output
    assert "usage.placement" in usage and "http.charset" not in usage
    errors = table(str(recordings), "--level", "error").output
    assert "openai-chat/id-changes" in errors and "usage.placement" not in errors


@pytest.mark.parametrize(
    ("arguments", "says"),
    [(["--provider", "acne"], "Did you mean acme?"), (["--protocol", "openai-caht"], "Did you mean openai-chat?")],
)
def test_a_filter_that_names_nothing_is_answered_with_the_nearest(
    recordings: Path, arguments: list[str], says: str
) -> None:
    result = table(str(recordings), *arguments)
    assert result.exit_code == 2 and says in result.output


def test_every_form_is_written_and_those_with_places_hold_the_bytes(recordings: Path, tmp_path: Path) -> None:
    written = {form: tmp_path / f"table.{form}" for form in forms("matrix", printed="text")}
    result = table(
        str(recordings),
        "--quiet",
        *(word for form, path in written.items() for word in (f"--{form}", str(path))),
        *("--title", "Who streams how", "--note", "Recorded by hand"),
    )
    assert result.exit_code == 0 and set(written) == {"csv", "html", "json", "markdown"}
    for form in ("html", "json", "csv"):
        assert "chatcmpl-…" in written[form].read_text(encoding="utf-8"), form
    for form in ("html", "json", "markdown"):
        told = written[form].read_text(encoding="utf-8")
        assert "Who streams how" in told and "Recorded by hand" in told
        assert "Hello" not in told, "what the model said"


def test_a_recording_that_is_another_by_now_shows_no_bytes(recordings: Path, tmp_path: Path) -> None:
    told, out = tmp_path / "told.json", tmp_path / "out.json"
    CliRunner().invoke(group, ["check", str(recordings), "--json", str(told), "--quiet"])
    cassette(recordings / "a.yaml.json", GOOD + GOOD, TWO_IDS * 2, provider="acme")
    (recordings / "b.json").unlink()
    assert table(str(told), "--quiet", "--json", str(out)).exit_code == 0
    assert '"quote"' not in out.read_text(encoding="utf-8")
    assert '"offset"' in out.read_text(encoding="utf-8")


def test_a_run_that_did_not_end_is_marked(recordings: Path) -> None:
    answered = {"scenario": "text", "answer": {"status": 200}}
    cut = {"scenario": "tools", "answer": {"status": 200}, "interrupted": True}
    entries = [answered, cut, {"scenario": "n", "answer": None}, {"scenario": "x", "answer": None, "skipped": "dear"}]
    manifest = {"interrupted": True, "ended": "2026-01-01", "scenarios": entries}
    (recordings / "manifest.json").write_text(json.dumps(manifest), encoding="utf-8")
    said = "the run was interrupted; 2 of 3 scenarios have no answer (tools, n)"
    text = table(str(recordings)).output
    assert table(str(recordings), "--quiet").output.endswith(" 2 columns partial.\n")
    assert "PARTIAL" in text and said in " ".join(text.split())
    manifest = {"interrupted": False, "ended": "2026-01-01", "scenarios": [answered]}
    (recordings / "manifest.json").write_text(json.dumps(manifest), encoding="utf-8")
    assert "partial" not in table(str(recordings)).output.lower()


def test_a_table_of_a_run_counts_as_its_report_does(tmp_path: Path) -> None:
    """What the manifest says of an answer counts here, too: an answer that fails to show what was asked for."""
    folder, report, out = tmp_path / "run", tmp_path / "report.json", tmp_path / "out.json"
    asked = ["--scenario", "text", "--scenario", "text-unstreamed", "--scenario", "tools", "--protocol", "openai-chat"]
    CliRunner().invoke(group, ["run", "builtin", *asked, "--output", str(folder), "--json", str(report), "--quiet"])
    manifest = json.loads((folder / "manifest.json").read_text(encoding="utf-8"))
    (tools,) = [entry for entry in manifest["scenarios"] if entry["scenario"] == "tools"]
    tools["asked"]["expect"] = {"traits": {"tools.parallel": [3]}}
    (folder / "manifest.json").write_text(json.dumps(manifest), encoding="utf-8")
    assert table(str(folder), "--quiet", "--json", str(out)).exit_code == 0
    (part,) = json.loads(out.read_text(encoding="utf-8"))["tables"]
    verdicts = [stream["verdict"] for stream in part["columns"][0]["streams"]]
    assert sorted(verdicts) == ["inconclusive", "pass", "pass"]
    assert any(row["name"].startswith("parity/") and row["cells"] for row in part["rows"]), "nothing was compared"


def test_columns_name_the_versions_that_their_streams_tell(tmp_path: Path) -> None:
    cassette(tmp_path / "a.json", GOOD, target="mine", target_version="2.1")
    cassette(tmp_path / "b.json", GOOD, target="mine", target_version="2.2")
    cassette(tmp_path / "c.json", GOOD, target="other")
    written = {form: tmp_path / f"table.{form}" for form in ("html", "json", "markdown")}
    files = [word for form, path in written.items() for word in (f"--{form}", str(path))]
    assert table(str(tmp_path), "--by", "target", "--quiet", *files).exit_code == 0
    columns = json.loads(written["json"].read_text(encoding="utf-8"))["tables"][0]["columns"]
    assert {one["key"]: one.get("versions") for one in columns} == {"mine": ["2.1", "2.2"], "other": None}
    assert "| mine | 2 | 2.1, 2.2 | 2 pass |" in written["markdown"].read_text(encoding="utf-8")
    assert "2.1, 2.2" in written["html"].read_text(encoding="utf-8")


def test_what_cannot_be_read_is_named_and_the_rest_is_shown(recordings: Path) -> None:
    (recordings / "c.yaml").write_text("version: 1\ninteractions: [", encoding="utf-8")
    result = table(str(recordings))
    assert result.exit_code == 3
    assert "c.yaml" in result.output and "acme" in result.output


def test_a_report_of_another_make_is_refused_with_the_next_step(tmp_path: Path) -> None:
    path = tmp_path / "old.json"
    path.write_text('{"report": 1, "runs": []}', encoding="utf-8")
    result = table(str(path))
    assert result.exit_code == 3 and "old.json" in result.output and "schemas/report.json" in result.output


def test_a_form_that_goes_to_standard_output_has_it_for_itself(recordings: Path) -> None:
    result = table(str(recordings), "--json", "-")
    assert json.loads(result.stdout)["table"] == 1


@pytest.mark.corpus
def test_the_table_of_the_corpus_tells_of_all_streams_and_providers(corpus: Path, tmp_path: Path) -> None:
    out = tmp_path / "out.json"
    table(str(corpus / "cassettes"), "--quiet", "--json", str(out), "--protocol", "cohere-chat")
    (part,) = json.loads(out.read_text(encoding="utf-8"))["tables"]
    assert [column["key"] for column in part["columns"]] == ["cohere"]
    assert len(part["columns"][0]["streams"]) == 18

"""The report as SARIF: the official schema accepts it, and its places are those of the file."""

from __future__ import annotations

import json
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest
from jsonschema import Draft4Validator

from conformance import catalogue, library
from conformance.cli.spots import located
from conformance.core.baseline import BaselineCheck, Entry
from conformance.core.finding import Failure, Level, Report, Spot, Stale
from conformance.render.sarif import render
from tests.reports import TWO_IDS, cassette, finding, report, run

SCHEMA = json.loads((Path(__file__).parent / "sarif" / "sarif-2.1.0-rtm.5.json").read_text(encoding="utf-8"))
SPOT = Spot(12, 9, 12, 40, 'data: {"id":"x"}')


def log(content: Report) -> dict[str, Any]:
    """The one run of the log, after the official schema has accepted it."""
    whole = json.loads(render(content))
    wrong = [(list(error.absolute_path), error.message[:200]) for error in Draft4Validator(SCHEMA).iter_errors(whole)]
    assert wrong == []
    (one,) = whole["runs"]
    return dict(one)


def result(content: Report) -> dict[str, Any]:
    (found,) = log(content)["results"]
    return dict(found)


def test_the_schema_refuses_what_is_none() -> None:
    assert not Draft4Validator(SCHEMA).is_valid({"version": "2.1.0", "runs": [{"results": []}]})


def test_a_result_has_rule_level_message_place_and_what_stands_there() -> None:
    one = result(report(run("c/a b.yaml", finding(event=3, offset=41, pointer="/id", at=5.5, count=2, spot=SPOT))))
    assert (one["ruleId"], one["ruleIndex"], one["level"], one["occurrenceCount"]) == ("demo/fault", 0, "error", 2)
    assert one["message"] == {"text": "what is wrong. (2 times)"}
    (place,) = one["locations"]
    assert place["physicalLocation"] == {
        "artifactLocation": {"uri": "c/a%20b.yaml", "uriBaseId": "%SRCROOT%"},
        "region": {"startLine": 12, "startColumn": 9, "endLine": 12, "endColumn": 40,
                   "snippet": {"text": 'data: {"id":"x"}'}},
    }  # fmt: skip
    assert place["logicalLocations"][0]["fullyQualifiedName"] == "interactions[0]/events[3]/id"
    told = one["properties"]
    assert (told["byteOffset"], told["event"], told["pointer"], told["at"]) == (41, 3, "/id", 5.5)


def test_a_place_that_is_only_near_is_a_line_with_the_reason_in_the_message() -> None:
    near = Spot(7, remark="The file holds the body in base64: this is the line where it begins.")
    one = result(report(run("a.yaml", finding(spot=near))))
    assert one["locations"][0]["physicalLocation"]["region"] == {"startLine": 7}
    assert one["message"]["text"].endswith(near.remark)


def test_standard_input_is_no_file() -> None:
    assert "physicalLocation" not in result(report(run("-", finding(offset=4))))["locations"][0]


@pytest.mark.parametrize(
    ("source", "uri"),
    [
        ("/x/ä.yaml", "file:///x/%C3%A4.yaml"),
        ("C:\\x\\a.yaml", "file:///C:/x/a.yaml"),
        ("x\\a.yaml", "x/a.yaml"),
        ("./a#1.yaml", "a%231.yaml"),
        ("../c/a.yaml", "../c/a.yaml"),
    ],
)
def test_a_path_is_a_uri(source: str, uri: str) -> None:
    assert result(report(run(source, finding())))["locations"][0]["physicalLocation"]["artifactLocation"]["uri"] == uri


def test_what_does_not_count_is_suppressed_with_its_reason() -> None:
    waived = finding("demo/a", waived="the provider says so")
    known = finding("demo/b", known="a ticket (since 2026-11-01)")
    found = {one["ruleId"]: one["suppressions"] for one in log(report(run("a", waived, known, finding())))["results"]}
    assert [one["justification"] for one in found["demo/a"]] == ["waived: the provider says so"]
    assert [one["justification"] for one in found["demo/b"]] == ["known: a ticket (since 2026-11-01)"]
    assert found["demo/fault"] == []


def test_what_could_not_be_read_and_what_is_stale_is_told() -> None:
    entry = Entry("demo/fault", "groq", "tools", "a reason", "2026-11-01")
    content = report(run(), failures=[Failure("b.yaml", "b.yaml: is no YAML.")], stale=[Stale("d", "demo/x", "y", 9)])
    (told,) = log(replace(content, baseline=BaselineCheck("b.toml", stale=(entry,))))["invocations"]
    assert told["executionSuccessful"] is False
    assert [one["level"] for one in told["toolExecutionNotifications"]] == ["error", "warning", "error"]
    assert log(report(run()))["invocations"][0]["executionSuccessful"] is True


def test_every_rule_has_its_whole_page_its_sentence_and_its_address() -> None:
    rules = [entry.rule for entry in catalogue.rules().values()]
    found = log(report(run("a", *(finding(rule.id, rule.level) for rule in rules))))["tool"]["driver"]["rules"]
    assert [one["id"] for one in found] == sorted(rule.id for rule in rules)
    by_id = {one["id"]: one for one in found}
    for rule in rules:
        told = by_id[rule.id]
        assert told["helpUri"] == rule.cite[0].url
        assert told["defaultConfiguration"]["level"] == rule.level.label
        for cite in rule.cite:
            assert cite.quote in told["help"]["text"]
            assert cite.quote in told["help"]["markdown"]
        assert all(url in told["help"]["markdown"] for _, url in rule.breaks)
        assert told["shortDescription"]["text"] == f"{rule.title}."
        assert len(told["fullDescription"]["text"]) < 1024, "GitHub cuts it there"


def test_fingerprints_tell_all_results_apart_and_stay() -> None:
    content = report(run("a", finding(), finding(message="other"), finding("demo/b")), run("b", finding()))
    prints = [one["partialFingerprints"]["conformance/v1"] for one in log(content)["results"]]
    assert len(set(prints)) == 4
    assert prints == [one["partialFingerprints"]["conformance/v1"] for one in log(content)["results"]]


def test_what_a_peer_sent_is_no_placeholder_no_link_and_no_control_character() -> None:
    text = result(report(run("a", finding(message="{0} {x} [a](1) \x1b[31m \ud800"))))["message"]["text"]
    assert text == "{{0}} {x} \\[a](1) \\x1b[31m \\ud800."


def test_the_same_report_gives_the_same_log() -> None:
    content = report(run("a", finding(level=Level.NOTE)))
    assert render(content) == render(content)


def check_places(content: Report) -> int:
    """How many snippets stand in their file where the region says; all do."""
    checked = 0
    for one in log(content)["results"]:
        place = one["locations"][0]["physicalLocation"]
        region = place["region"]
        if "snippet" not in region:
            continue
        lines = Path(place["artifactLocation"]["uri"].removeprefix("file://")).read_text(encoding="utf-8").split("\n")
        part = lines[region["startLine"] - 1 : region["endLine"]]
        part[-1] = part[-1][: region["endColumn"] - 1]
        part[0] = part[0][region["startColumn"] - 1 :]
        assert "\n".join(part) == region["snippet"]["text"]
        checked += 1
    return checked


def test_the_region_of_a_finding_holds_its_event(tmp_path: Path) -> None:
    path = cassette(tmp_path / "a.json", TWO_IDS)
    content = located(library.report([library.check(one) for one in library.load(path)]))
    assert check_places(content) > 0
    (one,) = [one for one in log(content)["results"] if one["ruleId"] == "openai-chat/id-changes"]
    assert "chatcmpl-1" in one["locations"][0]["physicalLocation"]["region"]["snippet"]["text"]


@pytest.mark.corpus
def test_the_corpus_is_accepted_and_stands_where_it_says(corpus: Path) -> None:
    files = sorted((corpus / "cassettes").rglob("*.yaml"))[::12]
    runs = [library.check(one, dialect="strict") for path in files for one in library.load(path)]
    assert check_places(located(library.report(runs))) > 40

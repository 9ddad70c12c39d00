"""The report as JUnit XML, as its readers see it."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path
from xml.etree import ElementTree

import pytest
from junitparser import Error, Failure, JUnitXml, Skipped, TestCase

from conformance import library
from conformance.core import finding as model
from conformance.core.baseline import BaselineCheck, Entry
from conformance.core.finding import Level, Report, Spot, Stale, Verdict
from conformance.render.junit import render
from tests.reports import GOOD, TWO_IDS, cassette, finding, report, run

ERROR = finding(event=1, offset=260, at=104.5, message="two ids: 'a', then 'b'", count=3)
WARNING = finding("demo/doubt", Level.WARNING, "a doubt")
WAIVED = finding("demo/known", Level.WARNING, "known", waived="the provider says so")


def parsed(content: Report) -> JUnitXml:
    return JUnitXml.fromstring(render(content).encode())


def cases(content: Report) -> dict[str, TestCase]:
    return {case.name: case for suite in parsed(content) for case in suite}


def test_one_case_for_each_stream_and_rule_with_what_became_of_it() -> None:
    content = report(run("a.yaml", ERROR, WARNING, WAIVED), run("b.yaml"))
    root = parsed(content)
    assert [suite.name for suite in root] == ["a.yaml", "b.yaml"]
    assert [len(list(suite)) for suite in root] == [len(one.outcomes) for one in content.runs]
    assert (root.tests, root.failures, root.errors) == (11, 1, 0)
    assert [suite.skipped for suite in root] == [2, 2]
    names = [(case.classname, case.name) for suite in root for case in suite]
    assert len(set(names)) == len(names)


def test_a_failure_tells_message_place_and_sentence() -> None:
    (failure,) = cases(report(run("a.yaml", ERROR)))["demo/fault"].result
    assert isinstance(failure, Failure)
    assert (failure.type, failure.message) == ("error", "two ids: 'a', then 'b'")
    assert failure.text == "error: two ids: 'a', then 'b' (3 times)\nevent 1 · byte 260 · 104.5 ms"


def test_a_finding_says_where_it_stands_in_the_file() -> None:
    for spot, words in ((Spot(49, 9, 49, 80), "a.yaml:49:9"), (Spot(12), "a.yaml:12")):
        (failure,) = cases(report(run("a.yaml", replace(ERROR, spot=spot))))["demo/fault"].result
        assert words in failure.text.splitlines()
    assert [suite.get("file") for suite in ElementTree.fromstring(render(report(run("r/a.yaml"))))] == ["r/a.yaml"]


KNOWN = {
    "testsuites": {"name", "time", "tests", "failures", "errors"},
    "testsuite": {"name", "tests", "failures", "errors", "skipped", "time", "file"},
    "testcase": {"name", "time", "classname", "group"},
    "properties": set(),
    "property": {"name", "value"},
    "failure": {"type", "message"},
    "error": {"type", "message"},
    "skipped": {"type", "message"},
    "system-out": set(),
}
"""Attributes, of those that junit-10.xsd of Jenkins' xunit plugin has: it refuses a file with any other."""


def test_nothing_is_written_that_the_xunit_plugin_of_jenkins_refuses() -> None:
    asked = run("b.yaml", WARNING, WAIVED, latency={"total": 1234567.8}, outcomes=())
    content = report(run("a.yaml", ERROR, WARNING), asked, failures=[model.Failure("c.yaml", "no YAML")])
    stale = Entry("demo/fault", "groq", "tools", "a reason", "2026-11-01")
    text = render(replace(content, baseline=BaselineCheck("b.toml", stale=(stale,)), stale=[Stale("x", "y", "z", 1)]))
    seen = [(element.tag, name) for element in ElementTree.fromstring(text).iter() for name in element.attrib]
    assert [(tag, name) for tag, name in seen if name not in KNOWN[tag]] == []


def test_a_finding_of_a_known_rule_comes_with_its_sentence_and_where_it_stands(tmp_path: Path) -> None:
    runs = [library.check(one) for one in library.load(cassette(tmp_path / "a.json", TWO_IDS))]
    (failure,) = cases(library.report(runs))["openai-chat/id-changes"].result
    assert "“A unique identifier for the chat completion. Each chunk has the same ID.”\nhttps://" in failure.text


@pytest.mark.parametrize(
    ("fail_on", "failed"),
    [(Level.ERROR, {"demo/fault"}), (Level.WARNING, {"demo/fault", "demo/doubt"}), (None, set())],
)
def test_what_fails_is_what_the_reader_counts(fail_on: Level | None, failed: set[str]) -> None:
    found = cases(replace(report(run("a.yaml", ERROR, WARNING, WAIVED)), fail_on=fail_on))
    assert {name for name, case in found.items() if any(isinstance(one, Failure) for one in case.result)} == failed


def test_what_does_not_fail_is_told_and_passes() -> None:
    found = cases(report(run("a.yaml", ERROR, WARNING, WAIVED)))
    assert found["demo/doubt"].is_passed
    assert found["demo/doubt"].system_out == "warning: a doubt"
    assert found["demo/known"].is_passed
    assert found["demo/known"].system_out == "waived: known\nwaived: the provider says so"


def test_what_could_not_be_told_is_skipped_with_its_reason() -> None:
    found = cases(report(run("a.yaml")))
    for name, reason in (("demo/idle", "no tool was called"), ("demo/blind", "not recorded: reads, timing")):
        (skipped,) = found[name].result
        assert isinstance(skipped, Skipped)
        assert skipped.message == reason


def test_inconclusive_is_no_pass_but_keeps_what_failed() -> None:
    asked = run("a.yaml", WARNING, verdict=Verdict.INCONCLUSIVE, inconclusive="the model called no tool")
    found = cases(report(asked))
    assert not any(case.is_passed for name, case in found.items() if name.startswith("demo/held"))
    assert {one.message for one in found["demo/held-0"].result} == {"inconclusive: the model called no tool"}
    assert found["demo/doubt"].is_passed


def test_what_could_not_be_read_is_an_error() -> None:
    content = report(run("a.yaml"), failures=[model.Failure("b.yaml", "b.yaml: is no YAML. Check it.")])
    (error,) = cases(content)["unreadable"].result
    assert isinstance(error, Error)
    assert error.message == "b.yaml: is no YAML. Check it."
    assert parsed(content).errors == 1


def test_a_stream_that_no_rule_judged_is_no_green_suite() -> None:
    content = report(run("a.yaml", verdict=Verdict.NOT_APPLICABLE, outcomes=()))
    assert cases(content)["verdict"].is_skipped


def test_a_stale_entry_of_the_baseline_fails_and_a_stale_deviation_is_told() -> None:
    entry = Entry("demo/fault", "groq", "tools", "a reason", "2026-11-01")
    content = report(run("a.yaml"), stale=[Stale("groq", "demo/gone", "why", 12)])
    found = cases(replace(content, baseline=BaselineCheck("baseline.toml", stale=(entry,))))
    (failure,) = found["demo/fault"].result
    assert isinstance(failure, Failure)
    assert "baseline.toml" in failure.text
    assert "12 runs kept" in (found["demo/gone"].system_out or "")


def test_the_class_has_one_dot_between_target_and_stream() -> None:
    told = run("runs/x/tools.v2.yaml", metadata={"target": "gw.example.com"})
    names = {case.classname for suite in parsed(report(told)) for case in suite}
    assert names == {"gw_example_com.runs/x/tools_v2_yaml"}


def test_no_character_breaks_the_xml() -> None:
    hostile = "".join(map(chr, range(32))) + "\x7f\ud800\ufffe\uffff]]>&<'\"\u2028😀"
    content = report(
        run(f"a{hostile}.yaml", finding(message=hostile, pointer=hostile, waived=None), model=hostile),
        failures=[model.Failure(hostile, hostile)],
    )
    text = render(content)
    assert ElementTree.fromstring(text.encode()).tag == "testsuites"
    assert "😀" in text
    assert "\x1b" not in text


def test_the_time_is_that_of_the_stream() -> None:
    (suite,) = parsed(report(run("a.yaml", latency={"total": 1234.5})))
    assert suite.time == 1.234 or suite.time == 1.235


def test_a_real_stream_passes_where_it_holds(tmp_path: Path) -> None:
    runs = [library.check(one) for one in library.load(cassette(tmp_path / "a.json", GOOD))]
    root = parsed(library.report(runs))
    assert (root.failures, root.errors) == (0, 0)
    assert root.tests > sum(suite.skipped for suite in root) > 0

"""The report as a badge."""

from __future__ import annotations

import json
from dataclasses import replace

import pytest

from conformance.core.baseline import BaselineCheck, Entry
from conformance.core.finding import Failure, Level, Report, Verdict
from conformance.render.badge import render
from tests.reports import finding, report, run

WARNED = run("a", finding(level=Level.WARNING))
BLIND = run("a", verdict=Verdict.NOT_RECORDED)


@pytest.mark.parametrize(
    ("content", "message", "colour"),
    [
        (report(run()), "conforms", "brightgreen"),
        (report(run(), run("b", finding(level=Level.NOTE))), "2 streams conform", "brightgreen"),
        (report(run("a", finding(), finding("demo/b")), WARNED), "2 errors", "red"),
        (report(WARNED), "1 warning", "yellow"),
        (replace(report(WARNED), fail_on=Level.WARNING), "1 warning", "red"),
        (replace(report(run("a", finding())), fail_on=None), "1 error", "yellow"),
        (report(run("a", finding(waived="documented"), verdict=Verdict.WAIVED)), "conforms", "brightgreen"),
        (report(BLIND), "no verdict", "lightgrey"),
        (report(), "no verdict", "lightgrey"),
        (report(run(), failures=[Failure("b", "b: is no YAML.")]), "1 not judged", "lightgrey"),
    ],
)
def test_words_and_colour_follow_the_verdict(content: Report, message: str, colour: str) -> None:
    told = json.loads(render(content))
    assert (told["message"], told["color"]) == (message, colour)
    assert told["schemaVersion"] == 1
    assert told["isError"] is (colour == "red")
    assert set(told) <= {"schemaVersion", "label", "message", "color", "isError"}


def test_a_stale_baseline_fails() -> None:
    check = BaselineCheck("b.toml", stale=(Entry("demo/fault", "*", "tools", "r", "2026-11-01"),))
    assert json.loads(render(replace(report(run()), baseline=check)))["message"] == "stale baseline"

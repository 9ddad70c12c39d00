"""The JSON report: the published keys, in the published order, valid against the published schema."""

from __future__ import annotations

import json
from datetime import UTC, datetime

import jsonschema
import pytest

from conformance.catalogue import data_folder
from conformance.core.baseline import BaselineCheck, Entry
from conformance.core.finding import Failure, Family, Level, Report, Stale, Verdict
from conformance.render.json_ import render
from tests.reports import finding, report, run

SCHEMA = json.loads((data_folder("schemas") / "report.json").read_text(encoding="utf-8"))
WAIVED = finding("demo/known", Level.WARNING, "known", waived="the provider says so", event=3, offset=99)
FULL = report(
    run(
        "a.yaml",
        finding(event=1, offset=260, pointer="/id", at=104.5, count=3),
        WAIVED,
        finding("demo/hint", Level.NOTE),
        traits={"usage.placement": "own-chunk", "tools": True, "names": ["a", "b"], "n": 2},
        latency={"ttfb": 12.5, "total": None, "reads": 7},
        reproduce="curl -N https://example.com",
    ),
    run("b.yaml", protocol=None, model=None, verdict=Verdict.NOT_APPLICABLE, outcomes=()),
    failures=[Failure("c.yaml", "c.yaml: is no YAML. Check it.")],
    stale=[Stale("groq", "demo/gone", "it was so once", 4)],
    baseline=BaselineCheck("baseline.toml", stale=(Entry("demo/gone", "groq", "tools", "slow", "2026-11-01"),)),
)


def values(content: Report) -> dict[str, object]:
    data: dict[str, object] = json.loads(render(content))
    return data


@pytest.mark.parametrize("content", [FULL, report(), report(run())], ids=["full", "empty", "one"])
def test_every_report_fits_the_published_schema(content: Report) -> None:
    jsonschema.Draft202012Validator.check_schema(SCHEMA)
    jsonschema.Draft202012Validator(SCHEMA).validate(values(content))


def test_the_keys_stand_in_the_published_order() -> None:
    data = json.loads(render(FULL))
    assert list(data) == list(SCHEMA["properties"])
    for name, one in (
        ("run", data["runs"][0]),
        ("finding", data["runs"][0]["findings"][0]),
        ("summary", data["summary"]),
        ("judge", data["rules"][0]),
    ):
        assert list(one) == list(SCHEMA["$defs"][name]["properties"]), name


def test_the_schema_knows_every_family_level_and_verdict() -> None:
    defs = SCHEMA["$defs"]
    assert defs["family"]["enum"] == [family.value for family in Family]
    assert defs["level"]["enum"] == [level.label for level in reversed(Level)]
    assert defs["verdict"]["enum"] == [verdict.value for verdict in Verdict]


def test_a_letter_for_each_rule_says_what_became_of_it() -> None:
    data = json.loads(render(FULL))
    ids = [rule["id"] for rule in data["rules"]]
    told = dict(zip(ids, data["runs"][0]["outcomes"], strict=True))
    assert (told["demo/fault"], told["demo/known"], told["demo/held-0"]) == ("f", "w", "p")
    assert (told["demo/idle"], told["demo/blind"]) == ("n", "r")
    assert data["runs"][1]["outcomes"] == "-" * len(ids)


def test_a_rule_that_is_known_comes_with_its_title_and_place() -> None:
    known, unknown = "sse/unknown-field", "demo/fault"
    data = values(report(run("a.yaml", finding(known), finding(unknown))))
    rules = {rule["id"]: rule for rule in data["rules"]}  # type: ignore[attr-defined]
    assert rules[known]["family"] == "framing" and rules[known]["title"] and rules[known]["url"].startswith("https://")
    assert set(rules[unknown].values()) == {unknown, None}


def test_what_a_cassette_says_of_itself_is_told_whatever_its_types() -> None:
    odd = {"recorded": datetime(2026, 1, 2, tzinfo=UTC), "provider": "groq", 5: {"x": b"y"}}
    told = values(report(run(metadata=odd, missing=("framing",))))["runs"][0]  # type: ignore[index]
    assert told["metadata"] == {"recorded": "2026-01-02T00:00:00+00:00", "provider": "groq", "5": {"x": "b'y'"}}
    assert told["missing"] == ["framing"]


def test_a_finding_loses_nothing() -> None:
    first = json.loads(render(FULL))["runs"][0]["findings"][0]
    assert first == {
        "rule": "demo/fault",
        "level": "error",
        "family": "shape",
        "message": "what is wrong",
        "event": 1,
        "offset": 260,
        "pointer": "/id",
        "at": 104.5,
        "waived": None,
        "count": 3,
        "known": None,
        "newer": None,
    }


def test_what_is_waived_is_in_the_findings_but_not_in_the_totals() -> None:
    data = json.loads(render(FULL))
    assert [one["waived"] for one in data["runs"][0]["findings"]].count("the provider says so") == 1
    assert data["summary"]["findings"] == {"error": 1, "warning": 0, "note": 1}
    assert data["summary"]["rules"] == {"demo/fault": 1, "demo/hint": 1}


def test_not_told_is_counted_apart_from_pass() -> None:
    data = json.loads(render(FULL))
    counts, verdicts = data["runs"][0]["counts"], data["summary"]["verdicts"]
    assert list(counts) == list(verdicts) == [verdict.value for verdict in Verdict]
    assert list(counts.values()) == [2, 2, 1, 1, 1, 0, 0, 0]
    assert list(verdicts.values()) == [0, 1, 0, 1, 0, 0, 0, 0]


def test_an_inconclusive_run_says_of_what_and_why() -> None:
    asked = run(verdict=Verdict.INCONCLUSIVE, inconclusive="the model called no tool", metadata={"scenario": "tools"})
    (told,) = json.loads(render(report(asked)))["runs"]
    assert (told["verdict"], told["scenario"]) == ("inconclusive", "tools")
    assert told["inconclusive"] == "the model called no tool"


def test_the_same_report_is_the_same_text() -> None:
    assert render(FULL) == render(FULL)
    assert render(FULL).endswith("}\n")

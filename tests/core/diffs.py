"""Samples and groups made by hand, for the tests of diffs."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

from conformance.core.diff import By, Group, Sample
from conformance.core.diff_shape import Shape
from conformance.core.finding import Outcome, Run
from tests.reports import run

NO_SHAPE = Shape({}, frozenset(), True)


def judged(
    *outcomes: Outcome, scenario: str | None = "tools", target: str | None = "acme", source: str = "a.yaml", **more: Any
) -> Run:
    """A run with these outcomes; `metadata` name scenario and target."""
    said = {"scenario": scenario, "target": target}
    values = {"outcomes": outcomes, "metadata": {key: value for key, value in said.items() if value}, **more}
    return replace(run(source, *(one for outcome in outcomes for one in outcome.findings)), **values)


def sample(*outcomes: Outcome, **more: Any) -> Sample:
    found = judged(*outcomes, **more)
    return Sample(found, found.source, found.model or "unknown")


def group(old: list[Sample], new: list[Sample], by: By = By.SCENARIO) -> Group:
    return Group("acme: tools", by, tuple(old), tuple(new))

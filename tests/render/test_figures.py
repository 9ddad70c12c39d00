"""Latency figures: what is no time has no unit, and every form says the others alike."""

from __future__ import annotations

from dataclasses import fields

import pytest

from conformance.core.behaviour import FIGURES
from conformance.core.latency import Latency
from conformance.render._figures import bare, figure, unit

COUNTS = {
    "reads",
    "events_per_read_mean",
    "events_per_read_max",
    "gateway_events_per_write",
    "gateway_events_per_read",
    "gateway_burst_share",
    "gateway_spread",
    "gateway_pulled_events",
    "gateway_pulled_bytes",
}


def test_all_but_counts_and_shares_are_milliseconds() -> None:
    names = {field.name for field in fields(Latency)} | set(FIGURES)
    assert {name for name in names if not unit(name)} == COUNTS


@pytest.mark.parametrize(
    ("name", "value", "words"),
    [
        ("ttfb", 1204.4, "1,204 ms"),
        ("gateway_event_p50", 0.314, "0.31 ms"),
        ("gateway_burst_share", 0.5, "0.50"),
        ("events_per_read_mean", 26.0, "26.00"),
        ("gateway_pulled_bytes", 12_345, "12,345"),
    ],
)
def test_a_figure_is_said_with_its_unit(name: str, value: float, words: str) -> None:
    assert figure(name, value) == words
    assert bare(name, value) == words.removesuffix(" ms")

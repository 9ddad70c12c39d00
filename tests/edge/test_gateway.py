"""Laws of the sandwich, held by a gateway that does what it is told: what is reported is what was set.

Tolerances are wide, for the machine may be busy; the figures on an idle one stand in benchmarks/README.md.
"""

from __future__ import annotations

import sys
import time
from collections.abc import Mapping
from hashlib import sha256
from pathlib import Path
from typing import Any

import pytest

from conformance.core.finding import Run
from conformance.edge.gateway_pulse import Pulse

from .controllable_gateway import NEVER, Behaviour
from .loopback import Peer, serving
from .sandwiched import through


def figures(runs: Mapping[str, list[Run]], name: str) -> Mapping[str, Any]:
    return runs[name][0].latency


def rules(run: Run) -> set[str]:
    return {finding.rule for finding in run.findings if finding.waived is None}


# Cancellation


@pytest.mark.parametrize("delay", [0, 50, 250, 1000])
def test_the_time_until_the_upstream_sees_an_abort_is_the_delay_that_was_set(tmp_path: Path, delay: float) -> None:
    runs = through(tmp_path, Behaviour(abort=delay), "cancel-in-text-silent", within=max(0.3, delay / 1000))
    assert figures(runs, "cancel-in-text-silent")["gateway_abort"] == pytest.approx(delay, abs=150)


def test_an_abort_before_the_first_byte_is_seen_too(tmp_path: Path) -> None:
    runs = through(tmp_path, Behaviour(abort=50), "cancel-before-head")
    assert figures(runs, "cancel-before-head")["gateway_abort"] == pytest.approx(50, abs=150)


def test_a_gateway_that_never_leaves_is_told_to_never_have_left(tmp_path: Path) -> None:
    runs = through(tmp_path, Behaviour(abort=NEVER), "cancel-in-text-silent", within=0.2)
    run = runs["cancel-in-text-silent"][0]
    assert run.latency["gateway_abort"] is None
    assert "cancel/not-propagated" in rules(run)


# Time


@pytest.mark.parametrize("latency", [0, 5, 20])
def test_the_added_latency_is_the_one_that_was_set(tmp_path: Path, latency: float) -> None:
    found = figures(through(tmp_path, Behaviour(latency=latency), "text"), "text")
    assert latency - 1 <= found["gateway_event_p50"] <= latency + 15


@pytest.mark.parametrize("events", [1, 4, 64])
def test_coalescing_is_the_one_that_was_set(tmp_path: Path, events: int) -> None:
    found = figures(through(tmp_path, Behaviour(coalesce=events), "text"), "text")
    assert found["gateway_events_per_write"] == 1
    assert found["gateway_events_per_read"] == pytest.approx(min(events, 28), rel=0.25)


def test_the_busy_time_of_the_machine_is_known(tmp_path: Path) -> None:
    run = through(tmp_path, Behaviour(), "text")["text"][0]
    assert run.metadata["sandwich"].busy >= 0  # type: ignore[attr-defined]
    assert "busy_ms" in run.metadata["sandwich"].asked  # type: ignore[attr-defined]


def test_a_process_that_does_not_run_is_noticed() -> None:
    with Pulse() as pulse:
        time.sleep(0.05)  # it beats
        before, switch = time.monotonic_ns(), sys.getswitchinterval()
        try:
            sys.setswitchinterval(0.2)  # nobody else gets a turn
            while time.monotonic_ns() - before < 150e6:
                pass
        finally:
            sys.setswitchinterval(switch)
        time.sleep(0.05)
        assert pulse.worst(before) >= 100
        assert pulse.worst(time.monotonic_ns() + 10**9) == 0


# What is changed


def test_a_faithful_gateway_breaks_no_rule(tmp_path: Path) -> None:
    runs = through(tmp_path, Behaviour(), "text", "comments", "no-space", "fin", "refused-429")
    assert {name: rules(run) for name, (run,) in runs.items()} == {name: set() for name in runs}


def test_the_clients_cassette_names_the_bytes_that_the_upstream_wrote(tmp_path: Path) -> None:
    runs = through(tmp_path, Behaviour(drop="system_fingerprint"), "text", "cancel-in-text")
    run = runs["text"][0]
    body = run.metadata["sandwich"].answer.recording.body  # type: ignore[attr-defined]
    assert run.cancellation["upstream_bytes"] == len(body) != run.bytes
    assert run.cancellation["upstream_sha256"] == sha256(body).hexdigest()
    assert "upstream_sha256" not in runs["cancel-in-text"][0].cancellation


def test_a_member_that_is_dropped_is_named(tmp_path: Path) -> None:
    run = through(tmp_path, Behaviour(drop="system_fingerprint"), "text")["text"][0]
    (finding,) = [one for one in run.findings if one.rule == "gateway/member-dropped"]
    assert "system_fingerprint" in finding.message


def test_a_truncation_that_is_laundered_is_an_error(tmp_path: Path) -> None:
    run = through(tmp_path, Behaviour(launder=True), "fin")["fin"][0]
    assert "gateway/truncation-laundered" in rules(run)


@pytest.mark.parametrize("attempts", [1, 2, 3])
def test_hidden_requests_are_counted(tmp_path: Path, attempts: int) -> None:
    run = through(tmp_path, Behaviour(attempts=attempts), "refused-500")["refused-500"][0]
    assert len(run.metadata["sandwich"].upstream) == attempts  # type: ignore[attr-defined]
    assert ("gateway/hidden-retries" in rules(run)) is (attempts > 1)


def test_streams_that_mix_are_told_apart(tmp_path: Path) -> None:
    mixed = through(tmp_path / "mixed", Behaviour(cross_talk=True), "load", copies=4)["load"]
    assert any("gateway/streams-mixed" in rules(run) for run in mixed)
    apart = through(tmp_path / "apart", Behaviour(), "load", copies=4)["load"]
    assert not any("gateway/streams-mixed" in rules(run) for run in apart)


def test_a_request_that_is_forwarded_twice_is_told_as_that(tmp_path: Path) -> None:
    run = through(tmp_path, Behaviour(twice=True), "text")["text"][0]
    assert len(run.metadata["sandwich"].upstream) == 2  # type: ignore[attr-defined]
    assert rules(run) & {"gateway/forwarded-twice", "gateway/hidden-retries"}


def test_a_gateway_that_takes_requests_and_does_nothing_is_told_as_that(tmp_path: Path) -> None:
    def closing(peer: Peer) -> None:
        """Takes the request, and closes."""

    runs = through(tmp_path, Behaviour(), "text", "load", copies=2, running=lambda behaviour, port: serving(closing))
    assert [(name, len(same)) for name, same in runs.items()] == [("text", 2), ("load", 2)]
    for run in (run for same in runs.values() for run in same):
        assert "gateway/not-forwarded" in rules(run)
        assert run.metadata["sandwich"].upstream == ()  # type: ignore[attr-defined]


def test_a_gateway_that_speaks_another_protocol_upstream_is_told_as_that(tmp_path: Path) -> None:
    run = through(tmp_path, Behaviour(path="/v1/messages"), "text")["text"][0]
    (one,) = run.metadata["sandwich"].upstream  # type: ignore[attr-defined]
    assert one.recording.metadata["protocol"] == "anthropic-messages"
    assert one.protocol.name == "anthropic-messages"

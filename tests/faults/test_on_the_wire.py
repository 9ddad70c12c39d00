"""Laws of the museum on the wire: what a client records of a fault is named by the rule that must find it.

The server is the real replay server on loopback, the client the real recorder. All recordings are made once, side by
side, before the first test asks for one. Where a fault takes minutes, both clocks run faster: the server plays at a
higher speed, and the recorder's clock is wound as much.
"""

from __future__ import annotations

import time
from collections.abc import Iterable, Iterator
from concurrent.futures import ThreadPoolExecutor
from dataclasses import replace
from pathlib import Path
from types import SimpleNamespace

import pytest

from conformance import catalogue, library, museum
from conformance.core.finding import Level, Run, Verdict
from conformance.core.recording import EndKind, Evidence, Headers, Recording
from conformance.core.stream import Stream
from conformance.edge import meter, transport
from conformance.edge.recorder import Options, record
from conformance.edge.replay import ReplayServer
from conformance.edge.replay_match import SCENARIO_HEADER

from .cases import CASES, FASTER, Case, good

QUICK = [case for case in CASES if not case.lasting and not case.paced]
PACED = [case for case in CASES if case.paced]
LASTING = [case for case in CASES if case.lasting]
GOOD = [
    replace(good(name, "text"), metadata={"protocol": name, "scenario": f"good--{name}"})
    for name in catalogue.protocols()
]
IDLE = 70.0
"""Seconds without a byte after which the client gives up."""

Recorded = dict[str, Recording]


def recorded(server: ReplayServer, folder: Path, played: Recording, metadata: dict[str, str]) -> Recording:
    """What the recorder makes of one recording that the server plays."""
    request, name = played.request, str(played.metadata["scenario"])
    query = request.uri.partition("?")[2]
    uri = f"{server.url}{request.path}" + (f"?{query}" if query else "")
    headers = Headers([*request.headers, (SCENARIO_HEADER, name), ("accept-encoding", "gzip")])
    asking = replace(request, uri=uri, headers=headers)
    return record(asking, folder / f"{name}.yaml", metadata, options=Options(idle=IDLE))


def all_recorded(folder: Path, played: Iterable[Recording], speed: float, hands: int) -> Recorded:
    """Each of the recordings as a client records it, so many at once."""
    shelf = list(played)
    with ReplayServer(shelf, speed=speed) as server, ThreadPoolExecutor(hands) as pool:

        def one(recording: Recording) -> tuple[str, Recording]:
            told = {"protocol": str(recording.metadata["protocol"])}
            return str(recording.metadata["scenario"]), recorded(server, folder, recording, told)

        return dict(pool.map(one, shelf))


@pytest.fixture(scope="module")
def tapes(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Recorded]:
    folder = tmp_path_factory.mktemp("tapes")
    found = all_recorded(folder, [*GOOD, *(case.on_the_wire() for case in QUICK)], 0, 2)
    found |= all_recorded(folder, [case.on_the_wire() for case in PACED], 1, len(PACED))
    fast = SimpleNamespace(
        monotonic=lambda: time.monotonic() * FASTER, monotonic_ns=lambda: time.monotonic_ns() * FASTER
    )
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(transport, "time", fast)
        found |= all_recorded(folder, [case.on_the_wire() for case in LASTING], FASTER, len(LASTING))
    yield found


def judged(recording: Recording) -> Run:
    return library.check(recording, dialect="strict")


def found_in(run: Run) -> dict[str, Level]:
    return {finding.rule: finding.level for finding in run.findings}


def message_of(recording: Recording) -> object:
    """What a conforming reader makes of the stream."""
    protocol = library.protocol_of(recording)
    return protocol.accumulate(Stream(recording, protocol))


@pytest.mark.parametrize("played", GOOD, ids=lambda played: played.metadata["protocol"])
def test_the_good_recording_has_no_fault_on_the_same_way(tapes: Recorded, played: Recording) -> None:
    tape = tapes[str(played.metadata["scenario"])]
    assert judged(tape).verdict is Verdict.PASS
    assert tape.body == played.body


@pytest.mark.parametrize("case", CASES, ids=lambda case: case.name)
def test_the_rule_that_speaks_for_a_fault_names_it(tapes: Recorded, case: Case) -> None:
    run = judged(tapes[case.name])
    expected, found = case.expected, found_in(run)
    assert set(expected.found_by) <= set(found), found
    assert {name: run.traits.get(name) for name in expected.traits} == dict(expected.traits)
    if expected.legal:
        assert not {rule for rule in found if found[rule] is not Level.NOTE} - set(expected.found_by), found
        assert Level.ERROR not in found.values()


@pytest.mark.parametrize("case", [one for one in CASES if one.expected.same_message], ids=lambda case: case.name)
def test_a_legal_fault_leaves_the_message_as_it_was(tapes: Recorded, case: Case) -> None:
    assert message_of(tapes[case.name]) == message_of(case.good) is not None


@pytest.mark.parametrize("case", QUICK, ids=lambda case: case.name)
def test_the_bytes_come_as_they_were_made(tapes: Recorded, case: Case) -> None:
    assert tapes[case.name].body == case.faulty.body


@pytest.mark.parametrize(
    ("name", "kind"),
    [
        ("reset", EndKind.RESET),
        ("fin", EndKind.TRUNCATED),
        ("broken-chunk", EndKind.TRUNCATED),
        ("early-end", EndKind.EOF),
        ("stall-for-ever", EndKind.TIMEOUT),
    ],
)
def test_a_body_ends_as_the_fault_says(tapes: Recorded, name: str, kind: EndKind) -> None:
    for case in CASES:
        if case.fault.name == name:
            assert tapes[case.name].end.kind is kind
            assert tapes[case.name].end.by is None or kind is EndKind.TIMEOUT


def test_a_drip_comes_byte_by_byte(tmp_path: Path) -> None:
    shown = good("openai-chat", "accept-any")
    (drip,), _ = museum.faulty([replace(shown, body=shown.body[:400], reads=())], ["slow-drip:milliseconds=2"])
    tape = all_recorded(tmp_path, [replace(drip, metadata={**drip.metadata, "scenario": "drip"})], 1, 1)["drip"]
    assert len(tape.reads) > 40
    assert tape.reads[-1].at > 700


def test_compressed_bodies_are_compressed_on_the_wire(tapes: Recorded) -> None:
    for case in CASES:
        if case.fault.name in ("gzip", "gzip-holds"):
            tape = tapes[case.name]
            assert (tape.content_encoding, tape.body) == ("gzip", case.good.body)
            assert tape.end.kind is EndKind.EOF


def test_all_evidence_is_recorded(tapes: Recorded) -> None:
    assert all(tape.has(evidence) for tape in tapes.values() for evidence in Evidence)
    assert meter.now is time.monotonic_ns

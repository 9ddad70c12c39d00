"""Laws of the whole product: no verdict depends on cuts, on order or on what was judged before; garbage never raises.

The streams are the samples of all protocols and what stands beside all rules, so that a new rule is held to the laws
at once.
"""

from __future__ import annotations

import json
from collections import Counter
from collections.abc import Iterator
from dataclasses import replace
from functools import cache
from importlib import import_module
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from conformance import catalogue, library
from conformance.core.cuts import recut, splice
from conformance.core.dialect import STRICT
from conformance.core.example import Example
from conformance.core.finding import Failure, Family, Finding, Level, Outcome, Report, Run, Stale, Verdict
from conformance.core.mutate import OPERATORS, at, edit, events_of, members
from conformance.core.payload import parse
from conformance.core.protocol import UNKNOWN
from conformance.core.recording import End, EndKind, Evidence, Headers, Read, Recording, Request
from conformance.core.rule import Rule
from tests.strategies import any_bodies

PROTOCOLS = catalogue.protocols()
TIMED = frozenset({Evidence.TIMING, Evidence.READS})


def samples(protocol: str) -> list[Example]:
    """The samples of a protocol's folder."""
    module = import_module(f"conformance.protocols.{protocol.replace('-', '_')}.samples")
    return [value for value in vars(module).values() if isinstance(value, Example)]


@cache
def examples(protocol: str) -> tuple[Example, ...]:
    """The samples of a protocol and all that stands beside its rules, good and bad, each once."""
    beside = [
        example
        for name, entry in catalogue.rules().items()
        if name.startswith(f"{protocol}/")
        for example in (*entry.good, *entry.bad)
    ]
    return tuple({example.raw: example for example in (*samples(protocol), *beside)}.values())


def shared() -> list[Example]:
    """What stands beside the rules of no single API."""
    return [
        example
        for name, entry in catalogue.rules().items()
        if name.partition("/")[0] not in PROTOCOLS
        for example in (*entry.good, *entry.bad)
    ]


EVERYTHING: list[tuple[str | None, Example]] = [
    *((name, example) for name in PROTOCOLS for example in examples(name)),
    *((None, example) for example in shared()),
]


def untimed(rules: tuple[Rule, ...]) -> set[str]:
    """The rules that read neither times nor reads."""
    return {rule.id for rule in rules if not rule.needs & TIMED}


def told(run: Run, rules: set[str]) -> list[tuple[object, ...]]:
    """What a run says of these rules, without the times."""
    return [
        (outcome.rule, outcome.verdict, outcome.reason, [replace(finding, at=None) for finding in outcome.findings])
        for outcome in run.outcomes
        if outcome.rule in rules
    ]


@cache
def runs() -> tuple[tuple[Recording, Run], ...]:
    """Everything, judged once, each with its recording."""
    return tuple((recording := example.recording(), library.check(recording, name)) for name, example in EVERYTHING)


HOWS = ("whole", "byte", "line", "random:7")


@pytest.mark.parametrize(("how", "share"), [(how, number) for number, how in enumerate(HOWS)])
def test_findings_never_depend_on_the_cuts(how: str, share: int) -> None:
    for protocol, example in EVERYTHING[share :: 2 * len(HOWS)]:
        recording = recut(example.recording(), "event")
        speaking = library.protocol_of(recording, protocol)
        rules = untimed(library.rules_for(speaking))
        before = library.check(recording, speaking.name, STRICT)
        after = library.check(recut(recording, how), speaking.name, STRICT)
        assert told(after, rules) == told(before, rules), example
        assert (after.events, after.model, after.protocol) == (before.events, before.model, before.protocol)


def test_a_verdict_depends_on_nothing_that_was_judged_before() -> None:
    pairs = list(zip(EVERYTHING, runs(), strict=True))[::3]
    for (protocol, example), (_, run) in reversed(pairs):
        assert library.check(example.recording(), protocol) == run


def test_judging_changes_nothing_in_the_recording() -> None:
    assert all(
        recording == example.recording() for (_, example), (recording, _) in zip(EVERYTHING, runs(), strict=True)
    )


# Any run


def sound(run: Run, recording: Recording) -> bool:
    """What holds for every run."""
    assert isinstance(run.verdict, Verdict)
    assert sum(run.counts.values()) == len(run.outcomes)
    assert set(run.counts) <= {verdict.value for verdict in Verdict}
    for outcome in run.outcomes:
        judged = outcome.verdict in (Verdict.FAIL, Verdict.WAIVED)
        assert bool(outcome.findings) is judged
        assert all((finding.waived is not None) is (outcome.verdict is Verdict.WAIVED) for finding in outcome.findings)
        assert bool(outcome.reason) is (outcome.verdict in (Verdict.NOT_APPLICABLE, Verdict.NOT_RECORDED))
    for finding in run.findings:
        assert finding.event is None or 0 <= finding.event < run.events
        assert finding.offset is None or 0 <= finding.offset <= len(recording.body)
        assert finding.count >= 1 and finding.message
    errors = [finding for finding in run.findings if finding.level is Level.ERROR and finding.waived is None]
    assert (run.verdict is Verdict.FAIL) is bool(errors)
    judged_any = any(outcome.verdict in (Verdict.PASS, Verdict.FAIL, Verdict.WAIVED) for outcome in run.outcomes)
    assert (run.verdict in (Verdict.PASS, Verdict.FAIL, Verdict.WAIVED)) is judged_any
    report = library.report([run])
    assert json.loads(library.render(report, "json"))["runs"][0]["verdict"] == run.verdict.value
    assert report.exit_code() == (1 if errors else 0 if judged_any else 3)
    return True


def test_every_run_adds_up() -> None:
    assert all(sound(run, recording) for recording, run in runs())


def test_a_pointer_leads_into_the_event() -> None:
    """To a member that is there, or to the place where one is missing."""
    lost = [
        (finding.rule, finding.event, finding.pointer)
        for recording, run in runs()
        for finding in run.findings
        if finding.pointer is not None and not leads(finding, recording)
    ]
    assert lost == []


def leads(finding: Finding, recording: Recording) -> bool:
    """True where the finding's pointer, or the way to its last step, exists in its event."""
    if finding.event is None or not (finding.pointer == "" or str(finding.pointer).startswith("/")):
        return False
    node, _ = parse(events_of(recording)[finding.event].raw)
    steps = [step.replace("~1", "/").replace("~0", "~") for step in str(finding.pointer).split("/")[1:]]
    for step in steps[:-1]:
        if isinstance(node, dict) and step in node:
            node = node[step]
        elif isinstance(node, list) and step.isdigit() and int(step) < len(node):
            node = node[int(step)]
        else:
            return False
    return True


# Garbage

JSON_VALUES: tuple[Any, ...] = (
    None, 0, -1, 1.5, "", "x", [], {}, [None], {"a": 1}, True, 2**70, [[]], [{}], "\ud800", 1e308, {"": {"": []}}
)  # fmt: skip
"""What may stand where another value is expected."""


def replaced(recording: Recording, k: int, place: int, value: object) -> Recording:
    """`recording` with one JSON node of one event replaced; as it is where there is none."""
    events = events_of(recording)
    if not events:
        return recording
    event = events[k % len(events)]
    parsed, _ = parse(event.raw)
    paths = [(), *members(parsed)]
    raw = json.dumps(at(paths[place % len(paths)], lambda old: value)(parsed)).encode()
    found = recording.body.find(event.raw, event.start, event.end)
    return splice(recording, found, found + len(event.raw), raw) if found >= 0 else recording


@st.composite
def json_garbage(draw: st.DrawFn, protocol: str) -> Recording:
    """A stream of the protocol with some JSON nodes replaced, and an event dropped, moved or repeated."""
    recording = draw(st.sampled_from(examples(protocol))).recording()
    for _ in range(draw(st.integers(1, 3))):
        place = draw(st.integers(0, 200))
        recording = replaced(recording, draw(st.integers(0, 20)), place, draw(st.sampled_from(JSON_VALUES)))
    name, k = draw(st.sampled_from(["", *OPERATORS])), draw(st.integers(0, 8))
    return (OPERATORS[name](recording, k) if name else None) or recording


@st.composite
def byte_garbage(draw: st.DrawFn, protocol: str) -> Recording:
    """A stream of the protocol with some bytes replaced, or with any other body."""
    recording = draw(st.sampled_from(examples(protocol))).recording()
    if draw(st.integers(0, 9)) == 0:
        return replace(recording, body=draw(any_bodies), reads=())
    for _ in range(draw(st.integers(1, 4))):
        size = len(recording.body)
        start = draw(st.integers(0, size))
        end = min(size, start + draw(st.sampled_from([0, 1, 1, 2, 9, 200])))
        recording = splice(recording, start, end, draw(st.sampled_from(
            [b"", b"\n", b"\r", b"\n\n", b'"', b"{", b"}", b",", b"0", b"\xff", b"\0", b"data: ", b"event: error\n",
             b"[", b"null", b"\xef\xbb\xbf", b"\\ud800", b"1e999", b"NaN", b"\xc3"])))  # fmt: skip
    return recording


REQUEST_KEYS = (
    "stream", "n", "tools", "tool_choice", "stream_options", "max_tokens", "logprobs", "model", "thinking", "messages",
    "response_format", "include", "parallel_tool_calls", "reasoning", "generationConfig",
)  # fmt: skip

any_end = st.builds(
    End,
    st.sampled_from(EndKind),
    st.none() | st.floats(0, 1e7),
    st.sampled_from([None, "recorder", "client", ""]),
    st.none() | st.text(max_size=3),
    st.dictionaries(st.sampled_from(["by", "after_ms", "x"]), st.sampled_from(JSON_VALUES), max_size=2),
)
any_headers = st.builds(
    Headers,
    st.lists(
        st.tuples(
            st.sampled_from(["content-type", "content-length", "Content-Encoding", "transfer-encoding", "retry-after"]),
            st.sampled_from(["", "text/event-stream", "text/event-stream; charset=x", "application/json", "-1", "é"]),
        ),
        max_size=3,
    ),
)  # fmt: skip


@st.composite
def exchange_garbage(draw: st.DrawFn, protocol: str) -> Recording:
    """A stream of the protocol in an exchange where everything around the body is odd."""
    recording = draw(st.sampled_from(examples(protocol))).recording()
    asked = {**recording.request.json, **draw(
        st.dictionaries(st.sampled_from(REQUEST_KEYS), st.sampled_from(JSON_VALUES), max_size=5))}  # fmt: skip
    body = draw(st.sampled_from([json.dumps(asked).encode(), b"", b"[]", b"\xff"]))
    size = len(recording.body)
    reads = [(draw(st.floats(0, 1e6)), draw(st.integers(0, size or 1))) for _ in range(draw(st.integers(0, 4)))]
    return replace(
        recording,
        request=Request(draw(st.sampled_from(["POST", "GET", ""])), draw(st.sampled_from(["", recording.request.uri])),
                        draw(any_headers), body),
        status=draw(st.sampled_from([200, 200, 204, 301, 404, 429, 500, 0, 999])),
        headers=draw(any_headers),
        reads=tuple(Read(*read) for read in sorted(reads)),
        end=draw(any_end),
        http_version=draw(st.sampled_from([None, "HTTP/1.1", "HTTP/2", ""])),
        headers_at=draw(st.none() | st.floats(0, 1e6)),
        content_encoding=draw(st.sampled_from([None, "gzip", ""])),
        missing=draw(st.frozensets(st.sampled_from(Evidence))),
        metadata=draw(st.dictionaries(st.sampled_from(["protocol", "dialect"]), st.sampled_from(JSON_VALUES))),
    )  # fmt: skip


GARBAGE = {"json": json_garbage, "bytes": byte_garbage, "exchange": exchange_garbage}


@pytest.mark.parametrize("protocol", PROTOCOLS)
@pytest.mark.parametrize("kind", GARBAGE)
def test_garbage_never_raises(kind: str, protocol: str) -> None:
    @given(GARBAGE[kind](protocol))
    @settings(max_examples=20)
    def law(recording: Recording) -> None:
        assert sound(library.check(recording, protocol), recording)
        assert library.protocol_of(recording).name in {*PROTOCOLS, UNKNOWN.name}

    law()


@given(any_bodies, any_headers, st.sampled_from([200, 404, 500]))
@settings(max_examples=40)
def test_anything_at_all_is_judged_without_a_word_on_what_it_is(body: bytes, headers: Headers, status: int) -> None:
    recording = Recording(headers=headers, body=body, status=status)
    assert sound(library.check(recording), recording)


TELLING = (
    "type",
    "object",
    "choices",
    "delta",
    "candidates",
    "response",
    "message",
    "error",
    "id",
    "text",
    "event_type",
)


@pytest.mark.parametrize("name", TELLING)
def test_no_first_event_keeps_a_protocol_from_being_recognised(name: str) -> None:
    for value in JSON_VALUES:
        for data in ({name: value}, {name: [{name: value}]}, value):
            recording = Recording(body=f"data: {json.dumps(data)}\n\n".encode())
            assert library.protocol_of(recording).name in {*PROTOCOLS, UNKNOWN.name}


def test_one_wrong_node_never_raises() -> None:
    """Every place of every kind of event, with some value that does not belong there."""
    for protocol in PROTOCOLS:
        for number, (recording, k, path) in enumerate(places(protocol)):
            value = JSON_VALUES[number % len(JSON_VALUES)]
            mutant = edit(recording, k, at(path, lambda old, value=value: value)) if value == value else None
            if mutant is not None:
                library.check(mutant, protocol)


def places(protocol: str) -> Iterator[tuple[Recording, int, tuple[str | int, ...]]]:
    """One (recording, event, path) for each place that occurs in the protocol's samples, list positions aside."""
    seen = set()
    for example in samples(protocol):
        recording = example.recording()
        for k, event in enumerate(events_of(recording)):
            parsed, _ = parse(event.raw)
            kind = parsed.get("type") if isinstance(parsed, dict) else None
            for path in members(parsed):
                shape = (str(kind), *("#" if isinstance(step, int) else step for step in path))
                if shape not in seen:
                    seen.add(shape)
                    yield recording, k, path


# What many runs add up to


def run(verdict: Verdict, *levels: Level, waived: str | None = None) -> Run:
    found = tuple(Finding("test/rule", level, Family.SHAPE, "words", waived=waived) for level in levels)
    return Run("file", 0, "openai-chat", "strict", None, verdict, (Outcome("test/rule", verdict, found),))


PASS, LACKING, IDLE = run(Verdict.PASS), run(Verdict.NOT_RECORDED), run(Verdict.NOT_APPLICABLE)
ERROR, WARNING, NOTE = (run(Verdict.FAIL, level) for level in (Level.ERROR, Level.WARNING, Level.NOTE))
WAIVED = run(Verdict.WAIVED, Level.ERROR, waived="documented")
UNREADABLE = Failure("file", "is no cassette")

EXITS: dict[str, tuple[list[Run], list[Failure], Level, int]] = {
    "nothing": ([], [], Level.ERROR, 3),
    "a pass": ([PASS], [], Level.ERROR, 0),
    "an error": ([PASS, ERROR], [], Level.ERROR, 1),
    "an error and an unreadable file": ([ERROR], [UNREADABLE], Level.ERROR, 1),
    "a pass and an unreadable file": ([PASS], [UNREADABLE], Level.ERROR, 3),
    "an unreadable file": ([], [UNREADABLE], Level.ERROR, 3),
    "a warning": ([WARNING], [], Level.ERROR, 0),
    "a warning, asked for": ([WARNING], [], Level.WARNING, 1),
    "a note": ([NOTE], [], Level.WARNING, 0),
    "a note, asked for": ([NOTE], [], Level.NOTE, 1),
    "a waived error": ([WAIVED], [], Level.NOTE, 0),
    "nothing applied": ([IDLE, LACKING], [], Level.ERROR, 3),
    "nothing applied in one of two": ([IDLE, PASS], [], Level.ERROR, 0),
}


@pytest.mark.parametrize(("runs", "failures", "fail_on", "code"), EXITS.values(), ids=EXITS)
def test_the_server_is_wrong_and_we_could_not_tell_are_never_the_same_number(
    runs: list[Run], failures: list[Failure], fail_on: Level, code: int
) -> None:
    assert Report({}, "2026.11", runs, failures).exit_code(fail_on) == code


def test_a_report_counts_verdicts_and_knows_the_worst() -> None:
    report = Report({}, "2026.11", [PASS, PASS, ERROR, WAIVED], stale=[Stale("dialect", "test/rule", "why", 1)])
    assert report.verdicts() == Counter({"pass": 2, "fail": 1, "waived": 1})
    assert report.worst() is Level.ERROR
    assert Report({}, "", [WAIVED, NOTE]).worst() is Level.NOTE
    assert Report({}, "", [WAIVED, PASS]).worst() is None


def test_findings_come_worst_first_then_in_stream_order() -> None:
    def found(level: Level, offset: int | None, waived: str | None = None) -> Finding:
        return Finding("test/rule", level, Family.SHAPE, "words", offset=offset, waived=waived)

    wanted = [found(Level.ERROR, None), found(Level.ERROR, 5), found(Level.ERROR, 1, "why"), found(Level.WARNING, 0),
              found(Level.NOTE, 2), found(Level.NOTE, 9)]  # fmt: skip
    made = replace(PASS, outcomes=(Outcome("test/rule", Verdict.FAIL, tuple(wanted[::-1])),))
    assert made.findings == wanted

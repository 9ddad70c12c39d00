"""Laws of the museum as data: every known bug is accounted for, every step is used, and nothing is named in vain."""

from __future__ import annotations

import os
import subprocess
import sys
import time
from dataclasses import replace
from itertools import pairwise
from pathlib import Path

import httpx
import pytest
from click.testing import CliRunner

from conformance import catalogue, library, museum
from conformance.cli import group
from conformance.core.fault import Place, UnfitError, apply
from conformance.core.fault_steps import STEPS
from conformance.core.mutate import events_of
from conformance.core.recording import Evidence, Recording
from conformance.errors import UsageError

from .cases import CASES, CASSETTES, Case, good

FAULTS = museum.faults()
PLAIN = {"text", "accept-any", "long"}
"""Scenarios that hold text and nothing else: their faults must be shown by any text."""
SMALL = {name: good(name, "accept-any") for name in catalogue.protocols()}


# What stands in the files


def test_every_known_bug_is_played_or_says_why_it_cannot_be() -> None:
    assert list(museum.bugs()) == list(range(1, 41))
    played = {number for fault in FAULTS.values() for number in fault.bugs}
    for number, bug in museum.bugs().items():
        assert (number in played) is (bug.unshown is None), number
        assert bug.see.startswith("https://github.com/")


def test_every_rule_trait_protocol_and_scenario_that_is_named_exists() -> None:
    for case in CASES:
        expected = case.expected
        assert set(expected.found_by) <= set(catalogue.rules())
        assert {rule.partition("/")[0] for rule in expected.found_by} & set(catalogue.protocols()) <= {case.protocol}
        assert set(expected.traits) <= {trait.name for trait in catalogue.protocol(case.protocol).traits}
    named = {name for fault in FAULTS.values() for name in fault.spots}
    assert named <= {"*", *catalogue.protocols()}


def test_every_step_is_taken_by_a_fault() -> None:
    assert {step.operation for fault in FAULTS.values() for step in fault.steps} == set(STEPS)


def test_what_is_found_at_error_level_is_not_called_legal() -> None:
    rules = catalogue.rules()
    for case in CASES:
        if case.expected.legal:
            levels = {rules[rule].rule.level.label for rule in case.expected.found_by}
            assert "error" not in levels, case.name


# What a fault does


@pytest.mark.parametrize("case", CASES, ids=lambda case: case.name)
def test_a_fault_changes_the_recording_and_leaves_it_whole(case: Case) -> None:
    before, after = case.good, case.faulty
    assert replace(after, metadata=before.metadata) != before or case.fault.name in ("crlf", "utf8-split")
    assert sum(read.size for read in after.reads) == len(after.body)
    assert all(one.at <= two.at for one, two in pairwise(after.reads))
    assert after.metadata["fault"] == case.fault.name
    assert after.request == before.request


@pytest.mark.parametrize("name", FAULTS)
def test_every_event_can_be_chosen_or_the_reason_is_told(name: str) -> None:
    """At each event of a small recording, and with no timing, no event and no byte at all."""
    fault, shown = FAULTS[name], 0
    for protocol, recording in SMALL.items():
        untimed = replace(recording, reads=(), missing=frozenset({Evidence.TIMING, Evidence.READS}))
        empty = replace(recording, body=b"", reads=())
        spots: list[tuple[Recording, int | None]] = [(recording, k) for k in range(-1, len(events_of(recording)) + 1)]
        for one, k in [*spots, (untimed, None), (empty, None), (recording, None)]:
            try:
                made = apply(fault, one, k, protocol=protocol)
            except UnfitError as error:
                assert str(error)
            else:
                shown += 1
                assert not made.reads or sum(read.size for read in made.reads) == len(made.body)
    plain = {case.fault.spot(case.protocol).scenario for case in CASES if case.fault.name == name} <= PLAIN
    assert shown or not plain


def test_an_event_that_is_not_there_and_one_that_cannot_be_chosen_are_told() -> None:
    recording = good("openai-chat", "text")
    with pytest.raises(UnfitError, match="28 events: 0 to 27"):
        apply(FAULTS["stall"], recording, 28)
    with pytest.raises(UnfitError, match="no event can be chosen"):
        apply(FAULTS["crlf"], recording, 3)
    with pytest.raises(UnfitError, match=r"no event with choices/./delta/tool_calls"):
        apply(FAULTS["tool-index-missing"], recording)
    with pytest.raises(UnfitError, match=r"fault of anthropic-messages.*not of openai-chat"):
        apply(FAULTS["signature-missing"], recording)


def test_the_chosen_event_is_the_one_that_breaks() -> None:
    recording = good("openai-chat", "text")
    for k in (0, 5, 27):
        run = library.check(apply(FAULTS["comment-as-data"], recording, k), dialect="strict")
        assert [(finding.rule, finding.event) for finding in run.findings] == [("sse/comment-as-data", k)]


def test_a_place_is_found_by_member_value_data_and_number() -> None:
    recording = good("openai-chat", "text")
    assert Place().find(recording) == 0
    assert Place(nth=-1).find(recording) == Place(data="[DONE]").find(recording) == 27
    assert Place(nth="middle").find(recording) == 14
    assert Place(has="choices/*/finish_reason").find(recording) == 26
    assert Place(has="choices/0/delta/content", value="Air").find(recording) == 1
    with pytest.raises(UnfitError, match="no event with object = x in the recording"):
        Place(has="object", value="x").find(recording)


# What a user types


@pytest.mark.parametrize(
    ("word", "told"),
    [
        ("stal", "Did you mean"),
        ("stall@x", "names no fault.*stall@3"),
        ("", "names no fault"),
        ("stall:minutes=2", "no parameter 'minutes'.*seconds=90"),
        ("stall:seconds=long", "is not a number above 0"),
        ("stall:seconds=inf", "is not a number above 0"),
        ("stall:seconds=-1", "is not a number above 0"),
        ("done-twice:times=1.5", "is not a whole number above 0"),
        ("crlf:seconds=2", "It has: none"),
    ],
)
def test_a_word_that_asks_for_no_fault_is_answered_with_what_can_be_asked(word: str, told: str) -> None:
    with pytest.raises(UsageError, match=told):
        museum.wanted(word)


def test_event_and_parameters_are_read_from_the_word() -> None:
    asked = museum.wanted("heartbeats-for-ever@2:seconds=20,every=0.5")
    assert (asked.fault.name, asked.event, asked.settings) == ("heartbeats-for-ever", 2, {"seconds": 20, "every": 0.5})


def test_what_some_recordings_cannot_show_is_told_and_what_none_can_is_refused() -> None:
    text, tools = good("openai-chat", "text"), good("openai-chat", "tools")
    found, told = museum.faulty([text, tools], ["tool-index-missing"])
    assert found[0] == text
    assert found[1] != tools
    reason = "no event with choices/*/delta/tool_calls in the recording"
    assert told == [f"1 of 2 recordings stay without tool-index-missing, most because {reason}"]
    with pytest.raises(UsageError, match="No recording can show the fault tool-index-missing: no event with"):
        museum.faulty([text], ["tool-index-missing"])


def test_faults_are_done_one_after_the_other() -> None:
    (both,), _ = museum.faulty([good("openai-chat", "text")], ["role-everywhere", "done-missing"])
    rules = {finding.rule for finding in library.check(both, dialect="strict").findings}
    assert rules == {"openai-chat/role-repeated", "openai-chat/done-missing"}


def test_all_faults_are_listed_with_what_they_do_their_bug_and_their_rule() -> None:
    result = CliRunner().invoke(group, ["replay", "--faults"])
    assert result.exit_code == 0
    blocks = result.output.split("\n\n")[1:]
    assert len(blocks) == len(FAULTS)
    for block, fault in zip(blocks, FAULTS.values(), strict=True):
        assert block.startswith(fault.name)
        assert fault.does in block
        assert all(f"bug {number}" in block and museum.bugs()[number].see in block for number in fault.bugs)
        assert all(rule in block for spot in fault.spots.values() for rule in spot.expected.found_by)


def test_the_command_plays_a_fault_to_a_client(tmp_path: Path) -> None:
    ready = tmp_path / "ready"
    cassette = CASSETTES / "openai-chat" / "builtin" / "text.yaml"
    asked = f"--speed 0 --quiet --fault comment-as-data@3 --fault reset@5 --ready-file {ready} {cassette}"
    process = subprocess.Popen([sys.executable, "-m", "conformance", "replay", *asked.split()])
    try:
        ends = time.monotonic() + 60
        while not ready.exists():
            assert process.poll() is None
            assert time.monotonic() < ends, "it did not become ready"
            time.sleep(0.02)
        got = b""
        url = f"{ready.read_text().strip()}/chat/completions"
        with pytest.raises(httpx.ReadError), httpx.stream("POST", url, json={}, trust_env=False) as answer:
            for piece in answer.iter_raw():
                got += piece
    finally:
        process.terminate()
        process.wait(30)
    assert got.split(b"\n\n")[3] == b"data: : OPENROUTER PROCESSING"
    assert got.count(b"data:") == 6
    assert process.returncode == 0 or os.name == "nt"

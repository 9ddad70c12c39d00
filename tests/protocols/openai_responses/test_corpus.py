"""Recorded Responses streams: each gets a verdict, and OpenAI's own are clean but for what is listed here with its why.

The recordings lie beside the project (../shared/corpus).
"""

from __future__ import annotations

from functools import cache
from pathlib import Path

import pytest

from conformance import catalogue, library
from conformance.core.detect import sample
from conformance.core.finding import Level, Run, Verdict
from conformance.core.recording import Evidence, Recording
from conformance.core.stream import Stream
from conformance.protocols.openai_responses.accumulate import rebuild
from conformance.protocols.openai_responses.wire import CHANGING_MEMBERS

pytestmark = pytest.mark.corpus
PROTOCOL = catalogue.protocol("openai-responses")

KNOWN = {
    ("pydantic-pydantic-ai-078", "item-not-done"): "two mcp_list_tools items are added and completed, and never done",
}
"""Errors in what OpenAI itself sent: (recording, rule) -> why the finding is true."""


@cache
def recorded(folder: Path) -> dict[str, Recording]:
    """Name of the cassette -> its recording, for all Responses cassettes."""
    return {path.stem: library.load(path)[0] for path in sorted(folder.glob("cassettes/*/responses/*.yaml"))}


@cache
def judged(folder: Path) -> dict[str, Run]:
    """Name of the cassette -> what became of it, with nothing waived."""
    return {name: library.check(one, dialect="strict") for name, one in recorded(folder).items()}


def own(folder: Path) -> dict[str, Recording]:
    """Those that OpenAI sent, whose bytes are the wire's."""
    return {
        name: recording
        for name, recording in recorded(folder).items()
        if recording.metadata["provider"] == "openai"
        and not recording.metadata.get("synthetic")
        and recording.has(Evidence.FRAMING)
    }


def test_every_recording_gets_a_verdict(corpus: Path) -> None:
    runs = judged(corpus)
    assert len(runs) > 200
    assert {run.verdict for run in runs.values()} == {Verdict.PASS, Verdict.FAIL}
    assert {run.protocol for run in runs.values()} == {"openai-responses"}


def test_what_openai_sends_is_clean_but_for_what_is_listed(corpus: Path) -> None:
    found = {
        (name, finding.rule.partition("/")[2])
        for name in own(corpus)
        for finding in judged(corpus)[name].findings
        if finding.level is Level.ERROR and finding.rule.startswith("openai-responses/")
    }
    assert found == set(KNOWN)


def test_nearly_all_of_what_openai_sends_breaks_no_rule_of_this_protocol(corpus: Path) -> None:
    names = own(corpus)
    noted = {
        name for name in names for f in judged(corpus)[name].findings if f.rule.startswith("openai-responses/")
    } - {name for name, _ in KNOWN}
    assert noted == {"posit-dev-chatlas-069"}, "a keepalive event, which nobody has described"
    assert len(names) > 140


def test_the_items_add_up_to_the_final_output(corpus: Path) -> None:
    unequal = set()
    for name, recording in own(corpus).items():
        view = Stream(recording, PROTOCOL).view
        built = rebuild(view)
        if view.terminal is None or built is None or view.terminal.step != "completed":
            continue
        pairs = zip(built["output"], view.terminal.response["output"], strict=True)
        if any(_kept(mine) != _kept(theirs) for mine, theirs in pairs):
            unequal.add(name)
    assert unequal == {"pydantic-pydantic-ai-078"}, "its lists of tools come whole only in the final response"


def _kept(item: dict[str, object]) -> dict[str, object]:
    return {name: value for name, value in item.items() if name not in CHANGING_MEMBERS}


def test_it_is_recognised_by_content_and_nothing_else_is(corpus: Path) -> None:
    wrong, seen = [], 0
    for path in sorted(corpus.glob("cassettes/*/*/*.yaml")):
        for recording in library.load(path):
            events = sample(recording)
            seen += 1
            if PROTOCOL.recognises(events) is not (path.parent.name == "responses"):
                wrong.append(path.stem)
    assert seen > 900
    assert wrong == []

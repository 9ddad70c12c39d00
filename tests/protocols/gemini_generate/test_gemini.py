"""Gemini streams: the order tables, the view, the accumulator and the traits, on whole streams."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

import pytest

from conformance import catalogue
from conformance.core.example import Example
from conformance.core.recording import Recording
from conformance.core.stream import Stream
from conformance.protocols.gemini_generate import samples
from conformance.protocols.gemini_generate.samples import chunk, event, stream, usage

PROTOCOL = catalogue.protocol("gemini-generate")


def read(example: Example | Recording) -> Stream[Any]:
    return Stream(example.recording() if isinstance(example, Example) else example, PROTOCOL)


def parts(example: Example) -> list[dict[str, Any]]:
    message = PROTOCOL.accumulate(read(example))
    assert message is not None
    found: list[dict[str, Any]] = message["candidates"][0]["content"]["parts"]
    return found


@pytest.mark.parametrize(
    "example",
    [
        samples.TEXT, samples.THINKING, samples.TOOL, samples.PARTIAL_TOOL, samples.TWO_CANDIDATES, samples.CODE,
        samples.BLOCKED, samples.ERROR,
    ],
)  # fmt: skip
def test_a_legal_stream_goes_through_its_tables_without_a_misstep(example: Example) -> None:
    assert [step for walk in read(example).walks for step in walk.missteps] == []


@pytest.mark.parametrize(
    ("body", "fault"),
    [
        (samples.FINISH + chunk({"text": "?"}), "content-after-finish"),
        (samples.FINISH + chunk(finish="STOP"), "finish-repeated"),
        (samples.ERROR.raw.decode() + samples.FINISH, "data-after-error"),
        (samples.BLOCKED.raw.decode() + samples.FINISH, "prompt-blocked-late"),
        (event({"type": "ping"}) + samples.FINISH, "unknown-event"),
    ],
)
def test_a_misstep_is_named_by_the_rule_that_speaks_for_it(body: str, fault: str) -> None:
    assert list(read(stream(body)).order_faults(fault))


def test_texts_of_one_kind_are_joined_and_thoughts_are_kept_apart() -> None:
    assert [part["text"] for part in parts(samples.THINKING)] == ["Let me see.", "Hello"]
    assert [bool(part.get("thought")) for part in parts(samples.THINKING)] == [True, False]


def test_streamed_arguments_are_put_together_at_their_paths() -> None:
    assert parts(samples.PARTIAL_TOOL) == [{"functionCall": {"name": "weather", "args": {"city": "Oslo"}}}]


def test_paths_may_lead_through_arrays_and_other_types() -> None:
    pieces = [
        {"jsonPath": "$.days[1].name", "stringValue": "Tue"},
        {"jsonPath": "$.days[0]", "numberValue": 1},
        {"jsonPath": "$.deep.on", "boolValue": True},
        {"jsonPath": "$.none", "nullValue": "NULL_VALUE"},
    ]
    call = {"name": "f", "partialArgs": pieces, "willContinue": True}
    example = stream(chunk({"functionCall": call}), chunk({"functionCall": {}}), samples.FINISH)
    assert parts(example)[0]["functionCall"]["args"] == {
        "days": [1, {"name": "Tue"}],
        "deep": {"on": True},
        "none": None,
    }


@pytest.mark.parametrize("path", ["$", "", "$.days[999999999]", "$[0]", "$.city.deeper[0]"])
def test_a_path_that_leads_nowhere_is_passed_over(path: str) -> None:
    pieces = [{"jsonPath": "$.city", "stringValue": "Oslo"}, {"jsonPath": path, "stringValue": "x"}]
    call = {"name": "f", "partialArgs": pieces}
    arguments = parts(stream(chunk({"functionCall": call}), samples.FINISH))[0]["functionCall"]["args"]
    assert isinstance(arguments, dict) and "city" in arguments


def test_candidates_are_kept_apart_by_their_index() -> None:
    message = PROTOCOL.accumulate(read(samples.TWO_CANDIDATES))
    assert message is not None
    texts = [candidate["content"]["parts"][0]["text"] for candidate in message["candidates"]]
    assert texts == ["One", "Two"]


def test_the_figures_find_the_first_thought_text_and_call() -> None:
    marks = read(samples.THINKING.paced()).marks
    assert (marks.reasoning, marks.text, marks.terminal) == (0, 1, 2)
    assert read(samples.TOOL).marks.tool == 0


@pytest.mark.parametrize(
    ("example", "trait", "value"),
    [
        (samples.TEXT, "usage.placement", "every-chunk"),
        (samples.TEXT, "termination.finish", "with-content"),
        (samples.THINKING, "termination.finish", "own-chunk"),
        (samples.THINKING, "reasoning.form", "both"),
        (samples.TOOL, "tools.style", "whole-call"),
        (samples.PARTIAL_TOOL, "tools.style", "partial-args"),
        (samples.TEXT, "tools.style", None),
        (samples.ERROR, "errors.form", "error-object"),
        (samples.TEXT, "termination.done", "absent"),
    ],
)
def test_a_trait_says_what_the_stream_shows(example: Example, trait: str, value: object) -> None:
    assert read(example).traits.get(trait) == value


def test_usage_in_the_last_chunk_alone_is_its_own_placement() -> None:
    bare = chunk({"text": "Hi"}).replace(f'"usageMetadata":{event(usage())[6:-4]},', "")
    assert "usageMetadata" not in bare
    assert read(stream(bare, samples.FINISH)).traits["usage.placement"] == "last-chunk"


def test_it_recognises_its_own_streams_and_no_others() -> None:
    from conformance.core.detect import detect_protocol
    from conformance.protocols.openai_chat.samples import TEXT

    known = catalogue.protocols()
    nameless = replace(samples.TEXT, path="/").recording()
    assert detect_protocol(nameless, known).name == "gemini-generate"
    assert detect_protocol(replace(TEXT, path="/").recording(), known).name == "openai-chat"

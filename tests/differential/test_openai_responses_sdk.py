"""The official SDK (openai) and our accumulator read the same Responses streams, over loopback, and get the same.

`client.responses.stream()` and `create(stream=True)`. Every difference is a test of its own; where the SDK breaks or
loses something, the rule that says so is named beside it.
"""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest

from conformance import catalogue, library
from conformance.core.example import Example
from conformance.core.recording import Evidence, Recording
from conformance.core.stream import Stream
from conformance.edge.replay import ReplayServer
from conformance.protocols.openai_responses import samples
from conformance.protocols.openai_responses.samples import ERROR_EVENTS, FAILED_EVENTS, TEXT_EVENTS, TOOL_EVENTS, WHOLE
from conformance.protocols.openai_responses.script import DELETED, double, drop, edit, put, stream

openai = pytest.importorskip("openai")
pytestmark = pytest.mark.filterwarnings("ignore::UserWarning:pydantic")  # a member of another type, shown as it is

PROTOCOL = catalogue.protocol("openai-responses")
ASKED: dict[str, Any] = {"model": "gpt-x", "input": "Hi"}
COMPLETED = sorted(set(WHOLE) - {"incomplete", "failed", "error"})


@contextmanager
def asking(recording: Recording) -> Iterator[Any]:
    """A client of the SDK whose server plays this recording."""
    with (
        ReplayServer([recording], speed=0) as server,
        openai.OpenAI(api_key="test", base_url=f"{server.url}/v1", max_retries=0) as client,
    ):
        yield client


def events(example: Example) -> list[dict[str, Any]]:
    """What `create(stream=True)` yields."""
    with asking(example.recording()) as client, client.responses.create(**ASKED, stream=True) as found:
        return [bare(event.to_dict()) for event in found]


def theirs(recording: Recording) -> dict[str, Any]:
    """The response that the `stream()` helper hands over at the end."""
    with asking(recording) as client, client.responses.stream(**ASKED) as found:
        response: dict[str, Any] = bare(found.get_final_response().to_dict())
        return response


def ours(recording: Recording) -> dict[str, Any]:
    found = PROTOCOL.accumulate(Stream(recording, PROTOCOL))
    assert found is not None
    made: dict[str, Any] = bare(found)
    return made


def broken(example: Example) -> set[str]:
    """The rules of this protocol that the stream breaks."""
    run = library.check(example.recording(), "openai-responses", "strict")
    return {name for f in run.findings for owner, _, name in (f.rule.partition("/"),) if owner == "openai-responses"}


def bare(value: Any) -> Any:
    """The value without members that are null: the SDK shows those it knows, we those that came."""
    if isinstance(value, dict):
        return {key: bare(item) for key, item in value.items() if item is not None}
    return [bare(item) for item in value] if isinstance(value, list) else value


# Where a stream is legal, both are the same


@pytest.mark.parametrize("name", sorted(set(WHOLE) - {"error"}))
def test_the_sdk_reads_the_events_that_we_read(name: str) -> None:
    assert events(WHOLE[name]) == [bare(event.parsed) for event in Stream(WHOLE[name].recording(), PROTOCOL).events]


@pytest.mark.parametrize("name", COMPLETED)
def test_the_final_response_is_the_one_that_we_accumulate(name: str) -> None:
    assert theirs(WHOLE[name].recording()) == ours(WHOLE[name].recording())


def test_the_text_of_the_final_response_is_the_text_of_the_deltas() -> None:
    with asking(samples.TEXT.recording()) as client, client.responses.stream(**ASKED) as found:
        deltas = [event.delta for event in found if event.type == "response.output_text.delta"]
        assert found.get_final_response().output_text == "".join(deltas) == "Hello"


def test_an_output_that_is_missing_at_the_end_is_made_of_the_finished_items_by_both() -> None:
    short = stream(*edit(TEXT_EVENTS, "completed", "response.output", DELETED))
    assert theirs(short.recording()) == ours(short.recording())
    assert "response-member-missing" in broken(short)


def test_done_unknown_events_and_missing_numbers_and_names_are_taken_by_both() -> None:
    more = stream(*put(TEXT_EVENTS, "in_progress", {"type": "acme:trace_event"}), done=True)
    unnumbered = samples.TEXT.swap('"sequence_number":4,', "").swap("event: response.output_text.delta\n", "")
    for example in (more, unnumbered):
        assert theirs(example.recording()) == ours(example.recording())
    assert broken(more) == set()
    assert {"sequence-number-missing", "event-name-missing"} <= broken(unnumbered)


# Where the SDK raises and we keep what came

_NO_COMPLETED = "Didn't receive a `response.completed` event."


@pytest.mark.parametrize(
    ("example", "words", "rule"),
    [
        pytest.param(samples.INCOMPLETE, _NO_COMPLETED, None, id="incomplete"),
        pytest.param(samples.FAILED, _NO_COMPLETED, None, id="failed"),
        pytest.param(stream(*drop(TEXT_EVENTS, "completed")), _NO_COMPLETED, "terminal-missing", id="no end"),
        pytest.param(
            stream(*drop(TEXT_EVENTS, "created")), "Expected to have received", "created-missing", id="no head"
        ),
        pytest.param(
            stream(*drop(TEXT_EVENTS, "output_item.added")),
            "before receiving its output item",
            "item-without-added",
            id="no item",
        ),
        pytest.param(
            stream(*double(TEXT_EVENTS, "output_item.added")),
            "Duplicate response output index",
            "output-index-gap",
            id="item twice",
        ),
        pytest.param(
            stream(*edit(TEXT_EVENTS, "completed", "response.id", "resp_2")),
            "Lifecycle response identity changed",
            "response-id-changes",
            id="other response",
        ),
        pytest.param(
            stream(*edit(TEXT_EVENTS, "output_item.done", "item.id", "msg_9")),
            "Completed output item identity changed",
            "item-id-changes",
            id="other item",
        ),
        pytest.param(
            stream(*edit(drop(TEXT_EVENTS, "output_item.done"), "completed", "response.output", [])),
            "unfinished output items",
            "item-not-done",
            id="item not done",
        ),
    ],
)
def test_the_helper_raises_where_we_keep_what_came(example: Example, words: str, rule: str | None) -> None:
    with pytest.raises(RuntimeError, match=words):
        theirs(example.recording())
    if rule != "created-missing":
        assert ours(example.recording())["id"]
    assert rule is None or rule in broken(example)


def test_the_helper_throws_at_text_for_a_part_that_was_not_added() -> None:
    lost = stream(*drop(TEXT_EVENTS, "content_part.added"))
    with pytest.raises(IndexError):
        theirs(lost.recording())
    assert ours(lost.recording())["output"][0]["content"][0]["text"] == "Hello"
    assert "part-without-added" in broken(lost)


def test_a_nested_error_raises_and_a_flat_one_is_an_event_like_any_other() -> None:
    """The SDK looks for an `error` object; OpenAI's own description has the members at the top (R29)."""
    flat = put(FAILED_EVENTS, "in_progress", {"type": "error", "code": "x", "message": "No.", "param": None})
    with pytest.raises(openai.APIError, match="Rate limit reached"):
        events(stream(*ERROR_EVENTS))
    assert events(stream(*flat))[2]["message"] == "No."
    assert broken(stream(*ERROR_EVENTS)) == broken(stream(*flat)) == set()


# Where the SDK says nothing, a rule does


@pytest.mark.parametrize(
    ("example", "rule"),
    [
        pytest.param(stream(*drop(TEXT_EVENTS, "output_text.delta")), "text-differs-from-deltas", id="delta lost"),
        pytest.param(stream(*drop(TEXT_EVENTS, "content_part.done")), "part-not-closed", id="part not closed"),
        pytest.param(stream(*drop(TEXT_EVENTS, "output_text.done")), "done-event-missing", id="no done"),
        pytest.param(
            stream(*edit(TOOL_EVENTS, "function_call_arguments.done", "arguments", "{}")),
            "arguments-differ-from-deltas",
            id="other arguments",
        ),
        pytest.param(
            stream(*edit(TEXT_EVENTS, "completed", "response.output.0.content.0.text", "Bye")),
            "output-differs-from-items",
            id="other output",
        ),
        pytest.param(
            stream(*edit(TEXT_EVENTS, "completed", "response.usage.total_tokens", 15)), "usage-total-wrong", id="total"
        ),
        pytest.param(
            stream(*edit(TEXT_EVENTS, "completed", "response.status", "failed")),
            "terminal-status-mismatch",
            id="status",
        ),
    ],
)
def test_the_sdk_passes_over_in_silence_what_a_rule_tells(example: Example, rule: str) -> None:
    assert theirs(example.recording()) == ours(example.recording())
    assert rule in broken(example)


def test_the_sdk_hands_an_unknown_event_on_under_another_class() -> None:
    """It takes the first class of the union; only `type` tells the difference."""
    unknown = stream(*put(TEXT_EVENTS, "in_progress", {"type": "response.thinking", "delta": "?"}))
    with asking(unknown.recording()) as client, client.responses.create(**ASKED, stream=True) as found:
        classes = {type(event).__name__ for event in found if event.type == "response.thinking"}
    assert classes == {"ResponseAudioDeltaEvent"}
    assert "unknown-event" in broken(unknown)


# Real streams

SHARED = Path(__file__).resolve().parents[2].parent / "shared" / "corpus" / "cassettes"
SMALL = 12_000
"""Bytes; the larger ones hold more of the same."""


def recorded() -> list[Any]:
    """Responses cassettes whose framing is the wire's, but for streams that were taken up later, as parameters.

    Some were asked under another path; the SDK asks under its own.
    """
    found = []
    for path in sorted(SHARED.glob("*/responses/*.yaml")):
        recording = library.load(path)[0]
        fresh = recording.request.method == "POST"
        if recording.has(Evidence.FRAMING) and fresh and len(recording.body) < SMALL:
            here = replace(recording, request=replace(recording.request, uri="https://example.com/v1/responses"))
            found.append(pytest.param(here, id=path.stem))
    return found


@pytest.mark.corpus
@pytest.mark.parametrize("recording", recorded())
def test_recorded_streams_end_in_the_same_response(recording: Recording) -> None:
    terminal = Stream(recording, PROTOCOL).view.terminal
    if terminal is None or terminal.step != "completed":
        with pytest.raises((RuntimeError, openai.APIError)):
            theirs(recording)
    else:
        assert _settled(theirs(recording)) == _settled(ours(recording))


def _settled(response: dict[str, Any]) -> dict[str, Any]:
    """What a client stores."""
    return {name: response.get(name) for name in ("id", "status", "model", "output", "usage", "error")}

"""The official SDK (openai) and our accumulator read the same chat streams, over loopback, and get the same.

Every difference is a test of its own. Where the SDK breaks or loses something, the rule that says so stands beside it.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
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
from conformance.protocols.openai_chat import samples
from conformance.protocols.openai_chat.samples import call, chunk, stream, usage_chunk

openai = pytest.importorskip("openai")
pytestmark = pytest.mark.filterwarnings("ignore::UserWarning:pydantic")  # a list as content, shown as it is

PROTOCOL = catalogue.protocol("openai-chat")
ASKED: dict[str, Any] = {"model": "gpt-x", "messages": [{"role": "user", "content": "Hi"}]}
SHARED = Path(__file__).resolve().parents[2].parent / "shared" / "corpus" / "cassettes"

GOOD = {
    name: getattr(samples, name)
    for name in (
        "TEXT", "WITH_USAGE", "USAGE_ON_FINISH", "TOOL", "TWO_TOOLS", "FUNCTION_CALL", "REFUSAL", "LOGPROBS",
        "REASONING", "TWO_CHOICES",
    )
}  # fmt: skip


@contextmanager
def asking(*recordings: Recording) -> Iterator[Any]:
    """A client of the SDK whose server plays these recordings."""
    with (
        ReplayServer(recordings, speed=0) as server,
        openai.OpenAI(api_key="test", base_url=f"{server.url}/v1", max_retries=0) as client,
    ):
        yield client


def chunks(example: Example) -> list[dict[str, Any]]:
    """What `create(stream=True)` yields."""
    with asking(example.recording()) as client, client.chat.completions.create(**ASKED, stream=True) as found:
        return [bare(chunk.to_dict()) for chunk in found]


def completion(client: Any, **asked: Any) -> dict[str, Any]:
    """The completion that the `stream()` helper makes of all chunks."""
    with client.chat.completions.stream(**ASKED, **asked) as found:
        made: dict[str, Any] = bare(found.get_final_completion().to_dict())
    for choice in made["choices"]:
        for one in choice["message"].get("tool_calls", ()):
            del one["index"]  # of the chunk, not of the message
    return made


def theirs(example: Example) -> dict[str, Any]:
    with asking(example.recording()) as client:
        return completion(client)


def message(example: Example) -> dict[str, Any]:
    found: dict[str, Any] = theirs(example)["choices"][0]["message"]
    return found


def ours(recording: Recording) -> dict[str, Any]:
    found = PROTOCOL.accumulate(Stream(recording, PROTOCOL))
    assert found is not None
    made: dict[str, Any] = bare(found)
    return made


def broken(recording: Recording) -> set[str]:
    """The rules of this protocol that the stream breaks."""
    run = library.check(recording, "openai-chat", "strict")
    return {name for f in run.findings for owner, _, name in (f.rule.partition("/"),) if owner == "openai-chat"}


def bare(value: Any) -> Any:
    """The value without members that are null: the SDK shows those it knows, we those that came."""
    if isinstance(value, dict):
        return {key: bare(item) for key, item in value.items() if item is not None}
    return [bare(item) for item in value] if isinstance(value, list) else value


# Where a stream is legal, both are the same


@pytest.mark.parametrize("name", GOOD)
def test_the_sdk_reads_the_chunks_that_we_read(name: str) -> None:
    read = Stream(GOOD[name].recording(), PROTOCOL)
    assert chunks(GOOD[name]) == [bare(event.parsed) for event in read.events if event.kind == "chunk"]


@pytest.mark.parametrize("name", GOOD)
def test_the_final_completion_is_the_one_that_we_accumulate(name: str) -> None:
    assert theirs(GOOD[name]) == ours(GOOD[name].recording())


def test_an_answer_that_is_spoken_is_joined_alike() -> None:
    spoken = stream(
        chunk({"role": "assistant", "content": None, "audio": {"id": "audio_1", "transcript": "Hel"}}),
        chunk({"audio": {"transcript": "lo"}}),
        chunk({"audio": {"data": "UklG"}}),
        chunk({"audio": {"data": "RgAA"}}),
        chunk({}, "stop"),
        usage_chunk(),
        chunk({"audio": {"expires_at": 1700003600}}),
    )
    audio = {"id": "audio_1", "transcript": "Hello", "data": "UklGRgAA", "expires_at": 1700003600}
    assert message(spoken)["audio"] == ours(spoken.recording())["choices"][0]["message"]["audio"] == audio


# Where the SDK makes something else of it, a rule says so

EVERY_ROLE = stream(
    *[chunk({"role": "assistant", "content": text}) for text in ("", "Hello")], chunk({}, "stop"), model="gpt-x"
)
ID_AGAIN = samples.TOOL.swap('"function":{"arguments":"{', '"id":"call_1","function":{"arguments":"{')
NAME_AGAIN = samples.TOOL.swap('"function":{"arguments":"{', '"function":{"name":"weather","arguments":"{')
ONE_INDEX = samples.TWO_TOOLS.swap('"tool_calls":[{"index":1', '"tool_calls":[{"index":0')


def _call(member: str) -> Callable[[dict[str, Any]], Any]:
    return lambda found: found["tool_calls"][0].get(member) or found["tool_calls"][0]["function"][member]


@pytest.mark.parametrize(
    ("example", "rule", "member", "joined", "kept"),
    [
        pytest.param(EVERY_ROLE, "role-repeated", lambda m: m["role"], "assistantassistant", "assistant", id="role"),
        pytest.param(ID_AGAIN, "tool-call-name-repeated", _call("id"), "call_1call_1", "call_1", id="id"),
        pytest.param(NAME_AGAIN, "tool-call-name-repeated", _call("name"), "weatherweather", "weather", id="name"),
        pytest.param(ONE_INDEX, "tool-call-id-changes", _call("name"), "weathertime", "weather", id="index"),
    ],
)
def test_the_sdk_joins_strings_that_come_again(
    example: Example, rule: str, member: Callable[[dict[str, Any]], Any], joined: str, kept: str
) -> None:
    assert member(message(example)) == joined
    assert member(ours(example.recording())["choices"][0]["message"]) == kept
    assert rule in broken(example.recording())


ERROR = samples.event({"error": {"message": "overloaded", "type": "server_error"}})
NO_INDEX = samples.WHOLE_TOOL.swap('"tool_calls":[{"index":0,', '"tool_calls":[{')
INDEX_1 = samples.WHOLE_TOOL.swap('"tool_calls":[{"index":0,', '"tool_calls":[{"index":1,')
PARTS = stream(
    chunk({"role": "assistant"}), *[chunk({"content": [{"type": "text", "text": text}]}) for text in ("Hel", "lo")]
)
NO_CHOICES = samples.TEXT.swap(samples.FINISH, samples.event(samples.HEAD) + samples.FINISH)
CUT_SHORT = samples.TEXT.swap('"stop"', '"length"')


@pytest.mark.parametrize(
    ("example", "error", "rule"),
    [
        pytest.param(NO_INDEX, TypeError, "tool-call-index-missing", id="no index"),
        pytest.param(INDEX_1, IndexError, "tool-call-index-gap", id="index 1"),
        pytest.param(PARTS, RuntimeError, "content-not-a-string", id="content in parts"),
        pytest.param(NO_CHOICES, TypeError, "choices-missing", id="no choices"),
        pytest.param(samples.TEXT.swap(samples.FINISH, ERROR), openai.APIError, None, id="error"),
        pytest.param(CUT_SHORT, openai.LengthFinishReasonError, None, id="length"),
    ],
)
def test_the_sdk_raises_where_we_keep_what_came(example: Example, error: type[Exception], rule: str | None) -> None:
    with pytest.raises(error):
        theirs(example)
    assert ours(example.recording())["choices"]
    assert rule is None or rule in broken(example.recording())


def test_the_sdk_loses_the_usage_to_a_later_chunk() -> None:
    for later in (chunk(moderation={"flagged": False}, usage=None), chunk({"content": "!"}, usage=None)):
        after = samples.WITH_USAGE.swap(usage_chunk(), usage_chunk() + later)
        assert "usage" not in theirs(after)
        assert ours(after.recording())["usage"]["total_tokens"] == 11
    assert "chunk-after-usage" in broken(after.recording())


def test_the_sdk_calls_an_interleaved_tool_call_complete_before_it_is() -> None:
    parts = [
        call(0, "", id="call_1", type="function", name="weather"), call(0, '{"city":'),
        call(1, "", id="call_2", type="function", name="time"), call(0, '"Oslo"}'), call(1, "{}"),
    ]  # fmt: skip
    mixed = stream(chunk({"role": "assistant", "content": None}), *map(chunk, parts), chunk({}, "tool_calls"))
    with asking(mixed.recording()) as client, client.chat.completions.stream(**ASKED) as found:
        done = [event.arguments for event in found if event.type == "tool_calls.function.arguments.done"]
    assert done[0] == '{"city":'
    assert theirs(mixed) == ours(mixed.recording())
    assert "tool-calls-interleaved" in broken(mixed.recording())


def test_the_sdk_drops_a_chunk_of_another_object_without_a_word() -> None:
    other = samples.TEXT.swap('"content":"lo"', '"content":"LO"').swap(
        chunk({"content": "LO"}), chunk({"content": "LO"}, object="chat.completion.done")
    )
    assert message(other)["content"] == "Hel"
    assert ours(other.recording())["choices"][0]["message"]["content"] == "HelLO"
    assert "object-value" in broken(other.recording())


# Where the difference is ours, and means nothing


def test_content_that_is_empty_throughout_is_null_to_us_and_an_empty_string_to_the_sdk() -> None:
    assert message(samples.WHOLE_TOOL)["content"] == ""
    assert "content" not in ours(samples.WHOLE_TOOL.recording())["choices"][0]["message"]


def test_reasoning_details_are_kept_by_the_sdk_alone() -> None:
    found = message(samples.REASONING_DETAILS)
    assert [detail["type"] for detail in found.pop("reasoning_details")] == ["reasoning.text", "reasoning.encrypted"]
    assert found == ours(samples.REASONING_DETAILS.recording())["choices"][0]["message"]


def test_text_after_the_finish_and_a_second_finish_are_taken_by_both() -> None:
    late = samples.TEXT.swap(samples.FINISH, samples.FINISH + chunk({"content": "!"}) + chunk({}, "content_filter"))
    with pytest.raises(openai.ContentFilterFinishReasonError):
        theirs(late)
    again = samples.TEXT.swap(samples.FINISH, samples.FINISH + chunk({"content": "!"}) + chunk({}, "tool_calls"))
    assert theirs(again) == ours(again.recording())
    assert {"content-after-finish", "finish-repeated"} <= broken(again.recording())


# Real streams

LARGEST = 60_000
"""Bytes: the SDK copies the whole message for every chunk."""
LOST, JOINED = "lost", "joined"
REASONS: dict[str, object] = {
    "tool-call-index-missing": TypeError,
    "tool-call-index-gap": IndexError,
    "tool-call-type-changes": AssertionError,
    "tool-call-name-repeated": JOINED,
    "choices-missing": TypeError,
    "chunk-field-missing": AssertionError,
    "finish length": openai.LengthFinishReasonError,
    "error": openai.APIError,
    "list without index": RuntimeError,
    "moderation": LOST,
}
"""Rule that a stream breaks, or what it holds -> what becomes of it in the SDK."""


def reasons(recording: Recording) -> dict[str, object]:
    """What the SDK may make of this stream instead of what we make of it, and why."""
    view = Stream(recording, PROTOCOL).view
    named = broken(recording)
    named |= {"finish length"} if any(e == "length" for c in view.choices.values() for _, e in c.finishes) else set()
    named |= {"error"} if view.errors else set()
    named |= {"moderation"} if any("moderation" in shape for shape in view.top_shapes) else set()
    lists = ("reasoning_details", "annotations")
    named |= {"list without index"} if any(key in shape for shape in view.delta_shapes for key in lists) else set()
    return {name: outcome for name, outcome in REASONS.items() if name in named}


def settled(completion: dict[str, Any]) -> Any:
    """Content, refusal, tool calls, finish and usage; what is missing counts as empty."""
    choices = []
    for choice in completion["choices"]:
        said = choice.get("message", {})
        calls = [
            (one.get("id", ""), one["function"].get("name", ""), one["function"].get("arguments", ""))
            for one in said.get("tool_calls", ())
        ]
        choices.append((said.get("content", ""), said.get("refusal", ""), calls, choice.get("finish_reason")))
    return choices, completion.get("usage")


def difference(client: Any, scenario: str, recording: Recording) -> object:
    """None where both agree; else the exception that the SDK raises, or what it did to the values."""
    try:
        found = settled(completion(client, extra_headers={"x-conformance-scenario": scenario}))
    except (AssertionError, IndexError, TypeError, RuntimeError, openai.OpenAIError) as error:
        return type(error)
    mine = settled(ours(recording))
    return None if found == mine else JOINED if len(str(found)) > len(str(mine)) else LOST


def recorded() -> Iterator[Recording]:
    """Chat streams whose framing is the wire's, up to a size, each a scenario of its own."""
    path = "https://example.com/v1/chat/completions"
    for file in sorted(SHARED.glob("*/chat/*.yaml")):
        for number, recording in enumerate(library.load(file)):
            if recording.has(Evidence.FRAMING) and recording.status == 200 and len(recording.body) <= LARGEST:
                named = {"scenario": f"{file.parent.parent.name}/{file.stem}/{number}"}
                yield replace(recording, request=replace(recording.request, uri=path), metadata=named)


@pytest.mark.corpus
@pytest.mark.skipif(not SHARED.is_dir(), reason="the recorded streams (../shared/corpus) are not here")
def test_real_streams_are_the_same_to_both_but_for_the_reasons_above() -> None:
    recordings = {str(recording.metadata["scenario"]): recording for recording in recorded()}
    unexplained, needed = {}, set()
    with asking(*recordings.values()) as client:
        for name, recording in recordings.items():
            found = difference(client, name, recording)
            why = {reason for reason, outcome in reasons(recording).items() if outcome == found}
            needed |= why
            if found is not None and not why:
                unexplained[name] = found
    assert unexplained == {}
    assert needed == set(REASONS), "reasons that no stream needs any more"
    assert len(recordings) > 330

"""A stream as it arrived: events, comments and findings, each at its place."""

from __future__ import annotations

import json
from dataclasses import replace
from typing import Any

import pytest

from conformance import catalogue, pipeline
from conformance.core.dialect import STRICT
from conformance.core.example import Example
from conformance.core.finding import Run
from conformance.core.recording import End, EndKind, Evidence, Headers, Read, Recording
from conformance.core.stream import Stream
from conformance.protocols.openai_chat.rules import id_changes
from conformance.render._text import ansi, plain, width
from conformance.render._timeline import timeline
from conformance.render._timeline_json import timeline_json
from tests.reports import GOOD, TWO_IDS

BODY = ": keep-alive\n\n" + GOOD + "foo: bar\n\n"
PACED = Example(BODY, path="/v1/chat/completions", request={"model": "gpt-x", "stream": True}).paced()


def parts(recording: Recording) -> tuple[Stream[Any], Run]:
    protocol = catalogue.protocol("openai-chat")
    return Stream(recording, protocol), pipeline.check(recording, protocol, [id_changes.check], STRICT)


def lines(recording: Recording, columns: int = 100, raw: bool = False, part: slice = slice(None)) -> list[str]:
    stream, run = parts(recording)
    return [line.rstrip() for line in timeline(stream, run, columns, plain, raw, part)]


def test_events_come_with_time_gap_read_and_what_they_change() -> None:
    recording = replace(PACED.recording(), headers_at=31.2)
    text = lines(recording)
    assert text[0] == "POST https://example.com/v1/chat/completions"
    assert text[1] == '  {"model":"gpt-x","stream":true}'
    assert text[2] == "HTTP/1.1 200 OK  31.2 ms"
    assert "    #       at      gap  read  bytes  event" in text
    (hello,) = [line for line in text if '"Hello"' in line]
    assert hello.split()[:6] == ["1", "70.0", "10.0", "2", "185", "chunk"]
    (finish,) = [line for line in text if "finish_reason" in line and line.split()[0] == "2"]
    assert 'choices.finish_reason "stop"' in finish
    assert "  end  eof after 101.0 ms" in text


def test_comments_and_ignored_lines_stand_where_they_came() -> None:
    text = lines(PACED.recording())
    start = next(number for number, line in enumerate(text) if line.strip().startswith("#"))
    assert text[start + 1].endswith(": keep-alive")
    assert text[start + 6].endswith("ignored line: foo:bar")


def test_a_finding_stands_under_the_event_that_it_names() -> None:
    recording = Example(TWO_IDS, path="/v1/chat/completions").recording()
    text = lines(recording)
    place = next(number for number, line in enumerate(text) if "▲ error openai-chat/id-changes" in line)
    assert text[place - 1].split()[0] == "1"


def test_without_times_there_are_no_columns_for_them() -> None:
    text = lines(Example(GOOD, path="/v1/chat/completions").recording())
    assert "    #  bytes  event" in text
    assert any(line == "       not recorded: reads, timing" for line in text)


def test_raw_shows_the_data_as_sent() -> None:
    text = lines(PACED.recording(), 200, raw=True)
    assert any('{"id": "chatcmpl-1", "object": "chat.completion.chunk"' in line for line in text)


def test_a_part_shows_its_events_and_compares_with_the_one_before_it() -> None:
    text = lines(PACED.recording(), part=slice(1, 2))
    events = [line for line in text if line[:5].strip().isdigit()]
    assert [line.split()[0] for line in events] == ["1"]
    assert "chatcmpl" not in events[0]
    assert not any(line.endswith(": keep-alive") for line in text)
    assert "No such events: there are 4." in lines(PACED.recording(), part=slice(90, None))


def test_a_stream_without_events_and_an_unfinished_one_are_shown_too() -> None:
    assert "No events." in lines(Example("", path="/v1/chat/completions").recording())
    cut = Example(GOOD[:-30] + "data: x", path="/v1/chat/completions", end=End(EndKind.RESET, 5.0, None, "by peer"))
    text = lines(cut.recording())
    assert any("unfinished, never dispatched: " in line for line in text)
    assert "  end  reset after 5.0 ms: by peer" in text


@pytest.mark.parametrize("columns", [60, 80, 120])
def test_no_line_is_wider_than_the_terminal(columns: int) -> None:
    long = GOOD.replace("Hello", "日本語 " * 60).replace("gpt-x", "m" * 200)
    recording = replace(
        Example(": " + "c" * 300 + "\n\n" + long, path="/v1/chat/completions").paced().recording(),
        headers=Headers([("content-type", "text/event-stream"), ("x-long", "v" * 300)]),
    )
    stream, run = parts(recording)
    assert max(width(line) for line in timeline(stream, run, columns, ansi)) <= columns


def test_a_hostile_stream_does_not_reach_the_terminal() -> None:
    hostile = GOOD.replace("Hello", "\\u001b[2J\u202e").replace("gpt-x", "\x9b31m")
    hostile += ": \x1b]0;x\x07\n\ndata: \x1b[1m\n\n"
    recording = replace(Example(hostile, path="/v1/chat/completions").recording(), reason="\x1b[1m")
    for raw in (False, True):
        text = "\n".join(lines(recording, raw=raw))
        assert not {"\x1b", "\x9b", "\u202e", "\x07"} & set(text)


def test_the_timeline_for_machines_holds_the_data_whole() -> None:
    stream, run = parts(PACED.recording())
    data = json.loads(timeline_json(stream, run))
    assert [event["text"] for event in data["events"]] == ["", "Hello", "", ""]
    assert "".join(f"data: {event['data']}\n\n" for event in data["events"]) == GOOD
    assert data["comments"] == [{"offset": 0, "at": 50.0, "text": "keep-alive"}]
    assert data["run"]["protocol"] == "openai-chat"
    assert [event["event"] for event in json.loads(timeline_json(stream, run, slice(1, 3)))["events"]] == [1, 2]


def test_events_of_one_read_share_its_number() -> None:
    example = Example(GOOD, path="/v1/chat/completions").paced()
    burst = replace(example.recording(), reads=(Read(50.0, len(GOOD)),))
    assert not burst.missing & {Evidence.READS, Evidence.TIMING}
    events = [line for line in lines(burst) if line[:5].strip().isdigit()]
    assert [line.split()[1:4] for line in events[1:]] == [["50.0", "0", "0"]] * 3

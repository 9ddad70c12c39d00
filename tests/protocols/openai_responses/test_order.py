"""The order of Responses events: legal streams go through the tables, a misstep is named by the rule that speaks for
it."""

from __future__ import annotations

from typing import Any

import pytest

from conformance import catalogue
from conformance.core.example import Example
from conformance.core.grammar import Grammar
from conformance.core.stream import Stream
from conformance.protocols.openai_responses import samples
from conformance.protocols.openai_responses.samples import (
    CODE_EVENTS,
    IMAGE_EVENTS,
    MCP_EVENTS,
    TEXT_EVENTS,
    TOOL_EVENTS,
    WEB_SEARCH_EVENTS,
    WHOLE,
)
from conformance.protocols.openai_responses.script import Event, double, drop, exchange, put, stream, tool
from conformance.protocols.openai_responses.wire import CORE_KINDS, INVENTED

PROTOCOL = catalogue.protocol("openai-responses")


def read(example: Example) -> Stream[Any]:
    return Stream(example.recording(), PROTOCOL)


def faults(*events: Event) -> set[str]:
    """The names of all missteps in the stream of these events."""
    return {step.fault for walk in read(stream(*events)).walks for step in walk.missteps}


@pytest.mark.parametrize("name", WHOLE)
def test_a_whole_stream_goes_through_its_tables_and_ends_where_it_may(name: str) -> None:
    walks = read(WHOLE[name]).walks
    assert [step for walk in walks for step in walk.missteps] == []
    assert [walk.subject for walk in walks if not walk.accepted] == []


@pytest.mark.parametrize(
    ("events", "fault"),
    [
        (drop(TEXT_EVENTS, "created"), "created-missing"),
        (double(TEXT_EVENTS, "created"), "created-repeated"),
        (put(drop(TEXT_EVENTS, "in_progress"), "output_item.added", TEXT_EVENTS[1]), "output-before-in-progress"),
        (double(TEXT_EVENTS, "completed"), "event-after-terminal"),
        ([*TEXT_EVENTS, TEXT_EVENTS[4]], "event-after-terminal"),
        (drop(TEXT_EVENTS, "output_item.added"), "item-without-added"),
        (double(TEXT_EVENTS, "output_item.added"), "output-index-gap"),
        (double(TEXT_EVENTS, "output_item.done"), "event-after-item-done"),
        (drop(TEXT_EVENTS, "content_part.added"), "part-without-added"),
        (double(TEXT_EVENTS, "content_part.added"), "part-index-gap"),
        (put(TEXT_EVENTS, "output_text.done", TEXT_EVENTS[5]), "delta-after-done"),
        (double(TEXT_EVENTS, "output_text.done"), "delta-after-done"),
        (drop(TEXT_EVENTS, "output_text.done"), "done-event-missing"),
        (put(TEXT_EVENTS, "content_part.done", TEXT_EVENTS[5]), "delta-outside-part"),
        (double(TOOL_EVENTS, "function_call_arguments.done"), "delta-after-done"),
        (drop(WEB_SEARCH_EVENTS, "web_search_call.searching"), "tool-events-out-of-order"),
        (drop(CODE_EVENTS, "code_interpreter_call.interpreting"), "tool-events-out-of-order"),
        (drop(IMAGE_EVENTS, "image_generation_call.completed"), "tool-events-out-of-order"),
        (drop(MCP_EVENTS, "mcp_call.completed"), "tool-events-out-of-order"),
        (put(TEXT_EVENTS, "output_item.added", {**TOOL_EVENTS[3], "item_id": "msg_0"}), "event-of-other-item"),
        ([*TEXT_EVENTS[:2], {"type": "response.audio.done"}, *TEXT_EVENTS[2:]], "audio-done-without-delta"),
    ],
)
def test_a_misstep_is_named_by_the_rule_that_speaks_for_it(events: list[Event], fault: str) -> None:
    assert fault in faults(*events)


def _named(grammar: Grammar) -> set[str]:
    """Every fault that a misstep in this table can have."""
    symbols = {symbol for row in grammar.table.values() for symbol in row} | {name for _, name in grammar.faults}
    symbols -= {"*", "resumed"}  # the latter stands before the first event and nowhere else
    wrong = [(state, symbol) for state, row in grammar.table.items() for symbol in symbols - set(row)]
    return {step.fault for state, symbol in wrong for step in _from(grammar, state).walk([(0, symbol)]).missteps}


def _from(grammar: Grammar, state: str) -> Grammar:
    return Grammar(grammar.name, state, grammar.table, grammar.accept, grammar.faults)


@pytest.mark.parametrize("grammar", PROTOCOL.grammars, ids=lambda grammar: grammar.name)
def test_every_misstep_has_a_rule(grammar: Grammar) -> None:
    assert {name for name in _named(grammar) if f"openai-responses/{name}" not in catalogue.rules()} == set()


@pytest.mark.parametrize("grammar", PROTOCOL.grammars, ids=lambda grammar: grammar.name)
def test_every_state_can_be_reached_and_left_for_the_end(grammar: Grammar) -> None:
    reached, grown = {grammar.start}, True
    while grown:
        more = {following for state in reached for following in grammar.table[state].values()} - reached
        reached, grown = reached | more, bool(more)
    assert reached == set(grammar.table)
    assert reached & grammar.accept


def test_annotations_may_come_between_deltas_and_behind_them() -> None:
    cited = WEB_SEARCH_EVENTS[11]
    assert cited["type"].endswith("annotation.added")
    early = put(drop(WEB_SEARCH_EVENTS, "output_text.annotation.added"), "output_text.delta", cited)
    late = put(drop(WEB_SEARCH_EVENTS, "output_text.annotation.added"), "output_text.done", cited)
    assert faults(*early) == faults(*late) == set()


def test_an_mcp_call_may_begin_again_between_its_arguments() -> None:
    """As recorded from OpenAI, when a call had been approved."""
    assert faults(*put(MCP_EVENTS, "mcp_call_arguments.delta", MCP_EVENTS[7])) == set()
    assert MCP_EVENTS[7]["type"] == "response.mcp_call.in_progress"


def test_a_call_that_is_finished_when_it_is_added_has_no_steps() -> None:
    """As recorded from xAI."""
    whole = {"status": "completed", "action": {"type": "search", "query": "?"}}
    assert faults(*exchange(tool("web_search_call", whole, {}))) == set()


def test_a_call_that_broke_off_need_not_be_complete() -> None:
    failed = {"status": "failed", "action": {"type": "search", "query": "?"}}
    assert faults(*exchange(tool("web_search_call", {}, failed, "in_progress"))) == set()


def test_items_of_other_types_may_have_any_events() -> None:
    step = {"type": "response.web_search_call.searching"}
    assert faults(*exchange(tool("acme:search", {}, {}, [step, step]))) == set()


def test_extension_events_may_come_anywhere_between_the_first_and_the_last() -> None:
    for place in range(1, len(TEXT_EVENTS)):
        more = [*TEXT_EVENTS[:place], {"type": "acme:trace_event"}, *TEXT_EVENTS[place:]]
        assert faults(*more) == set()


def test_a_stream_that_is_taken_up_later_begins_anywhere() -> None:
    from dataclasses import replace

    recording = stream(*TEXT_EVENTS[3:]).recording()
    later = replace(recording, request=replace(recording.request, method="GET", body=b""))
    assert Stream(later, PROTOCOL).walks[0].missteps == ()


def test_done_is_let_pass_behind_the_end_once() -> None:
    once = stream(*TEXT_EVENTS, done=True)
    assert not list(read(once).order_faults("event-after-terminal"))
    twice = once.swap("data: [DONE]\n\n", "data: [DONE]\n\ndata: [DONE]\n\n")
    assert list(read(twice).order_faults("event-after-terminal"))


def test_every_core_kind_moves_something() -> None:
    """No kind falls through the tables unseen."""
    from conformance.protocols.openai_responses.build import HANDLERS

    assert set(HANDLERS) == CORE_KINDS
    assert not CORE_KINDS & set(INVENTED)
    assert samples.TEXT_EVENTS[0]["type"] in HANDLERS

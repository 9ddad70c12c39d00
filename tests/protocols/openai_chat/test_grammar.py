"""Laws of the order tables of Chat Completions: what is legal passes, and each misstep has a rule that tells of it."""

from __future__ import annotations

import pytest

from conformance import catalogue
from conformance.core.grammar import ANY, Grammar
from conformance.core.stream import Stream
from conformance.protocols.openai_chat import PROTOCOL, samples
from conformance.protocols.openai_chat.grammar import CHOICE, STREAM

GRAMMARS = pytest.mark.parametrize("grammar", [STREAM, CHOICE], ids=lambda grammar: grammar.name)


def steps(grammar: Grammar, *symbols: str) -> tuple[list[tuple[int, str]], str]:
    """(event, fault) of every misstep, and the state at the end."""
    walk = grammar.walk(enumerate(symbols))
    return [(step.event, step.fault) for step in walk.missteps], walk.state


@GRAMMARS
def test_every_fault_is_the_name_of_a_rule(grammar: Grammar) -> None:
    rules = {rule_id.partition("/")[2] for rule_id in catalogue.rules() if rule_id.startswith("openai-chat/")}
    assert set(grammar.faults.values()) <= rules


@GRAMMARS
def test_every_pair_that_the_table_does_not_hold_has_a_fault(grammar: Grammar) -> None:
    symbols = {symbol for row in grammar.table.values() for symbol in row}
    symbols |= {"unknown"} if grammar is STREAM else set()
    for state, row in grammar.table.items():
        for symbol in symbols - set(row):
            assert {(state, symbol), (state, ANY), (ANY, symbol)} & set(grammar.faults), (state, symbol)


@GRAMMARS
def test_every_state_can_be_reached_and_left_for_the_end(grammar: Grammar) -> None:
    reached, todo = {grammar.start}, [grammar.start]
    while todo:
        new = set(grammar.table[todo.pop()].values()) - reached
        reached |= new
        todo += new
    assert reached == set(grammar.table)
    assert grammar.accept <= reached


@pytest.mark.parametrize(
    "symbols",
    [
        ("chunk", "[DONE]"),
        ("chunk", "usage", "[DONE]"),
        ("empty", "chunk", "empty", "usage", "[DONE]"),
        ("chunk", "usage", "empty", "[DONE]"),
        ("chunk", "error"),
        ("chunk", "error", "[DONE]"),
        ("error",),
    ],
    ids=" ".join,
)
def test_a_legal_stream_has_no_misstep(symbols: tuple[str, ...]) -> None:
    assert steps(STREAM, *symbols)[0] == []


@pytest.mark.parametrize(
    ("symbols", "faults"),
    [
        (("chunk", "[DONE]", "[DONE]"), [(2, "done-repeated")]),
        (("chunk", "[DONE]", "usage"), [(2, "data-after-done")]),
        (("chunk", "[DONE]", "unknown"), [(2, "data-after-done")]),
        (("chunk", "error", "chunk"), [(2, "data-after-error")]),
        (("error", "error"), [(1, "data-after-error")]),
        (("chunk", "usage", "chunk"), [(2, "chunk-after-usage")]),
        (("chunk", "usage", "usage"), [(2, "usage-repeated")]),
        (("unknown", "chunk", "unknown"), [(0, "unknown-event"), (2, "unknown-event")]),
    ],
    ids=lambda value: " ".join(map(str, value)),
)
def test_a_misstep_in_a_stream_is_named(symbols: tuple[str, ...], faults: list[tuple[int, str]]) -> None:
    assert steps(STREAM, *symbols)[0] == faults


@pytest.mark.parametrize("state", STREAM.table)
def test_a_payload_that_is_no_json_moves_nothing(state: str) -> None:
    assert STREAM.table[state]["invalid"] == state


@pytest.mark.parametrize(
    ("symbols", "faults"),
    [
        (("role", "content", "finish"), []),
        (("content", "role", "content", "role", "finish", "role"), []),
        (("role", "reasoning", "content", "tool", "finish"), []),
        (("role", "finish"), []),
        (("role", "content", "reasoning", "finish"), [(2, "reasoning-after-content")]),
        (("role", "content", "finish", "finish"), [(3, "finish-repeated")]),
        (("role", "finish", "content", "tool"), [(2, "content-after-finish"), (3, "content-after-finish")]),
    ],
    ids=lambda value: " ".join(map(str, value)) or "legal",
)
def test_a_misstep_in_a_choice_is_named(symbols: tuple[str, ...], faults: list[tuple[int, str]]) -> None:
    assert steps(CHOICE, *symbols) == (faults, "finished")


@pytest.mark.parametrize("name", ["TEXT", "WITH_USAGE", "TOOL", "TWO_TOOLS", "REASONING", "TWO_CHOICES"])
def test_the_streams_of_the_examples_end_where_a_stream_may_end(name: str) -> None:
    walks = Stream(getattr(samples, name).recording(), PROTOCOL).walks
    assert [walk.missteps for walk in walks] == [()] * len(walks)
    assert all(walk.accepted for walk in walks)

"""The compatibility table counts what is told, on how much evidence, and never takes silence for a pass."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

import pytest

from conformance import catalogue
from conformance.core.behaviour import FIGURES, Behaviour, of_figure, of_rule, of_trait
from conformance.core.finding import Family, Finding, Level, Outcome, Run, Verdict
from conformance.core.latency import Latency
from conformance.core.matrix import Cell, Column, Exhibit, Matrix, State, exhibited, narrowed
from conformance.core.matrix_build import EXHIBITS, KEYS, matrix
from conformance.core.recording import End, EndKind
from conformance.core.transparency_timing import measure
from tests.reports import finding, run
from tests.sides import builtin, compare

RULE = Behaviour("rule", "demo/fault", Family.SHAPE, "A fault", Level.ERROR)
TRAIT = Behaviour("trait", "usage.placement", Family.USAGE, needs=frozenset({"framing"}))


def judged(source: str, verdict: Verdict | Level, **more: Any) -> Run:
    """A run in which the rule came out so; a level stands for a finding of it."""
    found: tuple[Finding, ...] = ()
    if isinstance(verdict, Level):
        found, verdict = (finding(level=verdict, event=1, offset=9),), Verdict.FAIL
    elif verdict is Verdict.WAIVED:
        found = (finding(waived="its documents say so"),)
    reason = "no tool was called" if verdict is Verdict.NOT_APPLICABLE else None
    outcome = Outcome(RULE.name, verdict, found, reason)
    return replace(run(source), outcomes=(outcome,), **{"metadata": {"provider": "p"}, **more})


def made(*runs: Run, rows: tuple[Behaviour, ...] = (RULE, TRAIT), **more: Any) -> Matrix:
    return matrix(runs, lambda protocol: rows, **more)


def cell(*runs: Run, row: Behaviour = RULE) -> Cell:
    (table,) = made(*runs).tables
    (column,) = table.columns
    return table.cells[row.name, column.id]


def shown(source: str, value: object, **more: Any) -> Run:
    return judged(source, Verdict.PASS, traits={} if value is None else {TRAIT.name: value}, **more)


def test_a_cell_counts_streams_that_tell_and_only_those() -> None:
    verdicts = [Verdict.PASS, Verdict.PASS, Level.ERROR, Verdict.NOT_APPLICABLE, Verdict.NOT_RECORDED]
    found = cell(*(judged(f"{number}.yaml", verdict) for number, verdict in enumerate(verdicts)))
    assert (found.state, found.of) == (State.FAIL, 3)
    assert [(seen.state, seen.streams) for seen in found.seen] == [
        (State.FAIL, (3,)),
        (State.PASS, (1, 2)),
        (State.NO_EVIDENCE, (4,)),
        (State.NOT_RECORDED, (5,)),
    ]


@pytest.mark.parametrize(
    ("verdict", "state", "of"),
    [
        (Verdict.PASS, State.PASS, 1),
        (Level.ERROR, State.FAIL, 1),
        (Level.WARNING, State.WARNING, 1),
        (Level.NOTE, State.NOTE, 1),
        (Verdict.WAIVED, State.WAIVED, 1),
        (Verdict.NOT_APPLICABLE, State.NO_EVIDENCE, 0),
        (Verdict.NOT_RECORDED, State.NOT_RECORDED, 0),
        (Verdict.INCONCLUSIVE, State.INCONCLUSIVE, 0),
    ],
)
def test_every_verdict_has_a_state_of_its_own(verdict: Verdict | Level, state: State, of: int) -> None:
    found = cell(judged("a.yaml", verdict))
    assert (found.state, found.of) == (state, of)


def test_a_rule_that_did_not_judge_says_nothing() -> None:
    assert cell(replace(run("a.yaml"), outcomes=())).state is State.NO_EVIDENCE


def test_what_an_inconclusive_run_keeps_is_no_pass_but_what_it_breaks_counts() -> None:
    assert cell(judged("a.yaml", Verdict.PASS, inconclusive="no tool was called")).state is State.INCONCLUSIVE
    assert cell(judged("a.yaml", Level.ERROR, inconclusive="no tool was called")).state is State.FAIL


def test_one_stream_with_evidence_makes_silence_no_evidence_and_none_makes_it_not_recorded() -> None:
    blind = shown("b.yaml", None, missing=("framing",))
    assert cell(blind, row=TRAIT).state is State.NOT_RECORDED
    assert cell(blind, shown("a.yaml", None), row=TRAIT).state is State.NO_EVIDENCE


def test_a_trait_shows_its_values_the_most_frequent_first() -> None:
    found = cell(*(shown(f"{n}.yaml", value) for n, value in enumerate(["b", "a", "a", None])), row=TRAIT)
    assert [(seen.value, seen.streams) for seen in found.told] == [("a", (2, 3)), ("b", (1,))]
    assert (found.state, found.of) == (State.MIXED, 3)


def test_of_a_list_each_item_is_counted_and_an_empty_one_is_a_value() -> None:
    found = cell(shown("a.yaml", ["x", "y", "x"]), shown("b.yaml", ["x"]), shown("c.yaml", []), row=TRAIT)
    assert [(seen.value, seen.streams) for seen in found.told] == [("x", (1, 2)), ("y", (1,)), ([], (3,))]
    assert found.of == 3


def test_what_all_streams_share_is_not_mixed_though_it_be_a_list() -> None:
    assert cell(shown("a.yaml", ["x", "y"]), shown("b.yaml", ["y", "x"]), row=TRAIT).state is State.VALUE


def test_yes_is_another_value_than_one() -> None:
    assert len(cell(shown("a.yaml", True), shown("b.yaml", 1), row=TRAIT).told) == 2


def test_a_fault_is_shown_where_it_stands_in_the_first_few_streams() -> None:
    found = cell(*(judged(f"{number}.yaml", Level.ERROR) for number in range(EXHIBITS + 2)))
    exhibits = found.seen[0].exhibits
    assert [at.stream for at in exhibits] == [1, 2, 3]
    assert (exhibits[0].event, exhibits[0].offset, exhibits[0].message) == (1, 9, "what is wrong")


def test_streams_made_by_hand_stand_in_columns_of_their_own_at_the_end() -> None:
    by_hand = judged("a.yaml", Verdict.PASS, metadata={"provider": "p", "synthetic": True})
    (table,) = made(by_hand, judged("b.yaml", Level.ERROR)).tables
    assert [(column.id, len(column.runs)) for column in table.columns] == [("p", 1), ("p (synthetic)", 1)]
    assert table.cells[RULE.name, "p"].state is State.FAIL
    assert table.cells[RULE.name, "p (synthetic)"].state is State.PASS


def test_a_stream_that_is_given_twice_counts_once() -> None:
    again = judged("a.yaml", Verdict.PASS)
    assert made(again, again, replace(again, interaction=1)).streams == 2


def test_columns_come_by_their_number_of_streams_and_tables_too() -> None:
    runs = [judged(f"{n}.yaml", Verdict.PASS, metadata={"provider": name}) for n, name in enumerate("abbab")]
    other = judged("x.yaml", Verdict.PASS, protocol="demo")
    found = made(other, *runs)
    assert [table.protocol for table in found.tables] == ["openai-chat", "demo"]
    assert [column.key for column in found.tables[0].columns] == ["b", "a"]


@pytest.mark.parametrize(
    ("by", "key"),
    [("provider", "acme"), ("target", "local"), ("dialect", "groq"), ("model", "gpt-x"), ("source", "o/r")],
)
def test_a_column_can_be(by: str, key: str) -> None:
    told = {"provider": "acme", "target": "local", "source": {"repository": "o/r"}}
    assert KEYS[by](replace(run("x/a.yaml"), dialect="groq", metadata=told)) == key


def test_who_says_nothing_of_himself_is_called_by_dialect_then_target_then_folder() -> None:
    nameless = run("some/where/a.yaml")
    assert KEYS["provider"](replace(nameless, dialect="groq", metadata={"target": "t"})) == "groq"
    assert KEYS["provider"](replace(nameless, metadata={"target": "t"})) == "t"
    assert KEYS["provider"](nameless) == "where" and KEYS["source"](nameless) == "some/where"
    assert KEYS["provider"](run("a.yaml")) and KEYS["model"](replace(nameless, model=None)) == "unknown"


def test_a_column_says_what_it_stands_on() -> None:
    told = [{"recorded": "2025-03-01T00:00:00Z"}, {"recorded": "2024-12-31"}, {}]
    runs = [replace(run(f"{n}.yaml"), metadata={"provider": "p", **one}) for n, one in enumerate(told)]
    column = Column("p", False, (*runs[:2], replace(runs[2], missing=("framing",))))
    assert column.dates == ("2024-12-31", "2025-03-01")
    assert (column.holding("framing"), column.holding("timing")) == (2, 3)
    assert column.sources == ((".", 3),)


def test_what_is_partial_is_said_once_of_its_column() -> None:
    runs = [judged("a.yaml", Verdict.PASS), judged("b.yaml", Verdict.PASS)]
    remarks = {"a.yaml": "the run was interrupted", "b.yaml": "the run was interrupted"}
    assert made(*runs, partial=remarks).tables[0].columns[0].partial == ("the run was interrupted",)


def test_filters_leave_what_they_name() -> None:
    runs = [judged(f"{n}.yaml", Verdict.PASS, metadata={"provider": name}) for n, name in enumerate("ab")]
    whole = made(*runs, judged("c.yaml", Verdict.PASS, protocol="demo"))
    assert [table.protocol for table in narrowed(whole, ["demo"]).tables] == ["demo"]
    assert narrowed(whole, families=[Family.USAGE]).tables[0].rows == (TRAIT,)
    assert narrowed(whole, level=Level.ERROR).tables[0].rows == (RULE,)
    assert [column.key for column in narrowed(whole, keys=["b"]).tables[0].columns] == ["b"]
    assert narrowed(whole, keys=["nobody"]).tables == ()


def test_places_are_completed_for_every_cell_and_nothing_else_changes() -> None:
    def find(protocol: str, row: Behaviour, seen: object, at: Exhibit, one: Run) -> Exhibit:
        return replace(at, quote=f"{protocol} {row.name} {one.source}")

    whole = made(judged("a.yaml", Level.ERROR))
    (table,) = exhibited(whole, find).tables
    (at,) = table.cells[RULE.name, "p"].seen[0].exhibits
    assert at.quote == "openai-chat demo/fault a.yaml"
    assert table.rows == whole.tables[0].rows and table.columns == whole.tables[0].columns


def test_every_trait_and_rule_has_a_row_with_a_family_and_a_title() -> None:
    for protocol in catalogue.protocols().values():
        for trait in protocol.traits:
            assert of_trait(trait).title and of_trait(trait).name == trait.name
    for entry in catalogue.rules().values():
        row = of_rule(entry.rule)
        assert row.title and row.url and row.level is not None


@pytest.mark.parametrize(
    ("name", "family"),
    [
        ("http.charset", "transport"),
        ("sse.ids", "framing"),
        ("id.prefix", "shape"),
        ("choices.empty", "shape"),
        ("choices.order", "order"),
        ("tools.style", "tools"),
        ("reasoning.field", "reasoning"),
        ("usage.extra", "usage"),
        ("done", "termination"),
        ("finish.key", "termination"),
        ("error.form", "errors"),
        ("cancel.observer", "cancellation"),
        ("timing.head", "latency"),
    ],
)
def test_a_trait_stands_under_the_family_of_its_name(name: str, family: str) -> None:
    traits = {trait.name: trait for protocol in catalogue.protocols().values() for trait in protocol.traits}
    assert of_trait(traits[name]).family == family


def test_a_figure_is_the_median_of_the_streams_that_have_it_and_names_one_of_them() -> None:
    row = of_figure("ttfb")
    runs = [judged(f"{n}.yaml", Verdict.PASS, latency={"ttfb": v}) for n, v in enumerate([5.0, 900.0, 20.04, None])]
    (table,) = made(*runs, rows=(row,)).tables
    told, untold = table.cells[row.name, table.columns[0].id].seen
    assert (told.state, told.value, told.streams) == (State.VALUE, 20.0, (1, 2, 3))
    assert told.exhibits[0].stream == 3 and untold.streams == (4,)


def test_figures_come_last_and_in_the_order_in_which_they_are_measured() -> None:
    rows = (*map(of_figure, reversed(FIGURES)), RULE, TRAIT)
    (table,) = made(judged("a.yaml", Verdict.PASS), rows=rows).tables
    assert [row.kind for row in table.rows[:2]] == ["trait", "rule"]
    assert [row.name for row in table.rows[2:]] == [*FIGURES]


@pytest.mark.parametrize("name", FIGURES)
def test_every_figure_of_a_table_is_measured(name: str) -> None:
    left = replace(builtin("openai-chat"), end=End(EndKind.CANCELLED, at=100.0, by="client"))
    assert name in {*Latency.__slots__, *measure(compare(builtin("openai-chat"), left))}

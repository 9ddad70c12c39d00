"""Laws of grammars: a misstep is noted under the name that speaks for it, and the walk goes on."""

from __future__ import annotations

from hypothesis import given
from hypothesis import strategies as st

from conformance.core.grammar import ANY, DEFAULT_FAULT, Grammar

DOOR = Grammar(
    name="door",
    start="shut",
    table={
        "shut": {"open": "ajar", "lock": "locked"},
        "ajar": {"close": "shut", "push": "wide open"},
        "wide open": {"close": "shut"},
        "locked": {},
    },
    accept=frozenset({"shut", "locked"}),
    faults={
        ("locked", "open"): "open-while-locked",
        ("locked", ANY): "locked-for-good",
        (ANY, "kick"): "kicked",
        ("ajar", ANY): "ajar-fault",
    },
    resync={"kick": "wide open"},
)


def walk(*symbols: str) -> list[tuple[str, int]]:
    return [(step.fault, step.event) for step in DOOR.walk(enumerate(symbols)).missteps]


def test_what_the_table_holds_is_no_misstep() -> None:
    found = DOOR.walk(enumerate(["open", "push", "close", "lock"]), "door 1")
    assert (found.missteps, found.state, found.accepted, found.subject) == ((), "locked", True, "door 1")


def test_the_end_is_accepted_only_in_some_states() -> None:
    assert not DOOR.walk([(0, "open")]).accepted
    assert DOOR.walk([]).accepted


def test_the_nearest_name_speaks_for_a_misstep() -> None:
    assert walk("lock", "open") == [("open-while-locked", 1)]  # state and symbol
    assert walk("lock", "kick") == [("locked-for-good", 1)]  # then the state
    assert walk("kick") == [("kicked", 0)]  # then the symbol
    assert walk("close") == [(DEFAULT_FAULT, 0)]  # then nobody
    assert walk("open", "kick") == [("ajar-fault", 1)]


def test_after_a_misstep_the_state_stays_unless_the_symbol_names_another() -> None:
    assert DOOR.walk(enumerate(["close", "open"])).state == "ajar"
    assert DOOR.walk(enumerate(["kick", "close"])).state == "shut"
    assert walk("close", "open", "close") == [(DEFAULT_FAULT, 0)]


def test_a_misstep_tells_where_and_what_was_expected() -> None:
    (step,) = DOOR.walk([(7, "close")]).missteps
    assert step == (DEFAULT_FAULT, 7, "shut", "close", ("open", "lock"))


@given(st.lists(st.sampled_from(["open", "close", "push", "lock", "kick", "", "unheard of"])))
def test_every_symbol_is_a_step_or_a_misstep(symbols: list[str]) -> None:
    found = DOOR.walk(enumerate(symbols))
    assert found.state in DOOR.table
    events = [step.event for step in found.missteps]
    assert events == sorted(set(events))
    legal = [(i, s) for i, s in enumerate(symbols) if i not in set(events)]
    if not any(symbols[event] in DOOR.resync for event in events):
        again = DOOR.walk(legal)
        assert (again.missteps, again.state) == ((), found.state)


def test_the_picture_holds_every_transition() -> None:
    assert DOOR.mermaid() == (
        "stateDiagram-v2\n"
        "    [*] --> shut\n"
        "    shut --> ajar: open\n"
        "    shut --> locked: lock\n"
        "    ajar --> shut: close\n"
        "    ajar --> wide_open: push\n"
        "    wide_open --> shut: close\n"
        "    shut --> [*]\n"
        "    locked --> [*]"
    )


def test_symbols_of_one_edge_share_its_line() -> None:
    grammar = Grammar("g", "a", {"a": {"x": "a", "y": "a"}}, frozenset())
    assert grammar.mermaid() == "stateDiagram-v2\n    [*] --> a\n    a --> a: x, y"

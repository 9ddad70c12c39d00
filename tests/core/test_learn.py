"""What is drafted from recordings are counts: habits that streams share, rules that several break, nothing else."""

from __future__ import annotations

import tomllib
from collections.abc import Mapping
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from conformance.catalogue import read_dialect
from conformance.core.finding import Family, Finding, Level, Outcome, Run, Verdict
from conformance.core.learn import as_toml, draft
from conformance.core.recording import Recording, Request

URL = "https://api.example.org/v1/chat/completions"


def run(traits: Mapping[str, object] | None = None, *outcomes: Outcome, protocol: str = "openai-chat") -> Run:
    return Run("a.yaml", 0, protocol, "strict", None, Verdict.PASS, outcomes, traits or {}, events=3)


def asked(url: str = URL, body: bytes = b'{"model":"m-1"}') -> Recording:
    return Recording(request=Request(uri=url, body=body))


def drafted(*runs: Run, recording: Recording | None = None) -> dict[str, Any]:
    return draft("Example", [(recording or asked(), one) for one in runs], lambda rule: f"Title of {rule}")


def broken(rule: str, message: str = "what is wrong", level: Level = Level.ERROR) -> Outcome:
    return Outcome(rule, Verdict.FAIL, (Finding(rule, level, Family.SHAPE, message),))


def habits(*traits: Mapping[str, object]) -> dict[str, tuple[Any, str]]:
    return {item["trait"]: (item["values"], item["see"]) for item in drafted(*map(run, traits)).get("expect", [])}


def test_a_trait_that_all_streams_share_is_a_habit_with_its_count() -> None:
    assert habits(*[{"sse.line-endings": "lf"}] * 4) == {"sse.line-endings": (["lf"], "4 of 4 recorded streams")}


@pytest.mark.parametrize(
    "values",
    [
        ("lf", "lf"),  # two streams are too few
        ("a", "b", "c"),
        (1, 1, 1),
        (False, False, False),
        ([], [], []),
    ],
)
def test_chance_is_no_habit(values: tuple[object, ...]) -> None:
    assert habits(*[{"x": value} for value in values]) == {}


def test_two_values_are_a_habit_that_tells_how_often_each_was_seen() -> None:
    assert habits({"x": "b"}, {"x": "a"}, {"x": "b"}) == {"x": (["a", "b"], "'b' in 2, 'a' in 1 of 3 recorded streams")}


def test_of_lists_the_members_are_the_habit() -> None:
    assert habits({"x": ["a"]}, {"x": []}, {"x": ["c", "a"]}) == {"x": (["a", "c"], "3 of 3 recorded streams")}


def test_what_the_request_or_the_answer_decides_is_no_habit() -> None:
    assert habits(*[{"usage.asked": True, "finish.reasons": ["stop"], "http.version": "HTTP/2"}] * 3) == {}


def test_a_trait_that_depends_on_what_was_asked_is_a_habit_of_each_side() -> None:
    sides = [{"usage.asked": True, "x": "a"}, {"usage.asked": True, "x": "b"}, {"usage.asked": True, "x": "c"}]
    other = [{"usage.asked": False, "x": "n"}] * 3
    (found,) = drafted(*map(run, [*sides, *other]))["expect"]
    assert (found["trait"], found["values"], found["given"]) == ("x", ["n"], {"usage.asked": False})


def test_a_rule_that_several_streams_break_is_a_deviation_with_its_count() -> None:
    kept = Outcome("openai-chat/role-repeated", Verdict.PASS)
    idle = Outcome("openai-chat/role-repeated", Verdict.NOT_APPLICABLE)
    fails = [run(None, broken("openai-chat/role-repeated", message)) for message in ("a", "b", "b")]
    (found,) = drafted(*fails, run(None, kept), run(None, idle))["deviation"]
    assert found == {
        "rule": "openai-chat/role-repeated",
        "because": "Title of openai-chat/role-repeated: b",
        "see": "3 of 4 recorded streams",
        "observed": True,
    }


def test_one_stream_or_a_note_is_no_deviation() -> None:
    notes = [run(None, broken("x/y", level=Level.NOTE))] * 3
    assert "deviation" not in drafted(*notes, run(None, broken("x/z")))


def test_endpoints_hosts_and_models_are_what_was_asked() -> None:
    found = drafted(run())
    assert found["hosts"] == ["api.example.org"]
    assert found["endpoints"] == {"openai-chat": URL}
    assert found["models"] == {"openai-chat": ["m-1"]}


@pytest.mark.parametrize(
    ("url", "hosts"),
    [("http://localhost:8000/v1/x", []), ("https://builtin.invalid/v1/x", []), ("https://u:secret@a.org/x", ["a.org"])],
)
def test_neither_a_machine_of_ones_own_nor_a_secret_is_written(url: str, hosts: list[str]) -> None:
    found = drafted(run(), recording=asked(url))
    assert found.get("hosts", []) == hosts
    assert "secret" not in as_toml(found, "")


def test_streams_without_events_teach_nothing() -> None:
    from dataclasses import replace

    assert drafted(replace(run({"x": "a"}), events=0)) == {"title": "Example"}


@given(st.dictionaries(st.sampled_from(["a", "b.c"]), st.text() | st.booleans() | st.lists(st.text()), min_size=1))
def test_whatever_traits_hold_the_draft_is_toml_that_says_the_same(traits: dict[str, Any]) -> None:
    data = drafted(*[run(traits)] * 3)
    assert tomllib.loads(as_toml(data, "a comment\nof two lines")) == data


def test_the_draft_loads_as_a_dialect(tmp_path: Path) -> None:
    file = tmp_path / "mine.toml"
    data = drafted(*[run({"x": "a", "y": [True]}, broken("a/b", 'it says "no"\n\x7f'))] * 3)
    file.write_text(as_toml(data, "drafted"), encoding="utf-8")
    dialect = read_dialect(file)
    assert (dialect.name, dialect.title) == ("mine", "Example")
    assert [item.trait for item in dialect.expectations] == ["x", "y"]
    assert dialect.deviations[0].because == 'Title of a/b: it says "no"\n\x7f'

"""Diffs as text and Markdown: alike changes stand once, worst first, and nothing of a peer breaks the page."""

from __future__ import annotations

from dataclasses import replace

from conformance.core.diff import By, Change, Diff, Figure, Group, Part, Share, Shift, Side, Spread
from conformance.core.finding import Failure, Level
from conformance.render.diff import json_, markdown, text
from tests.core.diffs import sample

TOOL = {"name": "llm-stream-conformance", "version": "1.2.3", "ruleset": "2026.11"}
ONE = Share(1, 1)
NONE = Share(0, 1)


def change(part: Part, what: str, name: str, level: Level | None, group: str, said: str = "") -> Change:
    return Change(part, what, name, level, group, NONE, ONE, said)


CHANGES = (
    change(Part.TRAIT, "changed", "usage.placement", Level.NOTE, "acme: text", "own-chunk -> finish-chunk"),
    change(Part.FINDING, "gone", "demo/gone", None, "acme: text"),
    change(Part.FINDING, "new", "demo/fault", Level.ERROR, "acme: text", "what | is *wrong*\x1b[2J"),
    change(Part.FINDING, "new", "demo/fault", Level.ERROR, "acme: tools"),
    change(Part.SHAPE, "vanished", "chunk /a", Level.WARNING, "acme: tools", "string"),
)
FIGURE = Figure(
    "acme", "ttfb", 12,
    Spread(90, 100, 140), Spread(190, 200, 240),
    Shift(100, 90, 110, "slower"), Shift(100, verdict="x"),
)  # fmt: skip
FULL = Diff(
    TOOL,
    Side("old", 2, ("gone.yaml",)),
    Side("new", 2),
    [
        Group("acme: text", By.SCENARIO, (sample(),), (sample(),)),
        Group("acme: tools", By.FILE, (sample(),), (sample(),)),
    ],
    CHANGES,
    [FIGURE],
    ["Shape and order of old are not compared: a report holds no events."],
    [Failure("c.yaml", "c.yaml: is no YAML. Check it.")],
    2,
)


def test_alike_changes_stand_once_worst_first() -> None:
    lines = text.render(FULL).splitlines()
    heads = [line.split()[:3] for line in lines if line.startswith(("error", "warning", "note", "better"))]
    assert heads == [
        ["error", "finding", "new"], ["warning", "shape", "vanished"], ["note", "trait", "changed"],
        ["better", "finding", "gone"],
    ]  # fmt: skip
    assert lines[0].endswith("demo/fault  0/2 -> 2/2 streams") and lines[2].strip() == "acme: text and tools"
    assert lines[-1] == (
        "1 error, 1 warning, 1 note, 1 better; 2 changes ignored; 2 and 2 streams compared in 2 groups."
    )


def test_what_was_not_compared_is_said_in_every_form() -> None:
    for page in (text.render(FULL), markdown.render(FULL), json_.render(FULL)):
        flat = " ".join(page.replace("\\", "").split())
        for words in ("a report holds no events", "gone.yaml", "c.yaml"):
            assert words in flat
    assert "1 group by the same scenario, model and target; 1 group by the same file name" in markdown.render(FULL)


def test_many_notes_are_counted_and_listed_when_asked() -> None:
    many = replace(FULL, changes=[change(Part.TRAIT, "changed", f"t{n}", Level.NOTE, "g") for n in range(30)])
    assert "18 more kinds of note or improvement (--all lists them)" in text.render(many)
    assert "more kinds" not in text.render(many, every=True)
    assert "slower" in text.render(many, every=True) and "[+90.0, +110.0]" in text.render(many, every=True)


def test_the_notes_that_are_listed_are_the_most_widespread() -> None:
    many = [
        replace(change(Part.SHAPE, "appeared", f"chunk /{n}", Level.NOTE, "g"), new=Share(n, 40)) for n in range(30)
    ]
    listed = [line for line in text.render(replace(FULL, changes=many)).splitlines() if line.startswith("note")]
    assert [line.split()[4] for line in listed] == [f"/{n}" for n in range(29, 17, -1)]


def test_the_same_field_of_several_kinds_is_one_row() -> None:
    kinds = {"created": Share(70, 72), "done": Share(91, 93), "other": Share(5, 5)}
    changes = [replace(change(Part.SHAPE, "appeared", f"{kind} /x", Level.NOTE, "g", "integer"), new=share)
               for kind, share in kinds.items()]  # fmt: skip
    changes[2] = replace(changes[2], said="string")
    heads = [line for line in text.render(replace(FULL, changes=changes)).splitlines() if line.startswith("note")]
    assert [head.split("  ")[-2:] for head in heads] == [
        [" /x (created, done)", "0/1 -> 91/93 streams"],
        [" other /x", "0/1 -> 5/5 streams"],
    ]


def test_of_several_targets_each_has_a_line() -> None:
    labels = ("acme: text", "acme: tools", "calm: text", "fast: text")
    groups = [Group(label, By.SCENARIO, (sample(),), (sample(),)) for label in labels]
    faster = Change(Part.LATENCY, "faster", "ttfb", None, "fast", Share(12, 12), Share(12, 12))
    several = replace(FULL, groups=groups, changes=[*CHANGES, faster])
    lines = text.render(several).splitlines()
    assert "acme  1 error, 1 warning, 1 note, 1 better" in lines and "calm  no change" in lines
    assert "fast  1 better" in lines
    assert "| calm | no change |" in " ".join(markdown.render(several).split()).replace("|  ", "| ")
    assert "no change" not in text.render(replace(FULL, groups=FULL.groups[:1]))


def test_what_a_peer_says_ends_no_table_and_steers_no_terminal() -> None:
    for page in (text.render(FULL), markdown.render(FULL)):
        assert "\x1b[2J" not in page and "\\x1b" in page
    (line,) = [line for line in markdown.render(FULL).splitlines() if "demo/fault" in line]
    assert line.replace("\\|", "").count("|") == 8 and "\\*wrong\\*" in line


def test_nothing_compared_is_not_no_change() -> None:
    empty = Diff(TOOL, Side("old", 0), Side("new", 3))
    for page in (text.render(empty), markdown.render(empty)):
        assert "Nothing could be compared" in page and "No change" not in page
    assert empty.exit_code() == 3

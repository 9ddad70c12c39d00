"""What changed in traits, in shape and in order: drift that breaks no rule.

Law: a stream that this side ended, or that failed to show what was asked, lacks nothing. A field that a schema requires
has a finding already and is not told twice. Of something that changed as a whole only the whole is told.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Iterator, Mapping, Sequence

from .dialect import MONTH
from .diff import ENOUGH, FEW, Change, Group, Part, Sample, Share
from .diff_match import who
from .diff_shape import Shape
from .finding import Level
from .learn import ASKED_FOR

RACES = frozenset({"timing.delivery", "timing.head"})
"""Traits that a busy machine changes in single streams."""
MOST = 0.8
"""Share of the streams that makes a value of them the usual one."""
Types = frozenset[str]
_WORDS: Mapping[object, str] = {True: "yes", False: "no"}
_NUMBERS = frozenset({"integer", "number"})


def telling(group: Group) -> tuple[list[Sample], list[Sample]]:
    """The samples of both sides that show what was asked of them, to their end.

    A stream with an error lacks what would have come: it is compared with its like alone.
    """
    old, new = ([sample for sample in side if sample.tells] for side in (group.old, group.new))
    if all(sample.failed for sample in (*old, *new)):
        return old, new
    return [sample for sample in old if not sample.failed], [sample for sample in new if not sample.failed]


# Traits


def trait_changes(group: Group) -> Iterator[Change]:
    """Traits that show another value. Numbers vary with the answer, and say nothing."""
    old, new = telling(group)
    if not old or not new or (group.loose and min(len(old), len(new)) < FEW):
        return
    for name in sorted({name for sample in (*old, *new) for name in sample.run.traits} - RACES - {MONTH}):
        before, after = _values(old, name), _values(new, name)
        unseen = [value for value in after if value not in before]
        lost = [value for value in before if value not in after]
        if not (unseen or (lost and not after)) or (group.loose and (name in ASKED_FOR or not before or not after)):
            continue
        shares = (
            Share(sum(before[value] for value in lost), len(old)),
            Share(sum(after[value] for value in unseen), len(new)),
        )
        yield Change(Part.TRAIT, "changed", name, Level.NOTE, group.label, *shares, _said(before, after, unseen, lost))


def _said(before: Counter[str], after: Counter[str], unseen: list[str], lost: list[str]) -> str:
    """`null -> absent`; where some values stay, those that came and went: `also b; no longer a; as before c`."""
    stay = before.keys() & after.keys()
    if not stay:
        return f"{_listed(before)} -> {_listed(after)}"
    told = {"also": unseen, "no longer": lost, "as before": stay}
    return "; ".join(f"{word} {_listed(values)}" for word, values in told.items() if values)


def race_changes(groups: Iterable[Group]) -> Iterator[Change]:
    """Traits of timing that show another value in most streams of a target: in one stream they are chance."""
    owners: dict[str, tuple[list[Sample], list[Sample]]] = {}
    for group in groups:
        if not group.loose:
            old, new = owners.setdefault(who(group.new[0]), ([], []))
            old += telling(group)[0]
            new += telling(group)[1]
    for owner, sides in owners.items():
        for name in sorted(RACES):
            before, after = (_usual(samples, name) for samples in sides)
            if before and after and before[0] != after[0]:
                shares = Share(before[1], len(sides[0])), Share(after[1], len(sides[1]))
                yield Change(Part.TRAIT, "changed", name, Level.NOTE, owner, *shares, f"{before[0]} -> {after[0]}")


def _usual(samples: Sequence[Sample], name: str) -> tuple[str, int] | None:
    """The value that most streams show, and how many; None where there are few, or no value stands out."""
    values = _values(samples, name)
    value, count = max(values.items(), key=lambda item: item[1], default=("", 0))
    return (value, count) if values.total() >= ENOUGH and count >= MOST * values.total() else None


def _values(samples: Sequence[Sample], name: str) -> Counter[str]:
    """Value -> number of streams that show it; of a list, each of its items."""
    found: Counter[str] = Counter()
    for sample in samples:
        value = sample.run.traits.get(name)
        if isinstance(value, list):
            found.update(set(map(str, value)))
        elif isinstance(value, bool | str):
            found[_WORDS.get(value, str(value))] += 1
    return found


def _listed(values: Iterable[str]) -> str:
    return ", ".join(sorted(values)) or "not shown"


# Shape


def shape_changes(group: Group) -> Iterator[Change]:
    """Fields that appeared, vanished or changed type, per event kind."""
    old, new = map(_shapes, telling(group))
    if not old or not new:
        return
    for kind in sorted({kind for shape in (*old, *new) for kind in shape.fields}):
        before = [shape.fields[kind] for shape in old if kind in shape.fields]
        after = [shape.fields[kind] for shape in new if kind in shape.fields]
        if before and after:
            yield from _fields(group, kind, before, after)
            continue
        shares = Share(len(before), len(old)), Share(len(after), len(new))
        if after:
            yield Change(Part.SHAPE, "appeared", kind, Level.NOTE, group.label, *shares, "an event kind")
        else:
            level = Level.WARNING if len(before) == len(old) and not group.loose else Level.NOTE
            yield Change(Part.SHAPE, "vanished", kind, level, group.label, *shares, "an event kind")


def _shapes(samples: Sequence[Sample]) -> list[Shape]:
    return [sample.run.shape for sample in samples if sample.run.shape is not None]


Fields = Mapping[str, Types]
_NONE: Types = frozenset()
_NULL: Types = frozenset({"null"})
_WHOLES: Types = frozenset({"object", "array"})


def _fields(group: Group, kind: str, old: Sequence[Fields], new: Sequence[Fields]) -> Iterator[Change]:
    before, after = _types(old), _types(new)
    required = _required(group, kind)
    for pointer in sorted({*before, *after}):
        parent = pointer.rpartition("/")[0]
        had, has = before.get(pointer, _NONE), after.get(pointer, _NONE)
        if pointer and not before.get(parent, _NONE) & after.get(parent, _NONE) & _WHOLES:
            continue  # the whole that it is part of is told
        change, level, about = _changed(had, has)
        if not change or (pointer in required and not has):
            continue
        shares = _share(old, pointer, about), _share(new, pointer, about)
        if group.loose or (change == "vanished" and shares[0].seen < shares[0].of):
            level = Level.NOTE
        said = f"{_words(had)} -> {_words(has)}" if had and has else _words(had | has)
        yield Change(Part.SHAPE, change, f"{kind} {pointer}", level, group.label, *shares, said)


def _changed(had: Types, has: Types) -> tuple[str, Level, Types]:
    """What became of a field, how bad it is, and the types that it is about; no word where nothing changed."""
    if not had or (had == _NULL and has & _WHOLES):
        return "appeared", Level.NOTE, has - had
    if not has or (has - _NULL <= had and (had - has) & _WHOLES):
        return "vanished", Level.WARNING, had - has
    level = _retyped(had, has)
    return ("retyped", level, had | has) if level is not None else ("", Level.NOTE, _NONE)


def _types(streams: Sequence[Fields]) -> dict[str, Types]:
    found: dict[str, Types] = {}
    for fields in streams:
        for pointer, types in fields.items():
            found[pointer] = found.get(pointer, frozenset()) | types
    return found


def _share(streams: Sequence[Fields], pointer: str, types: Types) -> Share:
    """In how many streams the field has one of the types."""
    return Share(sum(not types.isdisjoint(fields.get(pointer, ())) for fields in streams), len(streams))


def _retyped(old: Types, new: Types) -> Level | None:
    """How bad a change of types is: a new type breaks typed clients; null, or a fraction among integers, is a note."""
    before, after = old - {"null"}, new - {"null"}
    if before and after and not after <= before:
        return Level.NOTE if before | after <= _NUMBERS else Level.WARNING
    gained = "null" in new - old
    return Level.NOTE if gained and after else None


def _words(types: Types) -> str:
    return " or ".join(sorted(types)) or "nothing"


def _required(group: Group, kind: str) -> set[str]:
    """Pointers of members that a finding of NEW says are required and missing."""
    found = set()
    for sample in group.new:
        for outcome in sample.run.outcomes:
            for finding in outcome.findings:
                name, required, _ = finding.message.partition("' is a required property")
                if required and finding.message.endswith(f"({kind})"):
                    parts = [("*" if part.isdigit() else part) for part in (finding.pointer or "").split("/")]
                    found.add("/".join([*parts, name.removeprefix("'")]))
    return found


# Order


def order_changes(group: Group) -> Iterator[Change]:
    """Event kinds that follow each other and did not before, where both kinds are known to both sides."""
    old, new = map(_shapes, telling(group))
    before = frozenset[tuple[str, str]]().union(*(shape.steps for shape in old))
    kinds = {kind for step in before for kind in step}
    for first, second in sorted({step for shape in new for step in shape.steps} - before):
        if old and {first, second} <= kinds:
            seen = Share(sum((first, second) in shape.steps for shape in new), len(new))
            name = f"{first} -> {second}"
            yield Change(Part.ORDER, "new", name, Level.NOTE, group.label, Share(0, len(old)), seen)

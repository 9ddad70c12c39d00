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
_SAID: Mapping[object, str] = {True: "yes", False: "no"}
_NUMBERS = frozenset({"integer", "number"})


def telling(samples: Iterable[Sample]) -> list[Sample]:
    """The samples that show what was asked of them, to their end."""
    return [sample for sample in samples if sample.run.inconclusive is None and sample.run.events and sample.whole]


# Traits


def trait_changes(group: Group) -> Iterator[Change]:
    """Traits that show another value. Numbers vary with the answer, and say nothing."""
    old, new = telling(group.old), telling(group.new)
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
        said = f"{_listed(before)} -> {_listed(after)}"
        yield Change(Part.TRAIT, "changed", name, Level.NOTE, group.label, *shares, said)


def race_changes(groups: Iterable[Group]) -> Iterator[Change]:
    """Traits of timing that show another value in most streams of a target: in one stream they are chance."""
    owners: dict[str, tuple[list[Sample], list[Sample]]] = {}
    for group in groups:
        if not group.loose:
            old, new = owners.setdefault(who(group.new[0]), ([], []))
            old += telling(group.old)
            new += telling(group.new)
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
            found[_SAID.get(value, str(value))] += 1
    return found


def _listed(values: Mapping[str, int]) -> str:
    return ", ".join(sorted(values)) or "not shown"


# Shape


def shape_changes(group: Group) -> Iterator[Change]:
    """Fields that appeared, vanished or changed type, per event kind."""
    old, new = _shapes(group.old), _shapes(group.new)
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
    return [sample.run.shape for sample in telling(samples) if sample.run.shape is not None]


Fields = Mapping[str, Types]


def _fields(group: Group, kind: str, old: Sequence[Fields], new: Sequence[Fields]) -> Iterator[Change]:
    before, after = _types(old), _types(new)
    required = _required(group, kind)
    for pointer in sorted({*before, *after}):
        parent = pointer.rpartition("/")[0]
        had, has = pointer in before, pointer in after
        if pointer and (parent not in before or parent not in after):
            continue  # the whole that it is part of is told
        shares = _share(old, pointer), _share(new, pointer)
        name = f"{kind} {pointer}"
        if not had:
            yield Change(Part.SHAPE, "appeared", name, Level.NOTE, group.label, *shares, _words(after[pointer]))
        elif not has and pointer not in required:
            level = Level.WARNING if shares[0].seen == shares[0].of and not group.loose else Level.NOTE
            yield Change(Part.SHAPE, "vanished", name, level, group.label, *shares, _words(before[pointer]))
        elif has and (level_of := _retyped(before[pointer], after[pointer])) is not None:
            level = Level.NOTE if group.loose else level_of
            said = f"{_words(before[pointer])} -> {_words(after[pointer])}"
            yield Change(Part.SHAPE, "retyped", name, level, group.label, *shares, said)


def _types(streams: Sequence[Fields]) -> dict[str, Types]:
    found: dict[str, Types] = {}
    for fields in streams:
        for pointer, types in fields.items():
            found[pointer] = found.get(pointer, frozenset()) | types
    return found


def _share(streams: Sequence[Fields], pointer: str) -> Share:
    return Share(sum(pointer in fields for fields in streams), len(streams))


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
    old, new = _shapes(group.old), _shapes(group.new)
    before = frozenset[tuple[str, str]]().union(*(shape.steps for shape in old))
    kinds = {kind for step in before for kind in step}
    for first, second in sorted({step for shape in new for step in shape.steps} - before):
        if old and {first, second} <= kinds:
            seen = Share(sum((first, second) in shape.steps for shape in new), len(new))
            name = f"{first} -> {second}"
            yield Change(Part.ORDER, "new", name, Level.NOTE, group.label, Share(0, len(old)), seen)

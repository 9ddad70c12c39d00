"""Which event of the upstream became which event of the client: two lists of events, aligned by what they hold.

Law: pure, and quick for long streams: what is equal at both ends is skipped, and the longest common row of the rest is
found by bits. Events are compared by their members, but for those that the gateway wrote anew in all of them (`id`,
`model`): a stream whose every event was touched is aligned all the same.
"""

from __future__ import annotations

from collections.abc import Hashable, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from operator import itemgetter
from typing import Any, NamedTuple, TypeVar

from rapidfuzz.distance import LCSseq

from .stream import StreamEvent

_SEARCH = 2_000_000_000
"""Comparisons, one bit of memory each, up to which a common row is searched; longer streams are paired in order."""
_SHARED = 0.5
"""Part of a member's values that both sides must have, for the member to tell events apart."""
_RENAMED = 0.8
"""Part of a member's values that must turn up under another name."""
_PADDING = "/obfuscation"
"""A member of random length that hides how long the text is."""
Leaves = list[tuple[str, object]]
T = TypeVar("T")
_NAME = itemgetter(0)


class Pair(NamedTuple):
    """An event of the upstream and the client's event that it became, by their indices."""

    up: int
    down: int


class Group(NamedTuple):
    """Events of the upstream that became other events of the client, and say the same: merged, or split."""

    up: range
    down: range


@dataclass(frozen=True, slots=True)
class Alignment:
    """What became of every event. `lost` and `added` are indices of events without a counterpart."""

    pairs: tuple[Pair, ...]
    """In the order of the stream."""
    groups: tuple[Group, ...] = ()
    moved: tuple[Pair, ...] = ()
    """The same events in another order than their neighbours."""
    lost: tuple[int, ...] = ()
    added: tuple[int, ...] = ()
    renamed: Mapping[str, str] = field(default_factory=dict)
    """Member of the upstream's events -> its name at the client."""


def align(ups: Sequence[StreamEvent], downs: Sequence[StreamEvent]) -> Alignment:
    """The alignment of the upstream's events with the client's."""
    raw = [[(event.name, event.raw) for event in side] for side in (ups, downs)]
    head = _common(raw[0], raw[1])
    tail = _common(raw[0][head:][::-1], raw[1][head:][::-1])
    pairs = [Pair(n, n) for n in range(head)]
    end = [Pair(len(ups) - n, len(downs) - n) for n in range(tail, 0, -1)]
    middle = ups[head : len(ups) - tail], downs[head : len(downs) - tail]
    if not all(middle):
        lost, added = range(head, len(ups) - tail), range(head, len(downs) - tail)
        return Alignment((*pairs, *end), lost=tuple(lost), added=tuple(added))
    keys = Keys.of(*middle)
    pairs += [Pair(up + head, down + head) for up, down in matched(keys.ups, keys.downs)]
    return _completed(ups, downs, [*pairs, *end], keys)


def _common(one: Sequence[object], two: Sequence[object]) -> int:
    """Length of the common beginning."""
    return next((n for n, (a, b) in enumerate(zip(one, two, strict=False)) if a != b), min(len(one), len(two)))


# What events are compared by


def leaves(value: Any) -> Leaves:
    """Every scalar and every empty container, under its path; `*` stands for the places of a list."""
    found: Leaves = []
    _collect(value, "", found)
    return found


def _collect(value: Any, path: str, found: Leaves) -> None:
    if type(value) is dict and value:
        for key, one in value.items():
            _collect(one, f"{path}/{key}", found)
    elif type(value) is list and value:
        for one in value:
            _collect(one, f"{path}/*", found)
    else:
        found.append((path, "[]" if value == [] else "{}" if value == {} else value))


@dataclass(frozen=True, slots=True)
class Keys:
    """A key per event of each side: equal where two events say the same."""

    ups: list[Hashable]
    downs: list[Hashable]
    telling: frozenset[str]
    """Members, by their names above, that both sides fill with the same values."""
    renamed: Mapping[str, str]

    @classmethod
    def of(cls, ups: Sequence[StreamEvent], downs: Sequence[StreamEvent]) -> Keys:
        """The keys of two lists of events."""
        sides = [[filled(event) for event in side] for side in (ups, downs)]
        values = [_values(side) for side in sides]
        renamed = _renamed(*values)
        pairs = {path: (ours, values[1].get(renamed.get(path, path), [])) for path, ours in values[0].items()}
        joined = frozenset(path for path, pair in pairs.items() if _join(*pair))
        telling = joined | {path for path, pair in pairs.items() if _share(*pair)}
        named = {new: old for old, new in renamed.items()}
        up_keys = _keys(sides[0], telling, joined, {})
        return cls(up_keys, _keys(sides[1], telling, joined, named), telling, renamed)


def filled(event: StreamEvent) -> Leaves:
    """The members of an event that say something."""
    if event.parsed is None:
        return [("", event.raw)]
    told = leaves(event.parsed)
    return [(path, value) for path, value in told if value not in (None, "", "[]", "{}") and path != _PADDING]


def _values(side: Sequence[Leaves]) -> dict[str, list[object]]:
    found: dict[str, list[object]] = {}
    for event in side:
        for path, value in event:
            found.setdefault(path, []).append(value)
    return found


def _join(ours: Sequence[object], theirs: Sequence[object]) -> bool:
    """True where both sides are pieces of the same text, and not one word again and again."""
    texts = [[value for value in side if isinstance(value, str)] for side in (ours, theirs)]
    whole = len(texts[0]) == len(ours) and len(texts[1]) == len(theirs)
    return whole and len({*ours, *theirs}) > 1 and "".join(texts[0]) == "".join(texts[1])


def _share(ours: Sequence[object], theirs: Sequence[object]) -> bool:
    """True where both sides have enough values in common."""
    one, two = {*ours}, {*theirs}
    return len(one & two) >= _SHARED * max(1, min(len(one), len(two)))


def _renamed(ups: Mapping[str, Sequence[object]], downs: Mapping[str, Sequence[object]]) -> dict[str, str]:
    """Members that one side alone has, and whose values the other has under another name."""
    free = {path: {*values} for path, values in downs.items() if path not in ups}
    found: dict[str, str] = {}
    for path, values in ups.items():
        words = {value for value in values if isinstance(value, str) and len(value) > 1}
        if path in downs or not words or not free:
            continue
        best = max(free, key=lambda other: len(words & free[other]))
        if len(words & free[best]) >= _RENAMED * len(words):
            found[path] = best
            del free[best]
    return found


def _keys(
    side: Sequence[Leaves], telling: frozenset[str], joined: frozenset[str], named: Mapping[str, str]
) -> list[Hashable]:
    """What tells each event from others: its telling members, or the names of all where it has none.

    A piece of a text that is the same on both sides is told by its place in it, too: a word may come again."""
    grown: dict[str, int] = {}
    keys: list[Hashable] = []
    for found in side:
        told: list[tuple[str, object]] = []
        for path, value in found:
            name = named.get(path, path)
            if name in joined:
                place = grown.get(name, 0)
                grown[name] = place + len(str(value))
                told.append((name, (place, value)))
            elif name in telling:
                told.append((name, value))
        told.sort(key=_NAME)
        keys.append(tuple(told) or tuple(sorted({path for path, _ in found})))
    return keys


# Aligning two lists of keys


def matched(one: Sequence[Hashable], two: Sequence[Hashable]) -> list[Pair]:
    """The longest row of keys that both sides have in the same order, as places."""
    if len(one) * len(two) > _SEARCH:
        return [Pair(n, n) for n, (x, y) in enumerate(zip(one, two, strict=False)) if x == y]
    numbers: dict[Hashable, int] = {}
    ups, downs = ([numbers.setdefault(key, len(numbers)) for key in side] for side in (one, two))
    blocks = LCSseq.editops(ups, downs).as_matching_blocks()
    return [Pair(block.a + n, block.b + n) for block in blocks for n in range(block.size)]


def _stretches(pairs: Iterable[Pair], ups: int, downs: int) -> Iterator[Group]:
    """What stands before, between and behind the pairs."""
    up = down = 0
    for pair in [*pairs, Pair(ups, downs)]:
        if pair.up > up or pair.down > down:
            yield Group(range(up, pair.up), range(down, pair.down))
        up, down = pair.up + 1, pair.down + 1


def _cut(side: Sequence[T], part: range) -> Sequence[T]:
    return side[part.start : part.stop]


# What was left over


def _completed(
    ups: Sequence[StreamEvent], downs: Sequence[StreamEvent], pairs: Sequence[Pair], keys: Keys
) -> Alignment:
    """The pairs, with what stands between them: groups, moved events, events of one kind, and those without any."""
    stretches = list(_stretches(pairs, len(ups), len(downs)))
    groups = [group for group in stretches if group.up and group.down and _say_the_same(ups, downs, group, keys)]
    rest = [stretch for stretch in stretches if stretch not in groups]
    lost, added = [n for one in rest for n in one.up], [n for one in rest for n in one.down]
    moved = _moved(ups, downs, lost, added)
    gone = {pair.up for pair in moved}, {pair.down for pair in moved}
    kinds: list[Pair] = []
    for stretch in rest:
        ours, theirs = [n for n in stretch.up if n not in gone[0]], [n for n in stretch.down if n not in gone[1]]
        kinds += _of_one_kind(ups, downs, ours, theirs)
    gone = gone[0] | {pair.up for pair in kinds}, gone[1] | {pair.down for pair in kinds}
    return Alignment(
        tuple(sorted([*pairs, *kinds])),
        tuple(groups),
        tuple(moved),
        tuple(n for n in lost if n not in gone[0]),
        tuple(n for n in added if n not in gone[1]),
        keys.renamed,
    )


def _say_the_same(ups: Sequence[StreamEvent], downs: Sequence[StreamEvent], group: Group, keys: Keys) -> bool:
    """True where the texts of the members add up to the same on both sides, or have the same values. One side lacks a
    member only where another was really joined or split."""
    told = _texts(_cut(ups, group.up), {}), _texts(_cut(downs, group.down), {n: o for o, n in keys.renamed.items()})
    joined = recut = lacking = False
    for name in told[0].keys() | told[1].keys():
        ours, theirs = told[0].get(name, []), told[1].get(name, [])
        lacking = lacking or not (ours and theirs)
        if "".join(ours) == "".join(theirs):
            joined, recut = True, recut or len(ours) != len(theirs)
        elif len({*ours} | {*theirs}) > 1 and (name in keys.telling or max(len({*ours}), len({*theirs})) > 1):
            return False
    return joined and (recut or not lacking)


def _texts(events: Sequence[StreamEvent], named: Mapping[str, str]) -> dict[str, list[str]]:
    """The texts of each member, in the order of the events."""
    found: dict[str, list[str]] = {}
    for event in events:
        for path, value in filled(event):
            if isinstance(value, str):
                found.setdefault(named.get(path, path), []).append(value)
    return found


def _moved(
    ups: Sequence[StreamEvent], downs: Sequence[StreamEvent], lost: Sequence[int], added: Sequence[int]
) -> list[Pair]:
    """Events that stand on both sides, elsewhere."""
    places: dict[Hashable, list[int]] = {}
    for down in reversed(added):
        places.setdefault((downs[down].name, downs[down].raw), []).append(down)
    return [Pair(up, found.pop()) for up in lost if (found := places.get((ups[up].name, ups[up].raw)))]


def _of_one_kind(
    ups: Sequence[StreamEvent], downs: Sequence[StreamEvent], ours: Sequence[int], theirs: Sequence[int]
) -> Iterator[Pair]:
    """Events of the same kind, in their order: the one became the other."""
    places: dict[str, list[int]] = {}
    for down in reversed(theirs):
        places.setdefault(downs[down].kind, []).append(down)
    return (Pair(up, found.pop()) for up in ours if (found := places.get(ups[up].kind)))

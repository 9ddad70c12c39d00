"""YAML text to plain values, and back: through libyaml's C reader and writer where PyYAML has them.

Law: values are what JSON has, and bytes: dates stay text. Tags of other languages that only say what a value is
(`!!python/unicode`, `!binary`) are read as that, and a subclass of str by its name (`_STR_CLASSES`) as the text that
stands in it; every other tag, and `!!python/object` above all, is refused before anything is made of it. Values are
made from the reader's events, without recursion, so that the depth is bounded here and not by the stack (PyYAML's C
composer ends the process at some depth); aliases are by reference and never expanded; merge keys do not exist; every
value has a place. A key that stands twice in a mapping is refused: one of the two would be lost in silence.
"""

from __future__ import annotations

from typing import Any, NamedTuple

import yaml
from yaml.events import (
    AliasEvent,
    CollectionEndEvent,
    CollectionStartEvent,
    DocumentStartEvent,
    MappingStartEvent,
    ScalarEvent,
    SequenceEndEvent,
    SequenceStartEvent,
    StreamEndEvent,
)
from yaml.nodes import ScalarNode

_LOADER: Any = getattr(yaml, "CSafeLoader", yaml.SafeLoader)
_DUMPER: Any = getattr(yaml, "CSafeDumper", yaml.SafeDumper)
DEPTH = 100
"""No recording is nested deeper."""
Path = tuple[str | int, ...]
"""The keys and indexes that lead to a value."""
_TAG = "tag:yaml.org,2002:"
_CONSTRUCTORS = {_TAG + name: f"construct_yaml_{name}" for name in ("null", "bool", "int", "float", "binary")}
_TEXT = {_TAG + "str", _TAG + "timestamp", _TAG + "value", _TAG + "merge", "!"}
_COLLECTIONS = {None, "!", _TAG + "map", _TAG + "seq"}
# what PyYAML's unsafe writer and Ruby's call values of these kinds: vcrpy's users write the one, Ruby VCR the other
_SAME = {
    "!binary": _TAG + "binary",
    **{_TAG + f"python/{name}": _TAG + "str" for name in ("str", "unicode")},
    **{_TAG + f"python/{name}": _TAG + name for name in ("bool", "int", "float")},
    _TAG + "python/long": _TAG + "int",
    _TAG + "python/none": _TAG + "null",
    _TAG + "python/bytes": _TAG + "binary",
}
_STR_CLASSES = {
    f"{_TAG}python/object/{how}:multidict.{name}"
    for how in ("apply", "new")
    for name in ("istr", "_istr.istr", "_multidict.istr", "_multidict_py.istr")
}
"""Header names of aiohttp, as vcrpy with an unsafe writer saves them: a sequence of one text."""


class Place(NamedTuple):
    """Line and column, counted from 1."""

    line: int
    column: int


class YamlError(Exception):
    """The text cannot be read. `what` is a sentence; `place` is None where nobody knows it."""

    def __init__(self, what: str, place: Place | None = None) -> None:
        super().__init__(what)
        self.what = what
        self.place = place


def parse(raw: bytes, places: dict[Path, Place] | None = None) -> Any:
    """The value of a YAML document; None where it is empty. `places` is filled with the place of every value.

    Raises YamlError.
    """
    try:
        return _Builder(_LOADER(raw), places).build()
    except yaml.MarkedYAMLError as error:
        mark = error.problem_mark
        place = Place(mark.line + 1, mark.column + 1) if mark else None
        raise YamlError(f"{error.problem or error}.", place) from error
    except yaml.reader.ReaderError as error:
        raise YamlError(f"{error.reason} at byte {error.position}.") from error
    except (yaml.YAMLError, ValueError, OverflowError) as error:
        raise YamlError(f"{error}.") from error


_NO_KEY = object()


class _Builder:
    """Makes values of events, with a stack of its own."""

    def __init__(self, loader: Any, places: dict[Path, Place] | None) -> None:
        self._loader = loader
        self._places = places
        self._anchors: dict[str, Any] = {}
        self._open: list[Any] = []
        self._keys: list[Any] = []
        """For each open mapping the key that waits for its value, or _NO_KEY."""
        self._way: list[str | int] = []
        """What leads to the innermost open collection."""
        self._documents = 0
        self._result: Any = None

    def build(self) -> Any:
        """The value of the document."""
        event = self._loader.get_event()
        while not isinstance(event, StreamEndEvent):
            if isinstance(event, ScalarEvent):
                self._scalar(event)
            elif isinstance(event, CollectionStartEvent):
                self._begin(event)
            elif isinstance(event, CollectionEndEvent):
                self._open.pop()
                self._keys.pop()
                if self._way:
                    self._way.pop()
            elif isinstance(event, AliasEvent):
                self._alias(event)
            elif isinstance(event, DocumentStartEvent):
                self._documents += 1
                if self._documents > 1:
                    raise YamlError("There is more than one document.", _place(event))
            event = self._loader.get_event()
        return self._result

    def _begin(self, event: Any) -> None:
        if event.tag in _STR_CLASSES:
            self._text(event)
            return
        if event.tag not in _COLLECTIONS:
            raise _refused(event.tag, event)
        if len(self._open) >= DEPTH:
            raise YamlError(f"It is nested more than {DEPTH} deep.", _place(event))
        if self._open and self._keys[-1] is _NO_KEY and isinstance(self._open[-1], dict):
            raise YamlError("A key must be text.", _place(event))
        value: Any = {} if isinstance(event, MappingStartEvent) else []
        self._put(value, event)
        self._open.append(value)
        self._keys.append(_NO_KEY)

    def _text(self, event: Any) -> None:
        """A subclass of str with its one argument: that text."""
        inner, end = self._loader.get_event(), self._loader.get_event()
        kinds = ((event, SequenceStartEvent), (inner, ScalarEvent), (end, SequenceEndEvent))
        if not all(isinstance(one, kind) for one, kind in kinds):
            raise _refused(event.tag, event)
        if self._open and self._keys[-1] is _NO_KEY and isinstance(self._open[-1], dict):
            self._key(inner.value, inner)
        else:
            self._put(inner.value, inner)
        if event.anchor is not None:
            self._anchors[event.anchor] = inner.value

    def _scalar(self, event: Any) -> None:
        if self._open and self._keys[-1] is _NO_KEY and isinstance(self._open[-1], dict):
            self._key(event.value, event)
            return
        tag = event.tag
        if tag is None:
            tag = self._loader.resolve(ScalarNode, event.value, event.implicit)
        tag = _SAME.get(tag, tag)
        if tag in _TEXT:
            self._put(event.value, event)
        elif tag in _CONSTRUCTORS:
            self._put(self._made(tag, event), event)
        else:
            raise _refused(tag, event)

    def _made(self, tag: str, event: Any) -> Any:
        """The value of a tagged scalar."""
        node = ScalarNode(tag, event.value, event.start_mark, event.end_mark)
        try:
            return getattr(self._loader, _CONSTRUCTORS[tag])(node)
        except (ValueError, LookupError, OverflowError) as error:
            raise YamlError(f"{event.value[:40]!r} is no {tag.removeprefix(_TAG)}.", _place(event)) from error

    def _key(self, name: Any, event: Any) -> None:
        if not isinstance(name, str):
            raise YamlError("A key must be text.", _place(event))
        tag: Any = getattr(event, "tag", None)  # an alias has none
        if _SAME.get(tag, tag) == _TAG + "binary":
            name = self._made(_TAG + "binary", event).decode("latin-1")
        elif _SAME.get(tag, tag) not in (None, "!", _TAG + "str"):
            raise _refused(tag, event)
        if name in self._open[-1]:
            raise YamlError(f"The key {name[:60]!r} stands twice in one mapping.", _place(event))
        if isinstance(event, ScalarEvent) and event.anchor is not None:
            self._anchors[event.anchor] = name
        self._keys[-1] = name

    def _alias(self, event: Any) -> None:
        if event.anchor not in self._anchors:
            raise YamlError(f"There is no anchor &{event.anchor[:40]}.", _place(event))
        value = self._anchors[event.anchor]
        if any(value is outer for outer in self._open):
            raise YamlError(f"The alias *{event.anchor[:40]} stands within what it names.", _place(event))
        if self._open and self._keys[-1] is _NO_KEY and isinstance(self._open[-1], dict):
            self._key(value, event)
            return
        self._put(value, event)
        if isinstance(value, dict | list):
            self._way.pop()

    def _put(self, value: Any, event: Any) -> None:
        """Puts a value where the reader stands."""
        if not isinstance(event, AliasEvent) and event.anchor is not None:
            self._anchors[event.anchor] = value
        if not self._open:
            self._result = value
            return
        into = self._open[-1]
        step: str | int
        if isinstance(into, list):
            step = len(into)
            into.append(value)
        else:
            step, self._keys[-1] = self._keys[-1], _NO_KEY
            into[step] = value
        if self._places is not None:
            self._places[(*self._way, step)] = _place(event)
        if isinstance(value, dict | list):
            self._way.append(step)


def _place(event: Any) -> Place:
    return Place(event.start_mark.line + 1, event.start_mark.column + 1)


def _refused(tag: str, event: Any) -> YamlError:
    name = tag.replace(_TAG, "!!")[:60]
    return YamlError(f"The tag {name} is none that a cassette may have.", _place(event))


class Flow(dict[str, Any]):
    """A mapping that is written on one line."""


class _Dumper(_DUMPER):  # type: ignore[misc]  # a class that is known at run time only
    """Values of ours: no anchors, a mapping on one line where it asks for it."""

    def ignore_aliases(self, data: object) -> bool:
        return True


_Dumper.add_representer(
    Flow, lambda dumper, data: dumper.represent_mapping(_TAG + "map", data.items(), flow_style=True)
)


def dump(value: Any) -> bytes:
    """A value as YAML: block style, keys in order, long lines left long. Raises ValueError for what is not plain."""
    try:
        text: bytes = yaml.dump(
            value, Dumper=_Dumper, allow_unicode=True, sort_keys=False, width=1 << 30, encoding="utf-8"
        )
    except yaml.YAMLError as error:
        raise ValueError(f"not plain: {' '.join(str(error).split())[:200]}") from error
    return text

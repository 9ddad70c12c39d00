"""Laws of payloads: strict JSON has no flaw, everything else is named, and nothing raises."""

from __future__ import annotations

import json
import math

import orjson
import pytest
from hypothesis import example, given
from hypothesis import strategies as st

from conformance.core.payload import FlawKind, duplicate_keys, parse
from tests.strategies import json_values

finite = st.recursive(
    st.none() | st.booleans() | st.integers(-(2**63), 2**63) | st.text(max_size=8),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text(max_size=4), inner, max_size=3),
    max_leaves=8,
)


@given(finite)
def test_strict_json_has_its_value_and_no_flaw(value: object) -> None:
    assert parse(json.dumps(value, ensure_ascii=False).encode()) == (value, None)


NAMED: dict[str, tuple[bytes, FlawKind, object]] = {
    "nothing": (b"", FlawKind.NOT_JSON, None),
    "blanks": (b"  ", FlawKind.NOT_JSON, None),
    "a word": (b"[DONE]", FlawKind.NOT_JSON, None),
    "cut short": (b'{"a": ', FlawKind.NOT_JSON, None),
    "a trailing comma": (b'{"a":1,}', FlawKind.NOT_JSON, None),
    "Python's quotes": (b"{'a': 1}", FlawKind.NOT_JSON, None),
    "a bare control character": (b'"\x01"', FlawKind.NOT_JSON, None),
    "a byte order mark": (b"\xef\xbb\xbf{}", FlawKind.NOT_JSON, None),
    "no UTF-8 and no JSON": (b"\xff", FlawKind.NOT_JSON, None),
    "NaN cut short": (b"[NaN", FlawKind.NOT_JSON, None),
    "Infinity": (b'{"a":-Infinity}', FlawKind.NOT_FINITE, {"a": -math.inf}),
    "NaN beside half a pair": (b'{"b":"\\ud800","a":Infinity}', FlawKind.NOT_FINITE, {"b": "\ufffd", "a": math.inf}),
    "not UTF-8 in a string": (b'{"a":"\xff"}', FlawKind.NOT_UTF8, {"a": "\ufffd"}),
    "half a surrogate pair": (b'{"a":"x\\ud83d"}', FlawKind.LONE_SURROGATE, {"a": "x\ufffd"}),
    "the other half": (b'{"a":"\\ude00x"}', FlawKind.LONE_SURROGATE, {"a": "\ufffdx"}),
    "half a pair in a name": (b'{"\\ud83d":1}', FlawKind.LONE_SURROGATE, {"\ufffd": 1}),
    "two values": (b'{"a":1}{"a":2}', FlawKind.TRAILING, {"a": 1}),
    "a value and half a pair": (b' "\\ud83d" x', FlawKind.TRAILING, "\ufffd"),
    "a NUL behind": (b"[1]\0", FlawKind.TRAILING, [1]),
    "a number beyond doubles": (b"1e400", FlawKind.LENIENT, math.inf),
    "more digits than anyone converts": (b"9" * 5000, FlawKind.LENIENT, None),
    "nested beyond all readers": (b"[" * 100_000, FlawKind.TOO_DEEP, None),
    "nested beyond all readers and closed": (b"[" * 5000 + b"]" * 5000, FlawKind.TOO_DEEP, None),
}


@pytest.mark.parametrize(("raw", "kind", "value"), NAMED.values(), ids=NAMED)
def test_what_is_not_strict_json_is_named(raw: bytes, kind: FlawKind, value: object) -> None:
    found, flaw = parse(raw)
    assert flaw is not None and flaw.kind is kind
    assert found == value
    assert flaw.message and "\n" not in flaw.message


def test_a_whole_surrogate_pair_is_no_flaw() -> None:
    assert parse(b'"\\ud83d\\ude00"') == ("\U0001f600", None)


def test_the_message_tells_what_stood_there() -> None:
    assert parse(b'{"a":NaN}')[1].message == "NaN is no JSON number"  # type: ignore[union-attr]
    assert parse(b'{"a":1} trailing')[1].message == "more behind the first JSON value: ' trailing'"  # type: ignore[union-attr]
    assert parse(b'"a\xff"')[1] == (FlawKind.NOT_UTF8, "byte 0xff is not UTF-8", 2)
    assert parse(b'"\x01"')[1].message == "Invalid control character at character 1"  # type: ignore[union-attr]


def writable(value: object) -> bool:
    json.dumps(value, ensure_ascii=False).encode("utf-8")
    return True


broken_json = st.builds(
    lambda value, place, junk: (text := json.dumps(value).encode())[:place] + junk + text[place + len(junk) :],
    json_values,
    st.integers(0, 40),
    st.sampled_from([b"", b"\xff", b"\0", b'"', b"]", b"NaN", b"\\ud800", b"1e999", b"{", b","]),
)


@given(st.one_of(st.binary(max_size=40), broken_json))
@example(b"[NaN")
@example(b'"\\ud800"')
def test_nothing_raises_and_every_value_can_be_written(raw: bytes) -> None:
    value, flaw = parse(raw)
    assert writable(value)
    try:
        strict = orjson.loads(raw)
    except orjson.JSONDecodeError:
        assert flaw is not None
    else:
        assert flaw is None and (value == strict or value != value)
    duplicate_keys(raw)


@pytest.mark.parametrize("open_, close", [(b"[", b"]"), (b'{"a":', b"}")])
@pytest.mark.parametrize("leaf", [b"1", b"NaN", b'"\\ud800"', b'"\xff"', b"1 2", b""])
def test_no_depth_raises(open_: bytes, close: bytes, leaf: bytes) -> None:
    for depth in [*range(0, 1300, 37), *range(960, 1030)]:
        raw = open_ * depth + leaf + close * depth
        parse(raw)
        parse(raw + b"x")
        duplicate_keys(raw)


@pytest.mark.parametrize(
    ("raw", "names"),
    [
        (b'{"a":1,"b":2}', []),
        (b'{"a":1,"a":2}', ["a"]),
        (b'{"x":{"b":1,"a":1,"b":2,"a":3,"a":4}}', ["a", "b"]),
        (b'[{"a":1},{"a":1}]', []),
        (b'{"a":1,"\\u0061":2}', ["a"]),
        (b"not json", []),
        (b"\xff\xfe", []),
    ],
)
def test_names_that_occur_twice_in_one_object(raw: bytes, names: list[str]) -> None:
    assert duplicate_keys(raw) == names

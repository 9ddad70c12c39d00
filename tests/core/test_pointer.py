"""Where a pointer leads in the bytes: what the parser reads there, or the nearest that is there; never an exception."""

from __future__ import annotations

import json

import pytest
from hypothesis import given
from hypothesis import strategies as st

from conformance.core.pointer import span

TEXT = '{"id":"x", "choices" : [ {"delta":{"content":"Größe \\u003c"}},{"index":1} ],"a/b":{"~":null}}'.encode()


@pytest.mark.parametrize(
    ("pointer", "found"),
    [
        ("/id", '"id":"x"'),
        ("/choices/1", '{"index":1}'),
        ("/choices/1/index", '"index":1'),
        ("/choices/0/delta/content", '"content":"Größe \\u003c"'),
        ("/a~1b", '"a/b":{"~":null}'),
        ("/a~1b/~0", '"~":null'),
        ("/choices/0/delta/role", '"delta":{"content":"Größe \\u003c"}'),
        ("/choices/7", '"choices" : [ {"delta":{"content":"Größe \\u003c"}},{"index":1} ]'),
        ("/id/deeper", '"id":"x"'),
    ],
)
def test_a_member_is_found_with_its_key_and_what_is_missing_by_its_parent(pointer: str, found: str) -> None:
    place = span(TEXT, pointer)
    assert place is not None
    assert TEXT[slice(*place)].decode() == found


@pytest.mark.parametrize("pointer", ["", "/", "/missing"])
def test_the_whole_text_is_no_place(pointer: str) -> None:
    assert span(TEXT, pointer) is None


def test_of_several_members_of_one_name_the_last_is_meant() -> None:
    assert span(b'{"a":1,"a":2}', "/a") == (7, 12)


def test_bytes_that_are_not_utf8_shift_nothing() -> None:
    raw = b'{"a":"\xe2\x82","b":1}'
    assert span(raw, "/b") == (raw.index(b'"b"'), len(raw) - 1)


@pytest.mark.parametrize("raw", [b"", b"{", b'{"a"', b'{"a":', b"[1,", b"{'a':1}", b"[[[[", b"nul"])
def test_what_is_no_json_leads_nowhere_or_as_far_as_it_can_be_read(raw: bytes) -> None:
    assert span(raw, "/b") is None


def test_depth_beyond_any_reader_is_no_exception() -> None:
    assert span(b"[" * 100_000, "/0") is None


@given(
    st.recursive(
        st.none() | st.integers() | st.text(), lambda inner: st.lists(inner) | st.dictionaries(st.text(), inner)
    )
)
def test_every_member_is_found_where_the_parser_reads_it(value: object) -> None:
    raw = json.dumps(value, ensure_ascii=False).encode("utf-8", "surrogatepass")
    members = enumerate(value) if isinstance(value, list) else value.items() if isinstance(value, dict) else ()
    for name, member in members:
        place = span(raw, "/" + str(name).replace("~", "~0").replace("/", "~1"))
        assert place is not None
        text = raw[slice(*place)].decode("utf-8", "surrogatepass")
        key = json.dumps(name, ensure_ascii=False) + ":" if isinstance(value, dict) else ""
        assert text.startswith(key)
        assert json.loads(text[len(key) :]) == member

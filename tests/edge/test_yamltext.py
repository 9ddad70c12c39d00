"""Laws of YAML text: values and nothing else come out of it, whoever wrote it. What a cassette makes of them stands in
test_cassette.py."""

from __future__ import annotations

import pytest

from conformance.edge.yamltext import YamlError, parse

# What other languages' writers say of their values


def test_tags_that_only_say_what_a_value_is_are_read_as_that() -> None:
    raw = b"""
? !!python/object/apply:multidict._multidict.istr
- Accept
: ['*/*']
!!python/unicode 'User-Agent': [!!python/unicode "x", !!python/object/new:multidict.istr [y]]
!binary "QWJj": !binary "QWJj"
&k b: {*k : 2}
"""
    assert parse(raw) == {"Accept": ["*/*"], "User-Agent": ["x", "y"], "Abc": b"Abc", "b": {"b": 2}}


@pytest.mark.parametrize(
    "value",
    ["!!python/object/apply:os.system [x]", "!!python/name:os.system", "!!python/object:os.Path {a: b}"]
    + [f"!!python/object/apply:multidict.istr {value}" for value in ("{a: b}", "[[a]]", "[]", "[a, b]")],
)
@pytest.mark.parametrize("place", ["a: %s", "? %s\n: 1"])
def test_what_would_make_an_object_is_refused_as_key_and_as_value(value: str, place: str) -> None:
    with pytest.raises(YamlError, match="is none that a cassette may have"):
        parse((place % value).encode())

"""Words and widths: nothing that a peer sends steers the terminal, and nothing is wider than asked."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from conformance.render._text import (
    ansi,
    clip,
    clip_left,
    listed,
    millis,
    pad,
    plural,
    safe,
    size,
    value_of,
    width,
    wrap,
)  # fmt: skip


@given(st.text())
def test_safe_text_holds_no_control_character(text: str) -> None:
    assert not any(ord(char) < 32 or 0x7F <= ord(char) < 0xA0 for char in safe(text))


def test_safe_writes_escapes_that_can_be_read() -> None:
    assert safe("a\x1b[31m\r\n\tb\u202e\u200b\ud83d") == r"a\x1b[31m\r\n\tb\u202e\u200b\ud83d"
    assert safe("Grüße, 日本 🙂") == "Grüße, 日本 🙂"


@given(st.text(), st.integers(min_value=1, max_value=40))
def test_clipped_text_is_never_wider_than_asked(text: str, columns: int) -> None:
    assert width(clip(safe(text), columns)) <= columns
    assert width(clip_left(safe(text), columns)) <= columns


@given(st.text(), st.integers(min_value=0, max_value=40))
def test_text_that_fits_is_not_touched(text: str, spare: int) -> None:
    assert clip(text, width(text) + spare) == text


def test_wide_characters_count_twice_and_colours_not_at_all() -> None:
    assert width("日本") == 4
    assert width("e\u0301") == 1
    assert width(ansi("error", "error")) == 5
    assert clip("日本語", 5) == "日本…"
    assert pad("日本", 6) == "日本  "
    assert pad("7", 3, right=True) == "  7"


def test_a_clipped_path_keeps_its_end() -> None:
    assert clip_left("cassettes/groq/chat/one.yaml", 12) == "…at/one.yaml"


def test_paint_without_a_role_changes_nothing() -> None:
    assert ansi("x", "no such role") == "x"
    assert ansi("", "error") == ""


def test_wrapped_lines_keep_their_indent_and_break_no_word() -> None:
    url = "https://example.com/" + "x" * 60
    assert wrap(f"see {url} please", 40, "    ", "  ") == ["  see", f"    {url}", "    please"]
    assert wrap("", 40, "  ") == [""]


@pytest.mark.parametrize(
    ("value", "text"),
    [(None, ""), (0, "0"), (0.314, "0.31"), (12.44, "12.4"), (999.94, "999.9"), (1204.4, "1,204"), (7, "7.0")],
)
def test_milliseconds_show_the_digits_that_matter(value: float | None, text: str) -> None:
    assert millis(value) == text


@pytest.mark.parametrize(
    ("count", "text"), [(0, "0 B"), (999, "999 B"), (1000, "1.0 kB"), (45_231, "45.2 kB"), (1_300_000, "1.3 MB")]
)
def test_sizes_are_decimal(count: int, text: str) -> None:
    assert size(count) == text


def test_lists_and_plurals_read_as_english() -> None:
    assert (listed([]), listed(["a"]), listed(["a", "b"]), listed("abc")) == ("", "a", "a and b", "a, b and c")
    assert (plural(1, "event"), plural(1200, "event"), plural(2, "entry", "entries")) == (
        "1 event",
        "1,200 events",
        "2 entries",
    )


def test_trait_values_read_as_words() -> None:
    assert [value_of(value) for value in (True, False, ["a", "b"], 3, "own-chunk")] == [
        "yes",
        "no",
        "a, b",
        "3",
        "own-chunk",
    ]

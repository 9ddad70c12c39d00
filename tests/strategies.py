"""Hypothesis strategies that several tests share, and the profile under which they run.

Law: bounded and reproducible: no deadline (the machine may be busy), and the same examples every time in CI.
"""

from __future__ import annotations

import os
from dataclasses import replace
from itertools import pairwise

from hypothesis import settings
from hypothesis import strategies as st

from conformance.core.recording import Evidence, Read, Recording

settings.register_profile(
    "bounded", max_examples=60, deadline=None, database=None, derandomize=bool(os.environ.get("CI"))
)
settings.load_profile("bounded")

ENDINGS = (b"\n", b"\r\n", b"\r")

_VALUES = st.sampled_from(
    [b"", b" ", b"x", b" x", b"  x ", b":", b"\0", b"\xc3\xa9", b"\xe2\x80\xa8", b"\xff", b"\xe2\x82", b"[DONE]", b"12"]
)
_NAMES = st.sampled_from([b"data", b"event", b"id", b"retry", b"Data", b" data", b"foo", b"", b"\xef\xbb\xbf", b"\0"])
_COLONS = st.sampled_from([b": ", b":", b":  ", b""])

sse_lines = st.builds(lambda name, colon, value: name + colon + value, _NAMES, _COLONS, _VALUES)
"""Lines of a stream, without their endings: known and unknown fields, near misses, comments, odd values."""


@st.composite
def sse_bodies(draw: st.DrawFn, lines: st.SearchStrategy[bytes] = sse_lines, mixed: bool = True) -> bytes:
    """Bodies made of lines and blank lines, with one or (`mixed`) all kinds of line endings, whole or cut short."""
    endings = st.sampled_from(ENDINGS) if mixed and draw(st.booleans()) else st.just(draw(st.sampled_from(ENDINGS)))
    pieces = draw(st.lists(st.tuples(st.one_of(lines, st.just(b"")), endings), max_size=12))
    body = b"".join(line + ending for line, ending in pieces)
    start = draw(st.sampled_from([b"", b"", b"\xef\xbb\xbf"]))
    return start + body + draw(st.sampled_from([b"", b"", b"data: cut short"]))


any_bodies = st.one_of(sse_bodies(), st.binary(max_size=60), st.lists(st.sampled_from(
    [b"\r", b"\n", b"\r\n", b"data: ", b"data:x", b"event: e", b":", b"\xef", b"\xbb", b"\xbf", b"id: 1"]), max_size=16
).map(b"".join))  # fmt: skip
"""SSE-like bodies, arbitrary bytes, and the tokens of which line ends are made."""


def pieces(body: bytes, places: list[int]) -> list[bytes]:
    """`body` cut at these offsets, in any order; empty pieces stay."""
    edges = [0, *sorted(min(place, len(body)) for place in places), len(body)]
    return [body[start:end] for start, end in pairwise(edges)]


@st.composite
def cut_bodies(draw: st.DrawFn, bodies: st.SearchStrategy[bytes] = any_bodies) -> list[bytes]:
    """A body in pieces."""
    body = draw(bodies)
    return pieces(body, draw(st.lists(st.integers(0, len(body)), max_size=6)))


def timed(recording: Recording, sizes: list[int], first: float = 20.0, gap: float = 5.0) -> Recording:
    """`recording` with reads of these sizes, `gap` milliseconds apart, timing and reads recorded."""
    reads = tuple(Read(first + gap * number, size) for number, size in enumerate(sizes))
    return replace(recording, reads=reads, missing=recording.missing - {Evidence.TIMING, Evidence.READS})


json_leaves = st.one_of(
    st.none(), st.booleans(), st.integers(-(2**70), 2**70), st.floats(), st.text(max_size=8), st.just("\ud800")
)
json_values = st.recursive(
    json_leaves,
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text(max_size=4), inner, max_size=3),
    max_leaves=6,
)
"""Any JSON value, and some that are none: NaN, infinities, halves of surrogate pairs."""

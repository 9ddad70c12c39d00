"""Laws of coded bodies: what is written undoes to the same bytes, read by read."""

from __future__ import annotations

from dataclasses import replace

import pytest

from conformance.core.example import Example
from conformance.core.recording import Recording
from conformance.edge.coding import decoder
from conformance.edge.encoding import encoded
from conformance.errors import UsageError

PLAIN = Example("".join(f'data: {{"n": {number}}}\n\n' for number in range(50))).paced().recording()


def coded(recording: Recording, coding: str | None) -> Recording:
    return encoded(replace(recording, content_encoding=coding))


@pytest.mark.parametrize("coding", ["gzip", "deflate"])
def test_every_read_brings_the_bytes_that_it_brought_uncoded(coding: str) -> None:
    found = coded(PLAIN, coding)
    undo, start = decoder(coding), 0
    assert found.content_encoding is None
    for plain, read in zip(PLAIN.reads, found.reads, strict=True):
        assert len(undo.feed(found.body[start : start + read.size])) == plain.size
        assert read.at == plain.at
        start += read.size
    assert start == len(found.body)
    assert undo.complete


def test_a_body_without_reads_is_one_read() -> None:
    found = coded(replace(PLAIN, reads=()), "gzip")
    assert decoder("gzip").feed(found.body) == PLAIN.body
    assert [read.size for read in found.reads] == [len(found.body)]


def test_what_has_no_coding_stays_and_one_that_nobody_writes_is_refused() -> None:
    assert coded(PLAIN, None) == PLAIN
    with pytest.raises(UsageError, match=r"'br' cannot be written.*gzip, deflate"):
        coded(PLAIN, "br")

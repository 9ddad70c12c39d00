"""Laws of the content codings: whole, byte by byte and in pieces give the same; broken bytes are named errors."""

from __future__ import annotations

import gzip
import random
import zlib
from itertools import pairwise

import brotli
import pytest
import zstandard

from conformance.edge.coding import CodingError, Decoder, decode, decoder

PLAIN = b"".join(b'data: {"n": %d}\n\n' % number for number in range(400)) + bytes(range(256))


def raw_deflate(data: bytes) -> bytes:
    press = zlib.compressobj(wbits=-15)
    return press.compress(data) + press.flush()


CODED = {
    "gzip": gzip.compress(PLAIN),
    "x-gzip": gzip.compress(PLAIN),
    "GZIP": gzip.compress(PLAIN[:100]) + gzip.compress(PLAIN[100:]),
    "deflate": zlib.compress(PLAIN),
    " deflate ": raw_deflate(PLAIN),
    "br": brotli.compress(PLAIN),
    "zstd": zstandard.compress(PLAIN),
    "zstd,": zstandard.compress(PLAIN[:77]) + zstandard.compress(PLAIN[77:]),
    "gzip, br": brotli.compress(gzip.compress(PLAIN)),
    "br, zstd, deflate": zlib.compress(zstandard.compress(brotli.compress(PLAIN))),
    "identity": PLAIN,
    "": PLAIN,
}


def in_pieces(undo: Decoder, data: bytes, cuts: list[int]) -> bytes:
    edges = [0, *cuts, len(data)]
    out = [undo.feed(data[start:end]) for start, end in pairwise(edges)]
    return b"".join(out) + undo.flush()


@pytest.mark.parametrize("coding", CODED)
def test_any_cut_of_the_coded_bytes_decodes_to_the_same_body(coding: str) -> None:
    data = CODED[coding]
    assert decode(data, coding) == (PLAIN, True)
    assert in_pieces(decoder(coding), data, list(range(1, len(data)))) == PLAIN
    dice = random.Random(7)
    for _ in range(20):
        cuts = sorted(dice.sample(range(len(data)), 5))
        undo = decoder(coding)
        assert in_pieces(undo, data, cuts) == PLAIN
        assert undo.complete


@pytest.mark.parametrize("coding", ["gzip", "deflate", "br", "zstd", "gzip, br"])
def test_a_body_that_stops_short_gives_what_it_holds_and_is_not_complete(coding: str) -> None:
    for kept in range(1, len(CODED[coding])):
        plain, complete = decode(CODED[coding][:kept], coding)
        assert PLAIN.startswith(plain)
        assert not complete


@pytest.mark.parametrize("coding", CODED)
def test_an_empty_body_is_complete_in_every_coding(coding: str) -> None:
    assert decode(b"", coding) == (b"", True)


def test_what_was_flushed_by_the_server_is_readable_at_once() -> None:
    press = zlib.compressobj(wbits=31)
    undo = decoder("gzip")
    for event in (b"data: 1\n\n", b"data: 2\n\n"):
        assert undo.feed(press.compress(event) + press.flush(zlib.Z_SYNC_FLUSH)) == event


@pytest.mark.parametrize("coding", ["gzip", "deflate", "br", "zstd"])
def test_bytes_of_no_coding_are_a_coding_error_with_the_next_step(coding: str) -> None:
    with pytest.raises(CodingError, match=coding) as raised:
        decode(b"\xffdata: {}\n\n" * 50, coding)
    assert raised.value.hint


def test_an_unknown_coding_is_named_with_the_known_ones() -> None:
    with pytest.raises(CodingError, match=r"'compress' is unknown.*gzip, x-gzip, deflate, br, zstd") as raised:
        decoder("gzip, compress")
    assert raised.value.coding == "compress"


@pytest.mark.parametrize("coding", ["gzip", "deflate", "br", "zstd"])
def test_a_bomb_stops_at_the_limit(coding: str) -> None:
    zeros = bytes(50_000_000)
    bomb = {"gzip": gzip.compress, "deflate": zlib.compress, "br": lambda b: brotli.compress(b, quality=1)}.get(
        coding, zstandard.compress
    )(zeros)
    with pytest.raises(CodingError, match="more than 1000000 bytes"):
        decode(bomb, coding, limit=1_000_000)


def test_padding_behind_the_end_is_ignored() -> None:
    assert decode(CODED["gzip"] + bytes(16), "gzip") == (PLAIN, True)


@pytest.mark.parametrize("library", ["brotli", "zstandard"])
def test_a_missing_library_is_named_with_the_command_that_installs_it(
    library: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    for name in ("brotli", "brotlicffi", "zstandard"):
        monkeypatch.setitem(__import__("sys").modules, name, None)
    with pytest.raises(CodingError, match=f"pip install {library}"):
        decoder({"brotli": "br", "zstandard": "zstd"}[library])

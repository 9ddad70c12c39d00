"""Laws of `recording.writes`: when a proxy handed on what it read stands in the cassette and comes back; optional."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

import pytest

from conformance.core.recording import End, Headers, Read, Recording, Request
from conformance.edge.cassette import CassetteWriter, read, text
from conformance.edge.redact import redact_recording
from conformance.errors import InputError

BODY = b"data: 1\n\ndata: [DONE]\n\n"
RELAYED = Recording(
    Request("POST", "https://api.example/v1/chat"),
    body=BODY,
    reads=(Read(12.5, 9), Read(20.25, 14)),
    writes=(Read(12.75, 9), Read(20.5, 14)),
    end=End(at=21.0),
)


@pytest.mark.parametrize("form", ["yaml", "json"])
def test_writes_come_back_and_are_named_only_where_there_are_any(form: str) -> None:
    raw = text([RELAYED, replace(RELAYED, writes=())], form)
    relayed, plain = read(raw, f"tape.{form}")
    assert (relayed.writes, relayed.reads, relayed.body) == (RELAYED.writes, RELAYED.reads, BODY)
    assert plain.writes == ()
    assert raw.count(b"writes") == 1


def test_redaction_keeps_them() -> None:
    assert redact_recording(RELAYED).writes == RELAYED.writes


@pytest.mark.parametrize("packed", ["1:x", "5:1 4:1", "-1:1"])
def test_writes_that_are_none_are_refused_with_their_place(packed: str) -> None:
    raw = text([RELAYED], "json").replace(b'"12.75:9 20.5:14"', f'"{packed}"'.encode())
    with pytest.raises(InputError, match=r"response\.recording\.writes"):
        read(raw, "tape.json")


@pytest.mark.parametrize("name", ["tape.yaml", "tape.json"])
def test_a_writer_without_a_thread_writes_when_it_is_told_to(name: str, tmp_path: Path) -> None:
    path = tmp_path / name
    with CassetteWriter(path, interval=None) as writer:
        writer.begin(Request(), 200, "OK", Headers(), "HTTP/1.1", 10.0, relayed=True)
        writer.read(12.5, BODY[:9], 12.75)
        writer.flush()
        (found,) = read(path.read_bytes(), name)
        assert (found.body, found.writes, found.end.by) == (BODY[:9], (Read(12.75, 9),), "recorder")
        writer.read(20.25, BODY[9:])  # the client was gone: read, but not handed on
        writer.finish(End(at=21.0))
    (found,) = read(path.read_bytes(), name)
    assert (found.body, found.reads, found.writes) == (BODY, RELAYED.reads, (Read(12.75, 9),))

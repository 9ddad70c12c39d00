"""Laws of the writer: what came is on the disk soon, whole, without secrets, whoever is killed, whatever fails."""

from __future__ import annotations

import subprocess
import sys
import time
from collections.abc import Callable
from pathlib import Path
from typing import ClassVar

import pytest
from hypothesis import example, given
from hypothesis import strategies as st

from conformance.core.recording import End, EndKind, Evidence, Headers, Read, Recording, Request
from conformance.edge.cassette import CassetteWriter, read
from conformance.edge.growing import GrowingBody
from conformance.edge.redact import redact_body
from conformance.edge.writer import INTERVAL
from conformance.errors import InputError, StorageError

NAMES = ("tape.yaml", "tape.json")
REQUEST = Request("POST", "http://127.0.0.1/v1/chat", Headers([("authorization", "Bearer x")]), b'{"stream": true}')
HEADERS = Headers([("content-type", "text/event-stream"), ("set-cookie", "a=b")])
KEY = "sk-proj-" + "aB3dE6gH9jK2mN5p" * 3
PATIENCE = 30.0


def load(path: Path) -> list[Recording]:
    return read(path.read_bytes(), "", "json" if path.suffix == ".json" else "yaml")


def begin(writer: CassetteWriter, coding: str | None = None) -> None:
    writer.begin(REQUEST, 200, "OK", HEADERS, "HTTP/1.1", 10.5, coding)


def eventually(true: Callable[[], bool]) -> None:
    """Waits for the thread that writes."""
    deadline = time.monotonic() + PATIENCE
    while not true():
        assert time.monotonic() < deadline
        time.sleep(0.005)


@pytest.mark.parametrize("name", NAMES)
def test_a_stream_is_written_as_it_came(name: str, tmp_path: Path) -> None:
    path = tmp_path / name
    with CassetteWriter(path, {"protocol": "openai-chat"}) as writer:
        begin(writer, "gzip")
        writer.read(12.25, b"data: 1\n")
        writer.read(13.5, b"\ndata: \xe2\x82")
        writer.read(14.75, b"\xac\n\n")
        writer.finish(End(EndKind.RESET, 15.0, detail="connection reset"))
    (found,) = load(path)
    assert found.body == "data: 1\n\ndata: €\n\n".encode()
    assert found.reads == (Read(12.25, 8), Read(13.5, 9), Read(14.75, 3))
    assert found.end == End(EndKind.RESET, 15.0, detail="connection reset")
    assert (found.http_version, found.headers_at, found.content_encoding) == ("HTTP/1.1", 10.5, "gzip")
    assert (found.missing, found.metadata) == (frozenset(), {"protocol": "openai-chat"})
    assert list(found.request.headers) == [("authorization", "REDACTED")]
    assert found.headers.get("set-cookie") == "REDACTED"
    assert [item.name for item in tmp_path.iterdir()] == [name]


@pytest.mark.parametrize("name", NAMES)
def test_the_file_is_there_from_the_head_on_and_follows_the_stream(name: str, tmp_path: Path) -> None:
    path = tmp_path / name
    with CassetteWriter(path, {}, interval=0.01) as writer:
        begin(writer)
        (found,) = load(path)
        cut = End(EndKind.TRUNCATED, 10.5, "recorder", "the recorder was stopped")
        assert (found.status, found.body, found.reads, found.end) == (200, b"", (), cut)
        assert found.missing == frozenset()
        for number in range(5):
            writer.read(20.0 + number, b"data: %d\n\n" % number)
            eventually(lambda number=number: len(load(path)[0].reads) == number + 1)
            (found,) = load(path)
            assert found.body == b"".join(b"data: %d\n\n" % n for n in range(number + 1))
            assert (found.end.kind, found.end.at, found.end.by_us) == (EndKind.TRUNCATED, 20.0 + number, True)
        writer.finish(End(at=30.0))
    assert load(path)[0].end == End(at=30.0)


@pytest.mark.parametrize("name", NAMES)
def test_one_file_takes_one_stream_after_the_other(name: str, tmp_path: Path) -> None:
    path = tmp_path / name
    writer = CassetteWriter(path, {"scenario": "text"})
    for number in range(3):
        begin(writer)
        writer.read(1.0, b"data: %d\n\n" % number)
        assert len(load(path)) == number + 1
        writer.finish(End(at=2.0))
    assert [item.body for item in load(path)] == [b"data: 0\n\n", b"data: 1\n\n", b"data: 2\n\n"]


@pytest.mark.parametrize("name", NAMES)
def test_a_stream_that_nobody_finished_is_cut_by_the_recorder(name: str, tmp_path: Path) -> None:
    path = tmp_path / name
    with pytest.raises(KeyboardInterrupt), CassetteWriter(path) as writer:
        begin(writer)
        writer.read(12.0, b"data: half")
        raise KeyboardInterrupt
    (found,) = load(path)
    assert (found.body, found.reads) == (b"data: half", (Read(12.0, 10),))
    assert found.end == End(EndKind.TRUNCATED, 12.0, "recorder", "the recorder was stopped")


def test_nothing_is_written_where_nothing_began(tmp_path: Path) -> None:
    with CassetteWriter(tmp_path / "tape.yaml") as writer:
        with pytest.raises(RuntimeError, match="begin"):
            writer.read(1.0, b"x")
        with pytest.raises(RuntimeError, match="begin"):
            writer.finish(End())
    assert list(tmp_path.iterdir()) == []


def test_missing_evidence_is_named(tmp_path: Path) -> None:
    with CassetteWriter(tmp_path / "tape.yaml") as writer:
        writer.begin(REQUEST, 200, "", HEADERS, None, None, missing=frozenset({Evidence.TIMING}))
        writer.read(0.0, b"x")
        writer.finish(End())
    (found,) = load(tmp_path / "tape.yaml")
    assert (found.missing, found.reads) == ({Evidence.TIMING}, (Read(0.0, 1),))


# Failing


def test_a_disk_that_is_full_for_a_while_costs_nothing(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    path = tmp_path / "tape.yaml"
    replacing, refused = Path.replace, []
    with CassetteWriter(path, interval=0.005) as writer:
        begin(writer)

        def full(self: Path, to: Path) -> Path:
            refused.append(to)
            raise OSError(28, "No space left on device")

        monkeypatch.setattr(Path, "replace", full)
        writer.read(11.0, b"data: 1\n\n")
        eventually(lambda: len(refused) > 0)
        assert load(path)[0].body == b""
        monkeypatch.setattr(Path, "replace", replacing)
        writer.read(12.0, b"data: 2\n\n")
        writer.finish(End(at=13.0))
    assert load(path)[0].body == b"data: 1\n\ndata: 2\n\n"


@pytest.mark.parametrize("moment", ["begin", "finish"])
def test_a_disk_that_stays_full_is_a_storage_error(
    moment: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    path = tmp_path / "tape.yaml"
    path.write_text("before")

    def full(self: Path, to: Path) -> Path:
        raise OSError(28, "No space left on device")

    writer = CassetteWriter(path)
    if moment == "begin":
        monkeypatch.setattr(Path, "replace", full)
        with pytest.raises(StorageError, match="Free some space"):
            begin(writer)
        assert path.read_text() == "before"
        return
    begin(writer)
    writer.read(11.0, b"data: 1\n\n")
    monkeypatch.setattr(Path, "replace", full)
    with pytest.raises(StorageError, match="Free some space"):
        writer.finish(End())
    assert load(path)[0].status == 200


KILLED = """
import sys
import time
from pathlib import Path
from conformance.core.recording import Headers, Request
from conformance.edge.cassette import CassetteWriter

writer = CassetteWriter(Path(sys.argv[1]), {"protocol": "openai-chat"}, (), 0.002)
writer.begin(Request("POST", "http://127.0.0.1/v1"), 200, "OK", Headers(), "HTTP/1.1", 1.0)
for number in range(1_000_000):
    writer.read(2.0 + number, b'data: {"n": %d, "text": "\\xe2\\x82\\xac' % number)
    writer.read(2.5 + number, b'"}\\n\\n')
    time.sleep(0.0002)
"""
EVENT = b'data: {"n": %d, "text": "\xe2\x82\xac"}\n\n'


@pytest.mark.parametrize("name", NAMES)
@pytest.mark.parametrize("reads", [0, 3, 40, 400])
def test_a_recorder_that_is_killed_leaves_all_that_was_flushed(name: str, reads: int, tmp_path: Path) -> None:
    path = tmp_path / name
    recorder = subprocess.Popen([sys.executable, "-c", KILLED, str(path)])
    try:
        eventually(lambda: path.exists() and len(load(path)[0].reads) >= reads)
    finally:
        recorder.kill()
        recorder.wait()
    (found,) = load(path)
    assert len(found.reads) >= reads
    whole = b"".join(EVENT % number for number in range(len(found.reads)))
    assert whole.startswith(found.body)
    assert [read.at for read in found.reads] == [
        (2.5 if number % 2 else 2.0) + number // 2 for number in range(len(found.reads))
    ]
    assert (found.end.kind, found.end.by) == (EndKind.TRUNCATED, "recorder")
    assert found.metadata == {"protocol": "openai-chat"}


# Secrets


def seen(monkeypatch: pytest.MonkeyPatch) -> list[bytes]:
    """Every version of the file that a writer puts on the disk."""
    versions: list[bytes] = []
    replacing = Path.replace

    def replace(self: Path, to: Path) -> Path:
        versions.append(self.read_bytes())
        return replacing(self, to)

    monkeypatch.setattr(Path, "replace", replace)
    return versions


def delta(text: str) -> bytes:
    return b'data: {"choices":[{"index":0,"delta":{"content":"%b"}}]}\n\n' % text.encode()


SPLIT = [
    [b"data: " + KEY.encode()[:20], KEY.encode()[20:], b" done\n\n"],
    [delta(KEY[:20]), delta(KEY[20:]), delta(" done")],
    [delta("key: "), *map(delta, KEY), delta(" done")],
    [delta(KEY[:20])[:-30], delta(KEY[:20])[-30:], delta(KEY[20:])],
]


@pytest.mark.parametrize("known", [(), (KEY,)])
@pytest.mark.parametrize("pieces", SPLIT)
def test_no_version_of_the_file_holds_a_secret_or_a_telling_part_of_it(
    pieces: list[bytes], known: tuple[str, ...], tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    versions = seen(monkeypatch)
    path = tmp_path / "tape.yaml"
    writer = CassetteWriter(path, {}, known, interval=60)
    begin(writer)
    for number, piece in enumerate(pieces):
        writer.read(float(number), piece)
        assert writer._tape is not None
        writer._flush(writer._tape)
    writer.finish(End())
    assert len(versions) == len(pieces) + 2
    secret = KEY.removeprefix("sk-proj-").encode()
    for version in versions:
        for found in read(version, "")[0].body, version:
            assert not any(secret[at : at + 4] in found for at in range(len(secret) - 3))
    whole = b"".join(pieces)
    (found,) = load(path)
    assert len(found.body) == len(whole)
    assert sum(read.size for read in found.reads) == len(whole)
    assert found.body == redact_body(whole, known)


def test_what_only_looked_like_a_secret_stands_in_the_file_in_the_end(tmp_path: Path) -> None:
    path = tmp_path / "tape.yaml"
    writer = CassetteWriter(path, {}, interval=60)
    begin(writer)
    writer.read(1.0, delta("pip install sk-learn"))
    assert writer._tape is not None
    writer._flush(writer._tape)
    assert load(path)[0].body == delta("pip install ********")
    writer.read(2.0, delta(" and run"))
    writer._flush(writer._tape)
    assert load(path)[0].body == delta("pip install sk-learn") + delta(" and run")
    writer.finish(End())


_PIECES = st.one_of(
    st.sampled_from([b"\n", b"\n\n", b"\r\n", b" ", b"sk-", KEY.encode(), KEY.encode()[:9], KEY.encode()[9:], b"\xff"]),
    st.sampled_from([KEY[:30], KEY[30:], "sk-", "s", "k-", "known-key", "known", "-key", " a", "\\n", "é😀"]).map(
        delta
    ),
    st.binary(max_size=6),
    st.text(max_size=6).map(str.encode),
)


@given(st.lists(_PIECES, max_size=12), st.sampled_from([(), (KEY,), ("known-key",)]), st.sampled_from(["yaml", "json"]))
@example([b"\xe2", b"\x82", b"\xac"], (), "yaml")
@example([b"data: 1\n", b"\r", b"\n"], (), "yaml")
@example([delta("sk-ant-"), delta("x"), b"\xff"], (), "json")
def test_a_body_that_grows_is_in_the_end_the_redacted_whole(
    pieces: list[bytes], known: tuple[str, ...], form: str
) -> None:
    body, whole = GrowingBody(form, known), b""
    for piece in pieces:
        body.add(piece)
        whole += piece
        parts, size = body.text()
        assert len(whole) - 3 <= size <= len(whole)
        shown = _read(parts, form)
        assert len(shown) == size
        assert redact_body(shown, known) == shown
    parts, size = body.text(final=True)
    assert (size, _read(parts, form)) == (len(whole), redact_body(whole, known))


def _read(parts: list[bytes], form: str) -> bytes:
    """The body in the text of a scalar."""
    import base64

    import orjson
    import yaml

    text = b"".join(parts)
    if form == "json":
        body = orjson.loads(b'{"string": ' + text + b"}")
        return base64.b64decode(body["base64_string"]) if "base64_string" in body else body["string"].encode()
    found = yaml.load(b"- a:\n    b:\n      string: " + text + b"\n    c: 1\n", Loader=yaml.CSafeLoader)[0]["a"]["b"]
    return found["string"] if isinstance(found["string"], bytes) else found["string"].encode()


def test_a_flush_comes_at_most_every_interval(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    versions = seen(monkeypatch)
    started = time.monotonic()
    with CassetteWriter(tmp_path / "tape.yaml") as writer:
        begin(writer)
        for number in range(3000):
            writer.read(float(number), b"data: %d\n\n" % number)
        writer.finish(End())
    assert len(versions) <= 2 + (time.monotonic() - started) / INTERVAL


@pytest.mark.parametrize(("cost", "rest"), [(0.001, 0.25), (0.05, 1.0), (3.0, 5.0)])
def test_the_rest_after_a_flush_grows_with_its_cost(
    cost: float, rest: float, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    from conformance.edge import writer as module

    class Stop:
        """Counts how long the thread means to rest, and ends it at the third time."""

        rests: ClassVar[list[float]] = []

        def wait(self, seconds: float) -> bool:
            self.rests.append(seconds)
            return len(self.rests) == 3

    clock = iter([0.0, cost, 10.0, 10.0 + cost])
    monkeypatch.setattr(module, "perf_counter", lambda: next(clock))
    monkeypatch.setattr(Stop, "rests", [])
    writer = CassetteWriter(tmp_path / "tape.yaml", interval=0.25)
    with writer:
        begin(writer)
        tape = writer._tape
        assert tape is not None
        idle = CassetteWriter(tmp_path / "other.yaml", interval=0.25)
        idle._stop = Stop()  # type: ignore[assignment]
        monkeypatch.setattr(idle, "_flush", lambda tape: None)
        tape.changed = True
        idle._keep_up(tape)
    assert Stop.rests == pytest.approx([0.25, rest, rest])


def test_reading_never_waits_for_the_disk(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    from threading import Event

    busy, release = Event(), Event()
    replacing = Path.replace

    def slow(self: Path, to: Path) -> Path:
        if busy.is_set() or writer._tape is None or not writer._tape._reads:
            return replacing(self, to)
        busy.set()
        assert release.wait(PATIENCE)
        return replacing(self, to)

    monkeypatch.setattr(Path, "replace", slow)
    writer = CassetteWriter(tmp_path / "tape.yaml", interval=0.001)
    begin(writer)
    writer.read(1.0, b"data: 1\n\n")
    assert busy.wait(PATIENCE)
    writer.read(2.0, b"data: 2\n\n")  # would wait for ever if it waited for the disk
    release.set()
    writer.finish(End())
    assert load(tmp_path / "tape.yaml")[0].body == b"data: 1\n\ndata: 2\n\n"


def test_a_file_that_is_no_cassette_is_replaced(tmp_path: Path) -> None:
    path = tmp_path / "tape.yaml"
    path.write_text("not a cassette")
    with pytest.raises(InputError):
        load(path)
    with CassetteWriter(path) as writer:
        begin(writer)
        writer.finish(End())
    assert load(path)[0].body == b""

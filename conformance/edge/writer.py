"""CassetteWriter: the file of a stream that still runs, kept up to date.

Law: a recorder that is killed leaves a cassette that loads, holds every read up to the last flush, and says in its
`end` that the recorder was stopped, not the server. Writing never makes the stream wait: a thread of its own does it,
makes text only of what is new, and takes about 5 % of the time at most.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from contextlib import suppress
from pathlib import Path
from threading import Event, Lock, Thread
from time import perf_counter
from types import TracebackType

from ..core.recording import End, EndKind, Evidence, Headers, Read, Recording, Request, pack_reads
from ..errors import StorageError
from .growing import GrowingBody
from .redact import redact_end, redact_mapping, redact_recording
from .store import store
from .writing import Outline, document, form_of

INTERVAL = 0.25
"""Seconds between two flushes of a stream that brings something new."""
_SHARE = 20
"""A flush is followed by this many times its own duration of rest."""
_LONGEST_REST = 5.0
"""Seconds: one costly flush (a burst of megabytes) must not leave what comes after it unwritten for long."""


class CassetteWriter:
    """Keeps the file of running streams up to date: `begin`, any number of `read`, `finish`; again for the next one.

    Between `begin` and `finish` a thread flushes what is new. The file is then whole and loads, and its end is
    `truncated`, by the recorder. A flush that fails is tried again; `begin` and `finish` raise StorageError.
    """

    def __init__(
        self,
        path: str | Path,
        metadata: Mapping[str, object] | None = None,
        known: Iterable[str] = (),
        interval: float | None = INTERVAL,
    ) -> None:
        """`known`: exact keys that must not get into the file. `interval`: seconds between two flushes; None: no thread
        flushes, but who calls `flush`."""
        self._path = Path(path)
        self._form = form_of(path)
        self._known = tuple(known)
        self._metadata = redact_mapping(metadata or {}, self._known)
        self._interval = interval
        self._written: list[list[bytes]] = []
        self._tape: _Tape | None = None
        self._stop = Event()
        self._thread: Thread | None = None

    def begin(
        self,
        request: Request,
        status: int,
        reason: str,
        headers: Headers,
        http_version: str | None,
        headers_at: float | None,
        content_encoding: str | None = None,
        missing: frozenset[Evidence] = frozenset(),
        relayed: bool = False,
    ) -> None:
        """Opens an interaction with the response's head, and writes the file. Raises StorageError. `relayed`: each read
        comes with the time at which it was handed on."""
        head = Recording(
            request, status, reason, headers, b"", (), End(), http_version, headers_at, content_encoding, missing
        )
        self.close()
        head = redact_recording(head, self._known)
        outline = Outline(head, self._form, relayed)
        self._tape = _Tape(outline, GrowingBody(self._form, self._known), headers_at)
        self._flush(self._tape)
        if self._interval is None:
            return
        self._stop.clear()
        self._thread = Thread(target=self._keep_up, args=(self._tape,), name="cassette", daemon=True)
        self._thread.start()

    def read(self, at: float, data: bytes, handed: float | None = None) -> None:
        """Adds one read: its decoded bytes, and milliseconds since the request; `handed`: when they were handed on.
        Never waits for a disk."""
        self._open().add(at, data, handed)

    def flush(self) -> None:
        """Brings the file up to date, if anything is new. Raises StorageError."""
        tape = self._open()
        if tape.changed:
            self._flush(tape)

    def finish(self, end: End) -> None:
        """Closes the interaction and writes the file for the last time, all of it. Raises StorageError."""
        tape = self._open()
        self._stop.set()
        if self._thread is not None:
            self._thread.join()
        self._tape, self._thread = None, None
        self._written.append(tape.text(redact_end(end, self._known)))
        self._write(self._written)

    def close(self) -> None:
        """Ends what is open as cut by the recorder. Does nothing where nothing is."""
        if self._tape is not None:
            self.finish(self._tape.cut())

    def __enter__(self) -> CassetteWriter:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self.close()

    def _open(self) -> _Tape:
        if self._tape is None:
            raise RuntimeError("CassetteWriter: begin() comes first")
        return self._tape

    def _keep_up(self, tape: _Tape) -> None:
        """Flushes what is new, and rests in proportion to what that cost."""
        rest = interval = self._interval or INTERVAL
        while not self._stop.wait(rest):
            if tape.changed:
                started = perf_counter()
                with suppress(StorageError):  # `finish` will say it, if it still fails then
                    self._flush(tape)
                rest = max(interval, min(_SHARE * (perf_counter() - started), _LONGEST_REST))

    def _flush(self, tape: _Tape) -> None:
        self._write([*self._written, tape.text()])

    def _write(self, interactions: Sequence[Sequence[bytes]]) -> None:
        try:
            pieces = document(self._metadata, interactions, self._form)
        except (TypeError, ValueError) as error:
            what = f"The metadata cannot be written ({error})."
            raise StorageError(str(self._path), what, "Give text, numbers, lists and mappings.") from error
        store(self._path, pieces)


class _Tape:
    """One stream on its way into the file. `add` may be called from another thread than `text`."""

    def __init__(self, outline: Outline, body: GrowingBody, headers_at: float | None) -> None:
        self._outline = outline
        self._body = body
        self._lock = Lock()
        self._fresh: list[bytes] = []
        self._reads: list[Read] = []
        self._at = headers_at
        self._packed: list[str] = []
        self._packed_reads = 0
        self._packed_bytes = 0
        self._handed: list[Read] = []  # not packed yet
        self._packed_handed: list[str] = []
        self.changed = False

    def add(self, at: float, data: bytes, handed: float | None) -> None:
        with self._lock:
            self._fresh.append(data)
            self._reads.append(Read(at, len(data)))
            if handed is not None:
                self._handed.append(Read(handed, len(data)))
            self._at = at
            self.changed = True

    def cut(self) -> End:
        return End(EndKind.TRUNCATED, self._at, "recorder", "the recorder was stopped")

    def text(self, end: End | None = None) -> list[bytes]:
        """The text of the interaction so far; with `end`, for good."""
        with self._lock:
            fresh, self._fresh, self.changed = self._fresh, [], False
            reads = len(self._reads)
            handed, self._handed = self._handed, []
        if handed:
            self._packed_handed.append(pack_reads(handed))
        self._body.add(b"".join(fresh))
        body, size = self._body.text(final=end is not None)
        packed, writes = self._pack(reads, size), " ".join(self._packed_handed).encode()
        return self._outline.fill(body, packed, end or self.cut(), writes)

    def _pack(self, count: int, size: int) -> bytes:
        """The first `count` reads as far as they fill `size` bytes; what was packed once is not packed again."""
        number, total = self._packed_reads, self._packed_bytes
        while number < count and total + self._reads[number].size <= size:
            total += self._reads[number].size
            number += 1
        if number > self._packed_reads:
            self._packed.append(pack_reads(self._reads[self._packed_reads : number]))
            self._packed_reads, self._packed_bytes = number, total
        part = [pack_reads([Read(self._reads[number].at, size - total)])] if size > total else []
        return " ".join([*self._packed, *part]).encode()

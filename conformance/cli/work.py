"""Judging many files: one after the other, or by a pool of processes when the work pays for starting one.

Law: results come in the order of the input, whoever made them; a file that cannot be read is a Failure, and the rest is
judged all the same.
"""

from __future__ import annotations

import gc
import os
from collections.abc import Callable, Iterable, Iterator, Sequence
from dataclasses import dataclass
from fnmatch import fnmatchcase
from pathlib import Path
from typing import Any

from .. import catalogue, library, pipeline
from ..core.dialect import Dialect
from ..core.finding import Failure, Run
from ..core.protocol import Protocol
from ..core.recording import Recording
from ..core.rule import Rule
from ..core.stream import Stream
from ..errors import InputError, UsageError
from .options import Inputs, Reports

POOL_BYTES = 60_000_000
"""Bytes of cassettes from which on a pool is worth its start, if nobody asked for one."""
_CHUNK = 16
STDIN = "-"


@dataclass(frozen=True)
class Judge:
    """How every file is judged: what to read it as, and by which rules (`only`: patterns of rule ids; empty: all)."""

    inputs: Inputs
    only: tuple[str, ...] = ()
    pictured: bool = False
    """Whether each run carries a picture of its recording (`core.picture`)."""
    shaped: bool = False
    """Whether each run carries the shape of its events (`core.diff_shape`)."""

    def rules(self, protocol: Protocol[Any]) -> Sequence[Rule]:
        """The rules that judge this protocol."""
        rules: Sequence[Rule] = library.rules_for(protocol, self.inputs.ruleset)
        if not self.only:
            return rules
        return [rule for rule in rules if any(fnmatchcase(rule.id, pattern) for pattern in self.only)]

    def run(self, recording: Recording) -> Run:
        """Judges one recording."""
        recording, protocol = library.sided(recording), library.protocol_of(recording, self.inputs.protocol)
        dialect: Dialect = library.dialect_of(recording, protocol, self.inputs.dialect)
        stream = Stream(recording, protocol, dialect)
        run = pipeline.judged(stream, self.rules(protocol), self.inputs.ruleset)
        if self.shaped:
            run = library.shaped(run, stream)
        return library.pictured(run, stream) if self.pictured else run

    @property
    def request(self) -> Path | None:
        """The file that holds the request's body, if one was named."""
        return Path(self.inputs.request) if self.inputs.request else None

    def file(self, path: str, left: list[Failure] | None = None) -> list[tuple[Run, Recording]] | Failure:
        """Judges every recording of one file. What the file holds and cannot be read is added to `left`."""
        from ..edge.gateway_pair import judged
        from ..edge.load import read

        try:
            found = read(path, self.request)
            recordings = judged(found.recordings)
        except InputError as error:
            return Failure(path, str(error))
        if left is not None:
            left += [Failure(path, f"{path}: {said}") for said in found.left]
        return [(self.run(recording), recording) for recording in recordings]

    def file_alone(self, path: str) -> tuple[list[Run] | Failure, list[Failure]]:
        """The same without the recordings: what a process sends back."""
        left: list[Failure] = []
        found = self.file(path, left)
        return found if isinstance(found, Failure) else [run for run, _ in found], left

    def validate(self) -> None:
        """Raises UsageError for names that do not exist, before any work."""
        if self.inputs.protocol is not None:
            catalogue.protocol(self.inputs.protocol)
        if self.inputs.dialect not in (None, library.AUTO):
            catalogue.dialect(str(self.inputs.dialect))
        if self.inputs.ruleset is not None:
            library.rules_for(catalogue.unknown_protocol(), self.inputs.ruleset)
        for pattern in self.only:
            if not any(fnmatchcase(rule_id, pattern) for rule_id in catalogue.rules()):
                _refuse(pattern)


def judging(inputs: Inputs, reports: Reports, only: tuple[str, ...] = ()) -> Judge:
    """The judge of a command that writes these reports. Raises UsageError for names that do not exist."""
    judge = Judge(inputs, only, library.shows_pictures(reports.files))
    judge.validate()
    return judge


def _refuse(pattern: str) -> None:
    if "*" in pattern or "?" in pattern:
        raise UsageError(f"No rule is called {pattern!r}.", "`conformance rules` lists them.")
    catalogue.rule(pattern)


def pick(recordings: Sequence[Recording], path: str, interaction: int | None) -> Recording:
    """One recording of a file. Raises InputError where there is no such one, and says how many there are."""
    number = interaction or 0
    if number < len(recordings):
        return recordings[number]
    if not recordings:
        raise InputError(path, "holds no recording.", "Record one with `conformance record`.")
    raise InputError(path, f"has no interaction {number}.", f"Give one from 0 to {len(recordings) - 1}.")


def found(paths: Iterable[str]) -> tuple[list[str], list[Failure]]:
    """The files that the given paths, folders and patterns stand for, each once, and what stands for nothing."""
    from ..edge.load import find

    files: dict[str, None] = {}
    failures = []
    for path in paths:
        try:
            files.update(dict.fromkeys([path] if path == STDIN else map(str, find([path]))))
        except InputError as error:
            failures.append(Failure(path, str(error)))
    return list(files), failures


def processes(paths: Sequence[str], jobs: int | None) -> int:
    """How many processes to work with: what was asked for, else one, or one per core where there is much to do."""
    if jobs is not None:
        return min(jobs, max(1, len(paths)))
    total = sum(Path(path).stat().st_size for path in paths if Path(path).is_file())
    cores = len(os.sched_getaffinity(0)) if hasattr(os, "sched_getaffinity") else os.cpu_count() or 1
    return min(cores, len(paths)) if total >= POOL_BYTES else 1


def judge_files(
    judge: Judge, paths: Sequence[str], jobs: int | None, step: Callable[[], None]
) -> Iterator[list[tuple[Run, Recording | None]] | Failure]:
    """What became of each file, in order, each followed by what of it cannot be read. Recordings come along only where
    no other process held them."""
    count = processes(paths, jobs)
    if count == 1:
        for number, path in enumerate(paths):
            left: list[Failure] = []
            yield judge.file(path, left)  # type: ignore[misc]  # a list of a narrower pair, read only
            yield from left
            step()
            if number == 0:
                _settle()
        return
    for found, beside in _by_pool(judge, paths, count):
        yield found if isinstance(found, Failure) else [(run, None) for run in found]
        yield from beside
        step()


def _settle() -> None:
    """Rules and schemas stay: the collector need not look through them again for every few streams."""
    gc.collect()
    gc.freeze()


def _by_pool(judge: Judge, paths: Sequence[str], count: int) -> Iterable[tuple[list[Run] | Failure, list[Failure]]]:
    from concurrent.futures import ProcessPoolExecutor

    catalogue.rules()  # loaded once before the processes fork, where they do
    chunk = max(1, min(_CHUNK, len(paths) // (4 * count)))
    with ProcessPoolExecutor(count, initializer=_settle) as pool:
        yield from pool.map(judge.file_alone, paths, chunksize=chunk)

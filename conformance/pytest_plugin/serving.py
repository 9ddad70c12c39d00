"""Servers for tests: recordings played on a free port of this machine, each until its scope ends.

Law: recordings and faults come as `conformance replay` takes them; what a server was asked is told as its log does.
"""

from __future__ import annotations

import time
from collections.abc import Callable, Mapping, Sequence
from contextlib import ExitStack
from pathlib import Path
from types import TracebackType
from typing import Any

from ..core.recording import Recording
from ..edge.replay import ReplayServer

BUILTIN = "builtin"
Source = str | Path | Recording
_PATIENCE = 5.0
"""Seconds for which `Playing.log` waits for requests under way to end."""


class Playing:
    """A server that plays recordings."""

    def __init__(self, server: ReplayServer) -> None:
        self._server = server

    @property
    def url(self) -> str:
        """Scheme, host and port, without a slash at the end: what clients of Anthropic and Google take."""
        return self._server.url

    @property
    def base_url(self) -> str:
        """The same with the version in the recordings' paths (`/v1`): what clients of OpenAI take."""
        from ..edge.replay_example import base_urls

        return base_urls(self.url, self._server.recordings)[0]

    def at(self, scenario: str | Any) -> str:
        """The URL under which one scenario (or file, by its name without the ending) is played, whatever is asked."""
        return f"{self.url}/{getattr(scenario, 'name', scenario)}"

    @property
    def recordings(self) -> Sequence[Recording]:
        """What it plays."""
        return self._server.recordings

    @property
    def log(self) -> list[Mapping[str, object]]:
        """What was asked and what became of it, oldest first; schemas/replay-log.json explains the keys.

        Waits a while for what is under way. `outcome` is `playing` where that was not long enough.
        """
        from ..edge.replay_log import PLAYING, entry

        until = time.monotonic() + _PATIENCE
        while time.monotonic() < until and any(one.outcome == PLAYING for one in list(self._server.served)):
            time.sleep(0.005)
        return [entry(one, self._server.recordings) for one in list(self._server.served)]


class Servers:
    """Starts a server for each call, and stops them all when the block ends."""

    def __init__(self, *folders: Path, shared: bool = False) -> None:
        """`folders` are those that relative paths are looked for in; `shared`: equal calls get the same server."""
        self._folders = folders
        self._running: dict[object, Playing] | None = {} if shared else None
        self._stack = ExitStack()

    def __enter__(self) -> Servers:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self._stack.close()

    def __call__(
        self,
        *sources: Source,
        faults: str | Sequence[str] = (),
        speed: float = 1.0,
        gap: float = 0.0,
        cuts: str | None = None,
        match_on: Sequence[str] = (),
    ) -> Playing:
        """A server that plays cassettes (paths, folders, patterns), recordings, or `builtin`.

        `faults` as `--fault` takes them (`stall@3`); `speed` 0 plays without delay; `gap` milliseconds between events
        where no time is known; `cuts` and `match_on` as `conformance replay` takes them. Raises UsageError, InputError.
        """
        faults = (faults,) if isinstance(faults, str) else tuple(faults)

        def start() -> Playing:
            pace: dict[str, Any] = {"speed": speed, "gap": gap, "cuts": cuts, "match_on": tuple(match_on)}
            return self._start(self._recordings(sources), faults, pace)

        if self._running is None:
            return start()
        named = tuple(id(one) if isinstance(one, Recording) else str(one) for one in sources)
        key = (named, faults, speed, gap, cuts, tuple(match_on))
        if key not in self._running:
            self._running[key] = start()
        return self._running[key]

    def _start(self, recordings: list[Recording], faults: tuple[str, ...], pace: Mapping[str, Any]) -> Playing:
        if faults:
            from .. import museum

            recordings, _ = museum.faulty(recordings, faults)
        log: Callable[[object], None] = lambda served: None  # noqa: E731  # told at all: each write's time is kept
        return Playing(self._stack.enter_context(ReplayServer(recordings, told=log, **pace)))

    def _recordings(self, sources: Sequence[Source]) -> list[Recording]:
        from .. import catalogue
        from ..edge.builtin import builtin_recordings

        found: list[Recording] = []
        for source in sources or (BUILTIN,):
            if isinstance(source, Recording):
                found.append(source)
            elif str(source) == BUILTIN and not Path(source).exists():
                found += builtin_recordings(catalogue.data_folder("cassettes"))
            else:
                found += self._loaded(str(source))
        return found

    def _loaded(self, path: str) -> list[Recording]:
        from ..edge.load import find, load

        return [recording for file in find([located(path, self._folders)]) for recording in load(file)]


def located(path: str, folders: Sequence[Path]) -> str:
    """A relative path in the first folder where it stands for something; else as it is."""
    from glob import glob

    tried = (str(folder / path) for folder in folders)
    return next((one for one in tried if Path(one).exists() or glob(one, recursive=True)), path)  # noqa: PTH207

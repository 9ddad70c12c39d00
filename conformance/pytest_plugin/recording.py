"""Recording what the code under test asks: a proxy between it and any URL, for as long as a block.

Law: the proxy is that of `conformance proxy`; nothing is changed on the way, and no key is written.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import TYPE_CHECKING, Any

from ..core.recording import Recording

if TYPE_CHECKING:
    from ..edge.proxy import ProxyServer


class Proxied:
    """A proxy that records, and what it has recorded."""

    def __init__(self, server: ProxyServer, folder: Path) -> None:
        self._server = server
        self.folder = folder
        """Where the cassettes are."""
        self.recordings: list[Recording] = []
        """Every exchange that was answered, in the order in which they ended; filled when the block ends."""

    @property
    def url(self) -> str:
        """Scheme, host and port of the proxy, without a slash at the end."""
        return self._server.url

    @property
    def base_url(self) -> str:
        """The same with the path of the upstream: what a client is given in its place."""
        return self.url + self._server.upstream.path.rstrip("/")

    def load(self) -> None:
        """Reads the cassettes that are written."""
        from ..edge.load import load

        names = [passed.cassette for passed in self._server.passed if passed.cassette]
        self.recordings = [recording for name in names for recording in load(self.folder / name)]


class Recordings:
    """Makes proxies: `with conformance_record("http://127.0.0.1:8000/v1") as proxy: ...`."""

    def __init__(self, folder: Callable[[], Path]) -> None:
        """`folder` makes a new one for each recording."""
        self._folder = folder

    @contextmanager
    def __call__(self, upstream: str | Any, folder: str | Path | None = None) -> Iterator[Proxied]:
        """Stands before `upstream` (a URL, or a server of `conformance_server`) as long as the block does.

        `folder` keeps the cassettes; it must be new or empty. Raises UsageError for a URL that is none.
        """
        from ..edge.proxy import ProxyServer

        where = self._folder() if folder is None else Path(folder)
        server = ProxyServer(getattr(upstream, "base_url", upstream), where)
        proxied = Proxied(server, where)
        try:
            with server:
                yield proxied
        finally:  # all is written now
            proxied.load()

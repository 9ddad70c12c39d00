"""The fixtures. Law: each only hands out what stands elsewhere; nothing heavy is loaded before a test asks for one."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from typing import TYPE_CHECKING, Any

import pytest

if TYPE_CHECKING:
    from .recording import Recordings
    from .serving import Servers


@pytest.fixture
def conformance_server(request: pytest.FixtureRequest) -> Iterator[Servers]:
    """Plays recordings on a free port of this machine until the test has ended.

    server = conformance_server("tools.yaml", faults=["stall@3"], speed=0)
    client = OpenAI(base_url=server.base_url, api_key="none")
    """
    from .serving import Servers

    with Servers(request.path.parent, request.config.rootpath) as servers:
        yield servers


@pytest.fixture(scope="session")
def conformance_session_server(request: pytest.FixtureRequest) -> Iterator[Servers]:
    """The same until the session has ended: who asks for the same recordings gets the same server."""
    from .serving import Servers

    with Servers(request.config.rootpath, shared=True) as servers:
        yield servers


@pytest.fixture
def conformance_record(request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory) -> Recordings:
    """Records what the code under test asks of a URL: `with conformance_record(url) as proxy: ...`.

    Give the client `proxy.base_url`; behind the block, `proxy.recordings` holds every exchange.
    """
    from .recording import Recordings

    return Recordings(lambda: tmp_path_factory.mktemp("conformance"))


@pytest.fixture
def assert_conforms() -> Callable[..., Any]:
    """`assert_conforms(what, protocol=None, dialect=None)`: a cassette, a recording, bytes of SSE or a response."""
    from .asserting import assert_conforms

    return assert_conforms

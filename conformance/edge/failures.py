"""How an exchange went wrong, in the words of a recording (`End`) or of an error that ends with the next step.

Law: pure; exceptions of httpx and httpcore in, values out. The rest of the recorder never looks at their types.
"""

from __future__ import annotations

from collections.abc import Iterator

import httpx

from ..core.recording import End, EndKind
from ..errors import TargetError

_DEFAULT_PORTS = {"http": 80, "https": 443}
_REASONS = (
    (
        "gaierror",
        "the name {host!r} is not known to this machine.",
        "Check the host's spelling, and the network.",
    ),
    (
        "ConnectionRefusedError",
        "nothing listens on port {port} (connection refused).",
        "Start the server, or check the port.",
    ),
    (
        "SSLCertVerificationError",
        "its certificate is not trusted ({error}).",
        "Name its authority with --ca-file, or trust anybody with --insecure.",
    ),
    (
        "SSLError",
        "it does not speak TLS as expected ({error}).",
        "Check whether the URL should begin with http://.",
    ),
    (
        "ConnectionResetError",
        "the connection was reset before a response.",
        "Check the port, and look into the server's log.",
    ),
    (
        "RemoteProtocolError",
        "what it answered is no HTTP response ({error}).",
        "Check the port (a TLS port needs https://), and look into the server's log.",
    ),
)
"""Exception among the causes, what it means, and the next step. The first that is found counts."""


def end_of(error: Exception, at: float, timeout: float, idle: float) -> End:
    """How a body ended that did not end as HTTP says. `at` in milliseconds, `timeout` and `idle` in seconds."""
    if isinstance(error, httpx.TimeoutException):
        return End(EndKind.TIMEOUT, at, None, _timeout(error, timeout, idle))
    causes = list(_causes(error))
    reset = any(isinstance(cause, ConnectionResetError | ConnectionAbortedError) for cause in causes)
    if reset or any(type(part).__name__ == "StreamReset" for cause in causes for part in cause.args):
        return End(EndKind.RESET, at, None, str(error))
    return End(EndKind.TRUNCATED, at, None, str(error))


def no_response(error: Exception, url: httpx.URL, timeout: float, idle: float, connect: float) -> TargetError:
    """Why no response came, and the next step."""
    bare = str(url.copy_with(username=None, password=None, query=None))
    if isinstance(error, httpx.ConnectTimeout):
        hint = "Check host and port, and that no firewall stands between."
        return TargetError(bare, f"no connection within {connect:g} s.", hint)
    if isinstance(error, httpx.TimeoutException):
        what = f"no response: {_timeout(error, timeout, idle)}."
        return TargetError(bare, what, "Check that the server is well, or give a longer --timeout.")
    causes = list(_causes(error))
    names = {kind.__name__ for cause in causes for kind in type(cause).__mro__}
    for name, what, hint in _REASONS:
        if name in names:
            port = url.port or _DEFAULT_PORTS.get(url.scheme, 0)
            return TargetError(bare, what.format(host=url.host, port=port, error=_one_line(error)), hint)
    return TargetError(bare, f"no response ({_one_line(error)}).", "Check that an HTTP server listens there.")


def _timeout(error: Exception, timeout: float, idle: float) -> str:
    whole = "whole exchange" in str(error)
    return f"the whole exchange took more than {timeout:g} s" if whole else f"no byte for {idle:g} s"


def _one_line(error: Exception) -> str:
    return " ".join(str(error).split()).rstrip(".") or type(error).__name__


def _causes(error: BaseException | None) -> Iterator[BaseException]:
    while error is not None:
        yield error
        error = error.__cause__ or error.__context__

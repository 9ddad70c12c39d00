"""The options of `conformance gateway`, handed over as one value.

Law: parsing alone; what they mean stands in `gateway_sessions`.
"""

from __future__ import annotations

from dataclasses import dataclass

import click

from ..errors import UsageError
from .options import gathered

LISTEN = "127.0.0.1:18080"
PARALLEL, WITHIN, WAIT = 50, 2.0, 10.0
LOOPBACK = ("127.", "localhost", "[::1]", "::1")


@dataclass(frozen=True)
class Testing:
    """Which gateway is tested, with which cases, and where our upstream listens. None: as is usual."""

    gateway: str | None = None
    listen: str = LISTEN
    config_for: str | None = None
    protocols: tuple[str, ...] = ()
    cases: tuple[str, ...] = ()
    skip: tuple[str, ...] = ()
    parallel: int = PARALLEL
    within: float = WITHIN
    wait: float = WAIT
    output: str | None = None
    dialect: str | None = None
    ruleset: str | None = None

    @property
    def address(self) -> tuple[str, int]:
        """Host and port to listen on. Raises UsageError."""
        host, colon, port = self.listen.rpartition(":")
        if not colon or not host or not port.isdigit() or int(port) > 65535:
            raise UsageError(f"--listen {self.listen} is no address.", f"Give host and port, as in {LISTEN}.")
        return host.strip("[]"), int(port)


testing = gathered(
    "testing",
    Testing,
    click.option("--gateway", metavar="URL", help="The gateway, or a target's name.  [default: a proxy of ours]"),
    click.option(
        "--listen", default=LISTEN, show_default=True, metavar="ADDR", help="Where our upstream listens, as HOST:PORT."
    ),
    click.option(
        "--config-for", metavar="NAME", help="Print how NAME is pointed at our upstream, and exit; or 'list'."
    ),
    click.option(
        "--protocol",
        "protocols",
        multiple=True,
        metavar="NAME",
        help="Protocol; repeatable.  [default: all it answers]",
    ),
    click.option("--case", "cases", multiple=True, metavar="NAME", help="Only this case; repeatable."),
    click.option("--skip", multiple=True, metavar="NAME", help="Without this case; repeatable."),
    click.option(
        "--parallel",
        type=click.IntRange(2, 1000),
        default=PARALLEL,
        show_default=True,
        metavar="N",
        help="Streams at once in the case load.",
    ),
    click.option(
        "--within",
        type=click.FloatRange(0.1, 60),
        default=WITHIN,
        show_default=True,
        metavar="S",
        help="Seconds in which a cancellation is to reach the upstream.",
    ),
    click.option(
        "--wait",
        type=click.FloatRange(0, 600),
        default=WAIT,
        show_default=True,
        metavar="S",
        help="Seconds to wait for a gateway that starts.",
    ),
    click.option("--dialect", metavar="NAME", help="Gateway's dialect, a .toml file, or 'strict'.  [default: by host]"),
    click.option("--ruleset", metavar="YYYY.MM", help="Judge by the rules of that month.  [default: newest]"),
    click.option("-o", "--output", metavar="DIR", help="Folder for the cassettes.  [default: runs/GATEWAY-TIME]"),
)
"""All of them, as `testing: Testing`."""

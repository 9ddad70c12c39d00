"""The options of `conformance cancel`, handed over as one value.

Law: parsing alone; what they mean stands in `cancel_work`.
"""

from __future__ import annotations

from dataclasses import dataclass

import click

from .options import gathered

HOWS = ("close", "half-close", "reset", "rst-stream")


@dataclass(frozen=True)
class Cancelling:
    """Where and how clients leave, who looks on, what it may cost, and how it is judged."""

    protocols: tuple[str, ...] = ()
    stages: tuple[str, ...] = ()
    hows: tuple[str, ...] = ()
    repeats: int = 3
    events: int = 3
    delay: float = 0.0
    """Milliseconds."""
    observers: tuple[str, ...] = ()
    within: float = 2000.0
    """Milliseconds."""
    wait: float = 10.0
    """Seconds."""
    max_requests: int = 500
    output: str | None = None
    dialect: str | None = None
    ruleset: str | None = None


cancelling = gathered(
    "cancelling",
    Cancelling,
    click.option(
        "--protocol",
        "protocols",
        multiple=True,
        metavar="NAME",
        help="Protocol to speak; repeatable.  [default: the target's first; of a URL: by its path]",
    ),
    click.option(
        "--stage", "stages", multiple=True, metavar="NAME", help="Only at this stage; repeatable.  [default: all]"
    ),
    click.option(
        "--how",
        "hows",
        multiple=True,
        type=click.Choice(HOWS),
        help="Only this way; repeatable.  [default: close, half-close, reset; with --http2 close, rst-stream]",
    ),
    click.option(
        "--repeats", type=click.IntRange(1, 100), default=3, show_default=True, metavar="N", help="Leave N times each."
    ),
    click.option(
        "--events",
        type=click.IntRange(1, 10_000),
        default=3,
        show_default=True,
        metavar="K",
        help="Events that come before the stage after-events.",
    ),
    click.option(
        "--delay",
        type=click.FloatRange(0, 60_000),
        default=0.0,
        metavar="MS",
        help="Leave so long after a stage was reached: in a silence, if it is longer than the gaps.",
    ),
    click.option(
        "--observe",
        "observers",
        multiple=True,
        metavar="KIND",
        help="Who looks on: prometheus:ENGINE, llama-cpp-slots, openrouter-generation, openai-response, upstream:LOG; "
        "repeatable.  [default: the target's own]",
    ),
    click.option(
        "--within",
        type=click.FloatRange(1),
        default=2000.0,
        show_default=True,
        metavar="MS",
        help="What arrives later is late.",
    ),
    click.option(
        "--wait",
        type=click.FloatRange(0.1, 600),
        default=10.0,
        show_default=True,
        metavar="S",
        help="What was not seen after so long is never.",
    ),
    click.option(
        "--max-requests", type=click.IntRange(5), default=500, show_default=True, metavar="N", help="Stop after N."
    ),
    click.option(
        "--dialect", metavar="NAME", help="Provider's dialect, a .toml file, or 'strict'.  [default: by host]"
    ),
    click.option("--ruleset", metavar="YYYY.MM", help="Judge by the rules of that month.  [default: newest]"),
    click.option("-o", "--output", metavar="DIR", help="Folder for the cassettes.  [default: runs/cancel-TARGET-TIME]"),
)
"""All of them, as `cancelling: Cancelling`."""

"""The options of `conformance run`, handed over as one value.

Law: parsing alone; what they mean stands in `run_sessions`.
"""

from __future__ import annotations

from dataclasses import dataclass

import click

from .options import gathered


@dataclass(frozen=True)
class Running:
    """What is asked, how often, where it goes, and how it is judged. None: as the target says, or as is usual."""

    scenarios: tuple[str, ...] = ()
    skip: tuple[str, ...] = ()
    protocols: tuple[str, ...] = ()
    repeats: int = 1
    concurrency: int | None = None
    retries: int = 0
    max_requests: int | None = None
    max_tokens: int | None = None
    output: str | None = None
    resume: str | None = None
    dialect: str | None = None
    ruleset: str | None = None


running = gathered(
    "running",
    Running,
    click.option("--scenario", "scenarios", multiple=True, metavar="NAME", help="Only this scenario; repeatable."),
    click.option("--skip", multiple=True, metavar="NAME", help="Without this scenario; repeatable."),
    click.option(
        "--protocol",
        "protocols",
        multiple=True,
        metavar="NAME",
        help="Protocol to speak; repeatable.  [default: all that the target speaks; of a URL: by its path]",
    ),
    click.option(
        "--repeats", type=click.IntRange(1, 100), default=1, metavar="N", help="Ask what depends on the model N times."
    ),
    click.option("--concurrency", type=click.IntRange(1, 64), metavar="N", help="Scenarios at once.  [default: 1]"),
    click.option(
        "--retries", type=click.IntRange(0, 10), default=0, metavar="N", help="Ask again where no answer came at all."
    ),
    click.option("--max-requests", type=click.IntRange(1), metavar="N", help="Stop after N requests to a target."),
    click.option("--max-tokens", type=click.IntRange(1), metavar="N", help="Stop when a target has spent N tokens."),
    click.option(
        "--dialect", metavar="NAME", help="Provider's dialect, a .toml file, or 'strict'.  [default: by host]"
    ),
    click.option("--ruleset", metavar="YYYY.MM", help="Rules that count: those of that month.  [default: all]"),
    click.option("-o", "--output", metavar="DIR", help="Folder for the cassettes.  [default: runs/TARGET-TIME]"),
    click.option("--resume", metavar="DIR", help="Go on with the run in this folder."),
)
"""All of them, as `running: Running`."""

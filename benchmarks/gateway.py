"""Whether `conformance gateway` reports what is: a gateway is told what to do, and what is reported is put beside it.

    python benchmarks/gateway.py --repeats 9

Law: nothing here is asserted. The gateway is that of the tests, in a process of its own; client and upstream are this
process, as they are when the command runs. Loopback only.
"""

from __future__ import annotations

import argparse
import os
import sys
import tempfile
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path
from statistics import median
from typing import Any

ROOT = Path(__file__).resolve().parent.parent
sys.path.insert(0, str(ROOT))

from tests.edge.controllable_gateway import NEVER, Behaviour, process  # noqa: E402
from tests.edge.sandwiched import through  # noqa: E402


@dataclass(frozen=True)
class Setting:
    """One thing that is set: which case shows it, and under which name it is reported."""

    what: str
    value: float | None
    behaviour: Behaviour
    case: str
    figure: str
    unit: str = "ms"
    within: float = 0.5


def settings() -> Iterator[Setting]:
    """All of them."""
    for delay in (0.0, 50.0, 250.0, 1000.0, NEVER):
        for case in ("cancel-in-text", "cancel-in-text-silent", "cancel-before-head"):
            within = 0.5 if delay is NEVER else max(0.5, delay / 1000)
            yield Setting(f"abort passed on, {case}", delay, Behaviour(abort=delay), case, "abort", within=within)
    for latency in (0.0, 5.0, 20.0):
        yield Setting("latency of an event, p50", latency, Behaviour(latency=latency), "text", "event_p50")
        yield Setting("latency of the first byte", latency, Behaviour(latency=latency), "text", "first_byte")
    for events in (1, 4, 64):
        told = Behaviour(coalesce=events)
        yield Setting("events that go out together", min(events, 28), told, "text", "events_per_read", unit="events")
    for attempts in (1, 2, 3):
        told = Behaviour(attempts=attempts)
        yield Setting("requests of the upstream", attempts, told, "refused-500", "requests", unit="requests")


def measured(setting: Setting) -> float | None:
    """What is reported, once."""
    with tempfile.TemporaryDirectory() as folder:
        runs = through(Path(folder), setting.behaviour, setting.case, within=setting.within, running=process)
    run = runs[setting.case][0]
    if setting.figure == "requests":
        sandwich: Any = run.metadata["sandwich"]
        return float(len(sandwich.upstream))
    value = run.latency.get(f"gateway_{setting.figure}")
    return None if value is None else float(value)


def line(setting: Setting, found: Sequence[float | None]) -> list[str]:
    """One row: what was set, the median of what was reported, the worst, and how far off the median is."""
    told = [value for value in found if value is not None]
    wanted = "never" if setting.value is None else f"{setting.value:g} {setting.unit}"
    if setting.value is None or not told:
        return [setting.what, wanted, f"never {len(found) - len(told)}/{len(found)}", "", ""]
    middle = median(told)
    worst = max(told, key=lambda value: abs(value - setting.value))  # type: ignore[operator]
    return [setting.what, wanted, f"{middle:,.2f}", f"{worst:,.2f}", f"{middle - setting.value:+.2g}"]


def main() -> None:
    """Measures all settings, round by round, and prints a table."""
    from tabulate import tabulate

    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--repeats", type=int, default=5)
    repeats = parser.parse_args().repeats
    known = list(settings())
    found: dict[Setting, list[float | None]] = {setting: [] for setting in known}
    for number in range(repeats):
        for setting in known:
            found[setting].append(measured(setting))
        print(f"round {number + 1} of {repeats}, load {os.getloadavg()[0]:.1f}", file=sys.stderr)
    rows = [line(setting, found[setting]) for setting in known]
    heads = ["what is set", "set", f"reported, median of {repeats}", "the one farthest off", "median off by"]
    print(tabulate(rows, heads, tablefmt="github", disable_numparse=True))


if __name__ == "__main__":
    main()

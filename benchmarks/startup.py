"""Milliseconds to start: `conformance --help` against `python -c pass` and against click alone, in turn.

python benchmarks/startup.py [--repeat N]
"""

from __future__ import annotations

import argparse
import subprocess
import sys
from pathlib import Path
from statistics import median
from time import perf_counter

ROOT = Path(__file__).resolve().parent.parent
HEAVY = ("httpx", "vcr", "tabulate", "jsonschema", "jsonschema_rs", "yaml", "asyncio", "orjson")
CLICK = "import click\n@click.group()\ndef main(): pass\nmain()"
COMMANDS = {
    "python -c pass": ["-c", "pass"],
    "click's own --help": ["-c", CLICK, "--help"],
    "conformance --help": ["-m", "conformance", "--help"],
    "conformance check --help": ["-m", "conformance", "check", "--help"],
}


def run(arguments: list[str]) -> float:
    """Milliseconds of one process."""
    start = perf_counter()
    subprocess.run([sys.executable, *arguments], cwd=ROOT, stdout=subprocess.DEVNULL, check=True)
    return (perf_counter() - start) * 1000


def loaded_by_help() -> list[str]:
    """Which of the heavy packages `conformance --help` imports."""
    asked = [sys.executable, "-X", "importtime", "-m", "conformance", "--help"]
    told = subprocess.run(asked, cwd=ROOT, capture_output=True, text=True, check=True).stderr
    names = {line.rpartition("|")[2].strip() for line in told.splitlines()}
    return [name for name in HEAVY if name in names]


def main() -> None:
    """Measures and prints."""
    parser = argparse.ArgumentParser(description=__doc__.split("\n")[0])
    parser.add_argument("--repeat", type=int, default=21)
    repeat = parser.parse_args().repeat
    times: dict[str, list[float]] = {name: [] for name in COMMANDS}
    for _ in range(repeat):
        for name, arguments in COMMANDS.items():
            times[name].append(run(arguments))
    base = median(times["python -c pass"])
    print(f"{'':<28}{'median ms':>10}{'best ms':>10}{'x pass':>9}")
    for name, seen in times.items():
        print(f"{name:<28}{median(seen):>10.1f}{min(seen):>10.1f}{median(seen) / base:>9.1f}")
    print(f"\nheavy packages that --help loads: {', '.join(loaded_by_help()) or 'none'}")


if __name__ == "__main__":
    main()

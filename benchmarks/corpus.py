"""What the rules find in the recordings of other people: the tables of reports/corpus.md.

    python benchmarks/corpus.py [FOLDER]

FOLDER holds one cassette per stream, at <provider>/<api>/<name>.yaml, with `metadata.synthetic` on those that were
written by hand; these are left out. Every stream is judged strictly: no dialect waives anything.
"""

from __future__ import annotations

import sys
from collections import Counter
from pathlib import Path

HERE = Path(__file__).resolve().parent
sys.path.insert(0, str(HERE.parent))

from conformance import check, load  # noqa: E402
from conformance.core.finding import Level, Run  # noqa: E402

CORPUS = HERE.parent.parent / "shared" / "corpus" / "cassettes"
Key = tuple[str, str]


def judged(folder: Path) -> dict[Key, list[Run]]:
    """The runs of all streams that are not synthetic, by protocol and provider."""
    found: dict[Key, list[Run]] = {}
    for path in sorted(folder.rglob("*.yaml")):
        provider = path.relative_to(folder).parts[0]
        for recording in load(path):
            if not recording.metadata.get("synthetic"):
                run = check(recording, dialect="strict")
                found.setdefault((run.protocol or "unknown", provider), []).append(run)
    return found


def broken(run: Run, level: Level) -> set[str]:
    """The rules of this level that a run breaks, without the protocol's name."""
    return {finding.rule.removeprefix(f"{run.protocol}/") for finding in run.findings if finding.level is level}


def row(key: Key, runs: list[Run]) -> str:
    """One line of the table."""
    errors = Counter(rule for run in runs for rule in broken(run, Level.ERROR))
    warnings = sum(1 for run in runs if broken(run, Level.WARNING))
    failing = sum(1 for run in runs if broken(run, Level.ERROR))
    told = ", ".join(f"{rule} {count}" for rule, count in sorted(errors.items(), key=lambda item: (-item[1], item[0])))
    events = sum(run.events for run in runs)
    return f"| {key[0]} | {key[1]} | {len(runs)} | {events:,} | {failing or ''} | {warnings or ''} | {told} |"


def tables(folder: Path) -> str:
    """The table, with one line per protocol and provider, and a line of totals."""
    found = judged(folder)
    runs = [run for group in found.values() for run in group]
    head = (
        "| protocol | provider | streams | events | with errors | with warnings | errors: streams that break the rule |"
    )
    lines = [head, "| --- | --- | ---: | ---: | ---: | ---: | --- |"]
    lines += [row(key, found[key]) for key in sorted(found)]
    failing = sum(1 for run in runs if broken(run, Level.ERROR))
    total = f"{len(runs)} streams, {sum(run.events for run in runs):,} events, {failing} with errors."
    return "\n".join([total, "", *lines])


if __name__ == "__main__":
    print(tables(Path(sys.argv[1]) if len(sys.argv) > 1 else CORPUS))

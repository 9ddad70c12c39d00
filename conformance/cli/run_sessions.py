"""From targets to the sessions of a run: what is asked of whom, in which folder; or what is left of an earlier run.

Law: all names are checked here, before anything is sent.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import replace
from datetime import UTC, datetime
from pathlib import Path

from .. import __version__, catalogue
from ..edge.runner import Lane
from ..edge.runner_folder import Exchange, Session, exchanges, folder_name, fresh
from ..edge.runner_manifest import MANIFEST, Manifest, answer_of, bare, read_manifest
from ..edge.scenario import Scenario, Target
from ..errors import InputError, UsageError
from ..suite import named, scenario, scenarios
from ..targets import BUILTIN, Asking, opened_all
from .run_options import Running

AT_ONCE = 16
"""Exchanges at once with the built-in server; another target is asked one thing after the other, if not told else."""


@contextmanager
def planned(words: Sequence[str], asking: Asking, running: Running) -> Iterator[tuple[Path, list[Lane]]]:
    """The folder of the run and its lanes, one per target. Servers that come along run as long as the block does."""
    earlier = _manifests(Path(running.resume)) if running.resume else []
    if asking.key_env and len(words) > 1:
        raise UsageError("--key-env names the key of one target.", "Name each target's own in targets.toml (key_env).")
    words = words or list(dict.fromkeys(one.data["target"]["word"] for one in earlier)) or [BUILTIN]
    protocols = running.protocols or list(dict.fromkeys(one.data["target"]["protocol"] for one in earlier))
    with opened_all(words, asking, protocols) as found:
        spoken = [[_speaking(target, running) for target in targets] for targets in found]
        if running.resume:
            root = Path(running.resume)
            sessions = [[one for target in targets for one in _resumed(target, earlier)] for targets in spoken]
            if not any(sessions):
                raise UsageError(f"{root} holds no run of {' or '.join(words)}.", "Leave the target out.")
        else:
            root, sessions = _fresh(spoken, running)
        yield root, [_lane(own, asking, running) for own in sessions if own]


def _speaking(target: Target, running: Running) -> Target:
    """The target with the dialect that the user names, if a cassette can name it: not a file, nor `auto`."""
    dialect = running.dialect
    nameable = dialect and dialect != "auto" and not dialect.endswith(".toml")
    return replace(target, dialect=dialect) if nameable else target


def _lane(sessions: Sequence[Session], asking: Asking, running: Running) -> Lane:
    target = sessions[0].target
    limits = replace(
        target.limits,
        requests=running.max_requests or target.limits.requests,
        tokens=running.max_tokens or target.limits.tokens,
    )
    usual = AT_ONCE if target.name == BUILTIN else 1
    at_once = running.concurrency or limits.concurrency or usual
    return Lane(sessions, asking.options(limits), at_once, running.retries, limits)


# A new run


def _fresh(spoken: Sequence[Sequence[Target]], running: Running) -> tuple[Path, list[list[Session]]]:
    """The run's folder, with a folder for each target and protocol where there are several of them."""
    asked = [
        [(target, wanted) for target in targets if (wanted := chosen[target.protocol])]
        for targets, chosen in zip(spoken, _chosen(spoken, running), strict=True)
    ]
    names = [targets[0].name for targets in spoken]
    now = datetime.now(UTC)
    several = folder_name(names[0] if len(names) == 1 else f"{len(names)}-targets", now)
    root = Path(running.output) if running.output else Path("runs") / several
    fresh(root)
    made = []
    for number, (pairs, name) in enumerate(zip(asked, names, strict=True)):
        again = f"-{number + 1}" if name in names[:number] else ""
        top = root if len(names) == 1 else root / f"{folder_name(name, None)}{again}"
        made.append([_session(target, wanted, top, len(pairs) > 1, running.repeats) for target, wanted in pairs])
    return root, made


def _session(target: Target, wanted: Sequence[Scenario], top: Path, several: bool, repeats: int) -> Session:
    folder = top / target.protocol if several else top
    folder.mkdir(parents=True, exist_ok=True)
    notes = {"synthetic": True} if target.name == BUILTIN else {}
    about = {"tool": {"name": "llm-stream-conformance", "version": __version__}, "ruleset": catalogue.RULESET}
    return Session(target, folder, exchanges(wanted, folder, target, repeats), notes=notes, about=about)


def _chosen(spoken: Sequence[Sequence[Target]], running: Running) -> list[dict[str, list[Scenario]]]:
    """The scenarios to ask, by protocol, of every target. Raises UsageError for names that do not exist."""
    protocols = list(dict.fromkeys(target.protocol for targets in spoken for target in targets))
    every = {name: one for protocol in protocols for name, one in scenarios(protocol).items()}
    what = f"scenario of {' or '.join(protocols) if len(protocols) < 3 else 'any protocol'}"
    for name in (*running.scenarios, *running.skip, *(name for one in spoken for name in one[0].skip)):
        named(name, every, what)
    chosen = [{target.protocol: _left(target, running) for target in targets} for targets in spoken]
    if not any(left for by_protocol in chosen for left in by_protocol.values()):
        where = ", ".join(protocols)
        said = f"There is no scenario of {where} left to ask." if every else f"{where} has no scenarios."
        raise UsageError(said, "`conformance record` asks whatever you like.")
    return chosen


def _left(target: Target, running: Running) -> list[Scenario]:
    return [
        one
        for one in scenarios(target.protocol).values()
        if (not running.scenarios or one.name in running.scenarios) and one.name not in running.skip
    ]


# An earlier run


def _manifests(folder: Path) -> list[Manifest]:
    schema = catalogue.data_folder("schemas") / "manifest.json"
    found = [read_manifest(path, schema) for path in sorted(folder.rglob(MANIFEST))]
    manifests = [manifest for manifest in found if manifest is not None]
    if not manifests:
        raise InputError(str(folder), "holds no run that could be resumed.", "Name the folder that a run was kept in.")
    return manifests


def _resumed(target: Target, earlier: Sequence[Manifest]) -> Iterator[Session]:
    """The sessions of this target: what was answered is kept, all else is to be asked."""
    for manifest in earlier:
        told = manifest.data["target"]
        if (told["word"], told["protocol"]) != (bare(target.word), target.protocol):
            continue
        if told["model"] != target.model:
            what = f"{manifest.path.parent} was asked of the model {told['model']}, not of {target.model}."
            raise UsageError(what, f"Give --model {told['model']}, or begin a new run.")
        about = {name: manifest.data[name] for name in ("tool", "ruleset")}
        now = datetime.now(UTC).isoformat(timespec="milliseconds")
        yield Session(
            target,
            manifest.path.parent,
            [_exchange(manifest, entry, target.protocol) for entry in manifest.entries],
            started=datetime.fromisoformat(manifest.data["started"]),
            resumed=[*manifest.data["resumed"], now],
            notes={"synthetic": True} if target.name == BUILTIN else {},
            about=about,
        )


def _exchange(manifest: Manifest, entry: Mapping[str, object], protocol: str) -> Exchange:
    answer = answer_of(manifest, entry)
    return Exchange(
        scenario(protocol, str(entry["scenario"])),
        manifest.file(entry),
        answer,
        skipped=entry["skipped"],  # type: ignore[arg-type]
        retries=list(entry["retries"]) if answer else [],  # type: ignore[call-overload]
    )

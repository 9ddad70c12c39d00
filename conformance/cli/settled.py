"""Judging paths as a whole: files one by one, then what the manifests of runs say of them.

Law: `conformance run` and `conformance check` judge the same folder here, and so come to the same report. A manifest
says what was asked of each answer, which answers are to be compared, and what never came.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import replace
from pathlib import Path
from typing import TYPE_CHECKING, Any

from .. import catalogue
from ..core.compare import DEPENDS, TWIN
from ..core.expect import doubt, settled
from ..core.finding import Failure, Outcome, Run, Verdict
from ..core.recording import Recording
from ..errors import InputError
from .work import Judge, found, judge_files

if TYPE_CHECKING:
    from ..edge.runner_manifest import Manifest

KEPT = 3
"""Recordings that are held for showing their bytes; more runs than that are shown as a table."""
_HINTS = (
    ({401, 403}, "Name the variable that holds its key with --key-env."),
    ({301, 302, 303, 307, 308}, "It redirects, as a login page does: check the URL."),
)
Entry = Mapping[str, Any]


def judged(
    judge: Judge, paths: Sequence[str], jobs: int | None, files: Sequence[str], step: Callable[[], None]
) -> tuple[list[Run], list[Recording | None], list[Failure]]:
    """The runs of all `files` that `paths` stand for, some of their recordings, and what could not be judged."""
    runs: list[Run] = []
    recordings: list[Recording | None] = []
    failures: list[Failure] = []
    for result in judge_files(judge, files, jobs, step):
        if isinstance(result, Failure):
            failures.append(result)
            continue
        runs += [run for run, _ in result]
        recordings = [*recordings, *(recording for _, recording in result)][:KEPT]
    by_file = {run.source: number for number, run in enumerate(runs) if run.interaction == 0}
    for manifest, whole in _manifests(paths, files, failures):
        failures += _settle(judge, manifest, whole, runs, by_file)
    return runs, recordings, failures


def folder_of(path: str) -> tuple[list[str], list[Failure]]:
    """The files of one run's folder; none where nothing was recorded."""
    files, failures = found([path])
    return (files, []) if failures else (files, failures)


def _manifests(paths: Iterable[str], files: Iterable[str], failures: list[Failure]) -> Iterator[tuple[Manifest, bool]]:
    """The manifests in and beside `paths`, each with whether its whole folder is to be judged."""
    from ..edge.runner_manifest import MANIFEST, read_manifest

    whole = {file for path in paths if Path(path).is_dir() for file in Path(path).rglob(MANIFEST)}
    beside = {file for path in files if (file := Path(path).parent / MANIFEST).is_file()}
    for file in sorted(whole | beside):
        try:
            manifest = read_manifest(file, catalogue.data_folder("schemas") / "manifest.json")
        except InputError as error:
            failures.append(Failure(str(file), str(error)))
        else:
            if manifest is not None:
                yield manifest, file in whole


def _settle(
    judge: Judge, manifest: Manifest, whole: bool, runs: list[Run], by_file: Mapping[str, int]
) -> Iterator[Failure]:
    """Puts every run right that the manifest speaks of. Yields what it says of answers that are not there."""
    from ..edge.runner_manifest import asked_of

    twins = _twins(manifest)
    for entry in manifest.entries:
        file, answer = str(manifest.file(entry)), entry["answer"]
        number = by_file.get(file)
        if number is not None and answer is not None and manifest.unchanged(entry):
            run = _compared(judge, runs[number], twins.get(file))
            reason = doubt(asked_of(entry), run, answer["status"], answer["end"], answer["detail"])
            runs[number] = settled(run, reason)
        elif number is not None and answer is not None:
            yield Failure(file, f"{file}: is not what the run recorded (its SHA-256 differs). Record it again.")
        elif whole and answer is not None:
            yield Failure(file, f"{file}: is missing, though the manifest names it. Go on with the run by --resume.")
    if whole:
        yield from _untold(manifest)


def _twins(manifest: Manifest) -> dict[str, Path]:
    """The file of a stream -> the file of the answer to the same request, not streamed."""
    answered = [entry for entry in manifest.entries if manifest.unchanged(entry)]
    streams = {entry["scenario"]: str(manifest.file(entry)) for entry in reversed(answered)}
    pairs = [(entry["asked"]["twin"], manifest.file(entry)) for entry in answered]
    return {streams[name]: file for name, file in pairs if name in streams}


def _compared(judge: Judge, run: Run, twin: Path | None) -> Run:
    """`run`, judged once more beside its twin, if it has one."""
    from ..edge.load import load

    if twin is None:
        return run
    recording = load(run.source)[0]
    pair = replace(recording, metadata={**recording.metadata, TWIN: load(twin)[0]})
    beside = judge.run(pair)
    return replace(beside, outcomes=tuple(map(_weighed, beside.outcomes)), metadata=recording.metadata)


def _weighed(outcome: Outcome) -> Outcome:
    """A comparison that the model's own choice may have spoilt is inconclusive."""
    depends = outcome.verdict is Verdict.NOT_APPLICABLE and str(outcome.reason).startswith(DEPENDS)
    return replace(outcome, verdict=Verdict.INCONCLUSIVE) if depends else outcome


def _untold(manifest: Manifest) -> Iterator[Failure]:
    """What a whole run does not tell: a target that was not there, answers that did not come, silence."""
    folder, refused = str(manifest.path.parent), manifest.data["refused"]
    if refused:
        yield Failure(folder, refused)
        return
    for entry in manifest.entries:
        if entry["error"]:
            yield Failure(str(manifest.file(entry)), entry["error"])
    missing = [entry for entry in manifest.entries if not (entry["answer"] or entry["error"] or entry["skipped"])]
    cut = [entry for entry in manifest.entries if entry["interrupted"]]
    if missing or cut:
        why = "the run was interrupted" if manifest.data["interrupted"] else missing[0]["unasked"] or "the run ended"
        what = f"{len(missing) + len(cut)} of {len(manifest.entries)} requests have no whole answer: {why}."
        yield Failure(folder, f"{what} {_again(manifest, folder)}")
    yield from _silent(manifest, folder)


def _again(manifest: Manifest, folder: str) -> str:
    if manifest.data.get("command") == "cancel":
        return "Begin anew: conformance cancel"
    return f"Go on with it: conformance run --resume {folder}"


def _silent(manifest: Manifest, folder: str) -> Iterator[Failure]:
    meant = [entry["answer"] for entry in manifest.entries if entry["asked"]["streamed"] and entry["answer"]]
    if not meant or any(200 <= answer["status"] < 300 and answer["events"] for answer in meant):
        return
    statuses = sorted({answer["status"] for answer in meant})
    hint = next((hint for of, hint in _HINTS if of & set(statuses)), "The cassettes hold its answers.")
    protocol = manifest.data["target"]["protocol"]
    told = ", ".join(map(str, statuses))
    yield Failure(folder, f"No scenario of {protocol} was answered with a stream ({told}): there is no verdict. {hint}")

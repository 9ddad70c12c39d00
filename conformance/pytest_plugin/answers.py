"""What a target answered, as the folder of its run tells: by protocol and scenario, and what is missing.

Law: it is judged as `conformance check` judges the same folder.
"""

from __future__ import annotations

from pathlib import Path

from ..cli.options import Inputs
from ..cli.settled import folder_of, judged
from ..cli.work import Judge
from ..core.finding import Failure, Run
from ..suite import endpoints

Place = tuple[str, str]
"""Protocol and scenario; the scenario is empty where all of a protocol is meant."""


class Answers:
    """The judged answers of a run, and what it failed to get."""

    def __init__(self, folder: Path, dialect: str | None, refused: str = "") -> None:
        """`refused`: why nobody was asked, or empty. Raises InputError for a manifest that cannot be read."""
        self.runs: dict[Place, list[Run]] = {}
        self.failures: dict[Place, str] = {}
        if refused:
            self.failures = {(protocol, ""): refused for protocol in endpoints()}
            return
        files, failures = folder_of(str(folder))
        runs, _, more = judged(Judge(Inputs(dialect=dialect)), [str(folder)], 1, files, lambda: None)
        for run in runs:
            place = str(run.metadata.get("protocol")), str(run.metadata.get("scenario"))
            self.runs.setdefault(place, []).append(run)
        protocols = {protocol for protocol, _ in self.runs} or set(endpoints())
        for failure in (*failures, *more):
            self._note(failure, protocols)

    def _note(self, failure: Failure, protocols: set[str]) -> None:
        """Notes a failure where it belongs: with a scenario, with a protocol, or with all."""
        path = Path(failure.source)
        scenario = path.name.split(".")[0] if path.suffix in (".yaml", ".json") else ""
        above = path.parent.name if scenario else path.name
        for protocol in {above} & set(endpoints()) or protocols:
            place = protocol, scenario
            self.failures[place] = " ".join(filter(None, (self.failures.get(place), failure.message)))

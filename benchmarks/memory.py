"""Peak memory of `conformance check` on one large cassette, over the size of its file.

    python benchmarks/memory.py [CASSETTE] [--megabytes N]

Without a cassette one of N MB (default 50) is made: a single stream of small chunks, each with its own read.
"""

from __future__ import annotations

import argparse
import os
import subprocess
import sys
import tempfile
from pathlib import Path
from time import perf_counter

HERE = Path(__file__).resolve().parent
ROOT = HERE.parent
CHUNK = (
    '      data: {{"id":"chatcmpl-1","object":"chat.completion.chunk","created":1700000000,"model":"gpt-x",'
    '"choices":[{{"index":0,"delta":{{{0}}},"finish_reason":{1}}}]}}\n      \n'
)
HEAD = """interactions:
- request:
    body: '{"model":"gpt-x","stream":true,"messages":[{"role":"user","content":"Hi"}]}'
    headers: {content-type: [application/json]}
    method: POST
    uri: https://example.com/v1/chat/completions
  response:
    status: {code: 200, message: OK}
    headers: {content-type: [text/event-stream]}
    body:
      string: |+
"""


def make(path: Path, megabytes: int) -> None:
    """Writes a cassette of about that size."""
    chunks = [CHUNK.format('"role":"assistant","content":""', "null")]
    text = CHUNK.format('"content":" token"', "null")
    chunks += [text] * (megabytes * 1_000_000 // (len(text) + 14))
    chunks += [CHUNK.format("", '"stop"'), "      data: [DONE]\n      \n"]
    blocks = [chunk.replace("      ", "        ") for chunk in chunks]
    sizes = [len(chunk.replace("      ", "").encode()) for chunk in chunks]
    reads = " ".join(f"{50 + number * 0.125:g}:{size}" for number, size in enumerate(sizes))
    end = f"{50 + len(sizes) * 0.125:g}"
    tail = (
        f'    recording:\n      reads: "{reads}"\n      end: {{kind: eof, at: {end}}}\n      http_version: HTTP/1.1\n'
    )
    path.write_text(HEAD + "".join(blocks) + tail + "version: 1\n", encoding="utf-8", newline="\n")


def peak(arguments: list[str]) -> tuple[int, float]:
    """(bytes of peak resident memory, seconds) of one process."""
    start = perf_counter()
    process = subprocess.Popen([sys.executable, *arguments], cwd=ROOT, stdout=subprocess.DEVNULL)
    _, status, usage = os.wait4(process.pid, 0)
    process.returncode = os.waitstatus_to_exitcode(status)
    unit = 1 if sys.platform == "darwin" else 1024
    return usage.ru_maxrss * unit, perf_counter() - start


def main() -> None:
    """Measures and prints."""
    parser = argparse.ArgumentParser(description=__doc__.split("\n")[0])
    parser.add_argument("cassette", nargs="?", type=Path)
    parser.add_argument("--megabytes", type=int, default=50)
    options = parser.parse_args()
    with tempfile.TemporaryDirectory() as folder:
        cassette = options.cassette or Path(folder) / "large.yaml"
        if options.cassette is None:
            make(cassette, options.megabytes)
        size = cassette.stat().st_size
        base, _ = peak(["-c", "import conformance.library, conformance.edge.load"])
        used, seconds = peak(["-m", "conformance", "check", str(cassette.resolve()), "--quiet"])
    print(
        f"file {size / 1e6:.1f} MB, peak {used / 1e6:.0f} MB in {seconds:.1f} s (the program alone {base / 1e6:.0f} MB)"
    )
    print(f"peak over file size: {used / size:.1f}; without the program: {(used - base) / size:.1f}")


if __name__ == "__main__":
    main()

"""Takes the pictures of the README: reports on our own recordings in a real browser, by day and in the dark.

    pip install playwright pillow
    python docs/img/make.py /usr/bin/chromium

Law: only recordings of this repository are shown. Run it again when the page looks different.
"""

from __future__ import annotations

import sys
from io import BytesIO
from pathlib import Path
from subprocess import run
from tempfile import TemporaryDirectory
from typing import NamedTuple

from PIL import Image
from playwright.sync_api import Browser, sync_playwright

HERE = Path(__file__).parent
ROOT = HERE.parents[1]
SHOWN = ("litellm", "llama-cpp")
SCENARIOS = ("text", "tools", "usage", "logprobs")
WIDTH, SHARP, MARGIN = 980, 2, 12


class Picture(NamedTuple):
    """What is checked, and the elements of the page between whose top and end the picture lies."""

    files: list[str]
    first: str
    last: str


PICTURES = {
    "report": Picture(
        [f"cassettes/openai-chat/{who}/{name}.yaml" for who in SHOWN for name in SCENARIOS], "body", "#matrix"
    ),
    "finding": Picture(["cassettes/openai-chat/litellm/usage.yaml"], ".run", ".group"),
}


def taken(browser: Browser, page: Path, picture: Picture, scheme: str) -> bytes:
    """A PNG of that part of the page."""
    size = {"width": WIDTH, "height": 900}
    tab = browser.new_context(viewport=size, device_scale_factor=SHARP, color_scheme=scheme).new_page()
    tab.goto(page.as_uri())
    top = tab.evaluate("one => document.querySelector(one).getBoundingClientRect().top", picture.first)
    end = tab.evaluate("one => document.querySelector(one).getBoundingClientRect().bottom", picture.last)
    top = max(0, top - MARGIN)
    return tab.screenshot(full_page=True, clip={"x": 0, "y": top, "width": WIDTH, "height": end + MARGIN - top})


def main(chromium: str) -> None:
    """Writes all pictures. 256 colours are enough for a page of text."""
    with TemporaryDirectory() as room, sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path=chromium, args=["--no-sandbox"])
        for name, picture in PICTURES.items():
            page = Path(room) / f"{name}.html"
            run(["conformance", "check", *picture.files, "--html", str(page), "--quiet"], cwd=ROOT, check=False)
            for scheme in ("light", "dark"):
                shot = Image.open(BytesIO(taken(browser, page, picture, scheme))).convert("RGB")
                shot.quantize(256, dither=Image.Dither.NONE).save(HERE / f"{name}-{scheme}.png", optimize=True)
        browser.close()


if __name__ == "__main__":
    main(sys.argv[1])

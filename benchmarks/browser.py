"""A report in a real browser: how fast it opens and is searched, and whether a reader of any kind can use it.

    pip install playwright
    python benchmarks/browser.py /usr/bin/chromium report.html ...

For each page: bytes, pages of A4 in print; and at 1280 and 390 pixels, in light and dark: elements, milliseconds of
processor time until it stands there and of a search, pixels that stick out of the window, the least contrast of text,
stops of the Tab key that cannot be seen, what was asked of the network, and what the browser complained of.
"""

from __future__ import annotations

import re
import sys
from collections.abc import Callable
from itertools import product
from pathlib import Path
from typing import Any, NamedTuple

from playwright.sync_api import Browser, Page, sync_playwright

STOPS = 40
"""Presses of the Tab key."""
WORD = "usage"
ELEMENTS = "document.querySelectorAll('*').length"
SEARCH = """word => { const field = document.querySelector('input[type=search]'); if (!field) return false;
  field.value = word; field.dispatchEvent(new Event('input', {bubbles: true}));
  return new Promise(done => setTimeout(() => { field.form.offsetHeight; done(true) }, 121)) }"""
"""A report waits 120 ms for more letters."""
WIDER = "document.documentElement.scrollWidth - innerWidth"
FOCUS = """() => { const one = document.activeElement, style = getComputedStyle(one), box = one.getBoundingClientRect();
  const drawn = style.outlineStyle !== 'none' && parseFloat(style.outlineWidth) >= 2;
  return drawn && box.width > 0 && box.top < innerHeight }"""
OPEN = "document.querySelectorAll('details').forEach((one, n) => { if (n < 400) one.open = true })"
CONTRAST = """() => {
  const parts = text => { const all = text.match(/[\\d.]+/g).map(Number); return all[3] < 1 ? all : [...all, 1] };
  const linear = v => (v /= 255) <= .04045 ? v / 12.92 : ((v + .055) / 1.055) ** 2.4;
  const light = ([r, g, b]) => .2126 * linear(r) + .7152 * linear(g) + .0722 * linear(b);
  const ground = one => { for (; one; one = one.parentElement) {
    const found = parts(getComputedStyle(one).backgroundColor); if (found[3] > .99) return found }
    return parts(getComputedStyle(document.documentElement).backgroundColor) };
  const walker = document.createTreeWalker(document.body, NodeFilter.SHOW_TEXT);
  let least = 21, seen = 0, text;
  while ((text = walker.nextNode()) && seen < 50000) {
    const one = text.parentElement, svg = one.namespaceURI.includes('svg');
    if (!text.data.trim() || ['SCRIPT', 'STYLE', 'OPTION', 'title'].includes(one.tagName)) continue;
    seen++;
    const style = getComputedStyle(one), pair = [light(parts(svg ? style.fill : style.color)), light(ground(one))];
    least = Math.min(least, (Math.max(...pair) + .05) / (Math.min(...pair) + .05));
  }
  return least }"""


class Seen(NamedTuple):
    """One page in one window."""

    opened: float
    search: float
    elements: int
    wider: int
    contrast: float
    unseen: int
    asked: list[str]
    said: list[str]


def seen(browser: Browser, url: str, scheme: Any, width: int) -> Seen:
    """Opens the page as one reader would."""
    context = browser.new_context(viewport={"width": width, "height": 900}, color_scheme=scheme)
    page = context.new_page()
    asked: list[str] = []
    said: list[str] = []
    page.on("request", lambda request: None if request.url.startswith("file:") else asked.append(request.url))
    page.on("console", lambda message: said.append(message.text))
    page.on("pageerror", lambda error: said.append(str(error)))
    work = worker(page)
    page.goto(url)
    opened = work()
    unseen = sum(not stopped(page) for _ in range(STOPS))
    before = work()
    page.evaluate(SEARCH, WORD)
    search = work() - before
    page.evaluate(SEARCH, "")
    page.evaluate(OPEN)
    told = page.evaluate(ELEMENTS), page.evaluate(WIDER), page.evaluate(CONTRAST), unseen, asked, said
    context.close()
    return Seen(opened, search, *told)


def worker(page: Page) -> Callable[[], float]:
    """What tells how many milliseconds of processor time the page has taken so far."""
    session = page.context.new_cdp_session(page)
    session.send("Performance.enable", {"timeDomain": "threadTicks"})

    def work() -> float:
        told = {one["name"]: one["value"] for one in session.send("Performance.getMetrics")["metrics"]}
        return 1000.0 * float(told["TaskDuration"])

    return work


def stopped(page: Page) -> bool:
    """True where the next stop of the Tab key is seen; the end of the page is one, too."""
    page.keyboard.press("Tab")
    return bool(page.evaluate("document.activeElement === document.body") or page.evaluate(FOCUS))


def pages(browser: Browser, url: str) -> int:
    """Pages of A4 in print."""
    page = browser.new_page()
    page.goto(url)
    return len(re.findall(rb"/Type\s*/Page\b", page.pdf(format="A4")))


def main(chromium: str, *files: str) -> None:
    """Prints what was seen."""
    with sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path=chromium, args=["--no-sandbox"])
        for file in files:
            url = Path(file).resolve().as_uri()
            print(f"{file}: {Path(file).stat().st_size:,} bytes, {pages(browser, url):,} pages of A4")
            for width, scheme in product((1280, 390), ("light", "dark")):
                one = seen(browser, url, scheme, width)
                times = f"opened {one.opened:.0f} ms, search {one.search:.0f} ms"
                use = f"wider by {one.wider}, contrast {one.contrast:.2f}, unseen stops {one.unseen}"
                print(f"  {width:>4} {scheme:5} {one.elements:,} elements, {times}, {use}, {one.asked}, {one.said}")
        browser.close()


if __name__ == "__main__":
    main(*sys.argv[1:])

"""Looks at the pages of a built documentation, as files and in a headless Chromium.

``python tests/support/pages.py docs/_build`` prints what is wrong with any of them; the tests do so with a build in
which nothing was run.
"""

from __future__ import annotations

import os
import re
import shutil
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from functools import cache
from html.parser import HTMLParser
from pathlib import Path
from typing import Any
from urllib.parse import unquote, urlsplit

WIDTHS = {"desk": 1280, "phone": 390}  # CSS pixels
HEIGHT = 1000
THEMES = ("light", "dark")

# What a reader cannot reach, or does not see: parts that stick out of the page and nothing scrolls, broken images.
FAULTS = """
const faults = [], width = document.documentElement.clientWidth;
const scrolls = element => {
  for (let e = element; e && e !== document.body; e = e.parentElement)
    if (['auto', 'scroll'].includes(getComputedStyle(e).overflowX)) return true;
  return false;
};
if (document.documentElement.scrollWidth > width + 1)
  faults.push(`the page is ${document.documentElement.scrollWidth} wide`);
const parts = ['pre', 'table', 'img', 'svg', 'math', 'h1'].map(name => 'article ' + name);
for (const element of document.querySelectorAll(parts)) {
  const box = element.getBoundingClientRect();
  if (box.width && box.right > width + 1 && !scrolls(element))
    faults.push(`${element.tagName} ends at ${Math.round(box.right)}: ${element.textContent.trim().slice(0, 40)}`);
  if (element.tagName !== 'IMG' && element.scrollWidth > element.clientWidth + 2 && element.tagName === 'PRE'
      && getComputedStyle(element).overflowX === 'hidden')
    faults.push(`text is cut: ${element.textContent.trim().slice(0, 40)}`);
}
for (const image of document.images)
  if (image.complete && !image.naturalWidth) faults.push(`no image: ${image.getAttribute('src')}`);
return faults;
"""
# Black on black: the contrast of text and what lies behind it, as of WCAG 2.
PALE = """
const channel = c => (c /= 255) <= 0.04045 ? c / 12.92 : ((c + 0.055) / 1.055) ** 2.4;
const light = ([r, g, b]) => 0.2126 * channel(r) + 0.7152 * channel(g) + 0.0722 * channel(b);
const numbers = text => (text.match(/[\\d.]+/g) || [0, 0, 0, 0]).map(Number);
const behind = element => {
  for (let e = element; e; e = e.parentElement) {
    const colour = numbers(getComputedStyle(e).backgroundColor);
    if (colour.length < 4 || colour[3] > 0.5) return colour;
  }
  return [255, 255, 255];
};
const found = [];
const texts = ['p', 'td', 'th', 'pre', 'h1', 'h2'].map(name => 'article ' + name);
for (const element of document.querySelectorAll(texts)) {
  if (!element.textContent.trim()) continue;
  const [a, b] = [light(numbers(getComputedStyle(element).color)), light(behind(element))].sort((x, y) => y - x);
  if ((a + 0.05) / (b + 0.05) < 4.5) found.push(`${element.tagName}: ${element.textContent.trim().slice(0, 40)}`);
}
return found;
"""


class _Page(HTMLParser):
    """Collects the links, anchors and printed outputs of a page."""

    def __init__(self, text: str) -> None:
        super().__init__()
        self.links: list[str] = []
        self.sources: list[str] = []  # of what the page itself is made of
        self.anchors: set[str] = set()
        self.outputs: list[str] = []
        self._depth = 0
        self.feed(text)

    def handle_starttag(self, tag: str, attributes: list[tuple[str, str | None]]) -> None:
        values = {name: value or "" for name, value in attributes}
        self.anchors |= {values[name] for name in ("id", "name") if name in values}
        self.links += [values[name] for name in ("href", "src") if name in values]
        if tag != "a":
            self.sources += [
                values[name] for name in ("href", "src") if name in values and values.get("rel") != "canonical"
            ]
        classes = values.get("class", "").split()
        if self._depth or {"cell_output", "sphx-glr-script-out"} & set(classes):
            self._depth += tag not in ("img", "br", "hr", "input", "meta", "link")

    def handle_endtag(self, tag: str) -> None:
        self._depth = max(0, self._depth - 1)

    def handle_data(self, data: str) -> None:
        if self._depth:
            self.outputs.append(data)


@cache
def parsed(file: Path) -> _Page:
    """Return a page taken apart."""
    return _Page(file.read_text(encoding="utf-8"))


def pages_of(site: Path) -> list[Path]:
    """Return the pages that are ours: not those of code."""
    return [
        page for page in sorted(site.rglob("*.html")) if "_modules" not in page.parts and "_static" not in page.parts
    ]


def broken_links(site: Path) -> Iterator[str]:
    """Name the links to files or places that are not there, and those that would fetch something to show a page."""
    is_file = cache(os.path.isfile)
    for page in pages_of(site):
        for link in dict.fromkeys(parsed(page).links):
            parts = urlsplit(link)
            if parts.scheme in ("http", "https", "mailto", "data"):
                continue
            target = Path(os.path.normpath(page.parent / unquote(parts.path))) if parts.path else page
            if (
                not is_file(target)
                or parts.fragment
                and target.suffix == ".html"
                and unquote(parts.fragment) not in parsed(target).anchors
            ):
                yield f"{page.relative_to(site)}: {link}"


def unfit_outputs(site: Path) -> Iterator[str]:
    """Name what is printed on pages and not fit to publish: paths of a machine, warnings, boxes to tick.

    What a chip loses, and which points of a sweep fail, is said in warnings that the tutorials are about.
    """
    paths, boxes = r"(?<![\w.])/(?:home|root|tmp|usr|work|var|opt)/\S+", r"\[ \]|[☐☑]"
    unfit = re.compile(rf"{paths}|{boxes}|\bWARNING\b|\b(?!SpinnakerWarning|SweepWarning)\w*Warning:")
    for page in pages_of(site):
        for found in unfit.finditer("".join(parsed(page).outputs)):
            yield f"{page.relative_to(site)}: {found[0]}"


def chromium() -> tuple[str, str] | None:
    """Return where Chromium and its driver are, if they are."""
    names = [["chromium", "chromium-browser", "google-chrome"], ["chromedriver"]]
    browser, driver = (next(filter(None, map(shutil.which, each)), None) for each in names)
    return (browser, driver) if browser and driver else None


@contextmanager
def a_browser(*more: str) -> Iterator[Any]:
    """Start a headless Chromium, with *more* options, and end it."""
    from selenium import webdriver

    found = chromium()
    assert found is not None
    options = webdriver.ChromeOptions()
    options.binary_location = found[0]
    usual = ("--headless=new", "--no-sandbox", "--disable-gpu", "--hide-scrollbars", "--disable-dev-shm-usage")
    for option in (*usual, *more):
        options.add_argument(option)
    driver = webdriver.Chrome(options, webdriver.ChromeService(found[1]))
    try:
        yield driver
    finally:
        driver.quit()


def resize(driver: Any, width: int) -> None:
    """Give the window this width, in CSS pixels."""
    metrics = {"width": width, "height": HEIGHT, "deviceScaleFactor": 1, "mobile": width < 600}
    driver.execute_cdp_cmd("Emulation.setDeviceMetricsOverride", metrics)


def show(driver: Any, page: Path, width: int, theme: str = "light") -> None:
    """Open a page in a window of this width, in CSS pixels, for a reader who prefers this theme."""
    resize(driver, width)
    preferred = {"features": [{"name": "prefers-color-scheme", "value": theme}]}
    driver.execute_cdp_cmd("Emulation.setEmulatedMedia", preferred)
    driver.get(page.as_uri())


def faults_of(driver: Any, page: Path) -> dict[int, list[str]]:
    """Return what of a page cannot be seen, by width. The page is loaded once, which takes longest."""
    show(driver, page, next(iter(WIDTHS.values())))
    found = {}
    for width in WIDTHS.values():
        resize(driver, width)
        found[width] = driver.execute_script(FAULTS)
    return found


def pale_on(driver: Any, page: Path, theme: str) -> list[str]:
    """Return the texts of a page that can hardly be read in this theme."""
    show(driver, page, WIDTHS["desk"], theme)
    found: list[str] = driver.execute_script(PALE)
    return found


def main(site: Path) -> int:
    """Print all faults of a site; return how many there are."""
    faults = [*broken_links(site), *unfit_outputs(site)]
    with a_browser() as driver:
        for page in pages_of(site):
            name = page.relative_to(site)
            faults += [f"{name} at {w}: {each}" for w, found in faults_of(driver, page).items() for each in found]
            faults += [f"{name}, {theme}: {text}" for theme in THEMES for text in pale_on(driver, page, theme)]
    print("\n".join(faults))
    return len(faults)


if __name__ == "__main__":
    sys.exit(bool(main(Path(sys.argv[1]).resolve())))

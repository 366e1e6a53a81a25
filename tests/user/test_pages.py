"""The pages of the documentation, as a reader sees them: in a window and on a phone, in light and in dark."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

import pages

#: A page of each kind: first page, code and tables, formulas, a reference, an index of cards, printed reports.
KINDS = (
    "index",
    "device",
    "library/dpi",
    "api/plot",
    "gallery/index",
    "from/brian2",
    "models",
    "tutorials/06_spinnaker",
)


@pytest.fixture(scope="module")
def browser() -> Iterator[Any]:
    if pages.chromium() is None:
        pytest.skip("no Chromium here")
    with pages.a_browser() as driver:
        yield driver


def test_every_link_leads_to_a_page_and_place_that_is_there(built: Path) -> None:
    assert list(pages.broken_links(built)) == []


def test_no_page_fetches_scripts_styles_or_pictures(built: Path) -> None:
    fetched = [
        (page.name, link)
        for page in pages.pages_of(built)
        for link in pages.parsed(page).sources
        if link.startswith(("http:", "https:", "//"))
    ]
    assert fetched == []


@pytest.mark.slow
def test_in_a_browser_nothing_sticks_out_of_a_page_or_is_cut(built: Path, browser: Any) -> None:
    found = {page.relative_to(built): pages.faults_of(browser, page) for page in pages.pages_of(built)}
    assert {page: faults for page, faults in found.items() if any(faults.values())} == {}


@pytest.mark.parametrize("theme", pages.THEMES)
def test_in_a_browser_every_text_can_be_read(built: Path, browser: Any, theme: str) -> None:
    found = {name: pages.pale_on(browser, built / f"{name}.html", theme) for name in KINDS}
    assert {name: texts for name, texts in found.items() if texts} == {}


@pytest.mark.parametrize("width", pages.WIDTHS.values(), ids=pages.WIDTHS)
@pytest.mark.parametrize("theme", pages.THEMES)
def test_in_a_browser_the_themes_differ_and_pages_are_not_empty(
    built: Path, browser: Any, theme: str, width: int, tmp_path: Path
) -> None:
    import matplotlib.image

    pages.show(browser, built / "index.html", width, theme)
    browser.save_screenshot(str(tmp_path / "index.png"))
    picture = matplotlib.image.imread(tmp_path / "index.png")[..., :3]
    assert picture.shape[:2] == (pages.HEIGHT, width)
    assert (picture.mean() > 0.6) == (theme == "light")
    assert picture.std() > 0.05


def test_in_a_browser_what_sticks_out_or_is_missing_is_found(browser: Any, tmp_path: Path) -> None:
    page = tmp_path / "page.html"
    page.write_text(
        "<html><head><meta name='viewport' content='width=device-width'></head><body><article>"
        "<pre style='width: 3000px'>wide</pre><table style='width: 600px'><tr><td>too wide for a phone</table>"
        "<img src='nowhere.png'><p style='color: #ddd'>pale</p></article></body></html>",
        encoding="utf-8",
    )
    desk, phone = (" ".join(pages.faults_of(browser, page)[width]) for width in pages.WIDTHS.values())
    for faults in (desk, phone):
        assert "PRE ends at 3008" in faults and "the page is 30" in faults and "no image: nowhere.png" in faults
    assert "TABLE ends at 608" in phone and "TABLE" not in desk
    assert pages.pale_on(browser, page, "light") == ["P: pale"]


def test_outputs_that_are_not_fit_to_publish_are_found(tmp_path: Path) -> None:
    (tmp_path / "page.html").write_text(
        "<p>/home/me</p><div class='cell_output'><pre>UserWarning: no\n/tmp/a/b.py\n[ ] done</pre></div><p>[ ]</p>"
    )
    found = [each.partition(": ")[2] for each in pages.unfit_outputs(tmp_path)]
    assert found == ["UserWarning:", "/tmp/a/b.py", "[ ]"]


def test_links_that_lead_nowhere_are_found(tmp_path: Path) -> None:
    (tmp_path / "a.html").write_text(
        "<h1 id='top'></h1><a href='b.html#there'></a><a href='c.html'></a><a href='#top'></a>"
    )
    (tmp_path / "b.html").write_text("<a href='a.html#gone'></a>")
    assert sorted(pages.broken_links(tmp_path)) == ["a.html: b.html#there", "a.html: c.html", "b.html: a.html#gone"]

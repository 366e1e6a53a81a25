"""The page that says which of the vendor's names work on SpiNNaker is true."""

from __future__ import annotations

import pytest

import spinnaker_support
from spinnaker_support import ENTRIES, MODES, PAGE, works


def documented() -> dict[str, list[str]]:
    lines = [line for line in PAGE.read_text(encoding="utf-8").splitlines() if line.startswith("| `")]
    table = [[cell.strip() for cell in line.strip("|").split("|")] for line in lines]
    return {row[0].strip("`"): row[1:3] for row in table}


def test_every_name_is_on_the_page() -> None:
    assert list(documented()) == [entry.name for entry in ENTRIES]
    found = {name: [cell == "yes" for cell in cells] for name, cells in documented().items()}
    assert spinnaker_support.rows(found) == PAGE.read_text(encoding="utf-8")


@pytest.mark.parametrize("mode", MODES)
@pytest.mark.parametrize("entry", ENTRIES, ids=lambda entry: entry.name)
def test_a_name_does_what_the_page_says(entry: spinnaker_support.Entry, mode: str) -> None:
    assert works(entry, mode) == (documented()[entry.name][MODES.index(mode)] == "yes")

"""The page of the manual that says what works where is true."""

from __future__ import annotations

import pytest

import pynn_support


def documented(device: str) -> dict[str, list[str]]:
    section = pynn_support.PAGE.read_text(encoding="utf-8").split(f"## {device}\n")[1].split("\n## ")[0]
    rows = [line.strip("|").split("|") for line in section.splitlines() if line.startswith("| `")]
    return {row[0].strip().strip("`"): [cell.strip() for cell in row[1:]] for row in rows}


def test_every_cell_is_on_the_page() -> None:
    for device in pynn_support.DEVICES:
        assert list(documented(device)) == pynn_support.cells()
        assert "no" not in {cell for row in documented(device).values() for cell in row}


@pytest.mark.parametrize("name", pynn_support.cells())
def test_a_cell_does_on_numpy_what_the_page_says(name: str) -> None:
    assert list(pynn_support.support(name, "runtime").values()) == documented("runtime")[name]


@pytest.mark.standalone
@pytest.mark.slow
@pytest.mark.parametrize("name", pynn_support.cells())
def test_a_cell_does_in_compiled_code_what_the_page_says(name: str, compiled_quickly: None) -> None:
    assert list(pynn_support.support(name, "brianhw").values()) == documented("brianhw")[name]


@pytest.mark.standalone
@pytest.mark.slow
@pytest.mark.parametrize("name", ["IF_cond_exp", "SpikeSourcePoisson"])  # each is a program to compile
def test_a_cell_runs_once_in_a_program_of_its_own(name: str) -> None:
    assert list(pynn_support.support(name, "cpp_standalone").values()) == documented("cpp_standalone")[name]

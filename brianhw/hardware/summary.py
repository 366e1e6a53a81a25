"""What a network uses of its chip: text, HTML and numbers."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from brian2 import Quantity

from brianhw import html
from brianhw.allocation import Report

__all__ = ["Summary"]


class Summary:
    """A usage summary; ``print(chip.summary())``, the last line of a notebook cell, or ``.to_dict()``.

    Parameters
    ----------
    report : brianhw.allocation.Report
        The numbers of the plan.
    biases : mapping of int to mapping of str to Quantity
        Per core, the biases that differ from the chip's own parameters.

    Examples
    --------
    >>> from brian2 import *
    >>> from brianhw import DynapSE1
    >>> chip = DynapSE1()
    >>> cells, source = chip.population(8, name="cells"), PoissonGroup(20, 50*Hz, name="sensor")
    >>> into = chip.connect(source, cells, "AMPA", weight=2)
    >>> print(chip.summary())
    DYNAP-SE1: 8 of 1024 neurons used, on 1 of 4 cores; 160 synapses, 320 CAM words
    senders outside the chip: 20 of 1024
    <BLANKLINE>
    core   neurons  senders heard  populations
       0  8 of 256     20 of 1024  cells
       1  0 of 256      0 of 1024  -
       2  0 of 256      0 of 1024  -
       3  0 of 256      0 of 1024  -
    <BLANKLINE>
    population  neurons  on      CAM words, most  mean  SRAM words, most
    cells             8  core 0         40 of 64  40.0            0 of 4
    <BLANKLINE>
    connection         from              to     type  synapses  CAM words  weights
    AMPA_sensor_cells  sensor (outside)  cells  AMPA       160        320        2
    <BLANKLINE>
    closest to its limit: CAM words of cells, 40 of 64
    >>> chip.summary().to_dict()["totals"]["words"]
    320
    """

    def __init__(self, report: Report, biases: Mapping[int, Mapping[str, Quantity]]) -> None:
        self.report = report
        self.biases = biases

    def to_dict(self) -> dict[str, Any]:
        """Return everything as plain numbers and strings, ready for JSON (currents in ampere, times in seconds)."""
        numbers = self.report.to_dict()
        for core in numbers["cores"]:
            core["biases"] = {name: float(value) for name, value in self.biases.get(core["core"], {}).items()}
        return numbers

    def _bias_lines(self) -> list[str]:
        return [
            f"core {core}: " + ", ".join(f"{name} = {value}" for name, value in changed.items())
            for core, changed in self.biases.items()
            if changed
        ]

    def __str__(self) -> str:
        lines = self._bias_lines()
        title = "Biases set (each holds for its whole core):"
        return self.report.text(*(["\n".join([title, *(f"  {line}" for line in lines)])] if lines else []))

    __repr__ = __str__

    def _repr_html_(self) -> str:
        lines = self._bias_lines()
        title = html.paragraph("Biases set (each holds for its whole core):")
        return self.report._repr_html_() + (title + html.bullets(lines) if lines else "")

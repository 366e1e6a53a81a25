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

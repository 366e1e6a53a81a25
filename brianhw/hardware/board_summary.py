"""What a network uses of a board, with the codes of its biases."""

from __future__ import annotations

from collections.abc import Mapping
from textwrap import fill
from typing import Any, NamedTuple

from brianhw import html
from brianhw.allocation import Report
from brianhw.chips.bias_codes import BiasCode
from brianhw.chips.bias_map import Realised
from brianhw.hardware.summary import Summary

__all__ = ["BoardSummary", "CoreBiases"]

# what is asked and what is realised are shown where they are farther apart than this
_SHOWN = 0.01


class CoreBiases(NamedTuple):
    """The biases of a core in use: codes, what was asked of them, and what one word of each synapse type adds."""

    codes: Mapping[str, BiasCode]
    asked: Mapping[str, Realised]
    jumps: Mapping[str, float]


class BoardSummary(Summary):
    """A usage summary of a board; ``print(board.summary())``, the last line of a notebook cell, or ``.to_dict()``.

    Parameters
    ----------
    report : brianhw.allocation.Report
        The numbers of the plan.
    cores : mapping of int to CoreBiases
        The cores in use.

    Examples
    --------
    >>> from brianhw import Board
    >>> board = Board(seed=1)
    >>> cells = board.population(8, core="C1c2", name="cells")
    >>> summary = board.summary()
    >>> summary.report.closest()
    {'what': 'neurons', 'where': 'chip 1 core 2', 'used': 8, 'limit': 256}
    >>> summary.to_dict()["cores"][6]["codes"]["IF_TAU1_N"]
    [4, 255]
    """

    def __init__(self, report: Report, cores: Mapping[int, CoreBiases]) -> None:
        super().__init__(report, {})
        self.cores = cores

    def to_dict(self) -> dict[str, Any]:
        """Return everything as plain numbers and strings, ready for JSON, in SI units."""
        numbers = super().to_dict()
        for row in numbers["cores"]:
            of_core = self.cores.get(row["core"])
            row["codes"] = {} if of_core is None else {bias: list(code) for bias, code in of_core.codes.items()}
            row["asked"] = {} if of_core is None else {
                bias: {"asked": each.asked, "realised": each.realised} for bias, each in of_core.asked.items()
            }  # fmt: skip
            row["one_word"] = {} if of_core is None else dict(of_core.jumps)
        for row in numbers["connections"]:
            population = next(each for each in numbers["populations"] if each["name"] == row["target"])
            row["one_word"] = {core: self.cores[core].jumps[row["synapse_type"]] for core in population["cores"]}
        return numbers

    def _bias_lines(self) -> list[str]:
        """Return the codes that all cores in use have, those in which they differ, and what is not as it was asked."""
        lines: list[str] = []
        all_codes = [each.codes.items() for each in self.cores.values()]
        common = dict(item for item in all_codes[0] if all(item in codes for codes in all_codes)) if all_codes else {}
        if common:
            lines.append(f"all cores in use: {_listed(common)}" if len(all_codes) > 1 else _listed(common))
        alike: dict[str, list[str]] = {}
        for core, each in self.cores.items():
            own = _listed({bias: code for bias, code in each.codes.items() if bias not in common})
            alike.setdefault(own, []).append(self.report.cores[core].name)
        lines += [f"{', '.join(names)}: {own}" for own, names in alike.items() if own]
        for core, each in self.cores.items():
            for bias, realised in each.asked.items():
                if abs(realised.deviation) > _SHOWN:
                    lines.append(
                        f"{self.report.cores[core].name}: {bias} gives {realised.realised:.4g} where "
                        f"{realised.asked:.4g} was asked for ({realised.deviation:+.1%})"
                    )
        return lines

    def __str__(self) -> str:
        lines = [fill(each, 96, initial_indent="  ", subsequent_indent="    ") for each in self._bias_lines()]
        return self.report.text(*(["\n".join(["Biases (coarse, fine):", *lines])] if lines else []))

    __repr__ = __str__

    def _repr_html_(self) -> str:
        lines = self._bias_lines()
        biases = html.paragraph("Biases (coarse, fine):") + html.bullets(lines) if lines else ""
        return self.report._repr_html_() + biases


def _listed(codes: Mapping[str, BiasCode]) -> str:
    return ", ".join(f"{bias} ({code.coarse},{code.fine})" for bias, code in codes.items())

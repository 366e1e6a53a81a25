"""Draws the figures of the first page: ``python docs/images/first.py`` runs the scripts in ``docs/first``."""

import runpy
import sys
from pathlib import Path

import matplotlib

matplotlib.use("Agg")

import matplotlib.pyplot as plt

HERE = Path(__file__).resolve().parent


def main(names: list[str]) -> None:
    for name in names:
        plt.close("all")
        runpy.run_path(str(HERE.parent / "first" / f"{name}.py"))
        plt.savefig(HERE / f"first_{name}.png", dpi=100, bbox_inches="tight")


if __name__ == "__main__":
    main(sys.argv[1:])

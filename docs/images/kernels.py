"""Draws the kernels of the learning rules: ``python docs/images/kernels.py`` writes ``kernels.png`` beside it."""

from math import atan, pi
from pathlib import Path

import matplotlib.pyplot as plt
import numpy as np

from brianhw.equations.kernels import ALPHA, CENTRAL, COSINE, LATERAL, sine

TAU, PEAK, START, DISTANCE = 0.1, 0.1, 0.05, 0.05  # seconds: EDLUT's defaults


def main() -> None:
    s = np.linspace(0, 0.4, 801)
    after = {
        "exponential": [ALPHA(t, PEAK) for t in s],
        "delayed exponential": [ALPHA(t - START, PEAK - START) if t > START else 0 for t in s],
        "cosine": [COSINE(t, 2 / TAU, pi / TAU) for t in s],
    }
    for exponent in (2, 10):
        q = PEAK / atan(exponent)
        after[f"sine, power {exponent}"] = [sine(exponent)(t, 1 / q, 2 / q) for t in s]
    k = 2 / pi * atan(pi / 2) / DISTANCE
    lateral = np.array([LATERAL(t, 2 * k, pi * k) for t in s])
    both = np.array([CENTRAL(t, 1 / DISTANCE, pi / DISTANCE) for t in s]) - 0.5 * lateral
    figure, (left, right) = plt.subplots(1, 2, figsize=(9, 3), layout="constrained")
    for name, values in after.items():
        left.plot(s * 1e3, values, label=name)
    left.set(xlabel="from the spike to the trigger (ms)", ylabel="kernel", title="before a trigger")
    time = np.concatenate([-s[::-1], s]) * 1e3
    for name, values in {"symmetric cosine": after["cosine"], "symmetric cosine-sine": both}.items():
        right.plot(time, np.concatenate([values[::-1], values]), label=name)
    right.set(xlabel="between spike and trigger, or spike (ms)", title="around it", xlim=(-200, 200))
    for axes in (left, right):
        axes.axhline(0, color="k", lw=0.5)
        axes.legend(fontsize=8)
    figure.savefig(Path(__file__).with_suffix(".png"), dpi=110)


if __name__ == "__main__":
    main()

"""The two-step methods as a slow loop over neurons and steps, written from their description, not from our code."""

from __future__ import annotations

import math
from collections.abc import Callable
from dataclasses import dataclass

import numpy as np


@dataclass
class Cell:
    """An integrate-and-fire cell with adaptation and one conductance; ms, mV, nS, pA, pF."""

    v: float = -70.0
    w: float = 0.0
    g: float = 0.0
    since: float = 1e5
    active: float = 0.0
    mode: int = 0
    counter: int = 0

    E_L = -70.0
    V_th = -50.0
    V_reset = -65.0
    C_m = 100.0
    g_L = 10.0
    tau_w = 30.0
    a = 0.5
    b = 20.0
    tau = 4.0
    t_ref = 0.2
    hold = 0.6
    current = 0.0

    def slopes(self, v: float, w: float, g: float) -> tuple[float, float]:
        """Return the derivatives of v and w."""
        dv = self.active * (self.g_L * (self.E_L - v) - w + g * (0 - v) + self.current) / self.C_m
        return dv, (self.a * (v - self.E_L) - w) / self.tau_w

    def advance(self, scheme: str, h: float) -> None:
        """Take a step without looking for spikes."""
        self.active = min(max((self.since + h - self.t_ref) / h, 0), 1)
        x, g = np.array([self.v, self.w]), self.g

        def f(x: np.ndarray, g: float) -> np.ndarray:
            return np.array(self.slopes(*x, g))

        after, half = g * math.exp(-h / self.tau), g * math.exp(-h / 2 / self.tau)
        if scheme == "euler":
            x = x + h * f(x, g)
        elif scheme == "heun":
            k = f(x, g)
            x = x + h * (k + f(x + h * k, after)) / 2
        else:
            k1 = f(x, g)
            k2 = f(x + h * k1 / 2, half)
            k3 = f(x + h * k2 / 2, half)
            x = x + h * (k1 + 2 * k2 + 2 * k3 + f(x + h * k3, after)) / 6
        self.v, self.w = x
        self.g = after
        self.since += h

    def reset(self) -> None:
        self.v, self.since = self.V_reset, 0.0
        self.w += self.b

    def step(self, scheme: str, h: float, parts: int) -> int:
        """Take a step, whole or in parts; return how often the cell spikes."""
        near, spikes = (self.E_L + self.V_th) / 2, 0
        if self.mode == 0:
            kept = (self.v, self.w, self.g, self.since, self.active)
            self.advance(scheme, h)
            if not self.v > near:
                return 0
            self.v, self.w, self.g, self.since, self.active = kept
            self.mode = 1
        for _ in range(parts):
            self.advance(scheme, h / parts)
            if self.v > self.V_th:
                self.reset()
                spikes += 1
            if self.mode == 1 and self.v > near:
                self.mode = 2
            elif self.mode == 2 and self.v < near - 2:
                self.mode = 3
                self.counter = math.ceil(self.hold / (h / parts) - 1e-5) + 1
            if self.mode == 3:
                self.counter -= 1
                if self.counter == 0:
                    self.mode = 0
        if self.mode == 1:
            self.mode = 0
        return spikes


def run(
    scheme: str,
    h: float,
    parts: int,
    events: np.ndarray,
    currents: np.ndarray,
    record: Callable[[int, int, Cell, int], None],
) -> None:
    """Run one cell per column of *events* (nS, added before a step) and *currents* (pA), and *record* each state."""
    for number in range(events.shape[1]):
        cell = Cell()
        for step, (event, current) in enumerate(zip(events[:, number], currents[:, number], strict=True)):
            cell.g += event
            cell.current = current
            record(step, number, cell, cell.step(scheme, h, parts))

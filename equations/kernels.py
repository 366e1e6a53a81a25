"""Kernels of learning rules, and their sums over earlier events as a few variables of a synapse.

Source: sums over all pairs by traces: Morrison, Diesmann & Gerstner 2008, Biol. Cybern. 98:459, section 4.1, here with
damped oscillations in place of exponentials; the shapes are those of EDLUT (branch head 74220e7, 2023). Deviation: none.

A kernel ``K(s)`` says how much a pair of events with the time ``s`` between them counts. All kernels here are sums of damped
cosines, or a time times an exponential, so that the sum of ``K(now - event)`` over all earlier events is known from
a few numbers. They are those at the last event, and are only touched at events: time in between costs nothing.

An event that is asked about may have been before the last one (steps put events of one step into another order than that of
time); then ``later`` is 1 and the last event is taken out of the sum.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from math import atan, comb, cos, exp, pi, sin

from brianhw.equations.grids import on_grid
from brianhw.errors import ModelError

__all__ = ["ALPHA", "CENTRAL", "COSINE", "LATERAL", "AlphaKernel", "DampedCosines", "exact", "sine", "tabulated"]

Exponential = Callable[[str], str]


def exact(argument: str) -> str:
    """Return the exponential of an expression."""
    return f"exp({argument})"


def tabulated(argument: str) -> str:
    """Return the exponential of an expression as EDLUT has it: from 16384 points on [-20, 20], up to 0.25 % too small."""
    return f"exp({on_grid(argument, '-20', '20', 16384)})"


@dataclass(frozen=True)
class DampedCosines:
    """The kernel ``exp(-rate*s)*(a_0 + a_1*cos(pulse*s) + a_2*cos(2*pulse*s) + ...)``.

    Parameters
    ----------
    rate, pulse : str
        Expressions in parameters of the synapse, of unit 1/second.
    amplitudes : tuple of float
        ``a_0, a_1, ...``.
    """

    rate: str
    pulse: str
    amplitudes: tuple[float, ...]

    def __call__(self, s: float, rate: float, pulse: float) -> float:
        """Return the kernel at one time, as a number."""
        return exp(-rate * s) * sum(a * cos(j * pulse * s) for j, a in enumerate(self.amplitudes))

    def traces(self, events: str) -> tuple[str, ...]:
        """Return the names of the variables that sum over *events*."""
        pairs = [(f"{events}_cos_{j}", f"{events}_sin_{j}") for j in self._harmonics]
        return (events, *(name for pair in pairs for name in pair))

    def passed(self, events: str, time: str, damping: Exponential = exact) -> str:
        """Return statements that work out how much the traces fade and turn in the *time* since the last event."""
        lines = [f"{events}_fade = {damping(f'-{self.rate}*({time})')}"]
        for j in self._harmonics:
            if j == 1:
                lines += [f"{events}_c_1 = cos({self.pulse}*({time}))", f"{events}_s_1 = sin({self.pulse}*({time}))"]
            else:  # the angle of one harmonic more
                c, s, c_1, s_1 = (f"{events}_{name}" for name in (f"c_{j - 1}", f"s_{j - 1}", "c_1", "s_1"))
                lines += [f"{events}_c_{j} = {c}*{c_1} - {s}*{s_1}", f"{events}_s_{j} = {s}*{c_1} + {c}*{s_1}"]
        return "\n".join(lines)

    def total(self, events: str, later: str) -> str:
        """Return the sum of the kernel over *events*, as an expression that follows :meth:`passed`."""
        terms = [f"{self.amplitudes[0]!r}*({events} - {later})"]
        for j in self._harmonics:
            turned = f"({events}_cos_{j} - {later})*{events}_c_{j} - {events}_sin_{j}*{events}_s_{j}"
            terms.append(f"{self.amplitudes[j]!r}*({turned})")
        return f"{events}_fade*({' + '.join(terms)})"

    def mirrored(self, events: str, time: str, damping: Exponential = exact) -> str:
        """Return the kernel of the time without its sign, as an expression that follows :meth:`passed`."""
        terms = [f"{self.amplitudes[0]!r}", *(f"{self.amplitudes[j]!r}*{events}_c_{j}" for j in self._harmonics)]
        return f"{damping(f'-{self.rate}*abs({time})')}*({' + '.join(terms)})"

    def joined(self, events: str, count: str = "1") -> str:
        """Return statements that make now the last event, which counts *count* times; they follow :meth:`passed`."""
        lines = [f"{events} = {events}_fade*{events} + {count}"]
        for j in self._harmonics:
            cosine, sine_, c, s = (f"{events}_{name}_{j}" for name in ("cos", "sin", "c", "s"))
            lines += [
                f"{events}_turned = {events}_fade*({cosine}*{c} - {sine_}*{s}) + {count}",
                f"{sine_} = {events}_fade*({cosine}*{s} + {sine_}*{c})",
                f"{cosine} = {events}_turned",
            ]
        return "\n".join(lines)

    def forgotten(self, events: str) -> str:
        """Return statements that take out an event, of which :meth:`passed` is told how long before the last it was."""
        lines = [f"{events} -= {events}_fade"]
        for j in self._harmonics:
            lines += [f"{events}_{trig}_{j} -= {events}_fade*{events}_{trig[0]}_{j}" for trig in ("cos", "sin")]
        return "\n".join(lines)

    @property
    def _harmonics(self) -> range:
        return range(1, len(self.amplitudes))


@dataclass(frozen=True)
class AlphaKernel:
    """The kernel ``(s/tau)*exp(1 - s/tau)``, whose peak, at *tau*, is 1.

    Its methods are those of :class:`DampedCosines`.
    """

    tau: str

    def __call__(self, s: float, tau: float) -> float:
        """Return the kernel at one time, as a number."""
        return s / tau * exp(1 - s / tau)

    def traces(self, events: str) -> tuple[str, ...]:
        return events, f"{events}_ramp"

    def passed(self, events: str, time: str, damping: Exponential = exact) -> str:
        return f"{events}_x = ({time})/{self.tau}\n{events}_fade = {damping(f'-{events}_x')}"

    def total(self, events: str, later: str) -> str:
        return f"exp(1)*{events}_fade*({events}_ramp + {events}_x*({events} - {later}))"

    def joined(self, events: str) -> str:
        return f"""
{events}_ramp = {events}_fade*({events}_ramp + {events}_x*{events})
{events} = {events}_fade*{events} + 1"""


def sine(exponent: int) -> DampedCosines:
    """Return the kernel ``exp(-s/q)*sin(s/q)**exponent``, whose first peak is 1 and comes at ``kernel_peak``.

    ``q`` is ``kernel_peak/arctan(exponent)``. Lobes follow each other at the distance ``pi*q``, each ``exp(pi)`` times
    lower than the one before.

    Raises
    ------
    ModelError
        If *exponent* is not an even number from 2 to 20.
    """
    if exponent not in range(2, 21, 2):
        raise ModelError(f"The exponent of a sine kernel is an even number from 2 to 20, it was given {exponent!r}.")
    half, angle = exponent // 2, atan(exponent)
    peak = exp(-angle) * sin(angle) ** exponent
    middle = comb(exponent, half) / 2**exponent
    others = (2 * (-1) ** j * comb(exponent, half - j) / 2**exponent for j in range(1, half + 1))
    rate = f"({angle!r}/kernel_peak)"
    return DampedCosines(rate, f"(2*{rate})", tuple(each / peak for each in (middle, *others)))


#: (s/T)*exp(1 - s/T) with T = kernel_peak
ALPHA = AlphaKernel("kernel_peak")

#: exp(-exponent*s/tau)*cos(pi*s/(2*tau))**2
COSINE = DampedCosines("(exponent/tau)", "(pi/tau)", (0.5, 0.5))

#: exp(-s/d)*cos(pi*s/(2*d))**2 with d = max_min_dist
CENTRAL = DampedCosines("(1/max_min_dist)", "(pi/max_min_dist)", (0.5, 0.5))

# exp(-2*k*s)*sin(pi*k*s/2)**2 peaks at d, where pi*k*d/2 is this angle
_ANGLE = atan(pi / 2)
_HEIGHT = exp(-4 / pi * _ANGLE) * sin(_ANGLE) ** 2

#: exp(-2*k*s)*sin(pi*k*s/2)**2, divided by its peak, with k = (2/pi)*arctan(pi/2)/max_min_dist
LATERAL = DampedCosines(
    f"({4 / pi * _ANGLE!r}/max_min_dist)", f"({2 * _ANGLE!r}/max_min_dist)", (0.5 / _HEIGHT, -0.5 / _HEIGHT)
)

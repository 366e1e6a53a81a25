"""SpiNNaker's plastic synapses in its own integers: all is done when a presynaptic spike comes, from a history.

A target neuron keeps the times and traces of its last spikes; a presynaptic spike goes through those since the last one,
strengthens the synapse for each, weakens it once, and delivers the new weight. So what a weight is between two presynaptic
spikes is never known, as on the chip. The history has room for fifteen spikes: of more the oldest are forgotten.

::

    rule = pair_rule(20*ms, 20*ms)
    group = NeuronGroup(100, **(IF_CURR_EXP + rule.history()), dt=1*ms)
    synapses = Synapses(source, group, **rule.onto("exc"), dt=1*ms)   # delay: the chip's less one step
    synapses.connect()
    rule.set(synapses, weight=0.5, w_max=2.0, A_plus=0.01, A_minus=0.012, shift=4, delay=1)

A spike that takes *d* steps on the chip takes *d* - 1 in Brian2. The synapse then looks back to the step in which the spike
left, which is why the history of neurons with longer delays needs more room: ``rule.history(longest_delay)``.

Source: sPyNNaker's C sources, stdp/synapse_dynamics_stdp_mad_impl.c, post_events.h and the timing and weight rules
(October 2023); amplitudes as release 7.4.1 converts them. Song, Miller & Abbott 2000, Nat. Neurosci. 3:919 (pairs);
Vogels et al. 2011, Science 334:1569; Pfister & Gerstner 2006, J. Neurosci. 26:9673 (triplets).
Deviation: a weight changes *d* - 1 steps later than on the chip, to the same value.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

import numpy as np

from brianhw.arithmetic import s1615
from brianhw.arithmetic.s1615 import STDP_ONE, to_s1615
from brianhw.arithmetic.tables import LookUp, exponential_table
from brianhw.equations.spinnaker.parts import ChipBlock
from brianhw.errors import ModelError, ParameterError, unknown_name
from brianhw.model import SynapseModel

__all__ = [
    "ADDITIVE",
    "MULTIPLICATIVE",
    "ModulatedRule",
    "RecurrentRule",
    "StdpRule",
    "modulated",
    "nearest_pair_rule",
    "pair_rule",
    "recurrent_rule",
    "triplet_rule",
    "vogels_rule",
]

SOURCE = "sPyNNaker, C sources of October 2023"
REMEMBERED = 15  # spikes of a neuron, beside a place that is never forgotten
FUNCTIONS = s1615.functions()
ADDITIVE, MULTIPLICATIVE = "additive", "multiplicative"


@dataclass(frozen=True)
class StdpRule:
    """A rule for the timing and one for the weight.

    Parameters
    ----------
    timing : str
        ``"pair"``, ``"nearest pair"``, ``"Vogels 2011"`` or ``"triplet"``.
    weights : str
        ``"additive"`` or ``"multiplicative"``.
    tables : mapping of str to LookUp
        ``plus`` and ``minus``, of triplets also ``x`` and ``y``.

    Examples
    --------
    >>> from brian2 import NeuronGroup, SpikeGeneratorGroup, Synapses, ms, mV, nA, nF, run
    >>> from brianhw.equations.spinnaker import LIF, exponential_current
    >>> from brianhw.equations.spinnaker.stdp import pair_rule
    >>> rule = pair_rule(20*ms, 20*ms, 1*ms)
    >>> cell = LIF + exponential_current("exc") + rule.history()
    >>> target = NeuronGroup(1, **cell, dt=1*ms)
    >>> membrane = {"tau_m": 20*ms, "cm": 1*nF, "v_rest": -65*mV, "v_reset": -65*mV, "v_thresh": -50*mV}
    >>> cell.set(target, membrane, tau_refrac=2*ms, i_offset=1*nA, v=-65*mV, tau_exc=5*ms, shift_exc=4)
    >>> source = SpikeGeneratorGroup(1, [0, 0], [17, 37]*ms, dt=1*ms)
    >>> synapses = Synapses(source, target, **rule.onto("exc"), dt=1*ms)
    >>> synapses.connect()
    >>> rule.set(synapses, weight=0.5, delay=1, shift=4, w_max=1.0, A_plus=0.1, A_minus=0.0)
    >>> run(39*ms)
    >>> print((synapses.weight_raw[:]/2**11).round(3))  # nA: 0.5 + 0.1*exp(-6/20), for a spike of the target at 23 ms
    [0.574]
    """

    timing: str
    weights: str
    tables: Mapping[str, LookUp] = field(repr=False)

    # -- the target neuron --------------------------------------------------------------------------

    def history(self, longest_delay: int = 1) -> ChipBlock:
        """Return what target neurons keep of their spikes, for delays of up to *longest_delay* steps."""
        slots = _slots(longest_delay)
        kept = ["post_time", *self._kept]
        variables = [f"{name}_{slot} : integer" for name in kept for slot in range(1, slots + 1)]
        pushed = [f"{name}_{slot} = {name}_{slot - 1}" for name in kept for slot in range(slots, 1, -1)]
        new = [f"new_{name} = {value}" for name, value in self._new_event("").items()]
        return ChipBlock(
            name=f"history for {self.timing} STDP",
            source=SOURCE,
            equations="\n".join(["post_count : integer             # spikes so far", *variables]),
            reset="\n".join(
                [*new, *pushed, *(f"{name}_1 = new_{name}" for name in kept), "post_count = post_count + 1"]
            ),
            namespace={**FUNCTIONS, **self._functions},
        )

    @property
    def _kept(self) -> tuple[str, ...]:
        return {"nearest pair": (), "triplet": ("post_trace", "post_slow")}.get(self.timing, ("post_trace",))

    def _new_event(self, suffix: str) -> dict[str, str]:
        """Return what a spike now adds to the history; *suffix* is that of the neuron's variables."""
        return self._new_event_of(suffix, ("post_time", *self._kept))

    def _new_event_of(self, suffix: str, names: tuple[str, ...]) -> dict[str, str]:
        since = f"t_in_timesteps - post_time_1{suffix}"
        found = {
            "post_time": "t_in_timesteps",
            "post_trace": f"scale_trace(post_trace_1{suffix}, table_minus({since})) + {STDP_ONE}",
            "post_slow": f"select(post_time_1{suffix} == 0, 0, "
            f"scale_trace(post_slow_1{suffix} + {STDP_ONE}, table_y({since})))",
        }
        return {name: found[name] for name in names}

    @property
    def _functions(self) -> dict[str, Any]:
        return {f"table_{name}": table.brian2 for name, table in self.tables.items()}

    # -- the synapse --------------------------------------------------------------------------------

    def onto(self, receptor: str, longest_delay: int = 1) -> SynapseModel:
        """Return the synapse onto the receptor *receptor* (``"exc"``), for neurons with that history.

        Its variables: ``weight_raw``, what the chip stores; ``lag`` and ``dendritic``, in steps, the chip's delay less one
        and the part of the delay that postsynaptic spikes take to the synapse; ``shift`` of the receptor's ring buffer; the
        amplitudes and bounds as raw S16.15 numbers.
        """
        slots = _slots(longest_delay)
        constants = "\n".join(f"{name} : integer (shared, constant)" for name in ("shift", *self.amplitudes))
        return SynapseModel(
            name=f"SpiNNaker {self.timing} STDP, {self.weights}",
            source=SOURCE,
            equations="\n".join(
                [
                    "weight_raw : integer             # 16 bits, unsigned",
                    "pre_time : integer               # steps",
                    *(f"{name} : integer" for name in self._pre_kept),
                    *self._variables(),
                    "lag : integer                    # steps, the chip's delay less one",
                    "dendritic : integer              # steps",
                    constants,
                ]
            ),
            on_pre="\n".join(
                [*self._begin(), *self._go_through(slots), *self._end(), f"input_{receptor}_post += weight_raw"]
            ),
            namespace={**FUNCTIONS, **self._functions},
            weight="weight_raw",
        )

    def _variables(self) -> list[str]:
        return []

    @property
    def amplitudes(self) -> tuple[str, ...]:
        """The raw numbers that all synapses share."""
        more = {"Vogels 2011": ("alpha",), "triplet": ("A3_plus", "A3_minus")}.get(self.timing, ())
        return ("w_min", "w_max", "A_plus", "A_minus", *more)

    @property
    def _pre_kept(self) -> tuple[str, ...]:
        return {"nearest pair": (), "triplet": ("pre_trace", "pre_slow")}.get(self.timing, ("pre_trace",))

    def _begin(self) -> list[str]:
        kept = ("post_time", *self._kept)
        event = self._new_event("_post")  # of a spike of this step, which is not in the history yet
        return [
            f"post_time_0 = {event['post_time']}",
            "now = t_in_timesteps - lag",
            "begin = select(pre_time > dendritic, pre_time - dendritic, 0)",
            "end = select(now > dendritic, now - dendritic, 0)",
            "x = shift_left(weight_raw, shift)",
            *(f"{name}_0 = {event[name]}" for name in self._kept),
            # a plain zero would be one number for all synapses
            "weakens = post_count_post < 0",
            "unseen = int(weakens)",
            *(f"latest_{name[5:]} = int(weakens)" for name in kept if name in ("post_time", "post_trace")),
        ]

    def _go_through(self, slots: int) -> list[str]:
        lines = []
        for slot in range(1, slots + 1):  # later than the spike that left
            lines.append(f"unseen = unseen + int(post_count_post >= {slot} and post_time_{slot}_post > now)")
        lines.append("pending = int(spiked_post and t_in_timesteps <= now)")
        for slot in range(slots, 0, -1):
            known = f"post_count_post >= {slot} and {slot} > unseen and {slot} + pending <= unseen + {REMEMBERED}"
            older = "int(post_count_post < 0)" if slot == slots else f"select(seen, post_time_{slot + 1}_post, 0)"
            lines += [*self._before(older), f"seen = {known}", *self._event(f"_{slot}_post")]
        older = "select(seen, post_time_1_post, 0)"
        lines += [*self._before(older), "seen = spiked_post and t_in_timesteps <= now", *self._event("_0")]
        return lines

    def _before(self, older: str) -> list[str]:
        """Return what notes the time of the spike before the one that comes next, zero if it is not remembered."""
        return [f"before = {older}"] if self.timing == "nearest pair" else []

    def _event(self, suffix: str) -> list[str]:
        time = f"post_time{suffix}"
        lines = [f"f = {self._strength(suffix)}", f"stronger = {self._potentiated(suffix)}"]
        lines += [
            f"x = select(seen and {time} > begin and {time} <= end, stronger, x)",
            f"counts = seen and {time} <= end",
            "weakens = weakens or counts",
            f"latest_time = select(counts, {time}, latest_time)",
        ]
        if "post_trace" in self._kept:
            lines.append(f"latest_trace = select(counts, post_trace{suffix}, latest_trace)")
        return lines

    def _strength(self, suffix: str) -> str:
        entry = f"table_plus(post_time{suffix} + dendritic - pre_time)"
        if self.timing == "nearest pair":
            return f"select(before > pre_time, 0, {entry})"
        return f"scale_trace(pre_trace, {entry})"

    def _potentiated(self, suffix: str) -> str:
        amount = "multiply(A_plus, shift_left(f, 4))"
        if self.weights == MULTIPLICATIVE:
            return "x + multiply(multiply(w_max - x, A_plus), shift_left(f, 4))"
        if self.timing == "triplet":
            amount += f" + multiply(A3_plus, shift_left(scale_trace(f, post_slow{suffix}), 4))"
        return f"smaller(x + {amount}, w_max)"

    def _end(self) -> list[str]:
        entry = "table_minus(now - latest_time - dendritic)"
        pre_trace = f"pre_trace = scale_trace(pre_trace, table_plus(now - pre_time)) + {STDP_ONE}"
        pre_slow = f"pre_slow = select(pre_time == 0, 0, scale_trace(pre_slow + {STDP_ONE}, table_x(now - pre_time)))"
        updates = {"pre_trace": pre_trace, "pre_slow": pre_slow}
        return [
            *(updates[name] for name in self._pre_kept),
            f"f = {entry}" if self.timing == "nearest pair" else f"f = scale_trace(latest_trace, {entry})",
            f"weaker = {self._depressed()}",
            "x = select(weakens, weaker, x)",
            "weight_raw = low_bits(shift_right(x, shift), 16)",
            "pre_time = now",
        ]

    def _depressed(self) -> str:
        if self.timing == "Vogels 2011":
            return "smaller(x + multiply(A_plus, shift_left(f - alpha, 4)), w_max)"
        if self.weights == MULTIPLICATIVE:
            return "x - multiply(multiply(x - w_min, A_minus), shift_left(f, 4))"
        amount = "multiply(A_minus, shift_left(f, 4))"
        if self.timing == "triplet":
            amount += " + multiply(A3_minus, shift_left(scale_trace(f, pre_slow), 4))"
        return f"larger(x - ({amount}), w_min)"

    # -- values -------------------------------------------------------------------------------------

    def raw(self, values: Mapping[str, float], scale: float = 1.0) -> dict[str, int]:
        """Return amplitudes and bounds as the core holds them.

        Parameters
        ----------
        values : mapping of str to float
            ``A_plus``, ``A_minus``, ``w_min``, ``w_max`` in nA or uS (amplitudes of the multiplicative rule are shares),
            of triplets also ``A3_plus`` and ``A3_minus``, of the rule of Vogels ``alpha``.
        scale : float
            By which the core counts weights larger: 1024 for conductances.

        Raises
        ------
        ParameterError
            If one is missing or does not fit S16.15.
        """
        missing = [name for name in self.amplitudes if name not in values]
        if missing:
            raise ParameterError(f"{self.timing} STDP needs a value for {', '.join(missing)}.")
        found = {}
        for name in self.amplitudes:
            value = float(values[name])
            if name == "alpha":
                found[name] = round(value * STDP_ONE)
            elif name.startswith("A") and self.weights == MULTIPLICATIVE:
                found[name] = int(to_s1615(value, name))
            else:
                found[name] = int(to_s1615(value * scale, name))
        return found

    def set(
        self,
        synapses: Any,
        weight: Any,
        delay: Any,
        shift: int,
        *,
        scale: float = 1.0,
        dendritic: bool = True,
        **amplitudes: float,
    ) -> None:
        """Give synapses their values and their delay.

        Parameters
        ----------
        synapses : Synapses
            Made of :meth:`onto`, and connected.
        weight : float or array
            In nA or uS.
        delay : int or array
            On the chip, in steps.
        shift : int
            Of the receptor's ring buffer.
        scale : float
            As for :meth:`raw`.
        dendritic : bool
            Whether postsynaptic spikes take the delay to the synapse, too.
        **amplitudes : float
            As for :meth:`raw`.

        Raises
        ------
        UnknownNameError, ParameterError
            For a name that does not exist, a missing value, or a delay of less than a step. Nothing has been set then.
        """
        for name in amplitudes:
            if name not in self.amplitudes:
                raise unknown_name(f"{self.timing} STDP", "parameter", name, self.amplitudes)
        raw = self.raw({"A_minus": 0.0, "w_min": 0.0, **amplitudes}, scale)
        steps = np.asarray(delay)
        if not (np.issubdtype(steps.dtype, np.integer) and (steps >= 1).all()):
            raise ParameterError(f"{self.timing} STDP: a delay is a whole number of steps, at least 1, not {delay!r}.")
        stored = np.rint(np.abs(np.asarray(weight, dtype=float)) * scale * 2.0 ** (15 - shift)).astype(np.int64)
        if (stored > 2**16 - 1).any():
            raise ParameterError(f"{self.timing} STDP: a weight of {np.max(np.abs(weight)):g} does not fit 16 bits.")
        synapses.weight_raw = stored
        synapses.lag = steps - 1
        synapses.dendritic = steps if dendritic else 0
        synapses.shift = shift
        for name, value in raw.items():
            setattr(synapses, name, value)
        synapses.pre.delay = (steps - 1) * synapses.clock.dt


# -- neuromodulation --------------------------------------------------------------------------------


@dataclass(frozen=True)
class ModulatedRule(StdpRule):
    """A rule that does not change the weight but its *eligibility*, which becomes weight while there is dopamine.

    The eligibility fades with ``tau_c``, the dopamine of a target neuron with ``tau_d``; the weight grows by the integral
    of their product, counted in ms (Izhikevich 2007, Cereb. Cortex 17:2443). Dopamine is part of the target's history: all
    happens when the next presynaptic spike comes. ``tables`` has ``c`` and ``d``, too.

    Examples
    --------
    >>> from brian2 import ms
    >>> from brianhw.equations.spinnaker.stdp import ModulatedRule, modulated, pair_rule
    >>> rule = modulated(pair_rule(20*ms, 20*ms, 1*ms), tau_c=1000*ms, tau_d=200*ms, timestep=1*ms)
    >>> print(rule.amplitudes[-3:])  # beside those of pairs: the rate of learning and the limits of the weight
    ('m_rate', 'm_min', 'm_max')
    """

    @property
    def _kept(self) -> tuple[str, ...]:
        return ("post_trace", "dopamine", "modulates")

    @property
    def amplitudes(self) -> tuple[str, ...]:
        """The raw numbers that all synapses share; ``m_rate`` is minus the time constant of the product, in ms."""
        return (*super().amplitudes, "m_rate", "m_min", "m_max")

    def _new_event(self, suffix: str) -> dict[str, str]:
        since = f"t_in_timesteps - post_time_1{suffix}"
        found = super()._new_event_of(suffix, ("post_time", "post_trace"))
        return {
            **found,
            "dopamine": f"scale_trace(dopamine_1{suffix}, table_d({since}))",
            "modulates": f"0*modulates_1{suffix}",
        }

    def dopamine(self, sign: int, longest_delay: int = 1) -> SynapseModel:
        """Return the synapse that brings dopamine, *sign* 1, or takes some away, -1; its ``weight_raw`` counts 2048ths."""
        slots = _slots(longest_delay)
        names = ("post_time", *self._kept)
        since = "t_in_timesteps - post_time_1_post"
        new = {
            "post_time": "t_in_timesteps",
            "post_trace": f"scale_trace(post_trace_1_post, table_minus({since}))",
            # 16 bits with a sign
            "dopamine": f"low_bits(scale_trace(dopamine_1_post, table_d({since})) {'+' if sign > 0 else '-'} weight_raw "
            "+ 32768, 16) - 32768",
            "modulates": "1",
        }
        pushed = [f"{name}_{slot}_post = {name}_{slot - 1}_post" for name in names for slot in range(slots, 1, -1)]
        return SynapseModel(
            name="SpiNNaker dopamine",
            source=SOURCE,
            equations="weight_raw : integer             # 2048 for one",
            on_pre="\n".join(
                [
                    *(f"new_{name} = {value}" for name, value in new.items()),
                    *pushed,
                    *(f"{name}_1_post = new_{name}" for name in names),
                    "post_count_post = post_count_post + 1",
                ]
            ),
            namespace={**FUNCTIONS, **self._functions},
            weight="weight_raw",
        )

    def _variables(self) -> list[str]:
        return ["eligibility_raw : integer        # of the weight's scale"]

    def _begin(self) -> list[str]:
        lines = super()._begin()
        held = ["w = shift_left(weight_raw, shift)", "x = shift_left(eligibility_raw, shift)"]
        at = lines.index("x = shift_left(weight_raw, shift)")
        return [*lines[:at], *held, *lines[at + 1 :], "d = int(weakens)", "corr = pre_time + int(weakens)"]

    def _grown(self, time: str, when: str) -> list[str]:
        """Return what lets eligibility become weight, and fade, up to a *time*, *when* that holds."""
        product = "multiply(multiply(x, shift_left(d, 4)), shift_left(scale_trace(fades, thins) - 2048, 4))"
        return [
            f"fades = table_c({time} - corr)",
            f"thins = table_d({time} - corr)",
            f"grown = w + multiply({product}, m_rate)",
            "faded = multiply(x, shift_left(fades, 4))",
            f"w = select({when} and d != 0, grown, w)",
            f"x = select({when}, faded, x)",
        ]

    def _event(self, suffix: str) -> list[str]:
        time = f"post_time{suffix}"
        return [
            f"earlier = seen and {time} <= begin",
            f"inside = seen and {time} > begin and {time} <= end",
            f"d = select(earlier, scale_trace(dopamine{suffix}, table_d(pre_time - {time})), d)",
            *self._grown(f"({time} + dendritic)", "inside"),
            f"f = {self._strength(suffix)}",
            f"stronger = {self._potentiated(suffix)}",
            f"x = select(inside and modulates{suffix} == 0, stronger, x)",
            f"d = select(inside, dopamine{suffix}, d)",
            f"corr = select(inside, {time} + dendritic, corr)",
            f"counts = seen and {time} <= end",
            "weakens = weakens or counts",
            f"latest_time = select(counts, {time}, latest_time)",
            f"latest_trace = select(counts, post_trace{suffix}, latest_trace)",
        ]

    def _end(self) -> list[str]:
        lines = super()._end()
        at = next(k for k, line in enumerate(lines) if line.startswith("f = "))
        stored = lines.index("weight_raw = low_bits(shift_right(x, shift), 16)")
        return [
            *lines[:at],
            *self._grown("now", "weakens"),
            *lines[at:stored],
            "w = smaller(larger(w, m_min), m_max)",
            "weight_raw = low_bits(shift_right(w, shift), 16)",
            "eligibility_raw = low_bits(shift_right(x, shift), 16)",
            *lines[stored + 1 :],
        ]

    def raw(self, values: Mapping[str, float], scale: float = 1.0) -> dict[str, int]:
        """Return all numbers as the core holds them; ``m_min`` and ``m_max`` bound the weight, ``m_rate`` is in ms."""
        others = {name: value for name, value in values.items() if not name.startswith("m_")}
        own = StdpRule(self.timing, self.weights, self.tables).raw(others, scale)
        bounds = {name: int(to_s1615(values[name] * scale, name)) for name in ("m_min", "m_max")}
        return {**own, **bounds, "m_rate": int(to_s1615(values["m_rate"], "m_rate"))}


def modulated(rule: StdpRule, tau_c: Any, tau_d: Any, timestep: Any) -> ModulatedRule:
    """Return a rule that changes eligibilities, which fade with *tau_c*, for dopamine that decays with *tau_d*.

    Both are looked up in steps of sixteen and of four.

    Examples
    --------
    >>> from brian2 import ms
    >>> from brianhw.equations.spinnaker.stdp import modulated, pair_rule
    >>> rule = modulated(pair_rule(20*ms, 20*ms, 1*ms), tau_c=1000*ms, tau_d=200*ms, timestep=1*ms)
    >>> print(rule.tables["d"](200), rule.tables["c"](1000))  # 2048*exp(-1), in steps of 4 and 16 ms
    753 759
    """
    more = _tables(timestep, c=tau_c, d=tau_d)
    return ModulatedRule(rule.timing, rule.weights, {**rule.tables, **more})


# -- windows that are drawn -------------------------------------------------------------------------


@dataclass(frozen=True)
class RecurrentRule(StdpRule):
    """Spikes open windows, whose lengths are drawn from an exponential distribution; what falls into them is counted.

    A postsynaptic spike within the window of the last presynaptic one counts up, a presynaptic one within that of the last
    postsynaptic one down. Where the count would reach a limit, it begins anew, and the weight changes by a whole amplitude.
    ``mean_pre`` and ``mean_post`` are the windows' means in steps. On the chip all synapses of a source share its window; here
    each draws its own.

    Examples
    --------
    >>> from brian2 import ms
    >>> from brianhw.equations.spinnaker.stdp import recurrent_rule
    >>> rule = recurrent_rule(35*ms, 35*ms, 1*ms)
    >>> values = {"A_plus": 0.2, "A_minus": 0.2, "w_min": 0, "w_max": 1, "least": -3, "most": 3}
    >>> print(rule.raw(values))
    {'w_min': 0, 'w_max': 32768, 'A_plus': 6554, 'A_minus': 6554, 'least': -3, 'most': 3}
    """

    mean_pre: float = 35.0
    mean_post: float = 35.0

    @property
    def amplitudes(self) -> tuple[str, ...]:
        """The raw numbers that all synapses share."""
        return ("w_min", "w_max", "A_plus", "A_minus", "least", "most")

    def _new_event_of(self, suffix: str, names: tuple[str, ...]) -> dict[str, str]:
        return {"post_time": "t_in_timesteps", "post_trace": _window(self.mean_post)}

    def _variables(self) -> list[str]:
        return ["count : integer                  # of what fell into windows"]

    def _event(self, suffix: str) -> list[str]:
        time = f"post_time{suffix}"
        return [
            f"inside = seen and {time} > begin and {time} <= end",
            f"hits = inside and {time} + dendritic - pre_time < pre_trace",
            "full = hits and count >= most - 1",
            "stronger = x + multiply(w_max - x, A_plus)",
            "x = select(full, stronger, x)",
            "count = select(full, 0, count + int(hits))",
            f"counts = seen and {time} <= end",
            "weakens = weakens or counts",
            f"latest_time = select(counts, {time}, latest_time)",
            f"latest_trace = select(counts, post_trace{suffix}, latest_trace)",
        ]

    def _end(self) -> list[str]:
        return [
            "misses = weakens and now - latest_time - dendritic < latest_trace",
            "drained = misses and count <= least + 1",
            "weaker = x - multiply(x - w_min, A_minus)",
            "x = select(drained, weaker, x)",
            "count = select(drained, 0, count - int(misses))",
            f"pre_trace = {_window(self.mean_pre)}",
            "weight_raw = low_bits(shift_right(x, shift), 16)",
            "pre_time = now",
        ]

    def raw(self, values: Mapping[str, float], scale: float = 1.0) -> dict[str, int]:
        """Return all numbers as the core holds them; ``least`` and ``most`` are the limits of the count."""
        others = {name: value for name, value in values.items() if name not in ("least", "most")}
        own = StdpRule(self.timing, self.weights, self.tables).raw(others, scale)
        return {**own, "least": int(values["least"]), "most": int(values["most"])}


def _window(mean: float) -> str:
    """Return the text that draws the length of a window in steps."""
    return f"int(-{mean!r}*log(1 - int({STDP_ONE}*rand())/{STDP_ONE}.0))"


def recurrent_rule(mean_pre: Any, mean_post: Any, timestep: Any) -> RecurrentRule:
    """Return the rule of windows with these mean lengths; times are Brian2 quantities. Its weights are multiplicative.

    Examples
    --------
    >>> from brian2 import ms
    >>> from brianhw.equations.spinnaker.stdp import recurrent_rule
    >>> rule = recurrent_rule(35*ms, 70*ms, timestep=0.5*ms)
    >>> print(rule.mean_pre, rule.mean_post)  # steps
    70.0 140.0
    """
    steps = (float(mean / timestep) for mean in (mean_pre, mean_post))
    return RecurrentRule("recurrent", MULTIPLICATIVE, {}, *steps)


def _slots(longest_delay: int) -> int:
    if longest_delay < 1:
        raise ModelError(f"STDP: the longest delay is at least one step, not {longest_delay!r}.")
    return REMEMBERED + longest_delay - 1


# -- the rules --------------------------------------------------------------------------------------


def _tables(timestep: Any, **taus: Any) -> dict[str, LookUp]:
    """Return the exponential of each time constant, all Brian2 quantities."""
    from brian2 import ms

    def in_ms(time: Any) -> float:
        return float(np.round(np.asarray(time / ms, dtype=float), 12))

    slow = {"x": 2, "y": 2, "c": 4, "d": 2}  # looked up in steps of four, or sixteen
    return {name: exponential_table(in_ms(tau), in_ms(timestep), slow.get(name, 0), name) for name, tau in taus.items()}


def pair_rule(tau_plus: Any, tau_minus: Any, timestep: Any, weights: str = ADDITIVE) -> StdpRule:
    """Return STDP by pairs of spikes, all with all; times are Brian2 quantities.

    Examples
    --------
    >>> from brian2 import ms
    >>> from brianhw.equations.spinnaker.stdp import MULTIPLICATIVE, pair_rule
    >>> rule = pair_rule(20*ms, 40*ms, 1*ms, MULTIPLICATIVE)
    >>> print(rule.tables["plus"](20), rule.tables["minus"](20))  # 2048*exp(-1), 2048*exp(-0.5)
    753 1242
    """
    return StdpRule("pair", weights, _tables(timestep, plus=tau_plus, minus=tau_minus))


def nearest_pair_rule(tau_plus: Any, tau_minus: Any, timestep: Any, weights: str = ADDITIVE) -> StdpRule:
    """Return STDP by pairs of neighbouring spikes; times are Brian2 quantities.

    Examples
    --------
    >>> from brian2 import ms
    >>> from brianhw.equations.spinnaker.stdp import nearest_pair_rule
    >>> rule = nearest_pair_rule(20*ms, 20*ms, 1*ms)
    >>> print(rule.raw({"A_plus": 0.01, "A_minus": 0.012, "w_min": 0, "w_max": 1}))  # S16.15, of nA
    {'w_min': 0, 'w_max': 32768, 'A_plus': 328, 'A_minus': 393}
    """
    return StdpRule("nearest pair", weights, _tables(timestep, plus=tau_plus, minus=tau_minus))


def vogels_rule(tau: Any, timestep: Any) -> StdpRule:
    """Return the symmetric rule of inhibitory synapses, which keeps a target's rate; ``alpha`` is twice rate times tau.

    Examples
    --------
    >>> from brian2 import Hz, ms
    >>> from brianhw.equations.spinnaker.stdp import vogels_rule
    >>> rule = vogels_rule(20*ms, 1*ms)
    >>> alpha = float(2*5*Hz*20*ms)  # for a target of 5 Hz
    >>> print(rule.raw({"A_plus": 0.01, "A_minus": 0.01, "w_min": 0, "w_max": 1, "alpha": alpha})["alpha"])  # 0.2*2048
    410
    """
    return StdpRule("Vogels 2011", ADDITIVE, _tables(timestep, plus=tau, minus=tau))


def triplet_rule(tau_plus: Any, tau_minus: Any, tau_x: Any, tau_y: Any, timestep: Any) -> StdpRule:
    """Return STDP by pairs and triplets of spikes, all with all; the slow traces are looked up in steps of four.

    Examples
    --------
    >>> from brian2 import ms
    >>> from brianhw.equations.spinnaker.stdp import triplet_rule
    >>> rule = triplet_rule(16.8*ms, 33.7*ms, 101*ms, 114*ms, 1*ms)
    >>> print(rule.amplitudes, rule.tables["x"](101))  # 2048*exp(-100/101): steps of four
    ('w_min', 'w_max', 'A_plus', 'A_minus', 'A3_plus', 'A3_minus') 760
    """
    return StdpRule("triplet", ADDITIVE, _tables(timestep, plus=tau_plus, minus=tau_minus, x=tau_x, y=tau_y))

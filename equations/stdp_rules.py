"""Spike-timing-dependent plasticity: rules for the timing and rules for the weight, put together freely.

Source: pairs: Morrison, Diesmann & Gerstner 2008, Biol. Cybern. 98:459, section 4.1, and Gutig, Aharonov, Rotter & Sompolinsky
2003, J. Neurosci. 23:3697, eqs. 1-3 (exponents of the weight); triplets: Pfister & Gerstner 2006, J. Neurosci. 26:9673, eqs. 3-4,
all-to-all; nearest pairs: Morrison et al., section 4.1.3, "presynaptic centred" for depression, first postsynaptic spike only
for potentiation; inhibitory: Vogels et al. 2011, Science 334:1569, supplement eq. 4; windows: sPyNNaker.

Deviation: weights may be negative; ``w_max`` is the strong end, and ``w_low`` and ``w_high`` are the two ends in order.
Spikes of both sides that reach the synapse in one step are no pair, as in NEST.

In Brian2, :func:`stdp_synapse` makes a synapse model of a rule: ``Synapses(source, target, **stdp_synapse(rule, receptor))``.
In PyNN the same rules stand behind ``STDPMechanism``.

The traces are of the times at which spikes reach the synapse and decay when they are looked at: a spike costs two
exponentials, the time between spikes nothing. ``leave`` is executed for a postsynaptic spike, ``arrive`` for a
presynaptic one, in this order: potentiation comes first, which matters where changes depend on the weight.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from textwrap import dedent

from brianhw.equations.receptors import Receptor, entry_of
from brianhw.errors import ModelError
from brianhw.model import SynapseModel
from brianhw.model.lines import defined_in
from brianhw.model.text import called

__all__ = [
    "ADDITIVE",
    "ADDITIVE_UP_MULTIPLICATIVE_DOWN",
    "GUTIG",
    "MULTIPLICATIVE",
    "TimingRule",
    "WeightDependence",
    "nearest_pair_rule",
    "pair_rule",
    "recurrent_rule",
    "stdp_synapse",
    "triplet_rule",
    "vogels_rule",
]


@dataclass(frozen=True)
class WeightDependence:
    """How much a pair changes a weight: factors of its potentiation and its depression.

    Examples
    --------
    >>> from brianhw.equations.stdp_rules import WeightDependence, pair_rule
    >>> halved = WeightDependence("0.5*(w_max - w_min)", "0.5*(w_max - w_min)")
    >>> print(pair_rule(halved).leave.strip().splitlines()[0])
    weight = clip(weight + A_plus*0.5*(w_max - w_min)*arrived*exp(-(t - last_arrival)/tau_plus), w_low, w_high)
    """

    up: str
    down: str
    parameters: tuple[str, ...] = ()


RANGE = "(w_max - w_min)"
ADDITIVE = WeightDependence(RANGE, RANGE)
MULTIPLICATIVE = WeightDependence("(w_max - weight)", "(weight - w_min)")
ADDITIVE_UP_MULTIPLICATIVE_DOWN = WeightDependence(RANGE, "(weight - w_min)")
GUTIG = WeightDependence(
    f"{RANGE}*clip((w_max - weight)/{RANGE}, 0, 1)**mu_plus",
    f"{RANGE}*clip((weight - w_min)/{RANGE}, 0, 1)**mu_minus",
    ("mu_plus", "mu_minus"),
)


_NEVER = {"last_arrival": "-1*second", "last_firing": "-1*second"}  # before any step


@dataclass(frozen=True)
class TimingRule:
    r"""Variables of a synapse, and what spikes do to them and to the ``weight``, which is a number.

    :func:`stdp_synapse` makes a synapse of it for Brian2, whose weight has a unit.

    ``initial`` are values at the start, zero for all others. ``parameters`` are the names of those that have no unit,
    ``times`` of those in second, ``rates`` of those in Hz. ``amounts`` are those among ``parameters`` that count in the unit
    of the weight.

    Examples
    --------
    >>> from brian2 import SpikeGeneratorGroup, Synapses, ms, run
    >>> from brianhw.equations.stdp_rules import ADDITIVE, pair_rule
    >>> rule = pair_rule(ADDITIVE)
    >>> numbers = [f"{name} : 1" for name in ("weight", "w_min", "w_max", "w_low", "w_high", *rule.parameters)]
    >>> lines = [rule.variables, *numbers, *(f"{name} : second" for name in rule.times)]
    >>> source, target = SpikeGeneratorGroup(1, [0], [1]*ms), SpikeGeneratorGroup(1, [0], [11]*ms)
    >>> synapses = Synapses(source, target, "\n".join(lines), on_pre=rule.arrive, on_post=rule.leave)
    >>> synapses.connect()
    >>> synapses.weight, synapses.w_max, synapses.w_high, synapses.A_plus = 0.5, 1, 1, 0.01
    >>> synapses.tau_plus = synapses.tau_minus = 20*ms
    >>> synapses.last_arrival = synapses.last_firing = rule.initial["last_arrival"]
    >>> run(12*ms)
    >>> print(synapses.weight[:].round(5))  # 0.5 + 0.01*exp(-10/20)
    [0.50607]
    """

    variables: str
    arrive: str
    leave: str
    parameters: tuple[str, ...]
    times: tuple[str, ...]
    initial: Mapping[str, str] = field(default_factory=lambda: dict(_NEVER))
    rates: tuple[str, ...] = ()
    amounts: tuple[str, ...] = ()
    name: str = "STDP"
    source: str = ""

    def lines(self, unit: str, flags: str = "") -> str:
        """Return the equations of a synapse but the weight, which is in *unit*; parameters have the Brian2 *flags*."""
        units = dict.fromkeys(("w_min", "w_max", *self.parameters), "1") | dict.fromkeys(self.times, "second")
        units |= dict.fromkeys(self.rates, "Hz") | dict.fromkeys(("w_min", "w_max", *self.amounts), unit)
        declared = [f"{name} : {units[name]} {flags}   # {_MEANINGS[name]}" for name in units]
        return "\n".join([dedent(self.variables).strip(), *declared])

    def on_arrival(self, send: str) -> str:
        """Return the statements of an arrival, with that which sends the weight: the one that the arrival leaves."""
        return f"{dedent(self.arrive).strip()}\n{send}"


_MEANINGS = {
    "w_min": "weak end of the weight",
    "w_max": "strong end of the weight",
    "tau_plus": "time constant of potentiation",
    "tau_minus": "time constant of depression",
    "tau_x": "time constant of presynaptic spikes in triplets",
    "tau_y": "time constant of postsynaptic spikes in triplets",
    "tau_stdp": "time constant of both sides",
    "A_plus": "potentiation, as a share of what the weight dependence leaves",
    "A_minus": "depression, as a share of what the weight dependence leaves",
    "A2_plus": "potentiation by a pair, as a share",
    "A2_minus": "depression by a pair, as a share",
    "A3_plus": "potentiation by a triplet, as a share",
    "A3_minus": "depression by a triplet, as a share",
    "mu_plus": "exponent of the way up that is left",
    "mu_minus": "exponent of the way down that is left",
    "eta": "change by a pair at the same time",
    "rho": "postsynaptic rate that it draws to",
    "accumulator_depression": "count at which the weight falls, below zero",
    "accumulator_potentiation": "count at which the weight rises",
    "mean_pre_window": "mean length of the window of a presynaptic spike",
    "mean_post_window": "mean length of the window of a postsynaptic spike",
}


def _bounded(change: str) -> str:
    return f"weight = clip(weight {change}, w_low, w_high)"


# A trace that was last looked at when its own spike came, now; and without that spike if it came in this step.
_PRE_NOW = "arrived*exp(-(t - last_arrival)/{tau})"
_POST_BEFORE = "(fired*exp(-(t - last_firing)/{tau}) - int(last_firing == t))"
_TRACES = """
arrived : 1              # of presynaptic spikes, when the last one came
last_arrival : second
fired : 1             # of postsynaptic spikes, when the last one came
last_firing : second
"""


def pair_rule(weights: WeightDependence) -> TimingRule:
    """Return the rule in which each pair of spikes counts: ``A_plus`` and ``A_minus`` are shares of the range of weights.

    Examples
    --------
    >>> from brianhw.equations.stdp_rules import GUTIG, pair_rule
    >>> rule = pair_rule(GUTIG)
    >>> print(rule.parameters, rule.times)  # what a synapse needs beside w_min and w_max
    ('A_plus', 'A_minus', 'mu_plus', 'mu_minus') ('tau_plus', 'tau_minus')
    """
    return TimingRule(
        name="pair STDP",
        source="Morrison et al. 2008, Biol. Cybern. 98:459; Gutig et al. 2003, J. Neurosci. 23:3697",
        variables=_TRACES,
        arrive=f"""
        {_bounded(f"- A_minus*{weights.down}*{_POST_BEFORE.format(tau='tau_minus')}")}
        arrived = 1 + arrived*exp(-(t - last_arrival)/tau_plus)
        last_arrival = t
        """,
        leave=f"""
        {_bounded(f"+ A_plus*{weights.up}*{_PRE_NOW.format(tau='tau_plus')}")}
        fired = 1 + fired*exp(-(t - last_firing)/tau_minus)
        last_firing = t
        """,
        parameters=("A_plus", "A_minus", *weights.parameters),
        times=("tau_plus", "tau_minus"),
    )


def nearest_pair_rule(weights: WeightDependence) -> TimingRule:
    """Return the rule in which spikes pair with their neighbours only.

    A presynaptic spike weakens by the last postsynaptic one; a postsynaptic spike strengthens by the last presynaptic one,
    if it is the first since.

    Examples
    --------
    >>> from brianhw.equations.stdp_rules import MULTIPLICATIVE, nearest_pair_rule
    >>> rule = nearest_pair_rule(MULTIPLICATIVE)
    >>> print(rule.variables)  # two times and no trace
    last_arrival : second
    last_firing : second
    """
    first = "int(last_firing <= last_arrival)"
    return TimingRule(
        name="nearest-pair STDP",
        source="Morrison et al. 2008, Biol. Cybern. 98:459, section 4.1.3",
        variables="last_arrival : second\nlast_firing : second",
        arrive=f"""
        {_bounded(f"- A_minus*{weights.down}*exp(-(t - last_firing)/tau_minus)*int(last_firing >= 0*second)")}
        last_arrival = t
        """,
        leave=f"""
        {_bounded(f"+ A_plus*{weights.up}*exp(-(t - last_arrival)/tau_plus)*{first}*int(last_arrival >= 0*second)")}
        last_firing = t
        """,
        parameters=("A_plus", "A_minus", *weights.parameters),
        times=("tau_plus", "tau_minus"),
    )


def triplet_rule(weights: WeightDependence) -> TimingRule:
    """Return the rule in which pairs count more after another spike of the same side.

    ``A2_plus`` and ``A2_minus`` are of pairs, ``A3_plus`` and ``A3_minus`` of triplets.

    Examples
    --------
    >>> from brianhw.equations.stdp_rules import ADDITIVE, triplet_rule
    >>> rule = triplet_rule(ADDITIVE)
    >>> print(rule.parameters, rule.times)
    ('A2_plus', 'A2_minus', 'A3_plus', 'A3_minus') ('tau_plus', 'tau_minus', 'tau_x', 'tau_y')
    """
    fired_slow = "fired_slow*exp(-(t - last_firing)/tau_y)"
    up = f"({_PRE_NOW.format(tau='tau_plus')})*(A2_plus + A3_plus*{fired_slow})"
    down = f"{_POST_BEFORE.format(tau='tau_minus')}*(A2_minus + A3_minus*arrived_slow*exp(-(t - last_arrival)/tau_x))"
    return TimingRule(
        name="triplet STDP",
        source="Pfister & Gerstner 2006, J. Neurosci. 26:9673, eqs. 3-4",
        variables=f"{_TRACES}arrived_slow : 1               # the same, decaying slowly\nfired_slow : 1",
        arrive=f"""
        {_bounded(f"- {weights.down}*{down}")}
        arrived = 1 + arrived*exp(-(t - last_arrival)/tau_plus)
        arrived_slow = 1 + arrived_slow*exp(-(t - last_arrival)/tau_x)
        last_arrival = t
        """,
        leave=f"""
        {_bounded(f"+ {weights.up}*{up}")}
        fired = 1 + fired*exp(-(t - last_firing)/tau_minus)
        fired_slow = 1 + fired_slow*exp(-(t - last_firing)/tau_y)
        last_firing = t
        """,
        parameters=("A2_plus", "A2_minus", "A3_plus", "A3_minus", *weights.parameters),
        times=("tau_plus", "tau_minus", "tau_x", "tau_y"),
    )


def vogels_rule() -> TimingRule:
    """Return the symmetric rule of inhibitory synapses: it draws the postsynaptic rate to ``rho``.

    ``eta``, the change by a pair at the same time, counts in the unit of the weight, and is negative if weights are.

    Examples
    --------
    >>> from brianhw.equations.stdp_rules import vogels_rule
    >>> rule = vogels_rule()
    >>> print(rule.parameters, rule.times, rule.rates)
    ('eta',) ('tau_stdp',) ('rho',)
    """
    return TimingRule(
        name="inhibitory STDP",
        source="Vogels et al. 2011, Science 334:1569, supplement eq. 4",
        variables=_TRACES,
        arrive=f"""
        {_bounded(f"+ eta*{_POST_BEFORE.format(tau='tau_stdp')}")}
        {_bounded("- eta*2*rho*tau_stdp")}
        arrived = 1 + arrived*exp(-(t - last_arrival)/tau_stdp)
        last_arrival = t
        """,
        leave=f"""
        {_bounded(f"+ eta*{_PRE_NOW.format(tau='tau_stdp')}")}
        fired = 1 + fired*exp(-(t - last_firing)/tau_stdp)
        last_firing = t
        """,
        parameters=("eta",),
        times=("tau_stdp",),
        rates=("rho",),
        amounts=("eta",),
    )


def recurrent_rule(weights: WeightDependence) -> TimingRule:
    """Return the rule in which spikes open windows of random length, and what falls into them is counted.

    A postsynaptic spike within the window of the last presynaptic one counts up, a presynaptic one within that of the last
    postsynaptic one down. At the limits the count begins anew, and the weight changes. Lengths are whole steps, of 2048 levels
    of an exponential distribution, as in sPyNNaker, timing_recurrent_dual_fsm_impl.h.

    Examples
    --------
    >>> from brianhw.equations.stdp_rules import ADDITIVE, recurrent_rule
    >>> rule = recurrent_rule(ADDITIVE)
    >>> print(rule.parameters, rule.times)
    ('A_plus', 'A_minus', 'accumulator_depression', 'accumulator_potentiation') ('mean_pre_window', 'mean_post_window')
    """
    drawn = "dt*floor(-{mean}/dt*log(1 - floor(2048*rand())/2048))"
    within = "int(t - {last} < {window} - dt/2)"
    return TimingRule(
        name="recurrent STDP",
        source="sPyNNaker, timing_recurrent_dual_fsm_impl.h",
        variables="""
        last_arrival : second
        last_firing : second
        window_arrived : second
        window_fired : second
        count : 1
        """,
        arrive=f"""
        near = {within.format(last="last_firing", window="window_fired")}
        drained = near*int(count <= accumulator_depression + 1)
        {_bounded(f"- A_minus*{weights.down}*drained")}
        count = (1 - drained)*(count - near)
        window_arrived = {drawn.format(mean="mean_pre_window")}
        last_arrival = t
        """,
        leave=f"""
        near = {within.format(last="last_arrival", window="window_arrived")}
        full = near*int(count >= accumulator_potentiation - 1)
        {_bounded(f"+ A_plus*{weights.up}*full")}
        count = (1 - full)*(count + near)
        window_fired = {drawn.format(mean="mean_post_window")}
        last_firing = t
        """,
        parameters=("A_plus", "A_minus", "accumulator_depression", "accumulator_potentiation", *weights.parameters),
        times=("mean_pre_window", "mean_post_window"),
    )


def stdp_synapse(rule: TimingRule, target: Receptor | str, unit: str | None = None) -> SynapseModel:
    """Return a synapse onto *target* whose ``weight`` learns by *rule*, between ``w_min`` (0 if not given) and ``w_max``.

    A presynaptic spike changes the weight and is then transmitted with it, as in NEST and PyNN. Where spikes of both sides
    come in one step, the postsynaptic one acts first; ``set`` sees to it. Parameters are shared by all synapses.

    Parameters
    ----------
    rule : TimingRule
        With its weight dependence, such as ``triplet_rule(ADDITIVE)``.
    target, unit
        As for :func:`~brianhw.equations.receptors.static_synapse`.

    Raises
    ------
    ModelError
        If *rule* is no rule, or *target* takes no spikes.

    Examples
    --------
    >>> from brian2 import NeuronGroup, SpikeGeneratorGroup, Synapses, ms, nA, run
    >>> from brianhw.equations import stdp_synapse
    >>> from brianhw.equations.stdp_rules import MULTIPLICATIVE, pair_rule
    >>> from brianhw.parameters.synapses import SONG_STDP
    >>> source = SpikeGeneratorGroup(1, [0], [1]*ms)
    >>> target = NeuronGroup(1, "I : amp", threshold="t_in_timesteps == 110", reset="")  # spikes at 11 ms
    >>> model = stdp_synapse(pair_rule(MULTIPLICATIVE), "I", unit="amp")
    >>> synapses = Synapses(source, target, **model)
    >>> synapses.connect()
    >>> model.set(synapses, SONG_STDP, weight=1.5*nA, w_max=2*nA)
    >>> run(12*ms)
    >>> print((synapses.weight/nA).round(5))  # 1.5 + 0.005*(2 - 1.5)*exp(-10/20)
    [1.50152]
    """
    if not isinstance(rule, TimingRule):
        raise ModelError(f"stdp_synapse takes a rule, such as triplet_rule(ADDITIVE), not {called(rule)}.")
    entry, unit = entry_of(target, unit)
    own = rule.lines(unit, "(shared, constant)")
    return SynapseModel(
        name=f"{rule.name} onto {entry}",
        source=rule.source,
        equations=f"""
weight : {unit}   # what a spike adds to the target
{own}
w_low = w_min*int(w_min <= w_max) + w_max*int(w_min > w_max) : {unit} (shared)    # the ends in order
w_high = w_max*int(w_min <= w_max) + w_min*int(w_min > w_max) : {unit} (shared)
""",
        positive=rule.times,
        not_negative=rule.rates,
        optional=("w_min", *defined_in(rule.variables)),
        initial=rule.initial,
        on_pre=rule.on_arrival(f"{entry}_post += weight"),
        on_post=rule.leave,
        post_first=True,
        weight="weight",
        bounds=("w_min", "w_max"),
    )

"""Spike-timing-dependent plasticity whose pairs change a weight by given amounts, between hard bounds.

Source: EDLUT (branch head 74220e7, 2023), the rules STDP and STDPLS; pairings: Morrison, Diesmann & Gerstner 2008, Biol.
Cybern. 98:459, section 4.1. Deviation: with *faithful*, none but the order of events within a step.

A presynaptic spike is transmitted with the old weight. A pair with the presynaptic spike first, by ``s``, adds
``max_LTP*exp(-s/tau_LTP)``; one with the postsynaptic spike first, or both at one time, subtracts ``max_LTD*exp(-s/tau_LTD)``.
Time differences are between the arrival at the synapse and the postsynaptic spike, whichever the simulation comes to
first. (:func:`~brianhw.equations.stdp.pair_stdp` scales changes with ``w_max``, and potentiates pairs at one time.)
Arguments are those of :mod:`brianhw.equations.teaching_rules`; *faithful* takes exponentials from EDLUT's table and lets
sums decay at each event, one after the other.
"""

from __future__ import annotations

from brianhw.equations.kernels import tabulated
from brianhw.equations.receptors import Receptor
from brianhw.equations.weight_changes import BOUNDS, changed, delivery, lines_of, weights
from brianhw.model import Block, SynapseModel

__all__ = ["additive_stdp", "arrival_trace", "firing_trace", "nearest_additive_stdp", "shared_additive_stdp"]

PARAMETERS = """
max_LTP : {unit} (shared, constant)         # potentiation by a pair of no distance
max_LTD : {unit} (shared, constant)         # depression by a pair of no distance, above zero
tau_LTP : second (shared, constant)         # time constant of potentiation
tau_LTD : second (shared, constant)         # time constant of depression
"""
UPDATE = f"""
since_last_update = {{now}} - last_update
arrivals = arrivals*{tabulated("-since_last_update/tau_LTP")}
firings = firings*{tabulated("-since_last_update/tau_LTD")}
last_update = {{now}}
"""


def additive_stdp(
    target: Receptor | str | None, unit: str | None = None, *, time: str = "t", faithful: bool = False
) -> SynapseModel:
    """Return a synapse that learns from all pairs of spikes.

    Examples
    --------
    >>> from brian2 import SpikeGeneratorGroup, Synapses, ms, nS, run
    >>> from brianhw.equations.additive_stdp import additive_stdp
    >>> from brianhw.parameters import learning_rules
    >>> source, target = SpikeGeneratorGroup(1, [0], [1]*ms), SpikeGeneratorGroup(1, [0], [11]*ms)
    >>> rule = additive_stdp(None, "siemens")  # it drives nothing here
    >>> synapses = Synapses(source, target, **rule)
    >>> synapses.connect()
    >>> rule.set(synapses, learning_rules.ADDITIVE_STDP, weight=1*nS, w_max=2*nS)
    >>> run(12*ms)
    >>> round(float(synapses.weight[0]/nS), 5)  # 1 + 0.01*exp(-10/100)
    1.00905
    """
    if faithful:
        return _updated("additive STDP", target, unit, time, joins="+=")
    return _model(
        "additive STDP",
        target,
        unit,
        {"arrivals": "1", "last_arrival": "second", "firings": "1", "last_firing": "second"},
        on_pre=f"""
arrival_time = {time}
since_firing = arrival_time - last_firing
too_early = int(firings > 0 and since_firing < 0*second)     # the last firing was after this arrival
{changed("too_early*max_LTP*exp(-abs(since_firing)/tau_LTP)")}
{changed("-max_LTD*(firings - too_early)*exp(-since_firing/tau_LTD)")}
arrivals = 1 + arrivals*exp(-(arrival_time - last_arrival)/tau_LTP)
last_arrival = arrival_time
""",
        on_post=f"""
since_arrival = t - last_arrival
too_early = int(arrivals > 0 and since_arrival <= 0*second)   # the last arrival was not before this firing
{changed("-too_early*max_LTD*exp(-abs(since_arrival)/tau_LTD)")}
{changed("max_LTP*(arrivals - too_early)*exp(-since_arrival/tau_LTP)")}
firings = 1 + firings*exp(-(t - last_firing)/tau_LTD)
last_firing = t
""",
    )


def shared_additive_stdp(
    target: Receptor | str | None, unit: str | None = None, *, name: str = "", time: str = "t"
) -> SynapseModel:
    r"""Return the synapse of :func:`additive_stdp` for sources and targets that keep the sums of their own spikes.

    All synapses of a neuron share them, so that each has a weight only, and a network of a million is several times
    faster. It is for synapses whose spikes arrive in the order of time, at the same time at all synapses of a source: the
    source's variables are those of :func:`arrival_trace`, the target's those of :func:`firing_trace`, with the same *name*.

    Examples
    --------
    >>> from brian2 import NeuronGroup, Synapses, ms, nS, run
    >>> from brianhw.equations.additive_stdp import arrival_trace, firing_trace, shared_additive_stdp
    >>> from brianhw.parameters import learning_rules
    >>> sums = "arrivals : 1\nlast_arrival : second\ntau_arrival : second (shared)"
    >>> source = NeuronGroup(1, sums, threshold="t_in_timesteps == 10", reset=arrival_trace())
    >>> trace = firing_trace()
    >>> target = NeuronGroup(1, trace.equations, threshold="t_in_timesteps == 110", reset=trace.reset)
    >>> source.tau_arrival = target.tau_firing = 100*ms
    >>> rule = shared_additive_stdp(None, "siemens")
    >>> synapses = Synapses(source, target, **rule)
    >>> synapses.connect()
    >>> rule.set(synapses, learning_rules.ADDITIVE_STDP, weight=1*nS, w_max=2*nS)
    >>> run(12*ms)
    >>> print((synapses.weight/nS).round(5))  # 1 + 0.01*exp(-10/100)
    [1.00905]
    """
    deliver, unit = delivery(target, unit)
    return SynapseModel(
        name="additive STDP, shared traces",
        source="EDLUT (branch head 74220e7, 2023); Morrison et al. 2008, Biol. Cybern. 98:459",
        equations=weights(unit) + PARAMETERS.format(unit=unit),
        positive=("tau_LTP", "tau_LTD"),
        on_pre=deliver + changed(f"-max_LTD*firings{name}_post*exp(-(({time}) - last_firing{name}_post)/tau_LTD)"),
        on_post=changed(f"max_LTP*arrivals{name}_pre*exp(-(t - last_arrival{name}_pre)/tau_LTP)"),
        weight="weight",
        bounds=BOUNDS,
    )


def firing_trace(name: str = "") -> Block:
    """Return the sum over a neuron's own spikes that its synapses of :func:`shared_additive_stdp` read.

    Examples
    --------
    >>> from brian2 import NeuronGroup, ms, nA, run
    >>> from brianhw.equations import LIF
    >>> from brianhw.equations.additive_stdp import firing_trace
    >>> from brianhw.parameters import lif
    >>> cell = LIF + firing_trace()
    >>> group = NeuronGroup(1, **cell, dt=0.5*ms)
    >>> cell.set(group, lif.PYNN_DEFAULTS, I_ext=5*nA, tau_firing=10*ms)  # spikes at 3 and 6.5 ms
    >>> run(9*ms)
    >>> print(group.firings[:].round(3))  # 1 + exp(-3.5/10)
    [1.705]
    """
    return Block(
        name=f"trace of firings {name}",
        source="Morrison et al. 2008, Biol. Cybern. 98:459",
        equations=f"""
        firings{name} : 1
        last_firing{name} : second
        tau_firing{name} : second (shared, constant)     # tau_LTD of the synapses
        """,
        reset=f"""
        firings{name} = 1 + firings{name}*exp(-(t - last_firing{name})/tau_firing{name})
        last_firing{name} = t
        """,
        positive=(f"tau_firing{name}",),
        optional=(f"firings{name}", f"last_firing{name}"),
    )


def arrival_trace(name: str = "", time: str = "t") -> str:
    r"""Return the statements by which a spike of a source joins the sum that its synapses read.

    The source has the variables ``arrivals``, ``last_arrival`` and ``tau_arrival`` (``tau_LTP`` of the synapses), each
    followed by *name*. The statements belong after those of the synapses.

    Examples
    --------
    >>> from brian2 import NeuronGroup, ms, run
    >>> from brianhw.equations.additive_stdp import arrival_trace
    >>> sums = "arrivals : 1\nlast_arrival : second\ntau_arrival : second (shared)"
    >>> source = NeuronGroup(1, sums, threshold="t_in_timesteps == 10 or t_in_timesteps == 60", reset=arrival_trace())
    >>> source.tau_arrival = 100*ms
    >>> run(7*ms)
    >>> print(source.arrivals[:].round(5))  # 1 + exp(-5/100)
    [1.95123]
    """
    return f"""
arrivals{name} = 1 + arrivals{name}*exp(-({time} - last_arrival{name})/tau_arrival{name})
last_arrival{name} = {time}
"""


def nearest_additive_stdp(
    target: Receptor | str | None, unit: str | None = None, *, time: str = "t", faithful: bool = False
) -> SynapseModel:
    """Return a synapse in which each spike makes one pair: with the last spike of the other side before it.

    EDLUT has one time of the last update for both sides; that makes no difference.

    Examples
    --------
    >>> from brian2 import SpikeGeneratorGroup, Synapses, ms, nS, run
    >>> from brianhw.equations.additive_stdp import nearest_additive_stdp
    >>> from brianhw.parameters import learning_rules
    >>> source, target = SpikeGeneratorGroup(1, [0, 0], [1, 6]*ms), SpikeGeneratorGroup(1, [0], [11]*ms)
    >>> rule = nearest_additive_stdp(None, "siemens")
    >>> synapses = Synapses(source, target, **rule)
    >>> synapses.connect()
    >>> rule.set(synapses, learning_rules.ADDITIVE_STDP, weight=1*nS, w_max=2*nS)
    >>> run(12*ms)
    >>> round(float(synapses.weight[0]/nS), 5)  # 1 + 0.01*exp(-5/100): the spike at 6 ms alone
    1.00951
    """
    if faithful:
        return _updated("nearest additive STDP", target, unit, time, joins="=")
    # arrivals and firings are counts here. The spike before the last one is remembered for the case that the last was later.
    both = [f"{each} : second" for side in ("arrival", "firing") for each in (f"last_{side}", f"{side}_before_last")]
    variables = {"arrivals": "1", "firings": "1", **dict(line.split(" : ") for line in both)}
    side = """
{now_name} = {now}
too_early = int({others} > 0 and {now_name} {before} last_{other})      # the last {other} was later than this {own}
partner = last_{other}*(1 - too_early) + {other}_before_last*too_early
{change_back}
{change_on}
{own}_before_last = last_{own}
last_{own} = {now_name}
{owns} += 1
"""
    # What a later spike of the other side has paired with is no longer its nearest: this spike is.
    corrected = "too_early*{change}*(exp(-abs(last_{other} - {now})/{tau}) - int({owns} > 0)*exp(-abs(last_{other} - last_{own})/{tau}))"
    pre = {"own": "arrival", "owns": "arrivals", "other": "firing", "others": "firings"}
    post = {"own": "firing", "owns": "firings", "other": "arrival", "others": "arrivals"}
    return _model(
        "nearest additive STDP",
        target,
        unit,
        variables,
        on_pre=side.format(
            now_name="arrival_time",
            now=time,
            before="<",
            change_back=changed(corrected.format(change="max_LTP", tau="tau_LTP", now="arrival_time", **pre)),
            change_on=changed("-max_LTD*int(firings > too_early)*exp(-abs(arrival_time - partner)/tau_LTD)"),
            **pre,
        ),
        on_post=side.format(
            now_name="firing_time",
            now="t",
            before="<=",
            change_back=changed("-" + corrected.format(change="max_LTD", tau="tau_LTD", now="firing_time", **post)),
            change_on=changed("max_LTP*int(arrivals > too_early)*exp(-abs(firing_time - partner)/tau_LTP)"),
            **post,
        ),
    )


def _updated(name: str, target: Receptor | str | None, unit: str | None, time: str, joins: str) -> SynapseModel:
    """Return the rule with EDLUT's arithmetic: *joins* says what a spike does with the sum over its own side."""
    return _model(
        name,
        target,
        unit,
        {"arrivals": "1", "firings": "1", "last_update": "second"},
        on_pre=f"{UPDATE.format(now=f'({time})')}arrivals {joins} 1\n{changed('-max_LTD*firings')}",
        on_post=f"{UPDATE.format(now='t')}firings {joins} 1\n{changed('max_LTP*arrivals')}",
    )


def _model(
    name: str, target: Receptor | str | None, unit: str | None, variables: dict[str, str], on_pre: str, on_post: str
) -> SynapseModel:
    deliver, unit = delivery(target, unit)
    return SynapseModel(
        name=name,
        source="EDLUT (branch head 74220e7, 2023); Morrison et al. 2008, Biol. Cybern. 98:459",
        equations=weights(unit) + PARAMETERS.format(unit=unit) + lines_of(variables),
        positive=("tau_LTP", "tau_LTD"),
        optional=tuple(variables),
        on_pre=deliver + on_pre,
        on_post=on_post,
        weight="weight",
        bounds=BOUNDS,
    )

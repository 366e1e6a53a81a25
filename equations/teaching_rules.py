"""Learning rules that a teacher drives: a trigger changes the weights of the synapses that were active before, or around it.

Source: EDLUT (branch head 74220e7, 2023), there the ...AdditiveKernel rules without STDP in their names; the idea of a
kernel before the teaching spike of a climbing fibre: Luque et al. 2016, Int. J. Neural Syst. 26:1650020, and Garrido et al.
2013, Front. Neural Circuits 7:159 (sine kernel). Deviation: see the functions.

A presynaptic spike is transmitted with the old weight, and then adds ``fixed_change``. A trigger
(:mod:`brianhw.equations.teaching`) adds ``kernel_change*K(s)`` for each presynaptic spike that arrived the time ``s`` before; in the
symmetric rules also one after it, with ``K(-s)``, when it arrives. Two teachers in one step count twice. The weight is put
between 0 and ``w_max`` after ``fixed_change`` and after the sum of the kernels. ::

    rule = cosine_kernel(exc)
    synapses = Synapses(fibres, cells, **rule)
    synapses.connect()
    rule.set(synapses, learning_rules.COSINE, w_max=10 * nS, weight=5 * nS)

``rule.set`` also gives the pathways of triggers and of delayed spikes their place in a step.

Common to all functions here:

target, unit
    As for :func:`~brianhw.equations.receptors.static_synapse`; ``None`` is a synapse that delivers nothing, with weights
    in siemens unless *unit* says otherwise.
time
    An expression for the time of a presynaptic spike, where that is not the time of the step. A trigger has its own time,
    ``t_taught``. A spike that arrived after a trigger of the same step is none before it.
faithful
    Where EDLUT does otherwise, do so, too.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

import brianhw.equations.kernels as kernels
from brianhw.equations.kernels import AlphaKernel, DampedCosines, Exponential, exact, tabulated
from brianhw.equations.receptors import Receptor
from brianhw.equations.symmetric_kernels import COSINE_PAIRS, COSINE_SINE_PAIRS, TEACHING, symmetric
from brianhw.equations.weight_changes import BOUNDS, changed, delivery, lines_of, weights
from brianhw.errors import ParameterError
from brianhw.model import SynapseModel

__all__ = [
    "cosine_kernel",
    "delayed_exponential_kernel",
    "exponential_kernel",
    "sine_kernel",
    "sine_lobe_kernel",
    "symmetric_cosine_kernel",
    "symmetric_cosine_sine_kernel",
]

SOURCE = "EDLUT (branch head 74220e7, 2023)"
CHANGES = """
fixed_change : {unit} (shared, constant)    # by a presynaptic spike
kernel_change : {unit} (shared, constant)   # by a trigger, at the peak of the kernel
"""
PEAK = "kernel_peak : second (shared, constant)     # from the presynaptic spike to the peak of the kernel\n"
COSINE = """
tau : second (shared, constant)             # distance of the first zero of the kernel
exponent : 1 (shared, constant)             # damping of the kernel, in 1/tau
"""


def exponential_kernel(
    target: Receptor | str | None, unit: str | None = None, *, time: str = "t", faithful: bool = False
) -> SynapseModel:
    r"""Return a synapse with the kernel ``(s/kernel_peak)*exp(1 - s/kernel_peak)``: an alpha function.

    *faithful*: EDLUT multiplies the sum over earlier spikes by 2.7183 at each event of the synapse, in place of once, at the
    trigger. With several spikes or triggers within ``kernel_peak`` changes grow far beyond the kernel.

    Examples
    --------
    >>> from brian2 import NeuronGroup, SpikeGeneratorGroup, Synapses, ms, nS, run
    >>> from brianhw.equations.teaching import TRIGGER
    >>> from brianhw.equations.teaching_rules import exponential_kernel
    >>> from brianhw.parameters.learning_rules import EXPONENTIAL
    >>> taught = "taught = int(t_in_timesteps == 110) : 1\nt_taught = t : second"  # at 11 ms
    >>> fibres, cells = SpikeGeneratorGroup(1, [0], [1]*ms), NeuronGroup(1, taught, events=dict(TRIGGER))
    >>> rule = exponential_kernel(None, "siemens")
    >>> synapses = Synapses(fibres, cells, **rule)
    >>> synapses.connect()
    >>> rule.set(synapses, EXPONENTIAL, fixed_change=0*nS, weight=1*nS, w_max=2*nS)
    >>> run(12*ms)
    >>> print((synapses.weight/nS).round(5))  # 1 - 0.01*(10/100)*exp(1 - 10/100)
    [0.99754]
    """
    if faithful:
        return _growing(target, unit, time)
    return _taught("exponential kernel", kernels.ALPHA, PEAK, ("kernel_peak",), target, unit, time)


def delayed_exponential_kernel(
    target: Receptor | str | None, unit: str | None = None, *, time: str = "t", faithful: bool = False
) -> SynapseModel:
    r"""Return a synapse with an exponential kernel that begins ``init_time`` after the spike, and peaks at ``kernel_peak``.

    It is ``(s - init_time)/T*exp(1 - (s - init_time)/T)`` with ``T = kernel_peak - init_time``, and 0 before. A spike passes a
    second time, ``init_time`` later, through the pathway ``delayed``.

    Deviation: EDLUT ("buffered") leaves out what is below 0.01 at the end of the kernel, 0.4 % of its integral, and takes the
    kernel from a table of 0.1 ms. *faithful* changes nothing.

    Examples
    --------
    >>> from brian2 import NeuronGroup, SpikeGeneratorGroup, Synapses, ms, nS, run
    >>> from brianhw.equations.teaching import TRIGGER
    >>> from brianhw.equations.teaching_rules import delayed_exponential_kernel
    >>> taught = "taught = int(t_in_timesteps == 110) : 1\nt_taught = t : second"  # at 11 ms
    >>> fibres, cells = SpikeGeneratorGroup(1, [0], [1]*ms), NeuronGroup(1, taught, events=dict(TRIGGER))
    >>> rule = delayed_exponential_kernel(None, "siemens")
    >>> synapses = Synapses(fibres, cells, **rule)
    >>> synapses.connect()
    >>> changes = {"fixed_change": 0*nS, "kernel_change": -0.01*nS}
    >>> rule.set(synapses, changes, init_time=5*ms, kernel_peak=10*ms, weight=1*nS, w_max=2*nS)
    >>> run(12*ms)
    >>> print((synapses.weight/nS).round(5))  # the trigger comes at the peak
    [0.99]
    """
    start = "init_time : second (shared, constant)       # before which the kernel is zero\n"
    model = _taught(
        "delayed exponential kernel",
        AlphaKernel("(kernel_peak - init_time)"),
        PEAK + start,
        ("kernel_peak",),
        target,
        unit,
        time,
        starts=f"({time}) + (init_time - lag)",
    )
    return _PeakAfterStart(*model._content())


def cosine_kernel(
    target: Receptor | str | None, unit: str | None = None, *, time: str = "t", faithful: bool = False
) -> SynapseModel:
    r"""Return a synapse with the kernel ``exp(-exponent*s/tau)*cos(pi*s/(2*tau))**2``: largest for spikes at the trigger.

    The kernel goes on after its first zero at ``tau``, as in EDLUT. *faithful* takes the exponential from its table.

    Examples
    --------
    >>> from brian2 import NeuronGroup, SpikeGeneratorGroup, Synapses, ms, nS, run
    >>> from brianhw.equations.teaching import TRIGGER
    >>> from brianhw.equations.teaching_rules import cosine_kernel
    >>> from brianhw.parameters.learning_rules import COSINE
    >>> taught = "taught = int(t_in_timesteps == 110) : 1\nt_taught = t : second"  # at 11 ms
    >>> fibres, cells = SpikeGeneratorGroup(1, [0], [1]*ms), NeuronGroup(1, taught, events=dict(TRIGGER))
    >>> rule = cosine_kernel(None, "siemens")
    >>> synapses = Synapses(fibres, cells, **rule)
    >>> synapses.connect()
    >>> rule.set(synapses, COSINE, fixed_change=0*nS, weight=1*nS, w_max=2*nS)
    >>> run(12*ms)
    >>> print((synapses.weight/nS).round(5))  # 1 - 0.01*exp(-2*10/100)*cos(pi*10/200)**2
    [0.99201]
    """
    damping = tabulated if faithful else exact
    return _taught("cosine kernel", kernels.COSINE, COSINE, ("tau", "exponent"), target, unit, time, damping=damping)


def sine_kernel(
    target: Receptor | str | None,
    unit: str | None = None,
    *,
    exponent: int = 2,
    time: str = "t",
    faithful: bool = False,
) -> SynapseModel:
    r"""Return a synapse with the kernel ``exp(-s/q)*sin(s/q)**exponent``, scaled to its peak, which comes at ``kernel_peak``.

    ``q = kernel_peak/arctan(exponent)``; *exponent* is an even number from 2 to 20, the higher the narrower is the peak. More
    lobes follow, each ``exp(pi) = 23`` times lower than the one before. It takes ``exponent + 2`` variables. *faithful*
    changes nothing.

    Raises
    ------
    ModelError
        If *exponent* is another number.

    Examples
    --------
    >>> from brian2 import NeuronGroup, SpikeGeneratorGroup, Synapses, ms, nS, run
    >>> from brianhw.equations.teaching import TRIGGER
    >>> from brianhw.equations.teaching_rules import sine_kernel
    >>> from brianhw.parameters.learning_rules import SINE
    >>> taught = "taught = int(t_in_timesteps == 110) : 1\nt_taught = t : second"  # at 11 ms
    >>> fibres, cells = SpikeGeneratorGroup(1, [0], [1]*ms), NeuronGroup(1, taught, events=dict(TRIGGER))
    >>> rule = sine_kernel(None, "siemens", exponent=4)
    >>> synapses = Synapses(fibres, cells, **rule)
    >>> synapses.connect()
    >>> rule.set(synapses, SINE, fixed_change=0*nS, kernel_peak=10*ms, weight=1*nS, w_max=2*nS)
    >>> run(12*ms)
    >>> print((synapses.weight/nS).round(5))  # the trigger comes at the peak
    [0.99]
    """
    return _taught(f"sine kernel, power {exponent}", kernels.sine(exponent), PEAK, ("kernel_peak",), target, unit, time)


def sine_lobe_kernel(
    target: Receptor | str | None,
    unit: str | None = None,
    *,
    exponent: int = 2,
    time: str = "t",
    faithful: bool = False,
) -> SynapseModel:
    r"""Return a synapse with the first lobe of :func:`sine_kernel`: zero from the first zero of the sine on.

    A spike passes a second time, when its lobe ends (``pi*q`` later, down to a step), through the pathway ``delayed``, which
    forgets it.

    Deviation: EDLUT ("buffered") takes the kernel from a table. *faithful* changes nothing.

    Examples
    --------
    >>> from brian2 import NeuronGroup, SpikeGeneratorGroup, Synapses, ms, nS, run
    >>> from brianhw.equations.teaching import TRIGGER
    >>> from brianhw.equations.teaching_rules import sine_lobe_kernel
    >>> from brianhw.parameters.learning_rules import SINE
    >>> taught = "taught = int(t_in_timesteps == 110) : 1\nt_taught = t : second"  # at 11 ms
    >>> fibres, cells = SpikeGeneratorGroup(2, [0, 1], [1, 8]*ms), NeuronGroup(1, taught, events=dict(TRIGGER))
    >>> rule = sine_lobe_kernel(None, "siemens")
    >>> synapses = Synapses(fibres, cells, **rule)
    >>> synapses.connect()
    >>> rule.set(synapses, SINE, fixed_change=0*nS, kernel_peak=3*ms, weight=1*nS, w_max=2*nS)
    >>> run(12*ms)
    >>> print((synapses.weight/nS).round(5))  # after the end of its lobe, pi*3/arctan(2) = 8.5 ms, and at its peak
    [1.   0.99]
    """
    kernel = kernels.sine(exponent)
    name = f"lobe of a sine kernel, power {exponent}"
    return _taught(name, kernel, PEAK, ("kernel_peak",), target, unit, time, ends=f"pi/{kernel.rate}")


def symmetric_cosine_kernel(
    target: Receptor | str | None, unit: str | None = None, *, time: str = "t", faithful: bool = False
) -> SynapseModel:
    r"""Return a synapse with the kernel of :func:`cosine_kernel` for spikes before the trigger and for those after it.

    Deviation: EDLUT has a second rule ("buffered") that takes the same kernel from a table, which ends after 1 s whatever
    ``tau`` is; with ``exponent/tau`` above 5 Hz what is left out is below 1 % of the peak. *faithful* takes the exponential
    from EDLUT's table.

    Examples
    --------
    >>> from brian2 import NeuronGroup, SpikeGeneratorGroup, Synapses, ms, nS, run
    >>> from brianhw.equations.teaching import TRIGGER
    >>> from brianhw.equations.teaching_rules import symmetric_cosine_kernel
    >>> from brianhw.parameters.learning_rules import COSINE
    >>> taught = "taught = int(t_in_timesteps == 110) : 1\nt_taught = t : second"  # at 11 ms
    >>> fibres, cells = SpikeGeneratorGroup(2, [0, 1], [1, 21]*ms), NeuronGroup(1, taught, events=dict(TRIGGER))
    >>> rule = symmetric_cosine_kernel(None, "siemens")
    >>> synapses = Synapses(fibres, cells, **rule)
    >>> synapses.connect()
    >>> rule.set(synapses, COSINE, fixed_change=0*nS, weight=1*nS, w_max=2*nS)
    >>> run(22*ms)
    >>> print((synapses.weight/nS).round(5))  # spikes 10 ms before and after count the same
    [0.99201 0.99201]
    """
    damping = tabulated if faithful else exact
    return symmetric("symmetric cosine kernel", TEACHING, COSINE_PAIRS, target, unit, time, damping)


def symmetric_cosine_sine_kernel(
    target: Receptor | str | None, unit: str | None = None, *, time: str = "t", faithful: bool = False
) -> SynapseModel:
    r"""Return a synapse with a kernel of a central peak and side lobes, for spikes before the trigger and for those after it.

    The central part is ``central_amp*exp(-s/d)*cos(pi*s/(2*d))**2``, with ``d = max_min_dist``. The lateral part is proportional
    to ``exp(-2*k*s)*sin(pi*k*s/2)**2``, with ``k = (2/pi)*arctan(pi/2)/d``, and peaks with ``lateral_amp`` at ``d``, where
    the other is zero. *faithful* changes nothing.

    Examples
    --------
    >>> from brian2 import NeuronGroup, SpikeGeneratorGroup, Synapses, ms, nS, run
    >>> from brianhw.equations.teaching import TRIGGER
    >>> from brianhw.equations.teaching_rules import symmetric_cosine_sine_kernel
    >>> from brianhw.parameters.learning_rules import COSINE_SINE
    >>> taught = "taught = int(t_in_timesteps == 110) : 1\nt_taught = t : second"  # at 11 ms
    >>> fibres, cells = SpikeGeneratorGroup(2, [0, 1], [1, 11]*ms), NeuronGroup(1, taught, events=dict(TRIGGER))
    >>> rule = symmetric_cosine_sine_kernel(None, "siemens")
    >>> synapses = Synapses(fibres, cells, **rule)
    >>> synapses.connect()
    >>> rule.set(synapses, COSINE_SINE, max_min_dist=10*ms, weight=1*nS, w_max=2*nS)
    >>> run(12*ms)
    >>> print((synapses.weight/nS).round(5))  # lateral_amp 10 ms apart, central_amp at once
    [0.995 1.01 ]
    """
    return symmetric("symmetric cosine-sine kernel", TEACHING, COSINE_SINE_PAIRS, target, unit, time, exact)


# -- how they are made ------------------------------------------------------------------------------


def _taught(
    name: str,
    kernel: DampedCosines | AlphaKernel,
    parameters: str,
    positive: tuple[str, ...],
    target: Receptor | str | None,
    unit: str | None,
    time: str,
    *,
    starts: str = "",
    ends: str = "",
    damping: Exponential = exact,
) -> SynapseModel:
    """Return the synapse that a trigger changes by the sum of *kernel* over earlier spikes.

    With *starts* the kernel begins at that time, in the pathway ``delayed``; with *ends* it ends the time *ends* after it began.
    """
    deliver, unit = delivery(target, unit)
    variables = {**dict.fromkeys(kernel.traces("arrivals"), "1"), "last_arrival": "second"}
    since = "since_last_arrival"
    arrive = f"""
arrival_time = {starts or time}
{since} = arrival_time - last_arrival
{kernel.passed("arrivals", since, damping)}
{kernel.joined("arrivals")}
last_arrival = arrival_time
"""
    arrive, delayed = ("", arrive) if starts else (arrive, "")
    if ends:
        assert isinstance(kernel, DampedCosines)
        ago = f"(last_arrival - (({time}) - lag))"  # of the spike that ends
        delayed = f"{kernel.passed('arrivals', ago, damping)}\n{kernel.forgotten('arrivals')}"
    lag = (
        "lag : second (shared, constant)             # from the pathway pre to the pathway delayed\n" if delayed else ""
    )
    return SynapseModel(
        name=name,
        source=SOURCE,
        equations=weights(unit) + CHANGES.format(unit=unit) + parameters + lag + lines_of(variables),
        positive=positive,
        not_negative=("init_time",) if starts else (),
        optional=(*variables, *(["lag"] if delayed else [])),
        on_pre=deliver + changed("fixed_change") + arrive,
        on_trigger=f"""
{since} = t_taught_post - last_arrival
later = int({since} < 0*second)
{kernel.passed("arrivals", since, damping)}
{changed(f"taught_post*kernel_change*({kernel.total('arrivals', 'later')})")}""",
        on_delayed=delayed,
        delayed_by=(ends or "init_time") if delayed else "",
        weight="weight",
        bounds=BOUNDS,
    )


def _growing(target: Receptor | str | None, unit: str | None, time: str) -> SynapseModel:
    deliver, unit = delivery(target, unit)
    variables = {"arrivals": "1", "arrivals_ramp": "1", "last_update": "second"}
    update = f"""
since_last_update = {{now}} - last_update
arrivals_x = since_last_update/kernel_peak
arrivals_fade = {tabulated("-arrivals_x")}
arrivals_ramp = 2.7183*arrivals_fade*(arrivals_ramp + arrivals_x*arrivals)
arrivals = arrivals_fade*arrivals
last_update = {{now}}
"""
    # several triggers at once are updates without time between them
    triggers = """
at_once = 2.7183**taught_post
weight = clip(weight + kernel_change*arrivals_ramp*(at_once - 1)/1.7183, 0*w_max, w_max)
arrivals_ramp = arrivals_ramp*at_once/2.7183
"""
    return SynapseModel(
        name="exponential kernel that grows",
        source=SOURCE,
        equations=weights(unit) + CHANGES.format(unit=unit) + PEAK + lines_of(variables),
        positive=("kernel_peak",),
        optional=tuple(variables),
        on_pre=deliver + changed("fixed_change") + update.format(now=f"({time})") + "arrivals += 1",
        on_trigger=update.format(now="t_taught_post") + triggers,
        weight="weight",
        bounds=BOUNDS,
    )


@dataclass(frozen=True, eq=False)
class _PeakAfterStart(SynapseModel):
    def check(self, values: Mapping[str, Any], size: int | None = None, *, only_parameters: bool = False) -> None:
        super().check(values, size, only_parameters=only_parameters)
        start, peak = values.get("init_time"), values.get("kernel_peak")
        if start is None or peak is None or isinstance(start, str) or isinstance(peak, str):
            return
        if not peak > start:
            raise ParameterError(
                f"{self.name}: 'kernel_peak' must be after 'init_time' ({start}), it was given {peak}. "
                "Both count from the presynaptic spike."
            )

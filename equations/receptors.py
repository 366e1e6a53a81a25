"""Synaptic receptors: linear filters of the incoming spikes, as currents and as conductances.

Source: Rall 1967, J. Neurophysiol. 30:1138 (alpha function); Roth & van Rossum 2009, "Modeling synapses", in De
Schutter (ed.), Computational Modeling Methods for Neuroscientists, section 6.2. Deviation: none.

All synapses of one type onto a neuron share one receptor, however many they are. Each is solved exactly over a
step. One of its variables, the ``entry``, takes the spikes: a spike adds its weight to it, and the
response then peaks at that weight, at once (exponential) or a time constant later (alpha). Synapse functions know the
entry and its unit from the receptor. (The weight is called ``weight`` because AdEx has a ``w``: a variable of a
synapse must not be called like one of its target.) ::

    exc = alpha_conductance("exc")
    cell = ADEX + exc
    Synapses(source, target, **static_synapse(exc))
"""

from __future__ import annotations

from dataclasses import dataclass, replace

from brianhw.errors import ModelError
from brianhw.model import Block, Feed, SynapseModel
from brianhw.model.text import called

__all__ = [
    "Receptor",
    "alpha_charge",
    "alpha_conductance",
    "alpha_current",
    "beta_conductance",
    "check_receptors",
    "conductance_feeds",
    "delta_charge",
    "delta_synapse",
    "entry_of",
    "exponential_conductance",
    "exponential_current",
    "static_synapse",
    "sum_of_currents",
]

SOURCE = "Rall 1967, J. Neurophysiol. 30:1138; Roth & van Rossum 2009, Modeling synapses, section 6.2"
PEAK = "exp(1)"  # by which an alpha function peaks at the weight


@dataclass(frozen=True, eq=False)
class Receptor(Block):
    """A block that takes spikes: each adds its weight, in *unit*, to the variable *entry*.

    What it gives to the membrane is ``response``, a current or conductance. ``integral`` is the integral of it over a
    step, ``leaked`` the integral when what has flowed leaks away at the rate ``{rate}``: with these a linear membrane
    has a closed form, too (:mod:`brianhw.equations.linear_membrane`).

    Examples
    --------
    >>> from brianhw.equations import LIF, static_synapse
    >>> from brianhw.equations.receptors import Receptor
    >>> slow = Receptor(
    ...     name="slow current",
    ...     equations="dI_slow/dt = -I_slow/(100*ms) : amp",
    ...     feeds=[("I_syn", "I_slow")],
    ...     solutions={"I_slow": "I_slow*exp(-dt/(100*ms))"},
    ...     entry="I_slow",
    ...     unit="amp",
    ...     response="I_slow",
    ... )
    >>> cell = LIF + slow
    >>> print(static_synapse(slow).on_pre)
    I_slow_post += weight
    """

    entry: str = ""
    unit: str = ""
    response: str = ""
    integral: str = ""
    leaked: str = ""


def exponential_current(name: str, sign: str = "+", port: str = "I_syn") -> Receptor:
    """Return a current ``I_{name}`` that a spike raises by its weight and that decays with ``tau_{name}``.

    Parameters
    ----------
    name : str
        Ends the names of its variables and parameters.
    sign : str
        ``"+"`` depolarises, ``"-"`` hyperpolarises; weights are positive in both.
    port : str
        Input port of the neuron, in amp.

    Examples
    --------
    >>> from brian2 import NeuronGroup, ms, nA, run
    >>> from brianhw.equations import LIF, exponential_current
    >>> from brianhw.parameters import lif
    >>> cell = LIF + exponential_current("exc") + exponential_current("inh", sign="-")
    >>> group = NeuronGroup(1, **cell)
    >>> cell.set(group, lif.PYNN_DEFAULTS, tau_exc=5*ms, tau_inh=5*ms, I_exc=1*nA)
    >>> run(5*ms)
    >>> print((group.I_exc/nA).round(4))  # exp(-1)
    [0.3679]
    """
    return _current(f"exponential current {name}", _exponential(f"I_{name}", "amp", f"tau_{name}"), sign, port)


def alpha_current(name: str, sign: str = "+", port: str = "I_syn") -> Receptor:
    """Return a current ``I_{name}`` that answers a spike of weight ``w`` with ``w*(t/tau)*exp(1 - t/tau)``.

    It peaks at ``w`` after the time ``tau_{name}``. Spikes enter at ``I_{name}_drive``.
    Parameters as for :func:`exponential_current`.

    Examples
    --------
    >>> from brian2 import NeuronGroup, ms, nA, run
    >>> from brianhw.equations import LIF, alpha_current
    >>> from brianhw.parameters import lif
    >>> cell = LIF + alpha_current("exc")
    >>> group = NeuronGroup(1, **cell)
    >>> cell.set(group, lif.PYNN_DEFAULTS, tau_exc=5*ms, I_exc_drive=1*nA)  # a spike of weight 1 nA
    >>> run(5*ms)
    >>> print((group.I_exc/nA).round(4))  # its peak
    [1.]
    """
    return _current(f"alpha current {name}", _alpha(f"I_{name}", "amp", f"tau_{name}", PEAK), sign, port)


def alpha_charge(name: str, sign: str = "+", port: str = "I_syn") -> Receptor:
    """Return a current ``I_{name}`` that answers a spike of weight ``w`` with ``w*(ms/tau)*(t/tau)*exp(-t/tau)``.

    It brings the charge ``w*ms``, whatever ``tau_{name}`` is. Spikes enter at ``I_{name}_drive``.
    Parameters as for :func:`exponential_current`.

    Examples
    --------
    >>> from brian2 import NeuronGroup, ms, nA, run
    >>> from brianhw.equations import LIF, alpha_charge
    >>> from brianhw.parameters import lif
    >>> cell = LIF + alpha_charge("exc")
    >>> group = NeuronGroup(1, **cell)
    >>> cell.set(group, lif.PYNN_DEFAULTS, tau_exc=5*ms, I_exc_drive=1*nA)  # a spike of weight 1 nA
    >>> run(5*ms)
    >>> print((group.I_exc/nA).round(4))  # its peak, exp(-1)/5
    [0.0736]
    """
    course = _alpha(f"I_{name}", "amp", f"tau_{name}", f"(ms/tau_{name})")
    return _current(f"alpha current {name} of given charge", course, sign, port)


def delta_charge(name: str, sign: str = "+", port: str = "I_syn") -> Receptor:
    """Return a current by which a spike of weight ``w`` brings the charge ``w*ms`` within the next step.

    ``I_{name}`` is the sum of the weights that have come for a step. Parameters as for :func:`exponential_current`.

    Examples
    --------
    >>> from brian2 import NeuronGroup, defaultclock, mV, nA, run
    >>> from brianhw.equations import delta_charge, linear_lif
    >>> from brianhw.parameters import lif
    >>> cell = linear_lif(delta_charge("exc"))
    >>> group = NeuronGroup(1, **cell)
    >>> cell.set(group, lif.PYNN_DEFAULTS, I_exc=1*nA)  # a spike of weight 1 nA
    >>> run(defaultclock.dt)
    >>> print((group.v/mV).round(2))  # 1 nA*ms on 1 nF lifts -65 mV by 1 mV
    [-64.]
    """
    return Receptor(
        name=f"delta current {name}",
        source="all charge within one step",
        equations=f"dI_{name}/dt = -I_{name}/dt : amp        # what has come, for one step",
        feeds=(Feed(port, f"I_{name}*ms/dt", sign),),
        solutions={f"I_{name}": f"0*I_{name}"},
        entry=f"I_{name}",
        unit="amp",
        response=f"I_{name}",
        integral=f"I_{name}*ms",
        leaked=f"I_{name}*ms*exprel(-dt*{{rate}})",
    )


def exponential_conductance(name: str, port: str = "I_syn", voltage: str = "v") -> Receptor:
    """Return a conductance ``g_{name}`` that a spike raises by its weight and that decays with ``tau_{name}``.

    Its reversal potential ``E_{name}`` says whether it excites. It feeds ``g*(E - v)`` to *port* and the
    derivative of that by ``v`` to ``{port}_slope``. *voltage* is the neuron's name of what drives the current, where
    that is not ``v``.

    Examples
    --------
    >>> from brian2 import NeuronGroup, ms, mV, nS, run
    >>> from brianhw.equations import LIF, exponential_conductance
    >>> from brianhw.parameters import lif
    >>> cell = LIF + exponential_conductance("exc")
    >>> group = NeuronGroup(1, **cell)
    >>> cell.set(group, lif.PYNN_DEFAULTS, tau_exc=5*ms, E_exc=0*mV, g_exc=10*nS)
    >>> run(5*ms)
    >>> print((group.g_exc/nS).round(3))  # 10*exp(-1)
    [3.679]
    """
    course = _exponential(f"g_{name}", "siemens", f"tau_{name}")
    return _conductance(f"exponential conductance {name}", course, name, port, voltage)


def alpha_conductance(name: str, port: str = "I_syn") -> Receptor:
    """Return a conductance ``g_{name}`` that answers a spike of weight ``w`` with ``w*(t/tau)*exp(1 - t/tau)``.

    It peaks at ``w`` after the time ``tau_{name}``. Spikes enter at ``g_{name}_drive``.
    Ports and reversal potential as for :func:`exponential_conductance`.

    Examples
    --------
    >>> from brian2 import NeuronGroup, ms, mV, nS, run
    >>> from brianhw.equations import LIF, alpha_conductance
    >>> from brianhw.parameters import lif
    >>> cell = LIF + alpha_conductance("inh")
    >>> group = NeuronGroup(1, **cell)
    >>> cell.set(group, lif.PYNN_DEFAULTS, tau_inh=5*ms, E_inh=-70*mV, g_inh_drive=10*nS)  # a spike of weight 10 nS
    >>> run(5*ms)
    >>> print((group.g_inh/nS).round(3))  # its peak
    [10.]
    """
    return _conductance(f"alpha conductance {name}", _alpha(f"g_{name}", "siemens", f"tau_{name}", PEAK), name, port)


def beta_conductance(name: str, port: str = "I_syn") -> Receptor:
    """Return a conductance ``g_{name}`` that rises with ``tau_rise_{name}`` and decays with ``tau_decay_{name}``.

    The response to a spike is the difference of two exponentials, scaled to peak at the weight; the two time constants
    must differ. Spikes enter at ``g_{name}_drive``. Ports and reversal potential as for :func:`exponential_conductance`.

    Examples
    --------
    >>> from brian2 import NeuronGroup, ms, mV, nS, run
    >>> from brianhw.equations import LIF, beta_conductance
    >>> from brianhw.parameters import lif
    >>> cell = LIF + beta_conductance("exc")
    >>> group = NeuronGroup(1, **cell)
    >>> cell.set(group, lif.PYNN_DEFAULTS, tau_rise_exc=1*ms, tau_decay_exc=5*ms, E_exc=0*mV, g_exc_drive=10*nS)
    >>> run(2*ms)
    >>> print((group.g_exc/nS).round(3))  # its peak, after 1*5/(5 - 1)*log(5) = 2.01 ms
    [10.]
    """
    g, drive, decay, rise = f"g_{name}", f"g_{name}_drive", f"tau_decay_{name}", f"tau_rise_{name}"
    # the peak of exp(-t/decay) - exp(-t/rise), in units of its weight
    peak = f"(({rise}/{decay})**({rise}/({decay} - {rise})) - ({rise}/{decay})**({decay}/({decay} - {rise})))"
    gain = f"(1/{rise} - 1/{decay})/{peak}"
    moved = f"{gain}*dt*exp(-dt/{decay})*exprel(dt*(1/{decay} - 1/{rise}))*{drive}"
    return Receptor(
        name=f"beta conductance {name}",
        source=SOURCE,
        equations=f"""
        d{g}/dt = {gain}*{drive} - {g}/{decay} : siemens   # synaptic conductance
        d{drive}/dt = -{drive}/{rise} : siemens            # takes the spikes
        {decay} : second (constant)                        # decay time constant
        {rise} : second (constant)                         # rise time constant
        E_{name} : volt (constant)                         # reversal potential
        """,
        feeds=conductance_feeds(name, port),
        positive=(decay, rise),
        solutions={g: f"{g}*exp(-dt/{decay}) + {moved}", drive: f"{drive}*exp(-dt/{rise})"},
        entry=drive,
        unit="siemens",
        response=g,
        # what leaves g is what enters it less what stays
        integral=f"{decay}*({g}*(1 - exp(-dt/{decay})) - {moved} + {gain}*{rise}*(1 - exp(-dt/{rise}))*{drive})",
    )


def conductance_feeds(name: str, port: str, voltage: str = "v") -> tuple[Feed, ...]:
    """Return what the conductance ``g_{name}`` adds to *port* and to its slope.

    Examples
    --------
    >>> from brianhw.equations.receptors import conductance_feeds
    >>> for feed in conductance_feeds("exc", "I_syn"):
    ...     print(feed.port, feed.sign, feed.expression)
    I_syn + g_exc*(E_exc - v)
    I_syn_slope - g_exc
    """
    return Feed(port, f"g_{name}*(E_{name} - {voltage})"), Feed(f"{port}_slope", f"g_{name}", "-")


# -- what currents and conductances share: a course in time, which does not feed a port yet -------------


def _current(name: str, course: Receptor, sign: str, port: str) -> Receptor:
    return replace(course, name=name, feeds=(Feed(port, course.response, sign),))


def _conductance(title: str, course: Receptor, name: str, port: str, voltage: str = "v") -> Receptor:
    reversal = f"E_{name} : volt (constant)                       # reversal potential"
    equations = f"{course.equations}\n{reversal}"
    return replace(course, name=title, equations=equations, feeds=conductance_feeds(name, port, voltage), leaked="")


def _exponential(variable: str, unit: str, tau: str) -> Receptor:
    kind = {"amp": "current", "siemens": "conductance"}[unit]
    return Receptor(
        name="exponential",
        source=SOURCE,
        equations=f"""
        d{variable}/dt = -{variable}/{tau} : {unit:<11}# synaptic {kind}
        {tau} : second (constant)                   # decay time constant
        """,
        positive=(tau,),
        solutions={variable: f"{variable}*exp(-dt/{tau})"},
        entry=variable,
        unit=unit,
        response=variable,
        integral=f"{variable}*{tau}*(1 - exp(-dt/{tau}))",
        leaked=f"{variable}*exp(-dt*{{rate}})*dt*exprel(dt*({{rate}} - 1/{tau}))",
    )


def _alpha(variable: str, unit: str, tau: str, gain: str) -> Receptor:
    drive, decay = f"{variable}_drive", f"exp(-dt/{tau})"
    return Receptor(
        name="alpha function",
        source=SOURCE,
        equations=f"""
        d{variable}/dt = ({gain}*{drive} - {variable})/{tau} : {unit}   # alpha function
        d{drive}/dt = -{drive}/{tau} : {unit}   # takes the spikes
        {tau} : second (constant)                   # time to peak
        """,
        positive=(tau,),
        solutions={variable: f"({variable} + {gain}*{drive}*dt/{tau})*{decay}", drive: f"{drive}*{decay}"},
        entry=drive,
        unit=unit,
        response=variable,
        integral=f"({variable}*{tau}*(1 - {decay}) + {gain}*{drive}*({tau} - (dt + {tau})*{decay}))",
        leaked=_alpha_leaked(variable, tau, f"{gain}*{drive}"),
    )


def _alpha_leaked(variable: str, tau: str, driven: str) -> str:
    """Return the leaked integral of an alpha function: that of its exponential part, and of the part that rises first.

    The latter is ``dt**2`` times the integral of ``u*exp(x*u)`` from 0 to 1, ``(exp(x) - exprel(x))/x``; as a series where
    that would be a difference of nearly equal numbers.
    """
    x = f"(dt*({{rate}} - 1/{tau}))"
    near = f"int(abs({x}) < 0.02)"
    series = f"(1/2. + {x}*(1/3. + {x}*(1/8. + {x}*(1/30. + {x}*(1/144. + {x}/840.)))))"
    ramp = f"({near}*{series} + (1 - {near})*(exp({x}) - exprel({x}))/({x} + {near}))"
    return f"exp(-dt*{{rate}})*dt*({variable}*exprel({x}) + {driven}*dt/{tau}*{ramp})"


# -- synapses ---------------------------------------------------------------------------------------


def entry_of(target: Receptor | str, unit: str | None) -> tuple[str, str]:
    """Return the variable that takes the spikes, and its unit.

    Parameters
    ----------
    target : Receptor or str
        A receptor, which knows both, or the name of a variable of the target neuron.
    unit : str
        Unit of that variable; only with a name.

    Raises
    ------
    ModelError
        If a name comes without a unit, or a receptor with one; if *target* takes no spikes.

    Examples
    --------
    >>> from brianhw.equations import alpha_current
    >>> from brianhw.equations.receptors import entry_of
    >>> entry_of(alpha_current("exc"), None)
    ('I_exc_drive', 'amp')
    >>> entry_of("ge", "siemens")
    ('ge', 'siemens')
    >>> entry_of("ge", None)
    Traceback (most recent call last):
        ...
    brianhw.errors.ModelError: The unit of 'ge' is unknown. Give it, as in ('ge', unit='siemens'), or give the receptor.
    """
    if isinstance(target, Receptor) and target.entry:
        if unit is not None:
            raise ModelError(f"{target.name} takes weights in {target.unit}; leave unit={unit!r} out.")
        return target.entry, target.unit
    if not isinstance(target, str):
        raise ModelError(
            f"A synapse leads to a receptor; {called(target)} is none. Give one, such as exponential_current('exc'), or "
            "the name of a variable and its unit. (Synapses onto DPI circuits are DPI_SYNAPSES['AMPA'], ...)"
        )
    if unit is None:
        raise ModelError(
            f"The unit of {target!r} is unknown. Give it, as in ({target!r}, unit='siemens'), or give the receptor."
        )
    return target, unit


def check_receptors(owner: str, *receptors: object) -> None:
    """Raise unless all *receptors* of *owner* are receptors.

    Raises
    ------
    ModelError
        Naming the first that is none.

    Examples
    --------
    >>> from brianhw.equations import LIF
    >>> from brianhw.equations.receptors import check_receptors
    >>> check_receptors("my_cell", LIF)
    Traceback (most recent call last):
        ...
    brianhw.errors.ModelError: my_cell takes receptors, such as exponential_current('exc'); NeuronModel 'LIF' is none.
    """
    for each in receptors:
        if not isinstance(each, Receptor):
            raise ModelError(f"{owner} takes receptors, such as exponential_current('exc'); {called(each)} is none.")


def static_synapse(target: Receptor | str, unit: str | None = None) -> SynapseModel:
    """Return a synapse of constant ``weight``: a spike adds it to the receptor *target*.

    Parameters
    ----------
    target : Receptor or str
        A receptor, or the name of the variable of the target neuron that takes the spikes.
    unit : str
        Unit of the weight; only with a name.

    Examples
    --------
    >>> from brianhw.equations import exponential_current, static_synapse
    >>> print(static_synapse(exponential_current("exc")).text)
    # static synapse onto I_exc
    # Source: peak of the response = weight
    <BLANKLINE>
    weight : amp   # added to the receptor by a spike
    <BLANKLINE>
    # on_pre
    I_exc_post += weight
    """
    entry, unit = entry_of(target, unit)
    return SynapseModel(
        name=f"static synapse onto {entry}",
        source="peak of the response = weight",
        equations=f"weight : {unit}   # added to the receptor by a spike",
        on_pre=f"{entry}_post += weight",
        weight="weight",
    )


def delta_synapse(variable: str = "v") -> SynapseModel:
    """Return a synapse whose spike makes the membrane potential jump by its ``weight``, in volt.

    A neuron that is refractory does not jump (Brian2 keeps what is ``unless refractory`` from being written).

    Examples
    --------
    >>> from brian2 import NeuronGroup, SpikeGeneratorGroup, Synapses, ms, mV, run
    >>> from brianhw.equations import LIF, delta_synapse
    >>> from brianhw.parameters import lif
    >>> source, group = SpikeGeneratorGroup(1, [0], [0]*ms), NeuronGroup(1, **LIF)
    >>> LIF.set(group, lif.PYNN_DEFAULTS)
    >>> synapses = Synapses(source, group, **delta_synapse())
    >>> synapses.connect()
    >>> synapses.weight = 5*mV
    >>> run(0.1*ms)
    >>> print((group.v/mV).round(3))  # from -65 mV
    [-60.]
    """
    return static_synapse(variable, "volt").renamed("delta synapse")


def sum_of_currents(name: str, *currents: str) -> Block:
    """Return a block that calls the sum of these currents *name*, to look at.

    Examples
    --------
    >>> from brian2 import NeuronGroup, ms, nA, run
    >>> from brianhw.equations import LIF, exponential_current, sum_of_currents
    >>> from brianhw.parameters import lif
    >>> cell = LIF + exponential_current("a") + exponential_current("b") + sum_of_currents("I_both", "I_a", "I_b")
    >>> group = NeuronGroup(1, **cell)
    >>> cell.set(group, lif.PYNN_DEFAULTS, tau_a=2*ms, tau_b=5*ms, I_a=1*nA, I_b=2*nA)
    >>> print(group.I_both/nA)
    [3.]
    """
    return Block(name=f"sum of {' and '.join(currents)}", equations=f"{name} = {' + '.join(currents)} : amp")

"""Leaky integrate-and-fire neurons whose step is a closed form, receptors included.

Source: Rotter & Diesmann 1999, Biol. Cybern. 81:381 (exact integration with currents); Magnus 1954, Commun. Pure Appl. Math.
7:649, to fourth order as in Blanes, Casas, Oteo & Ros 2009, Phys. Rep. 470:151, section 5.4 (conductances); the neuron as in
:mod:`brianhw.equations.lif`.

Deviation: none. With currents the step is exact. With conductances, whose course is known exactly, it errs by the fifth
power of ``dt``, and holds for any strength of the conductances: the membrane cannot overshoot where these are slow.

Ports: ``I_step`` takes currents that stay the same during a step, such as those of electrodes.
"""

from __future__ import annotations

from dataclasses import replace

from brianhw.equations.lif import LIF
from brianhw.equations.receptors import Receptor, check_receptors
from brianhw.errors import ModelError
from brianhw.model import Block, Feed, NeuronModel

__all__ = ["linear_lif"]

SOURCE = "Rotter & Diesmann 1999, Biol. Cybern. 81:381; Magnus 1954, Commun. Pure Appl. Math. 7:649"

CONSTANT = "I_step + I_ext"  # what stays the same during a step


def linear_lif(*receptors: Receptor, neuron: NeuronModel = LIF) -> NeuronModel:
    """Return a leaky integrate-and-fire neuron with these receptors, solved in closed form.

    Parameters
    ----------
    *receptors : Receptor
        All currents, or all conductances; blocks of adaptation that are conductances count.
    neuron : NeuronModel
        With LIF's membrane and names: ``C_m``, ``g_L``, ``E_L``, ``I_ext``.

    Raises
    ------
    ModelError
        If currents and conductances are mixed, or a receptor has no closed form.

    Examples
    --------
    >>> from brian2 import NeuronGroup, ms, mV, nA, run
    >>> from brianhw.equations import exponential_current, linear_lif
    >>> from brianhw.parameters import lif
    >>> cell = linear_lif(exponential_current("exc"), exponential_current("inh", "-"))
    >>> group = NeuronGroup(1, **cell, dt=10*ms)
    >>> cell.set(group, lif.PYNN_DEFAULTS, tau_exc=10*ms, tau_inh=10*ms, I_exc=0.5*nA)
    >>> run(10*ms)
    >>> print((group.v/mV).round(3))  # exact in one step: -65 + 10*(exp(-0.5) - exp(-1))
    [-62.613]
    """
    check_receptors("linear_lif", *receptors)
    units = {receptor.unit for receptor in receptors}
    if len(units) > 1:
        raise ModelError("linear_lif takes currents or conductances; for both, add receptors to LIF.")
    feed = Feed("I_syn", "I_step")
    model = replace(neuron, ports={**neuron.ports, "I_step": "amp"}, feeds=(*neuron.feeds, feed), jacobian={})
    for receptor in receptors:
        model = model + receptor
    model = model + (_with_conductances(receptors) if units == {"siemens"} else _with_currents(receptors))
    name = " + ".join([neuron.name, *(receptor.name for receptor in receptors)])
    return replace(model, name=f"{name}, in closed form", scheme="euler")


def _with_currents(receptors: tuple[Receptor, ...]) -> Block:
    leaked = ((receptor.feeds[0].sign, _closed_form(receptor, "leaked")) for receptor in receptors)
    terms = [f"{sign} {integral.format(rate='g_L/C_m')}/C_m" for sign, integral in leaked]
    return Block(
        name="closed form with currents",
        source=SOURCE,
        equations=f"v_rest = E_L + ({CONSTANT})/g_L : volt   # where v would settle without synapses",
        solutions={"v": " ".join(["v_rest + (v - v_rest)*exp(-dt*g_L/C_m)", *terms])},
    )


def _with_conductances(receptors: tuple[Receptor, ...]) -> Block:
    values = {
        "now": [receptor.response for receptor in receptors],
        "sum": [_closed_form(receptor, "integral") for receptor in receptors],
        "end": [receptor.solutions[receptor.response] for receptor in receptors],
    }
    reversals = [f"*E_{receptor.response.removeprefix('g_')}" for receptor in receptors]

    def total(first: str, each: str, weighted: bool) -> str:
        factors = reversals if weighted else [""] * len(receptors)
        return " + ".join([first, *(f"({value}){factor}" for value, factor in zip(values[each], factors, strict=True))])

    return Block(
        name="closed form with conductances",
        source=SOURCE,
        equations=f"""
        G_now = {total("g_L", "now", False)} : siemens                                   # all conductance, now
        G_end = {total("g_L", "end", False)} : siemens                                   # ... at the end of the step
        G_sum = {total("g_L*dt", "sum", False)} : siemens*second                         # ... its integral over the step
        J_now = {total(f"g_L*E_L + {CONSTANT}", "now", True)} : amp                      # current at v = 0, now
        J_end = {total(f"g_L*E_L + {CONSTANT}", "end", True)} : amp                      # ... at the end of the step
        J_sum = {total(f"(g_L*E_L + {CONSTANT})*dt", "sum", True)} : coulomb             # ... its integral over the step
        J_mean = J_sum + dt**2/(12*C_m)*(G_now*J_end - G_end*J_now) : coulomb            # to fourth order
        """,
        solutions={"v": "v + (1 - exp(-G_sum/C_m))/G_sum*(J_mean - G_sum*v)"},
    )


def _closed_form(receptor: Receptor, name: str) -> str:
    """Return the integral of that *name*; raise if the receptor has none."""
    integral: str = getattr(receptor, name)
    if not integral:
        raise ModelError(f"{receptor.name} has no closed form in a leaky membrane; add it to LIF.")
    return integral

"""The NMDA receptor: a slow conductance that magnesium blocks at rest and depolarisation opens.

Source: Jahr & Stevens 1990, J. Neurosci. 10:3178 (magnesium block); rise and decay as a difference of exponentials,
Roth & van Rossum 2009, "Modeling synapses", section 6.2. ``gated_conductance`` has one decay and no rise, as in
EDLUT (branch head 74220e7, 2023).

Deviation: the receptor does not saturate: responses of spikes add up. Rise and decay time must differ.
"""

from __future__ import annotations

from dataclasses import replace

from brianhw.equations.grids import on_grid
from brianhw.equations.receptors import Receptor, exponential_conductance
from brianhw.model import Feed

__all__ = ["gated_conductance", "nmda_conductance"]

BLOCK = "Jahr & Stevens 1990, J. Neurosci. 10:3178"


def nmda_conductance(name: str = "nmda", port: str = "I_syn") -> Receptor:
    """Return a conductance ``g_{name}`` with rise and decay whose current the membrane potential gates.

    A spike of weight ``w`` is answered by ``w`` times a difference of exponentials with peak one, and by the share
    ``open_{name}`` of that, between zero and one, that magnesium leaves open. Spikes enter at ``g_{name}_drive``.
    Kinetics and block are those of the molecule and shared by the group; ``per_neuron`` makes them one per neuron.

    Examples
    --------
    >>> from brian2 import NeuronGroup, mV
    >>> from brianhw.equations import LIF, nmda_conductance
    >>> from brianhw.parameters import lif, receptors
    >>> cell = LIF + nmda_conductance()
    >>> group = NeuronGroup(2, **cell)
    >>> cell.set(group, lif.PYNN_DEFAULTS, receptors.NMDA.suffixed("nmda"), v=[-65, 0]*mV)
    >>> print(group.open_nmda[:].round(3))  # at 0 mV 1/(1 + 1 mM/3.57 mM)
    [0.06  0.781]
    """
    fast, slow = f"tau_rise_{name}", f"tau_decay_{name}"
    return Receptor(
        name=f"NMDA conductance {name}",
        source=f"{BLOCK}; Roth & van Rossum 2009, Modeling synapses, section 6.2",
        equations=f"""
        dg_{name}/dt = peak_{name}*g_{name}_drive*({slow} - {fast})/({slow}*{fast}) - g_{name}/{slow} : siemens
        dg_{name}_drive/dt = -g_{name}_drive/{fast} : siemens                    # takes the spikes
        peak_{name} = 1/(ratio_{name}**({fast}/({fast} - {slow})) - ratio_{name}**({slow}/({fast} - {slow}))) : 1
        ratio_{name} = {slow}/{fast} : 1
        {_opening(name, f"-v/V_Mg_{name}")}

        {fast} : second (shared, constant)               # rise time constant
        {slow} : second (shared, constant)               # decay time constant
        E_{name} : volt (constant)                       # reversal potential
        {_magnesium(name)}
        """,
        feeds=_gated_feeds(name, port, "v"),
        positive=(fast, slow, f"K_Mg_{name}", f"V_Mg_{name}"),
        not_negative=(f"Mg_{name}",),
        solutions={
            f"g_{name}": f"g_{name}*exp(-dt/{slow}) + peak_{name}*g_{name}_drive*(exp(-dt/{slow}) - exp(-dt/{fast}))",
            f"g_{name}_drive": f"g_{name}_drive*exp(-dt/{fast})",
        },
        entry=f"g_{name}_drive",
        unit="siemens",
    )


def gated_conductance(
    name: str = "nmda", port: str = "I_syn", voltage: str = "v", grid: tuple[str, str, int] | None = None
) -> Receptor:
    """Return a conductance ``g_{name}`` that decays with ``tau_{name}`` and whose current the membrane potential gates.

    A spike raises it by its weight; magnesium leaves the share ``open_{name}`` open, at once at any potential.

    Parameters
    ----------
    name : str
        Ends the names of its variables and parameters.
    port : str
        Input port of the neuron, in amp.
    voltage : str
        The neuron's name of what drives the current.
    grid : (str, str, int)
        Lowest and highest potential and number of points of a table of the block, see
        ``brianhw.equations.grids.on_grid``; EDLUT has 256 points from the inhibitory to the excitatory reversal
        potential. ``None`` for the function itself.

    Examples
    --------
    >>> from brian2 import NeuronGroup, ms, mV
    >>> from brianhw.equations import LIF, gated_conductance
    >>> from brianhw.parameters import lif, receptors
    >>> cell = LIF + gated_conductance()
    >>> group = NeuronGroup(2, **cell)
    >>> block = receptors.MAGNESIUM_BLOCK.suffixed("nmda")
    >>> cell.set(group, lif.PYNN_DEFAULTS, block, tau_nmda=20*ms, E_nmda=0*mV, v=[-65, 0]*mV)
    >>> print(group.open_nmda[:].round(3))  # at 0 mV 1/(1 + 1.2 mM/3.57 mM)
    [0.05  0.748]
    """
    exponent = f"-{voltage}/V_Mg_{name}"
    if grid is not None:  # EDLUT's inferior olive has an exponent of thousands: exp would overflow
        exponent = f"clip(-{on_grid(voltage, *grid)}/V_Mg_{name}, -700, 700)"
    conductance = exponential_conductance(name, port, voltage)
    return replace(
        conductance,
        name=f"gated conductance {name}",
        source=f"{BLOCK}; EDLUT (branch head 74220e7, 2023)",
        equations=f"{conductance.equations}\n{_opening(name, exponent)}\n{_magnesium(name, indent='')}",
        feeds=_gated_feeds(name, port, voltage),
        positive=(*conductance.positive, f"K_Mg_{name}", f"V_Mg_{name}"),
        not_negative=(f"Mg_{name}",),
    )


def _opening(name: str, exponent: str) -> str:
    return f"open_{name} = 1/(1 + Mg_{name}/K_Mg_{name}*exp({exponent})) : 1     # magnesium block"


def _magnesium(name: str, indent: str = 8 * " ") -> str:
    lines = (
        f"Mg_{name} : mmolar (shared, constant)            # magnesium outside the cell",
        f"K_Mg_{name} : mmolar (shared, constant)          # magnesium that blocks half at 0 mV",
        f"V_Mg_{name} : volt (shared, constant)            # depolarisation that opens e-fold",
    )
    return f"\n{indent}".join(lines)


def _gated_feeds(name: str, port: str, voltage: str) -> tuple[Feed, ...]:
    driving = f"(E_{name} - {voltage})"
    return (
        Feed(port, f"g_{name}*open_{name}*{driving}"),
        Feed(f"{port}_slope", f"g_{name}*open_{name}*(1 - (1 - open_{name})*{driving}/V_Mg_{name})", "-"),
    )

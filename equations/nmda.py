"""The NMDA receptor: a slow conductance that magnesium blocks at rest and depolarisation opens.

Source: Jahr & Stevens 1990, J. Neurosci. 10:3178 (magnesium block); rise and decay as a difference of exponentials,
Roth & van Rossum 2009, "Modeling synapses", section 6.2.

Deviation: the receptor does not saturate: responses of spikes add up. Rise and decay time must differ.
"""

from __future__ import annotations

from brianhw.equations.receptors import Receptor
from brianhw.model import Feed

__all__ = ["nmda_conductance"]


def nmda_conductance(name: str = "nmda", port: str = "I_syn") -> Receptor:
    """Return a conductance ``g_{name}`` with rise and decay whose current the membrane potential gates.

    A spike of weight ``w`` is answered by ``w`` times a difference of exponentials with peak one, and by the share
    ``open_{name}`` of that, between zero and one, that magnesium leaves open. Spikes enter at ``g_{name}_drive``.
    Kinetics and block are those of the molecule and shared by the group; ``per_neuron`` makes them one per neuron.
    """
    fast, slow = f"tau_rise_{name}", f"tau_decay_{name}"
    return Receptor(
        name=f"NMDA conductance {name}",
        source="Jahr & Stevens 1990, J. Neurosci. 10:3178; Roth & van Rossum 2009, Modeling synapses, section 6.2",
        equations=f"""
        dg_{name}/dt = peak_{name}*g_{name}_drive*({slow} - {fast})/({slow}*{fast}) - g_{name}/{slow} : siemens
        dg_{name}_drive/dt = -g_{name}_drive/{fast} : siemens                    # takes the spikes
        peak_{name} = 1/(ratio_{name}**({fast}/({fast} - {slow})) - ratio_{name}**({slow}/({fast} - {slow}))) : 1
        ratio_{name} = {slow}/{fast} : 1
        open_{name} = 1/(1 + Mg_{name}/K_Mg_{name}*exp(-v/V_Mg_{name})) : 1     # magnesium block

        {fast} : second (shared, constant)               # rise time constant
        {slow} : second (shared, constant)               # decay time constant
        E_{name} : volt (constant)                       # reversal potential
        Mg_{name} : mmolar (shared, constant)            # magnesium outside the cell
        K_Mg_{name} : mmolar (shared, constant)          # magnesium that blocks half at 0 mV
        V_Mg_{name} : volt (shared, constant)            # depolarisation that opens e-fold
        """,
        feeds=(
            Feed(port, f"g_{name}*open_{name}*(E_{name} - v)"),
            Feed(f"{port}_slope", f"g_{name}*open_{name}*(1 - (1 - open_{name})*(E_{name} - v)/V_Mg_{name})", "-"),
        ),
        positive=(fast, slow, f"K_Mg_{name}", f"V_Mg_{name}"),
        not_negative=(f"Mg_{name}",),
        solutions={
            f"g_{name}": f"g_{name}*exp(-dt/{slow}) + peak_{name}*g_{name}_drive*(exp(-dt/{slow}) - exp(-dt/{fast}))",
            f"g_{name}_drive": f"g_{name}_drive*exp(-dt/{fast})",
        },
        entry=f"g_{name}_drive",
        unit="siemens",
    )

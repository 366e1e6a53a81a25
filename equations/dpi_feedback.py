"""Positive feedback of the DPI neuron: the current that makes the upstroke of a spike.

Source: Chicca et al. 2014, Proc. IEEE 102(9); the sigmoid is that of the DynapSE simulator (Demirag et al.
2022) and of teili. Deviation: none.
"""

from brianhw.model import Block, Feed

DPI_FEEDBACK = Block(
    name="DPI positive feedback",
    source="Chicca et al. 2014, Proc. IEEE 102(9); DynapSE simulator (Demirag et al. 2022)",
    equations="""
    Isoma_pfb = Isoma_pfb_gain*Isoma_pfb_open : amp
    Isoma_pfb_open = int(near)/(1 + exp((Isoma_pfb_th - Isoma_mem)*(1/Isoma_pfb_norm))) : 1
    near = Isoma_mem > Isoma_pfb_th - 37*Isoma_pfb_norm : boolean        # below, the sigmoid is under 1e-16
    Isoma_pfb_slope = Isoma_pfb*(1 - Isoma_pfb_open)*(1/Isoma_pfb_norm) : 1

    Isoma_pfb_gain : amp (shared, constant)      # height
    Isoma_pfb_th : amp (shared, constant)        # membrane current at half height
    Isoma_pfb_norm : amp (shared, constant)      # width
    """,
    positive=("Isoma_pfb_norm",),
    not_negative=("Isoma_pfb_gain", "Isoma_pfb_th"),
    feeds=(Feed("Isoma_leak", "Isoma_pfb", "-"), Feed("Isoma_leak_slope", "Isoma_pfb_slope", "-")),
)

"""Parameters of the Izhikevich neuron: the cell types of the paper.

With 1 nF, a current of 1 nA is the paper's dimensionless I = 1.
"""

from brian2.units import ms, mV, nF

from brianhw.parameters import ParameterSet


def _cell(name: str, a: float, b: float, c: float, d: float) -> ParameterSet:
    """Return a cell type from the paper's numbers, which are in mV and ms."""
    return ParameterSet(
        f"Izhikevich, {name}",
        "Izhikevich 2003, IEEE Trans. Neural Netw. 14:1569, figure 2 and section III",
        a=a / ms,
        b=b / ms,
        c=c * mV,
        d=d * mV / ms,
        v_peak=30 * mV,
        C_m=1 * nF,
    )


# fmt: off
#                                                               a     b    c     d
REGULAR_SPIKING         = _cell("regular spiking (RS)",      0.02, 0.2,  -65,    8)
INTRINSICALLY_BURSTING  = _cell("intrinsically bursting (IB)", 0.02, 0.2, -55,   4)
CHATTERING              = _cell("chattering (CH)",           0.02, 0.2,  -50,    2)
FAST_SPIKING            = _cell("fast spiking (FS)",          0.1, 0.2,  -65,    2)
LOW_THRESHOLD_SPIKING   = _cell("low-threshold spiking (LTS)", 0.02, 0.25, -65,  2)
THALAMO_CORTICAL        = _cell("thalamo-cortical (TC)",     0.02, 0.25, -65, 0.05)
RESONATOR               = _cell("resonator (RZ)",             0.1, 0.26, -65,    2)
# fmt: on

"""A Poisson source with a generator of random numbers of its own: the same seed gives the same spikes on every machine.

Source: a linear congruential generator with the constants of the C standard's example (ISO/IEC 9899:1999, 7.20.2.2), as in EDLUT
(branch head 74220e7, 2023, PoissonGeneratorDeviceVector), whose spikes it has with a step of 0.1 ms.

Deviation: at most one spike in a step, found with the probability ``rate*dt``: use a step that is short beside the intervals
between spikes. The generator is a simple one; for anything but the repetition of a simulation, take
:mod:`brianhw.equations.spike_sources`.

``x`` is the generator's last number, an integer from 0 to 2**31 - 1; its value at the start is the seed. A source whose rate
is zero draws none.
"""

from brianhw.model import NeuronModel

_DRAWN = (
    "((16838.*x - 32768.*floor(16838.*x/32768.))*65536. + 20077.*x + 12345.)"  # the multiplier is 16838*65536 + 20077
)

POISSON_SEEDED = NeuronModel(
    name="seeded Poisson source",
    source="ISO/IEC 9899:1999, 7.20.2.2; EDLUT (branch head 74220e7, 2023)",
    equations="""
    dx/dt = 0/second : 1                         # number drawn last
    rate : Hz (constant)                         # mean rate
    """,
    not_negative=("rate",),
    # in floating point of 53 bits all of it is exact
    solutions={"x": f"int(rate > 0*Hz)*({_DRAWN} - 2147483648.*floor({_DRAWN}/2147483648.)) + int(rate <= 0*Hz)*x"},
    threshold="rate*dt*2147483647. > x and rate > 0*Hz",
    scheme="euler",
)

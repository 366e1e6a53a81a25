"""A source of sinusoidal current, held for an interval and delayed.

Source: EDLUT (branch head 74220e7, 2023, SinCurrentDeviceVector), which sends a new value every millisecond. Deviation: none.

``I`` is what has arrived at the beginning of a step: ``offset + amplitude*sin(2*pi*frequency*s + phase)``, where ``s`` is the last
multiple of ``interval`` before ``t - delay``. It is zero until the first, which is at ``s = interval``. Give it to neurons
by a ``Synapses`` object with a summed variable, such as ``I_device_post = I_pre : amp (summed)``.
"""

from brianhw.model import NeuronModel

SINE_CURRENT = NeuronModel(
    name="sine current",
    source="EDLUT (branch head 74220e7, 2023)",
    equations="""
    I = int(s > 0.5*interval)*(offset + amplitude*sin(2*pi*frequency*s + phase)) : amp (constant over dt)
    s = interval*(ceil((t - delay)/interval) - 1) : second

    amplitude : amp (constant)                   # of the sine
    offset : amp (constant)                      # mean current
    frequency : Hz (constant)                    # of the sine
    phase : 1 (constant)                         # of the sine, in radians
    delay : second (shared, constant)            # how late it arrives
    interval : second (shared, constant)         # between new values
    """,
    positive=("interval",),
    not_negative=("delay", "frequency"),
    optional=("offset", "phase", "delay"),
)

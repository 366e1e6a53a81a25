"""What a metric sees of one point: spike times and traces of some neurons."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field

import numpy as np
from brian2 import Quantity, second

from brianhw.errors import unknown_name

__all__ = ["Recording"]


@dataclass(frozen=True)
class Recording:
    """A run of a model.

    Attributes
    ----------
    n : int
        Neurons.
    duration : Quantity
        How long it ran.
    indices, times : array of int, array of float (s)
        Neuron and time of each spike.
    traces : mapping of str to Quantity, shape (neurons, samples)
        Recorded variables.
    sample_times : Quantity
        Of the samples.

    Examples
    --------
    >>> import numpy as np
    >>> from brian2 import ms
    >>> from brianhw.explore import Recording, firing_rate
    >>> run = Recording(n=2, duration=100*ms, indices=np.array([0, 1, 0]), times=np.array([0.01, 0.02, 0.05]))
    >>> print(run.spike_trains()[0], firing_rate(run))
    [0.01 0.05] 15. Hz
    """

    n: int
    duration: Quantity
    indices: np.ndarray
    times: np.ndarray
    traces: Mapping[str, Quantity] = field(default_factory=dict)
    sample_times: Quantity | None = None

    @property
    def spike_times(self) -> Quantity:
        """Times of all spikes, in order."""
        return self.times * second

    def spike_trains(self) -> list[np.ndarray]:
        """Return the spike times of each neuron, in seconds."""
        order = np.lexsort((self.times, self.indices))
        ends = np.searchsorted(self.indices[order], np.arange(1, self.n))
        return np.split(self.times[order], ends)

    def trace(self, name: str) -> Quantity:
        """Return a recorded variable, shape (neurons, samples).

        Raises
        ------
        UnknownNameError
            If it was not recorded.
        """
        if name not in self.traces:
            raise unknown_name("Recording", "variable", name, self.traces)
        return self.traces[name]

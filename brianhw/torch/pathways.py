"""Spikes on their way: from where, to which synapses, and in how many steps."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import numpy as np
import torch
from brian2.groups.subgroup import Subgroup

__all__ = ["Pathway", "attribute_of", "whole_of"]


def attribute_of(key: str) -> str:
    """Return the name of the attribute of a module that holds the tensor of a key."""
    return key.replace(".", "__").replace(":", "__")


def whole_of(group: Any) -> Any:
    """Return the group itself, also for a part of it, or a weak reference."""
    plain = group.__repr__.__self__  # of a weak reference what it stands for
    return plain.source.__repr__.__self__ if isinstance(plain, Subgroup) else plain


class Pathway(torch.nn.Module):
    """The spikes of a Brian2 pathway.

    Parameters
    ----------
    runner : SynapticPathway
        Of Brian2.
    dt : float
        The step in seconds.

    Attributes
    ----------
    group : str
        The name of what sends the spikes.
    longest : int
        The longest delay in steps.
    """

    def __init__(self, runner: Any, dt: float) -> None:
        super().__init__()
        self.group = whole_of(runner.source).name
        delays = np.floor(np.asarray(runner._delays.get_value(), float) / dt + 0.5).astype(np.int64)
        self.longest = int(delays.max()) if delays.size else 0
        self._is_uniform = delays.size < 2 or bool((delays == delays[0]).all())
        source = np.array(runner.synapse_sources.get_value(), np.int64)
        self.register_buffer("_source", torch.as_tensor(source), persistent=False)
        self.register_buffer("_delays", torch.as_tensor(delays), persistent=False)

    def arriving(self, spikes: torch.Tensor | None, sent: tuple[torch.Tensor, ...]) -> torch.Tensor | None:
        """Return for each synapse, shape ``(batch, synapses)``, the spikes that arrive; None if there are none.

        Parameters
        ----------
        spikes : Tensor, shape (batch, neurons), or None
            Those of this step.
        sent : tuple of Tensor
            Those of the steps before, the newest first.
        """
        if self._is_uniform:
            now = spikes if self.longest == 0 else sent[self.longest - 1]
            return None if now is None else now[..., self._source]
        newest = torch.zeros_like(sent[0]) if spikes is None else spikes.expand_as(sent[0])
        rows = torch.stack([newest, *sent[: self.longest]])
        return rows[self._delays, :, self._source].transpose(0, 1)


def histories(pathways: Mapping[str, Pathway]) -> dict[str, int]:
    """Return for how many steps the spikes of each group are kept."""
    steps: dict[str, int] = {}
    for pathway in pathways.values():
        steps[pathway.group] = max(steps.get(pathway.group, 0), pathway.longest)
    return {name: count for name, count in steps.items() if count}

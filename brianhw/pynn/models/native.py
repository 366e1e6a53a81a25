"""Cell types made of any neuron model, of the library or of the user's."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import numpy as np
from brian2 import Quantity, get_dimensions
from pyNN.models import BaseCellType

from brianhw.equations.receptors import Receptor, check_receptors
from brianhw.errors import PyNNError, unknown_name
from brianhw.model import NeuronModel
from brianhw.pynn.checks.domains import check, known_values
from brianhw.pynn.checks.refusals import as_ours
from brianhw.pynn.checks.text import domains_of, plain_numbers
from brianhw.pynn.models.realisation import FromPyNN, Realisation, facts_of
from brianhw.pynn.models.units import unit_of, unit_value

__all__ = ["NativeCellType", "native_cell_type"]


class NativeCellType(BaseCellType):
    """A cell type made by :func:`native_cell_type`."""

    realisation: Realisation
    pulls_down: frozenset[str]  # receptors whose sign is the model's: their weights are amounts

    def __init__(self, **parameters: Any) -> None:
        for name in parameters:
            if name not in self.default_parameters:
                raise unknown_name(type(self).__name__, "parameter", name, self.default_parameters)
        owner = type(self).__name__
        converted = {name: self._number(name, value) for name, value in parameters.items()}
        plain = plain_numbers(owner, converted)
        with as_ours(owner):
            super().__init__(**plain)
        known = {name: value for name, value in known_values(self.parameter_space).items() if name in plain}
        check(owner, known, domains_of(self), "cell")
        missing = [
            name
            for name, value in self.parameter_space.items()
            if np.isscalar(value.base_value) and np.isnan(value.base_value)
        ]
        if missing:
            raise PyNNError(
                f"{type(self).__name__} needs a value for {', '.join(missing)}. Give it here, or native_cell_type a "
                "parameter set (parameters=...)."
            )

    @classmethod
    def _number(cls, name: str, value: Any) -> Any:
        """Return a Brian2 quantity as a number in PyNN's unit; numbers stay as they are."""
        if isinstance(value, Quantity):
            dimension = cls.realisation.model.parsed[name].dim
            if get_dimensions(value) != dimension:
                raise PyNNError(f"{cls.__name__}: {name} is counted in {unit_of(dimension)}; it was given {value!r}.")
            return np.asarray(value) / unit_value(unit_of(dimension))
        return value


def native_cell_type(
    model: NeuronModel,
    receptors: Mapping[str, Receptor | str] | None = None,
    *,
    parameters: Mapping[str, Any] | None = None,
    name: str | None = None,
) -> type[NativeCellType]:
    """Return a PyNN cell type made of a model.

    Its parameters and recordables have the model's names. Numbers are in PyNN's units (mV, ms, nA, nF, uS, Hz; SI units
    where PyNN has none); Brian2 quantities are taken, too.

    Parameters
    ----------
    model : NeuronModel
        With its receptors added.
    receptors : mapping of str to Receptor or str
        Receptor type -> the receptor that was added, or the variable that takes the spikes. Weights onto a receptor
        with the sign ``"-"`` are amounts; onto other currents called ``"inhibitory"`` they are negative, as in PyNN.
    parameters : mapping of str to Quantity or float
        Defaults, such as a set of :mod:`brianhw.parameters`.
    name : str
        Of the class; by default the model's.

    Raises
    ------
    UnknownNameError
        If a receptor's variable or a parameter does not exist in the model.

    Examples
    --------
    >>> import brianhw.pynn as sim
    >>> from brianhw.equations import ADEX, exponential_conductance
    >>> from brianhw.parameters import adex
    >>> exc = exponential_conductance("exc")
    >>> Cell = sim.native_cell_type(ADEX + exc, {"excitatory": exc}, parameters=adex.REGULAR_SPIKING)
    >>> rank = sim.setup(device="runtime")
    >>> cells = sim.Population(10, Cell(tau_exc=5.0, E_exc=0.0, I_ext=1.0))
    >>> cells.record("spikes")
    >>> time = sim.run(50)
    >>> cells.mean_spike_count()
    3.0
    """
    parsed = model.parsed
    units = {each: unit_of(parsed[each].dim) for each in parsed.names if each in parsed.names}
    entries = {}
    for label, receptor in (receptors or {}).items():
        if not isinstance(receptor, str):
            check_receptors(f"native_cell_type: {label!r}", receptor)
        entry = receptor.entry if isinstance(receptor, Receptor) else receptor
        if entry not in parsed.diff_eq_names | parsed.parameter_names:
            raise unknown_name(model.name, "variable", entry, parsed.diff_eq_names)
        entries[label] = (entry, units[entry])
    states = {each: (each, units[each]) for each in (*parsed.diff_eq_names, *parsed.subexpr_names)}
    ports = [port for port, unit in model.ports.items() if unit == "amp"]
    realisation = Realisation(
        model,
        {each: FromPyNN(each, units[each]) for each in parsed.parameter_names},
        states,
        entries,
        current_port="I_step" if "I_step" in ports else next(iter(ports), ""),
    )
    kind: type[NativeCellType] = type(
        name or "".join(part for part in model.name.title() if part.isalnum()) or "NativeCell",
        (NativeCellType,),
        {
            "__doc__": model.text,
            "__module__": __name__,
            "realisation": realisation,
            "default_parameters": {},
            "default_initial_values": {},
            "recordable": [*(["spikes"] if model.threshold else []), *sorted(states)],
            **facts_of(entries),
            "pulls_down": frozenset(
                label
                for label, receptor in (receptors or {}).items()
                if isinstance(receptor, Receptor) and all(feed.sign == "-" for feed in receptor.feeds)
            ),
            "injectable": bool(ports),
            "units": {each: "dimensionless" if unit == "1" else unit for each, unit in units.items()},
        },
    )
    given = dict(parameters or {})
    for each in given:
        if each not in parsed.names:
            raise unknown_name(model.name, "parameter", each, parsed.parameter_names)
    kind.default_parameters = {
        each: float(kind._number(each, given.get(each, 0.0 if each in model.optional else np.nan)))
        for each in sorted(parsed.parameter_names)
    }
    kind.default_initial_values = {
        each: float(kind._number(each, value)) for each, value in given.items() if each in parsed.diff_eq_names
    }
    return kind

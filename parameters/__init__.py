"""Named, sourced parameter values, one file per model.

A :class:`ParameterSet` is a read-only mapping from names to Brian2 quantities that knows its source. Sets
are combined with ``|``; a later one overrides an earlier one.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from types import MappingProxyType
from typing import Any

from brianhw import html

__all__ = ["ParameterSet"]


class ParameterSet(Mapping[str, Any]):
    """Values of a model's parameters and initial states, with their source.

    Parameters
    ----------
    name : str
        What the values describe.
    source : str
        Where they come from: a paper with table, a tool's defaults, a data sheet.
    **values : Quantity or float
        The values, by the parameter's name in the equations.

    Examples
    --------
    >>> from brian2 import Mohm, ms, mV
    >>> from brianhw.parameters import ParameterSet, lif
    >>> cell_7 = ParameterSet("cell 7", "our recording of 3 May, table 2", g_L=1/(80*Mohm), V_th=-48*mV)
    >>> values = lif.NEST_DEFAULTS | cell_7  # the later one overrides
    >>> print(values["V_th"], values["t_ref"])
    -48. mV 2. ms
    >>> print(values.source)
    NEST 3.10, iaf_psc_exp; g_L = C_m/tau_m; our recording of 3 May, table 2
    >>> ParameterSet("AMPA", "Vogels & Abbott 2005", tau=5*ms).suffixed("exc")["tau_exc"]
    5. * msecond
    """

    def __init__(self, name: str, source: str, /, **values: Any) -> None:
        self.name = name
        self.source = source
        self._values = MappingProxyType(values)

    def __reduce__(self) -> tuple[Any, ...]:
        return _parameter_set, (self.name, self.source, dict(self._values))  # a mapping proxy cannot be pickled

    def __getitem__(self, key: str) -> Any:
        return self._values[key]

    def __iter__(self) -> Iterator[str]:
        return iter(self._values)

    def __len__(self) -> int:
        return len(self._values)

    def __or__(self, other: Mapping[str, Any]) -> ParameterSet:
        name, source = self.name, self.source
        if isinstance(other, ParameterSet):
            name, source = f"{name} | {other.name}", f"{source}; {other.source}"
        return ParameterSet(name, source, **{**self, **other})

    def suffixed(self, suffix: str) -> ParameterSet:
        """Return the set for a block called *suffix*: ``tau`` becomes ``tau_exc`` for ``"exc"``."""
        return ParameterSet(
            f"{self.name} ({suffix})", self.source, **{f"{name}_{suffix}": value for name, value in self.items()}
        )

    def __repr__(self) -> str:
        values = ", ".join(f"{name}={value}" for name, value in self.items())
        return f"<{self.name}: {values}. Source: {self.source}>"

    def _repr_html_(self) -> str:
        rows = [[name, str(value)] for name, value in self.items()]
        return html.paragraph(self.name) + html.table(["parameter", "value"], rows) + html.paragraph(self.source)


def _parameter_set(name: str, source: str, values: dict[str, Any]) -> ParameterSet:
    return ParameterSet(name, source, **values)

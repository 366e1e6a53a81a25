"""The values of variables, as Brian2 asks its device for them."""

from __future__ import annotations

from collections.abc import Mapping
from contextlib import suppress
from typing import Any

import numpy as np
from brian2.core.variables import ArrayVariable, DynamicArrayVariable, VariableView
from brian2.devices.cpp_standalone.device import CPPStandaloneDevice
from brian2.devices.device import all_devices

from brianhw.device.core.arrays import GrowableArray
from brianhw.device.core.queue import SpikeQueue
from brianhw.device.history.notes import History
from brianhw.device.running.engine import Engine
from brianhw.device.running.watch import RecordingNamespace

__all__ = ["ValuesInMemory", "not_here"]


def not_here(name: str) -> property:
    """Return an attribute that is not there: Brian2 asks ``hasattr(device, ...)`` and then uses its own way."""

    def refuse(device: Any) -> None:
        raise AttributeError(f"The brianhw device leaves {name} to Brian2.")

    return property(refuse)


class ValuesInMemory(CPPStandaloneDevice):
    """A device whose values are arrays in memory at all times; changes are noted in its history."""

    # The standalone device cannot do these; Brian2's own code can, since values are in memory.
    variableview_get_with_expression = not_here("variableview_get_with_expression")
    variableview_get_subexpression_with_index_array = not_here("variableview_get_subexpression_with_index_array")

    def __init__(self) -> None:
        super().__init__()
        self.engine = Engine()
        self.history = History()

    def add_array(self, var: ArrayVariable) -> None:
        if isinstance(var, DynamicArrayVariable):
            self.engine.arrays[var] = GrowableArray(var.size, var.dtype)
        else:
            self.engine.arrays[var] = np.zeros(var.size, dtype=var.dtype)

    def get_array_name(self, var: ArrayVariable, access_data: bool = True) -> str:
        if self.engine.generation is not None:
            return self.engine.generation.names.array(var, access_data)
        # code that runs once, on NumPy: the name need only be unique within it
        name = f"_array_{getattr(var.owner, 'name', 'temporary')}_{var.name}"
        return name if access_data or not isinstance(var, DynamicArrayVariable) else f"_dynamic{name}"

    def get_value(self, var: ArrayVariable, access_data: bool = True) -> Any:
        array = self.engine.arrays[var]
        if not isinstance(array, GrowableArray):
            return self.engine.arrays.hand_out(var)
        if self.engine.running is not None:  # C++ may just have made it larger
            var.size = array.extent
        return array.data if access_data else array

    def set_value(self, var: ArrayVariable, value: Any) -> None:
        self._write(var, value)
        self.history.whole(var, self.engine.arrays[var][:])

    def _write(self, var: ArrayVariable, value: Any) -> None:
        self.engine.arrays[var][:] = value
        self.engine.arrays.tell(var)

    def fill_with_array(self, var: ArrayVariable, arr: Any) -> None:
        self.set_value(var, arr)

    def variableview_set_with_index_array(self, view: VariableView, item: Any, value: Any, check_units: bool) -> None:
        self._set_by_view(view, "set_with_index_array", item, value, check_units)

    def variableview_set_with_expression(
        self, view: VariableView, item: Any, code: str, run_namespace: Mapping[str, Any], check_units: bool = True
    ) -> None:
        self._set_by_view(view, "set_with_expression", item, code, RecordingNamespace(run_namespace), check_units)

    def variableview_set_with_expression_conditional(
        self, view: VariableView, cond: str, code: str, run_namespace: Mapping[str, Any], check_units: bool = True
    ) -> None:
        namespace = RecordingNamespace(run_namespace)
        self._set_by_view(view, "set_with_expression_conditional", cond, code, namespace, check_units)

    def _set_by_view(self, view: VariableView, method: str, *arguments: Any) -> None:
        """Have Brian2 set values, and take note of it."""
        values = self.engine.values_of(view.variable) if self.history.takes_notes else None
        if values is not None:
            self.history.keep(view.variable, values)
        with self.history.paused():
            getattr(VariableView, method).original_function(view, *arguments)
        if values is not None:
            used = [dict(each.asked) if isinstance(each, RecordingNamespace) else each for each in arguments]
            self.history.statement(view, method, tuple(used))

    def init_with_zeros(self, var: ArrayVariable, dtype: Any) -> None:
        self._write(var, 0)

    def init_with_arange(self, var: ArrayVariable, start: int, dtype: Any) -> None:
        self._write(var, np.arange(start, stop=var.get_len() + start, dtype=dtype))

    def adopt(self, var: ArrayVariable, values: np.ndarray) -> None:
        """Let *values* be the memory of a dynamic variable of one dimension, which has their type and length then.

        It is not copied, so that nobody else may write to it.
        """
        array = self.engine.arrays[var]
        array.adopt(values)
        var.dtype, var.size = values.dtype.type, len(values)
        self.history.resized(var, array.values)

    def resize(self, var: ArrayVariable, new_size: Any) -> None:
        self.engine.arrays[var].resize(new_size)
        self.history.resized(var, self.engine.arrays[var].values)

    def resize_along_first(self, var: ArrayVariable, new_size: Any) -> None:
        self.engine.arrays[var].resize_along_first(new_size)

    def spike_queue(self, source_start: int, source_end: int) -> Any:
        if self.engine.core.compiles:
            return SpikeQueue(self.engine.core.loaded, source_start, source_end, _queue_from_file)
        from brian2.synapses.spikequeue import SpikeQueue as PythonSpikeQueue

        queue = PythonSpikeQueue(source_start=source_start, source_end=source_end)
        with suppress(AttributeError):  # it is compiled from Brian2 2.11 on, and keeps the one that it has
            queue._state_tuple = SpikeQueue._state_tuple
        return queue


def _queue_from_file(source_start: int, source_end: int, state: Any) -> Any:
    """Return a queue that was written to a file, for the device of this process."""
    device: Any = all_devices["brianhw"]
    device.engine.core.begin()
    queue = device.spike_queue(source_start, source_end)
    queue._restore_from_full_state(state)
    return queue

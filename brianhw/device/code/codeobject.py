"""The code object of the device: Brian2's C++, with our templates, run inside this process."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from brian2.codegen.codeobject import constant_or_scalar
from brian2.core.functions import DEFAULT_FUNCTIONS
from brian2.devices.cpp_standalone.codeobject import CPPStandaloneCodeObject

from brianhw.device.code.generator import Generator, StrictGenerator
from brianhw.device.code.naming import cpp_name
from brianhw.device.mending.pickling import nothing

__all__ = ["BLOCKS", "EMPTY", "PUSH_SPIKES", "CompiledCodeObject", "StrictCodeObject"]

BLOCKS = ("before_run", "run", "after_run")
EMPTY = "EMPTY_CODE_BLOCK"  # what Brian2's templates write into a block with nothing to do
PUSH_SPIKES = "synapses_push_spikes"  # the template whose work the core does


def _constant_or_scalar(name: str, variable: Any) -> str:
    """Return what Brian2's function of this name does, with our names."""
    code: str = constant_or_scalar(name, variable)
    return cpp_name(code) if code == name else code


class CompiledCodeObject(CPPStandaloneCodeObject):
    """A piece of generated C++ that becomes a function of its model's library."""

    class_name = "brianhw"  # Brian2 lists those that a function has code for
    generator_class = Generator
    templater = CPPStandaloneCodeObject.templater.derive(
        "brianhw.device.code", env_globals={"constant_or_scalar": _constant_or_scalar}
    )

    def __init__(self, *args: Any, **keywords: Any) -> None:
        super().__init__(*args, **keywords)
        #: Runs a block of it, or keeps it for later; handed over by who collects its code, then by who has built it.
        self.runner: Callable[[CompiledCodeObject, str], None] | None = None

    def __reduce__(self) -> tuple[Any, ...]:
        # generated again in the process that reads it; its functions need not be such as can be pickled
        return nothing, ()

    def block(self, name: str) -> str:
        """Return the C++ of a block (``before_run``, ``run`` or ``after_run``), empty if there is nothing to do."""
        if self.template_name == PUSH_SPIKES:
            return ""
        code = getattr(self.code, "cpp_file" if name == "run" else f"{name}_cpp_file")
        return "" if EMPTY in code else code

    def run_block(self, block: str) -> None:
        """Run a block now, or remember to do so as soon as the library is there."""
        if self.template_name != PUSH_SPIKES:
            if self.runner is not None:
                self.runner(self, block)
        elif block == "before_run":
            self.owner.initialise_queue()
        elif block == "run":
            self.owner.push_spikes()


class StrictCodeObject(CompiledCodeObject):
    """The same, computing as NumPy does to the bit."""

    class_name = "brianhw_strict"
    generator_class = StrictGenerator


# The documented way to give a code object its own version of a function.
for _name in ("rand", "randn"):
    DEFAULT_FUNCTIONS[_name].implementations.add_implementation(
        CompiledCodeObject,
        code=f"""
        static inline double _{_name}(const int _vectorisation_idx) {{
            return brian::_random_generators[0].{_name}();
        }}
        """,
        name=f"_{_name}",
    )
_IN_NUMPY = "exp expm1 exprel log log10 log1p sin cos tan sinh cosh tanh".split()
for _name, _cpp_name in [
    *zip(_IN_NUMPY, _IN_NUMPY, strict=True),
    *((f"arc{f}", f"a{f}") for f in ("sin", "cos", "tan")),
]:
    DEFAULT_FUNCTIONS[_name].implementations.add_implementation(StrictCodeObject, code=None, name=f"_numpy_{_cpp_name}")
# Only AVX-512 turns several doubles into 64-bit integers at once. Every refractory neuron asks for the time step, so
# elsewhere Brian2's integer would keep its whole state update from using vector instructions. The number is the same.
DEFAULT_FUNCTIONS["timestep"].implementations.add_implementation(
    CompiledCodeObject,
    code="""
    #if defined(BRIANHW_FAST) && !defined(__AVX512DQ__)
    static inline double _timestep(double t, double dt)
    {
        return std::trunc((t + 1e-3*dt)/dt);
    }
    #else
    static inline int64_t _timestep(double t, double dt)
    {
        return (int64_t)((t + 1e-3*dt)/dt);
    }
    #endif
    """,
    name="_timestep",
)

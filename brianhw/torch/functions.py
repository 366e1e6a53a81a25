"""What Brian2's functions are in PyTorch, and where they are NumPy's to the last bit.

PyTorch and NumPy have their own exponentials, which differ in the last bit for some arguments. On the CPU, outside
``torch.compile``, values are those of NumPy, and derivatives those of PyTorch.
"""

from __future__ import annotations

import operator
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from typing import Any

import numpy as np
import torch
from brian2.core.functions import DEFAULT_FUNCTIONS
from brian2.units.unitsafefunctions import exprel as numpy_exprel

from brianhw.torch.stopgrad import stopgrad
from brianhw.torch.target import TorchGenerator

__all__ = ["NAMES", "known"]


def _in_numpy(function: Callable[..., Any], arguments: Sequence[Any]) -> torch.Tensor:
    # a tensor without dimensions is a scalar, for which some of NumPy's functions are others
    values = [each.detach().numpy()[()] if isinstance(each, torch.Tensor) else each for each in arguments]
    with np.errstate(all="ignore"):
        return torch.from_numpy(np.asarray(function(*values)))


class _Exact(torch.autograd.Function):
    """NumPy's value of a function, with PyTorch's derivative."""

    @staticmethod
    def forward(ctx: Any, in_numpy: Callable[..., Any], in_torch: Callable[..., Any], *arguments: Any) -> torch.Tensor:
        ctx.in_torch, ctx.numbers = in_torch, [None if isinstance(each, torch.Tensor) else each for each in arguments]
        ctx.save_for_backward(*(each for each in arguments if isinstance(each, torch.Tensor)))
        return _in_numpy(in_numpy, arguments)

    @staticmethod
    def backward(ctx: Any, gradient: torch.Tensor) -> tuple[Any, ...]:
        saved = iter(ctx.saved_tensors)
        arguments = [next(saved).detach() if number is None else number for number in ctx.numbers]
        wanted = [place for place in range(len(arguments)) if ctx.needs_input_grad[2 + place]]
        with torch.enable_grad():
            for place in wanted:
                arguments[place] = arguments[place].clone().requires_grad_()
            value = ctx.in_torch(*arguments)
            found = torch.autograd.grad(value, [arguments[place] for place in wanted], gradient)
        gradients: list[Any] = [None] * len(arguments)
        for place, each in zip(wanted, found, strict=True):
            gradients[place] = each
        return None, None, *gradients


def _both(in_numpy: Callable[..., Any], in_torch: Callable[..., Any]) -> Callable[..., Any]:
    """Return a function of tensors or numbers: of numbers a number."""

    def function(*arguments: Any) -> Any:
        tensors = [each for each in arguments if isinstance(each, torch.Tensor)]
        if not tensors:
            with np.errstate(all="ignore"):
                return float(in_numpy(*map(np.float64, arguments)))
        if not torch.compiler.is_compiling() and all(each.is_cpu for each in tensors):
            if torch.is_grad_enabled() and any(each.requires_grad for each in tensors):
                return _Exact.apply(in_numpy, in_torch, *arguments)
            return _in_numpy(in_numpy, arguments)
        return in_torch(*arguments)

    return function


def _exprel(x: torch.Tensor) -> torch.Tensor:
    small = x.abs() < 1e-5
    safe = torch.where(small, 1.0, x)
    return torch.where(small, 1 + x / 2 + x * x / 6, torch.expm1(safe) / safe)


def _timestep(t: Any, dt: Any) -> Any:
    steps = (t + 1e-3 * dt) / dt
    return torch.trunc(steps) if isinstance(steps, torch.Tensor) else int(steps)


def _stopgrad(x: Any) -> Any:
    return x.detach() if isinstance(x, torch.Tensor) else x


def _logical_not(x: Any) -> Any:
    return torch.logical_not(x) if isinstance(x, torch.Tensor) else not x


def _rand(like: torch.Tensor) -> torch.Tensor:
    return torch.rand_like(like)


def _randn(like: torch.Tensor) -> torch.Tensor:
    return torch.randn_like(like)


def _modulo(a: Any, b: Any) -> torch.Tensor:
    """Return the remainder, with derivatives by both."""
    return a - torch.floor(a / b).detach() * b


def _divide(a: Any, b: Any) -> Any:
    """Return the quotient. PyTorch's number/tensor is a product with the reciprocal, which rounds twice."""
    if isinstance(b, torch.Tensor) and not isinstance(a, torch.Tensor):
        a = torch.full((), a, dtype=b.dtype, device=b.device)
    elif not isinstance(b, torch.Tensor) and b == 0:
        with np.errstate(all="ignore"):
            return a / b if isinstance(a, torch.Tensor) else float(np.float64(a) / np.float64(b))
    return a / b


#: Names that translated code may use besides Brian2's functions.
NAMES: dict[str, Callable[..., Any]] = {
    "logical_not": _logical_not,
    "_twin_divide": _divide,
    "_twin_power": _both(operator.pow, torch.pow),
    "_twin_mod": _both(np.mod, _modulo),
    "_twin_floor_divide": _both(np.floor_divide, lambda a, b: torch.floor(torch.div(a, b))),
}

_NUMPY_NAMES = (
    "sin",
    "cos",
    "tan",
    "sinh",
    "cosh",
    "tanh",
    "exp",
    "log",
    "log10",
    "sqrt",
    "arcsin",
    "arccos",
    "arctan",
)
_MORE = ("arcsin", "arccos", "arctan", "expm1", "log1p", "abs", "sign", "ceil", "floor")
_FUNCTIONS: dict[str, Callable[..., Any]] = {
    **{name: _both(getattr(np, name), getattr(torch, name)) for name in (*_NUMPY_NAMES, *_MORE)},
    "exprel": _both(numpy_exprel, _exprel),
    "clip": torch.clamp,  # of this and the next, blocks take their own, which know the twin's precision
    "int": torch.trunc,
    "timestep": _timestep,
    "rand": _rand,
    "randn": _randn,
}


@contextmanager
def known() -> Iterator[None]:
    """Let Brian2's functions have a form in PyTorch.

    Not for longer: what a function consists of is part of what models and sweeps are kept by.
    """
    functions = [(DEFAULT_FUNCTIONS[name], each) for name, each in _FUNCTIONS.items() if name in DEFAULT_FUNCTIONS]
    functions.append((stopgrad, _stopgrad))
    for function, implementation in functions:
        function.implementations.add_implementation(TorchGenerator, code=implementation)
    try:
        yield
    finally:
        for function, _ in functions:
            function.implementations._implementations.pop(TorchGenerator, None)

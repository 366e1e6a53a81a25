"""Derivatives that stand in for that of a spike, which is zero or infinite.

A spike is a step of the distance ``u`` between what is compared, such as ``v - V_th``. In a backward pass its
derivative is that of a smooth step with a width, in the unit of the state. Each integrates to one: the narrower, the
higher.

Source: Neftci, Mostafa & Zenke 2019, IEEE Signal Process. Mag. 36(6):51; Zenke & Vogels 2021, Neural Comput. 33:899.
"""

from __future__ import annotations

from collections.abc import Callable
from math import pi
from typing import Any

import torch

__all__ = ["SURROGATES", "Surrogate", "arctan", "exponential", "fast_sigmoid", "triangular"]

#: From the distance in widths to the derivative times the width.
Surrogate = Callable[[torch.Tensor], torch.Tensor]


def fast_sigmoid(u: torch.Tensor) -> torch.Tensor:
    """Return ``1/(2*(1 + abs(u))**2)``: the derivative of a fast sigmoid.

    Examples
    --------
    >>> import torch
    >>> from brianhw.torch.surrogates import fast_sigmoid
    >>> fast_sigmoid(torch.tensor([-1.0, 0.0, 1.0]))  # 1/8, 1/2, 1/8
    tensor([0.1250, 0.5000, 0.1250])
    """
    return 0.5 / (1 + u.abs()) ** 2


def arctan(u: torch.Tensor) -> torch.Tensor:
    """Return ``1/(pi*(1 + u**2))``: the derivative of an arctangent.

    Examples
    --------
    >>> import torch
    >>> from brianhw.torch.surrogates import arctan
    >>> arctan(torch.tensor([-1.0, 0.0, 1.0]))  # 1/pi in the middle
    tensor([0.1592, 0.3183, 0.1592])
    """
    return 1 / (pi * (1 + u * u))


def triangular(u: torch.Tensor) -> torch.Tensor:
    """Return ``1 - abs(u)`` where that is above zero.

    Examples
    --------
    >>> import torch
    >>> from brianhw.torch.surrogates import triangular
    >>> triangular(torch.tensor([-0.5, 0.0, 2.0]))
    tensor([0.5000, 1.0000, 0.0000])
    """
    return (1 - u.abs()).clamp(min=0)


def exponential(u: torch.Tensor) -> torch.Tensor:
    """Return ``exp(-abs(u))/2``.

    Examples
    --------
    >>> import torch
    >>> from brianhw.torch.surrogates import exponential
    >>> exponential(torch.tensor([-1.0, 0.0, 1.0]))  # 1/2 in the middle
    tensor([0.1839, 0.5000, 0.1839])
    """
    return 0.5 * torch.exp(-u.abs())


SURROGATES: dict[str, Surrogate] = {each.__name__: each for each in (fast_sigmoid, arctan, triangular, exponential)}


class Step(torch.autograd.Function):
    """Whether *above* is true, as a number; its derivative by *distance* is the surrogate's."""

    @staticmethod
    def forward(
        ctx: Any, above: torch.Tensor, distance: torch.Tensor, width: Any, surrogate: Surrogate
    ) -> torch.Tensor:
        ctx.save_for_backward(distance, torch.as_tensor(width, dtype=distance.dtype, device=distance.device))
        ctx.surrogate = surrogate
        return above.to(distance.dtype)

    @staticmethod
    def backward(ctx: Any, gradient: torch.Tensor) -> tuple[Any, ...]:
        distance, width = ctx.saved_tensors
        slope = ctx.surrogate(distance / width) / width
        return None, torch.nan_to_num(gradient * slope), None, None

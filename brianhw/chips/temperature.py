"""What temperature does to the circuits: the thermal voltage, and the dark current.

Source: U_T = k T/q; the dark current of a transistor in weak inversion is proportional to exp(-kappa V_T0/U_T)
(Liu, Kramer, Indiveri, Delbruck, Douglas, Analog VLSI: circuits and principles, MIT Press 2002, chapter 2). V_T0 of
the chip's process is not published: 0.5 V is assumed. The temperature dependence of the bias generators, which are made
to have little, and of V_T0 itself is left out.
"""

from __future__ import annotations

from math import exp, isfinite

from brianhw.errors import ParameterError

__all__ = ["COLDEST", "HOTTEST", "THRESHOLD_VOLTAGE", "VOLT_PER_KELVIN", "dark_current_at", "thermal_voltage"]

VOLT_PER_KELVIN = 1.380649e-23 / 1.602176634e-19  # Boltzmann's constant over the electron's charge, exact since 2019

THRESHOLD_VOLTAGE = 0.5  # volt, assumed

# where the formulas are taken to hold, kelvin: the range that industrial circuits are made for
COLDEST, HOTTEST = 233.0, 398.0


def thermal_voltage(temperature: float) -> float:
    """Return the thermal voltage (volt) at a *temperature* (kelvin); raise ParameterError outside -40 to 125 C."""
    if not (isfinite(temperature) and COLDEST <= temperature <= HOTTEST):
        raise ParameterError(
            f"The temperature of a chip is from {COLDEST:g} to {HOTTEST:g} kelvin (-40 to 125 degrees Celsius), not "
            f"{temperature:g} kelvin."
        )
    return VOLT_PER_KELVIN * temperature


def dark_current_at(temperature: float, dark_current: float, voltage: float, kappa: float) -> float:
    """Return the dark current (ampere) at a *temperature* (kelvin) if it is *dark_current* at thermal *voltage*."""
    change = 1 / thermal_voltage(temperature) - 1 / voltage
    return dark_current * exp(-kappa * THRESHOLD_VOLTAGE * change)

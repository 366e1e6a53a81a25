"""Stands in for the vendor's live input and output: queues in this process."""

from brianhw.spinnaker import external_devices
from brianhw.spinnaker.external_devices import *  # noqa: F403


def __getattr__(name):
    return getattr(external_devices, name)

"""Stands in for the vendor's module of connections to running networks."""

from brianhw.spinnaker.external_devices import SpynnakerLiveSpikesConnection, SpynnakerPoissonControlConnection

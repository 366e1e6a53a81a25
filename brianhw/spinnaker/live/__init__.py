"""Spikes that come and go while a network runs: queues in this process, where the vendor's software has a network."""

"""What PyNN's cells, sources, synapses and currents are in brianhw: models of the library, and how values follow."""

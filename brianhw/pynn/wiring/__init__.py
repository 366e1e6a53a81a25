"""Which cells a connector connects, and with which values: whole arrays, from PyNN's connectors or their code."""

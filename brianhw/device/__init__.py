"""The brianhw device: compiled simulations that are built once, stepped freely and read at any time."""

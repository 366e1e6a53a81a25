"""What becomes of a description in Brian2: groups, synapses, monitors, and the network of them."""

"""What EDLUT's interface can be asked for: neuron models, integration methods and learning rules by EDLUT's names."""

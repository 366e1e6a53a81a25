"""Networks made ready, kept ready from run to run, and run."""

"""The part of C++ that is the same for every model, and the memory that it shares with Python."""

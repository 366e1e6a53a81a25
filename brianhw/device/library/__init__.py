"""From C++ text to a library that is loaded and bound to a model's arrays."""

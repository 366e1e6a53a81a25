"""What things consist of, so that a hash can say what they are: values, code, Brian2's objects."""

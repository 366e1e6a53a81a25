"""From a network of Brian2 to C++: names, expressions, statements, and the text of a model's library."""

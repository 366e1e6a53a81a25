"""What a script may say: errors, domains of values, kinds of arguments, random distributions, expressions in text."""

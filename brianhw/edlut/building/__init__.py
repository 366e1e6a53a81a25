"""The Brian2 network made of what a script has described through EDLUT's interface."""

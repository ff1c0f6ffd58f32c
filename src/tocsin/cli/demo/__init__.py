"""The demonstration: the real command, run as a user would, against a real receiver."""

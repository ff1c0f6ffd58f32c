"""What is found in logs of systems: one cause is one incident, and whether anybody is called
is decided on record before it is done; what calls nobody is not lost."""

"""What Tocsin does outside: the worker, the outbox, what may be done unasked, and the switch that
applications ask."""

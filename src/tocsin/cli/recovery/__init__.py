"""How a system earns its way back: gates, candidates measured, stages, repairs, and which versions
the validators let be used."""

"""The law as data and what it asks of incidents: rules, duties with their limits, and notices to
authorities. Decision support, not legal advice."""

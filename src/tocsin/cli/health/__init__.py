"""Whether a home can be relied on, one finding for each thing looked at: `ok`, or what to do about
it. Looking changes nothing."""

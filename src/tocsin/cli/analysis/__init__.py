"""Why it may have failed: hypotheses, and the queries, replays and lineage that speak for and
against them."""

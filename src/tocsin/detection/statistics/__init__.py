"""What a window is worth as evidence: no e-value is worth more than 1 on average while all is
well."""

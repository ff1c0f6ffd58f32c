"""What is covered and what is evidenced: failure modes by plans, detectors and drills; controls of
frameworks by the record."""

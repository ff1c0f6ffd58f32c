"""What is wrong with a log, found without a home: profiles, a judge's verdicts, findings and
how each came about."""

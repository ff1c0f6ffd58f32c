"""Figures: ratios measured in one run on one machine, medians of several pairs."""

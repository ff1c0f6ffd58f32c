"""One beside another - groups of people, versions, slices, a judge and the truth: told apart
only where it is more than chance."""

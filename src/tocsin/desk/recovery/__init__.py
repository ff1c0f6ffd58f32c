"""A system that was stopped serves again only by its gate, shown by evidence stage by stage,
or under the signature of a person who says why not."""

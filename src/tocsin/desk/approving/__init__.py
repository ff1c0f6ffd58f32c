"""A person's word that something may be done: bound to the hash of that very thing, counted by
the register's rules, and never given by a machine."""

"""What is loaded before anything is decided: the record's logs, kept and only read on; the
law, the register's rules and the home's own files as they stand now. Nothing here appends."""

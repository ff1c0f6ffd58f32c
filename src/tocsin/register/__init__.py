"""What is known before anything fails: systems, people and their keys, vendors, the organisation.

Pure, but for `files`, which reads and writes the register's folder. Nothing here holds a secret.
"""

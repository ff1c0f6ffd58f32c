"""The only writer: load, decide, append, act. Everything that is recorded goes through here."""

from tocsin.desk.record import DESK_AUTHOR, Writer
from tocsin.desk.worker import Worker, run_until_idle, work

__all__ = ["DESK_AUTHOR", "Worker", "Writer", "run_until_idle", "work"]

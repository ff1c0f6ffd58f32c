"""The only writer: load, decide, append, act. Everything that is recorded goes through here."""

from tocsin.desk.acting.worker import Worker, run_until_idle, work
from tocsin.desk.record import DESK_AUTHOR, Writer

__all__ = ["DESK_AUTHOR", "Worker", "Writer", "run_until_idle", "work"]

"""Plans and runs: read a plan strictly, know where a run stands, say what follows now. Pure.

A plan is data; a run is a fold of facts; what follows is a function of both and of the instant.
"""

from tocsin.playbook.order import OrderRecord, OrderStanding
from tocsin.playbook.plan import Plan
from tocsin.playbook.planner import (
    Piece,
    Rules,
    Spots,
    begun_pieces,
    due_pieces,
    due_rows,
    end_of_cancelled,
    next_facts,
)
from tocsin.playbook.read import plan_of, read_plan
from tocsin.playbook.run import Run, Runs, RunStanding, replay_runs

__all__ = [
    "OrderRecord",
    "OrderStanding",
    "Piece",
    "Plan",
    "Rules",
    "Run",
    "RunStanding",
    "Runs",
    "Spots",
    "begun_pieces",
    "due_pieces",
    "due_rows",
    "end_of_cancelled",
    "next_facts",
    "plan_of",
    "read_plan",
    "replay_runs",
]

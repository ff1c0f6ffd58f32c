"""Plans and runs: read a plan strictly, know where a run stands, say what follows now. Pure.

A plan is data; a run is a fold of facts; what follows is a function of both and of the instant.
"""

from tocsin.playbook.calls import PageRecord
from tocsin.playbook.circumstances import Circumstances
from tocsin.playbook.consent import ApprovalRecord
from tocsin.playbook.fitting import House, unfitting
from tocsin.playbook.found import Sight, look_filled, sight_of
from tocsin.playbook.order import Glass, OrderRecord, OrderStanding
from tocsin.playbook.pieces import Piece, begun_pieces, due_pieces, due_rows, run_of
from tocsin.playbook.plan import Plan
from tocsin.playbook.planner import Planned, PlannedFact, end_of_cancelled, next_facts, planned
from tocsin.playbook.read import draft_plan, plan_of, read_plan
from tocsin.playbook.rules import PlanInForce, Rules
from tocsin.playbook.run import Run, RunStanding
from tocsin.playbook.runs import Runs, replay_runs
from tocsin.playbook.spots import Spots

__all__ = [
    "ApprovalRecord",
    "Circumstances",
    "Glass",
    "House",
    "OrderRecord",
    "OrderStanding",
    "PageRecord",
    "Piece",
    "Plan",
    "PlanInForce",
    "Planned",
    "PlannedFact",
    "Rules",
    "Run",
    "RunStanding",
    "Runs",
    "Sight",
    "Spots",
    "begun_pieces",
    "draft_plan",
    "due_pieces",
    "due_rows",
    "end_of_cancelled",
    "look_filled",
    "next_facts",
    "plan_of",
    "planned",
    "read_plan",
    "replay_runs",
    "run_of",
    "sight_of",
    "unfitting",
]

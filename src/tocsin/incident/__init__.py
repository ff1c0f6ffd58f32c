"""What is known of an incident, and what may happen next: a pure fold of its log, nothing else.

`fold` turns facts into an `Incident`, `decide` turns a wish into facts or a refusal, `timeline`
tells the log to people, `custody` folds what was done to evidence. Nothing here touches the world.
"""

from tocsin.incident.fold import apply, extend, replay
from tocsin.incident.model import Actor, Incident, Status

__all__ = ["Actor", "Incident", "Status", "apply", "extend", "replay"]

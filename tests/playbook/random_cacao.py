"""Foreign playbooks at random: every type of step, edges that lead anywhere, and nonsense."""

from __future__ import annotations

from typing import Any

from hypothesis import strategies as st

TYPES = ["start", "end", "action", "playbook-action", "parallel", "if-condition",
         "while-condition", "switch-condition", "decision", "single", "", None, 7]  # fmt: skip
NONSENSE: st.SearchStrategy[Any] = st.recursive(
    st.none() | st.booleans() | st.integers(-9, 9) | st.floats(-9, 9) | st.text(max_size=9),
    lambda inner: (
        st.lists(inner, max_size=3) | st.dictionaries(st.text(max_size=5), inner, max_size=3)
    ),
    max_leaves=5,
)


@st.composite
def playbooks(draw: Any, wild: bool = True) -> dict[str, Any]:
    """A playbook whose steps lead to each other, and where `wild` holds, also astray."""
    count = draw(st.integers(1, 9))
    ids = [f"{draw(st.sampled_from(['action', 'end', 'x']))}--{n}" for n in range(count)]
    edge: st.SearchStrategy[Any] = st.sampled_from(ids)
    if wild:
        edge = edge | edge | edge | st.sampled_from(["action--gone", "end--gone", ""]) | NONSENSE
    edges = edge | st.lists(edge, max_size=3) if wild else edge
    fields = {
        "on_completion": edges, "on_success": edges, "on_failure": edges, "on_true": edges,
        "on_false": edges, "next_step": edges, "next_steps": st.lists(edge, max_size=4),
        "cases": st.dictionaries(st.sampled_from(["1", "2", "default", ""]), edge, max_size=3),
        "name": st.text(max_size=12), "condition": st.text(max_size=12),
        "delay": st.integers(-1, 10**9), "timeout": st.integers(0, 10**7) | NONSENSE,
        "commands": st.lists(st.fixed_dictionaries({"type": st.just("bash"), "command":
                             st.text(max_size=20)}) | NONSENSE, max_size=2),
        "agent": st.sampled_from(["individual--1", "nobody"]), "playbook_id":
        st.sampled_from(["playbook--other", "playbook--self", "not a name"]),
    }  # fmt: skip
    step = st.fixed_dictionaries({"type": st.sampled_from(TYPES)}, optional=fields)
    workflow = {name: draw(step) for name in ids}
    return {
        "type": "playbook",
        "spec_version": "cacao-2.0",
        "id": "playbook--self",
        "name": draw(st.text(max_size=12)),
        "workflow_start": draw(edge),
        "workflow_exception": draw(edge),
        "workflow": workflow,
        "agent_definitions": {"individual--1": {"type": "individual", "name": "Network Admin"}},
    }

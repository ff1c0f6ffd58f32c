"""Which steps of a region form circles, and in which order the others follow."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence

from tocsin.playbook.dominance import last_first


def components(onward: Mapping[str, Sequence[str]], begun: Iterable[str]) -> list[list[str]]:
    """The steps that can be reached from these, those of one circle together; each group stands
    before all groups that it leads to.

    Source: R. Tarjan, Depth-first search and linear graph algorithms, 1972; without recursion.
    """
    number: dict[str, int] = {_BEFORE: 0}
    low: dict[str, int] = {_BEFORE: 0}
    held, found = [_BEFORE], list[list[str]]()
    is_held = {_BEFORE}
    path: list[tuple[str, Iterator[str]]] = [(_BEFORE, iter(begun))]
    while path:
        name, rest = path[-1]
        for to in rest:
            if to not in number:
                number[to] = low[to] = len(number)
                held.append(to)
                is_held.add(to)
                path.append((to, iter(onward[to])))
                break
            if to in is_held:
                low[name] = min(low[name], number[to])
        else:
            path.pop()
            if path:
                before = path[-1][0]
                low[before] = min(low[before], low[name])
            if low[name] == number[name]:
                group = [held.pop()]
                while group[-1] != name:
                    group.append(held.pop())
                found.append(group)
                is_held.difference_update(group)
    return found[-2::-1]


_BEFORE = ""
"""No step's name: what leads to those with which the walk begins."""


def in_order(names: Sequence[str], onward: Mapping[str, Sequence[str]]) -> list[str]:
    """The steps so that each stands before all that follow it; there is no circle."""
    return last_first(names, onward.__getitem__)[::-1]

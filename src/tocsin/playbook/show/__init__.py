"""Pictures and paper of a plan: page, Markdown, card for the wall, decision tree and matrix. Pure.

All of it is made of the plan alone: no clock, no file, no font, so that the same plan gives the
same bytes anywhere.
"""

from tocsin.playbook.show.matrix import raci_svg
from tocsin.playbook.show.sheet import Sheet, sheet_of
from tocsin.playbook.show.tree import tree_svg

__all__ = ["Sheet", "raci_svg", "sheet_of", "tree_svg"]

"""From summaries of windows to findings, purely: what is wrong, since when, how sure, promised how.

`read` reads the detectors' declaration, `scan` goes through windows. Nothing here looks at a log, a
clock or a record.
"""

from tocsin.detection.declared.declaration import Declaration
from tocsin.detection.declared.read import declaration_of, read_declaration, system_named
from tocsin.detection.engine.scan import State, scan, standing

__all__ = [
    "Declaration",
    "State",
    "declaration_of",
    "read_declaration",
    "scan",
    "standing",
    "system_named",
]

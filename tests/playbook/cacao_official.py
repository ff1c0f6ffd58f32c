"""The official schemas of CACAO 2.0, which lie beside the project and not in it."""

from __future__ import annotations

import json
import os
from functools import cache
from pathlib import Path

import pytest
from jsonschema import Draft7Validator
from referencing import Registry, Resource

SHARED = Path(os.environ.get("TOCSIN_SHARED") or Path(__file__).parents[3] / "shared")
SCHEMAS = SHARED / "data/cacao/schemas"
FOREIGN = sorted((SHARED / "data/cacao/soarca").glob("*.json"))
schemas_absent = pytest.mark.skipif(
    not SCHEMAS.is_dir(), reason=f"no official schemas in {SHARED}: NOT CHECKED"
)
absent = pytest.mark.skipif(not FOREIGN, reason=f"no foreign playbooks in {SHARED}: NOT CHECKED")


@cache
def official() -> Draft7Validator:
    contents = [json.loads(path.read_text()) for path in sorted(SCHEMAS.rglob("*.json"))]
    resources = [(one["$id"], Resource.from_contents(one)) for one in contents]
    registry = Registry[object]().with_resources(resources)
    return Draft7Validator(json.loads((SCHEMAS / "playbook.json").read_text()), registry=registry)

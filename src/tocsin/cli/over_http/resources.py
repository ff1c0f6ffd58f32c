"""Incidents as resources: the list, one of them, its timeline in pages. Each has an ETag.

What was read once is kept by the number of its last entry, so that asking again costs one look at
the record, however many alarms came in. Only what every responder may read stands here.
"""

from __future__ import annotations

import re
import threading
from collections import OrderedDict
from collections.abc import Callable, Mapping, Sequence

import msgspec
from fastapi import FastAPI
from starlette.concurrency import run_in_threadpool
from starlette.requests import Request
from starlette.responses import Response

from tocsin import wiring
from tocsin.cli.frame import short
from tocsin.cli.frame.arguments import NUMBER_MAX, number_in
from tocsin.cli.incident.incident import row_of
from tocsin.cli.incident.sheet import plain_of
from tocsin.desk.reading import EVERYDAY
from tocsin.facts import Entry, incident_log
from tocsin.facts.canonical import sha256_hex
from tocsin.facts.records import Erased
from tocsin.facts.withheld import as_read_by
from tocsin.incident.fold import extend
from tocsin.incident.legal import Legal
from tocsin.incident.model import Incident
from tocsin.incident.timeline import timeline
from tocsin.playbook import Runs
from tocsin.register.can import Right
from tocsin.web.api import answers
from tocsin.web.api.openapi import Doc, problems
from tocsin.web.api.operation import PREFIX, BadInput, Wrong
from tocsin.web.api.routes import Api, Endpoint

KEPT, FOLDS_KEPT = 512, 64
PAGE_MOST, PAGE = 1_000, 100
INCIDENTS = f"{PREFIX}/incidents"
_ETAG = re.compile(r'(?:W/)?"([^"]*)"')


class Kept:
    """Answers by what they are about and the last entry they tell of. Threads may share it."""

    def __init__(self) -> None:
        self._kept = OrderedDict[str, tuple[int, bytes]]()
        self._lock = threading.Lock()

    def get(self, about: str, head: int, make: Callable[[], object]) -> bytes:
        """The JSON of what `make` gives; made anew only when the log has grown."""
        with self._lock:
            found = self._kept.get(about)
        if found is None or found[0] != head:
            found = (head, msgspec.json.encode(make(), order="sorted"))
        with self._lock:
            self._kept[about] = found
            self._kept.move_to_end(about)
            while len(self._kept) > KEPT:
                self._kept.popitem(last=False)
        return found[1]


class Folds:
    """What logs tell, read on from where they were read last. Threads may share it.

    Of a log in which words were erased nothing is kept: the fact comes before the words are gone.
    """

    def __init__(self, opened: wiring.Opened) -> None:
        self._opened = opened
        self._kept = OrderedDict[str, tuple[Incident, Runs, Legal]]()
        self._erased = set[str]()
        self._lock = threading.Lock()

    def may_keep(self, log: str) -> bool:
        """Whether what was told of a log may be told again while nothing new stands there."""
        return log not in self._erased

    def now(self, log: str) -> tuple[Incident, Runs, Legal]:
        """The incident, its runs and what it says for the law, of what everybody may read."""
        with self._lock:  # one reads on at a time; runs are extended in place
            incident, runs, legal = self._kept.pop(log, (Incident(), Runs(), Legal()))
            new = self._read(log, incident.seq)
            if self.may_keep(log) and any(isinstance(one.fact, Erased) for one in new):
                self._erased.add(log)
                incident, runs, legal = Incident(), Runs(), Legal()
                new = self._read(log, 0)
            for entry in new:
                runs.apply(entry)
                legal.take(entry)
            found = extend(incident, new), runs, legal
            if self.may_keep(log):
                self._kept[log] = found
            while len(self._kept) > FOLDS_KEPT:
                self._kept.popitem(last=False)
            return found

    def _read(self, log: str, after: int) -> list[Entry]:
        return as_read_by(self._opened.store.read(log, after), EVERYDAY)


class Resources:
    """The routes of incidents."""

    def __init__(self, api: Api, opened: wiring.Opened) -> None:
        self._api, self._opened, self._kept = api, opened, Kept()
        self._folds = Folds(opened)

    def add(self, made: FastAPI) -> None:
        """Add the routes to an application."""
        one = f"{INCIDENTS}/{{incident}}"
        for path, answer in (
            (INCIDENTS, self._all),
            (one, self._one),
            (f"{one}/timeline", self._timeline),
        ):
            made.add_route(path, self._api.guarded(self._read(answer)), ["GET"])

    def _read(self, answer: Callable[[Request], Response]) -> Endpoint:
        async def asked(request: Request) -> Response:
            await run_in_threadpool(self._api.bearer, request, Right.READ)
            return await self._api.in_turn(lambda: answer(request))

        return asked

    def _all(self, request: Request) -> Response:
        """Incidents by their ids, a page of them."""
        given = _given(request, after=str, limit=int)
        store, limit = self._opened.store, _limit(given.get("limit"))
        known = short.incidents(store)
        listed = [one for one in known if one > str(given.get("after", ""))]
        rows = [msgspec.Raw(self._row(one, known)) for one in listed[:limit]]
        following = listed[limit - 1] if len(listed) > limit else None
        return answers.json({"incidents": rows, "next_after": following})

    def _row(self, incident: str, known: list[str]) -> bytes:
        log, name = incident_log(incident), short.shortest(incident, known)
        return self._told(f"row {name} {log}", log, lambda: row_of(self._folds.now(log)[0], name))

    def _told(self, about: str, log: str, make: Callable[[], object]) -> bytes:
        if not self._folds.may_keep(log):
            return msgspec.json.encode(make(), order="sorted")
        return self._kept.get(about, self._opened.store.head(log), make)

    def _one(self, request: Request) -> Response:
        """What is known of one, as `incident show` tells it."""
        _given(request)
        store = self._opened.store
        incident = short.find(store, request.path_params["incident"])
        log, known = incident_log(incident), short.incidents(store)
        name, head = short.shortest(incident, known), store.head(log)
        wrong = self._opened.desk.law.warnings()  # of files, which no head of the log tells
        mark = f"{head}-{sha256_hex(chr(10).join(wrong).encode())[:16]}" if wrong else str(head)
        etag = {"ETag": f'"{mark}"'}
        if _has(request, mark):
            return Response(None, 304, headers=etag)
        body = self._told(f"{name} {log} {mark}", log, lambda: self._page(log, name, wrong))
        return Response(body, media_type=answers.JSON, headers=etag)

    def _page(self, log: str, name: str, wrong: Sequence[str]) -> dict[str, object]:
        incident, runs, legal = self._folds.now(log)
        return {**plain_of(incident, runs.by_id, legal, name), "warnings": list(wrong)}

    def _timeline(self, request: Request) -> Response:
        """The entries after one, so many at most, in the words of the timeline."""
        given = _given(request, after=int, limit=int)
        after, limit = int(given.get("after", 0)), _limit(given.get("limit"))
        store = self._opened.store
        log = incident_log(short.find(store, request.path_params["incident"]))
        head = store.head(log)
        entries = store.read(log, after, limit)
        last = entries[-1].seq if entries else after
        return answers.json(
            {
                "rows": timeline(entries, EVERYDAY),
                "next_after": last if last < head else None,
                "last": head,
            },
            headers={"ETag": f'"{head}"'},
        )


def _given(request: Request, **known: type[int] | type[str]) -> dict[str, int | str]:
    """Parameters of the address, each once. Raises BadInput, with all that is wrong."""
    found: dict[str, int | str] = {}
    wrong: list[Wrong] = []
    for name, text in request.query_params.multi_items():
        if name not in known or name in found:
            told = "given twice" if name in known else f"no such parameter; {_listed(known)}"
            wrong.append(Wrong(parameter=name[:60], detail=told))
        elif known[name] is str:
            found[name] = text
        elif (number := number_in(text, 0, NUMBER_MAX)) is not None:
            found[name] = number
        else:
            wrong.append(Wrong(parameter=name, detail=f"a whole number up to {NUMBER_MAX}"))
    if wrong:
        raise BadInput(*wrong)
    return found


def _listed(known: Mapping[str, object]) -> str:
    return f"there are {', '.join(known)}" if known else "there is none"


def _limit(given: object) -> int:
    limit = PAGE if given is None else int(str(given))
    if not 1 <= limit <= PAGE_MOST:
        raise BadInput(Wrong(parameter="limit", detail=f"from 1 to {PAGE_MOST}"))
    return limit


def _has(request: Request, tag: str) -> bool:
    """Whether the caller holds this already."""
    return tag in _ETAG.findall(request.headers.get("if-none-match", ""))


def described() -> dict[str, Doc]:
    """The description of these paths, as OpenAPI."""
    incident: Doc = {
        "name": "incident", "in": "path", "required": True, "schema": {"type": "string"},
        "description": "its id, or any start of it",
    }  # fmt: skip
    limit = _query("limit", {"type": "integer", "minimum": 1, "maximum": PAGE_MOST}, "so many")
    after_id = _query("after", {"type": "string"}, "go on after this id")
    after = _query("after", {"type": "integer", "minimum": 0, "maximum": NUMBER_MAX},
                   "go on after this entry")  # fmt: skip
    held: Doc = {"name": "If-None-Match", "in": "header", "required": False,
                 "schema": {"type": "string", "pattern": '^"[0-9]{1,12}"$'}}  # fmt: skip
    one = f"{INCIDENTS}/{{incident}}"
    return {
        INCIDENTS: _get("incidents", "all incidents, in pages", [after_id, limit]),
        one: _get("incident", "what is known of one; its ETag is for If-Match", [incident, held],
                  {"304": {"description": "nothing was written since"}}),
        f"{one}/timeline": _get("incident_timeline", "its timeline, in pages",
                                [incident, after, limit]),
    }  # fmt: skip


def _query(name: str, schema: Doc, about: str) -> Doc:
    return {"name": name, "in": "query", "required": False, "schema": schema, "description": about}


def _get(id: str, summary: str, parameters: list[Doc], also: Doc | None = None) -> Doc:
    done: Doc = {"description": "done", "content": {"application/json": {"schema": {}}}}
    responses: Doc = {"200": done}
    responses |= also or {}
    responses |= problems([400, 401, 403, 404, 409, 429, 500, 503])
    return {
        "get": {
            "operationId": id,
            "summary": summary,
            "tags": ["incidents"],
            "x-scope": Right.READ.value,
            "parameters": parameters,
            "responses": responses,
        }
    }

"""What the record says of a log, kept between decisions so that only new entries are read.

Entries never change, so what was read stays true; whatever goes wrong, what was supposed is thrown
away and read again. A plan is found by the digest that its run recorded, and by nothing else.
"""

from __future__ import annotations

from collections import OrderedDict
from collections.abc import Mapping, Sequence
from datetime import datetime

from tocsin.desk.loaded.gate_places import gates_in
from tocsin.desk.loaded.gleaned import Gleaned
from tocsin.desk.loaded.own_acts import own_acts
from tocsin.desk.loaded.rules import rules_for
from tocsin.desk.loaded.superseded import stops_in, waiting_in
from tocsin.facts import (
    HOME_LOG,
    Author,
    BrokenLog,
    Draft,
    Entry,
    Refused,
    Tampered,
    Unreachable,
)
from tocsin.facts.canonical import sha256_hex
from tocsin.facts.registers import RegisterAdopted
from tocsin.incident.dues import DueMoment, Dues
from tocsin.incident.legal import Legal
from tocsin.incident.legal_dues import LegalDues
from tocsin.incident.recovery import Recovery
from tocsin.incident.statements import Statements
from tocsin.playbook import (
    Piece,
    Plan,
    Planned,
    Rules,
    Run,
    Runs,
    RunStanding,
    Spots,
    begun_pieces,
    due_pieces,
    end_of_cancelled,
    plan_of,
    planned,
)
from tocsin.register.files import load_register
from tocsin.register.keyring import Keyring
from tocsin.register.model import Register, register_kept
from tocsin.world import World

LOGS_KEPT = 64
ENTRIES_KEPT = 100_000
MOMENT = "due"
"""The kind of a piece of work that belongs to no run."""


class Stale(Exception):
    """What this process knew of a log is not enough to go by; read on, and decide again."""


class Known:
    """The entries of a log and the runs they tell of; `suppose` runs ahead of the record.

    `entries` are those that were read; `fresh` tells whether that was done just now, and `alone`
    whether it brought nothing that someone else had recorded since the last time.
    """

    def __init__(self, log: str) -> None:
        self.log, self.entries, self.runs = log, list[Entry](), Runs()
        self.dues = Dues()  # what is awaited outside the runs
        self.legal, self.legal_dues = Legal(), LegalDues()  # what the law asks, and reminders
        self.statements = Statements()  # words for audiences
        self.recovery = Recovery(log)  # the gates by which its systems come back
        self.fresh = self.alone = False
        self.rules: dict[str, Rules] = {}  # by run, for one decision
        self.settled: set[str | None] = set()  # runs of which it is known that nothing follows
        self.written: Mapping[str, datetime] | None = None  # the pieces of work, as last recorded
        self._spots: dict[str, Spots] = {}

    @property
    def last_seq(self) -> int:
        """The last entry that was read or supposed; 0 when there is none."""
        return self.runs.last_seq

    @property
    def systems(self) -> tuple[str, ...]:
        """The systems that this incident is about."""
        return self.runs.circumstances.systems

    def systems_of(self, run: Run) -> tuple[str, ...]:
        """Those that it was about when this run began, or the one that called it."""
        while run.caller is not None:
            run = self.run(run.caller[0])
        return self.runs.circumstances.about.at(run.seq)

    @property
    def has_work(self) -> bool:
        """Whether this log has, or once had, anything that falls due."""
        return bool(self.runs.by_id) or self.dues.ever or self.legal.ever

    @property
    def moments(self) -> list[tuple[Piece, datetime]]:
        """What is awaited outside the runs, as pieces of work."""
        awaited = (*self.dues.open, *self.legal_dues.open(self.legal))
        return [(moment_piece(one), one.at) for one in awaited]

    def moment(self, key: str) -> DueMoment | None:
        """What is awaited under the key of its piece of work; None when that is settled."""
        awaited = (*self.dues.open, *self.legal_dues.open(self.legal))
        return next((one for one in awaited if moment_piece(one).key == key), None)

    def spots(self, plan: Plan, run: Run, earlier: Sequence[Plan]) -> Spots:
        """Where a run of this log stands in its plan."""
        kept = self._spots.get(run.id)
        if kept is None or kept.plan.digest != plan.digest:
            kept = self._spots[run.id] = Spots(plan, run, earlier)
        return kept

    def take(self, entries: list[Entry]) -> None:
        """Take entries that were read just now, up to the last that there is."""
        self.fresh = self.alone = True
        first = not self.entries
        for entry in entries:
            self.entries.append(entry)
            if entry.seq > self.runs.last_seq:
                self.alone, self.written = first, None  # someone else recorded this
                self._apply(entry)

    def take_back(self) -> None:
        """Forget all that was supposed; only what was read remains."""
        self.runs, self.written = Runs(), None
        self.dues, self.statements = Dues(), Statements()
        self.legal, self.legal_dues = Legal(), LegalDues()
        self.recovery = Recovery(self.log)
        self.settled.clear()
        self._spots.clear()
        for entry in self.entries:
            self._apply(entry)

    def require_fresh(self) -> None:
        """Nothing, if `entries` are all there are.

        Raises:
            Stale: they may not be; the decision will be asked for again when they are.
        """
        if not self.fresh:
            raise Stale(self.log)

    def _apply(self, entry: Entry) -> None:
        self.dues.apply(entry)
        self.legal.take(entry)
        self.legal_dues.take(entry)
        self.statements.take(entry)
        self.recovery.apply(entry)
        touched = self.runs.apply(entry)
        if touched is None:  # it tells of the incident, and so perhaps changes what any run does
            self.settled.clear()
        else:
            self.settled.discard(touched)

    def suppose(self, draft: Draft, author: Author, now: datetime) -> None:
        """Take a draft as if it stood in the record already."""
        entry = Entry(
            log=self.log,
            seq=self.last_seq + 1,
            happened_at=draft.happened_at,
            recorded_at=now,
            author=author,
            access=draft.access,
            fact=draft.fact,
        )
        self._apply(entry)

    def run(self, run: str) -> Run:
        """A run by its id.

        Raises:
            Refused: no such run; the message names those there are.
        """
        if run not in self.runs.by_id:
            names = ", ".join(self.runs.by_id) or "none"
            raise Refused(f"{self.log} has no run {run}; its runs: {names}")
        return self.runs.by_id[run]


def moment_piece(moment: DueMoment) -> Piece:
    """What is awaited outside the runs, as a piece of work of its log."""
    step = f"{moment.what.value}:{moment.about}"
    return Piece(kind=MOMENT, run="", seq=moment.seq, step=step, turn=moment.turn)


class Knowledge:
    """What this process has read: logs, plans, the register in force. Threads may share it."""

    def __init__(self, world: World) -> None:
        self._world = world
        self._logs: OrderedDict[str, Known] = OrderedDict()
        self._plans: dict[str, Plan] = {}
        self._registers: dict[str, Register] = {}
        self.register_lost: str | None = None  # what is amiss with the one in force, and the cure
        self.own_acts = Gleaned(self, world.journal, own_acts)
        self.stops = Gleaned(self, world.journal, stops_in)
        self.waiting = Gleaned(self, world.journal, waiting_in)
        self.gates = Gleaned(self, world.journal, gates_in)

    def load(self, log: str, *, trust: bool = False) -> Known:
        """What the record says of a log now. The caller alone holds it, until `keep`.

        Args:
            trust: True reads nothing where this process was the last to write, as far as it saw:
                enough for who appends after the last entry known, since the record refuses that if
                others wrote. Not enough to conclude that nothing is to be done.
        """
        known = self._logs.pop(log, None)
        if known is None:
            known = Known(log)
        known.rules.clear()
        if trust and known.alone:
            known.fresh = False
        else:
            known.take(self._world.journal.read(log, len(known.entries)))
        return known

    def load_up_to(self, log: str, head: int) -> Known:
        """What the record says of a log, at least up to its entry `head`. Kept as `load` is.

        Reads nothing where this process wrote that entry itself.
        """
        known = self.load(log, trust=True)
        if known.last_seq >= head:
            return known
        self.keep(known)
        return self.load(log)

    def keep(self, known: Known) -> None:
        """Give back what was loaded, and what was supposed of it and has been recorded."""
        if len(known.entries) <= ENTRIES_KEPT:
            self._logs[known.log] = known
        try:
            while len(self._logs) > LOGS_KEPT:
                self._logs.popitem(last=False)
        except KeyError:
            pass  # another thread has just taken the last one

    def forget(self, log: str) -> None:
        """Read this log anew from now on: words of it were erased."""
        self._logs.pop(log, None)

    def plan(self, run: Run) -> Plan:
        """The plan that a run began with, or to which it was migrated.

        Raises:
            Refused: its bytes are not in the vault, are not those bytes, or are no plan.
        """
        return self._plan_kept(run.plan_digest, run)

    def spots(self, known: Known, run: Run) -> Spots:
        """Where a run of this log stands. Raises as `plan`, also for versions that it left."""
        earlier = [self._plan_kept(one.digest, run) for one in run.migrations]
        return known.spots(self.plan(run), run, earlier)

    def _plan_kept(self, digest: str, run: Run) -> Plan:
        if digest not in self._plans:
            with self._world.vault.open(digest) as file:
                data = file.read()
            if sha256_hex(data) != digest:
                raise Refused(
                    f"the plan of run {run.id} in the vault is not {digest[:12]} any more; "
                    "put the original back"
                )
            self._plans[digest] = plan_of(data, run.plan)
        return self._plans[digest]

    def following(self, known: Known, run: Run, now: datetime) -> Planned:
        """What the run's plan says comes next; nothing where the plan cannot be read."""
        try:
            return self.must_follow(known, run, now)
        except (Refused, Unreachable, BrokenLog):
            return Planned(facts=())

    def must_follow(self, known: Known, run: Run, now: datetime) -> Planned:
        """As `following`, but raises where the plan, or what it needs to know, cannot be read."""
        if (
            run.standing is RunStanding.CANCELLED
        ):  # its plan may be gone: that must not keep it open
            found = Planned(facts=tuple(end_of_cancelled(run)))
        else:
            plan = self.plan(run)
            rules = self._rules(known, plan, run)
            found = planned(plan, run, now, rules, self.spots(known, run))
        if not found.facts:
            known.settled.add(run.id)
        return found

    def pieces(self, known: Known, run: Run) -> list[tuple[Piece, datetime]]:
        """What falls due for a run. One that owes facts, or cannot be read, is due at once."""
        owed = [(Piece(kind="plan", run=run.id, seq=run.seq), run.at)]
        try:
            plan = self.plan(run)
            found = due_pieces(plan, run, self.spots(known, run))
        except (Refused, Unreachable, BrokenLog):
            return owed + begun_pieces(run)
        return found if self._is_settled(known, run) else found + owed

    def _is_settled(self, known: Known, run: Run) -> bool:
        """Whether nothing follows for this run; False too where that cannot be told."""
        if run.id in known.settled:
            return True
        try:
            return not self.must_follow(known, run, self._world.clock.now()).facts
        except (Refused, Unreachable, BrokenLog):
            return False

    def register_adopted(self) -> str | None:
        """The digest of the register in force; None before any was adopted."""
        adopted = [e.fact for e in self.home_entries() if isinstance(e.fact, RegisterAdopted)]
        return adopted[-1].digest if adopted else None

    def register(self) -> Register:
        """The register in force; an empty one where none was adopted.

        Where the vault lost its bytes, the files of the home give them, if they are the same.

        Raises:
            Refused: neither the vault nor the files have the register that was adopted.
        """
        digest = self.register_adopted()
        if digest is None:
            return Register()
        if digest not in self._registers:
            self._registers[digest] = self._kept_or_declared(digest)
        return self._registers[digest]

    def nearest_register(self) -> Register:
        """The register in force, or what the files declare where it cannot be read.

        For what must never wait, such as opening an incident; nothing is decided by it.
        """
        try:
            return self.register()
        except (Refused, Unreachable):
            return self._declared()

    def _kept_or_declared(self, digest: str) -> Register:
        name = f"the register in force ({digest[:12]})"
        try:
            return self._kept(digest)
        except (Refused, Unreachable, Tampered) as bad:
            why = str(bad).partition(";")[0]
            declared = self._declared()
            if declared.digest == digest:
                self.register_lost = (
                    f"{name} cannot be read from the vault ({why}), and the files in "
                    "HOME/register/, which declare the same, are used; run: tocsin register adopt"
                )
                return declared
            self.register_lost = (
                f"{name} cannot be read from the vault ({why}), and the files in HOME/register/ "
                "declare another; put back the files as they were adopted, or decide for these, "
                "then: tocsin register adopt"
            )
            if isinstance(bad, Unreachable):
                raise
            raise Refused(self.register_lost) from None

    def _kept(self, digest: str) -> Register:
        with self._world.vault.open(digest) as file:
            data = file.read()
        if sha256_hex(data) != digest:
            raise Tampered(f"register {digest[:12]} in the vault was altered")
        try:
            return register_kept(data)
        except ValueError as bad:
            raise Refused(f"register {digest[:12]}: {bad}") from None

    def _declared(self) -> Register:
        try:
            return load_register(self._world.home / "register")[0]
        except Refused:
            return Register()

    def keyring(self) -> Keyring:
        """The keys and tokens that are enrolled."""
        return Keyring.replay(self.home_entries())

    def home_entries(self) -> list[Entry]:
        """All entries of the home's own log."""
        known = self.load(HOME_LOG)
        self.keep(known)
        return known.entries

    def _rules(self, known: Known, plan: Plan, run: Run) -> Rules:
        if run.id not in known.rules:
            known.rules[run.id] = rules_for(self._world, self, known, plan, run)
        return known.rules[run.id]

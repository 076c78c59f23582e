"""Statements as their payees read them, and one line opened: from the rows that were received to the consent behind it.

Every claim on the page is checked while it is drawn: the lines against the root, the root against the log, the rows
against the line.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable
from dataclasses import dataclass
from datetime import date, datetime
from fractions import Fraction

from ritornello.money import MICRO, floor_micros, minor_unit
from ritornello.proof.merkle import leaf_hash
from ritornello.royalty.approval import RunRecord
from ritornello.royalty.wording import decimal
from ritornello.statements.compare import compare
from ritornello.statements.model import USAGE, Line, Statement, verify_line
from ritornello.statements.view import view as statement_texts
from ritornello.store.log_store import Inclusion
from ritornello.store.unit_of_work import UnitOfWork
from ritornello.usage.lake import Lake
from ritornello.usage.model import TakenFile
from ritornello.usage.rows import Behind, Place, rows_behind
from ritornello.web import field_words as w
from ritornello.web.earnings import standing_statements
from ritornello.web.frames import Names, said
from ritornello.web.money_views import (
    LineView,
    Part,
    StatementLineRow,
    StatementRow,
    StatementView,
    StepRow,
    TraceStep,
    UsageRow,
)
from ritornello.web.views import Amount, Exact, Fact, Link
from ritornello.web.wording import day, percent, period, plural
from ritornello.workflows.run_facts import files_behind

_MOST_ROWS = 50
_CAUSES = {
    "volume": "How much was used",
    "price": "What was paid for each use",
    "part": "Which part is the payee's",
    "new": "New",
    "gone": "Gone",
    "adjustment": "Adjustment",
}


@dataclass(frozen=True, slots=True)
class Reader:
    """What statements are read with. `payee` narrows everything to one party, for whoever sees only their own."""

    work: UnitOfWork
    names: Names
    payee: str | None = None

    def rows(self) -> tuple[StatementRow, ...]:
        """All statements that stand, the newest period first, the largest amount first."""
        found = []
        for run, statement in standing_statements(self.work):
            if self.payee not in (None, statement.payee):
                continue
            earned, payable, _ = _totals(statement)
            found.append(
                StatementRow(
                    statement.id,
                    self.names(statement.payee),
                    statement.totals.why,
                    run.period,
                    earned,
                    payable,
                    _on(run),
                )
            )
        found.sort(key=lambda row: (-row.earned.micros, row.payee))
        return tuple(sorted(found, key=lambda row: row.period, reverse=True))

    def statement(self, statement_id: str) -> tuple[RunRecord, Statement] | None:
        """A statement with its run; None where there is none that may be seen."""
        found = self.work.statements.statement(statement_id)
        if found is None or self.payee not in (None, found.payee):
            return None
        run = next((one for one in self.work.royalty.runs() if one.digest == found.run_digest), None)
        return None if run is None else (run, found)

    def view(self, run: RunRecord, statement: Statement) -> StatementView:
        """The page of one statement."""
        earned, payable, carried = _totals(statement)
        proof = self.work.log.prove(statement.hash())
        before = self.work.statements.before(statement)
        causes = () if before is None else compare(statement, before)
        return StatementView(
            id=statement.id,
            payee=self.names(statement.payee),
            role=f"Statement {statement.id}",
            period=run.period,
            earned=earned,
            payable=payable,
            carried=carried,
            opening=_whole(statement, statement.totals.opening),
            withheld=_whole(statement, sum(count for _, count in statement.totals.withheld)),
            headline=f"{statement_texts(statement)['headline']}.",
            lines=tuple(self.line_row(statement, line) for line in statement.lines),
            closed_at=_on(run),
            root=statement.root().hex(),
            hash=statement.hash(),
            leaf_index=None if proof is None else proof.position,
            verified=proof is not None and proof.holds(),
            files=_files(statement.id),
            services=tuple(self._services(statement)),
            causes=tuple(
                StepRow(
                    _CAUSES.get(one.cause, one.cause),
                    self._where(one.subject),
                    Exact(one.amount, statement.currency),
                    one.words,
                )
                for one in causes
            ),
        )

    def _where(self, subject: str) -> str:
        """A place of `compare` as people read it: title, service, country, kind of use; or a rule's name."""
        title, *place = subject.split(" · ")
        if len(place) != 3:
            return w.sentence(subject.replace("_", " "))
        service, country, flow = place
        where = w.sentence(w.territory(country))
        return " · ".join((title, self.names(service), where, w.words(flow, w.FLOWS)))

    def line_row(self, statement: Statement, line: Line) -> StatementLineRow:
        adjustment = line.kind != USAGE
        return StatementLineRow(
            number=line.number,
            id=f"{statement.id}/{line.number}",
            title=line.title or w.sentence((line.rule or line.kind).replace("_", " ")),
            service=self.names(line.service) if line.service else "",
            territory=w.sentence(w.territory(line.territory)) if line.territory else "",
            flow=w.words(line.flow, w.FLOWS) if line.flow else "",
            units=line.units,
            share="" if adjustment else f"{percent(line.kept)} of what was received",
            amount=Exact(line.amount, statement.currency),
            words=f"{w.sentence(said(line.words, self.names))}.",
            kind=line.kind,
            url=f"/statements/{statement.id}/lines/{line.number}",
        )

    def _services(self, statement: Statement) -> list[Part]:
        sums: dict[str, Fraction] = defaultdict(Fraction)
        for line in statement.lines:
            if line.kind == USAGE:
                sums[line.service] += line.amount
        kinds = ("payable", "derivative", "tax", "held", "house")
        ordered = sorted(sums.items(), key=lambda pair: (-pair[1], pair[0]))
        return [
            Part(kinds[number % len(kinds)], self.names(name), Amount(floor_micros(amount), statement.currency))
            for number, (name, amount) in enumerate(ordered)
        ]

    # ── one line, opened ──

    def line(self, run: RunRecord, statement: Statement, number: int, lake: Lake, *, every: bool = False) -> LineView:
        """A line with the rows it came from, the steps it took, and its proof. `every` gives all rows."""
        line = statement.lines[number - 1]
        behind = self._behind(statement, line, lake, None if every else _MOST_ROWS)
        path = statement.line_proof(number)
        inclusion = self.work.log.prove(statement.hash())
        holds = verify_line(line, len(statement.lines), path, statement.root())
        files = {one.sha256: one.name for one in self._taken(statement)}
        row = self.line_row(statement, line)
        complete = behind is None or (
            behind.units == line.units and Fraction(behind.amount_e10, 10**10) == line.source_amount
        )
        return LineView(
            statement_id=statement.id,
            payee=self.names(statement.payee),
            line=row,
            usage=() if behind is None else tuple(self._usage(behind, line, files)),
            usage_total=0 if behind is None else behind.count,
            steps=tuple(self._steps(run, statement, line, row, inclusion, complete)),
            leaf_hash=leaf_hash(line.leaf()).hex(),
            root=statement.root().hex(),
            path=tuple(part.hex() for part in path),
            verified=holds and inclusion is not None and inclusion.holds(),
            complete=complete,
        )

    def _taken(self, statement: Statement) -> Iterable[TakenFile]:
        """The files that the statement's run was made from, as they were matched then."""
        run = next((one for one in self.work.royalty.runs() if one.digest == statement.run_digest), None)
        made_at = run.made_at if run is not None else None
        return files_behind(self.work, statement.period_start, statement.period_end, made_at)

    def _behind(self, statement: Statement, line: Line, lake: Lake, limit: int | None) -> Behind | None:
        if line.kind != USAGE:
            return None
        place = Place(
            line.asset,
            line.service,
            line.territory,
            line.flow,
            line.source_currency,
            date.fromisoformat(line.first_use),
            date.fromisoformat(line.last_use),
        )
        return rows_behind(lake, [one.lake_path for one in self._taken(statement)], place, limit=limit)

    def _usage(self, behind: Behind, line: Line, files: dict[str, str]) -> Iterable[UsageRow]:
        for one in behind.rows:
            yield UsageRow(
                file=files.get(one.file_sha256, one.file_sha256[:12]),
                row=one.row_number,
                service=self.names(line.service),
                territory=w.sentence(w.territory(line.territory)),
                used_on=day(one.use_date) if one.use_date_exact else f"by {day(one.use_date)}",
                units=one.units,
                amount=Exact(Fraction(one.amount_e10, 10**10), line.source_currency),
            )

    def _steps(
        self,
        run: RunRecord,
        statement: Statement,
        line: Line,
        row: StatementLineRow,
        inclusion: Inclusion | None,
        complete: bool,
    ) -> list[TraceStep]:
        steps = []
        if line.kind == USAGE:
            steps.append(self._usage_step(line, row, complete))
        steps.append(self._money_step(statement, line, row))
        steps += self._share_steps(line)
        steps += self._licence_steps(line)
        steps.append(_proof_step(run, statement, line, inclusion))
        return steps

    def _usage_step(self, line: Line, row: StatementLineRow, complete: bool) -> TraceStep:
        sentence = f"{row.service} reported them for {row.title} in {w.territory(line.territory)}"
        told = "The rows below are all of them, and they add up." if complete else "The rows below do not add up to it."
        return TraceStep(
            "usage",
            f"{plural(line.units, 'play was', 'plays were')} reported, in {plural(line.rows, 'row', 'rows')}",
            f"{sentence}. {told}",
        )

    def _money_step(self, statement: Statement, line: Line, row: StatementLineRow) -> TraceStep:
        facts = [Fact("This line", Exact(line.amount, statement.currency))]
        if line.kind == USAGE:
            facts = [
                Fact("Reported", Exact(line.source_amount, line.source_currency)),
                *([Fact("Exchanged at", decimal(line.rate))] if line.source_currency != statement.currency else []),
                Fact("Part of it", percent(line.kept)),
                *facts,
            ]
        return TraceStep("money", "How the amount came about", row.words, tuple(facts))

    def _share_steps(self, line: Line) -> list[TraceStep]:
        steps = []
        recorded = {one.sheet_id: one for asset in self._assets(line) for one in self.work.catalogue.shares_of(asset)}
        for sheet in line.evidence.sheets:
            share = recorded.get(sheet)
            said = (
                f"stated by {share.source or 'the owner'} and recorded {day(share.recorded_at.date())}" if share else ""
            )
            steps.append(
                TraceStep("split", "Who owned what on the day of use", f"Sheet {sheet}{', ' if said else ''}{said}.")
            )
        if line.evidence.edges:
            edges = {edge.id: edge for edge in self.work.catalogue.ancestry([line.asset])}
            told = [
                f"{percent(edges[one].share)} of the {w.words(edges[one].right_type.value, w.RIGHT_TYPES).lower()} "
                f"flows back to {self._title(edges[one].parent)}"
                for one in line.evidence.edges
                if one in edges
            ]
            steps.append(
                TraceStep(
                    "share",
                    "What flows back to the originals",
                    f"{w.sentence('; '.join(told))}." if told else f"By lineage {w.listed(line.evidence.edges)}.",
                    (),
                    Link("The family tree", f"/songs/{line.asset}/tree"),
                )
            )
        return steps

    def _licence_steps(self, line: Line) -> list[TraceStep]:
        steps = []
        for licence_id in line.evidence.licences:
            document = self.work.consent.licence(licence_id)
            if document is None:
                continue
            payload = document["payload"]
            decision = payload["decision"]["id"]
            granted = day(date.fromisoformat(payload["issued_at"][:10]))
            steps.append(
                TraceStep(
                    "licence",
                    "Under this licence",
                    f"Granted to {self.names(payload['licensee'])} on {granted}; its shares are as frozen then.",
                    (Fact("Licence", licence_id),),
                    Link("The decision and its reasons", f"/decisions/{decision}"),
                )
            )
        told = [self._offer(version) for version in line.evidence.offers]
        if told:
            names = w.listed(dict.fromkeys(name for name, _ in told))
            steps.append(
                TraceStep(
                    "offer",
                    f"Which rests on {plural(len({name for name, _ in told}), 'holder', 'holders')} who agreed",
                    f"{names}, each on their own, with evidence on file.",
                    tuple(fact for _, fact in told),
                )
            )
        return steps

    def _offer(self, version_id: str) -> tuple[str, Fact]:
        offer_id, _, version = version_id.partition("@")
        offer = self.work.consent.offer(offer_id, int(version) if version.isdigit() else None)
        if offer is None:
            return version_id, Fact("Answer", version_id)
        name = self.names(offer.holder)
        how = f"{w.words(offer.basis.value, w.BASES)}, {offer.evidence.how.value.replace('_', ' ')}"
        note = f"version {offer.version}, {how}, evidence {offer.evidence.sha256[:12]}…"
        return name, Fact(name, w.sentence(offer.preset.replace("-", " ").lower()) or "Own terms", note)

    def _assets(self, line: Line) -> list[str]:
        """The recording of a line, its ancestors, and the works of all of them."""
        found = [line.asset, *(edge.parent for edge in self.work.catalogue.ancestry([line.asset]))]
        recordings = self.work.catalogue.recordings(found)
        return [*dict.fromkeys(found), *dict.fromkeys(work for one in recordings for work in one.work_ids)]

    def _title(self, recording_id: str) -> str:
        recording = self.work.catalogue.recording(recording_id)
        return recording.title if recording is not None else recording_id


def _proof_step(run: RunRecord, statement: Statement, line: Line, inclusion: Inclusion | None) -> TraceStep:
    where = "The statement is not in the log yet" if inclusion is None else f"Entry {inclusion.position:,} of the log"
    return TraceStep(
        "proof",
        "And it is written down for good",
        f"This line is leaf {line.number} of {len(statement.lines)} under the statement's root. {where}.",
        (Fact("Run", f"{run.digest[:16]}…", period(run.period)), Fact("Statement", f"{statement.hash()[:16]}…")),
        Link(
            "The proof of this line, to check without trusting us",
            f"/api/v1/statements/{statement.id}/lines/{line.number}/proof",
        ),
    )


def _files(statement_id: str) -> tuple[Link, ...]:
    single = (Link(kind.upper(), f"/statements/{statement_id}.{kind}") for kind in ("pdf", "csv", "json"))
    return (*single, Link("ZIP of all, with a signed list", f"/statements/{statement_id}.zip"))


def _totals(statement: Statement) -> tuple[Amount, Amount, Amount]:
    """Earned, paid and carried on, as amounts."""
    totals = statement.totals
    return _whole(statement, totals.earned), _whole(statement, totals.paid), _whole(statement, totals.carried)


def _whole(statement: Statement, count: int) -> Amount:
    """Minor units as an amount."""
    return Amount(count * int(minor_unit(statement.currency) * MICRO), statement.currency)


def _on(run: RunRecord) -> datetime | None:
    return run.steps[-1].at if run.steps else None

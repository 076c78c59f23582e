"""Derivatives that exist only inside a service: lineage and money by the service's own id.

A reported creation becomes an asset of ours with a stable id, its parents found by ISRC. From then on a row of usage
that names the service's id is matched to it, and the lineage pays its parents. A parent that we do not know is kept by
its ISRC and told: until it is known the creation is *not whole*, and its money waits.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import datetime

from ritornello.messages.creation_reports import CreationReport
from ritornello.messages.findings import Finding
from ritornello.proof.ids import stable_id
from ritornello.usage.matching import Known, MatchIndex


@dataclass(frozen=True, slots=True)
class Creation:
    """One derivative made inside a service.

    `parents` are our assets, `unknown_parents` ISRCs that are none of ours; `maker` is a party's pseudonymous id, the
    same for all creations of one person at one service.
    """

    asset_id: str
    service: str
    derivative_id: str
    parents: tuple[str, ...]
    unknown_parents: tuple[str, ...]
    type: str
    territory: str
    created_at: datetime
    maker: str
    title: str

    @property
    def whole(self) -> bool:
        return bool(self.parents) and not self.unknown_parents

    def known(self) -> Known:
        """As an entry of the match index."""
        return Known(self.asset_id, proprietary_ids=((self.service, self.derivative_id),))


def creations_of(report: CreationReport, service: str, index: MatchIndex) -> tuple[list[Creation], list[Finding]]:
    """The creations that a report tells, and findings about parents that are none of ours."""
    creations, findings = [], []
    for row in report.rows:
        found = {parent: index.by_isrc.get(parent) for parent in row.parents}
        unknown = tuple(parent for parent, asset in found.items() if asset is None)
        if unknown:
            message = (
                f"no recording of ours has the ISRC {', '.join(unknown)}; the creation's money waits until one has"
            )
            findings.append(
                Finding("unknown_parent", "warning", message, report.name, row.row, "Parent ISRCs", "|".join(unknown))
            )
        creations.append(
            Creation(
                asset_id=stable_id("rec", "creation", service, row.derivative_id),
                service=service,
                derivative_id=row.derivative_id,
                parents=tuple(dict.fromkeys(asset for asset in found.values() if asset is not None)),
                unknown_parents=unknown,
                type=row.type,
                territory=row.territory,
                created_at=row.created_at,
                maker=stable_id("pty", "maker", service, row.maker),
                title=row.title,
            )
        )
    return creations, findings


def news(creations: Iterable[Creation], known: Mapping[str, Creation]) -> tuple[list[Creation], list[str]]:
    """Creations that are not recorded yet, and what contradicts those that are.

    A creation is told again in every report; told otherwise (other parents, another type, another maker) it is a
    contradiction that a person must settle, since money went out on the first telling.
    """
    fresh, contradictions = [], []
    for one in creations:
        told = known.get(one.asset_id)
        if told is None:
            fresh.append(one)
        elif (told.type, told.maker, {*told.parents, *told.unknown_parents}) != (
            one.type,
            one.maker,
            {*one.parents, *one.unknown_parents},
        ):
            contradictions.append(
                f"{one.service} {one.derivative_id} was told as {told.type} of {', '.join(told.parents) or 'nobody'}, "
                f"and now as {one.type} of {', '.join(one.parents) or 'nobody'}"
            )
    return fresh, contradictions

"""What the house keeps on file beside offers and contracts: blanket licences of services, how a party answers, and the
rights rules themselves."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path
from typing import Any

from ritornello.consent.errors import ConsentError, Finding, raise_any
from ritornello.consent.facts import Facts, ServiceLicence, Standing
from ritornello.consent.requests import Request
from ritornello.consent.rule_change import Affected, affected
from ritornello.consent.rules import RightsRules
from ritornello.workflows.ask import gather, rules_of
from ritornello.workflows.house import House


def register_blanket(house: House, organisation: str, document: Mapping[str, Any], at: datetime) -> ServiceLicence:
    """Put a service's blanket licence on file. Raises `ConsentError` naming each field that is missing or wrong, and
    where its id is on file with other content."""
    known = ("acts", "evidence_sha256", "id", "rights", "service", "territories", "valid_from", "valid_until")
    raise_any(
        [Finding(name, "is missing", "a blanket licence needs it") for name in known if name not in document]
        + [Finding(name, "is unknown", "leave it out") for name in sorted(set(document) - set(known))]
    )
    digest = document["evidence_sha256"]
    if not isinstance(digest, str) or len(digest) != 64 or not set(digest) <= set("0123456789abcdef"):
        raise ConsentError.of("evidence_sha256", "is no SHA-256", "give the hash of the agreement in 64 hex digits")
    try:
        licence = ServiceLicence.from_document(document)
    except ConsentError:
        raise
    except (TypeError, ValueError, AttributeError) as error:
        raise ConsentError.of("service_licence", f"cannot be read: {error}", "write days, codes and lists") from error
    with house.work(organisation) as work:
        work.consent.add_service_licence(licence, at)
        work.commit()
    return licence


def register_standing(
    house: House, organisation: str, party: str, standing: str, *, evidence_sha256: str, by: str, at: datetime
) -> None:
    """Put on file how a party answers: in person, through a guardian (`minor`), or as an `estate`. Raises
    `ConsentError` for an unknown party or standing."""
    if standing not in set(Standing):
        raise ConsentError.of("standing", f"{standing!r} is unknown", f"write one of {', '.join(Standing)}")
    with house.work(organisation) as work:
        if work.people.party(party) is None:
            raise ConsentError.of("party", f"{party!r} is no party of this house", "register the party first")
        work.consent.add_standing(
            party, Standing(standing), recorded_at=at, recorded_by=by, evidence_sha256=evidence_sha256
        )
        work.commit()


@dataclass(frozen=True, slots=True)
class RuleChange:
    """A rule file held against the rules in force: the live licences that it would decide otherwise."""

    before: RightsRules
    after: RightsRules
    looked_at: int
    affected: tuple[Affected, ...]

    def to_document(self) -> dict[str, Any]:
        return {
            "affected": [
                {
                    "licence": one.licence_id,
                    "outcome": one.outcome.value,
                    "reasons": list(one.reasons),
                    "still_allowed": str(one.still_allowed),
                }
                for one in self.affected
            ],
            "after": rules_document(self.after),
            "before": rules_document(self.before),
            "licences": self.looked_at,
        }


def rules_document(rules: RightsRules) -> dict[str, Any]:
    """Which rules these are."""
    return {
        "dated": rules.dated.isoformat(),
        "reviewed": rules.reviewed,
        "sha256": rules.sha256,
        "source": rules.source,
        "version": rules.version,
    }


def hold_rules_against_licences(house: House, organisation: str, file: Path, at: datetime) -> RuleChange:
    """Validate a rule file and list the live licences that it would decide otherwise. Nothing is changed by it: the
    file takes effect when the setting names it. Raises `ConsentError` listing everything wrong in the file."""
    before, after = rules_of(house), RightsRules.load(file)
    with house.work(organisation, read_only=True) as work:
        live = work.consent.live_licences(at.date())

        def facts_of(request: Request) -> Facts:
            return gather(work, request, before)

        found = affected(live, facts_of, after, at=at)
    return RuleChange(before, after, len(live), tuple(found))

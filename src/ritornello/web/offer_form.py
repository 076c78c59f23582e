"""The consent editor's form: what it starts from, the draft that it says, and how it is shown again."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, replace
from typing import Any

from starlette.datastructures import FormData

from ritornello.consent.codes import NEVER_BY_WARRANTY, RIGHTS
from ritornello.consent.drafts import read_adjustments
from ritornello.consent.errors import ConsentError, Finding
from ritornello.consent.offers import Basis, Level, Obtained, Offer, Reach, Reply
from ritornello.consent.presets import preset, presets
from ritornello.consent.terms import Terms
from ritornello.proof import sha256_hex
from ritornello.store.unit_of_work import UnitOfWork
from ritornello.web.desk import text_of
from ritornello.web.parameter_fields import differing, read_form, written
from ritornello.web.party_fields import Parties
from ritornello.workflows.consent_facts import FactsReader

NO_EVIDENCE = "0" * 64
"""Stands for the evidence while an offer is only looked at."""
FIELDS = {
    "holder": "Who answers",
    "reach.id": "What it is about",
    "reach.level": "What it is about",
    "reach": "What it is about",
    "rights": "For which rights",
    "territories": "Where",
    "valid_from": "From",
    "valid_until": "Until",
    "evidence.sha256": "Evidence",
    "evidence.how": "How consent was obtained",
    "warranty": "Warranty",
    "mandate": "Mandate",
    "basis": "Basis",
}


@dataclass(frozen=True, slots=True)
class OfferForm:
    """An offer as it stands on the form. `terms` are the preset with everything that was changed and can be read."""

    preset: str
    level: str
    reach_id: str
    holder: str
    rights: tuple[str, ...]
    territories: str
    valid_from: str
    valid_until: str
    basis: str
    how: str
    evidence: str
    evidence_words: str
    contract_id: str
    clause: str
    page: str
    indemnity: str
    mandate: str
    terms: Terms
    changes: Mapping[str, Any]


def started(work: UnitOfWork, reader: FactsReader, *, name: str, level: str, reach_id: str, holder: str) -> OfferForm:
    """The form in two clicks: what it is about and a preset; the holder is the one who has most to say about it."""
    chosen = preset(name)
    found = OfferForm(
        preset=name,
        level=level if level in set(Level) else Level.RECORDING.value,
        reach_id=reach_id,
        holder=holder,
        rights=(),
        territories="WW",
        valid_from=reader.day.isoformat(),
        valid_until="",
        basis=Basis.GRANTED.value,
        how=Obtained.INDIVIDUAL_EXPRESS.value,
        evidence="",
        evidence_words="",
        contract_id="",
        clause="",
        page="",
        indemnity="",
        mandate="",
        terms=chosen.terms,
        changes={},
    )
    held = holdings(work, reader, Reach(Level(found.level), reach_id))
    if not found.holder and held:
        found = replace(found, holder=max(sorted(held), key=lambda one: ("M_USE" in held[one], len(held[one]))))
    return replace(found, rights=tuple(one for one in RIGHTS if one in held.get(found.holder, frozenset())))


def holdings(work: UnitOfWork, reader: FactsReader, reach: Reach) -> dict[str, frozenset[str]]:
    """Who may answer about something and for which rights, without what a form must name on purpose."""
    found: dict[str, set[str]] = {}
    recording = work.catalogue.recording(reach.id) if reach.level is Level.RECORDING else None
    if recording is not None:
        for one in reader.required(recording):
            found.setdefault(one.party, set()).add(one.right)
    elif reach.level is Level.LABEL:
        found[reach.id] = {"M_USE"}
    elif reach.level is Level.ARTIST:
        found[reach.id] = {"P_ECON", "P_MORAL", "NAME"}
    return {
        party: frozenset(rights - {"VOICE", "TRAIN", "C_LYR"}) or frozenset(rights - NEVER_BY_WARRANTY)
        for party, rights in found.items()
    }


def of_offer(offer: Offer) -> OfferForm:
    """The form of an offer on file: its next version."""
    base = preset(offer.preset).terms if offer.preset in presets() else Terms()
    warranty = offer.warranty
    return OfferForm(
        preset=offer.preset if offer.preset in presets() else "",
        level=offer.reach.level.value,
        reach_id=offer.reach.id,
        holder=offer.holder,
        rights=tuple(one for one in RIGHTS if one in offer.rights),
        territories=str(offer.territories),
        valid_from=offer.valid_from.isoformat(),
        valid_until="" if offer.valid_until is None else offer.valid_until.isoformat(),
        basis=offer.basis.value,
        how=offer.evidence.how.value,
        evidence="",
        evidence_words="",
        contract_id="" if warranty is None else warranty.contract_id,
        clause="" if warranty is None else warranty.clause,
        page="" if warranty is None else warranty.page,
        indemnity="" if warranty is None else warranty.indemnity,
        mandate=offer.mandate,
        terms=offer.terms,
        changes=written(offer.terms, differing(base, offer.terms)),
    )


def from_form(form: FormData, parties: Parties) -> tuple[OfferForm, list[Finding]]:
    """The form as it was sent, with what cannot be read in it."""
    findings: list[Finding] = []
    name = text_of(form, "preset")
    try:
        base = preset(name).terms if name else Terms()
    except ConsentError as error:
        findings += error.findings
        name, base = "", Terms()
    changes, wrong = read_form(form, base)
    findings += wrong
    terms = base
    try:
        terms = base.adjust(read_adjustments(changes)[0])
    except ConsentError as error:
        findings += error.findings
    holder = parties.read(text_of(form, "holder"), "Who answers", findings)
    plain = {
        one: text_of(form, one, 3000)
        for one in ("level", "reach_id", "territories", "valid_from", "valid_until", "basis", "how", "evidence")
    }
    more = {
        one: text_of(form, one, 3000)
        for one in ("evidence_words", "contract_id", "clause", "page", "indemnity", "mandate")
    }
    rights = tuple(str(one) for one in form.getlist("rights") if one in RIGHTS)
    made = OfferForm(preset=name, holder=holder, rights=rights, terms=terms, changes=changes, **plain, **more)
    return made, findings


def draft_of(form: OfferForm, evidence: str) -> dict[str, Any]:
    """What the form says, as a draft."""
    draft: dict[str, Any] = {
        "adjust": dict(form.changes),
        "basis": form.basis,
        "evidence": {"how": form.how, "sha256": evidence},
        "holder": form.holder,
        "mandate": form.mandate if form.basis == Basis.MANDATED.value else "",
        "preset": form.preset,
        "reach": {"id": form.reach_id, "level": form.level},
        "reply": Reply.GRANT.value,
        "rights": list(form.rights),
        "territories": form.territories or "WW",
        "valid_from": form.valid_from,
        "valid_until": form.valid_until or None,
    }
    if form.basis == Basis.WARRANTED.value:
        draft["warranty"] = {
            "clause": form.clause,
            "contract_id": form.contract_id,
            "indemnity": form.indemnity,
            "page": form.page,
        }
    return draft


def evidence_of(form: OfferForm) -> str:
    """The hash of the evidence as far as the form holds it: the words, or a hash that was given; else empty."""
    return sha256_hex(form.evidence_words.encode()) if form.evidence_words else form.evidence


def in_words(findings: list[Finding]) -> list[Finding]:
    """Findings under the names that the form uses."""
    return [Finding(FIELDS.get(one.field, one.field), one.problem, one.mend) for one in findings]

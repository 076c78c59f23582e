"""The terms of an offer: what a holder lets others do, in every parameter of the consent model, with safe defaults.

Nothing is allowed that is not written: the default of `types.allowed` is empty, of the voice *never*, of the lyrics
*none*, of training *none*. Terms form a lattice: `meet` gives what two of them both allow.
"""

from __future__ import annotations

import json
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field, fields
from functools import cache, cached_property, lru_cache
from typing import Any

from ritornello.consent.errors import Finding, raise_any
from ritornello.consent.parameters import Parameter, parameter_of
from ritornello.consent.term_groups import (
    Chain,
    Contest,
    ContractTerms,
    CreationMoney,
    Credit,
    Exclusions,
    Limits,
    Lyrics,
    Moderation,
    Platform,
    RevocationTerms,
    ShareMoney,
    Training,
    Transformation,
    Types,
    Voice,
    Who,
)
from ritornello.proof import canonical_json, sha256_hex


@dataclass(frozen=True)
class Terms:
    """All groups of parameters; `Terms()` is the safest offer there is: nothing."""

    types: Types = field(default_factory=Types)
    transformation: Transformation = field(default_factory=Transformation)
    voice: Voice = field(default_factory=Voice)
    lyrics: Lyrics = field(default_factory=Lyrics)
    exclusions: Exclusions = field(default_factory=Exclusions)
    who: Who = field(default_factory=Who)
    platform: Platform = field(default_factory=Platform)
    creation_money: CreationMoney = field(default_factory=CreationMoney)
    share_money: ShareMoney = field(default_factory=ShareMoney)
    chain: Chain = field(default_factory=Chain)
    limits: Limits = field(default_factory=Limits)
    moderation: Moderation = field(default_factory=Moderation)
    credit: Credit = field(default_factory=Credit)
    revocation: RevocationTerms = field(default_factory=RevocationTerms)
    training: Training = field(default_factory=Training)
    contest: Contest = field(default_factory=Contest)
    contract: ContractTerms = field(default_factory=ContractTerms)

    def __getitem__(self, path: str) -> Any:
        """The value at "group.name"."""
        group, _, name = path.partition(".")
        return getattr(getattr(self, group), name)

    def adjust(self, changes: Mapping[str, Any]) -> Terms:
        """New terms with the parameters at these paths set; `ConsentError` names every path or value that is wrong."""
        findings: list[Finding] = []
        groups: dict[str, dict[str, Any]] = {}
        for path, value in changes.items():
            parameter = parameters().get(path)
            if parameter is None:
                findings.append(Finding(path, "no such parameter", "see the list of parameters"))
                continue
            findings += parameter.check(path, value)
            group, _, name = path.partition(".")
            groups.setdefault(group, {})[name] = value
        raise_any(findings)
        replaced = {group: _replace(getattr(self, group), values) for group, values in groups.items()}
        adjusted: Terms = _replace(self, replaced)
        raise_any(adjusted.findings())
        return adjusted

    def findings(self) -> list[Finding]:
        """What is wrong within the terms, parameter by parameter and between parameters."""
        return list(self._found)

    @cached_property
    def _found(self) -> tuple[Finding, ...]:
        found = [finding for path, parameter in parameters().items() for finding in parameter.check(path, self[path])]
        return tuple(found or _between(self))

    @cached_property
    def sha256(self) -> str:
        """The hash by which licences name these terms."""
        return sha256_hex(self.canonical)

    @cached_property
    def canonical(self) -> bytes:
        """The canonical JSON of the document; what the hash is made over."""
        return canonical_json(self._document)

    def to_document(self) -> dict[str, dict[str, Any]]:
        return {group: dict(values) for group, values in self._document.items()}

    @cached_property
    def _document(self) -> dict[str, dict[str, Any]]:
        document: dict[str, dict[str, Any]] = {}
        for path, parameter in parameters().items():
            group, _, name = path.partition(".")
            document.setdefault(group, {})[name] = parameter.write(self[path])
        return document

    @staticmethod
    def from_document(document: Mapping[str, Any]) -> Terms:
        """Read terms; parameters that are missing take their safe default, unknown ones are refused by name.

        Thousands of offers say the same few terms, so that what was read once is not read again: the same document
        gives the same object.
        """
        return _read_once(json.dumps(document, sort_keys=True))

    @staticmethod
    def _read(document: Mapping[str, Any]) -> Terms:
        changes: dict[str, Any] = {}
        findings: list[Finding] = []
        for group, values in document.items():
            if not isinstance(values, Mapping):
                findings.append(Finding(group, "must be an object of parameters", "see the list of parameters"))
                continue
            for name, value in values.items():
                path = f"{group}.{name}"
                if (parameter := parameters().get(path)) is None:
                    findings.append(Finding(path, "no such parameter", "see the list of parameters"))
                    continue
                changes[path], wrong = parameter.read(path, value)
                findings += wrong
        raise_any(findings)
        return Terms().adjust(changes)

    def meet(self, other: Terms) -> Terms:
        """The widest terms that both allow, in every parameter that has an order."""
        return _set_all(self, {p: d.meet(self[p], other[p]) for p, d in parameters().items()})

    def narrower(self, other: Terms) -> bool:
        """Whether these terms allow no more than the others (parameters without order aside)."""
        return all(d.narrower(self[p], other[p]) for p, d in parameters().items())


@lru_cache(maxsize=8192)
def _read_once(text: str) -> Terms:
    return Terms._read(json.loads(text))


@cache
def parameters() -> Mapping[str, Parameter]:
    """Every parameter by its path "group.name", in the order in which an offer is read."""
    return dict(_declared())


def _declared() -> Iterator[tuple[str, Parameter]]:
    empty = Terms()
    for group in fields(Terms):
        for entry in fields(getattr(empty, group.name)):
            yield f"{group.name}.{entry.name}", parameter_of(entry.metadata)


def _replace(record: Any, values: Mapping[str, Any]) -> Any:
    return type(record)(**{f.name: values.get(f.name, getattr(record, f.name)) for f in fields(record)})


def _set_all(terms: Terms, values: Mapping[str, Any]) -> Terms:
    groups: dict[str, dict[str, Any]] = {}
    for path, value in values.items():
        group, _, name = path.partition(".")
        groups.setdefault(group, {})[name] = value
    return Terms(**{group: _replace(getattr(terms, group), inner) for group, inner in groups.items()})


def _between(terms: Terms) -> Iterator[Finding]:
    """Rules between parameters."""
    limits, money, contest = terms.limits, terms.share_money, terms.contest
    if limits.window_from and limits.window_until and limits.window_until < limits.window_from:
        yield Finding("limits.window_until", "the window ends before it starts", "set it on or after window_from")
    if contest.opens and contest.closes and contest.closes < contest.opens:
        yield Finding("contest.closes", "the contest ends before it opens", "set it on or after contest.opens")
    if money.form == "fan_share" and money.lineage_policy == "relative":
        yield Finding("share_money.lineage_policy", "a fan share goes with absolute lineage only", "set it to absolute")
    if money.cap_micros is not None and money.floor_micros > money.cap_micros:
        yield Finding("share_money.floor_micros", "the floor lies above the cap", "set it at most to cap_micros")
    if terms.moderation.quorum > max(1, len(terms.moderation.approvers)):
        yield Finding(
            "moderation.quorum", "more must agree than there are approvers", "name more approvers or lower it"
        )
    if terms.voice.cloning == "preset_models" and not terms.voice.models:
        yield Finding("voice.models", "preset models are allowed but none is named", "name at least one model")
    if terms.training.permission == "fine_tune" and not terms.training.models:
        yield Finding("training.models", "fine-tuning is allowed but no model is named", "name each model and version")
    for path in ("creation_money.fee_currency", "share_money.currency", "contest.prize_currency"):
        if not (len(terms[path]) == 3 and terms[path].isalpha() and terms[path].isupper()):
            yield Finding(path, f"{terms[path]!r} is no currency", "write its three letters, such as EUR")

"""What somebody asks for: which derivative, of what, to do what with it, where, on which services, by whom, and when.

The plan says what will be done to the sound; when the audio exists, the measured values take its place. What could
not be measured is named in `unmeasured` and needs an approval. Facts about the person are claims that a service
signed.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, fields, replace
from datetime import date, datetime
from functools import cached_property
from typing import Any

from ritornello.consent.codes import ACTS, TOPICS, TYPES
from ritornello.consent.errors import ConsentError, Finding, raise_any
from ritornello.consent.offers import instant_text, read_instant
from ritornello.consent.plain_fields import misfits
from ritornello.identifiers.territories import TerritorySet
from ritornello.proof import canonical_json, sha256_hex

STRUCTURES = ("keep", "extract", "reorder")
VOCALS = ("keep", "remove", "replace")
TRAINING = ("none", "condition_on_render_only", "fine_tune", "general")
AI = ("none", "assistive", "generative")
LYRICS = ("none", "translate", "edit")
AUDIENCES = ("everyone", "subscribers", "superfans")


@dataclass(frozen=True, slots=True)
class Plan:
    """What is done to the sound. Tempo and key are changes (0 = none); None = not known, and then not checked.

    `words_sha256` names the words that are sung where they are the maker's: other words are another question.
    """

    tempo_permille: int = 0
    key_cents: int = 0
    pitch_follows_tempo: bool = False
    structure: str = "keep"
    extract_ms: int | None = None
    original_permille: int = 1000
    added_permille: int = 0
    vocals: str = "keep"
    stems: frozenset[str] = frozenset()
    reharmonised: bool = False
    ai: str = "none"
    genre: str = ""
    locale: str = ""
    loudness_centilu: int | None = None
    true_peak_centidb: int | None = None
    sample_rate: int | None = None
    voice_model: str = ""
    own_voice: bool = False
    lyrics: str = "none"
    language: str = ""
    back_translation_checked: bool = False
    words_sha256: str = ""
    topics: frozenset[str] = frozenset()
    words: frozenset[str] = frozenset()
    training: str = "none"
    training_model: str = ""
    unmeasured: frozenset[str] = frozenset()

    def to_document(self) -> dict[str, Any]:
        return {
            f.name: sorted(value) if isinstance(value := getattr(self, f.name), frozenset) else value
            for f in fields(self)
        }

    @staticmethod
    def from_document(document: Mapping[str, Any]) -> Plan:
        """Read a plan; `ConsentError` names every field that is unknown or of another kind."""
        raise_any(misfits(Plan, document, "plan"))
        values: dict[str, Any] = {n: frozenset(v) if isinstance(v, list) else v for n, v in document.items()}
        return Plan(**values)


@dataclass(frozen=True, slots=True)
class Claim:
    """A fact about a person that a service signed; `sha256` is of the signed document."""

    kind: str
    value: str
    issuer: str
    issued_at: datetime
    sha256: str


@dataclass(frozen=True, slots=True)
class Person:
    """The maker (pseudonymous) and the facts about them. A tier of everyone is what is assumed of a stranger."""

    id: str
    tier: str = "everyone"
    country: str = ""
    age: int | None = None
    guardian_signed: bool = False
    verified: bool = False
    banned: bool = False
    top_listening_permille: int | None = None
    following_days: int | None = None
    purchased: bool = False
    claims: tuple[Claim, ...] = ()

    def to_document(self) -> dict[str, Any]:
        document = {f.name: getattr(self, f.name) for f in fields(self) if f.name != "claims"}
        document["claims"] = [
            {
                "issued_at": instant_text(c.issued_at),
                "issuer": c.issuer,
                "kind": c.kind,
                "sha256": c.sha256,
                "value": c.value,
            }
            for c in self.claims
        ]
        return document

    @staticmethod
    def from_document(document: Mapping[str, Any]) -> Person:
        """Read a person; `ConsentError` names every field that is unknown or of another kind."""
        raise_any(misfits(Person, document, "person", besides=("claims",)))
        plain = {name: value for name, value in document.items() if name != "claims"}
        given = document.get("claims", ())
        if not isinstance(given, list | tuple):
            raise ConsentError.of("person.claims", f"{given!r:.60} is no list", "write a list of signed facts")
        found: list[Finding] = []
        claims = tuple(_claim(one, f"person.claims[{n}]", found) for n, one in enumerate(given))
        raise_any(found)
        return Person(**plain, claims=tuple(one for one in claims if one is not None))


@dataclass(frozen=True)
class Request:
    """A question to the house. `depth` counts generations: 1 is a derivative of an original."""

    types: tuple[str, ...]
    sources: tuple[str, ...]
    plan: Plan
    acts: tuple[str, ...]
    territories: TerritorySet
    services: tuple[str, ...]
    person: Person
    at: datetime
    depth: int = 1
    conditioned_on_master: bool = False
    video: bool = False
    use_date: date | None = None

    def __post_init__(self) -> None:
        raise_any(self._findings())

    @property
    def day(self) -> date:
        """The date of use: ownership, revocations and territory rules are taken as of this day."""
        return self.use_date or self.at.date()

    @cached_property
    def subject(self) -> str:
        """What an approval is given for: the derivative and its maker, not the acts, places or the moment."""
        document = self.to_document()
        kept = {
            name: document[name] for name in ("types", "sources", "plan", "depth", "conditioned_on_master", "video")
        }
        return sha256_hex(canonical_json({**kept, "maker": self.person.id}))

    @cached_property
    def content_hash(self) -> str:
        return sha256_hex(canonical_json(self.to_document()))

    def changed(self, **changes: Any) -> Request:
        made: Request = replace(self, **changes)
        return made

    def to_document(self) -> dict[str, Any]:
        return {
            "acts": list(self.acts),
            "at": instant_text(self.at),
            "conditioned_on_master": self.conditioned_on_master,
            "depth": self.depth,
            "person": self.person.to_document(),
            "plan": self.plan.to_document(),
            "services": list(self.services),
            "sources": list(self.sources),
            "territories": str(self.territories),
            "types": list(self.types),
            "use_date": None if self.use_date is None else self.use_date.isoformat(),
            "video": self.video,
        }

    @staticmethod
    def from_document(document: Mapping[str, Any]) -> Request:
        """Read a request; `ConsentError` names every field that is missing, unknown or wrong."""
        if isinstance(document, Mapping):
            document = {"plan": {}, **document}
        raise_any(misfits(Request, document, "", besides=("territories", "at", "use_date", "plan", "person")))
        findings: list[Finding] = []
        territories = _told(TerritorySet.parse, document["territories"], "territories", "such as WW ex JP", findings)
        at = _told(read_instant, document["at"], "at", "write it as 2026-06-01T10:00:00Z", findings)
        day = document.get("use_date")
        if day is not None:
            day = _told(date.fromisoformat, day, "use_date", "write it as 2026-06-01", findings)
        raise_any(findings)
        try:
            return Request(
                types=tuple(document["types"]),
                sources=tuple(document["sources"]),
                plan=Plan.from_document(document["plan"]),
                acts=tuple(document["acts"]),
                territories=territories,
                services=tuple(document["services"]),
                person=Person.from_document(document["person"]),
                at=at,
                depth=document.get("depth", 1),
                conditioned_on_master=document.get("conditioned_on_master", False),
                video=document.get("video", False),
                use_date=day,
            )
        except ConsentError:
            raise
        except (AttributeError, TypeError, ValueError) as error:
            raise ConsentError.of(
                "request", f"cannot be read: {error}", "write it as the request's schema says"
            ) from error

    def _findings(self) -> list[Finding]:
        found = _list_findings("types", self.types, TYPES)
        found += _list_findings("acts", self.acts, ACTS)
        found += _list_findings("sources", self.sources, None)
        found += _list_findings("services", self.services, None)
        if not self.territories:
            found.append(Finding("territories", "is empty", "name at least one territory, or WW"))
        if self.at.tzinfo is None:
            found.append(Finding("at", "has no time zone", "give it in UTC"))
        if self.depth < 1:
            found.append(Finding("depth", f"is {self.depth}", "1 is a derivative of an original"))
        if "MASHUP" in self.types and len(self.sources) < 2:
            found.append(Finding("sources", "a mash-up has two sources or more", "name them all"))
        return found + _plan_findings(self.plan) + _person_findings(self.person)


def _claim(document: Any, within: str, findings: list[Finding]) -> Claim | None:
    """A claim; None and a finding where it is none."""
    names = [one.name for one in fields(Claim)]
    if not isinstance(document, Mapping) or not all(isinstance(document.get(name), str) for name in names):
        findings.append(Finding(within, "is no claim that a service signed", f"give {', '.join(names)}, each a text"))
        return None
    at = _told(read_instant, document["issued_at"], f"{within}.issued_at", "write 2026-06-01T10:00:00Z", findings)
    return None if at is None else Claim(**{**{name: document[name] for name in names}, "issued_at": at})


def _told(read: Callable[[str], Any], text: Any, name: str, mend: str, findings: list[Finding]) -> Any:
    """A field read from its text; None and a finding where it cannot be."""
    try:
        return read(text)
    except (TypeError, ValueError, AttributeError) as error:
        findings.append(Finding(name, f"{text!r} cannot be read ({error})", mend))
        return None


def words_named(request: Mapping[str, Any]) -> str:
    """The hash of the maker's words that a request's document asks about; "" where it asks about none."""
    return str(request["plan"].get("words_sha256", ""))


def read_territories(text: str) -> TerritorySet:
    """Territories as they were typed. Raises `ConsentError` naming the field."""
    try:
        return TerritorySet.parse(text)
    except ValueError as error:
        raise ConsentError.of("territories", str(error), 'write such as "DE, FR" or "WW ex JP"') from error


def _list_findings(name: str, values: tuple[str, ...], known: tuple[str, ...] | None) -> list[Finding]:
    if not values:
        return [Finding(name, "is empty", "name at least one")]
    if len(set(values)) != len(values):
        return [Finding(name, "names one twice", "name each once")]
    unknown = [value for value in values if known is not None and value not in known]
    return [Finding(name, f"{value!r} is unknown", f"known are {', '.join(known or ())}") for value in unknown]


def _plan_findings(plan: Plan) -> list[Finding]:
    choices = {
        "structure": STRUCTURES, "vocals": VOCALS, "training": TRAINING, "ai": AI, "lyrics": LYRICS,
    }  # fmt: skip
    found = [
        Finding(f"plan.{name}", f"{getattr(plan, name)!r} is unknown", f"write one of {', '.join(known)}")
        for name, known in choices.items()
        if getattr(plan, name) not in known
    ]
    for name in ("original_permille", "added_permille"):
        if not 0 <= getattr(plan, name) <= 1000:
            found.append(Finding(f"plan.{name}", f"is {getattr(plan, name)}", "write 0 to 1000 permille"))
    if plan.tempo_permille <= -1000:
        found.append(Finding("plan.tempo_permille", "the tempo would stop", "write the change, such as -100"))
    if plan.extract_ms is not None and plan.extract_ms < 0:
        found.append(Finding("plan.extract_ms", "is negative", "write the length in milliseconds"))
    for topic in sorted(plan.topics - set(TOPICS)):
        found.append(Finding("plan.topics", f"{topic!r} is unknown", f"known are {', '.join(TOPICS)}"))
    return found


def _person_findings(person: Person) -> list[Finding]:
    found = []
    if not person.id:
        found.append(Finding("person.id", "is empty", "give the maker's pseudonym"))
    if person.tier not in AUDIENCES:
        found.append(Finding("person.tier", f"{person.tier!r} is unknown", f"write one of {', '.join(AUDIENCES)}"))
    if person.age is not None and person.age < 0:
        found.append(Finding("person.age", "is negative", "write the age in years"))
    return found

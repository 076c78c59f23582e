"""The studio's terms in a person's words: what is refused, how much room each control has, and why it stops there."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from ritornello.consent.codes import Outcome
from ritornello.studio.check import Refusal
from ritornello.web.field_words import TYPES, listed, places, sentence, words
from ritornello.web.read_decision import told_detail
from ritornello.workflows.studio_desk import Room, reasons_of
from ritornello.workflows.studio_orders import NotGranted

TERMS: Mapping[str, str] = {
    "types": "The kind of derivative",
    "tempo_permille": "Speed",
    "key_cents": "Pitch",
    "keep_pitch": "Pitch that follows the speed",
    "structure": "The order of the sections",
    "max_extract_ms": "How much of it sounds",
    "stems": "Parts",
    "vocals": "The voice",
    "max_added_permille": "Added material",
    "min_original_permille": "Share of the original",
    "styles": "Style",
    "reharmonise": "Harmony and metre",
    "locales": "The place it is made for",
    "languages": "Language",
    "ai": "Machine help",
    "commercial": "Commercial use",
    "lufs_centi": "Loudness",
    "true_peak_centi": "Peaks",
}
PLAN_FIELDS: Mapping[str, str] = {
    "kind": "Kind",
    "style": "Style",
    "tempo_permille": "Speed",
    "bpm": "Speed",
    "key_cents": "Pitch",
    "tonic": "Key",
    "mode": "Key",
    "vocals": "The voice",
    "market": "Market",
    "seconds": "Length",
    "effects": "Effect",
    "without": "Parts",
    "order": "Order of the sections",
    "sections": "Order of the sections",
    "levels": "Parts",
    "other": "Mash-up with",
    "groove": "Groove",
    "lyrics": "Other words",
}
"""A plan's fields as the form calls them."""
SLOWEST, FASTEST = -50, 100
"""Per cent of change that a plan can say at the most."""
LOWEST, HIGHEST = -12, 12
"""Semitones that a plan can say at the most."""
SHORTEST, LONGEST = 5, 1800
"""Seconds that a plan can say."""
ANSWERS = {
    Outcome.ALLOW: "May be made within these bounds.",
    Outcome.NEEDS_APPROVAL: "Somebody is asked first; these are the bounds they set.",
}


def field_in_words(where: str) -> str:
    """The field that a finding is about, as the form calls it."""
    name = where.removeprefix("plan.")
    return PLAN_FIELDS.get(name, sentence(name.replace("_", " ")))


def in_words(refusal: Refusal) -> tuple[str, str, str, str]:
    """The term, what was asked, what is allowed and the nearest, as a person reads them."""

    def shown(value: object) -> str:
        if value is None:
            return "nothing comes near"
        if refusal.term == "types":
            return words(str(value), TYPES)
        if refusal.term == "tempo_permille" and isinstance(value, int):
            return f"{(value - 1000) / 10:+g} %"
        if refusal.term == "key_cents" and isinstance(value, int):
            return f"{value / 100:+g} semitones"
        return str(value).replace("_", " ")

    allowed = refusal.allowed
    if ".." in allowed and refusal.term in ("tempo_permille", "key_cents"):
        low, _, high = allowed.partition("..")
        allowed = f"{shown(int(low))} to {shown(int(high))}"
    elif refusal.term == "types":
        allowed = listed(words(one, TYPES) for one in allowed.split(", "))
    return TERMS.get(refusal.term, refusal.term), shown(refusal.asked), allowed, shown(refusal.nearest)


def overstep_in_words(one: Mapping[str, Any]) -> tuple[str, str, str]:
    """Where a measured file oversteps a licence: the term, what was measured, and what is allowed, with their units."""
    term = str(one["term"]).split(":")[0]

    def shown(text: str) -> str:
        try:
            value = int(text)
        except ValueError:
            return text.replace("_", " ")
        if term == "tempo_permille":
            return f"{(value - 1000) / 10:+g} %"
        if term == "key_cents":
            return f"{value / 100:+g} semitones"
        if term.endswith("_permille"):
            return f"{value / 10:g} %"
        if term.endswith("_centi"):
            return f"{value / 100:g} {'LUFS' if term == 'lufs_centi' else 'dBTP'}"
        return f"{value / 1000:g} seconds" if term.endswith("_ms") else str(value)

    allowed = " to ".join(map(shown, str(one["allowed"]).split("..")))
    return TERMS.get(term, sentence(term.replace("_", " "))), shown(str(one["measured"])), allowed


def refused_in_words(refusal: Refusal) -> tuple[str, str]:
    """The term, and what was asked, allowed and nearest in one sentence."""
    term, asked, allowed, near = in_words(refusal)
    return term, f"{asked} was asked, {allowed} is allowed; {near} is nearest"


def not_granted_in_words(error: NotGranted) -> str:
    """Why the holders do not plainly allow it, and where they are asked."""
    asks = error.decision.outcome is Outcome.NEEDS_APPROVAL
    return f"{error}{'; put it before them under Decisions' if asks else ''}"


def reason_in_words(reason: Mapping[str, str], songs: Mapping[str, str]) -> tuple[str, str]:
    """A reason with its detail and the other song that it is about in words, and where it holds ("" everywhere).

    `songs`: recording id → title.
    """
    detail = told_detail(reason["code"], reason["detail"])
    song = songs.get(reason.get("recording", ""), "")
    told = f"{sentence(reason['words'])}{f': {detail}' if detail else ''}{f' ({song})' if song else ''}"
    return told, sentence(places(reason["territories"])) if reason["territories"] else ""


def room_in_words(room: Room, duration_ms: int) -> dict[str, Any]:
    """A kind's room for the page's controls: where each stops, and the words that say why.

    Speed in per cent of change, pitch in semitones, lengths in seconds; `parts` are those that may be moved.
    """
    bounds = room.bounds
    who = f"your licence {room.licence_id}" if room.licence_id else "the holders of this song"
    said = ANSWERS.get(room.answer, "Not as it stands")
    if room.answer is Outcome.DENY:
        why = [reason_in_words(one, {})[0] for one in reasons_of(room.decision)]
        said = f"{said}: {why[0][:1].lower() + why[0][1:] if why else 'nobody has said yes'}."
    return {
        "answer": room.answer.value,
        "said": said,
        "controls": {
            "tempo": _ends(who, "Speed", bounds.tempo_lo_permille - 1000, bounds.tempo_hi_permille - 1000, 10,
                           (SLOWEST, FASTEST), " %"),
            "key": _ends(who, "Pitch", bounds.key_lo_cents, bounds.key_hi_cents, 100, (LOWEST, HIGHEST), " semitones"),
            "seconds": _length(who, bounds.max_extract_ms, duration_ms),
        },
        "parts": sorted(set(room.parts) & bounds.stems),
        "parts_why": f"{who[0].upper()}{who[1:]} leave this part as it is (Parts).",
        "order": bounds.allows_structure("reorder"),
        "order_why": f"{who[0].upper()}{who[1:]} keep the order of the sections (The order of the sections).",
        "choices": _choices(room, who),
    }  # fmt: skip


def _ends(who: str, term: str, low: int, high: int, parts: int, most: tuple[int, int], unit: str) -> dict[str, Any]:
    """Both ends of a control in its own unit, inside what a plan can say, and the words at each end."""
    low, high = max(low, most[0] * parts), min(high, most[1] * parts)
    if low > high:
        low = high = 0
    ends = f"{low / parts:+g} to {high / parts:+g}{unit}" if low != high else f"{low / parts:+g}{unit}"
    why = f"{who[0].upper()}{who[1:]} allow {ends} ({term})."
    return {"low": low / parts, "high": high / parts, "why": why}


def _length(who: str, most_ms: int | None, duration_ms: int) -> dict[str, Any]:
    longest = min(LONGEST, max(SHORTEST, duration_ms // 1000))
    if most_ms is not None and most_ms // 1000 < longest:
        why = f"{who[0].upper()}{who[1:]} allow {most_ms // 1000} seconds of it (How much of it sounds)."
        return {"low": SHORTEST, "high": max(SHORTEST, most_ms // 1000), "why": why}
    return {"low": SHORTEST, "high": longest, "why": f"The recording is {longest} seconds long."}


def _choices(room: Room, who: str) -> dict[str, dict[str, str]]:
    """Values of the choosers that would be refused, with the words why."""
    bounds, refused = room.bounds, f"{who} do not allow it"
    found: dict[str, dict[str, str]] = {"vocals": {}, "harmony": {}, "metre": {}}
    if not bounds.allows_vocals("remove"):
        found["vocals"] = {"remove": f"{refused} ({TERMS['vocals']})", "only": f"{refused} ({TERMS['vocals']})"}
    if not bounds.reharmonise:
        why = f"{refused} ({TERMS['reharmonise']})"
        found["harmony"] = dict.fromkeys(
            ("richer", "secondary_dominants", "tritone", "modal_interchange", "simpler"), why
        )
        found["metre"] = dict.fromkeys(("3", "4"), why)
    return found

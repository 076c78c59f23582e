"""An offer in plain language, generated from its terms: nothing said that is not in them, nothing in them unsaid.

Each parameter carries its own sentence; here the values become words. `summary` is what a person reads first;
`sentences` is the whole offer; `difference` says what a new version changes, parameter by parameter.
"""

from __future__ import annotations

from collections.abc import Iterable
from datetime import date
from typing import Any, NamedTuple

from ritornello.consent.offers import Offer, Reply
from ritornello.consent.parameters import Kind, Parameter, Span
from ritornello.consent.terms import Terms, parameters

_PHRASES = {
    "SPEED_PITCH": "speed and pitch edits",
    "REMIX": "remixes",
    "STEM_RELEASE": "releases of single stems",
    "SAMPLE": "uses as a sample",
    "MASHUP": "mash-ups",
    "INTERPOLATION": "interpolations",
    "COVER_SAME": "covers",
    "COVER_ARTIST_VOICE": "covers in the artist's modelled voice",
    "COVER_THIRD_VOICE": "covers in another modelled voice",
    "STYLE_LOCALE": "versions in a market's style",
    "REHARMONISE": "reharmonised versions",
    "LYRIC_TRANSLATION": "translations of the lyrics",
    "LYRIC_CHANGE": "changes of the lyrics",
    "VOICE_TRANSLATION": "translations in the artist's own voice",
    "UGC_VIDEO": "uses in people's videos",
    "M_USE": "the recording",
    "C_MECH": "mechanical copies of the work",
    "C_PERF": "performing the work",
    "C_ARR": "arranging the music",
    "C_LYR": "changing the lyrics",
    "C_SYNC": "moving image",
    "P_ECON": "the performance",
    "P_MORAL": "the performer's integrity and naming",
    "A_MORAL": "the author's integrity and naming",
    "VOICE": "the voice and likeness",
    "NAME": "the name and artwork",
    "TRAIN": "training and conditioning",
    "own": "our own pages",
    "keep": "kept",
    "remove": "taken out",
    "replace": "replaced",
    "extract": "parts may be left out",
    "reorder": "parts may be left out and change places",
    "preset_models": "named models only",
    "walled_garden": "for its maker alone",
    "public": "open to all",
    "none": "none",
    "pre_approval": "each one is heard first",
    "sampled": "some are drawn and heard first",
    "post_moderation": "they are heard afterwards",
    "fan_share": "share for the maker",
    "parent_share": "share for the original",
    "after_distributor": "after the distributor's part",
    "after_label": "after the label's part",
    "hide_new_plays": "it stays where it is, and no new plays begin",
    "takedown": "it is taken down",
    "sunset": "it stays for a while and then leaves",
    "condition_on_render_only": "only as the material of the one rendering",
    "fine_tune": "to fine-tune named models",
    "general": "for any model",
    "by_type": "set by the type of derivative",
    "pro_rata": "by all plays together",
    "user_centric": "by each listener's own plays",
    "this_recording": "this recording only",
    "this_artist": "everything of this artist",
    "maker_own": "the maker's own",
    "cleared_parts": "made of cleared parts",
    "other_artist_names": "names of other artists",
    "named_persons": "named persons",
}


class Change(NamedTuple):
    """One parameter that differs between two versions, with its sentence before and after."""

    path: str
    before: str
    after: str
    wider: bool | None
    """Whether it allows more than before; None where the parameter has no order, or neither is wider."""


def sentence_of(path: str, terms: Terms) -> str:
    """The sentence of one parameter."""
    parameter = parameters()[path]
    value = terms[path]
    if value is None:
        return parameter.say_open or parameter.say_none
    if value is False or value == "" or value == frozenset() or (value == 0 and _nothing(parameter)):
        return parameter.say_none or parameter.say.format("nothing")
    return parameter.say.format(words(parameter, value, terms))


def _nothing(parameter: Parameter) -> bool:
    """Whether zero means that there is none of it; a limit of zero is a limit all the same."""
    return bool(parameter.say_none) and not parameter.optional and parameter.kind in (Kind.NUMBER, Kind.FLOOR)


def sentences(terms: Terms) -> list[str]:
    """Every parameter in words, in the order in which an offer is read."""
    return [sentence_of(path, terms) for path in parameters()]


def offer_sentences(offer: Offer) -> list[str]:
    """The whole offer: who, what, where, how long, on what basis; then its terms."""
    rights = _listed(_phrase(right) for right in sorted(offer.rights))
    until = "until revoked" if offer.valid_until is None else f"until {_day(offer.valid_until)}"
    verb = {Reply.GRANT: "grants", Reply.REFUSE: "refuses", Reply.PROPOSAL: "is asked for"}[offer.reply]
    lines = [
        f"{offer.holder} {verb} {rights} of {offer.reach} in {offer.territories}, "
        f"from {_day(offer.valid_from)} {until}.",
        f"Basis: {offer.basis.value}; obtained as {offer.evidence.how.value.replace('_', ' ')}, "
        f"signed by {offer.evidence.signer}.",
    ]
    if offer.warranty is not None:
        lines.append(
            f"Warranted under “{offer.warranty.clause}” (page {offer.warranty.page} of {offer.warranty.contract_id}); "
            f"{offer.warranty.indemnity} indemnifies."
        )
    return lines if offer.reply is Reply.REFUSE else [*lines, *sentences(offer.terms)]


def summary(terms: Terms) -> str:
    """The offer in one breath: who may make what, how far, where it may go, and what they get."""
    if not terms.types.allowed:
        return "Nothing may be made of it."
    sound, platform, money = terms.transformation, terms.platform, terms.share_money
    vocals = "and keep the vocals" if sound.vocals == frozenset({"keep"}) else ""
    made = _listed(_phrase(name) for name in sorted(terms.types.allowed))
    tempo = words(parameters()["transformation.tempo_permille"], sound.tempo_permille, terms)
    key = words(parameters()["transformation.key_cents"], sound.key_cents, terms)
    places = sorted(platform.services or ()) if platform.on_platform == "public" else []
    places += sorted(platform.export_services or ()) if platform.export_services is not None else ["any service"]
    where = _listed(_phrase(place) for place in dict.fromkeys(places)) or "nowhere but in the studio"
    parts = [
        f"{_circle(terms)} may make {made}",
        f"with the tempo changed from {tempo} and the key from {key}" + (f", {vocals}" if vocals else ""),
    ]
    text = f"{' '.join(parts)}. It may be heard on {where}."
    if terms.moderation.mode == "pre_approval":
        text += " Each one is heard first."
    elif terms.limits.first_n_approval:
        text += f" The first {terms.limits.first_n_approval} are heard first."
    if money.form == "fan_share" and money.fan_share_permille:
        cap = "" if money.cap_micros is None else f", up to {_amount(money.cap_micros, money.currency)}"
        text += f" The maker gets {_permille(money.fan_share_permille)}{cap}."
    return text


def _circle(terms: Terms) -> str:
    """Who may, the narrowest circle first."""
    who = terms.who
    if who.listed_only:
        return "The people on a list"
    return "Superfans" if who.superfans_only else "Subscribers" if who.subscribers_only else "Everyone"


def difference(before: Terms, after: Terms) -> list[Change]:
    """What changed, parameter by parameter, in words; empty where nothing did."""
    changes = []
    for path, parameter in parameters().items():
        one, other = before[path], after[path]
        if one == other:
            continue
        wider: bool | None = None
        if parameter.narrower(one, other) != parameter.narrower(other, one):
            wider = parameter.narrower(one, other)
        changes.append(Change(path, sentence_of(path, before), sentence_of(path, after), wider))
    return changes


def words(parameter: Parameter, value: Any, terms: Terms) -> str:
    """A value in words: 15 %, 3 semitones, 30 s, 80.00 EUR, 3 May 2026."""
    if isinstance(value, Span):
        unit = parameter.unit
        signed = unit in ("permille", "semitones")
        low, high = (_number(unit, end, terms, signed=signed) for end in (value.low, value.high))
        return f"{low} to {high}"
    if isinstance(value, frozenset):
        return _listed(_phrase(entry) for entry in sorted(value))
    if isinstance(value, date):
        return _day(value)
    if isinstance(value, int):
        return _number(parameter.unit, value, terms)
    return _phrase(value) if parameter.kind in (Kind.RANK, Kind.CHOICE) else str(value)


def _number(unit: str, value: int, terms: Terms, *, signed: bool = False) -> str:
    match unit:
        case "permille":
            return ("+" if signed and value > 0 else "") + _permille(value)
        case "semitones":
            return f"{_hundredths(value, signed=signed)} semitones"
        case "lufs":
            return f"{_hundredths(value)} LUFS"
        case "dbtp":
            return f"{_hundredths(value)} dBTP"
        case "ms":
            return f"{value // 1000} s" if value % 1000 == 0 else f"{value} ms"
        case "days":
            return "1 day" if value == 1 else f"{value} days"
        case "micros":
            return _amount(value, terms.share_money.currency)
        case _:
            return str(value)


def _permille(value: int) -> str:
    sign, size = ("−" if value < 0 else ""), abs(value)
    return f"{sign}{size // 10} %" if size % 10 == 0 else f"{sign}{size // 10}.{size % 10} %"


def _hundredths(value: int, *, signed: bool = False) -> str:
    sign = "−" if value < 0 else "+" if signed and value > 0 else ""
    whole, rest = divmod(abs(value), 100)
    return f"{sign}{whole}" if not rest else f"{sign}{whole}.{rest:02d}".rstrip("0")


def _amount(micros: int, currency: str) -> str:
    whole, rest = divmod(micros, 1_000_000)
    cents = f"{rest:06d}".rstrip("0").ljust(2, "0")
    return f"{whole}.{cents} {currency}"


def _day(value: date) -> str:
    return f"{value.day} {value:%B %Y}"


def _phrase(code: str) -> str:
    return _PHRASES.get(code, code.replace("_", " "))


def _listed(entries: Iterable[str]) -> str:
    found = list(entries)
    return found[0] if len(found) == 1 else ", ".join(found[:-1]) + " and " + found[-1] if found else ""

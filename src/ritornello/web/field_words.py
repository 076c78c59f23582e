"""The field's codes in a person's words. A code that is not listed here is shown as it is, never hidden."""

from __future__ import annotations

from collections.abc import Iterable

from ritornello.identifiers.territories import WORLD, TerritorySet
from ritornello.messages.territory_names import territory_name

RIGHTS = {
    "M_USE": "use the recording",
    "C_MECH": "reproduce the song",
    "C_PERF": "play the song in public",
    "C_ARR": "rearrange the music",
    "C_LYR": "change or translate the lyrics",
    "C_SYNC": "set the song to pictures",
    "P_ECON": "use the performance",
    "P_MORAL": "respect for the performance",
    "A_MORAL": "respect for the work",
    "VOICE": "use the voice",
    "NAME": "use the artist's name",
    "TRAIN": "train a machine on it",
}
TYPES = {
    "SPEED_PITCH": "sped-up or slowed version",
    "REMIX": "remix",
    "STEM_RELEASE": "stem release",
    "SAMPLE": "sample",
    "MASHUP": "mash-up",
    "INTERPOLATION": "interpolation",
    "COVER_SAME": "cover",
    "COVER_ARTIST_VOICE": "cover in the artist's voice",
    "COVER_THIRD_VOICE": "cover in another voice",
    "STYLE_LOCALE": "localized version",
    "REHARMONISE": "reharmonised version",
    "LYRIC_TRANSLATION": "translation",
    "LYRIC_CHANGE": "version with changed lyrics",
    "VOICE_TRANSLATION": "translation in the artist's voice",
    "UGC_VIDEO": "video",
}
ACTS = {
    "make": "make",
    "keep": "keep",
    "share": "share",
    "publish": "publish",
    "deliver": "deliver",
    "monetise": "earn with",
    "sync": "set to pictures",
}
RIGHT_TYPES = {
    "master": "Recording",
    "composition": "Song",
    "performance": "Performance",
    "voice_likeness": "Voice and likeness",
}
BASES = {"granted": "granted by the holder", "warranted": "warranted", "mandated": "under a mandate"}
ROLES = {
    "owner": "Owner",
    "rights_manager": "Rights manager",
    "approver": "Approver",
    "finance": "Finance",
    "distributor": "Distributor",
    "fan": "Fan",
    "payee": "Payee",
    "auditor": "Auditor",
    "service": "Service",
}
FLOWS = {
    "stream": "Streams",
    "creation_pool": "Creation pool",
    "ugc": "Videos by people",
    "tip": "Tips",
    "sync": "Pictures",
    "fine": "Fines",
    "download": "Downloads",
    "adjustment": "Corrections by the service",
    "fraud_clawback": "Taken back for fraud",
}


def words(code: str, table: dict[str, str]) -> str:
    """The words of a code; a code without words with its underscores opened."""
    return table.get(code, code.replace("_", " "))


def sentence(text: str) -> str:
    """The text with a capital first letter."""
    return text[:1].upper() + text[1:]


def listed(items: Iterable[str], joint: str = "and") -> str:
    """ "a, b and c"."""
    found = list(items)
    return found[0] if len(found) == 1 else f"{', '.join(found[:-1])} {joint} {found[-1]}" if found else ""


def an(noun: str) -> str:
    """The noun with its article: "a remix", "an interpolation"."""
    return f"{'an' if noun[:1] in 'aeio' else 'a'} {noun}"


def territory(code: str) -> str:
    """The name of one territory, as it stands within a sentence."""
    name = territory_name(code)
    return f"the {name}" if name.startswith(("United ", "Netherlands", "Philippines")) else name


def places(text: str) -> str:
    """A set of territories in words: "worldwide", "worldwide ex Japan", "Germany and the United States"."""
    found = TerritorySet.parse(text)
    if not found:
        return "nowhere"
    if found == WORLD:
        return "worldwide"
    codes, missing = sorted(found.codes), sorted((WORLD - found).codes)
    if len(missing) <= 6:
        return f"worldwide ex {listed(map(territory, missing))}"
    return listed(sorted(map(territory, codes))) if len(codes) <= 8 else str(found)

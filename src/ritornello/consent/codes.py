"""The closed vocabularies of consent: types of derivative, rights, acts, outcomes and the stable reason codes.

Types and rights are the codes of the rights rules; reason codes never change their meaning once published, since
licences store them and other people's programs read them.
"""

from __future__ import annotations

from enum import StrEnum
from typing import Final

RIGHTS: Final = (
    "M_USE", "C_MECH", "C_PERF", "C_ARR", "C_LYR", "C_SYNC", "P_ECON", "P_MORAL", "A_MORAL", "VOICE", "NAME", "TRAIN",
)  # fmt: skip
TYPES: Final = (
    "SPEED_PITCH", "REMIX", "STEM_RELEASE", "SAMPLE", "MASHUP", "INTERPOLATION", "COVER_SAME", "COVER_ARTIST_VOICE",
    "COVER_THIRD_VOICE", "STYLE_LOCALE", "REHARMONISE", "LYRIC_TRANSLATION", "LYRIC_CHANGE", "VOICE_TRANSLATION",
    "UGC_VIDEO",
)  # fmt: skip
ACTS: Final = ("make", "keep", "share", "publish", "deliver", "monetise", "sync")

MORAL_RIGHTS: Final = frozenset({"A_MORAL", "P_MORAL"})
IN_PERSON: Final = frozenset({"A_MORAL", "P_MORAL", "VOICE"})
"""Only the person (or the estate) can say yes to these; nobody warrants or holds a mandate for them."""

NEVER_BY_WARRANTY: Final = frozenset({"A_MORAL", "P_MORAL", "VOICE", "TRAIN", "C_LYR"})
"""Rules of the trade, 7: voice, training, lyrics and moral rights rest on the holder's own grant, and silence about
them is never deemed an approval."""

MASTER_RIGHTS: Final = frozenset({"M_USE", "P_ECON", "P_MORAL"})
"""What a derivative without the recording needs in addition when it was conditioned on the master."""

OWN_SERVICE: Final = "own"
"""Our own pages. No service's blanket licence reaches them."""

TOPICS: Final = (
    "explicit", "hate", "sexual", "political", "religious", "drugs", "brand", "named_persons", "children",
    "other_artist_names",
)  # fmt: skip


class Outcome(StrEnum):
    """deny < needs_approval < allow: the order in which answers meet."""

    DENY = "deny"
    NEEDS_APPROVAL = "needs_approval"
    ALLOW = "allow"


class Code(StrEnum):
    """Why an answer is what it is. The effect of each is in `EFFECT`, its sentence in `WORDS`."""

    # what allows
    GRANTED = "GRANTED"
    BLANKET_LICENCE = "BLANKET_LICENCE"
    NO_STATUTORY_RIGHT = "NO_STATUTORY_RIGHT"
    APPROVED = "APPROVED"
    DEEMED_APPROVED = "DEEMED_APPROVED"
    ANY_CO_OWNER = "ANY_CO_OWNER"
    # what asks
    MORAL_ASK = "MORAL_ASK"
    CONTRACT_APPROVAL = "CONTRACT_APPROVAL"
    PRE_APPROVAL = "PRE_APPROVAL"
    FIRST_N_APPROVAL = "FIRST_N_APPROVAL"
    SAMPLED_APPROVAL = "SAMPLED_APPROVAL"
    VOICE_APPROVAL = "VOICE_APPROVAL"
    LYRICIST_APPROVAL = "LYRICIST_APPROVAL"
    BACK_TRANSLATION_CHECK = "BACK_TRANSLATION_CHECK"
    NAME_APPROVAL = "NAME_APPROVAL"
    SELF_DEAL = "SELF_DEAL"
    UNMEASURED = "UNMEASURED"
    COMPLAINTS_PAUSE = "COMPLAINTS_PAUSE"
    FRAUD_PAUSE = "FRAUD_PAUSE"
    # what denies: the holders
    HOLDER_SILENT = "HOLDER_SILENT"
    HOLDER_REFUSED = "HOLDER_REFUSED"
    HOLDER_UNKNOWN = "HOLDER_UNKNOWN"
    SHARES_INCOMPLETE = "SHARES_INCOMPLETE"
    SHARES_EXCEEDED = "SHARES_EXCEEDED"
    OFFER_EXPIRED = "OFFER_EXPIRED"
    OFFER_NOT_YET_VALID = "OFFER_NOT_YET_VALID"
    OFFER_REVOKED = "OFFER_REVOKED"
    APPROVAL_REFUSED = "APPROVAL_REFUSED"
    BASIS_NOT_ENOUGH = "BASIS_NOT_ENOUGH"
    NOT_INDIVIDUAL_EXPRESS = "NOT_INDIVIDUAL_EXPRESS"
    CONTRACT_SILENT = "CONTRACT_SILENT"
    CONTRACT_REFUSES = "CONTRACT_REFUSES"
    CONTRACT_ENDED = "CONTRACT_ENDED"
    CONTRACT_MISSING = "CONTRACT_MISSING"
    TERRITORY_DEFAULT = "TERRITORY_DEFAULT"
    # what denies: the terms
    TYPE_NOT_ALLOWED = "TYPE_NOT_ALLOWED"
    TEMPO_OUT_OF_BOUNDS = "TEMPO_OUT_OF_BOUNDS"
    KEY_OUT_OF_BOUNDS = "KEY_OUT_OF_BOUNDS"
    PITCH_NOT_KEPT = "PITCH_NOT_KEPT"
    STRUCTURE_NOT_ALLOWED = "STRUCTURE_NOT_ALLOWED"
    EXTRACT_TOO_LONG = "EXTRACT_TOO_LONG"
    TOO_LITTLE_ORIGINAL = "TOO_LITTLE_ORIGINAL"
    TOO_MUCH_ADDED = "TOO_MUCH_ADDED"
    VOCALS_NOT_ALLOWED = "VOCALS_NOT_ALLOWED"
    STEM_NOT_ALLOWED = "STEM_NOT_ALLOWED"
    REHARMONISE_NOT_ALLOWED = "REHARMONISE_NOT_ALLOWED"
    AI_NOT_ALLOWED = "AI_NOT_ALLOWED"
    GENRE_NOT_ALLOWED = "GENRE_NOT_ALLOWED"
    LOCALE_NOT_ALLOWED = "LOCALE_NOT_ALLOWED"
    LOUDNESS_OUT_OF_BOUNDS = "LOUDNESS_OUT_OF_BOUNDS"
    TRUE_PEAK_TOO_HIGH = "TRUE_PEAK_TOO_HIGH"
    QUALITY_TOO_LOW = "QUALITY_TOO_LOW"
    VOICE_NOT_ALLOWED = "VOICE_NOT_ALLOWED"
    VOICE_MODEL_NOT_ALLOWED = "VOICE_MODEL_NOT_ALLOWED"
    OWN_VOICE_REQUIRED = "OWN_VOICE_REQUIRED"
    LYRICS_NOT_ALLOWED = "LYRICS_NOT_ALLOWED"
    LANGUAGE_NOT_ALLOWED = "LANGUAGE_NOT_ALLOWED"
    CONTENT_EXCLUDED = "CONTENT_EXCLUDED"
    TERM_EXCLUDED = "TERM_EXCLUDED"
    WHO_NOT_ALLOWED = "WHO_NOT_ALLOWED"
    WHO_COUNTRY = "WHO_COUNTRY"
    TOO_YOUNG = "TOO_YOUNG"
    GUARDIAN_MISSING = "GUARDIAN_MISSING"
    NOT_VERIFIED = "NOT_VERIFIED"
    PERSON_BANNED = "PERSON_BANNED"
    ACT_NOT_ALLOWED = "ACT_NOT_ALLOWED"
    SERVICE_FORBIDDEN = "SERVICE_FORBIDDEN"
    DOWNLOADS_USED_UP = "DOWNLOADS_USED_UP"
    CHAIN_NOT_ALLOWED = "CHAIN_NOT_ALLOWED"
    CHAIN_TOO_DEEP = "CHAIN_TOO_DEEP"
    QUOTA_TOTAL = "QUOTA_TOTAL"
    QUOTA_PER_FAN = "QUOTA_PER_FAN"
    QUOTA_PER_DAY = "QUOTA_PER_DAY"
    QUOTA_PER_SOURCE = "QUOTA_PER_SOURCE"
    WINDOW_CLOSED = "WINDOW_CLOSED"
    EMBARGO = "EMBARGO"
    CONTEST_CLOSED = "CONTEST_CLOSED"
    TRAINING_NOT_ALLOWED = "TRAINING_NOT_ALLOWED"
    TRAINING_MODEL_NOT_ALLOWED = "TRAINING_MODEL_NOT_ALLOWED"
    # what denies: the recording and the house
    UNCLEARED_SAMPLES = "UNCLEARED_SAMPLES"
    KILL_SWITCH = "KILL_SWITCH"
    SHARE_FORM_CONFLICT = "SHARE_FORM_CONFLICT"


_ALLOWS: Final = frozenset(
    {Code.GRANTED, Code.BLANKET_LICENCE, Code.NO_STATUTORY_RIGHT, Code.APPROVED, Code.DEEMED_APPROVED,
     Code.ANY_CO_OWNER, Code.TERRITORY_DEFAULT}
)  # fmt: skip
_ASKS: Final = frozenset(
    {Code.MORAL_ASK, Code.CONTRACT_APPROVAL, Code.PRE_APPROVAL, Code.FIRST_N_APPROVAL, Code.SAMPLED_APPROVAL,
     Code.VOICE_APPROVAL, Code.LYRICIST_APPROVAL, Code.BACK_TRANSLATION_CHECK, Code.NAME_APPROVAL, Code.SELF_DEAL,
     Code.UNMEASURED, Code.COMPLAINTS_PAUSE, Code.FRAUD_PAUSE}
)  # fmt: skip

EFFECT: Final[dict[Code, Outcome]] = {
    code: Outcome.ALLOW if code in _ALLOWS else Outcome.NEEDS_APPROVAL if code in _ASKS else Outcome.DENY
    for code in Code
}
"""What a reason does to the cells it is found in. TERRITORY_DEFAULT only informs: the rule it points at decides."""

WORDS: Final[dict[Code, str]] = {
    Code.GRANTED: "the holder has granted it",
    Code.BLANKET_LICENCE: "covered by the service's licence on file",
    Code.NO_STATUTORY_RIGHT: "the law of this territory asks nobody",
    Code.APPROVED: "approved for this request",
    Code.DEEMED_APPROVED: "deemed approved under a clause that this holder signed",
    Code.ANY_CO_OWNER: "one co-owner is enough here, by the house's switch",
    Code.MORAL_ASK: "the person must be asked; nobody else can answer",
    Code.CONTRACT_APPROVAL: "a contract gives this person a right of approval",
    Code.PRE_APPROVAL: "the holder wants to hear each one first",
    Code.FIRST_N_APPROVAL: "the first ones are heard before they go out",
    Code.SAMPLED_APPROVAL: "drawn for a check by hand",
    Code.VOICE_APPROVAL: "use of the voice needs the person's approval",
    Code.LYRICIST_APPROVAL: "the lyricist approves each text",
    Code.BACK_TRANSLATION_CHECK: "the back-translation of each text is checked",
    Code.NAME_APPROVAL: "use of the name needs approval",
    Code.SELF_DEAL: "the maker holds rights in this very recording",
    Code.UNMEASURED: "what was done to it could not be measured",
    Code.COMPLAINTS_PAUSE: "paused: too many complaints",
    Code.FRAUD_PAUSE: "paused: the fraud score is too high",
    Code.HOLDER_SILENT: "the holder has not answered, and silence is no",
    Code.HOLDER_REFUSED: "the holder has refused",
    Code.HOLDER_UNKNOWN: "nobody on file holds this right here",
    Code.SHARES_INCOMPLETE: "the shares on file do not reach 100 %",
    Code.SHARES_EXCEEDED: "the shares on file exceed 100 %",
    Code.OFFER_EXPIRED: "the offer has ended",
    Code.OFFER_NOT_YET_VALID: "the offer has not begun",
    Code.OFFER_REVOKED: "the offer was revoked",
    Code.APPROVAL_REFUSED: "the approver has refused this request",
    Code.BASIS_NOT_ENOUGH: "this right needs the holder's own grant, not a warranty or mandate",
    Code.NOT_INDIVIDUAL_EXPRESS: "individual express consent is insisted on",
    Code.CONTRACT_SILENT: "the contract behind the warranty is silent on this, and silent is no",
    Code.CONTRACT_REFUSES: "the contract behind the warranty excludes this",
    Code.CONTRACT_ENDED: "the contract behind the warranty has ended",
    Code.CONTRACT_MISSING: "the contract behind the warranty is not on file",
    Code.TERRITORY_DEFAULT: "no rules for this territory: the general ones apply",
    Code.TYPE_NOT_ALLOWED: "this type of derivative is not offered",
    Code.TEMPO_OUT_OF_BOUNDS: "the tempo leaves the allowed range",
    Code.KEY_OUT_OF_BOUNDS: "the key leaves the allowed range",
    Code.PITCH_NOT_KEPT: "a change of tempo must keep the pitch",
    Code.STRUCTURE_NOT_ALLOWED: "the order of the song must be kept as offered",
    Code.EXTRACT_TOO_LONG: "the extract is too long",
    Code.TOO_LITTLE_ORIGINAL: "too little of the original remains",
    Code.TOO_MUCH_ADDED: "too much is added",
    Code.VOCALS_NOT_ALLOWED: "the vocals may not be treated so",
    Code.STEM_NOT_ALLOWED: "this stem is not offered",
    Code.REHARMONISE_NOT_ALLOWED: "the harmony must be kept",
    Code.AI_NOT_ALLOWED: "this class of machine help is not offered",
    Code.GENRE_NOT_ALLOWED: "this genre is not offered",
    Code.LOCALE_NOT_ALLOWED: "this market's style is not offered",
    Code.LOUDNESS_OUT_OF_BOUNDS: "the loudness leaves the allowed range",
    Code.TRUE_PEAK_TOO_HIGH: "the true peak is too high",
    Code.QUALITY_TOO_LOW: "the audio quality is below the floor",
    Code.VOICE_NOT_ALLOWED: "the voice is not offered",
    Code.VOICE_MODEL_NOT_ALLOWED: "this voice model is not offered",
    Code.OWN_VOICE_REQUIRED: "a cover must be sung with the maker's own voice",
    Code.LYRICS_NOT_ALLOWED: "the lyrics may not be changed so",
    Code.LANGUAGE_NOT_ALLOWED: "this language is not offered",
    Code.CONTENT_EXCLUDED: "the content is excluded",
    Code.TERM_EXCLUDED: "a word in the prompt or title is excluded",
    Code.WHO_NOT_ALLOWED: "not offered to this circle of people",
    Code.WHO_COUNTRY: "not offered to people of this country",
    Code.TOO_YOUNG: "below the minimum age",
    Code.GUARDIAN_MISSING: "a minor's guardian must sign",
    Code.NOT_VERIFIED: "the person's identity must be verified",
    Code.PERSON_BANNED: "this person is banned",
    Code.ACT_NOT_ALLOWED: "this act is not offered for this service",
    Code.SERVICE_FORBIDDEN: "this destination is forbidden",
    Code.DOWNLOADS_USED_UP: "this month's downloads are used up",
    Code.CHAIN_NOT_ALLOWED: "derivatives of derivatives are not offered",
    Code.CHAIN_TOO_DEEP: "too many generations from the original",
    Code.QUOTA_TOTAL: "the total quota is used up",
    Code.QUOTA_PER_FAN: "this maker's quota is used up",
    Code.QUOTA_PER_DAY: "today's quota is used up",
    Code.QUOTA_PER_SOURCE: "the quota of this source is used up",
    Code.WINDOW_CLOSED: "outside the window",
    Code.EMBARGO: "under embargo",
    Code.CONTEST_CLOSED: "outside the contest's dates",
    Code.TRAINING_NOT_ALLOWED: "this use for training or conditioning is not offered",
    Code.TRAINING_MODEL_NOT_ALLOWED: "this model is not offered",
    Code.UNCLEARED_SAMPLES: "the original holds samples of others that are not cleared",
    Code.KILL_SWITCH: "stopped by the kill switch",
    Code.SHARE_FORM_CONFLICT: "the holders ask for money forms that exclude each other",
}

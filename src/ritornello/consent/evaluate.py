"""One offer held against one request: which of the asked cells its terms stop, and why.

A cell is an act on a service. Cells are bits, so that one verdict serves every right and territory that the offer
speaks for. The functions here know nothing of holders, territories or other offers.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from typing import NamedTuple

from ritornello.consent.codes import IN_PERSON, NEVER_BY_WARRANTY, OWN_SERVICE, Code
from ritornello.consent.contracts import Contract
from ritornello.consent.excluded import excluded_in
from ritornello.consent.facts import Counts, Standing
from ritornello.consent.offers import Basis, Obtained, Offer, Reply
from ritornello.consent.requests import Request
from ritornello.consent.terms import Terms


class Note(NamedTuple):
    """A reason found within one offer: its code, the cells (bits) it holds for, and what was asked and offered."""

    code: Code
    cells: int
    detail: str = ""


class Cells:
    """The acts and services of a request, numbered: bit `act_place * services + service_place`."""

    __slots__ = ("_by_act", "acts", "all", "count", "services")

    def __init__(self, acts: Sequence[str], services: Sequence[str]) -> None:
        self.acts = tuple(acts)
        self.services = tuple(services)
        self.count = len(self.acts) * len(self.services)
        self.all = (1 << self.count) - 1
        row = (1 << len(self.services)) - 1
        self._by_act = {act: row << (place * len(self.services)) for place, act in enumerate(self.acts)}

    def of_act(self, act: str) -> int:
        return self._by_act.get(act, 0)

    def of_acts(self, acts: frozenset[str]) -> int:
        return sum(bits for act, bits in self._by_act.items() if act in acts)

    def each(self) -> Iterator[tuple[int, str, str]]:
        """(bit, act, service), in the order of the bits."""
        bit = 1
        for act in self.acts:
            for service in self.services:
                yield bit, act, service
                bit <<= 1


_PUBLIC = frozenset({"share", "publish", "deliver", "monetise", "sync"})


def notes_of_terms(
    offer: Offer, request: Request, cells: Cells, counts: Counts, *, maker_holds: bool
) -> tuple[Note, ...]:
    """What the terms of an offer say against the request, whatever the right. `maker_holds`: the maker is a holder."""
    if offer.reply is Reply.REFUSE:
        return (Note(Code.HOLDER_REFUSED, cells.all),)
    terms, everywhere = offer.terms, cells.all
    notes = [Note(Code.TYPE_NOT_ALLOWED, everywhere, name) for name in request.types if name not in terms.types.allowed]
    notes += (Note(code, everywhere, detail) for code, detail in _sound(terms, request))
    notes += (Note(code, everywhere, detail) for code, detail in _person(terms, request))
    notes += (Note(code, everywhere, detail) for code, detail in _chain(terms, request))
    notes += (Note(code, everywhere, detail) for code, detail in _quotas(terms, request, counts))
    notes += _platform(terms, cells, counts)
    notes += _time(terms, request, cells)
    if offer.holder != request.person.id:
        notes += _moderation(terms, request, cells, counts)
        if maker_holds and terms.who.not_holder_of_same:
            notes.append(Note(Code.SELF_DEAL, everywhere))
    return tuple(notes)


def _sound(terms: Terms, request: Request) -> Iterator[tuple[Code, str]]:
    """Transformation and content."""
    plan, bounds = request.plan, terms.transformation
    if plan.tempo_permille not in bounds.tempo_permille:
        yield Code.TEMPO_OUT_OF_BOUNDS, f"{plan.tempo_permille} not in {_span(bounds.tempo_permille)}"
    if plan.key_cents not in bounds.key_cents:
        yield Code.KEY_OUT_OF_BOUNDS, f"{plan.key_cents} not in {_span(bounds.key_cents)}"
    if plan.pitch_follows_tempo and bounds.keep_pitch:
        yield Code.PITCH_NOT_KEPT, ""
    if _FORMS[plan.structure] > _FORMS[bounds.structure]:
        yield Code.STRUCTURE_NOT_ALLOWED, f"{plan.structure}, offered {bounds.structure}"
    if plan.extract_ms is not None and bounds.max_extract_ms is not None and plan.extract_ms > bounds.max_extract_ms:
        yield Code.EXTRACT_TOO_LONG, f"{plan.extract_ms} over {bounds.max_extract_ms}"
    if plan.original_permille < bounds.min_original_permille:
        yield Code.TOO_LITTLE_ORIGINAL, f"{plan.original_permille} under {bounds.min_original_permille}"
    if plan.added_permille > bounds.max_added_permille:
        yield Code.TOO_MUCH_ADDED, f"{plan.added_permille} over {bounds.max_added_permille}"
    if plan.vocals not in bounds.vocals:
        yield Code.VOCALS_NOT_ALLOWED, plan.vocals
    if bounds.stems is not None:
        for stem in sorted(plan.stems - bounds.stems):
            yield Code.STEM_NOT_ALLOWED, stem
    if plan.reharmonised and not bounds.reharmonise:
        yield Code.REHARMONISE_NOT_ALLOWED, ""
    if _AI[plan.ai] > _AI[bounds.ai]:
        yield Code.AI_NOT_ALLOWED, f"{plan.ai}, offered {bounds.ai}"
    if plan.genre and (
        plan.genre in bounds.genres_denied
        or (bounds.genres_allowed is not None and plan.genre not in bounds.genres_allowed)
    ):
        yield Code.GENRE_NOT_ALLOWED, plan.genre
    if plan.locale and bounds.locales is not None and plan.locale not in bounds.locales:
        yield Code.LOCALE_NOT_ALLOWED, plan.locale
    if plan.loudness_centilu is not None and plan.loudness_centilu not in bounds.loudness_centilu:
        yield Code.LOUDNESS_OUT_OF_BOUNDS, f"{plan.loudness_centilu} not in {_span(bounds.loudness_centilu)}"
    if plan.true_peak_centidb is not None and plan.true_peak_centidb > bounds.true_peak_centidb:
        yield Code.TRUE_PEAK_TOO_HIGH, f"{plan.true_peak_centidb} over {bounds.true_peak_centidb}"
    if plan.sample_rate is not None and plan.sample_rate < bounds.min_sample_rate:
        yield Code.QUALITY_TOO_LOW, f"{plan.sample_rate} under {bounds.min_sample_rate}"
    if terms.voice.own_voice_required and "COVER_SAME" in request.types and not plan.own_voice:
        yield Code.OWN_VOICE_REQUIRED, ""
    for topic in sorted(plan.topics & terms.exclusions.topics):
        yield Code.CONTENT_EXCLUDED, topic
    for word in excluded_in(plan.words, terms.exclusions.terms):
        yield Code.TERM_EXCLUDED, word


def _person(terms: Terms, request: Request) -> Iterator[tuple[Code, str]]:
    person, who = request.person, terms.who
    if who.subscribers_only and person.tier == "everyone":
        yield Code.WHO_NOT_ALLOWED, "subscribers"
    if who.superfans_only and not _superfan(terms, request):
        yield Code.WHO_NOT_ALLOWED, "superfans"
    if who.listed_only and person.id not in who.allow_list:
        yield Code.WHO_NOT_ALLOWED, "listed"
    if who.countries is not None and person.country not in who.countries:
        yield Code.WHO_COUNTRY, person.country or "unknown"
    if who.min_age > 0 and (person.age is None or person.age < who.min_age):
        yield Code.TOO_YOUNG, f"{'unknown' if person.age is None else person.age} under {who.min_age}"
    if person.age is not None and person.age < 18 and not person.guardian_signed:
        yield Code.GUARDIAN_MISSING, ""
    if who.verified_identity and not person.verified:
        yield Code.NOT_VERIFIED, ""
    if who.not_banned and person.banned:
        yield Code.PERSON_BANNED, ""


def _superfan(terms: Terms, request: Request) -> bool:
    """By listening and following, or by a purchase where that counts."""
    person, who = request.person, terms.who
    listens = person.top_listening_permille is not None and person.top_listening_permille <= who.superfan_top_permille
    follows = person.following_days is not None and person.following_days >= who.superfan_following_days
    return (listens and follows) or (who.superfan_by_purchase and person.purchased)


def _chain(terms: Terms, request: Request) -> Iterator[tuple[Code, str]]:
    if request.depth > 1 and not terms.chain.derivatives:
        yield Code.CHAIN_NOT_ALLOWED, f"generation {request.depth}"
    elif request.depth > terms.chain.max_depth:
        yield Code.CHAIN_TOO_DEEP, f"{request.depth} over {terms.chain.max_depth}"


def _quotas(terms: Terms, request: Request, counts: Counts) -> Iterator[tuple[Code, str]]:
    limits = terms.limits
    for code, used, most in (
        (Code.QUOTA_TOTAL, counts.total, limits.max_total),
        (Code.QUOTA_PER_FAN, counts.by_person, limits.per_fan),
        (Code.QUOTA_PER_DAY, counts.today, limits.per_day),
        (Code.QUOTA_PER_SOURCE, counts.of_source, limits.per_source),
    ):
        if most is not None and used >= most:
            yield code, f"{used} of {most}"
    contest, day = terms.contest, request.at.date()
    if (contest.opens is not None and day < contest.opens) or (contest.closes is not None and day > contest.closes):
        yield Code.CONTEST_CLOSED, ""
    if contest.countries is not None and request.person.country not in contest.countries:
        yield Code.WHO_COUNTRY, request.person.country or "unknown"


def _platform(terms: Terms, cells: Cells, counts: Counts) -> Iterator[Note]:
    platform = terms.platform
    forbidden = closed = 0
    for bit, act, service in cells.each():
        if service in platform.forbidden:
            forbidden |= bit
        elif not _act_offered(terms, act, service):
            closed |= bit
    if forbidden:
        yield Note(Code.SERVICE_FORBIDDEN, forbidden)
    if closed:
        yield Note(Code.ACT_NOT_ALLOWED, closed)
    most = platform.downloads_per_month
    keeping = cells.of_act("keep")
    if keeping and platform.download != "none" and most is not None and counts.downloads_this_month >= most:
        yield Note(Code.DOWNLOADS_USED_UP, keeping, f"{counts.downloads_this_month} of {most}")


def _act_offered(terms: Terms, act: str, service: str) -> bool:
    """Whether the platform terms open an act on a service. Making is open wherever anything else could follow."""
    platform = terms.platform
    home = platform.on_platform != "none" and (platform.services is None or service in platform.services)
    public = home and platform.on_platform == "public"
    exports = platform.export_services is None or service in platform.export_services
    video = platform.ugc_services is None or service in platform.ugc_services
    match act:
        case "make":
            return home or exports or video or service == OWN_SERVICE
        case "keep":
            return platform.download != "none"
        case "share":
            return platform.share_link
        case "publish":
            return public
        case "deliver":
            return exports
        case "monetise":
            return platform.monetise and (public or exports)
        case _:
            return video


def _time(terms: Terms, request: Request, cells: Cells) -> Iterator[Note]:
    limits, day = terms.limits, request.day
    before = limits.window_from is not None and day < limits.window_from
    after = limits.window_until is not None and day > limits.window_until
    if before or after:
        yield Note(Code.WINDOW_CLOSED, cells.all, day.isoformat())
    if limits.embargo_until is not None and day < limits.embargo_until and (public := cells.of_acts(_PUBLIC)):
        yield Note(Code.EMBARGO, public, f"until {limits.embargo_until.isoformat()}")


def _moderation(terms: Terms, request: Request, cells: Cells, counts: Counts) -> Iterator[Note]:
    """Approvals before something leaves the maker's hands; making and keeping are never held up by them."""
    limits, moderation = terms.limits, terms.moderation
    if limits.pause_complaints_permille is not None and counts.complaints_permille > limits.pause_complaints_permille:
        yield Note(Code.COMPLAINTS_PAUSE, cells.all)
    if limits.pause_fraud_permille is not None and counts.fraud_permille > limits.pause_fraud_permille:
        yield Note(Code.FRAUD_PAUSE, cells.all)
    public = cells.of_acts(_PUBLIC)
    if not public:
        return
    if request.plan.unmeasured:
        yield Note(Code.UNMEASURED, public, ", ".join(sorted(request.plan.unmeasured)))
    if moderation.mode == "pre_approval":
        yield Note(Code.PRE_APPROVAL, public)
    elif moderation.mode == "sampled" and int(request.subject[:8], 16) % 1000 < moderation.sample_permille:
        yield Note(Code.SAMPLED_APPROVAL, public)
    if counts.total < limits.first_n_approval:
        yield Note(Code.FIRST_N_APPROVAL, public, f"{counts.total + 1} of the first {limits.first_n_approval}")


def notes_of_right(
    offer: Offer, right: str, standing: Standing, request: Request, cells: Cells, contracts: Mapping[str, Contract]
) -> list[Note]:
    """What stands against this offer for one right in particular: basis, contract, and the right's own terms."""
    if offer.reply is Reply.REFUSE:
        return []
    everywhere, plan, terms = cells.all, request.plan, offer.terms
    notes: list[Note] = []
    if offer.basis is not Basis.GRANTED:
        if right in NEVER_BY_WARRANTY:
            notes.append(Note(Code.BASIS_NOT_ENOUGH, everywhere, offer.basis.value))
        elif offer.warranty is not None:
            contract = contracts.get(offer.warranty.contract_id)
            code = (
                Code.CONTRACT_MISSING
                if contract is None
                else contract.backs(right, request.day, generative=plan.ai == "generative")
            )
            if code is not None:
                notes.append(Note(code, everywhere, offer.warranty.contract_id))
    elif right in NEVER_BY_WARRANTY:
        how = offer.evidence.how
        if standing is Standing.MINOR and how is not Obtained.AUTHORISED_REPRESENTATIVE:
            notes.append(Note(Code.GUARDIAN_MISSING, everywhere, "the holder is a minor"))
        elif how in (Obtained.DEFAULT_OPT_IN, Obtained.CONTRACT_CLAUSE) or (
            standing is Standing.PERSON and right in IN_PERSON and how is not Obtained.INDIVIDUAL_EXPRESS
        ):
            notes.append(Note(Code.BASIS_NOT_ENOUGH, everywhere, how.value))
    if right == "VOICE":
        notes += (Note(code, everywhere, detail) for code, detail in _voice(terms, request))
    elif right == "C_LYR":
        notes += (Note(code, everywhere, detail) for code, detail in _lyrics(terms, request))
    elif right == "TRAIN":
        notes += (Note(code, everywhere, detail) for code, detail in _training(terms, request))
    elif right == "NAME" and terms.contract.name_approval and offer.holder != request.person.id:
        notes.append(Note(Code.NAME_APPROVAL, everywhere))
    return notes


def _voice(terms: Terms, request: Request) -> Iterator[tuple[Code, str]]:
    voice, model = terms.voice, request.plan.voice_model
    if voice.cloning == "never":
        yield Code.VOICE_NOT_ALLOWED, ""
    elif voice.cloning == "approval":
        yield Code.VOICE_APPROVAL, ""
    if model not in voice.models:
        yield Code.VOICE_MODEL_NOT_ALLOWED, model or "no model named"


def _lyrics(terms: Terms, request: Request) -> Iterator[tuple[Code, str]]:
    lyrics, plan = terms.lyrics, request.plan
    # the type says the least that is done to the words, whatever the plan says
    asked = max(_LYRICS[plan.lyrics], 2 if "LYRIC_CHANGE" in request.types else 1)
    if asked > _LYRICS[lyrics.change]:
        yield Code.LYRICS_NOT_ALLOWED, f"offered {lyrics.change}"
    if plan.language and lyrics.languages is not None and plan.language not in lyrics.languages:
        yield Code.LANGUAGE_NOT_ALLOWED, plan.language
    if lyrics.back_translation_check and plan.language and not plan.back_translation_checked:
        yield Code.BACK_TRANSLATION_CHECK, ""
    if lyrics.lyricist_approval:
        yield Code.LYRICIST_APPROVAL, ""


def _training(terms: Terms, request: Request) -> Iterator[tuple[Code, str]]:
    training, plan = terms.training, request.plan
    # a type that touches TRAIN conditions on the material at the least, whatever the plan says
    asked = max(1, _TRAINING[plan.training])
    if asked > _TRAINING[training.permission]:
        yield Code.TRAINING_NOT_ALLOWED, f"offered {training.permission}"
    if asked == _TRAINING["fine_tune"] and plan.training_model not in training.models:
        yield Code.TRAINING_MODEL_NOT_ALLOWED, plan.training_model or "no model named"


def _span(span: object) -> str:
    return f"{getattr(span, 'low', '')}..{getattr(span, 'high', '')}"


_FORMS = {"keep": 0, "extract": 1, "reorder": 2}
_AI = {"none": 0, "assistive": 1, "generative": 2}
_LYRICS = {"none": 0, "translate": 1, "edit": 2}
_TRAINING = {"none": 0, "condition_on_render_only": 1, "fine_tune": 2, "general": 3}

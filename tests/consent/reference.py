"""The decision a second time, slow and plain, to hold the engine against.

It imports records and codes from consent, and none of its rules: every cell (act, territory, service) is decided
alone, by walking over sources, rights and holders with `if`s. Written from the rules of the trade, not from the
engine.
"""

from __future__ import annotations

from fractions import Fraction
from typing import NamedTuple

from ritornello.consent.codes import Code
from ritornello.consent.facts import Facts, Required, SourceFacts
from ritornello.consent.offers import Offer
from ritornello.consent.requests import Request

IN_PERSON = {"A_MORAL", "P_MORAL", "VOICE"}
OWN_GRANT_ONLY = {"A_MORAL", "P_MORAL", "VOICE", "TRAIN", "C_LYR"}
ASKING = {
    "MORAL_ASK", "CONTRACT_APPROVAL", "PRE_APPROVAL", "FIRST_N_APPROVAL", "SAMPLED_APPROVAL", "VOICE_APPROVAL",
    "LYRICIST_APPROVAL", "BACK_TRANSLATION_CHECK", "NAME_APPROVAL", "SELF_DEAL", "UNMEASURED", "COMPLAINTS_PAUSE",
    "FRAUD_PAUSE",
}  # fmt: skip
FINE = {"GRANTED", "BLANKET_LICENCE", "NO_STATUTORY_RIGHT", "APPROVED", "DEEMED_APPROVED", "TERRITORY_DEFAULT"}
PUBLIC_ACTS = {"share", "publish", "deliver", "monetise", "sync"}
LEVELS = ["stem", "recording", "release", "work", "artist", "label", "catalogue"]
EU = {
    "AT", "BE", "BG", "CY", "CZ", "DE", "DK", "EE", "ES", "FI", "FR", "GR", "HR", "HU", "IE", "IT", "LT", "LU", "LV",
    "MT", "NL", "PL", "PT", "RO", "SE", "SI", "SK",
}  # fmt: skip
QUESTIONS = {
    "M_USE": "adaptation",
    "C_ARR": "adaptation",
    "P_ECON": "adaptation",
    "C_SYNC": "adaptation",
    "NAME": "name",
}


class Found(NamedTuple):
    code: str
    right: str
    holder: str


class Answer(NamedTuple):
    outcome: str
    approvers: frozenset[str]
    found: frozenset[Found]


def answer(request: Request, facts: Facts, act: str, territory: str, service: str) -> Answer:
    """The outcome of one cell, with everything that was found on the way."""
    found: set[Found] = set()
    for asset in request.sources:
        found |= of_source(request, facts, facts.sources[asset], act, territory, service)
    for stop in facts.stops:
        if stop.since <= request.at and (stop.until is None or request.at < stop.until):
            hits = stop.asset_id is None or stop.asset_id in request.sources
            hits = hits and (stop.person_id is None or stop.person_id == request.person.id)
            hits = hits and (stop.service is None or stop.service == service)
            if hits and territory in stop.territories:
                found.add(Found("KILL_SWITCH", "", ""))
    denied = [f for f in found if f.code not in ASKING and f.code not in FINE]
    asked = {f.holder for f in found if f.code in ASKING}
    if denied:
        return Answer("deny", frozenset(), frozenset(found))
    if asked:
        return Answer("needs_approval", frozenset(asked), frozenset(found))
    if not any(f.code in ("GRANTED", "APPROVED", "DEEMED_APPROVED", "BLANKET_LICENCE") for f in found):
        found.add(Found("HOLDER_UNKNOWN", "", ""))
        return Answer("deny", frozenset(), frozenset(found))
    return Answer("allow", frozenset(), frozenset(found))


def of_source(
    request: Request, facts: Facts, source: SourceFacts, act: str, territory: str, service: str
) -> set[Found]:
    found: set[Found] = set()
    video = request.video or "UGC_VIDEO" in request.types
    rights: set[str] = set()
    for name in request.types:
        rights |= set(facts.rules.types[name])
    if request.conditioned_on_master:
        rights |= {"M_USE", "P_ECON", "P_MORAL"}
    if video or act == "sync":
        rights.add("C_SYNC")
    zone = zone_of(facts, territory)
    if zone in ("EU", "*"):
        found.add(Found("TERRITORY_DEFAULT", "", ""))
    if source.contains_third_party_samples and not source.samples_cleared and "M_USE" in rights:
        found.add(Found("UNCLEARED_SAMPLES", "M_USE", ""))
    spoken: list[Offer] = []
    for right in rights:
        needed = right in facts.rules.act_rights[act] or (right == "C_SYNC" and video)
        if needed:
            found |= of_right(request, facts, source, right, zone, act, territory, service, spoken)
    grants = [o for o in spoken if o.reply == "grant"]
    insists = service in facts.insisting_services or any(o.terms.contract.individual_express for o in grants)
    if insists:
        for o in spoken:
            if o.evidence.how != "individual_express":
                found.add(Found("NOT_INDIVIDUAL_EXPRESS", "", o.holder))
    if act == "monetise" and len({o.terms.share_money.form for o in grants}) > 1:
        found.add(Found("SHARE_FORM_CONFLICT", "", ""))
    return found


def zone_of(facts: Facts, territory: str) -> str:
    if any(zone == territory for _, zone in facts.rules.rows):
        return territory
    return "EU" if territory in EU else "*"


def rule_of(facts: Facts, right: str, zone: str) -> tuple[str, str]:
    row = facts.rules.rows.get((right, zone))
    if row is not None:
        return str(row.default), str(row.co_owner)
    if right in ("A_MORAL", "P_MORAL"):
        return "ASK", "each"
    return ("DENY", "each") if right in ("VOICE", "NAME") else ("DENY", "all")


def of_right(
    request: Request, facts: Facts, source: SourceFacts, right: str, zone: str, act: str, territory: str, service: str,
    spoken: list[Offer],
) -> set[Found]:  # fmt: skip
    found: set[Found] = set()
    default, co_owner = rule_of(facts, right, zone)
    for approval in source.contract_approvals:
        if right in approval.rights:
            told = of_holder(request, facts, source, Required(right, approval.party), act, territory, service, [])
            if told is None:
                found.add(asked(request, facts, "CONTRACT_APPROVAL", right, approval.party))
            else:
                found |= told
    if default == "NONE":
        found.add(Found("NO_STATUTORY_RIGHT", right, ""))
        return found
    if default == "BLANKET" and not (request.video or "UGC_VIDEO" in request.types):
        covered = [
            licence
            for licence in facts.service_licences
            if right in licence.rights
            and licence.service == service != "own"
            and act in licence.acts
            and act in ("publish", "deliver", "monetise")
            and territory in licence.territories
            and licence.valid_from <= request.day
            and (licence.valid_until is None or request.day < licence.valid_until)
        ]
        if covered:
            found.add(Found("BLANKET_LICENCE", right, ""))
            return found
    holders = [r for r in source.required if r.right == right and territory in r.territories]
    if not holders:
        found.add(Found("HOLDER_UNKNOWN", right, ""))
    elif co_owner != "each":
        for pool in {r.pool for r in source.required if r.right == right}:
            total = sum((r.share for r in holders if r.pool == pool), Fraction(0))
            if total < 1:
                found.add(Found("SHARES_INCOMPLETE", right, ""))
            if total > 1:
                found.add(Found("SHARES_EXCEEDED", right, ""))
    for holder in holders:
        told = of_holder(request, facts, source, holder, act, territory, service, spoken)
        if told is not None:
            found |= told
        elif default == "ASK":
            found.add(asked(request, facts, "MORAL_ASK", right, holder.party))
        else:
            found.add(Found("HOLDER_SILENT", right, holder.party))
    return found


def of_holder(
    request: Request, facts: Facts, source: SourceFacts, holder: Required, act: str, territory: str, service: str,
    spoken: list[Offer],
) -> set[Found] | None:  # fmt: skip
    """What the holder's most specific valid offers say here; None where the holder has said nothing that counts."""
    counting = speaking(request, source, holder, territory)
    if not counting:
        return None
    found: set[Found] = set()
    for offer, revoked in counting:
        if revoked:
            found.add(Found("OFFER_REVOKED", holder.right, holder.party))
            continue
        spoken.append(offer)
        told = {
            asked(request, facts, code, holder.right, holder.party)
            for code in against(request, facts, source, offer, holder, act, service)
        }
        found |= told
        if not any(f.code not in FINE for f in told):
            found.add(Found("GRANTED", holder.right, holder.party))
    return found


def speaking(request: Request, source: SourceFacts, holder: Required, territory: str) -> list[tuple[Offer, bool]]:
    newest: dict[str, Offer] = {}
    for offer in source.offers:
        fits = offer.holder == holder.party and holder.right in offer.rights and offer.reach in source.reaches
        if fits and offer.reply != "proposal" and offer.recorded_at <= request.at:
            kept = newest.get(offer.id)
            if kept is None or kept.version < offer.version:
                newest[offer.id] = offer
    for level in LEVELS:
        counting = []
        for offer in newest.values():
            if offer.reach.level != level or territory not in offer.territories:
                continue
            revoked = any(r.offer_id == offer.id and r.effective_from <= request.day for r in source.revocations)
            valid = offer.valid_from <= request.day and (offer.valid_until is None or request.day < offer.valid_until)
            if revoked or valid:
                counting.append((offer, revoked))
        if counting:
            return counting
    return []


def asked(request: Request, facts: Facts, code: str, right: str, party: str) -> Found:
    """A finding that asks, answered by an approval on file for this very request where there is one."""
    if code not in ASKING:
        return Found(code, right, party)
    answers = []
    for entry in facts.approvals:
        fits = entry.subject == request.subject and entry.holder == party and entry.right in (None, right)
        fits = fits and entry.at <= request.at and (entry.until is None or request.at < entry.until)
        if fits and not (entry.deemed and right in OWN_GRANT_ONLY):
            answers.append(entry)
    if not answers:
        return Found(code, right, party)
    last = sorted(answers, key=lambda entry: (entry.at, not entry.approved))[-1]
    if not last.approved:
        return Found("APPROVAL_REFUSED", right, party)
    return Found("DEEMED_APPROVED" if last.deemed else "APPROVED", right, party)


def against(
    request: Request, facts: Facts, source: SourceFacts, offer: Offer, holder: Required, act: str, service: str
) -> set[str]:
    """Every code that this offer's terms, basis and contract raise against the request in this cell."""
    if offer.reply == "refuse":
        return {"HOLDER_REFUSED"}
    found: set[str] = set()
    terms, plan, person, counts, right = offer.terms, request.plan, request.person, source.counts, holder.right
    sound, platform, limits = terms.transformation, terms.platform, terms.limits
    if not set(request.types) <= terms.types.allowed:
        found.add("TYPE_NOT_ALLOWED")
    if not sound.tempo_permille.low <= plan.tempo_permille <= sound.tempo_permille.high:
        found.add("TEMPO_OUT_OF_BOUNDS")
    if not sound.key_cents.low <= plan.key_cents <= sound.key_cents.high:
        found.add("KEY_OUT_OF_BOUNDS")
    if sound.keep_pitch and plan.pitch_follows_tempo:
        found.add("PITCH_NOT_KEPT")
    forms = ["keep", "extract", "reorder"]
    if forms.index(plan.structure) > forms.index(sound.structure):
        found.add("STRUCTURE_NOT_ALLOWED")
    if plan.extract_ms is not None and sound.max_extract_ms is not None and plan.extract_ms > sound.max_extract_ms:
        found.add("EXTRACT_TOO_LONG")
    if plan.original_permille < sound.min_original_permille:
        found.add("TOO_LITTLE_ORIGINAL")
    if plan.added_permille > sound.max_added_permille:
        found.add("TOO_MUCH_ADDED")
    if plan.vocals not in sound.vocals:
        found.add("VOCALS_NOT_ALLOWED")
    if sound.stems is not None and not plan.stems <= sound.stems:
        found.add("STEM_NOT_ALLOWED")
    if plan.reharmonised and not sound.reharmonise:
        found.add("REHARMONISE_NOT_ALLOWED")
    machines = ["none", "assistive", "generative"]
    if machines.index(plan.ai) > machines.index(sound.ai):
        found.add("AI_NOT_ALLOWED")
    if plan.genre and plan.genre in sound.genres_denied:
        found.add("GENRE_NOT_ALLOWED")
    if plan.genre and sound.genres_allowed is not None and plan.genre not in sound.genres_allowed:
        found.add("GENRE_NOT_ALLOWED")
    if plan.locale and sound.locales is not None and plan.locale not in sound.locales:
        found.add("LOCALE_NOT_ALLOWED")
    loud = plan.loudness_centilu
    if loud is not None and not sound.loudness_centilu.low <= loud <= sound.loudness_centilu.high:
        found.add("LOUDNESS_OUT_OF_BOUNDS")
    if plan.true_peak_centidb is not None and plan.true_peak_centidb > sound.true_peak_centidb:
        found.add("TRUE_PEAK_TOO_HIGH")
    if plan.sample_rate is not None and plan.sample_rate < sound.min_sample_rate:
        found.add("QUALITY_TOO_LOW")
    if "COVER_SAME" in request.types and terms.voice.own_voice_required and not plan.own_voice:
        found.add("OWN_VOICE_REQUIRED")
    if plan.topics & terms.exclusions.topics:
        found.add("CONTENT_EXCLUDED")
    if plan.words & terms.exclusions.terms:
        found.add("TERM_EXCLUDED")
    # who
    who = terms.who
    listens = person.top_listening_permille is not None and person.top_listening_permille <= who.superfan_top_permille
    follows = person.following_days is not None and person.following_days >= who.superfan_following_days
    superfan = (listens and follows) or (person.purchased and who.superfan_by_purchase)
    if who.subscribers_only and person.tier not in ("subscribers", "superfans"):
        found.add("WHO_NOT_ALLOWED")
    if who.superfans_only and not superfan:
        found.add("WHO_NOT_ALLOWED")
    if who.listed_only and person.id not in who.allow_list:
        found.add("WHO_NOT_ALLOWED")
    if who.countries is not None and person.country not in who.countries:
        found.add("WHO_COUNTRY")
    if who.min_age and (person.age is None or person.age < who.min_age):
        found.add("TOO_YOUNG")
    if person.age is not None and person.age < 18 and not person.guardian_signed:
        found.add("GUARDIAN_MISSING")
    if who.verified_identity and not person.verified:
        found.add("NOT_VERIFIED")
    if who.not_banned and person.banned:
        found.add("PERSON_BANNED")
    # chain, quotas, dates
    if request.depth > 1 and not terms.chain.derivatives:
        found.add("CHAIN_NOT_ALLOWED")
    elif request.depth > terms.chain.max_depth:
        found.add("CHAIN_TOO_DEEP")
    if limits.max_total is not None and counts.total >= limits.max_total:
        found.add("QUOTA_TOTAL")
    if limits.per_fan is not None and counts.by_person >= limits.per_fan:
        found.add("QUOTA_PER_FAN")
    if limits.per_day is not None and counts.today >= limits.per_day:
        found.add("QUOTA_PER_DAY")
    if limits.per_source is not None and counts.of_source >= limits.per_source:
        found.add("QUOTA_PER_SOURCE")
    day = request.day
    if limits.window_from is not None and day < limits.window_from:
        found.add("WINDOW_CLOSED")
    if limits.window_until is not None and day > limits.window_until:
        found.add("WINDOW_CLOSED")
    if act in PUBLIC_ACTS and limits.embargo_until is not None and day < limits.embargo_until:
        found.add("EMBARGO")
    contest = terms.contest
    if contest.opens is not None and request.at.date() < contest.opens:
        found.add("CONTEST_CLOSED")
    if contest.closes is not None and request.at.date() > contest.closes:
        found.add("CONTEST_CLOSED")
    if contest.countries is not None and person.country not in contest.countries:
        found.add("WHO_COUNTRY")
    # where it may go
    home = platform.on_platform != "none" and (platform.services is None or service in platform.services)
    public = home and platform.on_platform == "public"
    exports = platform.export_services is None or service in platform.export_services
    films = platform.ugc_services is None or service in platform.ugc_services
    open_acts = {
        "make": home or exports or films or service == "own",
        "keep": platform.download != "none",
        "share": platform.share_link,
        "publish": public,
        "deliver": exports,
        "monetise": platform.monetise and (public or exports),
        "sync": films,
    }
    if service in platform.forbidden:
        found.add("SERVICE_FORBIDDEN")
    elif not open_acts[act]:
        found.add("ACT_NOT_ALLOWED")
    used = counts.downloads_this_month
    most = platform.downloads_per_month
    if act == "keep" and platform.download != "none" and most is not None and used >= most:
        found.add("DOWNLOADS_USED_UP")
    # approvals
    if offer.holder != person.id:
        if (
            limits.pause_complaints_permille is not None
            and counts.complaints_permille > limits.pause_complaints_permille
        ):
            found.add("COMPLAINTS_PAUSE")
        if limits.pause_fraud_permille is not None and counts.fraud_permille > limits.pause_fraud_permille:
            found.add("FRAUD_PAUSE")
        if act in PUBLIC_ACTS:
            if plan.unmeasured:
                found.add("UNMEASURED")
            if terms.moderation.mode == "pre_approval":
                found.add("PRE_APPROVAL")
            drawn = int(request.subject[:8], 16) % 1000 < terms.moderation.sample_permille
            if terms.moderation.mode == "sampled" and drawn:
                found.add("SAMPLED_APPROVAL")
            if counts.total < limits.first_n_approval:
                found.add("FIRST_N_APPROVAL")
        maker_holds = any(r.party == person.id for a in request.sources for r in facts.sources[a].required)
        if maker_holds and who.not_holder_of_same:
            found.add("SELF_DEAL")
        if right == "NAME" and terms.contract.name_approval:
            found.add("NAME_APPROVAL")
    # on what the yes rests
    how = offer.evidence.how
    if offer.basis != "granted":
        if right in OWN_GRANT_ONLY:
            found.add("BASIS_NOT_ENOUGH")
        elif offer.warranty is not None:
            contract = facts.contracts.get(offer.warranty.contract_id)
            if contract is None:
                found.add("CONTRACT_MISSING")
            elif day < contract.valid_from or (contract.valid_until is not None and day >= contract.valid_until):
                found.add("CONTRACT_ENDED")
            else:
                asks = [QUESTIONS[right]] if right in QUESTIONS else []
                asks += ["ai"] if plan.ai == "generative" else []
                says = [[c.says for c in contract.clauses if c.question == question] for question in asks]
                if any("no" in answers for answers in says):
                    found.add("CONTRACT_REFUSES")
                elif any("yes" not in answers for answers in says):
                    found.add("CONTRACT_SILENT")
    elif right in OWN_GRANT_ONLY:
        if holder.standing == "minor" and how != "authorised_representative":
            found.add("GUARDIAN_MISSING")
        else:
            in_person = right in IN_PERSON and holder.standing == "person"
            if how in ("default_opt_in", "contract_clause") or (in_person and how != "individual_express"):
                found.add("BASIS_NOT_ENOUGH")
    # three permissions that are never bundled
    if right == "VOICE":
        if terms.voice.cloning == "never":
            found.add("VOICE_NOT_ALLOWED")
        if terms.voice.cloning == "approval":
            found.add("VOICE_APPROVAL")
        if plan.voice_model not in terms.voice.models:
            found.add("VOICE_MODEL_NOT_ALLOWED")
    if right == "C_LYR":
        ladder = ["none", "translate", "edit"]
        does = max(ladder.index(plan.lyrics), 2 if "LYRIC_CHANGE" in request.types else 1)
        if does > ladder.index(terms.lyrics.change):
            found.add("LYRICS_NOT_ALLOWED")
        if plan.language and terms.lyrics.languages is not None and plan.language not in terms.lyrics.languages:
            found.add("LANGUAGE_NOT_ALLOWED")
        if plan.language and terms.lyrics.back_translation_check and not plan.back_translation_checked:
            found.add("BACK_TRANSLATION_CHECK")
        if terms.lyrics.lyricist_approval:
            found.add("LYRICIST_APPROVAL")
    if right == "TRAIN":
        ladder = ["none", "condition_on_render_only", "fine_tune", "general"]
        does = max(1, ladder.index(plan.training))
        if does > ladder.index(terms.training.permission):
            found.add("TRAINING_NOT_ALLOWED")
        if plan.training == "fine_tune" and plan.training_model not in terms.training.models:
            found.add("TRAINING_MODEL_NOT_ALLOWED")
    return found


assert {code.value for code in Code} >= ASKING | FINE

"""The groups of parameters that the terms of an offer are made of, each with its safe default and its sentence.

Units: tempo and shares in permille, key in cents, time in milliseconds, loudness in hundredths of LU, true peak in
hundredths of dB, money in 10^-6 of the currency's unit. Tempo and key are changes: Span(-150, 150) is minus to plus
15 %.
"""

# ruff: noqa: RUF009 - `declare` gives an immutable dataclass field, as `field` does
from __future__ import annotations

from dataclasses import dataclass
from datetime import date
from typing import Any

from ritornello.consent.codes import OWN_SERVICE, TOPICS, TYPES
from ritornello.consent.parameters import Kind, Span, declare

K = Kind
_SHARE: dict[str, Any] = {"unit": "permille", "low": 0, "high": 1000}
_MONEY: dict[str, Any] = {"unit": "micros", "low": 0}
_COUNT: dict[str, Any] = {"low": 0}
_DAYS: dict[str, Any] = {"unit": "days", "low": 0}


@dataclass(frozen=True, slots=True)
class Types:
    allowed: frozenset[str] = declare(
        frozenset(), K.ALLOW_SET, "It may be turned into: {}.", "No kind of derivative is offered.", choices=TYPES
    )


@dataclass(frozen=True, slots=True)
class Transformation:
    tempo_permille: Span = declare(
        Span(-150, 150), K.SPAN, "The tempo may change from {}.", unit="permille", low=-900, high=3000
    )
    key_cents: Span = declare(
        Span(-300, 300), K.SPAN, "The key may move from {}.", unit="semitones", low=-2400, high=2400
    )
    keep_pitch: bool = declare(
        False,
        K.REQUIRES,
        "A change of tempo must keep the pitch.",
        "A change of tempo may move the pitch, as on a turntable.",
    )
    structure: str = declare(
        "keep",
        K.RANK,
        "The form: {}.",
        choices=("keep", "extract", "reorder"),
    )
    max_extract_ms: int | None = declare(
        30_000,
        K.CEILING,
        "An extract lasts at most {}.",
        "An extract may be of any length.",
        unit="ms",
        low=0,
        optional=True,
    )
    min_original_permille: int = declare(500, K.FLOOR, "At least {} of the original must remain.", **_SHARE)
    max_added_permille: int = declare(500, K.CEILING, "At most {} may be added material.", **_SHARE)
    vocals: frozenset[str] = declare(
        frozenset({"keep"}),
        K.ALLOW_SET,
        "The vocals may be treated so: {}.",
        "Nothing is offered about the vocals, so nothing with vocals can be made.",
        choices=("keep", "remove", "replace"),
    )
    stems: frozenset[str] | None = declare(
        frozenset(),
        K.ALLOW_SET,
        "Stems that may be used: {}.",
        "No stem may be used apart.",
        optional=True,
        say_open="Every stem may be used.",
    )
    reharmonise: bool = declare(False, K.PERMITS, "The chords may be changed.", "The chords must be kept.")
    ai: str = declare("assistive", K.RANK, "Machine help may be: {}.", choices=("none", "assistive", "generative"))
    genres_allowed: frozenset[str] | None = declare(
        None, K.ALLOW_SET, "Only these genres: {}.", "No genre is offered.", say_open="Every genre is offered."
    )
    genres_denied: frozenset[str] = declare(
        frozenset(), K.DENY_SET, "Not in these genres: {}.", "No genre is excluded."
    )
    locales: frozenset[str] | None = declare(
        None,
        K.ALLOW_SET,
        "Only for the styles of these markets: {}.",
        "The style of no market is offered.",
        say_open="The style of every market is offered.",
    )
    loudness_centilu: Span = declare(
        Span(-2400, -700), K.SPAN, "The loudness lies within {}.", unit="lufs", low=-7000, high=0
    )
    true_peak_centidb: int = declare(-100, K.CEILING, "The true peak is at most {}.", unit="dbtp", low=-2000, high=0)
    min_sample_rate: int = declare(
        44_100, K.FLOOR, "The audio has at least {} samples a second.", low=8_000, high=384_000
    )


@dataclass(frozen=True, slots=True)
class Voice:
    cloning: str = declare(
        "never",
        K.RANK,
        "A model of the voice: {}.",
        choices=("never", "approval", "preset_models"),
    )
    models: frozenset[str] = declare(
        frozenset(), K.ALLOW_SET, "These voice models may be used: {}.", "No voice model may be used."
    )
    own_voice_required: bool = declare(
        True,
        K.REQUIRES,
        "A cover must be sung with the maker's own voice.",
        "A cover may be sung with any voice that is cleared.",
    )
    model_scope: str = declare(
        "this_recording",
        K.RANK,
        "A voice model may be used for {}.",
        choices=("this_recording", "this_artist"),
    )


@dataclass(frozen=True, slots=True)
class Lyrics:
    change: str = declare("none", K.RANK, "Change of the lyrics: {}.", choices=("none", "translate", "edit"))
    languages: frozenset[str] | None = declare(
        frozenset(),
        K.ALLOW_SET,
        "Translations into {}.",
        "No language is offered.",
        optional=True,
        say_open="Translations into every language.",
    )
    back_translation_check: bool = declare(
        True,
        K.REQUIRES,
        "A back-translation is checked before a new text is sung.",
        "No back-translation is asked for.",
    )
    lyricist_approval: bool = declare(
        True, K.REQUIRES, "The lyricist approves each new text.", "A new text needs no approval by the lyricist."
    )


@dataclass(frozen=True, slots=True)
class Exclusions:
    topics: frozenset[str] = declare(
        frozenset(TOPICS), K.DENY_SET, "Excluded content: {}.", "No content is excluded.", choices=TOPICS
    )
    terms: frozenset[str] = declare(
        frozenset(), K.DENY_SET, "Excluded words in prompts and titles: {}.", "No words are excluded."
    )


@dataclass(frozen=True, slots=True)
class Who:
    subscribers_only: bool = declare(True, K.REQUIRES, "Open to subscribers.", "The maker need not be a subscriber.")
    superfans_only: bool = declare(False, K.REQUIRES, "Open to superfans.", "The maker need not be a superfan.")
    listed_only: bool = declare(False, K.REQUIRES, "Open to the people on a list.", "The maker need not be on a list.")
    allow_list: frozenset[str] = declare(
        frozenset(), K.ALLOW_SET, "The list of people has: {}.", "The list of people is empty."
    )
    superfan_top_permille: int = declare(
        100, K.CEILING, "A superfan is among the top {} of the artist's listeners.", **_SHARE
    )
    superfan_following_days: int = declare(90, K.FLOOR, "A superfan has followed for at least {}.", **_DAYS)
    superfan_by_purchase: bool = declare(
        True,
        K.PERMITS,
        "Whoever bought a ticket or merchandise counts as a superfan.",
        "A purchase alone does not make a superfan.",
    )
    countries: frozenset[str] | None = declare(
        None,
        K.ALLOW_SET,
        "Only for people who live in {}.",
        "For people of no country.",
        say_open="For people of every country.",
    )
    min_age: int = declare(16, K.FLOOR, "The maker is at least {} years old.", low=0, high=120)
    verified_identity: bool = declare(
        False, K.REQUIRES, "The maker's identity is verified.", "The maker's identity need not be verified."
    )
    not_banned: bool = declare(True, K.REQUIRES, "Banned people are refused.", "Bans by others are not looked at.")
    not_holder_of_same: bool = declare(
        True,
        K.REQUIRES,
        "A maker who holds rights in the same recording needs an approval.",
        "A maker may hold rights in the same recording.",
    )


@dataclass(frozen=True, slots=True)
class Platform:
    on_platform: str = declare(
        "public", K.RANK, "On the platform it is {}.", choices=("none", "walled_garden", "public")
    )
    services: frozenset[str] | None = declare(
        frozenset({OWN_SERVICE}),
        K.ALLOW_SET,
        "It may be made and played on: {}.",
        "It may be played on no service.",
        optional=True,
        say_open="It may be made and played on every service.",
    )
    share_link: bool = declare(False, K.PERMITS, "It may be shared by link.", "It may not be shared by link.")
    export_services: frozenset[str] | None = declare(
        frozenset(),
        K.ALLOW_SET,
        "It may be delivered to: {}.",
        "It may be delivered to no service.",
        optional=True,
        say_open="It may be delivered to every service.",
    )
    ugc_services: frozenset[str] | None = declare(
        frozenset(),
        K.ALLOW_SET,
        "With moving image it may be used on: {}.",
        "Not with moving image.",
        optional=True,
        say_open="With moving image it may be used everywhere.",
    )
    download: str = declare("none", K.RANK, "Downloads: {}.", choices=("none", "watermarked", "lossless"))
    downloads_per_month: int | None = declare(
        0, K.CEILING, "At most {} downloads a month.", "Downloads are not counted.", low=0, optional=True
    )
    forbidden: frozenset[str] = declare(
        frozenset({"bandcamp"}), K.DENY_SET, "Never on: {}.", "No destination is forbidden."
    )
    monetise: bool = declare(False, K.PERMITS, "It may earn money.", "It may not earn money.")


@dataclass(frozen=True, slots=True)
class CreationMoney:
    fee_micros: int = declare(0, K.NUMBER, "Each one costs {} to make.", "Making one costs nothing.", **_MONEY)
    fee_currency: str = declare("EUR", K.TEXT, "Fees are in {}.")
    tax_class: str = declare("", K.TEXT, "The fee's tax class is {}.", "The fee has no tax class.")
    free_quota: int = declare(0, K.NUMBER, "The first {} are free.", "None is free of the fee.", **_COUNT)
    pool_basis: str = declare(
        "pro_rata", K.CHOICE, "An add-on's pool is shared {}.", choices=("pro_rata", "user_centric")
    )
    fee_to: str = declare("", K.TEXT, "The fee goes to {}.", "The fee goes to the holders by their shares.")


@dataclass(frozen=True, slots=True)
class ShareMoney:
    form: str = declare("fan_share", K.CHOICE, "The money is divided as a {}.", choices=("fan_share", "parent_share"))
    fan_share_permille: int = declare(0, K.NUMBER, "The maker gets {}.", "The maker gets no share.", **_SHARE)
    parent_share_permille: int = declare(
        1000, K.NUMBER, "The original gets {}.", "The original gets no share.", **_SHARE
    )
    lineage_policy: str = declare(
        "absolute", K.CHOICE, "Over generations the share is {}.", choices=("absolute", "relative")
    )
    base: str = declare(
        "after_distributor",
        K.CHOICE,
        "The share is counted {}.",
        choices=("gross", "after_distributor", "after_label"),
    )
    cap_micros: int | None = declare(
        None, K.NUMBER, "The maker's share ends at {}.", "The maker's share has no cap.", **_MONEY
    )
    cap_period: str = declare(
        "lifetime", K.CHOICE, "The cap counts per {}.", choices=("derivative", "period", "lifetime")
    )
    floor_micros: int = declare(0, K.NUMBER, "The maker gets at least {}.", "No least amount is promised.", **_MONEY)
    ceiling_micros: int | None = declare(
        None, K.NUMBER, "Revenue above {} is held.", "Revenue has no ceiling.", **_MONEY
    )
    parity_permille: int | None = declare(
        None, K.NUMBER, "Publishing gets {} of what master and publishing get.", "No parity is asked.", **_SHARE
    )
    most_favoured: bool = declare(
        False, K.REQUIRES, "No other holder may get better terms.", "Others may have better terms."
    )
    minimum_guarantee_micros: int = declare(
        0, K.NUMBER, "A minimum of {} is guaranteed.", "No minimum is guaranteed.", **_MONEY
    )
    advance_micros: int = declare(0, K.NUMBER, "An advance of {} is due.", "No advance is due.", **_MONEY)
    currency: str = declare("EUR", K.TEXT, "Amounts are in {}.")
    min_payout_micros: int = declare(0, K.NUMBER, "Payouts begin at {}.", "Every amount is paid out.", **_MONEY)
    split_basis: str = declare(
        "agreed", K.CHOICE, "How the parents of a mash-up share: {}.", choices=("agreed", "measured", "duration")
    )
    points_permille: int = declare(
        0, K.NUMBER, "A hired remixer gets {} of the master's income.", "No points are promised.", **_SHARE
    )
    maker_publishing_permille: int = declare(
        0, K.NUMBER, "The maker gets {} of the publishing.", "The maker gets no publishing share.", **_SHARE
    )
    rounding: str = declare("largest_remainder", K.CHOICE, "Amounts are rounded by {}.", choices=("largest_remainder",))


@dataclass(frozen=True, slots=True)
class Chain:
    derivatives: bool = declare(
        False,
        K.PERMITS,
        "What was made from it may be changed again.",
        "What was made from it may not be changed again.",
    )
    max_depth: int = declare(1, K.CEILING, "Generations from the original: at most {}.", low=1, high=64)
    reciprocity_permille: int = declare(
        0,
        K.NUMBER,
        "An earlier maker gets {} of a later maker's share.",
        "Earlier makers get nothing of later makers' shares.",
        **_SHARE,
    )
    root_always: bool = declare(
        True, K.REQUIRES, "The original is always credited and paid.", "The original is credited by the last step only."
    )


@dataclass(frozen=True, slots=True)
class Limits:
    max_total: int | None = declare(None, K.CEILING, "At most {} in all.", "Any number in all.", **_COUNT)
    per_fan: int | None = declare(None, K.CEILING, "At most {} per maker.", "Any number per maker.", **_COUNT)
    per_day: int | None = declare(None, K.CEILING, "At most {} a day.", "Any number a day.", **_COUNT)
    per_source: int | None = declare(
        None, K.CEILING, "At most {} of any one recording.", "Any number of one recording.", **_COUNT
    )
    window_from: date | None = declare(None, K.NOT_BEFORE, "Open from {}.", "Open from the start of the offer.")
    window_until: date | None = declare(None, K.NOT_AFTER, "Open until {}.", "Open until the offer ends.")
    embargo_until: date | None = declare(None, K.NOT_BEFORE, "Nothing goes out before {}.", "There is no embargo.")
    first_n_approval: int = declare(
        0, K.FLOOR, "The first {} are approved by hand.", "Not even the first is approved by hand.", **_COUNT
    )
    pause_complaints_permille: int | None = declare(
        None,
        K.CEILING,
        "It pauses when more than {} are complained of.",
        "Complaints do not pause it.",
        **_SHARE,
    )
    pause_fraud_permille: int | None = declare(
        None, K.CEILING, "It pauses when the fraud score passes {}.", "The fraud score does not pause it.", **_SHARE
    )


@dataclass(frozen=True, slots=True)
class Moderation:
    mode: str = declare(
        "pre_approval",
        K.RANK,
        "Moderation: {}.",
        choices=("pre_approval", "sampled", "post_moderation", "none"),
    )
    sample_permille: int = declare(
        0, K.FLOOR, "Of those to be sampled, {} are heard.", "None is drawn as a sample.", **_SHARE
    )
    sla_hours: int = declare(72, K.NUMBER, "An approver has {} hours; no answer is a refusal.", low=1, high=8760)
    approvers: frozenset[str] = declare(
        frozenset(), K.DENY_SET, "Approvers besides the holder: {}.", "The holder alone approves."
    )
    quorum: int = declare(1, K.FLOOR, "Approvers who must agree: {}.", low=1, high=50)
    appeal: bool = declare(True, K.PERMITS, "A refusal may be appealed.", "A refusal is final.")


@dataclass(frozen=True, slots=True)
class Credit:
    title_pattern: str = declare("{title} ({maker} {type})", K.TEXT, "The title reads “{}”.", "The title is free.")
    artist_display: str = declare(
        "by_type",
        K.CHOICE,
        "The artist line is {}.",
        choices=("by_type", "original_first", "maker_only", "remixer_role"),
    )
    remix_by: bool = declare(True, K.REQUIRES, "The maker is named as “remix by”.", "The maker need not be named.")
    source_ids: bool = declare(
        True, K.REQUIRES, "The original's ISRC and ISWC are given.", "The original's ISRC and ISWC need not be given."
    )
    ai_tags: bool = declare(
        True, K.REQUIRES, "Use of AI is disclosed per operation.", "Use of AI need not be disclosed."
    )
    disclosure: str = declare("", K.TEXT, "It must say: “{}”.", "No special notice is asked for.")
    artwork: str = declare(
        "cleared_parts",
        K.CHOICE,
        "The artwork is {}.",
        choices=("original", "cleared_parts", "maker_own"),
    )


@dataclass(frozen=True, slots=True)
class RevocationTerms:
    who: str = declare(
        "holder", K.CHOICE, "It may be revoked by {}.", choices=("holder", "any_holder", "house", "nobody")
    )
    notice_days: int = declare(30, K.NUMBER, "Notice of revocation: {}.", "Revocation needs no notice.", **_DAYS)
    fate: str = declare(
        "keep",
        K.CHOICE,
        "What exists then: {}.",
        choices=("keep", "hide_new_plays", "sunset", "takedown"),
    )
    sunset_days: int = declare(30, K.NUMBER, "A sunset lasts {}.", "A sunset ends the same day.", **_DAYS)
    fee_refund: str = declare("unused", K.CHOICE, "Given back of the fee: {}.", choices=("none", "unused", "full"))
    kill_hours: int = declare(24, K.NUMBER, "The kill switch takes effect within {} hours.", low=0, high=720)
    copies: str = declare("stay", K.CHOICE, "Copies already downloaded {}.", choices=("stay", "ask_to_delete"))


@dataclass(frozen=True, slots=True)
class Training:
    permission: str = declare(
        "none",
        K.RANK,
        "Use for training: {}.",
        choices=("none", "condition_on_render_only", "fine_tune", "general"),
    )
    models: frozenset[str] = declare(
        frozenset(), K.ALLOW_SET, "These models may be trained: {}.", "No model may be trained."
    )


@dataclass(frozen=True, slots=True)
class Contest:
    brief: str = declare("", K.TEXT, "The contest asks: “{}”.", "There is no contest.")
    opens: date | None = declare(None, K.NOT_BEFORE, "The contest opens on {}.", "The contest has no first day.")
    closes: date | None = declare(None, K.NOT_AFTER, "The contest closes on {}.", "The contest has no last day.")
    chosen_by: str = declare("jury", K.CHOICE, "The winner is chosen by {}.", choices=("jury", "vote", "both"))
    prize_micros: int = declare(0, K.NUMBER, "The prize is {}.", "There is no prize.", **_MONEY)
    prize_currency: str = declare("EUR", K.TEXT, "The prize is paid in {}.")
    prize_tax: str = declare("winner", K.CHOICE, "Tax on the prize is borne by the {}.", choices=("winner", "host"))
    winner_rights: str = declare(
        "export", K.CHOICE, "The winner's entry: {}.", choices=("on_platform", "export", "official_release")
    )
    losers_fate: str = declare(
        "sunset", K.CHOICE, "Other entries: {}.", choices=("keep", "hide_new_plays", "sunset", "takedown")
    )
    losers_days: int = declare(90, K.NUMBER, "Other entries stay for {}.", "Other entries leave at once.", **_DAYS)
    countries: frozenset[str] | None = declare(
        None,
        K.ALLOW_SET,
        "People of these countries may enter: {}.",
        "People of no country may enter.",
        say_open="People of every country may enter.",
    )
    skill_only: bool = declare(
        True, K.REQUIRES, "It is a contest of skill, not a lottery.", "Chance may decide the contest."
    )


@dataclass(frozen=True, slots=True)
class ContractTerms:
    deal_id: str = declare("", K.TEXT, "It stands under the deal {}.", "It stands under no other deal.")
    ai_clause: str = declare("silent", K.CHOICE, "The deal's clause on AI: {}.", choices=("yes", "no", "silent"))
    name_approval: bool = declare(
        False, K.REQUIRES, "Use of the name needs approval each time.", "Use of the name needs no further approval."
    )
    bill_cost: bool = declare(
        False, K.PERMITS, "Costs of a derivative may be billed to the artist.", "No costs are billed to the artist."
    )
    individual_express: bool = declare(
        False,
        K.REQUIRES,
        "Everyone else must have consented individually and expressly.",
        "Others may rest on warranties and mandates.",
    )
    irrevocable: bool = declare(
        False, K.PERMITS, "What was granted cannot be taken back.", "What was granted can be revoked."
    )

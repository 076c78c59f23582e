"""What each parameter of an offer is called on a form: a few words of the person's own; the sentence beside says it in
full. A test holds this list against the parameters."""

from __future__ import annotations

GROUPS = {
    "types": "What may be made",
    "transformation": "How far the sound may change",
    "voice": "The voice",
    "lyrics": "The lyrics",
    "exclusions": "What it must not be about",
    "who": "Who may",
    "platform": "Where it may go",
    "creation_money": "What making one costs",
    "share_money": "How the money is shared",
    "chain": "Derivatives of derivatives",
    "limits": "How many, and when",
    "moderation": "Who hears it first",
    "credit": "How it is credited",
    "revocation": "Taking it back",
    "training": "Training machines",
    "contest": "A contest",
    "contract": "The deal behind it",
}

_LABELS = """
types.allowed                       Kinds of derivative
transformation.tempo_permille       Tempo
transformation.key_cents            Key
transformation.keep_pitch           A change of tempo keeps the pitch
transformation.structure            The form of the song
transformation.max_extract_ms       Longest extract
transformation.min_original_permille  Least of the original that remains
transformation.max_added_permille   Most that may be added
transformation.vocals               The vocals may be
transformation.stems                Stems that may be used
transformation.reharmonise          The chords may be changed
transformation.ai                   Machine help
transformation.genres_allowed       Genres offered
transformation.genres_denied        Genres excluded
transformation.locales              Styles of these markets
transformation.loudness_centilu     Loudness
transformation.true_peak_centidb    Highest true peak
transformation.min_sample_rate      Lowest sample rate
voice.cloning                       A model of the voice
voice.models                        Voice models that may be used
voice.own_voice_required            A cover is sung with the maker's own voice
voice.model_scope                   A voice model may be used for
lyrics.change                       Change of the lyrics
lyrics.languages                    Languages
lyrics.back_translation_check       A back-translation is checked first
lyrics.lyricist_approval            The lyricist approves each text
exclusions.topics                   Excluded content
exclusions.terms                    Excluded words
who.subscribers_only                Subscribers only
who.superfans_only                  Superfans only
who.listed_only                     Only people on a list
who.allow_list                      The list of people
who.superfan_top_permille           A superfan is among the top
who.superfan_following_days         A superfan has followed for
who.superfan_by_purchase            A purchase makes a superfan
who.countries                       Only people who live in
who.min_age                         Least age
who.verified_identity               Identity is verified
who.not_banned                      Banned people are refused
who.not_holder_of_same              A maker who holds rights in it is asked about
platform.on_platform                On the platform
platform.services                   Made and played on
platform.share_link                 May be shared by link
platform.export_services            Delivered to
platform.ugc_services               With moving image on
platform.download                   Downloads
platform.downloads_per_month        Downloads a month
platform.forbidden                  Never on
platform.monetise                   May earn money
creation_money.fee_micros           Fee for each one
creation_money.fee_currency         Currency of the fee
creation_money.tax_class            Tax class
creation_money.free_quota           Free ones
creation_money.pool_basis           An add-on's pool is shared
creation_money.fee_to               The fee goes to
share_money.form                    The money is divided as
share_money.fan_share_permille      The maker's share
share_money.parent_share_permille   The original's share
share_money.lineage_policy          Over generations
share_money.base                    The share is counted
share_money.cap_micros              Cap of the maker's share
share_money.cap_period              The cap counts per
share_money.floor_micros            Least the maker gets
share_money.ceiling_micros          Revenue is held above
share_money.parity_permille         Publishing's part of master and publishing
share_money.most_favoured           Nobody else may get better terms
share_money.minimum_guarantee_micros  Minimum guarantee
share_money.advance_micros          Advance
share_money.currency                Currency
share_money.min_payout_micros       Payouts begin at
share_money.split_basis             Parents of a mash-up share
share_money.points_permille         Points for a hired remixer
share_money.maker_publishing_permille  The maker's part of the publishing
share_money.rounding                Rounding
chain.derivatives                   What was made may be changed again
chain.max_depth                     Generations from the original
chain.reciprocity_permille          An earlier maker's part of a later share
chain.root_always                   The original is always credited and paid
limits.max_total                    At most in all
limits.per_fan                      At most per maker
limits.per_day                      At most a day
limits.per_source                   At most of one recording
limits.window_from                  Open from
limits.window_until                 Open until
limits.embargo_until                Nothing goes out before
limits.first_n_approval             First ones approved by hand
limits.pause_complaints_permille    Paused at complaints of
limits.pause_fraud_permille         Paused at a fraud score of
moderation.mode                     Moderation
moderation.sample_permille          Part drawn as a sample
moderation.sla_hours                Hours to answer in
moderation.approvers                Approvers
moderation.quorum                   How many must agree
moderation.appeal                   A refusal may be appealed
credit.title_pattern                Pattern of the title
credit.artist_display               Artist line
credit.remix_by                     The maker is named as "remix by"
credit.source_ids                   ISRC and ISWC of the original are given
credit.ai_tags                      Use of AI is disclosed
credit.disclosure                   Special notice
credit.artwork                      Artwork
revocation.who                      Who may take it back
revocation.notice_days              Notice
revocation.fate                     What becomes of what exists
revocation.sunset_days              A sunset lasts
revocation.fee_refund               Given back of the fee
revocation.kill_hours               Hours until the kill switch has worked
revocation.copies                   Copies already downloaded
training.permission                 Use for training
training.models                     Models that may be trained
contest.brief                       Brief
contest.opens                       Opens
contest.closes                      Closes
contest.chosen_by                   The winner is chosen by
contest.prize_micros                Prize
contest.prize_currency              Currency of the prize
contest.prize_tax                   Tax on the prize is borne by
contest.winner_rights               The winner's entry
contest.losers_fate                 Other entries
contest.losers_days                 Other entries stay for
contest.countries                   Countries that may enter
contest.skill_only                  A contest of skill, not a lottery
contract.deal_id                    Deal
contract.ai_clause                  The deal's clause on AI
contract.name_approval              Use of the name needs approval
contract.bill_cost                  Costs may be billed to the artist
contract.individual_express         Everybody must have agreed in person
contract.irrevocable                Cannot be taken back
"""


def _read(text: str) -> dict[str, str]:
    found: dict[str, str] = {}
    for line in text.strip().splitlines():
        path, label = line.split(maxsplit=1)
        found[path] = label
    return found


LABELS = _read(_LABELS)
MAIN = (
    "types.allowed",
    "transformation.tempo_permille",
    "transformation.key_cents",
    "transformation.structure",
    "transformation.vocals",
    "who.subscribers_only",
    "platform.services",
    "platform.export_services",
    "platform.monetise",
    "share_money.fan_share_permille",
    "share_money.cap_micros",
    "limits.first_n_approval",
    "moderation.mode",
)
"""What most people change, in the order in which they ask."""

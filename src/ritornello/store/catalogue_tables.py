"""The tables of the catalogue: descriptions may be mended, shares and lineage are only ever added to.

Lineage is acyclic and written once by constraint, not by good will: an edge whose child already is somebody's parent,
or was linked at another moment, is refused by a trigger. The first rule alone keeps circles out, since the last edge of
a circle would have such a child.
"""

from __future__ import annotations

from sqlalchemy import (
    Boolean,
    CheckConstraint,
    Column,
    Date,
    ForeignKeyConstraint,
    Index,
    Integer,
    PrimaryKeyConstraint,
    String,
    Text,
    UniqueConstraint,
)

from ritornello.store.tables import Exact, Id, Instant, tenant_table
from ritornello.store.triggers import PREFIX, Trigger

works = tenant_table(
    "works",
    Column("id", Id, nullable=False),
    Column("title", Text, nullable=False),
    Column("iswc", String(11)),
    Column("language", String(8)),
    PrimaryKeyConstraint("organisation", "id"),
)
Index("ix_works_iswc", works.c.organisation, works.c.iswc)

recordings = tenant_table(
    "recordings",
    Column("id", Id, nullable=False),
    Column("title", Text, nullable=False),
    Column("version_title", Text),
    Column("isrc", String(12)),
    Column("main_artist", Text, nullable=False),
    Column("label", Text),
    Column("duration_ms", Integer, nullable=False),
    Column("pcm_sha256", String(64)),
    Column("audio_key", Text),
    Column("year", Integer),
    Column("p_line", Text),
    Column("c_line", Text),
    Column("genre", Text),
    Column("explicit", Boolean, nullable=False),
    Column("kind", String(16), nullable=False),
    Column("derivative_type", Text),
    Column("contains_third_party_samples", Boolean, nullable=False),
    PrimaryKeyConstraint("organisation", "id"),
    UniqueConstraint("organisation", "isrc"),
    CheckConstraint("kind IN ('original', 'derivative')", name="kind"),
)
Index("ix_recordings_samples", recordings.c.organisation, recordings.c.pcm_sha256)

credits = tenant_table(
    "credits",
    Column("asset_id", Id, nullable=False),
    Column("position", Integer, nullable=False),
    Column("party_id", Id, nullable=False),
    Column("role", Text, nullable=False),
    Column("name_as_credited", Text),
    PrimaryKeyConstraint("organisation", "asset_id", "position"),
)
Index("ix_credits_party", credits.c.organisation, credits.c.party_id)

recording_works = tenant_table(
    "recording_works",
    Column("recording_id", Id, nullable=False),
    Column("position", Integer, nullable=False),
    Column("work_id", Id, nullable=False),
    PrimaryKeyConstraint("organisation", "recording_id", "position"),
    ForeignKeyConstraint(["organisation", "recording_id"], ["recordings.organisation", "recordings.id"]),
    ForeignKeyConstraint(["organisation", "work_id"], ["works.organisation", "works.id"]),
)
Index("ix_recording_works_work", recording_works.c.organisation, recording_works.c.work_id)

stems = tenant_table(
    "stems",
    Column("id", Id, nullable=False),
    Column("recording_id", Id, nullable=False),
    Column("part", Text, nullable=False),
    Column("audio_key", Text, nullable=False),
    Column("pcm_sha256", String(64), nullable=False),
    PrimaryKeyConstraint("organisation", "id"),
    UniqueConstraint("organisation", "recording_id", "part"),
    ForeignKeyConstraint(["organisation", "recording_id"], ["recordings.organisation", "recordings.id"]),
)

releases = tenant_table(
    "releases",
    Column("id", Id, nullable=False),
    Column("title", Text, nullable=False),
    Column("upc", String(13)),
    Column("main_artist", Text, nullable=False),
    Column("label", Text),
    Column("release_date", Date),
    Column("original_release_date", Date),
    Column("p_line", Text),
    Column("c_line", Text),
    Column("genre", Text),
    Column("artwork_key", Text),
    Column("artwork_ai", String(16)),
    PrimaryKeyConstraint("organisation", "id"),
    UniqueConstraint("organisation", "upc"),
)

release_recordings = tenant_table(
    "release_recordings",
    Column("release_id", Id, nullable=False),
    Column("position", Integer, nullable=False),
    Column("recording_id", Id, nullable=False),
    PrimaryKeyConstraint("organisation", "release_id", "position"),
    ForeignKeyConstraint(["organisation", "release_id"], ["releases.organisation", "releases.id"]),
    ForeignKeyConstraint(["organisation", "recording_id"], ["recordings.organisation", "recordings.id"]),
)
Index("ix_release_recordings_recording", release_recordings.c.organisation, release_recordings.c.recording_id)

ownership_shares = tenant_table(
    "ownership_shares",
    Column("id", Id, nullable=False),
    Column("asset_id", Id, nullable=False),
    Column("right_type", String(16), nullable=False),
    Column("party_id", Id, nullable=False),
    Column("territories", Text, nullable=False),
    Column("share", Exact, nullable=False),
    Column("valid_from", Date),
    Column("valid_to", Date),
    Column("recorded_at", Instant, nullable=False),
    Column("sheet_id", Id, nullable=False),
    Column("status", String(16), nullable=False),
    Column("source", Text, nullable=False),
    PrimaryKeyConstraint("organisation", "id"),
    CheckConstraint("valid_to IS NULL OR valid_from IS NULL OR valid_from < valid_to", name="span"),
    CheckConstraint("status IN ('asserted', 'agreed', 'disputed')", name="status"),
    CheckConstraint("share NOT LIKE '-%'", name="not_negative"),
    append_only=True,
)
Index(
    "ix_ownership_shares_asset",
    ownership_shares.c.organisation,
    ownership_shares.c.asset_id,
    ownership_shares.c.right_type,
    ownership_shares.c.recorded_at,
)
Index("ix_ownership_shares_party", ownership_shares.c.organisation, ownership_shares.c.party_id)

lineage_edges = tenant_table(
    "lineage_edges",
    Column("child", Id, nullable=False),
    Column("parent", Id, nullable=False),
    Column("right_type", String(16), nullable=False),
    Column("flow", String(32), nullable=False),
    Column("parent_number", Integer, nullable=False),
    Column("licence_id", Id, nullable=False),
    Column("share", Exact, nullable=False),
    Column("policy", String(16), nullable=False),
    Column("weight", Exact, nullable=False),
    Column("form", String(16), nullable=False),
    Column("recorded_at", Instant, nullable=False),
    PrimaryKeyConstraint("organisation", "child", "parent", "right_type", "flow"),
    UniqueConstraint("organisation", "child", "right_type", "flow", "parent_number"),
    CheckConstraint("child <> parent", name="no_self"),
    CheckConstraint("parent_number BETWEEN 1 AND 16", name="most_parents"),
    CheckConstraint("policy IN ('absolute', 'relative')", name="policy"),
    CheckConstraint("form = 'parent_share' OR policy = 'absolute'", name="fan_share_is_absolute"),
    CheckConstraint("share NOT LIKE '-%'", name="not_negative"),
    append_only=True,
)
Index("ix_lineage_edges_parent", lineage_edges.c.organisation, lineage_edges.c.parent)

_NAME = f"{PREFIX}lineage_edges_once"
_OF_CHILD = "SELECT 1 FROM lineage_edges WHERE organisation = NEW.organisation AND"
_HAS_DERIVATIVES = "lineage: a recording that has derivatives gets no parents any more"
_LINKED_BEFORE = "lineage: the parents of a recording are written once, together"

lineage_edges.info["triggers"] = {
    "sqlite": (
        Trigger(
            f"{_NAME}_parent",
            "lineage_edges",
            (
                f"CREATE TRIGGER {_NAME}_parent BEFORE INSERT ON lineage_edges "
                f"WHEN EXISTS ({_OF_CHILD} parent = NEW.child) "
                f"BEGIN SELECT RAISE(ABORT, '{_HAS_DERIVATIVES}'); END",
            ),
        ),
        Trigger(
            f"{_NAME}_child",
            "lineage_edges",
            (
                f"CREATE TRIGGER {_NAME}_child BEFORE INSERT ON lineage_edges "
                f"WHEN EXISTS ({_OF_CHILD} child = NEW.child AND recorded_at <> NEW.recorded_at) "
                f"BEGIN SELECT RAISE(ABORT, '{_LINKED_BEFORE}'); END",
            ),
        ),
    ),
    "postgresql": (
        Trigger(
            _NAME,
            "lineage_edges",
            (
                # The lock makes writers of one organisation's lineage wait for each other, so that two transactions
                # cannot each add one half of a circle; it ends with the transaction.
                f"""\
CREATE OR REPLACE FUNCTION keep_lineage_once() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
  PERFORM pg_advisory_xact_lock(hashtext('lineage'), hashtext(NEW.organisation));
  IF EXISTS ({_OF_CHILD} parent = NEW.child) THEN
    RAISE EXCEPTION '{_HAS_DERIVATIVES}' USING ERRCODE = 'integrity_constraint_violation';
  END IF;
  IF EXISTS ({_OF_CHILD} child = NEW.child AND recorded_at <> NEW.recorded_at) THEN
    RAISE EXCEPTION '{_LINKED_BEFORE}' USING ERRCODE = 'integrity_constraint_violation';
  END IF;
  RETURN NEW;
END $$""",
                f"CREATE TRIGGER {_NAME} BEFORE INSERT ON lineage_edges "
                "FOR EACH ROW EXECUTE FUNCTION keep_lineage_once()",
            ),
        ),
    ),
}

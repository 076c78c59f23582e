"""Catalogue: the first release."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision: str = "0001_catalogue"
down_revision: str | None = None
branch_labels: str | None = None
depends_on: str | None = None


def upgrade() -> None:
    op.create_table(
        "credits",
        sa.Column("organisation", sa.String(length=64), nullable=False),
        sa.Column("asset_id", sa.String(length=64), nullable=False),
        sa.Column("position", sa.Integer(), nullable=False),
        sa.Column("party_id", sa.String(length=64), nullable=False),
        sa.Column("role", sa.Text(), nullable=False),
        sa.Column("name_as_credited", sa.Text(), nullable=True),
        sa.PrimaryKeyConstraint("organisation", "asset_id", "position", name=op.f("pk_credits")),
    )
    with op.batch_alter_table("credits", schema=None) as batch_op:
        batch_op.create_index("ix_credits_organisation", ["organisation"], unique=False)
        batch_op.create_index("ix_credits_party", ["organisation", "party_id"], unique=False)

    op.create_table(
        "lineage_edges",
        sa.Column("organisation", sa.String(length=64), nullable=False),
        sa.Column("child", sa.String(length=64), nullable=False),
        sa.Column("parent", sa.String(length=64), nullable=False),
        sa.Column("right_type", sa.String(length=16), nullable=False),
        sa.Column("flow", sa.String(length=32), nullable=False),
        sa.Column("parent_number", sa.Integer(), nullable=False),
        sa.Column("licence_id", sa.String(length=64), nullable=False),
        sa.Column("share", sa.Text(), nullable=False),
        sa.Column("policy", sa.String(length=16), nullable=False),
        sa.Column("weight", sa.Text(), nullable=False),
        sa.Column("form", sa.String(length=16), nullable=False),
        sa.Column("recorded_at", sa.DateTime(timezone=True), nullable=False),
        sa.CheckConstraint(
            "form = 'parent_share' OR policy = 'absolute'", name=op.f("ck_lineage_edges_fan_share_is_absolute")
        ),
        sa.CheckConstraint("policy IN ('absolute', 'relative')", name=op.f("ck_lineage_edges_policy")),
        sa.CheckConstraint("share NOT LIKE '-%'", name=op.f("ck_lineage_edges_not_negative")),
        sa.CheckConstraint("child <> parent", name=op.f("ck_lineage_edges_no_self")),
        sa.CheckConstraint("parent_number BETWEEN 1 AND 16", name=op.f("ck_lineage_edges_most_parents")),
        sa.PrimaryKeyConstraint("organisation", "child", "parent", "right_type", "flow", name=op.f("pk_lineage_edges")),
        sa.UniqueConstraint(
            "organisation",
            "child",
            "right_type",
            "flow",
            "parent_number",
            name=op.f("uq_lineage_edges_organisation_child_right_type_flow_parent_number"),
        ),
    )
    with op.batch_alter_table("lineage_edges", schema=None) as batch_op:
        batch_op.create_index("ix_lineage_edges_organisation", ["organisation"], unique=False)
        batch_op.create_index("ix_lineage_edges_parent", ["organisation", "parent"], unique=False)

    op.create_table(
        "ownership_shares",
        sa.Column("organisation", sa.String(length=64), nullable=False),
        sa.Column("id", sa.String(length=64), nullable=False),
        sa.Column("asset_id", sa.String(length=64), nullable=False),
        sa.Column("right_type", sa.String(length=16), nullable=False),
        sa.Column("party_id", sa.String(length=64), nullable=False),
        sa.Column("territories", sa.Text(), nullable=False),
        sa.Column("share", sa.Text(), nullable=False),
        sa.Column("valid_from", sa.Date(), nullable=True),
        sa.Column("valid_to", sa.Date(), nullable=True),
        sa.Column("recorded_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("sheet_id", sa.String(length=64), nullable=False),
        sa.Column("status", sa.String(length=16), nullable=False),
        sa.Column("source", sa.Text(), nullable=False),
        sa.CheckConstraint("share NOT LIKE '-%'", name=op.f("ck_ownership_shares_not_negative")),
        sa.CheckConstraint("status IN ('asserted', 'agreed', 'disputed')", name=op.f("ck_ownership_shares_status")),
        sa.CheckConstraint(
            "valid_to IS NULL OR valid_from IS NULL OR valid_from < valid_to", name=op.f("ck_ownership_shares_span")
        ),
        sa.PrimaryKeyConstraint("organisation", "id", name=op.f("pk_ownership_shares")),
    )
    with op.batch_alter_table("ownership_shares", schema=None) as batch_op:
        batch_op.create_index(
            "ix_ownership_shares_asset", ["organisation", "asset_id", "right_type", "recorded_at"], unique=False
        )
        batch_op.create_index("ix_ownership_shares_organisation", ["organisation"], unique=False)
        batch_op.create_index("ix_ownership_shares_party", ["organisation", "party_id"], unique=False)

    op.create_table(
        "recordings",
        sa.Column("organisation", sa.String(length=64), nullable=False),
        sa.Column("id", sa.String(length=64), nullable=False),
        sa.Column("title", sa.Text(), nullable=False),
        sa.Column("version_title", sa.Text(), nullable=True),
        sa.Column("isrc", sa.String(length=12), nullable=True),
        sa.Column("main_artist", sa.Text(), nullable=False),
        sa.Column("label", sa.Text(), nullable=True),
        sa.Column("duration_ms", sa.Integer(), nullable=False),
        sa.Column("pcm_sha256", sa.String(length=64), nullable=True),
        sa.Column("audio_key", sa.Text(), nullable=True),
        sa.Column("year", sa.Integer(), nullable=True),
        sa.Column("p_line", sa.Text(), nullable=True),
        sa.Column("c_line", sa.Text(), nullable=True),
        sa.Column("genre", sa.Text(), nullable=True),
        sa.Column("explicit", sa.Boolean(), nullable=False),
        sa.Column("kind", sa.String(length=16), nullable=False),
        sa.Column("derivative_type", sa.Text(), nullable=True),
        sa.Column("contains_third_party_samples", sa.Boolean(), nullable=False),
        sa.CheckConstraint("kind IN ('original', 'derivative')", name=op.f("ck_recordings_kind")),
        sa.PrimaryKeyConstraint("organisation", "id", name=op.f("pk_recordings")),
        sa.UniqueConstraint("organisation", "isrc", name=op.f("uq_recordings_organisation_isrc")),
    )
    with op.batch_alter_table("recordings", schema=None) as batch_op:
        batch_op.create_index("ix_recordings_organisation", ["organisation"], unique=False)

    op.create_table(
        "releases",
        sa.Column("organisation", sa.String(length=64), nullable=False),
        sa.Column("id", sa.String(length=64), nullable=False),
        sa.Column("title", sa.Text(), nullable=False),
        sa.Column("upc", sa.String(length=13), nullable=True),
        sa.Column("main_artist", sa.Text(), nullable=False),
        sa.Column("label", sa.Text(), nullable=True),
        sa.Column("release_date", sa.Date(), nullable=True),
        sa.Column("original_release_date", sa.Date(), nullable=True),
        sa.Column("p_line", sa.Text(), nullable=True),
        sa.Column("c_line", sa.Text(), nullable=True),
        sa.Column("genre", sa.Text(), nullable=True),
        sa.Column("artwork_key", sa.Text(), nullable=True),
        sa.PrimaryKeyConstraint("organisation", "id", name=op.f("pk_releases")),
        sa.UniqueConstraint("organisation", "upc", name=op.f("uq_releases_organisation_upc")),
    )
    with op.batch_alter_table("releases", schema=None) as batch_op:
        batch_op.create_index("ix_releases_organisation", ["organisation"], unique=False)

    op.create_table(
        "works",
        sa.Column("organisation", sa.String(length=64), nullable=False),
        sa.Column("id", sa.String(length=64), nullable=False),
        sa.Column("title", sa.Text(), nullable=False),
        sa.Column("iswc", sa.String(length=11), nullable=True),
        sa.Column("language", sa.String(length=8), nullable=True),
        sa.PrimaryKeyConstraint("organisation", "id", name=op.f("pk_works")),
    )
    with op.batch_alter_table("works", schema=None) as batch_op:
        batch_op.create_index("ix_works_iswc", ["organisation", "iswc"], unique=False)
        batch_op.create_index("ix_works_organisation", ["organisation"], unique=False)

    op.create_table(
        "recording_works",
        sa.Column("organisation", sa.String(length=64), nullable=False),
        sa.Column("recording_id", sa.String(length=64), nullable=False),
        sa.Column("position", sa.Integer(), nullable=False),
        sa.Column("work_id", sa.String(length=64), nullable=False),
        sa.ForeignKeyConstraint(
            ["organisation", "recording_id"],
            ["recordings.organisation", "recordings.id"],
            name=op.f("fk_recording_works_organisation_recordings"),
        ),
        sa.ForeignKeyConstraint(
            ["organisation", "work_id"],
            ["works.organisation", "works.id"],
            name=op.f("fk_recording_works_organisation_works"),
        ),
        sa.PrimaryKeyConstraint("organisation", "recording_id", "position", name=op.f("pk_recording_works")),
    )
    with op.batch_alter_table("recording_works", schema=None) as batch_op:
        batch_op.create_index("ix_recording_works_organisation", ["organisation"], unique=False)
        batch_op.create_index("ix_recording_works_work", ["organisation", "work_id"], unique=False)

    op.create_table(
        "release_recordings",
        sa.Column("organisation", sa.String(length=64), nullable=False),
        sa.Column("release_id", sa.String(length=64), nullable=False),
        sa.Column("position", sa.Integer(), nullable=False),
        sa.Column("recording_id", sa.String(length=64), nullable=False),
        sa.ForeignKeyConstraint(
            ["organisation", "recording_id"],
            ["recordings.organisation", "recordings.id"],
            name=op.f("fk_release_recordings_organisation_recordings"),
        ),
        sa.ForeignKeyConstraint(
            ["organisation", "release_id"],
            ["releases.organisation", "releases.id"],
            name=op.f("fk_release_recordings_organisation_releases"),
        ),
        sa.PrimaryKeyConstraint("organisation", "release_id", "position", name=op.f("pk_release_recordings")),
    )
    with op.batch_alter_table("release_recordings", schema=None) as batch_op:
        batch_op.create_index("ix_release_recordings_organisation", ["organisation"], unique=False)
        batch_op.create_index("ix_release_recordings_recording", ["organisation", "recording_id"], unique=False)

    op.create_table(
        "stems",
        sa.Column("organisation", sa.String(length=64), nullable=False),
        sa.Column("id", sa.String(length=64), nullable=False),
        sa.Column("recording_id", sa.String(length=64), nullable=False),
        sa.Column("part", sa.Text(), nullable=False),
        sa.Column("audio_key", sa.Text(), nullable=False),
        sa.Column("pcm_sha256", sa.String(length=64), nullable=False),
        sa.ForeignKeyConstraint(
            ["organisation", "recording_id"],
            ["recordings.organisation", "recordings.id"],
            name=op.f("fk_stems_organisation_recordings"),
        ),
        sa.PrimaryKeyConstraint("organisation", "id", name=op.f("pk_stems")),
        sa.UniqueConstraint(
            "organisation", "recording_id", "part", name=op.f("uq_stems_organisation_recording_id_part")
        ),
    )
    with op.batch_alter_table("stems", schema=None) as batch_op:
        batch_op.create_index("ix_stems_organisation", ["organisation"], unique=False)


def downgrade() -> None:
    with op.batch_alter_table("stems", schema=None) as batch_op:
        batch_op.drop_index("ix_stems_organisation")

    op.drop_table("stems")
    with op.batch_alter_table("release_recordings", schema=None) as batch_op:
        batch_op.drop_index("ix_release_recordings_recording")
        batch_op.drop_index("ix_release_recordings_organisation")

    op.drop_table("release_recordings")
    with op.batch_alter_table("recording_works", schema=None) as batch_op:
        batch_op.drop_index("ix_recording_works_work")
        batch_op.drop_index("ix_recording_works_organisation")

    op.drop_table("recording_works")
    with op.batch_alter_table("works", schema=None) as batch_op:
        batch_op.drop_index("ix_works_organisation")
        batch_op.drop_index("ix_works_iswc")

    op.drop_table("works")
    with op.batch_alter_table("releases", schema=None) as batch_op:
        batch_op.drop_index("ix_releases_organisation")

    op.drop_table("releases")
    with op.batch_alter_table("recordings", schema=None) as batch_op:
        batch_op.drop_index("ix_recordings_organisation")

    op.drop_table("recordings")
    with op.batch_alter_table("ownership_shares", schema=None) as batch_op:
        batch_op.drop_index("ix_ownership_shares_party")
        batch_op.drop_index("ix_ownership_shares_organisation")
        batch_op.drop_index("ix_ownership_shares_asset")

    op.drop_table("ownership_shares")
    with op.batch_alter_table("lineage_edges", schema=None) as batch_op:
        batch_op.drop_index("ix_lineage_edges_parent")
        batch_op.drop_index("ix_lineage_edges_organisation")

    op.drop_table("lineage_edges")
    with op.batch_alter_table("credits", schema=None) as batch_op:
        batch_op.drop_index("ix_credits_party")
        batch_op.drop_index("ix_credits_organisation")

    op.drop_table("credits")

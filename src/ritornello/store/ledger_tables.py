"""The books: append-only, and the database itself refuses what does not add up.

The header of a transaction is its seal. Postings are written first; the header may follow only if they sum to zero, are
as many as it says, and its period is open. Afterwards no posting can join them, and postings without a header cannot be
committed, since their foreign key is checked at the commit. The same four rules hold on both databases; on PostgreSQL
a deferred constraint trigger adds up once more at the commit. See docs/decisions/ledger-constraints.md.
"""

from __future__ import annotations

from sqlalchemy import (
    CheckConstraint,
    Column,
    Date,
    ForeignKeyConstraint,
    Index,
    Integer,
    PrimaryKeyConstraint,
    String,
    UniqueConstraint,
)

from ritornello.store.tables import Document, Id, Instant, Micros, tenant_table
from ritornello.store.triggers import Trigger

ledger_periods = tenant_table(
    "ledger_periods",
    Column("id", Id, nullable=False),
    Column("starts", Date, nullable=False),
    Column("ends", Date, nullable=False),
    Column("opened_at", Instant, nullable=False),
    PrimaryKeyConstraint("organisation", "id"),
    CheckConstraint("starts < ends", name="order"),
    append_only=True,
)

ledger_closures = tenant_table(
    "ledger_closures",
    Column("period", Id, nullable=False),
    Column("closed_at", Instant, nullable=False),
    Column("closed_by", Id, nullable=False),
    Column("transactions", Integer, nullable=False),
    Column("digest", String(64), nullable=False),
    PrimaryKeyConstraint("organisation", "period"),
    ForeignKeyConstraint(["organisation", "period"], ["ledger_periods.organisation", "ledger_periods.id"]),
    append_only=True,
)

ledger_transactions = tenant_table(
    "ledger_transactions",
    Column("id", Id, nullable=False),
    Column("idempotency_key", String(200), nullable=False),
    Column("request_hash", String(64), nullable=False),
    Column("period", Id, nullable=False),
    Column("currency", String(3), nullable=False),
    Column("postings", Integer, nullable=False),
    Column("corrects", Id),
    Column("posted_at", Instant, nullable=False),
    PrimaryKeyConstraint("organisation", "id"),
    UniqueConstraint("organisation", "idempotency_key"),
    ForeignKeyConstraint(["organisation", "period"], ["ledger_periods.organisation", "ledger_periods.id"]),
    ForeignKeyConstraint(["organisation", "corrects"], ["ledger_transactions.organisation", "ledger_transactions.id"]),
    CheckConstraint("postings >= 2", name="postings"),
    CheckConstraint("length(currency) = 3", name="currency"),
    append_only=True,
)
Index("ix_ledger_transactions_period", ledger_transactions.c.organisation, ledger_transactions.c.period)

ledger_postings = tenant_table(
    "ledger_postings",
    Column("transaction_id", Id, nullable=False),
    Column("position", Integer, nullable=False),
    Column("account", String(200), nullable=False),
    Column("micros", Micros, nullable=False),
    Column("because", Document, nullable=False),
    PrimaryKeyConstraint("organisation", "transaction_id", "position"),
    ForeignKeyConstraint(
        ["organisation", "transaction_id"],
        ["ledger_transactions.organisation", "ledger_transactions.id"],
        deferrable=True,
        initially="DEFERRED",
    ),
    append_only=True,
)
Index("ix_ledger_postings_account", ledger_postings.c.organisation, ledger_postings.c.account)

LOCK = "pg_advisory_xact_lock(hashtextextended('ritornello ledger ' || {organisation}, 0))"
"""One writer at a time in the books of one organisation, as on SQLite; held until the transaction ends."""

_OF_NEW = "organisation = NEW.organisation AND transaction_id = NEW.id"
_BY_KEY = "SET enable_seqscan TO off SET enable_bitmapscan TO off SET enable_sort TO off"
"""Read by the primary key: a session keeps a plan from when the table was small and all plans looked equal."""

_SEALED = "sealed: the transaction is complete; a correction is a new one"
_CLOSED = "closed: the period takes no more transactions; post in an open one"
_UNBALANCED = "unbalanced: the postings of a transaction sum to zero"
_INCOMPLETE = "incomplete: the postings are not as many as the transaction says"
_NOT_EXACT = "inexact: an amount is an integer of micros"

ledger_postings.info["triggers"] = {
    "sqlite": [
        Trigger(
            "keep_ledger_postings_sealed",
            "ledger_postings",
            (
                f"""CREATE TRIGGER keep_ledger_postings_sealed BEFORE INSERT ON ledger_postings BEGIN
  SELECT RAISE(ABORT, '{_NOT_EXACT}') WHERE typeof(NEW.micros) <> 'integer';
  SELECT RAISE(ABORT, '{_SEALED}') WHERE EXISTS (SELECT 1 FROM ledger_transactions
    WHERE organisation = NEW.organisation AND id = NEW.transaction_id);
END""",
            ),
        )
    ],
    "postgresql": [
        Trigger(
            "keep_ledger_postings_sealed",
            "ledger_postings",
            (
                f"""CREATE OR REPLACE FUNCTION keep_ledger_sealed() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
  PERFORM {LOCK.format(organisation="NEW.organisation")};
  IF EXISTS (SELECT 1 FROM ledger_transactions
    WHERE organisation = NEW.organisation AND id = NEW.transaction_id) THEN
    RAISE EXCEPTION '{_SEALED}' USING ERRCODE = 'integrity_constraint_violation';
  END IF;
  RETURN NEW;
END $$""",
                "CREATE TRIGGER keep_ledger_postings_sealed BEFORE INSERT ON ledger_postings "
                "FOR EACH ROW EXECUTE FUNCTION keep_ledger_sealed()",
            ),
        ),
        # Once more at the commit, over whatever stands there then: also over what came past the header's own check. It
        # runs for each posting, and a posting leaves it to its next one where both were written in the same breath (a
        # savepoint is another), so that n postings cost n look-ups and one sum.
        Trigger(
            "keep_ledger_postings_balance",
            "ledger_postings",
            (
                f"""CREATE OR REPLACE FUNCTION keep_ledger_balance() RETURNS trigger LANGUAGE plpgsql {_BY_KEY} AS $$
DECLARE together boolean;
BEGIN
  IF TG_OP <> 'INSERT' THEN
    PERFORM keep_ledger_adds_up(OLD.organisation, OLD.transaction_id);
  END IF;
  IF TG_OP <> 'DELETE' THEN
    SELECT count(*) = 2 AND min(position) = NEW.position AND min(written) = max(written) INTO together FROM (
      SELECT organisation, transaction_id, position, xmin::text AS written FROM ledger_postings
      WHERE (organisation, transaction_id, position) >= (NEW.organisation, NEW.transaction_id, NEW.position)
      ORDER BY organisation, transaction_id, position LIMIT 2
    ) AS two WHERE organisation = NEW.organisation AND transaction_id = NEW.transaction_id;
    IF NOT together THEN
      PERFORM keep_ledger_adds_up(NEW.organisation, NEW.transaction_id);
    END IF;
  END IF;
  RETURN NULL;
END $$""",
                f"""CREATE OR REPLACE FUNCTION keep_ledger_adds_up(house text, txn text) RETURNS void
LANGUAGE plpgsql {_BY_KEY} AS $$
DECLARE total numeric;
BEGIN
  SELECT coalesce(sum(micros), 0) INTO total FROM (
    SELECT micros FROM ledger_postings WHERE organisation = house AND transaction_id = txn
    ORDER BY organisation, transaction_id, position
  ) AS postings;
  IF total <> 0 THEN
    RAISE EXCEPTION '{_UNBALANCED}' USING ERRCODE = 'integrity_constraint_violation',
      DETAIL = format('transaction %s of %s sums to %s micros', txn, house, total);
  END IF;
END $$""",
                "CREATE CONSTRAINT TRIGGER keep_ledger_postings_balance AFTER INSERT OR UPDATE OR DELETE "
                "ON ledger_postings DEFERRABLE INITIALLY DEFERRED FOR EACH ROW EXECUTE FUNCTION keep_ledger_balance()",
            ),
        ),
    ],
}

ledger_transactions.info["triggers"] = {
    "sqlite": [
        Trigger(
            "keep_ledger_transactions_sum",
            "ledger_transactions",
            (
                f"""CREATE TRIGGER keep_ledger_transactions_sum BEFORE INSERT ON ledger_transactions BEGIN
  SELECT RAISE(ABORT, '{_CLOSED}') WHERE EXISTS (SELECT 1 FROM ledger_closures
    WHERE organisation = NEW.organisation AND period = NEW.period);
  SELECT RAISE(ABORT, '{_INCOMPLETE}') WHERE NEW.postings <> (SELECT count(*) FROM ledger_postings WHERE {_OF_NEW});
  SELECT RAISE(ABORT, '{_UNBALANCED}') WHERE 0 <> (SELECT coalesce(sum(micros), 0)
    FROM ledger_postings WHERE {_OF_NEW});
END""",
            ),
        )
    ],
    "postgresql": [
        Trigger(
            "keep_ledger_transactions_sum",
            "ledger_transactions",
            (
                f"""CREATE OR REPLACE FUNCTION keep_ledger_sum() RETURNS trigger LANGUAGE plpgsql AS $$
DECLARE found bigint; total numeric;
BEGIN
  PERFORM {LOCK.format(organisation="NEW.organisation")};
  IF EXISTS (SELECT 1 FROM ledger_closures WHERE organisation = NEW.organisation AND period = NEW.period) THEN
    RAISE EXCEPTION '{_CLOSED}' USING ERRCODE = 'integrity_constraint_violation';
  END IF;
  SELECT count(*), coalesce(sum(micros), 0) INTO found, total FROM ledger_postings WHERE {_OF_NEW};
  IF found <> NEW.postings THEN
    RAISE EXCEPTION '{_INCOMPLETE}' USING ERRCODE = 'integrity_constraint_violation';
  END IF;
  IF total <> 0 THEN
    RAISE EXCEPTION '{_UNBALANCED}' USING ERRCODE = 'integrity_constraint_violation';
  END IF;
  RETURN NEW;
END $$""",
                "CREATE TRIGGER keep_ledger_transactions_sum BEFORE INSERT ON ledger_transactions "
                "FOR EACH ROW EXECUTE FUNCTION keep_ledger_sum()",
            ),
        )
    ],
}

ledger_closures.info["triggers"] = {
    "postgresql": [
        Trigger(
            "keep_ledger_closures_alone",
            "ledger_closures",
            (
                f"""CREATE OR REPLACE FUNCTION keep_ledger_alone() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
  PERFORM {LOCK.format(organisation="NEW.organisation")};
  RETURN NEW;
END $$""",
                "CREATE TRIGGER keep_ledger_closures_alone BEFORE INSERT ON ledger_closures "
                "FOR EACH ROW EXECUTE FUNCTION keep_ledger_alone()",
            ),
        )
    ],
}

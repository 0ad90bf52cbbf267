"""How an older database becomes one of this program: a step from each version of the schema to the next.

A step speaks of the tables as they were in its time, never as they are now, and says itself where the two kinds of
database differ. It runs in one transaction with the others: an upgrade that fails changes nothing.
"""

import hashlib
import json
from collections.abc import Callable, Iterator, Mapping
from typing import Any

from sqlalchemy import JSON, Connection, TableClause, column, delete, insert, select, table, text, update

from bot.addresses import caseless

Upgrade = Callable[[Connection], None]

_AT_ONCE = 500
"""Rows that are read at a time."""

_OPEN = ("pending", "approved", "running")


def _to_2(connection: Connection) -> None:
    """Remember which addresses the desk wrote, whom each row of the audit concerns, and what is asked already."""
    if connection.dialect.name == "sqlite":
        number, counted, seconds = "INTEGER", "INTEGER NOT NULL PRIMARY KEY", "DOUBLE"
    else:
        number, counted, seconds = "BIGINT", "BIGSERIAL PRIMARY KEY", "DOUBLE PRECISION"
    for statement in (
        "ALTER TABLE ticket ADD COLUMN same VARCHAR(64)",
        "CREATE UNIQUE INDEX ticket_same ON ticket (same)",
        "CREATE INDEX ix_ticket_parent ON ticket (parent)",
        "ALTER TABLE outbox ADD COLUMN rank INTEGER NOT NULL DEFAULT 0",
        f"CREATE TABLE written (id {counted}, account VARCHAR(512) NOT NULL, name VARCHAR(256) NOT NULL, "
        "address VARCHAR(512) NOT NULL, "
        "replaced VARCHAR(512) NOT NULL, signed_up BOOLEAN NOT NULL, person VARCHAR(64) NOT NULL, "
        f"ticket {number} REFERENCES ticket (id), "
        f'"call" INTEGER, at {seconds} NOT NULL, confirmed_at {seconds})',
        "CREATE INDEX ix_written_account ON written (account)",
        "CREATE INDEX ix_written_replaced ON written (replaced)",
        "CREATE INDEX ix_written_ticket ON written (ticket)",
        f"CREATE TABLE concerned (audit {number} NOT NULL, key VARCHAR(512) NOT NULL, PRIMARY KEY (audit, key))",
        "CREATE INDEX ix_concerned_key ON concerned (key)",
    ):
        connection.execute(text(statement))
    asked: set[str] = set()
    for ticket in _read(connection, _TICKET):
        _add(connection, _WRITTEN, list(_written_by(connection, ticket)))
        if ticket["state"] in _OPEN and (same := _same(ticket)) not in asked:
            # Version 1 let the same be asked twice; one of them is enough to lead a third to.
            asked.add(same)
            connection.execute(update(_TICKET).where(_TICKET.c.id == ticket["id"]).values(same=same))
    _fold_addresses(connection)
    for row in _read(connection, _AUDIT):
        if row["ticket"] is None and "user" in row["detail"] and "pool" in row["detail"]:
            pool, user = row["detail"]["pool"], str(row["detail"]["user"])
            keys = {f"{pool}:name:{user}", f"{pool}:name:{caseless(user)}", f"{pool}:address:{caseless(user)}"}
            _add(connection, _CONCERNED, [{"audit": row["id"], "key": key} for key in sorted(keys)])
            _add(connection, _WRITTEN, list(_written_as_customer(row)))


def _to_3(connection: Connection) -> None:
    """Remember where Slack takes nothing, which conversations hang on a ticket's card, and the connections to Slack."""
    seconds = "DOUBLE" if connection.dialect.name == "sqlite" else "DOUBLE PRECISION"
    for statement in (
        "ALTER TABLE conversation ADD COLUMN is_card BOOLEAN NOT NULL DEFAULT false",
        "ALTER TABLE conversation ADD COLUMN ended BOOLEAN NOT NULL DEFAULT false",
        "ALTER TABLE conversation ADD COLUMN refused VARCHAR(64) NOT NULL DEFAULT ''",
        f"ALTER TABLE conversation ADD COLUMN told_at {seconds}",
        "ALTER TABLE outbox ADD COLUMN person VARCHAR(64) NOT NULL DEFAULT ''",
        "UPDATE conversation SET is_card = (id IN (SELECT conversation FROM ticket))",
        "CREATE TABLE socket (id VARCHAR(64) NOT NULL PRIMARY KEY, owner VARCHAR(64) NOT NULL, "
        f"opened_at {seconds} NOT NULL, seen_at {seconds} NOT NULL, closed_at {seconds}, told INTEGER)",
    ):
        connection.execute(text(statement))


def _to_4(connection: Connection) -> None:
    """Remember who has opened the Home tab."""
    seconds, number = ("DOUBLE", "INTEGER") if connection.dialect.name == "sqlite" else ("DOUBLE PRECISION", "BIGINT")
    for statement in (
        "CREATE TABLE home_tab (person VARCHAR(64) NOT NULL PRIMARY KEY, team VARCHAR(64) NOT NULL, "
        f"opened_at {seconds} NOT NULL, drawn_at {seconds} NOT NULL, seen {number} NOT NULL, shows BOOLEAN NOT NULL)",
        "CREATE INDEX ix_home_tab_opened_at ON home_tab (opened_at)",
    ):
        connection.execute(text(statement))


def _to_5(connection: Connection) -> None:
    """Remember what the root message of a check says, and of which tickets it tells."""
    if connection.dialect.name == "sqlite":
        number, counted, seconds = "INTEGER", "INTEGER NOT NULL PRIMARY KEY", "DOUBLE"
    else:
        number, counted, seconds = "BIGINT", "BIGSERIAL PRIMARY KEY", "DOUBLE PRECISION"
    case = f"conversation {number} NOT NULL REFERENCES customer_case (conversation)"
    for statement in (
        f"CREATE TABLE customer_case (conversation {number} NOT NULL PRIMARY KEY REFERENCES conversation (id), "
        "scenario VARCHAR(64) NOT NULL, pool VARCHAR(64) NOT NULL, form JSON NOT NULL, asker VARCHAR(64) NOT NULL, "
        f"asked_at {seconds} NOT NULL, found JSON NOT NULL, read_at {seconds} NOT NULL, "
        f"earlier {number} REFERENCES conversation (id), due_at {seconds}, turn INTEGER NOT NULL, "
        "tries INTEGER NOT NULL, unread JSON)",
        "CREATE INDEX ix_customer_case_due_at ON customer_case (due_at)",
        f"CREATE TABLE case_key ({case}, key VARCHAR(512) NOT NULL, PRIMARY KEY (conversation, key))",
        "CREATE INDEX ix_case_key_key ON case_key (key)",
        f"CREATE TABLE case_ticket ({case}, ticket {number} NOT NULL REFERENCES ticket (id), "
        "PRIMARY KEY (conversation, ticket))",
        "CREATE INDEX ix_case_ticket_ticket ON case_ticket (ticket)",
        f"CREATE TABLE case_action (id {counted}, {case}, at {seconds} NOT NULL, person VARCHAR(64) NOT NULL, "
        "words JSON NOT NULL)",
        "CREATE INDEX ix_case_action_conversation ON case_action (conversation)",
    ):
        connection.execute(text(statement))


def _to_6(connection: Connection) -> None:
    """Put what may name customers beside the audit, where it can be removed, and make room for the audit's seals."""
    if connection.dialect.name == "sqlite":
        number, seconds, key, no = "INTEGER", "DOUBLE", "lower(hex(randomblob(32)))", "0"
        unsealed = "sealed = 0"
        for kind in ("update", "delete", "replace"):
            connection.execute(text(f"DROP TRIGGER IF EXISTS audit_no_{kind}"))
    else:
        number, seconds, no, unsealed = "BIGINT", "DOUBLE PRECISION", "false", "NOT sealed"
        # Each of them is 122 random bits: https://www.postgresql.org/docs/current/functions-uuid.html
        key = "replace(gen_random_uuid()::text || gen_random_uuid()::text, '-', '')"
    for statement in (
        f"ALTER TABLE ticket ADD COLUMN cleared_at {seconds}",
        f"CREATE TABLE audit_detail (audit {number} NOT NULL PRIMARY KEY REFERENCES audit (id), "
        "key VARCHAR(64) NOT NULL, detail JSON NOT NULL, sealed BOOLEAN NOT NULL)",
        f"INSERT INTO audit_detail (audit, key, detail, sealed) SELECT id, {key}, detail, {no} FROM audit",  # noqa: S608 - ours
        f"CREATE INDEX audit_detail_unsealed ON audit_detail (audit) WHERE {unsealed}",
        "ALTER TABLE audit DROP COLUMN detail",
        f"CREATE TABLE audit_seal (n {number} NOT NULL PRIMARY KEY, "
        f"audit {number} NOT NULL UNIQUE REFERENCES audit (id), "
        f"detail VARCHAR(64) NOT NULL, digest VARCHAR(64) NOT NULL, at {seconds} NOT NULL)",
        f"CREATE TABLE audit_export (target VARCHAR(512) NOT NULL PRIMARY KEY, n {number} NOT NULL, "
        f"up_to {number}, owner VARCHAR(64), lease_until {seconds})",
    ):
        connection.execute(text(statement))


def _to_7(connection: Connection) -> None:
    """Make room for what is read of whole pools, for runs over many people, and for files."""
    if connection.dialect.name == "sqlite":
        number, counted, seconds = "INTEGER", "INTEGER NOT NULL PRIMARY KEY", "DOUBLE"
    else:
        number, counted, seconds = "BIGINT", "BIGSERIAL PRIMARY KEY", "DOUBLE PRECISION"
    check = f"pool_check {number} NOT NULL REFERENCES pool_check (id)"
    conversation = f"conversation {number} NOT NULL REFERENCES conversation (id)"
    ticket, leased = f"ticket {number} NOT NULL", f"owner VARCHAR(64), lease_until {seconds}"
    for statement in (
        f"CREATE TABLE rate (key VARCHAR(256) NOT NULL PRIMARY KEY, taken_until {seconds} NOT NULL, "
        f"per_second {seconds} NOT NULL, factor {seconds} NOT NULL, at {seconds} NOT NULL)",
        f"CREATE TABLE pool_check (id {counted}, pool VARCHAR(64) NOT NULL, state VARCHAR(16) NOT NULL, "
        f"busy VARCHAR(64) UNIQUE, person VARCHAR(64) NOT NULL, {conversation}, asked_at {seconds} NOT NULL, "
        f"due {seconds}, ended_at {seconds}, plan JSON NOT NULL, found JSON NOT NULL, words JSON, {leased}, "
        f"cleared_at {seconds})",
        "CREATE UNIQUE INDEX pool_check_due ON pool_check (pool, due)",
        "CREATE INDEX ix_pool_check_pool ON pool_check (pool)",
        "CREATE INDEX ix_pool_check_conversation ON pool_check (conversation)",
        f"CREATE TABLE pool_part ({check}, prefix VARCHAR(36) NOT NULL, state VARCHAR(16) NOT NULL, "
        f"users INTEGER NOT NULL, pages INTEGER NOT NULL, {leased}, PRIMARY KEY (pool_check, prefix))",
        f"CREATE TABLE pool_user ({check}, sub VARCHAR(64) NOT NULL, name VARCHAR(256) NOT NULL, "
        "address VARCHAR(512) NOT NULL, key VARCHAR(512) NOT NULL, name_key VARCHAR(512) NOT NULL, "
        "shape TEXT NOT NULL, provider VARCHAR(64) NOT NULL, month VARCHAR(7) NOT NULL, "
        "finding VARCHAR(32) NOT NULL, doubts VARCHAR(128) NOT NULL, PRIMARY KEY (pool_check, sub))",
        "CREATE INDEX pool_user_key ON pool_user (pool_check, key)",
        f"CREATE TABLE pool_shape ({check}, digest VARCHAR(64) NOT NULL, finding VARCHAR(32) NOT NULL, "
        "doubts VARCHAR(128) NOT NULL, PRIMARY KEY (pool_check, digest))",
        f"CREATE TABLE bulk_run ({ticket} PRIMARY KEY REFERENCES ticket (id), state VARCHAR(16) NOT NULL, "
        f"person VARCHAR(64) NOT NULL, words JSON, begun_at {seconds}, ended_at {seconds}, half_told BOOLEAN NOT NULL, "
        f"drawn_at {seconds})",
        "CREATE INDEX ix_bulk_run_state ON bulk_run (state)",
        f"CREATE TABLE bulk_item ({ticket} REFERENCES ticket (id), n INTEGER NOT NULL, sub VARCHAR(64) NOT NULL, "
        f"name VARCHAR(256) NOT NULL, address VARCHAR(512) NOT NULL, state VARCHAR(16) NOT NULL, {leased}, words JSON, "
        f"before JSON, request_id VARCHAR(64) NOT NULL, at {seconds}, PRIMARY KEY (ticket, n))",
        "CREATE INDEX bulk_item_state ON bulk_item (ticket, state, n)",
        f"CREATE TABLE posted_file (id {counted}, {conversation}, kind VARCHAR(32) NOT NULL, of {number} NOT NULL, "
        f"outbox {number} NOT NULL UNIQUE, created_at {seconds} NOT NULL, file VARCHAR(64) NOT NULL, "
        f"posted_at {seconds}, delete_at {seconds}, "
        f"deleted_at {seconds})",
        "CREATE INDEX ix_posted_file_conversation ON posted_file (conversation)",
        "CREATE INDEX ix_posted_file_delete_at ON posted_file (delete_at)",
    ):
        connection.execute(text(statement))


def _table(name: str, *columns: str, as_json: str = "") -> TableClause:
    of_json = (column(as_json, JSON),) if as_json else ()
    return table(name, *map(column, columns), *of_json)


_TICKET = _table("ticket", "id", "state", "scenario", "pool", "same", as_json="plan")
_CALL = _table("call", "ticket", "n", "state", "at")
_AUDIT = _table("audit", "id", "at", "ticket", "person", "event", as_json="detail")
_WRITTEN = _table("written", "account", "name", "replaced", "address", "signed_up", "person", "ticket", "call", "at")
_TOUCHED = _table("touched", "ticket", "key")
_CONCERNED = _table("concerned", "audit", "key")


def _read(connection: Connection, rows: TableClause) -> Iterator[Mapping[str, Any]]:
    """Yield a table's rows by their ids, some at a time, so that no table has to fit in memory."""
    last = 0
    while True:
        query = select(rows).where(rows.c.id > last).order_by(rows.c.id).limit(_AT_ONCE)
        found = [dict(row) for row in connection.execute(query).mappings()]
        yield from found
        if not found:
            return
        last = found[-1]["id"]


def _fold_addresses(connection: Connection) -> None:
    """Write the keys of addresses as they are compared now: version 1 lowered their letters in another way."""
    key = _TOUCHED.c.key
    for ticket, old in connection.execute(select(_TOUCHED).where(key.contains(":address:"))).all():
        head, kind, address = old.partition(":address:")
        new = f"{head}{kind}{caseless(address)}"
        if new != old:
            mine = _TOUCHED.c.ticket == ticket
            connection.execute(delete(_TOUCHED).where(mine, key.in_((old, new))))
            connection.execute(insert(_TOUCHED), [{"ticket": ticket, "key": new}])


def _add(connection: Connection, to: TableClause, rows: list[dict[str, Any]]) -> None:
    if rows:
        connection.execute(insert(to), rows)


def _written_by(connection: Connection, ticket: Mapping[str, Any]) -> Iterator[dict[str, Any]]:
    """Yield what a ticket's calls wrote, or may have written."""
    plan = ticket["plan"]
    changes = [change for change in plan["changes"] if change["subject"]["kind"] == "user"]
    begun = select(_CALL).where(_CALL.c.ticket == ticket["id"], _CALL.c.state != "failed")
    for row in connection.execute(begun):
        parameters = plan["calls"][row.n - 1]["parameters"]
        given = {each["Name"]: each["Value"] for each in parameters.get("UserAttributes", ())}
        if "email" not in given:
            continue
        name = parameters["Username"]
        mine = [each for each in changes if name in (each["subject"]["name"], each["subject"]["id"])]
        sub = next((each["subject"]["id"] for each in mine), "")
        before = next((each["before"] for each in mine if each["what"] == "email"), "")
        yield {
            "account": f"{ticket['pool']}:user:{sub}" if sub else f"{ticket['pool']}:name:{name}",
            "name": name,
            "address": given["email"],
            "replaced": f"{ticket['pool']}:address:{caseless(before)}" if before else "",
            "signed_up": False,
            "person": "",
            "ticket": ticket["id"],
            "call": row.n,
            "at": row.at,
        }


def _written_as_customer(row: Mapping[str, Any]) -> Iterator[dict[str, Any]]:
    """Yield what was written with a customer's own credential. Version 1 kept neither the sub nor the address."""
    detail = row["detail"]
    if row["event"] == "sending" and detail.get("operation") in ("SignUp", "UpdateUserAttributes"):
        yield {
            "account": f"{detail['pool']}:name:{detail['user']}",
            "name": str(detail["user"]),
            "address": "",
            "replaced": "",
            "signed_up": detail["operation"] == "SignUp",
            "person": row["person"],
            "ticket": None,
            "call": None,
            "at": row["at"],
        }


def _same(ticket: Mapping[str, Any]) -> str:
    asked = [ticket["scenario"], ticket["pool"], *(ticket["plan"][part] for part in ("calls", "changes", "address"))]
    sent = json.dumps(asked, sort_keys=True)
    return hashlib.sha256(sent.encode()).hexdigest()


UPGRADES: tuple[Upgrade, ...] = (_to_2, _to_3, _to_4, _to_5, _to_6, _to_7)
"""The step from each version to the next; the first is that from version 1 to 2."""

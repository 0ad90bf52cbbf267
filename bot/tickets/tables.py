"""The database's tables. What keeps its audit append-only is in `bot.tickets.append_only`.

It is long because every table is here.
"""

from sqlalchemy import (
    JSON,
    BigInteger,
    Boolean,
    Column,
    Double,
    ForeignKey,
    Index,
    Integer,
    MetaData,
    String,
    Table,
    Text,
)

metadata = MetaData()
_ID = BigInteger().with_variant(Integer, "sqlite")

schema = Table("schema", metadata, Column("version", Integer, primary_key=True, autoincrement=False))

conversation = Table(
    # One root message and its thread: an answer's, or a ticket's card.
    "conversation",
    metadata,
    Column("id", _ID, primary_key=True),
    Column("channel", String(64), nullable=False),
    Column("ts", String(32), nullable=False, default=""),
    Column("permalink", Text, nullable=False, default=""),
    Column("created_at", Double, nullable=False),
    # Its root is a ticket's card: nothing else may become that.
    Column("is_card", Boolean, nullable=False, default=False),
    # Nothing more is posted in it: its root was refused, or somebody has deleted it.
    Column("ended", Boolean, nullable=False, default=False),
    # What Slack answered last, while it takes nothing here; and when somebody was told of that.
    Column("refused", String(64), nullable=False, default=""),
    Column("told_at", Double, nullable=True),
)

ticket = Table(
    "ticket",
    metadata,
    Column("id", _ID, primary_key=True),
    Column("state", String(16), nullable=False, index=True),
    Column("scenario", String(64), nullable=False),
    Column("pool", String(64), nullable=False),
    Column("form", JSON, nullable=False),
    Column("plan", JSON, nullable=False),
    Column("observed", JSON, nullable=False),
    Column("needed", Integer, nullable=False),
    Column("requester", String(64), nullable=False),
    Column("reason", Text, nullable=False),
    Column("conversation", ForeignKey("conversation.id"), nullable=False),
    Column("origin", ForeignKey("conversation.id"), nullable=True),
    Column("parent", ForeignKey("ticket.id"), nullable=True, index=True),
    Column("created_at", Double, nullable=False),
    Column("expires_at", Double, nullable=False),
    Column("reminded_at", Double, nullable=True),
    Column("decided_at", Double, nullable=True),
    Column("owner", String(64), nullable=True),
    # Running: until when its process has it. Approved: when it is tried again, because Slack didn't say who may.
    Column("lease_until", Double, nullable=True),
    Column("outcome", JSON, nullable=False),
    # What the submission that asked for it is called by Slack: delivered twice, it is one ticket.
    Column("submission", String(128), nullable=True, unique=True),
    # A digest of what would be sent, for as long as the ticket isn't over: the same asked twice is one ticket.
    Column("same", String(64), nullable=True),
    # When the form, the plan and all else that may name customers was removed; empty: it is there.
    Column("cleared_at", Double, nullable=True),
    Index("ticket_same", "same", unique=True),
)

author = Table(
    # Everyone who asked for a ticket or for what it builds on.
    "author",
    metadata,
    Column("ticket", ForeignKey("ticket.id"), primary_key=True),
    Column("person", String(64), primary_key=True),
)

vote = Table(
    # The primary key is what makes a second click no second vote.
    "vote",
    metadata,
    Column("ticket", ForeignKey("ticket.id"), primary_key=True),
    Column("person", String(64), primary_key=True),
    Column("at", Double, nullable=False),
)

confirmation = Table(
    # A view that the desk opened for a vote on a high risk. Only who has its nonce can submit it, and only once.
    "confirmation",
    metadata,
    # The nonce itself is kept nowhere: this is its SHA-256, in hexadecimal.
    Column("nonce", String(64), primary_key=True),
    Column("ticket", ForeignKey("ticket.id"), nullable=False, index=True),
    Column("person", String(64), nullable=False),
    # The card's message that was clicked; what was shown is a SHA-256, too.
    Column("channel", String(64), nullable=False),
    Column("ts", String(32), nullable=False),
    Column("shown", String(64), nullable=False),
    Column("made_at", Double, nullable=False),
    Column("expires_at", Double, nullable=False, index=True),
    Column("used_at", Double, nullable=True),
)

touched = Table(
    # Which accounts and addresses a ticket concerns: for the ledger, and for one running ticket per key.
    "touched",
    metadata,
    Column("ticket", ForeignKey("ticket.id"), primary_key=True),
    Column("key", String(512), primary_key=True, index=True),
)

written = Table(
    # An address that the desk wrote to an account, until that account's own user has confirmed it.
    "written",
    metadata,
    Column("id", _ID, primary_key=True),
    # The key of the account: by its sub; by its name for as long as it isn't known to be there.
    Column("account", String(512), nullable=False, index=True),
    Column("name", String(256), nullable=False, default=""),
    Column("address", String(512), nullable=False),
    # The key of the address that the account had before; empty for none, and where the customer changed it.
    Column("replaced", String(512), nullable=False, default="", index=True),
    Column("signed_up", Boolean, nullable=False),
    # Who asked, if no ticket says so: a customer's own credential needs none.
    Column("person", String(64), nullable=False, default=""),
    Column("ticket", ForeignKey("ticket.id"), nullable=True, index=True),
    Column("call", Integer, nullable=True),
    Column("at", Double, nullable=False),
    Column("confirmed_at", Double, nullable=True),
)

busy = Table(
    # A row while a ticket runs: the primary key admits one running ticket per account and address.
    "busy",
    metadata,
    Column("key", String(512), primary_key=True),
    Column("ticket", ForeignKey("ticket.id"), nullable=False),
)

call = Table(
    # One row per call of a running ticket, written before the call leaves.
    "call",
    metadata,
    Column("ticket", ForeignKey("ticket.id"), primary_key=True),
    Column("n", Integer, primary_key=True, autoincrement=False),
    Column("state", String(16), nullable=False),
    Column("request_id", String(64), nullable=False, default=""),
    Column("at", Double, nullable=False),
)

delivery = Table(
    # What Slack delivered and was acted on: delivered twice, it has one effect and one answer.
    "delivery",
    metadata,
    Column("id", String(256), primary_key=True),
    Column("at", Double, nullable=False),
)

socket = Table(
    # A connection of a desk's to Slack, from Slack's hello: `bot.tickets.connections` says what for.
    "socket",
    metadata,
    Column("id", String(64), primary_key=True),
    # The process that has it.
    Column("owner", String(64), nullable=False),
    Column("opened_at", Double, nullable=False),
    # When its process last said that it is there.
    Column("seen_at", Double, nullable=False),
    # Empty: it is open, or nobody knows what became of it.
    Column("closed_at", Double, nullable=True),
    # How many connections of the app there were at the hello, by Slack's count.
    Column("told", Integer, nullable=True),
)

home_tab = Table(
    # Who has opened the Home tab, and how it stands there: Slack goes on showing what was last published.
    "home_tab",
    metadata,
    Column("person", String(64), primary_key=True),
    # The workspace that Slack named with it; on Enterprise Grid it may be another one than ours.
    Column("team", String(64), nullable=False),
    Column("opened_at", Double, nullable=False, index=True),
    Column("drawn_at", Double, nullable=False),
    # The newest row of the audit when it was drawn; 0: it has to be drawn once more.
    Column("seen", _ID, nullable=False),
    # Whether it shows anything that only agents and leads may see.
    Column("shows", Boolean, nullable=False),
)

audit = Table(
    "audit",
    metadata,
    Column("id", _ID, primary_key=True),
    Column("at", Double, nullable=False, index=True),
    Column("ticket", ForeignKey("ticket.id"), nullable=True, index=True),
    Column("person", String(64), nullable=False, index=True),
    Column("event", String(32), nullable=False),
)

audit_detail = Table(
    # What a row of the audit says besides: it may name customers, so it may be removed, and the row stays.
    "audit_detail",
    metadata,
    Column("audit", ForeignKey("audit.id"), primary_key=True, autoincrement=False),
    # The key of the digest that is sealed, in hexadecimal: removed with the detail, nobody can guess that any more.
    Column("key", String(64), nullable=False),
    Column("detail", JSON, nullable=False),
    Column("sealed", Boolean, nullable=False, default=False),
)
Index(
    "audit_detail_unsealed",
    audit_detail.c.audit,
    sqlite_where=~audit_detail.c.sealed,
    postgresql_where=~audit_detail.c.sealed,
)

audit_seal = Table(
    # The chain beside the audit: a link for each row, made after the row's commit (`bot.tickets.seals`).
    "audit_seal",
    metadata,
    Column("n", _ID, primary_key=True, autoincrement=False),
    Column("audit", ForeignKey("audit.id"), nullable=False, unique=True),
    # Of the detail, with its key; and of the row, this and the link before, all SHA-256 in hexadecimal.
    Column("detail", String(64), nullable=False),
    Column("digest", String(64), nullable=False),
    Column("at", Double, nullable=False),
)

audit_export = Table(
    # How far the audit has been exported, by where to.
    "audit_export",
    metadata,
    Column("target", String(512), primary_key=True),
    # The number of the last link that is there for certain.
    Column("n", _ID, nullable=False),
    # The last link of what is being exported; whoever does it again does exactly that again.
    Column("up_to", _ID, nullable=True),
    Column("owner", String(64), nullable=True),
    Column("lease_until", Double, nullable=True),
)

concerned = Table(
    # Whom a row of the audit concerns that belongs to no ticket, by the keys that `touched` has for tickets.
    "concerned",
    metadata,
    Column("audit", _ID, primary_key=True, autoincrement=False),
    Column("key", String(512), primary_key=True, index=True),
)

outbox = Table(
    # What Slack still has to be told, in order; `ticket` set: draw its card as the row is when it is sent.
    "outbox",
    metadata,
    Column("id", _ID, primary_key=True),
    Column("conversation", ForeignKey("conversation.id"), nullable=False),
    Column("kind", String(16), nullable=False),
    # Between conversations the lower rank leaves first, whatever is older.
    Column("rank", Integer, nullable=False, default=0),
    Column("ticket", ForeignKey("ticket.id"), nullable=True),
    Column("message", JSON, nullable=True),
    # Whom an answer is for, to be told if it can't be posted; empty for nobody.
    Column("person", String(64), nullable=False, default=""),
    Column("created_at", Double, nullable=False),
    Column("not_before", Double, nullable=False),
    Column("attempts", Integer, nullable=False, default=0),
    Column("owner", String(64), nullable=True),
    Column("lease_until", Double, nullable=True),
    Index("outbox_order", "conversation", "id"),
    # A message is found again in Slack by its row's id, so that no id may come back once its row is gone.
    sqlite_autoincrement=True,
)

customer_case = Table(
    # What the root message of a check says, for as long as something born from it may move.
    "customer_case",
    metadata,
    Column("conversation", ForeignKey("conversation.id"), primary_key=True, autoincrement=False),
    Column("scenario", String(64), nullable=False),
    Column("pool", String(64), nullable=False),
    # What is asked when it is checked again.
    Column("form", JSON, nullable=False),
    Column("asker", String(64), nullable=False),
    Column("asked_at", Double, nullable=False),
    # What the last check found, and when that was.
    Column("found", JSON, nullable=False),
    Column("read_at", Double, nullable=False),
    # The case before it of the same customer, in the same channel.
    Column("earlier", ForeignKey("conversation.id"), nullable=True),
    # When it is to be checked again; empty: it isn't. Whoever takes that up puts it off for as long as it may take.
    Column("due_at", Double, nullable=True, index=True),
    # Counts what has been wanted and taken up, so that an older check writes nothing over a newer one.
    Column("turn", Integer, nullable=False, default=0),
    Column("tries", Integer, nullable=False, default=0),
    # Why the last try came to nothing.
    Column("unread", JSON(none_as_null=True), nullable=True),
)

case_key = Table(
    # Whose case it is, by the keys that `touched` has for tickets.
    "case_key",
    metadata,
    Column("conversation", ForeignKey("customer_case.conversation"), primary_key=True),
    Column("key", String(512), primary_key=True, index=True),
)

case_ticket = Table(
    # Of which tickets a case tells: those born from it, what follows them up, and what waited already.
    "case_ticket",
    metadata,
    Column("conversation", ForeignKey("customer_case.conversation"), primary_key=True),
    Column("ticket", ForeignKey("ticket.id"), primary_key=True, index=True),
)

case_action = Table(
    # What was done in a case with the customer's own credential.
    "case_action",
    metadata,
    Column("id", _ID, primary_key=True),
    Column("conversation", ForeignKey("customer_case.conversation"), nullable=False, index=True),
    Column("at", Double, nullable=False),
    Column("person", String(64), nullable=False),
    Column("words", JSON, nullable=False),
)

rate = Table(
    # How much of AWS's rate the reading of pools and the bulk runs have used up: they share it, with all replicas.
    "rate",
    metadata,
    # The account's role, the Region and AWS's category of operations.
    Column("key", String(256), primary_key=True),
    # Until when everything that was taken lasts, at the rate; what is taken next begins then, or now.
    Column("taken_until", Double, nullable=False),
    # How many a second were allowed when some were taken last.
    Column("per_second", Double, nullable=False),
    # The part of that which AWS lets through, 1 for all of it: less for a while after it has refused some.
    Column("factor", Double, nullable=False),
    Column("at", Double, nullable=False),
)

pool_check = Table(
    # One reading of a whole pool.
    "pool_check",
    metadata,
    Column("id", _ID, primary_key=True),
    Column("pool", String(64), nullable=False, index=True),
    Column("state", String(16), nullable=False),
    # The pool's name until it is over: one at a time per pool.
    Column("busy", String(64), nullable=True, unique=True),
    # Who asked; empty for the schedule. Where its message and its thread are.
    Column("person", String(64), nullable=False),
    Column("conversation", ForeignKey("conversation.id"), nullable=False, index=True),
    Column("asked_at", Double, nullable=False),
    # Of which of the pool's scheduled times it is; empty when somebody asked. One for each of them.
    Column("due", Double, nullable=True),
    Column("ended_at", Double, nullable=True),
    # How many users AWS estimates, and how fast it is read.
    Column("plan", JSON, nullable=False),
    # What was found, as counts; empty until it is done. It names nobody.
    Column("found", JSON, nullable=False),
    # Why it ended otherwise.
    Column("words", JSON(none_as_null=True), nullable=True),
    # Who works out the findings once everything is read, until when.
    Column("owner", String(64), nullable=True),
    Column("lease_until", Double, nullable=True),
    # When what names users was removed; empty: it is there.
    Column("cleared_at", Double, nullable=True),
    Index("pool_check_due", "pool", "due", unique=True),
)

pool_part = Table(
    # The users whose sub begins with a prefix, read in one go, page by page: it counts only as a whole.
    "pool_part",
    metadata,
    Column("pool_check", ForeignKey("pool_check.id"), primary_key=True),
    Column("prefix", String(36), primary_key=True),
    Column("state", String(16), nullable=False),
    Column("users", Integer, nullable=False, default=0),
    Column("pages", Integer, nullable=False, default=0),
    Column("owner", String(64), nullable=True),
    Column("lease_until", Double, nullable=True),
)

pool_user = Table(
    # One user of a pool that was read, as ListUsers showed them.
    "pool_user",
    metadata,
    Column("pool_check", ForeignKey("pool_check.id"), primary_key=True, autoincrement=False),
    Column("sub", String(64), primary_key=True),
    Column("name", String(256), nullable=False),
    # As it is stored; empty for none.
    Column("address", String(512), nullable=False),
    # Whose these are belong together: the address without its letter case, and the user name where it looks like one.
    Column("key", String(512), nullable=False),
    Column("name_key", String(512), nullable=False, default=""),
    # What all bears on a finding, of this user alone: equal for all who are in the same state.
    Column("shape", Text, nullable=False),
    Column("provider", String(64), nullable=False, default=""),
    # When the account was created, as YYYY-MM.
    Column("month", String(7), nullable=False),
    # Of those who share an address with somebody, once all are read; empty for the others: see `pool_shape`.
    Column("finding", String(32), nullable=False, default=""),
    Column("doubts", String(128), nullable=False, default=""),
    Index("pool_user_key", "pool_check", "key"),
)

pool_shape = Table(
    # What is found of everyone in the same state who shares their address with nobody.
    "pool_shape",
    metadata,
    Column("pool_check", ForeignKey("pool_check.id"), primary_key=True, autoincrement=False),
    # SHA-256 of the shape, in hexadecimal.
    Column("digest", String(64), primary_key=True),
    Column("finding", String(32), nullable=False),
    Column("doubts", String(128), nullable=False, default=""),
)

bulk_run = Table(
    # What belongs to a ticket that concerns many people, each with a row of `bulk_item`.
    "bulk_run",
    metadata,
    Column("ticket", ForeignKey("ticket.id"), primary_key=True, autoincrement=False),
    # waiting (for its approval, or to be begun), running, paused, stopped, over.
    Column("state", String(16), nullable=False, index=True),
    # Who paused or stopped it last; empty for the desk itself.
    Column("person", String(64), nullable=False, default=""),
    # Why the desk paused it.
    Column("words", JSON(none_as_null=True), nullable=True),
    Column("begun_at", Double, nullable=True),
    Column("ended_at", Double, nullable=True),
    # Whether its thread was told that half of it is done.
    Column("half_told", Boolean, nullable=False, default=False),
    # When its card was drawn last while it runs.
    Column("drawn_at", Double, nullable=True),
)

bulk_item = Table(
    # One person of a bulk run: what was frozen of them when it was asked, and what became of their call.
    "bulk_item",
    metadata,
    Column("ticket", ForeignKey("ticket.id"), primary_key=True, autoincrement=False),
    Column("n", Integer, primary_key=True, autoincrement=False),
    Column("sub", String(64), nullable=False),
    Column("name", String(256), nullable=False),
    Column("address", String(512), nullable=False),
    # todo, claimed, calling, done, failed, in doubt, left out.
    Column("state", String(16), nullable=False),
    Column("owner", String(64), nullable=True),
    # Claimed or calling: until when its process has it. Todo: when it is tried again, if it had to wait.
    Column("lease_until", Double, nullable=True),
    # Why it was left out, failed or is in doubt; and what was there before the call, for its undo.
    Column("words", JSON(none_as_null=True), nullable=True),
    Column("before", JSON(none_as_null=True), nullable=True),
    Column("request_id", String(64), nullable=False, default=""),
    Column("at", Double, nullable=True),
    Index("bulk_item_state", "ticket", "state", "n"),
)

posted_file = Table(
    # A file in a conversation's thread: made when it leaves, and deleted after its time.
    "posted_file",
    metadata,
    Column("id", _ID, primary_key=True),
    Column("conversation", ForeignKey("conversation.id"), nullable=False, index=True),
    # What makes it, and of what: ``pool-check-csv`` and the check's number.
    Column("kind", String(32), nullable=False),
    Column("of", _ID, nullable=False),
    # The row of the outbox by which it leaves; there as long as it hasn't. No id comes back.
    Column("outbox", _ID, nullable=False, unique=True),
    Column("created_at", Double, nullable=False),
    # What Slack calls it, from before it is sent; empty until then.
    Column("file", String(64), nullable=False, default=""),
    Column("posted_at", Double, nullable=True),
    # When it is to be deleted in Slack, and when it was.
    Column("delete_at", Double, nullable=True, index=True),
    Column("deleted_at", Double, nullable=True),
)

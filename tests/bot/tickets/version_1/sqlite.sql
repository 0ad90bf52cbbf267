CREATE TABLE conversation (
	id INTEGER NOT NULL, 
	channel VARCHAR(64) NOT NULL, 
	ts VARCHAR(32) NOT NULL, 
	permalink TEXT NOT NULL, 
	created_at DOUBLE NOT NULL, 
	PRIMARY KEY (id)
);
CREATE TABLE delivery (
	id VARCHAR(256) NOT NULL, 
	at DOUBLE NOT NULL, 
	PRIMARY KEY (id)
);
CREATE TABLE schema (
	version INTEGER NOT NULL, 
	PRIMARY KEY (version)
);
CREATE TABLE ticket (
	id INTEGER NOT NULL, 
	state VARCHAR(16) NOT NULL, 
	scenario VARCHAR(64) NOT NULL, 
	pool VARCHAR(64) NOT NULL, 
	form JSON NOT NULL, 
	"plan" JSON NOT NULL, 
	observed JSON NOT NULL, 
	needed INTEGER NOT NULL, 
	requester VARCHAR(64) NOT NULL, 
	reason TEXT NOT NULL, 
	conversation INTEGER NOT NULL, 
	origin INTEGER, 
	parent INTEGER, 
	created_at DOUBLE NOT NULL, 
	expires_at DOUBLE NOT NULL, 
	reminded_at DOUBLE, 
	decided_at DOUBLE, 
	owner VARCHAR(64), 
	lease_until DOUBLE, 
	outcome JSON NOT NULL, 
	submission VARCHAR(128), 
	PRIMARY KEY (id), 
	FOREIGN KEY(conversation) REFERENCES conversation (id), 
	FOREIGN KEY(origin) REFERENCES conversation (id), 
	FOREIGN KEY(parent) REFERENCES ticket (id), 
	UNIQUE (submission)
);
CREATE INDEX ix_ticket_state ON ticket (state);
CREATE TABLE audit (
	id INTEGER NOT NULL, 
	at DOUBLE NOT NULL, 
	ticket INTEGER, 
	person VARCHAR(64) NOT NULL, 
	event VARCHAR(32) NOT NULL, 
	detail JSON NOT NULL, 
	PRIMARY KEY (id), 
	FOREIGN KEY(ticket) REFERENCES ticket (id)
);
CREATE INDEX ix_audit_at ON audit (at);
CREATE INDEX ix_audit_person ON audit (person);
CREATE INDEX ix_audit_ticket ON audit (ticket);
CREATE TABLE author (
	ticket INTEGER NOT NULL, 
	person VARCHAR(64) NOT NULL, 
	PRIMARY KEY (ticket, person), 
	FOREIGN KEY(ticket) REFERENCES ticket (id)
);
CREATE TABLE busy (
	"key" VARCHAR(512) NOT NULL, 
	ticket INTEGER NOT NULL, 
	PRIMARY KEY ("key"), 
	FOREIGN KEY(ticket) REFERENCES ticket (id)
);
CREATE TABLE call (
	ticket INTEGER NOT NULL, 
	n INTEGER NOT NULL, 
	state VARCHAR(16) NOT NULL, 
	request_id VARCHAR(64) NOT NULL, 
	at DOUBLE NOT NULL, 
	PRIMARY KEY (ticket, n), 
	FOREIGN KEY(ticket) REFERENCES ticket (id)
);
CREATE TABLE outbox (
	id INTEGER NOT NULL PRIMARY KEY AUTOINCREMENT, 
	conversation INTEGER NOT NULL, 
	kind VARCHAR(16) NOT NULL, 
	ticket INTEGER, 
	message JSON, 
	created_at DOUBLE NOT NULL, 
	not_before DOUBLE NOT NULL, 
	attempts INTEGER NOT NULL, 
	owner VARCHAR(64), 
	lease_until DOUBLE, 
	FOREIGN KEY(conversation) REFERENCES conversation (id), 
	FOREIGN KEY(ticket) REFERENCES ticket (id)
);
CREATE INDEX outbox_order ON outbox (conversation, id);
CREATE TABLE touched (
	ticket INTEGER NOT NULL, 
	"key" VARCHAR(512) NOT NULL, 
	PRIMARY KEY (ticket, "key"), 
	FOREIGN KEY(ticket) REFERENCES ticket (id)
);
CREATE INDEX ix_touched_key ON touched ("key");
CREATE TABLE vote (
	ticket INTEGER NOT NULL, 
	person VARCHAR(64) NOT NULL, 
	at DOUBLE NOT NULL, 
	PRIMARY KEY (ticket, person), 
	FOREIGN KEY(ticket) REFERENCES ticket (id)
);
INSERT INTO "conversation" ("id", "channel", "ts", "permalink", "created_at") VALUES (1, 'C0SUPPORT', '1.0', '', 1795661760.109006);
INSERT INTO "conversation" ("id", "channel", "ts", "permalink", "created_at") VALUES (2, 'C0SUPPORT', '2.0', '', 1795661760.1549923);
INSERT INTO "conversation" ("id", "channel", "ts", "permalink", "created_at") VALUES (3, 'C0SUPPORT', '3.0', '', 1795661760.186012);
INSERT INTO "conversation" ("id", "channel", "ts", "permalink", "created_at") VALUES (4, 'C0SUPPORT', '4.0', '', 1795661760.2340102);
INSERT INTO "conversation" ("id", "channel", "ts", "permalink", "created_at") VALUES (5, 'C0SUPPORT', '5.0', '', 1795661760.3739812);
INSERT INTO "schema" ("version") VALUES (1);
INSERT INTO "ticket" ("id", "state", "scenario", "pool", "form", "plan", "observed", "needed", "requester", "reason", "conversation", "origin", "parent", "created_at", "expires_at", "reminded_at", "decided_at", "owner", "lease_until", "outcome", "submission") VALUES (1, 'pending', 'verify', 'prod', '{"reason": "called back", "user": "ana"}', '{"summary": {"$words": {"template": "Mark {email} as verified for {user}", "values": {"email": "ana@example.com", "user": "ana"}}}, "done": null, "risk": "normal", "calls": [{"operation": "AdminUpdateUserAttributes", "parameters": {"UserPoolId": "us-east-1_Little", "Username": "ana", "UserAttributes": [{"Name": "email_verified", "Value": "true"}]}, "shown": "AdminUpdateUserAttributes(ana, email_verified=true)", "effect": "settable", "secrets": []}], "changes": [{"subject": {"kind": "user", "id": "sub-1", "name": "ana"}, "what": "email_verified", "before": "false", "after": "true", "note": "", "loses": false, "readable": true}], "why_high": [], "notes": [], "undo": [{"operation": "AdminUpdateUserAttributes", "parameters": {"UserPoolId": "us-east-1_Little", "Username": "ana", "UserAttributes": [{"Name": "email_verified", "Value": "false"}]}, "shown": "AdminUpdateUserAttributes(ana, email_verified=false)", "effect": "settable", "secrets": []}], "undo_limits": null, "address": "ana@example.com", "accepted": null, "tell_customer": null, "authors": []}', '{"user:sub-1": {"username": "ana", "status": "CONFIRMED", "email": "ana@example.com", "email_verified": "false"}, "address:ana@example.com": {"holders": "ana"}}', 1, 'U0AGENT', 'called back', 1, NULL, NULL, 1795661760.109006, 2111021760.109006, NULL, NULL, NULL, NULL, '{}', NULL);
INSERT INTO "ticket" ("id", "state", "scenario", "pool", "form", "plan", "observed", "needed", "requester", "reason", "conversation", "origin", "parent", "created_at", "expires_at", "reminded_at", "decided_at", "owner", "lease_until", "outcome", "submission") VALUES (2, 'pending', 'verify', 'prod', '{"reason": "called back", "user": "ana"}', '{"summary": {"$words": {"template": "Mark {email} as verified for {user}", "values": {"email": "ana@example.com", "user": "ana"}}}, "done": null, "risk": "normal", "calls": [{"operation": "AdminUpdateUserAttributes", "parameters": {"UserPoolId": "us-east-1_Little", "Username": "ana", "UserAttributes": [{"Name": "email_verified", "Value": "true"}]}, "shown": "AdminUpdateUserAttributes(ana, email_verified=true)", "effect": "settable", "secrets": []}], "changes": [{"subject": {"kind": "user", "id": "sub-1", "name": "ana"}, "what": "email_verified", "before": "false", "after": "true", "note": "", "loses": false, "readable": true}], "why_high": [], "notes": [], "undo": [{"operation": "AdminUpdateUserAttributes", "parameters": {"UserPoolId": "us-east-1_Little", "Username": "ana", "UserAttributes": [{"Name": "email_verified", "Value": "false"}]}, "shown": "AdminUpdateUserAttributes(ana, email_verified=false)", "effect": "settable", "secrets": []}], "undo_limits": null, "address": "ana@example.com", "accepted": null, "tell_customer": null, "authors": []}', '{"user:sub-1": {"username": "ana", "status": "CONFIRMED", "email": "ana@example.com", "email_verified": "false"}, "address:ana@example.com": {"holders": "ana"}}', 1, 'U0AGENT', 'called back', 2, NULL, NULL, 1795661760.1549923, 2111021760.1549923, NULL, NULL, NULL, NULL, '{}', NULL);
INSERT INTO "ticket" ("id", "state", "scenario", "pool", "form", "plan", "observed", "needed", "requester", "reason", "conversation", "origin", "parent", "created_at", "expires_at", "reminded_at", "decided_at", "owner", "lease_until", "outcome", "submission") VALUES (3, 'pending', 'verify', 'prod', '{"reason": "called back", "user": "ben.old"}', '{"summary": {"$words": {"template": "Mark {email} as verified for {user}", "values": {"email": "ben@example.com", "user": "ben.old"}}}, "done": null, "risk": "high", "calls": [{"operation": "AdminUpdateUserAttributes", "parameters": {"UserPoolId": "us-east-1_Little", "Username": "ben.old", "UserAttributes": [{"Name": "email_verified", "Value": "true"}]}, "shown": "AdminUpdateUserAttributes(ben.old, email_verified=true)", "effect": "settable", "secrets": []}], "changes": [{"subject": {"kind": "user", "id": "sub-3", "name": "ben.old"}, "what": "email_verified", "before": "false", "after": "true", "note": "", "loses": false, "readable": true}, {"subject": {"kind": "user", "id": "sub-4", "name": "ben.new"}, "what": "email_verified", "before": "true", "after": "false", "note": "", "loses": true, "readable": true}], "why_high": [], "notes": [], "undo": [{"operation": "AdminUpdateUserAttributes", "parameters": {"UserPoolId": "us-east-1_Little", "Username": "ben.old", "UserAttributes": [{"Name": "email_verified", "Value": "false"}]}, "shown": "AdminUpdateUserAttributes(ben.old, email_verified=false)", "effect": "settable", "secrets": []}], "undo_limits": null, "address": "ben@example.com", "accepted": null, "tell_customer": null, "authors": []}', '{"user:sub-3": {"username": "ben.old", "status": "CONFIRMED", "email": "ben@example.com", "email_verified": "false"}, "address:ben@example.com": {"holders": "ben.new, ben.old"}, "user:sub-4": {"username": "ben.new", "status": "CONFIRMED", "email": "ben@example.com", "email_verified": "true"}}', 2, 'U0AGENT', 'called back', 3, NULL, NULL, 1795661760.186012, 2111021760.186012, NULL, NULL, NULL, NULL, '{}', NULL);
INSERT INTO "ticket" ("id", "state", "scenario", "pool", "form", "plan", "observed", "needed", "requester", "reason", "conversation", "origin", "parent", "created_at", "expires_at", "reminded_at", "decided_at", "owner", "lease_until", "outcome", "submission") VALUES (4, 'done', 'move', 'prod', '{"reason": "called back", "user": "Änne", "email": "thief@example.com", "mails": false, "shows": true}', '{"summary": {"$words": {"template": "Change the e-mail of {user}", "values": {"user": "Änne"}}}, "done": null, "risk": "normal", "calls": [{"operation": "AdminUpdateUserAttributes", "parameters": {"UserPoolId": "us-east-1_Little", "Username": "Änne", "UserAttributes": [{"Name": "email", "Value": "thief@example.com"}]}, "shown": "AdminUpdateUserAttributes(Änne, email=thief@example.com)", "effect": "readable", "secrets": []}], "changes": [{"subject": {"kind": "user", "id": "sub-2", "name": "Änne"}, "what": "email", "before": "anne@example.com", "after": "thief@example.com", "note": "", "loses": false, "readable": true}], "why_high": [], "notes": [], "undo": [{"operation": "AdminUpdateUserAttributes", "parameters": {"UserPoolId": "us-east-1_Little", "Username": "Änne", "UserAttributes": [{"Name": "email", "Value": "anne@example.com"}]}, "shown": "AdminUpdateUserAttributes(Änne, email=anne@example.com)", "effect": "readable", "secrets": []}], "undo_limits": null, "address": "", "accepted": null, "tell_customer": null, "authors": []}', '{"user:sub-2": {"username": "Änne", "status": "CONFIRMED", "email": "anne@example.com", "email_verified": "false"}}', 1, 'U0AGENT', 'called back', 4, NULL, NULL, 1795661760.2340102, 2111021760.2340102, NULL, 1795661760.2789907, NULL, NULL, '{"sent_at": "2026-11-26T02:56:00.337007+00:00", "request_ids": ["aws-1"], "reread_at": "2026-11-26T02:56:00.357003+00:00", "readings": [{"subject": "Änne", "what": "email", "planned": "thief@example.com", "found": "thief@example.com"}], "failed_call": 0, "words": null, "done_before": [], "by": "", "reason": "", "unnamed": []}', NULL);
INSERT INTO "ticket" ("id", "state", "scenario", "pool", "form", "plan", "observed", "needed", "requester", "reason", "conversation", "origin", "parent", "created_at", "expires_at", "reminded_at", "decided_at", "owner", "lease_until", "outcome", "submission") VALUES (5, 'denied', 'verify', 'prod', '{"reason": "called back", "user": "cara"}', '{"summary": {"$words": {"template": "Mark {email} as verified for {user}", "values": {"email": "cara@example.com", "user": "cara"}}}, "done": null, "risk": "normal", "calls": [{"operation": "AdminUpdateUserAttributes", "parameters": {"UserPoolId": "us-east-1_Little", "Username": "cara", "UserAttributes": [{"Name": "email_verified", "Value": "true"}]}, "shown": "AdminUpdateUserAttributes(cara, email_verified=true)", "effect": "settable", "secrets": []}], "changes": [{"subject": {"kind": "user", "id": "sub-5", "name": "cara"}, "what": "email_verified", "before": "false", "after": "true", "note": "", "loses": false, "readable": true}], "why_high": [], "notes": [], "undo": [{"operation": "AdminUpdateUserAttributes", "parameters": {"UserPoolId": "us-east-1_Little", "Username": "cara", "UserAttributes": [{"Name": "email_verified", "Value": "false"}]}, "shown": "AdminUpdateUserAttributes(cara, email_verified=false)", "effect": "settable", "secrets": []}], "undo_limits": null, "address": "cara@example.com", "accepted": null, "tell_customer": null, "authors": []}', '{"user:sub-5": {"username": "cara", "status": "CONFIRMED", "email": "cara@example.com", "email_verified": "false"}, "address:cara@example.com": {"holders": "cara"}}', 1, 'U0AGENT', 'called back', 5, NULL, NULL, 1795661760.3739812, 2111021760.3739812, NULL, 1795661760.415019, NULL, NULL, '{"sent_at": null, "request_ids": [], "reread_at": null, "readings": [], "failed_call": 0, "words": null, "done_before": [], "by": "U0LEAD1", "reason": "it is a thief", "unnamed": []}', NULL);
INSERT INTO "audit" ("id", "at", "ticket", "person", "event", "detail") VALUES (1, 1795661760.1339908, 1, 'U0AGENT', 'requested', '{"plan": {"summary": {"$words": {"template": "Mark {email} as verified for {user}", "values": {"email": "ana@example.com", "user": "ana"}}}, "done": null, "risk": "normal", "calls": [{"operation": "AdminUpdateUserAttributes", "parameters": {"UserPoolId": "us-east-1_Little", "Username": "ana", "UserAttributes": [{"Name": "email_verified", "Value": "true"}]}, "shown": "AdminUpdateUserAttributes(ana, email_verified=true)", "effect": "settable", "secrets": []}], "changes": [{"subject": {"kind": "user", "id": "sub-1", "name": "ana"}, "what": "email_verified", "before": "false", "after": "true", "note": "", "loses": false, "readable": true}], "why_high": [], "notes": [], "undo": [{"operation": "AdminUpdateUserAttributes", "parameters": {"UserPoolId": "us-east-1_Little", "Username": "ana", "UserAttributes": [{"Name": "email_verified", "Value": "false"}]}, "shown": "AdminUpdateUserAttributes(ana, email_verified=false)", "effect": "settable", "secrets": []}], "undo_limits": null, "address": "ana@example.com", "accepted": null, "tell_customer": null, "authors": []}, "reason": "called back", "needed": 1}');
INSERT INTO "audit" ("id", "at", "ticket", "person", "event", "detail") VALUES (2, 1795661760.1629987, 2, 'U0AGENT', 'requested', '{"plan": {"summary": {"$words": {"template": "Mark {email} as verified for {user}", "values": {"email": "ana@example.com", "user": "ana"}}}, "done": null, "risk": "normal", "calls": [{"operation": "AdminUpdateUserAttributes", "parameters": {"UserPoolId": "us-east-1_Little", "Username": "ana", "UserAttributes": [{"Name": "email_verified", "Value": "true"}]}, "shown": "AdminUpdateUserAttributes(ana, email_verified=true)", "effect": "settable", "secrets": []}], "changes": [{"subject": {"kind": "user", "id": "sub-1", "name": "ana"}, "what": "email_verified", "before": "false", "after": "true", "note": "", "loses": false, "readable": true}], "why_high": [], "notes": [], "undo": [{"operation": "AdminUpdateUserAttributes", "parameters": {"UserPoolId": "us-east-1_Little", "Username": "ana", "UserAttributes": [{"Name": "email_verified", "Value": "false"}]}, "shown": "AdminUpdateUserAttributes(ana, email_verified=false)", "effect": "settable", "secrets": []}], "undo_limits": null, "address": "ana@example.com", "accepted": null, "tell_customer": null, "authors": []}, "reason": "called back", "needed": 1}');
INSERT INTO "audit" ("id", "at", "ticket", "person", "event", "detail") VALUES (3, 1795661760.1930127, 3, 'U0AGENT', 'requested', '{"plan": {"summary": {"$words": {"template": "Mark {email} as verified for {user}", "values": {"email": "ben@example.com", "user": "ben.old"}}}, "done": null, "risk": "high", "calls": [{"operation": "AdminUpdateUserAttributes", "parameters": {"UserPoolId": "us-east-1_Little", "Username": "ben.old", "UserAttributes": [{"Name": "email_verified", "Value": "true"}]}, "shown": "AdminUpdateUserAttributes(ben.old, email_verified=true)", "effect": "settable", "secrets": []}], "changes": [{"subject": {"kind": "user", "id": "sub-3", "name": "ben.old"}, "what": "email_verified", "before": "false", "after": "true", "note": "", "loses": false, "readable": true}, {"subject": {"kind": "user", "id": "sub-4", "name": "ben.new"}, "what": "email_verified", "before": "true", "after": "false", "note": "", "loses": true, "readable": true}], "why_high": [], "notes": [], "undo": [{"operation": "AdminUpdateUserAttributes", "parameters": {"UserPoolId": "us-east-1_Little", "Username": "ben.old", "UserAttributes": [{"Name": "email_verified", "Value": "false"}]}, "shown": "AdminUpdateUserAttributes(ben.old, email_verified=false)", "effect": "settable", "secrets": []}], "undo_limits": null, "address": "ben@example.com", "accepted": null, "tell_customer": null, "authors": []}, "reason": "called back", "needed": 2}');
INSERT INTO "audit" ("id", "at", "ticket", "person", "event", "detail") VALUES (4, 1795661760.2219806, 3, 'U0LEAD1', 'approved', '{"vote": 1, "needed": 2}');
INSERT INTO "audit" ("id", "at", "ticket", "person", "event", "detail") VALUES (5, 1795661760.2429821, 4, 'U0AGENT', 'requested', '{"plan": {"summary": {"$words": {"template": "Change the e-mail of {user}", "values": {"user": "Änne"}}}, "done": null, "risk": "normal", "calls": [{"operation": "AdminUpdateUserAttributes", "parameters": {"UserPoolId": "us-east-1_Little", "Username": "Änne", "UserAttributes": [{"Name": "email", "Value": "thief@example.com"}]}, "shown": "AdminUpdateUserAttributes(Änne, email=thief@example.com)", "effect": "readable", "secrets": []}], "changes": [{"subject": {"kind": "user", "id": "sub-2", "name": "Änne"}, "what": "email", "before": "anne@example.com", "after": "thief@example.com", "note": "", "loses": false, "readable": true}], "why_high": [], "notes": [], "undo": [{"operation": "AdminUpdateUserAttributes", "parameters": {"UserPoolId": "us-east-1_Little", "Username": "Änne", "UserAttributes": [{"Name": "email", "Value": "anne@example.com"}]}, "shown": "AdminUpdateUserAttributes(Änne, email=anne@example.com)", "effect": "readable", "secrets": []}], "undo_limits": null, "address": "", "accepted": null, "tell_customer": null, "authors": []}, "reason": "called back", "needed": 1}');
INSERT INTO "audit" ("id", "at", "ticket", "person", "event", "detail") VALUES (6, 1795661760.2799966, 4, 'U0LEAD1', 'approved', '{"vote": 1, "needed": 1}');
INSERT INTO "audit" ("id", "at", "ticket", "person", "event", "detail") VALUES (7, 1795661760.3059874, 4, '', 'started', '{}');
INSERT INTO "audit" ("id", "at", "ticket", "person", "event", "detail") VALUES (8, 1795661760.323006, 4, '', 'sending', '{"call": 1, "operation": "AdminUpdateUserAttributes", "shown": "AdminUpdateUserAttributes(Änne, email=thief@example.com)"}');
INSERT INTO "audit" ("id", "at", "ticket", "person", "event", "detail") VALUES (9, 1795661760.3399844, 4, '', 'sent', '{"call": 1, "request_id": "aws-1", "seen_only": false}');
INSERT INTO "audit" ("id", "at", "ticket", "person", "event", "detail") VALUES (10, 1795661760.3590145, 4, '', 're-read', '{"readings": [{"subject": "Änne", "what": "email", "found": "thief@example.com"}]}');
INSERT INTO "audit" ("id", "at", "ticket", "person", "event", "detail") VALUES (11, 1795661760.3699982, 4, '', 'done', '{}');
INSERT INTO "audit" ("id", "at", "ticket", "person", "event", "detail") VALUES (12, 1795661760.3930116, 5, 'U0AGENT', 'requested', '{"plan": {"summary": {"$words": {"template": "Mark {email} as verified for {user}", "values": {"email": "cara@example.com", "user": "cara"}}}, "done": null, "risk": "normal", "calls": [{"operation": "AdminUpdateUserAttributes", "parameters": {"UserPoolId": "us-east-1_Little", "Username": "cara", "UserAttributes": [{"Name": "email_verified", "Value": "true"}]}, "shown": "AdminUpdateUserAttributes(cara, email_verified=true)", "effect": "settable", "secrets": []}], "changes": [{"subject": {"kind": "user", "id": "sub-5", "name": "cara"}, "what": "email_verified", "before": "false", "after": "true", "note": "", "loses": false, "readable": true}], "why_high": [], "notes": [], "undo": [{"operation": "AdminUpdateUserAttributes", "parameters": {"UserPoolId": "us-east-1_Little", "Username": "cara", "UserAttributes": [{"Name": "email_verified", "Value": "false"}]}, "shown": "AdminUpdateUserAttributes(cara, email_verified=false)", "effect": "settable", "secrets": []}], "undo_limits": null, "address": "cara@example.com", "accepted": null, "tell_customer": null, "authors": []}, "reason": "called back", "needed": 1}');
INSERT INTO "audit" ("id", "at", "ticket", "person", "event", "detail") VALUES (13, 1795661760.4249969, 5, 'U0LEAD1', 'denied', '{"reason": "it is a thief"}');
INSERT INTO "audit" ("id", "at", "ticket", "person", "event", "detail") VALUES (14, 1795661760.4330034, NULL, 'U0AGENT', 'sending', '{"scenario": "change-email", "pool": "prod", "user": "dora", "operation": "UpdateUserAttributes"}');
INSERT INTO "audit" ("id", "at", "ticket", "person", "event", "detail") VALUES (15, 1795661760.4330034, NULL, 'U0AGENT', 'sent', '{"scenario": "change-email", "pool": "prod", "user": "dora", "operation": "UpdateUserAttributes", "request_id": "aws-1"}');
INSERT INTO "author" ("ticket", "person") VALUES (1, 'U0AGENT');
INSERT INTO "author" ("ticket", "person") VALUES (2, 'U0AGENT');
INSERT INTO "author" ("ticket", "person") VALUES (3, 'U0AGENT');
INSERT INTO "author" ("ticket", "person") VALUES (4, 'U0AGENT');
INSERT INTO "author" ("ticket", "person") VALUES (5, 'U0AGENT');
INSERT INTO "call" ("ticket", "n", "state", "request_id", "at") VALUES (4, 1, 'sent', 'aws-1', 1795661760.322);
INSERT INTO "touched" ("ticket", "key") VALUES (1, 'prod:address:ana@example.com');
INSERT INTO "touched" ("ticket", "key") VALUES (1, 'prod:name:ana');
INSERT INTO "touched" ("ticket", "key") VALUES (1, 'prod:user:sub-1');
INSERT INTO "touched" ("ticket", "key") VALUES (2, 'prod:address:ana@example.com');
INSERT INTO "touched" ("ticket", "key") VALUES (2, 'prod:name:ana');
INSERT INTO "touched" ("ticket", "key") VALUES (2, 'prod:user:sub-1');
INSERT INTO "touched" ("ticket", "key") VALUES (3, 'prod:address:ben@example.com');
INSERT INTO "touched" ("ticket", "key") VALUES (3, 'prod:name:ben.new');
INSERT INTO "touched" ("ticket", "key") VALUES (3, 'prod:name:ben.old');
INSERT INTO "touched" ("ticket", "key") VALUES (3, 'prod:user:sub-3');
INSERT INTO "touched" ("ticket", "key") VALUES (3, 'prod:user:sub-4');
INSERT INTO "touched" ("ticket", "key") VALUES (4, 'prod:address:anne@example.com');
INSERT INTO "touched" ("ticket", "key") VALUES (4, 'prod:address:thief@example.com');
INSERT INTO "touched" ("ticket", "key") VALUES (4, 'prod:name:Änne');
INSERT INTO "touched" ("ticket", "key") VALUES (4, 'prod:user:sub-2');
INSERT INTO "touched" ("ticket", "key") VALUES (5, 'prod:address:cara@example.com');
INSERT INTO "touched" ("ticket", "key") VALUES (5, 'prod:name:cara');
INSERT INTO "touched" ("ticket", "key") VALUES (5, 'prod:user:sub-5');
INSERT INTO "vote" ("ticket", "person", "at") VALUES (3, 'U0LEAD1', 1795661760.221015);
INSERT INTO "vote" ("ticket", "person", "at") VALUES (4, 'U0LEAD1', 1795661760.277985);
CREATE TRIGGER IF NOT EXISTS audit_no_update BEFORE UPDATE ON audit BEGIN SELECT RAISE(ABORT, 'the audit is append-only'); END;
CREATE TRIGGER IF NOT EXISTS audit_no_delete BEFORE DELETE ON audit BEGIN SELECT RAISE(ABORT, 'the audit is append-only'); END;
CREATE TRIGGER IF NOT EXISTS audit_no_replace BEFORE INSERT ON audit WHEN EXISTS (SELECT 1 FROM audit WHERE id = NEW.id) BEGIN SELECT RAISE(ABORT, 'the audit is append-only'); END;

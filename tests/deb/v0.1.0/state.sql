-- SPDX-License-Identifier: BSD-2-Clause
-- The state of version 0.1.0 after two logins: alice's by the first of her three
-- recovery codes, I3ZO-E5OA-7UJK-3J47, P7IA-OQHT-GBIE-6WMR and
-- ZHCY-66U2-ZHI5-3YFV; bob's by a code on his phone.
PRAGMA application_id=845570353;
PRAGMA user_version=6;
BEGIN TRANSACTION;
CREATE TABLE code_used(user TEXT NOT NULL, digest BLOB NOT NULL, until INTEGER
 NOT NULL, PRIMARY KEY(user, digest)) WITHOUT ROWID;
CREATE TABLE grace(user TEXT NOT NULL, binding BLOB NOT NULL, since INTEGER
 NOT NULL, until INTEGER NOT NULL, PRIMARY KEY(user, binding)) WITHOUT ROWID;
CREATE TABLE guess(user TEXT NOT NULL, source TEXT NOT NULL, series INTEGER
 NOT NULL, wrong INTEGER NOT NULL, locks INTEGER NOT NULL, locked_at INTEGER
 NOT NULL, until INTEGER NOT NULL, last INTEGER NOT NULL, refused INTEGER NOT
 NULL DEFAULT 0, PRIMARY KEY(user, source)) WITHOUT ROWID;
CREATE TABLE passed_over(provider TEXT PRIMARY KEY, boot TEXT NOT NULL, until
 INTEGER NOT NULL) WITHOUT ROWID;
CREATE TABLE recovery(id INTEGER PRIMARY KEY, user TEXT NOT NULL, salt BLOB
 NOT NULL, hash BLOB NOT NULL);
INSERT INTO "recovery"
 VALUES(2,
 'alice',
 X'97D41F334E5540FD7A27620B6DD58B3C',
 X'8826174F9F4297E41AC45FBD5CBF4B4F3A095A19381088F342FA3D0B4F021790');
INSERT INTO "recovery"
 VALUES(3,
 'alice',
 X'9C27BBFA0CE8351217165B9DAEE6C204',
 X'BE7D649F854FD7B92DB3FA636A884652138D63880B5467455B2295D2AE9D1369');
CREATE TABLE reserve(id INTEGER PRIMARY KEY, filler BLOB NOT NULL);
INSERT INTO reserve WITH RECURSIVE n(i) AS (SELECT 1 UNION ALL
 SELECT i + 1 FROM n WHERE i < 64) SELECT i, randomblob(4000) FROM n;
CREATE TABLE send(id INTEGER PRIMARY KEY AUTOINCREMENT, at INTEGER NOT NULL,
 user TEXT NOT NULL, number TEXT NOT NULL, source TEXT NOT NULL, day INTEGER
 NOT NULL, price INTEGER NOT NULL, kind INTEGER NOT NULL DEFAULT 0);
INSERT INTO "send"
 VALUES(1,
 1795263202,
 'alice',
 'aef2e3a76c86a0e1306a1fe8ab6d1673885454eba6dfa78efeeb1efbe26aae75','192.0.2.0/24',20778,0,0);
INSERT INTO "send"
 VALUES(2,
 1795263202,
 'bob',
 '39a1b5bfbba4d3c0c11a24a9b404338d7484d04d2b81d184c726b0535dbbe148','192.0.2.0/24',20778,133300,0);
CREATE TABLE spend(day INTEGER PRIMARY KEY, price INTEGER NOT NULL);
INSERT INTO "spend" VALUES(20778,133300);
CREATE TABLE success(provider TEXT NOT NULL, method INTEGER NOT NULL, at
 INTEGER NOT NULL, PRIMARY KEY(provider, method)) WITHOUT ROWID;
INSERT INTO "success" VALUES('',7,1795263202);
INSERT INTO "success" VALUES('vonage',1,1795263202);
CREATE TABLE totp(user TEXT NOT NULL, secret BLOB NOT NULL, step INTEGER NOT
 NULL, PRIMARY KEY(user, secret)) WITHOUT ROWID;
CREATE TABLE verification( id INTEGER PRIMARY KEY AUTOINCREMENT, number TEXT
 NOT NULL, user TEXT NOT NULL, provider TEXT NOT NULL, boot TEXT NOT NULL,
 state TEXT NOT NULL, session INTEGER NOT NULL, holder INTEGER NOT NULL,
 request_id TEXT NOT NULL DEFAULT '', method INTEGER NOT NULL, began_at
 INTEGER NOT NULL, sent_at INTEGER NOT NULL, expires_at INTEGER NOT NULL,
 ends_at INTEGER NOT NULL, tries INTEGER NOT NULL DEFAULT 0, sends INTEGER NOT
 NULL DEFAULT 0, joined INTEGER NOT NULL DEFAULT 0, send INTEGER NOT NULL
 DEFAULT 0, verifier BLOB NOT NULL DEFAULT x'', type TEXT NOT NULL DEFAULT '',
 start_ms INTEGER NOT NULL DEFAULT 0, lasts_at INTEGER NOT NULL DEFAULT 0);
INSERT INTO "verification"
 VALUES(1,
 'aef2e3a76c86a0e1306a1fe8ab6d1673885454eba6dfa78efeeb1efbe26aae75',
 'alice',
 'vonage',
 '18f3b858-5e2b-4565-b360-641085489416',
 'running',
 2920997777641046131,
 0,
 'dcc160ab2519525fc88968562f641ee9',
 1,
 2292023,
 2292058,
 2592058,2592058,0,1,0,1,X'','vonage-verify',55000,0);
CREATE UNIQUE INDEX verification_number ON verification(number) WHERE state <>
 'unknown';
CREATE UNIQUE INDEX verification_request ON verification(request_id) WHERE
 request_id <> '';
CREATE INDEX verification_any ON verification(number);
CREATE INDEX verification_end ON verification(boot, ends_at);
CREATE INDEX verification_spent ON verification(user) WHERE state = 'spent';
CREATE INDEX send_at ON send(at);
CREATE INDEX send_user ON send(user, at);
CREATE INDEX send_number ON send(number, at);
CREATE INDEX send_source ON send(source, at);
CREATE INDEX guess_last ON guess(last) WHERE source <> '';
CREATE INDEX recovery_user ON recovery(user);
CREATE INDEX grace_until ON grace(until);
CREATE INDEX grace_since ON grace(since);
CREATE INDEX code_used_until ON code_used(until);
DELETE FROM "sqlite_sequence";
INSERT INTO "sqlite_sequence" VALUES('verification',2);
INSERT INTO "sqlite_sequence" VALUES('send',2);
COMMIT;

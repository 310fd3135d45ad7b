-- SPDX-License-Identifier: BSD-2-Clause
-- The state of each schema as its own helper made it, before anybody had logged in;
-- after the first one the changes to the schema before.
-- Of an odd one, whose key could not be read, the tables are those of the next one.
-- schema 18
CREATE TABLE verification( id INTEGER PRIMARY KEY AUTOINCREMENT, number TEXT NOT NULL,
  user TEXT NOT NULL, provider TEXT NOT NULL, boot TEXT NOT NULL, state TEXT NOT NULL,
  session INTEGER NOT NULL, holder INTEGER NOT NULL, request_id TEXT NOT NULL DEFAULT
  '', method INTEGER NOT NULL, began_at INTEGER NOT NULL, sent_at INTEGER NOT NULL,
  expires_at INTEGER NOT NULL, ends_at INTEGER NOT NULL, tries INTEGER NOT NULL DEFAULT
  0, sends INTEGER NOT NULL DEFAULT 0, joined INTEGER NOT NULL DEFAULT 0, send INTEGER
  NOT NULL DEFAULT 0, verifier BLOB NOT NULL DEFAULT x'', type TEXT NOT NULL DEFAULT '',
  start_ms INTEGER NOT NULL DEFAULT 0, lasts_at INTEGER NOT NULL DEFAULT 0, host TEXT
  NOT NULL DEFAULT 'local', holder_host TEXT NOT NULL DEFAULT 'local', socket INTEGER
  NOT NULL DEFAULT 0);
CREATE UNIQUE INDEX verification_number ON verification(number) WHERE state <>
  'unknown';
CREATE UNIQUE INDEX verification_request ON verification(request_id) WHERE request_id <>
  '';
CREATE INDEX verification_any ON verification(number);
CREATE INDEX verification_end ON verification(boot, ends_at);
CREATE INDEX verification_spent ON verification(user) WHERE state = 'spent';
CREATE TABLE send(id INTEGER PRIMARY KEY AUTOINCREMENT, at INTEGER NOT NULL, user TEXT
  NOT NULL, number TEXT NOT NULL, source TEXT NOT NULL, day INTEGER NOT NULL, price
  INTEGER NOT NULL, kind INTEGER NOT NULL DEFAULT 0, host TEXT NOT NULL DEFAULT 'local',
  verification INTEGER NOT NULL DEFAULT 0, answered INTEGER NOT NULL DEFAULT 0, scope
  TEXT NOT NULL DEFAULT '');
CREATE INDEX send_at ON send(at);
CREATE INDEX send_user ON send(user, at);
CREATE INDEX send_number ON send(number, at);
CREATE INDEX send_source ON send(source, at);
CREATE INDEX send_host ON send(host, at);
CREATE INDEX send_verification ON send(verification) WHERE verification <> 0;
CREATE TABLE spend(day INTEGER NOT NULL, scope TEXT NOT NULL, price INTEGER NOT NULL,
  PRIMARY KEY(day, scope)) WITHOUT ROWID;
CREATE TABLE guess(user TEXT NOT NULL, source TEXT NOT NULL, place TEXT NOT NULL DEFAULT
  '', scope TEXT NOT NULL DEFAULT '', series INTEGER NOT NULL, wrong INTEGER NOT NULL,
  locks INTEGER NOT NULL, locked_at INTEGER NOT NULL, until INTEGER NOT NULL, last
  INTEGER NOT NULL, refused INTEGER NOT NULL DEFAULT 0, PRIMARY KEY(user, source, place,
  scope)) WITHOUT ROWID;
CREATE INDEX guess_last ON guess(last) WHERE source <> '';
CREATE TABLE recovery(id INTEGER PRIMARY KEY, user TEXT NOT NULL, salt BLOB NOT NULL,
  hash BLOB NOT NULL, kind INTEGER NOT NULL DEFAULT 0, since INTEGER NOT NULL DEFAULT 0,
  until INTEGER NOT NULL DEFAULT 0, boot TEXT NOT NULL DEFAULT '', ends_at INTEGER NOT
  NULL DEFAULT 0, note TEXT NOT NULL DEFAULT '');
CREATE INDEX recovery_user ON recovery(user);
CREATE TABLE totp(user TEXT NOT NULL, secret BLOB NOT NULL, step INTEGER NOT NULL,
  source TEXT NOT NULL DEFAULT '', PRIMARY KEY(user, secret)) WITHOUT ROWID;
CREATE INDEX totp_secret ON totp(secret, step);
CREATE TABLE grace(user TEXT NOT NULL, binding BLOB NOT NULL, host TEXT NOT NULL, since
  INTEGER NOT NULL, until INTEGER NOT NULL, PRIMARY KEY(user, binding, host)) WITHOUT
  ROWID;
CREATE INDEX grace_until ON grace(until);
CREATE INDEX grace_since ON grace(since);
CREATE TABLE passed_over(provider TEXT NOT NULL, host TEXT NOT NULL, boot TEXT NOT NULL,
  until INTEGER NOT NULL, PRIMARY KEY(provider, host)) WITHOUT ROWID;
CREATE TABLE code_used(user TEXT NOT NULL, digest BLOB NOT NULL, until INTEGER NOT NULL,
  PRIMARY KEY(user, digest)) WITHOUT ROWID;
CREATE INDEX code_used_until ON code_used(until);
CREATE TABLE passed(user TEXT NOT NULL, service TEXT NOT NULL, method INTEGER NOT NULL,
  provider TEXT NOT NULL, host TEXT NOT NULL, at INTEGER NOT NULL, PRIMARY KEY(user,
  service, method, provider, host)) WITHOUT ROWID;
CREATE TABLE used(verification INTEGER PRIMARY KEY, request_id TEXT NOT NULL, host TEXT
  NOT NULL, session INTEGER NOT NULL, boot TEXT NOT NULL, until INTEGER NOT NULL);
CREATE INDEX used_end ON used(boot, until);
CREATE INDEX send_scope ON send(scope) WHERE scope <> '';
CREATE INDEX spend_scope ON spend(scope) WHERE scope <> '';
CREATE INDEX guess_scope ON guess(scope) WHERE scope <> '';
CREATE TABLE reserve(id INTEGER PRIMARY KEY, filler BLOB NOT NULL);
CREATE TABLE answered_from(source TEXT NOT NULL, user TEXT NOT NULL, at INTEGER NOT
  NULL, PRIMARY KEY(source, user)) WITHOUT ROWID;
CREATE INDEX answered_user ON answered_from(user);
CREATE INDEX answered_at ON answered_from(at);
-- schema 20
DROP INDEX send_source;
DROP INDEX send_host;
CREATE INDEX send_source ON send(source, at) WHERE answered <> 1;
CREATE INDEX send_host ON send(host, at) WHERE answered = 0;
-- schema 22
CREATE TABLE enrolled(id INTEGER PRIMARY KEY AUTOINCREMENT, user TEXT NOT NULL UNIQUE,
  phone TEXT NOT NULL UNIQUE, sealed TEXT NOT NULL, at INTEGER NOT NULL, by TEXT NOT
  NULL);

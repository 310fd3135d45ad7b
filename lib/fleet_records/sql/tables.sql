-- SPDX-License-Identifier: BSD-2-Clause
-- The tables, which docs/state.md describes: those of the embedded store,
-- except data of one machine. Times are of the server's clock: milliseconds in
-- verification, used and passed_over, else seconds.
CREATE SCHEMA twofa AUTHORIZATION twofa_owner;
CREATE SCHEMA twofa_v1 AUTHORIZATION twofa_owner;
SET ROLE twofa_owner;

CREATE TABLE twofa.meta(one bool PRIMARY KEY DEFAULT true CHECK (one),
  version int NOT NULL,
  -- HMAC-SHA-256 of "twofa" under the fleet's key; NULL: no key yet
  fleet_key bytea,
  -- SHA-256 of the text of the functions, for twofactl to compare
  functions text NOT NULL DEFAULT '');
INSERT INTO twofa.meta(version) VALUES (1);

-- Rows to lock, for each name that is counted (twofa.gate). Hosts have rows of
-- their own, so that a busy one does not delay others.
CREATE TABLE twofa.gate(n int PRIMARY KEY);
INSERT INTO twofa.gate SELECT generate_series(0, 4 * 4096 - 1);

-- The lock of money and of all hosts' messages, which is taken last, with the
-- messages of the last 60 minutes: minute m at m % 60 + 1.
CREATE TABLE twofa.fleet(scope text PRIMARY KEY, minute bigint NOT NULL,
  sent int[] NOT NULL) WITH (fillfactor = 20);

CREATE TABLE twofa.verification(
  id bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
  number text NOT NULL, usr text COLLATE "C" NOT NULL, provider text NOT NULL,
  type text NOT NULL, state text NOT NULL, session bigint NOT NULL,
  host text NOT NULL, holder bigint NOT NULL, holder_host text NOT NULL,
  request_id text NOT NULL DEFAULT '', method int NOT NULL,
  began_at bigint NOT NULL, sent_at bigint NOT NULL, expires_at bigint NOT NULL,
  ends_at bigint NOT NULL, lasts_at bigint NOT NULL DEFAULT 0,
  start_ms bigint NOT NULL, tries int NOT NULL DEFAULT 0,
  sends int NOT NULL DEFAULT 0, joined int NOT NULL DEFAULT 0,
  send bigint NOT NULL DEFAULT 0, verifier bytea NOT NULL DEFAULT '',
  socket bigint NOT NULL, tried text[] NOT NULL DEFAULT '{}')
  WITH (fillfactor = 70);
CREATE UNIQUE INDEX verification_number ON twofa.verification(number)
  WHERE state <> 'unknown';
CREATE INDEX verification_any ON twofa.verification(number);
CREATE INDEX verification_end ON twofa.verification(ends_at);

CREATE TABLE twofa.used(verification bigint PRIMARY KEY,
  request_id text NOT NULL, host text NOT NULL, session bigint NOT NULL,
  until bigint NOT NULL);
CREATE INDEX used_until ON twofa.used(until);

CREATE TABLE twofa.send(id bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
  at bigint NOT NULL, usr text COLLATE "C" NOT NULL, number text NOT NULL,
  source text NOT NULL, host text NOT NULL, day bigint NOT NULL,
  -- millionths; a sum of them must stay a number, whatever a host says
  price bigint NOT NULL CHECK (price BETWEEN 0 AND 1000000000000),
  kind int NOT NULL,
  verification bigint NOT NULL DEFAULT 0, answered int NOT NULL DEFAULT 0,
  scope text NOT NULL) WITH (fillfactor = 70);
CREATE INDEX send_at ON twofa.send(at);
CREATE INDEX send_user ON twofa.send(usr, at);
CREATE INDEX send_number ON twofa.send(number, at);
CREATE INDEX send_source ON twofa.send(source, at);
CREATE INDEX send_host ON twofa.send(host, at);
CREATE INDEX send_verification ON twofa.send(verification)
  WHERE verification <> 0;

-- Messages are booked in shard 0, under the fleet's lock; corrections of prices
-- wait for the standby, so they have shards of their own.
CREATE TABLE twofa.spend(day bigint, scope text, price bigint NOT NULL,
  shard int NOT NULL DEFAULT 0, PRIMARY KEY(day, scope, shard))
  WITH (fillfactor = 50);

-- Counts of each host (place). shared: how many of the wrong codes count on all
-- hosts, which are locked until until_all; after and lock_s: limits of that
-- host. hour_n: counted since hour_at.
CREATE TABLE twofa.guess(usr text COLLATE "C", source text COLLATE "C",
  place text, scope text, series bigint NOT NULL, wrong int NOT NULL,
  shared int NOT NULL DEFAULT 0, shared_at bigint NOT NULL DEFAULT 0,
  after int NOT NULL DEFAULT 0,
  lock_s bigint NOT NULL DEFAULT 0, locks int NOT NULL,
  locked_at bigint NOT NULL, until bigint NOT NULL,
  until_all bigint NOT NULL DEFAULT 0, last bigint NOT NULL,
  refused bigint NOT NULL DEFAULT 0, hour_at bigint NOT NULL DEFAULT 0,
  hour_n int NOT NULL DEFAULT 0,
  PRIMARY KEY(usr, source, place, scope)) WITH (fillfactor = 70);
CREATE INDEX guess_hour ON twofa.guess(place, hour_at);

-- How often a guess of a session was taken back, as the app's code had been
-- used.
CREATE TABLE twofa.taken_back(host text, session bigint, n int NOT NULL,
  until bigint NOT NULL, PRIMARY KEY(host, session));

-- hash: SHA-256 of what a login sends, which is SHA-256 of salt and code. So
-- all that a host can read does not suffice to use up a code. Recovery codes of
-- twofactl self: note is the role of their host, until when they were made.
CREATE TABLE twofa.recovery(id bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
  usr text COLLATE "C" NOT NULL, salt bytea NOT NULL, hash bytea NOT NULL,
  kind int NOT NULL DEFAULT 0, since bigint NOT NULL DEFAULT 0,
  until bigint NOT NULL DEFAULT 0, note text NOT NULL DEFAULT '');
CREATE INDEX recovery_user ON twofa.recovery(usr);

CREATE TABLE twofa.totp(usr text COLLATE "C", secret bytea, step bigint NOT NULL,
  source text NOT NULL, PRIMARY KEY(usr, secret));
CREATE INDEX totp_secret ON twofa.totp(secret, step);

CREATE TABLE twofa.grace(usr text COLLATE "C", binding bytea, host text,
  since bigint NOT NULL, until bigint NOT NULL,
  PRIMARY KEY(usr, binding, host));
CREATE INDEX grace_until ON twofa.grace(until);
CREATE INDEX grace_since ON twofa.grace(since);

CREATE TABLE twofa.passed_over(provider text, host text, until bigint NOT NULL,
  PRIMARY KEY(provider, host));

CREATE TABLE twofa.passed(usr text COLLATE "C", service text, method int,
  provider text COLLATE "C", host text, at bigint NOT NULL,
  PRIMARY KEY(usr, service, method, provider, host));

CREATE TABLE twofa.code_used(usr text, digest bytea, until bigint NOT NULL,
  PRIMARY KEY(usr, digest));
CREATE INDEX code_used_until ON twofa.code_used(until);

-- Types of arguments and results.
CREATE TYPE twofa_v1.who AS (session bigint, socket bigint, scope text,
  ended text, account text, process bigint);
CREATE TYPE twofa_v1.found AS (id bigint, state text, request_id text,
  method int, age_ms bigint, left_ms bigint, over_ms bigint, holder bigint,
  tries int, sends int, joined int, send bigint, mine bool, apart bool,
  shut bool, alien bool, provider text, type text);
CREATE TYPE twofa_v1.counted AS (usr text, source text,
  series_source bigint, series_total bigint, series_account bigint,
  locked_source bool, locked_total bool, locked_account bool,
  lock_source bigint, lock_total bigint, lock_account bigint, alone bool);
CREATE TYPE twofa_v1.limits AS (after int, after_total int, lock_s bigint,
  host_hour int);
CREATE TYPE twofa_v1.right_code AS (usr text, source text, service text,
  method int, provider text, binding bytea, remember_s bigint,
  remembered_as text);
CREATE TYPE twofa_v1.message AS (usr text, number text, source text, push bool,
  carried int, price bigint, spend_day bigint, spend_month bigint,
  push_hour int, user_hour int, user_day int, number_day int,
  number_answered_day int, source_hour int, other_hour int, host_hour int,
  fleet_hour int);

-- The hosts of the fleet. A host may read the records of members of its groups,
-- or of all users if it has no groups; at most users_per_hour different ones.
CREATE TABLE twofa.host(name text COLLATE "C" PRIMARY KEY
    CHECK (name ~ '^[a-z0-9-]{1,48}$'),
  groups text[] NOT NULL DEFAULT '{}',
  users_per_hour int NOT NULL DEFAULT 50
    CHECK (users_per_hour BETWEEN 1 AND 100000),
  hourly_sends int NOT NULL DEFAULT 1000
    CHECK (hourly_sends BETWEEN 1 AND 100000),
  added timestamptz NOT NULL DEFAULT now(),
  renewed timestamptz, disabled timestamptz);

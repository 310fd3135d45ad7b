-- SPDX-License-Identifier: BSD-2-Clause
-- Administration. Without codes the user is removed. App codes of the last
-- minute stay, since they could be used with another record.
CREATE OR REPLACE FUNCTION twofa_v1.recovery_set(w twofa_v1.who, p_user text,
  p_kind int, p_seconds bigint, p_note text, p_salt bytea[], p_hash bytea[])
RETURNS int LANGUAGE plpgsql VOLATILE AS $$
DECLARE wall bigint := twofa.wall_s();
BEGIN
  PERFORM twofa.gate_of(w, p_user);
  DELETE FROM twofa.recovery WHERE usr = p_user AND CASE WHEN kind > 0
    THEN until <= wall OR cardinality(p_hash) = 0 ELSE p_kind = 0 END;
  IF p_kind > 0 AND (SELECT count(*) >= 3 FROM twofa.recovery
      WHERE usr = p_user AND kind > 0) THEN
    RETURN 1; -- RECOVERY_BYPASS_MAX
  END IF;
  INSERT INTO twofa.recovery(usr, salt, hash, kind, since, until, note)
    SELECT p_user, s, sha256(h), p_kind, wall, wall + p_seconds, p_note
    FROM unnest(p_salt, p_hash) u(s, h);
  IF cardinality(p_hash) = 0 THEN
    DELETE FROM twofa.grace WHERE usr = p_user;
    DELETE FROM twofa.passed WHERE usr = p_user;
    DELETE FROM twofa.totp WHERE usr = p_user
      AND step < wall / 30 - 2;
  END IF;
  RETURN 0;
END $$;
CREATE OR REPLACE FUNCTION twofa_v1.recovery_end(w twofa_v1.who, p_user text,
  p_salt bytea) RETURNS int LANGUAGE plpgsql VOLATILE AS $$
DECLARE n int;
BEGIN
  PERFORM twofa.gate_of(w, p_user);
  DELETE FROM twofa.recovery WHERE usr = p_user AND kind > 0 AND salt = p_salt;
  GET DIAGNOSTICS n = ROW_COUNT;
  RETURN CASE WHEN n = 0 THEN 1 ELSE 0 END;
END $$;
CREATE OR REPLACE FUNCTION twofa_v1.successes(w twofa_v1.who)
RETURNS TABLE (provider text, method int, at bigint) LANGUAGE sql STABLE AS $$
  SELECT p.provider, p.method, max(p.at) FROM twofa.passed p
  GROUP BY p.provider, p.method ORDER BY p.provider, p.method $$;
-- The last logins on this host by a service, as ages, since clocks may differ.
CREATE OR REPLACE FUNCTION twofa_v1.got_in(w twofa_v1.who, p_service text)
RETURNS TABLE (usr text, method int, ago bigint) LANGUAGE sql STABLE AS $$
  SELECT p.usr, p.method, twofa.wall_s() - max(p.at) FROM twofa.passed p
  WHERE p.service = p_service AND p.host = (SELECT twofa.me())
  GROUP BY p.usr, p.method ORDER BY p.usr, p.method $$;
-- True for that user and the people of that account; NULL: for all.
CREATE OR REPLACE FUNCTION twofa.is_of(p_usr text, p_user text) RETURNS bool
LANGUAGE sql IMMUTABLE AS $$ SELECT p_user IS NULL OR p_usr = p_user
  OR p_usr > p_user || '//' AND p_usr < p_user || '/0' $$;
-- The same for a login that is remembered, also for another user at that account.
CREATE OR REPLACE FUNCTION twofa.is_remembered(p_usr text, p_user text) RETURNS bool
LANGUAGE sql IMMUTABLE AS $$ SELECT twofa.is_of(p_usr, p_user)
  OR right(p_usr, length(p_user) + 3) = '//=' || p_user
  OR strpos(p_usr, '//=' || p_user || '//=') > 0 $$;
-- NULL: of all users.
CREATE OR REPLACE FUNCTION twofa_v1.remembered_forget(w twofa_v1.who, p_user text)
RETURNS int LANGUAGE sql VOLATILE AS $$
  SELECT twofa.gate_of(w, p_user);
  WITH x AS (DELETE FROM twofa.grace
    WHERE twofa.is_remembered(usr, p_user) RETURNING 1)
  SELECT count(*)::int FROM x $$;
CREATE OR REPLACE FUNCTION twofa_v1.unlock(w twofa_v1.who, p_user text) RETURNS int
LANGUAGE sql VOLATILE AS $$
  SELECT twofa.gate_of(w, p_user);
  WITH guesses AS (DELETE FROM twofa.guess WHERE scope = w.scope
    AND (usr = p_user OR usr > p_user || '//' AND usr < p_user || '/0')
    RETURNING 1),
  spent AS (DELETE FROM twofa.verification WHERE state = 'spent'
    AND (usr = p_user OR usr > p_user || '//' AND usr < p_user || '/0')
    RETURNING 1)
  SELECT count(*)::int FROM (TABLE guesses UNION ALL TABLE spent) x $$;
CREATE OR REPLACE FUNCTION twofa_v1.number_release(w twofa_v1.who, p_number text)
RETURNS bigint LANGUAGE sql VOLATILE AS $$
  SELECT twofa.gate('n ' || p_number);
  WITH x AS (DELETE FROM twofa.verification WHERE number = p_number
    AND ends_at > twofa.now_ms() RETURNING 1) SELECT count(*) FROM x $$;
CREATE OR REPLACE FUNCTION twofa_v1.sends_reset(w twofa_v1.who, p_user text,
  p_number text) RETURNS bigint LANGUAGE sql VOLATILE AS $$
  SELECT twofa.gate_of(w, p_user);
  WITH x AS (UPDATE twofa.send
    SET kind = CASE WHEN kind < 9 THEN 4 ELSE 14 END
  WHERE scope = w.scope AND kind NOT IN (4, 14)
    AND at > twofa.wall_s() - 86400 AND (usr = p_user
      OR usr > p_user || '//' AND usr < p_user || '/0'
      OR number = p_number AND number <> ''
      OR number IN (SELECT s.number FROM twofa.send s WHERE s.scope = w.scope
        AND s.number <> '' AND (s.usr = p_user
          OR s.usr > p_user || '//' AND s.usr < p_user || '/0'))) RETURNING 1)
  SELECT count(*) FROM x $$;
CREATE OR REPLACE FUNCTION twofa_v1.totals(w twofa_v1.who, OUT hour int, OUT day int,
  OUT spent_day bigint, OUT spent_month bigint) LANGUAGE plpgsql STABLE AS $$
DECLARE wall bigint := twofa.wall_s(); today bigint := wall / 86400;
BEGIN
  SELECT count(*) FILTER (WHERE s.at > wall - 3600), count(*) INTO hour, day
  FROM twofa.send s WHERE s.host = twofa.me() AND s.scope = w.scope
    AND s.at > wall - 86400 AND s.kind < 9;
  SELECT greatest(coalesce(sum(p.price) FILTER (WHERE p.day >= today), 0), 0),
    greatest(coalesce(sum(p.price), 0), 0) INTO spent_day, spent_month
  FROM twofa.spend p WHERE p.scope = w.scope AND p.day > today - 30;
END $$;
-- Each host that has sent a message in the last day.
CREATE OR REPLACE FUNCTION twofa_v1.hosts(w twofa_v1.who)
RETURNS TABLE (host text, hour int, day int) LANGUAGE plpgsql STABLE AS $$
#variable_conflict use_column
DECLARE wall bigint := twofa.wall_s();
BEGIN
  RETURN QUERY SELECT s.host,
    (count(*) FILTER (WHERE s.at > wall - 3600))::int, count(*)::int
  FROM twofa.send s WHERE s.scope = w.scope AND s.at > wall - 86400
    AND s.kind < 9 GROUP BY s.host ORDER BY s.host;
END $$;
-- p_user NULL: all users with a row anywhere. Each table is scanned once: a
-- search for each user in each table takes ten times as long.
CREATE OR REPLACE FUNCTION twofa_v1.status(w twofa_v1.who, p_user text)
RETURNS TABLE (usr text, source text, wrong int, locked_s bigint,
  sends_hour int, sends_day int, recovery int, grace int)
LANGUAGE plpgsql STABLE AS $$
#variable_conflict use_column
DECLARE wall bigint := twofa.wall_s();
  memory text := set_config('work_mem', '32MB', true);
BEGIN
  RETURN QUERY
  SELECT o.usr, '' COLLATE "C", sum(o.wrong)::int,
    greatest(max(o.left_s), 0), sum(o.hour)::int, sum(o.day)::int,
    sum(o.codes)::int, sum(o.logins)::int
  FROM (SELECT p_user COLLATE "C", 0, 0, 0, 0, 0, 0 WHERE p_user IS NOT NULL
    UNION ALL SELECT t.usr, 0, 0, 0, 0, 0, 0 FROM twofa.totp t
      WHERE t.step >= 0 AND twofa.is_of(t.usr, p_user)
    UNION ALL SELECT r.usr, 0, 0, 0, 0, (r.kind = 0)::int, 0
      FROM twofa.recovery r WHERE twofa.is_of(r.usr, p_user)
    UNION ALL SELECT x.usr, 0, 0, 0, 0, 0,
        count(*) FILTER (WHERE x.since <= wall AND x.until > wall)
      FROM twofa.grace x WHERE twofa.is_of(x.usr, p_user) GROUP BY x.usr
    UNION ALL SELECT s.usr, 0, 0,
        count(*) FILTER (WHERE s.at > wall - 3600 AND s.kind NOT IN (4, 14)),
        count(*) FILTER (WHERE s.kind NOT IN (4, 14)), 0, 0
      FROM twofa.send s WHERE s.at > wall - 86400 AND s.scope = w.scope
        AND twofa.is_of(s.usr, p_user) GROUP BY s.usr
    UNION ALL SELECT g.usr, g.wrong * (g.source = '')::int,
        (greatest(g.until, g.until_all) - greatest(g.locked_at, wall))
          * (g.source = '')::int, 0, 0, 0, 0
      FROM twofa.guess g WHERE g.scope = w.scope
        AND twofa.is_of(g.usr, p_user))
    o(usr, wrong, left_s, hour, day, codes, logins)
  GROUP BY o.usr
  -- a local source is preceded by its host
  UNION ALL SELECT g.usr, s.name, sum(g.wrong)::int,
    greatest(max(greatest(g.until, g.until_all)
      - greatest(g.locked_at, wall)), 0), 0, 0, 0, 0
  FROM twofa.guess g,
    LATERAL (SELECT CASE WHEN twofa.is_local(g.source)
      THEN (g.place || ' ' || g.source) COLLATE "C" ELSE g.source END) s(name)
  WHERE g.source <> '' AND g.scope = w.scope AND twofa.is_of(g.usr, p_user)
  GROUP BY g.usr, s.name
  ORDER BY 1, 2;
END $$;

-- Import of a host's state file into the fleet's state.

-- One row for each imported file, so that no file counts twice.
CREATE TABLE IF NOT EXISTS twofa.imported(host text COLLATE "C", file text,
  at timestamptz NOT NULL DEFAULT now(), PRIMARY KEY(host, file));

-- The columns of each line.
CREATE OR REPLACE FUNCTION twofa.rows_of(p_rows text) RETURNS SETOF text[]
LANGUAGE sql IMMUTABLE AS $$
  SELECT string_to_array(l, E'\t')
  FROM unnest(string_to_array(rtrim(p_rows, E'\n'), E'\n')) l $$;

-- p_rows: a line for each row, its kind first, tab-separated: totp USER SECRET
-- STEP SOURCE; guess USER SOURCE LOCAL WRONG LOCKS LOCKED_AT UNTIL LAST
-- REFUSED; send AT USER SOURCE DAY PRICE KIND ANSWERED; spend DAY PRICE; code
-- USER SALT HASH; used OWNER DIGEST UNTIL. Bytes are hexadecimal. LOCAL 1: the
-- source is another one on each host, so it counts for p_host. Counts are
-- added, else the later value stays; codes are imported for users without any.
CREATE OR REPLACE FUNCTION twofa_v1.import(w twofa_v1.who, p_host text, p_file text,
  p_rows text, OUT fresh bool, OUT steps int, OUT guesses int, OUT sends int, OUT codes int)
LANGUAGE plpgsql VOLATILE AS $$
DECLARE wall bigint := twofa.wall_s();
BEGIN
  PERFORM set_config('synchronous_commit', 'on', true);
  steps := 0; guesses := 0; sends := 0; codes := 0;
  INSERT INTO twofa.imported(host, file) VALUES (p_host, p_file)
    ON CONFLICT DO NOTHING;
  fresh := FOUND;
  IF NOT fresh THEN RETURN; END IF;

  INSERT INTO twofa.totp AS t(usr, secret, step, source)
    SELECT x.r[2], decode(x.r[3], 'hex'), x.r[4]::bigint, x.r[5]
    FROM twofa.rows_of(p_rows) x(r) WHERE x.r[1] = 'totp' ORDER BY 1, 2
  ON CONFLICT ON CONSTRAINT totp_pkey DO UPDATE SET step = excluded.step,
    source = excluded.source WHERE t.step < excluded.step;
  GET DIAGNOSTICS steps = ROW_COUNT;

  INSERT INTO twofa.guess AS g(usr, source, place, scope, series, wrong, shared,
      shared_at, locks, locked_at, until, last, refused)
    SELECT x.r[2], x.r[3], p_host, '', 0, x.r[5]::int, least(x.r[5]::int,
      CASE WHEN x.r[3] = '' THEN 10 WHEN x.r[4] = '1' THEN 0 ELSE 3 END),
      x.r[9]::bigint, x.r[6]::int, x.r[7]::bigint, x.r[8]::bigint, x.r[9]::bigint,
      x.r[10]::bigint
    FROM twofa.rows_of(p_rows) x(r) WHERE x.r[1] = 'guess' ORDER BY 1, 2
  ON CONFLICT ON CONSTRAINT guess_pkey DO UPDATE SET
    wrong = g.wrong + excluded.wrong,
    shared = greatest(g.shared, excluded.shared),
    shared_at = greatest(g.shared_at, excluded.shared_at),
    locks = greatest(g.locks, excluded.locks),
    locked_at = greatest(g.locked_at, excluded.locked_at),
    until = greatest(g.until, excluded.until),
    last = greatest(g.last, excluded.last),
    refused = greatest(g.refused, excluded.refused);
  GET DIAGNOSTICS guesses = ROW_COUNT;

  -- numbers are hashed with a key of that host, so they are left out
  INSERT INTO twofa.send(at, usr, number, source, host, day, price, kind,
      answered, scope)
    SELECT x.r[2]::bigint, x.r[3], '', x.r[4], p_host, x.r[5]::bigint,
      x.r[6]::bigint, x.r[7]::int, x.r[8]::int, ''
    FROM twofa.rows_of(p_rows) x(r) WHERE CASE WHEN x.r[1] = 'send'
      THEN x.r[2]::bigint > wall - 86400 END;
  GET DIAGNOSTICS sends = ROW_COUNT;
  DELETE FROM twofa.fleet WHERE scope = ''; -- they are counted again

  INSERT INTO twofa.recovery(usr, salt, hash)
    SELECT x.r[2], decode(x.r[3], 'hex'), sha256(decode(x.r[4], 'hex'))
    FROM twofa.rows_of(p_rows) x(r)
    WHERE x.r[1] = 'code' AND NOT EXISTS (SELECT FROM twofa.recovery o
      WHERE o.usr = x.r[2] AND o.kind = 0);
  GET DIAGNOSTICS codes = ROW_COUNT;

  INSERT INTO twofa.code_used AS c(usr, digest, until)
    SELECT x.r[2], decode(x.r[3], 'hex'), x.r[4]::bigint
    FROM twofa.rows_of(p_rows) x(r) WHERE x.r[1] = 'used'
  ON CONFLICT ON CONSTRAINT code_used_pkey DO UPDATE
    SET until = greatest(c.until, excluded.until);

  -- locks the whole fleet, so it comes last
  INSERT INTO twofa.spend AS p(day, scope, price)
    SELECT x.r[2]::bigint, '', x.r[3]::bigint
    FROM twofa.rows_of(p_rows) x(r) WHERE x.r[1] = 'spend'
  ON CONFLICT ON CONSTRAINT spend_pkey DO UPDATE
    SET price = p.price + excluded.price;
END $$;

-- Reports of a host about an outage, in which it reached no server.
-- How many wrong codes of each series are counted already, so a host that dies
-- before it knows may report them again.
CREATE TABLE IF NOT EXISTS twofa.outage(host text, series bigint, wrong int NOT NULL,
  at bigint NOT NULL, PRIMARY KEY(host, series));

-- Counts at most ten of a source: a host that is not stolen never reports more.
-- 1: the user is locked there, so the host keeps its own lock as well.
CREATE OR REPLACE FUNCTION twofa_v1.unsent_count(w twofa_v1.who, p_user text,
  p_source text, p_series bigint, p_wrong bigint, l twofa_v1.limits)
RETURNS int LANGUAGE plpgsql VOLATILE AS $$
DECLARE wall bigint := twofa.wall_s(); most int := least(p_wrong, 10);
  known int;
BEGIN
  PERFORM set_config('synchronous_commit', 'on', true);
  w.account := ''; w.scope := '';
  w.socket := CASE WHEN p_source LIKE 'sock:%' THEN 1 ELSE 0 END;
  PERFORM twofa.gate('u ' || p_user);
  SELECT o.wrong INTO known FROM twofa.outage o
    WHERE o.host = twofa.me() AND o.series = p_series;
  FOR n IN coalesce(known, 0) + 1 .. most LOOP
    PERFORM twofa.guess_count(w, p_user, p_source, l, false, twofa.me(), wall);
  END LOOP;
  INSERT INTO twofa.outage AS o VALUES (twofa.me(), p_series, most, wall)
  ON CONFLICT ON CONSTRAINT outage_pkey
    DO UPDATE SET wrong = greatest(o.wrong, excluded.wrong), at = wall;
  DELETE FROM twofa.outage o WHERE o.host = twofa.me()
    AND o.at < wall - 2592000;
  RETURN (SELECT (g.guess <> 1)::int FROM twofa.guess_look(w, p_user,
    p_source, l, twofa.me(), wall) g);
END $$;

-- Not for later steps, which would refuse codes that were not used.
CREATE OR REPLACE FUNCTION twofa_v1.totp_note(w twofa_v1.who, p_user text,
  p_secret bytea, p_step bigint, p_source text) RETURNS int
LANGUAGE plpgsql VOLATILE AS $$
BEGIN
  PERFORM set_config('synchronous_commit', 'on', true);
  PERFORM twofa.gate('u ' || p_user, 't ' || encode(p_secret, 'hex'));
  INSERT INTO twofa.totp AS t VALUES (CASE WHEN p_step < 0 THEN ''
    ELSE nullif(p_user, '') END, p_secret,
    least(p_step, twofa.wall_s() / 30 + 1), p_source)
  ON CONFLICT ON CONSTRAINT totp_pkey DO UPDATE SET step = excluded.step,
    source = excluded.source WHERE excluded.step > t.step;
  RETURN 0;
END $$;

CREATE OR REPLACE FUNCTION twofa_v1.version() RETURNS int LANGUAGE sql STABLE
AS $$ SELECT version FROM twofa.meta WHERE twofa.me() IS NOT NULL $$;

-- A decoy login waits like a real one, for the standby as well, and writes no
-- row.
CREATE OR REPLACE FUNCTION twofa_v1.noop(w twofa_v1.who) RETURNS int
LANGUAGE plpgsql VOLATILE AS $$
BEGIN
  PERFORM set_config('synchronous_commit', 'on', true), twofa.me();
  PERFORM pg_logical_emit_message(true, 'twofa', '');
  RETURN 0;
END $$;

-- For a superuser, after a restore: ends what may have been used since the dump;
-- codes of apps by time, those of tokens that count by their counters. No id is
-- given again that a login may still hold. Who enrolled since has no record, so
-- that no host may enrol by the password alone.
CREATE OR REPLACE FUNCTION twofa.restored_end() RETURNS void LANGUAGE plpgsql VOLATILE
AS $$ BEGIN
  TRUNCATE twofa.recovery, twofa.grace, twofa.verification, twofa.used;
  DELETE FROM twofa.totp WHERE step < 0;
  UPDATE twofa.host SET enrols = false;
  PERFORM setval(c.oid::regclass, nextval(c.oid::regclass) + 1000000)
    FROM pg_class c WHERE c.relkind = 'S'
      AND c.relnamespace = 'twofa'::regnamespace;
  DELETE FROM twofa.home;
  INSERT INTO twofa.home(rel, opens)
    VALUES ('twofa.home'::regclass, now() + interval '3 minutes');
END $$;

-- For `twofactl doctor` as a host: no user's data.

-- The settings by which the server logs what hosts pass on: numbers and codes
-- are hidden there, names are not.
CREATE OR REPLACE FUNCTION twofa.printed() RETURNS text LANGUAGE sql STABLE AS $$
  SELECT coalesce(string_agg(v.name || ' = ' || v.value, ', '
    ORDER BY v.name), '')
  FROM (SELECT n AS name, lower(current_setting(n, true)) AS value,
      CASE WHEN current_setting('log_parameter_max_length', true) = '0'
        THEN '0' ELSE '-1' END AS cut
    FROM unnest(ARRAY['log_statement', 'log_min_duration_statement',
      'log_min_duration_sample', 'log_transaction_sample_rate',
      'log_parameter_max_length_on_error', 'auto_explain.log_min_duration',
      'pgaudit.log_parameter']) n) v
  WHERE CASE v.name
    WHEN 'log_statement' THEN v.value = 'all' AND v.cut <> '0'
    WHEN 'log_transaction_sample_rate' THEN v.value <> '0' AND v.cut <> '0'
    WHEN 'log_parameter_max_length_on_error' THEN v.value <> '0'
    WHEN 'pgaudit.log_parameter' THEN v.value IN ('on', 'true', 'yes', '1')
    WHEN 'auto_explain.log_min_duration' THEN v.value <> '-1'
      AND coalesce(current_setting('auto_explain.log_parameter_max_length',
        true), '0') <> '0'
    ELSE v.value <> '-1' AND v.cut <> '0' END $$;

CREATE OR REPLACE FUNCTION twofa_v1.health(OUT role text, OUT backend int,
  OUT started text, OUT wall bigint, OUT sync text, OUT standbys int,
  OUT in_step int, OUT used int, OUT most int, OUT printed text,
  OUT fleet_key bytea)
LANGUAGE sql STABLE AS $$
  SELECT session_user::text, pg_backend_pid(),
    extract(epoch FROM pg_postmaster_start_time())::text, twofa.wall_s(),
    current_setting('synchronous_standby_names'),
    (SELECT count(*)::int FROM pg_stat_replication WHERE state = 'streaming'),
    (SELECT count(*)::int FROM pg_stat_replication
      WHERE sync_state IN ('sync', 'quorum')),
    (SELECT count(*)::int FROM pg_stat_activity
      WHERE backend_type = 'client backend'),
    current_setting('max_connections')::int
      - current_setting('superuser_reserved_connections')::int,
    twofa.printed(), (SELECT m.fleet_key FROM twofa.meta m) $$;

-- Findings of doctor about the server, by their names; `twofactl state init`
-- and `host list` print them as well. Sessions that wait for a standby are its
-- fault, so no host is named then. A host's own settings are its own words, so
-- they are short, and of one line.
CREATE OR REPLACE FUNCTION twofa_v1.risks() RETURNS TABLE (name text, words text)
LANGUAGE sql STABLE AS $$
  WITH late AS (SELECT count(*) AS n, count(*) > 0 AND EXISTS (SELECT
      FROM pg_stat_replication WHERE sync_state IN ('sync', 'quorum')) AS sync
    FROM pg_stat_activity WHERE wait_event = 'SyncRep'
      AND xact_start < clock_timestamp() - interval '3 s'),
  behind AS (SELECT string_agg(r.application_name
      || coalesce(' (' || host(r.client_addr) || ')', ''), ', ') AS names
    FROM pg_stat_replication r WHERE r.sync_state IN ('sync', 'quorum')
      AND coalesce(r.flush_lsn, '0/0') < pg_current_wal_flush_lsn()),
  held AS (SELECT coalesce(usename, '?') AS role, count(*) AS n
    FROM pg_stat_activity WHERE backend_type = 'client backend' GROUP BY 1),
  taken AS (SELECT sum(h.n) AS n, current_setting('max_connections')::int
      - current_setting('superuser_reserved_connections')::int AS most
    FROM held h),
  wide AS (SELECT string_agg(h.line_number::text, ', '
      ORDER BY h.line_number) AS lines FROM pg_hba_file_rules() h
    WHERE h.type LIKE 'host%' AND h.auth_method <> 'reject'
      AND (h.address = 'all' OR h.netmask IN ('0.0.0.0', '::'))),
  host AS (SELECT m.member AS id FROM pg_auth_members m
    WHERE m.roleid = 'twofa_host'::regrole)
  SELECT 'store-restored', x FROM twofa.restored() x WHERE x IS NOT NULL
  UNION ALL SELECT 'store-log', twofa.printed() || ': its log gets what hosts pass on, '
    'names, sources and times of logins; turn that off, or run there: '
    || string_agg(format('ALTER DATABASE %I SET %s = 0', current_database(), n),
      '; ') FROM unnest(ARRAY['log_parameter_max_length',
      'log_parameter_max_length_on_error']) n WHERE twofa.printed() <> ''
  HAVING count(*) > 0
  UNION ALL SELECT 'store-open', 'pg_hba.conf lets every address try a password '
    '(line ' || lines || '), and a few hundred connections that wait there '
    'keep all hosts out; name the hosts'' networks in it, and '
    'let the firewall drop all others: docs/guide/fleet.md'
  FROM wide WHERE lines IS NOT NULL
  UNION ALL SELECT 'store-open', 'authentication_timeout is ' || s.setting
    || ' s, the time for which a connection without a password can keep another '
    'one out; there run: ALTER SYSTEM SET authentication_timeout = ''5s''; '
    'SELECT pg_reload_conf()'
  FROM pg_settings s WHERE s.name = 'authentication_timeout'
    AND s.setting::int > 10
  UNION ALL SELECT 'store-prepared', 'max_prepared_transactions is '
    || s.setting || ', so a stolen host can keep rows locked when its '
    'connection has ended' || coalesce((SELECT ', as '
      || string_agg(DISTINCT x.owner::text, ', ') || ' does now (run: twofactl '
      'state host disable)' FROM pg_prepared_xacts x
      JOIN host ON host.id = x.owner::regrole), '') || '; there run: ALTER '
    'SYSTEM SET max_prepared_transactions = 0, and restart it'
  FROM pg_settings s WHERE s.name = 'max_prepared_transactions'
    AND s.setting::int > 0
  UNION ALL SELECT 'store-role', 'roles of hosts have settings that twofactl '
    'has not made: ' || left(string_agg(DISTINCT d.setrole::regrole || ' '
      || left(regexp_replace(c, '[^ -~]', '?', 'g'), 80), ', '), 2000)
    || '; anyone with the password of a host can make them; for that host run: twofactl '
    'state host add NAME --renew'
  FROM pg_db_role_setting d JOIN host ON host.id = d.setrole,
    unnest(d.setconfig) c LEFT JOIN pg_settings s
      ON s.name = lower(split_part(c, '=', 1))
  WHERE coalesce(s.context, 'user') = 'user'
    AND s.name IS DISTINCT FROM 'log_parameter_max_length_on_error'
  HAVING count(*) > 0
  UNION ALL SELECT 'store-standby', late.n || ' sessions wait for a standby: '
    || coalesce(behind.names, 'it') || ' does not answer, so right codes are denied; restart it, or take it out of '
    'synchronous_standby_names where another one follows'
  FROM late, behind WHERE late.sync
  UNION ALL SELECT 'store-full', taken.n || ' of ' || taken.most
    || ' connections are taken, most by ' || (SELECT string_agg(t.role || ' ('
      || t.n || ')', ', ') FROM (SELECT * FROM held ORDER BY n DESC, role
      LIMIT 3) t) || ': logins are denied when none is left; if a host has '
    'far more than the others, check it, and disable it: twofactl state '
    'host disable NAME; else raise max_connections there'
  FROM taken, late WHERE taken.n * 10 >= taken.most * 8 AND NOT late.sync
  UNION ALL SELECT 'store-size', x.n || ' hosts may log in, and each whose '
    'helper listens keeps one of ' || taken.most || ' connections for hold_s: '
    'raise max_connections to ' || (x.n + 72) / 50 * 50 || ', by a restart, on '
    'the standbys first, or set hold_s = 0 in store = { }'
  FROM taken, (SELECT count(*) AS n FROM host
    JOIN pg_roles r ON r.oid = host.id WHERE r.rolcanlogin) x
  WHERE x.n + 20 > taken.most $$;

-- Sessions that block others for longer than 5 s, or could: with a transaction
-- of that age that holds locks on our tables. Those that wait for the standby
-- are done.
CREATE OR REPLACE FUNCTION twofa_v1.blockers() RETURNS TABLE (pid int, role text,
  seconds bigint, waiting int) LANGUAGE sql STABLE AS $$
  WITH waits AS (SELECT b.pid, count(*)::int AS n
    FROM pg_stat_activity w, LATERAL unnest(pg_blocking_pids(w.pid)) b(pid)
    WHERE w.datname = current_database() AND w.wait_event_type = 'Lock'
    GROUP BY b.pid),
  holds AS (SELECT DISTINCT l.pid FROM pg_locks l
    JOIN pg_class c ON c.oid = l.relation
    WHERE c.relnamespace = 'twofa'::regnamespace AND l.granted
      AND l.mode NOT IN ('AccessShareLock', 'ShareUpdateExclusiveLock')
      AND l.database = (SELECT oid FROM pg_database
        WHERE datname = current_database()))
  SELECT a.pid, coalesce(a.usename::text, ''),
    extract(epoch FROM clock_timestamp() - a.xact_start)::bigint,
    coalesce(w.n, 0)
  FROM pg_stat_activity a LEFT JOIN waits w ON w.pid = a.pid
  WHERE a.xact_start < clock_timestamp() - interval '5 seconds'
    AND a.datname = current_database()
    AND a.wait_event IS DISTINCT FROM 'SyncRep'
    AND (w.pid IS NOT NULL OR a.wait_event_type IS DISTINCT FROM 'Lock'
      AND a.pid IN (SELECT h.pid FROM holds h))
  ORDER BY 4 DESC, 3 DESC LIMIT 5 $$;

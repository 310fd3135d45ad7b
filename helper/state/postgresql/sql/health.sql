-- SPDX-License-Identifier: BSD-2-Clause
-- What `twofactl doctor` asks of the server as a host: nothing of a user's.

-- The settings by which the log gets what hosts pass on: numbers and codes are
-- hidden there, names are not.
CREATE FUNCTION twofa.printed() RETURNS text LANGUAGE sql STABLE AS $$
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

CREATE FUNCTION twofa_v1.health(OUT role text, OUT backend int,
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

-- What doctor finds wrong there, under its name for that; `twofactl state init`
-- and `host list` say it as well. Sessions that wait for a standby are its
-- fault: no other is named then.
CREATE FUNCTION twofa_v1.risks() RETURNS TABLE (name text, words text)
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
  SELECT 'store-log', twofa.printed() || ': its log gets what hosts pass on, '
    'names, sources and times of logins; turn that off, or run there: '
    || string_agg(format('ALTER DATABASE %I SET %s = 0', current_database(), n),
      '; ') FROM unnest(ARRAY['log_parameter_max_length',
      'log_parameter_max_length_on_error']) n WHERE twofa.printed() <> ''
  HAVING count(*) > 0
  UNION ALL SELECT 'store-open', 'pg_hba.conf lets every address come as far '
    'as the password (line ' || lines || '), and a few hundred connections '
    'that stop there shut all hosts out; name the hosts'' networks in it, and '
    'let the firewall drop all others: docs/guide/fleet.md'
  FROM wide WHERE lines IS NOT NULL
  UNION ALL SELECT 'store-open', 'authentication_timeout is ' || s.setting
    || ' s, and so long a connection without a password keeps another one '
    'out; there run: ALTER SYSTEM SET authentication_timeout = ''5s''; '
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
    'has not made: ' || string_agg(DISTINCT d.setrole::regrole || ' ' || c, ', ')
    || '; who has the password of a host can make them; run for it: twofactl '
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
      LIMIT 3) t) || ': logins are denied when none is left; where a host has '
    'far more than the others, look at it, and shut it out: twofactl state '
    'host disable NAME; else raise max_connections there'
  FROM taken, late WHERE taken.n * 10 >= taken.most * 8 AND NOT late.sync $$;

-- Who keeps others waiting for longer than 5 s, or could: a transaction as old
-- as that with rows of ours in hand. One that waits for the standby is done.
CREATE FUNCTION twofa_v1.blockers() RETURNS TABLE (pid int, role text,
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

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

-- Who keeps others waiting for longer than 5 s, or could: a transaction as old
-- as that with rows of ours in hand.
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
    AND (w.pid IS NOT NULL OR a.wait_event_type IS DISTINCT FROM 'Lock'
      AND a.pid IN (SELECT h.pid FROM holds h))
  ORDER BY 4 DESC, 3 DESC LIMIT 5 $$;

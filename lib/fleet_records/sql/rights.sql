-- SPDX-License-Identifier: BSD-2-Clause
-- Privileges. The functions run as their owner; a host's role has access to no
-- table and can create nothing. A connection may read "\m" in a text as "m", so
-- patterns would be others: each function says how its own are read. Nor does it
-- show plans (debug_print_plan), which have what a function has read.
DO $$
DECLARE f regprocedure;
BEGIN
  FOR f IN SELECT p.oid::regprocedure FROM pg_catalog.pg_proc p
    WHERE p.pronamespace = 'twofa_v1'::regnamespace LOOP
    EXECUTE format('ALTER FUNCTION %s SECURITY DEFINER '
      'SET search_path = pg_catalog, pg_temp '
      'SET standard_conforming_strings = on SET client_min_messages = warning', f);
  END LOOP;
END $$;

REVOKE ALL ON SCHEMA twofa, twofa_v1 FROM PUBLIC;
REVOKE ALL ON ALL FUNCTIONS IN SCHEMA twofa, twofa_v1 FROM PUBLIC;
ALTER DEFAULT PRIVILEGES REVOKE EXECUTE ON FUNCTIONS FROM PUBLIC;
GRANT USAGE ON SCHEMA twofa_v1 TO twofa_host, twofa_admin;
GRANT EXECUTE ON ALL FUNCTIONS IN SCHEMA twofa_v1 TO twofa_admin;
-- By name, so that a new function is not granted to hosts by oversight.
-- Functions that a host of an older release calls stay granted.
DO $$
DECLARE f regprocedure;
BEGIN
  FOR f IN SELECT p.oid::regprocedure FROM pg_catalog.pg_proc p
    WHERE p.pronamespace = 'twofa_v1'::regnamespace
      AND p.proname IN ('alert_take', 'attempt', 'begin', 'begin_look', 'blockers', 'claim',
        'claim_look', 'code_claim', 'code_recent', 'drop', 'end', 'enrol',
        'enrol_may', 'finish',
        'got_in', 'guess_look', 'guess_refund', 'guess_right', 'guess_take',
        'health', 'holds', 'hotp_last', 'invitation_find', 'look', 'noop', 'number_free', 'pass_over',
        'passed_left', 'record', 'recovery_claim', 'recovery_left',
        'recovery_list', 'recovery_users', 'refund', 'refuse',
        'replace', 'restore', 'risks', 'send_refund',
        'send_take', 'send_windows', 'spend', 'started', 'stranger', 'totp_attempt',
        'totp_note', 'unknown', 'unsent', 'unsent_count', 'verifier_get',
        'version') LOOP
    EXECUTE format('GRANT EXECUTE ON FUNCTION %s TO twofa_host', f);
  END LOOP;
END $$;
RESET ROLE;

-- Called by a host after a lock_timeout: ends all connections of each host that
-- holds locks as no login does, returns their number, and suspends that host. A
-- login's call is one statement, so it is never idle in a transaction, and it
-- runs for 2 s at most, or commits: sessions that wait for the standby or the
-- disk are spared, since their change is made; but not while the standby has
-- long had it on its disk, as no login waits for more. One that has changed
-- nothing may keep a table from an upgrade, for which all others wait. A machine
-- that was paused can make a statement seem long, so that suspends for a minute
-- alone. The owner of this function may end connections, and write this column,
-- and nothing else.
CREATE OR REPLACE FUNCTION twofa_v1.unblock() RETURNS int LANGUAGE plpgsql VOLATILE
SECURITY DEFINER SET search_path = pg_catalog, pg_temp
SET standard_conforming_strings = on SET client_min_messages = warning AS $$
DECLARE a record; n int; result int := 0; flushed bool;
  lsn pg_lsn := pg_current_wal_flush_lsn();
  commit text := set_config('synchronous_commit', 'local', true);
BEGIN
  IF EXISTS (SELECT FROM pg_stat_get_wal_senders() w
    WHERE w.sync_state IN ('sync', 'quorum')) THEN
    PERFORM pg_sleep(0.1);
    SELECT bool_and(coalesce(w.flush_lsn >= lsn, false)) INTO flushed
      FROM pg_stat_get_wal_senders() w
      WHERE w.sync_state IN ('sync', 'quorum');
    PERFORM pg_sleep(0.3); -- sessions that waited for that go on now
  END IF;
  -- by what they do now: twofa.end_kept has looked before
  PERFORM pg_stat_clear_snapshot();
  FOR a IN SELECT s.usesysid, s.usename,
      bool_or(s.state LIKE 'idle in transaction%') AS idle
    FROM pg_stat_activity s WHERE s.pid <> pg_backend_pid()
      AND s.datname = current_database() AND (s.state LIKE 'idle in transaction%'
        OR s.wait_event = 'SyncRep' AND flushed
          AND s.xact_start < clock_timestamp() - interval '5 s'
        OR s.xact_start < clock_timestamp() - interval '2.2 s'
        AND lower(coalesce(s.wait_event, ''))
          NOT IN ('syncrep', 'walsync', 'walwrite')
        AND (s.backend_xid IS NOT NULL OR EXISTS (SELECT FROM pg_stat_activity b
          WHERE b.wait_event_type = 'Lock'
            AND s.pid = ANY (pg_blocking_pids(b.pid)))))
      AND EXISTS (SELECT FROM pg_auth_members m WHERE m.member = s.usesysid
        AND m.roleid = 'twofa_host'::regrole) GROUP BY 1, 2 LOOP
    SELECT count(*) FILTER (WHERE pg_terminate_backend(s.pid)) INTO n
      FROM pg_stat_activity s WHERE s.usesysid = a.usesysid
        AND s.pid <> pg_backend_pid() AND s.datname = current_database()
        AND (flushed OR s.wait_event IS DISTINCT FROM 'SyncRep');
    RAISE LOG 'twofa: % held locks as no login does, so its % connections were ended, and it is suspended for a while: check whether that host is stolen',
      a.usename, n;
    UPDATE twofa.host h SET suspended = greatest(h.suspended, now()
        + CASE WHEN a.idle THEN interval '10 min' ELSE interval '1 min' END)
      WHERE h.name = substr(a.usename, 7);
    result := result + n;
  END LOOP;
  RETURN result;
END $$;
GRANT USAGE ON SCHEMA twofa TO twofa_unblock;
GRANT SELECT (name, suspended), UPDATE (suspended) ON twofa.host
  TO twofa_unblock;
ALTER FUNCTION twofa_v1.unblock() OWNER TO twofa_unblock;
REVOKE ALL ON FUNCTION twofa_v1.unblock() FROM PUBLIC;
-- twofa.end_kept calls it
GRANT EXECUTE ON FUNCTION twofa_v1.unblock() TO twofa_host, twofa_owner;

-- Privileges that a stolen host could abuse and that are not needed here.
ALTER DEFAULT PRIVILEGES REVOKE EXECUTE ON FUNCTIONS FROM PUBLIC;
REVOKE ALL ON SCHEMA public FROM PUBLIC;
-- a role that may change this view may lock it, and keep risks() waiting
REVOKE UPDATE ON pg_catalog.pg_settings FROM PUBLIC;
DO $$
DECLARE f regprocedure;
BEGIN
  EXECUTE format('REVOKE ALL ON DATABASE %I FROM PUBLIC', current_database());
  EXECUTE format('GRANT CONNECT ON DATABASE %I TO twofa_host, twofa_admin',
    current_database());
  FOR f IN SELECT p.oid::regprocedure FROM pg_catalog.pg_proc p
    WHERE p.pronamespace = 'pg_catalog'::regnamespace
      AND p.proname ~ '^(pg_(try_)?advisory_|lo_|pg_notify$|pg_logical_emit)|^(lowrite|loread)$'
  LOOP
    EXECUTE format('REVOKE EXECUTE ON FUNCTION %s FROM PUBLIC', f);
    -- twofa_v1.noop uses it to wait for the standby
    IF f::text LIKE 'pg_logical_emit_message(%text%' THEN
      EXECUTE format('GRANT EXECUTE ON FUNCTION %s TO twofa_owner', f);
    END IF;
  END LOOP;
END $$;
-- for twofa_v1.risks
GRANT EXECUTE ON FUNCTION pg_catalog.pg_hba_file_rules() TO twofa_owner;
-- Sorts of a host do not fill the disk; `host add` sets it for a new one. Each
-- may change its own settings, in a transaction that stays, for which this would
-- wait, so those that have it are left out.
DO $$
DECLARE name text;
BEGIN
  FOR name IN SELECT m.member::regrole::text FROM pg_catalog.pg_auth_members m
    WHERE m.roleid = 'twofa_host'::regrole AND NOT EXISTS (SELECT
      FROM pg_catalog.pg_db_role_setting d WHERE d.setrole = m.member
        AND 'temp_file_limit=8MB' = ANY (d.setconfig)) LOOP
    EXECUTE format('ALTER ROLE %s SET temp_file_limit = ''8MB''', name);
  END LOOP;
END $$;
-- a host may not run DO blocks
GRANT USAGE ON LANGUAGE plpgsql TO twofa_owner;
REVOKE USAGE ON LANGUAGE plpgsql FROM PUBLIC;

-- SPDX-License-Identifier: BSD-2-Clause
-- Users' records, for hosts with users = "state". body is the text, with an
-- app's secret encrypted; seal binds it to its user. Both are under a key that
-- the hosts have and this server has not (lib/fleet_records/fleet_records.h).
-- groups: hosts with one of these groups may read it; hosts without groups may
-- read all.
CREATE TABLE IF NOT EXISTS twofa.record(usr text COLLATE "C" PRIMARY KEY, body text NOT NULL,
  seal bytea NOT NULL, groups text[] NOT NULL, at bigint NOT NULL,
  by text NOT NULL);

-- The records that each host has read, in case it is stolen; and the numbers, with
-- their "+", that it has asked for (enrol). granted is the
-- transaction that wrote the row.
CREATE TABLE IF NOT EXISTS twofa.record_read(host text, usr text COLLATE "C",
  at bigint NOT NULL, granted xid8 NOT NULL, PRIMARY KEY(host, usr));
CREATE INDEX IF NOT EXISTS record_read_at ON twofa.record_read(host, at);

-- A host's requests are serialised by the gate 'r ' and its name.
-- answer: 0 no record, 1 found, 2 ask again, 3 too many in this hour (body: the
-- limit), 4 not for this host's groups, 5 unknown or disabled host. fleet_key
-- identifies the key of the records.
--
-- A host could roll back after reading an answer, and so hide it from the
-- table. So the first call in an hour only notes the request, and a later
-- transaction, which finds the note committed, gets the record.
CREATE OR REPLACE FUNCTION twofa_v1.record(w twofa_v1.who, p_user text, OUT answer int,
  OUT fleet_key bytea, OUT body text, OUT seal bytea)
LANGUAGE plpgsql VOLATILE AS $$
#variable_conflict use_column
DECLARE r record;
BEGIN
  -- in one statement, as another key comes with other records
  SELECT m.fleet_key AS mark, x.* INTO r
    FROM twofa.meta m LEFT JOIN twofa.record x ON x.usr = p_user;
  fleet_key := r.mark;
  -- a role made by hand has no groups that could restrict it
  IF NOT pg_has_role(session_user, 'twofa_admin', 'MEMBER')
    AND NOT EXISTS (SELECT FROM twofa.host h WHERE h.name = twofa.me()
      AND h.disabled IS NULL) THEN
    answer := 5;
    RETURN;
  END IF;
  IF r.usr IS NULL THEN
    answer := 0;
    RETURN;
  END IF;
  IF NOT pg_has_role(session_user, 'twofa_admin', 'MEMBER') THEN
    IF EXISTS (SELECT FROM twofa.host h WHERE h.name = twofa.me()
      AND cardinality(h.groups) > 0 AND NOT h.groups && r.groups) THEN
      RAISE LOG 'twofa: host % asked for the record of %, who is in none of its groups',
        twofa.me(), p_user;
      answer := 4;
      RETURN;
    END IF;
    answer := twofa.record_note(p_user, NULL);
    IF answer = 3 THEN
      body := twofa.users_per_hour();
      RAISE LOG 'twofa: host % was refused the record of %: it has read those of % users within an hour; if so many log in there, run: twofactl state host change % --hourly-users N',
        twofa.me(), p_user, body, twofa.me();
    END IF;
    IF answer <> 1 THEN RETURN; END IF;
  END IF;
  answer := 1;
  body := r.body;
  seal := r.seal;
END $$;

-- Set by an administrator, not by the host.
CREATE OR REPLACE FUNCTION twofa.users_per_hour() RETURNS int LANGUAGE sql STABLE AS $$
  SELECT coalesce((SELECT h.users_per_hour FROM twofa.host h
    WHERE h.name = twofa.me()), 50) $$;

-- Ends transactions that hosts keep open with a change: no login does, and one of a
-- record that is seen a day after its time would count at once. One without ends
-- by no unblock, which takes its time, and each read would wait for that.
CREATE OR REPLACE FUNCTION twofa.end_kept() RETURNS void LANGUAGE plpgsql VOLATILE AS $$
BEGIN
  IF EXISTS (SELECT FROM pg_stat_activity s JOIN pg_auth_members m
      ON m.member = s.usesysid AND m.roleid = 'twofa_host'::regrole
    WHERE s.pid <> pg_backend_pid() AND s.datname = current_database()
      AND s.backend_xid IS NOT NULL AND (s.state LIKE 'idle in transaction%'
          AND s.state_change < clock_timestamp() - interval '1 s'
        OR s.xact_start < clock_timestamp() - interval '10 s'
          AND lower(coalesce(s.wait_event, ''))
            NOT IN ('syncrep', 'walsync', 'walwrite'))) THEN
    PERFORM twofa_v1.unblock();
    -- it commits locally, for who waits for it, but this read is noted
    PERFORM set_config('synchronous_commit', 'on', true);
  END IF;
END $$;

-- Notes that this host asks for a record, or for a number with its "+". 1: an
-- earlier transaction of this hour has noted it; 2 noted now, ask again; 3 it has
-- asked for p_most others of that kind in this hour (NULL: users_per_hour).
CREATE OR REPLACE FUNCTION twofa.record_note(p_what text, p_most int) RETURNS int
LANGUAGE plpgsql VOLATILE AS $$
DECLARE me text := twofa.me(); wall bigint := twofa.wall_s();
BEGIN
  IF EXISTS (SELECT FROM twofa.record_read x WHERE x.host = me
      AND x.usr = p_what AND x.at > wall - 3600
      AND x.granted IS DISTINCT FROM pg_current_xact_id_if_assigned()) THEN
    RETURN 1;
  END IF;
  PERFORM set_config('synchronous_commit', 'on', true);
  PERFORM twofa.gate('r ' || me);
  wall := twofa.wall_s();
  IF (SELECT count(*) FROM twofa.record_read x WHERE x.host = me
      AND x.usr <> p_what AND (x.usr LIKE '+%') = (p_what LIKE '+%')
      AND x.at > wall - 3600) >= coalesce(p_most, twofa.users_per_hour()) THEN
    RETURN 3;
  END IF;
  INSERT INTO twofa.record_read VALUES (me, p_what, wall, pg_current_xact_id())
  ON CONFLICT ON CONSTRAINT record_read_pkey
    DO UPDATE SET at = excluded.at, granted = excluded.granted;
  PERFORM twofa.end_kept(); -- seldom enough
  RETURN 2;
END $$;

-- For administrators. p_user NULL: all. Without a record returns a row that has
-- the key alone.
CREATE OR REPLACE FUNCTION twofa_v1.record_list(w twofa_v1.who, p_user text)
RETURNS TABLE (fleet_key bytea, usr text, body text, seal bytea, groups text,
  at bigint, by text) LANGUAGE sql STABLE AS $$
  SELECT m.fleet_key, r.usr, r.body, r.seal, array_to_string(r.groups, ','),
    r.at, r.by
  FROM twofa.meta m LEFT JOIN twofa.record r ON p_user IS NULL OR r.usr = p_user
  ORDER BY r.usr $$;

-- After a change of a record: one that is once more as it was would revive them.
-- Waits for no login, as an administrator has no gate while hosts are denied.
CREATE OR REPLACE FUNCTION twofa.remembered_end(p_user text) RETURNS void
LANGUAGE sql VOLATILE AS $$
  DELETE FROM twofa.grace g WHERE g.ctid = ANY (ARRAY(SELECT x.ctid
    FROM twofa.grace x WHERE twofa.is_remembered(x.usr, p_user)
    FOR UPDATE SKIP LOCKED)) $$;

-- 1; 0: the record no longer has the seal p_was (NULL: there was no record); 2:
-- the state is under another key than p_key. p_groups NULL: unchanged. A record
-- that has a line of twofactl self, or is as before, stays who wrote it: its host
-- may be stolen.
CREATE OR REPLACE FUNCTION twofa_v1.record_put(w twofa_v1.who, p_user text, p_body text,
  p_seal bytea, p_groups text, p_by text, p_was bytea, p_key bytea)
RETURNS int LANGUAGE plpgsql VOLATILE AS $$
DECLARE n int; wanted text[] := string_to_array(p_groups, ',');
  who text := session_user || ' ' || p_by;
BEGIN
  -- locked until the end, so that record_rekey waits
  PERFORM FROM twofa.meta m WHERE m.fleet_key = p_key FOR KEY SHARE;
  IF NOT FOUND THEN
    RETURN 2;
  END IF;
  PERFORM set_config('synchronous_commit', 'on', true);
  IF p_was IS NULL THEN
    INSERT INTO twofa.record AS r VALUES (p_user, p_body, p_seal,
      coalesce(wanted, '{}'), twofa.wall_s(), who)
    ON CONFLICT ON CONSTRAINT record_pkey DO UPDATE SET by = r.by
      WHERE r.seal = excluded.seal;
  ELSE
    UPDATE twofa.record r SET body = p_body, seal = p_seal,
      groups = coalesce(wanted, r.groups), at = twofa.wall_s(),
      by = CASE WHEN r.seal = p_seal OR p_body ~ '(?n)^# self'
        THEN r.by ELSE who END
    WHERE r.usr = p_user AND r.seal IN (p_was, p_seal);
  END IF;
  GET DIAGNOSTICS n = ROW_COUNT;
  IF n = 1 AND p_was <> p_seal THEN
    PERFORM twofa.remembered_end(p_user);
  END IF;
  RETURN n;
END $$;

-- Returns the number of removed records: only one with the seal p_was.
CREATE OR REPLACE FUNCTION twofa_v1.record_remove(w twofa_v1.who, p_user text,
  p_was bytea) RETURNS int LANGUAGE plpgsql VOLATILE AS $$
DECLARE n int;
BEGIN
  PERFORM set_config('synchronous_commit', 'on', true);
  DELETE FROM twofa.record r WHERE r.usr = p_user AND r.seal = p_was;
  GET DIAGNOSTICS n = ROW_COUNT;
  IF n = 1 THEN
    PERFORM twofa.remembered_end(p_user);
  END IF;
  RETURN n;
END $$;

-- Puts all records under another fleet key, with its mark, or none of them.

-- p_rows: a line for each record, tab-separated: USER WAS SEAL BODY, where WAS
-- is its present seal; all but USER in hexadecimal. 1 done, now or before; 0 a
-- record was written or removed since they were read; 2 the state is not under
-- p_was.
CREATE OR REPLACE FUNCTION twofa_v1.record_rekey(w twofa_v1.who, p_was bytea, p_key bytea,
  p_rows text) RETURNS int LANGUAGE plpgsql VOLATILE AS $$
DECLARE mark bytea; there int; same int; given int;
BEGIN
  PERFORM set_config('synchronous_commit', 'on', true);
  -- record_put locks this row while it writes
  SELECT m.fleet_key INTO mark FROM twofa.meta m FOR UPDATE;
  IF mark = p_key THEN RETURN 1; END IF;
  IF mark IS DISTINCT FROM p_was THEN RETURN 2; END IF;
  PERFORM FROM twofa.record r ORDER BY r.usr FOR UPDATE;
  SELECT count(*), count(x.r), (SELECT count(*) FROM twofa.rows_of(p_rows))
    INTO there, same, given
  FROM twofa.record r LEFT JOIN twofa.rows_of(p_rows) x(r)
    ON x.r[1] = r.usr AND decode(x.r[2], 'hex') = r.seal;
  IF there <> same OR there <> given THEN RETURN 0; END IF;
  UPDATE twofa.record r SET seal = decode(x.r[3], 'hex'),
    body = convert_from(decode(x.r[4], 'hex'), 'UTF8')
  FROM twofa.rows_of(p_rows) x(r) WHERE x.r[1] = r.usr;
  UPDATE twofa.meta SET fleet_key = p_key;
  RETURN 1;
END $$;

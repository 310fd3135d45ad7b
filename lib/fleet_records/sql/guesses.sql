-- SPDX-License-Identifier: BSD-2-Clause
-- Internal: clocks, locks, and counts of wrong codes. Only functions of
-- twofa_v1 call these, as their owner. A new connection parses and plans each
-- statement again, so a login needs few of them.
CREATE OR REPLACE FUNCTION twofa.now_ms() RETURNS bigint LANGUAGE sql VOLATILE
AS $$ SELECT (extract(epoch FROM clock_timestamp()) * 1000)::bigint $$;
CREATE OR REPLACE FUNCTION twofa.wall_s() RETURNS bigint LANGUAGE sql VOLATILE
AS $$ SELECT floor(extract(epoch FROM clock_timestamp()))::bigint $$;

-- A row names its table and its transaction. A dump brings it into others, where
-- what was used since is good again; standbys and pg_upgrade keep both. opens:
-- until then hosts are denied.
CREATE TABLE IF NOT EXISTS twofa.home(one bool PRIMARY KEY DEFAULT true CHECK (one),
  rel oid NOT NULL, made xid NOT NULL DEFAULT pg_current_xact_id()::xid,
  opens timestamptz NOT NULL DEFAULT now());
INSERT INTO twofa.home(rel) VALUES ('twofa.home'::regclass)
  ON CONFLICT DO NOTHING;
-- Why hosts are denied, or NULL.
CREATE OR REPLACE FUNCTION twofa.restored() RETURNS text LANGUAGE sql STABLE AS $$
  SELECT CASE WHEN h.made = h.xmin AND h.rel = h.tableoid
    THEN 'the state was restored: logins go on in '
      || nullif(greatest(ceil(extract(epoch FROM h.opens - now())), 0), 0) || ' s'
    ELSE 'the state was restored from a dump: on the administrator''s machine '
      'run: twofactl state restored' END
  FROM (VALUES (1)) v LEFT JOIN twofa.home h ON true $$;

-- The host, by the role that logged in; a parameter could be forged. Each step
-- of a login asks, before it locks a row: a host that is suspended locks no row.
CREATE OR REPLACE FUNCTION twofa.me() RETURNS text LANGUAGE plpgsql STABLE AS $$
DECLARE me text := substr(session_user::text, length('twofa_') + 1);
BEGIN
  IF session_user = 'twofa_operator' THEN
    RETURN coalesce(current_setting('twofa.host', true), '');
  END IF;
  IF NOT EXISTS (SELECT FROM twofa.home h WHERE h.made = h.xmin
      AND h.rel = h.tableoid AND h.opens <= now()) THEN
    RAISE EXCEPTION '%', twofa.restored() USING ERRCODE = '42000';
  END IF;
  IF EXISTS (SELECT FROM twofa.host h WHERE h.name = me
      AND h.suspended > now()) THEN
    RAISE EXCEPTION '% is suspended, as it held locks as no login does: if it is stolen, run on admin01: twofactl state host disable %, else: twofactl state host add % --renew',
      me, me, me USING ERRCODE = '42501';
  END IF;
  RETURN me;
END $$;

-- True for a source that is another one on each host.
CREATE OR REPLACE FUNCTION twofa.is_local(p_source text) RETURNS bool LANGUAGE sql
IMMUTABLE AS $$ SELECT p_source ~ '^(uid:|sock:|127\.|::/64$)' $$;

-- Serialises sessions that count under these names, by row locks, since
-- advisory locks can exhaust the server's memory; in ascending order. A session
-- that waited must see what others did meanwhile, so a stolen host may not
-- choose another isolation level. One that is suspended locks nothing.
CREATE OR REPLACE FUNCTION twofa.gate(VARIADIC p_names text[]) RETURNS void
LANGUAGE plpgsql VOLATILE AS $$
BEGIN
  IF current_setting('transaction_isolation') <> 'read committed' THEN
    RAISE EXCEPTION 'read committed is wanted' USING ERRCODE = '25001';
  END IF;
  PERFORM FROM twofa.gate g WHERE g.n = ANY (ARRAY(
      SELECT (hashtext(name) & 4095) + 4096 * strpos('hgr', left(name, 1))
      FROM unnest(p_names) name WHERE name <> ''))
    AND twofa.me() IS NOT NULL ORDER BY g.n FOR UPDATE;
END $$;
CREATE OR REPLACE FUNCTION twofa.gate_of(w twofa_v1.who, VARIADIC p_users text[])
RETURNS void LANGUAGE plpgsql VOLATILE AS $$
BEGIN
  PERFORM twofa.gate('u ' || p_users[1], 'u ' || p_users[2],
    'u ' || nullif(w.account, ''), 'g ' || twofa.me());
END $$;

-- How long a lock is, by the time of the first one. That is a host's word: no
-- end of a lock may be beyond the type's range, for others look at it.
CREATE OR REPLACE FUNCTION twofa.lock_s(p_first bigint, p_beyond bigint) RETURNS bigint
LANGUAGE sql IMMUTABLE AS $$
  SELECT least(86400, least(greatest(p_first, 0), 86400)
    << least(p_beyond, 17)::int) $$;
-- The rest of a lock that began at p_from.
CREATE OR REPLACE FUNCTION twofa.lock_left(p_from bigint, p_first bigint, p_beyond bigint,
  wall bigint) RETURNS bigint LANGUAGE sql IMMUTABLE AS $$
  SELECT twofa.lock_s(p_first, p_beyond) - (greatest(p_from, wall) - p_from) $$;

-- Twice what a host's wrong codes count for a lock after so many; of another
-- host always less than locks, as it may be stolen.
CREATE OR REPLACE FUNCTION twofa.halves(p_shared int, p_after int) RETURNS int
LANGUAGE sql IMMUTABLE AS $$ SELECT least(2 * p_shared, 2 * p_after - 1) $$;

-- Whether a code may be tried: 1 yes, 2 locked, 3 locked out until unlock.
-- ahead: a lock began in this clock's future. l: this host's limits, by which
-- wrong codes that count on all hosts lock here (NULL: not used). fresh: no
-- wrong code was counted for the user, the usual case, in which no more is
-- read.
CREATE OR REPLACE FUNCTION twofa.guess_look(w twofa_v1.who, p_user text, p_source text,
  l twofa_v1.limits, me text, wall bigint, OUT guess int, OUT wait_s bigint,
  OUT refused bool, OUT ahead bool, OUT fresh bool)
LANGUAGE plpgsql STABLE AS $$
BEGIN
  guess := 1; wait_s := 0; refused := false; ahead := false;
  fresh := NOT EXISTS (SELECT FROM twofa.guess g
    WHERE g.usr IN (p_user, w.account) AND g.scope = w.scope);
  IF fresh THEN RETURN; END IF;
  SELECT CASE WHEN g.shut THEN 3 WHEN g.wait_s > 0 THEN 2 ELSE 1 END,
    CASE WHEN g.shut THEN 0 ELSE g.wait_s END, g.refused, g.ahead
    INTO guess, wait_s, refused, ahead
  FROM (SELECT coalesce(max(g.wrong) FILTER (WHERE g.source = ''
          AND g.place = me) >= 100
        OR sum(g.shared) FILTER (WHERE g.source = '' AND g.usr = p_user) >= 100
        OR sum(g.shared) FILTER (WHERE g.source = '' AND g.usr <> p_user)
          >= 100, false) AS shut,
      greatest(CASE WHEN sum(n.halves) FILTER (WHERE g.source <> '')
            >= 2 * l.after
          THEN twofa.lock_left(max(g.shared_at) FILTER (WHERE g.source <> ''),
            l.lock_s, sum(n.halves) FILTER (WHERE g.source <> '') / 2
            - l.after, wall) END,
        CASE WHEN sum(n.halves) FILTER (WHERE g.source = ''
            AND g.usr = p_user) >= 2 * l.after_total
          THEN twofa.lock_left(max(g.shared_at) FILTER (WHERE g.source = ''
            AND g.usr = p_user), l.lock_s, sum(n.halves) FILTER (
            WHERE g.source = '' AND g.usr = p_user) / 2 - l.after_total, wall)
          END,
        CASE WHEN sum(n.halves) FILTER (WHERE g.source = ''
            AND g.usr <> p_user) >= 2 * l.after_total
          THEN twofa.lock_left(max(g.shared_at) FILTER (WHERE g.source = ''
            AND g.usr <> p_user), l.lock_s, sum(n.halves) FILTER (
            WHERE g.source = '' AND g.usr <> p_user) / 2 - l.after_total, wall)
          END,
        max(CASE WHEN g.place = me
          THEN greatest(g.until, g.until_all) ELSE g.until_all END
        - greatest(g.locked_at, wall)), 0) AS wait_s,
      coalesce(bool_or(g.source <> '' AND g.place = me
        AND g.refused > wall AND g.refused >= g.until), false) AS refused,
      coalesce(bool_or(g.locked_at > wall OR g.shared_at > wall), false) AS ahead
    FROM twofa.guess g, LATERAL (SELECT twofa.halves(g.shared,
        CASE WHEN g.place <> me THEN CASE g.source WHEN '' THEN l.after_total
          ELSE l.after END END) AS halves) n
    WHERE g.scope = w.scope AND (g.usr = p_user AND g.source IN (p_source, '')
        OR g.usr = w.account AND g.usr <> '' AND g.source = '')) g;
END $$;

-- Lets a lock that began in the future begin now, so that it ends. By the clock
-- as it is now, as in all that changes other hosts' rows: a stolen host can let
-- a call wait for a day that has read it before.
CREATE OR REPLACE FUNCTION twofa.guess_repair(w twofa_v1.who, p_user text, p_source text)
RETURNS void LANGUAGE plpgsql VOLATILE AS $$
DECLARE wall bigint := twofa.wall_s();
BEGIN
  UPDATE twofa.guess SET locked_at = least(locked_at, wall),
    until = until - greatest(locked_at - wall, 0),
    until_all = greatest(until_all - greatest(locked_at - wall, 0), 0),
    shared_at = least(shared_at, wall)
  WHERE scope = w.scope AND (locked_at > wall OR shared_at > wall)
    AND (usr = p_user AND source IN (p_source, '')
      OR usr = w.account AND usr <> '' AND source = '');
END $$;

-- Counts a guess, once it is known that it may be tried. Of one host, 3 count
-- on all hosts for a source, and 10 for the user; they lock there once a second
-- host has counted some, by the limits of the mildest of these hosts, but no
-- milder than the defaults. So a stolen host, which may report anything, locks
-- users on itself only, and prevents no lock. alone: the host has counted too
-- many in an hour. A source without guesses for 30 days is forgotten; more than
-- one row is removed for each that is added. guess_first is the short path for
-- the first wrong code of a user, as each login counts one before its code is
-- checked.
CREATE OR REPLACE FUNCTION twofa.guess_count(w twofa_v1.who, p_user text, p_source text,
  l twofa_v1.limits, fresh bool, me text, wall bigint)
RETURNS twofa_v1.counted LANGUAGE plpgsql VOLATILE AS $$
DECLARE c twofa_v1.counted;
BEGIN
  IF fresh AND l.after > 1 AND l.after_total > 1 AND w.account = ''
    AND w.socket = 0 THEN
    c := twofa.guess_first(w, p_user, p_source, l, me, wall);
  ELSE
    c := twofa.guess_next(w, p_user, p_source, l, me, wall);
  END IF;
  IF c.alone THEN
    RAISE LOG 'twofa: host % has counted % wrong codes in an hour, so they count for it alone: check whether it is stolen',
      me, l.host_hour;
  END IF;
  IF c.series_source % 4 = 0 THEN
    DELETE FROM twofa.guess g WHERE g.ctid = ANY (ARRAY(SELECT x.ctid
      FROM twofa.guess x WHERE x.source <> '' AND x.place = me
        AND x.hour_at <= wall - 2592000 AND x.last <= wall - 2592000
        AND x.until <= wall LIMIT 8 FOR UPDATE SKIP LOCKED));
  END IF;
  RETURN c;
END $$;
CREATE OR REPLACE FUNCTION twofa.guess_first(w twofa_v1.who, p_user text, p_source text,
  l twofa_v1.limits, me text, wall bigint) RETURNS twofa_v1.counted
LANGUAGE plpgsql VOLATILE AS $$
DECLARE c twofa_v1.counted; n int; r bigint := (random() * 9e15)::bigint;
BEGIN
  SELECT coalesce(sum(x.hour_n), 0) INTO n
  FROM (SELECT g.hour_n FROM twofa.guess g WHERE g.place = me
    AND g.hour_at > wall - 3600 AND g.source = '' AND g.scope = w.scope
    LIMIT l.host_hour) x;
  c := ROW(p_user, p_source, r, r, NULL, false, false, NULL, 0, 0, NULL,
    n >= l.host_hour)::twofa_v1.counted;
  n := (NOT c.alone)::int;
  INSERT INTO twofa.guess(usr, source, place, scope, series, wrong, shared,
    shared_at, after, lock_s, locks, locked_at, until, last, hour_at, hour_n)
  VALUES (p_user, p_source, me, w.scope, r, 1,
      CASE WHEN twofa.is_local(p_source) THEN 0 ELSE n END, wall, l.after,
      l.lock_s, 0, 0, 0, wall, wall, 1),
    (p_user, '', me, w.scope, r, 1, n, wall, l.after_total, l.lock_s,
      0, 0, 0, wall, wall, 1);
  RETURN c;
END $$;
CREATE OR REPLACE FUNCTION twofa.guess_next(w twofa_v1.who, p_user text, p_source text,
  l twofa_v1.limits, me text, wall bigint) RETURNS twofa_v1.counted
LANGUAGE plpgsql VOLATILE AS $$
DECLARE c twofa_v1.counted;
BEGIN
  -- a stolen host may name no source, whose row is the one of all sources
  WITH k(nth, usr, source, after, usual, cap) AS (VALUES
      (1, p_user, p_source, l.after, CASE p_source WHEN '' THEN 30 ELSE 6 END,
        CASE WHEN twofa.is_local(p_source) THEN 0 ELSE 3 END),
      (2, p_user, '', l.after_total, 30, 10),
      (3, nullif(w.account, ''), '', l.after_total, 30, 10)),
  h AS (SELECT coalesce(sum(x.hour_n), 0) >= l.host_hour AS alone
    FROM (SELECT g.hour_n FROM twofa.guess g WHERE g.place = me
      AND g.hour_at > wall - 3600 AND g.source = '' AND g.scope = w.scope
      LIMIT l.host_hour) x),
  o AS (SELECT k.nth, k.usr, k.source, h.alone,
      greatest(k.after, max(least(g.after, k.usual)) FILTER (
        WHERE g.place <> me AND g.shared > 0)) AS after_all,
      least(greatest(l.lock_s, 1), min(greatest(g.lock_s, 900)) FILTER (
        WHERE g.place <> me AND g.shared > 0)) AS lock_all,
      coalesce(sum(twofa.halves(g.shared, k.after)) FILTER (
        WHERE g.place <> me), 0)::int AS others,
      coalesce(max(g.wrong) FILTER (WHERE g.place = me), 0) + 1 AS wrong,
      coalesce(max(g.shared) FILTER (WHERE g.place = me), 0) AS shared,
      coalesce(max(g.shared) FILTER (WHERE g.place = me), 0) < k.cap
        AND NOT h.alone AS counts, k.after
    FROM k CROSS JOIN h LEFT JOIN twofa.guess g ON g.usr = k.usr
      AND g.source = k.source AND g.scope = w.scope
    WHERE k.nth = 1 OR w.socket = 0 AND (k.nth = 2 OR k.usr <> p_user)
    GROUP BY k.nth, k.usr, k.source, k.after, k.cap, h.alone),
  n AS (SELECT o.*, o.wrong >= o.after AS locks_here, o.counts AND o.others > 0
      AND o.others / 2.0 + o.shared + 1 >= o.after_all AS locks_all FROM o),
  i AS (INSERT INTO twofa.guess AS x (usr, source, place, scope, series, wrong,
      shared, shared_at, after, lock_s, locks, locked_at, until, until_all, last, hour_at,
      hour_n)
    SELECT n.usr, n.source, me, w.scope, (random() * 9e15)::bigint, n.wrong,
      n.shared + n.counts::int, CASE WHEN n.counts THEN wall ELSE 0 END,
      n.after, l.lock_s,
      (n.locks_here OR n.locks_all)::int,
      CASE WHEN n.locks_here OR n.locks_all THEN wall ELSE 0 END,
      CASE WHEN n.locks_here
        THEN wall + twofa.lock_s(l.lock_s, n.wrong - n.after) ELSE 0 END,
      CASE WHEN n.locks_all THEN wall + twofa.lock_s(n.lock_all,
        n.others / 2 + n.shared + 1 - n.after_all) ELSE 0 END,
      wall, wall, 1
    FROM n
    ON CONFLICT ON CONSTRAINT guess_pkey DO UPDATE SET wrong = excluded.wrong,
      shared = excluded.shared,
      shared_at = greatest(x.shared_at, excluded.shared_at),
      after = excluded.after,
      lock_s = excluded.lock_s, locks = x.locks + excluded.locks,
      locked_at = greatest(x.locked_at, excluded.locked_at),
      until = greatest(x.until, excluded.until),
      until_all = greatest(x.until_all, excluded.until_all), last = wall,
      hour_at = CASE WHEN x.hour_at > wall - 3600 THEN x.hour_at
        ELSE wall END,
      hour_n = CASE WHEN x.hour_at > wall - 3600 THEN x.hour_n ELSE 0 END + 1
    RETURNING x.usr, x.source, x.series, x.locks)
  SELECT p_user, p_source, max(i.series) FILTER (WHERE n.nth = 1),
    max(i.series) FILTER (WHERE n.nth = 2),
    max(i.series) FILTER (WHERE n.nth = 3),
    bool_or(n.locks_here OR n.locks_all) FILTER (WHERE n.nth = 1),
    bool_or(n.locks_here OR n.locks_all) FILTER (WHERE n.nth = 2),
    bool_or(n.locks_here OR n.locks_all) FILTER (WHERE n.nth = 3),
    max(i.locks) FILTER (WHERE n.nth = 1),
    max(i.locks) FILTER (WHERE n.nth = 2),
    max(i.locks) FILTER (WHERE n.nth = 3), bool_or(n.alone) AND w.socket = 0
  INTO c FROM n JOIN i ON i.usr = n.usr AND i.source = n.source;
  RETURN c;
END $$;

-- Undoes a count, but nothing that a right code has cleared since, and no lock
-- of a later count. All these rows are of this host.
CREATE OR REPLACE FUNCTION twofa.guess_back(w twofa_v1.who, c twofa_v1.counted)
RETURNS void LANGUAGE plpgsql VOLATILE AS $$
DECLARE me text := twofa.me();
BEGIN
  IF c.usr IS NULL THEN RETURN; END IF;
  UPDATE twofa.guess g SET wrong = greatest(g.wrong - 1, 0),
    shared = least(g.shared, greatest(g.wrong - 1, 0)),
    hour_n = greatest(g.hour_n - 1, 0),
    until = CASE WHEN t.locked AND g.locks = t.lock THEN 0 ELSE g.until END,
    until_all = CASE WHEN t.locked AND g.locks = t.lock THEN 0
      ELSE g.until_all END,
    locked_at = CASE WHEN t.locked AND g.locks = t.lock THEN 0
      ELSE g.locked_at END
  FROM (VALUES
    (c.usr, c.source, c.series_source, c.locked_source, c.lock_source),
    (c.usr, '', c.series_total, c.locked_total, c.lock_total),
    (w.account, '', c.series_account, c.locked_account, c.lock_account))
    t(usr, source, series, locked, lock)
  WHERE g.usr = t.usr AND g.source = t.source AND g.place = me
    AND g.scope = w.scope AND g.series = t.series
    AND (t.source <> '' OR w.socket = 0);
  DELETE FROM twofa.guess g WHERE g.scope = w.scope AND g.wrong = 0
    AND g.until = 0 AND g.place = me
    AND (g.usr = c.usr AND g.source IN (c.source,
        CASE WHEN w.socket = 0 THEN '' ELSE c.source END)
      OR w.socket = 0 AND g.usr = w.account AND g.usr <> ''
      AND g.source = '');
END $$;

-- After a right code: clears all counts of this host, and those of other hosts
-- that are a day old and lock nobody out, so that a stolen host, which may
-- report right codes for any user, unlocks nothing there. p_recovery: after a
-- recovery code, which does not end a lockout.
CREATE OR REPLACE FUNCTION twofa.guess_clear(w twofa_v1.who, p_user text, p_source text,
  p_recovery bool, me text, wall bigint) RETURNS void
LANGUAGE plpgsql VOLATILE AS $$
BEGIN
  DELETE FROM twofa.guess g WHERE g.scope = w.scope
    AND (g.usr = p_user AND g.source IN (p_source,
        CASE WHEN w.socket = 0 THEN '' ELSE p_source END)
      OR w.socket = 0 AND g.usr = w.account AND g.usr <> ''
      AND g.source = '')
    AND (g.place = me OR g.last <= wall - 86400 AND g.wrong < 100
      AND NOT twofa.is_local(g.source))
    AND NOT (p_recovery AND EXISTS (SELECT FROM twofa.guess s
      WHERE s.usr = g.usr AND s.source = '' AND s.scope = g.scope
      HAVING max(s.wrong) FILTER (WHERE s.place = me) >= 100
        OR sum(s.shared) >= 100));
END $$;

-- Remembers a login, after a right code.
CREATE OR REPLACE FUNCTION twofa.remember(r twofa_v1.right_code)
RETURNS void LANGUAGE plpgsql VOLATILE AS $$
DECLARE wall bigint := twofa.wall_s();
BEGIN
  DELETE FROM twofa.grace g WHERE g.ctid = ANY (ARRAY(SELECT x.ctid
    FROM twofa.grace x WHERE x.until <= wall OR x.since > wall
    LIMIT 8 FOR UPDATE SKIP LOCKED));
  INSERT INTO twofa.grace VALUES (coalesce(r.remembered_as, r.usr), r.binding,
    twofa.me(), wall, wall + least(r.remember_s, 2592000)) ON CONFLICT ON CONSTRAINT grace_pkey
    DO UPDATE SET since = excluded.since, until = excluded.until;
END $$;

-- After the clock was set back, or on another server: ends logins remembered in
-- the clock's future for good, also at a standby.
CREATE OR REPLACE FUNCTION twofa.remembered_repair() RETURNS void
LANGUAGE plpgsql VOLATILE AS $$
DECLARE wall bigint;
BEGIN
  PERFORM set_config('synchronous_commit', 'on', true);
  wall := twofa.wall_s();
  DELETE FROM twofa.grace g WHERE g.ctid = ANY (ARRAY(SELECT x.ctid
    FROM twofa.grace x WHERE x.since > wall FOR UPDATE SKIP LOCKED));
END $$;

-- All that a right code changes. Last successes have a row for each host.
CREATE OR REPLACE FUNCTION twofa.right_step(w twofa_v1.who, r twofa_v1.right_code,
  p_recovery bool, wall bigint) RETURNS void LANGUAGE plpgsql VOLATILE AS $$
BEGIN
  PERFORM twofa.guess_clear(w, r.usr, r.source, p_recovery, twofa.me(), wall),
    twofa.answered_note(w, r, twofa.me(), wall), twofa.host_note(twofa.me());
  IF r.service IS NOT NULL THEN
    INSERT INTO twofa.passed VALUES (r.usr, r.service, r.method, r.provider,
      twofa.me(), wall) ON CONFLICT ON CONSTRAINT passed_pkey
      DO UPDATE SET at = excluded.at;
  END IF;
  IF r.binding IS NOT NULL THEN PERFORM twofa.remember(r); END IF;
END $$;

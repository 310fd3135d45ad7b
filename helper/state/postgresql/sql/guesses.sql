-- SPDX-License-Identifier: BSD-2-Clause
-- Inside: clocks, locks, and the account of wrong codes. Only functions of
-- twofa_v1 call these, as their owner.
CREATE FUNCTION twofa.now_ms() RETURNS bigint LANGUAGE sql VOLATILE
AS $$ SELECT (extract(epoch FROM clock_timestamp()) * 1000)::bigint $$;
CREATE FUNCTION twofa.wall_s() RETURNS bigint LANGUAGE sql VOLATILE
AS $$ SELECT floor(extract(epoch FROM clock_timestamp()))::bigint $$;

-- The role that logged in says which host this is; a parameter could lie.
CREATE FUNCTION twofa.me() RETURNS text LANGUAGE sql STABLE
AS $$ SELECT CASE session_user WHEN 'twofa_operator'
    THEN coalesce(current_setting('twofa.host', true), '')
    ELSE substr(session_user::text, length('twofa_') + 1) END $$;

-- Another one on each host, so counted with its name.
CREATE FUNCTION twofa.place(p_source text) RETURNS text LANGUAGE sql STABLE
AS $$ SELECT CASE WHEN p_source ~ '^(uid:|sock:|127\.|::/64$)' THEN twofa.me()
  ELSE '' END $$;

-- What is counted under such a name waits for others that do. Rows, since
-- advisory locks can exhaust the server's memory; always from the lowest up. Who
-- waited must see what others did meanwhile, which a stolen host may not want.
CREATE FUNCTION twofa.gate(VARIADIC p_names text[]) RETURNS void
LANGUAGE plpgsql VOLATILE AS $$
BEGIN
  IF current_setting('transaction_isolation') <> 'read committed' THEN
    RAISE EXCEPTION 'read committed is wanted' USING ERRCODE = '25001';
  END IF;
  PERFORM FROM twofa.gate g WHERE g.n IN (SELECT hashtext(name) & 4095
    FROM unnest(p_names) name WHERE name <> '') ORDER BY g.n FOR UPDATE;
END $$;
CREATE FUNCTION twofa.gate_of(w twofa_v1.who, VARIADIC p_users text[])
RETURNS void LANGUAGE sql VOLATILE AS $$
  SELECT twofa.gate(VARIADIC array_agg('u ' || name))
  FROM unnest(array_append(p_users, nullif(w.account, ''))) name $$;

-- May a code be tried? 1 yes, 2 locked, 3 shut until unlock.
CREATE FUNCTION twofa.guess_look(w twofa_v1.who, p_user text, p_source text,
  wall bigint, OUT guess int, OUT wait_s bigint, OUT refused bool)
LANGUAGE sql STABLE AS $$
  SELECT CASE WHEN g.shut THEN 3 WHEN g.wait_s > 0 THEN 2 ELSE 1 END,
    CASE WHEN g.shut THEN 0 ELSE g.wait_s END, g.refused
  FROM (SELECT coalesce(bool_or(source = '' AND wrong >= 100), false) AS shut,
    greatest(max(until - greatest(locked_at, wall)), 0) AS wait_s,
    coalesce(bool_or(source <> '' AND refused > wall AND refused >= until),
      false) AS refused
    FROM twofa.guess WHERE scope = w.scope
      AND (usr = p_user AND source IN (p_source, '')
        AND place IN (twofa.place(p_source), '')
        OR usr = w.account AND usr <> '' AND source = '')) g $$;

-- A lock that was made in the clock's future begins now, so that it ends.
CREATE FUNCTION twofa.guess_repair(w twofa_v1.who, p_user text, p_source text,
  wall bigint) RETURNS void LANGUAGE sql VOLATILE AS $$
  UPDATE twofa.guess SET locked_at = wall, until = wall + (until - locked_at)
  WHERE scope = w.scope AND locked_at > wall
    AND (usr = p_user AND source IN (p_source, '')
      AND place IN (twofa.place(p_source), '')
      OR usr = w.account AND usr <> '' AND source = '') $$;

CREATE FUNCTION twofa.guess_count_row(w twofa_v1.who, p_user text,
  p_source text, p_after int, p_first bigint, wall bigint,
  OUT series bigint, OUT locked bool, OUT lock bigint)
LANGUAGE plpgsql VOLATILE AS $$
DECLARE g twofa.guess;
BEGIN
  INSERT INTO twofa.guess AS x (usr, source, place, scope, series, wrong, locks,
    locked_at, until, last)
  VALUES (p_user, p_source, twofa.place(p_source), w.scope,
    (random() * 9e15)::bigint, 1, 0, 0, 0, wall)
  ON CONFLICT ON CONSTRAINT guess_pkey DO UPDATE SET wrong = x.wrong + 1,
    last = wall RETURNING x.* INTO g;
  locked := g.wrong >= p_after;
  IF locked THEN
    UPDATE twofa.guess x SET locks = x.locks + 1, locked_at = wall,
      until = wall + least(86400, p_first << least(g.wrong - p_after, 17))
    WHERE x.usr = p_user AND x.source = p_source AND x.place = g.place
      AND x.scope = w.scope RETURNING x.locks INTO g.locks;
  END IF;
  series := g.series; lock := g.locks;
END $$;

-- Once it is known that it may be tried. A source that nobody guessed at for 30
-- days is forgotten; more than one row goes for each that comes.
CREATE FUNCTION twofa.guess_count(w twofa_v1.who, p_user text, p_source text,
  l twofa_v1.limits, wall bigint) RETURNS twofa_v1.counted
LANGUAGE plpgsql VOLATILE AS $$
DECLARE c twofa_v1.counted; r record;
BEGIN
  c.usr := p_user; c.source := p_source;
  SELECT * INTO r FROM twofa.guess_count_row(w, p_user, p_source, l.after,
    l.lock_s, wall);
  c.series_source := r.series; c.locked_source := r.locked;
  c.lock_source := r.lock;
  IF r.series % 4 = 0 THEN
    DELETE FROM twofa.guess g WHERE g.ctid = ANY (ARRAY(SELECT x.ctid
      FROM twofa.guess x WHERE x.source <> '' AND x.last <= wall - 2592000
        AND x.until <= wall LIMIT 8 FOR UPDATE SKIP LOCKED));
  END IF;
  IF w.socket <> 0 THEN RETURN c; END IF;
  SELECT * INTO r FROM twofa.guess_count_row(w, p_user, '', l.after_total,
    l.lock_s, wall);
  c.series_total := r.series; c.locked_total := r.locked;
  c.lock_total := r.lock;
  IF w.account = '' THEN RETURN c; END IF;
  SELECT * INTO r FROM twofa.guess_count_row(w, w.account, '', l.after_total,
    l.lock_s, wall);
  c.series_account := r.series; c.locked_account := r.locked;
  c.lock_account := r.lock;
  RETURN c;
END $$;

-- Take back what a count did: nothing that a right code has cleared since, no
-- lock that a later count has made.
CREATE FUNCTION twofa.guess_back(w twofa_v1.who, c twofa_v1.counted)
RETURNS void LANGUAGE plpgsql VOLATILE AS $$
BEGIN
  IF c.usr IS NULL THEN RETURN; END IF;
  UPDATE twofa.guess g SET wrong = greatest(g.wrong - 1, 0),
    until = CASE WHEN t.locked AND g.locks = t.lock THEN 0 ELSE g.until END,
    locked_at = CASE WHEN t.locked AND g.locks = t.lock THEN 0
      ELSE g.locked_at END
  FROM (VALUES
    (c.usr, c.source, c.series_source, c.locked_source, c.lock_source),
    (c.usr, '', c.series_total, c.locked_total, c.lock_total),
    (w.account, '', c.series_account, c.locked_account, c.lock_account))
    t(usr, source, series, locked, lock)
  WHERE g.usr = t.usr AND g.source = t.source AND g.place = twofa.place(t.source)
    AND g.scope = w.scope AND g.series = t.series
    AND (t.source <> '' OR w.socket = 0);
  DELETE FROM twofa.guess g WHERE g.scope = w.scope AND g.wrong = 0
    AND g.until = 0 AND (g.usr = c.usr AND g.source IN (c.source,
        CASE WHEN w.socket = 0 THEN '' ELSE c.source END)
      AND g.place IN (twofa.place(c.source), '')
      OR w.socket = 0 AND g.usr = w.account AND g.usr <> ''
      AND g.source = '');
END $$;

-- A right code. recovery: of paper, which opens nothing that is shut.
CREATE FUNCTION twofa.guess_clear(w twofa_v1.who, p_user text, p_source text,
  p_recovery bool) RETURNS void LANGUAGE sql VOLATILE AS $$
  DELETE FROM twofa.guess g WHERE g.scope = w.scope
    AND (g.usr = p_user AND g.source IN (p_source,
        CASE WHEN w.socket = 0 THEN '' ELSE p_source END)
      AND g.place IN (twofa.place(p_source), '')
      OR w.socket = 0 AND g.usr = w.account AND g.usr <> ''
      AND g.source = '')
    AND NOT (p_recovery AND EXISTS (SELECT FROM twofa.guess s
      WHERE s.usr = g.usr AND s.source = '' AND s.scope = w.scope
        AND s.wrong >= 100)) $$;

-- All that a right code brings with it (store_right.h).
CREATE FUNCTION twofa.right_step(w twofa_v1.who, r twofa_v1.right_code,
  p_recovery bool, wall bigint) RETURNS void LANGUAGE plpgsql VOLATILE AS $$
BEGIN
  PERFORM twofa.guess_clear(w, r.usr, r.source, p_recovery);
  IF r.service IS NOT NULL THEN
    INSERT INTO twofa.passed VALUES (r.usr, r.service, r.method, r.provider,
      twofa.me(), wall) ON CONFLICT ON CONSTRAINT passed_pkey
      DO UPDATE SET at = excluded.at;
  END IF;
  IF r.binding IS NULL THEN RETURN; END IF;
  DELETE FROM twofa.grace g WHERE g.ctid = ANY (ARRAY(SELECT x.ctid
    FROM twofa.grace x WHERE x.until <= wall OR x.since > wall
    LIMIT 8 FOR UPDATE SKIP LOCKED));
  INSERT INTO twofa.grace VALUES (coalesce(r.remembered_as, r.usr), r.binding,
    twofa.me(), wall, wall + r.remember_s) ON CONFLICT ON CONSTRAINT grace_pkey
    DO UPDATE SET since = excluded.since, until = excluded.until;
END $$;

-- Remembered logins of a user, and of the people of an account.
CREATE FUNCTION twofa.forget(p_user text) RETURNS int LANGUAGE sql VOLATILE AS $$
  WITH gone AS (DELETE FROM twofa.grace WHERE usr = p_user
    OR usr > p_user || '//' AND usr < p_user || '/0' RETURNING 1)
  SELECT count(*)::int FROM gone $$;

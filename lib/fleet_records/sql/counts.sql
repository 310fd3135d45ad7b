-- SPDX-License-Identifier: BSD-2-Clause
-- Messages, wrong codes and single-use codes outside of a verification.
CREATE OR REPLACE FUNCTION twofa.send_step(w twofa_v1.who, m twofa_v1.message,
  p_keep bool, p_invited bigint, OUT sent int, OUT id bigint,
  OUT wait_s bigint, OUT which text) LANGUAGE plpgsql VOLATILE AS $$
DECLARE wall bigint := twofa.wall_s(); money record; f twofa.fleet;
  me text := twofa.me();
  commit text := set_config('synchronous_commit', 'local', true);
BEGIN
  IF p_keep THEN
    PERFORM twofa.gate('u ' || m.usr, 'n ' || m.number,
      's ' || nullif(m.source, ''), 'h ' || me);
    IF NOT EXISTS (SELECT FROM twofa.fleet x WHERE x.scope = w.scope
      AND x.minute BETWEEN wall / 60 AND wall / 60 + 1) THEN
      PERFORM twofa.message_tidy(w);
    END IF;
  END IF;
  wait_s := 0; which := '';
  IF (SELECT s.many FROM twofa.message_many(w, m, me, wall) s) THEN
    SELECT x.wait_s, x.which INTO wait_s, which
      FROM twofa.message_wait(w, m, me, wall) x;
  END IF;
  f := twofa.fleet_lock(w);
  SELECT * INTO money FROM twofa.money_wait(w, m, f, wall);
  IF money.wait_s > wait_s THEN
    wait_s := money.wait_s; which := money.which;
  END IF;
  IF p_invited > 0 THEN wait_s := p_invited; which := 'invitation'; END IF;
  sent := CASE WHEN wait_s > 0 THEN 2 ELSE 1 END;
  IF sent = 1 AND p_keep THEN
    id := twofa.message_insert(w, m, f, me, wall);
  END IF;
END $$;
CREATE OR REPLACE FUNCTION twofa_v1.send_windows(w twofa_v1.who, m twofa_v1.message)
RETURNS TABLE (name text, most int, used int) LANGUAGE plpgsql STABLE AS $$
DECLARE wall bigint := twofa.wall_s(); me text := twofa.me();
BEGIN
  RETURN QUERY SELECT v.name, v.most, CASE WHEN v.nth = 9
      THEN (SELECT count(*) FROM twofa.send s WHERE s.scope = w.scope
        AND s.at > wall - v.secs AND s.kind < 9)
      ELSE greatest(count(*) FILTER (WHERE x.mine),
        count(*) FILTER (WHERE x.counts)) END::int
    FROM twofa.windows(w, m, me, wall) v
    LEFT JOIN twofa.window_rows(w, m, me, wall) x ON x.nth = v.nth
    GROUP BY v.nth, v.name, v.secs, v.most ORDER BY v.nth;
END $$;
CREATE OR REPLACE FUNCTION twofa_v1.send_refund(w twofa_v1.who, p_id bigint)
RETURNS void LANGUAGE plpgsql VOLATILE AS $$
BEGIN
  PERFORM set_config('synchronous_commit', 'local', true);
  PERFORM twofa.message_price(w, p_id, NULL);
END $$;

CREATE OR REPLACE FUNCTION twofa_v1.guess_take(w twofa_v1.who, p_user text, p_source text,
  l twofa_v1.limits, OUT guess int, OUT wait_s bigint,
  OUT c twofa_v1.counted) LANGUAGE plpgsql VOLATILE AS $$
DECLARE wall bigint := twofa.wall_s(); ahead bool; fresh bool;
  me text := twofa.me();
BEGIN
  PERFORM set_config('synchronous_commit', 'on', true);
  PERFORM twofa.gate_of(w, p_user);
  SELECT g.guess, g.wait_s, g.ahead, g.fresh INTO guess, wait_s, ahead, fresh
    FROM twofa.guess_look(w, p_user, p_source, l, me, wall) g;
  IF ahead THEN PERFORM twofa.guess_repair(w, p_user, p_source); END IF;
  IF guess = 1 THEN
    c := twofa.guess_count(w, p_user, p_source, l, fresh, me, wall);
  END IF;
END $$;
CREATE OR REPLACE FUNCTION twofa_v1.guess_look(w twofa_v1.who, p_user text, p_source text,
  OUT guess int, OUT wait_s bigint, OUT refused bool)
LANGUAGE plpgsql VOLATILE AS $$
DECLARE wall bigint := twofa.wall_s(); ahead bool; fresh bool;
  me text := twofa.me();
BEGIN
  SELECT g.guess, g.wait_s, g.refused, g.ahead
    INTO guess, wait_s, refused, ahead
    FROM twofa.guess_look(w, p_user, p_source, NULL, me, wall) g;
  IF ahead THEN PERFORM twofa.guess_repair(w, p_user, p_source); END IF;
END $$;
CREATE OR REPLACE FUNCTION twofa_v1.guess_refund(w twofa_v1.who, p_back twofa_v1.counted)
RETURNS void LANGUAGE plpgsql VOLATILE AS $$
BEGIN
  PERFORM set_config('synchronous_commit', 'local', true);
  PERFORM twofa.gate_of(w, p_back.usr);
  PERFORM twofa.guess_back(w, p_back);
END $$;
CREATE OR REPLACE FUNCTION twofa_v1.guess_right(w twofa_v1.who, p_user text,
  p_source text) RETURNS void LANGUAGE plpgsql VOLATILE AS $$
BEGIN
  PERFORM twofa.gate_of(w, p_user);
  PERFORM twofa.guess_clear(w, p_user, p_source, false, twofa.me(),
    twofa.wall_s());
END $$;
-- A denial on the phone: a lock that no refund removes. It holds for this host
-- alone, since a stolen host can report one for any user.
CREATE OR REPLACE FUNCTION twofa_v1.refuse(w twofa_v1.who, p_user text, p_source text,
  p_seconds bigint, p_id bigint, p_request text) RETURNS void
LANGUAGE plpgsql VOLATILE AS $$
DECLARE wall bigint := twofa.wall_s();
BEGIN
  p_seconds := least(p_seconds, 3600); -- STORE_REFUSED_S
  PERFORM set_config('synchronous_commit', 'on', true);
  PERFORM twofa.gate_of(w, p_user);
  INSERT INTO twofa.guess AS g (usr, source, place, scope, series, wrong, locks,
    locked_at, until, last, refused)
  VALUES (p_user, p_source, twofa.me(), w.scope, (random() * 9e15)::bigint, 0, 1,
    wall, wall + p_seconds, wall, wall + p_seconds) ON CONFLICT ON CONSTRAINT guess_pkey DO UPDATE
    SET locks = g.locks + 1, locked_at = wall, last = wall,
      until = greatest(g.until, excluded.until), refused = excluded.refused;
  DELETE FROM twofa.grace WHERE w.socket = 0 AND (usr = p_user
    OR usr > p_user || '//' AND usr < p_user || '/0');
  PERFORM twofa_v1."end"(w, p_id, p_request);
END $$;

-- kind: bits of enum recovery_use. A recovery code holds whatever the clock says,
-- unless a phone made it: that one does not before since, a day after until.
CREATE OR REPLACE FUNCTION twofa.code_holds(r twofa.recovery) RETURNS bool
LANGUAGE sql STABLE AS $$
  SELECT r.kind = 0 AND r.since <= r.until OR r.since <= twofa.wall_s()
    AND (r.kind = 0 OR r.until > twofa.wall_s()) $$;
-- How long invitations that no login has used hold codes back.
CREATE OR REPLACE FUNCTION twofa.invited_s(m twofa_v1.message, wall bigint) RETURNS bigint
LANGUAGE sql STABLE AS $$
  SELECT coalesce(max(x.until) - wall, 0) FROM twofa.recovery x
  WHERE x.usr = m.usr AND x.kind = 3 AND twofa.code_holds(x) $$;
CREATE OR REPLACE FUNCTION twofa_v1.send_take(w twofa_v1.who, m twofa_v1.message,
  p_keep bool, OUT sent int, OUT id bigint, OUT wait_s bigint, OUT which text)
LANGUAGE sql VOLATILE AS $$
  SELECT * FROM twofa.send_step(w, m, p_keep,
    twofa.invited_s(m, twofa.wall_s())) $$;
-- A text without a code: no invitation holds it back.
CREATE OR REPLACE FUNCTION twofa_v1.alert_take(w twofa_v1.who, m twofa_v1.message,
  p_keep bool, OUT sent int, OUT id bigint, OUT wait_s bigint, OUT which text)
LANGUAGE sql VOLATILE AS $$
  SELECT * FROM twofa.send_step(w, m, p_keep, 0) $$;
CREATE OR REPLACE FUNCTION twofa_v1.recovery_list(w twofa_v1.who, p_user text)
RETURNS TABLE (id bigint, salt bytea, kind int, over_at bigint, note text)
LANGUAGE sql STABLE AS $$
  SELECT r.id, r.salt, r.kind, r.until, r.note FROM twofa.recovery r
  WHERE r.usr = p_user AND twofa.code_holds(r) ORDER BY r.id $$;
-- p_hash: hashes of one typed code with the salt of each id. An id may have
-- been reused by now, for a code with another hash.
CREATE OR REPLACE FUNCTION twofa_v1.recovery_claim(w twofa_v1.who, p_id bigint[],
  p_hash bytea[], r twofa_v1.right_code, OUT used int, OUT codes int,
  OUT kind int, OUT over_at bigint, OUT note text)
LANGUAGE plpgsql VOLATILE AS $$
DECLARE enrols bool := r.method = 0; c twofa.recovery;
BEGIN
  PERFORM set_config('synchronous_commit', 'on', true);
  PERFORM twofa.gate_of(w, r.usr);
  DELETE FROM twofa.recovery x
    WHERE x.usr = r.usr AND x.kind > 0 AND x.until <= twofa.wall_s();
  SELECT y.* INTO c FROM twofa.recovery y, unnest(p_id, p_hash) u(id, hash)
    WHERE y.id = u.id AND y.usr = r.usr AND y.hash = sha256(u.hash)
      AND twofa.code_holds(y)
      AND CASE WHEN enrols THEN y.kind > 1 ELSE y.kind <> 2 END
    ORDER BY y.id LIMIT 1 FOR UPDATE OF y;
  kind := c.kind; over_at := c.until; note := c.note;
  IF kind = 3 AND NOT enrols THEN
    -- as if long ago, where no service of root's was asked
    UPDATE twofa.recovery x SET kind = 2,
      since = CASE WHEN w.socket = 0 THEN twofa.wall_s() ELSE 0 END
      WHERE x.id = c.id;
  ELSE
    DELETE FROM twofa.recovery x WHERE x.id = c.id;
  END IF;
  GET DIAGNOSTICS used = ROW_COUNT;
  SELECT count(*) INTO codes FROM twofa.recovery x
    WHERE x.usr = r.usr AND x.kind = 0;
  IF used = 1 AND NOT enrols THEN
    IF kind > 0 THEN -- for one login, which is not remembered
      r.method := 8; -- METHOD_BYPASS
      r.binding := NULL;
    END IF;
    PERFORM twofa.right_step(w, r, true, twofa.wall_s());
  END IF;
END $$;
CREATE OR REPLACE FUNCTION twofa_v1.recovery_left(w twofa_v1.who, p_user text)
RETURNS bigint LANGUAGE sql STABLE AS $$
  SELECT count(*) FROM twofa.recovery WHERE usr = p_user AND kind = 0 $$;
CREATE OR REPLACE FUNCTION twofa_v1.recovery_users(w twofa_v1.who)
RETURNS bigint LANGUAGE sql STABLE AS $$
  SELECT count(DISTINCT usr) FROM twofa.recovery WHERE kind = 0 $$;

-- The distance of a step from the server's clock. A stolen host could use up
-- the later steps, and so disable an app for good.
CREATE OR REPLACE FUNCTION twofa.step_off(p_step bigint, wall bigint) RETURNS bigint
LANGUAGE sql IMMUTABLE AS $$ SELECT abs(p_step - wall / 30) $$;
-- True twice for a session: its guess may be taken back.
CREATE OR REPLACE FUNCTION twofa.take_back(w twofa_v1.who, wall bigint) RETURNS bool
LANGUAGE plpgsql VOLATILE AS $$
BEGIN
  INSERT INTO twofa.taken_back AS t VALUES (twofa.me(), w.session, 1,
    wall + 3600) ON CONFLICT (host, session) DO UPDATE SET n = t.n + 1
    WHERE t.n < 2;
  RETURN FOUND;
END $$;

-- An app's code: counts a guess and uses up its step. A used step up to
-- p_newest is no wrong code (NULL: each is). p_newest is one after the host's
-- current step; if this clock has another, nothing is counted, claimed is 2 and
-- used_step is this clock's step: the host asks again by it.
CREATE OR REPLACE FUNCTION twofa_v1.totp_attempt(w twofa_v1.who, l twofa_v1.limits,
  p_secret bytea, p_step bigint, p_newest bigint, r twofa_v1.right_code,
  OUT guess int, OUT wait_s bigint, OUT c twofa_v1.counted, OUT claimed int,
  OUT used_step bigint, OUT used_source text) LANGUAGE plpgsql VOLATILE AS $$
DECLARE wall bigint := twofa.wall_s(); ahead bool; fresh bool;
  me text := twofa.me();
  commit text := set_config('synchronous_commit', 'on', true);
BEGIN
  PERFORM twofa.gate('u ' || r.usr, 'u ' || nullif(w.account, ''), 'g ' || me,
    't ' || encode(nullif(p_secret, ''), 'hex'));
  claimed := 0; used_step := 0;
  SELECT g.guess, g.wait_s, g.ahead, g.fresh INTO guess, wait_s, ahead, fresh
    FROM twofa.guess_look(w, r.usr, r.source, l, me, wall) g;
  IF ahead THEN
    PERFORM twofa.guess_repair(w, r.usr, r.source);
  END IF;
  IF guess <> 1 THEN RETURN; END IF;
  IF twofa.step_off(p_newest - 1, wall) > 1 THEN
    claimed := 2; used_step := wall / 30; RETURN;
  END IF;
  c := twofa.guess_count(w, r.usr, r.source, l, fresh, me, wall);
  -- a code of 60 s ends in the next step; counters have steps below 0
  IF p_step = 0 OR p_step > 0 AND least(twofa.step_off(p_step, wall),
    twofa.step_off(p_step + 1, wall)) > 1 THEN RETURN; END IF;
  claimed := twofa.totp_win(r.usr, p_secret, p_step, r.source);
  IF claimed = 1 THEN
    PERFORM twofa.right_step(w, r, false, wall);
  ELSIF p_newest IS NOT NULL AND p_secret <> '' THEN
    SELECT t.step, t.source INTO used_step, used_source FROM twofa.totp t
      WHERE (t.secret = p_secret OR t.usr = r.usr AND t.secret = ''
        AND t.source = '') AND t.step BETWEEN p_step AND p_newest
      ORDER BY t.step DESC LIMIT 1;
    -- not by AND: without a row it would still take one of the session's two
    IF used_step <> 0 THEN
      IF twofa.take_back(w, wall) THEN
        PERFORM twofa.guess_back(w, c);
      END IF;
    END IF;
  END IF;
END $$;
-- The step of the last counter that a token used, or 0.
CREATE OR REPLACE FUNCTION twofa_v1.hotp_last(w twofa_v1.who, p_secret bytea)
RETURNS bigint LANGUAGE sql STABLE AS $$
  SELECT coalesce(max(t.step), 0) FROM twofa.totp t
  WHERE t.secret = p_secret AND t.step < 0 $$;
CREATE OR REPLACE FUNCTION twofa_v1.totp_renew(w twofa_v1.who, p_user text, p_step bigint)
RETURNS void LANGUAGE plpgsql VOLATILE AS $$
BEGIN
  PERFORM twofa.gate_of(w, p_user);
  DELETE FROM twofa.totp WHERE usr = p_user AND step > twofa.wall_s() / 30 + 1;
  IF p_step <> 0 AND least(twofa.step_off(p_step, twofa.wall_s()),
    twofa.step_off(p_step + 1, twofa.wall_s())) <= 1 THEN
    INSERT INTO twofa.totp AS t VALUES (p_user, '', p_step, '')
    ON CONFLICT ON CONSTRAINT totp_pkey
    DO UPDATE SET step = greatest(t.step, excluded.step);
  END IF;
END $$;
CREATE OR REPLACE FUNCTION twofa_v1.code_claim(w twofa_v1.who, p_owner text,
  p_digest bytea, p_seconds bigint, r twofa_v1.right_code) RETURNS int
LANGUAGE plpgsql VOLATILE AS $$
DECLARE wall bigint := twofa.wall_s(); result int;
BEGIN
  PERFORM set_config('synchronous_commit', 'on', true);
  PERFORM twofa.gate('u ' || r.usr, 'u ' || nullif(w.account, ''),
    'c ' || p_owner);
  result := twofa.code_step(p_owner, p_digest);
  IF result = 1 THEN PERFORM twofa.right_step(w, r, false, wall); END IF;
  RETURN result;
END $$;
CREATE OR REPLACE FUNCTION twofa_v1.code_recent(w twofa_v1.who, p_owner text,
  p_digest bytea, p_seconds bigint, p_back twofa_v1.counted) RETURNS int
LANGUAGE plpgsql VOLATILE AS $$
DECLARE wall bigint := twofa.wall_s(); result int;
BEGIN
  PERFORM twofa.gate_of(w, p_back.usr);
  p_seconds := 86400;
  SELECT count(*) INTO result FROM twofa.code_used c WHERE c.usr = p_owner
    AND c.digest = p_digest
    AND c.until BETWEEN wall + p_seconds - 90 AND wall + p_seconds;
  IF result = 1 THEN PERFORM twofa.guess_back(w, p_back); END IF;
  RETURN result;
END $$;

CREATE OR REPLACE FUNCTION twofa_v1.pass_over(w twofa_v1.who, p_provider text,
  p_ms bigint) RETURNS void LANGUAGE plpgsql VOLATILE AS $$
BEGIN
  PERFORM set_config('synchronous_commit', 'local', true);
  INSERT INTO twofa.passed_over VALUES (p_provider, twofa.me(),
    twofa.now_ms() + least(p_ms, 90000))
    ON CONFLICT ON CONSTRAINT passed_over_pkey
    DO UPDATE SET until = excluded.until;
END $$;
CREATE OR REPLACE FUNCTION twofa_v1.passed_left(w twofa_v1.who, p_provider text)
RETURNS bigint LANGUAGE sql STABLE AS $$
  SELECT coalesce(max(x.until - t.now), 0)
  FROM (SELECT twofa.now_ms() AS now) t, twofa.passed_over x
  WHERE x.provider = p_provider AND x.host = twofa.me() AND x.until > t.now
    AND x.until <= t.now + 90000 $$;
-- Names of decoys: "ACCOUNT//." and 16 hex digits or none (owner_write_decoy);
-- no user or person has such a name. Whatever range a host gives, only their
-- rows are touched. stranger: notes a name typed at a shared account's prompt,
-- and returns 1 while these are fewer than 100.
CREATE OR REPLACE FUNCTION twofa.is_stranger(p_usr text, p_shared text) RETURNS bool
LANGUAGE sql IMMUTABLE AS $$ SELECT right(p_shared, 3) = '//.'
  AND starts_with(p_usr, p_shared)
  AND substr(p_usr, length(p_shared) + 1) ~ '^([0-9a-f]{16})?$' $$;
CREATE OR REPLACE FUNCTION twofa_v1.stranger(w twofa_v1.who, p_own text, p_shared text,
  p_end text) RETURNS int LANGUAGE plpgsql VOLATILE AS $$
DECLARE wall bigint := twofa.wall_s();
BEGIN
  IF NOT twofa.is_stranger(p_own, p_shared) THEN RETURN 0; END IF;
  PERFORM twofa.gate('u ' || p_shared);
  DELETE FROM twofa.guess WHERE usr >= p_shared AND usr < p_end
    AND twofa.is_stranger(usr, p_shared) AND until <= wall
    AND (last <= wall - 86400 OR last > wall);
  IF (SELECT count(DISTINCT usr) FROM twofa.guess WHERE usr >= p_shared AND usr < p_end
    AND source = '' AND scope = w.scope) < 100 THEN
    INSERT INTO twofa.guess(usr, source, place, scope, series, wrong, locks,
      locked_at, until, last) VALUES (p_own, '', twofa.me(), w.scope,
      (random() * 9e15)::bigint, 0, 0, 0, 0, wall)
      ON CONFLICT ON CONSTRAINT guess_pkey DO NOTHING;
  END IF;
  RETURN (SELECT count(DISTINCT usr) < 100 FROM twofa.guess
    WHERE usr >= p_shared AND usr < p_end AND source = ''
    AND scope = w.scope)::int;
END $$;

-- SPDX-License-Identifier: BSD-2-Clause
-- The four operations of a login, as in helper/store/store.h. Each is one
-- transaction. Changes by a right code wait for the standby
-- (synchronous_commit); those that a lost server may forget do not.
CREATE OR REPLACE FUNCTION twofa_v1.begin(w twofa_v1.who, p_user text, p_source text,
  p_binding bytea, p_as text, p_receiver text[], p_second text[],
  p_third text[], p_provider text[], p_type text[], p_methods int[],
  p_method int[], p_start_ms bigint[], m twofa_v1.message,
  l twofa_v1.limits, p_remember_s bigint DEFAULT 86400, p_idle_s bigint DEFAULT 0,
  OUT remembered bool, OUT codes int, OUT guess int, OUT guess_s bigint,
  OUT refused bool, OUT chosen bool, OUT passed text, OUT nth int,
  OUT claim int, OUT r twofa_v1.found, OUT sent int, OUT send bigint,
  OUT wait_s bigint, OUT which text, OUT codes_at bigint)
LANGUAGE plpgsql VOLATILE AS $$
DECLARE now bigint := twofa.now_ms(); wall bigint := twofa.wall_s();
  me text := twofa.me(); ahead bool; away text[]; known bool; many bool;
  tidied bigint; money_s bigint; money text; numbers text[]; f twofa.fleet;
  c record; early bool;
  commit text := set_config('synchronous_commit', 'local', true);
BEGIN
  -- other results are false, 0 and empty
  IF p_binding IS NOT NULL THEN
    SELECT EXISTS (SELECT FROM twofa.grace g
      WHERE g.usr = coalesce(p_as, p_user) AND g.binding = p_binding
        AND g.host = me AND g.since <= wall AND g.until > wall
        AND g.since + p_remember_s > wall),
      EXISTS (SELECT FROM twofa.grace g WHERE g.since > wall)
      INTO remembered, early;
    IF early THEN PERFORM twofa.remembered_repair(); END IF;
    IF remembered THEN
      p_remember_s := least(p_remember_s, 2592000);
      UPDATE twofa.grace g SET until = least(g.since + p_remember_s, wall + p_idle_s)
        WHERE g.usr = coalesce(p_as, p_user) AND g.binding = p_binding
          AND g.host = me
          AND g.until + 3600 < least(g.since + p_remember_s, wall + p_idle_s);
      RETURN;
    END IF;
  END IF;
  IF cardinality(p_receiver) > 0 THEN
    PERFORM twofa.gate(VARIADIC ARRAY['u ' || p_user,
      'u ' || nullif(w.account, ''), 'n ' || m.number,
      's ' || nullif(m.source, ''), 'h ' || me]
      || (SELECT array_agg('n ' || n) FROM unnest(p_receiver) n));
  END IF;
  SELECT (SELECT coalesce(nullif(count(*) FILTER (WHERE x.kind = 0), 0),
        count(*)) FROM twofa.recovery x
      WHERE x.usr = p_user AND x.kind <> 2 AND twofa.code_holds(x)),
      (SELECT max(x.until) FROM twofa.recovery x
      WHERE x.usr = p_user AND x.kind = 0 AND x.note <> ''),
      g.guess, g.wait_s, g.refused, g.ahead, p_binding IS NULL
      AND EXISTS (SELECT FROM twofa.grace x WHERE x.since > wall)
    INTO codes, codes_at, guess, guess_s, refused, ahead, early
    FROM twofa.guess_look(w, p_user, p_source, l, me, wall) g;
  IF ahead THEN PERFORM twofa.guess_repair(w, p_user, p_source); END IF;
  IF early THEN PERFORM twofa.remembered_repair(); END IF;
  IF guess <> 1 OR cardinality(p_receiver) = 0 THEN RETURN; END IF;

  SELECT ARRAY(SELECT x.provider FROM twofa.passed_over x
      WHERE x.provider = ANY (p_provider) AND x.host = me AND x.until > now
        AND x.until <= now + 90000),
    EXISTS (SELECT FROM twofa.verification x
      WHERE x.number = ANY (p_receiver || p_second || p_third)),
    (SELECT x.minute FROM twofa.fleet x WHERE x.scope = w.scope), s.many,
    true, 1, repeat('0', cardinality(p_provider)), 1, 0
    INTO away, known, tidied, many, chosen, nth, passed, claim, wait_s
    FROM twofa.message_many(w, m, me, wall) s;
  IF tidied IS NULL OR tidied NOT BETWEEN wall / 60 AND wall / 60 + 1 THEN
    PERFORM twofa.message_tidy(w);
    many := true;
  END IF;
  -- providers that were unreachable come last
  IF away <> '{}' THEN
    FOR i IN 1 .. cardinality(p_provider) LOOP
      IF p_provider[i] = ANY (away) THEN
        passed := overlay(passed placing '1' from i);
      END IF;
    END LOOP;
    nth := greatest(strpos(passed, '0'), 1);
  END IF;
  r := ROW(0, '', '', p_method[nth], 0, 0, 0, 0, 0, 0, 0, 0, true, false,
    false, false, p_provider[nth], p_type[nth])::twofa_v1.found;
  IF known THEN
    numbers := ARRAY[p_receiver[nth], p_second[nth], p_third[nth]];
    SELECT * INTO c FROM twofa.claim(w, p_user, numbers, p_provider[nth],
      p_type[nth], p_methods[nth], p_method[nth], p_start_ms[nth], me, now);
    claim := c.claim; r := c.r;
    IF claim <> 1 THEN RETURN; END IF;
  END IF;
  IF many THEN
    SELECT x.wait_s, x.which INTO wait_s, which
      FROM twofa.message_wait(w, m, me, wall) x;
  END IF;
  r.id := twofa.claim_insert(w, p_user, p_receiver[nth], p_provider[nth],
    p_type[nth], p_method[nth], p_start_ms[nth], me, now);
  f := twofa.fleet_lock(w);
  SELECT x.wait_s, x.which INTO money_s, money
    FROM twofa.money_wait(w, m, f, wall) x;
  IF money_s > wait_s THEN wait_s := money_s; which := money; END IF;
  money_s := twofa.invited_s(m, wall);
  IF money_s > 0 THEN wait_s := money_s; which := 'invitation'; END IF;
  IF wait_s > 0 THEN
    DELETE FROM twofa.verification v WHERE v.id = r.id;
    r.id := 0; sent := 2;
  ELSE
    send := twofa.message_insert(w, m, f, me, wall); sent := 1;
  END IF;
END $$;

-- 0; 1: this session no longer holds the row; 2: another row of its provider has
-- that id, 3: that number; 4: the other row is this user's, to be joined. Always
-- books the price.
CREATE OR REPLACE FUNCTION twofa_v1.started(w twofa_v1.who, p_id bigint, p_request text,
  p_method int, p_life bigint, p_lasts bigint, p_number text,
  p_verifier bytea, p_beside bool, p_send bigint, p_price bigint)
RETURNS int LANGUAGE plpgsql VOLATILE AS $$
DECLARE now bigint := twofa.now_ms(); result int := 0; n int; taken text;
  own twofa.verification; life bigint := twofa.longest_ms(p_life);
  me text := twofa.me();
  lasts bigint := twofa.longest_ms(p_lasts);
  commit text := set_config('synchronous_commit', 'local', true);
BEGIN
  -- or the error would name what the row has, which another host may have begun
  IF NOT (w.session, p_request, p_method, p_send) IS NOT NULL
      OR NOT twofa.is_readable('', '', p_request, p_method) THEN
    RETURN 1;
  END IF;
  IF p_number IS NOT NULL THEN
    PERFORM twofa.gate('n ' || p_number);
    DELETE FROM twofa.verification v USING twofa.verification o
      WHERE v.number = p_number AND v.id <> p_id AND v.state <> 'unknown'
        AND twofa.gives_way(w, v, p_id, now)
        AND o.id = p_id AND twofa.held(w, o);
    IF EXISTS (SELECT FROM twofa.verification v WHERE v.number = p_number
      AND v.id <> p_id AND v.state <> 'unknown') THEN result := 3; END IF;
  END IF;
  WHILE result = 0 LOOP
    BEGIN
      WITH s AS (UPDATE twofa.send SET verification = p_id WHERE id = p_send
        AND host = me AND EXISTS (SELECT FROM twofa.verification v
          WHERE v.id = p_id AND v.state IN ('starting', 'replacing', 'unknown')
            AND v.holder = w.process AND v.holder_host = me))
      UPDATE twofa.verification v SET state = 'running', session = w.session,
        host = v.holder_host, holder = 0, request_id = p_request,
        method = p_method, number = coalesce(p_number, v.number),
        -- another host's verifier stays there
        verifier = CASE WHEN v.host <> me THEN coalesce(p_verifier, '')
          WHEN p_verifier IS NULL THEN v.verifier
          WHEN p_beside AND v.method = p_method
            THEN substr(v.verifier, 1, 32) || p_verifier
          ELSE p_verifier END,
        sent_at = now, expires_at = now + life,
        lasts_at = CASE WHEN lasts > 0 THEN now + lasts
          ELSE v.lasts_at END,
        ends_at = greatest(now + life, CASE WHEN lasts > 0
          THEN now + lasts ELSE v.lasts_at END),
        sends = v.sends + 1, send = p_send
      WHERE v.id = p_id AND v.holder = w.process
        AND v.holder_host = me
        AND v.state IN ('starting', 'replacing', 'unknown');
      GET DIAGNOSTICS n = ROW_COUNT;
      IF n = 0 THEN result := 1; END IF;
      EXIT;
    EXCEPTION WHEN unique_violation THEN
      GET STACKED DIAGNOSTICS taken = CONSTRAINT_NAME;
      result := CASE WHEN taken = 'verification_id' THEN 2
        WHEN p_number IS NULL THEN 1 ELSE 3 END;
      DELETE FROM twofa.verification v WHERE v.request_id = p_request
        AND v.provider = (SELECT o.provider FROM twofa.verification o
          WHERE o.id = p_id)
        AND result = 2 AND v.id <> p_id AND twofa.gives_way(w, v, p_id, now);
      IF FOUND THEN result := 0; CONTINUE; END IF;
      -- or it is this user's row, with the number hashed by another fleet key:
      -- by the provider it is the same number, but no provider knows codes of ours
      DELETE FROM twofa.verification v USING twofa.verification o
        WHERE result = 2 AND o.verifier = '' AND v.id = p_id
          AND v.state = 'starting'
          AND twofa.held(w, v) AND o.request_id = p_request AND o.usr = v.usr
          AND o.provider = v.provider AND o.state = 'running'
          AND o.socket = v.socket
        RETURNING v.* INTO own;
      IF FOUND THEN
        -- what another host changes is its own, as above
        UPDATE twofa.verification v SET method = p_method, sent_at = now,
          number = coalesce(p_number, own.number), sends = v.sends + 1,
          send = p_send, host = me,
          session = CASE v.host WHEN me THEN v.session ELSE w.session END,
          verifier = CASE v.host WHEN me THEN v.verifier ELSE '' END
          WHERE v.request_id = p_request AND v.provider = own.provider;
        UPDATE twofa.send s SET verification = v.id FROM twofa.verification v
          WHERE s.id = p_send AND s.host = me AND v.request_id = p_request
          AND v.provider = own.provider;
        result := 4;
      END IF;
    END;
  END LOOP;
  IF p_price <> 0 THEN
    PERFORM twofa.message_price(w, p_send, p_price);
  END IF;
  RETURN result;
END $$;

-- The caller has taken the gates.
CREATE OR REPLACE FUNCTION twofa.attempt_step(w twofa_v1.who, p_user text, p_source text,
  l twofa_v1.limits, p_id bigint, p_tries int, OUT guess int,
  OUT wait_s bigint, OUT c twofa_v1.counted, OUT tried int,
  OUT r twofa_v1.found) LANGUAGE plpgsql VOLATILE AS $$
DECLARE now bigint := twofa.now_ms(); wall bigint := twofa.wall_s();
  v twofa.verification; ahead bool; fresh bool; me text := twofa.me();
  mine text := me || '/' || w.session;
BEGIN
  tried := 0;
  SELECT g.guess, g.wait_s, g.ahead, g.fresh INTO guess, wait_s, ahead, fresh
    FROM twofa.guess_look(w, p_user, p_source, l, me, wall) g;
  IF ahead THEN PERFORM twofa.guess_repair(w, p_user, p_source); END IF;
  IF guess <> 1 THEN RETURN; END IF;
  UPDATE twofa.verification x SET tries = x.tries + 1,
    tried = x.tried || mine
  WHERE x.id = p_id AND x.state = 'running' AND x.ends_at > now
    AND x.sent_at <= now + 30000 AND x.tries < p_tries RETURNING x.* INTO v;
  IF v.id IS NOT NULL THEN
    tried := 1;
    c := twofa.guess_count(w, p_user, p_source, l, fresh, me, wall);
  ELSE
    SELECT * INTO v FROM twofa.verification x WHERE x.id = p_id
      AND x.sent_at <= now + 30000
      AND (x.ends_at > now OR x.state = 'running');
    tried := CASE WHEN v.id IS NULL OR v.state = 'unknown' THEN 6
      WHEN v.state IN ('starting', 'replacing') THEN 2
      WHEN v.state = 'spent' THEN 5 WHEN v.ends_at <= now THEN 3 ELSE 4 END;
  END IF;
  IF v.id IS NOT NULL THEN r := twofa.found(w, v, me, now); END IF;
END $$;

-- Counts the guess and the try, or neither. tried: 1 counted, 2 wait, 3
-- expired, 4 full, 5 spent, 6 gone.
CREATE OR REPLACE FUNCTION twofa_v1.attempt(w twofa_v1.who, p_user text, p_source text,
  l twofa_v1.limits, p_id bigint, p_tries int, p_back twofa_v1.counted,
  OUT guess int, OUT wait_s bigint, OUT c twofa_v1.counted, OUT tried int,
  OUT r twofa_v1.found) LANGUAGE plpgsql VOLATILE AS $$
DECLARE a record; commit text := set_config('synchronous_commit', 'on', true);
BEGIN
  PERFORM twofa.gate_of(w, p_user, p_back.usr);
  IF p_back.usr IS NULL THEN
    a := twofa.attempt_step(w, p_user, p_source, l, p_id, p_tries);
  ELSE
    BEGIN
      PERFORM twofa.guess_back(w, p_back);
      a := twofa.attempt_step(w, p_user, p_source, l, p_id, p_tries);
      IF a.tried <> 1 THEN RAISE SQLSTATE 'TF000'; END IF;
    EXCEPTION WHEN SQLSTATE 'TF000' THEN NULL;
    END;
  END IF;
  guess := a.guess; wait_s := a.wait_s; c := a.c; tried := a.tried; r := a.r;
END $$;

-- 1: this session alone may allow the login, also if it asks again; 0: another
-- was first, or the code was used.
CREATE OR REPLACE FUNCTION twofa_v1.finish(w twofa_v1.who, p_id bigint, p_request text,
  p_owner text, p_digest bytea, p_seconds bigint, p_send bigint,
  p_price bigint, r twofa_v1.right_code) RETURNS int
LANGUAGE plpgsql VOLATILE AS $$
DECLARE now bigint := twofa.now_ms(); wall bigint := twofa.wall_s(); n int;
  me text := twofa.me(); owner text;
  commit text := set_config('synchronous_commit', 'on', true);
BEGIN
  PERFORM twofa.gate('u ' || r.usr, 'u ' || nullif(w.account, ''),
    'c ' || p_owner);
  -- a row of this session, as a push always is, or one that it has tried
  DELETE FROM twofa.verification v WHERE v.id = p_id
    AND v.request_id = p_request AND v.state IN ('running', 'spent', 'replacing')
    AND (v.session = w.session AND v.host = me
      OR me || '/' || w.session = ANY (v.tried)) RETURNING v.usr INTO owner;
  IF NOT FOUND THEN
    -- a change, so that this answer waits for the standby as the first one did
    UPDATE twofa.used u SET until = u.until WHERE u.verification = p_id
      AND u.request_id = p_request AND u.host = me
      AND u.session = w.session AND u.session <> 0 AND u.until > now;
    GET DIAGNOSTICS n = ROW_COUNT;
    RETURN n;
  END IF;
  n := 1;
  IF p_owner IS NOT NULL THEN
    n := twofa.code_step(p_owner, p_digest);
  END IF;
  IF n = 1 THEN
    -- a push, and an enrolment's (2), still count for their user
    WITH a AS (UPDATE twofa.send
      SET answered = 1 + (kind IN (1, 3) OR twofa.is_enrolment(owner))::int
      WHERE verification = p_id AND verification <> 0)
    INSERT INTO twofa.used VALUES (p_id, p_request, me, w.session,
      now + 600000);
    PERFORM twofa.right_step(w, r, false, wall);
    IF (p_id >> 30) % 7 = 0 THEN
      DELETE FROM twofa.used u WHERE u.ctid = ANY (ARRAY(SELECT x.ctid
        FROM twofa.used x WHERE x.until <= now OR x.until > now + 600000
        LIMIT 16 FOR UPDATE SKIP LOCKED));
    END IF;
  END IF;
  IF p_price <> 0 THEN
    PERFORM twofa.message_price(w, p_send, p_price);
  END IF;
  RETURN n;
END $$;

-- Rare operations of a verification, and dry runs.
CREATE OR REPLACE FUNCTION twofa_v1.claim(w twofa_v1.who, p_user text, p_numbers text[],
  p_provider text, p_type text, p_methods int, p_method int, p_start_ms bigint,
  OUT claim int, OUT r twofa_v1.found) LANGUAGE plpgsql VOLATILE AS $$
DECLARE now bigint := twofa.now_ms(); c record; me text := twofa.me();
BEGIN
  PERFORM set_config('synchronous_commit', 'local', true);
  PERFORM twofa.gate(VARIADIC ARRAY['u ' || p_user]
    || (SELECT array_agg('n ' || n) FROM unnest(p_numbers) n));
  PERFORM twofa.claim_tidy_all();
  SELECT * INTO c FROM twofa.claim(w, p_user, p_numbers, p_provider, p_type,
    p_methods, p_method, p_start_ms, me, now);
  claim := c.claim; r := c.r;
  IF claim = 1 AND p_method <> 0 THEN
    r.id := twofa.claim_insert(w, p_user, p_numbers[1], p_provider, p_type,
      p_method, p_start_ms, me, now);
  END IF;
END $$;

-- 1 if no other row has the number, else 0.
CREATE OR REPLACE FUNCTION twofa_v1.number_free(w twofa_v1.who, p_id bigint,
  p_number text) RETURNS int LANGUAGE sql STABLE AS $$
  SELECT (NOT EXISTS (SELECT FROM twofa.verification v WHERE v.number = p_number
    AND v.id <> p_id AND v.state <> 'unknown'
    AND NOT twofa.gives_way(w, v, p_id, twofa.now_ms())))::int $$;

-- These return 1 if this session holds the row, else 0.
CREATE OR REPLACE FUNCTION twofa_v1.unsent(w twofa_v1.who, p_id bigint) RETURNS int
LANGUAGE sql VOLATILE AS $$
  SELECT set_config('synchronous_commit', 'local', true);
  WITH x AS (DELETE FROM twofa.verification v WHERE v.id = p_id
    AND twofa.held(w, v) AND v.state IN ('starting', 'replacing', 'unknown')
    RETURNING 1) SELECT count(*)::int FROM x $$;
CREATE OR REPLACE FUNCTION twofa_v1.unknown(w twofa_v1.who, p_id bigint) RETURNS int
LANGUAGE sql VOLATILE AS $$
  WITH x AS (UPDATE twofa.verification v SET state = 'unknown',
    ends_at = twofa.now_ms() + 60000 WHERE v.id = p_id AND twofa.held(w, v)
    AND v.state IN ('starting', 'replacing', 'unknown') RETURNING 1)
  SELECT count(*)::int FROM x $$;
CREATE OR REPLACE FUNCTION twofa_v1.holds(w twofa_v1.who, p_id bigint) RETURNS int
LANGUAGE sql STABLE AS $$
  SELECT count(*)::int FROM twofa.verification v WHERE v.id = p_id
    AND twofa.held(w, v) AND v.state = 'replacing' $$;
CREATE OR REPLACE FUNCTION twofa_v1."drop"(w twofa_v1.who, p_id bigint) RETURNS int
LANGUAGE sql VOLATILE AS $$
  WITH x AS (DELETE FROM twofa.verification v WHERE v.id = p_id
    AND twofa.held(w, v) AND v.state = 'replacing' RETURNING 1)
  SELECT count(*)::int FROM x $$;
-- A row of another session of this host, which has died.
CREATE OR REPLACE FUNCTION twofa_v1.restore(w twofa_v1.who, p_id bigint, p_holder bigint)
RETURNS int LANGUAGE sql VOLATILE AS $$
  WITH x AS (UPDATE twofa.verification v SET state = 'running', holder = 0,
    ends_at = greatest(v.expires_at, v.lasts_at)
  WHERE v.id = p_id AND v.holder = p_holder AND v.holder_host = twofa.me()
    AND v.state = 'replacing' RETURNING 1) SELECT count(*)::int FROM x $$;

CREATE OR REPLACE FUNCTION twofa_v1.look(w twofa_v1.who, p_id bigint,
  OUT r twofa_v1.found) LANGUAGE plpgsql STABLE AS $$
DECLARE now bigint := twofa.now_ms();
BEGIN
  r := (SELECT twofa.found(w, v, twofa.me(), now) FROM twofa.verification v
    WHERE v.id = p_id AND v.sent_at <= now + 30000
      AND (v.ends_at > now OR v.state = 'running'));
END $$;
CREATE OR REPLACE FUNCTION twofa_v1.verifier_get(w twofa_v1.who, p_id bigint,
  p_request text) RETURNS bytea LANGUAGE sql STABLE AS $$
  SELECT v.verifier FROM twofa.verification v WHERE v.id = p_id
    AND v.host = twofa.me() AND v.request_id = p_request AND v.verifier <> '' $$;

-- These need the request id of the row. They return the number of rows.
CREATE OR REPLACE FUNCTION twofa_v1.refund(w twofa_v1.who, p_id bigint, p_request text,
  p_back twofa_v1.counted) RETURNS int LANGUAGE plpgsql VOLATILE AS $$
DECLARE result int; mine text := twofa.me() || '/' || w.session;
BEGIN
  PERFORM set_config('synchronous_commit', 'local', true);
  PERFORM twofa.gate_of(w, p_back.usr);
  -- each try once, by the session that made it
  UPDATE twofa.verification SET tries = greatest(tries - 1, 0),
    tried = tried[:array_position(tried, mine) - 1]
      || tried[array_position(tried, mine) + 1:]
  WHERE id = p_id AND request_id = p_request AND mine = ANY (tried)
    AND state IN ('running', 'replacing');
  GET DIAGNOSTICS result = ROW_COUNT;
  PERFORM twofa.guess_back(w, p_back);
  RETURN result;
END $$;
CREATE OR REPLACE FUNCTION twofa_v1.spend(w twofa_v1.who, p_id bigint, p_request text,
  p_ms bigint, p_back twofa_v1.counted) RETURNS int
LANGUAGE plpgsql VOLATILE AS $$
DECLARE result int;
BEGIN
  PERFORM twofa.gate_of(w, p_back.usr);
  UPDATE twofa.verification SET state = 'spent',
    ends_at = twofa.now_ms() + twofa.longest_ms(p_ms)
  WHERE id = p_id AND request_id = p_request AND state = 'running';
  GET DIAGNOSTICS result = ROW_COUNT;
  PERFORM twofa.guess_back(w, p_back);
  RETURN result;
END $$;
CREATE OR REPLACE FUNCTION twofa_v1."end"(w twofa_v1.who, p_id bigint, p_request text)
RETURNS int LANGUAGE sql VOLATILE AS $$
  WITH x AS (DELETE FROM twofa.verification WHERE id = p_id
    AND request_id = p_request AND state = 'running'
    AND twofa.me() IS NOT NULL RETURNING 1)
  SELECT count(*)::int FROM x $$;
CREATE OR REPLACE FUNCTION twofa_v1.replace(w twofa_v1.who, p_id bigint, p_request text,
  p_alone bool) RETURNS int LANGUAGE sql VOLATILE AS $$
  WITH x AS (UPDATE twofa.verification SET state = 'replacing',
    holder = coalesce(w.process, 0), holder_host = twofa.me(), began_at = t.now,
    ends_at = t.now + 120000 FROM twofa.now_ms() t(now)
  WHERE id = p_id AND request_id = p_request AND state = 'running'
    AND (NOT p_alone OR session = w.session AND host = twofa.me()
      AND joined = 0) RETURNING 1) SELECT count(*)::int FROM x $$;

-- Dry runs of begin and claim, which are rolled back. They lock rows
-- nevertheless, so they do not wait for long.
CREATE OR REPLACE FUNCTION twofa_v1.begin_look(w twofa_v1.who, p_user text, p_source text,
  p_binding bytea, p_as text, p_receiver text[], p_second text[],
  p_third text[], p_provider text[], p_type text[], p_methods int[],
  p_method int[], p_start_ms bigint[], m twofa_v1.message,
  l twofa_v1.limits, p_remember_s bigint DEFAULT 86400, p_idle_s bigint DEFAULT 0,
  OUT remembered bool, OUT codes int, OUT guess int, OUT guess_s bigint,
  OUT refused bool, OUT chosen bool, OUT passed text, OUT nth int,
  OUT claim int, OUT r twofa_v1.found, OUT sent int, OUT send bigint,
  OUT wait_s bigint, OUT which text, OUT codes_at bigint)
LANGUAGE plpgsql VOLATILE AS $$
DECLARE b record;
BEGIN
  PERFORM set_config('lock_timeout', '200ms', true);
  BEGIN
    SELECT * INTO b FROM twofa_v1.begin(w, p_user, p_source, p_binding, p_as,
      p_receiver, p_second, p_third, p_provider, p_type, p_methods, p_method,
      p_start_ms, m, l, p_remember_s, p_idle_s);
    RAISE SQLSTATE 'TF000';
  EXCEPTION WHEN SQLSTATE 'TF000' THEN NULL;
  END;
  remembered := b.remembered; codes := b.codes; guess := b.guess;
  guess_s := b.guess_s; refused := b.refused; chosen := b.chosen;
  passed := b.passed; nth := b.nth; claim := b.claim; r := b.r;
  sent := b.sent; send := b.send; wait_s := b.wait_s; which := b.which;
  codes_at := b.codes_at;
END $$;
CREATE OR REPLACE FUNCTION twofa_v1.claim_look(w twofa_v1.who, p_user text,
  p_numbers text[], p_provider text, p_type text, p_methods int,
  p_start_ms bigint, OUT claim int, OUT r twofa_v1.found)
LANGUAGE plpgsql VOLATILE AS $$
DECLARE b record;
BEGIN
  PERFORM set_config('lock_timeout', '200ms', true);
  BEGIN
    SELECT * INTO b FROM twofa_v1.claim(w, p_user, p_numbers, p_provider,
      p_type, p_methods, 0, p_start_ms);
    RAISE SQLSTATE 'TF000';
  EXCEPTION WHEN SQLSTATE 'TF000' THEN NULL;
  END;
  claim := b.claim; r := b.r;
END $$;

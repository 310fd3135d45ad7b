-- SPDX-License-Identifier: BSD-2-Clause
-- The four acts of a login, as the interface of helper/state/store.h has them.
-- Each is one transaction. What a right code brings about waits for the standby
-- (synchronous_commit); what a lost server may forget does not.
CREATE FUNCTION twofa_v1.begin(w twofa_v1.who, p_user text, p_source text,
  p_binding bytea, p_as text, p_receiver text[], p_second text[],
  p_third text[], p_provider text[], p_type text[], p_methods int[],
  p_method int[], p_start_ms bigint[], m twofa_v1.message,
  OUT remembered bool, OUT codes int, OUT guess int, OUT guess_s bigint,
  OUT refused bool, OUT chosen bool, OUT passed text, OUT nth int,
  OUT claim int, OUT r twofa_v1.found, OUT sent int, OUT send bigint,
  OUT wait_s bigint, OUT which text)
LANGUAGE plpgsql VOLATILE AS $$
DECLARE now bigint := twofa.now_ms(); wall bigint := twofa.wall_s();
  c record; money record; numbers text[];
BEGIN
  PERFORM set_config('synchronous_commit', 'local', true);
  chosen := false; passed := ''; claim := 0; sent := 0; which := '';
  remembered := p_binding IS NOT NULL AND EXISTS (SELECT FROM twofa.grace g
    WHERE g.usr = coalesce(p_as, p_user) AND g.binding = p_binding
      AND g.host = twofa.me() AND g.since <= wall AND g.until > wall);
  IF remembered THEN RETURN; END IF;
  IF cardinality(p_receiver) > 0 THEN
    PERFORM twofa.gate(VARIADIC ARRAY['u ' || p_user,
      'u ' || nullif(w.account, ''), 'n ' || m.number,
      's ' || nullif(m.source, ''), 'h ' || twofa.me()]
      || (SELECT array_agg('n ' || n) FROM unnest(p_receiver) n));
  END IF;
  SELECT count(*) INTO codes FROM twofa.recovery x WHERE x.usr = p_user;
  SELECT g.guess, g.wait_s, g.refused INTO guess, guess_s, refused
    FROM twofa.guess_look(w, p_user, p_source, wall) g;
  PERFORM twofa.guess_repair(w, p_user, p_source, wall);
  IF guess <> 1 OR cardinality(p_receiver) = 0 THEN RETURN; END IF;

  PERFORM twofa.message_tidy(w, wall);
  -- those that were out of reach come last
  SELECT string_agg(CASE WHEN o.gone THEN '1' ELSE '0' END, '' ORDER BY o.i),
    (array_agg(o.i ORDER BY o.gone, o.i))[1] INTO passed, nth
  FROM (SELECT i, EXISTS (SELECT FROM twofa.passed_over x
      WHERE x.provider = p_provider[i] AND x.host = twofa.me()
        AND x.until > now AND x.until <= now + 90000) AS gone
    FROM generate_subscripts(p_provider, 1) i) o;
  chosen := true;
  numbers := ARRAY[p_receiver[nth], p_second[nth], p_third[nth]];
  SELECT * INTO c FROM twofa.claim(w, p_user, numbers, p_provider[nth],
    p_type[nth], p_methods[nth], p_method[nth], p_start_ms[nth], now);
  claim := c.claim; r := c.r;
  IF claim <> 1 THEN RETURN; END IF;
  SELECT x.wait_s, coalesce(x.which, '') INTO wait_s, which
    FROM twofa.message_wait(w, m, wall) x;
  r.id := twofa.claim_insert(w, p_user, numbers[1], p_provider[nth],
    p_type[nth], p_method[nth], p_start_ms[nth], now);
  SELECT * INTO money FROM twofa.money_wait(w, m, wall);
  IF money.wait_s > wait_s THEN
    wait_s := money.wait_s; which := money.which;
  END IF;
  IF wait_s > 0 THEN
    DELETE FROM twofa.verification v WHERE v.id = r.id;
    r.id := 0; sent := 2;
  ELSE
    send := twofa.message_insert(w, m, wall); sent := 1;
  END IF;
END $$;

-- 0; 1: not this session's any more; 2: another has that id, 3: or number. The
-- price is booked in any case.
CREATE FUNCTION twofa_v1.started(w twofa_v1.who, p_id bigint, p_request text,
  p_method int, p_life bigint, p_lasts bigint, p_number text,
  p_verifier bytea, p_beside bool, p_send bigint, p_price bigint)
RETURNS int LANGUAGE plpgsql VOLATILE AS $$
DECLARE now bigint := twofa.now_ms(); result int := 0; n int; taken text;
BEGIN
  PERFORM set_config('synchronous_commit', 'local', true);
  IF p_number IS NOT NULL THEN
    PERFORM twofa.gate('n ' || p_number);
    IF EXISTS (SELECT FROM twofa.verification v WHERE v.number = p_number
      AND v.id <> p_id AND v.state <> 'unknown') THEN result := 3; END IF;
  END IF;
  IF result = 0 THEN
    DELETE FROM twofa.verification v WHERE v.request_id = p_request
      AND v.request_id <> '' AND v.id <> p_id AND v.ends_at <= now;
    BEGIN
      UPDATE twofa.verification v SET state = 'running', session = v.holder,
        host = v.holder_host, holder = 0, request_id = p_request,
        method = p_method, number = coalesce(p_number, v.number),
        verifier = CASE WHEN p_verifier IS NULL THEN v.verifier
          WHEN p_beside THEN substr(v.verifier, 1, 32) || p_verifier
          ELSE p_verifier END,
        sent_at = now, expires_at = now + p_life,
        lasts_at = CASE WHEN p_lasts > 0 THEN now + p_lasts
          ELSE v.lasts_at END,
        ends_at = greatest(now + p_life, CASE WHEN p_lasts > 0
          THEN now + p_lasts ELSE v.lasts_at END),
        sends = v.sends + 1, send = p_send
      WHERE v.id = p_id AND twofa.held(w, v)
        AND v.state IN ('starting', 'replacing', 'unknown');
      GET DIAGNOSTICS n = ROW_COUNT;
      IF n = 0 THEN result := 1; END IF;
    EXCEPTION WHEN unique_violation THEN
      GET STACKED DIAGNOSTICS taken = CONSTRAINT_NAME;
      result := CASE WHEN taken = 'verification_request' THEN 2
        WHEN p_number IS NULL THEN 1 ELSE 3 END;
    END;
  END IF;
  IF result = 0 AND p_send <> 0 THEN
    UPDATE twofa.send SET verification = p_id WHERE id = p_send;
  END IF;
  IF p_price <> 0 THEN
    PERFORM twofa.message_price(w, p_send, p_price);
  END IF;
  RETURN result;
END $$;

-- Counts the guess and the try, or neither. tried: 1 counted, 2 wait, 3 expired,
-- 4 full, 5 spent, 6 gone.
CREATE FUNCTION twofa_v1.attempt(w twofa_v1.who, p_user text, p_source text,
  l twofa_v1.limits, p_id bigint, p_tries int, p_back twofa_v1.counted,
  OUT guess int, OUT wait_s bigint, OUT c twofa_v1.counted, OUT tried int,
  OUT r twofa_v1.found) LANGUAGE plpgsql VOLATILE AS $$
DECLARE now bigint := twofa.now_ms(); wall bigint := twofa.wall_s();
  v twofa.verification;
BEGIN
  PERFORM set_config('synchronous_commit', 'on', true);
  PERFORM twofa.gate_of(w, p_user, p_back.usr);
  PERFORM twofa.guess_repair(w, p_user, p_source, wall);
  tried := 0;
  BEGIN
    PERFORM twofa.guess_back(w, p_back);
    SELECT g.guess, g.wait_s INTO guess, wait_s
      FROM twofa.guess_look(w, p_user, p_source, wall) g;
    IF guess = 1 THEN
      SELECT * INTO v FROM twofa.verification x WHERE x.id = p_id
        AND x.sent_at <= now + 30000
        AND (x.ends_at > now OR x.state = 'running') FOR UPDATE;
      tried := CASE WHEN v.id IS NULL OR v.state = 'unknown' THEN 6
        WHEN v.state IN ('starting', 'replacing') THEN 2
        WHEN v.state = 'spent' THEN 5 WHEN v.ends_at <= now THEN 3
        WHEN v.tries < p_tries THEN 1 ELSE 4 END;
      IF v.id IS NOT NULL THEN r := twofa.found(w, v, now); END IF;
    END IF;
    IF tried <> 1 THEN RAISE SQLSTATE 'TF000'; END IF;
    c := twofa.guess_count(w, p_user, p_source, l, wall);
    UPDATE twofa.verification x SET tries = x.tries + 1 WHERE x.id = p_id;
    r.tries := r.tries + 1;
  EXCEPTION WHEN SQLSTATE 'TF000' THEN NULL;
  END;
END $$;

-- 1: this session alone may let in, also when it asks again; 0: another was
-- first, or the code was used.
CREATE FUNCTION twofa_v1.finish(w twofa_v1.who, p_id bigint, p_request text,
  p_owner text, p_digest bytea, p_seconds bigint, p_send bigint,
  p_price bigint, r twofa_v1.right_code) RETURNS int
LANGUAGE plpgsql VOLATILE AS $$
DECLARE now bigint := twofa.now_ms(); wall bigint := twofa.wall_s(); n int;
BEGIN
  PERFORM set_config('synchronous_commit', 'on', true);
  PERFORM twofa.gate('u ' || r.usr, 'u ' || nullif(w.account, ''),
    'c ' || p_owner);
  DELETE FROM twofa.verification WHERE id = p_id AND request_id = p_request
    AND state IN ('running', 'spent', 'replacing');
  GET DIAGNOSTICS n = ROW_COUNT;
  IF n = 0 THEN
    -- a change, so that this answer waits for the standby as the first one did
    UPDATE twofa.used u SET until = u.until WHERE u.verification = p_id
      AND u.request_id = p_request AND u.host = twofa.me()
      AND u.session = w.session AND u.session <> 0 AND u.until > now;
    GET DIAGNOSTICS n = ROW_COUNT;
    RETURN n;
  END IF;
  IF p_owner IS NOT NULL THEN
    n := twofa.code_step(p_owner, p_digest, p_seconds, wall);
  END IF;
  IF n = 1 THEN
    UPDATE twofa.send SET answered = 1 WHERE verification = p_id
      AND verification <> 0 AND kind NOT IN (1, 3);
    IF p_id % 7 = 0 THEN
      DELETE FROM twofa.used u WHERE u.ctid = ANY (ARRAY(SELECT x.ctid
        FROM twofa.used x WHERE x.until <= now OR x.until > now + 600000
        LIMIT 16 FOR UPDATE SKIP LOCKED));
    END IF;
    INSERT INTO twofa.used VALUES (p_id, p_request, twofa.me(), w.session,
      now + 600000);
    PERFORM twofa.right_step(w, r, false, wall);
  END IF;
  IF p_price <> 0 THEN
    PERFORM twofa.message_price(w, p_send, p_price);
  END IF;
  RETURN n;
END $$;

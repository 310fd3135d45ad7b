-- SPDX-License-Identifier: BSD-2-Clause
-- Inside: verifications, their claim, and what may be used once.

-- How long a verification may last, whatever a host says: as Vonage's longest
-- do, with a code of 3600 s (expiry_max_s in lib/providers/vonage_types.c) after
-- the 305 s that its other steps take (waits_s in vonage_workflow.c). Twilio's
-- support can make it a day there. No login waits so long, and Twilio answers a
-- second start within that time with the same verification.
CREATE FUNCTION twofa.longest_ms(p_ms bigint) RETURNS bigint LANGUAGE sql
IMMUTABLE AS $$ SELECT least(p_ms, 3905000) $$;
-- ... and its start: twice the largest timeout_ms, 30 s
-- (lib/settings/settings_providers.c), and 35 s (verify_start_limit_ms).
CREATE FUNCTION twofa.longest_start_ms(p_ms bigint) RETURNS bigint LANGUAGE sql
IMMUTABLE AS $$ SELECT least(p_ms, 95000) $$;
-- How long a row may be starting: by its own time and by the caller's. 0 is of
-- one whose session has died (store_claim): so says its own host alone.
CREATE FUNCTION twofa.starts_ms(v twofa.verification, p_start_ms bigint)
RETURNS bigint LANGUAGE sql STABLE AS $$
  SELECT CASE WHEN v.start_ms > 0
      AND (p_start_ms > 0 OR v.holder_host <> twofa.me()) THEN v.start_ms
    ELSE twofa.longest_start_ms(p_start_ms) END $$;

-- A row as a session sees it.
CREATE FUNCTION twofa.found(w twofa_v1.who, v twofa.verification, now bigint)
RETURNS twofa_v1.found LANGUAGE sql STABLE AS $$
  SELECT ROW(v.id, v.state, v.request_id, v.method, now - v.sent_at,
    v.expires_at - now, v.ends_at - now,
    CASE WHEN v.holder_host = twofa.me() THEN v.holder ELSE 0 END,
    v.tries, v.sends, v.joined, v.send,
    v.session = w.session AND v.host = twofa.me(), v.socket <> w.socket, false,
    v.host <> twofa.me(),
    v.provider, v.type)::twofa_v1.found $$;

-- The row that this session must hold: started, unsent and their like.
CREATE FUNCTION twofa.held(w twofa_v1.who, v twofa.verification) RETURNS bool
LANGUAGE sql STABLE AS $$
  SELECT v.holder = w.process AND v.holder_host = twofa.me() $$;

-- What is long over. Rows of those who wait for nothing are left to the next.
CREATE FUNCTION twofa.claim_tidy_all(now bigint) RETURNS void LANGUAGE sql
VOLATILE AS $$
  DELETE FROM twofa.verification v WHERE v.ctid = ANY (ARRAY(SELECT x.ctid
    FROM twofa.verification x WHERE x.ends_at <= now - 600000
      OR x.ends_at > now + 86400000 LIMIT 1000 FOR UPDATE SKIP LOCKED)) $$;
-- What is over goes, of these numbers.
CREATE FUNCTION twofa.claim_tidy(w twofa_v1.who, p_user text, p_numbers text[],
  p_start_ms bigint, now bigint) RETURNS void LANGUAGE plpgsql VOLATILE AS $$
BEGIN
  UPDATE twofa.verification v SET state = 'unknown',
    ends_at = v.began_at + twofa.starts_ms(v, p_start_ms) + 60000
  WHERE v.number = ANY (p_numbers) AND (v.number = p_numbers[1]
      OR v.usr = p_user) AND v.state IN ('starting', 'replacing')
    AND v.began_at + twofa.starts_ms(v, p_start_ms) <= now;
  DELETE FROM twofa.verification v
  WHERE v.number = ANY (p_numbers) AND (v.number = p_numbers[1]
      OR v.usr = p_user) AND (v.ends_at <= now OR v.sent_at > now + 30000
      OR v.state = 'spent' AND v.socket <> 0 AND w.socket = 0);
END $$;

-- store_claim without the row of CLAIM_NEW: 1 new, 2 joined, 3 wait, 4 unknown,
-- 5 spent, 6 another's, 7 elsewhere, 8 unfit. p_numbers: the one that a new one
-- is asked for comes first.
CREATE FUNCTION twofa.claim(w twofa_v1.who, p_user text, p_numbers text[],
  p_provider text, p_type text, p_methods int, p_method int, p_start_ms bigint,
  now bigint, OUT claim int, OUT r twofa_v1.found)
LANGUAGE plpgsql VOLATILE AS $$
DECLARE v twofa.verification; u twofa.verification;
BEGIN
  PERFORM twofa.claim_tidy(w, p_user, p_numbers, p_start_ms, now);
  SELECT * INTO v FROM twofa.verification x WHERE x.number = ANY (p_numbers)
    AND (x.number = p_numbers[1] OR x.usr = p_user) AND x.state <> 'unknown'
    ORDER BY x.usr <> p_user LIMIT 1 FOR UPDATE;
  SELECT * INTO u FROM twofa.verification x WHERE x.number = p_numbers[1]
    AND x.provider = p_provider AND x.state = 'unknown'
    AND NOT (x.socket <> 0 AND w.socket = 0) ORDER BY x.id DESC LIMIT 1;
  IF v.id IS NULL AND u.id IS NULL THEN
    claim := 1;
    r := ROW(0, '', '', p_method, 0, 0, 0, 0, 0, 0, 0, 0, true, false, false, false,
      p_provider, p_type)::twofa_v1.found;
    RETURN;
  END IF;
  IF v.id IS NULL THEN v := u; END IF;
  -- an enrolment's does not shut the owner of the number out (STORE_ENROLMENT)
  IF v.usr <> p_user AND v.usr !~ '[^/]/enrolment$'
    OR v.socket <> w.socket AND w.socket <> 0 THEN
    claim := 6; RETURN;
  END IF;
  claim := CASE WHEN v.state = 'unknown' THEN 4
    WHEN v.state IN ('starting', 'replacing') THEN 3
    WHEN v.state = 'spent' THEN 5
    WHEN v.provider <> p_provider OR v.type NOT IN ('', p_type) THEN 7
    WHEN p_methods & (1 << v.method) = 0 OR v.expires_at <= now
      OR v.socket <> w.socket OR v.usr <> p_user OR v.host <> twofa.me()
      AND length(v.verifier) > 0 THEN 8
    ELSE 2 END;
  r := twofa.found(w, v, now);
  r.apart := r.apart OR v.usr <> p_user;
  IF claim = 2 AND NOT r.mine THEN
    UPDATE twofa.verification x SET joined = x.joined + 1 WHERE x.id = v.id;
    r.joined := r.joined + 1;
  END IF;
  r.shut := u.id IS NOT NULL AND claim IN (7, 8);
END $$;

CREATE FUNCTION twofa.claim_insert(w twofa_v1.who, p_user text, p_number text,
  p_provider text, p_type text, p_method int, p_start_ms bigint, now bigint)
RETURNS bigint LANGUAGE plpgsql VOLATILE AS $$
DECLARE result bigint; start_ms bigint := twofa.longest_start_ms(p_start_ms);
  me text := twofa.me();
BEGIN
  INSERT INTO twofa.verification(number, usr, provider, type, state, session,
    host, holder, holder_host, method, began_at, sent_at, expires_at, ends_at,
    start_ms, socket)
  VALUES (p_number, p_user, p_provider, p_type, 'starting', w.session,
    me, w.process, me, p_method, now, now, 0,
    now + start_ms + 60000, start_ms, w.socket) RETURNING id INTO result;
  RETURN result;
END $$;

-- A code that a provider called right and might once more: 1, or 0 where it was
-- used, or may have been under another key.
CREATE FUNCTION twofa.code_step(p_owner text, p_digest bytea, p_seconds bigint,
  wall bigint) RETURNS int LANGUAGE plpgsql VOLATILE AS $$
DECLARE result int;
BEGIN
  -- not what a host says: less would make used codes good again
  p_seconds := 86400;
  DELETE FROM twofa.code_used c WHERE c.ctid = ANY (ARRAY(SELECT x.ctid
    FROM twofa.code_used x WHERE x.until <= wall LIMIT 8
    FOR UPDATE SKIP LOCKED));
  UPDATE twofa.code_used SET until = wall + p_seconds
    WHERE usr = p_owner AND until > wall + p_seconds;
  INSERT INTO twofa.code_used AS c SELECT p_owner, p_digest, wall + p_seconds
  WHERE NOT EXISTS (SELECT FROM twofa.code_used x WHERE x.usr = p_owner
    AND substr(x.digest, 25) IS DISTINCT FROM substr(p_digest, 25)
    AND x.until > wall + p_seconds - 600)
  ON CONFLICT ON CONSTRAINT code_used_pkey DO UPDATE SET until = excluded.until
    WHERE c.until <= wall;
  GET DIAGNOSTICS result = ROW_COUNT;
  RETURN result;
END $$;

-- A step of a secret that is here, NULL: of any. 1: it is later than every used
-- one.
CREATE FUNCTION twofa.totp_win(p_user text, p_secret bytea, p_step bigint,
  p_source text) RETURNS int LANGUAGE plpgsql VOLATILE AS $$
DECLARE result int;
BEGIN
  INSERT INTO twofa.totp SELECT p_user, p_secret, p_step, p_source
  WHERE NOT EXISTS (SELECT FROM twofa.totp t WHERE t.usr = p_user
      AND t.step >= p_step AND (t.secret = p_secret
        OR substr(t.secret, 25) IS DISTINCT FROM substr(p_secret, 25)))
    AND NOT EXISTS (SELECT FROM twofa.totp t WHERE t.secret = p_secret
      AND t.secret <> '' AND t.step >= p_step)
  ON CONFLICT ON CONSTRAINT totp_pkey DO UPDATE SET step = excluded.step,
    source = excluded.source;
  GET DIAGNOSTICS result = ROW_COUNT;
  IF result = 1 THEN
    DELETE FROM twofa.totp WHERE usr = p_user AND secret <> p_secret
      AND step < p_step - 2880;
  END IF;
  RETURN result;
END $$;

-- SPDX-License-Identifier: BSD-2-Clause
-- The rare steps of a verification, and the look at what a login would get.
CREATE FUNCTION twofa_v1.claim(w twofa_v1.who, p_user text, p_numbers text[],
  p_provider text, p_type text, p_methods int, p_method int, p_start_ms bigint,
  OUT claim int, OUT r twofa_v1.found) LANGUAGE plpgsql VOLATILE AS $$
DECLARE now bigint := twofa.now_ms(); c record;
BEGIN
  PERFORM set_config('synchronous_commit', 'local', true);
  PERFORM twofa.gate(VARIADIC ARRAY['u ' || p_user]
    || (SELECT array_agg('n ' || n) FROM unnest(p_numbers) n));
  PERFORM twofa.claim_tidy_all(now);
  SELECT * INTO c FROM twofa.claim(w, p_user, p_numbers, p_provider, p_type,
    p_methods, p_method, p_start_ms, now);
  claim := c.claim; r := c.r;
  IF claim = 1 AND p_method <> 0 THEN
    -- each holds a number; those of begin are limited by messages, these by this
    IF (SELECT count(*) FROM (SELECT FROM twofa.verification v
      WHERE v.host = twofa.me() LIMIT 2000) x) >= 2000 THEN
      RAISE EXCEPTION '2000 verifications of host % are running: look whether it is stolen',
        twofa.me() USING ERRCODE = '53400';
    END IF;
    r.id := twofa.claim_insert(w, p_user, p_numbers[1], p_provider, p_type,
      p_method, p_start_ms, now);
  END IF;
END $$;

-- Is the number no other row's? 1 or 0.
CREATE FUNCTION twofa_v1.number_free(w twofa_v1.who, p_id bigint,
  p_number text) RETURNS int LANGUAGE sql STABLE AS $$
  SELECT (NOT EXISTS (SELECT FROM twofa.verification v WHERE v.number = p_number
    AND v.id <> p_id AND v.state <> 'unknown'))::int $$;

-- A row that this session holds: 1; 0: it does not.
CREATE FUNCTION twofa_v1.unsent(w twofa_v1.who, p_id bigint) RETURNS int
LANGUAGE plpgsql VOLATILE AS $$
DECLARE result int;
BEGIN
  PERFORM set_config('synchronous_commit', 'local', true);
  DELETE FROM twofa.verification v WHERE v.id = p_id AND twofa.held(w, v)
    AND v.state IN ('starting', 'replacing', 'unknown');
  GET DIAGNOSTICS result = ROW_COUNT;
  RETURN result;
END $$;
CREATE FUNCTION twofa_v1.unknown(w twofa_v1.who, p_id bigint) RETURNS int
LANGUAGE plpgsql VOLATILE AS $$
DECLARE result int;
BEGIN
  UPDATE twofa.verification v SET state = 'unknown',
    ends_at = twofa.now_ms() + 60000 WHERE v.id = p_id AND twofa.held(w, v)
    AND v.state IN ('starting', 'replacing', 'unknown');
  GET DIAGNOSTICS result = ROW_COUNT;
  RETURN result;
END $$;
CREATE FUNCTION twofa_v1.holds(w twofa_v1.who, p_id bigint) RETURNS int
LANGUAGE sql STABLE AS $$
  SELECT count(*)::int FROM twofa.verification v WHERE v.id = p_id
    AND twofa.held(w, v) AND v.state = 'replacing' $$;
CREATE FUNCTION twofa_v1."drop"(w twofa_v1.who, p_id bigint) RETURNS int
LANGUAGE plpgsql VOLATILE AS $$
DECLARE result int;
BEGIN
  DELETE FROM twofa.verification v WHERE v.id = p_id AND twofa.held(w, v)
    AND v.state = 'replacing';
  GET DIAGNOSTICS result = ROW_COUNT;
  RETURN result;
END $$;
-- Of another session of this host, which has died.
CREATE FUNCTION twofa_v1.restore(w twofa_v1.who, p_id bigint, p_holder bigint)
RETURNS int LANGUAGE plpgsql VOLATILE AS $$
DECLARE result int;
BEGIN
  UPDATE twofa.verification v SET state = 'running', holder = 0,
    ends_at = greatest(v.expires_at, v.lasts_at)
  WHERE v.id = p_id AND v.holder = p_holder AND v.holder_host = twofa.me()
    AND v.state = 'replacing';
  GET DIAGNOSTICS result = ROW_COUNT;
  RETURN result;
END $$;

CREATE FUNCTION twofa_v1.look(w twofa_v1.who, p_id bigint,
  OUT r twofa_v1.found) LANGUAGE plpgsql STABLE AS $$
DECLARE now bigint := twofa.now_ms();
BEGIN
  r := (SELECT twofa.found(w, v, now) FROM twofa.verification v
    WHERE v.id = p_id AND v.sent_at <= now + 30000
      AND (v.ends_at > now OR v.state = 'running'));
END $$;
CREATE FUNCTION twofa_v1.verifier_get(w twofa_v1.who, p_id bigint,
  p_request text) RETURNS bytea LANGUAGE sql STABLE AS $$
  SELECT v.verifier FROM twofa.verification v WHERE v.id = p_id
    AND v.host = twofa.me() AND v.request_id = p_request AND v.verifier <> '' $$;

-- What this session knows by its id: how many rows there were.
CREATE FUNCTION twofa_v1.refund(w twofa_v1.who, p_id bigint, p_request text,
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
CREATE FUNCTION twofa_v1.spend(w twofa_v1.who, p_id bigint, p_request text,
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
CREATE FUNCTION twofa_v1."end"(w twofa_v1.who, p_id bigint, p_request text)
RETURNS int LANGUAGE plpgsql VOLATILE AS $$
DECLARE result int;
BEGIN
  DELETE FROM twofa.verification WHERE id = p_id AND request_id = p_request
    AND state = 'running';
  GET DIAGNOSTICS result = ROW_COUNT;
  RETURN result;
END $$;
CREATE FUNCTION twofa_v1.replace(w twofa_v1.who, p_id bigint, p_request text,
  p_alone bool) RETURNS int LANGUAGE plpgsql VOLATILE AS $$
DECLARE now bigint := twofa.now_ms(); result int;
BEGIN
  UPDATE twofa.verification SET state = 'replacing', holder = w.process,
    holder_host = twofa.me(), began_at = now, ends_at = now + 120000
  WHERE id = p_id AND request_id = p_request AND state = 'running'
    AND (NOT p_alone OR session = w.session AND host = twofa.me()
      AND joined = 0);
  GET DIAGNOSTICS result = ROW_COUNT;
  RETURN result;
END $$;

-- The same as begin and claim, and nothing stays. Rolled back or not they lock
-- rows, so they do not wait for long.
CREATE FUNCTION twofa_v1.begin_look(w twofa_v1.who, p_user text, p_source text,
  p_binding bytea, p_as text, p_receiver text[], p_second text[],
  p_third text[], p_provider text[], p_type text[], p_methods int[],
  p_method int[], p_start_ms bigint[], m twofa_v1.message,
  l twofa_v1.limits, OUT remembered bool, OUT codes int, OUT guess int, OUT guess_s bigint,
  OUT refused bool, OUT chosen bool, OUT passed text, OUT nth int,
  OUT claim int, OUT r twofa_v1.found, OUT sent int, OUT send bigint,
  OUT wait_s bigint, OUT which text)
LANGUAGE plpgsql VOLATILE AS $$
DECLARE b record;
BEGIN
  PERFORM set_config('lock_timeout', '200ms', true);
  BEGIN
    SELECT * INTO b FROM twofa_v1.begin(w, p_user, p_source, p_binding, p_as,
      p_receiver, p_second, p_third, p_provider, p_type, p_methods, p_method,
      p_start_ms, m, l);
    RAISE SQLSTATE 'TF000';
  EXCEPTION WHEN SQLSTATE 'TF000' THEN NULL;
  END;
  remembered := b.remembered; codes := b.codes; guess := b.guess;
  guess_s := b.guess_s; refused := b.refused; chosen := b.chosen;
  passed := b.passed; nth := b.nth; claim := b.claim; r := b.r;
  sent := b.sent; send := b.send; wait_s := b.wait_s; which := b.which;
END $$;
CREATE FUNCTION twofa_v1.claim_look(w twofa_v1.who, p_user text,
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

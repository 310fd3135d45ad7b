-- SPDX-License-Identifier: BSD-2-Clause
-- Internal: counts of messages and money.

-- A host reports its own limits, so it has one that it cannot choose
-- (hourly_sends): else a stolen host could use up the whole fleet's limit.
-- suspended: until when it may lock nothing (twofa_v1.unblock). release, rtt_ms:
-- what it says of itself. Of meta: the release of the functions; a limit of all
-- hosts' messages, which counts in place of theirs. These columns were added
-- after tables.sql, which state upgrade does not run.
ALTER TABLE twofa.host ADD COLUMN IF NOT EXISTS suspended timestamptz,
  ADD COLUMN IF NOT EXISTS release text NOT NULL DEFAULT '',
  ADD COLUMN IF NOT EXISTS rtt_ms int;
ALTER TABLE twofa.meta ADD COLUMN IF NOT EXISTS release text NOT NULL DEFAULT '',
  ADD COLUMN IF NOT EXISTS hourly_sends int;
-- Nor does it have this index, which replaces one of the id alone.
DROP INDEX IF EXISTS twofa.verification_request;
CREATE UNIQUE INDEX IF NOT EXISTS verification_id ON twofa.verification(request_id, provider)
  WHERE request_id <> '';
-- By settings of its connection (pg_connect.c); seldom, since its other logins
-- wait for the row.
CREATE OR REPLACE FUNCTION twofa.host_note(me text) RETURNS void
LANGUAGE sql VOLATILE AS $$
  UPDATE twofa.host h SET release = x.release, rtt_ms = x.rtt
  FROM (SELECT coalesce(substring(current_setting('twofa.release', true)
      FROM '^[0-9A-Za-z.~+-]{1,24}$'), '') AS release,
    substring(current_setting('twofa.rtt', true)
      FROM '^[0-9]{1,5}$')::int AS rtt) x
  WHERE h.name = me AND (h.release <> x.release
    OR abs(coalesce(h.rtt_ms, -6) - x.rtt) > greatest(5, h.rtt_ms / 4)) $$;
CREATE OR REPLACE FUNCTION twofa.fleet_hour(m twofa_v1.message) RETURNS int
LANGUAGE sql STABLE AS $$
  SELECT coalesce((SELECT x.hourly_sends FROM twofa.meta x), m.fleet_hour) $$;
CREATE OR REPLACE FUNCTION twofa.hourly_sends(me text) RETURNS TABLE (n int)
LANGUAGE sql STABLE AS $$
  SELECT coalesce((SELECT h.hourly_sends FROM twofa.host h
    WHERE h.name = me), 1000) $$;

-- Sources from which users gave right codes, as reported by each host: digests
-- with this server's salt.
CREATE TABLE IF NOT EXISTS twofa.answered_from(source bytea, host text, usr bytea,
  at bigint NOT NULL, PRIMARY KEY(source, host, usr));
CREATE INDEX IF NOT EXISTS answered_from_user ON twofa.answered_from(host, usr);
CREATE INDEX IF NOT EXISTS answered_from_at ON twofa.answered_from(at);
CREATE TABLE IF NOT EXISTS twofa.salt(one bool PRIMARY KEY DEFAULT true CHECK (one),
  salt bytea NOT NULL
    DEFAULT uuid_send(gen_random_uuid()) || uuid_send(gen_random_uuid()));
INSERT INTO twofa.salt DEFAULT VALUES ON CONFLICT DO NOTHING;
CREATE OR REPLACE FUNCTION twofa.digest(p_salt bytea, p_text text) RETURNS bytea
LANGUAGE sql STABLE AS $$
  SELECT sha256(p_salt || convert_to(p_text, 'UTF8')) $$;
-- Notes it once a day for each user, source and host: at most 20 sources of a
-- user, and 20,000 rows of a host, whatever names a stolen host invents.
CREATE OR REPLACE FUNCTION twofa.answered_note(w twofa_v1.who, r twofa_v1.right_code,
  me text, wall bigint) RETURNS void LANGUAGE plpgsql VOLATILE AS $$
DECLARE d record;
BEGIN
  IF w.socket = 0 AND r.source <> '' THEN
    SELECT x.source, x.usr, a.at INTO d
    FROM (SELECT twofa.digest(s.salt, 'source ' || w.scope || ' ' || r.source)
        AS source, twofa.digest(s.salt, 'user ' || r.usr) AS usr
      FROM twofa.salt s) x
    LEFT JOIN twofa.answered_from a ON a.source = x.source AND a.host = me
      AND a.usr = x.usr;
    IF NOT FOUND OR d.at BETWEEN wall - 86400 AND wall THEN RETURN; END IF;
    INSERT INTO twofa.answered_from AS a SELECT d.source, me, d.usr, wall
    WHERE d.at IS NOT NULL
      OR (SELECT count(*) FROM twofa.answered_from x WHERE x.host = me
        AND x.usr = d.usr) < 20
      AND (SELECT count(*) FROM (SELECT FROM twofa.answered_from x
        WHERE x.host = me LIMIT 20000) x) < 20000
    ON CONFLICT ON CONSTRAINT answered_from_pkey DO UPDATE SET at = excluded.at
      WHERE a.at NOT BETWEEN excluded.at - 86400 AND excluded.at;
  END IF;
END $$;
-- The limit of a source: each user in answered_from raises it by 5, up to 300.
-- Of another host 10 users count, as a stolen host may report any.
CREATE OR REPLACE FUNCTION twofa.source_hour(w twofa_v1.who, m twofa_v1.message, me text,
  wall bigint) RETURNS int LANGUAGE plpgsql STABLE AS $$
BEGIN
  RETURN (SELECT greatest(m.source_hour, least(300, m.source_hour
      + 5 * count(DISTINCT a.usr)))
    FROM (SELECT x.usr, x.host, row_number() OVER (PARTITION BY x.host
        ORDER BY x.at DESC, x.usr) AS nth
      FROM twofa.answered_from x
      WHERE x.source = (SELECT twofa.digest(s.salt, 'source ' || w.scope || ' '
          || m.source) FROM twofa.salt s)
        AND x.at > wall - 2592000 AND x.at <= wall) a
    WHERE a.host = me OR a.nth <= 10 AND NOT twofa.is_local(m.source));
END $$;

-- Added to the kind of a message to a decoy: nothing is sent, so it has kinds
-- of its own, from 9 on, and counts for that name alone.
CREATE OR REPLACE FUNCTION twofa.unsent_kind(p_usr text) RETURNS int LANGUAGE sql
IMMUTABLE AS $$ SELECT 10 * (p_usr ~ '//\.([0-9a-f]{16})?$')::int $$;

-- The limits for a message, in the order of their weight. cap: how many
-- messages of one host count for the others.
CREATE OR REPLACE FUNCTION twofa.windows(w twofa_v1.who, m twofa_v1.message, me text,
  wall bigint)
RETURNS TABLE (nth int, name text, secs bigint, most int, cap int)
LANGUAGE sql STABLE AS $$
  SELECT * FROM (VALUES
    (1, 'push_per_hour', 3600::bigint,
      CASE WHEN m.push AND w.socket = 0 THEN m.push_hour END, 3),
    (2, 'sends_per_user_hour', 3600,
      CASE WHEN NOT m.push AND m.carried = 0 AND w.socket = 0
        THEN m.user_hour END, 3),
    (3, 'sends_per_user_day', 86400,
      CASE WHEN NOT m.push AND m.carried = 0 AND w.socket = 0
        THEN m.user_day END, 10),
    (4, 'sends_per_number_day', 86400,
      CASE WHEN NOT m.push AND m.carried = 0 THEN m.number_day END, 10),
    (5, 'answered_per_number_day', 86400,
      CASE WHEN NOT m.push AND m.carried = 0 THEN m.number_answered_day END,
      10),
    (6, 'sends_per_source_hour', 3600,
      CASE WHEN w.socket = 0 AND m.source <> '' AND m.source_hour > 0
        THEN twofa.source_hour(w, m, me, wall) END, 10),
    (7, 'sends_per_other_hour', 3600,
      CASE WHEN w.socket <> 0 AND m.carried = 0 THEN m.other_hour END, 0),
    -- user_day is other_day there, negated
    (11, 'sends_per_user_day', 86400,
      CASE WHEN w.socket <> 0 AND m.carried = 0 THEN -m.user_day END, 0),
    (8, 'sends_per_host_hour', 3600, m.host_hour, 0),
    (9, 'sends_per_fleet_hour', 3600, twofa.fleet_hour(m), 0),
    (10, 'hourly-sends', 3600, (SELECT h.n FROM twofa.hourly_sends(me) h), 0))
    v(nth, name, secs, most, cap)
  WHERE v.most > 0 $$;

-- The messages in each window except the fleet's: whether this host sent it,
-- and whether it is among the cap newest of its host.
CREATE OR REPLACE FUNCTION twofa.window_rows(w twofa_v1.who, m twofa_v1.message, me text,
  wall bigint)
RETURNS TABLE (nth int, name text, secs bigint, most int, at bigint, mine bool,
  counts bool) LANGUAGE sql STABLE AS $$
  SELECT v.nth, v.name, v.secs, v.most, s.at, s.host = me,
    row_number() OVER (PARTITION BY v.nth, s.host ORDER BY s.at DESC) <= v.cap
  FROM twofa.windows(w, m, me, wall) v CROSS JOIN twofa.unsent_kind(m.usr) k
  JOIN twofa.send s ON s.scope = w.scope
    AND s.at > wall - v.secs AND CASE v.nth
      WHEN 1 THEN s.usr = m.usr AND s.kind = k + 1
      WHEN 2 THEN s.usr = m.usr AND s.kind = k AND s.answered <> 1
      WHEN 3 THEN s.usr = m.usr AND s.kind = k AND s.answered <> 1
      WHEN 4 THEN s.number = m.number AND s.kind <= k AND s.answered = 0
      WHEN 5 THEN s.number = m.number AND s.kind <= k + 2
        AND (s.answered = 1 OR s.answered = 2 AND s.kind = k)
      WHEN 6 THEN s.source = m.source AND s.kind < 9 AND s.answered = 0
        AND (s.host = me OR NOT twofa.is_local(m.source))
      WHEN 8 THEN s.host = me AND s.kind < 9 AND s.answered = 0
      WHEN 9 THEN false
      WHEN 10 THEN s.host = me AND s.kind < 9
      -- 7 and 11
      ELSE s.source = m.source AND s.host = me AND s.kind <> 2
        AND s.kind < 9 AND s.answered <> 1 END
  WHERE s.at > wall - 86400 AND (s.usr = m.usr OR s.number = m.number
    OR s.source = m.source OR s.host = me AND s.at > wall - 3600) $$;

-- How long limits by number delay a message: all messages of this host count,
-- and of other hosts those that count there. The caller has taken the gates.
CREATE OR REPLACE FUNCTION twofa.message_wait(w twofa_v1.who, m twofa_v1.message,
  me text, wall bigint, OUT wait_s bigint, OUT which text)
LANGUAGE plpgsql STABLE AS $$
BEGIN
  SELECT least(a.at, wall) + a.secs - wall, a.name INTO wait_s, which
  FROM (SELECT r.*, row_number() OVER (PARTITION BY r.nth, r.mine
        ORDER BY r.at DESC) AS own,
      row_number() OVER (PARTITION BY r.nth, r.counts
        ORDER BY r.at DESC) AS every
    FROM twofa.window_rows(w, m, me, wall) r) a
  WHERE a.mine AND a.own = a.most OR a.counts AND a.every = a.most
  ORDER BY 1 DESC, a.nth LIMIT 1;
  IF w.socket <> 0 AND m.other_hour = 0 AND coalesce(wait_s, 0) < 3600 THEN
    wait_s := 3600; which := 'sends_per_other_hour';
  END IF;
  wait_s := coalesce(wait_s, 0); which := coalesce(which, '');
END $$;

-- True if one of these limits may apply: one query for what is rarely so.
CREATE OR REPLACE FUNCTION twofa.message_many(w twofa_v1.who, m twofa_v1.message,
  me text, wall bigint) RETURNS TABLE (many bool) LANGUAGE sql STABLE AS $$
  SELECT w.socket <> 0 OR coalesce(
      count(*) FILTER (WHERE s.usr = m.usr AND s.at > wall - 3600)
        >= least(nullif(m.user_hour, 0), nullif(m.push_hour, 0))
      OR count(*) FILTER (WHERE s.usr = m.usr) >= nullif(m.user_day, 0)
      OR count(*) FILTER (WHERE s.number = m.number)
        >= least(nullif(m.number_day, 0), nullif(m.number_answered_day, 0))
      OR count(*) FILTER (WHERE s.source = m.source AND s.at > wall - 3600
        AND s.answered = 0) >= nullif(m.source_hour, 0)
      OR (SELECT count(*) >= (SELECT x.n FROM twofa.hourly_sends(me) x)
          OR count(*) FILTER (WHERE h.answered = 0) >= nullif(m.host_hour, 0)
        FROM twofa.send h WHERE h.host = me AND h.at > wall - 3600
          AND h.scope = w.scope), false)
  FROM twofa.send s WHERE s.scope = w.scope AND s.at > wall - 86400
    AND (s.usr = m.usr OR s.number = m.number
      OR s.source = m.source AND s.at > wall - 3600) $$;

-- Once a minute, by its first message: removes old rows, and those of an ended
-- rehearsal of these settings; rows from the future, left by a clock that was
-- set back, count as made now.
CREATE OR REPLACE FUNCTION twofa.message_tidy(w twofa_v1.who) RETURNS void
LANGUAGE plpgsql VOLATILE AS $$
DECLARE wall bigint; today bigint;
BEGIN
  IF w.ended <> '' AND EXISTS (SELECT FROM twofa.fleet f
    WHERE f.scope = w.ended) THEN
    DELETE FROM twofa.send WHERE scope = w.ended;
    DELETE FROM twofa.spend WHERE scope = w.ended;
    DELETE FROM twofa.guess WHERE scope = w.ended;
    DELETE FROM twofa.fleet WHERE scope = w.ended;
  END IF;
  wall := twofa.wall_s(); today := wall / 86400;
  UPDATE twofa.send s SET at = wall WHERE s.ctid = ANY (ARRAY(SELECT x.ctid
    FROM twofa.send x WHERE x.at > wall FOR UPDATE SKIP LOCKED));
  DELETE FROM twofa.send s WHERE s.ctid = ANY (ARRAY(SELECT x.ctid
    FROM twofa.send x WHERE x.at <= wall - 86400 ORDER BY x.at LIMIT 4000
    FOR UPDATE SKIP LOCKED));
  DELETE FROM twofa.answered_from a WHERE a.ctid = ANY (ARRAY(SELECT x.ctid
    FROM twofa.answered_from x WHERE x.at <= wall - 2592000 LIMIT 4000
    FOR UPDATE SKIP LOCKED));
  PERFORM twofa.claim_tidy_all();
  DELETE FROM twofa.taken_back t WHERE t.until <= wall
    OR t.until > wall + 86400;
  IF EXISTS (SELECT FROM twofa.spend WHERE day > today OR day <= today - 400)
  THEN
    PERFORM twofa.fleet_lock(w);
    today := twofa.wall_s() / 86400;
    WITH gone AS (DELETE FROM twofa.spend WHERE day > today
      OR day <= today - 400 RETURNING *)
    INSERT INTO twofa.spend AS x SELECT today, scope, sum(price), shard
      FROM gone WHERE day > today GROUP BY scope, shard
      ON CONFLICT ON CONSTRAINT spend_pkey
      DO UPDATE SET price = x.price + excluded.price;
  END IF;
END $$;

-- Locks and returns the fleet's row, advanced to this minute; the caller writes
-- it back. A new minute has 0 messages; without a row, and after a clock was
-- set back, all are counted. A session that waited may come with the minute
-- before.
CREATE OR REPLACE FUNCTION twofa.fleet_lock(w twofa_v1.who)
RETURNS twofa.fleet LANGUAGE plpgsql VOLATILE AS $$
DECLARE f twofa.fleet; wall bigint; m bigint; n bigint;
BEGIN
  SELECT * INTO f FROM twofa.fleet x WHERE x.scope = w.scope FOR UPDATE;
  IF f.scope IS NULL THEN
    INSERT INTO twofa.fleet VALUES (w.scope, twofa.wall_s() / 60 + 2,
      array_fill(0, ARRAY[60])) ON CONFLICT DO NOTHING;
    SELECT * INTO f FROM twofa.fleet x WHERE x.scope = w.scope FOR UPDATE;
  END IF;
  wall := twofa.wall_s(); m := wall / 60;
  IF f.minute > m + 1 THEN
    f.minute := m;
    f.sent := ARRAY(SELECT count(s.at)::int FROM generate_series(0, 59) i
      LEFT JOIN twofa.send s ON s.scope = w.scope AND least(s.at, wall) / 60 % 60 = i
        AND s.at >= (m - 59) * 60 AND s.kind < 9 GROUP BY i ORDER BY i);
  ELSIF f.minute < m THEN
    FOR n IN greatest(f.minute + 1, m - 59) .. m LOOP
      f.sent[n % 60 + 1] := 0;
    END LOOP;
    f.minute := m;
  END IF;
  RETURN f;
END $$;

-- How long the limits of all hosts and of money delay a message. Last, as it
-- locks the whole fleet.
CREATE OR REPLACE FUNCTION twofa.money_wait(w twofa_v1.who, m twofa_v1.message,
  f twofa.fleet, wall bigint, OUT wait_s bigint, OUT which text)
LANGUAGE plpgsql STABLE AS $$
DECLARE today bigint := wall / 86400; spent bigint; leaves bigint; d record;
  n bigint; most int := twofa.fleet_hour(m);
BEGIN
  wait_s := 0;
  IF most > 0 THEN
    -- the oldest minute is partly over, so its messages are counted
    SELECT sum(x) + (SELECT count(*) FROM twofa.send s WHERE s.scope = w.scope
        AND s.at > wall - 3600 AND s.at < (f.minute - 59) * 60
        AND s.kind < 9)
      INTO n FROM unnest(f.sent) x;
    IF n >= most THEN
      SELECT least(s.at, wall) + 3600 - wall, 'sends_per_fleet_hour'
        INTO wait_s, which FROM twofa.send s WHERE s.scope = w.scope
          AND s.at > wall - 3600 AND s.kind < 9 ORDER BY s.at OFFSET n - most LIMIT 1;
      wait_s := greatest(coalesce(wait_s, 0), 1);
      which := 'sends_per_fleet_hour';
    END IF;
  END IF;
  IF m.push OR m.spend_day < 0 AND m.spend_month < 0 THEN RETURN; END IF;
  IF m.spend_day >= 0 THEN
    SELECT greatest(coalesce(sum(price), 0), 0) INTO spent FROM twofa.spend
      WHERE day > today - 1 AND scope = w.scope;
    IF spent + m.price > m.spend_day
      AND (today + 1) * 86400 - wall > wait_s THEN
      wait_s := (today + 1) * 86400 - wall; which := 'spend_per_day';
    END IF;
  END IF;
  IF m.spend_month < 0 THEN RETURN; END IF;
  SELECT greatest(coalesce(sum(price), 0), 0) INTO spent FROM twofa.spend
    WHERE day > today - 30 AND scope = w.scope;
  spent := spent + m.price - m.spend_month;
  IF spent <= 0 THEN RETURN; END IF;
  leaves := today + 30;
  FOR d IN SELECT least(day, today) AS day, price FROM twofa.spend
    WHERE day > today - 30 AND scope = w.scope ORDER BY spend.day LOOP
    spent := spent - d.price;
    IF spent <= 0 THEN leaves := d.day + 30; EXIT; END IF;
  END LOOP;
  IF leaves * 86400 - wall > wait_s THEN
    wait_s := leaves * 86400 - wall; which := 'spend_per_month';
  END IF;
END $$;

-- A standby that is promoted may not have heard of the last numbers, and gives
-- them again, while logins still hold the lost ones. So random bits follow each.
-- A stolen host can use numbers up by what it rolls back: they begin again where
-- ids would be negative, which no host reads.
CREATE OR REPLACE FUNCTION twofa.new_id(p_numbers regclass) RETURNS bigint
LANGUAGE sql VOLATILE AS $$
  SELECT (nextval(p_numbers) & 8589934591) << 30 | (random() * 1073741823)::bigint $$;

-- Kinds as docs/state.md has them. The fleet's row is locked.
CREATE OR REPLACE FUNCTION twofa.message_insert(w twofa_v1.who, m twofa_v1.message,
  f twofa.fleet, me text, wall bigint) RETURNS bigint LANGUAGE plpgsql VOLATILE AS $$
DECLARE result bigint; i int := wall / 60 % 60 + 1;
  k int := twofa.unsent_kind(m.usr);
BEGIN
  IF k > 0 THEN
    -- at most 1000 an hour, whatever names a stolen host invents
    IF (SELECT count(*) FROM twofa.send s WHERE s.host = me
      AND s.at > wall - 3600 AND s.kind > 8) >= 1000 THEN RETURN 0; END IF;
    m.price := 0;
  ELSE
    f.sent[i] := f.sent[i] + 1;
  END IF;
  WITH a AS (UPDATE twofa.fleet x SET minute = f.minute, sent = f.sent
    WHERE x.scope = w.scope),
  b AS (INSERT INTO twofa.spend AS x SELECT wall / 86400, w.scope, m.price
    WHERE m.price <> 0 ON CONFLICT ON CONSTRAINT spend_pkey
    DO UPDATE SET price = x.price + excluded.price)
  INSERT INTO twofa.send(id, at, usr, number, source, host, day, price, kind,
    scope) OVERRIDING SYSTEM VALUE
  VALUES (twofa.new_id('twofa.send_id_seq'), wall, m.usr, m.number, m.source,
    me, wall / 86400, m.price,
    k + CASE WHEN m.push AND w.socket <> 0 THEN 3 WHEN m.push THEN 1
      WHEN m.carried = 2 THEN 2 WHEN w.socket <> 0 THEN -1 ELSE 0 END, w.scope)
  RETURNING id INTO result;
  RETURN result;
END $$;

-- Sets the real price of a message of this host; NULL: it was not sent. No
-- error if the message is gone.
CREATE OR REPLACE FUNCTION twofa.message_price(w twofa_v1.who, p_id bigint, p_price bigint)
RETURNS void LANGUAGE plpgsql VOLATILE AS $$
DECLARE s twofa.send; f twofa.fleet;
BEGIN
  SELECT * INTO s FROM twofa.send WHERE id = p_id AND host = twofa.me()
    FOR UPDATE;
  -- a push costs nothing
  IF NOT FOUND OR p_price > 0 AND s.kind IN (1, 3) THEN RETURN; END IF;
  IF p_price IS NULL THEN
    DELETE FROM twofa.send WHERE id = p_id;
    w.scope := s.scope;
    f := twofa.fleet_lock(w);
    IF s.kind < 9 AND s.at / 60 BETWEEN f.minute - 59 AND f.minute THEN
      f.sent[s.at / 60 % 60 + 1] :=
        greatest(f.sent[s.at / 60 % 60 + 1] - 1, 0);
      UPDATE twofa.fleet x SET minute = f.minute, sent = f.sent
        WHERE x.scope = w.scope;
    END IF;
  ELSIF p_price <> s.price THEN
    UPDATE twofa.send SET price = p_price WHERE id = p_id;
  END IF;
  INSERT INTO twofa.spend AS x SELECT s.day, s.scope,
      coalesce(p_price, 0) - s.price, (hashtext(s.host) & 7) + 1
    WHERE coalesce(p_price, 0) <> s.price
    ON CONFLICT ON CONSTRAINT spend_pkey
    DO UPDATE SET price = x.price + excluded.price;
END $$;

-- Internal: verifications, their claim, and single-use codes.

-- The longest verification, whatever a host says: Vonage's, with a code of 3600
-- s (expiry_max_s) after the 305 s of its other steps (waits_s, both in
-- lib/provider_types/vonage_types.c). Twilio's support can set a day, but no
-- login waits so long, and Twilio answers a second start within that time with
-- the same verification. Never before now, so that no difference of times is
-- beyond the type's range.
CREATE OR REPLACE FUNCTION twofa.longest_ms(p_ms bigint) RETURNS bigint LANGUAGE sql
IMMUTABLE AS $$ SELECT least(greatest(p_ms, 0), 3905000) $$;
-- ... and its start: twice the largest timeout_ms, 30 s
-- (lib/settings/settings_providers.c), and 35 s (verify_start_limit_ms).
CREATE OR REPLACE FUNCTION twofa.longest_start_ms(p_ms bigint) RETURNS bigint LANGUAGE sql
IMMUTABLE AS $$ SELECT least(p_ms, 95000) $$;
-- How long a row may be starting: by its own time, or by the caller's. 0 means
-- that its session has died (store_claim), which counts only from its own host.
CREATE OR REPLACE FUNCTION twofa.starts_ms(v twofa.verification, p_start_ms bigint)
RETURNS bigint LANGUAGE sql STABLE AS $$
  SELECT CASE WHEN v.start_ms > 0
      AND (p_start_ms > 0 OR v.holder_host <> twofa.me()) THEN v.start_ms
    ELSE twofa.longest_start_ms(p_start_ms) END $$;

-- True if each host can read the row (store_row_from_columns): one that cannot be
-- read would keep its user out, also with a recovery code.
CREATE OR REPLACE FUNCTION twofa.is_readable(p_provider text, p_type text, p_request text,
  p_method int) RETURNS bool LANGUAGE sql IMMUTABLE AS $$
  SELECT octet_length(p_provider) <= 32 AND octet_length(p_type) <= 32
    AND octet_length(p_request) <= 64 AND p_method BETWEEN 0 AND 9 $$;

-- A row as a session sees it.
CREATE OR REPLACE FUNCTION twofa.found(w twofa_v1.who, v twofa.verification, me text,
  now bigint) RETURNS twofa_v1.found LANGUAGE sql STABLE AS $$
  SELECT ROW(v.id, v.state, v.request_id, v.method, now - v.sent_at,
    v.expires_at - now, v.ends_at - now,
    CASE WHEN v.holder_host = me THEN v.holder ELSE 0 END,
    v.tries, v.sends, v.joined, v.send,
    v.session = w.session AND v.host = me, v.socket <> w.socket, false,
    v.host <> me,
    v.provider, v.type)::twofa_v1.found $$;

-- True if this session holds the row.
CREATE OR REPLACE FUNCTION twofa.held(w twofa_v1.who, v twofa.verification) RETURNS bool
LANGUAGE sql STABLE AS $$
  SELECT v.holder = w.process AND v.holder_host = twofa.me() $$;

-- True for the name of an enrolment's row (STORE_ENROLMENT).
CREATE OR REPLACE FUNCTION twofa.is_enrolment(p_user text) RETURNS bool
LANGUAGE sql IMMUTABLE AS $$ SELECT p_user ~ '[^/]/enrolment$' $$;
-- Of a login, which may name anybody's number; an administrator and the help
-- desk, whose rows' names begin with //, do not.
CREATE OR REPLACE FUNCTION twofa.is_login_enrolment(p_user text) RETURNS bool
LANGUAGE sql IMMUTABLE AS $$
  SELECT twofa.is_enrolment(p_user) AND p_user !~ '^/' $$;

-- True for an enrolment, which may name anybody's number, of another user than
-- p_owner.
CREATE OR REPLACE FUNCTION twofa.enrols_another(p_user text, p_owner text) RETURNS bool
LANGUAGE sql IMMUTABLE AS $$
  SELECT twofa.is_enrolment(p_user) AND p_user NOT IN (p_owner || '/enrolment',
    '//root:' || p_owner || '/enrolment', '//desk:' || p_owner || '/enrolment') $$;

-- True for a row that is over, or that a claim of its number, as by row p_id,
-- would end: its worker, who had the id first, may have put it at another number,
-- or may enrol this one.
CREATE OR REPLACE FUNCTION twofa.gives_way(w twofa_v1.who, v twofa.verification,
  p_id bigint, now bigint) RETURNS bool LANGUAGE sql STABLE AS $$
  SELECT v.ends_at <= now
    OR w.socket = 0 AND v.socket <> 0 AND twofa.is_enrolment(v.usr)
    OR EXISTS (SELECT FROM twofa.verification o WHERE o.id = p_id
      AND (w.socket = 0 AND v.socket <> 0
          AND NOT twofa.enrols_another(o.usr, v.usr)
        OR (w.socket = 0 OR v.socket <> 0) AND twofa.is_enrolment(v.usr)
          AND NOT twofa.is_enrolment(o.usr))) $$;

-- Removes rows that ended long ago. Locked rows are left to the next call.
CREATE OR REPLACE FUNCTION twofa.claim_tidy_all() RETURNS void
LANGUAGE plpgsql VOLATILE AS $$
DECLARE now bigint := twofa.now_ms();
BEGIN
  DELETE FROM twofa.verification v WHERE v.ctid = ANY (ARRAY(SELECT x.ctid
    FROM twofa.verification x WHERE x.ends_at <= now - 600000
      OR x.ends_at > now + 86400000 LIMIT 1000 FOR UPDATE SKIP LOCKED));
END $$;
-- Ends and removes rows that are over, of these numbers.
CREATE OR REPLACE FUNCTION twofa.claim_tidy(w twofa_v1.who, p_user text, p_numbers text[],
  p_start_ms bigint, now bigint) RETURNS void LANGUAGE plpgsql VOLATILE AS $$
DECLARE enrols bool := twofa.is_login_enrolment(p_user);
BEGIN
  UPDATE twofa.verification v SET state = 'unknown',
    ends_at = v.began_at + twofa.starts_ms(v, p_start_ms) + 60000
  WHERE v.number = ANY (p_numbers) AND (v.number = p_numbers[1]
      OR v.usr = p_user) AND v.state IN ('starting', 'replacing')
    AND v.began_at + twofa.starts_ms(v, p_start_ms) <= now
    -- a claim without a time says that the session of the row that it finds died
    AND (p_start_ms > 0 OR v.id = (SELECT x.id FROM twofa.verification x
      WHERE x.number = ANY (p_numbers) AND (x.number = p_numbers[1]
        OR x.usr = p_user) AND x.state <> 'unknown'
      ORDER BY x.usr <> p_user LIMIT 1));
  DELETE FROM twofa.verification v
  WHERE v.number = ANY (p_numbers) AND (v.number = p_numbers[1]
      OR v.usr = p_user) AND (v.ends_at <= now OR v.sent_at > now + 30000
      OR v.socket <> 0 AND w.socket = 0 AND (v.state = 'spent' AND NOT enrols
        OR v.state <> 'running' AND twofa.is_enrolment(v.usr))
      OR v.state <> 'running' AND twofa.is_enrolment(v.usr)
        AND (w.socket = 0 OR v.socket <> 0) AND NOT enrols
        AND v.usr NOT IN (p_user, p_user || '/enrolment')
        -- a message to this user that is on its way is waited for
        AND (v.state NOT IN ('starting', 'replacing')
          OR twofa.enrols_another(v.usr, p_user)));
END $$;

-- store_claim without the row of CLAIM_NEW: 1 new, 2 joined, 3 wait, 4 unknown,
-- 5 spent, 6 of another user, 7 at another provider, 8 unfit. The first of
-- p_numbers is that of a new verification.
CREATE OR REPLACE FUNCTION twofa.claim(w twofa_v1.who, p_user text, p_numbers text[],
  p_provider text, p_type text, p_methods int, p_method int, p_start_ms bigint,
  me text, now bigint, OUT claim int, OUT r twofa_v1.found)
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
  -- an enrolment does not exclude the owner of the number (STORE_ENROLMENT),
  -- unless it is root's; one by an administrator or the help desk excludes a login
  -- that enrols. Nor does a service of another uid exclude root's, except another
  -- user's enrolment, which may name anybody's number
  IF (CASE WHEN twofa.is_enrolment(v.usr) AND (v.socket <> 0 OR w.socket = 0)
      THEN v.usr ~ '^//' AND twofa.is_login_enrolment(p_user)
    WHEN v.socket <> w.socket THEN w.socket <> 0
      OR twofa.enrols_another(p_user, v.usr)
    ELSE v.usr <> p_user END) THEN
    claim := 6;
    IF v.state IN ('starting', 'replacing') THEN
      r.id := 0; r.holder := (twofa.found(w, v, me, now)).holder;
    END IF;
    RETURN;
  END IF;
  claim := CASE WHEN v.state = 'unknown' THEN 4
    WHEN v.state IN ('starting', 'replacing') THEN 3
    WHEN v.state = 'spent' THEN 5
    WHEN v.provider <> p_provider OR v.type NOT IN ('', p_type) THEN 7
    WHEN p_methods & (1 << v.method) = 0 OR v.expires_at <= now
      OR v.socket <> w.socket OR v.usr <> p_user OR v.host <> me
      AND length(v.verifier) > 0 THEN 8
    ELSE 2 END;
  r := twofa.found(w, v, me, now);
  r.apart := r.apart OR v.usr <> p_user;
  IF claim = 2 AND NOT r.mine THEN
    UPDATE twofa.verification x SET joined = x.joined + 1 WHERE x.id = v.id;
    r.joined := r.joined + 1;
  END IF;
  r.shut := u.id IS NOT NULL AND claim IN (7, 8);
END $$;

-- Each takes a number, so a host has so many: by default 2000. Messages do not
-- limit them, as those can be taken back, and a decoy's are others.
CREATE INDEX IF NOT EXISTS verification_host ON twofa.verification(host);
CREATE OR REPLACE FUNCTION twofa.claim_insert(w twofa_v1.who, p_user text, p_number text,
  p_provider text, p_type text, p_method int, p_start_ms bigint, me text,
  now bigint) RETURNS bigint LANGUAGE plpgsql VOLATILE AS $$
DECLARE result bigint; start_ms bigint := twofa.longest_start_ms(p_start_ms);
BEGIN
  IF NOT twofa.is_readable(p_provider, p_type, '', p_method) THEN
    RAISE EXCEPTION 'malformed' USING ERRCODE = '22023';
  END IF;
  INSERT INTO twofa.verification(id, number, usr, provider, type, state, session,
    host, holder, holder_host, method, began_at, sent_at, expires_at, ends_at,
    start_ms, socket) OVERRIDING SYSTEM VALUE
  SELECT twofa.new_id('twofa.verification_id_seq'), p_number, p_user,
    p_provider, p_type, 'starting', w.session, me, w.process, me, p_method, now, now, 0,
    now + start_ms + 60000, start_ms, w.socket
  FROM (SELECT greatest(2000, 2 * h.n) AS n FROM twofa.hourly_sends(me) h) most
  WHERE (SELECT count(*) FROM (SELECT FROM twofa.verification v
    WHERE v.host = me LIMIT most.n) x) < most.n RETURNING id INTO result;
  IF result IS NULL THEN
    RAISE EXCEPTION 'too many verifications of host % are running: check whether it is stolen',
      me USING ERRCODE = '53400';
  END IF;
  RETURN result;
END $$;

-- Uses up a code that the provider called right and might call right again. 1,
-- or 0 if it was used, or may have been used under another key.
CREATE OR REPLACE FUNCTION twofa.code_step(p_owner text, p_digest bytea) RETURNS int
LANGUAGE plpgsql VOLATILE AS $$
-- not by the host: a shorter time would make used codes valid again
DECLARE wall bigint := twofa.wall_s(); seconds bigint := 86400; result int;
BEGIN
  DELETE FROM twofa.code_used c WHERE c.ctid = ANY (ARRAY(SELECT x.ctid
    FROM twofa.code_used x WHERE x.until <= wall LIMIT 8
    FOR UPDATE SKIP LOCKED));
  UPDATE twofa.code_used SET until = wall + seconds
    WHERE usr = p_owner AND until > wall + seconds;
  INSERT INTO twofa.code_used AS c SELECT p_owner, p_digest, wall + seconds
  WHERE NOT EXISTS (SELECT FROM twofa.code_used x WHERE x.usr = p_owner
    AND substr(x.digest, 25) IS DISTINCT FROM substr(p_digest, 25)
    AND x.until > wall + seconds - 600)
  ON CONFLICT ON CONSTRAINT code_used_pkey DO UPDATE SET until = excluded.until
    WHERE c.until <= wall;
  GET DIAGNOSTICS result = ROW_COUNT;
  RETURN result;
END $$;

-- Uses up a step of a secret. 1 if it is later than every used step, else 0. A
-- counter belongs to the secret, which may be another user's tomorrow: its row,
-- and no other, is nobody's.
CREATE OR REPLACE FUNCTION twofa.totp_win(p_user text, p_secret bytea, p_step bigint,
  p_source text) RETURNS int LANGUAGE plpgsql VOLATILE AS $$
DECLARE result int;
BEGIN
  INSERT INTO twofa.totp SELECT CASE WHEN p_step < 0 THEN ''
    ELSE nullif(p_user, '') END, p_secret, p_step, p_source
  WHERE NOT EXISTS (SELECT FROM twofa.totp t WHERE p_step > 0
      AND t.usr = p_user AND t.step >= p_step AND (t.secret = p_secret
        OR substr(t.secret, 25) IS DISTINCT FROM substr(p_secret, 25)))
    AND NOT EXISTS (SELECT FROM twofa.totp t WHERE t.secret = p_secret
      AND t.secret <> '' AND t.step >= p_step AND (p_step > 0 OR t.step < 0))
  ON CONFLICT ON CONSTRAINT totp_pkey DO UPDATE SET step = excluded.step,
    source = excluded.source;
  GET DIAGNOSTICS result = ROW_COUNT;
  IF result = 1 THEN
    -- 4: USER_APPS_MAX, those of the record, as the clock may be set back
    DELETE FROM twofa.totp WHERE usr = p_user AND secret <> p_secret
      AND step >= 0 AND step < p_step - 2880
      AND secret NOT IN (SELECT t.secret FROM twofa.totp t
        WHERE t.usr = p_user ORDER BY t.step DESC LIMIT 4);
  END IF;
  RETURN result;
END $$;

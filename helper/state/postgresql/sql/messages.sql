-- SPDX-License-Identifier: BSD-2-Clause
-- Inside: the account of messages and money.

-- The newest messages of a window, at most so many (NULL: all).
CREATE FUNCTION twofa.window_of(w twofa_v1.who, m twofa_v1.message,
  p_name text, p_since bigint, p_most int) RETURNS SETOF bigint
LANGUAGE plpgsql STABLE AS $$
BEGIN
  CASE
  WHEN p_name LIKE '%user%' OR p_name LIKE 'push%' THEN
    RETURN QUERY SELECT s.at FROM twofa.send s WHERE s.usr = m.usr
      AND s.kind = CASE WHEN p_name LIKE 'push%' THEN 1 ELSE 0 END
      AND s.answered = 0 AND s.scope = w.scope AND s.at > p_since
      ORDER BY s.at DESC LIMIT p_most;
  WHEN p_name LIKE '%number%' THEN
    RETURN QUERY SELECT s.at FROM twofa.send s WHERE s.number = m.number
      AND (p_name LIKE 'sends%' AND s.kind <= 0 AND s.answered = 0
        OR p_name LIKE 'answered%' AND s.kind <= 2 AND s.answered = 1)
      AND s.scope = w.scope AND s.at > p_since
      ORDER BY s.at DESC LIMIT p_most;
  WHEN p_name LIKE '%source%' OR p_name LIKE '%other%' THEN
    RETURN QUERY SELECT s.at FROM twofa.send s WHERE s.source = m.source
      AND (s.host = twofa.me() OR p_name LIKE '%source%'
        AND twofa.place(m.source) = '')
      AND (p_name LIKE '%source%' OR s.kind <> 2 AND s.answered = 0)
      AND s.scope = w.scope AND s.at > p_since
      ORDER BY s.at DESC LIMIT p_most;
  WHEN p_name LIKE '%fleet%' THEN
    RETURN QUERY SELECT s.at FROM twofa.send s WHERE s.scope = w.scope
      AND s.at > p_since ORDER BY s.at DESC LIMIT p_most;
  ELSE
    RETURN QUERY SELECT s.at FROM twofa.send s WHERE s.host = twofa.me()
      AND s.scope = w.scope AND s.at > p_since
      ORDER BY s.at DESC LIMIT p_most;
  END CASE;
END $$;

-- Which limits there are for such a message, in the order of their weight.
CREATE FUNCTION twofa.windows(w twofa_v1.who, m twofa_v1.message)
RETURNS TABLE (nth int, name text, secs bigint, most int)
LANGUAGE sql STABLE AS $$
  SELECT * FROM (VALUES
    (1, 'push_per_hour', 3600::bigint,
      CASE WHEN m.push AND w.socket = 0 THEN m.push_hour END),
    (2, 'sends_per_user_hour', 3600,
      CASE WHEN NOT m.push AND m.carried = 0 AND w.socket = 0
        THEN m.user_hour END),
    (3, 'sends_per_user_day', 86400,
      CASE WHEN NOT m.push AND m.carried = 0 AND w.socket = 0
        THEN m.user_day END),
    (4, 'sends_per_number_day', 86400,
      CASE WHEN NOT m.push AND m.carried = 0 THEN m.number_day END),
    (5, 'answered_per_number_day', 86400,
      CASE WHEN NOT m.push AND m.carried = 0 THEN m.number_answered_day END),
    (6, 'sends_per_source_hour', 3600,
      CASE WHEN w.socket = 0 AND m.source <> '' THEN m.source_hour END),
    (7, 'sends_per_other_hour', 3600,
      CASE WHEN w.socket <> 0 AND m.carried = 0 THEN m.other_hour END),
    (8, 'sends_per_host_hour', 3600, m.host_hour),
    (9, 'sends_per_fleet_hour', 3600, m.fleet_hour)) v(nth, name, secs, most)
  WHERE v.most > 0 $$;

-- What a clock that was set back leaves counts as made now; what is old goes, a
-- few with each message; and a rehearsal of these settings that is over.
CREATE FUNCTION twofa.message_tidy(w twofa_v1.who, wall bigint) RETURNS void
LANGUAGE plpgsql VOLATILE AS $$
DECLARE today bigint := wall / 86400;
BEGIN
  IF w.ended <> '' THEN
    DELETE FROM twofa.send WHERE scope = w.ended;
    DELETE FROM twofa.spend WHERE scope = w.ended;
    DELETE FROM twofa.guess WHERE scope = w.ended;
  END IF;
  UPDATE twofa.send s SET at = wall WHERE s.ctid = ANY (ARRAY(SELECT x.ctid
    FROM twofa.send x WHERE x.at > wall FOR UPDATE SKIP LOCKED));
  DELETE FROM twofa.send s WHERE s.ctid = ANY (ARRAY(SELECT x.ctid
    FROM twofa.send x WHERE x.at <= wall - 86400 ORDER BY x.at LIMIT 8
    FOR UPDATE SKIP LOCKED));
  IF EXISTS (SELECT FROM twofa.spend WHERE day > today OR day <= today - 400)
  THEN
    PERFORM FROM twofa.gate WHERE n = 4096 FOR UPDATE;
    WITH gone AS (DELETE FROM twofa.spend WHERE day > today
      OR day <= today - 400 RETURNING *)
    INSERT INTO twofa.spend AS x SELECT today, scope, sum(price) FROM gone
      WHERE day > today GROUP BY scope
      ON CONFLICT ON CONSTRAINT spend_pkey
      DO UPDATE SET price = x.price + excluded.price;
  END IF;
END $$;

-- How long a limit of number holds that message; the gates are taken.
CREATE FUNCTION twofa.message_wait(w twofa_v1.who, m twofa_v1.message,
  wall bigint, OUT wait_s bigint, OUT which text)
LANGUAGE plpgsql VOLATILE AS $$
BEGIN
  SELECT least(a.at, wall) + v.secs - wall, v.name INTO wait_s, which
  FROM (SELECT * FROM twofa.windows(w, m) WHERE nth < 9) v,
    LATERAL (SELECT at FROM twofa.window_of(w, m,
    v.name, wall - v.secs, v.most) at OFFSET v.most - 1) a
  ORDER BY 1 DESC, v.nth LIMIT 1;
  IF w.socket <> 0 AND m.other_hour = 0 AND coalesce(wait_s, 0) < 3600 THEN
    wait_s := 3600; which := 'sends_per_other_hour';
  END IF;
  wait_s := coalesce(wait_s, 0);
END $$;

-- The same of all hosts and of money, last of all: the lock is the whole
-- fleet's.
CREATE FUNCTION twofa.money_wait(w twofa_v1.who, m twofa_v1.message,
  wall bigint, OUT wait_s bigint, OUT which text)
LANGUAGE plpgsql VOLATILE AS $$
DECLARE today bigint := wall / 86400; spent bigint; leaves bigint; d record;
BEGIN
  wait_s := 0;
  IF m.fleet_hour > 0 OR m.spend_day >= 0 OR m.spend_month >= 0 THEN
    PERFORM FROM twofa.gate WHERE n = 4096 FOR UPDATE;
  END IF;
  IF m.fleet_hour > 0 THEN
    SELECT least(at, wall) + 3600 - wall, 'sends_per_fleet_hour'
      INTO wait_s, which FROM twofa.window_of(w, m, 'sends_per_fleet_hour',
        wall - 3600, m.fleet_hour) at OFFSET m.fleet_hour - 1;
    wait_s := coalesce(wait_s, 0);
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

CREATE FUNCTION twofa.spend_add(w twofa_v1.who, p_day bigint, p_price bigint,
  p_scope text) RETURNS void LANGUAGE sql VOLATILE AS $$
  INSERT INTO twofa.spend AS x SELECT p_day, p_scope, p_price
  WHERE p_price <> 0 ON CONFLICT ON CONSTRAINT spend_pkey
  DO UPDATE SET price = x.price + excluded.price $$;

-- Kinds as docs/state.md has them.
CREATE FUNCTION twofa.message_insert(w twofa_v1.who, m twofa_v1.message,
  wall bigint) RETURNS bigint LANGUAGE plpgsql VOLATILE AS $$
DECLARE result bigint;
BEGIN
  INSERT INTO twofa.send(at, usr, number, source, host, day, price, kind, scope)
  VALUES (wall, m.usr, m.number, m.source, twofa.me(), wall / 86400, m.price,
    CASE WHEN m.push AND w.socket <> 0 THEN 3 WHEN m.push THEN 1
      WHEN m.carried = 2 THEN 2 WHEN w.socket <> 0 THEN -1 ELSE 0 END, w.scope)
  RETURNING id INTO result;
  PERFORM twofa.spend_add(w, wall / 86400, m.price, w.scope);
  RETURN result;
END $$;

-- A message's real price; NULL: it was not sent. One that is gone is nobody's
-- loss.
CREATE FUNCTION twofa.message_price(w twofa_v1.who, p_id bigint, p_price bigint)
RETURNS void LANGUAGE plpgsql VOLATILE AS $$
DECLARE s twofa.send;
BEGIN
  SELECT * INTO s FROM twofa.send WHERE id = p_id FOR UPDATE;
  IF NOT FOUND THEN RETURN; END IF;
  IF p_price IS NULL THEN
    DELETE FROM twofa.send WHERE id = p_id;
  ELSE
    UPDATE twofa.send SET price = p_price WHERE id = p_id;
  END IF;
  PERFORM twofa.spend_add(w, s.day, coalesce(p_price, 0) - s.price, s.scope);
END $$;

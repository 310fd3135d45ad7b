-- SPDX-License-Identifier: BSD-2-Clause
-- What an administrator sees and does.
-- No codes: the user is removed, and his name goes. A code of an app of the last
-- minute stays, since it could be used with another record.
CREATE FUNCTION twofa_v1.recovery_set(w twofa_v1.who, p_user text,
  p_salt bytea[], p_hash bytea[]) RETURNS void LANGUAGE plpgsql VOLATILE AS $$
BEGIN
  PERFORM twofa.gate_of(w, p_user);
  DELETE FROM twofa.recovery WHERE usr = p_user;
  INSERT INTO twofa.recovery(usr, salt, hash)
    SELECT p_user, s, sha256(h) FROM unnest(p_salt, p_hash) u(s, h);
  IF cardinality(p_hash) = 0 THEN
    DELETE FROM twofa.grace WHERE usr = p_user;
    DELETE FROM twofa.passed WHERE usr = p_user;
    DELETE FROM twofa.totp WHERE usr = p_user
      AND step < twofa.wall_s() / 30 - 2;
  END IF;
END $$;
CREATE FUNCTION twofa_v1.successes(w twofa_v1.who)
RETURNS TABLE (provider text, method int, at bigint) LANGUAGE sql STABLE AS $$
  SELECT p.provider, p.method, max(p.at) FROM twofa.passed p
  GROUP BY p.provider, p.method ORDER BY p.provider, p.method $$;
-- A host asks as well, who got in there. How long ago: its clock may differ.
CREATE FUNCTION twofa_v1.got_in(w twofa_v1.who, p_service text)
RETURNS TABLE (usr text, method int, ago bigint) LANGUAGE sql STABLE AS $$
  SELECT p.usr, p.method, twofa.wall_s() - max(p.at) FROM twofa.passed p
  WHERE p.service = p_service AND p.host = twofa.me()
  GROUP BY p.usr, p.method ORDER BY p.usr, p.method $$;
-- NULL: everybody's. People of an account, and who is one of some, as well.
CREATE FUNCTION twofa_v1.remembered_forget(w twofa_v1.who, p_user text)
RETURNS int LANGUAGE plpgsql VOLATILE AS $$
DECLARE result int;
BEGIN
  PERFORM twofa.gate_of(w, p_user);
  DELETE FROM twofa.grace WHERE p_user IS NULL OR usr = p_user
    OR usr > p_user || '//' AND usr < p_user || '/0'
    OR right(usr, length(p_user) + 3) = '//=' || p_user
    OR strpos(usr, '//=' || p_user || '//=') > 0;
  GET DIAGNOSTICS result = ROW_COUNT;
  RETURN result;
END $$;
CREATE FUNCTION twofa_v1.unlock(w twofa_v1.who, p_user text) RETURNS int
LANGUAGE plpgsql VOLATILE AS $$
DECLARE guesses int; spent int;
BEGIN
  PERFORM twofa.gate_of(w, p_user);
  DELETE FROM twofa.guess WHERE scope = w.scope AND (usr = p_user
    OR usr > p_user || '//' AND usr < p_user || '/0');
  GET DIAGNOSTICS guesses = ROW_COUNT;
  DELETE FROM twofa.verification WHERE state = 'spent' AND (usr = p_user
    OR usr > p_user || '//' AND usr < p_user || '/0');
  GET DIAGNOSTICS spent = ROW_COUNT;
  RETURN guesses + spent;
END $$;
CREATE FUNCTION twofa_v1.sends_reset(w twofa_v1.who, p_user text,
  p_number text) RETURNS bigint LANGUAGE plpgsql VOLATILE AS $$
DECLARE result bigint;
BEGIN
  PERFORM twofa.gate_of(w, p_user);
  UPDATE twofa.send SET kind = 4 WHERE scope = w.scope AND kind <> 4
    AND at > twofa.wall_s() - 86400 AND (usr = p_user
      OR usr > p_user || '//' AND usr < p_user || '/0'
      OR number = p_number AND number <> ''
      OR number IN (SELECT s.number FROM twofa.send s WHERE s.scope = w.scope
        AND s.number <> '' AND (s.usr = p_user
          OR s.usr > p_user || '//' AND s.usr < p_user || '/0')));
  GET DIAGNOSTICS result = ROW_COUNT;
  RETURN result;
END $$;
CREATE FUNCTION twofa_v1.totals(w twofa_v1.who, OUT hour int, OUT day int,
  OUT spent_day bigint, OUT spent_month bigint) LANGUAGE plpgsql STABLE AS $$
DECLARE wall bigint := twofa.wall_s(); today bigint := wall / 86400;
BEGIN
  SELECT count(*) FILTER (WHERE s.at > wall - 3600), count(*) INTO hour, day
  FROM twofa.send s WHERE s.host = twofa.me() AND s.scope = w.scope
    AND s.at > wall - 86400;
  SELECT greatest(coalesce(sum(p.price) FILTER (WHERE p.day >= today), 0), 0),
    greatest(coalesce(sum(p.price), 0), 0) INTO spent_day, spent_month
  FROM twofa.spend p WHERE p.scope = w.scope AND p.day > today - 30;
END $$;
-- Each host that has sent something in the last day.
CREATE FUNCTION twofa_v1.hosts(w twofa_v1.who)
RETURNS TABLE (host text, hour int, day int) LANGUAGE plpgsql STABLE AS $$
#variable_conflict use_column
DECLARE wall bigint := twofa.wall_s();
BEGIN
  RETURN QUERY SELECT s.host,
    (count(*) FILTER (WHERE s.at > wall - 3600))::int, count(*)::int
  FROM twofa.send s WHERE s.scope = w.scope AND s.at > wall - 86400
  GROUP BY s.host ORDER BY s.host;
END $$;
-- p_user NULL: everybody of whom anything is kept.
CREATE FUNCTION twofa_v1.status(w twofa_v1.who, p_user text)
RETURNS TABLE (usr text, source text, wrong int, locked_s bigint,
  sends_hour int, sends_day int, recovery int, grace int)
LANGUAGE plpgsql STABLE AS $$
#variable_conflict use_column
DECLARE wall bigint := twofa.wall_s();
BEGIN
  RETURN QUERY
  WITH known AS (
    SELECT g.usr FROM twofa.guess g WHERE g.scope = w.scope
    UNION SELECT r.usr FROM twofa.recovery r UNION SELECT r.usr FROM twofa.grace r
    UNION SELECT t.usr FROM twofa.totp t UNION SELECT s.usr FROM twofa.send s
      WHERE s.scope = w.scope AND s.at > wall - 86400),
  one AS (SELECT k.usr FROM known k WHERE p_user IS NULL OR k.usr = p_user
      OR k.usr > p_user || '//' AND k.usr < p_user || '/0'
    UNION SELECT p_user COLLATE "C" WHERE p_user IS NOT NULL)
  SELECT o.usr, '' COLLATE "C", coalesce(g.wrong, 0),
    coalesce(greatest(g.left_s, 0), 0),
    (SELECT count(*)::int FROM twofa.send s WHERE s.usr = o.usr
      AND s.at > wall - 3600 AND s.scope = w.scope AND s.kind <> 4),
    (SELECT count(*)::int FROM twofa.send s WHERE s.usr = o.usr
      AND s.at > wall - 86400 AND s.scope = w.scope AND s.kind <> 4),
    (SELECT count(*)::int FROM twofa.recovery r WHERE r.usr = o.usr),
    (SELECT count(*)::int FROM twofa.grace x WHERE x.usr = o.usr
      AND x.since <= wall AND x.until > wall)
  FROM one o LEFT JOIN LATERAL (SELECT sum(x.wrong)::int AS wrong,
      max(greatest(x.until, x.until_all) - greatest(x.locked_at, wall))
        AS left_s
    FROM twofa.guess x WHERE x.usr = o.usr AND x.source = ''
      AND x.scope = w.scope) g ON true
  -- a source that is another one on each host has its host before it
  UNION ALL SELECT g.usr, s.name, sum(g.wrong)::int,
    greatest(max(greatest(g.until, g.until_all)
      - greatest(g.locked_at, wall)), 0), 0, 0, 0, 0
  FROM one o JOIN twofa.guess g ON g.usr = o.usr AND g.source <> ''
    AND g.scope = w.scope,
    LATERAL (SELECT CASE WHEN twofa.is_local(g.source)
      THEN (g.place || ' ' || g.source) COLLATE "C" ELSE g.source END) s(name)
  GROUP BY g.usr, s.name
  ORDER BY 1, 2;
END $$;

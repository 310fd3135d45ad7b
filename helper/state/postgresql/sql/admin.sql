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
  UPDATE twofa.send SET kind = CASE WHEN kind < 9 THEN 4 ELSE 14 END
  WHERE scope = w.scope AND kind NOT IN (4, 14)
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
    AND s.at > wall - 86400 AND s.kind < 9;
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
    AND s.kind < 9 GROUP BY s.host ORDER BY s.host;
END $$;
-- Of such a user, or of people of that account; NULL: of everybody.
CREATE FUNCTION twofa.is_of(p_usr text, p_user text) RETURNS bool
LANGUAGE sql IMMUTABLE AS $$ SELECT p_user IS NULL OR p_usr = p_user
  OR p_usr > p_user || '//' AND p_usr < p_user || '/0' $$;
-- p_user NULL: everybody of whom anything is kept. Each table is gone through
-- once: to look for each user in each of them takes ten times as long.
CREATE FUNCTION twofa_v1.status(w twofa_v1.who, p_user text)
RETURNS TABLE (usr text, source text, wrong int, locked_s bigint,
  sends_hour int, sends_day int, recovery int, grace int)
LANGUAGE plpgsql STABLE AS $$
#variable_conflict use_column
DECLARE wall bigint := twofa.wall_s();
  memory text := set_config('work_mem', '32MB', true);
BEGIN
  RETURN QUERY
  SELECT o.usr, '' COLLATE "C", sum(o.wrong)::int,
    greatest(max(o.left_s), 0), sum(o.hour)::int, sum(o.day)::int,
    sum(o.codes)::int, sum(o.logins)::int
  FROM (SELECT p_user COLLATE "C", 0, 0, 0, 0, 0, 0 WHERE p_user IS NOT NULL
    UNION ALL SELECT t.usr, 0, 0, 0, 0, 0, 0 FROM twofa.totp t
      WHERE twofa.is_of(t.usr, p_user)
    UNION ALL SELECT r.usr, 0, 0, 0, 0, count(*), 0 FROM twofa.recovery r
      WHERE twofa.is_of(r.usr, p_user) GROUP BY r.usr
    UNION ALL SELECT x.usr, 0, 0, 0, 0, 0,
        count(*) FILTER (WHERE x.since <= wall AND x.until > wall)
      FROM twofa.grace x WHERE twofa.is_of(x.usr, p_user) GROUP BY x.usr
    UNION ALL SELECT s.usr, 0, 0,
        count(*) FILTER (WHERE s.at > wall - 3600 AND s.kind NOT IN (4, 14)),
        count(*) FILTER (WHERE s.kind NOT IN (4, 14)), 0, 0
      FROM twofa.send s WHERE s.at > wall - 86400 AND s.scope = w.scope
        AND twofa.is_of(s.usr, p_user) GROUP BY s.usr
    UNION ALL SELECT g.usr, g.wrong * (g.source = '')::int,
        (greatest(g.until, g.until_all) - greatest(g.locked_at, wall))
          * (g.source = '')::int, 0, 0, 0, 0
      FROM twofa.guess g WHERE g.scope = w.scope
        AND twofa.is_of(g.usr, p_user))
    o(usr, wrong, left_s, hour, day, codes, logins)
  GROUP BY o.usr
  -- a source that is another one on each host has its host before it
  UNION ALL SELECT g.usr, s.name, sum(g.wrong)::int,
    greatest(max(greatest(g.until, g.until_all)
      - greatest(g.locked_at, wall)), 0), 0, 0, 0, 0
  FROM twofa.guess g,
    LATERAL (SELECT CASE WHEN twofa.is_local(g.source)
      THEN (g.place || ' ' || g.source) COLLATE "C" ELSE g.source END) s(name)
  WHERE g.source <> '' AND g.scope = w.scope AND twofa.is_of(g.usr, p_user)
  GROUP BY g.usr, s.name
  ORDER BY 1, 2;
END $$;

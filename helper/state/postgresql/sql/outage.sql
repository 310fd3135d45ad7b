-- SPDX-License-Identifier: BSD-2-Clause
-- What a host tells of the time in which it reached no server.
-- Of each series of wrong codes, how many are counted already: so a host that
-- dies before it knows that may tell them again.
CREATE TABLE twofa.outage(host text, series bigint, wrong int NOT NULL,
  at bigint NOT NULL, PRIMARY KEY(host, series));

-- More than ten of a source are no host's that keeps the rules. 1: the user is
-- locked there, so the host keeps its own lock as well.
CREATE FUNCTION twofa_v1.unsent_count(w twofa_v1.who, p_user text,
  p_source text, p_series bigint, p_wrong bigint, l twofa_v1.limits)
RETURNS int LANGUAGE plpgsql VOLATILE AS $$
DECLARE wall bigint := twofa.wall_s(); most int := least(p_wrong, 10);
  known int;
BEGIN
  PERFORM set_config('synchronous_commit', 'on', true);
  w.account := ''; w.scope := '';
  w.socket := CASE WHEN p_source LIKE 'sock:%' THEN 1 ELSE 0 END;
  PERFORM twofa.gate('u ' || p_user);
  SELECT o.wrong INTO known FROM twofa.outage o
    WHERE o.host = twofa.me() AND o.series = p_series;
  FOR n IN coalesce(known, 0) + 1 .. most LOOP
    PERFORM twofa.guess_count(w, p_user, p_source, l, false, twofa.me(), wall);
  END LOOP;
  INSERT INTO twofa.outage AS o VALUES (twofa.me(), p_series, most, wall)
  ON CONFLICT ON CONSTRAINT outage_pkey
    DO UPDATE SET wrong = greatest(o.wrong, excluded.wrong), at = wall;
  DELETE FROM twofa.outage o WHERE o.host = twofa.me()
    AND o.at < wall - 2592000;
  RETURN (SELECT (g.guess <> 1)::int FROM twofa.guess_look('', '', p_user,
    p_source, l, twofa.me(), wall) g);
END $$;

-- A step of the future would refuse codes that were not used.
CREATE FUNCTION twofa_v1.totp_note(w twofa_v1.who, p_user text,
  p_secret bytea, p_step bigint, p_source text) RETURNS int
LANGUAGE plpgsql VOLATILE AS $$
BEGIN
  PERFORM set_config('synchronous_commit', 'on', true);
  PERFORM twofa.gate('u ' || p_user, 't ' || encode(p_secret, 'hex'));
  INSERT INTO twofa.totp AS t VALUES (p_user, p_secret,
    least(p_step, twofa.wall_s() / 30 + 1), p_source)
  ON CONFLICT ON CONSTRAINT totp_pkey DO UPDATE SET step = excluded.step,
    source = excluded.source WHERE excluded.step > t.step;
  RETURN 0;
END $$;

-- A made-up login waits where a real one does, for the standby as well, and
-- writes no row.
CREATE FUNCTION twofa_v1.noop(w twofa_v1.who) RETURNS int
LANGUAGE plpgsql VOLATILE AS $$
BEGIN
  PERFORM set_config('synchronous_commit', 'on', true);
  PERFORM pg_logical_emit_message(true, 'twofa', '');
  RETURN 0;
END $$;

-- SPDX-License-Identifier: BSD-2-Clause
-- All records under another key of the fleet, and its mark: all or nothing.

CREATE FUNCTION twofa.rekey_rows(p_rows text) RETURNS SETOF text[]
LANGUAGE sql IMMUTABLE AS $$
  SELECT string_to_array(l, E'\t')
  FROM unnest(string_to_array(rtrim(p_rows, E'\n'), E'\n')) l $$;

-- p_rows: a line for each record, with tabs between: USER WAS SEAL BODY, WAS
-- being the seal that it has; but for USER in hexadecimal. 1 it is done, also
-- where it was before; 0 a record was written or removed since they were read;
-- 2 the state is not under p_was.
CREATE FUNCTION twofa_v1.record_rekey(w twofa_v1.who, p_was bytea, p_key bytea,
  p_rows text) RETURNS int LANGUAGE plpgsql VOLATILE AS $$
DECLARE mark bytea; there int; same int; given int;
BEGIN
  PERFORM set_config('synchronous_commit', 'on', true);
  -- record_put has this row as long as it writes
  SELECT m.fleet_key INTO mark FROM twofa.meta m FOR UPDATE;
  IF mark = p_key THEN RETURN 1; END IF;
  IF mark IS DISTINCT FROM p_was THEN RETURN 2; END IF;
  PERFORM FROM twofa.record r ORDER BY r.usr FOR UPDATE;
  SELECT count(*), count(x.r), (SELECT count(*) FROM twofa.rekey_rows(p_rows))
    INTO there, same, given
  FROM twofa.record r LEFT JOIN twofa.rekey_rows(p_rows) x(r)
    ON x.r[1] = r.usr AND decode(x.r[2], 'hex') = r.seal;
  IF there <> same OR there <> given THEN RETURN 0; END IF;
  UPDATE twofa.record r SET seal = decode(x.r[3], 'hex'),
    body = convert_from(decode(x.r[4], 'hex'), 'UTF8')
  FROM twofa.rekey_rows(p_rows) x(r) WHERE x.r[1] = r.usr;
  UPDATE twofa.meta SET fleet_key = p_key;
  RETURN 1;
END $$;

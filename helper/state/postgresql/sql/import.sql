-- SPDX-License-Identifier: BSD-2-Clause
-- What a host's own state knew, taken over by the fleet's.

-- One row for each file that was taken over, so that none counts twice.
CREATE TABLE twofa.imported(host text COLLATE "C", file text,
  at timestamptz NOT NULL DEFAULT now(), PRIMARY KEY(host, file));

CREATE FUNCTION twofa.import_rows(p_rows text, p_kind text)
RETURNS SETOF text[] LANGUAGE sql IMMUTABLE AS $$
  SELECT string_to_array(l, E'\t') FROM unnest(string_to_array(p_rows, E'\n')) l
  WHERE starts_with(l, p_kind || E'\t') $$;

-- p_rows: a line for each row, its kind first, with tabs between:
-- totp USER SECRET STEP SOURCE; guess USER SOURCE LOCAL WRONG LOCKS LOCKED_AT
-- UNTIL LAST REFUSED; send AT USER SOURCE DAY PRICE KIND ANSWERED; spend DAY
-- PRICE; code USER SALT HASH; used OWNER DIGEST UNTIL. Bytes are hexadecimal.
-- LOCAL 1: the source is another one on each host, so it is p_host's. What adds up is added, of
-- all else the later counts; codes are taken where the fleet has none.
CREATE FUNCTION twofa_v1.import(w twofa_v1.who, p_host text, p_file text,
  p_rows text, OUT fresh bool, OUT steps int, OUT guesses int, OUT sends int, OUT codes int)
LANGUAGE plpgsql VOLATILE AS $$
DECLARE wall bigint := twofa.wall_s();
BEGIN
  PERFORM set_config('synchronous_commit', 'on', true);
  steps := 0; guesses := 0; sends := 0; codes := 0;
  INSERT INTO twofa.imported(host, file) VALUES (p_host, p_file)
    ON CONFLICT DO NOTHING;
  fresh := FOUND;
  IF NOT fresh THEN RETURN; END IF;

  INSERT INTO twofa.totp AS t(usr, secret, step, source)
    SELECT x.r[2], decode(x.r[3], 'hex'), x.r[4]::bigint, x.r[5]
    FROM twofa.import_rows(p_rows, 'totp') x(r) ORDER BY 1, 2
  ON CONFLICT ON CONSTRAINT totp_pkey DO UPDATE SET step = excluded.step,
    source = excluded.source WHERE t.step < excluded.step;
  GET DIAGNOSTICS steps = ROW_COUNT;

  INSERT INTO twofa.guess AS g(usr, source, place, scope, series, wrong, shared,
      shared_at, locks, locked_at, until, last, refused)
    SELECT x.r[2], x.r[3], p_host, '', 0, x.r[5]::int, least(x.r[5]::int,
      CASE WHEN x.r[3] = '' THEN 10 WHEN x.r[4] = '1' THEN 0 ELSE 3 END),
      x.r[9]::bigint, x.r[6]::int, x.r[7]::bigint, x.r[8]::bigint, x.r[9]::bigint,
      x.r[10]::bigint
    FROM twofa.import_rows(p_rows, 'guess') x(r) ORDER BY 1, 2
  ON CONFLICT ON CONSTRAINT guess_pkey DO UPDATE SET
    wrong = g.wrong + excluded.wrong,
    shared = greatest(g.shared, excluded.shared),
    shared_at = greatest(g.shared_at, excluded.shared_at),
    locks = greatest(g.locks, excluded.locks),
    locked_at = greatest(g.locked_at, excluded.locked_at),
    until = greatest(g.until, excluded.until),
    last = greatest(g.last, excluded.last),
    refused = greatest(g.refused, excluded.refused);
  GET DIAGNOSTICS guesses = ROW_COUNT;

  -- numbers are hidden by a key of that host, and so are no use here
  INSERT INTO twofa.send(at, usr, number, source, host, day, price, kind,
      answered, scope)
    SELECT x.r[2]::bigint, x.r[3], '', x.r[4], p_host, x.r[5]::bigint,
      x.r[6]::bigint, x.r[7]::int, x.r[8]::int, ''
    FROM twofa.import_rows(p_rows, 'send') x(r)
    WHERE x.r[2]::bigint > wall - 86400;
  GET DIAGNOSTICS sends = ROW_COUNT;
  DELETE FROM twofa.fleet WHERE scope = ''; -- they are counted again

  INSERT INTO twofa.recovery(usr, salt, hash)
    SELECT x.r[2], decode(x.r[3], 'hex'), sha256(decode(x.r[4], 'hex'))
    FROM twofa.import_rows(p_rows, 'code') x(r)
    WHERE NOT EXISTS (SELECT FROM twofa.recovery o WHERE o.usr = x.r[2]);
  GET DIAGNOSTICS codes = ROW_COUNT;

  INSERT INTO twofa.code_used AS c(usr, digest, until)
    SELECT x.r[2], decode(x.r[3], 'hex'), x.r[4]::bigint
    FROM twofa.import_rows(p_rows, 'used') x(r)
  ON CONFLICT ON CONSTRAINT code_used_pkey DO UPDATE
    SET until = greatest(c.until, excluded.until);

  -- the whole fleet's, so it is taken last
  INSERT INTO twofa.spend AS p(day, scope, price)
    SELECT x.r[2]::bigint, '', x.r[3]::bigint
    FROM twofa.import_rows(p_rows, 'spend') x(r)
  ON CONFLICT ON CONSTRAINT spend_pkey DO UPDATE
    SET price = p.price + excluded.price;
END $$;

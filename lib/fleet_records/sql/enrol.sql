-- SPDX-License-Identifier: BSD-2-Clause
-- Users who enrol at a login, or change the own phone, app or recovery codes:
-- records are rows of twofa.record, whose `by` begins with the host's role, and
-- has those of hosts before. A host has compared the code of the number
-- itself, so that it must have the right, which an administrator gives;
-- invitations are compared here, so that each host may bring one.
ALTER TABLE twofa.host
  ADD COLUMN IF NOT EXISTS enrols bool NOT NULL DEFAULT false;

-- True for a host that has the right, or brings an invitation, and has enrolled
-- or changed less than 20 users in this hour.
CREATE OR REPLACE FUNCTION twofa.enrols(p_invited bool) RETURNS bool
LANGUAGE sql STABLE AS $$
  SELECT EXISTS (SELECT FROM twofa.host h WHERE h.name = twofa.me()
      AND h.disabled IS NULL AND (h.enrols OR p_invited))
    AND (SELECT count(*) < 20 FROM (SELECT r.usr FROM twofa.record r
        WHERE r.at > twofa.wall_s() - 3600
        AND split_part(r.by, ' ', 1) = session_user
      UNION SELECT x.usr FROM twofa.recovery x WHERE x.kind = 0
        AND x.until > twofa.wall_s() - 3600 AND x.note = session_user) u) $$;

-- True if this invitation holds. p_lately: and has admitted a login at one of
-- root's services within the hour.
CREATE OR REPLACE FUNCTION twofa.invites(p_user text, p_id bigint, p_hash bytea,
  p_lately bool) RETURNS bool LANGUAGE sql STABLE AS $$
  SELECT EXISTS (SELECT FROM twofa.recovery x WHERE x.id = p_id
    AND x.usr = p_user AND x.hash = sha256(p_hash) AND x.kind > 1
    AND twofa.code_holds(x)
    AND (NOT p_lately OR x.kind = 2 AND x.since > twofa.wall_s() - 3600)) $$;

-- Whether the host may enrol a user, or change one's devices, by what it has
-- compared; or by an invitation change them.
CREATE OR REPLACE FUNCTION twofa_v1.enrol_may(w twofa_v1.who, p_user text DEFAULT '',
  p_id bigint DEFAULT 0, p_hash bytea DEFAULT '') RETURNS int
LANGUAGE sql STABLE AS $$
  SELECT (twofa.enrols(p_id <> 0)
    AND (p_id = 0 OR twofa.invites(p_user, p_id, p_hash, true)))::int $$;

-- The id of the user's invitation that was typed, or 0; hashes as of
-- recovery_claim.
CREATE OR REPLACE FUNCTION twofa_v1.invitation_find(w twofa_v1.who, p_user text,
  p_id bigint[], p_hash bytea[]) RETURNS bigint LANGUAGE sql STABLE AS $$
  SELECT coalesce(min(y.id), 0)
  FROM twofa.recovery y, unnest(p_id, p_hash) u(id, hash)
  WHERE y.id = u.id AND y.usr = p_user AND y.hash = sha256(u.hash)
    AND y.kind > 1 AND twofa.code_holds(y) $$;

CREATE OR REPLACE FUNCTION twofa.has_number(p_body text, p_number text) RETURNS bool
LANGUAGE sql IMMUTABLE AS $$
  SELECT p_body ~ ('[+]' || substr(p_number, 2) || '(?![0-9])') $$;

-- A pattern for these two in a record, where nothing is a setting.
CREATE OR REPLACE FUNCTION twofa.texts_and_comments() RETURNS text LANGUAGE sql IMMUTABLE AS $$
  SELECT '"(?:[^"\\]|\\.)*"|#[^\n]*|//[^\n]*|/[*](?:[^*]|[*]+[^*/])*[*]+/' $$;

-- The phones of a record that count now: by its line of twofactl self, or else
-- its own, outside of comments.
CREATE OR REPLACE FUNCTION twofa.phones_of(p_body text) RETURNS text
LANGUAGE sql STABLE AS $$
  SELECT CASE WHEN l IS NULL THEN (SELECT string_agg(m[1], ',' ORDER BY n)
      FROM regexp_matches(p_body, '(?:phone|number)\s*[=:]\s*"([+][0-9]{7,15})"|'
        || twofa.texts_and_comments(), 'g')
        WITH ORDINALITY x(m, n))
    WHEN l[4] = '+' AND l[1]::bigint > twofa.wall_s() - 86400 THEN l[5]
    ELSE array_to_string(a[:l[2]::int] || nullif(l[3], '') || a[l[2]::int + 2:],
      ',') END
  FROM regexp_match(p_body,
      '(?n)^# self ([0-9]{1,12}) ([0-2])(\S*) (\S) \S+ (\S+)$') l,
    string_to_array(l[5], ',') a $$;

-- True if a record has an app, token or account outside of texts and comments, so
-- from an administrator or by an enrolment, and not by its line of twofactl self.
CREATE OR REPLACE FUNCTION twofa.has_app(p_body text) RETURNS bool LANGUAGE sql IMMUTABLE AS $$
  SELECT EXISTS (SELECT FROM regexp_matches(p_body,
      '(\m(?:totp_secret_file|apps|tokens|totp_factor|authy_id|accounts)\M)|'
        || twofa.texts_and_comments(), 'g') x(m)
    WHERE m[1] IS NOT NULL) $$;

-- True if this is a change by twofactl self: one line, in place of the one of its
-- kind, of the same base, made now, that counts a day later unless by an
-- invitation. Until then the phones that it has from before are asked, so they
-- must be those that count now; and no app that counts may end.
CREATE OR REPLACE FUNCTION twofa.is_change(p_was text, p_body text, p_invited bool)
RETURNS bool LANGUAGE sql STABLE AS $$
  SELECT l[7] = regexp_replace(p_was, '^' || l[1] || E'[^\n]*\n', '', 'ng')
    AND abs(l[2]::bigint - twofa.wall_s()) <= 300 AND (p_invited OR l[4] = '+')
    AND l[5] = coalesce(o[3], l[5])
    AND CASE l[1] WHEN '# self ' THEN l[3] ~ '^[0-2]([+][1-9][0-9]{6,14})?$'
        AND l[6] = twofa.phones_of(p_was)
        AND cardinality(string_to_array(l[6], ','))
          >= greatest(ascii(l[3]) - 48, 1) + (length(l[3]) = 1)::int
      ELSE l[3] ~ '^sealed:1:[A-Za-z0-9+/]{60,84}={0,2}$' AND l[6] IS NULL
        AND (p_invited OR NOT twofa.has_app(p_was) AND (o IS NULL
          OR o[2] = '+' AND o[1]::bigint > twofa.wall_s() - 86400)) END
  FROM regexp_match(p_body, E'^(# self(?:-app)? )([0-9]{1,12}) ([^ \n]+) '
      '([+-]) ([0-9a-f]{32})(?: ([^ \n]+))?\n(.*)$') l,
    regexp_match(p_was, '(?n)^' || l[1] || '([0-9]{1,12}) \S+ (\S) (\S+)') o $$;

-- The number of the record of a new user, '' for an app; NULL if malformed.
CREATE OR REPLACE FUNCTION twofa.new_number(p_body text) RETURNS text
LANGUAGE sql IMMUTABLE AS $$
  SELECT CASE WHEN p_body ~ (E'^(?:uid = [0-9]{1,10};\n)?totp_secret_file = '
    '"sealed:1:[A-Za-z0-9+/]{60,120}=*";\nchannels = [[]"totp"[]];\n$') THEN ''
    ELSE substring(p_body FROM E'^(?:uid = [0-9]{1,10};\n)?'
    'phone = "([+][1-9][0-9]{6,14})";\nchannels = [[]"sms", "voice"[]];\n$')
    END $$;

-- Writes the record of a user who has none, for the groups of this host; or
-- changes the one with the seal p_was, and if p_body is NULL the recovery codes.
-- A stolen host must not add more than a phone or an app, so that name and text
-- have one form each, and hears what others have only behind its right or an invitation.
-- p_invitation: id, or 0. As enum store_enrolled: 1 done, now or before; 2 there
-- is a record, or another one; 3 the invitation does not hold; 4 another user
-- has the number; 5 not by this host, or no more in this hour; and 6 the state
-- has another key, 7 ask again (record_note).
CREATE OR REPLACE FUNCTION twofa_v1.enrol(w twofa_v1.who, p_user text, p_body text,
  p_seal bytea, p_key bytea, p_invitation bigint, p_hash bytea,
  p_was bytea DEFAULT NULL, p_salts bytea[] DEFAULT NULL,
  p_codes bytea[] DEFAULT NULL) RETURNS int
LANGUAGE plpgsql VOLATILE AS $$
DECLARE old twofa.record; invited bool := p_invitation <> 0;
  wall bigint; h twofa.host; before text := ''; asked int;
  number text := CASE WHEN p_was IS NULL THEN twofa.new_number(p_body)
    WHEN p_body IS NOT NULL
      THEN coalesce(substring(p_body FROM '^# self [0-9]+ .([+][0-9]+) '), '')
    WHEN cardinality(p_salts) = 10 AND cardinality(p_codes) = 10
      AND (SELECT bool_and(octet_length(x) = 16) FROM unnest(p_salts) x)
      THEN '' END;
BEGIN
  PERFORM set_config('synchronous_commit', 'on', true);
  SELECT * INTO h FROM twofa.host x WHERE x.name = twofa.me();
  IF number IS NULL OR p_body IS NOT NULL AND octet_length(p_seal) IS DISTINCT FROM 32
      OR coalesce(p_user, '') COLLATE "C"
      !~ '^[A-Za-z0-9_][A-Za-z0-9_.@\\-]{0,63}$' THEN
    RAISE LOG 'twofa: host % was refused to enrol a user: malformed',
      twofa.me();
    RETURN 5;
  END IF;
  PERFORM twofa.gate_of(w, p_user);
  -- hosts with one number, and the requests of one host, one after the other
  PERFORM twofa.gate('r ' || number, 'r ' || twofa.me());
  PERFORM FROM twofa.meta m WHERE m.fleet_key = p_key FOR KEY SHARE;
  IF NOT FOUND THEN RETURN 6; END IF;
  SELECT * INTO old FROM twofa.record r WHERE r.usr = p_user FOR UPDATE;
  IF old.seal = p_seal AND split_part(old."by", ' ', 1) = session_user
      OR EXISTS (SELECT FROM twofa.recovery x WHERE x.usr = p_user
        AND x.note = session_user AND x.salt = p_salts[1]) THEN
    RETURN 1;
  END IF;
  -- before a word of the record
  IF NOT twofa.enrols(invited) THEN
    RAISE LOG 'twofa: host % was refused to enrol %: it may not, or has enrolled 20 users within an hour',
      twofa.me(), p_user;
    RETURN 5;
  END IF;
  PERFORM FROM twofa.recovery x
    WHERE x.id = p_invitation AND x.usr = p_user FOR UPDATE;
  IF invited AND NOT twofa.invites(p_user, p_invitation, p_hash, p_was IS NOT NULL)
    THEN RETURN 3; END IF;
  IF p_was IS NOT NULL AND h.groups <> '{}' AND NOT h.groups && old.groups
    THEN RETURN 5; END IF;
  -- one that was written since the first message may be alike
  IF p_was IS DISTINCT FROM old.seal OR EXISTS (SELECT FROM twofa.used u
      JOIN twofa.send s ON s.verification = u.verification WHERE u.host = h.name
        AND u.session = w.session AND s.at < old.at) THEN
    RETURN 2;
  END IF;
  IF p_was IS NOT NULL AND p_body IS NOT NULL
      AND twofa.is_change(old.body, p_body, invited) IS NOT TRUE THEN
    RAISE LOG 'twofa: host % was refused to change %: malformed',
      twofa.me(), p_user;
    RETURN 5;
  END IF;
  asked := CASE number WHEN '' THEN 1 ELSE twofa.record_note(number, 20) END;
  IF asked = 2 THEN RETURN 7; END IF;
  IF asked = 3 THEN
    RAISE LOG 'twofa: host % was refused to enrol %: it has asked for 20 numbers within an hour',
      twofa.me(), p_user;
    RETURN 5;
  END IF;
  IF number <> '' AND EXISTS (SELECT FROM twofa.record r
      WHERE r.usr <> p_user AND twofa.has_number(r.body, number)) THEN
    RAISE LOG 'twofa: host % was refused to enrol %: the number is another''s',
      twofa.me(), p_user;
    RETURN 4;
  END IF;
  -- the day begins now, however long this waited
  wall := twofa.wall_s();
  IF p_body IS NULL THEN
    DELETE FROM twofa.recovery x WHERE x.usr = p_user AND x.kind = 0;
    INSERT INTO twofa.recovery(usr, salt, hash, since, until, note)
      SELECT p_user, u.salt, sha256(u.hash), wall + 86400 * (NOT invited)::int,
        wall, session_user FROM unnest(p_salts, p_codes) u(salt, hash);
  ELSE
    IF split_part(old."by", ' ', 2) IN ('window', 'invitation', 'phone') THEN
      SELECT coalesce(string_agg(' ' || x, ''), '') INTO before
        FROM unnest(string_to_array(old."by", ' ')) x
        WHERE x ~ '^twofa_' AND x <> session_user;
    END IF;
    INSERT INTO twofa.record AS r VALUES (p_user, p_body, p_seal, h.groups, wall,
      session_user || CASE WHEN invited THEN ' invitation' WHEN p_was IS NULL
        THEN ' window' ELSE ' phone' END || before)
    ON CONFLICT ON CONSTRAINT record_pkey DO UPDATE SET body = excluded.body,
      seal = excluded.seal, at = excluded.at, by = excluded.by
      WHERE r.seal = p_was;
    IF NOT FOUND THEN RETURN 2; END IF;
  END IF;
  PERFORM twofa_v1.remembered_forget(w, p_user);
  DELETE FROM twofa.recovery x WHERE x.id = p_invitation;
  RETURN 1;
END $$;

-- True if this host has written, or changed, a record that no administrator has
-- written since without the lines of twofactl self.
CREATE OR REPLACE FUNCTION twofa.by_host(p_by text, p_host text) RETURNS bool
LANGUAGE sql IMMUTABLE AS $$
  SELECT split_part(p_by, ' ', 2) IN ('window', 'invitation', 'phone')
    AND 'twofa_' || p_host = ANY (string_to_array(p_by, ' ')) $$;

-- For `state host disable --records`: as twofactl remove; and codes that were
-- made there. Returns the users.
CREATE OR REPLACE FUNCTION twofa.enrolled_end(p_host text) RETURNS SETOF text
LANGUAGE sql VOLATILE AS $$
  WITH x AS (DELETE FROM twofa.record r
    WHERE twofa.by_host(r.by, p_host) RETURNING r.usr),
  codes AS (DELETE FROM twofa.recovery c WHERE c.usr IN (SELECT usr FROM x)
    OR c.kind = 0 AND c.note = 'twofa_' || p_host),
  logins AS (DELETE FROM twofa.grace g USING x
    WHERE twofa.is_remembered(g.usr, x.usr))
  SELECT x.usr FROM x ORDER BY 1 $$;

-- SPDX-License-Identifier: BSD-2-Clause
-- Users who enrol at a login: their records are rows of twofa.record, whose
-- `by` begins with the host's role. A host has compared the code of the number
-- itself, so that it must have the right, which an administrator gives;
-- invitations are compared here, so that each host may bring one.
ALTER TABLE twofa.host
  ADD COLUMN IF NOT EXISTS enrols bool NOT NULL DEFAULT false;

-- True for a host that has the right, or brings an invitation, and has enrolled
-- less than 20 users in this hour.
CREATE FUNCTION twofa.enrols(p_invited bool) RETURNS bool
LANGUAGE sql STABLE AS $$
  SELECT EXISTS (SELECT FROM twofa.host h WHERE h.name = twofa.me()
      AND h.disabled IS NULL AND (h.enrols OR p_invited))
    AND (SELECT count(*) < 20 FROM twofa.record r
      WHERE r.at > twofa.wall_s() - 3600
      AND split_part(r.by, ' ', 1) = session_user) $$;

CREATE FUNCTION twofa_v1.enrol_may(w twofa_v1.who) RETURNS int
LANGUAGE sql STABLE AS $$ SELECT twofa.enrols(false)::int $$;

-- The id of the user's invitation that was typed, or 0; hashes as of
-- recovery_claim.
CREATE FUNCTION twofa_v1.invitation_find(w twofa_v1.who, p_user text,
  p_id bigint[], p_hash bytea[]) RETURNS bigint LANGUAGE sql STABLE AS $$
  SELECT coalesce(min(y.id), 0)
  FROM twofa.recovery y, unnest(p_id, p_hash) u(id, hash)
  WHERE y.id = u.id AND y.usr = p_user AND y.hash = sha256(u.hash)
    AND y.kind > 1 AND twofa.code_holds(y) $$;

-- Writes the record of a user who has none, for the groups of this host. A
-- stolen host must not add more than a phone or an app, so that name and text
-- have one form each, and hears what others have only behind its right or an invitation.
-- p_invitation: id, or 0. As enum store_enrolled: 1 done, now or before; 2 there
-- is a record; 3 the invitation does not hold; 4 another user has the number;
-- 5 not by this host, or no more in this hour; and 6 the state has another key.
CREATE FUNCTION twofa_v1.enrol(w twofa_v1.who, p_user text, p_body text,
  p_seal bytea, p_key bytea, p_invitation bigint, p_hash bytea) RETURNS int
LANGUAGE plpgsql VOLATILE AS $$
DECLARE there bytea; writer text; invited bool := p_invitation <> 0;
  app bool := p_body ~ (E'^(?:uid = [0-9]{1,9};\n)?totp_secret_file = '
    '"sealed:1:[A-Za-z0-9+/]{60,120}=*";\nchannels = [[]"totp"[]];\n$');
  number text := substring(p_body FROM E'^(?:uid = [0-9]{1,9};\n)?'
    'phone = "([+][1-9][0-9]{6,14})";\nchannels = [[]"sms", "voice"[]];\n$');
BEGIN
  PERFORM set_config('synchronous_commit', 'on', true);
  IF (number IS NULL AND app IS NOT TRUE) OR octet_length(p_seal) IS DISTINCT FROM 32
      OR coalesce(p_user, '') COLLATE "C"
      !~ '^[A-Za-z0-9_][A-Za-z0-9_.@\\-]{0,63}$' THEN
    RAISE LOG 'twofa: host % was refused to enrol a user: malformed',
      twofa.me();
    RETURN 5;
  END IF;
  PERFORM twofa.gate_of(w, p_user);
  -- hosts with one number, and the requests of one host, one after the other
  PERFORM twofa.gate('r ' || coalesce(number, 'app'), 'r ' || twofa.me());
  PERFORM FROM twofa.meta m WHERE m.fleet_key = p_key FOR SHARE;
  IF NOT FOUND THEN RETURN 6; END IF;
  SELECT r.seal, split_part(r.by, ' ', 1) INTO there, writer
    FROM twofa.record r WHERE r.usr = p_user;
  IF there = p_seal AND writer = session_user THEN
    RETURN 1;
  END IF;
  IF NOT twofa.enrols(invited) THEN
    RAISE LOG 'twofa: host % was refused to enrol %: it may not, or has enrolled 20 users within an hour',
      twofa.me(), p_user;
    RETURN 5;
  END IF;
  PERFORM FROM twofa.recovery x WHERE x.id = p_invitation AND x.usr = p_user
    AND x.hash = sha256(p_hash) AND x.kind > 1 AND twofa.code_holds(x)
    FOR UPDATE;
  IF invited AND NOT FOUND THEN RETURN 3; END IF;
  IF there IS NOT NULL THEN RETURN 2; END IF;
  IF EXISTS (SELECT FROM twofa.record r
      WHERE strpos(r.body, '"' || number || '"') > 0) THEN
    RAISE LOG 'twofa: host % was refused to enrol %: the number is another''s',
      twofa.me(), p_user;
    RETURN 4;
  END IF;
  INSERT INTO twofa.record SELECT p_user, p_body, p_seal, h.groups,
    twofa.wall_s(), session_user
      || CASE WHEN invited THEN ' invitation' ELSE ' window' END
  FROM twofa.host h WHERE h.name = twofa.me() ON CONFLICT DO NOTHING;
  IF NOT FOUND THEN RETURN 2; END IF;
  DELETE FROM twofa.recovery x WHERE x.id = p_invitation;
  PERFORM twofa_v1.remembered_forget(w, p_user);
  RETURN 1;
END $$;

-- For `state host disable --records`: as twofactl remove. Returns the users.
CREATE FUNCTION twofa.enrolled_end(p_host text) RETURNS SETOF text
LANGUAGE sql VOLATILE AS $$
  WITH x AS (DELETE FROM twofa.record r
    WHERE split_part(r.by, ' ', 1) = 'twofa_' || p_host RETURNING r.usr),
  codes AS (DELETE FROM twofa.recovery c USING x WHERE c.usr = x.usr),
  logins AS (DELETE FROM twofa.grace g USING x WHERE g.usr = x.usr)
  SELECT x.usr FROM x ORDER BY 1 $$;

-- SPDX-License-Identifier: BSD-2-Clause
-- Roles, once for a server. These four cannot log in: each host has a role
-- twofa_HOST, which is a member of twofa_host.
DO $$
DECLARE name text;
BEGIN
  FOREACH name IN ARRAY ARRAY['twofa_owner', 'twofa_host', 'twofa_admin',
    'twofa_unblock'] LOOP
    IF NOT EXISTS (SELECT FROM pg_catalog.pg_roles WHERE rolname = name) THEN
      EXECUTE pg_catalog.format('CREATE ROLE %I NOLOGIN', name);
    END IF;
  END LOOP;
END $$;

-- Lock holders and ages of transactions are visible to members only
-- (admin.sql).
GRANT pg_read_all_stats TO twofa_owner;
-- Owner of one function, which ends connections of hosts that hold locks.
GRANT pg_signal_backend, pg_read_all_stats TO twofa_unblock;

-- SPDX-License-Identifier: BSD-2-Clause
-- Who there is, once for a server. These four are not for logins: a host
-- has a role of its own, twofa_HOST, which is one of twofa_host.
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

-- Who holds locks, and how old the transaction is, shows to members alone
-- (admin.sql).
GRANT pg_read_all_stats TO twofa_owner;
-- It owns one function, which ends the connections of hosts that hold locks.
GRANT pg_signal_backend, pg_read_all_stats TO twofa_unblock;

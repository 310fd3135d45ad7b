-- SPDX-License-Identifier: BSD-2-Clause
-- Who may do what. The functions run as their owner; a host's role reaches no
-- table, and makes nothing.
DO $$
DECLARE f regprocedure;
BEGIN
  FOR f IN SELECT p.oid::regprocedure FROM pg_catalog.pg_proc p
    WHERE p.pronamespace = 'twofa_v1'::regnamespace LOOP
    EXECUTE format('ALTER FUNCTION %s SECURITY DEFINER', f);
    EXECUTE format('ALTER FUNCTION %s SET search_path = pg_catalog, pg_temp', f);
  END LOOP;
END $$;

CREATE FUNCTION twofa_v1.version() RETURNS int LANGUAGE sql STABLE
SECURITY DEFINER SET search_path = pg_catalog, pg_temp
AS $$ SELECT version FROM twofa.meta $$;

REVOKE ALL ON SCHEMA twofa, twofa_v1 FROM PUBLIC;
REVOKE ALL ON ALL FUNCTIONS IN SCHEMA twofa, twofa_v1 FROM PUBLIC;
ALTER DEFAULT PRIVILEGES REVOKE EXECUTE ON FUNCTIONS FROM PUBLIC;
GRANT USAGE ON SCHEMA twofa_v1 TO twofa_host, twofa_admin;
GRANT EXECUTE ON ALL FUNCTIONS IN SCHEMA twofa_v1 TO twofa_host, twofa_admin;
REVOKE EXECUTE ON FUNCTION twofa_v1.recovery_set, twofa_v1.successes,
  twofa_v1.remembered_forget, twofa_v1.unlock,
  twofa_v1.sends_reset, twofa_v1.totals, twofa_v1.status, twofa_v1.record_list,
  twofa_v1.record_put, twofa_v1.record_remove, twofa_v1.hosts,
  twofa_v1.import FROM twofa_host;
RESET ROLE;

-- What hurts a server in the hands of a stolen host, and nobody needs here.
ALTER DEFAULT PRIVILEGES REVOKE EXECUTE ON FUNCTIONS FROM PUBLIC;
REVOKE CREATE ON SCHEMA public FROM PUBLIC;
DO $$
DECLARE f regprocedure;
BEGIN
  FOR f IN SELECT p.oid::regprocedure FROM pg_catalog.pg_proc p
    WHERE p.pronamespace = 'pg_catalog'::regnamespace
      AND p.proname ~ '^(pg_(try_)?advisory_|lo_|pg_notify$)|^(lowrite|loread)$'
  LOOP
    EXECUTE format('REVOKE EXECUTE ON FUNCTION %s FROM PUBLIC', f);
  END LOOP;
END $$;

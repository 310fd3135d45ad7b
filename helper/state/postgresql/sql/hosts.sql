-- SPDX-License-Identifier: BSD-2-Clause
-- The hosts of the fleet. Whose records a host may read: those of the members
-- of these groups; none: everybody's. users_per_hour: of so many different ones.
CREATE TABLE twofa.host(name text COLLATE "C" PRIMARY KEY
    CHECK (name ~ '^[a-z0-9-]{1,48}$'),
  groups text[] NOT NULL DEFAULT '{}',
  users_per_hour int NOT NULL DEFAULT 50
    CHECK (users_per_hour BETWEEN 1 AND 100000),
  added timestamptz NOT NULL DEFAULT now(),
  renewed timestamptz, disabled timestamptz);
-- So many messages in an hour, answered or not: an administrator's to say, since
-- a stolen host says its own limits. Of a release after the table's.
DO $$ BEGIN
  IF NOT EXISTS (SELECT FROM pg_catalog.pg_attribute
    WHERE attrelid = 'twofa.host'::regclass AND attname = 'hourly_sends') THEN
    ALTER TABLE twofa.host ADD COLUMN hourly_sends int NOT NULL DEFAULT 1000
      CHECK (hourly_sends BETWEEN 1 AND 100000);
  END IF;
END $$;

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

/* SPDX-License-Identifier: BSD-2-Clause */
/* What a host tells of an outage, and what made-up logins ask. */
#include "helper/state/postgresql/pg.h"

int
remote_unsent_count(struct store *s, const struct store_unsent *u,
    const struct store_guess_limits *limits)
{
	struct pg_call c;

	pg_open(&c, s, "unsent_count");
	c.repeat = true;
	pg_text(&c, u->user);
	pg_text(&c, u->source);
	pg_number(&c, u->series);
	pg_number(&c, u->wrong);
	pg_limits(&c, limits);
	return (int)pg_value(&c);
}

int
remote_totp_note(struct store *s, const struct store_unsent *note, bool told)
{
	struct pg_call c;

	pg_open(&c, s, "totp_note");
	c.repeat = true;
	pg_text(&c, note->user);
	pg_bytes(&c, note->secret, sizeof(note->secret));
	pg_number(&c, note->step);
	pg_text(&c, told ? "" : note->source);
	return pg_value(&c) < 0 ? -1 : 0;
}

int
remote_noop(struct store *s)
{
	struct pg_call c;

	pg_open(&c, s, "noop");
	return pg_value(&c) < 0 ? -1 : 0;
}

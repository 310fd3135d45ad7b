/* SPDX-License-Identifier: BSD-2-Clause */
/* What a host's file knew, taken over by the server. */
#include "helper/state/postgresql/pg.h"

int
pg_rows_in(struct store *s, const char *host, const char *file,
    const char *rows, struct store_moved *moved)
{
	struct pg_call c;
	int result = -1;

	*moved = (struct store_moved){ 0 };
	pg_open(&c, s, "import");
	pg_text(&c, host);
	pg_text(&c, file);
	pg_long_text(&c, rows);
	if (pg_run(&c) == 1) {
		moved->fresh = pg_true(&c, 0, 0);
		moved->steps = pg_int(&c, 0, 1);
		moved->guesses = pg_int(&c, 0, 2);
		moved->sends = pg_int(&c, 0, 3);
		moved->codes = pg_int(&c, 0, 4);
		result = 0;
	}
	pg_close(&c);
	return result;
}

/* SPDX-License-Identifier: BSD-2-Clause */
#include "helper/warm/connection_limits.h"

#include <inttypes.h>
#include <stddef.h>
#include <stdio.h>

#include "helper/warm/kept_number.h"

static bool
window_over(const struct connection_window *w, int64_t now)
{
	return now - w->since >= CONNECTIONS_WINDOW_MS;
}

static bool
window_full(const struct connection_window *w, int64_t now)
{
	return !window_over(w, now) && w->count >= CONNECTIONS_PER_WINDOW;
}

static void
window_count(struct connection_window *w, int64_t now)
{
	if (window_over(w, now))
		*w = (struct connection_window){ .since = now };
	w->count++;
}

static struct connection_user *
find(struct connection_limits *l, uid_t uid)
{
	for (size_t i = 0; i < CONNECTIONS_UIDS; i++)
		if (l->users[i].used && l->users[i].uid == uid)
			return &l->users[i];
	return NULL;
}

/* A row for a new uid: a free one, else that of a uid without an account, else
 * any; in both cases one without recent connections. NULL: there is none. */
static struct connection_user *
make(struct connection_limits *l, uid_t uid, int64_t now)
{
	struct connection_user *row = NULL;

	for (size_t i = 0; i < CONNECTIONS_UIDS; i++) {
		struct connection_user *u = &l->users[i];

		if (u->used && !window_over(&u->window, now))
			continue;
		if (row == NULL || !u->used ||
		    (row->used && row->has_account && !u->has_account))
			row = u;
	}
	if (row != NULL)
		*row = (struct connection_user){
			.used = true, .uid = uid, .window = { .since = now }
		};
	return row;
}

static bool
allow_other(struct connection_limits *l, const struct copies *running,
    uid_t uid, int64_t now)
{
	struct connection_user *user = find(l, uid);

	if (copies_of_others(running) >= COPIES_OTHERS ||
	    copies_of(running, uid) >= CONNECTIONS_AT_ONCE)
		return false;
	if ((user == NULL || !user->has_account) &&
	    window_full(&l->strangers, now))
		return false;
	if (user == NULL)
		user = make(l, uid, now);
	if (user == NULL || window_full(&user->window, now))
		return false;
	window_count(&user->window, now);
	return true;
}

bool
connection_limits_allow(struct connection_limits *l,
    const struct copies *running, uid_t uid, int64_t now)
{
	if (uid == 0)
		return copies_of(running, 0) < COPIES_ROOT;
	return allow_other(l, running, uid, now);
}

void
connection_limits_told(
    struct connection_limits *l, uid_t uid, bool has_account, int64_t now)
{
	struct connection_user *user = find(l, uid);

	if (user != NULL)
		user->has_account = has_account;
	if (!has_account)
		window_count(&l->strangers, now);
}

static size_t
write_row(char *out, size_t cap, const struct connection_user *u)
{
	return (size_t)snprintf(out, cap, "%u,%" PRId64 ",%u,%d;", u->uid,
	    u->window.since, u->window.count, u->has_account);
}

/* Strangers are written in root's place, which is not counted. */
void
connection_limits_write(
    const struct connection_limits *l, char text[CONNECTIONS_TEXT_MAX])
{
	const struct connection_user strangers = { .window = l->strangers };
	size_t used = write_row(text, CONNECTIONS_TEXT_MAX, &strangers);

	for (size_t i = 0; i < CONNECTIONS_UIDS; i++)
		if (l->users[i].used)
			used += write_row(text + used,
			    CONNECTIONS_TEXT_MAX - used, &l->users[i]);
}

void
connection_limits_read(struct connection_limits *l, const char *text)
{
	size_t count = 0;

	while (text[0] != '\0' && count < CONNECTIONS_UIDS) {
		const int64_t uid = kept_number(&text, ',', UINT32_MAX);
		const int64_t since = kept_number(&text, ',', INT64_MAX);
		const int64_t came = kept_number(&text, ',', UINT32_MAX);
		const int64_t known = kept_number(&text, ';', 1);
		const struct connection_window window = { since,
			(unsigned)came };

		if (uid < 0 || since < 0 || came < 0 || known < 0)
			return;
		if (uid == 0)
			l->strangers = window;
		else
			l->users[count++] = (struct connection_user){ true,
				known != 0, (uid_t)uid, window };
	}
}

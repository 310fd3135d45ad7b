/* SPDX-License-Identifier: BSD-2-Clause */
#include "helper/warm/copies.h"

#include <inttypes.h>
#include <stdio.h>

#include "helper/warm/kept_number.h"

void
copies_add(struct copies *c, pid_t pid, uid_t uid, int64_t now)
{
	if (c->count < COPIES_MAX)
		c->list[c->count++] = (struct copy){ pid, uid, now };
}

bool
copies_take(struct copies *c, pid_t pid, struct copy *taken)
{
	for (size_t i = 0; i < c->count; i++) {
		if (c->list[i].pid != pid)
			continue;
		*taken = c->list[i];
		c->list[i] = c->list[--c->count];
		return true;
	}
	return false;
}

size_t
copies_of(const struct copies *c, uid_t uid)
{
	size_t found = 0;

	for (size_t i = 0; i < c->count; i++)
		found += c->list[i].uid == uid;
	return found;
}

size_t
copies_of_others(const struct copies *c)
{
	return c->count - copies_of(c, 0);
}

void
copies_write(const struct copies *c, char text[COPIES_TEXT_MAX])
{
	size_t used = 0;

	text[0] = '\0';
	for (size_t i = 0; i < c->count; i++)
		used += (size_t)snprintf(text + used, COPIES_TEXT_MAX - used,
		    "%d,%u,%" PRId64 ";", (int)c->list[i].pid, c->list[i].uid,
		    c->list[i].begun);
}

void
copies_read(struct copies *c, const char *text)
{
	while (text[0] != '\0') {
		const int64_t pid = kept_number(&text, ',', INT32_MAX);
		const int64_t uid = kept_number(&text, ',', UINT32_MAX);
		const int64_t begun = kept_number(&text, ';', INT64_MAX);

		if (pid < 2 || uid < 0 || begun < 0)
			return;
		copies_add(c, (pid_t)pid, (uid_t)uid, begun);
	}
}

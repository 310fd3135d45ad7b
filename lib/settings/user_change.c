/* SPDX-License-Identifier: BSD-2-Clause */
/* A phone that its user has changed by twofactl self: a line in the state,
 * which counts until an admin changes the phones of the user's file. */
#include "lib/settings/settings_inside.h"

#define HEAD "# self "
#define NONE "-"

/* The line's words. */
struct change {
	char at[24], to[PHONE_MAX + 1], before[PHONE_MAX + 1];
	char base[USER_BASE_LEN + 1];
};

void
user_change_write(char line[USER_CHANGE_MAX], int64_t at, const char *to,
    const char *before, const char *base)
{
	snprintf(line, USER_CHANGE_MAX, HEAD "%lld %s %s %s\n", (long long)at,
	    to, before[0] != '\0' ? before : NONE,
	    base[0] != '\0' ? base : NONE);
}

/* Takes the next word of the line. False if it is missing or too long. */
static bool
word_take(const char **text, char *word, size_t cap)
{
	const size_t len = strcspn(*text, " \n");
	const bool fits = len > 0 && len < cap && (*text)[len] != '\0';

	if (!fits)
		return false;
	memcpy(word, *text, len);
	word[len] = '\0';
	*text += len + 1;
	return true;
}

static bool
change_read(const char *text, struct change *c, struct user_record *r)
{
	text += strlen(HEAD);
	if (!word_take(&text, c->at, sizeof(c->at)) ||
	    !word_take(&text, c->to, sizeof(c->to)) ||
	    !word_take(&text, c->before, sizeof(c->before)) ||
	    !word_take(&text, c->base, sizeof(c->base)) || text[-1] != '\n')
		return false;
	r->changed_at = decimal_read(c->at, INT64_MAX);
	return r->changed_at > 0 && phone_is_valid(c->to) &&
	    (strcmp(c->before, NONE) == 0 || phone_is_valid(c->before));
}

/* The digest of the record's phones. */
static bool
base_make(struct user_record *r)
{
	char
	    text[USER_PHONES_MAX * (PHONE_MAX + 2) + SETTINGS_RECEIVER_MAX + 1];
	unsigned char digest[SHA256_LEN];
	size_t used = 0, i = 0;

	do
		used +=
		    (size_t)snprintf(text + used, sizeof(text) - used, "%s\n",
			r->phone_count > 0 ? r->phones[i].number : r->phone);
	while (++i < r->phone_count);
	snprintf(text + used, sizeof(text) - used, "%s", r->receiver);
	if (!sha256_of(text, strlen(text), digest))
		return false;
	hex_text(digest, USER_BASE_LEN / 2, r->base);
	return true;
}

/* The digest of the record ends remembered logins, and the change does too. */
static void
change_apply(const struct change *c, struct user_record *r)
{
	const bool waits = strcmp(c->before, NONE) != 0 &&
	    clock_wall_s() < r->changed_at + USER_CHANGE_WAIT_S;

	PRINT_TO(r->phone, "%s", waits ? c->before : c->to);
	PRINT_TO(r->changed_to, "%s", c->to);
	r->phone_count = r->phone_at = 0;
	for (size_t i = 0; i < sizeof(r->changed_at); i++)
		r->digest[i] ^= (unsigned char)(r->changed_at >> (8 * i));
}

enum user_result
user_change_find(struct setting_scope *scope, struct user_record *r)
{
	struct record_source *source = scope->settings->records;
	enum record_source_found found = RECORD_SOURCE_NONE;
	struct change c = { .at = "" };
	const char *text = "";

	if (!scope->in_state && !base_make(r))
		return USER_ERROR;
	/* not of a fleet, whose server takes no such line */
	if (source == NULL || settings_is_fleet(scope->settings))
		return USER_FOUND;
	found = source->text(source, scope->user, &text);
	if (found == RECORD_SOURCE_OUTAGE || found == RECORD_SOURCE_FAILED) {
		settings_error(scope, 0, NULL, "%s", source->cause);
		return found == RECORD_SOURCE_OUTAGE ? USER_OUTAGE : USER_ERROR;
	}
	if (found == RECORD_SOURCE_NONE ||
	    strncmp(text, HEAD, strlen(HEAD)) != 0)
		return USER_FOUND;
	if (!change_read(text, &c, r)) {
		settings_error(scope, 1, NULL,
		    "the line of twofactl self is malformed; run: twofactl "
		    "remove %s",
		    scope->user);
		return USER_ERROR;
	}
	r->overruled = strcmp(c.base, r->base[0] != '\0' ? r->base : NONE) != 0;
	if (!r->overruled)
		change_apply(&c, r);
	else
		r->changed_at = 0;
	return USER_FOUND;
}

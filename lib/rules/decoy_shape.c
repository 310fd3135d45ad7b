/* SPDX-License-Identifier: BSD-2-Clause */
/* The shape of a record: its text and its file. */
#include "lib/rules/rules.h"

#include <errno.h>
#include <fcntl.h>
#include <unistd.h>

#define FILE_NAME "shape"
#define CHANNELS "channels="
#define KEYS " keys="
#define PROVIDER " provider="
#define RECOVERY "recovery"
#define TOTP_8 "totp8" /* an app or token whose codes have 8 digits */

/* Placeholders for the keys that a shape names; they reach no person. */
static const struct {
	const char *name, *placeholder;
	size_t at, size;
} keys[] = {
#define KEY(name, field, value)                                                \
	{                                                                      \
		name, value, offsetof(struct user_record, field),              \
		    sizeof(((struct user_record *)0)->field)                   \
	}
	KEY("phone", phone, "+10000000000"),
	KEY("phone2", phones[1].number, "+10000000001"),
	KEY("phone3", phones[2].number, "+10000000002"),
	KEY("receiver", receiver, "x"),
	KEY("email", email, "x@example.com"),
	KEY("authy_id", authy_id, "1"),
	KEY("push_factor", push_factor, "YF"),
	KEY("totp_factor", totp_factor, "YF"),
	KEY("totp", app[0].secret.b, "A"),
	KEY(TOTP_8, app[1].secret.b, "A"),
	KEY("account", subject[0].sub, "x"),
#undef KEY
};

/* The placeholder of the apps whose codes have 6 digits is the first one, of
 * those with 8 the second. */
static void
place_apps(const struct user_record *from, struct user_record *r)
{
	const size_t n = user_record_apps(from);
	bool has[2] = { false, false };

	for (size_t i = 0; i < n; i++)
		has[totp_digits(&from->app[i].kind) == TOTP_DIGITS_LONG] = true;
	for (size_t i = 0; i < COUNT_OF(has); i++)
		r->app[i].secret.b[0] = has[i] ? 'A' : '\0';
}

void
decoy_shape_from_record(
    const struct user_record *record, char out[DECOY_SHAPE_MAX])
{
	struct user_record placed = *record, *const r = &placed;
	const char *before = KEYS;

	place_apps(record, r);
	snprintf(out, DECOY_SHAPE_MAX, CHANNELS);
	for (size_t i = 0; i < r->channels; i++)
		PRINT_BEHIND(out, DECOY_SHAPE_MAX, "%s%s", i > 0 ? "," : "",
		    method_name(r->channel[i]));
	for (size_t i = 0; i < COUNT_OF(keys); i++) {
		if (((const char *)r)[keys[i].at] == '\0')
			continue;
		PRINT_BEHIND(
		    out, DECOY_SHAPE_MAX, "%s%s", before, keys[i].name);
		before = ",";
	}
	if (r->provider[0] != '\0')
		PRINT_BEHIND(out, DECOY_SHAPE_MAX, PROVIDER "%s", r->provider);
	user_record_wipe(r);
}

int
decoy_shape_add_recovery(char shape[DECOY_SHAPE_MAX])
{
	char *provider = strstr(shape, PROVIDER), end[DECOY_SHAPE_MAX] = "";

	if (strlen(shape) + sizeof("," RECOVERY) > DECOY_SHAPE_MAX)
		return -1;
	if (provider != NULL) {
		PRINT_TO(end, "%s", provider);
		*provider = '\0';
	}
	PRINT_BEHIND(shape, DECOY_SHAPE_MAX, "," RECOVERY "%s", end);
	return 0;
}

/* Copies the word up to a comma or a blank, and advances *text. "" if the word
 * is too long. */
static void
shape_next_word(const char **text, char out[SETTINGS_NAME_MAX + 1])
{
	const size_t len = strcspn(*text, ", ");

	snprintf(out, SETTINGS_NAME_MAX + 1, "%.*s",
	    len <= SETTINGS_NAME_MAX ? (int)len : 0, *text);
	*text += len;
}

static int
read_channel(const char *name, struct user_record *r)
{
	const enum method m = method_from_name(name);

	if (m == METHOD_NONE || (METHOD_BIT(m) & METHODS_TYPED) != 0 ||
	    r->channels == METHOD_COUNT)
		return -1;
	r->channel[r->channels++] = m;
	return 0;
}

static int
shape_read_key(const char *name, struct user_record *r, bool *recovery)
{
	if (strcmp(name, RECOVERY) == 0) {
		*recovery = true;
		return 0;
	}
	for (size_t i = 0; i < COUNT_OF(keys); i++) {
		if (strcmp(name, keys[i].name) != 0)
			continue;
		snprintf((char *)r + keys[i].at, keys[i].size, "%s",
		    keys[i].placeholder);
		return 0;
	}
	return -1;
}

static int
read_shape(const char *text, struct user_record *r, bool *recovery)
{
	char word[SETTINGS_NAME_MAX + 1];

	if (!text_take(&text, CHANNELS))
		return -1;
	do {
		shape_next_word(&text, word);
		if (read_channel(word, r) != 0)
			return -1;
	} while (*text++ == ',');
	text--;
	if (!text_take(&text, KEYS))
		return -1;
	do {
		shape_next_word(&text, word);
		if (shape_read_key(word, r, recovery) != 0)
			return -1;
	} while (*text++ == ',');
	text--;
	if (text_take(&text, PROVIDER))
		shape_next_word(&text, r->provider);
	return *text == '\0' ? 0 : -1;
}

int
decoy_shape_to_record(const char *shape, struct user_record *r, bool *recovery)
{
	memset(r, 0, sizeof(*r));
	*recovery = false;
	if (read_shape(shape, r, recovery) == 0) {
		r->enabled = true;
		PRINT_TO(r->phones[0].number, "%s", r->phone);
		while (r->phone_count < USER_PHONES_MAX &&
		    r->phones[r->phone_count].number[0] != '\0')
			r->phone_count++;
		for (size_t i = 0; i < 2; i++)
			r->app[i].secret.len = strlen(r->app[i].secret.b);
		r->app[1].kind.digits = TOTP_DIGITS_LONG;
		if (r->app[0].secret.len == 0) /* the first is never empty */
			r->app[0] = r->app[1];
		r->subjects = r->subject[0].sub[0] != '\0' ? 1 : 0;
		return 0;
	}
	memset(r, 0, sizeof(*r));
	*recovery = false;
	return -1;
}

int
decoy_shape_read(const char *dir, char out[DECOY_SHAPE_MAX])
{
	struct user_record record;
	bool recovery;
	const int fd OWNED(owned_fd) =
	    folder_open_file(dir, FILE_NAME, O_RDONLY);
	char *end = NULL;

	memset(out, 0, DECOY_SHAPE_MAX);
	if (fd >= 0 && read(fd, out, DECOY_SHAPE_MAX - 1) > 0)
		end = strchr(out, '\n');
	if (end != NULL) {
		*end = '\0';
		if (decoy_shape_to_record(out, &record, &recovery) == 0)
			return 0;
	}
	snprintf(out, DECOY_SHAPE_MAX, "%s", DECOY_SHAPE_DEFAULT);
	return -1;
}

int
decoy_shape_write(const char *dir, const char *shape)
{
	char line[DECOY_SHAPE_MAX + 1];

	if (!PRINT_FITS(line, "%s\n", shape)) {
		errno = ENOSPC;
		return -1;
	}
	return folder_replace_file(dir, FILE_NAME, line, strlen(line), false);
}

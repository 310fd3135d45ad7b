/* SPDX-License-Identifier: BSD-2-Clause */
/* A phone or app that its user has changed by twofactl self: a line in the
 * state, which counts until an admin changes the phones or apps of the user's
 * file. */
#include "lib/settings/settings_inside.h"

#define SELF "# self" /* begins both */
#define HEAD "# self "
#define APP_HEAD "# self-app "
#define NONE "-"
#define WAITS "+"
#define TO_MAX 96 /* a secret of SECRET_RANDOM_MAX, sealed for all hosts */

struct change {
	char at[24], to[TO_MAX + 1], waits[2];
	char base[USER_BASE_LEN + 1], phones[USER_PHONES_TEXT];
};

bool
user_phones_take(const char **list, char number[PHONE_MAX + 1])
{
	const size_t len = strcspn(*list, ",");

	snprintf(number, PHONE_MAX + 1, "%.*s", (int)len, *list);
	*list += len + ((*list)[len] == ',');
	return len <= PHONE_MAX && phone_is_valid(number);
}

bool
user_phones_after(
    const struct user_phones_change *c, char out[USER_PHONES_TEXT])
{
	const char *rest = c->phones;
	char list[USER_PHONES_MAX + 1][PHONE_MAX + 1];
	size_t count = 0, left = 0;
	bool valid = c->number[0] == '\0' || phone_is_valid(c->number);

	for (; valid && *rest != '\0' && count < USER_PHONES_MAX; count++)
		valid = user_phones_take(&rest, list[count]);
	valid =
	    valid && *rest == '\0' && c->at < count + (c->number[0] != '\0');
	if (valid)
		PRINT_TO(list[c->at], "%s", c->number);
	count += valid && c->at == count;
	out[0] = '\0';
	for (size_t i = 0; valid && i < count; i++)
		if (list[i][0] != '\0' && left++ < USER_PHONES_MAX)
			PRINT_BEHIND(out, USER_PHONES_TEXT, "%s%s",
			    out[0] != '\0' ? "," : "", list[i]);
	return left > 0 && left <= USER_PHONES_MAX;
}

void
user_phones_show(const char *list, bool full, char out[USER_PHONES_SHOWN])
{
	const bool several = strchr(list, ',') != NULL;
	char number[PHONE_MAX + 1], shown[PHONE_MASK];

	out[0] = '\0';
	for (char n = '1'; *list != '\0'; n++) {
		(void)user_phones_take(&list, number);
		phone_mask(number, shown);
		if (several)
			PRINT_BEHIND(out, USER_PHONES_SHOWN, "%s%c ",
			    out[0] != '\0' ? ", " : "", n);
		PRINT_BEHIND(
		    out, USER_PHONES_SHOWN, "%s", full ? number : shown);
	}
}

static void
line_write(char line[USER_CHANGE_MAX], const char *head, int64_t at,
    const char *to, bool waits, const char *base)
{
	snprintf(line, USER_CHANGE_MAX, "%s%lld %.96s %s %s\n", head,
	    (long long)at, to, waits ? WAITS : NONE,
	    base[0] != '\0' ? base : NONE);
}

void
user_change_write(char line[USER_CHANGE_MAX], int64_t at,
    const struct user_phones_change *c, bool waits, const char *base)
{
	char to[PHONE_MAX + 2];

	PRINT_TO(to, "%u%s", (unsigned)c->at % 10, c->number);
	line_write(line, HEAD, at, to, waits, base);
	line[strlen(line) - 1] = '\0';
	PRINT_BEHIND(line, USER_CHANGE_MAX, " %s\n", c->phones);
}

void
user_change_write_app(char line[USER_CHANGE_MAX], int64_t at, const char *to,
    bool waits, const char *base)
{
	line_write(line, APP_HEAD, at, to, waits, base);
}

static size_t
line_length(const char *text)
{
	const size_t len = strcspn(text, "\n");

	return len + (text[len] != '\0');
}

static bool
is_change(const char *text)
{
	return strncmp(text, SELF, strlen(SELF)) == 0;
}

void
user_change_keep(char text[USER_CHANGES_MAX], const char *in_state, bool alone)
{
	const size_t head =
	    strcspn(text + strlen(SELF), " ") + strlen(SELF) + 1;
	size_t used = strlen(text), len;

	for (; in_state != NULL && *in_state != '\0'; in_state += len) {
		len = line_length(in_state);
		if (strncmp(in_state, text, head) == 0 ||
		    (alone && !is_change(in_state)) ||
		    used + len >= USER_CHANGES_MAX)
			continue;
		memcpy(text + used, in_state, len);
		text[used += len] = '\0';
	}
}

void
user_change_cut(char *text, bool phones, bool app)
{
	while (is_change(text)) {
		const size_t len = line_length(text);

		if (strncmp(text, HEAD, strlen(HEAD)) == 0 ? phones : app)
			memmove(text, text + len, strlen(text + len) + 1);
		else
			text += len;
	}
}

/* Reads a line from the end of its head on, with phones or without. Returns
 * when it was written, or 0. */
static int64_t
change_read(const char *text, bool phones, struct change *c)
{
	if (!text_word_take(&text, ' ', c->at, sizeof(c->at)) ||
	    !text_word_take(&text, ' ', c->to, sizeof(c->to)) ||
	    !text_word_take(&text, ' ', c->waits, sizeof(c->waits)) ||
	    !text_word_take(
		&text, phones ? ' ' : '\n', c->base, sizeof(c->base)) ||
	    (phones &&
		!text_word_take(&text, '\n', c->phones, sizeof(c->phones))) ||
	    (strcmp(c->waits, WAITS) != 0 && strcmp(c->waits, NONE) != 0))
		return 0;
	return decimal_read(c->at, INT64_MAX);
}

static bool
digest_write(const char *text, char out[USER_BASE_LEN + 1])
{
	unsigned char digest[SHA256_LEN];

	if (!sha256_of(text, strlen(text), digest))
		return false;
	hex_text(digest, USER_BASE_LEN / 2, out);
	return true;
}

/* Makes the digests of the record's phones and of its apps. In a record without
 * apps both are that of the phones: an app that self has added ends with the
 * phones by which it was added. */
static bool
base_make(struct user_record *r)
{
	char text[USER_PHONES_MAX * (PHONE_MAX + 2) + SETTINGS_RECEIVER_MAX +
	    1] = "";
	char apps[USER_APPS_MAX * (SECRET_MAX + 1) + TWILIO_SID_LEN + 1] = "";
	size_t i = 0;
	bool made;

	do
		PRINT_APPEND(text, "%s\n",
		    r->phone_count > 0 ? r->phones[i].number : r->phone);
	while (++i < r->phone_count);
	PRINT_APPEND(text, "%s", r->receiver);
	for (i = 0; i < user_record_apps(r); i++)
		PRINT_APPEND(apps, "%s\n", r->app[i].secret.b);
	PRINT_APPEND(apps, "%s", r->totp_factor);
	made = digest_write(text, r->base) &&
	    digest_write(apps[0] != '\0' ? apps : text, r->app_base);
	explicit_bzero(apps, sizeof(apps));
	return made;
}

static bool
still_waits(const struct change *c, int64_t at)
{
	return strcmp(c->waits, WAITS) == 0 &&
	    clock_wall_s() < at + USER_CHANGE_WAIT_S;
}

static bool
is_in_force(const struct change *c, const char *base)
{
	return strcmp(c->base, base[0] != '\0' ? base : NONE) == 0;
}

/* Those of the file keep their names, and that they take calls alone. */
static void
phones_set(struct user_record *r, const char *list)
{
	struct user_phone was[USER_PHONES_MAX], *p = r->phones;

	memcpy(was, r->phones, sizeof(was));
	memset(r->phones, 0, sizeof(r->phones));
	for (; *list != '\0' && p < r->phones + USER_PHONES_MAX; p++) {
		(void)user_phones_take(&list, p->number);
		for (size_t i = 0; i < USER_PHONES_MAX; i++)
			if (strcmp(was[i].number, p->number) == 0)
				*p = was[i];
	}
	r->phone_count = (size_t)(p - r->phones);
	r->phone_at = 0;
	memcpy(r->phone, r->phones[0].number, sizeof(r->phone));
}

static bool
phone_apply(const char *text, struct user_record *r)
{
	struct change c = { .at = "" };
	const int64_t at = change_read(text, true, &c);
	const struct user_phones_change change = { c.phones,
		(size_t)(c.to[0] - '0'), &c.to[1] };
	char after[USER_PHONES_TEXT];

	if (at <= 0 || !user_phones_after(&change, after))
		return false;
	if (!is_in_force(&c, r->base))
		return r->overruled = true;
	r->change_waits = still_waits(&c, at);
	phones_set(r, r->change_waits ? c.phones : after);
	PRINT_TO(r->changed_to, "%s", after);
	r->changed_at = at;
	/* it ends remembered logins when it is made, and when it counts */
	settings_digest_mix(
	    r->digest, SETTINGS_DIGEST_PHONES, at + !r->change_waits);
	return true;
}

/* In a state that hosts share it is sealed. */
static bool
secret_take(
    const struct setting_scope *scope, const char *text, struct secret *secret)
{
	if (settings_is_fleet(scope->settings))
		return user_app_unseal(scope, text, secret) &&
		    totp_secret_is_valid(secret);
	PRINT_TO(secret->b, "%s", text);
	secret->len = strlen(text);
	return totp_secret_is_valid(secret);
}

static bool
app_apply(
    const struct setting_scope *scope, const char *text, struct user_record *r)
{
	struct change c = { .at = "" };
	const int64_t at = change_read(text, false, &c);
	struct user_app app = { .secret = { .len = 0 } };
	const bool waits = still_waits(&c, at);
	/* one that waits changes nothing, whatever a host has written */
	const bool valid =
	    at > 0 && (waits || secret_take(scope, c.to, &app.secret));

	explicit_bzero(c.to, sizeof(c.to));
	if (valid && is_in_force(&c, r->app_base)) {
		r->app_waits = waits;
		if (!waits)
			r->app[0] = app;
		r->app_changed_at = at;
		settings_digest_mix(
		    r->digest, SETTINGS_DIGEST_APP, at + !r->app_waits);
	} else if (r->base[0] != '\0') {
		/* in the file the apps are others now, by an admin */
		r->overruled = true;
	}
	explicit_bzero(&app, sizeof(app));
	return valid;
}

enum user_result
user_change_find(
    struct setting_scope *scope, const char *text, struct user_record *r)
{
	struct record_source *source = scope->settings->records;
	enum record_source_found found = RECORD_SOURCE_THERE;
	const bool shared =
	    source != NULL && settings_is_fleet(scope->settings);
	const bool based = shared || !scope->in_state;
	const bool late = scope->settings->undigested;
	bool valid = true;

	r->in_state = scope->in_state;
	if (based && !late && !base_make(r))
		return USER_ERROR;
	/* of a fleet the record itself has the lines, also one to be written */
	if (source == NULL || (shared ? !r->in_state : text != NULL))
		return USER_FOUND;
	if (text == NULL)
		found = source->text(source, scope->user, &text);
	if (found == RECORD_SOURCE_OUTAGE || found == RECORD_SOURCE_FAILED) {
		settings_error(scope, 0, NULL, "%s", source->cause);
		return found == RECORD_SOURCE_OUTAGE ? USER_OUTAGE : USER_ERROR;
	}
	if (found == RECORD_SOURCE_NONE)
		return USER_FOUND;
	if (based && late && is_change(text) && !base_make(r))
		return USER_ERROR;
	for (; valid && is_change(text); text += line_length(text))
		valid = text_take(&text, HEAD)
		    ? phone_apply(text, r)
		    : text_take(&text, APP_HEAD) && app_apply(scope, text, r);
	if (valid)
		return USER_FOUND;
	settings_error(scope, 1, NULL,
	    "the line of twofactl self is malformed; run: twofactl remove %s",
	    scope->user);
	return USER_ERROR;
}

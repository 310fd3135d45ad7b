/* SPDX-License-Identifier: BSD-2-Clause */
/* Turns a libconfig setting into a checked value in a struct. */
#include "lib/settings/settings.h"

#include <libconfig.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "lib/settings/settings_inside.h"
#include "lib/system/system.h"
#include "lib/wire/wire.h"

/* Which keys a group may hold. */

struct setting_entry
setting_entry_of_key(
    const struct setting_key *k, char number[SETTING_NUMBER_MAX])
{
	struct setting_entry e = {
		.key = k->key,
		.required = k->required,
		.min = k->min,
		.max = k->max,
		.charset = k->charset,
	};

	switch (k->kind) {
	case CONF_NONE:
		break;
	case CONF_TEXT:
		e.read = setting_read_text;
		break;
	case CONF_NUMBER:
		e.read = setting_read_long;
		snprintf(number, SETTING_NUMBER_MAX, "%ld", k->dflt);
		e.dflt = number;
		break;
	case CONF_SECRET_FILE:
	case CONF_KEY_FILE:
		e.read = setting_read_path;
		e.min = 2;
		e.max = TRUSTED_FILE_PATH_MAX;
		break;
	}
	return e;
}

static bool
is_known(const struct setting_section *keys, const struct setting_key *own,
    const char *key)
{
	for (size_t i = 0; i < keys->n; i++)
		if (strcmp(keys->entry[i].key, key) == 0)
			return true;
	for (; own != NULL && own->key != NULL; own++)
		if (strcmp(own->key, key) == 0)
			return true;
	return keys->more != NULL && is_known(keys->more, NULL, key);
}

static void
report_unknown(struct setting_scope *scope, const struct config_setting_t *s,
    const struct setting_section *keys, const struct setting_key *own)
{
	char text[SETTING_ALLOWED_MAX] = "";
	size_t used = 0;

	for (const struct setting_section *k = keys; k != NULL; k = k->more)
		for (size_t i = 0; i < k->n; i++)
			used +=
			    (size_t)snprintf(text + used, sizeof(text) - used,
				"%s%s", used > 0 ? ", " : "", k->entry[i].key);
	for (; own != NULL && own->key != NULL && used < sizeof(text); own++)
		used += (size_t)snprintf(
		    text + used, sizeof(text) - used, ", %s", own->key);
	settings_error(scope, setting_line(s), config_setting_name(s),
	    "unknown key, allowed: %s", text);
}

void
setting_known(struct setting_scope *scope, const struct config_setting_t *group,
    const struct setting_section *keys, const struct setting_key *own)
{
	int n = config_setting_length(group);

	for (int i = 0; i < n; i++) {
		const config_setting_t *s =
		    config_setting_get_elem(group, (unsigned)i);

		if (!is_known(keys, own, config_setting_name(s)))
			report_unknown(scope, s, keys, own);
	}
}

const struct config_setting_t *
setting_section_read(struct setting_scope *scope, const struct setting_entry *e,
    const struct config_setting_t *s, void *field)
{
	const struct setting_section *keys = e->inside;

	if (s != NULL && !setting_is_group(scope, e, s))
		s = NULL;
	if (s != NULL)
		setting_known(scope, s, keys, NULL);
	setting_group_read(scope, keys->entry, keys->n, s, field);
	return s;
}

static void
allowed_choice(const struct setting_choice *c, char out[SETTING_ALLOWED_MAX])
{
	size_t used = 0;

	for (; c->name != NULL && used < SETTING_ALLOWED_MAX; c++)
		used += (size_t)snprintf(out + used, SETTING_ALLOWED_MAX - used,
		    "%s\"%s\"", used > 0 ? ", " : "", c->name);
}

void
setting_allowed(const struct setting_entry *e, char out[SETTING_ALLOWED_MAX])
{
	if (e->allowed != NULL)
		snprintf(out, SETTING_ALLOWED_MAX, "%s", e->allowed);
	else if (e->choice != NULL)
		allowed_choice(e->choice, out);
	else if (e->read == setting_read_bool)
		snprintf(out, SETTING_ALLOWED_MAX, "true, false");
	else if (e->read == setting_read_path)
		snprintf(out, SETTING_ALLOWED_MAX, "an absolute path");
	else if (e->read == setting_read_long ||
	    e->read == setting_read_unsigned)
		snprintf(out, SETTING_ALLOWED_MAX, "a number from %ld to %ld",
		    e->min, e->max);
	else
		snprintf(out, SETTING_ALLOWED_MAX, "a text of %ld to %ld %s",
		    e->min, e->max,
		    e->charset != NULL ? "letters and digits" : "bytes");
}

void
setting_wrong(struct setting_scope *scope, const struct setting_entry *e,
    const struct config_setting_t *s, const char *fmt, ...)
{
	char allowed[SETTING_ALLOWED_MAX], wrong[512];
	va_list ap;

	va_start(ap, fmt);
	vsnprintf(wrong, sizeof(wrong), fmt, ap);
	va_end(ap);
	setting_allowed(e, allowed);
	settings_error(
	    scope, setting_line(s), e->key, "%s, allowed: %s", wrong, allowed);
}

unsigned
setting_line(const struct config_setting_t *s)
{
	unsigned line = s != NULL ? config_setting_source_line(s) : 0;

	return line > 0 ? line : 1; /* the document itself has no line */
}

unsigned
setting_line_of(const struct config_setting_t *group, const char *key)
{
	const struct config_setting_t *s =
	    group != NULL ? config_setting_get_member(group, key) : NULL;

	return setting_line(s != NULL ? s : group);
}

static const char *
type_name(int type)
{
	switch (type) {
	case CONFIG_TYPE_GROUP:
		return "a group { }";
	case CONFIG_TYPE_INT:
	case CONFIG_TYPE_INT64:
		return "a number";
	case CONFIG_TYPE_FLOAT:
		return "a fraction";
	case CONFIG_TYPE_STRING:
		return "a text";
	case CONFIG_TYPE_BOOL:
		return "true or false";
	case CONFIG_TYPE_ARRAY:
	case CONFIG_TYPE_LIST:
		return "a list";
	default: /* libconfig's types are not an enum */
		return "nothing";
	}
}

static bool
is_type(struct setting_scope *scope, const struct setting_entry *e,
    const struct config_setting_t *s, int type)
{
	if (config_setting_type(s) == type)
		return true;
	setting_wrong(scope, e, s, "is %s, must be %s",
	    type_name(config_setting_type(s)), type_name(type));
	return false;
}

bool
setting_is_group(struct setting_scope *scope, const struct setting_entry *e,
    const struct config_setting_t *s)
{
	return is_type(scope, e, s, CONFIG_TYPE_GROUP);
}

void
setting_group_read(struct setting_scope *scope, const struct setting_entry *e,
    size_t n, const struct config_setting_t *group, void *base)
{
	const config_setting_t *s = NULL;

	for (; n > 0; n--, e++) {
		if (group != NULL)
			s = config_setting_get_member(group, e->key);
		if (s == NULL && e->required)
			setting_wrong(scope, e, group, "is missing");
		else
			e->read(scope, e, s, (char *)base + e->offset);
	}
}

bool
setting_text_plain(const char *text, const char *charset)
{
	if (charset != NULL)
		return text[strspn(text, charset)] == '\0';
	for (; *text != '\0'; text++)
		if (*text < 0x20 || *text > 0x7e)
			return false;
	return true;
}

bool
setting_text_utf8(const char *text)
{
	size_t len;

	for (; *text != '\0'; text += len) {
		len = utf8_len(text);
		if (len == 0)
			return false;
	}
	return true;
}

static const char *
checked_text(struct setting_scope *scope, const struct setting_entry *e,
    const struct config_setting_t *s, bool utf8)
{
	const char *text;
	size_t len;

	if (!is_type(scope, e, s, CONFIG_TYPE_STRING))
		return NULL;
	text = config_setting_get_string(s);
	len = strlen(text);
	if (len < (size_t)e->min || len > (size_t)e->max) {
		setting_wrong(scope, e, s,
		    "has %zu bytes, must have %ld to %ld", len, e->min, e->max);
		return NULL;
	}
	if (utf8 ? setting_text_utf8(text)
		 : setting_text_plain(text, e->charset))
		return text;
	setting_wrong(scope, e, s, "has a character that is not allowed here");
	return NULL;
}

const char *
setting_text(struct setting_scope *scope, const struct setting_entry *e,
    const struct config_setting_t *s)
{
	return checked_text(scope, e, s, false);
}

int
setting_number(struct setting_scope *scope, const struct setting_entry *e,
    const struct config_setting_t *s, long *out)
{
	long n;

	if (!is_type(scope, e, s, CONFIG_TYPE_INT))
		return -1;
	n = config_setting_get_int(s);
	if (n < e->min || n > e->max) {
		setting_wrong(scope, e, s, "is %ld", n);
		return -1;
	}
	*out = n;
	return 0;
}

size_t
setting_list_len(struct setting_scope *scope, const struct setting_entry *e,
    const struct config_setting_t *s)
{
	int type = config_setting_type(s);

	if (type != CONFIG_TYPE_ARRAY && type != CONFIG_TYPE_LIST) {
		setting_wrong(
		    scope, e, s, "is %s, must be a list", type_name(type));
		return 0;
	}
	if (config_setting_length(s) > 0)
		return (size_t)config_setting_length(s);
	/* An empty condition would match every login. */
	setting_wrong(
	    scope, e, s, "is an empty list; leave the key out instead");
	return 0;
}

void
setting_read_text(struct setting_scope *scope, const struct setting_entry *e,
    const struct config_setting_t *s, void *field)
{
	const char *text = s != NULL ? setting_text(scope, e, s) : e->dflt;

	*(const char **)field = text;
}

void
setting_read_phrase(struct setting_scope *scope, const struct setting_entry *e,
    const struct config_setting_t *s, void *field)
{
	const char *text =
	    s != NULL ? checked_text(scope, e, s, true) : e->dflt;

	*(const char **)field = text;
}

void
setting_read_copy(struct setting_scope *scope, const struct setting_entry *e,
    const struct config_setting_t *s, void *field)
{
	const char *text = s != NULL ? setting_text(scope, e, s) : NULL;

	if (text == NULL)
		return;
	if (e->valid == NULL || e->valid(text))
		memcpy(field, text, strlen(text) + 1);
	else if (e->wrong != NULL)
		setting_wrong(scope, e, s, "%s", e->wrong);
	else
		setting_wrong(scope, e, s, "\"%.64s\" is none", text);
}

void
setting_read_path(struct setting_scope *scope, const struct setting_entry *e,
    const struct config_setting_t *s, void *field)
{
	const char *path = s != NULL ? setting_text(scope, e, s) : e->dflt;

	/* The text is not shown: it may be the secret itself instead of its
	 * file's path. */
	if (path != NULL && path[0] != '/') {
		setting_wrong(scope, e, s, "does not begin with /");
		path = NULL;
	}
	*(const char **)field = path;
}

void
setting_read_bool(struct setting_scope *scope, const struct setting_entry *e,
    const struct config_setting_t *s, void *field)
{
	bool yes = e->dflt != NULL && strcmp(e->dflt, "true") == 0;

	if (s != NULL && is_type(scope, e, s, CONFIG_TYPE_BOOL))
		yes = config_setting_get_bool(s) == CONFIG_TRUE;
	*(bool *)field = yes;
}

void
setting_read_long(struct setting_scope *scope, const struct setting_entry *e,
    const struct config_setting_t *s, void *field)
{
	long n = e->dflt != NULL ? strtol(e->dflt, NULL, 10) : 0;

	if (s != NULL)
		(void)setting_number(scope, e, s, &n);
	*(long *)field = n;
}

void
setting_read_unsigned(struct setting_scope *scope,
    const struct setting_entry *e, const struct config_setting_t *s,
    void *field)
{
	long n;

	setting_read_long(scope, e, s, &n);
	*(unsigned *)field = (unsigned)n;
}

/* The choice in the setting, or the default; NULL after reporting. */
static const struct setting_choice *
choice_of(struct setting_scope *scope, const struct setting_entry *e,
    const struct config_setting_t *s)
{
	const char *name = s != NULL ? setting_text(scope, e, s) : e->dflt;

	for (const struct setting_choice *c = e->choice; name != NULL; c++) {
		if (c->name == NULL) {
			setting_wrong(
			    scope, e, s, "\"%.40s\" is unknown", name);
			break;
		}
		if (strcmp(c->name, name) == 0)
			return c;
	}
	return NULL;
}

_Static_assert(sizeof(enum action) == sizeof(int), "setting_read_choice");
_Static_assert(sizeof(enum on_outage) == sizeof(int), "setting_read_choice");

void
setting_read_choice(struct setting_scope *scope, const struct setting_entry *e,
    const struct config_setting_t *s, void *field)
{
	const struct setting_choice *c = choice_of(scope, e, s);
	int value = c != NULL ? c->value : 0; /* zero refuses */

	memcpy(field, &value, sizeof(value));
}

void
setting_read_either(struct setting_scope *scope, const struct setting_entry *e,
    const struct config_setting_t *s, void *field)
{
	const struct setting_choice *c = choice_of(scope, e, s);

	*(bool *)field = c != NULL && c->value != 0;
}

void
setting_read_word(struct setting_scope *scope, const struct setting_entry *e,
    const struct config_setting_t *s, void *field)
{
	const struct setting_choice *c = choice_of(scope, e, s);

	*(const char **)field = c != NULL ? c->name : NULL;
}

/* Room for n items, of so many bytes each; NULL: it is empty, or wrong, which
 * is reported. */
static void *
setting_list_room(struct setting_scope *scope, const struct setting_entry *e,
    const struct config_setting_t *s, size_t size, size_t *n)
{
	void *room;

	*n = s != NULL ? setting_list_len(scope, e, s) : 0;
	if (*n == 0)
		return NULL;
	room = calloc(*n, size);
	if (room == NULL)
		settings_error(scope, setting_line(s), e->key, "out of memory");
	return room;
}

void
setting_read_names(struct setting_scope *scope, const struct setting_entry *e,
    const struct config_setting_t *s, void *field)
{
	struct text_list *list = field;
	size_t n;
	void *room = setting_list_room(scope, e, s, sizeof(list->item[0]), &n);

	if (room == NULL)
		return;
	list->item = room;
	for (size_t i = 0; i < n; i++)
		list->item[i] = setting_text(
		    scope, e, config_setting_get_elem(s, (unsigned)i));
	list->count = n;
}

void
setting_read_networks(struct setting_scope *scope,
    const struct setting_entry *e, const struct config_setting_t *s,
    void *field)
{
	struct network_list *list = field;
	size_t n;
	void *room = setting_list_room(scope, e, s, sizeof(list->item[0]), &n);

	if (room == NULL)
		return;
	list->item = room;
	list->count = n;
	for (size_t i = 0; i < n; i++) {
		const config_setting_t *elem =
		    config_setting_get_elem(s, (unsigned)i);
		const char *text = setting_text(scope, e, elem);

		if (text != NULL && network_parse(text, &list->item[i]) != 0)
			setting_wrong(scope, e, elem,
			    "\"%.60s\" is no numeric network", text);
	}
}

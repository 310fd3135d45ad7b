/* SPDX-License-Identifier: BSD-2-Clause */
/* Turns a libconfig setting into a checked value in a struct. */
#include "lib/settings/settings_inside.h"

#include <libconfig.h>
#include <stdlib.h>

struct setting_entry
setting_entry_from_key(
    const struct setting_key *k, char number[SETTING_NUMBER_MAX])
{
	struct setting_entry e = {
		.key = k->key,
		.required = k->required,
		.min = k->min,
		.max = k->max,
		.charset = k->charset,
	};

	if (k->kind == CONF_TEXT) {
		e.read = setting_read_text;
		e.offset = offsetof(struct provider_conf, text[k->slot]);
		e.dflt = k->text;
	} else if (k->kind == CONF_NUMBER) {
		e.read = setting_read_long;
		e.offset = offsetof(struct provider_conf, number[k->slot]);
		snprintf(number, SETTING_NUMBER_MAX, "%ld", k->dflt);
		e.dflt = number;
	} else if (k->kind != CONF_NONE) {
		e.read = setting_read_path;
		e.offset = k->kind == CONF_KEY_FILE
		    ? offsetof(struct provider_conf, key_file)
		    : offsetof(struct provider_conf, secret_file[k->slot]);
		e.min = 2;
		e.max = TRUSTED_FILE_PATH_MAX;
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

	for (const struct setting_section *k = keys; k != NULL; k = k->more)
		for (size_t i = 0; i < k->n; i++)
			PRINT_APPEND(text, "%s%s", text[0] != '\0' ? ", " : "",
			    k->entry[i].key);
	for (; own != NULL && own->key != NULL; own++)
		PRINT_APPEND(text, ", %s", own->key);
	settings_error(scope, setting_line_number(s), config_setting_name(s),
	    "unknown key; expected %s", text);
}

void
setting_check_known(struct setting_scope *scope,
    const struct config_setting_t *group, const struct setting_section *keys,
    const struct setting_key *own)
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
setting_section_read(const struct setting *v, void *field)
{
	const struct setting_section *keys = v->e->inside;
	const struct config_setting_t *group =
	    v->s != NULL && setting_is_group(v) ? v->s : NULL;

	if (group != NULL)
		setting_check_known(v->scope, group, keys, NULL);
	for (; keys != NULL; keys = keys->more)
		setting_group_read(
		    v->scope, keys->entry, keys->n, group, field);
	return group;
}

static void
allowed_choice(const struct setting_choice *c, char out[SETTING_ALLOWED_MAX])
{
	out[0] = '\0';
	for (; c->name != NULL; c++)
		PRINT_BEHIND(out, SETTING_ALLOWED_MAX, "%s\"%s\"",
		    out[0] != '\0' ? ", " : "", c->name);
}

void
setting_expected_form_text(
    const struct setting_entry *e, char out[SETTING_ALLOWED_MAX])
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
setting_reject(const struct setting *v, const char *fmt, ...)
{
	char allowed[SETTING_ALLOWED_MAX], wrong[512];

	PRINT_GIVEN(wrong, fmt);
	setting_expected_form_text(v->e, allowed);
	setting_error(v, "%s; expected %s", wrong, allowed);
}

unsigned
setting_line_number(const struct config_setting_t *s)
{
	unsigned line = s != NULL ? config_setting_source_line(s) : 0;

	return line > 0 ? line : 1; /* the document itself has no line */
}

unsigned
setting_key_line_number(const struct config_setting_t *group, const char *key)
{
	const struct config_setting_t *s =
	    group != NULL ? config_setting_get_member(group, key) : NULL;

	return setting_line_number(s != NULL ? s : group);
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
is_type(const struct setting *v, int type)
{
	if (config_setting_type(v->s) == type)
		return true;
	setting_reject(v, "is %s, must be %s",
	    type_name(config_setting_type(v->s)), type_name(type));
	return false;
}

bool
setting_is_group(const struct setting *v)
{
	return is_type(v, CONFIG_TYPE_GROUP);
}

/* Faster than config_setting_get_member(), which looks in each byte of each
 * name for the end of a path's part. */
static const config_setting_t *
member_by_key(const config_setting_t *group, const char *key)
{
	const int n = config_setting_length(group);

	for (int i = 0; i < n; i++) {
		const config_setting_t *s =
		    config_setting_get_elem(group, (unsigned)i);

		if (strcmp(config_setting_name(s), key) == 0)
			return s;
	}
	return NULL;
}

void
setting_group_read(struct setting_scope *scope, const struct setting_entry *e,
    size_t n, const struct config_setting_t *group, void *base)
{
	const config_setting_t *s = NULL;

	for (; n > 0; n--, e++) {
		if (group != NULL)
			s = member_by_key(group, e->key);
		if (s == NULL && e->required)
			setting_reject(
			    &(struct setting){ scope, e, group }, "is missing");
		else
			e->read(&(struct setting){ scope, e, s },
			    (char *)base + e->offset);
	}
}

bool
setting_text_is_in_charset(const char *text, const char *charset)
{
	if (charset != NULL)
		return text[strspn(text, charset)] == '\0';
	for (; *text != '\0'; text++)
		if (*text < 0x20 || *text > 0x7e)
			return false;
	return true;
}

bool
setting_text_is_printable_utf8(const char *text)
{
	size_t len;

	for (; *text != '\0'; text += len) {
		len = escape_utf8_char_len(text);
		if (len == 0)
			return false;
	}
	return true;
}

static const char *
checked_text(const struct setting *v, bool utf8)
{
	const char *text;
	size_t len;

	if (v->s == NULL)
		return v->e->dflt;
	if (!is_type(v, CONFIG_TYPE_STRING))
		return NULL;
	text = config_setting_get_string(v->s);
	len = strlen(text);
	if (len < (size_t)v->e->min || len > (size_t)v->e->max) {
		setting_reject(v, "has %zu bytes, must have %ld to %ld", len,
		    v->e->min, v->e->max);
		return NULL;
	}
	if (utf8 ? setting_text_is_printable_utf8(text)
		 : setting_text_is_in_charset(text, v->e->charset))
		return text;
	setting_reject(v, "has a character that is not allowed here");
	return NULL;
}

const char *
setting_text(const struct setting *v)
{
	return checked_text(v, false);
}

int
setting_number(const struct setting *v, long *out)
{
	long n;

	if (!is_type(v, CONFIG_TYPE_INT))
		return -1;
	n = config_setting_get_int(v->s);
	if (n < v->e->min || n > v->e->max) {
		setting_reject(v, "is %ld", n);
		return -1;
	}
	*out = n;
	return 0;
}

size_t
setting_list_len(const struct setting *v, size_t most, const char *items)
{
	const int type = v->s != NULL ? config_setting_type(v->s) : 0;
	size_t n;

	if (v->s == NULL)
		return 0;
	if (type != CONFIG_TYPE_ARRAY && type != CONFIG_TYPE_LIST) {
		setting_reject(v, "is %s, must be a list", type_name(type));
		return 0;
	}
	n = (size_t)config_setting_length(v->s);
	/* An empty condition would match every login. */
	if (n == 0)
		setting_reject(
		    v, "is an empty list; leave the key out instead");
	else if (n > most)
		setting_reject(v, "has %zu %s", n, items);
	return n <= most ? n : 0;
}

bool
setting_list_is_empty(const struct setting *v)
{
	return v->s == NULL ||
	    (config_setting_is_list(v->s) == CONFIG_TRUE &&
		config_setting_length(v->s) == 0);
}

struct setting
setting_item(const struct setting *list, size_t i)
{
	return (struct setting){ list->scope, list->e,
		config_setting_get_elem(list->s, (unsigned)i) };
}

void
setting_read_text(const struct setting *v, void *field)
{
	*(const char **)field = setting_text(v);
}

void
setting_read_phrase(const struct setting *v, void *field)
{
	*(const char **)field = checked_text(v, true);
}

void
setting_read_copy(const struct setting *v, void *field)
{
	const char *text = setting_text(v);

	if (text == NULL)
		return;
	if (v->e->valid == NULL || v->e->valid(text))
		memcpy(field, text, strlen(text) + 1);
	else if (v->e->wrong != NULL)
		setting_reject(v, "%s", v->e->wrong);
	else
		setting_reject(v, "invalid value \"%.64s\"", text);
}

void
setting_read_path(const struct setting *v, void *field)
{
	const char *path = setting_text(v);

	/* The text is not quoted: it may be the secret instead of its path. */
	if (path != NULL && path[0] != '/') {
		setting_reject(v, "does not begin with /");
		path = NULL;
	}
	*(const char **)field = path;
}

void
setting_read_bool(const struct setting *v, void *field)
{
	bool yes = v->e->dflt != NULL && strcmp(v->e->dflt, "true") == 0;

	if (v->s != NULL && is_type(v, CONFIG_TYPE_BOOL))
		yes = config_setting_get_bool(v->s) == CONFIG_TRUE;
	*(bool *)field = yes;
}

void
setting_read_long(const struct setting *v, void *field)
{
	long n = v->e->dflt != NULL ? strtol(v->e->dflt, NULL, 10) : 0;

	if (v->s != NULL)
		(void)setting_number(v, &n);
	*(long *)field = n;
}

void
setting_read_unsigned(const struct setting *v, void *field)
{
	long n;

	setting_read_long(v, &n);
	*(unsigned *)field = (unsigned)n;
}

/* The choice in the setting, or the default; NULL after reporting. */
static const struct setting_choice *
find_choice(const struct setting *v)
{
	const char *name = setting_text(v);

	for (const struct setting_choice *c = v->e->choice; name != NULL; c++) {
		if (c->name == NULL) {
			setting_reject(v, "\"%.40s\" is unknown", name);
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
setting_read_choice(const struct setting *v, void *field)
{
	const struct setting_choice *c = find_choice(v);
	int value = c != NULL ? c->value : 0; /* zero denies */

	memcpy(field, &value, sizeof(value));
}

void
setting_read_either(const struct setting *v, void *field)
{
	const struct setting_choice *c = find_choice(v);

	*(bool *)field = c != NULL && c->value != 0;
}

void
setting_read_word(const struct setting *v, void *field)
{
	const struct setting_choice *c = find_choice(v);

	*(const char **)field = c != NULL ? c->name : NULL;
}

void
setting_read_day(const struct setting *v, void *field)
{
	const char *text = setting_text(v);
	unsigned *day = field;

	*day = text != NULL ? day_read(text) : 0;
	if (text != NULL && *day == 0)
		setting_reject(v, "\"%.40s\" is no such day", text);
}

void *
setting_list_alloc(const struct setting *v, size_t most, const char *items,
    size_t size, size_t *n)
{
	void *list;

	*n = setting_list_len(v, most, items);
	if (*n == 0)
		return NULL;
	list = calloc(*n, size);
	if (list == NULL) {
		setting_error(v, "out of memory");
		*n = 0;
	}
	return list;
}

void
setting_read_names(const struct setting *v, void *field)
{
	struct text_list *list = field;

	list->item = setting_list_alloc(
	    v, SIZE_MAX, "", sizeof(list->item[0]), &list->count);
	for (size_t i = 0; i < list->count; i++) {
		const struct setting one = setting_item(v, i);

		list->item[i] = setting_text(&one);
		if (list->item[i] != NULL && v->e->valid != NULL &&
		    !v->e->valid(list->item[i]))
			setting_reject(
			    &one, "\"%s\" %s", list->item[i], v->e->wrong);
	}
}

void
setting_read_networks(const struct setting *v, void *field)
{
	struct network_list *list = field;

	list->item = setting_list_alloc(
	    v, SIZE_MAX, "", sizeof(list->item[0]), &list->count);
	for (size_t i = 0; i < list->count; i++) {
		const struct setting one = setting_item(v, i);
		const char *text = setting_text(&one);

		if (text != NULL && network_parse(text, &list->item[i]) != 0)
			setting_reject(
			    &one, "\"%.60s\" is no numeric network", text);
	}
}

void
setting_lists_free(const struct setting_section *keys, void *base)
{
	for (const struct setting_entry *e = keys->entry;
	     e < keys->entry + keys->n; e++) {
		void *list = (char *)base + e->offset;

		if (e->read == setting_read_names)
			free(((struct text_list *)list)->item);
		else if (e->read == setting_read_networks)
			free(((struct network_list *)list)->item);
	}
}

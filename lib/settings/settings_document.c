/* SPDX-License-Identifier: BSD-2-Clause */
/* A settings file as a libconfig document: checked for trust, scanned for text
 * that libconfig would misread (settings_scan.c), then parsed. */
#include "lib/settings/settings_inside.h"

#include <libconfig.h>
#include <stdlib.h>

static struct {
	char *text; /* NULL: none */
	size_t len;
	config_t doc;
} preloaded;

static bool
is_duplicate(const char *text)
{
	return text != NULL && strstr(text, "duplicate") != NULL;
}

/* True if libconfig reports a duplicate key before end. */
static bool
has_duplicate_before(char *text, char *end)
{
	const char saved = *end;
	config_t doc;
	bool duplicate;

	*end = '\0';
	crash_guard_begin();
	config_init(&doc);
	duplicate = config_read_string(&doc, text) != CONFIG_TRUE &&
	    is_duplicate(config_error_text(&doc));
	config_destroy(&doc);
	crash_guard_end();
	*end = saved;
	return duplicate;
}

/* Finds the duplicate key of a line: libconfig does not name it. */
static void
find_duplicate(char *text, unsigned line, char key[SETTINGS_SCAN_KEY_MAX])
{
	char *p = text;
	size_t len;

	for (; line > 1 && *p != '\0'; p++)
		if (*p == '\n')
			line--;
	for (; *p != '\0' && *p != '\n'; p += len) {
		len = strspn(p, SETTINGS_SCAN_KEY_BYTES);
		if (len > 0 && has_duplicate_before(text, p + len)) {
			snprintf(
			    key, SETTINGS_SCAN_KEY_MAX, "%.*s", (int)len, p);
			return;
		}
		len += len == 0;
	}
}

/* libconfig stops at its first error. */
static void
report_parse(struct setting_scope *scope, char *text, const config_t *doc)
{
	const unsigned line = (unsigned)config_error_line(doc);
	const char *error = config_error_text(doc);
	char key[SETTINGS_SCAN_KEY_MAX] = "";

	if (is_duplicate(error)) {
		find_duplicate(text, line, key);
		settings_error(scope, line, key[0] != '\0' ? key : NULL,
		    "appears in this group for the second time; remove one of "
		    "the two");
		return;
	}
	settings_error(scope, line > 0 ? line : 1, NULL,
	    "%s; look here and one line above for missing quotes, a missing ; "
	    "or , or bracket, or one too many",
	    error != NULL ? error : "cannot be read");
}

/* Without memory libconfig drops a name or a text and still reports success: a
 * rule without one of its conditions would match too many logins. */
static bool
document_is_complete(const config_setting_t *s)
{
	const bool group = config_setting_is_group(s) != 0;
	const int n =
	    config_setting_is_aggregate(s) ? config_setting_length(s) : 0;

	if (config_setting_type(s) == CONFIG_TYPE_STRING &&
	    config_setting_get_string(s) == NULL)
		return false;
	for (int i = 0; i < n; i++) {
		const config_setting_t *member =
		    config_setting_get_elem(s, (unsigned)i);

		if ((group && config_setting_name(member) == NULL) ||
		    !document_is_complete(member))
			return false;
	}
	return true;
}

static int
parse(struct setting_scope *scope, struct trusted_file *f, config_t *doc)
{
	unsigned before = scope->errors;
	int done;

	/* libconfig needs a newline even after a comment in the last line. */
	f->text[f->len++] = '\n';
	settings_scan_for_misreadings(scope, f->text, f->len);
	if (scope->errors > before)
		return -1;
	crash_guard_begin();
	config_init(doc);
	done = config_read_string(doc, f->text);
	crash_guard_end();
	if (done != CONFIG_TRUE)
		report_parse(scope, f->text, doc);
	else if (!document_is_complete(config_root_setting(doc)))
		settings_error(scope, 0, NULL, "out of memory; free some");
	else
		return 0;
	config_destroy(doc);
	return -1;
}

/* A path on a command line may name any file that root can read, such as
 * /etc/shadow. Errors quote keys and words, so a file that is not twofa.conf is
 * not parsed. */
static int
check_is_settings(struct setting_scope *scope, const struct trusted_file *f)
{
	static const char *const required[] = { "brand", "providers" };

	for (size_t i = 0; i < COUNT_OF(required); i++)
		if (memmem(f->text, f->len, required[i], strlen(required[i])) !=
		    NULL)
			return 0;
	settings_error(scope, 1, NULL,
	    "has neither brand nor providers, so nothing else was checked; "
	    "expected the keys of twofa.conf(5)");
	return -1;
}

void
settings_digest_mix(unsigned char digest[SETTINGS_DIGEST_LEN],
    enum settings_digest_part part, int64_t n)
{
	_Static_assert(
	    sizeof(n) * (SETTINGS_DIGEST_FILE + 1) <= SETTINGS_DIGEST_LEN,
	    "each part has its bytes");

	for (size_t i = 0; i < sizeof(n); i++)
		digest[part * sizeof(n) + i] ^= (unsigned char)(n >> (8 * i));
}

/* With the time: a file that was changed and changed back has the text that
 * logins were remembered under. */
static int
hash(struct setting_scope *scope, const struct trusted_file *f,
    unsigned char digest[SETTINGS_DIGEST_LEN])
{
	if (digest == NULL)
		return 0;
	if (!sha256_of(f->text, f->len, digest)) {
		settings_error(
		    scope, 0, NULL, "SHA-256 failed; check libcrypto");
		return -1;
	}
	settings_digest_mix(digest, SETTINGS_DIGEST_FILE, f->changed_ns);
	return 0;
}

static enum trusted_file_result
read_scope_file(struct setting_scope *scope, enum trusted_file_kind kind,
    struct trusted_file *f)
{
	const enum trusted_file_result result =
	    trusted_file_read(scope->file, kind, scope->owner, f);

	if (result != TRUSTED_FILE_OK &&
	    (result != TRUSTED_FILE_ABSENT || kind != TRUSTED_FILE_USER))
		settings_error(scope, 0, NULL, "%s", trusted_file_cause);
	return result;
}

static enum trusted_file_result
copy_given_text(struct setting_scope *scope, enum trusted_file_kind kind,
    const char *text, struct trusted_file *f)
{
	const size_t max = kind == TRUSTED_FILE_SETTINGS
	    ? TRUSTED_FILE_SETTINGS_MAX
	    : TRUSTED_FILE_USER_MAX;

	if (f->len > max) {
		settings_error(scope, 0, NULL,
		    "has %zu bytes; expected at most %zu", f->len, max);
		return TRUSTED_FILE_REFUSED;
	}
	f->text = calloc(1, f->len + 2); /* parse adds a byte */
	if (f->text == NULL) {
		settings_error(scope, 0, NULL, "out of memory; free some");
		return TRUSTED_FILE_REFUSED;
	}
	memcpy(f->text, text, f->len);
	return TRUSTED_FILE_OK;
}

/* True if the text has been parsed already: the document is shared. */
static bool
take_preloaded(struct setting_scope *scope, enum trusted_file_kind kind,
    const struct trusted_file *f, config_t *doc)
{
	scope->preloaded = kind == TRUSTED_FILE_SETTINGS &&
	    preloaded.text != NULL && f->len == preloaded.len &&
	    memcmp(f->text, preloaded.text, f->len) == 0;
	if (scope->preloaded)
		*doc = preloaded.doc;
	return scope->preloaded;
}

enum trusted_file_result
settings_document_read(struct setting_scope *scope, enum trusted_file_kind kind,
    const char *text, size_t len, struct config_t *doc,
    unsigned char digest[SETTINGS_DIGEST_LEN])
{
	struct trusted_file f = { .len = len };
	enum trusted_file_result result = text != NULL
	    ? copy_given_text(scope, kind, text, &f)
	    : read_scope_file(scope, kind, &f);

	if (result != TRUSTED_FILE_OK)
		return result;
	len = f.len; /* parse() adds a byte to it and to the text */
	if ((kind == TRUSTED_FILE_SETTINGS &&
		check_is_settings(scope, &f) != 0) ||
	    hash(scope, &f, digest) != 0 ||
	    (!take_preloaded(scope, kind, &f, doc) &&
		parse(scope, &f, doc) != 0))
		result = TRUSTED_FILE_REFUSED;
	if (scope->preloads && result == TRUSTED_FILE_OK) {
		preloaded.text = f.text;
		preloaded.len = len;
		preloaded.doc = *doc;
		return result;
	}
	if (scope->preloaded)
		f.len = 0; /* not wiped: the same text stays */
	trusted_file_free(&f);
	return result;
}

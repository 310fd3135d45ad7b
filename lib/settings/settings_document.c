/* SPDX-License-Identifier: BSD-2-Clause */
/* A settings file as a libconfig document. */
#include "lib/settings/settings_document.h"

#include <libconfig.h>
#include <openssl/evp.h>
#include <string.h>

#include "lib/settings/confscan.h"
#include "lib/settings/crash_guard.h"

/* libconfig stops at its first error; it names no key. */
static void
report_parse(struct setting_scope *scope, const config_t *doc)
{
	const char *text = config_error_text(doc);
	int line = config_error_line(doc);

	if (text == NULL)
		text = "cannot be read";
	settings_error(scope, line > 0 ? (unsigned)line : 1, NULL, "%s, %s",
	    text,
	    strstr(text, "duplicate") != NULL
		? "allowed: each key once in its group"
		: "look here and one line above for a missing ; or , or "
		  "bracket");
}

/* libconfig without memory loses a name or a text, and says that all is well:
 * a rule without one of its conditions would hold for everybody. */
static bool
is_whole(const config_setting_t *s)
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
		    !is_whole(member))
			return false;
	}
	return true;
}

static int
parse(struct setting_scope *scope, struct trusted_file *f, config_t *doc)
{
	unsigned before = scope->errors;
	int done;

	/* libconfig wants a newline even behind a last line's comment. */
	f->text[f->len++] = '\n';
	conf_scan(scope, f->text, f->len);
	if (scope->errors > before)
		return -1;
	crash_guard_begin();
	config_init(doc);
	done = config_read_string(doc, f->text);
	crash_guard_end();
	if (done != CONFIG_TRUE)
		report_parse(scope, doc);
	else if (!is_whole(config_root_setting(doc)))
		settings_error(scope, 0, NULL, "out of memory: free some");
	else
		return 0;
	config_destroy(doc);
	return -1;
}

/* A path on a command line may name any file of root's, such as /etc/shadow:
 * what is no twofa.conf is not read on, since errors name keys and words. */
static int
check_ours(struct setting_scope *scope, const struct trusted_file *f)
{
	static const char *const required[] = { "brand", "providers" };

	for (size_t i = 0; i < sizeof(required) / sizeof(required[0]); i++)
		if (memmem(f->text, f->len, required[i], strlen(required[i])) !=
		    NULL)
			return 0;
	settings_error(scope, 1, NULL,
	    "has neither brand nor providers, so nothing else was looked at, "
	    "allowed: what twofa.conf(5) lists");
	return -1;
}

/* Of the bytes as they are in the file: parse adds one. */
static int
digest_file(struct setting_scope *scope, const struct trusted_file *f,
    unsigned char digest[CONFIG_DIGEST_LEN])
{
	if (EVP_Digest(f->text, f->len, digest, NULL, EVP_sha256(), NULL) == 1)
		return 0;
	settings_error(scope, 0, NULL, "SHA-256 of it failed: check libcrypto");
	return -1;
}

enum trusted_file_result
settings_document_read(struct setting_scope *scope, enum trusted_file_kind kind,
    struct config_t *doc, unsigned char digest[CONFIG_DIGEST_LEN])
{
	char cause[TRUSTED_FILE_CAUSE_MAX];
	enum trusted_file_result result;
	struct trusted_file f;

	result = trusted_file_read(scope->file, kind, scope->owner, &f, cause);
	if (result == TRUSTED_FILE_ABSENT && kind == TRUSTED_FILE_USER)
		return TRUSTED_FILE_ABSENT;
	if (result != TRUSTED_FILE_OK) {
		settings_error(scope, 0, NULL, "%s", cause);
		return TRUSTED_FILE_REFUSED;
	}
	if ((kind == TRUSTED_FILE_SETTINGS && check_ours(scope, &f) != 0) ||
	    (digest != NULL && digest_file(scope, &f, digest) != 0) ||
	    parse(scope, &f, doc) != 0)
		result = TRUSTED_FILE_REFUSED;
	trusted_file_free(&f);
	return result;
}

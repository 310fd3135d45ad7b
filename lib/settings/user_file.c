/* SPDX-License-Identifier: BSD-2-Clause */
/* Finds a user's record: in users_dir, else in the state if users says so. */
#include <stdio.h>
#include <string.h>
#include <unistd.h>

#include "lib/settings/settings_document.h"
#include "lib/settings/user_record.h"
#include "lib/system/record_source.h"

/* In errors it has the user's name as its file's. */
static void
be_shared(struct setting_scope *scope, char path[USER_PATH_MAX])
{
	snprintf(path, USER_PATH_MAX, "%s in the state", scope->user);
	scope->shared = true;
}

static enum trusted_file_result
read_shared(struct setting_scope *scope, char path[USER_PATH_MAX],
    struct config_t *doc, unsigned char digest[CONFIG_DIGEST_LEN])
{
	struct record_source *from = scope->settings->records;
	const char *text = NULL;
	enum record_found found;

	be_shared(scope, path);
	found =
	    from != NULL ? from->text(from, scope->user, &text) : RECORD_FAILED;
	switch (found) {
	case RECORD_THERE:
		return settings_document_parse(
		    scope, TRUSTED_FILE_USER, text, strlen(text), doc, digest);
	case RECORD_NONE:
		return TRUSTED_FILE_ABSENT;
	case RECORD_OUTAGE:
	case RECORD_FAILED:
		break;
	}
	settings_error(scope, 0, NULL, "%s",
	    from != NULL ? from->cause : "the state is not asked here");
	return found == RECORD_OUTAGE ? TRUSTED_FILE_AWAY
				      : TRUSTED_FILE_REFUSED;
}

enum trusted_file_result
user_file_open(struct setting_scope *scope, char path[USER_PATH_MAX],
    const char *text, struct config_t *doc,
    unsigned char digest[CONFIG_DIGEST_LEN])
{
	enum trusted_file_result found;

	if (!user_name_valid(scope->user))
		return TRUSTED_FILE_REFUSED;
	snprintf(path, USER_PATH_MAX, "%s/%s.conf", scope->settings->users_dir,
	    scope->user);
	scope->file = path;
	if (text != NULL) {
		if (scope->settings->users_state && access(path, F_OK) != 0)
			be_shared(scope, path);
		return settings_document_parse(
		    scope, TRUSTED_FILE_USER, text, strlen(text), doc, digest);
	}
	found = settings_document_read(scope, TRUSTED_FILE_USER, doc, digest);
	return found == TRUSTED_FILE_ABSENT && scope->settings->users_state
	    ? read_shared(scope, path, doc, digest)
	    : found;
}

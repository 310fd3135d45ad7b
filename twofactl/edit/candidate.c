/* SPDX-License-Identifier: BSD-2-Clause */
/* Checks settings and records that are not in their place yet. */
#include "twofactl/edit/candidate.h"

#include <stdio.h>
#include <string.h>

#include "twofactl/check/outage_rules.h"

#define SUFFIX ".conf"
#define FOLDER "users.d"

void
candidate_user_of(const char *path, char user[USER_NAME_MAX + 1])
{
	const char *name = strrchr(path, '/');
	const size_t folder = strlen(FOLDER), suffix = strlen(SUFFIX);
	size_t before, len;

	user[0] = '\0';
	if (name == NULL)
		return;
	before = (size_t)(name - path);
	len = strlen(++name);
	if (before < folder || len <= suffix || len - suffix > USER_NAME_MAX ||
	    strncmp(path + before - folder, FOLDER, folder) != 0 ||
	    (before > folder && path[before - folder - 1] != '/') ||
	    strcmp(name + len - suffix, SUFFIX) != 0)
		return;
	snprintf(user, USER_NAME_MAX + 1, "%.*s", (int)(len - suffix), name);
}

struct settings *
candidate_settings(struct check *c, const struct candidate *file)
{
	const struct settings_report report = check_report(c);

	return settings_parse(
	    file->path, file->text, file->len, c->owner, &report);
}

void
candidate_secrets(struct check *c, const struct ctl *ctl)
{
	const char *slash = strrchr(ctl->conf, '/');
	char path[CTL_PATH_MAX + sizeof("/secrets")];

	snprintf(path, sizeof(path), "%.*s/secrets", (int)(slash - ctl->conf),
	    ctl->conf);
	check_secrets(c, path);
}

static void
take_warning(void *ctx, const char *line)
{
	check_warning(ctx, "%s", line);
}

void
candidate_settings_check(
    struct check *c, const char *path, const struct settings *conf)
{
	check_users(c, conf);
	check_groups(c, path, conf);
	check_order(c, path, conf);
	if (settings_rehearsal(conf))
		check_warning(c, "%s is " SETTINGS_REHEARSAL, path);
	outage_rules_callers(conf, c, take_warning);
	outage_rules_defaults(conf, c, take_warning);
	outage_rules_names(conf, c, take_warning);
}

/* A path on a command line may name any file of root's, such as /etc/shadow.
 * Errors name keys and words, so a file without a record's key is not read
 * further. */
static bool
is_record(const char *text)
{
	static const char *const key[] = { "phone", "email", "people",
		"totp_secret_file", "totp_factor", "push_factor", "authy_id" };
	const char *p;

	for (size_t i = 0; i < sizeof(key) / sizeof(key[0]); i++)
		for (p = text; (p = strstr(p, key[i])) != NULL; p++) {
			const char *behind = p + strlen(key[i]);

			behind += strspn(behind, " \t");
			if (*behind == '=' || *behind == ':')
				return true;
		}
	return false;
}

void
candidate_user(struct check *c, const struct settings *conf,
    const struct candidate *file, const char *user)
{
	if (!user_name_valid(user))
		check_problem(
		    c, "%s: \"%.64s\" is no user's name", file->path, user);
	else if (strlen(file->text) != file->len)
		check_problem(
		    c, "%s: has a NUL byte, allowed: text alone", file->path);
	else if (!is_record(file->text))
		check_problem(c,
		    "%s: has no key of a user's file with a phone, an address "
		    "or an app, so nothing else was looked at, allowed: what "
		    "twofa.conf(5) lists",
		    file->path);
	else
		check_user(c, conf, file->path, user, file->text);
}

bool
candidate_is_record(const struct settings *conf, const struct candidate *file,
    const char *user, uid_t owner)
{
	static struct user_people people;
	struct user_record record;
	enum user_result found;

	if (strlen(file->text) != file->len)
		return false;
	found = user_record_parse(
	    conf, user, file->text, owner, &record, &settings_report_none);
	user_record_wipe(&record);
	if (found == USER_PEOPLE)
		return user_people_read(conf, user, file->text, owner, &people,
			   &settings_report_none) == USER_PEOPLE;
	return found == USER_FOUND;
}

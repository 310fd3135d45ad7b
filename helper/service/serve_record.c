/* SPDX-License-Identifier: BSD-2-Clause */
/* The record of a user, or of a person. */
#include "helper/service/serve_record.h"

#include <stdio.h>

#include "lib/values/values.h"

static void
report_absent(const struct environment *env, const struct kept_name *name)
{
	char line[2 * USER_NAME_MAX + 64];

	snprintf(line, sizeof(line), "%s is none of the people of %s",
	    name->person, name->account);
	env->report->line(env->report->ctx, line);
}

static enum user_result
read_person(const struct environment *env, const struct kept_name *name,
    const char *text, struct user_record *record)
{
	struct user_person who = { .name = "" };
	enum user_result found;

	snprintf(who.name, sizeof(who.name), "%s", name->person);
	found = user_person_read(env->conf, name->account, text, env->owner,
	    &who, record, env->report);
	if (found != USER_ABSENT)
		return found;
	report_absent(env, name);
	return USER_ERROR;
}

enum user_result
serve_record(
    const struct environment *env, const char *text, struct user_record *record)
{
	struct kept_name name;

	(void)kept_name_read(&name, env->facts->user); /* user_fits */
	if (name.person[0] != '\0')
		return read_person(env, &name, text, record);
	if (text != NULL)
		return user_record_parse(env->conf, name.account, text,
		    env->owner, record, env->report);
	return user_record_read(
	    env->conf, name.account, env->owner, record, env->report);
}

/* The caller reports a file that cannot be read. Its number is then only known
 * where messages went to it. */
static void
quiet(void *ctx, const char *line)
{
	(void)ctx;
	(void)line;
}

bool
serve_user_record(const struct request *request, const struct settings *conf,
    struct user_record *record)
{
	const struct settings_report report = { .line = quiet };
	const struct environment env = { .facts = request->facts,
		.conf = conf,
		.owner = request->owner,
		.report = &report };

	return serve_record(&env, NULL, record) == USER_FOUND;
}

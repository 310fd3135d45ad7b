/* SPDX-License-Identifier: BSD-2-Clause */
/* Each source of groups, asked by its own function. */
#include "lib/rules/group_source.h"

#include <ctype.h>
#include <dlfcn.h>
#include <errno.h>
#include <nss.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#define NSSWITCH "/etc/nsswitch.conf"
#define GROUP_FILE "/etc/group"
#define NAME_MAX_LEN 32 /* of a source's name */
#define GIDS_START 64

/* The function that every module has for this (glibc's <nss.h>). The array
 * comes from malloc, because a module may move it. */
typedef enum nss_status initgroups_dyn(const char *user, gid_t own, long *start,
    long *size, gid_t **gid, long limit, int *error);

static void fail(struct group_source *, const char *fmt, ...)
    __attribute__((format(printf, 2, 3)));

/* Keep the first cause. */
static void
fail(struct group_source *s, const char *fmt, ...)
{
	va_list ap;

	if (s->cause[0] != '\0')
		return;
	va_start(ap, fmt);
	vsnprintf(s->cause, sizeof(s->cause), fmt, ap);
	va_end(ap);
}

static int
gid_add(struct group_source *s, gid_t gid)
{
	if (s->count >= s->room) {
		const long room = s->room > 0 ? s->room * 2 : GIDS_START;
		gid_t *more = reallocarray(s->gid, (size_t)room, sizeof(*more));

		if (more == NULL)
			return -1;
		s->gid = more;
		s->room = room;
	}
	s->gid[s->count++] = gid;
	return 0;
}

bool
group_source_tells(const struct group_source *s, gid_t gid)
{
	for (long i = 0; i < s->count; i++)
		if (s->gid[i] == gid)
			return true;
	return false;
}

/* Does this line, name:password:gid:member,member..., name the user? Lines that
 * glibc would refuse do not count, nor compat's with + or -. */
static bool
line_names(char *line, const char *user, gid_t *gid)
{
	const char *name = strsep(&line, ":"), *number, *member;
	char *end;

	if (line == NULL || name[0] == '+' || name[0] == '-' || name[0] == '#')
		return false;
	(void)strsep(&line, ":");
	number = strsep(&line, ":");
	if (number == NULL)
		return false;
	*gid = (gid_t)strtoul(number, &end, 10);
	if (end == number || *end != '\0')
		return false;
	while ((member = strsep(&line, ",\n")) != NULL)
		if (strcmp(member, user) == 0)
			return true;
	return false;
}

/* Not with fgetgrent, which makes a system call for each line. 0, or -1 with
 * errno. */
static int
file_read(struct group_source *s, const char *user, FILE *f)
{
	char *line = NULL;
	size_t cap = 0;
	gid_t gid;
	int rc = 0;

	while (rc == 0 && getline(&line, &cap, f) >= 0)
		if (line_names(line, user, &gid))
			rc = gid_add(s, gid);
	free(line);
	return rc == 0 && feof(f) ? 0 : -1;
}

/* "files" is part of libc, and its functions cannot be called from outside. */
static void
ask_file(struct group_source *s, const char *user)
{
	FILE *f = fopen(GROUP_FILE, "re");

	if (f == NULL || file_read(s, user, f) != 0)
		fail(s, GROUP_FILE ": %s", strerror(errno));
	if (f != NULL)
		fclose(f);
}

/* The handle stays open: glibc has the library loaded anyway. */
static initgroups_dyn *
function_of(struct group_source *s, const char *name)
{
	char library[NAME_MAX_LEN + sizeof("libnss_.so.2")];
	char symbol[NAME_MAX_LEN + sizeof("_nss__initgroups_dyn")];
	initgroups_dyn *function;
	void *handle;

	snprintf(library, sizeof(library), "libnss_%s.so.2", name);
	snprintf(symbol, sizeof(symbol), "_nss_%s_initgroups_dyn", name);
	handle = dlopen(library, RTLD_LAZY | RTLD_LOCAL);
	if (handle == NULL) {
		fail(s, "source \"%s\": %s cannot be loaded", name, library);
		return NULL;
	}
	*(void **)&function = dlsym(handle, symbol);
	if (function == NULL)
		fail(s, "source \"%s\": %s has no %s", name, library, symbol);
	return function;
}

static void
ask_module(
    struct group_source *s, const char *name, const char *user, gid_t own)
{
	initgroups_dyn *function = function_of(s, name);
	const long before = s->count;
	enum nss_status status;
	int error = 0;

	if (function == NULL)
		return;
	status = function(user, own, &s->count, &s->room, &s->gid, -1, &error);
	if (status == NSS_STATUS_SUCCESS || status == NSS_STATUS_NOTFOUND)
		return;
	s->count = before; /* drop an incomplete answer */
	fail(s, "source \"%s\" gave no answer (%s%s%s)", name,
	    status == NSS_STATUS_TRYAGAIN ? "TRYAGAIN" : "UNAVAIL",
	    error != 0 ? ", " : "", error != 0 ? strerror(error) : "");
}

static void
ask(struct group_source *s, const char *name, const char *user, gid_t own)
{
	static const char letters[] =
	    "abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789_-";

	if (strcmp(name, "files") == 0)
		ask_file(s, user);
	else if (strlen(name) > NAME_MAX_LEN ||
	    name[strspn(name, letters)] != '\0')
		fail(s, "source \"%.32s\": not a valid name", name);
	else
		ask_module(s, name, user, own);
}

/* Services are separated by white space and [actions]. Each one is asked, even
 * one that glibc would not reach: more answers are needed, never fewer. */
static void
ask_each(struct group_source *s, char *text, const char *user, gid_t own)
{
	while (*text != '\0') {
		const size_t len = strcspn(text, " \t\n\v\f\r[");
		const char next = text[len];

		text[len] = '\0';
		if (len > 0)
			ask(s, text, user, own);
		if (next == '\0')
			return;
		text += len + 1;
		if (next != '[')
			continue;
		if (strchr(text, ']') == NULL) {
			fail(s, NSSWITCH ": a [ without its ]");
			return;
		}
		text = strchr(text, ']') + 1;
	}
}

/* The services, if the line belongs to this database; read as glibc does. */
static char *
services_of(char *line, const char *database)
{
	const size_t len = strlen(database);

	line[strcspn(line, "#\n")] = '\0';
	line += strspn(line, " \t");
	if (strncmp(line, database, len) != 0 ||
	    (line[len] != ':' && !isspace((unsigned char)line[len])))
		return NULL;
	line += len + 1;
	return line + strspn(line, " \t");
}

/* The last line of a database counts. 0, or -1 with errno. */
static int
database_read(FILE *f, const char *database, char **services)
{
	char *line = NULL, *found, *copy;
	size_t cap = 0;
	int rc = 0;

	rewind(f);
	while (rc == 0 && getline(&line, &cap, f) >= 0) {
		found = services_of(line, database);
		if (found == NULL)
			continue;
		copy = strdup(found);
		rc = copy == NULL ? -1 : 0;
		free(*services);
		*services = copy;
	}
	free(line);
	return rc == 0 && feof(f) ? 0 : -1;
}

/* The line that getgrouplist uses; NULL after a failure. */
static char *
services_read(struct group_source *s, FILE *f)
{
	char *group = NULL, *initgroups = NULL;

	if (database_read(f, "group", &group) != 0 ||
	    database_read(f, "initgroups", &initgroups) != 0) {
		fail(s, NSSWITCH ": %s", strerror(errno));
		free(group);
		free(initgroups);
		return NULL;
	}
	/* with "initgroups" the first source that knows the user ends the
	 * search */
	if (initgroups != NULL && initgroups[0] != '\0') {
		free(group);
		return initgroups;
	}
	s->adds_up = group == NULL || strcasestr(group, "return") == NULL;
	free(initgroups);
	return group != NULL ? group : strdup("files"); /* glibc's default */
}

void
group_source_ask(const char *user, gid_t own, struct group_source *s)
{
	FILE *f = fopen(NSSWITCH, "re");
	char *services = NULL;

	memset(s, 0, sizeof(*s));
	if (f != NULL) {
		services = services_read(s, f);
		fclose(f);
	} else if (errno == ENOENT) {
		s->adds_up = true;
		services = strdup("files");
	} else {
		fail(s, NSSWITCH ": %s", strerror(errno));
	}
	if (services == NULL || gid_add(s, own) != 0)
		fail(s, "no memory");
	else
		ask_each(s, services, user, own);
	free(services);
}

/* SPDX-License-Identifier: BSD-2-Clause */
/* Account and group look-ups. Any failure here is GROUP_UNKNOWN, never "not a
 * member"; the policy then asks for a code. */
#include "lib/rules/rules.h"

#include <ctype.h>
#include <dlfcn.h>
#include <errno.h>
#include <grp.h>
#include <nss.h>
#include <pwd.h>
#include <stdarg.h>
#include <stdlib.h>

#define GROUP_SOURCE_CAUSE_MAX 160

struct group_source {
	/* from the sources that answered, with the account's own; NULL: none */
	gid_t *gid;
	long count, room;
	/* glibc joins the answers of all sources, so a failing one takes no
	 * group away. False when an answer can end the search. */
	bool adds_up;
	/* the first source without an answer, and why; "": all answered */
	char cause[GROUP_SOURCE_CAUSE_MAX];
};

#define BUFFER_START 4096
#define BUFFER_MAX (1024 * 1024) /* a group with some ten thousand members */
#define GIDS_START 64
#define GIDS_MAX 65536 /* NGROUPS_MAX of Linux */

/* What each source of nsswitch.conf says of a user's groups. glibc's
 * getgrouplist also answers when a source fails, as if that source knew no
 * groups. */

#define NSSWITCH "/etc/nsswitch.conf"
#define GROUP_FILE "/etc/group"
#define NAME_MAX_LEN 32 /* of a source's name */

/* The function that every module has for this (glibc's <nss.h>). The array
 * comes from malloc, because a module may move it. */
typedef enum nss_status initgroups_dyn(const char *user, gid_t own, long *start,
    long *size, gid_t **gid, long limit, int *error);

/* Keep the first cause. */
static void __attribute__((format(printf, 2, 3)))
accounts_fail(struct group_source *s, const char *fmt, ...)
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

/* Not fgetgrent: a system call for each line. 0, or -1 with errno. */
static int
accounts_file_read(struct group_source *s, const char *user, FILE *f)
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

	if (f == NULL || accounts_file_read(s, user, f) != 0)
		accounts_fail(s, GROUP_FILE ": %s", strerror(errno));
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
		accounts_fail(
		    s, "source \"%s\": %s cannot be loaded", name, library);
		return NULL;
	}
	*(void **)&function = dlsym(handle, symbol);
	if (function == NULL)
		accounts_fail(
		    s, "source \"%s\": %s has no %s", name, library, symbol);
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
	accounts_fail(s, "source \"%s\" gave no answer (%s%s%s)", name,
	    status == NSS_STATUS_TRYAGAIN ? "TRYAGAIN" : "UNAVAIL",
	    error != 0 ? ", " : "", error != 0 ? strerror(error) : "");
}

static void
accounts_ask(
    struct group_source *s, const char *name, const char *user, gid_t own)
{
	static const char letters[] =
	    "abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789_-";

	if (strcmp(name, "files") == 0)
		ask_file(s, user);
	else if (strlen(name) > NAME_MAX_LEN ||
	    name[strspn(name, letters)] != '\0')
		accounts_fail(s, "source \"%.32s\": not a valid name", name);
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
			accounts_ask(s, text, user, own);
		if (next == '\0')
			return;
		text += len + 1;
		if (next != '[')
			continue;
		if (strchr(text, ']') == NULL) {
			accounts_fail(s, NSSWITCH ": a [ without its ]");
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
		accounts_fail(s, NSSWITCH ": %s", strerror(errno));
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

/* Ask all sources. Loads their modules, as glibc does, and keeps them. The
 * caller frees gid, even when there is a cause. */
static void
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
		accounts_fail(s, NSSWITCH ": %s", strerror(errno));
	}
	if (services == NULL || gid_add(s, own) != 0)
		accounts_fail(s, "no memory");
	else
		ask_each(s, services, user, own);
	free(services);
}

struct account_lookup {
	const struct account *account;
	gid_t *gid; /* from getgrouplist; NULL: it failed */
	int count;
	struct group_source source;
};

static int
account_fill(const struct passwd *pw, struct account *a)
{
	size_t len = strlen(pw->pw_name);

	if (len > USER_NAME_MAX) {
		errno = ENAMETOOLONG;
		return -1;
	}
	memcpy(a->name, pw->pw_name, len + 1);
	a->gid = pw->pw_gid;
	return 0;
}

/* One try with a buffer of this size; errno is ERANGE when it was too small.
 * glibc 2.36 may report "no such user" with errno 0 when a source ran out of
 * memory or descriptors: with "passwd: files systemd" it then asks the next
 * source, and only that source's "no" comes back. Callers deny an absent user
 * as well, so this is safe. "files [UNAVAIL=return] systemd" makes it an
 * error. */
static enum account_result
account_try(const char *user, uid_t uid, struct account *a, size_t size)
{
	struct passwd pw, *found = NULL;
	enum account_result result = ACCOUNT_ERROR;
	char *buf = malloc(size);
	int rc;

	if (buf == NULL)
		return ACCOUNT_ERROR;
	if (user != NULL)
		rc = getpwnam_r(user, &pw, buf, size, &found);
	else
		rc = getpwuid_r(uid, &pw, buf, size, &found);
	if (rc != 0)
		errno = rc;
	else if (found == NULL)
		result = ACCOUNT_ABSENT;
	else if (account_fill(found, a) == 0)
		result = ACCOUNT_FOUND;
	free(buf);
	return result;
}

/* user NULL: look up by the uid. */
static enum account_result
account_find(const char *user, uid_t uid, struct account *a)
{
	enum account_result result = ACCOUNT_ERROR;

	memset(a, 0, sizeof(*a));
	for (size_t size = BUFFER_START; size <= BUFFER_MAX; size *= 4) {
		errno = 0;
		result = account_try(user, uid, a, size);
		if (result != ACCOUNT_ERROR || errno != ERANGE)
			return result;
	}
	return result;
}

enum account_result
accounts_find(const char *user, struct account *a)
{
	return account_find(user, 0, a);
}

enum account_result
accounts_find_uid(uid_t uid, struct account *a)
{
	return account_find(NULL, uid, a);
}

/* Read the gids of the account; gid stays NULL on failure. */
static void
gids_read(struct account_lookup *l)
{
	const struct account *a = l->account;
	int room = GIDS_START;

	while (room <= GIDS_MAX) {
		int n = room;
		gid_t *gid = calloc((size_t)room, sizeof(*gid));

		if (gid == NULL)
			return;
		if (getgrouplist(a->name, a->gid, gid, &n) >= 0) {
			l->gid = gid;
			l->count = n;
			return;
		}
		free(gid);
		room = n > room ? n : room * 2;
	}
}

static bool
gids_have(const gid_t *gids, long count, gid_t gid)
{
	for (long i = 0; i < count; i++)
		if (gids[i] == gid)
			return true;
	return false;
}

static bool
accounts_named(const struct group *gr, const char *user)
{
	for (char **member = gr->gr_mem; *member != NULL; member++)
		if (strcmp(*member, user) == 0)
			return true;
	return false;
}

/* Believe getgrouplist if every source answered. Else believe only a "yes" of a
 * source that answered, and only where one such answer is enough. A cache's
 * answer does not count. */
static enum membership
membership_of(const struct group *gr, const struct account_lookup *l)
{
	const bool told = gids_have(l->source.gid, l->source.count, gr->gr_gid);

	if (l->source.cause[0] != '\0')
		return told && l->source.adds_up ? GROUP_MEMBER : GROUP_UNKNOWN;
	if (gids_have(l->gid, l->count, gr->gr_gid) ||
	    accounts_named(gr, l->account->name))
		return GROUP_MEMBER;
	/* a source may have failed in only one of the two look-ups */
	return told ? GROUP_UNKNOWN : GROUP_NOT_MEMBER;
}

/* One try with a buffer of this size; true when a larger one is worth it. */
static bool
group_try(struct group_fact *fact, const struct account_lookup *l, size_t size)
{
	struct group gr, *found = NULL;
	char *buf = malloc(size);
	int rc;

	if (buf == NULL)
		return false;
	rc = getgrnam_r(fact->name, &gr, buf, size, &found);
	if (rc == 0 && found != NULL) {
		fact->membership = membership_of(found, l);
		if (fact->membership == GROUP_UNKNOWN && fact->why[0] == '\0')
			PRINT_TO(
			    fact->why, "getgrouplist and its sources differ");
	}
	free(buf);
	if (rc != 0 && rc != ERANGE && rc != ENOENT && rc != ESRCH &&
	    fact->why[0] == '\0')
		PRINT_TO(fact->why, "%s", strerror(rc));
	return rc == ERANGE;
}

/* A group name that no source knows is unknown as well. */
static void
group_look_up(struct group_fact *fact, const struct account_lookup *l)
{
	size_t size = BUFFER_START;

	snprintf(fact->why, sizeof(fact->why), "%s", l->source.cause);
	while (size <= BUFFER_MAX && group_try(fact, l, size))
		size *= 4;
}

static bool
fact_exists(const struct group_fact *fact, size_t count, const char *name)
{
	for (size_t i = 0; i < count; i++)
		if (strcmp(fact[i].name, name) == 0)
			return true;
	return false;
}

/* List each name once, as GROUP_UNKNOWN until it is looked up. */
static size_t
facts_name(const struct settings *cfg, struct group_fact *fact)
{
	size_t count = 0;

	for (size_t i = 0; i < cfg->rule_count; i++) {
		const struct text_list *names = &cfg->rule[i].groups;

		for (size_t j = 0; j < names->count; j++) {
			if (fact_exists(fact, count, names->item[j]))
				continue;
			fact[count].name = names->item[j];
			fact[count].membership = GROUP_UNKNOWN;
			count++;
		}
	}
	return count;
}

static void
accounts_look_up(const struct account *a, struct group_fact *fact, size_t count)
{
	struct account_lookup l = { .account = a };

	group_source_ask(a->name, a->gid, &l.source);
	/* a failing source may be slow, so it is not asked again */
	if (l.source.cause[0] == '\0')
		gids_read(&l);
	if (l.source.cause[0] == '\0' && l.gid == NULL)
		PRINT_TO(l.source.cause, "getgrouplist failed");
	for (size_t i = 0; i < count; i++)
		group_look_up(&fact[i], &l);
	free(l.gid);
	free(l.source.gid);
}

struct group_fact *
accounts_facts(
    const struct settings *cfg, const struct account *a, size_t *count)
{
	struct group_fact *fact;
	size_t most = 0;

	*count = 0;
	for (size_t i = 0; i < cfg->rule_count; i++)
		most += cfg->rule[i].groups.count;
	if (most == 0)
		return NULL;
	fact = calloc(most, sizeof(*fact));
	if (fact == NULL)
		return NULL;
	*count = facts_name(cfg, fact);
	accounts_look_up(a, fact, *count);
	return fact;
}

/* A record that cannot be read has none: who needs its factors reports that. */
static bool
accounts_recorded(
    const struct settings *cfg, const char *user, uid_t owner, const char *info)
{
	struct user_record record = { .enabled = false };
	struct ssh_identity id;
	bool asked = false, found = false;

	for (size_t i = 0; i < cfg->rule_count; i++)
		asked |= strcmp(cfg->rule[i].keys, "sk") == 0;
	while (asked && !found && ssh_identity_next(&info, user, &id))
		found = id.sk && id.key[0] != '\0' &&
		    user_record_read(cfg, user, owner, &record,
			&settings_report_none) == USER_FOUND &&
		    record.enabled && strstr(record.sk_keys, id.key) != NULL;
	user_record_wipe(&record);
	return found;
}

struct group_fact *
accounts_groups(const struct settings *cfg, const struct account *a,
    uid_t owner, bool all, struct rule_facts *facts)
{
	struct group_fact *fact = NULL;

	facts->sk_recorded =
	    accounts_recorded(cfg, a->name, owner, facts->auth_info);
	facts->groups = 0;
	if (all || policy_needs_groups(cfg, facts))
		fact = accounts_facts(cfg, a, &facts->groups);
	facts->group = fact;
	return fact;
}

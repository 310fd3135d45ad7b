/* SPDX-License-Identifier: BSD-2-Clause */
/* Account and group look-ups. Any failure is GROUP_UNKNOWN, never "not a
 * member"; the policy then asks for a code. Each source of nsswitch.conf is
 * asked for a user's groups, since glibc's getgrouplist treats a source that
 * fails as one that knows no groups. */
#include "lib/rules/rules.h"

#include <ctype.h>
#include <dlfcn.h>
#include <errno.h>
#include <grp.h>
#include <nss.h>
#include <pwd.h>
#include <stdlib.h>

#define GROUP_SOURCE_CAUSE_MAX 160
#define BUFFER_MAX (1024 * 1024) /* a group with some ten thousand members */
#define ACCOUNT_BUFFER 122880    /* of one account; more would be mapped */
#define GIDS_START 64
#define GIDS_MAX 65536 /* NGROUPS_MAX of Linux */
#define NSSWITCH "/etc/nsswitch.conf"
#define GROUP_FILE "/etc/group"
#define LOGIN_DEFS "/etc/login.defs"
#define UID_MIN 1000    /* of people, where that file does not say */
#define NAME_MAX_LEN 32 /* of a source's name */

struct group_source {
	gid_t *gid; /* primary group, and those of sources that answered */
	long count, cap;
	/* True if glibc merges the answers of all sources, so that a failing
	 * one removes no group; false if an answer can end the search. */
	bool merges;
	/* the first source without an answer, and why; "": all answered */
	char cause[GROUP_SOURCE_CAUSE_MAX];
};

/* The entry point of an NSS module (glibc's <nss.h>). The array comes from
 * malloc, because a module may reallocate it. */
typedef enum nss_status initgroups_dyn(const char *user, gid_t own, long *start,
    long *size, gid_t **gid, long limit, int *error);

/* Keeps the first cause. */
static void __attribute__((format(printf, 2, 3)))
set_cause(struct group_source *s, const char *fmt, ...)
{
	if (s->cause[0] == '\0')
		PRINT_GIVEN(s->cause, fmt);
}

static int
gid_add(struct group_source *s, gid_t gid)
{
	if (s->count >= s->cap) {
		const long cap = s->cap > 0 ? s->cap * 2 : GIDS_START;
		gid_t *more = reallocarray(s->gid, (size_t)cap, sizeof(*more));

		if (more == NULL)
			return -1;
		s->gid = more;
		s->cap = cap;
	}
	s->gid[s->count++] = gid;
	return 0;
}

/* True if the user is a member in this line, name:password:gid:member,member...
 * Ignores lines that glibc would refuse, and those with + or - of compat. */
static bool
parse_group_line(char *line, const char *user, gid_t *gid)
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

/* 0, or -1 with errno. fgetgrent would make a system call for each line. */
static int
group_file_read(struct group_source *s, const char *user, FILE *f)
{
	char *line OWNED(owned_text) = NULL;
	size_t cap = 0;
	gid_t gid;
	int rc = 0;

	while (rc == 0 && getline(&line, &cap, f) >= 0)
		if (parse_group_line(line, user, &gid))
			rc = gid_add(s, gid);
	return rc == 0 && feof(f) ? 0 : -1;
}

/* Leaves the library loaded, as glibc does. */
static initgroups_dyn *
load_function(struct group_source *s, const char *name)
{
	char library[NAME_MAX_LEN + sizeof("libnss_.so.2")];
	char symbol[NAME_MAX_LEN + sizeof("_nss__initgroups_dyn")];
	initgroups_dyn *function;
	void *handle;

	PRINT_TO(library, "libnss_%s.so.2", name);
	PRINT_TO(symbol, "_nss_%s_initgroups_dyn", name);
	handle = dlopen(library, RTLD_LAZY | RTLD_LOCAL);
	if (handle == NULL) {
		set_cause(
		    s, "source \"%s\": %s cannot be loaded", name, library);
		return NULL;
	}
	*(void **)&function = dlsym(handle, symbol);
	if (function == NULL)
		set_cause(
		    s, "source \"%s\": %s has no %s", name, library, symbol);
	return function;
}

static void
ask_module(
    struct group_source *s, const char *name, const char *user, gid_t own)
{
	initgroups_dyn *function = load_function(s, name);
	const long before = s->count;
	enum nss_status status;
	int error = 0;

	if (function == NULL)
		return;
	status = function(user, own, &s->count, &s->cap, &s->gid, -1, &error);
	if (status == NSS_STATUS_SUCCESS || status == NSS_STATUS_NOTFOUND)
		return;
	s->count = before; /* discard an incomplete answer */
	set_cause(s, "source \"%s\" gave no answer (%s%s%s)", name,
	    status == NSS_STATUS_TRYAGAIN ? "TRYAGAIN" : "UNAVAIL",
	    error != 0 ? ", " : "", error != 0 ? strerror(error) : "");
}

static void
ask_source(
    struct group_source *s, const char *name, const char *user, gid_t own)
{
	static const char letters[] = TEXT_ALNUM "_-";

	/* "files" is part of libc and has no module that could be loaded */
	if (strcmp(name, "files") == 0) {
		FILE *f OWNED(owned_file) = fopen(GROUP_FILE, "re");

		if (f == NULL || group_file_read(s, user, f) != 0)
			set_cause(s, GROUP_FILE ": %s", strerror(errno));
	} else if (strlen(name) > NAME_MAX_LEN ||
	    name[strspn(name, letters)] != '\0')
		set_cause(s, "source \"%.32s\": not a valid name", name);
	else
		ask_module(s, name, user, own);
}

/* Sources are separated by white space and [actions]. Asks every source, even
 * one that glibc would not reach, so that no answer is missed. */
static void
ask_sources(struct group_source *s, char *text, const char *user, gid_t own)
{
	while (*text != '\0') {
		const size_t len = strcspn(text, " \t\n\v\f\r[");
		const char next = text[len];

		text[len] = '\0';
		if (len > 0)
			ask_source(s, text, user, own);
		if (next == '\0')
			return;
		text += len + 1;
		if (next != '[')
			continue;
		if (strchr(text, ']') == NULL) {
			set_cause(s, NSSWITCH ": a [ without its ]");
			return;
		}
		text = strchr(text, ']') + 1;
	}
}

/* Returns the sources if the line is of this database, else NULL; parses as
 * glibc does. */
static char *
parse_services(char *line, const char *database)
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

/* Reads the last line of the database. 0, or -1 with errno. */
static int
database_read(FILE *f, const char *database, char **services)
{
	char *line OWNED(owned_text) = NULL, *found, *copy;
	size_t cap = 0;
	int rc = 0;

	rewind(f);
	while (rc == 0 && getline(&line, &cap, f) >= 0) {
		found = parse_services(line, database);
		if (found == NULL)
			continue;
		copy = strdup(found);
		rc = copy == NULL ? -1 : 0;
		free(*services);
		*services = copy;
	}
	return rc == 0 && feof(f) ? 0 : -1;
}

/* Returns the line that getgrouplist uses, allocated, or NULL on failure. */
static char *
services_read(struct group_source *s, FILE *f)
{
	char *group = NULL, *initgroups = NULL;

	if (database_read(f, "group", &group) != 0 ||
	    database_read(f, "initgroups", &initgroups) != 0) {
		set_cause(s, NSSWITCH ": %s", strerror(errno));
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
	s->merges = group == NULL || strcasestr(group, "return") == NULL;
	free(initgroups);
	return group != NULL ? group : strdup("files"); /* glibc's default */
}

/* Asks all sources. The caller frees gid, even if there is a cause. */
static void
group_source_ask(const char *user, gid_t own, struct group_source *s)
{
	FILE *f OWNED(owned_file) = fopen(NSSWITCH, "re");
	char *services = NULL;

	memset(s, 0, sizeof(*s));
	if (f != NULL) {
		services = services_read(s, f);
	} else if (errno == ENOENT) {
		s->merges = true;
		services = strdup("files");
	} else {
		set_cause(s, NSSWITCH ": %s", strerror(errno));
	}
	if (services == NULL || gid_add(s, own) != 0)
		set_cause(s, "no memory");
	else
		ask_sources(s, services, user, own);
	free(services);
}

struct account_lookup {
	const struct account *account;
	gid_t *gid; /* from getgrouplist; unset if there is a cause */
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
	a->uid = pw->pw_uid;
	a->gid = pw->pw_gid;
	return 0;
}

/* user NULL: looks up the uid. glibc 2.36 may report "no such user" with errno
 * 0 if a source ran out of memory or descriptors: with "passwd: files systemd"
 * it then asks the next source, and only returns that source's answer. This is
 * safe, as callers also deny an absent user. "files [UNAVAIL=return] systemd"
 * makes it an error. */
static enum account_result
account_find(const char *user, uid_t uid, struct account *a)
{
	struct passwd pw, *found = NULL;
	enum account_result result = ACCOUNT_ERROR;
	char *buf = malloc(ACCOUNT_BUFFER);
	int rc;

	memset(a, 0, sizeof(*a));
	if (buf == NULL)
		return ACCOUNT_ERROR;
	errno = 0;
	if (user != NULL)
		rc = getpwnam_r(user, &pw, buf, ACCOUNT_BUFFER, &found);
	else
		rc = getpwuid_r(uid, &pw, buf, ACCOUNT_BUFFER, &found);
	if (rc != 0)
		errno = rc;
	else if (found == NULL)
		result = ACCOUNT_ABSENT;
	else if (account_fill(found, a) == 0)
		result = ACCOUNT_FOUND;
	free(buf);
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

static bool
gids_have(const gid_t *gids, long count, gid_t gid)
{
	for (long i = 0; i < count; i++)
		if (gids[i] == gid)
			return true;
	return false;
}

/* Trusts getgrouplist only if every source answered, as it may read a cache.
 * Otherwise only a source that answered can make the user a member, and only if
 * glibc merges answers. */
static enum membership
group_membership(const struct group *gr, const struct account_lookup *l)
{
	const bool listed =
	    gids_have(l->source.gid, l->source.count, gr->gr_gid);

	if (l->source.cause[0] != '\0')
		return listed && l->source.merges ? GROUP_MEMBER
						  : GROUP_UNKNOWN;
	if (gids_have(l->gid, l->count, gr->gr_gid) ||
	    text_is_one_of(l->account->name, (const char *const *)gr->gr_mem))
		return GROUP_MEMBER;
	/* a source may have failed in one of the two look-ups */
	return listed ? GROUP_UNKNOWN : GROUP_NOT_MEMBER;
}

static void
look_up_group(struct group_fact *fact, const struct account_lookup *l,
    char buf[BUFFER_MAX])
{
	struct group gr, *found = NULL;
	const int rc = getgrnam_r(fact->name, &gr, buf, BUFFER_MAX, &found);

	if (rc == 0 && found != NULL) {
		fact->membership = group_membership(found, l);
		if (fact->membership == GROUP_UNKNOWN && fact->why[0] == '\0')
			PRINT_TO(
			    fact->why, "getgrouplist and its sources differ");
	}
	if (rc != 0 && rc != ERANGE && rc != ENOENT && rc != ESRCH &&
	    fact->why[0] == '\0')
		PRINT_TO(fact->why, "%s", strerror(rc));
}

static void
look_up_groups(const struct account *a, struct group_fact *fact, size_t count)
{
	struct account_lookup l = { .account = a, .count = GIDS_MAX };
	char *buf = malloc(BUFFER_MAX);
	gid_t *gid = NULL;

	group_source_ask(a->name, a->gid, &l.source);
	/* do not ask a failing source again: it may be slow */
	if (l.source.cause[0] == '\0') {
		gid = calloc(GIDS_MAX, sizeof(*gid));
		if (gid == NULL ||
		    getgrouplist(a->name, a->gid, gid, &l.count) < 0)
			PRINT_TO(l.source.cause, "getgrouplist failed");
	}
	l.gid = gid;
	/* a group that no source knows stays GROUP_UNKNOWN */
	for (size_t i = 0; i < count; i++) {
		PRINT_TO(fact[i].why, "%s", l.source.cause);
		if (buf != NULL)
			look_up_group(&fact[i], &l, buf);
	}
	free(buf);
	free(gid);
	free(l.source.gid);
}

struct group_fact *
accounts_list_group_facts(const struct settings *cfg, size_t *count)
{
	struct group_fact *fact = NULL;
	size_t most = 0;

	*count = 0;
	for (size_t i = 0; i < cfg->rule_count; i++)
		most += cfg->rule[i].groups.count;
	if (most > 0)
		fact = calloc(most, sizeof(*fact));
	for (size_t i = 0; fact != NULL && i < cfg->rule_count; i++) {
		const struct text_list *names = &cfg->rule[i].groups;

		for (size_t j = 0; j < names->count; j++) {
			size_t k = 0;

			while (k < *count &&
			    strcmp(fact[k].name, names->item[j]) != 0)
				k++;
			fact[k].name = names->item[j];
			*count += k == *count;
		}
	}
	return fact;
}

struct group_fact *
accounts_read_group_facts(
    const struct settings *cfg, const struct account *a, size_t *count)
{
	struct group_fact *fact = accounts_list_group_facts(cfg, count);

	if (fact != NULL)
		look_up_groups(a, fact, *count);
	return fact;
}

/* True if auth_info has a security key of the record. An unreadable record has
 * no keys; code that needs its factors reports the error. */
static bool
has_recorded_key(const struct settings *cfg, const char *user, const char *info)
{
	struct user_record record OWNED(
	    user_record_wipe) = { .enabled = false };
	struct ssh_identity id;
	bool needed = false, found = false;

	if (info == NULL || info[0] == '\0')
		return false;
	for (size_t i = 0; i < cfg->rule_count; i++)
		needed |= strcmp(cfg->rule[i].keys, "sk") == 0;
	while (needed && !found && ssh_identity_next(&info, user, &id))
		found = id.sk && id.key[0] != '\0' &&
		    user_record_read(cfg, user, &record, NULL) == USER_FOUND &&
		    record.enabled && strstr(record.sk_keys, id.key) != NULL;
	return found;
}

struct group_fact *
accounts_set_group_facts(const struct settings *cfg, const struct account *a,
    struct rule_facts *facts)
{
	struct group_fact *fact = NULL;

	facts->sk_recorded = has_recorded_key(cfg, a->name, facts->auth_info);
	facts->groups = 0;
	if (policy_needs_groups(cfg, facts))
		fact = accounts_read_group_facts(cfg, a, &facts->groups);
	facts->group = fact;
	return fact;
}

bool
accounts_is_login_shell(const char *shell)
{
	const char *slash = strrchr(shell, '/');
	const char *name = slash != NULL ? slash + 1 : shell;

	return strcmp(name, "nologin") != 0 && strcmp(name, "false") != 0;
}

static bool
is_account_of_a_person(const struct passwd *pw)
{
	FILE *f OWNED(owned_file) = fopen(LOGIN_DEFS, "re");
	long long least = UID_MIN;
	char *line OWNED(owned_text) = NULL;
	size_t cap = 0;

	while (f != NULL && getline(&line, &cap, f) >= 0) {
		const char *p = line + strspn(line, " \t");

		if (text_take(&p, "UID_MIN") && strtoll(p, NULL, 0) > 0)
			least = strtoll(p, NULL, 0);
	}
	return (long long)pw->pw_uid >= least &&
	    accounts_is_login_shell(pw->pw_shell);
}

bool
accounts_may_run_self(const struct settings *cfg, const struct passwd *pw)
{
	const size_t count = cfg->self_for.count;
	struct account account;
	struct group_fact *fact;
	bool may = false;

	if (count == 0)
		return is_account_of_a_person(pw);
	fact = calloc(count, sizeof(*fact));
	if (fact == NULL || account_fill(pw, &account) != 0) {
		free(fact);
		return false;
	}
	for (size_t i = 0; i < count; i++)
		fact[i].name = cfg->self_for.item[i];
	look_up_groups(&account, fact, count);
	for (size_t i = 0; i < count; i++) {
		may |= fact[i].membership == GROUP_MEMBER;
		if (fact[i].membership == GROUP_UNKNOWN)
			log_notice("self_for: group %s of %s: %s", fact[i].name,
			    account.name, fact[i].why);
	}
	free(fact);
	return may;
}

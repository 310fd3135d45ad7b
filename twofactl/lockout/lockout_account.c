/* SPDX-License-Identifier: BSD-2-Clause */
/* One account's ways in, as the system and a login see them. */
#include "twofactl/lockout/lockout.h"

#include <arpa/inet.h>
#include <errno.h>
#include <fcntl.h>
#include <grp.h>
#include <netdb.h>
#include <stdlib.h>
#include <sys/stat.h>
#include <unistd.h>

#define NOBODYS "192.0.2.1" /* RFC 5737 */

/* Problems of files were reported before. */
static enum user_result
lockout_one_read_record(
    const struct settings *conf, const char *user, struct user_record *record)
{
	enum user_result found =
	    user_record_read(conf, user, 0, record, &settings_report_none);

	/* each person has a record and is asked by that */
	if (found == USER_PEOPLE &&
	    user_people_enabled(conf, user, 0, &record->enabled,
		&settings_report_none) == USER_PEOPLE)
		found = USER_FOUND;
	return found;
}

static enum lockout_code
lockout_one_code_of(const struct admission *plan)
{
	switch (plan->end) {
	case ADMISSION_DENY:
		/* or the record cannot be read, or the state not asked */
		return plan->reason == REASON_USER_FILE ||
			plan->reason == REASON_STATE ||
			plan->reason == REASON_STORE_OUTAGE
		    ? LOCKOUT_CODE_BROKEN
		    : LOCKOUT_CODE_MEANT;
	case ADMISSION_DECOY:
	case ADMISSION_TELL:
		return LOCKOUT_CODE_NO_RECORD;
	case ADMISSION_SKIP:
	case ADMISSION_OBSERVE:
	case ADMISSION_UNENROLLED:
		return LOCKOUT_CODE_FREE;
	case ADMISSION_ON:
		break;
	}
	return LOCKOUT_CODE_ASKED;
}

struct address_check {
	const struct settings *conf;
	const struct host_accounts *hosts;
	const struct host_account *account;
	struct rule_facts facts;
	enum user_result found;
	const struct user_record *record;
};

/* As lib/rules/rules.h has them for a login, which asks each source. NULL:
 * no rule that is reached names a group, or no memory. */
static struct group_fact *
lockout_one_find_groups(struct address_check *a)
{
	struct group_fact *fact = NULL;
	size_t most = 0;

	a->facts.groups = 0;
	if (policy_needs_groups(a->conf, &a->facts)) {
		for (size_t r = 0; r < a->conf->rule_count; r++)
			most += a->conf->rule[r].groups.count;
		fact = most > 0 ? calloc(most, sizeof(*fact)) : NULL;
	}
	for (size_t r = 0; fact != NULL && r < a->conf->rule_count; r++) {
		const struct text_list *names = &a->conf->rule[r].groups;

		for (size_t i = 0; i < names->count; i++)
			fact[a->facts.groups++] =
			    (struct group_fact){ .name = names->item[i],
				    .membership = host_accounts_in(
					a->hosts, a->account, names->item[i]) };
	}
	a->facts.group = fact;
	return fact;
}

static enum lockout_code
ask_from(struct address_check *a, const char *address)
{
	struct group_fact *groups;
	struct admission plan;
	struct decision d;

	a->facts.address = address;
	groups = lockout_one_find_groups(a);
	d = policy_decide(a->conf, &a->facts);
	plan = admission_record(a->conf, &a->facts, &d, a->found, a->record);
	free(groups);
	return lockout_one_code_of(&plan);
}

static enum lockout_code
ask_everywhere(struct address_check *a)
{
	enum lockout_code best = ask_from(a, NOBODYS);
	char address[INET6_ADDRSTRLEN];

	for (size_t r = 0; r < a->conf->rule_count; r++) {
		const struct network_list *from = &a->conf->rule[r].from;

		for (size_t i = 0; i < from->count; i++) {
			enum lockout_code here;

			if (inet_ntop(from->item[i].family, from->item[i].addr,
				address, sizeof(address)) == NULL)
				continue;
			here = ask_from(a, address);
			if (here > best)
				best = here;
		}
	}
	a->facts.address = NOBODYS;
	return best;
}

enum lockout_code
lockout_code(const struct settings *conf, const char *service,
    const struct host_accounts *hosts, const struct host_account *account,
    bool ask)
{
	struct user_record record = { .enabled = false };
	struct address_check a = { .conf = conf,
		.hosts = hosts,
		.account = account,
		.record = &record,
		.facts = { .user = account->name,
		    .service = service,
		    .first_factor = true,
		    .real_root = true,
		    .today = admission_today(conf) } };
	enum lockout_code code;

	if (!user_name_is_valid(account->name))
		return LOCKOUT_CODE_NO_RECORD;
	a.found = ask ? lockout_one_read_record(conf, account->name, &record)
		      : USER_ABSENT;
	code = ask_everywhere(&a);
	user_record_wipe(&record);
	return !ask && code == LOCKOUT_CODE_NO_RECORD ? LOCKOUT_CODE_UNSEEN
						      : code;
}

#define FILES_MAX 16
#define TEXT_MAX (64 * 1024)
/* cloud-init's line for a root who must log in as another user */
#define NOT_ROOT "Please login as the user"

/* -1 with errno. The path belongs to a user: it might be a device that reacts
 * to being opened. */
static int
open_regular(const char *path)
{
	char again[64];
	struct stat st;
	int fd = -1, place = open(path, O_PATH | O_CLOEXEC);

	if (place < 0)
		return -1;
	if (fstat(place, &st) == 0 && S_ISREG(st.st_mode)) {
		PRINT_TO(again, "/proc/self/fd/%d", place);
		fd = open(again, O_RDONLY | O_CLOEXEC | O_NONBLOCK);
	} else
		errno = ENOENT;
	close(place);
	return fd;
}

static bool
lockout_one_has_key(const char *text)
{
	while (*text != '\0') {
		const size_t len = strcspn(text, "\n");
		const size_t blank = strspn(text, " \t\r");
		const char *no = strstr(text, NOT_ROOT);

		if (blank < len && text[blank] != '#' &&
		    (no == NULL || no >= text + len))
			return true;
		text += len + (text[len] == '\n' ? 1 : 0);
	}
	return false;
}

static enum lockout_keys
lockout_one_look(const char *path)
{
	static char text[TEXT_MAX + 1];
	enum lockout_keys found = LOCKOUT_KEYS_UNKNOWN;
	const int fd = open_regular(path);
	ssize_t n;

	if (fd < 0)
		return errno == ENOENT || errno == ENOTDIR || errno == ELOOP
		    ? LOCKOUT_KEYS_NONE
		    : LOCKOUT_KEYS_UNKNOWN;
	n = read(fd, text, TEXT_MAX);
	if (n >= 0) {
		text[n] = '\0';
		found = lockout_one_has_key(text) ? LOCKOUT_KEYS_SOME
						  : LOCKOUT_KEYS_NONE;
	}
	close(fd);
	return found;
}

/* Look into the files that sshd's settings name; at most 64 KB of each, and
 * only regular files. */
static enum lockout_keys
account_keys_look(
    const struct sshd_access *a, const char *user, uid_t uid, const char *home)
{
	enum lockout_keys found =
	    a->other_keys ? LOCKOUT_KEYS_UNKNOWN : LOCKOUT_KEYS_NONE;
	char path[PATH_MAX];

	for (size_t i = 0; found != LOCKOUT_KEYS_SOME && i < FILES_MAX; i++) {
		const int rc = sshd_access_key_file(
		    a, i, user, uid, home, path, sizeof(path));
		enum lockout_keys here;

		if (rc < 0)
			break;
		here = rc == 0 ? lockout_one_look(path) : LOCKOUT_KEYS_UNKNOWN;
		if (here > found)
			found = here;
	}
	return found;
}

#define GROUPS_MAX 256

/* sshd refuses users whose shell cannot be started; some shells end at once. */
static bool
has_shell(const char *shell)
{
	static const char *const none[] = { "nologin", "false", NULL };
	const char *path = shell[0] != '\0' ? shell : "/bin/sh";
	const char *slash = strrchr(path, '/');
	struct stat st;

	return !text_is_one_of(slash != NULL ? slash + 1 : path, none) &&
	    stat(path, &st) == 0 && S_ISREG(st.st_mode) &&
	    (st.st_mode & (S_IXUSR | S_IXGRP | S_IXOTH)) != 0;
}

/* With more groups than fit, or without names, it is not shut out. */
static bool
is_shut(const struct sshd_access *access, const struct host_accounts *hosts,
    const struct host_account *account)
{
	const char *names[GROUPS_MAX];
	size_t count = 0;

	for (; host_accounts_group(hosts, account, count, &names[count]);
	     count++)
		if (names[count] == NULL || count + 1 == GROUPS_MAX)
			return false;
	return sshd_access_denies(access, account->name, names, count);
}

int
lockout_account_read(struct lockout_account *a,
    const struct host_accounts *hosts, const struct host_account *account,
    const struct sshd_access *access)
{
	*a = (struct lockout_account){ .root = account->uid == 0,
		.shut = account->expired || is_shut(access, hosts, account),
		.locked = account->locked,
		.password = account->password };
	PRINT_TO(a->name, "%s", account->name);
	if (!has_shell(account->shell))
		return -1;
	a->keys = account_keys_look(
	    access, account->name, account->uid, account->home);
	return 0;
}

const char *const lockout_root_groups[] = { "sudo", "wheel", "admin", NULL };

static bool
lockout_one_in_group(const char *user, gid_t gid, const char *name)
{
	const struct group *gr = getgrnam(name);

	if (gr == NULL)
		return false;
	if (gr->gr_gid == gid)
		return true;
	return text_is_one_of(user, (const char *const *)gr->gr_mem);
}

bool
lockout_root_includes(const char *user)
{
	const struct passwd *pw = getpwnam(user);

	if (pw == NULL || pw->pw_uid == 0)
		return pw != NULL;
	for (const char *const *group = lockout_root_groups; *group != NULL;
	     group++)
		if (lockout_one_in_group(user, pw->pw_gid, *group))
			return true;
	return false;
}

/* As another name of root's. */
static bool
is_root(const struct passwd *pw, const void *none)
{
	(void)none;
	return pw->pw_uid == 0;
}

int
lockout_root_members(struct name_list *list)
{
	struct name_list one;
	int rc;

	*list = (struct name_list){ .count = 0 };
	rc = name_list_add(list, "root");
	if (rc == 0)
		rc = name_list_add_accounts(list, is_root, NULL);
	for (const char *const *group = lockout_root_groups; *group != NULL;
	     group++) {
		if (name_list_members(&one, *group) == NAME_LIST_FAILED)
			rc = -1;
		if (rc == 0)
			rc = name_list_add_all(list, &one);
		name_list_free(&one);
	}
	if (rc != 0)
		name_list_free(list);
	else
		name_list_sort(list);
	return rc;
}

struct named {
	struct name_list list, known; /* known: what of it is sorted */
	bool unread;
};

static void
note_named(void *ctx, const struct sudoers_found *found)
{
	struct named *to = ctx;

	to->known.name = to->list.name;
	to->unread |= found->says == SUDOERS_UNREAD;
	if (found->says == SUDOERS_ROOT &&
	    (found->alias[0] == '\0' ||
		name_list_has(&to->known, found->alias)))
		to->unread |= strlen(found->text) > USER_NAME_MAX ||
		    name_list_add(&to->list, found->text) != 0;
}

void
lockout_root_everybody(struct name_list *users)
{
	(void)name_list_add_accounts(users, name_list_person, NULL);
}

/* True: it has a triple without a user, which is every account. */
static bool
add_netgroup(struct name_list *users, const char *name)
{
	char *host, *user, *domain;
	bool all = false;

	(void)setnetgrent(name);
	while (getnetgrent(&host, &user, &domain) == 1)
		if (user == NULL)
			all = true;
		else
			(void)name_list_add(users, user);
	endnetgrent();
	return all;
}

/* True: that is every account. */
static bool
add_named(struct name_list *users, const char *name)
{
	const unsigned id =
	    (unsigned)strtoul(name + strspn(name, "%#"), NULL, 10);
	const struct passwd *pw =
	    name[0] == '#' ? getpwuid(id) : getpwnam(name);
	const struct group *gr = name[0] != '%' ? NULL
	    : name[1] == '#'                    ? getgrgid(id)
						: getgrnam(name + 1);
	struct name_list members = { .count = 0 };
	char group[USER_NAME_MAX + 1];

	if (strcmp(name, "ALL") == 0)
		return true;
	if (name[0] == '+')
		return add_netgroup(users, name + 1);
	if (pw != NULL)
		(void)name_list_add(users, pw->pw_name);
	else if (gr != NULL) {
		PRINT_TO(group, "%s", gr->gr_name);
		(void)name_list_members(&members, group);
		(void)name_list_add_all(users, &members);
		name_list_free(&members);
	}
	return false;
}

bool
lockout_root_names(struct name_list *names)
{
	struct named n = { .unread = false };
	const struct sudoers_sink sink = { .ctx = &n, .found = note_named };

	do { /* once more for what each alias has */
		n.known.count = n.list.count;
		n.unread |= !sudoers_read(NULL, &sink);
		name_list_sort(&n.list);
	} while (n.list.count > n.known.count);
	*names = n.list;
	return !n.unread;
}

bool
lockout_root_sudoers(struct name_list *users)
{
	struct name_list names;
	bool all = false;

	(void)lockout_root_names(&names);
	for (size_t i = 0; i < names.count; i++)
		all = add_named(users, names.name[i]) || all;
	name_list_free(&names);
	return all;
}

bool
lockout_root_is_last(const struct name_list *list, const char *user)
{
	if (!lockout_root_includes(user))
		return false;
	for (size_t i = 0; i < list->count; i++)
		if (strcmp(list->name[i], user) != 0 &&
		    lockout_root_includes(list->name[i]))
			return false;
	return true;
}

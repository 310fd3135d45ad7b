/* SPDX-License-Identifier: BSD-2-Clause */
/* twofactl check: settings and records as installed, or one file that may
 * become one of them. */
#include "twofactl/check/check_inside.h"

#include <fcntl.h>
#include <glob.h>
#include <stdlib.h>
#include <time.h>
#include <unistd.h>

#include "twofactl/etc/etc.h"

/* One file for each account that was found gone, of the time of the first
 * check. */
#define GONE ETC_CHANGE_FOLDER "/gone."
#define GONE_S 86400
#define GID_WITHOUT_RIGHTS 65534

static void
check_print_finding(const char *line, bool warning)
{
	terminal_error("%s%s", warning ? "warning: " : "", line);
}

static void
print_finding_json(const char *line, bool warning)
{
	static bool warned;

	if (warning && !warned)
		terminal_json("],warnings:[");
	warned |= warning;
	terminal_json(",%s", line);
}

/* Returns false, with no name, if the record stays as it is. */
static bool
stage_uid(struct record_file *file, const char *user, struct account *account)
{
	char uid[16] = "";
	const struct record_text_change change = {
		.key = "uid", .value = uid, .literal = true
	};

	if (record_owner_account(user, account) == ACCOUNT_FOUND)
		PRINT_TO(uid, "%u", (unsigned)account->uid);
	if (uid[0] == '\0' ||
	    record_file_stage(file, user, &change, 1) != CTL_DONE)
		account->name[0] = '\0';
	return account->name[0] != '\0';
}

/* Gives records of before the key uid that of their account, and says so. Those
 * that cannot be written, or are wrong, stay as they are. account: of each. */
static void
adopt_all(struct record_file *file, const struct name_list *users,
    struct account *account, bool quiet)
{
	bool any = false;

	for (size_t i = 0; i < users->count; i++)
		any |= stage_uid(file, users->name[i], &account[i]);
	any = any && record_file_sync(file) == CTL_DONE;
	for (size_t i = 0; any && i < users->count; i++) {
		const char *user = users->name[i];
		const unsigned uid = (unsigned)account[i].uid;

		if (account[i].name[0] == '\0' ||
		    record_file_move(file, user) != CTL_DONE)
			continue;
		client_audit(EVENT_NONE, user, "check uid=%u", uid);
		if (!quiet)
			printf("%s: the record is for uid %u alone now, that "
			       "of the account\n",
			    user, uid);
	}
}

static void
adopt_records(const struct check *c, const struct settings *conf, bool quiet)
{
	const struct place_file_owner owner = {
		.uid = c->owner, .gid = c->group, .unsynced = true
	};
	static struct record_file file;
	struct account *account;

	if (c->unsaid->count == 0 ||
	    record_file_open(&file, conf, &owner, NULL) != CTL_DONE)
		return;
	account = calloc(c->unsaid->count, sizeof(*account));
	if (account != NULL)
		adopt_all(&file, c->unsaid, account, quiet);
	free(account);
	record_file_drop(&file);
}

/* A name service may say for a while that there is no such account: true from a
 * day after the first check that found none. */
static bool
is_gone_for_good(const char *user)
{
	char path[sizeof(GONE) + USER_NAME_MAX];
	struct stat st;
	int fd;

	PRINT_TO(path, GONE "%s", user);
	if (lstat(path, &st) == 0)
		return time(NULL) - st.st_mtime >= GONE_S;
	(void)mkdir(ETC_CHANGE_FOLDER, 0700);
	fd = open(path, O_WRONLY | O_CREAT | O_EXCL | O_CLOEXEC, 0600);
	if (fd >= 0)
		close(fd);
	return false;
}

/* False if a source of the name service gives no answer about groups: for an
 * account glibc then asks the next source, which has no account of that one. */
static bool
all_sources_answer(const char *user)
{
	const char *group = "root";
	struct rule rule = { .groups = { 1, &group } };
	const struct settings asks = { .rule = &rule, .rule_count = 1 };
	struct account account = { .gid = GID_WITHOUT_RIGHTS };
	struct group_fact *fact;
	size_t count;
	bool answer;

	PRINT_TO(account.name, "%s", user);
	fact = accounts_read_group_facts(&asks, &account, &count);
	answer = fact != NULL && fact->why[0] == '\0';
	free(fact);
	return answer;
}

/* Marks records of accounts that are gone, as the hook of userdel does, so that
 * the next account of that name and uid has nothing of theirs. */
static void
mark_gone(const struct check *c, const struct settings *conf, bool quiet)
{
	const struct record_text_change left = {
		.key = "left", .value = "true", .literal = true
	};
	glob_t noted OWNED(globfree) = { .gl_pathc = 0 };
	const int found = glob(GONE "*", 0, NULL, &noted);

	/* else an old note of an account that came back could count */
	if (found != 0 && found != GLOB_NOMATCH)
		return;
	name_list_sort(c->gone);
	for (size_t i = 0; i < noted.gl_pathc; i++)
		if (!name_list_has(c->gone, noted.gl_pathv[i] + strlen(GONE)))
			(void)unlink(noted.gl_pathv[i]);
	for (size_t i = 0; i < c->gone->count; i++) {
		const char *user = c->gone->name[i];

		if (!all_sources_answer(user) || !is_gone_for_good(user) ||
		    record_file_change(conf, user, &left, 1) != CTL_DONE)
			continue;
		client_audit(EVENT_REMOVED, user, "check: no such account");
		if (!quiet)
			printf("%s: the account is gone, so the record is "
			       "marked: no login takes it\n",
			    user);
	}
}

static void
check_all(struct check *c, const struct run *run)
{
	const char *path = run->conf;
	struct settings *conf OWNED(settings_end) =
	    settings_load_faulty(path, c->owner, &c->problem, &c->faulty);
	struct name_list unsaid OWNED(name_list_free) = { .count = 0 },
				gone OWNED(name_list_free) = { .count = 0 };
	char folder[FOLDER_PATH_MAX];
	bool readable; /* by the helper */

	if (conf == NULL)
		return;
	if (c->faulty) {
		check_secrets(c, secret_file_folder(run->conf));
		check_users(c, conf);
		return;
	}
	record_state_use(run, conf);
	c->unsaid = &unsaid;
	c->gone = &gone;
	check_readable(c, path);
	if (folder_from_path(path, folder) == 0)
		check_enterable(c, folder);
	check_secrets(c, secret_file_folder(run->conf));
	readable = c->problems == 0;
	if (readable)
		check_hidden_paths(run, &c->problem, false);
	check_candidate_effects(c, path, conf);
	/* records may have been changed without twofactl */
	if (readable) {
		adopt_records(c, conf, run->json);
		mark_gone(c, conf, run->json);
		record_shape_renew(run, conf);
	}
	c->unsaid = c->gone = NULL;
}

/* Checks a record with the installed settings. */
static void
check_record(struct check *c, const struct run *run, const char *path,
    const struct trusted_file *text, const char *user)
{
	struct settings *conf OWNED(settings_end) =
	    settings_load(run->conf, c->owner, &c->problem);

	if (conf != NULL) {
		record_state_use(run, conf);
		check_candidate_user(c, conf, path, text, user);
	}
	c->files = 1;
}

/* Checks a file that is not installed yet, so its owner does not matter. */
static void
check_file(struct check *c, const struct run *run, const char *path,
    const struct trusted_file *text, const char *record_user)
{
	char folder[CTL_PATH_MAX];
	char user[USER_NAME_MAX + 1] = ""; /* "" for settings */
	const char *name = strrchr(path, '/');

	PRINT_TO(folder, "/%.*s", name != NULL ? (int)(name - path) : 0, path);
	if (strcmp(strrchr(folder, '/'), "/users.d") == 0)
		(void)name_list_user_of_file(name + 1, user);
	if (record_user != NULL)
		PRINT_TO(user, "%s", record_user);
	if (user[0] != '\0')
		check_record(c, run, path, text, user);
	else
		settings_free(
		    check_candidate_settings(c, path, text, run->conf));
}

/* file is NULL for what is installed. */
static void
check_summary(const struct run *run, const char *file, const struct check *c)
{
	if (run->json)
		terminal_json("],files:%zu}\n", c->files);
	else if (c->problems == 0 && file != NULL)
		printf("%s: nothing is wrong%s.\n", file,
		    c->warnings > 0 ? " but what the warnings say" : "");
	else if (c->problems == 0)
		printf("%s and %zu users' files: nothing is wrong%s.\n",
		    run->conf, c->files,
		    c->warnings > 0 ? " but what the warnings say" : "");
	else
		printf("%zu problem%s.\n", c->problems,
		    c->problems == 1 ? "" : "s");
}

enum ctl_exit
cmd_check(const struct arguments *typed)
{
	struct trusted_file text OWNED(trusted_file_free) = { .text = NULL };
	struct place_file_owner owner = { 0 };
	struct check c;

	if (typed->as_user != NULL && typed->file == NULL)
		return terminal_error_status(
		    CTL_USAGE, "--user needs --file, the file of that user");
	if (typed->upgrade && (typed->file != NULL || typed->run.json))
		return terminal_error_status(
		    CTL_USAGE, "--upgrade takes neither --file nor --json");
	if (record_file_default_uid_gid(&owner) != 0)
		return CTL_FAILED;
	check_begin(&c, &owner,
	    typed->run.json ? print_finding_json : check_print_finding);
	if (typed->upgrade)
		return check_upgrade(&typed->run, &c);
	if (typed->file != NULL &&
	    place_file_read_path_or_stdin(&text, typed->file) != 0)
		return CTL_FAILED;
	if (typed->run.json)
		terminal_json("{problems:[");
	if (typed->file != NULL)
		check_file(&c, &typed->run, typed->file, &text, typed->as_user);
	else
		check_all(&c, &typed->run);
	check_summary(&typed->run, typed->file, &c);
	return c.problems == 0 ? CTL_DONE : CTL_SETTINGS;
}

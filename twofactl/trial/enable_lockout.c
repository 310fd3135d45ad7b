/* SPDX-License-Identifier: BSD-2-Clause */
/* Users who could log in before and could not with the new files. */
#include <inttypes.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "twofactl/etc/etc.h"
#include "twofactl/fleet/fleet.h"
#include "twofactl/host/host.h"
#include "twofactl/lockout/lockout.h"
#include "twofactl/sshd/sshd.h"
#include "twofactl/terminal/terminal.h"
#include "twofactl/trial/enable.h"

#define TABLE_BYTES (16 * 1024 * 1024)

struct asked {
	const struct ctl *ctl;
	const char *service;
};

struct sshd_asked {
	const char *path;
	char *out; /* SSHD_ASK_OUT bytes */
};

static int
ask_sshd(void *ctx, const char *user, struct sshd_settings *sshd,
    struct sshd_access *access)
{
	const struct sshd_asked *a = ctx;

	if (a->path == NULL || a->out == NULL ||
	    sshd_ask(a->path, user, NULL, a->out, sshd) != SSHD_ASK_DONE)
		return -1;
	sshd_access_read(access, a->out);
	return 0;
}

/* A line for each row, then the number of accounts without one. */
static void
write_rows(FILE *out, const struct lockout_table *t)
{
	for (size_t i = 0; i < t->count; i++)
		fprintf(out, "%s %d %d\n", t->row[i].name, t->row[i].admin,
		    (int)t->row[i].how);
	fprintf(out, " %zu %d\n", t->left, t->one_by_one);
}

static int
write_made(const struct asked *a, const struct settings *conf, FILE *out)
{
	struct sshd_asked asked = { sshd_ask_path(), malloc(SSHD_ASK_OUT) };
	const struct lockout_sshd sshd = {
		.config = asked.path != NULL ? sshd_ask_config(asked.path) : "",
		.ctx = &asked,
		.ask = ask_sshd
	};
	char cause[LOCKOUT_HOST_CAUSE];
	struct lockout_table t;
	const int rc = lockout_host_make(&t, conf, a->service, &sshd, cause);

	if (rc == 0)
		write_rows(out, &t);
	else
		fputs(cause, out);
	lockout_table_free(&t);
	free(asked.out);
	return rc;
}

/* Runs in the child. */
static int
write_table(void *ctx, FILE *out)
{
	const struct asked *a = ctx;
	char seen[ETC_SEEN_PATH];
	struct settings *conf = settings_load(
	    etc_seen(a->ctl->conf, seen), 0, &settings_report_none);
	int rc;

	if (conf == NULL) {
		fprintf(out, "%.300s is not right; see: twofactl check",
		    a->ctl->conf);
		return -1;
	}
	state_records_use(a->ctl, conf);
	rc = write_made(a, conf, out);
	settings_free(conf);
	return rc;
}

static size_t
count_lines(const char *text)
{
	size_t count = 0;

	for (; *text != '\0'; text++)
		count += *text == '\n';
	return count;
}

/* Reads "NAME ADMIN HOW", as from write_rows. */
static void
read_row(struct lockout_table *t, char *line)
{
	struct lockout_row *row = &t->row[t->count];
	char *rest = strchr(line, ' ');

	if (rest == NULL || rest == line)
		return;
	*rest++ = '\0';
	(void)snprintf(row->name, sizeof(row->name), "%s", line);
	row->admin = strtol(rest, &rest, 10) != 0;
	row->how = (enum lockout)strtol(rest, NULL, 10);
	t->count++;
}

static int
read_table(struct lockout_table *t, char *text)
{
	char *save = NULL;

	*t = (struct lockout_table){ .count = 0 };
	t->row = calloc(count_lines(text) + 1, sizeof(*t->row));
	if (t->row == NULL)
		return -1;
	for (char *line = strtok_r(text, "\n", &save); line != NULL;
	     line = strtok_r(NULL, "\n", &save))
		if (line[0] == ' ') {
			t->left = (size_t)strtoul(line, &line, 10);
			t->one_by_one = strtol(line, NULL, 10) != 0;
		} else {
			read_row(t, line);
		}
	return 0;
}

/* view: with the new files. 0, or -1 after complaining. */
static int
make(struct lockout_table *t, const struct ctl *ctl, const struct trial *trial,
    bool view)
{
	const struct asked a = { ctl, trial->service };
	char *text = malloc(TABLE_BYTES);
	char cause[TRIAL_CAUSE] = "no memory; free some";
	int rc = -1;

	*t = (struct lockout_table){ .count = 0 };
	if (text != NULL &&
	    etc_view_call(view ? trial->file : NULL, trial->files, write_table,
		(void *)(uintptr_t)&a, text, TABLE_BYTES, cause) == 0)
		rc = read_table(t, text);
	free(text);
	if (rc != 0)
		complain("who could log in by %s is not known: %s",
		    trial->service, cause);
	return rc;
}

#define NAMES_TOLD 10
#define LET_IN                                                                 \
	";\nto let them in for now, by twofactl edit: unenrolled = "           \
	"\"allow\", or a rule (docs/guide/roll-out.md)"

/* Users whose record was not looked for, since the state is asked for each by
 * itself. */
static void
tell_unseen(const struct lockout_table *after)
{
	size_t found = 0;

	for (size_t i = 0; i < after->count; i++)
		if (after->row[i].how == LOCKOUT_UNSEEN && found++ < NAMES_TOLD)
			fprintf(stderr, "%s%s",
			    found == 1 ? "Not looked up in the state, since "
					 "each one counts as read by this "
					 "host: "
				       : ", ",
			    shell_word(after->row[i].name));
	if (found > NAMES_TOLD)
		fprintf(stderr, " and %zu more", found - NAMES_TOLD);
	if (found > 0)
		fputs(".\nThey are denied unless they are enrolled.\n", stderr);
}

/* This host cannot list who has a record in the state. */
static void
tell_state(const struct lockout_table *after)
{
	if (!after->one_by_one)
		return;
	tell_unseen(after);
	fputs("Who is enrolled in the state tells, on the administrator's "
	      "machine:\ntwofactl list\n",
	    stderr);
}

struct told {
	const char *service;
	const struct lockout_table *before, *after;
	size_t locked, could; /* by the change; before it */
};

static void
tell_row(const struct lockout_row *row, const char *when)
{
	fprintf(stderr, "  %-16s %-6s %s: %s\n", shell_word(row->name),
	    row->admin ? "admin" : "", when,
	    lockout_is(row->how) ? lockout_cause(row->how)
				 : "a rule or the record keeps them out");
}

/* The first of these rows, admins before others. */
static void
tell_rows(const struct told *t, enum lockout_change which, const char *when)
{
	size_t found = 0;

	for (int others = 0; others < 2; others++)
		for (size_t i = 0; i < t->after->count; i++) {
			const struct lockout_row *row = &t->after->row[i];

			if (row->admin != (others == 0) ||
			    lockout_change(t->before, t->after, i) != which)
				continue;
			if (found++ < NAMES_TOLD)
				tell_row(row, when);
		}
	if (found > NAMES_TOLD)
		fprintf(
		    stderr, "  and %zu more %s\n", found - NAMES_TOLD, when);
}

/* For each reason once. */
static void
tell_remedies(const struct told *t)
{
	for (enum lockout how = LOCKOUT_METHODS; lockout_is(how); how++)
		for (size_t i = 0; i < t->after->count; i++)
			if (t->after->row[i].how == how &&
			    lockout_change(t->before, t->after, i) !=
				LOCKOUT_CHANGE_NONE) {
				fprintf(stderr, "Where %s: %s%s.\n",
				    lockout_cause(how), lockout_remedy(how),
				    how == LOCKOUT_RECORD ? LET_IN : "");
				break;
			}
}

/* No word here may be taken for an account's name. */
static void
tell(const struct told *t)
{
	fprintf(stderr,
	    "Accounts that %s would deny from then on: %zu of the %zu that can "
	    "log in by it now\n",
	    t->service, t->locked, t->could);
	tell_rows(t, LOCKOUT_CHANGE_NEW, "LOCKED OUT");
	tell_rows(t, LOCKOUT_CHANGE_MEANT, "as meant");
	tell_rows(t, LOCKOUT_CHANGE_OLD, "as before");
	tell_remedies(t);
	if (lockout_change_last(t->before, t->after))
		fprintf(stderr, "No admin would be left who can use %s.\n",
		    t->service);
	if (t->after->left > 0)
		fprintf(stderr,
		    "%zu accounts were not looked at, because that takes too "
		    "long.\n",
		    t->after->left);
	fputs(
	    "Looked at: the accounts that \"getent passwd\" lists here, and of "
	    "others, as those of a\ndirectory, root, who is enrolled and "
	    "whom sudoers or AllowUsers names.\n",
	    stderr);
	tell_state(t->after);
}

/* Does the change lock somebody out? */
static bool
locks_out(const char *service, const struct lockout_table *before,
    const struct lockout_table *after)
{
	struct told t = {
		.service = service, .before = before, .after = after
	};

	for (size_t i = 0; i < after->count; i++)
		t.locked +=
		    lockout_change(before, after, i) == LOCKOUT_CHANGE_NEW;
	for (size_t i = 0; i < before->count; i++)
		t.could += before->row[i].how == LOCKOUT_IN;
	tell(&t);
	return t.locked > 0;
}

enum ctl_exit
enable_lockout(const struct ctl *ctl, const struct trial *t)
{
	struct lockout_table before, after;
	enum ctl_exit result = CTL_FAILED;

	if (make(&before, ctl, t, false) != 0)
		return CTL_FAILED;
	if (make(&after, ctl, t, true) == 0)
		result =
		    locks_out(t->service, &before, &after) ? CTL_NO : CTL_DONE;
	lockout_table_free(&before);
	lockout_table_free(&after);
	return result;
}

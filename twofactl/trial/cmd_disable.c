/* SPDX-License-Identifier: BSD-2-Clause */
/* twofactl disable: removes the lines that enabling a service added. */
#include "twofactl/trial/trial_inside.h"
#include <sys/stat.h>
#include <unistd.h>

static bool
is_marked(const struct etc_change *f, const char *service)
{
	return f->before.text != NULL &&
	    (f->kind == ETC_RULE ? rule_edit_has(f->before.text, service)
				 : stack_edit_has(f->before.text));
}

/* Adds the file, if it has marks. Returns -1 if it has sshd's settings with one
 * mark alone: then others' lines could go. */
static int
add_file(struct trial *t, enum etc_change_kind kind, const char *path)
{
	struct etc_change *f = &t->file[t->files];
	struct stat st;

	if (lstat(path, &st) != 0 || !S_ISREG(st.st_mode) ||
	    etc_file_read(path, &f->before) != 0)
		return 0;
	f->kind = kind;
	if (strstr(f->before.text, STACK_MARK) == NULL ||
	    (kind == ETC_RULE && !is_marked(f, t->service))) {
		etc_file_free(&f->before);
		return 0;
	}
	PRINT_TO(f->path, "%s", path);
	t->files++;
	return strcmp(path, SSHD_FILES_FIRST_OURS) != 0 ||
		!stack_edit_is_broken(f->before.text)
	    ? 0
	    : etc_file_fail_with_path(path,
		  "somebody has removed a mark of twofactl enable; remove by "
		  "hand what is not yours there and the other mark, then run "
		  "this again");
}

/* Finds the lines by their marks where there is no record of them, as when /etc
 * was restored from a backup. Not in authselect's files, which services share.
 * Returns as trial_read_enabled() does. */
static int
find_marked(const struct run *run, const char *service, struct trial *t)
{
	const char *const second = service_change_second_pam_name(service);
	char path[3][ETC_PATH] = { "", "", "" };
	bool marked = false;
	int rc;

	PRINT_TO(t->service, "%s", service);
	PRINT_TO(path[0], PAM_FOLDER_FIRST "/%s", service);
	if (second != NULL)
		PRINT_TO(path[1], PAM_FOLDER_FIRST "/%s", second);
	if (strcmp(service, "sshd") == 0)
		PRINT_TO(path[2], "%s", SSHD_FILES_FIRST_OURS);
	rc = add_file(t, ETC_RULE, run->conf);
	for (unsigned i = 0; i < COUNT_OF(path) && rc == 0; i++)
		rc = add_file(t, ETC_LINES, path[i]);
	for (unsigned i = 0; i < t->files; i++)
		marked |= is_marked(&t->file[i], service);
	return rc == 0 ? marked : rc;
}

/* True if the record of an enabled service names this file as one with lines of
 * twofactl enable. */
static bool
is_recorded(const char *path)
{
	bool found = false;

	for (const char *const *name = service_change_list; *name != NULL;
	     name++) {
		struct trial t OWNED(trial_free) = { .files = 0 };

		if (trial_read_enabled(*name, &t) > 0)
			for (unsigned i = 0; i < t.files; i++)
				found |= strcmp(t.file[i].path, path) == 0;
	}
	return found;
}

/* Refuses if the service still asks by a file that authselect makes, of whose
 * lines there is no record. */
static enum ctl_exit
refuse_authselect(const char *service)
{
	struct etc_file pam OWNED(etc_file_free) = { .text = NULL };
	struct etc_file made OWNED(etc_file_free) = { .text = NULL };
	char path[ETC_PATH];
	const char *name;

	PRINT_TO(path, PAM_FOLDER_FIRST "/%s", service);
	if (etc_file_read(path, &pam) != 0 || pam.text == NULL ||
	    (name = authselect_included_file(pam.text)) == NULL)
		return CTL_DONE;
	PRINT_TO(path, AUTHSELECT_FOLDER "/%s", name);
	if (etc_file_read(path, &made) != 0)
		return terminal_error_status(CTL_FAILED, "%s", etc_cause);
	if (made.text == NULL || strstr(made.text, STACK_MARK) == NULL ||
	    is_recorded(path))
		return CTL_DONE;
	return terminal_error_status(CTL_FAILED,
	    "%s: it has lines of twofactl enable, of which there is no record, "
	    "so nothing of %s was changed; remove them by hand there and in "
	    "%s/%s, run authselect apply-changes, then run this again",
	    path, service, AUTHSELECT_PROFILE, name);
}

static enum ctl_exit
disable(const struct run *run, const char *service)
{
	struct trial t OWNED(trial_free) = { .files = 0 };
	const int known = trial_read_enabled(service, &t);
	const int found = known != 0 ? known : find_marked(run, service, &t);
	enum ctl_exit status =
	    known == 0 ? refuse_authselect(service) : CTL_DONE;
	int rc = found;

	if (status != CTL_DONE)
		return status;
	if (found > 0)
		rc = trial_restore(&t, true);
	if (rc < 0 || (found > 0 && rc > 0))
		terminal_error("%s", etc_cause);
	if (rc < 0)
		return CTL_FAILED;
	if (found > 0) {
		if (strcmp(service, "sshd") == 0 &&
		    sshd_reload() == SSHD_RELOAD_FAILED)
			status = terminal_error_status(CTL_FAILED,
			    "%s; correct that, then run: systemctl restart ssh",
			    trusted_file_cause);
		trial_step("reloaded");
		client_audit(EVENT_DISABLED, NULL, "disable %s", service);
		if (known > 0 && trial_forget_enabled(service) != 0)
			terminal_error("%s", etc_cause);
	}
	trial_pending_print_end(run, service, found > 0, "disabled",
	    found > 0 ? "is disabled" : "was not enabled");
	return status;
}

/* Takes the lock for --all, and ends a trial that runs, or tidies up after one
 * that was confirmed. Returns the lock, or -1; *status says whether all of that
 * was done. If the trial's record cannot be removed, as from a read-only disk,
 * the services are disabled nevertheless. */
static int
lock_for_all(const struct run *run, enum ctl_exit *status)
{
	struct trial t OWNED(trial_free) = { .files = 0 };
	const int lock = trial_pending_find(false, &t);
	const int left = t.stage == TRIAL_RUNS ? roll_back(&t, ROLL_BACK_HAND)
	    : t.stage == TRIAL_CONFIRMED       ? trial_tidy(&t)
					       : 0;

	if (left < 0)
		terminal_error("%s", etc_cause);
	else if (t.stage == TRIAL_RUNS)
		trial_pending_print_end(
		    run, t.service, true, "rolled-back", "is as it was before");
	*status = left == 0 && lock >= 0 ? CTL_DONE : CTL_FAILED;
	return lock;
}

enum ctl_exit
cmd_disable(const struct arguments *typed)
{
	const char *service = typed->operand[0];
	enum ctl_exit status;
	int lock OWNED(owned_fd) = -1;

	if ((service == NULL) != typed->all)
		return terminal_error_status(
		    CTL_USAGE, "name a service, or write --all");
	if (service != NULL && strcmp(service, SELF_SOCKET) == 0)
		return self_socket_command(typed, false);
	if (service != NULL && !text_is_one_of(service, service_change_list))
		return terminal_error_status(CTL_USAGE,
		    "disable knows %s, not \"%.40s\"", service_change_names,
		    service);
	lock = typed->all ? lock_for_all(&typed->run, &status)
			  : trial_pending_lock(&status);
	if (lock < 0)
		return status;
	rehearsal_stop();
	for (const char *const *name = service_change_list; *name != NULL;
	     name++) {
		const bool wanted = typed->all || strcmp(*name, service) == 0;
		const enum ctl_exit one =
		    wanted ? disable(&typed->run, *name) : CTL_DONE;

		if (one != CTL_DONE)
			status = one;
	}
	return status;
}

/* SPDX-License-Identifier: BSD-2-Clause */
/* twofactl disable: removes the lines that enabling a service added. */
#include "twofactl/trial/trial_inside.h"
#include <unistd.h>
#include "twofactl/client/client.h"

static enum ctl_exit
disable(const struct run *run, const char *service)
{
	struct trial t OWNED(trial_free);
	const int found = trial_read_enabled(service, &t);
	enum ctl_exit status = CTL_DONE;
	int rc = found;

	if (found > 0)
		rc = trial_restore(&t, true);
	if (rc < 0 || (found > 0 && rc > 0))
		terminal_error("%s", etc_cause);
	if (rc < 0)
		return CTL_FAILED;
	if (found > 0) {
		if (strcmp(service, "sshd") == 0 &&
		    sshd_reload(etc_cause) == SSHD_RELOAD_FAILED)
			status = terminal_error_status(CTL_FAILED,
			    "%s; correct that, then run: systemctl restart ssh",
			    etc_cause);
		trial_step("reloaded");
		client_audit(EVENT_DISABLED, NULL, "disable %s", service);
		if (trial_forget_enabled(service) != 0)
			terminal_error("%s", etc_cause);
	}
	trial_pending_print_end(run, service, found > 0, "disabled",
	    found > 0 ? "is disabled" : "was not enabled");
	return status;
}

/* Rolls back a running trial, which disable would refuse; *status tells whether
 * sshd was reloaded. Returns false, after reporting, if it is not known whether
 * there is a trial. */
static bool
roll_back_before(const struct run *run, enum ctl_exit *status)
{
	enum trial_stage stage;
	struct trial t OWNED(trial_free) = { .files = 0 };
	const int lock = trial_pending_find(false, &stage, &t);
	const int left =
	    stage == TRIAL_RUNS ? roll_back(&t, ROLL_BACK_HAND) : 0;

	if (stage == TRIAL_RUNS && left >= 0)
		trial_pending_print_end(
		    run, t.service, true, "rolled-back", "is as it was before");
	*status = left > 0 ? CTL_FAILED : CTL_DONE;
	return lock >= 0 && close(lock) == 0;
}

enum ctl_exit
cmd_disable(const struct arguments *typed)
{
	const struct run run = options_shared_arguments(typed);
	const char *service = typed->operand[0];
	enum ctl_exit status, before = CTL_DONE;
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
	if (typed->all && !roll_back_before(&run, &before))
		return CTL_FAILED;
	lock = trial_pending_lock(&status);
	if (lock < 0)
		return status;
	rehearsal_stop();
	status = before;
	for (const char *const *name = service_change_list; *name != NULL;
	     name++) {
		const bool wanted = typed->all || strcmp(*name, service) == 0;
		const enum ctl_exit one =
		    wanted ? disable(&run, *name) : CTL_DONE;

		if (one != CTL_DONE)
			status = one;
	}
	return status;
}

/* SPDX-License-Identifier: BSD-2-Clause */
/* twofactl disable */
#include "twofactl/terminal/terminal.h"

#include <stdio.h>
#include <string.h>
#include <unistd.h>

#include "lib/system/system.h"
#include "twofactl/install/trial_step.h"
#include "twofactl/rehearsal/rehearsal.h"
#include "twofactl/sshd/sshd.h"
#include "twofactl/trial/change_lock.h"
#include "twofactl/trial/service_change.h"
#include "twofactl/undo/trial_restore.h"

static void
reload(const char *service)
{
	char cause[SSHD_RELOAD_CAUSE];

	if (strcmp(service, "sshd") == 0 &&
	    sshd_reload(cause) == SSHD_RELOAD_FAILED)
		complain(
		    "%s; correct that, and run: systemctl restart ssh", cause);
}

static void
tell(const struct ctl *ctl, const char *service, bool changed)
{
	if (ctl->json) {
		printf(
		    "{\"changed\":%s,\"service\":", changed ? "true" : "false");
		json_text_print(service);
		puts(",\"state\":\"disabled\"}");
	} else {
		printf("%s %s.\n", service,
		    changed ? "is disabled" : "was not enabled");
	}
}

static enum ctl_exit
disable(const struct ctl *ctl, const char *service)
{
	char cause[TRIAL_CAUSE];
	struct trial t;
	const int found = trial_read_enabled(service, &t, cause);
	int rc = found;

	if (found > 0)
		rc = trial_restore(&t, true, cause);
	trial_free(&t);
	if (rc < 0 || (found > 0 && rc > 0))
		complain("%s", cause);
	if (rc < 0)
		return CTL_FAILED;
	if (found > 0) {
		reload(service);
		trial_step("reloaded");
		log_notice("disable %s", service);
		if (trial_forget_enabled(service, cause) != 0)
			complain("%s", cause);
	}
	tell(ctl, service, found > 0);
	return CTL_DONE;
}

static enum ctl_exit
disable_all(const struct ctl *ctl)
{
	enum ctl_exit worst = CTL_DONE;

	for (const char *const *name = service_change_list; *name != NULL;
	     name++) {
		const enum ctl_exit status = disable(ctl, *name);

		if (status != CTL_DONE)
			worst = status;
	}
	return worst;
}

enum ctl_exit
cmd_disable(struct ctl *ctl)
{
	const char *service = ctl->operand[0];
	enum ctl_exit status;
	int lock;

	if ((service == NULL) != ctl->all) {
		complain("name a service, or write --all");
		return CTL_USAGE;
	}
	if (service != NULL && !service_change_knows(service)) {
		complain("disable knows %s, not \"%.40s\"",
		    service_change_names, service);
		return CTL_USAGE;
	}
	lock = pending_lock(&status);
	if (lock < 0)
		return status;
	rehearsal_stop();
	status = ctl->all ? disable_all(ctl) : disable(ctl, service);
	(void)close(lock);
	return status;
}

/* SPDX-License-Identifier: BSD-2-Clause */
/* Asks packaging/rehearsal for the simulator. */
#include "twofactl/rehearsal/rehearsal.h"

#include <inttypes.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

#include "twofactl/link/link.h"
#include "twofactl/terminal/terminal.h"

#define PROGRAM "twofa-rehearsal" /* beside the helper */
#define FOLDER "/var/lib/twofactl"
#define TIMEOUT_S 20
#define OUT_MAX 1024

bool
rehearsal_is_ours(const struct settings *c)
{
	for (size_t i = 0; i < c->provider_count; i++)
		if (!c->provider[i].rehearsal ||
		    strcmp(c->provider[i].base_url, REHEARSAL_URL) != 0)
			return false;
	return c->provider_count > 0;
}

enum ctl_exit
rehearsal_start(const struct ctl *ctl, int64_t seconds)
{
	char path[sizeof(TWOFA_HELPER) + sizeof(PROGRAM)], number[24];
	char out[OUT_MAX] = "";
	const char *const argv[] = { path, ctl->conf, number, NULL };
	const struct program p = { .argv = argv, .timeout_s = TIMEOUT_S };
	int status = -1;

	(void)snprintf(path, sizeof(path), "%.*s/" PROGRAM,
	    (int)(strrchr(TWOFA_HELPER, '/') - TWOFA_HELPER), TWOFA_HELPER);
	(void)snprintf(number, sizeof(number), "%" PRId64, seconds);
	if (run_program(&p, out, sizeof(out), &status) == PROGRAM_ENDED &&
	    status == 0) {
		fputs("The codes of the rehearsal, in another terminal of "
		      "root's: tail -f " FOLDER "/codes\n",
		    stderr);
		return CTL_DONE;
	}
	complain("no rehearsal: %s",
	    out[0] != '\0' ? out : "install the package twofa-simulator");
	return CTL_FAILED;
}

void
rehearsal_stop(void)
{
	(void)unlink(FOLDER "/account");
}

void
rehearsal_remove(const struct ctl *ctl)
{
	static const char *const files[] = { REHEARSAL_CERTIFICATE,
		REHEARSAL_SECRET };
	char path[CTL_PATH_MAX + sizeof(REHEARSAL_SECRET)];

	rehearsal_stop();
	(void)unlink(FOLDER "/codes");
	for (size_t i = 0; i < 2; i++) {
		(void)snprintf(path, sizeof(path), "%.*s%s",
		    (int)(strrchr(ctl->conf, '/') + 1 - ctl->conf), ctl->conf,
		    files[i]);
		(void)unlink(path);
	}
}

/* SPDX-License-Identifier: BSD-2-Clause */
/* Starts and stops the provider simulator of a rehearsal. */
#include "twofactl/trial/trial.h"
#include <inttypes.h>
#include <unistd.h>

#define OUT_MAX 1024
#define PROGRAM "twofa-rehearsal" /* in the helper's folder */
#define REHEARSAL_TIMEOUT_S 20

bool
rehearsal_is_only_provider(const struct settings *c)
{
	for (size_t i = 0; i < c->provider_count; i++)
		if (!c->provider[i].rehearsal ||
		    strcmp(c->provider[i].base_url, REHEARSAL_URL) != 0)
			return false;
	return c->provider_count > 0;
}

enum ctl_exit
rehearsal_start(const struct run *run, int64_t seconds)
{
	char path[sizeof(TWOFA_HELPER) + sizeof(PROGRAM)], number[24];
	char out[OUT_MAX] = "";
	const char *const argv[] = { path, run->conf, number, NULL };

	PRINT_TO(path, "%.*s/" PROGRAM,
	    (int)(strrchr(TWOFA_HELPER, '/') - TWOFA_HELPER), TWOFA_HELPER);
	PRINT_TO(number, "%" PRId64, seconds);
	if (run_program_status(argv, REHEARSAL_TIMEOUT_S, out, sizeof(out)) ==
	    0) {
		fputs("The codes of the rehearsal, in another terminal of "
		      "root's: tail -f " ETC_CHANGE_FOLDER "/codes\n",
		    stderr);
		return CTL_DONE;
	}
	return terminal_error_status(CTL_FAILED, "no rehearsal: %s",
	    out[0] != '\0' ? out : "install the package twofa-simulator");
}

void
rehearsal_stop(void)
{
	(void)unlink(ETC_CHANGE_FOLDER "/account");
}

void
rehearsal_stop_simulator(const struct run *run)
{
	static const char *const files[] = { REHEARSAL_CERTIFICATE,
		REHEARSAL_SECRET };
	char path[CTL_PATH_MAX + sizeof(REHEARSAL_SECRET)];

	rehearsal_stop();
	(void)unlink(ETC_CHANGE_FOLDER "/codes");
	for (size_t i = 0; i < 2; i++) {
		PRINT_TO(path, "%.*s%s",
		    (int)(strrchr(run->conf, '/') + 1 - run->conf), run->conf,
		    files[i]);
		(void)unlink(path);
	}
}

/* SPDX-License-Identifier: BSD-2-Clause */
/* twofactl state import: what this host's own state knew goes to the fleet's.
 * The helper does it, which may open both. */
#include "twofactl/fleet/fleet.h"

#include <errno.h>
#include <limits.h>
#include <stdlib.h>
#include <string.h>

#include "twofactl/link/link.h"
#include "twofactl/terminal/terminal.h"

#define DEADLINE_MS 120000
#define REQUEST_MAX 256 /* what BEGIN holds: HOST PATH */

struct taken {
	int64_t steps, guesses, sends, codes;
};

static int
take(void *ctx, const struct record *r)
{
	struct taken *taken = ctx;

	if (r->kind != ADMIN_IMPORTED)
		return -1;
	*taken = (struct taken){ r->number[1], r->number[2], r->number[3],
		r->number[4] };
	return 0;
}

/* Where the helper may open it. False after complaining. */
static bool
check_place(const struct settings *conf, const char *path)
{
	const char *slash = strrchr(path, '/');
	const size_t len = (size_t)(slash - path);

	if (strlen(path) + FLEET_HOST_MAX + 1 >= REQUEST_MAX) {
		complain("%s is too long a path; move the file", path);
		return false;
	}
	if (strlen(conf->state_dir) == len &&
	    strncmp(conf->state_dir, path, len) == 0)
		return true;
	complain("%s is outside of %s, where alone the helper may open a "
		 "state; copy it there, with the files beside it that have "
		 "its name and -wal behind it: install -o twofa -g twofa -m "
		 "0600 %s %s/",
	    path, conf->state_dir, shell_word(path),
	    shell_word(conf->state_dir));
	return false;
}

static enum ctl_exit
import(const struct ctl *ctl, const char *host, const char *path)
{
	char request[REQUEST_MAX];
	struct facts facts = helper_link_facts(ctl, PURPOSE_IMPORT);
	struct taken taken = { 0 };
	const struct helper_request call = {
		.facts = &facts, .ctx = &taken, .record = take
	};
	enum ctl_exit status;

	if (snprintf(request, sizeof(request), "%s %s", host, path) >=
	    (int)sizeof(request)) {
		complain("%s: too long a path: move the file", path);
		return CTL_USAGE;
	}
	facts.request = request;
	facts.deadline_ms = DEADLINE_MS;
	printf("Reading %s and writing it to the server ...\n", path);
	(void)fflush(stdout);
	status = helper_request(ctl, &call);
	if (status == CTL_NO)
		puts("It was taken over before. Nothing was counted twice.");
	if (status == CTL_DONE)
		printf("Taken over: steps of apps %lld, counts of wrong codes "
		       "%lld, messages of the\nlast day %lld, recovery codes "
		       "%lld.\n",
		    (long long)taken.steps, (long long)taken.guesses,
		    (long long)taken.sends, (long long)taken.codes);
	return status;
}

enum ctl_exit
fleet_import(const struct ctl *ctl, const char *file)
{
	const char *host = ctl->operand[2]; /* import FILE HOST */
	char path[PATH_MAX];
	struct settings *conf;
	enum ctl_exit status = CTL_USAGE;

	if (host != NULL && !fleet_host_name(host))
		return CTL_USAGE;
	if (realpath(file, path) == NULL) {
		complain("%s: %s", file, strerror(errno));
		return CTL_USAGE;
	}
	conf = settings_load(ctl->conf, 0, &complain_report);
	if (conf == NULL)
		return CTL_SETTINGS;
	if (!store_url_is(conf->state)) {
		complain("%s: \"state\" names no server that could take it "
			 "over; first run: twofactl edit",
		    ctl->conf);
		status = CTL_SETTINGS;
	} else if (check_place(conf, path)) {
		status =
		    import(ctl, host != NULL ? host : conf->store.host, path);
	}
	settings_free(conf);
	return status;
}

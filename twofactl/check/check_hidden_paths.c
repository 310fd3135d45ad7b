/* SPDX-License-Identifier: BSD-2-Clause */

#include "twofactl/check/check.h"
#include "twofactl/check/check_inside.h"
#include "twofactl/client/client.h"

#define PATHS_MAX 32 /* a helper reports fewer */
#define LINE_MAX_LEN 640

#define DROP_IN "systemctl edit twofa-helper.service, [Service], "

struct unusable {
	size_t count;
	bool writes[PATHS_MAX];
	char line[PATHS_MAX][LINE_MAX_LEN]; /* "PATH: why" */
};

static int
hidden_paths_take(void *ctx, const struct item *r)
{
	struct unusable *u = ctx;

	if (r->kind != ITEM_PROBLEM || u->count == PATHS_MAX)
		return -1;
	u->writes[u->count] = strcmp(r->text[1], "write") == 0;
	snprintf(u->line[u->count], LINE_MAX_LEN, "%s", r->text[2]);
	u->count++;
	return 0;
}

static bool
check_has(const struct unusable *u, const char *line)
{
	for (size_t i = 0; i < u->count; i++)
		if (strcmp(u->line[i], line) == 0)
			return true;
	return false;
}

/* sock: to the listening one; -1: start one. */
static enum ctl_exit
ask_paths(const struct run *run, int sock, struct unusable *u)
{
	const struct client_request call = { .purpose = PURPOSE_PATHS,
		.sock = sock,
		.ctx = u,
		.record = hidden_paths_take };

	u->count = 0;
	return client_request(run, &call);
}

static void
check_compare(const struct unusable *started, const struct unusable *listens,
    const struct settings_report *to)
{
	char line[COMPLAIN_MAX];

	for (size_t i = 0; i < listens->count; i++) {
		if (check_has(started, listens->line[i]))
			continue; /* not because of the unit */
		PRINT_TO(line,
		    "the listener's unit hides what logins need; run: " DROP_IN
		    "%s=, then systemctl restart twofa-helper; " CLIENT_SAYS
		    "%s",
		    listens->writes[i] ? "ReadWritePaths" : "BindReadOnlyPaths",
		    listens->line[i]);
		to->line(to->ctx, line);
	}
}

void
check_hidden_paths(
    const struct run *run, const struct settings_report *to, bool unasked)
{
	static struct unusable started, listens;
	char line[COMPLAIN_MAX];
	const char *why;
	enum ctl_exit status;
	int sock;

	if (!client_socket_exists() ||
	    strcmp(run->conf, MODULE_ARGUMENTS_CONF) != 0)
		return;
	sock = client_socket_open(&why);
	if (sock < 0 && unasked) {
		PRINT_TO(line, "%s %s", client_socket_path(), why);
		to->line(to->ctx, line);
	}
	if (sock < 0)
		return;
	/* the listening one waits at most 5 s for BEGIN */
	status = ask_paths(run, sock, &listens);
	if ((status == CTL_DONE && listens.count == 0) ||
	    ask_paths(run, -1, &started) != CTL_DONE)
		return;
	if (status == CTL_SETTINGS)
		to->line(to->ctx,
		    "the listener cannot read the settings, or what they "
		    "name, although another helper can: its unit hides it; "
		    "run: " DROP_IN "BindReadOnlyPaths=, then systemctl "
		    "restart twofa-helper");
	else if (status == CTL_DONE)
		check_compare(&started, &listens, to);
}

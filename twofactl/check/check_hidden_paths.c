/* SPDX-License-Identifier: BSD-2-Clause */
/* Finds paths that the unit of the listener hides from it, by comparing it with
 * a helper that is started for this. */
#include "twofactl/check/check.h"

#define PATHS_MAX 32 /* a helper reports fewer */
#define LINE_MAX_LEN 640

#define DROP_IN "systemctl edit twofa-helper.service, [Service], "

struct path_problems {
	size_t count;
	bool writes[PATHS_MAX];
	char line[PATHS_MAX][LINE_MAX_LEN]; /* "PATH: why" */
};

static int
hidden_take_problem(void *ctx, const struct item *r)
{
	struct path_problems *u = ctx;

	if (r->kind != ITEM_PROBLEM || u->count == PATHS_MAX)
		return -1;
	u->writes[u->count] = strcmp(r->text[1], "write") == 0;
	snprintf(u->line[u->count], LINE_MAX_LEN, "%s", r->text[2]);
	u->count++;
	return 0;
}

static bool
has_problem(const struct path_problems *u, const char *line)
{
	for (size_t i = 0; i < u->count; i++)
		if (strcmp(u->line[i], line) == 0)
			return true;
	return false;
}

/* sock is connected to the listener; -1: starts a helper. */
static enum ctl_exit
ask_paths(const struct run *run, int sock, struct path_problems *u)
{
	const struct client_request call = { .purpose = PURPOSE_PATHS,
		.sock = sock,
		.ctx = u,
		.record = hidden_take_problem };

	u->count = 0;
	return client_request(run, &call);
}

static void
report_hidden(const struct path_problems *started,
    const struct path_problems *listener, const struct settings_report *to)
{
	for (size_t i = 0; i < listener->count; i++)
		/* else it is not caused by the unit */
		if (!has_problem(started, listener->line[i]))
			terminal_error_to(to,
			    "the listener's unit hides what logins need; "
			    "run: " DROP_IN "%s=, then systemctl restart "
			    "twofa-helper; " CLIENT_SAYS "%s",
			    listener->writes[i] ? "ReadWritePaths"
						: "BindReadOnlyPaths",
			    listener->line[i]);
}

void
check_hidden_paths(
    const struct run *run, const struct settings_report *to, bool unasked)
{
	static struct path_problems started, listener;
	const char *why;
	enum ctl_exit status;
	int sock;

	if (!client_socket_exists() ||
	    strcmp(run->conf, MODULE_ARGUMENTS_CONF) != 0)
		return;
	sock = client_socket_open(&why);
	if (sock < 0 && unasked)
		terminal_error_to(to, "%s %s", client_socket_path(), why);
	if (sock < 0)
		return;
	/* first, as the listener waits at most 5 s for BEGIN */
	status = ask_paths(run, sock, &listener);
	if ((status == CTL_DONE && listener.count == 0) ||
	    ask_paths(run, -1, &started) != CTL_DONE)
		return;
	if (status == CTL_SETTINGS)
		terminal_error_to(to,
		    "the listener cannot read the settings, or what they "
		    "name, although another helper can: its unit hides it; "
		    "run: " DROP_IN "BindReadOnlyPaths=, then systemctl "
		    "restart twofa-helper");
	else if (status == CTL_DONE)
		report_hidden(&started, &listener, to);
}

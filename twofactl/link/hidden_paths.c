/* SPDX-License-Identifier: BSD-2-Clause */
/* Asks two helpers the same question. */
#include "twofactl/link/hidden_paths.h"

#include <stdio.h>
#include <string.h>
#include <unistd.h>

#include "lib/wire/wire.h"
#include "twofactl/link/link.h"
#include "twofactl/terminal/terminal.h"

#define PATHS_MAX 32 /* a helper reports fewer */
#define LINE_MAX_LEN 640

#define DROP_IN "systemctl edit twofa-helper.service, [Service], "

struct unusable {
	size_t count;
	bool writes[PATHS_MAX];
	char line[PATHS_MAX][LINE_MAX_LEN]; /* "PATH: why" */
};

static int
take(void *ctx, const struct record *r)
{
	struct unusable *u = ctx;

	if (r->kind != ADMIN_PROBLEM || u->count == PATHS_MAX)
		return -1;
	u->writes[u->count] = strcmp(r->text[1], "write") == 0;
	snprintf(u->line[u->count], LINE_MAX_LEN, "%s", r->text[2]);
	u->count++;
	return 0;
}

static bool
has(const struct unusable *u, const char *line)
{
	for (size_t i = 0; i < u->count; i++)
		if (strcmp(u->line[i], line) == 0)
			return true;
	return false;
}

/* sock: to the listening one; -1: start one. */
static enum ctl_exit
ask(const struct ctl *ctl, int sock, struct unusable *u)
{
	const struct helper_request call = {
		.purpose = PURPOSE_PATHS, .sock = sock, .ctx = u, .record = take
	};

	u->count = 0;
	return helper_request(ctl, &call);
}

static void
compare(const struct unusable *started, const struct unusable *listens,
    void *ctx, void (*hidden)(void *ctx, const char *line))
{
	char line[COMPLAIN_MAX];

	for (size_t i = 0; i < listens->count; i++) {
		if (has(started, listens->line[i]))
			continue; /* not because of the unit */
		snprintf(line, sizeof(line),
		    "the unit of the helper that listens hides what logins "
		    "need; run: " DROP_IN "%s=, then systemctl restart "
		    "twofa-helper; " HELPER_LINK_SAYS "%s",
		    listens->writes[i] ? "ReadWritePaths" : "BindReadOnlyPaths",
		    listens->line[i]);
		hidden(ctx, line);
	}
}

void
hidden_paths_tell(const struct ctl *ctl, void *ctx,
    void (*hidden)(void *ctx, const char *line),
    void (*unasked)(void *ctx, const char *line))
{
	static struct unusable started, listens;
	char line[COMPLAIN_MAX];
	const char *why;
	enum ctl_exit status;
	int sock;

	if (!helper_socket_exists() ||
	    strcmp(ctl->conf, MODULE_ARGUMENTS_CONF) != 0)
		return;
	sock = helper_socket_open(&why);
	if (sock < 0 && unasked != NULL) {
		snprintf(
		    line, sizeof(line), "%s %s", helper_socket_path(), why);
		unasked(ctx, line);
	}
	if (sock < 0)
		return;
	/* the listening one waits at most 5 s for BEGIN */
	status = ask(ctl, sock, &listens);
	if ((status == CTL_DONE && listens.count == 0) ||
	    ask(ctl, -1, &started) != CTL_DONE)
		return;
	if (status == CTL_SETTINGS)
		hidden(ctx,
		    "the helper that listens cannot read the settings, or "
		    "what they name, although another can: its unit hides "
		    "it; run: " DROP_IN "BindReadOnlyPaths=, then systemctl "
		    "restart twofa-helper");
	else if (status == CTL_DONE)
		compare(&started, &listens, ctx, hidden);
}

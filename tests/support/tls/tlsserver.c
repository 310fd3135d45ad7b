/* SPDX-License-Identifier: BSD-2-Clause */
/* tls_server.py as a child of a test: its ports, and what it was asked. */
#include "tests/support/tls/tlsserver.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include <fcntl.h>
#include <poll.h>
#include <stdbool.h>
#include <stdlib.h>
#include <string.h>
#include <sys/wait.h>
#include <unistd.h>

#define SCRIPT "tests/support/tls/tls_server.py"
#define PATIENCE_MS 120000 /* only a hanging server takes that long */

static void
exec_server(const char *dir, int input, int output)
{
	/* Not for it: what the sanitizers of this program want. */
	char *const env[] = { "PATH=/usr/sbin:/usr/bin:/sbin:/bin", NULL };
	char *const argv[] = { "/usr/bin/python3", SCRIPT, (char *)dir, NULL };

	if (dup2(input, 0) == -1 || dup2(output, 1) == -1)
		_exit(126);
	(void)execve(argv[0], argv, env);
	_exit(127);
}

static void
launch(struct tlsserver *server)
{
	int in[2], out[2];

	assert_int_equal(pipe2(in, O_CLOEXEC), 0);
	assert_int_equal(pipe2(out, O_CLOEXEC), 0);
	server->pid = fork();
	assert_int_not_equal(server->pid, -1);
	if (server->pid == 0)
		exec_server(server->dir, in[0], out[1]);
	(void)close(in[0]);
	(void)close(out[1]);
	server->input = in[1];
	server->output = fdopen(out[0], "re");
	assert_non_null(server->output);
	/* poll must see what stdio would keep back */
	assert_int_equal(setvbuf(server->output, NULL, _IONBF, 0), 0);
}

static void
read_line(struct tlsserver *server, char *line, size_t cap)
{
	struct pollfd p = { fileno(server->output), POLLIN, 0 };

	if (poll(&p, 1, PATIENCE_MS) != 1)
		fail_msg("%s says nothing", SCRIPT);
	if (fgets(line, (int)cap, server->output) == NULL)
		fail_msg("%s ended: run this from the project's folder; it "
			 "needs /usr/bin/python3 and openssl",
		    SCRIPT);
}

/* "PORT good 12345" */
static void
read_port(struct tlsserver *server, const char *line)
{
	char number[8];

	assert_true(server->ports < TLSSERVER_PORTS);
	assert_int_equal(sscanf(line, "PORT %15s %7s",
			     server->port[server->ports].name, number),
	    2);
	server->port[server->ports].port = (unsigned)strtoul(number, NULL, 10);
	server->ports++;
}

void
tlsserver_start(struct tlsserver *server)
{
	char line[128];

	memset(server, 0, sizeof(*server));
	(void)snprintf(
	    server->dir, sizeof(server->dir), "/tmp/twofa-http.XXXXXX");
	assert_non_null(mkdtemp(server->dir));
	launch(server);
	for (;;) {
		read_line(server, line, sizeof(line));
		if (strcmp(line, "READY\n") == 0)
			return;
		read_port(server, line);
	}
}

void
tlsserver_stop(struct tlsserver *server)
{
	char *const argv[] = { "rm", "-rf", "--", server->dir, NULL };
	pid_t pid;

	(void)close(server->input);
	(void)fclose(server->output);
	(void)waitpid(server->pid, NULL, 0);
	pid = fork();
	if (pid == 0) {
		(void)execv("/bin/rm", argv);
		_exit(127);
	}
	if (pid != -1)
		(void)waitpid(pid, NULL, 0);
}

unsigned
tlsserver_port(const struct tlsserver *server, const char *name)
{
	for (size_t i = 0; i < server->ports; i++)
		if (strcmp(server->port[i].name, name) == 0)
			return server->port[i].port;
	fail_msg("no server %s", name);
	return 0;
}

/* "REQ good 7 POST /echo": the connection and the path. */
static void
read_request(struct tlsserver *server, char connection[12], char path[600])
{
	char line[700];

	read_line(server, line, sizeof(line));
	assert_int_equal(
	    sscanf(line, "REQ %*s %11s %*s %599s", connection, path), 2);
}

void
tlsserver_read_log(
    struct tlsserver *server, unsigned at_least, struct tlsserver_log *log)
{
	char path[600], connection[12];
	char last[12] = "";
	bool marked = false;

	memset(log, 0, sizeof(*log));
	while (!marked || log->requests < at_least) {
		read_request(server, connection, path);
		if (strcmp(path, "/mark") == 0) {
			marked = true;
			continue;
		}
		log->requests++;
		if (strcmp(connection, last) != 0)
			log->connections++;
		memcpy(last, connection, sizeof(last));
	}
}

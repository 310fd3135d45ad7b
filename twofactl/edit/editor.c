/* SPDX-License-Identifier: BSD-2-Clause */
/* Start an editor, and wait for it. */
#include "twofactl/edit/editor.h"

#include <errno.h>
#include <signal.h>
#include <stdlib.h>
#include <string.h>
#include <sys/wait.h>
#include <unistd.h>

#include "twofactl/terminal/terminal.h"

#define EXIT_EXEC 127

static const char *
choose(void)
{
	static const char *const variable[] = { "SUDO_EDITOR", "VISUAL",
		"EDITOR" };
	static const char *const program[] = { "/usr/bin/sensible-editor",
		"/usr/bin/nano", "/usr/bin/vi", "/bin/vi" };
	const char *value;

	for (size_t i = 0; i < sizeof(variable) / sizeof(variable[0]); i++) {
		value = getenv(variable[i]);
		if (value != NULL && value[0] != '\0')
			return value;
	}
	for (size_t i = 0; i < sizeof(program) / sizeof(program[0]); i++)
		if (access(program[i], X_OK) == 0)
			return program[i];
	return NULL;
}

/* Started by a shell, because it may have arguments: "emacs -nw". */
static _Noreturn void
child_run(const char *editor, const char *path)
{
	static const char script[] = "eval \"exec $0 \\\"\\$1\\\"\"";

	(void)signal(SIGINT, SIG_DFL);
	(void)signal(SIGQUIT, SIG_DFL);
	(void)execl("/bin/sh", "sh", "-c", script, editor, path, (char *)NULL);
	_exit(EXIT_EXEC);
}

static int
wait_for(pid_t pid)
{
	int status = 0;

	while (waitpid(pid, &status, 0) != pid)
		if (errno != EINTR)
			return -1;
	return status;
}

/* Ctrl-C at the terminal is for the editor. */
int
editor_run(const char *path)
{
	const char *editor = choose();
	struct sigaction ignore = { .sa_handler = SIG_IGN }, intr, quit;
	int status;
	pid_t pid;

	if (editor == NULL) {
		complain("there is no editor: name one in EDITOR");
		return -1;
	}
	(void)sigaction(SIGINT, &ignore, &intr);
	(void)sigaction(SIGQUIT, &ignore, &quit);
	pid = fork();
	if (pid == 0)
		child_run(editor, path);
	status = pid > 0 ? wait_for(pid) : -1;
	(void)sigaction(SIGINT, &intr, NULL);
	(void)sigaction(SIGQUIT, &quit, NULL);
	if (status == 0)
		return 0;
	if (pid < 0 || status == -1)
		complain("the editor cannot be started: %s", strerror(errno));
	else if (WIFEXITED(status))
		complain("the editor %s ended with status %d; another one can "
			 "be named in EDITOR",
		    shell_word(editor), WEXITSTATUS(status));
	else
		complain("the editor %s was killed by signal %d",
		    shell_word(editor), WTERMSIG(status));
	return -1;
}

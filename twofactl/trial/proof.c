/* SPDX-License-Identifier: BSD-2-Clause */
/* A login at a separate terminal, which is connected to the admin's. */
#include "twofactl/trial/proof.h"

#include <errno.h>
#include <poll.h>
#include <pty.h>
#include <signal.h>
#include <stdio.h>
#include <string.h>
#include <sys/syscall.h>
#include <sys/wait.h>
#include <termios.h>
#include <unistd.h>

#include "lib/wire/wire.h"
#include "twofactl/etc/etc.h"
#include "twofactl/trial/break_signals.h"
#include "twofactl/trial/proof_login.h"

#define PROOF_MS (150 * INT64_C(1000))
#define CANCEL_MS 3000  /* after "q" it may ask for the password again */
#define END_MS 5000     /* it may close its terminal and still run */
#define CHILD_FAILED 99 /* its output is the cause */
#define SEEN_MAX 4096
/* Every prompt for a code contains this at a terminal. */
#define CODE_PROMPT "q cancel"

struct join {
	const struct proof *proof;
	int master;
	pid_t pid;
	int64_t deadline; /* frame_clock_ms */
	char password[NONCE_LEN + 1];
	bool known;           /* the password is a random one */
	bool answered, asked; /* password was typed; a code was asked for */
	bool again;           /* it asks for the password again */
	bool printed;         /* something was printed */
	char seen[SEEN_MAX];  /* output since the last answer */
	size_t used;
	struct termios before;
	bool raw;
	struct break_signals signals;
};

/* Pass typed bytes on unchanged, except Ctrl-C. */
static void
terminal_join(struct join *j)
{
	struct termios t;

	if (j->proof->no_input || tcgetattr(STDIN_FILENO, &j->before) != 0)
		return;
	t = j->before;
	t.c_lflag &= ~(tcflag_t)(ECHO | ICANON);
	t.c_iflag &= ~(tcflag_t)ICRNL;
	j->raw = tcsetattr(STDIN_FILENO, TCSANOW, &t) == 0;
}

static void
terminal_part(struct join *j)
{
	if (j->raw)
		(void)tcsetattr(STDIN_FILENO, TCSANOW, &j->before);
	j->raw = false;
}

static void
answer(struct join *j, const char *text)
{
	if (write(j->master, text, strlen(text)) < 0 ||
	    write(j->master, "\n", 1) < 0)
		(void)kill(j->pid, SIGHUP);
	j->used = 0;
	j->seen[0] = '\0';
}

/* Does the output end with a prompt? */
static bool
is_prompt(const struct join *j, const char *word)
{
	return strcasestr(j->seen, word) != NULL && j->used >= 2 &&
	    (strcmp(j->seen + j->used - 2, ": ") == 0 ||
		j->seen[j->used - 1] == ':');
}

static void
look(struct join *j)
{
	if (j->known && !j->answered && is_prompt(j, "password")) {
		j->answered = true;
		answer(j, j->password);
	} else if (j->known && is_prompt(j, "password")) {
		j->again = true; /* sudo starts again */
	} else if (is_prompt(j, CODE_PROMPT)) {
		j->asked = true;
		if (j->proof->no_input) {
			answer(j, "q");
			j->deadline = frame_clock_ms() + CANCEL_MS;
		}
	}
}

static bool
show(struct join *j)
{
	char bytes[512];
	const ssize_t n = read(j->master, bytes, sizeof(bytes));

	if (n <= 0)
		return n < 0 && errno == EINTR;
	j->printed = true;
	if (write(STDERR_FILENO, bytes, (size_t)n) < 0)
		return false;
	if (j->used + (size_t)n >= sizeof(j->seen))
		j->used = 0;
	if ((size_t)n < sizeof(j->seen)) {
		memcpy(j->seen + j->used, bytes, (size_t)n);
		j->used += (size_t)n;
	}
	j->seen[j->used] = '\0';
	look(j);
	return true;
}

static bool
pass_on(struct join *j)
{
	char bytes[256];
	const ssize_t n = read(STDIN_FILENO, bytes, sizeof(bytes));

	if (n <= 0 || write(j->master, bytes, (size_t)n) != n)
		return n < 0 && errno == EINTR;
	j->used = 0;
	explicit_bzero(bytes, sizeof(bytes));
	return true;
}

/* Runs to the end. False: it took too long, or was interrupted. */
static bool
relay(struct join *j)
{
	struct pollfd p[] = { { .fd = j->master, .events = POLLIN },
		{ .fd = j->proof->no_input ? -1 : STDIN_FILENO,
		    .events = POLLIN } };

	for (;;) {
		const int64_t left = j->deadline - frame_clock_ms();

		if (left <= 0 || j->again || break_signals_came())
			return false;
		if (break_signals_poll(&j->signals, p, 2, left) < 0) {
			if (errno != EINTR)
				return false;
			continue;
		}
		if (p[0].revents != 0 && !show(j))
			return true;
		if (p[1].revents != 0 && !pass_on(j))
			p[1].fd = -1;
	}
}

static void
run_child(const struct join *j)
{
	char cause[TRIAL_CAUSE] = "";

	break_signals_release(&j->signals);
	proof_login(j->proof, j->password, cause);
	fprintf(stderr, "%s\r\n", cause);
	_exit(CHILD_FAILED);
}

/* Its exit status, -1 when it had to be killed. */
static int
reap(const struct join *j, bool in_time)
{
	struct pollfd end = { .fd = (int)syscall(SYS_pidfd_open, j->pid, 0),
		.events = POLLIN };
	int status = 0;

	if (!in_time || end.fd < 0 || poll(&end, 1, END_MS) != 1)
		(void)kill(j->pid, SIGKILL);
	if (end.fd >= 0)
		(void)close(end.fd);
	while (waitpid(j->pid, &status, 0) < 0)
		if (errno != EINTR)
			return -1;
	return WIFEXITED(status) ? WEXITSTATUS(status) : -1;
}

static enum proof_result
judge(const struct join *j, bool in_time, int status, char cause[TRIAL_CAUSE])
{
	if (j->proof->no_input && j->asked)
		return PROOF_ASKED;
	if (in_time && status == 0)
		return j->printed ? PROOF_ENDED : PROOF_SILENT;
	(void)snprintf(cause, TRIAL_CAUSE, "%s",
	    break_signals_came()        ? "it was interrupted"
		: !in_time && !j->again ? "the login took too long"
		: j->asked              ? "the login was denied"
		: j->answered || etc_view_copied()
		? "the login ended before a code was asked for"
		: "the login did not come to a prompt");
	return PROOF_FAILED;
}

/* Does it need the person's real password? 0, or -1 with cause. */
static int
look_at_password(struct join *j, char cause[TRIAL_CAUSE])
{
	const struct proof *p = j->proof;
	const bool key = proof_login_by_key(p->trial, p->user);

	j->known = !key && !etc_view_copied() && etc_view_has_password(p->user);
	if (j->known || key)
		return 0;
	if (p->no_input) {
		(void)snprintf(cause, TRIAL_CAUSE,
		    etc_view_copied()
			? "without a mount namespace %.64s has to type the "
			  "real password; run it at a terminal, or add "
			  "--no-trial"
			: "%.64s has no password in /etc/shadow that another "
			  "could stand for; add --user of somebody who has one",
		    p->user);
		return -1;
	}
	fprintf(stderr,
	    etc_view_copied()
		? "Type the real password of %s.\n"
		: "%s has no password in /etc/shadow that another could stand "
		  "for: type the real one.\n",
	    p->user);
	return 0;
}

static int
start(struct join *j, char cause[TRIAL_CAUSE])
{
	if (random_name(j->password) != 0) {
		(void)snprintf(
		    cause, TRIAL_CAUSE, "the kernel gave no random bytes");
		return -1;
	}
	j->pid = forkpty(&j->master, NULL, NULL, NULL);
	if (j->pid == 0)
		run_child(j);
	if (j->pid > 0)
		return 0;
	(void)snprintf(cause, TRIAL_CAUSE, "no terminal: %s", strerror(errno));
	return -1;
}

static enum proof_result
run(struct join *j, char cause[TRIAL_CAUSE])
{
	bool in_time;

	if (start(j, cause) != 0)
		return PROOF_FAILED;
	terminal_join(j);
	in_time = relay(j);
	terminal_part(j);
	(void)close(j->master);
	return judge(j, in_time, reap(j, in_time), cause);
}

enum proof_result
proof_run(const struct proof *p, char cause[TRIAL_CAUSE])
{
	struct join j = { .proof = p,
		.master = -1,
		.deadline = frame_clock_ms() + PROOF_MS };
	enum proof_result result;

	if (look_at_password(&j, cause) != 0)
		return PROOF_FAILED;
	break_signals_hold(&j.signals);
	result = run(&j, cause);
	break_signals_release(&j.signals);
	explicit_bzero(&j, sizeof(j));
	return result;
}

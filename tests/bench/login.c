/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * One login in a fresh process, timed without the time that the person takes:
 *
 *   login [hold] CONFDIR SERVICE USER
 *
 * Prints "prompt" for each question and takes a line of stdin for it; hold:
 * asks once more before the end. The last line is "result N wall_us N cpu_us N
 * faults N", with the children's CPU time and page faults.
 */
#include <pwd.h>
#include <security/pam_appl.h>
#include <stdbool.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/resource.h>
#include <time.h>
#include <unistd.h>

struct cost {
	int64_t wall_us, cpu_us, faults;
};

static int64_t waited_us;

static int64_t
clock_us(void)
{
	struct timespec t;

	(void)clock_gettime(CLOCK_MONOTONIC, &t);
	return t.tv_sec * INT64_C(1000000) + t.tv_nsec / 1000;
}

static void
cost_add(struct cost *cost, int who)
{
	struct rusage r;

	if (getrusage(who, &r) != 0)
		return;
	cost->cpu_us += (r.ru_utime.tv_sec + r.ru_stime.tv_sec) * 1000000L +
	    r.ru_utime.tv_usec + r.ru_stime.tv_usec;
	cost->faults += r.ru_minflt;
}

static struct cost
cost_now(void)
{
	struct cost cost = { .wall_us = clock_us() - waited_us };

	cost_add(&cost, RUSAGE_SELF);
	cost_add(&cost, RUSAGE_CHILDREN);
	return cost;
}

/* One line of stdin, without stdio's buffers. */
static char *
person_asked(void)
{
	const int64_t begun = clock_us();
	char line[128];
	size_t len = 0;

	if (write(STDOUT_FILENO, "prompt\n", 7) != 7)
		return NULL;
	while (len < sizeof(line) - 1 &&
	    read(STDIN_FILENO, line + len, 1) == 1 && line[len] != '\n')
		len++;
	line[len] = '\0';
	waited_us += clock_us() - begun;
	return strdup(line);
}

static int
converse(int n, const struct pam_message **messages,
    struct pam_response **responses, void *ctx)
{
	(void)ctx;
	*responses = calloc((size_t)n, sizeof(**responses));
	if (*responses == NULL)
		return PAM_BUF_ERR;
	for (int i = 0; i < n; i++)
		if (messages[i]->msg_style == PAM_PROMPT_ECHO_ON ||
		    messages[i]->msg_style == PAM_PROMPT_ECHO_OFF)
			(*responses)[i].resp = person_asked();
	return PAM_SUCCESS;
}

static int
login(const char *dir, const char *service, const char *user, bool hold)
{
	const struct pam_conv conv = { converse, NULL };
	pam_handle_t *pamh = NULL;
	int result;

	if (pam_start_confdir(service, user, &conv, dir, &pamh) != PAM_SUCCESS)
		return -1;
	/* what sshd says of a public key: the first factor */
	(void)pam_putenv(pamh, "SSH_AUTH_INFO_0=publickey ssh-ed25519 AAAA");
	(void)pam_set_item(pamh, PAM_RHOST, "192.0.2.1");
	result = pam_authenticate(pamh, 0);
	if (hold)
		free(person_asked());
	(void)pam_end(pamh, result);
	return result;
}

int
main(int argc, char **argv)
{
	const bool hold = argc == 5 && strcmp(argv[1], "hold") == 0;
	char *const *words = argv + argc - 3;
	struct cost before, after;
	int result;

	if (argc != 4 && !hold) {
		fputs("usage: login [hold] CONFDIR SERVICE USER\n", stderr);
		return 2;
	}
	/* as sshd, sudo and su do before PAM, which sets up the name service */
	(void)getpwnam(words[2]);
	before = cost_now();
	result = login(words[0], words[1], words[2], hold);
	after = cost_now();
	printf("result %d wall_us %lld cpu_us %lld faults %lld\n", result,
	    (long long)(after.wall_us - before.wall_us),
	    (long long)(after.cpu_us - before.cpu_us),
	    (long long)(after.faults - before.faults));
	return 0;
}

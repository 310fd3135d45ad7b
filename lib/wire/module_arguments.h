/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * The module's arguments, as written in /etc/pam.d. The module and `twofactl
 * doctor` read them with this same code.
 */
#ifndef TWOFA_MODULE_ARGUMENTS_H
#define TWOFA_MODULE_ARGUMENTS_H

#include <stdbool.h>
#include <stdint.h>

/* the settings when conf= is not given */
#define MODULE_ARGUMENTS_CONF "/etc/twofa/twofa.conf"
#define MODULE_ARGUMENTS_DEADLINE_MIN 10 /* seconds */
#define MODULE_ARGUMENTS_DEADLINE_MAX 3600
#define MODULE_ARGUMENTS_SOCKET_MAX 290 /* the same, through a socket */
#define MODULE_ARGUMENTS_NO_PROMPT 30   /* of no_prompt without deadline= */

/* What a line of the module is for. */
enum line_task {
	TASK_ASK = 0, /* ask for a code, let in */
	/* the same for a code typed behind the password: no prompt */
	TASK_NO_PROMPT,
	TASK_SPLIT, /* separate the password from such a code; never lets in */
	TASK_WHEN,  /* true after these methods of sshd; never lets in */
};

enum transport {
	/* socket; at effective uid 0 spawn when that fails */
	TRANSPORT_AUTO = 0,
	TRANSPORT_SPAWN,
	TRANSPORT_SOCKET,
};

/* The texts point into argv or at constants. */
struct args {
	const char *conf;
	const char *helper;
	const char *socket; /* NULL: the usual one */
	enum transport transport;
	int64_t deadline_ms; /* of the whole login */
	enum line_task task;
	unsigned when; /* for TASK_WHEN: SSH_METHOD_*, at least one; else 0 */
	bool debug;
};

/* Seconds for a whole login of this service where deadline= is not given. sshd
 * ends a login after 120 s, login after 60 s, password included. */
int64_t module_arguments_deadline(const char *service);

/* Fill args; the deadline's default depends on service and task. Returns -1, or
 * the index in argv of an argument that is unknown, repeated or not allowed:
 * split and when= allow only debug beside them. The task of a refused line is
 * set too, unless the bad argument comes first. */
int module_arguments_parse(
    struct args *, const char *service, int argc, const char *const *argv);

/* Where the helper listens for a service: socket=, or the default, which
 * differs for services of root and others. */
const char *module_arguments_socket(const struct args *, bool root);

#endif

/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * The module's arguments, as written in /etc/pam.d.
 */
#ifndef TWOFA_MODULE_ARGS_H
#define TWOFA_MODULE_ARGS_H

#include <stdbool.h>
#include <stdint.h>

enum transport {
	TRANSPORT_AUTO = 0, /* spawn at effective uid 0, else socket */
	TRANSPORT_SPAWN,
	TRANSPORT_SOCKET,
};

/* The texts point into argv or at constants. */
struct args {
	const char *conf;
	const char *helper;
	const char *socket;
	enum transport transport;
	int64_t deadline_ms; /* of the whole login */
	bool debug;
};

/* Fill args; the deadline's default depends on the service. NULL, or the reason
 * for the log line; a line that names the argument has been written then. */
const char *args_parse(
    struct args *, const char *service, int argc, const char **argv);

/* Can the transport be had in this process? The answer is args_parse's. */
const char *args_transport(const struct args *);

#endif

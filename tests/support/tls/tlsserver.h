/* SPDX-License-Identifier: BSD-2-Clause */
/* tls_server.py as a child of a test: its ports, and what it was asked. */
#ifndef TWOFA_TESTS_TLSSERVER_H
#define TWOFA_TESTS_TLSSERVER_H

#include <stdio.h>
#include <sys/types.h>

#define TLSSERVER_PORTS 8

struct tlsserver {
	char dir[64]; /* ca.pem, otherca.pem; removed at the end */
	pid_t pid;
	int input; /* closing it ends the server */
	FILE *output;
	struct {
		char name[16];
		unsigned port;
	} port[TLSSERVER_PORTS];
	size_t ports;
};

/* Start it and wait until it listens. Fails the test when that cannot be. */
void tlsserver_start(struct tlsserver *);
void tlsserver_stop(struct tlsserver *);

unsigned tlsserver_port(const struct tlsserver *, const char *name);

/*
 * What was asked since the last call, up to a request for path "/mark" and
 * until there are at least so many: a connection may overtake another's.
 */
struct tlsserver_log {
	unsigned requests;    /* without the mark */
	unsigned connections; /* that they came over */
};
void tlsserver_read_log(
    struct tlsserver *, unsigned at_least, struct tlsserver_log *);

#endif

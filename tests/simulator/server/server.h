/* SPDX-License-Identifier: BSD-2-Clause */
/* HTTP and TLS: collects whole requests and sends answers. */
#ifndef SIM_SERVER_H
#define SIM_SERVER_H

#include <stdbool.h>
#include <sys/socket.h>

struct server_options {
	struct sockaddr_storage address; /* port 0: any free one */
	char *cert, *key;                /* PEM texts, NULL for plain HTTP */
	bool patient; /* waits for one that ends to leave the port */
};

/* 0, or -1 after a message on stderr. */
int server_start(const struct server_options *);

/* The port that the server listens at. */
unsigned int server_port(void);

/* Ends all connections; world_stop goes before, or handlers may linger. */
void server_stop(void);

#endif

/* SPDX-License-Identifier: BSD-2-Clause */
/* The command line. */
#ifndef SIM_ARGS_H
#define SIM_ARGS_H

#include <stdbool.h>
#include <stdint.h>

#include "tests/simulator/core/screen.h"
#include "tests/simulator/server/server.h"

enum { ARGS_SETTINGS_MAX = 16 };

struct args {
	struct server_options server;
	char host[64]; /* as it was written, for the first line */
	bool seeded;
	uint64_t seed;
	const char *credentials; /* a path, "-", or NULL */
	bool own_certificate, no_control, detach;
	unsigned long long for_s;                    /* 0: no end */
	const char *settings[ARGS_SETTINGS_MAX + 1]; /* NULL ends them */
	enum screen_style screen;
};

/* Fills a struct of zeros, or says what is wrong and exits. */
void args_parse(struct args *, int argc, char **argv);

/* Wipes and frees the key and the certificate. */
void args_free(struct args *);

#endif

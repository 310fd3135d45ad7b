/* SPDX-License-Identifier: BSD-2-Clause */
/* Services of PAM that can give root, by their names. */
#ifndef TWOFA_LOGIN_SERVICES_H
#define TWOFA_LOGIN_SERVICES_H

#include <stdbool.h>
#include <stddef.h>

#define LOGIN_SERVICE_PROGRAMS 3

struct login_service {
	const char *name;
	bool root; /* its process is root's by itself */
	/* who asks PAM for it, when that can be told from files: without a file
	 * of its name PAM takes "other" */
	const char *program[LOGIN_SERVICE_PROGRAMS];
};

/* In the order that doctor tells of them. cron asks nobody. */
extern const struct login_service login_services[];
extern const size_t login_services_count;

/* NULL: it is none of them. */
const struct login_service *login_service_find(const char *name);

/* The name by which `twofactl enable` puts our line into its stack, NULL: by
 * hand alone. */
const char *login_service_enable(const char *name);

/* Is a program of it there? */
bool login_service_installed(const struct login_service *);

#endif

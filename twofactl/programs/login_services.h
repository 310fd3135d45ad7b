/* SPDX-License-Identifier: BSD-2-Clause */
/* Services of PAM that can give root, by their names. */
#ifndef TWOFA_LOGIN_SERVICES_H
#define TWOFA_LOGIN_SERVICES_H

#include <stdbool.h>
#include <stddef.h>

#define LOGIN_SERVICE_PROGRAMS 3

struct login_service {
	const char *name;
	bool root; /* its process runs as root */
	/* the program that uses it, if files can tell: without a PAM file of
	 * its name PAM uses "other" */
	const char *program[LOGIN_SERVICE_PROGRAMS];
};

/* In doctor's order. cron asks no questions. */
extern const struct login_service login_services[];
extern const size_t login_services_count;

/* NULL: it is none of them. */
const struct login_service *login_service_find(const char *name);

/* The name with which `twofactl enable` adds our line to its stack; NULL: only
 * by hand. */
const char *login_service_enable(const char *name);

/* True when one of its programs is installed. */
bool login_service_installed(const struct login_service *);

#endif

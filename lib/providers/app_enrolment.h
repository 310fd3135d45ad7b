/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * What a provider tells during the enrolment of a phone's app for pushes: the
 * token for the app, and the apps that have joined.
 */
#ifndef TWOFA_APP_ENROLMENT_H
#define TWOFA_APP_ENROLMENT_H

#include <stddef.h>

#include "lib/providers/provider_type.h"

#define ENROLMENT_TOKEN_MAX 2048
#define ENROLMENT_FACTORS_MAX 50 /* of one identity */

struct enrolment {
	/* printable ASCII without blanks; the caller wipes */
	char token[ENROLMENT_TOKEN_MAX + 1];
	/* the apps that have joined and proved themselves */
	size_t factors;
	char factor[ENROLMENT_FACTORS_MAX][CONFIG_SID_LEN + 1];
};

#endif

/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * The most common shape of users' records (rules.h). It is sent to the
 * helper, which stores it for decoys.
 */
#ifndef TWOFA_HOST_SHAPE_H
#define TWOFA_HOST_SHAPE_H

#include "lib/rules/rules.h"
#include "lib/settings/settings.h"
#include "twofactl/terminal/terminal.h"

#define HOST_SHAPE_READ_MAX 1000 /* records; of more, these spread evenly */

/* The most common shape, of several the first by bytes, and how many users have
 * a file. 0, or -1: there are none, or no memory. owner: required owner of the
 * files. */
int host_shape_find(
    const struct settings *, uid_t owner, char out[SHAPE_MAX], size_t *users);

/* Find it and send it, after a change of records. Failures are reported; the
 * change stays. */
void host_shape_renew(const struct ctl *, const struct settings *);

#endif

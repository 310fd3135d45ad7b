/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * The shape that most users' records have (record_shape.h), handed to the
 * helper, which keeps it for decoys.
 */
#ifndef TWOFA_HOST_SHAPE_H
#define TWOFA_HOST_SHAPE_H

#include "lib/rules/record_shape.h"
#include "lib/settings/settings.h"
#include "twofactl/arguments/command.h"

#define HOST_SHAPE_READ_MAX 1000 /* records; of more, these spread evenly */

/* The most common shape, of equals the first by bytes, and how many users have
 * a file. 0, or -1: nobody is enrolled, or no memory. owner: who must own the
 * files. */
int host_shape_find(
    const struct settings *, uid_t owner, char out[SHAPE_MAX], size_t *users);

/* Find it and hand it on, after a change of records. What fails is told; the
 * change stands. */
void host_shape_renew(const struct ctl *, const struct settings *);

#endif

/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * The shape of a record: what of it decides how its prompts look, and nothing
 * that tells whose it is. The file shape in state_dir holds the one that
 * most users have (twofactl keeps it); decoys are made after it.
 *
 *   channels=sms,voice,totp keys=phone,totp,recovery provider=NAME
 *
 * recovery is what the state knows: most users have codes left. provider is
 * left out where records prefer none.
 */
#ifndef TWOFA_RECORD_SHAPE_H
#define TWOFA_RECORD_SHAPE_H

#include "lib/settings/settings.h"
#include "lib/settings/user_record.h"

#define SHAPE_MAX 192
/* of a host where nobody has said: the prompts of the simplest record */
#define SHAPE_DEFAULT "channels=sms keys=phone"

/* The shape of this record, without recovery. */
void record_shape_of(const struct user_record *, char out[SHAPE_MAX]);
/* The same shape with recovery. 0, or -1: it has no room. */
int record_shape_recovery(char shape[SHAPE_MAX]);

/* A made-up record that has it. 0, or -1 and an empty record: no shape. */
int record_shape_made_up(
    const char *shape, struct user_record *, bool *recovery);

/* The file's; 0, or -1 and SHAPE_DEFAULT: missing, or not fit. */
int record_shape_read(const char *dir, char out[SHAPE_MAX]);
/* 0, or -1 with errno. */
int record_shape_write(const char *dir, const char *shape);

#endif

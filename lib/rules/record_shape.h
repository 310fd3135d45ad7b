/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * The shape of a record: the parts that decide how its prompts look, without
 * anything that identifies the user. The file shape in state_dir holds the most
 * common one (twofactl writes it); decoys are made from it.
 *
 *   channels=sms,voice,totp keys=phone,totp,recovery provider=NAME
 *
 * recovery comes from the state: most users have codes left. provider is left
 * out where records prefer none.
 */
#ifndef TWOFA_RECORD_SHAPE_H
#define TWOFA_RECORD_SHAPE_H

#include "lib/settings/settings.h"

#define SHAPE_MAX 192
/* while the host has no such file: the prompts of the simplest record */
#define SHAPE_DEFAULT "channels=sms keys=phone"

/* The shape of this record, without recovery. */
void record_shape_of(const struct user_record *, char out[SHAPE_MAX]);
/* Add recovery to a shape. 0, or -1: no room. */
int record_shape_recovery(char shape[SHAPE_MAX]);

/* A made-up record of this shape. 0, or -1 and an empty record: not a shape. */
int record_shape_made_up(
    const char *shape, struct user_record *, bool *recovery);

/* Read the file; 0, or -1 and SHAPE_DEFAULT: it is missing or not safe. */
int record_shape_read(const char *dir, char out[SHAPE_MAX]);
/* 0, or -1 with errno. */
int record_shape_write(const char *dir, const char *shape);

#endif

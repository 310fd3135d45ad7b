/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Faults that spoil the members of an answer's JSON which the vendor's client
 * judges. Each leaves an answer alone that does not have what it spoils.
 */
#ifndef SIM_FAULT_JSON_H
#define SIM_FAULT_JSON_H

struct sim_reply;
struct sim_shape;

/* Every member's name begins with a capital. */
void fault_json_capitals(struct sim_reply *);

/*
 * The member at a dotted path gets value, any JSON text, or with NULL is left
 * out; "" is the verdict, or where a reply has none its id.
 */
void fault_json_member(const struct sim_shape *, struct sim_reply *,
    const char *path, const char *value);

/* The whole document is the text of a string. */
void fault_json_double(struct sim_reply *);

/* Its id becomes another one of the same kind. */
void fault_json_foreign_id(const struct sim_shape *, struct sim_reply *);

/* A second document, a success, stands behind the first. */
void fault_json_trailing(const struct sim_shape *, struct sim_reply *);

/* The verdict, or where there is none the id, ends in an escaped NUL. */
void fault_json_nul(const struct sim_shape *, struct sim_reply *);

/*
 * A forged success stands in front of the real verdict, where a lax reader
 * finds it first. A reply without a verdict gets a forged id before the real
 * one, and a reply with neither a verdict.
 */
void fault_json_forge(const struct sim_shape *, struct sim_reply *);

#endif

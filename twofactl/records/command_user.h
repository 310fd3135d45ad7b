/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * The user of a command: the name in counters and records.
 */
#ifndef TWOFA_COMMAND_USER_H
#define TWOFA_COMMAND_USER_H

#include "twofactl/terminal/terminal.h"

/* Fill ctl->name from ctl->user: "" without one, else its pw_name; kept and
 * shown include the person, who is not looked up. An account that no longer
 * exists keeps its name, unless needed. CTL_DONE, or after complaining
 * CTL_USAGE or CTL_FAILED. */
enum ctl_exit command_user_find(struct ctl *, bool needed);

struct settings;

/* The same, then command_person_find, then the command itself with ctl's
 * settings: CTL_SETTINGS after complaining when they are wrong. */
enum ctl_exit command_user_run(struct ctl *, bool needed, unsigned whom,
    enum ctl_exit (*run)(const struct ctl *, const struct settings *));

/* Warn of a name that command_user_find accepted: it may be a typing error. */
void command_user_warn(const struct ctl *);

#endif

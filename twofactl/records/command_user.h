/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Whom a command is about: the name as counters and records have it.
 */
#ifndef TWOFA_COMMAND_USER_H
#define TWOFA_COMMAND_USER_H

#include "twofactl/arguments/command.h"

/* Fill ctl->name from ctl->user: "" without one, else its pw_name; kept and
 * shown with the person, who is not looked for. An account that is gone keeps
 * its name, unless needed. CTL_DONE, or after complaining CTL_USAGE or
 * CTL_FAILED. */
enum ctl_exit command_user_find(struct ctl *, bool needed);

struct settings;

/* The same, then command_person_find, then the command itself under the
 * settings that ctl names: CTL_SETTINGS after complaining when they are not
 * fit. */
enum ctl_exit command_user_run(struct ctl *, bool needed, unsigned whom,
    enum ctl_exit (*run)(const struct ctl *, const struct settings *));

/* Say it of a name that command_user_find let pass: perhaps it is a slip. */
void command_user_warn(const struct ctl *);

#endif

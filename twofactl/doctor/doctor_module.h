/* SPDX-License-Identifier: BSD-2-Clause */
/* The line of pam_twofa in a stack: its arguments, its file, its helper, and
 * whether the service's program can work with it. */
#ifndef TWOFA_DOCTOR_MODULE_H
#define TWOFA_DOCTOR_MODULE_H

#include "twofactl/doctor/doctor.h"
#include "twofactl/host/host.h"
#include "twofactl/records/records.h"

/* Report what is wrong with it, and remember which helper it starts. */
void doctor_module(
    struct doctor *, const char *service, const struct pam_stack_line *);

/* How many letters must be changed, added or removed to turn one name into the
 * other, up to their dots. */
size_t doctor_distance(const char *, const char *);

/* True for a line that looks like one of pam_twofa, but with a module that does
 * not exist. */
bool doctor_module_misspelt(const struct pam_stack_line *);

/* Report other lines of the stack whose module does not exist, so that they
 * fail. True when one is a misspelt pam_twofa. */
bool doctor_module_gone(struct doctor *, const char *service,
    const struct pam_walk_service *, const struct pam_stack *);

/* Report why the service's program cannot ask its users by this line. */
void doctor_program(struct doctor *, const char *service,
    const struct pam_stack_line *, const struct args *);

/* Report ways to root without a code. services: those that sudo uses instead of
 * its own are added, sorted. */
void doctor_around(struct doctor *, struct name_list *services);

#endif

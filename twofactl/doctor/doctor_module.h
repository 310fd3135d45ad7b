/* SPDX-License-Identifier: BSD-2-Clause */
/* The line of pam_twofa in a stack: its arguments, its file, its helper, and
 * whether the service's program can do with it. */
#ifndef TWOFA_DOCTOR_MODULE_H
#define TWOFA_DOCTOR_MODULE_H

#include "twofactl/doctor/doctor.h"
#include "twofactl/host/pam_stack.h"
#include "twofactl/records/name_list.h"

/* Tell what is wrong with it, and note which helper it starts. */
void doctor_module(
    struct doctor *, const char *service, const struct pam_stack_line *);

/* Is it a line that looks like one of pam_twofa, of a module that is not
 * there? */
bool doctor_module_misspelt(const struct pam_stack_line *);

/* Tell of the stack's lines, other than pam_twofa's, whose module is not there
 * and which therefore fail. True when one is misspelt. */
bool doctor_module_gone(
    struct doctor *, const char *service, const struct pam_stack *);

/* Tell why the service's program cannot have its logins asked by this line. */
void doctor_program(struct doctor *, const char *service,
    const struct pam_stack_line *, const struct args *);

/* Tell of ways to root that ask for no code. services: those that sudo is told
 * to ask PAM for are added, sorted. */
void doctor_around(struct doctor *, struct name_list *services);

#endif

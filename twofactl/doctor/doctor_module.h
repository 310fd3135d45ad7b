/* SPDX-License-Identifier: BSD-2-Clause */
/* The line of pam_twofa in a stack: its arguments, its file, its helper. */
#ifndef TWOFA_DOCTOR_MODULE_H
#define TWOFA_DOCTOR_MODULE_H

#include "twofactl/doctor/doctor.h"
#include "twofactl/host/pam_stack.h"

/* Tell what is wrong with it, and note which helper it starts. */
void doctor_module(
    struct doctor *, const char *service, const struct pam_stack_line *);

#endif

/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * twofactl helpdesk: help for people who cannot log in, by somebody who is not
 * root. sudo lets the help desk run it with any words, so these are few.
 */
#ifndef TWOFA_HELPDESK_H
#define TWOFA_HELPDESK_H

#include "twofactl/enrol/enrol.h"
#include "twofactl/lockout/lockout.h"
#include "twofactl/report/report.h"

/* Does the command line have exactly the words of one of its forms? True also
 * for each other command. */
bool helpdesk_words(int argc, char *const *argv);

#endif

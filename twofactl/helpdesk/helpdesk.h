/* SPDX-License-Identifier: BSD-2-Clause */
/* twofactl helpdesk: help for users who cannot log in, by somebody who is not
 * root. sudo lets the help desk run it with any words, so its command line has
 * few forms. */
#ifndef TWOFA_HELPDESK_H
#define TWOFA_HELPDESK_H

#include "twofactl/enrol/enrol.h"
#include "twofactl/report/report.h"

/* Returns true if the command line has exactly the words of one of the forms of
 * helpdesk, or is another command. */
bool helpdesk_check_words(int argc, char *const *argv);

#endif

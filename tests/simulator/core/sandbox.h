/* SPDX-License-Identifier: BSD-2-Clause */
/* The numbers that no phone will ever have, and the parts they play. */
#ifndef SIM_SANDBOX_H
#define SIM_SANDBOX_H

/*
 * The script of a number, with or without its plus: the last two digits of
 * +447700900000 to 900999 and +12025550100 to 0199; 0, the normal one, for
 * all others. An address plays the part of the number before its '@'.
 */
int sandbox_script(const char *to);

#endif

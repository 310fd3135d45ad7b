/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Is a base_url one that codes may be sent to? https anywhere, http for a
 * rehearsal on this very machine. Pure.
 */
#ifndef TWOFA_BASE_URL_H
#define TWOFA_BASE_URL_H

#define BASE_URL_SCHEME 8

/*
 * Check https://HOST[:PORT][/PREFIX] and copy its scheme. NULL when it is
 * well, else a text that tells what is wrong and never holds the URL, which
 * may carry a password.
 */
const char *base_url_check(const char *url, char scheme[BASE_URL_SCHEME]);

#endif

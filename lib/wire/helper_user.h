/* SPDX-License-Identifier: BSD-2-Clause */
/* The account that the helper runs as. */
#ifndef TWOFA_HELPER_USER_H
#define TWOFA_HELPER_USER_H

#define HELPER_USER "twofa"

/* The remedy where there is no such account. */
#define HELPER_USER_ADD                                                        \
	"useradd --system --user-group --no-create-home --home-dir "           \
	"/nonexistent --shell /usr/sbin/nologin " HELPER_USER

#endif

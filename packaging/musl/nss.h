/* SPDX-License-Identifier: BSD-2-Clause */
/* The answers of glibc's name services. musl asks none of them: a source of
 * nsswitch.conf other than "files" cannot be loaded, and then it is unknown who
 * is in a group (lib/rules/accounts.c). */
#ifndef PACKAGING_NSS_H
#define PACKAGING_NSS_H

enum nss_status {
	NSS_STATUS_TRYAGAIN = -2,
	NSS_STATUS_UNAVAIL,
	NSS_STATUS_NOTFOUND,
	NSS_STATUS_SUCCESS,
	NSS_STATUS_RETURN
};

#endif

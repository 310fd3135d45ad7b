/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * The sshd that runs: where it listens, and which methods it offers. It may
 * have read other settings than those that its files have now. Pure, but for
 * sshd_place_is_ours.
 */
#ifndef TWOFA_SSHD_RUNNING_H
#define TWOFA_SSHD_RUNNING_H

#include <stdbool.h>
#include <stddef.h>

#include "twofactl/host/sshd_settings.h"

#define SSHD_ADDRESS_MAX 46
#define SSHD_METHODS_MAX 256

struct sshd_place {
	char address[SSHD_ADDRESS_MAX];
	unsigned port;
};

/* The nth address (from 0) that `sshd -T` says it listens on, the loopback one
 * where it says all. 0, or -1: there is no more. */
int sshd_place_read(struct sshd_place *, size_t n, const char *text);

/* Is it an address of this host? */
bool sshd_place_is_ours(const struct sshd_place *);

/* What ssh's "Permission denied (publickey,password)." names: 0, or -1 when it
 * says something else. */
int sshd_offer_read(char methods[SSHD_METHODS_MAX], const char *text);

/* What these settings offer at first. */
void sshd_offer_wanted(
    char methods[SSHD_METHODS_MAX], const struct sshd_settings *);

/* The same methods, in whatever order. */
bool sshd_offer_same(const char *, const char *);

/* What `systemctl is-active ssh.service sshd.service ssh.socket sshd.socket`
 * printed. The unit by which sshd runs, NULL: none. *fresh: none does, and its
 * socket starts one for who comes, which then reads its settings. */
const char *sshd_unit_read(const char *text, bool *fresh);

#endif

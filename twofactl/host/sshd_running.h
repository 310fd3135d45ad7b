/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * The running sshd: where it listens, and which methods it offers. Its settings
 * may be older than its files. Pure, except for sshd_place_is_ours.
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

/* The nth address (from 0) that `sshd -T` lists; loopback where it lists all
 * addresses. 0, or -1: there are no more. */
int sshd_place_read(struct sshd_place *, size_t n, const char *text);

/* True for an address of this host. */
bool sshd_place_is_ours(const struct sshd_place *);

/* The methods in ssh's "Permission denied (publickey,password).": 0, or -1 when
 * the text has none. */
int sshd_offer_read(char methods[SSHD_METHODS_MAX], const char *text);

/* The methods that these settings offer first. */
void sshd_offer_wanted(
    char methods[SSHD_METHODS_MAX], const struct sshd_settings *);

/* True for the same methods in any order. */
bool sshd_offer_same(const char *, const char *);

#define SSHD_WORDS_TEXT 4096
#define SSHD_WORDS_MAX 32

/* The words of a command line that change its settings. */
struct sshd_words {
	char text[SSHD_WORDS_TEXT];       /* word and config point into it */
	const char *word[SSHD_WORDS_MAX]; /* -o and -p, each with its value */
	size_t count;
	char shown[SSHD_WORDS_TEXT]; /* these and -f, for people */
	const char *config;          /* of -f; NULL: none */
	long starts;                 /* MaxStartups' first; 0: not told */
};

/* Reads /proc/PID/cmdline of a listening sshd, which has its words there with
 * NULs between, or as a title: "sshd: /usr/sbin/sshd -D [listener] 0 of 10-100
 * startups". */
void sshd_words_read(struct sshd_words *, const char *cmdline, size_t len);

/* Reads the output of `systemctl show -p EnvironmentFiles,Environment,ExecStart
 * ssh.service` and, behind it, what is in these files. */
void sshd_words_start(struct sshd_words *, const char *text);

/* Reads the output of `systemctl is-active ssh.service sshd.service ssh.socket
 * sshd.socket`: the unit that runs sshd, or NULL. *fresh: none runs, but a
 * socket starts one for each connection, which reads the present files. */
const char *sshd_unit_read(const char *text, bool *fresh);

#endif

/* SPDX-License-Identifier: BSD-2-Clause */
/* Asks sshd: the program for its settings, the running one for its methods. */
#ifndef TWOFA_SSHD_ASK_H
#define TWOFA_SSHD_ASK_H

#include <stdbool.h>
#include <stddef.h>
#include <sys/types.h>

#include "twofactl/host/sshd_running.h"
#include "twofactl/host/sshd_settings.h"

#define SSHD_ASK_OUT (256 * 1024)
#define SSHD_ASK_OFFER 4096
/* sshd prints this, followed by the folder that is missing. */
#define SSHD_ASK_NO_FOLDER "Missing privilege separation directory: "

enum sshd_ask_result {
	SSHD_ASK_FAILED = 0, /* out says why */
	SSHD_ASK_DONE,
	SSHD_ASK_LESS, /* too old to print enough */
};

/* The path of sshd, NULL: there is none; and the sshd_config it reads. */
const char *sshd_ask_path(void);
const char *sshd_ask_config(const char *sshd);

/* What the running sshd was started with beside its files, or where none runs
 * what its unit starts it with, as "-o AuthenticationMethods=any"; "" nothing.
 * It is asked with the same. */
const char *sshd_ask_options(const char *sshd);

/* sshd -t: could it start with its present files? out has its output. */
bool sshd_ask_accepts(const char *sshd, char *out, size_t size);

/* The output of sshd -T for a user, or for "", from that place; NULL: from an
 * unused address. out has SSHD_ASK_OUT bytes. */
enum sshd_ask_result sshd_ask(const char *sshd, const char *user,
    const struct sshd_place *, char *out, struct sshd_settings *);

/* If sshd has printed that its folder is missing, make it as sshd's start does.
 * False: that is not the problem. */
bool sshd_ask_make_folder(const char *out);

/* Connect once to the running sshd, as that user and group. sshd_offer_read
 * takes ssh's output. False: ssh could not be run. */
bool sshd_ask_offer(
    const struct sshd_place *, uid_t, gid_t, char out[SSHD_ASK_OFFER]);

/* The unit that runs sshd, "ssh.service"; "" none. *fresh: see
 * sshd_unit_read. */
const char *sshd_ask_unit(bool *fresh);

/* Does a socket unit listen for sshd and start it for connections? */
bool sshd_ask_socket(void);

#endif

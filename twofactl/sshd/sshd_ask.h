/* SPDX-License-Identifier: BSD-2-Clause */
/* sshd asked: the program for its settings, the one that runs for what it
 * offers. */
#ifndef TWOFA_SSHD_ASK_H
#define TWOFA_SSHD_ASK_H

#include <stdbool.h>
#include <stddef.h>
#include <sys/types.h>

#include "twofactl/host/sshd_running.h"
#include "twofactl/host/sshd_settings.h"

#define SSHD_ASK_OUT (256 * 1024)
#define SSHD_ASK_OFFER 4096
/* What sshd says when the folder behind it is not there. */
#define SSHD_ASK_NO_FOLDER "Missing privilege separation directory: "

enum sshd_ask_result {
	SSHD_ASK_FAILED = 0, /* out says why */
	SSHD_ASK_DONE,
	SSHD_ASK_LESS, /* an old one that does not tell enough */
};

/* Where sshd is, NULL: there is none; and which sshd_config it reads. */
const char *sshd_ask_path(void);
const char *sshd_ask_config(const char *sshd);

/* sshd -t: could it start with its files as they are? out has what it says. */
bool sshd_ask_accepts(const char *sshd, char *out, size_t size);

/* What sshd -T says, for a user or for "", who comes from that place; NULL:
 * from an address that is nobody's. out has SSHD_ASK_OUT bytes. */
enum sshd_ask_result sshd_ask(const char *sshd, const char *user,
    const struct sshd_place *, char *out, struct sshd_settings *);

/* sshd has printed that its folder is missing: make it as sshd's start does.
 * False: it is not that. */
bool sshd_ask_make_folder(const char *out);

/* One connection to the sshd that runs, as that user and group. What ssh said
 * is for sshd_offer_read. False: ssh could not be run. */
bool sshd_ask_offer(
    const struct sshd_place *, uid_t, gid_t, char out[SSHD_ASK_OFFER]);

/* The unit that runs sshd, "ssh.service"; "" none. *fresh: as sshd_unit_read
 * has it. */
const char *sshd_ask_unit(bool *fresh);

/* Does a unit listen for sshd, and start it for who comes? */
bool sshd_ask_socket(void);

#endif

/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * What the module knows of a login, as BEGIN carries it. Texts are never NULL:
 * an unknown one is "". In the module they point at PAM's items, in the helper
 * into the received frame; nobody frees them.
 */
#ifndef TWOFA_FACTS_H
#define TWOFA_FACTS_H

#include <stdbool.h>
#include <stdint.h>

#include "lib/wire/frame.h"

enum facts_purpose {
	PURPOSE_NONE = 0,
	PURPOSE_LOGIN,
	/* twofactl's; user is whom it is about. serve.h has the rest. */
	PURPOSE_UNLOCK,
	PURPOSE_RECOVERY_CODES,
	PURPOSE_TOTP,   /* a new secret: used steps are forgotten */
	PURPOSE_FORGET, /* remembered logins; user "": everybody's; request:
			 * at that account */
	PURPOSE_STATUS, /* user "": everybody */
	/* the same, with the network: the other facts are a login's */
	PURPOSE_TEST,    /* a login's dialogue, which admits nobody */
	PURPOSE_ENROL,   /* a code to the person of record */
	PURPOSE_LOOKUP,  /* request: a number; what is known of it */
	PURPOSE_PUSH,    /* a phone's app is enrolled */
	PURPOSE_EXPLAIN, /* the state's part of an answer */
	PURPOSE_DOCTOR,  /* are the providers well? */
	PURPOSE_SHAPE,   /* request: which shape most records have */
	PURPOSE_PATHS,   /* which paths of the settings can be used? */
	PURPOSE_UPGRADE, /* of which version is the state? */
	PURPOSE_GOT_IN,  /* request: a service; who got in by it last */
	PURPOSE_COUNT,   /* not a purpose */
};

/* Evidence of a first factor. "Seen" is no proof: PAM_AUTHTOK is set after a
 * wrong password too; only the PAM stack proves it (docs/guide/by-hand.md). */
enum first_factor {
	FIRST_NONE = 0,
	FIRST_PASSWORD_SEEN, /* PAM_AUTHTOK set, not empty, not sshd's stand-in
			      */
	FIRST_SSH_METHODS,   /* auth_info names the methods; real uid 0 only */
};

struct facts {
	enum facts_purpose purpose;
	const char *conf;    /* absolute path of twofa.conf */
	int64_t deadline_ms; /* whole login, from the module's entry */
	const char *user;    /* PAM_USER, as given; or see the purpose */
	const char *service; /* PAM_SERVICE */
	const char *tty;     /* PAM_TTY */
	const char *rhost;   /* PAM_RHOST, as given */
	const char
	    *ssh_addr;     /* first word of SSH_CONNECTION, real uid 0 only */
	const char *ruser; /* PAM_RUSER */
	int64_t real_uid;  /* of the application */
	/* The uid of a service that is not root's and asks through user.sock;
	 * 0: root's. The kernel tells the helper; BEGIN has it of a login that
	 * twofactl has explained. */
	int64_t socket_uid;
	int64_t session_id; /* getsid of the application */
	int64_t
	    leader_start; /* start time of its leader, clock ticks; 0 unknown */
	/* device number of the leader's terminal, if tty names it; else 0 */
	int64_t leader_tty;
	const char *boot_id; /* of the kernel; "" unknown */
	bool conversation;   /* the application can ask and show */
	/* What stood behind the password (one_field.h), "" where nothing did:
	 * nothing is asked or shown. NULL: a login like any other. A code: who
	 * has used it wipes it. */
	const char *one_field;
	enum first_factor first_factor;
	const char *auth_info; /* SSH_AUTH_INFO_0, real uid 0 only */
	/* twofactl's, in a login "" or NULL; serve.h has their meaning */
#define UNLOCK_SENDS "sends"
	const char *request; /* what the purpose needs beside the user */
	const char *record; /* ENROL: the text of the user's, not in its file */
	/* what an administrator's role at the state's server has as its
	 * password; NULL: none. Who has used it wipes it. */
	const char *state_admin;
};

/* Append all facts to a BEGIN frame (frame->failed tells of overflow). */
void facts_put(struct frame *, const struct facts *);

/* Read them back from a received BEGIN. 0, or -1 for a value out of range. */
int facts_get(const struct frame *, struct facts *);

#endif

/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * What the module knows of a login, as BEGIN carries it. Texts are never NULL:
 * an unknown one is "". In the module they point at PAM's items, in the helper
 * into the received frame; neither side frees them.
 */
#ifndef TWOFA_FACTS_H
#define TWOFA_FACTS_H

#include <stdbool.h>
#include <stdint.h>

#include "lib/wire/frame.h"

enum facts_purpose {
	PURPOSE_NONE = 0,
	PURPOSE_LOGIN,
	/* Purposes of twofactl; user is the person concerned. More in
	 * serve.h. */
	PURPOSE_UNLOCK,
	PURPOSE_RECOVERY_CODES,
	PURPOSE_TOTP,   /* a new secret: used steps are forgotten */
	PURPOSE_FORGET, /* remembered logins; user "": all; request: there */
	PURPOSE_STATUS, /* user "": all users */
	/* STATUS with the network; the other facts are a login's */
	PURPOSE_TEST,    /* a login's dialogue that admits no one */
	PURPOSE_ENROL,   /* send a code to the person of the record */
	PURPOSE_LOOKUP,  /* request: a number; what is known of it */
	PURPOSE_PUSH,    /* enrol a phone's app */
	PURPOSE_EXPLAIN, /* the part of an answer that needs the state */
	PURPOSE_DOCTOR,  /* check the providers */
	PURPOSE_SHAPE,   /* request: which shape most records have */
	PURPOSE_PATHS,   /* which paths in the settings are usable */
	PURPOSE_UPGRADE, /* which version the state has */
	PURPOSE_GOT_IN,  /* request: a service; who logged in through it last */
	PURPOSE_IMPORT,  /* request: a host and its state's file */
	PURPOSE_RECORDS, /* users' records in the state; user "": all */
	PURPOSE_RECORD_PUT,    /* record: those to be written there */
	PURPOSE_RECORD_REMOVE, /* request: which one of the user's */
	PURPOSE_REKEY,         /* request: look or do; record: the new key */
	PURPOSE_COUNT,         /* not a purpose */
};

/* Evidence of a first factor. "Seen" proves nothing: PAM_AUTHTOK is also set
 * after a wrong password. Only the PAM stack proves the password
 * (docs/guide/by-hand.md). */
enum first_factor {
	FIRST_NONE = 0,
	FIRST_PASSWORD_SEEN, /* PAM_AUTHTOK set, not empty, not sshd's stand-in
			      */
	FIRST_SSH_METHODS,   /* auth_info names the methods; real uid 0 only */
};

struct facts {
	enum facts_purpose purpose;
	const char *conf;    /* absolute path of twofa.conf */
	int64_t deadline_ms; /* of the whole login, from the module's entry */
	const char *user;    /* PAM_USER, as given; or what the purpose says */
	const char *service; /* PAM_SERVICE */
	const char *tty;     /* PAM_TTY */
	const char *rhost;   /* PAM_RHOST, as given */
	const char
	    *ssh_addr;     /* first word of SSH_CONNECTION, real uid 0 only */
	const char *ruser; /* PAM_RUSER */
	int64_t real_uid;  /* of the application */
	/* The uid of a service that is not root's and asks through user.sock;
	 * 0: root's. The kernel tells it to the helper; BEGIN carries it only
	 * for a login that twofactl explains. */
	int64_t socket_uid;
	int64_t session_id; /* getsid of the application */
	int64_t
	    leader_start; /* start time of its leader, clock ticks; 0 unknown */
	/* device number of the leader's terminal, if tty names it; else 0 */
	int64_t leader_tty;
	const char *boot_id; /* of the kernel; "" unknown */
	bool conversation;   /* the application can ask and show */
	/* What was typed behind the password (one_field.h), "" for nothing;
	 * then nothing is asked or shown. NULL: an ordinary login. It may be a
	 * code: wipe it after use. */
	const char *one_field;
	enum first_factor first_factor;
	const char *auth_info; /* SSH_AUTH_INFO_0, real uid 0 only */
	/* twofactl's; "" or NULL in a login. serve.h explains them. */
#define UNLOCK_SENDS "sends"
#define UNLOCK_LOCAL "local" /* the lock of this host alone, for an outage */
/* of PURPOSE_RECOVERY_CODES: break-glass codes of this host alone */
#define RECOVERY_LOCAL "local"
/* of PURPOSE_REKEY: change nothing */
#define REKEY_LOOK "look"
	const char *request; /* what the purpose needs beside the user */
	/* ENROL: the text of a record without a file; REKEY: a key, which is
	 * wiped after use */
	const char *record;
	/* password of twofa_operator at the state's server; NULL: none. It is
	 * wiped after use. */
	const char *state_admin;
};

/* Append all facts to a BEGIN frame; frame->failed is set on overflow. */
void facts_put(struct frame *, const struct facts *);

/* Read them back from a received BEGIN. 0, or -1 for a value out of range. */
int facts_get(const struct frame *, struct facts *);

#endif

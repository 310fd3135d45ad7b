/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * What is typed and replied in logins during which something of ours fails: a
 * vendor that is honest, and ways to the code that each make another part work.
 */
#ifndef TWOFA_TESTS_LOGIN_SCENES_H
#define TWOFA_TESTS_LOGIN_SCENES_H

#include "tests/support/logins/scripted.h"

/* The vendor. */
struct scene_vendor {
	char code[16]; /* the app's, or the one that a text had */
	bool refuses;  /* says no to every code and push */
	bool asked;    /* has said yes, or carried our code */
};
extern struct scene_vendor scene_vendor;

/* Vonage's checks, Telnyx's texts with a code of ours, Twilio's pushes: for
 * scripted's answer. 123456 is right. */
void scene_reply(struct scripted *, const struct provider_conf *,
    const struct http_request *, struct http_reply *);

/* Stations of a scene: settings and record, and what is typed. */
void scene_app(const struct scripted *); /* its code: scene_vendor.code */
void scene_decoy(struct scripted *, struct script *);
void scene_own_code(struct scripted *, struct script *);
void scene_push(struct scripted *, struct script *);
void scene_denied_push(struct scripted *, struct script *);
/* One of two people of the account, named at the prompt, and the right code; a
 * name that is nobody's, and all that would be right of one of them. */
void scene_person(struct scripted *, struct script *);
void scene_stranger(struct scripted *, struct script *);
/* Logins that ask nothing: the app's right code, a right recovery code, and one
 * of a message that is not there; where somebody else would be let in by an
 * outage or without a record. */
void scene_field_app(struct scripted *, struct script *);
void scene_field_recovery(struct scripted *, struct script *);
void scene_field_sms(struct scripted *, struct script *);
void scene_field_wrong(struct scripted *, struct script *);

#endif

/* SPDX-License-Identifier: BSD-2-Clause */
/* Twilio's challenges of one app, as requests and replies of a script have
 * them: a push, or a code of the app. */
#ifndef TWOFA_TESTS_TWILIO_CHALLENGE_H
#define TWOFA_TESTS_TWILIO_CHALLENGE_H

#include "tests/support/logins/scripted.h"
#include "tests/support/samples.h"

#define SERVICE "VAaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaa"
#define SID "YC03aaaaaaaaaaaaaaaaaaaaaaaaaaaaaa"
#define CHALLENGES                                                             \
	"/v2/Services/" SERVICE "/Entities/" SAMPLE_IDENTITY "/Challenges"

/* type: push or totp */
#define CHALLENGE(type, sid, status)                                           \
	"{\"sid\":\"" sid "\",\"service_sid\":\"" SERVICE                      \
	"\",\"identity\":\"" SAMPLE_IDENTITY                                   \
	"\",\"factor_sid\":\"" SAMPLE_FACTOR "\",\"status\":\"" status         \
	"\",\"factor_type\":\"" type "\"}"
#define CHALLENGE_ERROR(path, http, code)                                      \
	{                                                                      \
		path, HTTP_REPLIED, http,                                      \
		    "{\"code\":" code ",\"message\":\"m\",\"status\":" #http   \
		    "}",                                                       \
		    NULL                                                       \
	}

/* The person of the script goes. */
#define LEFT                                                                   \
	{                                                                      \
		0, UI_GONE, NULL, NULL                                         \
	}

/* Of the record: the phone, and the app by which it is known to Twilio. */
#define PHONE "phone = \"+447700900123\"; "
#define PUSH_KEYS                                                              \
	"push_identity = \"" SAMPLE_IDENTITY                                   \
	"\"; push_factor = \"" SAMPLE_FACTOR "\"; "
#define TOTP_KEYS                                                              \
	"push_identity = \"" SAMPLE_IDENTITY                                   \
	"\"; totp_factor = \"" SAMPLE_FACTOR "\"; "

#endif

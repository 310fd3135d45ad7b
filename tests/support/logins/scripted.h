/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * A login on a script: what the provider replies, what the person types, what
 * the clock shows. The session, verification and decoy code run unchanged.
 */
#ifndef TWOFA_TESTS_SCRIPTED_H
#define TWOFA_TESTS_SCRIPTED_H

#include "helper/session/session.h"
#include "helper/login/login.h"
#include "helper/net/net.h"
#include "lib/settings/settings.h"

#define SCRIPT_MAX 48
#define SCRIPT_TEXT 512
#define SCRIPT_SENT 2048
#define SCRIPT_ID "abcdef0123456789abcdef0123456789"
#define SCRIPT_RECOVERY "ABCDEFGH234567AB"

/* One reply, in the order of requests. */
struct script_reply {
	const char *path; /* the request must go there */
	enum http_fate fate;
	long status;
	const char *body;
	void (*meanwhile)(void); /* while the request is on its way */
};

#define REPLY(path, body)                                                      \
	{                                                                      \
		path, HTTP_REPLIED, 200, body, NULL                            \
	}
#define START_OK                                                               \
	REPLY("/verify/json",                                                  \
	    "{\"request_id\":\"" SCRIPT_ID "\",\"status\":\"0\"}")
#define START_OK_2                                                             \
	REPLY("/verify/json", "{\"request_id\":\"second\",\"status\":\"0\"}")
#define START_STATUS(n)                                                        \
	REPLY("/verify/json", "{\"status\":\"" n "\",\"error_text\":\"e\"}")
#define CHECK_OK                                                               \
	REPLY("/verify/check/json",                                            \
	    "{\"request_id\":\"" SCRIPT_ID "\",\"status\":\"0\","              \
	    "\"event_id\":\"e\"}")
#define CHECK_OK_2                                                             \
	REPLY("/verify/check/json",                                            \
	    "{\"request_id\":\"second\",\"status\":\"0\","                     \
	    "\"event_id\":\"e\"}")
#define CHECK_STATUS(n)                                                        \
	REPLY("/verify/check/json",                                            \
	    "{\"status\":\"" n "\",\"error_text\":\"e\"}")
#define CANCEL_OK                                                              \
	REPLY("/verify/control/json",                                          \
	    "{\"status\":\"0\",\"command\":\"cancel\"}")
#define CANCEL_STATUS(n) REPLY("/verify/control/json", "{\"status\":\"" n "\"}")

/* What is typed at each prompt. */
struct script_answer {
	int64_t after_ms;      /* the clock moves so far first */
	enum ui_result result; /* UI_ANSWER: text */
	const char *text;
	void (*meanwhile)(void); /* NULL: nothing */
};

#define TYPED(text)                                                            \
	{                                                                      \
		0, UI_ANSWER, text, NULL                                       \
	}
#define TYPED_AFTER(ms, text)                                                  \
	{                                                                      \
		ms, UI_ANSWER, text, NULL                                      \
	}

struct script {
	struct script_reply reply[SCRIPT_MAX];
	struct script_answer answer[SCRIPT_MAX];
	int64_t leaves_ms; /* the peer leaves after so much waiting; 0: never */
	/* filled by the run */
	unsigned requests, prompts, said;
	char sent[SCRIPT_MAX][SCRIPT_SENT]; /* path and body of each request */
	char prompt[SCRIPT_MAX][SCRIPT_TEXT]; /* each prompt */
	char line[SCRIPT_MAX][SCRIPT_TEXT];   /* each line said */
	int64_t paused;                       /* ms waited in all */
};

/* A folder of this test with settings for the user who runs it. */
struct scripted {
	struct settings conf;
	struct provider_conf *first;
	struct rule rule[2];
	struct facts facts;
	char dir[128], state[160], users[160];
	char user[80];
	int64_t wall;  /* what env.wall says, less the clock's seconds */
	int64_t clock; /* what env.now says */
	int64_t dead;  /* number of a session that died; 0 none */
	void (*at_look)(void); /* called when it is looked whether one died */
	int64_t left_ms;       /* until the deadline */
	/* gives every reply in the script's place; NULL: the script */
	void (*answer)(struct scripted *, const struct provider_conf *,
	    const struct http_request *, struct http_reply *);
};

struct store;

int scripted_setup(void **state);
int scripted_teardown(void **state);

/* For tests that are not about limits and go through many logins. */
void scripted_unlimited(struct scripted *);

/* Write users.d/USER.conf. */
void scripted_user(const struct scripted *, const char *text);

/* Write a secret for an app, and the record with its path behind text. */
void scripted_totp(const struct scripted *, const char *text);

/* That app's code so many seconds from now. */
void scripted_totp_code(
    const struct scripted *, int64_t offset_s, char code[7]);

/* The nth provider, from 0, is this type's sample; the last one grows. */
void scripted_provider(
    struct scripted *, unsigned n, const char *type, const char *name);

/* The state sees the clocks of this script; what follows does so itself. */
void scripted_time(const struct scripted *);

/* The state, which the caller closes. */
struct store *scripted_store(const struct scripted *);
struct store *scripted_store_as(const struct scripted *, int64_t session);

/* Messages that are counted, and verifications that wait for a start's reply.
 * 0 as well where there is no state that can be read. */
int64_t scripted_pending(const struct scripted *);
/* The id of the newest verification. */
int64_t scripted_newest(const struct scripted *);

/* That recovery code for the user. */
void scripted_recovery(const struct scripted *);

/* Run one login, or what the facts' purpose asks of control.h; n is the
 * session's number. */
void scripted_run(
    struct scripted *, struct script *, int64_t n, struct login_result *);

/* The same as session 1, and check how it ends; reason NULL: none. */
void scripted_expect(struct scripted *, struct script *, enum frame_verdict,
    const char *reason, struct login_result *);

/* The nth prompt, from 0, was shown and has these words. */
void script_prompt(const struct script *, unsigned n, const char *words);

#endif

/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * What settings, rules and twofactl must know of a provider type: its name, the
 * keys it takes, how it delivers, its limits. Data and pure functions of
 * settings; the calls to the vendor are helper/providers/provider.h.
 */
#ifndef TWOFA_PROVIDER_TYPE_H
#define TWOFA_PROVIDER_TYPE_H

#include <stdbool.h>
#include <stdint.h>

#include "lib/values/method.h"
#include "lib/values/secret.h"

#define CONFIG_BRAND_MAX 18
#define CONFIG_IDENTITY_MAX 64 /* twilio: 8 to 64 of [A-Za-z0-9-] */
#define CONFIG_SID_LEN 34      /* twilio: two letters and 32 hex digits */
#define CONFIG_AUTHY_ID_MAX 16
#define CONFIG_SLOTS 6
#define CONFIG_KEY_SLOTS 1

struct provider_type;

enum setting_kind {
	CONF_NONE = 0,
	CONF_TEXT,        /* slot of text[]; min and max are lengths */
	CONF_NUMBER,      /* slot of number[]; min and max are values */
	CONF_SECRET_FILE, /* slot of secret[]: the key is a file's path */
	CONF_KEY_FILE,    /* slot of key[]: the path of an RSA key's file */
};

/* A key that a provider type takes beside those every provider has. */
struct setting_key {
	const char *key; /* NULL ends the table */
	enum setting_kind kind;
	unsigned slot;
	bool required;
	long min, max;
	long dflt; /* CONF_NUMBER when absent */
	const char
	    *charset; /* CONF_TEXT: allowed bytes; NULL: printable ASCII */
};

/*
 * One provider of the settings. A type's own keys fill the slots that they
 * name, so that the reader of settings need not know any type.
 */
struct provider_conf {
	const char *name;
	const struct provider_type *type;
	char scheme[8]; /* "https", or "http" for rehearsal on loopback */
	const char
	    *base_url; /* scheme, host, port, prefix; no slash at the end */
	const char *ca_file; /* NULL: not set */
	const char *ca_path;
	long connect_timeout_ms, timeout_ms;
	unsigned code_length;
	int64_t expiry_ms;
	const char *text[CONFIG_SLOTS]; /* NULL: not set, no default */
	long number[CONFIG_SLOTS];
	struct secret secret[CONFIG_SLOTS]; /* len 0: not set */
	struct pem key[CONFIG_KEY_SLOTS];   /* len 0: not set */
	/* where these stand; NULL: not set */
	const char *secret_file[CONFIG_SLOTS];
	const char *key_file[CONFIG_KEY_SLOTS];
};

/* What another message of a running verification is, where the type does not
 * step to the next by itself. */
enum provider_again {
	/* cancel it where the vendor can, and start another: another id and
	 * code, and the newest code counts */
	AGAIN_REPLACE = 0,
	/* a further start, by any method, is the next message of the running
	 * one: its id, and the vendor's count of tries, stay */
	AGAIN_SAME,
};

struct provider_type {
	const char *name;     /* as written in twofa.conf */
	const char *base_url; /* the vendor's host */
	const char *notice;   /* what an admin who uses it should know; NULL */
	const struct setting_key
	    *keys; /* settings it takes, { 0 } at the end */
	/* What keys need each other: NULL when they fit, else what is allowed,
	 * a constant; *key is the one to name. May be NULL. */
	const char *(*settings)(const struct provider_conf *, const char **key);
	unsigned methods; /* METHOD_BITs that it can deliver by */
	/* Those of them that these settings leave; NULL: all. Others ask
	 * provider_methods. */
	unsigned (*methods_set)(const struct provider_conf *);
	unsigned code_lengths; /* bit n: a code of n digits is possible */
	unsigned code_length;  /* when not set; 0: as every provider's */
	long expiry_min_s, expiry_max_s;
	long expiry_s;        /* when not set; 0: as every provider's */
	unsigned wrong_codes; /* the vendor's own cap for one verification */
	/* at that cap it is over, and another may be started; else it stays
	 * open until it expires */
	bool ends_itself;
	unsigned brand_max;        /* longest brand that it takes */
	const char *brand_refused; /* bytes that it does not take; "" none */
	enum provider_again again;
	/* so long after a start it cancels nothing, and refuses another; 0: at
	 * once, or never */
	long cancel_after_s;
	bool own_code; /* we make and check the code */
	/* it finds people by authy_id alone, not by phone or address */
	bool by_authy_id;
	/* The method that the step after the first `sends` ones delivers by,
	 * METHOD_NONE at the end. NULL, or METHOD_NONE for sends 1: one step,
	 * and another message goes by `again`. */
	enum method (*next_method)(
	    const struct provider_conf *, unsigned sends);
	/* For how long after a start by this method the vendor holds the
	 * verification open, all its steps included, and may refuse another.
	 * NULL: as long as the code is good. */
	int64_t (*life_ms)(const struct provider_conf *, enum method);
};

#endif

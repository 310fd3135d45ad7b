/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * What settings, rules and twofactl need to know of a provider type: its name,
 * keys, methods and limits. Data and pure functions of settings;
 * helper/providers/provider.h has the calls to the vendor.
 */
#ifndef TWOFA_PROVIDER_TYPE_H
#define TWOFA_PROVIDER_TYPE_H

#include <stdbool.h>
#include <stdint.h>

#include "lib/values/values.h"

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

/* A key of a provider type, beside those that every provider has. */
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
 * One provider of the settings. A type's keys name the slots that they fill, so
 * the reader of settings need not know the type.
 */
struct provider_conf {
	const char *name;
	const struct provider_type *type;
	char scheme[8]; /* "https", or "http" for rehearsal on loopback */
	const char
	    *base_url;  /* scheme, host, port, prefix; no slash at the end */
	bool rehearsal; /* it is the simulator */
	const char *ca_file; /* NULL: not set */
	const char *ca_path;
	long connect_timeout_ms, timeout_ms;
	unsigned code_length;
	int64_t expiry_ms;
	const char *text[CONFIG_SLOTS]; /* NULL: not set, no default */
	long number[CONFIG_SLOTS];
	struct secret secret[CONFIG_SLOTS]; /* len 0: not set */
	struct pem key[CONFIG_KEY_SLOTS];   /* len 0: not set */
	/* their paths; NULL: not set */
	const char *secret_file[CONFIG_SLOTS];
	const char *key_file[CONFIG_KEY_SLOTS];
};

/* How another message of a running verification is sent, when the type has no
 * steps of its own. */
enum provider_again {
	/* cancel it if the vendor can, and start another, with a new id and
	 * code; the newest code counts */
	AGAIN_REPLACE = 0,
	/* a further start, by any method, is the running one's next message:
	 * its id and the vendor's count of tries stay */
	AGAIN_SAME,
};

struct provider_type {
	const char *name;     /* as written in twofa.conf */
	const char *base_url; /* the vendor's host */
	const char *notice;   /* news for an admin who uses it, or NULL */
	const struct setting_key
	    *keys; /* settings it takes, { 0 } at the end */
	/* Checks keys that depend on each other: NULL, or a constant that says
	 * what is allowed; *key is the key to name. May be NULL. */
	const char *(*settings)(const struct provider_conf *, const char **key);
	unsigned methods; /* METHOD_BITs that it can deliver by */
	/* Those that remain with these settings; NULL: all. Other code calls
	 * provider_methods. */
	unsigned (*methods_set)(const struct provider_conf *);
	unsigned code_lengths; /* bit n: a code of n digits is possible */
	unsigned code_length;  /* when not set; 0: as every provider's */
	long expiry_min_s, expiry_max_s;
	long expiry_s;        /* when not set; 0: as every provider's */
	unsigned wrong_codes; /* the vendor's own cap for one verification */
	/* true: at that cap it ends, and another can be started; false: it
	 * stays open until it expires */
	bool ends_itself;
	unsigned brand_max;        /* longest brand that it accepts */
	const char *brand_refused; /* bytes refused in a brand; "" none */
	enum provider_again again;
	/* for this time after a start it can neither be cancelled nor replaced;
	 * 0: no such time */
	long cancel_after_s;
	bool own_code; /* we make and check the code */
	/* The check is about a receiver that we name, or its reply names it,
	 * and that must be the user's. Otherwise an id alone decides, and who
	 * can store one chooses the phone. */
	bool names_receiver;
	/* it identifies users by authy_id only, not by phone or address */
	bool by_authy_id;
	/* The method of the step that follows the first `sends` steps,
	 * METHOD_NONE at the end. NULL, or METHOD_NONE for sends 1: there is
	 * one step, and `again` says how another message is sent. */
	enum method (*next_method)(
	    const struct provider_conf *, unsigned sends);
	/* How long the vendor keeps a verification open after a start by this
	 * method, with all its steps, and may refuse another. NULL: as long as
	 * the code is valid. */
	int64_t (*life_ms)(const struct provider_conf *, enum method);
};

#endif

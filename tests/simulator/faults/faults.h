/* SPDX-License-Identifier: BSD-2-Clause */
/* The fault switches: which call goes wrong, how, and how often. */
#ifndef SIM_FAULTS_H
#define SIM_FAULTS_H

#include <stdbool.h>
#include <stddef.h>

struct cJSON;
struct sim_provider;

enum fault_kind {
	FAULT_NONE = 0,
	/* time */
	FAULT_DELAY, /* ms, then the answer */
	FAULT_HANG,  /* no answer until the client leaves */
	FAULT_DRIP,  /* the body byte by byte, ms between them */
	/* connection */
	FAULT_CLOSE_ACCEPT,  /* the next connection, as it comes in */
	FAULT_CLOSE,         /* no byte of an answer */
	FAULT_CLOSE_STATUS,  /* a status line, no headers */
	FAULT_CLOSE_HEADERS, /* headers, no body */
	FAULT_HALF_BODY,     /* headers, half the body */
	FAULT_CLOSE_AFTER,   /* keep-alive promised, then closed */
	FAULT_RESET,         /* RST instead of an answer */
	FAULT_BAD_LENGTH,    /* Content-Length off by delta */
	FAULT_HUGE,          /* 16 MiB */
	FAULT_HUGE_CLOSE,    /* 16 MiB whose length only the end tells */
	FAULT_ENDLESS,       /* chunks without end */
	FAULT_BURST1XX,      /* fifty interim answers first */
	/* HTTP */
	FAULT_HTML502,
	FAULT_EMPTY503,
	FAULT_JSON500,
	FAULT_HTML200,
	FAULT_EMPTY200,
	FAULT_REDIRECT, /* code to location */
	FAULT_THROTTLE, /* the vendor's own word; 429 with retry_after */
	FAULT_GZIP,     /* compressed though nobody asked */
	/* JSON */
	FAULT_TRUNCATED,  /* cut in half, lengths consistent */
	FAULT_DOUBLE,     /* the document as a string in a document */
	FAULT_TRAILING,   /* something behind the document */
	FAULT_NUL,        /* status ends in an escaped NUL */
	FAULT_RAW_NUL,    /* a NUL behind the document */
	FAULT_DUP_KEYS,   /* a forged success before the real one */
	FAULT_WRONG_CASE, /* Status for status */
	FAULT_DEEP,       /* ten thousand arrays */
	FAULT_BAD_UTF8,
	FAULT_BOM,
	FAULT_WRONG_TYPE, /* field becomes value, any JSON */
	FAULT_MISSING,    /* field is left out */
	FAULT_FOREIGN_ID, /* another request_id */
	FAULT_REPLAY,     /* the answer before this one once more */
	FAULT_KINDS,
};

struct fault {
	enum fault_kind kind;
	char provider[24];    /* "" or "any": every one */
	char endpoint[12];    /* "" or "any": every one */
	int count;            /* how often it strikes; 0: until reset */
	int skip;             /* calls that pass unharmed before */
	bool before;          /* strikes before the state changes, else after */
	int ms;               /* delay, drip */
	int delta;            /* bad_length */
	int code;             /* redirect */
	char field[64];       /* wrong_type, missing; "": the verdict */
	char value[64];       /* wrong_type */
	char location[200];   /* redirect */
	char retry_after[64]; /* throttle; "none": a 429 without */
	int struck;
};

/* All with the world's lock held. */

/*
 * Arms a fault from the control side's JSON. NULL, or what is wrong with it,
 * in a static buffer.
 */
const char *faults_arm(const struct cJSON *);

/* The fault for this call, copied to *out, or false. Counts it. */
bool faults_take(
    const struct sim_provider *, const char *endpoint, struct fault *out);

/* True when the connection that comes in now is to be closed. Counts it. */
bool faults_take_connection(void);

/* What is armed, an array; the caller deletes it. */
struct cJSON *faults_list(void);

/* The names of all kinds, an array; the caller deletes it. */
struct cJSON *faults_kinds(void);

void faults_reset(void);

/* "delay", ...; of FAULT_NONE: "". */
const char *fault_name(enum fault_kind);

#endif

/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * What a test may change of the simulated Twilio: where the vendor's documents
 * leave a choice, what its accounts can be set to, and errors that no sandbox
 * number plays. All with the world's lock held.
 */
#ifndef SIM_TWILIO_SETTINGS_H
#define SIM_TWILIO_SETTINGS_H

struct twilio_settings {
	int rate;            /* requests a second and account, 0: any number */
	int strict_services; /* 1: only services that were created exist */
	int channels;        /* 1 sms, 2 call, 4 whatsapp, 8 email, added up */
	int code_life_s;     /* of a verification */
	int send_limit;      /* of one verification */
	int wrong_limit;     /* of one verification or challenge */
	int lock_stays;      /* 1: locked until its life is over, no 404 */
	int check_201;       /* 1: a right code is answered 201 */
	int start_error;     /* this code instead of any start, 0: none */
	int check_error;
	int start_status; /* index of twilio_status_word, 0: the true one */
	int check_status;
	int challenge_error; /* a new challenge, its check */
	int poll_error;
	int totp_403;      /* 1: a wrong code is HTTP 403 */
	int totp_once;     /* 1: a code is right once */
	int unverified_h;  /* life of a factor that was never verified */
	int push_decides;  /* by itself: 1 approves, 2 denies */
	int push_delay_s;  /* how long that takes */
	int package_error; /* inside every package of a lookup */
};

extern struct twilio_settings twilio_settings;

/* By its name: 1 not ours, 0 set, -1 out of range. */
int twilio_set(const char *name, int value);

/* As the vendor has it. */
void twilio_settings_reset(void);

#endif

/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * The ways to show a second factor, and their names in settings and logs.
 */
#ifndef TWOFA_METHOD_H
#define TWOFA_METHOD_H

enum method {
	METHOD_NONE = 0,
	METHOD_SMS,
	METHOD_VOICE,
	METHOD_WHATSAPP,
	METHOD_EMAIL,
	METHOD_PUSH,
	METHOD_TOTP,
	METHOD_RECOVERY,
	METHOD_COUNT, /* not a method */
};

#define METHOD_BIT(m) (1u << (m))
/* Methods that need a phone, and methods with a code from a provider. */
#define METHODS_PHONE                                                          \
	(METHOD_BIT(METHOD_SMS) | METHOD_BIT(METHOD_VOICE) |                   \
	    METHOD_BIT(METHOD_WHATSAPP))
#define METHODS_CODE (METHODS_PHONE | METHOD_BIT(METHOD_EMAIL))
#define METHOD_ALL ((1u << METHOD_COUNT) - 2u)

/* "sms" and so on; "" for METHOD_NONE. */
const char *method_name(enum method);

/* METHOD_NONE for an unknown name. */
enum method method_of_name(const char *name);

#endif

/* SPDX-License-Identifier: BSD-2-Clause */
/* The module's arguments. An unknown or repeated one or a bad value is refused:
 * a typing error in a PAM file must not weaken the login. */
#include "lib/wire/wire.h"

#include <stdlib.h>
#include <string.h>

static bool
name_equals(const char *name, size_t len, const char *known)
{
	return strlen(known) == len && memcmp(name, known, len) == 0;
}

/* The method of this name of len bytes, not NUL-terminated; 0 if unknown. */
static unsigned
ssh_method(const char *name, size_t len)
{
	if (name_equals(name, len, "publickey"))
		return SSH_METHOD_PUBLICKEY;
	if (name_equals(name, len, "hostbased"))
		return SSH_METHOD_HOSTBASED;
	return name_equals(name, len, "gssapi-with-mic") ? SSH_METHOD_GSSAPI
							 : 0;
}

bool
module_arguments_method_passed(unsigned methods, const char *auth_info)
{
	const char *line = auth_info;

	for (; *line != '\0'; line += *line == '\n') {
		if ((ssh_method(line, strcspn(line, " \n")) & methods) != 0)
			return true;
		line += strcspn(line, "\n");
	}
	return false;
}

int64_t
module_arguments_default_deadline(const char *service)
{
	if (strcmp(service, "sshd") == 0)
		return 90;
	if (strcmp(service, "login") == 0)
		return 50;
	return 280;
}

static int
take_path(const char **path, const char *value)
{
	if (*path != NULL || value[0] != '/')
		return -1;
	*path = value;
	return 0;
}

static int
take_deadline(int64_t *seconds, const char *value)
{
	if (*seconds != 0 || strlen(value) > 4 ||
	    value[strspn(value, "0123456789")] != '\0')
		return -1;
	*seconds = strtol(value, NULL, 10);
	return *seconds >= MODULE_ARGUMENTS_DEADLINE_MIN &&
		*seconds <= MODULE_ARGUMENTS_DEADLINE_MAX
	    ? 0
	    : -1;
}

static int
take_transport(bool *taken, enum transport *transport, const char *value)
{
	static const char *const names[] = {
		[TRANSPORT_AUTO] = "auto",
		[TRANSPORT_SPAWN] = "spawn",
		[TRANSPORT_SOCKET] = "socket",
	};
	_Static_assert(
	    sizeof(names) / sizeof(names[0]) == TRANSPORT_SOCKET + 1, "names");

	for (unsigned i = 0; i < sizeof(names) / sizeof(names[0]); i++) {
		if (*taken || strcmp(value, names[i]) != 0)
			continue;
		*transport = (enum transport)i;
		*taken = true;
		return 0;
	}
	return -1;
}

static int
take_task(struct module_arguments *a, enum module_task task)
{
	if (a->task != TASK_ASK)
		return -1;
	a->task = task;
	return 0;
}

/* Names separated by commas, each once. */
static int
take_when(struct module_arguments *a, const char *value)
{
	unsigned method;
	size_t len;

	if (take_task(a, TASK_WHEN) != 0)
		return -1;
	for (;; value += len + 1) {
		len = strcspn(value, ",");
		method = ssh_method(value, len);
		if (method == 0 || (a->when & method) != 0)
			return -1;
		a->when |= method;
		if (value[len] == '\0')
			return 0;
	}
}

/* The value of the argument name=, or NULL for another argument. */
static const char *
argument_value(const char *arg, const char *name)
{
	const size_t len = strlen(name);

	return strncmp(arg, name, len) == 0 ? arg + len : NULL;
}

static int
take_argument(struct module_arguments *a, int64_t *seconds, bool *transport,
    const char *arg)
{
	const char *value;

	if ((value = argument_value(arg, "conf=")) != NULL)
		return take_path(&a->conf, value);
	if ((value = argument_value(arg, "helper=")) != NULL)
		return take_path(&a->helper, value);
	if ((value = argument_value(arg, "socket=")) != NULL)
		return take_path(&a->socket, value);
	if ((value = argument_value(arg, "deadline=")) != NULL)
		return take_deadline(seconds, value);
	if ((value = argument_value(arg, "transport=")) != NULL)
		return take_transport(transport, &a->transport, value);
	if ((value = argument_value(arg, "when=")) != NULL)
		return take_when(a, value);
	if (strcmp(arg, "split") == 0)
		return take_task(a, TASK_SPLIT);
	if (strcmp(arg, "no_prompt") == 0)
		return take_task(a, TASK_NO_PROMPT);
	if (strcmp(arg, "debug") != 0 || a->debug)
		return -1;
	a->debug = true;
	return 0;
}

/* Lines that start no helper allow only debug. Returns the index of the first
 * other argument, or -1. */
static int
find_not_allowed(
    const struct module_arguments *a, int argc, const char *const *argv)
{
	if (a->task != TASK_SPLIT && a->task != TASK_WHEN)
		return -1;
	for (int i = 0; i < argc; i++)
		if (strcmp(argv[i], "debug") != 0 &&
		    strcmp(argv[i], "split") != 0 &&
		    argument_value(argv[i], "when=") == NULL)
			return i;
	return -1;
}

int
module_arguments_parse(struct module_arguments *a, const char *service,
    int argc, const char *const *argv)
{
	int64_t seconds = 0;
	bool transport = false;

	*a = (struct module_arguments){ 0 };
	for (int i = 0; i < argc; i++)
		if (take_argument(a, &seconds, &transport, argv[i]) != 0)
			return i;
	if (a->conf == NULL)
		a->conf = MODULE_ARGUMENTS_CONF;
	if (a->helper == NULL)
		a->helper = TWOFA_HELPER;
	if (seconds == 0)
		seconds = a->task == TASK_NO_PROMPT
		    ? MODULE_ARGUMENTS_NO_PROMPT
		    : module_arguments_default_deadline(service);
	a->deadline_ms = seconds * 1000;
	return find_not_allowed(a, argc, argv);
}

const char *
module_arguments_socket_path(const struct module_arguments *a, bool root)
{
	if (a->socket != NULL)
		return a->socket;
	return root ? "/run/twofa/helper.sock" : "/run/twofa/user.sock";
}

/* SPDX-License-Identifier: BSD-2-Clause */
/* Programs that use PAM without being root, or with one field. */
#include "twofactl/programs/asking_programs.h"

#include <stddef.h>
#include <string.h>

#define SASLAUTHD "/usr/sbin/saslauthd"

/* Each program with one field was tried, or its source was read: Squid's
 * basic_pam_auth gives the password to each hidden prompt, and asks again when
 * credentialsttl is over, not for each page. Other programs are not listed as
 * having one field. */
static const struct asking_program programs[] = {
	{ "i3lock", "a screen locker", ASKING_AS_USER, .one_field = true },
	{ "swaylock", "a screen locker", ASKING_AS_USER, .one_field = true },
	{ "gtklock", "a screen locker", ASKING_AS_USER, .one_field = false },
	{ "waylock", "a screen locker", ASKING_AS_USER, .one_field = false },
	{ "hyprlock", "a screen locker", ASKING_AS_USER, .one_field = false },
	{ "xfce4-screensaver", "a screen locker", ASKING_AS_USER,
	    .one_field = false },
	{ "mate-screensaver", "a screen locker", ASKING_AS_USER,
	    .one_field = false },
	{ "cinnamon-screensaver", "a screen locker", ASKING_AS_USER,
	    .one_field = false },
	{ "kde", "a screen locker", ASKING_AS_USER, .one_field = false },
	{ "postgresql", "PostgreSQL", ASKING_AS_ACCOUNT, .one_field = true,
	    .account = { "postgres" } },
	{ "apache2", "Apache", ASKING_AS_ACCOUNT, .one_field = true,
	    .again = true, .account = { "www-data", "apache", "http" } },
	{ "apache", "Apache", ASKING_AS_ACCOUNT, .one_field = true,
	    .again = true, .account = { "www-data", "apache", "http" } },
	{ "httpd", "Apache", ASKING_AS_ACCOUNT, .one_field = true,
	    .again = true, .account = { "www-data", "apache", "http" } },
	{ "nginx", "nginx", ASKING_AS_ACCOUNT, .one_field = true, .again = true,
	    .account = { "www-data", "nginx", "http" } },
	{ "squid", "Squid", ASKING_AS_ACCOUNT, .one_field = true,
	    .account = { "proxy", "squid" } },
	{ "vsftpd", "vsftpd", ASKING_AS_ROOT, .one_field = true },
	{ "dovecot", "Dovecot", ASKING_AS_ROOT, .one_field = true },
	{ "radiusd", "FreeRADIUS", ASKING_AS_ROOT, .one_field = true },
	{ "xrdp-sesman", "xrdp", ASKING_AS_ROOT, .one_field = true },
	{ "sddm", "SDDM", ASKING_AS_ROOT, .one_field = true },
	{ "ly", "ly", ASKING_AS_ROOT, .one_field = true },
	{ "proxmox-ve-auth", "Proxmox VE", ASKING_AS_ROOT, .one_field = true },
	{ "smtp", "a mail server", ASKING_AS_ROOT, .one_field = true,
	    .crashes = SASLAUTHD },
	{ "imap", "a mail server", ASKING_AS_ROOT, .one_field = true,
	    .crashes = SASLAUTHD },
	{ "pop", "a mail server", ASKING_AS_ROOT, .one_field = true,
	    .crashes = SASLAUTHD },
	{ "sieve", "a mail server", ASKING_AS_ROOT, .one_field = true,
	    .crashes = SASLAUTHD },
	{ "ldap", "an LDAP server", ASKING_AS_ROOT, .one_field = true,
	    .crashes = SASLAUTHD },
};

const struct asking_program *
asking_program_find(const char *service)
{
	for (size_t i = 0; i < sizeof(programs) / sizeof(programs[0]); i++)
		if (strcmp(programs[i].service, service) == 0)
			return &programs[i];
	return NULL;
}

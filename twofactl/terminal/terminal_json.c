/* SPDX-License-Identifier: BSD-2-Clause */

#include "twofactl/terminal/terminal.h"
#include <errno.h>
#include <poll.h>
#include <signal.h>
#include <stdarg.h>
#include <strings.h>
#include <sys/signalfd.h>
#include <termios.h>
#include <unistd.h>

static void
put_json_text(const char *text)
{
	putchar('"');
	for (; *text != '\0'; text++) {
		unsigned char c = (unsigned char)*text;

		if (c == '"' || c == '\\')
			printf("\\%c", c);
		else if (c < 0x20 || c == 0x7f)
			printf("\\u%04x", c);
		else if (c >= 0x80) /* as escape_text has it */
			printf("\\\\x%02x", c);
		else
			putchar(c);
	}
	putchar('"');
}

/* The value of a conversion, whose length is returned. */
static size_t
json_value(const char *conversion, va_list *ap)
{
	switch (conversion[1]) {
	case 's':
		put_json_text(va_arg(*ap, const char *));
		return 2;
	case 'd':
		fputs(va_arg(*ap, int) != 0 ? "true" : "false", stdout);
		return 2;
	case 'u':
		printf("%u", va_arg(*ap, unsigned));
		return 2;
	case 'z':
		printf("%zu", va_arg(*ap, size_t));
		return 3;
	default:
		printf("%jd", va_arg(*ap, intmax_t));
		return 3;
	}
}

void
terminal_json(const char *fmt, ...)
{
	static char last; /* what is before fmt */
	va_list ap;
	size_t len;

	va_start(ap, fmt);
	for (; *fmt != '\0'; last = *fmt, fmt += len) {
		len = strspn(fmt, "abcdefghijklmnopqrstuvwxyz_");
		if (len > 0) {
			printf("\"%.*s\"", (int)len, fmt);
		} else if (*fmt == '%') {
			len = json_value(fmt, &ap);
		} else {
			len = 1;
			if (*fmt != ',' || strchr("\n{[:", last) == NULL)
				putchar(*fmt);
		}
	}
	va_end(ap);
}

/* SPDX-License-Identifier: BSD-2-Clause */
/* systemd, where it is this machine's first process. */
#ifndef TWOFA_SYSTEMD_H
#define TWOFA_SYSTEMD_H

#include <stdbool.h>

#define SYSTEMCTL "/usr/bin/systemctl"

/* Does systemd run, and can SYSTEMCTL ask it? */
bool systemd_runs(void);

#endif

# SPDX-License-Identifier: BSD-2-Clause
# A security key in software: tests/e2e/login/test_security_keys.py.

TEST_BIN += $(O)/test/softkey.so

# Without sanitizers: ssh-sk-helper loads it.
$(O)/test/softkey.so: tests/host/softkey.c
	@mkdir -p $(@D)
	$(CC) -std=gnu11 $(DEFS) $(WARN) $(CFLAGS) -fPIC -shared -o $@ $< -lcrypto

# SPDX-License-Identifier: BSD-2-Clause
# Who wants into a helper, from beside and from inside: tests/e2e/host/test_filter.py.

TEST_BIN += $(O)/test/intruder $(O)/test/libnss_twofaodd.so.2

$(O)/test/intruder: $(O)/obj/tests/host/intruder.o $(SAN_OBJ)
	@mkdir -p $(@D)
	$(CC) $(ALL_CFLAGS) $(PIE) -o $@ $^ $(ALL_LDFLAGS)

$(O)/test/libnss_twofaodd.so.2: $(O)/pic/tests/host/nss_odd.o
	@mkdir -p $(@D)
	$(CC) $(ALL_CFLAGS) -shared -o $@ $^ $(ALL_LDFLAGS)

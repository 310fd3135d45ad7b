# SPDX-License-Identifier: BSD-2-Clause
# A kernel that refuses one call: tests/e2e/host/test_kernel.py.

TEST_BIN += $(O)/test/refuse

$(O)/test/refuse: $(O)/obj/tests/host/refuse.o $(SAN_OBJ)
	@mkdir -p $(@D)
	$(CC) $(ALL_CFLAGS) $(PIE) -o $@ $^ $(ALL_LDFLAGS)

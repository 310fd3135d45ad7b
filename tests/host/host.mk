# SPDX-License-Identifier: BSD-2-Clause
# The programs of tests/e2e/host/test_host.py: a PAM host and stand-in helpers.

TEST_BIN += $(O)/test/host $(O)/test/fake_helper

$(O)/test/host: $(O)/obj/tests/host/host.o $(O)/obj/tests/host/odd.o \
    $(O)/obj/tests/host/snapshot.o $(SAN_OBJ)
	@mkdir -p $(@D)
	$(CC) $(ALL_CFLAGS) $(PIE) -o $@ $^ $(ALL_LDFLAGS) -lpam -lpthread \
	    $(SAN_PAM)

$(O)/test/fake_helper: $(O)/obj/tests/host/fake_helper.o \
    $(O)/obj/tests/host/fake_report.o $(O)/obj/tests/host/fake_script.o \
    $(O)/obj/tests/host/fake_spoil.o $(SAN_OBJ) \
    $(WIRE_SRC:%.c=$(O)/obj/%.o)
	@mkdir -p $(@D)
	$(CC) $(ALL_CFLAGS) $(PIE) -o $@ $^ $(ALL_LDFLAGS)

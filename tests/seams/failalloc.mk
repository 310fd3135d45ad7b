# SPDX-License-Identifier: BSD-2-Clause
# Programs whose memory runs out.

TEST_BIN += $(O)/test/nomemory-host $(O)/test/nomemory-helper
FAILALLOC_OBJ := $(O)/obj/tests/seams/failalloc.o

$(O)/test/nomemory-host: $(O)/obj/tests/host/host.o $(O)/obj/tests/host/odd.o \
    $(O)/obj/tests/host/snapshot.o $(FAILALLOC_OBJ) $(SAN_OBJ)
	@mkdir -p $(@D)
	$(CC) $(ALL_CFLAGS) $(PIE) -o $@ $^ $(ALL_LDFLAGS) -lpam -lpthread \
	    $(SAN_PAM)

$(O)/test/nomemory-helper: $(O)/obj/helper/main.o $(HELPER_LIB_OBJ) \
    $(FAILALLOC_OBJ)
	@mkdir -p $(@D)
	$(CC) $(ALL_CFLAGS) $(PIE) -o $@ $^ $(ALL_LDFLAGS) -Wl,--as-needed \
	    $$($(PKG_CONFIG) --libs $(HELPER_PKGS))

# Every point; make unit takes some of them.
nomemory: $(O)/unit/test_nomemory
	NOMEMORY=all UNIT_LIMIT=3000 $<

.PHONY: nomemory

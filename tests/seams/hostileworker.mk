# SPDX-License-Identifier: BSD-2-Clause
# A helper in which a worker asks the brokers for what a test wants.

TEST_BIN += $(O)/test/hostileworker-helper
HOSTILEWORKER_OBJ := $(O)/obj/tests/seams/hostileworker.o

$(O)/test/hostileworker-helper: $(O)/obj/helper/main.o \
    $(filter-out %/broker_messages.o,$(HELPER_LIB_OBJ)) $(HOSTILEWORKER_OBJ)
	@mkdir -p $(@D)
	$(CC) $(ALL_CFLAGS) $(PIE) -o $@ $^ $(ALL_LDFLAGS) -Wl,--as-needed \
	    -Wl,--wrap=broker_client_set_fd \
	    -Wl,--wrap=broker_client_receive_begin \
	    -Wl,--wrap=broker_request_write \
	    $$($(PKG_CONFIG) --libs $(HELPER_PKGS))

# SPDX-License-Identifier: BSD-2-Clause
# pam_twofa: `make help` lists the targets.

PREFIX ?= /usr/local
SYSCONFDIR ?= /etc
LIBEXECDIR ?= $(PREFIX)/libexec
SBINDIR ?= $(PREFIX)/sbin
BINDIR ?= $(PREFIX)/bin
MANDIR ?= $(PREFIX)/share/man
DOCDIR ?= $(PREFIX)/share/doc/pam_twofa
STATEDIR ?= /var/lib/twofa
# Where this system keeps PAM modules: PAMDIR= overrides.
PAMDIR ?= $(shell packaging/pamdir)

VERSION := 0.1.0
CC ?= cc
PKG_CONFIG ?= pkg-config
O ?= build
WERROR ?= $(if $(CI),-Werror)
SAN ?=

WARN := -Wall -Wextra -Wconversion -Wswitch-enum -Wshadow -Wstrict-prototypes \
	-Wmissing-prototypes -Wvla -Wformat=2 $(WERROR)
CFLAGS ?= -O2 -g
HARDEN_CC := -fstack-protector-strong -fcf-protection
HARDEN_LD := -Wl,-z,relro,-z,now,-z,noexecstack
ifeq ($(SAN),)
HARDEN_CC += -D_FORTIFY_SOURCE=2
endif
DEFS := -D_GNU_SOURCE -DTWOFA_VERSION='"$(VERSION)"' \
	-DTWOFA_HELPER='"$(LIBEXECDIR)/twofa-helper"'
ALL_CFLAGS = -std=gnu11 -I. $(DEFS) $(WARN) $(HARDEN_CC) $(SAN) $(CFLAGS)
ALL_LDFLAGS = $(HARDEN_LD) $(SAN) $(LDFLAGS)

HELPER_PKGS := libcurl libcjson libconfig sqlite3 libcrypto
SIM_PKGS := libmicrohttpd libcjson gnutls
UNIT_PKGS := cmocka

WIRE_SRC := $(wildcard helper/wire/*.c)
MODULE_SRC := $(wildcard pam_module/*.c) $(WIRE_SRC)
HELPER_LIB_SRC := $(filter-out helper/main.c,$(wildcard helper/*.c)) \
	$(WIRE_SRC) $(wildcard helper/net/*.c helper/providers/*.c)
SIM_SRC := $(wildcard tests/simulator/*.c)
UNIT_SRC := $(wildcard tests/unit/test_*.c)

MODULE_OBJ := $(MODULE_SRC:%.c=$(O)/pic/%.o)
HELPER_LIB_OBJ := $(HELPER_LIB_SRC:%.c=$(O)/obj/%.o)
SIM_OBJ := $(SIM_SRC:%.c=$(O)/obj/%.o)
UNIT_BIN := $(UNIT_SRC:tests/unit/%.c=$(O)/unit/%)

all: $(O)/pam_twofa.so $(O)/twofa-helper $(O)/twofa-simulator

$(O)/pam_twofa.so: $(MODULE_OBJ) pam_module/pam_twofa.map
	$(CC) $(ALL_CFLAGS) -shared -o $@ $(MODULE_OBJ) \
	    -Wl,--version-script=pam_module/pam_twofa.map \
	    -Wl,-z,defs -Wl,--as-needed $(ALL_LDFLAGS) -lpam

$(O)/twofa-helper: $(O)/obj/helper/main.o $(HELPER_LIB_OBJ)
	$(CC) $(ALL_CFLAGS) -pie -o $@ $^ $(ALL_LDFLAGS) -Wl,--as-needed \
	    $$($(PKG_CONFIG) --libs $(HELPER_PKGS))

$(O)/twofa-simulator: $(SIM_OBJ)
	$(CC) $(ALL_CFLAGS) -pie -o $@ $^ $(ALL_LDFLAGS) -Wl,--as-needed \
	    $$($(PKG_CONFIG) --libs $(SIM_PKGS)) -lpthread

$(O)/unit/%: $(O)/obj/tests/unit/%.o $(HELPER_LIB_OBJ)
	@mkdir -p $(@D)
	$(CC) $(ALL_CFLAGS) -pie -o $@ $^ $(ALL_LDFLAGS) \
	    $$($(PKG_CONFIG) --libs $(HELPER_PKGS) $(UNIT_PKGS))

# Visibility is by the symbol map; the pic tree holds the module's objects.
$(O)/pic/%.o: %.c
	@mkdir -p $(@D)
	$(CC) $(ALL_CFLAGS) -fPIC -MMD -MP -c -o $@ $<

$(O)/obj/%.o: %.c
	@mkdir -p $(@D)
	$(CC) $(ALL_CFLAGS) -fPIE -MMD -MP -c -o $@ $<

-include $(shell find $(O) -name '*.d' 2>/dev/null)

unit: $(UNIT_BIN)
	@for t in $(UNIT_BIN); do $$t || exit 1; done

clean:
	rm -rf build compile_commands.json

format:
	clang-format -i $$(git ls-files -co --exclude-standard '*.c' '*.h')

.PHONY: all unit clean format
.SECONDARY:

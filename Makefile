# rfcat: Bluetooth RFCOMM as stdin and stdout.
#
#   make            the tools, in bin/
#   make demo       a conversation between two peers in the lab
#   make check      every test and linter; ends in "N passed, N failed"
#   make bench      measurements, beside other tools'
#   make lab        a shell in the lab, with two adapters up
#   make install    under $(DESTDIR)$(PREFIX); make uninstall is its inverse

VERSION = 0.1.0
PREFIX = /usr/local
BUILD = build

CFLAGS = -O2 -g
SANITIZE =

# What the code needs, whatever CFLAGS says.
WARNINGS = -Wall -Wextra -Wpedantic -Wshadow -Wstrict-prototypes -Wmissing-prototypes \
	-Wpointer-arith -Wcast-qual -Wwrite-strings -Wvla -Wformat=2 -Wundef -Werror
HARDEN = -fPIE -fstack-protector-strong -U_FORTIFY_SOURCE -D_FORTIFY_SOURCE=2
HARDEN_LD = -pie -Wl,-z,relro -Wl,-z,now -Wl,--as-needed
ifneq ($(SANITIZE),)
HARDEN = -fsanitize=$(SANITIZE) -fno-sanitize-recover=all -fno-omit-frame-pointer -DSANITIZED
HARDEN_LD = -fsanitize=$(SANITIZE)
endif
ALL_CFLAGS = -std=c11 -D_GNU_SOURCE -DRFCAT_VERSION='"$(VERSION)"' -Isrc $(WARNINGS) $(CFLAGS) \
	$(HARDEN)

# Who uses what: the rooms of each tool, and the libraries behind them.
TOOLS = rfcat-listen rfcat-connect btscan chatline chatroom
rooms = $(1:%=$(BUILD)/%.o)

LINK = session rfcomm relay spawn adapter quit clock msg opt safe
bin/rfcat-listen: $(call rooms,rfcat-listen serve allow $(LINK))
bin/rfcat-connect: $(call rooms,rfcat-connect $(LINK))
bin/btscan: $(call rooms,btscan discover bus inquiry eir peers lookup sdp uuid rfcomm adapter quit \
	clock msg opt safe)
bin/chatline: $(call rooms,chatline line safe stamp quit clock msg opt)
bin/chatroom: $(call rooms,chatroom room volume own feed sink safe quit clock msg opt)

bin/rfcat-listen bin/rfcat-connect: LDLIBS = -lbluetooth
bin/btscan: LDLIBS = -lbluetooth -lsystemd

# Unit tests: what each one tests. They need no Bluetooth.
UNITS = feed opt own relay safe stamp line
$(BUILD)/unit/feed: $(call rooms,feed)
$(BUILD)/unit/opt: $(call rooms,opt msg safe)
$(BUILD)/unit/own: $(call rooms,own)
$(BUILD)/unit/relay: $(call rooms,relay clock)
$(BUILD)/unit/safe: $(call rooms,safe)
$(BUILD)/unit/stamp: $(call rooms,stamp safe)
$(BUILD)/unit/line: $(call rooms,line stamp safe)
$(UNITS:%=$(BUILD)/unit/%): LDLIBS = -lcmocka

.DEFAULT_GOAL = all

BATS = $(wildcard tests/*.bats)
PAGES = $(wildcard man/*.[17])

all: $(TOOLS:%=bin/%)

$(TOOLS:%=bin/%):
	@mkdir -p bin
	$(CC) $(CFLAGS) $(HARDEN) $(HARDEN_LD) $(LDFLAGS) -o $@ $^ $(LDLIBS)

$(BUILD)/%.o: src/%.c $(BUILD)/flags
	$(CC) $(ALL_CFLAGS) -MMD -MP -c -o $@ $<

$(BUILD)/unit/%.o: tests/unit/%.c $(BUILD)/flags
	@mkdir -p $(@D)
	$(CC) $(ALL_CFLAGS) -MMD -MP -c -o $@ $<

$(BUILD)/unit/%: $(BUILD)/unit/%.o
	$(CC) $(CFLAGS) $(HARDEN) $(HARDEN_LD) $(LDFLAGS) -o $@ $^ $(LDLIBS)

$(BUILD)/lab/air: $(patsubst tests/lab/%.c,$(BUILD)/lab/%.o,$(wildcard tests/lab/*.c))
	$(CC) $(CFLAGS) $(HARDEN) $(HARDEN_LD) $(LDFLAGS) -o $@ $^ -lbluetooth

$(BUILD)/lab/%.o: tests/lab/%.c $(BUILD)/flags
	@mkdir -p $(@D)
	$(CC) $(ALL_CFLAGS) -MMD -MP -c -o $@ $<

# Measured, side by side with others' tools: see tests/bench.
bench: all $(BUILD)/bench/crowd
	tests/bench/chatroom

$(BUILD)/bench/%: tests/bench/%.c $(BUILD)/flags
	@mkdir -p $(@D)
	$(CC) $(ALL_CFLAGS) -o $@ $<

# Rebuild everything when the compiler or a flag changes.
$(BUILD)/flags: FORCE
	@mkdir -p $(@D)
	@echo '$(CC) $(ALL_CFLAGS) $(HARDEN_LD) $(LDFLAGS)' | cmp -s - $@ || \
		echo '$(CC) $(ALL_CFLAGS) $(HARDEN_LD) $(LDFLAGS)' >$@

-include $(wildcard $(BUILD)/*.d $(BUILD)/*/*.d)

clean:
	rm -rf $(BUILD) $(TOOLS:%=bin/%)

.PHONY: all bench clean FORCE
.SECONDARY:
.DELETE_ON_ERROR:

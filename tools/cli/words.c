// SPDX-License-Identifier: GPL-2.0-or-later
#include "words.h"

#include "lib/array.h"

#include <loongarch/registers.h>
#include <stdio.h>

#define WORDS_UNKNOWN 4u

static const char *words_unknown(const char *what, uint32_t number) {
    static char texts[WORDS_UNKNOWN][32];
    static unsigned next;
    char *text = texts[next++ % WORDS_UNKNOWN];
    snprintf(text, sizeof(texts[0]), "%s %u", what, number);
    return text;
}

/* names[number], or WHAT and the number if it has no name. */
static const char *words_pick(const char *const *names, size_t count, const char *what,
                              uint32_t number) {
    return number < count && names[number] != NULL ? names[number] : words_unknown(what, number);
}

const char *words_state(uint32_t state) {
    static const char *const names[] = {
        [LV_STATE_ABSENT] = "ABSENT",     [LV_STATE_CREATED] = "CREATED",
        [LV_STATE_RUNNING] = "RUNNING",   [LV_STATE_PAUSED] = "PAUSED",
        [LV_STATE_FAILING] = "FAILING",   [LV_STATE_FAILED] = "FAILED",
        [LV_STATE_STARTING] = "STARTING", [LV_STATE_STOPPING] = "STOPPING",
        [LV_STATE_STOPPED] = "STOPPED",   [LV_STATE_DESTROYING] = "DESTROYING",
    };
    return words_pick(names, ARRAY_SIZE(names), "state", state);
}

const char *words_reason(uint32_t reason) {
    static const char *const names[] = {
        [LV_REASON_NONE] = "none",
        [LV_REASON_COMMAND] = "command",
        [LV_REASON_POWEROFF] = "power-off",
        [LV_REASON_REBOOT] = "reboot",
        [LV_REASON_FAILURE] = "failure",
        [LV_REASON_WATCHDOG] = "watchdog",
        [LV_REASON_RESTARTS] = "too many restarts",
        [LV_REASON_MACHINE_ERROR] = "machine error",
        [LV_REASON_CPU_LOST] = "CPU lost",
        [LV_REASON_CRASH] = "crashed",
        [LV_REASON_HALT] = "halted",
    };
    return words_pick(names, ARRAY_SIZE(names), "reason", reason);
}

const char *words_refusal(uint32_t refusal) {
    static const char *const names[] = {
#define WORDS_REFUSAL(name, what, words) [LV_REFUSAL_##name] = (words),
        LV_REFUSALS(WORDS_REFUSAL)
#undef WORDS_REFUSAL
    };
    return words_pick(names, ARRAY_SIZE(names), "is refused for reason", refusal);
}

enum lv_refused words_refused(uint32_t refusal) {
    static const uint8_t kinds[] = {
#define WORDS_REFUSED(name, what, words) [LV_REFUSAL_##name] = LV_REFUSED_##what,
        LV_REFUSALS(WORDS_REFUSED)
#undef WORDS_REFUSED
    };
    return refusal < ARRAY_SIZE(kinds) ? (enum lv_refused)kinds[refusal] : LV_REFUSED_ZONE;
}

const char *words_exit_cause(unsigned cause) {
    static const char *const names[LV_EXIT_CAUSES] = {
#define WORDS_CAUSE(name, word, sentence) [LV_EXIT_##name] = (word),
        LV_EXIT_CAUSE_LIST(WORDS_CAUSE)
#undef WORDS_CAUSE
    };
    return words_pick(names, ARRAY_SIZE(names), "cause", cause);
}

static const struct {
    const char *name;
    const char *meaning;
} exceptions[] = {
    {"INT", "an interrupt of the machine"},
    {"PIL", "a load from an address where the zone has nothing"},
    {"PIS", "a store to an address where the zone has nothing"},
    {"PIF", "an instruction fetch from an address where the zone has nothing"},
    {"PME", "a store to memory that the zone may only read"},
    {"PNR", "a load from memory that the zone may not read"},
    {"PNX", "an instruction fetch from memory that the zone may not execute"},
    {"PPI", "an access to memory of another privilege level"},
    {"ADE", "an access to an address that does not exist"},
    {"ALE", "an unaligned access"},
    {"BCE", "a bound check"},
    {"SYS", "a system call"},
    {"BRK", "a breakpoint"},
    {"INE", "an instruction that does not exist"},
    {"IPE", "an instruction that needs another privilege level"},
    {"FPD", "a floating-point instruction"},
    {"SXD", "an LSX instruction"},
    {"ASXD", "an LASX instruction"},
    {"FPE", "a floating-point exception"},
    {"WPE", "a watchpoint"},
    {"BTD", "a binary-translation instruction"},
    {"BTE", "a binary-translation exception"},
    {"GSPR", "a privileged instruction that the hypervisor answers"},
    {"HVC", "a hypercall"},
    {"GCM", "a change of a guest CSR by software or by hardware"},
};

const char *words_exception(uint32_t ecode) {
    if (ecode == LV_ECODE_MACHINE_ERROR) {
        return "MERR";
    }
    return ecode < ARRAY_SIZE(exceptions) ? exceptions[ecode].name : words_unknown("ecode", ecode);
}

const char *words_exception_meaning(uint32_t ecode) {
    if (ecode == LV_ECODE_MACHINE_ERROR) {
        return "an error of the machine's hardware";
    }
    return ecode < ARRAY_SIZE(exceptions) ? exceptions[ecode].meaning : "an unknown exception";
}

bool words_exception_has_address(uint32_t ecode) {
    return ecode >= ECODE_PIL && ecode <= ECODE_PPI;
}

const char *words_register(unsigned number) {
    static const char *const names[] = {
        "zero", "ra", "tp", "sp", "a0", "a1", "a2", "a3", "a4", "a5", "a6",
        "a7",   "t0", "t1", "t2", "t3", "t4", "t5", "t6", "t7", "t8", "r21",
        "fp",   "s0", "s1", "s2", "s3", "s4", "s5", "s6", "s7", "s8",
    };
    return words_pick(names, ARRAY_SIZE(names), "register", number);
}

// SPDX-License-Identifier: GPL-2.0-or-later
#include <arch/decode.h>
#include <arch/exits.h>
#include <arch/guest.h>
#include <core/zone.h>
#include <lib/bits.h>

static enum verdict emulate_access(struct cpu *cpu, struct vcpu *vcpu,
                                   const struct device_kind *kind, const struct lv_region *region,
                                   gpa_t gpa, const struct memory_insn *insn) {
    struct access access = {
        .address = gpa - region->gpa, .size = insn->size, .is_write = insn->is_write};

    if (insn->is_write) {
        access.value = bits_truncate(cpu->arch.gpr[insn->rd], insn->size);
    }
    enum verdict verdict = kind->access(vcpu, &access, region);
    if (!insn->is_write) {
        gpr_set(cpu, insn->rd,
                insn->is_unsigned ? bits_truncate(access.value, insn->size)
                                  : bits_sign_extend(access.value, insn->size));
    }
    return verdict;
}

/* The kind of device that carries out accesses to the region; NULL: none does. */
static const struct device_kind *kind_of(const struct lv_region *region) {
    const struct device_kind *kind = region != NULL ? device_kinds[region->type] : NULL;

    return kind != NULL && kind->access != NULL ? kind : NULL;
}

/* A guest usually accesses the same device many times in a row. */
static const struct lv_region *find_region(struct vcpu *vcpu, gpa_t gpa) {
    const struct lv_region *region = vcpu->arch.last_region;

    if (region == NULL || gpa - region->gpa >= region->size) {
        region = zone_find_region(vcpu->zone, gpa);
        vcpu->arch.last_region = region;
    }
    return region;
}

/*
 * If nothing is emulated at the GPA, the access ends as on a machine where nothing answers: a fetch
 * in ADEF, any other in ADEM. BADV is then the GPA: the GVA is not reported (LVZ reference 4.3).
 */
enum verdict exit_stage2(struct cpu *cpu, struct vcpu *vcpu, uint64_t pc, uint64_t word,
                         unsigned ecode) {
    gpa_t gpa = csr_read(CSR_BADV);
    const struct lv_region *region = find_region(vcpu, gpa);
    const struct device_kind *kind = kind_of(region);
    struct memory_insn insn;

    if (!gpr_is_saved(cpu, insn_rd((uint32_t)word))) {
        return VERDICT_AGAIN;
    }
    if (ecode == ECODE_PIF || ecode == ECODE_PNX) {
        vcpu_count_exit(vcpu, LV_EXIT_STAGE2);
        return guest_inject(ECODE_ADE, ESUBCODE_ADEF, pc);
    }
    if (kind == NULL || !decode_memory((uint32_t)word, &insn)) {
        vcpu_count_exit(vcpu, LV_EXIT_STAGE2);
        return guest_inject(ECODE_ADE, ESUBCODE_ADEM, gpa);
    }
    vcpu_count_exit(vcpu, LV_EXIT_MMIO);
    guest_skip_instruction(pc);
    return emulate_access(cpu, vcpu, kind, region, gpa, &insn);
}

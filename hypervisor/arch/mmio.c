// SPDX-License-Identifier: GPL-2.0-or-later
#include <arch/decode.h>
#include <arch/exits.h>
#include <arch/guest.h>
#include <core/zone.h>
#include <devices/bridge.h>
#include <lib/bits.h>

static void region_access(struct vcpu *vcpu, const struct lv_region *region,
                          struct access *access) {
    access->address -= region->gpa;
    switch (region->type) {
    case LV_REGION_PCI_CONFIG:
        pci_access(&vcpu->zone->pci, access);
        break;
    case LV_REGION_UART:
        uart_access(vcpu, access);
        break;
    case LV_REGION_POWER:
        power_access(vcpu, access);
        break;
    case LV_REGION_VIRTIO:
        bridge_access(vcpu, region->gpa, access);
        break;
    default:
        access->value = UINT64_MAX;
        break;
    }
}

static void emulate_access(struct cpu *cpu, struct vcpu *vcpu, const struct lv_region *region,
                           gpa_t gpa, const struct memory_insn *insn) {
    struct access access = {.address = gpa, .size = insn->size, .is_write = insn->is_write};

    if (insn->is_write) {
        access.value = bits_truncate(cpu->arch.gpr[insn->rd], insn->size);
    }
    region_access(vcpu, region, &access);
    if (!insn->is_write && insn->rd != 0) {
        cpu->arch.gpr[insn->rd] = insn->is_unsigned ? bits_truncate(access.value, insn->size)
                                                    : bits_sign_extend(access.value, insn->size);
    }
    guest_skip_instruction();
}

static bool is_emulated(const struct lv_region *region) {
    const uint64_t emulated = BIT(LV_REGION_HOLE) | BIT(LV_REGION_PCI_CONFIG) |
                              BIT(LV_REGION_UART) | BIT(LV_REGION_POWER) | BIT(LV_REGION_VIRTIO);

    return region != NULL && (emulated & BIT(region->type)) != 0;
}

/*
 * Where nothing is emulated the access ends as on a machine where nothing answers: ADEF for a
 * fetch, ADEM for the rest. BADV is then the GPA; the GVA is not reported (LVZ reference 4.3).
 */
enum verdict exit_stage2(struct cpu *cpu, struct vcpu *vcpu, unsigned ecode) {
    gpa_t gpa = csr_read(CSR_BADV);
    const struct lv_region *region = zone_find_region(vcpu->zone, gpa);
    struct memory_insn insn;

    if (ecode == ECODE_PIF || ecode == ECODE_PNX) {
        vcpu_count_exit(vcpu, LV_EXIT_STAGE2);
        return guest_inject(ECODE_ADE, ESUBCODE_ADEF, csr_read(CSR_ERA));
    }
    if (!is_emulated(region) || !decode_memory((uint32_t)csr_read(CSR_BADI), &insn)) {
        vcpu_count_exit(vcpu, LV_EXIT_STAGE2);
        return guest_inject(ECODE_ADE, ESUBCODE_ADEM, gpa);
    }
    vcpu_count_exit(vcpu, LV_EXIT_MMIO);
    emulate_access(cpu, vcpu, region, gpa, &insn);
    return VERDICT_HANDLED;
}

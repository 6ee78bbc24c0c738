// SPDX-License-Identifier: GPL-2.0-or-later
#include <core/board.h>
#include <lib/bits.h>
#include <lib/string.h>

bool board_range_is_sound(uint64_t base, uint64_t size) {
    return size != 0 && bits_range_within(base, size, 0, BIT(LV_GPA_BITS));
}

static bool ranges_hold(const struct lv_range *ranges, uint32_t count, uint64_t base,
                        uint64_t size) {
    for (uint32_t i = 0; i < count; i++) {
        if (bits_range_within(base, size, ranges[i].base, ranges[i].size)) {
            return true;
        }
    }
    return false;
}

static bool ranges_touch(const struct lv_range *ranges, uint32_t count, uint64_t base,
                         uint64_t size) {
    for (uint32_t i = 0; i < count; i++) {
        if (bits_ranges_overlap(base, size, ranges[i].base, ranges[i].size)) {
            return true;
        }
    }
    return false;
}

static bool ranges_are_sound(const struct lv_range *ranges, uint32_t count) {
    for (uint32_t i = 0; i < count; i++) {
        if (!board_range_is_sound(ranges[i].base, ranges[i].size)) {
            return false;
        }
    }
    return true;
}

bool board_has_ram(const struct lv_board *board, uint64_t hpa, uint64_t size) {
    return ranges_hold(board->ram, board->num_ram, hpa, size);
}

bool board_has_device(const struct lv_board *board, uint64_t hpa, uint64_t size) {
    return ranges_hold(board->devices, board->num_devices, hpa, size);
}

/* A register of 0 means that there is none. */
bool board_touches_own(const struct lv_board *board, uint64_t hpa, uint64_t size) {
    const uint64_t registers[] = {board->uart_base, board->poweroff_register,
                                  board->reset_register};

    for (uint32_t i = 0; i < ARRAY_SIZE(registers); i++) {
        if (registers[i] != 0 &&
            bits_ranges_overlap(hpa, size, registers[i] & ~LV_PAGE_MASK, LV_PAGE_SIZE)) {
            return true;
        }
    }
    return false;
}

static const char *board_check_memory(const struct lv_board *board) {
    if (board->num_ram > LV_BOARD_MAX_RANGES || board->num_devices > LV_BOARD_MAX_DEVICES) {
        return "the board has too many memory ranges or device ranges";
    }
    if (!ranges_are_sound(board->ram, board->num_ram)) {
        return "a memory range of the board is empty or outside the address space";
    }
    if (!ranges_are_sound(board->devices, board->num_devices)) {
        return "a device range of the board is empty or outside the address space";
    }
    if (!board_range_is_sound(board->hv_base, board->hv_size) ||
        !board_has_ram(board, board->hv_base, board->hv_size)) {
        return "the hypervisor's memory is not in the board's RAM";
    }
    return NULL;
}

static const char *board_check_pci(const struct lv_board *board) {
    if (board->pci_access > LV_PCI_LOONGSON ||
        !bits_range_within(board->pci_base, board->pci_size, 0, BIT(LV_GPA_BITS))) {
        return "the board's PCI configuration space is out of range";
    }
    return ranges_touch(board->ram, board->num_ram, board->pci_base, board->pci_size)
               ? "the board's PCI configuration space is RAM, too"
               : NULL;
}

/* A zone can be given only what a device range has. */
static const char *board_check_devices(const struct lv_board *board) {
    for (uint32_t i = 0; i < board->num_devices; i++) {
        const struct lv_range *device = &board->devices[i];
        if (ranges_touch(board->ram, board->num_ram, device->base, device->size)) {
            return "a device range of the board is RAM, too";
        }
        if (bits_ranges_overlap(device->base, device->size, board->pci_base, board->pci_size)) {
            return "a device range of the board has PCI configuration space, which is mediated";
        }
        if (bits_ranges_overlap(device->base, device->size, LV_CHIP_INTERRUPTS_BASE,
                                LV_CHIP_INTERRUPTS_SIZE) ||
            bits_ranges_overlap(device->base, device->size, LV_MSI_DOORBELL_BASE,
                                LV_MSI_DOORBELL_SIZE)) {
            return "a device range of the board has registers that interrupt any CPU";
        }
    }
    if (board->rtc_base != 0 && (board->rtc_base % LV_RTC_SIZE != 0 ||
                                 !board_has_device(board, board->rtc_base, LV_RTC_SIZE))) {
        return "the board's real-time clock is not in one of its device ranges";
    }
    return NULL;
}

static const char *board_check_cpus(const struct lv_board *board) {
    if (board->num_cpus == 0 || board->num_cpus > LV_MAX_CPUS) {
        return "the board has no CPU or too many";
    }
    for (uint32_t i = 0; i < board->num_cpus; i++) {
        if (board->phys_cpu_id[i] > LV_PHYS_CPU_ID_MAX) {
            return "a physical CPU number of the board is out of range";
        }
        for (uint32_t j = 0; j < i; j++) {
            if (board->phys_cpu_id[i] == board->phys_cpu_id[j]) {
                return "two CPUs of the board have the same physical number";
            }
        }
    }
    return NULL;
}

const char *board_check(const struct lv_board *board) {
    if (strnlen(board->name, LV_NAME_SIZE) == LV_NAME_SIZE) {
        return "the board's name is not terminated";
    }
    const char *reason = board_check_cpus(board);
    reason = reason != NULL ? reason : board_check_memory(board);
    reason = reason != NULL ? reason : board_check_pci(board);
    return reason != NULL ? reason : board_check_devices(board);
}

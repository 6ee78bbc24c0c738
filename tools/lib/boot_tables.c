/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "boot_tables.h"

#include <stddef.h>
#include <string.h>
#include <zlib.h>

_Static_assert(__BYTE_ORDER__ == __ORDER_LITTLE_ENDIAN__, "zones are little endian");

#define BOOT_EFI_SIGNATURE 0x5453595320494249ULL /* "IBI SYST" */
#define BOOT_EFI_REVISION  ((2u << 16) | 100u)   /* UEFI 2.10 */

static const uint8_t boot_guid_device_tree[16] = {
    0xd5, 0x21, 0xb6, 0xb1, 0x9c, 0xf1, 0xa5, 0x41, 0x83, 0x0b, 0xd9, 0x15, 0x2c, 0x69, 0xaa, 0xe0,
};
static const uint8_t boot_guid_initrd[16] = {
    0x27, 0xe4, 0x68, 0x55, 0xfc, 0x68, 0x3d, 0x4f, 0xac, 0x74, 0xca, 0x55, 0x52, 0x31, 0xcc, 0x68,
};

static void boot_add_table(struct boot_tables *tables, const uint8_t guid[16], uint64_t address) {
    struct boot_config_table *entry = &tables->config[tables->system.num_tables++];
    memcpy(entry->guid, guid, sizeof(entry->guid));
    entry->table = address;
}

static void boot_fill_system(const struct boot_request *request, struct boot_system_table *system) {
    system->signature = BOOT_EFI_SIGNATURE;
    system->revision = BOOT_EFI_REVISION;
    system->header_size = sizeof(*system);
    system->vendor = request->address + offsetof(struct boot_tables, vendor);
    system->tables = request->address + offsetof(struct boot_tables, config);
}

void boot_tables_fill(const struct boot_request *request, struct boot_tables *tables) {
    static const char vendor[] = "Loongvisor";
    _Static_assert(sizeof(vendor) <= BOOT_VENDOR_UNITS, "the vendor's name fits");
    *tables = (struct boot_tables){0};
    boot_fill_system(request, &tables->system);
    boot_add_table(tables, boot_guid_device_tree, request->device_tree);
    if (request->initrd_size != 0) {
        tables->initrd = (struct boot_initrd){request->initrd_base, request->initrd_size};
        boot_add_table(tables, boot_guid_initrd,
                       request->address + offsetof(struct boot_tables, initrd));
    }
    for (size_t i = 0; i < sizeof(vendor); i++) {
        tables->vendor[i] = (uint16_t)vendor[i];
    }
    memcpy(tables->command_line, request->command_line, strlen(request->command_line));
    tables->system.crc32 =
        (uint32_t)crc32(0, (const Bytef *)&tables->system, sizeof(tables->system));
}

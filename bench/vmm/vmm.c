// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * A VMM of the smallest kind for KVM on LoongArch: one bare-metal program on one or more vCPUs,
 * each a thread pinned to the CPU of its number, KVM's own interrupt controllers, a UART and a
 * power switch. What the guest writes to the UART goes to standard output.
 */
#include "devices.h"
#include <elf.h>
#include <errno.h>
#include <fcntl.h>
#include <linux/kvm.h>
#include <loongarch/registers.h>
#include <pthread.h>
#include <sched.h>
#include <stdarg.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/ioctl.h>
#include <sys/mman.h>
#include <sys/stat.h>
#include <unistd.h>

#define MAX_VCPUS 4u

/* guests/include/rt/zone.h */
#define PARAMS_GPA   0x00f00000u
#define PARAMS_MAGIC 0x534d415241505452u
#define PARAMS       15u

/* The largest leaf of the host's tables: 2^25 bytes with pages of 16 KiB. */
#define HUGE_SIZE (32ul << 20)

/* Where parked CPUs wait, as on QEMU's machine (LVZ reference 10.3). */
#define PARK_GPA  0x1c000000u
#define PARK_SIZE 0x4000u
/* Until the other CPUs sleep there: the guest may want them at once. */
#define PARK_MICROSECONDS 10000u
#define PIC_BASE          0x10000000ul
#define CPUCFG_LAST       20u
#define CPUCFG_2          2u
#define CPUCFG2_LVZ       0x3c00ull /* LVZ and its version */

struct slot {
    uint64_t gpa;
    uint64_t size;
    int advice; /* madvise */
    uint8_t *memory;
};

/* Low RAM; memory for measurements in the host's small pages, and in large ones. */
static struct slot slots[] = {
    {0, 0x0a000000, MADV_HUGEPAGE, NULL},
    {0x80000000, 0x10000000, MADV_NOHUGEPAGE, NULL},
    {0xa0000000, 0x10000000, MADV_HUGEPAGE, NULL},
    {PARK_GPA, PARK_SIZE, MADV_NOHUGEPAGE, NULL},
};

struct vcpu {
    int fd;
    struct kvm_run *run;
    pthread_t thread;
};

/* park.S */
extern const uint8_t park_code[];
extern const uint64_t park_code_size;

static int vm;
static struct vcpu vcpus[MAX_VCPUS];

__attribute__((noreturn, format(printf, 1, 2))) static void die(const char *format, ...) {
    va_list args;
    int error = errno;

    va_start(args, format);
    fputs("vmm: ", stderr);
    vfprintf(stderr, format, args);
    fprintf(stderr, ": %s\n", strerror(error));
    va_end(args);
    exit(1);
}

static int call(int fd, unsigned long request, void *argument, const char *what) {
    int result = ioctl(fd, request, argument);

    if (result < 0) {
        die("%s", what);
    }
    return result;
}

/* ---- memory ---- */

static void slot_make(uint32_t number) {
    struct slot *slot = &slots[number];
    size_t room = slot->size + HUGE_SIZE;
    uint8_t *memory = mmap(NULL, room, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);

    if (memory == MAP_FAILED) {
        die("no memory for %lu bytes", slot->size);
    }
    slot->memory = memory + (-(uintptr_t)memory & (HUGE_SIZE - 1));
    if (madvise(slot->memory, slot->size, slot->advice) != 0) {
        die("madvise");
    }
    struct kvm_userspace_memory_region region = {.slot = number,
                                                 .guest_phys_addr = slot->gpa,
                                                 .memory_size = slot->size,
                                                 .userspace_addr = (uintptr_t)slot->memory};
    call(vm, KVM_SET_USER_MEMORY_REGION, &region, "KVM_SET_USER_MEMORY_REGION");
}

static void *guest_memory(uint64_t gpa, uint64_t size) {
    for (uint32_t i = 0; i < sizeof(slots) / sizeof(slots[0]); i++) {
        if (gpa >= slots[i].gpa && gpa + size <= slots[i].gpa + slots[i].size) {
            return slots[i].memory + (gpa - slots[i].gpa);
        }
    }
    errno = EFAULT;
    die("no guest memory at 0x%lx", gpa);
}

/* Returns the entry. */
static uint64_t load_elf(const char *path) {
    struct stat status;
    int file = open(path, O_RDONLY);

    if (file < 0 || fstat(file, &status) != 0) {
        die("%s", path);
    }
    const uint8_t *image = mmap(NULL, (size_t)status.st_size, PROT_READ, MAP_PRIVATE, file, 0);
    if (image == MAP_FAILED) {
        die("%s", path);
    }
    const Elf64_Ehdr *header = (const void *)image;
    const Elf64_Phdr *parts = (const void *)(image + header->e_phoff);
    for (uint32_t i = 0; i < header->e_phnum; i++) {
        if (parts[i].p_type == PT_LOAD) {
            memcpy(guest_memory(parts[i].p_paddr, parts[i].p_memsz), image + parts[i].p_offset,
                   parts[i].p_filesz);
        }
    }
    return header->e_entry;
}

static void load_params(char **numbers) {
    uint64_t *params = guest_memory(PARAMS_GPA, (PARAMS + 1) * sizeof(*params));

    params[0] = PARAMS_MAGIC;
    for (uint32_t i = 0; i < PARAMS && numbers[i] != NULL; i++) {
        params[i + 1] = strtoull(numbers[i], NULL, 0);
    }
}

/* ---- interrupt controllers ---- */

static int device_create(uint32_t type) {
    struct kvm_create_device device = {.type = type};

    call(vm, KVM_CREATE_DEVICE, &device, "KVM_CREATE_DEVICE");
    return (int)device.fd;
}

static void device_set(int fd, uint32_t group, uint64_t attribute, void *value) {
    struct kvm_device_attr attr = {.group = group, .attr = attribute, .addr = (uintptr_t)value};

    call(fd, KVM_SET_DEVICE_ATTR, &attr, "KVM_SET_DEVICE_ATTR");
}

static void irqchip_make(uint32_t count) {
    uint32_t features = 0;
    uint64_t base = PIC_BASE;

    device_create(KVM_DEV_TYPE_LOONGARCH_IPI);
    int eiointc = device_create(KVM_DEV_TYPE_LOONGARCH_EIOINTC);
    device_set(eiointc, KVM_DEV_LOONGARCH_EXTIOI_GRP_CTRL,
               KVM_DEV_LOONGARCH_EXTIOI_CTRL_INIT_NUM_CPU, &count);
    device_set(eiointc, KVM_DEV_LOONGARCH_EXTIOI_GRP_CTRL,
               KVM_DEV_LOONGARCH_EXTIOI_CTRL_INIT_FEATURE, &features);
    int pic = device_create(KVM_DEV_TYPE_LOONGARCH_PCHPIC);
    device_set(pic, KVM_DEV_LOONGARCH_PCH_PIC_GRP_CTRL, KVM_DEV_LOONGARCH_PCH_PIC_CTRL_INIT, &base);
}

void vmm_set_line(unsigned int pin, bool level) {
    struct kvm_irq_level line = {.irq = pin, .level = level};

    call(vm, KVM_IRQ_LINE, &line, "KVM_IRQ_LINE");
}

/* ---- vCPUs ---- */

static uint64_t host_cpucfg(uint64_t leaf) {
    uint32_t value;

    __asm__ volatile("cpucfg %0, %1" : "=r"(value) : "r"(leaf));
    return leaf == CPUCFG_2 ? value & ~CPUCFG2_LVZ : value;
}

/* The guest lacks whatever KVM refuses to give it. */
static void vcpu_set_cpucfg(int fd) {
    for (uint64_t leaf = 0; leaf <= CPUCFG_LAST; leaf++) {
        uint64_t value = host_cpucfg(leaf);
        struct kvm_one_reg reg = {.id = KVM_IOC_CPUCFG(leaf), .addr = (uintptr_t)&value};
        if (ioctl(fd, KVM_SET_ONE_REG, &reg) != 0 && errno != EINVAL) {
            die("KVM_SET_ONE_REG: CPUCFG.%lu", leaf);
        }
    }
}

static void vcpu_make(int kvm, uint64_t number, uint64_t pc) {
    struct vcpu *vcpu = &vcpus[number];
    struct kvm_one_reg id = {.id = KVM_IOC_CSRID(CSR_CPUID), .addr = (uintptr_t)&number};
    struct kvm_regs regs = {.pc = pc};
    int size = call(kvm, KVM_GET_VCPU_MMAP_SIZE, NULL, "KVM_GET_VCPU_MMAP_SIZE");

    vcpu->fd = call(vm, KVM_CREATE_VCPU, (void *)number, "KVM_CREATE_VCPU");
    vcpu->run = mmap(NULL, (size_t)size, PROT_READ | PROT_WRITE, MAP_SHARED, vcpu->fd, 0);
    if (vcpu->run == MAP_FAILED) {
        die("mmap of a vCPU");
    }
    vcpu_set_cpucfg(vcpu->fd);
    call(vcpu->fd, KVM_SET_ONE_REG, &id, "KVM_SET_ONE_REG: CPUID");
    call(vcpu->fd, KVM_SET_REGS, &regs, "KVM_SET_REGS");
}

static void vcpu_pin(size_t number) {
    cpu_set_t set;

    CPU_ZERO(&set);
    CPU_SET(number % (size_t)sysconf(_SC_NPROCESSORS_ONLN), &set);
    if (sched_setaffinity(0, sizeof(set), &set) != 0) {
        die("sched_setaffinity");
    }
}

/* Runs until the guest switches the power off, which ends the process. */
static void *vcpu_loop(void *argument) {
    const struct vcpu *vcpu = argument;
    struct kvm_run *run = vcpu->run;

    vcpu_pin((size_t)(vcpu - vcpus));
    for (;;) {
        if (ioctl(vcpu->fd, KVM_RUN, 0) != 0 && errno != EINTR) {
            die("KVM_RUN");
        }
        switch (run->exit_reason) {
        case KVM_EXIT_MMIO:
            devices_access(run->mmio.phys_addr, run->mmio.data, run->mmio.len, run->mmio.is_write);
            break;
        case KVM_EXIT_LOONGARCH_IOCSR:
            devices_iocsr(run->iocsr_io.data, run->iocsr_io.len, run->iocsr_io.is_write);
            break;
        case KVM_EXIT_INTR:
            break;
        default:
            errno = ENOTSUP;
            die("vCPU %d: exit %u", (int)(vcpu - vcpus), run->exit_reason);
        }
    }
}

static void usage(FILE *to) {
    fputs("usage: vmm GUEST.elf VCPUS [PARAMETER...]\n"
          "Runs a bare-metal program under KVM; the parameters are numbers for rt_param().\n",
          to);
}

int main(int count, char **arguments) {
    if (count == 2 && strcmp(arguments[1], "--help") == 0) {
        usage(stdout);
        return 0;
    }
    uint32_t wanted = count < 3 ? 0 : (uint32_t)strtoul(arguments[2], NULL, 0);
    if (wanted == 0 || wanted > MAX_VCPUS) {
        usage(stderr);
        return 2;
    }
    int kvm = open("/dev/kvm", O_RDWR);
    if (kvm < 0) {
        die("/dev/kvm");
    }
    vm = call(kvm, KVM_CREATE_VM, NULL, "KVM_CREATE_VM");
    for (uint32_t i = 0; i < sizeof(slots) / sizeof(slots[0]); i++) {
        slot_make(i);
    }
    memcpy(guest_memory(PARK_GPA, PARK_SIZE), park_code, park_code_size);
    uint64_t entry = load_elf(arguments[1]);
    load_params(&arguments[3]);
    for (uint32_t i = 0; i < wanted; i++) {
        vcpu_make(kvm, i, i == 0 ? entry : PARK_GPA);
    }
    irqchip_make(wanted);
    for (uint32_t i = 1; i < wanted; i++) {
        if (pthread_create(&vcpus[i].thread, NULL, vcpu_loop, &vcpus[i]) != 0) {
            die("pthread_create");
        }
    }
    usleep(PARK_MICROSECONDS);
    vcpu_loop(&vcpus[0]);
    return 0;
}

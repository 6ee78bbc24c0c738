# SPDX-License-Identifier: GPL-2.0-or-later
"""The rows of the report in their order: what each is called, where it comes from, what was aimed at."""

from dataclasses import dataclass


@dataclass(frozen=True)
class Line:
    """A line of the table. key names a row of the guest's, or a phase; note is a footnote's number, or 0."""

    key: str
    title: str
    target: int | None = None
    note: int = 0


# What the guest's own CPU does: instructions that the guest sees pass.
SINGLE = (
    Line("hypercall", "hypercall", 90, 8),
    Line("cpucfg", "cpucfg", 100),
    Line("csr-read", "read a CSR without a hardware copy", 100),
    Line("csr-write", "write a CSR without a hardware copy", 100),
    Line("iocsr-read", "iocsr read (IPI status)", 120),
    Line("iocsr-write", "iocsr write (IPI enable)"),
    Line("ipi-set-clear", "iocsr IPI set + clear", 260),
    Line("mmio-read", "MMIO read, device in the hypervisor", 180, 1),
    Line("mmio-write", "MMIO write, device in the hypervisor", 180, 1),
    Line("mmio-device-read", "MMIO read, device with more behind it", None, 2),
    Line("mmio-device-write", "MMIO write, device with more behind it", None, 2),
    Line("idle-pending", "idle with an interrupt pending", 120),
    Line("idle-timer", "idle → timer handler: later than set", 200),
    Line("idle-timer-unpolled", "the same without polling before sleep", None, 3),
    Line("timer", "timer handler without idle: later than set", None, 4),
    Line("timer-tick", "timer interrupt, handler included", None, 4),
    Line("ipi-self", "IPI to itself → handler", 250),
    Line("paravirt-ipi-self", "paravirtual IPI to itself → handler"),
    Line("virtual-line", "line raised by the hypervisor → handler", 300, 5),
    Line("device", "device's line, passed through → handler", None, 6),
    Line("device-injected", "device's line, injected → handler", None, 6),
    Line("first-touch", "first touch of a page"),
    Line("stage2-refill-4k", "stage-2 refill, 4 KiB", 40, 7),
    Line("stage2-refill-2m", "stage-2 refill, 2 MiB", 40, 7),
    Line("stage2-refill-1g", "stage-2 refill, 1 GiB", 40, 7),
    Line("guest-refill-warm", "guest's refill, stage 2 warm", None, 4),
    Line("guest-refill-cold", "guest's refill, stage 2 cold"),
    Line("rdtime", "rdtime", None, 4),
    Line("syscall", "system call inside the guest", None, 4),
    Line("page-fault", "page fault inside the guest", None, 4),
)

# What crosses CPUs: instructions in host mode, of both CPUs.
CROSSING = (
    Line("ipi-running", "IPI to a vCPU that runs"),
    Line("ipi-idle", "IPI to a vCPU that idles"),
    Line("paravirt-ipi-running", "paravirtual IPI to a vCPU that runs", 400),
    Line("paravirt-ipi-idle", "paravirtual IPI to a vCPU that idles", 400),
)

# There and back between vCPUs that idle: all instructions of both CPUs.
ROUND_TRIPS = (
    Line("ipi-both-idle", "IPI there and back, both idle"),
    Line("paravirt-ipi-both-idle", "paravirtual IPI there and back, both idle"),
)

NOTES = (
    "Zone: a hole of the address space. KVM: its PCH-PIC. Bare: the UART's scratch register.",
    "Zone: mediated PCI configuration space. KVM: a register in the VMM's process. Bare: PCI configuration space.",
    "KVM polls for interrupts before it lets a vCPU sleep, which burns the CPU's time; here it does not. Loongvisor never polls.",
    "Loongvisor's target is the bare machine's number: nothing of this leaves guest mode.",
    "Asked for by a hypercall in a zone, by an MMIO write to the VMM in KVM; what that takes is included.",
    "KVM passes no line through. A device of its guest reaches it as the line above.",
    "KVM maps 16 KiB and 32 MiB; these are its numbers. It has no leaf of 1 GiB.",
    "The way of every hypercall through the table. A way of its own for the call that asks for the version took 84; only this "
    "benchmark used it.",
)

# Sizes of others, for comparison: clang 19 -Os; of Bao the images for qemu-virt, on riscv64 with the PLIC and without compressed
# instructions, which LoongArch does not have; of Jailhouse its C files for arm64 without the assembly.
OTHER_SIZES = {
    "Bao riscv64": {"text and constants": 45684, "lines": 8131},
    "Bao arm64": {"text and constants": 70144},
    "Jailhouse arm64": {"text and constants": 59008},
}

# Rows that must be what they are on the bare machine, in instructions.
AS_BARE = ("timer", "timer-tick", "guest-refill-warm", "rdtime", "syscall", "page-fault")

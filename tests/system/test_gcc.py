# SPDX-License-Identifier: GPL-2.0-or-later
"""The hypervisor as gcc builds it (make HV_CC=loongarch64-linux-gnu-gcc-14)."""

import image
import paths
import zoneset


def test_debian_boots_on_all_cpus(boot):
    assert b"GNU C11 14" in zoneset.BUILT_BY_GCC.read_bytes(), "another compiler made it"
    kernel = image.pack_zone(image.ROOT_ZONE, paths.KERNEL.parent, paths.SCRATCH / "gcc.elf", hypervisor=zoneset.BUILT_BY_GCC)
    machine = boot(kernel=kernel)
    assert machine.run("uname -r").output.strip() == paths.kernel_release()
    assert machine.run("nproc").output.strip() == str(image.root_cpus())

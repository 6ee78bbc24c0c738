# SPDX-License-Identifier: GPL-2.0-or-later
"""Power off and reboot from the root zone's shell."""

import paths


def reset_by_guest(machine) -> None:
    """Types reboot and sees the machine reset."""
    machine.qmp.forget_events()
    machine.console.send("reboot\n")
    machine.expect(r"reboot: Restarting system", timeout=30, what="Linux to restart")
    machine.pump(0.5)
    assert machine.qmp.wait_event("RESET", 10)["data"]["guest"] is True


def test_reboot_boots_again_and_poweroff_ends(boot):
    machine = boot()
    machine.run("touch /tmp/from-before")
    reset_by_guest(machine)
    machine.wait_prompt()
    assert machine.run("test -e /tmp/from-before", check=False).status == 1, "this is the same boot as before"
    assert machine.run("uname -r").output.strip() == paths.kernel_release()
    machine.console.send("poweroff\n")
    machine.expect(r"reboot: Power down", timeout=30, what="Linux to power down")
    assert machine.wait_exit(20) == 0
    assert machine.qmp.wait_event("SHUTDOWN", 1)["data"] == {"guest": True, "reason": "guest-shutdown"}

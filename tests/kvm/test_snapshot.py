# SPDX-License-Identifier: GPL-2.0-or-later
"""A snapshot of the emulator in the middle of a running guest: saved, loaded, and the guest goes on."""

import time

import nested

SNAPSHOT = "middle"
NODE = "snapshots"
JOB_TIMEOUT = 180.0
POLL_SECONDS = 0.5


def run_job(qmp, command, **arguments):
    """Starts a QMP job and waits for its success."""
    qmp.command(command, **{"job-id": "job", **arguments})
    deadline = time.monotonic() + JOB_TIMEOUT
    while True:
        (job,) = qmp.command("query-jobs")
        if job["status"] == "concluded":
            break
        assert time.monotonic() < deadline, f"{command}: still {job['status']} after {JOB_TIMEOUT:.0f} s"
        time.sleep(POLL_SECONDS)
    qmp.command("job-dismiss", id="job")
    assert "error" not in job, f"{command}: {job['error']}"


def add_snapshot_disk(qmp, path):
    """A qcow2 image that no device uses; snapshots go into it."""
    run_job(qmp, "blockdev-create", options={"driver": "file", "filename": str(path), "size": 0})
    qmp.command("blockdev-add", **{"driver": "file", "node-name": "file", "filename": str(path)})
    run_job(qmp, "blockdev-create", options={"driver": "qcow2", "file": "file", "size": 1 << 20})
    qmp.command("blockdev-add", **{"driver": "qcow2", "node-name": NODE, "file": "file"})


def counted(guest):
    return int(guest.run("cat /tmp/count").output)


def test_guest_goes_on_after_loadvm(new_host, tmp_path):
    """What happened in the guest after the snapshot is undone, what ran at that moment runs on."""
    host = new_host(2)
    nested.enter_guest(host, 2)
    add_snapshot_disk(host.qmp, tmp_path / "snapshots.qcow2")
    host.run("i=0; while :; do i=$((i + 1)); echo $i > /tmp/next; mv /tmp/next /tmp/count; done & sleep 2; echo before > /tmp/mark")
    run_job(host.qmp, "snapshot-save", tag=SNAPSHOT, vmstate=NODE, devices=[NODE])
    at_snapshot = counted(host)
    host.run("sleep 2; echo after > /tmp/mark")
    later = counted(host)
    assert later > at_snapshot
    run_job(host.qmp, "snapshot-load", tag=SNAPSHOT, vmstate=NODE, devices=[NODE])
    assert host.run("cat /tmp/mark").output.strip() == "before"
    resumed = counted(host)
    host.run("sleep 2")
    assert counted(host) > resumed
    host.run("kill %1")
    nested.assert_no_trouble(host)
    nested.leave_guest(host)
    nested.assert_no_warning(host)
    nested.stop_host(host)

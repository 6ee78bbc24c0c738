#!/usr/bin/env python3
# SPDX-License-Identifier: GPL-2.0-or-later
"""
The barriers that no emulator on x86 can miss, looked for in the hypervisor's disassembly.

An IOCSR write is not ordered with memory, and what was stored as data is not yet fetched as code. Each rule follows
the instructions of a function, with those of the functions that it calls in their place, and names the first one that
comes without its barrier. Each rule must also fail once the barriers are taken away, or it would prove nothing.
"""

import re
import subprocess
import sys

STORE = re.compile(r"(st|stx|stptr)\.[bhwd]|sc\.|am[a-z]+(_db)?\.")
LOAD = re.compile(r"(ld|ldx|ldptr)\.|ll\.")
CALL = re.compile(r"<(\w+)>")
MAX_DEPTH = 4


class Code:
    """The functions of an ELF file: lists of (mnemonic, operands)."""

    def __init__(self, elf: str):
        command = ("llvm-objdump-19", "-d", "--no-show-raw-insn", elf)
        self._functions: dict[str, list[tuple[str, str]]] = {}
        name = ""
        for line in subprocess.run(command, check=True, text=True, stdout=subprocess.PIPE).stdout.splitlines():
            if label := re.match(r"[0-9a-f]+ <(\w+)>:$", line):
                name = label.group(1)
                self._functions[name] = []
            elif insn := re.match(r"\s*[0-9a-f]+:\s+(\S+)\s*(.*)$", line):
                self._functions[name].append(insn.groups())

    def trace(self, name: str, depth: int = 0) -> list[tuple[str, str]]:
        """The function's instructions in the order of its addresses, calls and tail calls carried out."""
        if name not in self._functions:
            sys.exit(f"barriers.py: the hypervisor has no function {name}: did it get another name?")
        found = []
        for mnemonic, operands in self._functions[name]:
            found.append((mnemonic, operands))
            callee = CALL.search(operands) if mnemonic in ("bl", "b") else None
            if callee and callee.group(1) in self._functions and callee.group(1) != name and depth < MAX_DEPTH:
                found += self.trace(callee.group(1), depth + 1)
        return found


def is_store(mnemonic: str, operands: str) -> bool:
    """A store that another CPU may look for: the stack is this CPU's own."""
    return STORE.match(mnemonic) is not None and "$sp" not in operands


def ordered_before_send(trace: list[tuple[str, str]]) -> str | None:
    """Behind the last store and before the first IOCSR write there is dbar 0; no store follows before the last one."""
    ordered = False
    sends = 0
    for mnemonic, operands in trace:
        if is_store(mnemonic, operands):
            ordered = False
        elif (mnemonic, operands) == ("dbar", "0"):
            ordered = True
        elif mnemonic.startswith("iocsrwr"):
            sends += 1
            if not ordered:
                return f"{mnemonic} {operands} without dbar 0 behind the last store"
    return None if sends else "no IOCSR write at all"


def ordered_behind_answer(trace: list[tuple[str, str]]) -> str | None:
    """Behind the last IOCSR write there is dbar 0 before anything is loaded or the function ends."""
    last = max((i for i, (mnemonic, _) in enumerate(trace) if mnemonic.startswith("iocsrwr")), default=None)
    if last is None:
        return "no IOCSR write at all"
    for mnemonic, operands in trace[last + 1 :]:
        if (mnemonic, operands) == ("dbar", "0"):
            return None
        if mnemonic == "ret" or (LOAD.match(mnemonic) and "$sp" not in operands):
            return f"{mnemonic} {operands} without dbar 0 behind the IOCSR write"
    return "no dbar 0 behind the IOCSR write"


def ordered_before_fetch(trace: list[tuple[str, str]]) -> str | None:
    """Before the first ertn there is ibar 0."""
    for mnemonic, operands in trace:
        if (mnemonic, operands) == ("ibar", "0"):
            return None
        if mnemonic == "ertn":
            return "ertn without ibar 0"
    return "neither ibar 0 nor ertn"


RULES = (
    ("arch_doorbell_ring", ordered_before_send),
    ("arch_cpu_start", ordered_before_send),
    ("arch_doorbell_answer", ordered_behind_answer),
    ("arch_vcpu_load", ordered_before_fetch),
    ("vcpu_run", ordered_before_fetch),
)


def main(elf: str) -> int:
    code = Code(elf)
    failures = []
    for function, rule in RULES:
        trace = code.trace(function)
        if problem := rule(trace):
            failures.append(f"{function}: {problem}")
        if rule([insn for insn in trace if insn[0] not in ("dbar", "ibar")]) is None:
            failures.append(f"{function}: {rule.__name__} finds nothing when the barriers are gone")
    for failure in failures:
        print(f"barriers.py: {failure}", file=sys.stderr)
    print(f"  {len(RULES)} functions have their barriers" if not failures else f"  {len(failures)} failures")
    return 1 if failures else 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1]))

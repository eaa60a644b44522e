"""What the picture process gives up before it is given the first picture.

It needs to read fonts and its own modules, to compute, and to answer on one connection. So it lets
go of everything else, as far as this PC lets it without being root:

* it stands back for others where it is meant to (nice);
* memory, file size, open files, new processes and core dumps are limited (setrlimit);
* it can gain no privileges, and no other program of the account may look into it (prctl);
* a filter refuses the system calls that open a connection, start a program or a process, send a
  signal, or change a file (seccomp). They fail with EPERM; nothing is killed.

What an old kernel or a container refuses is reported by name: the station works without it.

Source: prctl(2), seccomp(2), Linux include/uapi/linux/{seccomp,filter,audit}.h; the numbers of the
system calls are those of arch/x86/entry/syscalls/syscall_64.tbl and of
include/uapi/asm-generic/unistd.h, which ARM64, LoongArch and RISC-V share.
"""

from __future__ import annotations

import ctypes
import errno
import os
import platform
import resource
import struct
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass
from typing import Final

_PR_SET_DUMPABLE: Final = 4
_PR_SET_SECCOMP: Final = 22
_PR_SET_NO_NEW_PRIVS: Final = 38
_MODE_FILTER: Final = 2

# Instructions of classic BPF, and answers of a filter.
_LOAD: Final = 0x20  #: a word of `struct seccomp_data`
_JUMP_EQUAL: Final = 0x15
_JUMP_FROM: Final = 0x35  #: greater or equal
_JUMP_BITS: Final = 0x45  #: any of the bits
_RETURN: Final = 0x06
_ALLOW: Final = 0x7FFF_0000
_REFUSE: Final = 0x0005_0000 | errno.EPERM
_NUMBER_AT: Final = 0
_ARCHITECTURE_AT: Final = 4
_ARGUMENT_AT: Final = 16  #: of the first one, eight bytes each, the lower half first
#: The system calls of x32 come under the same architecture from here on.
_X32_FROM: Final = 0x4000_0000
_CHANGING: Final = os.O_WRONLY | os.O_RDWR | os.O_CREAT | os.O_TRUNC


@dataclass(frozen=True, slots=True)
class _Calls:
    """One architecture's numbers.

    Attributes:
        audit: `AUDIT_ARCH_*`.
        refused: System calls that are refused.
        opening: System calls that are refused when they would change a file -> which of their
            arguments are the flags.
    """

    audit: int
    refused: tuple[int, ...]
    opening: Mapping[int, int]


#: pidfd_send_signal, io_uring_setup, open_tree, move_mount, fsopen, fsmount, pidfd_open, clone3,
#: openat2, pidfd_getfd, mount_setattr: the same numbers everywhere.
_NEW: Final = (424, 425, 428, 429, 430, 432, 434, 435, 437, 438, 442)
_GENERIC_REFUSED: Final = (
    *(198, 199, 200, 201, 202, 242, 203),  # socket, socketpair, bind, listen, accept*, connect
    *(221, 281, 220),  # execve, execveat, clone
    *(117, 270, 271, 129, 130, 131, 138, 240),  # ptrace, process_vm_*, signals to processes
    *(33, 34, 35, 36, 37, 38, 39, 40, 45, 52, 53, 54, 55, 276),  # files: make, remove, rename, own
    *(268, 97, 280, 241, 217, 218, 219),  # setns, unshare, bpf, perf_event_open, keys
    *_NEW,
)
_GENERIC_OPENING: Final = {56: 2}  # openat
_ARCHITECTURES: Final[Mapping[str, _Calls]] = {
    "x86_64": _Calls(
        0xC000_003E,
        (
            *(41, 53, 49, 50, 43, 288, 42),  # socket, socketpair, bind, listen, accept*, connect
            *(59, 322, 56, 57, 58),  # execve, execveat, clone, fork, vfork
            *(101, 310, 311, 62, 200, 234, 129, 297),  # ptrace, process_vm_*, signals to processes
            *(82, 83, 84, 85, 86, 87, 88, 90, 91, 92, 93, 94, 76, 133),  # files: make, remove, own
            *(258, 259, 260, 263, 264, 265, 266, 268, 316),  # the same, relative to a folder
            *(308, 272, 321, 298, 248, 249, 250, 165),  # setns, unshare, bpf, perf, keys, mount
            *_NEW,
        ),
        {2: 1, 257: 2},  # open, openat
    ),
    "aarch64": _Calls(0xC000_00B7, _GENERIC_REFUSED, _GENERIC_OPENING),
    "loongarch64": _Calls(0xC000_0102, _GENERIC_REFUSED, _GENERIC_OPENING),
    "riscv64": _Calls(0xC000_00F3, _GENERIC_REFUSED, _GENERIC_OPENING),
}


@dataclass(frozen=True, slots=True)
class Bounds:
    """How much the process may use.

    Attributes:
        address_space: Bytes of address space, code and shared memory included.
        file_size: Bytes that it may write into one file: the shared memory.
        open_files: Descriptors.
        nice: How far it stands back for others on a busy PC, 0 to 19.
    """

    address_space: int
    file_size: int
    open_files: int
    nice: int = 0


def confine(bounds: Bounds) -> list[str]:
    """Give up what is not needed; returns the names of what this PC did not let go."""
    steps: tuple[tuple[str, Callable[[], None]], ...] = (
        ("nice", lambda: _stand_back(bounds.nice)),
        ("RLIMIT_AS", lambda: _limit(resource.RLIMIT_AS, bounds.address_space)),
        ("RLIMIT_FSIZE", lambda: _limit(resource.RLIMIT_FSIZE, bounds.file_size)),
        ("RLIMIT_NOFILE", lambda: _limit(resource.RLIMIT_NOFILE, bounds.open_files)),
        ("RLIMIT_NPROC", lambda: _limit(resource.RLIMIT_NPROC, 0)),
        ("RLIMIT_CORE", lambda: _limit(resource.RLIMIT_CORE, 0)),
        ("PR_SET_DUMPABLE", lambda: _prctl(_PR_SET_DUMPABLE, 0)),
        ("PR_SET_NO_NEW_PRIVS", lambda: _prctl(_PR_SET_NO_NEW_PRIVS, 1)),
        ("seccomp", _refuse_calls),
    )
    return list(_left_out(steps))


def _left_out(steps: tuple[tuple[str, Callable[[], None]], ...]) -> Iterator[str]:
    for name, step in steps:
        try:
            step()
        except (OSError, ValueError):  # ValueError: above a hard limit, which then holds
            yield name


def _stand_back(nice: int) -> None:
    if nice:
        os.nice(nice)


def _limit(what: int, most: int) -> None:
    resource.setrlimit(what, (most, most))


def _prctl(option: int, *arguments: int) -> None:
    libc = ctypes.CDLL(None, use_errno=True)
    padded = [ctypes.c_ulong(value) for value in (*arguments, 0, 0, 0, 0)[:4]]
    if libc.prctl(ctypes.c_int(option), *padded) != 0:
        number = ctypes.get_errno()
        raise OSError(number, os.strerror(number))


def _refuse_calls() -> None:
    calls = _ARCHITECTURES.get(platform.machine())
    if calls is None:
        raise OSError(errno.ENOSYS, "no table of this architecture's system calls")
    program = _program(calls)
    instructions = ctypes.create_string_buffer(program, len(program))
    head = struct.pack("@HP", len(program) // 8, ctypes.addressof(instructions))
    described = ctypes.create_string_buffer(head, len(head))
    _prctl(_PR_SET_SECCOMP, _MODE_FILTER, ctypes.addressof(described))


def _program(calls: _Calls) -> bytes:
    """Return the filter: another architecture or a listed call is refused, the rest is allowed."""
    code = [
        _instruction(_LOAD, _ARCHITECTURE_AT),
        _instruction(_JUMP_EQUAL, calls.audit, when=1),
        _instruction(_RETURN, _REFUSE),
        _instruction(_LOAD, _NUMBER_AT),
        _instruction(_JUMP_FROM, _X32_FROM, otherwise=1),
        _instruction(_RETURN, _REFUSE),
    ]
    for number in calls.refused:
        code += [_instruction(_JUMP_EQUAL, number, otherwise=1), _instruction(_RETURN, _REFUSE)]
    for number, flags in calls.opening.items():
        code += [
            _instruction(_JUMP_EQUAL, number, otherwise=4),
            _instruction(_LOAD, _ARGUMENT_AT + 8 * flags),
            _instruction(_JUMP_BITS, _CHANGING, otherwise=1),
            _instruction(_RETURN, _REFUSE),
            _instruction(_RETURN, _ALLOW),
        ]
    code.append(_instruction(_RETURN, _ALLOW))
    return b"".join(code)


def _instruction(code: int, value: int, *, when: int = 0, otherwise: int = 0) -> bytes:
    """Return one instruction; `when` and `otherwise` are the instructions that a jump skips."""
    return struct.pack("@HBBI", code, when, otherwise, value)

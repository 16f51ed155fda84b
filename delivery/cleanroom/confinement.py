"""What a query's process takes from itself before it looks at any data: memory, files, processes, network, its user, most system calls.

Limits are hard and asserted. A network of its own and a user of its own need rights that a process may not have; the filter of system
calls needs none and refuses sockets and new programs in any case. What was achieved is told in the answer.
"""

from __future__ import annotations

import ctypes
import os
import platform
import resource
import stat
import struct

__all__ = ["MEMORY_BYTES", "NOBODY", "confine", "limit"]

MEMORY_BYTES = 1_536 << 20
NOBODY = 65_534
_NEW_NETWORK = 0x4000_0000
_SET_DUMPABLE, _SET_NO_NEW_PRIVILEGES, _SET_FILTER = 4, 38, 22
_LOAD, _EQUAL, _RETURN = 0x20, 0x15, 0x06
_ALLOW, _REFUSE = 0x7FFF_0000, 0x0005_0001  # the second is "not permitted"
#: socket, connect, accept, bind, listen, socketpair, execve, execveat, ptrace, accept4, process_vm_readv, io_uring_setup, bpf, kexec.
_CALLS = {"x86_64": (0xC000_003E, (41, 42, 43, 49, 50, 53, 59, 322, 101, 288, 310, 425, 321, 246)),
          "aarch64": (0xC000_00B7, (198, 203, 202, 200, 201, 199, 221, 281, 117, 242, 270, 425, 280, 104))}


def limit(*, seconds: int) -> None:
    """This will set hard limits: address space, processor time, no file written, no core, few files open, no new process."""
    for what, most in ((resource.RLIMIT_AS, MEMORY_BYTES), (resource.RLIMIT_CPU, seconds), (resource.RLIMIT_FSIZE, 0),
                       (resource.RLIMIT_CORE, 0), (resource.RLIMIT_NOFILE, 32), (resource.RLIMIT_NPROC, 0)):
        resource.setrlimit(what, (most, most))
        if resource.getrlimit(what) != (most, most):
            raise RuntimeError("a limit does not hold")


def confine() -> list[str]:
    """This will give up the network, the user and the system calls, as far as this process may; it returns what was given up."""
    libc, given_up = ctypes.CDLL(None, use_errno=True), []
    if libc.unshare(_NEW_NETWORK) == 0:
        given_up.append("network")
    if os.geteuid() == 0:
        if stat.S_ISFIFO(os.fstat(0).st_mode):
            os.fchown(0, NOBODY, NOBODY)  # the engine opens its input by name, as the user it becomes
        os.setgroups([])
        os.setgid(NOBODY)
        os.setuid(NOBODY)
        libc.prctl(_SET_DUMPABLE, 1, 0, 0, 0)  # else its own standard input cannot be opened by name
        given_up.append("user")
    if libc.prctl(_SET_NO_NEW_PRIVILEGES, 1, 0, 0, 0) != 0:
        raise RuntimeError("new privileges could be gained")
    if platform.machine() in _CALLS and _filter(libc, *_CALLS[platform.machine()]):
        given_up.append("calls")
    return given_up


def _filter(libc: ctypes.CDLL, machine: int, calls: tuple[int, ...]) -> bool:
    """Installs the filter: another machine's calls and those listed are not permitted, all others are."""
    steps = [(_LOAD, 0, 0, 4), (_EQUAL, 1, 0, machine), (_RETURN, 0, 0, _REFUSE), (_LOAD, 0, 0, 0)]
    for at, call in enumerate(calls):
        steps.append((_EQUAL, len(calls) - at, 0, call))
    steps += [(_RETURN, 0, 0, _ALLOW), (_RETURN, 0, 0, _REFUSE)]
    packed = ctypes.create_string_buffer(b"".join(struct.pack("HBBI", *one) for one in steps))
    program = ctypes.create_string_buffer(struct.pack("HxxxxxxQ", len(steps), ctypes.addressof(packed)))
    return bool(libc.prctl(_SET_FILTER, 2, ctypes.byref(program), 0, 0) == 0)

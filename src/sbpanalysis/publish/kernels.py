"""How does a notebook get its kernel: forked from a warm process, or started plainly?"""

from __future__ import annotations

import asyncio
import itertools
import json
import os
import signal
import socket
import subprocess
import sys
import tempfile
import threading
import time
from contextlib import suppress
from functools import cache
from pathlib import Path
from queue import Empty

from jupyter_client.asynchronous import AsyncKernelClient
from jupyter_client.connect import port_names
from jupyter_client.kernelspec import KernelSpec
from jupyter_client.manager import AsyncKernelManager
from jupyter_client.provisioning import LocalProvisioner
from jupyter_core.utils import run_sync
from traitlets import Bool, Unicode

from sbpanalysis.publish.processes import PREFIX, kill_group, owner_pipe, remove, sweep
from sbpanalysis.publish.record import LISTENER
from sbpanalysis.report.edition import FAMILIES

# The same for each kernel, however it is started: what a notebook gives depends on nothing else
SURROUNDINGS = {
    "MPLBACKEND": "module://matplotlib_inline.backend_inline",
    "OMP_NUM_THREADS": "1",
    "OPENBLAS_NUM_THREADS": "1",
    "PYDEVD_USE_FRAME_EVAL": "NO",
    "PYTHONHASHSEED": "0",
    "SOURCE_DATE_EPOCH": "0",
}
_BIND = 10  # seconds that a kernel has to open its sockets before it is asked without them
_OURS = (
    "--IPKernelApp.extensions=sbpanalysis.publish.record",
    "--IPKernelApp.outstream_class=sbpanalysis.publish.stream.Stream",
)
_AFRESH = "__import__('sbpanalysis.publish.record', fromlist=['afresh']).afresh()"
_ANSWER = 1  # seconds after which a kernel is asked again


class Forked:
    """A kernel that the warm process forked, with the face of `subprocess.Popen`."""

    stdin = stdout = stderr = None

    def __init__(self, link: socket.socket, request: dict) -> None:
        link.sendall(json.dumps(request).encode() + b"\n")
        self._lines = link.makefile("rb")
        self._link, self.returncode = link, None
        first = self._lines.readline()
        if not first:
            raise ConnectionError("the warm process ended")
        self.pid = int(first)
        link.setblocking(False)

    def poll(self) -> int | None:
        """The exit code, or None while it runs; -9 if the warm process ended, and all with it."""
        if self.returncode is None:
            with suppress(BlockingIOError):
                line = self._link.recv(64)
                if not line:
                    self.kill()
                self.returncode = int(line or -signal.SIGKILL)
                self._lines.close()
                self._link.close()
        return self.returncode

    def wait(self, timeout: float | None = None) -> int:
        """The exit code, waited for."""
        if self.returncode is None:
            self._link.settimeout(timeout)
            self.poll()
        return self.returncode

    def send_signal(self, number: int) -> None:
        """Signal the kernel, unless it is known to have ended."""
        with suppress(ProcessLookupError):
            if self.returncode is None:
                os.kill(self.pid, number)

    def terminate(self) -> None:
        self.send_signal(signal.SIGTERM)

    def kill(self) -> None:
        if self.returncode is None:
            kill_group(self.pid)


class KernelServer:
    """The warm process of this process: started when first needed, and again if it ended."""

    def __init__(self) -> None:
        self._lock = threading.Lock()
        self._numbers = itertools.count(1)
        self._server: subprocess.Popen | None = None
        self._control: socket.socket | None = None
        self._folder = ""
        self._plain: list[subprocess.Popen] = []
        self._halted = False

    @property
    def pid(self) -> int | None:
        """The pid of the warm process, if there is one."""
        return self._server.pid if self._server else None

    def folder(self) -> str:
        """A short-named temporary folder for sockets and connection files, this process's own."""
        with self._lock:
            if not os.path.isdir(self._folder):
                sweep()
                self._folder = tempfile.mkdtemp(prefix=f"{PREFIX}{os.getpid()}-")
            return self._folder

    def connection_file(self) -> str:
        """Where the next kernel's connection file lies; its sockets lie beside it."""
        return f"{self.folder()}/{next(self._numbers)}.json"

    def surroundings(self) -> dict[str, str]:
        """The environment of each kernel: this process's, with what must not differ."""
        gone = {"JPY_PARENT_PID", "PYTHONSTARTUP"}
        kept = {k: v for k, v in os.environ.items() if k not in gone}
        return kept | SURROUNDINGS | {"IPYTHONDIR": f"{self.folder()}/ipython"}

    def start(self) -> None:
        """Start the warm process if there is none; it goes on importing meanwhile."""
        folder, surroundings = self.folder(), self.surroundings()
        with self._lock:
            if self._halted:
                raise ConnectionError("the build was interrupted")
            if self._server and self._server.poll() is None:
                return
            self._close()
            ours, theirs = socket.socketpair()
            with theirs:
                command = [sys.executable, "-m", "sbpanalysis.publish.kernel_server"]
                self._server = subprocess.Popen(
                    [*command, str(theirs.fileno()), folder, str(os.getpid())],
                    pass_fds=[theirs.fileno()],
                    env=surroundings,
                    stdin=owner_pipe(),
                    stdout=subprocess.DEVNULL,
                    stderr=subprocess.DEVNULL,
                )
            self._control = ours

    def fork(self, request: dict) -> Forked:
        """A kernel forked from the warm process. Raises `OSError` if that fails twice."""
        for last in (False, True):
            self.start()
            ours, theirs = socket.socketpair()
            try:
                with theirs, self._lock:
                    server = self._server
                    if not server:
                        raise ConnectionError("the warm process was ended")
                    socket.send_fds(self._control, [b"k"], [theirs.fileno()])
                return Forked(ours, request)
            except OSError:
                ours.close()
                if last:
                    raise
                with self._lock:
                    if self._server is server:  # else another thread has a new one already
                        self._close()  # it died a moment ago, which it may not show yet

    def plain(self, process: subprocess.Popen) -> None:
        """Remember a plainly started kernel, so that it is ended too; at once if all were."""
        if self._halted:
            kill_group(process.pid)
        self._plain = [p for p in self._plain if p.returncode is None] + [process]

    def halt(self) -> None:
        """End the warm process and every kernel, and let none start until `stop` has been called.

        What threads have just begun may still want the folder, so it stays until then.
        """
        self._halted = True
        with self._lock:
            for process in self._plain:
                if process.returncode is None:
                    kill_group(process.pid)
            self._close()

    def stop(self) -> None:
        """End the warm process and every kernel; nothing is left of them."""
        self.halt()
        remove(self._folder)
        self._halted = False

    def _close(self) -> None:
        if self._control:
            with suppress(OSError):
                self._control.send(b"e")  # end, but leave the folder, which is still ours
            self._control.close()
            self._control = None
        if self._server:
            with suppress(subprocess.TimeoutExpired):
                self._server.wait(5)
            self._server.kill()
            self._server.wait()
            self._server = None


@cache
def kernel_server() -> KernelServer:
    """The one of this process: papermill gives no way to hand it through."""
    return KernelServer()


class WarmProvisioner(LocalProvisioner):
    """Starts a kernel from the warm process, or plainly if `cold`."""

    cold = Bool(False)
    root = Unicode()
    reads = Unicode()
    families = Unicode()

    def _finalize_env(self, env: dict[str, str]) -> None:
        env.clear()
        settings = {LISTENER: self.reads, FAMILIES: self.families}
        env.update(kernel_server().surroundings() | settings)

    async def launch_kernel(self, cmd: list[str], **kwargs):
        """Launch with the checkout as working folder; what it prints besides cells goes nowhere."""
        if self.cold:
            null = subprocess.DEVNULL
            streams = {"stdin": owner_pipe(), "stdout": null, "stderr": null}
            info = await super().launch_kernel(cmd, **(kwargs | streams | {"cwd": self.root}))
            kernel_server().plain(self.process)
            return info
        arguments = cmd[cmd.index("ipykernel_launcher") + 1 :]
        request = {"arguments": arguments, "cwd": self.root, "env": kwargs["env"]}
        self.process = kernel_server().fork(request)
        self.pid = self.pgid = self.process.pid
        self.cwd = self.root
        await self._bound()
        return self.connection_info

    async def _bound(self) -> None:
        """Wait until its sockets are there: who connects before waits a tenth of a second more."""
        info, within = self.connection_info, time.monotonic() + _BIND
        sockets = [f"{info['ip']}-{info[name]}" for name in port_names]
        while not all(map(os.path.exists, sockets)) and self.process.poll() is None:
            if time.monotonic() > within:
                break  # the wait for its first answer has an end, and says so
            await asyncio.sleep(0.005)

    async def poll(self) -> int | None:
        """As the parent's; what a kernel has started ends once the kernel has."""
        code = await super().poll()
        if code is not None and self.pgid:
            with suppress(OSError):
                os.killpg(self.pgid, signal.SIGKILL)
            self.pgid = None
        return code

    async def kill(self, restart: bool = False) -> None:
        """As the parent's, and waited for, as the manager looks again a tenth of a second later."""
        await super().kill(restart)
        await self.wait()

    async def wait(self) -> int | None:
        """As the parent's, but asking a hundred times a second: a killed kernel is gone at once."""
        while self.process and self.process.poll() is None:
            await asyncio.sleep(0.01)
        return await super().wait()


class SharedKernel:
    """A kernel for the notebooks of a checkout that take turns in it."""

    def __init__(
        self, root: Path, cold: bool, name: str, families: dict[str, float] | None = None
    ) -> None:
        self._reads = Path(kernel_server().folder()) / f"{name}.reads"
        self._about = {
            "root": str(root),
            "cold": cold,
            "reads": str(self._reads),
            "families": json.dumps(families or {}),
        }
        self._manager: _Manager | None = None

    def manager(self) -> AsyncKernelManager:
        """The manager of the kernel, which is started by who runs the first notebook in it."""
        if self._manager is None:
            self._reads.unlink(missing_ok=True)
            self._manager = _Manager(self._about)
        return self._manager

    def read(self) -> list[str]:
        """What the last notebook read: the lines of `publish.record`."""
        return self._reads.read_text("utf-8").splitlines()

    def end(self) -> None:
        """End the kernel; the next notebook gets a new one."""
        if self._manager is not None:
            run_sync(self._manager.end)()
            self._manager = None


class _Manager(AsyncKernelManager):
    """Gives all who ask the one client of its kernel; sockets of files, never a port."""

    def __init__(self, settings: dict | None = None) -> None:
        super().__init__(transport="ipc", connection_file=kernel_server().connection_file())
        stanza = {"provisioner_name": "sbp-warm", "config": settings or {}}
        command = [sys.executable, "-m", "ipykernel_launcher", "-f", "{connection_file}", *_OURS]
        self._kernel_spec = KernelSpec(
            argv=command,
            language="python",
            display_name="Python 3",
            metadata={"kernel_provisioner": stanza},
        )
        self.client_factory = Client
        self._client: Client | None = None

    def client(self, **kwargs) -> Client:
        if self._client is None:
            self._client = super().client(**kwargs)
        return self._client

    async def end(self) -> None:
        """End the kernel if it runs, and leave nothing of it."""
        if self.has_kernel:
            await self.shutdown_kernel(now=True)
        else:
            await self.cleanup_resources()
        if self._client is not None:
            self._client.stop_channels()


class Client(AsyncKernelClient):
    """The client of a kernel of its own, for all notebooks that take turns in it."""

    _met = False

    def start_channels(self, **kwargs) -> None:
        """As the parent's, once."""
        if not self._met:
            super().start_channels(**kwargs)

    async def wait_for_ready(self, timeout: float | None = None) -> None:
        """Wait for the first answer on both channels, then until the last notebook is forgotten.

        Unlike the parent's, this does not listen on for a fifth of a second: nbclient passes over
        messages that are not of its cell.
        """
        within = time.monotonic() + (timeout or float("inf"))
        while time.monotonic() < within and await self.is_alive():
            request = self.execute(_AFRESH, silent=True) if self._met else self.kernel_info()
            with suppress(Empty):
                while (reply := await self.get_shell_msg(timeout=_ANSWER))["parent_header"].get(
                    "msg_id"
                ) != request:
                    pass
                if reply["content"]["status"] != "ok":
                    break
                if not self._met:
                    await self.get_iopub_msg(timeout=0.2)
                    self._handle_kernel_info_reply(reply)
                self._met = True
                return
        raise RuntimeError("the kernel did not answer")


def settle() -> None:
    """Have traitlets find the classes that kernels need, before threads start any.

    It finds each when the first instance is made, and two threads that make one at the same time
    can disturb each other.
    """
    for kind in (_Manager, Client, WarmProvisioner):
        kind()

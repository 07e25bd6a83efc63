"""How do notebooks take turns in one kernel, as if each had one of its own?"""

from __future__ import annotations

import json
import sys
import time
from contextlib import suppress
from pathlib import Path
from queue import Empty

from jupyter_client.asynchronous import AsyncKernelClient
from jupyter_client.kernelspec import KernelSpec
from jupyter_client.manager import AsyncKernelManager
from jupyter_core.utils import run_sync

from sbpanalysis.publish.kernels import WarmProvisioner, kernel_server

_OURS = (
    "--IPKernelApp.extensions=sbpanalysis.publish.record",
    "--IPKernelApp.outstream_class=sbpanalysis.publish.stream.Stream",
)
_AFRESH = "__import__('sbpanalysis.publish.record', fromlist=['afresh']).afresh()"
_ANSWER = 1  # seconds after which a kernel is asked again


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

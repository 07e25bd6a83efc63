"""What does the page look like now? While notebooks, data or library are edited, shown as saved.

Two processes: this one serves the current site and looks for changed files; a second builds,
keeps its kernels warm between builds, and is started anew when the library itself has changed.
A page whose notebook or commentary was saved is shown at once as a draft, before the site; all
else, and the whole site once nothing has been saved for a while, is built.
"""

from __future__ import annotations

import errno
import functools
import http.server
import json
import os
import shutil
import subprocess
import sys
import threading
import time
from collections.abc import Callable
from contextlib import suppress
from dataclasses import replace
from pathlib import Path

from sbpanalysis.errors import BuildError, SbpError, system_fault
from sbpanalysis.paths import DRAFT

WATCHED = ("_config.yml", "book", "notebooks", "local", "data", "src")
QUIET = 20  # seconds without a save until the whole site follows its drafts
_IGNORED = {"store", "__pycache__", ".ipynb_checkpoints"}
_SCRIPT = """"use strict";
(async function listen(shown) {
  for (;;) {
    try {
      const said = await (await fetch("/_sbp/state?after=" + shown)).json();
      if (shown !== "" && said.site !== site) { location.reload(); return; }
      site = said.site; shown = said.number; tell(said.fault);
    } catch { await new Promise((again) => setTimeout(again, 1000)); }
  }
})("");
let site = "";
function tell(fault) {
  let box = document.getElementById("sbp-fault");
  if (!fault) { if (box) box.remove(); return; }
  if (!box) {
    box = document.createElement("pre");
    box.id = "sbp-fault"; box.setAttribute("role", "alert");
    Object.assign(box.style, { position: "fixed", inset: "auto 0 0 0", margin: "0",
      padding: "1em", maxHeight: "50vh", overflow: "auto", background: "#fff",
      color: "#7a0010", borderTop: "4px solid #7a0010", whiteSpace: "pre-wrap", zIndex: "9" });
    document.body.append(box);
  }
  box.textContent = "Not built; this page is the last good one.\\n\\n" + fault;
}
"""
_NO_SITE = "<!doctype html><title>No site yet</title><p>No site yet.</p></body>"
_OWN_NAMES = ("127.0.0.1", "localhost")


class State:
    """What the browser is to know: which site is current, and what stopped the last build."""

    def __init__(self) -> None:
        self._changed = threading.Condition()
        self.number, self.site, self.fault = 0, "", ""

    def built(self, site: str, fault: str) -> None:
        """Say that a build made `site`, or was stopped by `fault`: then the last site stays."""
        with self._changed:
            self.number, self.site, self.fault = self.number + 1, site or self.site, fault
            self._changed.notify_all()

    def after(self, number: str, seconds: float = 20) -> dict:
        """The state, once it is another than `number`, or as it is after some seconds."""
        with self._changed:
            self._changed.wait_for(lambda: str(self.number) != number, seconds)
            return {"number": str(self.number), "site": self.site, "fault": self.fault}


class Local(http.server.SimpleHTTPRequestHandler):
    """Serves a folder to who asks this machine by its own name, and lists none.

    A page of another host that had its name point here would otherwise read the draft.
    """

    def parse_request(self) -> bool:
        if not super().parse_request():
            return False
        host = self.headers.get("Host", "").rpartition(":")
        if (host[0] or host[2]) not in _OWN_NAMES:
            self.send_error(421, "This server answers 127.0.0.1 and localhost only")
        elif "%00" in self.path or "\0" in self.path:
            self.send_error(400)
        else:
            return True
        return False

    def list_directory(self, path) -> None:
        self.send_error(404)


class Handler(Local):
    """Serves the current site, its drafts before it, each page with the script that reloads it."""

    def __init__(self, *args, state: State, **kwargs) -> None:
        self.state = state
        super().__init__(*args, **kwargs)

    def translate_path(self, path: str) -> str:
        """The file that an address asks for: a draft if there is one."""
        there = super().translate_path(path)
        draft = Path(self.directory).with_name(DRAFT) / os.path.relpath(there, self.directory)
        return str(draft) if draft.is_file() else there

    def do_GET(self) -> None:
        path, _, query = self.path.partition("?")
        if path == "/_sbp/state":
            state = self.state.after(query.removeprefix("after="))
            self._send("application/json", json.dumps(state))
        elif path == "/_sbp/watch.js":
            self._send("text/javascript", _SCRIPT)
        else:
            file = Path(self.translate_path(path))
            file = file / "index.html" if file.is_dir() else file
            if file.suffix == ".html" and file.is_file():
                self._page(file.read_text("utf-8"))
            elif not Path(self.directory).exists():
                self._page(_NO_SITE)
            else:
                super().do_GET()

    def _page(self, html: str) -> None:
        script = '<script src="/_sbp/watch.js" defer></script></body>'
        self._send("text/html", html.replace("</body>", script))

    def _send(self, kind: str, text: str) -> None:
        content = text.encode()
        self.send_response(200)
        self.send_header("Content-Type", f"{kind}; charset=utf-8")
        self.send_header("Content-Length", str(len(content)))
        self.send_header("Cache-Control", "no-store")
        self.end_headers()
        self.wfile.write(content)

    def log_message(self, *args) -> None:
        """Not a word: the terminal is for builds."""


def listening(port: int, handler: Callable) -> http.server.ThreadingHTTPServer:
    """A server on this machine alone. Raises `BuildError` where the port cannot be had."""
    try:
        return http.server.ThreadingHTTPServer(("127.0.0.1", port), handler)
    except OSError as error:
        if error.errno not in (errno.EADDRINUSE, errno.EACCES):
            raise
        why = "in use" if error.errno == errno.EADDRINUSE else "not for everyone"
        raise BuildError(f"port {port}: {why}; name another, or --port 0 for any.") from None


def watch(
    root: Path,
    site: Path,
    building: dict,
    port: int,
    message: Callable[[str], None],
    ends: threading.Event | None = None,
) -> None:
    """Serve `site` on this machine, and build with the arguments `building` as files change."""
    state, ends = State(), ends or threading.Event()
    handler = functools.partial(Handler, state=state, directory=str(site))
    with listening(port, handler) as server:
        server.daemon_threads = True
        threading.Thread(target=server.serve_forever, daemon=True).start()
        message(
            f"http://127.0.0.1:{server.server_port}/ shows each change as it is saved; "
            "Ctrl-C ends it"
        )
        try:
            _follow(root, building, state, message, ends)
        finally:
            server.shutdown()
            shutil.rmtree(site.with_name(DRAFT), ignore_errors=True)


def _follow(root: Path, building: dict, state: State, message, ends: threading.Event) -> None:
    builder, before, due = None, {}, None
    folders = [root / name for name in WATCHED]
    folders += [Path(building["data"])] if building.get("data") else []
    try:
        while not ends.is_set():
            now, whole = _stamps(folders), due is not None and time.monotonic() > due
            if now == before and not whole:
                ends.wait(0.2)
                continue
            if now != before and before:  # editors write in steps
                time.sleep(0.1)
                now = _stamps(folders)
            edited = [p for p in now.keys() | before.keys() if now.get(p) != before.get(p)]
            if builder and any(p.startswith(f"{root / 'src'}{os.sep}") for p in edited):
                _end(builder)
                builder = None
            before, builder = now, builder or _started(root)
            answer = _ask(builder, building, [] if whole else edited)
            due = time.monotonic() + QUIET if answer["draft"] else None
            state.built(answer["site"], answer["fault"])
            message(answer["fault"] or answer["did"])
            if builder.poll() is not None:
                _end(builder)
                builder = None
    finally:
        if builder:
            _end(builder)


def _stamps(folders: list[Path]) -> dict[str, tuple]:
    """Path -> time and size of every file that is looked at."""
    stamps = {}
    for top in folders:
        for folder, inside, names in os.walk(top):
            inside[:] = [n for n in inside if n not in _IGNORED]
            for path in (os.path.join(folder, name) for name in names):
                try:
                    stat = os.stat(path)
                except OSError:
                    continue
                stamps[path] = (stat.st_mtime_ns, stat.st_size)
        if top.is_file():
            stamps[str(top)] = (top.stat().st_mtime_ns, top.stat().st_size)
    return stamps


def _started(root: Path) -> subprocess.Popen:
    command = [sys.executable, "-m", "sbpanalysis.publish.watch"]
    return subprocess.Popen(
        command, cwd=root, stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True
    )


def _ask(builder: subprocess.Popen, building: dict, edited: list[str]) -> dict:
    try:
        builder.stdin.write(json.dumps({"building": building, "edited": edited}) + "\n")
        builder.stdin.flush()
        answer = builder.stdout.readline()
    except BrokenPipeError:
        answer = ""
    fault = "the builder ended; it is started again on a change"
    return json.loads(answer) if answer else _answer(fault=fault)


def _answer(site: str = "", did: str = "", fault: str = "", draft: bool = False) -> dict:
    """What a builder says: the name of what is to be seen now, what it did or what stopped it,
    and whether that is a draft."""
    return {"site": site, "did": did, "fault": fault, "draft": draft}


def _end(builder: subprocess.Popen) -> None:
    builder.stdin.close()
    try:
        builder.wait(10)
    except subprocess.TimeoutExpired:
        builder.kill()
        builder.wait()
    builder.stdout.close()


class Builder:
    """Makes drafts of what was edited if it can, else the site."""

    def __init__(self, root: Path) -> None:
        self._root, self._built, self._draft, self._shown = root, None, None, 0

    def answer(self, building: dict, edited: list[str]) -> dict:
        """Make what was edited, or with nothing named the site; a fault is an answer too."""
        start = time.monotonic()
        try:
            count = self._draft.show({*map(Path, edited)}) if self._draft and edited else None
            did = self._build(**building) if count is None else self._drafted(count)
        except SbpError as error:
            return _answer(fault=str(error))
        except OSError as error:
            if not (fault := system_fault(error)):
                raise
            return _answer(fault=fault)
        did += f", {time.monotonic() - start:.1f} s"
        site = f"{self._built.site.resolve()} {self._shown}"
        return _answer(site=site, did=did, draft=count is not None)

    def _drafted(self, count: int) -> str:
        self._shown += 1
        pages = "1 page" if count == 1 else f"{count} pages"
        return f"{pages} shown, the whole site follows {QUIET} s after the last change"

    def _build(self, edition: str, **given) -> str:
        from sbpanalysis.publish.build import build

        self.end()
        self._built = build(self._root, edition, **given, keep_warm=True)
        shutil.rmtree(self._built.plan.folder / DRAFT, ignore_errors=True)
        return f"{len(self._built.ran)} notebooks run, {len(self._built.reused)} reused"

    def ready(self) -> None:
        """Make ready for drafts of the site that was built, while nothing is asked."""
        from sbpanalysis.publish.draft import Draft

        if self._built and not self._draft:
            with suppress(SbpError):  # the next build says it
                self._draft = Draft(self._built.plan, self._built.contents)
                self._built = replace(self._built, contents=None)

    def end(self) -> None:
        """Know nothing any more of a site that was built."""
        if self._draft:
            self._draft.end()
        self._built = self._draft = None


def main() -> None:
    """Make what each line on standard input asks for; answer each with a line."""
    from sbpanalysis.publish.kernels import kernel_server
    from sbpanalysis.publish.renderer import stop as stop_renderers

    answers, builder = os.fdopen(os.dup(1), "w"), Builder(Path.cwd())
    os.dup2(2, 1)  # nothing else may stand among the answers
    kernel_server().start()
    try:
        for line in sys.stdin:
            print(json.dumps(builder.answer(**json.loads(line))), file=answers, flush=True)
            builder.ready()
    except KeyboardInterrupt:
        pass
    finally:
        builder.end()
        kernel_server().stop()
        stop_renderers()


if __name__ == "__main__":
    main()

"""trial.py: runs a program under libc's malloc and under hakmem and compares what it did.

A trial holds two allocators. `compare` runs one command under each; `compare_results` runs a
function under each, for programs that need a server or several steps. Both fail unless the results
are equal. Under hakmem every process must have had the library mapped, unless the program started it
with an environment of its own; statistics lines are taken off standard error and their allocations
added up.
"""

import os
import re
import shutil
import signal
import subprocess
import tempfile
import time
from contextlib import contextmanager
from pathlib import Path

# What a full run must allocate at least, as counted by the flavour that counts every call.
LEAST_CALLS = 100_000

STATISTICS_LINE = re.compile(r"^\[[A-Z_]+\] .*\n?", re.MULTILINE)
CALLS = re.compile(r"^\[ALLOC_GATE_STATS\] .*?\bcalls=(\d+)", re.MULTILINE)
ERROR_LINE = re.compile(r"^hakmem: .*", re.MULTILINE)


class Failure(Exception):
    """The program did not do under hakmem what it does under libc."""


def require(condition, text):
    if not condition:
        raise Failure(text)


class Result:
    def __init__(self, status, out, err):
        self.status = status
        self.out = out
        self.err = err

    def __eq__(self, other):
        return (self.status, self.out, self.err) == (other.status, other.out, other.err)

    def __str__(self):
        return f"exit status {self.status}\n{self.out[-3000:]}\n{self.err[-3000:]}"

    def succeeded(self):
        """Returns itself, if the program ended with 0."""
        require(self.status == 0, str(self))
        return self


class Allocator:
    """libc (library None) or a flavour of hakmem: starts programs under it."""

    def __init__(self, library, mapped_run, folder):
        self.library = library
        self.name = "hakmem" if library else "libc"
        self.mapped_run = Path(mapped_run).resolve()
        self.log = folder / "processes.log"
        self.calls = 0
        self.process_count = 0

    def environment(self, extra=None, tells_statistics=True):
        result = {
            name: value
            for name, value in os.environ.items()
            if name != "LD_PRELOAD" and not name.startswith("HAKMEM_")
        }
        result.update({"LC_ALL": "C.UTF-8", "TZ": "UTC"}, **(extra or {}))
        if self.library:
            result["LD_PRELOAD"] = str(self.library)
            if tells_statistics:
                result["HAKMEM_STATS"] = "1"
        return result

    def run(self, command, *, seconds=120, environment=None, cwd=None, text=None, user=None,
            tells_statistics=True):
        """Runs a command to its end and returns its Result."""
        command = [str(word) for word in command]
        require(shutil.which(command[0]), f"{command[0]} is not installed")
        if self.library:
            self.log.write_text("")
            self.log.chmod(0o666)  # the command may run as another user
            command = [str(self.mapped_run), str(self.log), self.library.name] + command
        process = subprocess.Popen(
            command, stdin=subprocess.PIPE, stdout=subprocess.PIPE, stderr=subprocess.PIPE,
            cwd=cwd, env=self.environment(environment, tells_statistics), text=True, errors="replace",
            start_new_session=True, user=user,
        )
        try:
            out, err = process.communicate(text or "", timeout=seconds)
        except subprocess.TimeoutExpired:
            os.killpg(process.pid, signal.SIGKILL)
            out, err = process.communicate()
            raise Failure(f"{' '.join(command)} under {self.name}: more than {seconds} s\n"
                          f"{out[-3000:]}\n{err[-3000:]}") from None
        if self.library:
            self._check_processes(command)
        return Result(process.returncode, out, self.take_statistics(err))

    @contextmanager
    def server(self, command, folder, *, user=None):
        """Runs a server while the scope lasts; it must end by itself, soon after the scope."""
        path = folder / f"server-{self.name}.err"
        with open(path, "w") as err:
            process = subprocess.Popen(
                [str(word) for word in command], stdin=subprocess.DEVNULL, stdout=err, stderr=err,
                cwd=folder, env=self.environment(), start_new_session=True, user=user,
            )
        try:
            yield process
            require(process.wait(60) == 0, f"the server ended with {process.returncode}\n"
                                           f"{path.read_text()[-3000:]}")
            self.take_statistics(path.read_text())
        finally:
            if process.poll() is None:
                os.killpg(process.pid, signal.SIGKILL)
                process.wait()

    def check_mapped(self, process):
        """Fails unless the library is mapped into the process (a number) just if it should be."""
        try:
            maps = Path(f"/proc/{process}/maps").read_text()
        except (FileNotFoundError, ProcessLookupError):
            return  # it has ended
        if not maps:
            return  # it is ending
        is_mapped = "libhakmem" in maps
        require(is_mapped == bool(self.library), f"process {process}: libhakmem mapped: {is_mapped}")
        self.process_count += 1 if is_mapped else 0

    def take_statistics(self, err):
        """Adds up the allocations told on standard error and returns what else stood there."""
        self.calls += sum(int(calls) for calls in CALLS.findall(err))
        rest = STATISTICS_LINE.sub("", err)
        require(not ERROR_LINE.search(rest), f"the library complained:\n{rest[-3000:]}")
        return rest

    def _check_processes(self, command):
        lines = self.log.read_text().splitlines()
        absent = [line for line in lines if line.startswith("absent ")]
        mapped = [line for line in lines if line.startswith("mapped ")]
        require(mapped, f"{command}: no process had libhakmem mapped")
        require(not absent, f"{command}: without libhakmem ran {absent}")
        self.process_count += len(mapped)


class Trial:
    def __init__(self, library, mapped_run, is_full, counts_calls):
        self.is_full = is_full
        self.counts_calls = counts_calls
        self.folder = Path(tempfile.mkdtemp(prefix="hakmem-programs-"))
        # Another user's process must reach the library too.
        self.folder.chmod(0o755)
        copy = self.folder / Path(library).name
        shutil.copy(library, copy)
        copy.chmod(0o755)
        self.libc = Allocator(None, mapped_run, self.folder)
        self.hakmem = Allocator(copy, mapped_run, self.folder)

    def fresh_folder(self, name="work"):
        """Returns an empty folder, under the same path at each call with one name."""
        path = self.folder / name
        shutil.rmtree(path, ignore_errors=True)
        path.mkdir()
        path.chmod(0o777)
        return path

    def compare(self, command, **how):
        """Runs the command under both; its output, errors and exit status must be equal."""
        def run(allocator):
            return allocator.run(command, cwd=self.fresh_folder(), **how)
        return self.compare_results(run)

    def compare_results(self, function):
        """Calls function(allocator) for both; the values returned must be equal."""
        expected = function(self.libc)
        actual = function(self.hakmem)
        require(actual == expected, f"under libc:\n{expected}\nunder hakmem:\n{actual}")
        return actual

    def finish(self):
        """Judges the trial as a whole and returns its figures as text."""
        require(self.hakmem.process_count > 0, "no process ran under hakmem")
        if self.is_full and self.counts_calls:
            require(self.hakmem.calls > LEAST_CALLS, f"only {self.hakmem.calls} allocations")
        return f"processes={self.hakmem.process_count} calls={self.hakmem.calls}"

    def clean_up(self):
        shutil.rmtree(self.folder, ignore_errors=True)


def wait_until(condition, what, seconds=60):
    """Polls until condition() is true."""
    end = time.monotonic() + seconds
    while not condition():
        require(time.monotonic() < end, f"{what}: more than {seconds} s")
        time.sleep(0.05)

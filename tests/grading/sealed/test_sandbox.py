"""The sandbox, for real: small programs try to get out, use up or leave something."""

import json
import os
import platform
import shutil
import signal
import socket
import stat
import subprocess
import sys
import tempfile
from pathlib import Path

import pytest

import grading
from grading.sealed import (
    bubblewrap,
    call_filter,
    installation,
    isolation,
    landlock,
    privileges,
    remains,
)

if not sys.platform.startswith("linux"):
    pytest.skip("only Linux has a sandbox", allow_module_level=True)

OFFER = isolation.find_offer()
AS_ROOT = os.geteuid() == 0
PROJECT = Path(grading.__file__).parents[1]
LIMITS = {
    "total": 20.0,
    "memory": 256 * 2**20,
    "processes": 16,
    "file_size": 2 * 2**20,
    "disk": 8 * 2**20,
    "open_files": 64,
}
needs_bubblewrap = pytest.mark.skipif(bool(OFFER.problem), reason=OFFER.problem)
needs_landlock = pytest.mark.skipif(not OFFER.landlock, reason="no Landlock here")
needs_filter = pytest.mark.skipif(
    not call_filter.is_available(), reason="no filter for this machine's system calls"
)
both_levels = pytest.mark.parametrize(
    "level",
    [
        pytest.param("full", marks=needs_bubblewrap),
        pytest.param("landlock", marks=needs_landlock),
    ],
)

# A warm parent with the fewest lines: runs programs one after another, each in a
# student process, and prints what they said and how they ended.
PARENT = """\
import json, os, sys
from grading.sealed import bubblewrap, isolation, remains
level, user, outside, job = sys.argv[1:]
isolation.enter(level, int(user) if user else None)
job = json.loads(job)
full = level == "full"
folders = bubblewrap.writable_folders() if full else [os.environ["TMPDIR"]]
results = []
for program in job["programs"]:
    reading, writing = os.pipe()
    child = os.fork()
    if child == 0:
        os.close(reading)
        os.dup2(writing, 1)
        if job["confined"]:
            isolation.confine(level, job["limits"], folders, job["hidden"])
        os.chdir(folders[0])
        try:
            exec(program, {"__name__": "student"})
        except Exception as error:
            print(type(error).__name__, end=" ")
        finally:
            sys.stdout.flush()
            os._exit(0)
    os.close(writing)
    status = os.waitpid(child, 0)[1]
    strays = remains.kill_all(outside if full else None)
    with os.fdopen(reading) as said:
        result = {"said": said.read(), "status": status, "strays": len(strays)}
    remains.empty(folders)
    if full:
        remains.forget_ipc(outside)
    results.append(result)
print(json.dumps(results))
"""


@pytest.fixture
def run(tmp_path):
    """Return a function that runs programs at a level and returns what they said."""

    def run(level, *programs, python=sys.executable, hidden=(), confined=True):
        user = privileges.choose_user() if level == "full" else None
        job = {"programs": programs, "limits": LIMITS, "confined": confined}
        job["hidden"] = [str(path) for path in hidden]
        outside = remains.read_namespaces()
        user = "" if user is None else str(user)
        argv = [python, "-P", "-c", PARENT, level, user, outside, json.dumps(job)]
        folder = tmp_path / "scratch"
        folder.mkdir(exist_ok=True)
        environment = None
        if level == "full":
            argv = bubblewrap.command(argv, disk=LIMITS["disk"], hidden=hidden)
        else:
            environment = installation.set_up_environment(folder)
        done = subprocess.run(
            argv, env=environment, capture_output=True, text=True, timeout=60
        )
        assert done.returncode == 0, done.stderr
        return json.loads(done.stdout)

    return run


def said(results):
    return [result["said"].strip() for result in results]


@both_levels
def test_a_file_outside_cannot_be_read_nor_written(run, level, tmp_path):
    secret = tmp_path / "secret.txt"
    secret.write_text("the grades")
    tries = [f"print(open({str(secret)!r}).read())", f"open({str(secret)!r}, 'a')"]
    expected = "FileNotFoundError" if level == "full" else "PermissionError"
    assert said(run(level, *tries)) == [expected] * 2
    assert secret.read_text() == "the grades"


@both_levels
@needs_filter
def test_permissions_and_times_of_a_file_outside_stay(run, level, tmp_path):
    book = tmp_path / "gradebook.db"
    book.write_text("grades")
    before = book.stat()
    program = (
        "import os\n"
        "chmod = lambda path: os.chmod(path, 0)\n"
        "utime = lambda path: os.utime(path, (1, 1))\n"
        "truncate = lambda path: os.truncate(path, 0)\n"
        "setxattr = lambda path: os.setxattr(path, 'user.a', b'')\n"
        "for call in (chmod, utime, truncate, setxattr):\n"
        "    try:\n"
        f"        call({str(book)!r})\n"
        "    except OSError:\n"
        "        pass\n"
    )
    run(level, program)
    after = book.stat()
    assert (before.st_mode, before.st_mtime, before.st_size) == (
        after.st_mode,
        after.st_mtime,
        after.st_size,
    )
    assert os.listxattr(book) == []


@both_levels
def test_the_course_and_its_solutions_cannot_be_read(run, level):
    folders = [str(PROJECT / name) for name in ("source_py", "mistakes", "tests")]
    solutions = str(PROJECT / "grading" / "sample_class.py")
    results = run(
        level,
        *(f"import os; print(os.listdir({path!r}))" for path in folders),
        f"print(open({solutions!r}).read())",
    )
    expected = "FileNotFoundError" if level == "full" else "PermissionError"
    assert said(results) == [expected] * 4


@needs_bubblewrap
def test_of_the_package_only_what_runs_submissions_is_there(run):
    program = f"import os; print(sorted(os.listdir({str(PROJECT / 'grading')!r})))"
    assert said(run("full", program)) == ["['__init__.py', 'sealed']"]


@needs_bubblewrap
def test_a_course_inside_the_installation_is_absent(run):
    inside = Path(sys.base_prefix, "lib").resolve()
    hidden = next(path for path in inside.glob("python3*/*") if path.name == "idlelib")
    program = f"import os; print(os.listdir({str(hidden)!r}))"
    assert said(run("full", program, hidden=[hidden])) == ["[]"]


@needs_landlock
def test_landlock_leaves_out_a_course_inside_the_installation(run):
    inside = Path(sys.base_prefix, "lib").resolve()
    hidden = next(path for path in inside.glob("python3*/*") if path.name == "idlelib")
    program = f"open({str(hidden / '__init__.py')!r}).read()"
    assert said(run("landlock", program, hidden=[hidden])) == ["PermissionError"]
    assert said(run("landlock", program)) == [""]


@both_levels
def test_numpy_and_helpers_can_be_imported(run, level):
    program = "import numpy, helpers.checks; print(numpy.ones(3).sum())"
    assert said(run(level, program)) == ["3.0"]


CONNECT = """\
import socket
for kind in (socket.SOCK_STREAM, socket.SOCK_DGRAM):
    try:
        with socket.socket({family}, kind) as sender:
            sender.connect({address!r})
            sender.send(b"hello")
        print("sent", end=" ")
    except OSError:
        print("refused", end=" ")
"""


@both_levels
@pytest.mark.parametrize("confined", [True, False])
def test_the_network_cannot_be_reached_nor_the_own_machine(run, level, confined):
    if level == "landlock" and not confined:
        pytest.skip("Landlock is not around the warm parent")
    with (
        socket.create_server(("127.0.0.1", 0)) as server,
        socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as datagrams,
    ):
        address = server.getsockname()
        datagrams.bind(address)
        datagrams.settimeout(0.1)
        server.settimeout(0.1)
        program = CONNECT.format(family="socket.AF_INET", address=address)
        run(level, program, confined=confined)
        with pytest.raises(TimeoutError):
            datagrams.recv(5)
        with pytest.raises(TimeoutError):
            server.accept()


@both_levels
@needs_filter
def test_no_socket_can_be_made_but_a_pair(run, level):
    program = (
        "import socket\n"
        "a, b = socket.socketpair(); a.send(b'hi'); print(b.recv(2))\n"
        "socket.socket(socket.{})"
    )
    families = ("AF_UNIX", "AF_INET", "AF_INET6", "AF_NETLINK")
    results = run(level, *(program.format(family) for family in families))
    assert said(results) == ["b'hi'\nPermissionError"] * 4


@needs_landlock
def test_landlock_alone_refuses_tcp_where_the_kernel_can():
    if landlock.abi() < 4:
        pytest.skip("this Landlock knows no TCP")
    with socket.create_server(("127.0.0.1", 0)) as server:
        program = (
            "from grading.sealed import landlock; import socket\n"
            "landlock.restrict(['/'], [])\n"
            f"socket.create_connection({server.getsockname()!r})"
        )
        done = subprocess.run(
            [sys.executable, "-c", program], capture_output=True, text=True
        )
    assert "PermissionError" in done.stderr


@both_levels
def test_a_fork_bomb_is_bounded(run, level):
    if level == "landlock" and AS_ROOT:
        pytest.skip("the number of root's processes has no limit")
    program = (
        "import os, time\n"
        "made = 0\n"
        "try:\n"
        "    while made < 200:\n"
        "        if os.fork() == 0:\n"
        "            time.sleep(60)\n"
        "        made += 1\n"
        "except BlockingIOError:\n"
        "    print(made)\n"
    )
    first, second = run(level, program, "print('here')")
    assert 0 < int(first["said"]) <= LIMITS["processes"]
    assert first["strays"] == int(first["said"])
    assert second["said"].strip() == "here"


@both_levels
def test_memory_is_bounded_above_what_the_parent_uses(run, level):
    use = "data = bytearray({} * 2**20); print(len(data))"
    results = run(level, use.format(64), use.format(300))
    assert said(results) == [str(64 * 2**20), "MemoryError"]


FILL = """\
import os
written = 0
try:
    for number in range(100):
        with open(os.path.join({folder}, str(number)), "wb") as file:
            written += file.write(bytes(2**20))
except OSError as error:
    print(error.strerror, written // 2**20)
"""


@needs_bubblewrap
@pytest.mark.skipif(not OFFER.bounded_disk, reason="this bubblewrap knows no --size")
@pytest.mark.parametrize("folder", ["os.environ['TMPDIR']", "'/dev/shm'"])
def test_disk_is_bounded_and_empty_again_for_the_next(run, folder):
    fill = FILL.format(folder=folder)
    full = f"No space left on device {LIMITS['disk'] // 2**20}"
    assert said(run("full", fill, fill)) == [full, full]


@both_levels
def test_a_file_that_grows_too_large_is_an_oserror(run, level):
    program = "open('large', 'wb').write(bytes(3 * 2**20))"
    assert said(run(level, program)) == ["OSError"]


@both_levels
def test_recursion_in_c_ends_only_the_student(run, level):
    program = (
        "import ctypes\n"
        "callback = ctypes.CFUNCTYPE(None)\n"
        "@callback\n"
        "def again(): again()\n"
        "import sys; sys.setrecursionlimit(10**8)\n"
        "again()"
    )
    first, second = run(level, program, "print('here')")
    assert os.WTERMSIG(first["status"]) == signal.SIGSEGV
    assert second["said"].strip() == "here"


LEAVE = """\
import os
os.makedirs("a/b/c")
open("a/b/c/file", "w").close()
os.symlink({outside!r}, "a/link")
os.mkfifo("a/pipe")
os.chmod("a/b/c", 0)
os.chmod("a/b", 0)
os.chmod("a", 0o100)
for _ in range(1500):
    os.mkdir("deep")
    os.chdir("deep")
"""


@both_levels
def test_what_a_student_wrote_is_gone_for_the_next(run, level, tmp_path):
    outside = tmp_path / "outside"
    outside.mkdir()
    outside.joinpath("kept").touch()
    look = "import os; print(os.listdir('.'))"
    results = run(level, LEAVE.format(outside=str(outside)), look)
    assert said(results) == ["", "[]"]
    assert outside.joinpath("kept").exists()


def test_a_folder_is_emptied_of_attributes_too(tmp_path):
    try:
        os.setxattr(tmp_path, "user.message", b"for the next")
    except OSError:
        pytest.skip("no extended attributes on this file system")
    tmp_path.chmod(0)
    remains.empty([tmp_path, tmp_path / "missing"])
    assert os.listxattr(tmp_path) == []
    assert stat.S_IMODE(tmp_path.stat().st_mode) == 0o700
    assert tmp_path.stat().st_mtime == 0


STRAYS = """\
import os, signal, time
for _ in range(3):
    if os.fork() == 0:
        os.setsid()
        signal.signal(signal.SIGTERM, signal.SIG_IGN)
        signal.signal(signal.SIGHUP, signal.SIG_IGN)
        if os.fork() == 0:
            time.sleep(60)
        os._exit(0)
    os.wait()
"""


@both_levels
def test_stray_processes_are_killed(run, level):
    count = (
        "import os\nprint(len([n for n in os.listdir('/proc') if n.isdigit()]))"
        if level == "full"
        else "print(3)"
    )
    first, second = run(level, STRAYS, count)
    assert first["strays"] == 3
    assert second["said"].strip() == "3"  # bubblewrap, the warm parent, the student


SHARED = """\
import ctypes
libc = ctypes.CDLL(None)
print(libc.shmget(7, 4096, {flags}) >= 0, libc.semget(7, 1, {flags}) >= 0,
      libc.msgget(7, {flags}) >= 0)
"""


@needs_bubblewrap
def test_system_v_ipc_is_forgotten(run):
    make, look = SHARED.format(flags=0o1666), SHARED.format(flags=0)
    results = run("full", make + look, look, confined=False)
    made = "True True True"
    assert said(results) == [f"{made}\n{made}", "False False False"]


@needs_bubblewrap
@needs_filter
def test_a_confined_student_can_make_no_shared_memory_that_stays(run):
    assert said(run("full", SHARED.format(flags=0o1666))) == ["False False False"]


TRACE = """\
import ctypes, os
parent = os.getppid()
libc = ctypes.CDLL(None, use_errno=True)
print(libc.ptrace(16, parent, 0, 0) == -1)  # PTRACE_ATTACH
for place in ("mem", "environ", "fd/0"):
    try:
        open(f"/proc/{parent}/{place}", "rb").read(1)
        print("read", place)
    except OSError as error:
        print("refused")
"""


@both_levels
@pytest.mark.parametrize("confined", [True, False])
def test_the_warm_parent_cannot_be_traced_nor_read(run, level, confined):
    if level == "landlock" and AS_ROOT and not confined:
        pytest.skip("root traces what it wants, unless it is confined")
    results = run(level, TRACE, confined=confined)
    assert said(results)[0].split() == ["True", *["refused"] * 3]


@both_levels
def test_other_processes_cannot_be_signalled(run, level):
    if level == "landlock" and landlock.abi() < 6:
        pytest.skip("this Landlock knows no signals")
    with subprocess.Popen(["sleep", "60"]) as other:
        program = f"import os, signal; os.kill({other.pid}, signal.SIGKILL)"
        results = run(level, program)
        assert other.poll() is None
        other.kill()
    assert said(results) in (["ProcessLookupError"], ["PermissionError"])


@both_levels
def test_the_warm_parent_cannot_be_killed(run, level):
    if landlock.abi() < 6:
        pytest.skip("this Landlock knows no signals")
    program = "import os, signal; os.kill(os.getppid(), signal.SIGKILL)"
    assert said(run(level, program, "print('here')")) == ["PermissionError", "here"]


@both_levels
def test_the_warm_parent_and_what_it_forks_refuse_tracing(run, level):
    ask = "import ctypes; print(ctypes.CDLL(None).prctl(3, 0, 0, 0, 0))"  # GET_DUMPABLE
    assert said(run(level, ask, confined=False)) == ["0"]


@both_levels
@needs_filter
def test_a_student_can_make_no_namespaces(run, level):
    program = (
        "import ctypes\n"
        "libc = ctypes.CDLL(None)\n"
        "print(libc.unshare(0x10000000), libc.syscall({clone}, 0x10000011, 0, 0, 0, 0))"
    )
    clone = call_filter._MACHINES[platform.machine()][-1]
    assert said(run(level, program.format(clone=clone))) == ["-1 -1"]


@both_levels
def test_threads_and_other_programs_work(run, level):
    program = (
        "import subprocess, sys, threading\n"
        "thread = threading.Thread(target=print, args=('thread',))\n"
        "thread.start(); thread.join()\n"
        "argv = [sys.executable, '-c', 'print(\"program\")']\n"
        "print(subprocess.run(argv, capture_output=True, text=True).stdout)"
    )
    assert said(run(level, program))[0].split() == ["thread", "program"]


@pytest.mark.parametrize("function", [remains.kill_all, remains.forget_ipc])
@pytest.mark.parametrize("outside", [remains.read_namespaces(), "pid:[1],ipc:[1]"])
def test_outside_bubblewrap_nothing_is_killed_or_removed(
    monkeypatch, function, outside
):
    def do(*arguments):
        raise AssertionError("it would have been done")

    monkeypatch.setattr(os, "kill", do)
    monkeypatch.setattr(remains, "_list_ipc", do)
    with pytest.raises(RuntimeError, match="only for a process that bubblewrap"):
        function(outside)


def copy_sealed(folder):
    shutil.copytree(PROJECT / "grading" / "sealed", folder / "grading" / "sealed")
    shutil.copy(PROJECT / "grading" / "__init__.py", folder / "grading")
    folder.joinpath("grading", "solutions.py").write_text("secret = 1")
    return folder


TRY_LEVEL = """\
import grading, os, subprocess, sys
from grading.sealed import bubblewrap, isolation
print(isolation.find_offer().problem)
folder = os.path.dirname(grading.__file__)
look = f"import os; print(*sorted(os.listdir({folder!r})))"
argv = bubblewrap.command([sys.executable, "-P", "-c", look], disk=2**20)
print(subprocess.run(argv, capture_output=True, text=True).stdout)
"""


@needs_bubblewrap
@pytest.mark.parametrize("name", ["with some spaces", "site-packages"])
def test_it_works_in_any_folder_below_tmp_and_behind_a_link(tmp_path, name):
    copy_sealed(tmp_path / "real" / name)
    link = tmp_path / "a link"
    link.symlink_to("real")
    done = subprocess.run(
        [sys.executable, "-P", "-c", TRY_LEVEL],
        env={"PYTHONPATH": str(link / name), "PATH": os.environ["PATH"]},
        capture_output=True,
        text=True,
    )
    assert done.stdout.splitlines()[:2] == ["", "__init__.py sealed"], done.stderr


def test_a_bubblewrap_that_works_at_all_is_used():
    program = shutil.which("bwrap")
    options = ["--unshare-pid", "--unshare-net", "--unshare-ipc", "--bind", "/", "/"]
    if not program or subprocess.run([program, *options, "true"]).returncode:
        pytest.skip("no bubblewrap that works here")
    assert OFFER.problem == ""


@pytest.fixture
def run_as_another_user():
    """Return a function that runs a program as a user who is not root."""
    python = sys.executable if not AS_ROOT else "/usr/bin/python3"
    version = "import sys; sys.exit(sys.version_info < (3, 11))"
    if not shutil.which(python) or subprocess.run([python, "-c", version]).returncode:
        pytest.skip("no Python 3.11 that another user could run")
    user = privileges.choose_user()
    with tempfile.TemporaryDirectory() as folder:
        os.chmod(folder, 0o755)
        copy_sealed(Path(folder))
        scratch = Path(folder, "scratch")
        scratch.mkdir()
        if AS_ROOT:
            os.chown(scratch, user, user)

        def run(*arguments):
            return subprocess.run(
                [python, "-P", "-c", *arguments],
                env={
                    "PYTHONPATH": folder,
                    "TMPDIR": str(scratch),
                    "PATH": os.environ["PATH"],
                },
                cwd="/",
                capture_output=True,
                text=True,
                timeout=60,
                **({"user": user, "group": user, "extra_groups": []} if user else {}),
            )

        yield run


@needs_bubblewrap
def test_it_works_as_another_user_than_root(run_as_another_user):
    done = run_as_another_user(TRY_LEVEL)
    if "uid map" in done.stdout or "new namespace" in done.stdout:
        pytest.skip("ordinary users cannot make namespaces here")
    assert done.stdout.splitlines()[:2] == ["", "__init__.py sealed"], done.stderr


FORK_AND_END = """\
import os
while True:
    try:
        if os.fork():
            os._exit(0)
    except OSError:
        pass
"""


@needs_landlock
def test_processes_that_fork_and_end_at_once_are_killed(run_as_another_user):
    bomb = "import os, time\nwhile True:\n    if os.fork() == 0: time.sleep(60)"
    job = {"programs": [FORK_AND_END] * 3 + [bomb, "print('here')"]}
    job |= {"limits": LIMITS, "confined": True, "hidden": []}
    done = run_as_another_user(PARENT, "landlock", "", "", json.dumps(job))
    assert done.returncode == 0, done.stderr
    *_, bombed, last = json.loads(done.stdout)
    assert bombed["strays"] == LIMITS["processes"]
    assert last["said"] == "here\n"


@needs_bubblewrap
@pytest.mark.skipif(not AS_ROOT, reason="only for root")
def test_root_becomes_an_unknown_user_without_capabilities(run):
    program = (
        "import os\n"
        "text = open('/proc/self/status').read()\n"
        "print(os.getuid(), os.getgid(), os.getgroups())\n"
        "print([line.split()[1] for line in text.splitlines()"
        " if line.startswith(('CapPrm', 'CapEff', 'NoNewPrivs'))])"
    )
    ids, capabilities = said(run("full", program))[0].splitlines()
    user, group, groups = ids.split(maxsplit=2)
    assert user == group
    assert 61000 <= int(user) < 62000
    assert groups == "[]"
    assert capabilities == f"['{'0' * 16}', '{'0' * 16}', '1']"


@needs_landlock
def test_root_keeps_no_capabilities_where_landlock_is_alone(run):
    program = (
        "text = open('/proc/self/status').read()\n"
        "print([line.split()[1] for line in text.splitlines()"
        " if line.startswith(('CapPrm', 'CapEff'))])"
    )
    assert said(run("landlock", program)) == [f"['{'0' * 16}', '{'0' * 16}']"]


def offer(bubblewrap="", problem="bubblewrap is not installed", abi=0):
    return isolation.Offer(bubblewrap, problem, True, abi, ("AS",))


def test_the_best_level_that_protects_is_chosen():
    assert isolation.choose(None, offer("0.8.0", "", 7)) == ("full", "")
    level, remark = isolation.choose(None, offer(abi=7))
    assert level == "landlock"
    assert remark.startswith("bubblewrap is not installed: isolating with Landlock")
    assert "docs/security.md" in remark
    assert isolation.choose("landlock", offer("0.8.0", "", 7)) == ("landlock", "")
    assert isolation.choose("none", offer()).level == "none"


@pytest.mark.parametrize("wanted", [None, "full", "landlock"])
def test_without_protection_grading_is_refused_with_what_to_do(wanted):
    with pytest.raises(isolation.SandboxUnavailable) as caught:
        isolation.choose(wanted, offer())
    assert "bubblewrap is not installed" in str(caught.value)
    assert "`--isolation none` after reading docs/security.md" in str(caught.value)
    assert "\n" not in str(caught.value)


def test_an_unknown_level_is_an_error():
    with pytest.raises(ValueError, match="full, landlock, none"):
        isolation.choose("some", offer())


def test_a_bubblewrap_that_does_not_seal_is_not_used(tmp_path, monkeypatch):
    fake = tmp_path / "bwrap"
    fake.write_text(
        '#!/bin/sh\nwhile [ "$1" != -- ]; do shift; done\nshift\nexec "$@"\n'
    )
    fake.chmod(0o755)
    monkeypatch.setenv("PATH", f"{tmp_path}{os.pathsep}{os.environ['PATH']}")
    monkeypatch.setenv("TMPDIR", str(tmp_path))
    found = isolation.find_offer()
    assert found.bubblewrap == ""
    assert "a file outside can be seen, the network can be reached" in found.problem


def test_a_bubblewrap_that_fails_says_why(tmp_path, monkeypatch):
    fake = tmp_path / "bwrap"
    fake.write_text("#!/bin/sh\necho 'bwrap: setting up uid map: no' >&2\nexit 1\n")
    fake.chmod(0o755)
    monkeypatch.setenv("PATH", f"{tmp_path}{os.pathsep}{os.environ['PATH']}")
    problem = isolation.find_offer().problem
    assert problem == "bubblewrap does not work here: bwrap: setting up uid map: no"


def test_a_missing_bubblewrap_is_noticed(tmp_path, monkeypatch):
    monkeypatch.setenv("PATH", str(tmp_path))
    assert isolation.find_offer().problem == "bubblewrap is not installed"

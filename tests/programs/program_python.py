"""CPython, every object on malloc: a small program, and in full its own test modules."""

import xml.etree.ElementTree as ElementTree

from trial import require

# Debian's, not another one that may come first in PATH: its test modules are packaged.
PYTHON = "/usr/bin/python3"
ENVIRONMENT = {"PYTHONMALLOC": "malloc", "PYTHONHASHSEED": "0", "PYTHONDONTWRITEBYTECODE": "1"}

SCRIPT = """
import concurrent.futures, gc, hashlib, json, multiprocessing, pickle, sys, threading

def load(salt):
    rows = {f"key{i * 7919 % 10007}": [i, str(i) * (i % 9), {"nested": (i, salt)}]
            for i in range(COUNT)}
    text = json.dumps(rows, sort_keys=True)
    again = pickle.loads(pickle.dumps(json.loads(text)))
    words = sorted({word for row in again.values() for word in map(str, row)})
    return hashlib.sha256(repr((text, words)).encode()).hexdigest()

with concurrent.futures.ThreadPoolExecutor(4) as pool:
    print(*pool.map(load, range(4)), sep="\\n")
if __name__ == "__main__":
    with multiprocessing.get_context("fork").Pool(2) as pool:
        print(*pool.map(load, range(2)), sep="\\n")
    gc.collect()
    sys.exit(6)
"""

MODULES = [
    "test_list", "test_dict", "test_set", "test_json", "test_pickle", "test_threading",
    "test_multiprocessing_fork", "test_multiprocessing_forkserver", "test_multiprocessing_spawn",
]


def run_script(trial, count):
    script = f"COUNT = {count}\n{SCRIPT}"
    result = trial.compare([PYTHON, "-c", script], environment=ENVIRONMENT)
    require(result.status == 6, str(result))


def run_modules(trial):
    def run(allocator):
        folder = trial.fresh_folder()
        report = folder / "report.xml"
        allocator.run(
            [PYTHON, "-m", "test", "--tempdir", folder, "--junit-xml", report, "--timeout", "600",
             *MODULES],
            cwd=folder, environment=ENVIRONMENT, seconds=1500,
            tells_statistics=False,  # many tests want nothing on a child's standard error
        ).succeeded()
        return {
            (case.get("name"), tuple(child.tag for child in case if child.tag != "system-out"))
            for case in ElementTree.parse(report).iter("testcase")
        }

    cases = trial.compare_results(run)
    require(len(cases) > 1000, f"only {len(cases)} cases ran")
    print(f"python: {len(cases)} cases of {len(MODULES)} test modules")


def smoke(trial):
    run_script(trial, 3_000)


def full(trial):
    run_script(trial, 60_000)
    run_modules(trial)

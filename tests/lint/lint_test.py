#!/usr/bin/env python3
"""lint_test.py: the lints accept a good tree and reject each planted fault, by the right rule.

Each case is the good tree with some files replaced or added; the trees are written to a temporary
folder. Forbidden words are put together here, so that this file itself stays clean.
"""

import subprocess
import sys
import tempfile
import unittest
from pathlib import Path

ROOT = Path(__file__).resolve().parents[2]
sys.path.insert(0, str(ROOT / "tools/lint"))
sys.dont_write_bytecode = True

import boxes  # noqa: E402
import layers  # noqa: E402
import words  # noqa: E402

README = """# layers
```layers
base         language
os           system
page large   siblings
heap         threads
observe      figures
runtime      composition
api          malloc
```
"""


def header(name, *lines):
    """Returns a file that is right but for `lines`; `name` is the file's last part."""
    return "\n".join([f"// {name}: a fixture.", "#pragma once", *lines, ""])


GOOD = {
    "src/README.md": README,
    "src/base/bits.h": header("bits.h", "#include <cstdint>"),
    "src/base/attributes.h": header("attributes.h", "#define HAKMEM_EXPORT"),
    "src/os/linux_call.h": header("linux_call.h", "#include <sys/syscall.h>"),
    "src/os/memory.h": header("memory.h", '#include "base/bits.h"'),
    "src/os/memory.cc": header("memory.cc", "#include <sys/mman.h>", '#include "os/linux_call.h"'),
    "src/os/thread.h": header("thread.h", "#include <pthread.h>"),
    "src/page/page.h": header("page.h", '#include "os/memory.h"'),
    "src/large/run.h": header("run.h", '#include "build_config.h"'),
    "src/heap/heap.h": header("heap.h", '#include "page/page.h"', '#include "large/run.h"'),
    "src/heap/heap_cold.h": header("heap_cold.h", '#include "heap/heap.h"'),
    "src/runtime/active_config.h": header("active_config.h", "#include HAKMEM_CONFIG_HEADER"),
    "src/runtime/instantiate.cc": header("instantiate.cc", '#include "heap/heap_cold.h"'),
    "src/api/malloc.cc": header("malloc.cc", "#include <errno.h>", '#include "hakmem.h"'),
    "boxes/box.h": header("box.h", '#include "base/bits.h"'),
    "boxes/heap/direct.h": header("direct.h", '#include "heap/heap.h"', '#include "boxes/box.h"'),
    "configs/default.h": header("default.h", '#include "heap/heap.h"'),
    "configs/ab/direct.h": header(
        "direct.h", '#include "boxes/heap/direct.h"', '#include "configs/default.h"'
    ),
    "include/hakmem.h": "/* hakmem.h: a fixture. */\n#ifndef HAKMEM_H\n#define HAKMEM_H\n#endif\n",
}

# (rule, file, the line it must not have)
LAYER_FAULTS = [
    ("direction", "src/base/bits.h", '#include "os/memory.h"'),
    ("direction", "src/page/page.h", '#include "large/run.h"'),
    ("direction", "src/large/run.h", '#include "page/page.h"'),
    ("direction", "src/heap/heap.h", '#include "observe/figures.h"'),
    ("direction", "src/elsewhere/file.h", "#include <cstdint>"),
    ("direction", "configs/default.h", '#include "runtime/active_config.h"'),
    ("box", "boxes/heap/direct.h", '#include "runtime/active_config.h"'),
    ("box", "boxes/heap/direct.h", '#include "boxes/heap/other.h"'),
    ("box", "boxes/box.h", '#include "heap/heap.h"'),
    ("config", "src/heap/heap.h", '#include "boxes/heap/direct.h"'),
    ("config", "src/heap/heap.h", '#include "configs/default.h"'),
    ("config", "src/heap/heap.h", "#include HAKMEM_CONFIG_HEADER"),
    ("config", "src/runtime/active_config.h", '#include "configs/default.h"'),
    ("system", "src/heap/heap.h", "#include <pthread.h>"),
    ("system", "src/page/page.h", "#include <vector>"),
    ("system", "src/os/memory.h", "#include <sys/mman.h>"),
    ("system", "src/os/thread.h", "#include <unistd.h>"),
    ("system", "src/api/malloc.cc", "#include <unistd.h>"),
    ("system", "boxes/heap/direct.h", "#include <pthread.h>"),
    ("conditional", "src/heap/heap.h", "#if defined(__x86_64__)"),
    ("conditional", "src/base/bits.h", "#ifdef __clang__"),
    ("conditional", "configs/default.h", "#ifndef SOMETHING"),
    ("macro", "src/heap/heap.h", "#define HAKMEM_FAST"),
    ("macro", "src/api/malloc.cc", "#define LIKELY(x) (x)"),
    ("macro", "src/base/attributes.h", "#define LIKELY(x) (x)"),
    ("public", "include/hakmem.h", '#include "base/bits.h"'),
    ("public", "src/heap/heap.h", '#include "hakmem.h"'),
    ("cold", "src/heap/heap.h", '#include "heap/heap_cold.h"'),
    ("cold", "src/api/malloc.cc", '#include "heap/heap_cold.h"'),
    ("platform", "src/heap/heap.h", '#include "os/linux_call.h"'),
    ("found", "src/heap/heap.h", '#include "page/absent.h"'),
    ("found", "src/heap/heap.h", '#include "heap.h"'),
    ("found", "src/heap/heap.h", "#include SOME_HEADER"),
]

COMMAND_README = """# The command

| Folder | Holds | May include |
|---|---|---|
| `launch/` | finding | |
| `launcher/` | between | |
| `measure/` | one run | `launch/`, `launcher/report.h` |
| `soak/` | long runs | `launch/`, `measure/` |
| `*_command.cc` | one command each | all |
"""
GOOD_COMMAND = {
    "cli/README.md": COMMAND_README,
    "cli/user_error.h": header("user_error.h"),
    "cli/launch/elf.h": header("elf.h", '#include "user_error.h"', '#include "hakmem.h"'),
    "cli/launcher/report.h": header("report.h"),
    "cli/measure/child.cc": header(
        "child.cc", '#include "launch/elf.h"', '#include "launcher/report.h"', "#include <poll.h>"
    ),
    "cli/soak/run.h": header("run.h", '#include "measure/child.h"', '#include "soak/epochs.h"'),
    "cli/soak_command.cc": header("soak_command.cc", '#include "soak/run.h"'),
}

# (file, the line it must not have)
COMMAND_FAULTS = [
    ("cli/launch/elf.h", '#include "measure/child.h"'),
    ("cli/measure/child.cc", '#include "soak/run.h"'),
    ("cli/measure/child.cc", '#include "launcher/other.h"'),
    ("cli/elsewhere/file.h", "#include <vector>"),
]

WORD_FAULTS = [
    ("machine", "see /ho" + "me/somebody/notes"),
    ("later", "// TO" + "DO: finish"),
    ("later", "// FIX" + "ME"),
    ("registry", "curl https://py" + "pi.org/simple"),
    ("swallowed", "make check || " + "true"),
    ("skipped", "GTEST" + "_SKIP();"),
    ("elsewhere", "as iss" + "ue 12 says"),
    ("whitespace", "trailing "),
]

WORDS_ALLOWED = ["/usr/lib/libc.so", "${dir}/home/x", "a network and its issues", "hackers"]


BOX_HEAD = """// direct.h: BOX. Should it?
//
// Boundary  Heap::send, the only caller.
// Baseline  heap::Batch.
// Claim     none.
// Cost      none.
// Way back  delete this file.
// Evidence  docs/boxes/0001-direct.md
#pragma once
"""
BOX_CARD = """struct Direct {
  static constexpr Card card{.name = "direct",
                             .boundary = "heap/heap.h send",
                             .status = Status::research,
                             .evidence = "docs/boxes/0001-direct.md"};
};
"""
GOOD_BOX = {
    "boxes/heap/direct.h": BOX_HEAD + BOX_CARD,
    "configs/ab/direct.h": '#include "boxes/heap/direct.h"\n',
    "docs/boxes/0001-direct.md": "# record\n",
    "src/heap/heap.h": "void send(int block);\n",
}

# (rule, file, its text instead)
BOX_FAULTS = [
    ("head", "boxes/heap/direct.h", BOX_HEAD.replace("Cost", "Price") + BOX_CARD),
    ("card", "boxes/heap/direct.h", BOX_HEAD),
    ("card", "boxes/heap/direct.h", BOX_HEAD + BOX_CARD.replace('"direct"', '"other"')),
    ("boundary", "src/heap/heap.h", "void dispatch(int block);\n"),
    ("evidence", "boxes/heap/direct.h", BOX_HEAD + BOX_CARD.replace("0001", "0002")),
    ("config", "configs/ab/direct.h", ""),
    ("config", "configs/ab/absent.h", ""),
]


def write_tree(folder, files):
    for name, text in files.items():
        path = Path(folder) / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(text)


class LayersTest(unittest.TestCase):
    def violations(self, files):
        with tempfile.TemporaryDirectory() as folder:
            write_tree(folder, files)
            return layers.check_tree(Path(folder))[1]

    def test_good_tree_is_accepted(self):
        self.assertEqual(self.violations(GOOD), [])

    def test_each_fault_is_rejected_by_its_rule(self):
        for rule, path, line in LAYER_FAULTS:
            with self.subTest(rule=rule, path=path, line=line):
                before = GOOD.get(path, header(Path(path).name))
                found = self.violations({**GOOD, path: before + line + "\n"})
                self.assertIn((path, rule), [(v.split(":")[0], v.split(": ")[1]) for v in found])

    def test_a_command_is_accepted(self):
        self.assertEqual(self.violations({**GOOD, **GOOD_COMMAND}), [])

    def test_a_folder_of_the_command_includes_what_its_table_says(self):
        tree = {**GOOD, **GOOD_COMMAND}
        for path, line in COMMAND_FAULTS:
            with self.subTest(path=path, line=line):
                before = tree.get(path, header(Path(path).name))
                found = self.violations({**tree, path: before + line + "\n"})
                self.assertEqual(
                    [(v.split(":")[0], v.split(": ")[1]) for v in found], [(path, "command")]
                )

    def test_the_table_of_the_command_is_read(self):
        folders = layers.read_command_folders(ROOT)
        self.assertEqual(folders["launch"], set())
        self.assertLessEqual({"launch/", "measure/"}, folders["compare"])
        self.assertEqual(
            set(folders), {path.name for path in (ROOT / "cli").iterdir() if path.is_dir()}
        )

    def test_a_header_needs_its_head(self):
        for text in ("#pragma once\n", "// page.h: a fixture.\n"):
            found = self.violations({**GOOD, "src/page/page.h": text})
            self.assertEqual([v.split(": ")[1] for v in found], ["once"])

    def test_comments_are_not_directives(self):
        text = header("page.h", "/* for example", '#include "heap/heap.h"', "*/")
        self.assertEqual(self.violations({**GOOD, "src/page/page.h": text}), [])

    def test_every_rule_of_the_readme_has_a_fault(self):
        rows = (ROOT / "src/README.md").read_text().split("## Rules the lint enforces")[1]
        listed = {line.split("`")[1] for line in rows.splitlines() if line.startswith("| `")}
        self.assertEqual(listed, {fault[0] for fault in LAYER_FAULTS} | {"once"})

    def test_exit_status(self):
        script = [sys.executable, str(ROOT / "tools/lint/layers.py"), "--root"]
        with tempfile.TemporaryDirectory() as folder:
            write_tree(folder, GOOD)
            self.assertEqual(subprocess.run([*script, folder], capture_output=True).returncode, 0)
            write_tree(folder, {"src/base/bits.h": header("bits.h", '#include "os/memory.h"')})
            self.assertEqual(subprocess.run([*script, folder], capture_output=True).returncode, 1)


class BoxesTest(unittest.TestCase):
    def rules_broken_by(self, files):
        with tempfile.TemporaryDirectory() as folder:
            write_tree(folder, files)
            return [violation.split(": ")[1] for violation in boxes.check_tree(Path(folder))[1]]

    def test_good_tree_is_accepted(self):
        self.assertEqual(self.rules_broken_by(GOOD_BOX), [])

    def test_each_fault_is_rejected_by_its_rule(self):
        for rule, path, text in BOX_FAULTS:
            with self.subTest(rule=rule, path=path):
                self.assertEqual(self.rules_broken_by({**GOOD_BOX, path: text}), [rule])


class WordsTest(unittest.TestCase):
    def test_each_fault_is_rejected_by_its_rule(self):
        for rule, line in WORD_FAULTS:
            with self.subTest(rule=rule, line=line):
                found = words.check_text("file", line + "\n")
                self.assertEqual([v.split(": ")[1] for v in found], [rule])

    def test_a_file_ends_its_last_line(self):
        self.assertEqual(len(words.check_text("file", "text")), 1)

    def test_ordinary_words_are_accepted(self):
        for line in WORDS_ALLOWED:
            self.assertEqual(words.check_text("file", line + "\n"), [], line)

    def test_every_rule_has_a_fault(self):
        self.assertEqual(set(words.RULES), {rule for rule, _ in WORD_FAULTS})


if __name__ == "__main__":
    unittest.main()

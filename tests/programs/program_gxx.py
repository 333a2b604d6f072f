"""g++: object files equal to those compiled under libc; in full, this project's own library."""

from hashlib import sha256
from pathlib import Path

from trial import require

SOURCE = """
#include <algorithm>
#include <map>
#include <regex>
#include <string>
#include <tuple>
#include <unordered_map>
#include <variant>
#include <vector>

template <int depth> struct Tree {
  Tree<depth - 1> left, right;
  std::map<int, std::vector<std::tuple<int, std::string, double>>> rows;
  int sum() const { return left.sum() + right.sum() + static_cast<int>(rows.size()) + depth; }
};
template <> struct Tree<0> { int sum() const { return 1; } };

int main(int count, char** arguments) {
  std::unordered_map<std::string, std::variant<int, std::string, std::vector<int>>> table;
  std::regex pattern("([a-z]+)=([0-9]+)");
  for (int i = 1; i < count; ++i) {
    std::cmatch match;
    if (std::regex_match(arguments[i], match, pattern)) table[match[1]] = std::stoi(match[2]);
  }
  std::vector<int> numbers(100);
  std::stable_sort(numbers.begin(), numbers.end());
  return Tree<6>{}.sum() % 100 + static_cast<int>(table.size());
}
"""


def digests(folder):
    """Returns the digest of each object file and library below a folder."""
    files = [path for end in ("*.o", "*.so*", "program") for path in folder.rglob(end)]
    return {
        str(path.relative_to(folder)): sha256(path.read_bytes()).hexdigest()
        for path in sorted(files) if path.is_file() and not path.is_symlink()
    }


def compile_one(trial):
    def build(allocator):
        folder = trial.fresh_folder()
        (folder / "source.cc").write_text(SOURCE)
        allocator.run(["g++", "-std=c++20", "-O2", "-g", "-c", "source.cc", "-o", "source.o"],
                      cwd=folder).succeeded()
        allocator.run(["g++", "source.o", "-o", "program"], cwd=folder).succeeded()
        run = allocator.run([folder / "program", "a=1", "b=2"], cwd=folder)
        return digests(folder), run.status

    require(len(trial.compare_results(build)[0]) == 2, "a file is missing")
    trial.compare(["g++", "-fsyntax-only", "-x", "c++", "-"], text="int main() { return nothing; }\n")


def compile_project(trial):
    root = Path(__file__).resolve().parents[2]

    def build(allocator):
        folder = trial.fresh_folder()
        configure = ["cmake", "-S", root, "-B", folder, "-G", "Ninja", "-DCMAKE_CXX_COMPILER=g++",
                     "-DHAKMEM_BUILD_TESTS=OFF", "-DHAKMEM_BUILD_CLI=OFF",
                     "-DHAKMEM_BUILD_FLAVOURS=OFF"]
        allocator.run(configure, seconds=120).succeeded()
        allocator.run(["ninja", "-C", folder, "-j2", "hakmem"], seconds=600).succeeded()
        return digests(folder)

    require(len(trial.compare_results(build)) > 10, "files are missing")


def smoke(trial):
    compile_one(trial)


def full(trial):
    compile_one(trial)
    compile_project(trial)

// compatibility_test.cc: one test for each line of docs/compatibility.md.
//
// Each runs a program in surroundings that are known to trouble allocators and judges its exit
// status and output. This driver itself runs on libc's malloc. Paths come from the build.
#include <gtest/gtest.h>
#include <linux/filter.h>
#include <linux/seccomp.h>
#include <sys/prctl.h>
#include <sys/resource.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <unistd.h>

#include <cerrno>
#include <cstring>
#include <filesystem>
#include <fstream>
#include <regex>
#include <string>
#include <vector>

#include "support.h"

namespace {

namespace fs = std::filesystem;

using process_test::Outcome;
using process_test::run;

const std::string library_path = HAKMEM_TEST_LIBRARY;
const std::string program_folder = HAKMEM_TEST_PROGRAMS;
const std::string plugin_folder = HAKMEM_TEST_PLUGINS;
const std::string preload = "LD_PRELOAD=" + library_path;

std::string program(const std::string& name) { return program_folder + "/" + name; }
std::string plugin(const std::string& name) { return plugin_folder + "/" + name; }

testing::AssertionResult passed(const Outcome& outcome) {
  if (outcome.exit_status == 0 && outcome.out.ends_with("workload passed\n")) {
    return testing::AssertionSuccess();
  }
  return testing::AssertionFailure() << "exit status " << outcome.exit_status << "\n"
                                     << outcome.out << outcome.err;
}

// Returns the number after `name=` in a text, or -1.
long figure(const std::string& text, const std::string& name) {
  std::smatch match;
  return std::regex_search(text, match, std::regex(name + "=([0-9]+)")) ? std::stol(match[1]) : -1;
}

void limit(int resource, rlim_t bytes) {
  const rlimit value = {bytes, bytes};
  if (setrlimit(static_cast<__rlimit_resource>(resource), &value) != 0) _exit(126);
}

// ---- Programs out of reach
// -----------------------------------------------------------------------

TEST(Compatibility, static_program_is_out_of_reach) {
  const Outcome outcome = run({program("reach_probe_static")}, {preload});
  EXPECT_EQ(outcome.exit_status, 0);
  EXPECT_EQ(outcome.out, "secure=0 mapped=0\n");
}

TEST(Compatibility, setuid_program_is_out_of_reach) {
  ASSERT_EQ(geteuid(), 0U) << "only root can give a program to another user";
  const process_test::TemporaryDirectory directory;
  fs::permissions(directory.path(), fs::perms(0755));
  const std::string copy = directory.path() + "/reach_probe";
  fs::copy_file(program("reach_probe"), copy);
  EXPECT_EQ(run({copy}, {preload}).out, "secure=0 mapped=1\n");
  ASSERT_EQ(chown(copy.c_str(), 65534, 65534), 0);
  ASSERT_EQ(chmod(copy.c_str(), 04755), 0);
  const Outcome outcome = run({copy}, {preload});
  EXPECT_EQ(outcome.exit_status, 0);
  EXPECT_EQ(outcome.out, "secure=1 mapped=0\n");
}

// ---- Tools
// ----------------------------------------------------------------------------------------

TEST(Compatibility, valgrind_memcheck_replaces_malloc) {
  const Outcome outcome = run(
      {"valgrind", "--error-exitcode=99", "--leak-check=full", program("memory_bug")}, {preload});
  EXPECT_EQ(outcome.exit_status, 99) << outcome.err;
  EXPECT_NE(outcome.err.find("Invalid read of size 1"), std::string::npos) << outcome.err;
  EXPECT_NE(outcome.err.find("4,321 bytes in 1 blocks are definitely lost"), std::string::npos)
      << outcome.err;
}

TEST(Compatibility, valgrind_memcheck_keeps_malloc) {
  const Outcome outcome =
      run({"valgrind", "--error-exitcode=99", "--soname-synonyms=somalloc=nouserintercepts",
           program("workload"), "--operations", "1000"},
          {preload});
  EXPECT_TRUE(passed(outcome));
  EXPECT_NE(outcome.err.find("ERROR SUMMARY: 0 errors"), std::string::npos) << outcome.err;
}

TEST(Compatibility, gdb) {
  const Outcome outcome =
      run({"gdb",
           "-batch",
           "-nx",
           "-ex",
           "set startup-with-shell off",
           "-ex",
           "set environment " + std::string(preload).replace(preload.find('='), 1, " "),
           "-ex",
           "break malloc_trim",
           "-ex",
           "run",
           "-ex",
           "backtrace 3",
           "-ex",
           "info symbol malloc",
           "-ex",
           "info symbol free",
           "-ex",
           "finish",
           "-ex",
           "delete",
           "-ex",
           "continue",
           "--args",
           program("workload"),
           "--operations",
           "1000"},
          {});
  EXPECT_EQ(outcome.exit_status, 0);
  const std::string all = outcome.out + outcome.err;
  EXPECT_TRUE(std::regex_search(outcome.out, std::regex("#[12] .* in main"))) << all;
  EXPECT_TRUE(std::regex_search(outcome.out, std::regex("malloc in section .*libhakmem"))) << all;
  EXPECT_TRUE(std::regex_search(outcome.out, std::regex("free in section .*libhakmem"))) << all;
  EXPECT_TRUE(std::regex_search(outcome.out, std::regex("Value returned is \\$1 = [01]\n"))) << all;
  EXPECT_NE(outcome.out.find("workload passed"), std::string::npos) << all;
  EXPECT_NE(outcome.out.find("exited normally"), std::string::npos) << all;
}

// ---- Other preloads
// -------------------------------------------------------------------------------

TEST(Compatibility, wrapper_preloaded_before) {
  const Outcome outcome =
      run({program("workload")},
          {"LD_PRELOAD=" + plugin("libcounting_preload.so") + ":" + library_path});
  EXPECT_TRUE(passed(outcome));
  EXPECT_GT(figure(outcome.err, "mallocs"), 100'000) << outcome.err;
  EXPECT_GT(figure(outcome.err, "frees"), 100'000) << outcome.err;
}

TEST(Compatibility, wrapper_preloaded_after) {
  const Outcome outcome = run({program("workload")}, {"LD_PRELOAD=" + library_path + ":" +
                                                      plugin("libcounting_preload.so")});
  EXPECT_TRUE(passed(outcome));
  EXPECT_EQ(figure(outcome.err, "mallocs"), 0) << outcome.err;
}

TEST(Compatibility, allocator_preloaded_after) {
  const Outcome outcome =
      run({program("workload")}, {"LD_PRELOAD=" + library_path + ":libmimalloc.so.2"});
  EXPECT_TRUE(passed(outcome));
  EXPECT_EQ(outcome.err, "");
}

TEST(Compatibility, allocator_preloaded_before) {
  const Outcome outcome =
      run({program("workload")}, {"LD_PRELOAD=libmimalloc.so.2:" + library_path});
  EXPECT_TRUE(passed(outcome));
  EXPECT_EQ(outcome.err, "");
}

// ---- Confined processes
// ---------------------------------------------------------------------------

TEST(Compatibility, chroot_without_proc_and_sys) {
  ASSERT_EQ(geteuid(), 0U) << "only root may call chroot";
  const process_test::TemporaryDirectory directory;
  const fs::path root = directory.path();
  fs::create_directory(root / "lib64");
  fs::copy_file(program("workload"), root / "workload");
  fs::copy_file(library_path, root / "libhakmem.so");
  const Outcome needed = run({"ldd", program("workload")}, {});
  const std::regex path_pattern("(/[^ ]+) \\(0x");
  for (std::sregex_iterator match(needed.out.begin(), needed.out.end(), path_pattern), end;
       match != end; ++match) {
    const fs::path file = match->str(1);
    fs::copy_file(file, root / "lib64" / file.filename());
  }
  const Outcome outcome =
      run({"/workload"}, {"LD_PRELOAD=/libhakmem.so", "LD_LIBRARY_PATH=/lib64"}, [&] {
        if (chroot(root.c_str()) != 0 || chdir("/") != 0) _exit(126);
      });
  EXPECT_TRUE(passed(outcome));
  EXPECT_EQ(outcome.err, "");
}

// Makes madvise fail with EPERM for this process and what it executes.
void deny_madvise() {
  sock_filter instructions[] = {
      BPF_STMT(BPF_LD | BPF_W | BPF_ABS, offsetof(seccomp_data, nr)),
      BPF_JUMP(BPF_JMP | BPF_JEQ | BPF_K, SYS_madvise, 0, 1),
      BPF_STMT(BPF_RET | BPF_K, SECCOMP_RET_ERRNO | EPERM),
      BPF_STMT(BPF_RET | BPF_K, SECCOMP_RET_ALLOW),
  };
  const sock_fprog filter = {std::size(instructions), instructions};
  if (prctl(PR_SET_NO_NEW_PRIVS, 1, 0, 0, 0) != 0) _exit(126);
  if (prctl(PR_SET_SECCOMP, SECCOMP_MODE_FILTER, &filter) != 0) _exit(126);
}

TEST(Compatibility, seccomp_denies_madvise) {
  const Outcome outcome = run({program("workload")}, {preload}, deny_madvise);
  EXPECT_TRUE(passed(outcome));
}

TEST(Compatibility, address_space_limit) {
  const Outcome outcome =
      run({program("workload")}, {preload}, [] { limit(RLIMIT_AS, rlim_t{256} << 20); });
  EXPECT_TRUE(passed(outcome));
  EXPECT_EQ(outcome.err, "");
}

TEST(Compatibility, data_limit) {
  const Outcome outcome =
      run({program("workload")}, {preload}, [] { limit(RLIMIT_DATA, rlim_t{256} << 20); });
  EXPECT_TRUE(passed(outcome));
  EXPECT_EQ(outcome.err, "");
}

// A memory control group of either version, removed at the end of its scope.
class ControlGroup {
 public:
  explicit ControlGroup(std::size_t bytes) {
    const bool has_version_1 = fs::exists("/sys/fs/cgroup/memory/memory.limit_in_bytes");
    path_ = fs::path(has_version_1 ? "/sys/fs/cgroup/memory" : "/sys/fs/cgroup") /
            ("hakmem-test-" + std::to_string(getpid()));
    fs::create_directory(path_);
    write(has_version_1 ? "memory.limit_in_bytes" : "memory.max", bytes);
  }
  ~ControlGroup() { rmdir(path_.c_str()); }
  ControlGroup(const ControlGroup&) = delete;
  ControlGroup& operator=(const ControlGroup&) = delete;

  void write(const char* file, std::size_t value) const {
    std::ofstream stream(path_ / file);
    stream << value << std::flush;
    is_good_ &= stream.good();
  }
  bool is_good() const { return is_good_; }

 private:
  fs::path path_;
  mutable bool is_good_ = true;
};

TEST(Compatibility, container_with_memory_limit) {
  // 64 MiB of large blocks live, of other sizes in each round: memory that were not returned or
  // used again between rounds would meet the limit, and the kernel would kill the program.
  const ControlGroup group(std::size_t{112} << 20);
  ASSERT_TRUE(group.is_good()) << "no memory control group could be made";
  const Outcome outcome = run({program("workload"), "--large-mib", "64"}, {preload}, [&] {
    group.write("cgroup.procs", static_cast<std::size_t>(getpid()));
    if (!group.is_good()) _exit(126);
  });
  EXPECT_TRUE(passed(outcome));
  EXPECT_EQ(outcome.err, "");
}

TEST(Compatibility, few_memory_mappings_left) {
  const Outcome outcome = run({program("workload"), "--exhaust-mappings"}, {preload});
  EXPECT_TRUE(passed(outcome));
  EXPECT_EQ(outcome.err, "");
}

// ---- The platform
// ---------------------------------------------------------------------------------

TEST(Compatibility, os_page_other_than_4_kib_is_refused) {
  const Outcome usual = run({"/bin/true"}, {preload});
  EXPECT_EQ(usual.exit_status, 0);
  EXPECT_EQ(usual.err, "");
  const Outcome outcome =
      run({"/bin/ls", "/"}, {"LD_PRELOAD=" + plugin("liblarge_os_page.so") + ":" + library_path});
  EXPECT_EQ(outcome.exit_status, 1);
  EXPECT_EQ(outcome.out, "");
  EXPECT_EQ(outcome.err,
            "hakmem: the system's pages are 65536 bytes long; hakmem knows only those of 4096\n");
}

TEST(Compatibility, glibc_is_all_it_needs) {
  const Outcome outcome = run({"readelf", "-d", "-W", library_path}, {});
  ASSERT_EQ(outcome.exit_status, 0) << outcome.err;
  std::vector<std::string> needed;
  const std::regex pattern("\\(NEEDED\\).*\\[([^\\]]+)\\]");
  for (std::sregex_iterator match(outcome.out.begin(), outcome.out.end(), pattern), end;
       match != end; ++match) {
    needed.push_back(match->str(1));
  }
  EXPECT_EQ(needed, std::vector<std::string>{"libc.so.6"});
}

}  // namespace

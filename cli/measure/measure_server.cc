// measure_server.cc: a server under a load.
//
// The server runs under the allocator, the load under libc. Counted are the time of the load, or
// the figure it printed, the server's peak RSS, and its RSS when it listens and a second after the
// load, or after the command that makes the server give up what it holds.
#include <fmt/format.h>
#include <signal.h>
#include <sys/wait.h>

#include <chrono>
#include <thread>

#include "measure/allocator_proof.h"
#include "measure/child.h"
#include "measure/interrupt.h"
#include "measure/measure.h"
#include "measure/memory_watch.h"
#include "measure/process_map.h"
#include "measure/temporary_folder.h"

namespace hakmem::cli {

namespace {

constexpr double start_seconds = 30;
constexpr double stop_seconds = 30;
constexpr double dying_seconds = 1;  // until a server that has crashed is known to have
constexpr std::chrono::seconds idle_before_after(1);

std::vector<std::string> with_folder(std::vector<std::string> words, const std::string& folder) {
  constexpr std::string_view place = "{dir}";
  for (std::string& word : words) {
    for (std::size_t at = word.find(place); at != std::string::npos; at = word.find(place, at)) {
      word.replace(at, place.size(), folder);
      at += folder.size();
    }
  }
  return words;
}

class ServerRun {
 public:
  ServerRun(const Subject& subject, const Allocator& allocator, double timeout_seconds)
      : subject_(subject),
        timeout_seconds_(timeout_seconds),
        server_({with_folder(subject.command, folder_.path()), subject.environment,
                 allocator.library, false}),
        proof_(server_, subject, allocator),
        memory_(server_.ancestor()) {}

  Sample measure() {
    if (wait_until_it_listens() && prove() && load()) {
      note_memory();
      stop();
    }
    return sample_;
  }

 private:
  bool fail(const std::string& what) {
    // If the server is no more, its end says more than what it led to.
    if (server_.wait(interrupted() != 0 ? 0 : dying_seconds)) {
      Sample ending;
      judge_ending(server_, ending, /*expected_status=*/-1);
      sample_.verdict = ending.verdict;
      sample_.detail = what + "; the server: " + ending.detail;
    } else {
      sample_.verdict = Verdict::failed;
      sample_.detail = what;
    }
    return false;
  }

  bool wait_until_it_listens() {
    while (server_.age() < start_seconds && interrupted() == 0) {
      if (listens(server_.pid())) {
        sample_.start_rss_bytes = bytes_held();
        return true;
      }
      if (server_.wait(0.005)) return fail("it ended before it listened");
    }
    return fail(fmt::format("it did not listen within {:g} s", start_seconds));
  }

  bool prove() {
    proof_.look();
    proof_.conclude(sample_);
    return sample_.verdict == Verdict::ok;
  }

  // Runs one of the commands beside the server; returns whether it ended well.
  bool run_beside(Child& command, const char* what) {
    while (!command.wait(MemoryWatch::interval_seconds)) {
      if (subject_.whole_tree) memory_.look();
      if (command.age() <= timeout_seconds_ && interrupted() == 0) continue;
      judge_timeout(command, timeout_seconds_, sample_);
      return false;
    }
    if (command.ending().wait_status == 0) return true;
    return fail(fmt::format("{} failed: {}", what, command.last_error_line()));
  }

  bool load() {
    Child command({with_folder(subject_.load, folder_.path()), {}, {}, true});
    if (!run_beside(command, "the load")) return false;
    sample_.seconds = command.ending().seconds;
    sample_.cost = sample_.seconds;
    judge_metric(command, subject_, sample_);
    if (sample_.verdict != Verdict::ok || subject_.release.empty()) {
      return sample_.verdict == Verdict::ok;
    }
    Child release({with_folder(subject_.release, folder_.path()), {}, {}, true});
    return run_beside(release, "the command after the load");
  }

  // Returns what the server holds now, with all that it started where that counts.
  [[nodiscard]] std::uint64_t bytes_held() const {
    if (!subject_.whole_tree) return memory_of(server_.pid(), "VmRSS");
    MemoryWatch now(server_.ancestor());
    now.look();
    return now.peak_bytes();
  }

  void note_memory() {
    std::this_thread::sleep_for(idle_before_after);
    sample_.after_rss_bytes = bytes_held();
    sample_.peak_rss_bytes =
        subject_.whole_tree ? memory_.peak_bytes() : memory_of(server_.pid(), "VmHWM");
  }

  void stop() {
    if (server_.wait(0)) {
      fail("it ended during the load");
      return;
    }
    server_.terminate();
    if (!server_.wait(stop_seconds)) {
      judge_timeout(server_, stop_seconds, sample_);
      return;
    }
    const int status = server_.ending().wait_status;
    const bool as_asked = status == 0 || (WIFSIGNALED(status) && WTERMSIG(status) == SIGTERM) ||
                          (WIFEXITED(status) && WEXITSTATUS(status) == 128 + SIGTERM);
    if (!as_asked) fail("it did not end as it was asked");
  }

  const Subject& subject_;
  double timeout_seconds_;
  const TemporaryFolder folder_;
  Child server_;
  AllocatorProof proof_;
  MemoryWatch memory_;
  Sample sample_;
};

}  // namespace

Sample measure_server(const Subject& subject, const Allocator& allocator, double timeout_seconds) {
  return ServerRun(subject, allocator, timeout_seconds).measure();
}

}  // namespace hakmem::cli

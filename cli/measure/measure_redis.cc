// measure_redis.cc: redis-server under redis-benchmark.
//
// The server runs under the allocator, the benchmark under libc. Counted are the wall time of the
// whole load, the server's peak RSS, and its RSS one second after FLUSHALL.
#include <fmt/format.h>
#include <sys/wait.h>

#include <algorithm>
#include <chrono>
#include <thread>

#include "measure/child.h"
#include "measure/measure.h"
#include "measure/process_map.h"
#include "measure/redis_connection.h"
#include "measure/temporary_folder.h"

namespace hakmem::cli {

namespace {

constexpr double start_seconds = 10;
constexpr double stop_seconds = 10;
constexpr std::chrono::seconds idle_after_flush(1);

// Returns whether the server answers before it ends or the time is over.
bool wait_for_server(Child& server, RedisConnection& connection, const std::string& socket_path) {
  while (server.age() < start_seconds) {
    if (connection.connect(socket_path) && connection.ask("PING") == "+PONG") return true;
    if (server.wait(0.005)) return false;
  }
  return false;
}

void judge_server_failure(Child& server, const std::string& what, Sample& sample) {
  if (server.wait(0)) {
    judge_ending(server, sample);
    if (sample.verdict != Verdict::ok) return;
  }
  sample.verdict = Verdict::failed;
  sample.detail = what;
}

// Loads the server; returns whether that worked.
bool load(const Subject& subject, const std::string& socket_path, double timeout_seconds,
          Child& server, Sample& sample) {
  std::vector<std::string> command = subject.load;
  command.insert(command.begin() + 1, {"-s", socket_path});
  Child benchmark({command, {}, {}, true});
  const bool ended = benchmark.wait(timeout_seconds);
  if (!ended) {
    judge_timeout(benchmark, timeout_seconds, sample);
    return false;
  }
  sample.seconds = benchmark.ending().seconds;
  sample.cost = sample.seconds;
  if (benchmark.ending().wait_status == 0) return true;
  judge_server_failure(server, "redis-benchmark failed: " + benchmark.last_error_line(), sample);
  return false;
}

void flush_and_stop(RedisConnection& connection, Child& server, Sample& sample) {
  if (connection.ask("FLUSHALL") != "+OK") {
    judge_server_failure(server, "FLUSHALL was not obeyed", sample);
    return;
  }
  std::this_thread::sleep_for(idle_after_flush);
  sample.after_rss_bytes = memory_of(server.pid(), "VmRSS");
  sample.peak_rss_bytes = memory_of(server.pid(), "VmHWM");
  connection.ask("SHUTDOWN NOSAVE");
  if (!server.wait(stop_seconds)) {
    judge_timeout(server, stop_seconds, sample);
  } else if (server.ending().wait_status != 0) {
    sample.verdict = Verdict::failed;
    sample.detail = fmt::format("the server ended with wait status {:#x}: {}",
                                server.ending().wait_status, server.last_error_line());
  }
}

}  // namespace

Sample measure_redis(const Subject& subject, const Allocator& allocator, double timeout_seconds) {
  Sample sample;
  const TemporaryFolder folder;
  const std::string socket_path = folder.path() / "redis";
  std::vector<std::string> command = subject.command;
  command.insert(command.end(), {"--unixsocket", socket_path, "--dir", folder.path()});
  Child server({command, subject.environment, allocator.library, false});
  RedisConnection connection;
  if (!wait_for_server(server, connection, socket_path)) {
    judge_server_failure(server, "the server did not answer", sample);
    return sample;
  }
  const std::vector<std::string> files = mapped_files(server.pid());
  if (!std::binary_search(files.begin(), files.end(), allocator.library.string())) {
    sample.verdict = Verdict::wrong_allocator;
    sample.detail = allocator.library.string() + " is not in the memory map of the server";
    return sample;
  }
  sample.allocator_path = allocator.library;
  if (load(subject, socket_path, timeout_seconds, server, sample)) {
    flush_and_stop(connection, server, sample);
  }
  return sample;
}

}  // namespace hakmem::cli

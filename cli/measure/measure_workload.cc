// measure_workload.cc: a workload times itself and proves its own allocator in a line of JSON.
#include <sys/wait.h>

#include <nlohmann/json.hpp>

#include "measure/child.h"
#include "measure/measure.h"

namespace hakmem::cli {

namespace {

// The status with which a workload ends when a block does not hold what was written.
constexpr int exit_corruption = 3;

std::string last_line_of(std::string text) {
  if (text.ends_with('\n')) text.pop_back();
  return text.substr(text.rfind('\n') + 1);  // npos + 1 is 0
}

// Holds the allocator that the line names against the one that was given. A library that leaves a
// part of malloc's family to libc is half an allocator: what calls that part would be libc's.
// Throws nlohmann's exception if the line does not say.
void judge_origin(const Allocator& allocator, Sample& sample) {
  const auto origin = nlohmann::json::parse(sample.line).at("allocator");
  sample.allocator_path = origin.at("path");
  const std::string build_id = origin.at("build_id");
  const std::string foreign = origin.at("foreign");
  if (sample.allocator_path != allocator.library.string() || build_id != allocator.build_id) {
    sample.verdict = Verdict::wrong_allocator;
    sample.detail = "malloc came from " + sample.allocator_path + " (build id " + build_id + ")";
  } else if (!foreign.empty()) {
    sample.verdict = Verdict::wrong_allocator;
    sample.detail =
        "malloc came from " + sample.allocator_path + ", " + foreign + " from elsewhere";
  }
}

// Takes over the figures of a timed run. Throws nlohmann's exception if the line has none.
void read_figures(Sample& sample) {
  const auto figures = nlohmann::json::parse(sample.line);
  sample.start_rss_bytes = figures.at("start_rss_bytes");
  sample.peak_rss_bytes = figures.at("peak_rss_bytes");
  if (figures.contains("after_rss_bytes")) sample.after_rss_bytes = figures["after_rss_bytes"];
  sample.seconds = figures.at("seconds");
  sample.cost = sample.seconds / figures.at("operations").get<double>();
}

}  // namespace

void judge_workload(const Child& child, const Allocator& allocator, Sample& sample) {
  judge_ending(child, sample);
  if (sample.verdict == Verdict::failed &&
      WEXITSTATUS(child.ending().wait_status) == exit_corruption) {
    sample.verdict = Verdict::corrupt;
  }
  if (sample.verdict != Verdict::ok) return;
  try {
    sample.line = last_line_of(child.output());
    judge_origin(allocator, sample);
  } catch (const nlohmann::json::exception& error) {
    sample.verdict = Verdict::failed;
    sample.detail = std::string("not the line of a workload: ") + error.what();
  }
}

Sample measure_workload(const Subject& subject, const Allocator& allocator,
                        double timeout_seconds) {
  Sample sample;
  Child child({subject.command, subject.environment, allocator.library, true});
  if (!child.wait(timeout_seconds)) {
    judge_timeout(child, timeout_seconds, sample);
    return sample;
  }
  judge_workload(child, allocator, sample);
  if (sample.verdict != Verdict::ok) return sample;
  try {
    read_figures(sample);
  } catch (const nlohmann::json::exception& error) {
    sample.verdict = Verdict::failed;
    sample.detail = std::string("not the line of a timed workload: ") + error.what();
  }
  return sample;
}

}  // namespace hakmem::cli

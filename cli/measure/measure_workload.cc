// measure_workload.cc: a workload times itself and proves its own allocator in a line of JSON.
#include <sys/wait.h>

#include <nlohmann/json.hpp>

#include "measure/child.h"
#include "measure/measure.h"

namespace hakmem::cli {

namespace {

// The status with which a workload ends when a block does not hold what was written.
constexpr int exit_corruption = 3;

// Takes over the workload's own figures. Throws nlohmann's exception if the line is no such line.
void read_line(const Allocator& allocator, Sample& sample) {
  const auto figures = nlohmann::json::parse(sample.line);
  sample.allocator_path = figures.at("allocator").at("path");
  sample.start_rss_bytes = figures.at("start_rss_bytes");
  sample.peak_rss_bytes = figures.at("peak_rss_bytes");
  if (figures.contains("after_rss_bytes")) sample.after_rss_bytes = figures["after_rss_bytes"];
  sample.seconds = figures.at("seconds");
  sample.cost = sample.seconds / figures.at("operations").get<double>();
  const std::string build_id = figures.at("allocator").at("build_id");
  if (sample.allocator_path != allocator.library.string() || build_id != allocator.build_id) {
    sample.verdict = Verdict::wrong_allocator;
    sample.detail = "malloc came from " + sample.allocator_path + " (build id " + build_id + ")";
  }
}

}  // namespace

Sample measure_workload(const Subject& subject, const Allocator& allocator,
                        double timeout_seconds) {
  Sample sample;
  Child child({subject.command, subject.environment, allocator.library, true});
  if (!child.wait(timeout_seconds)) {
    judge_timeout(child, timeout_seconds, sample);
    return sample;
  }
  judge_ending(child, sample);
  if (sample.verdict == Verdict::failed &&
      WEXITSTATUS(child.ending().wait_status) == exit_corruption) {
    sample.verdict = Verdict::corrupt;
  }
  if (sample.verdict != Verdict::ok) return sample;
  try {
    sample.line = child.output();
    read_line(allocator, sample);
  } catch (const nlohmann::json::exception& error) {
    sample.verdict = Verdict::failed;
    sample.detail = std::string("not the line of a timed workload: ") + error.what();
  }
  return sample;
}

}  // namespace hakmem::cli

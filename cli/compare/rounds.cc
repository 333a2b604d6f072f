// rounds.cc: runs the subjects under the allocators, round after round.
#include "compare/rounds.h"

#include <fmt/format.h>

#include <algorithm>
#include <numeric>

#include "compare/summary.h"
#include "measure/child.h"
#include "measure/interrupt.h"
#include "measure/measure.h"
#include "measure/progress.h"

namespace hakmem::cli {

namespace {

void run_round(const Plan& plan, int round, const std::vector<std::size_t>& subjects,
               Progress& progress, std::vector<Sample>& samples) {
  const std::string name = round == 0
                               ? "warm-up"
                               : fmt::format("round {} of {}", round,
                                             round <= plan.rounds ? plan.rounds : plan.most_rounds);
  for (const std::size_t subject : subjects) {
    for (const std::size_t allocator : rotation(plan.allocators.size(), round)) {
      progress.show(fmt::format("{}: {}", name, plan.subjects[subject].name),
                    plan.allocators[allocator].name);
      Sample sample =
          measure(plan.subjects[subject], plan.allocators[allocator], plan.timeout_seconds);
      sample.subject = subject;
      sample.allocator = allocator;
      sample.round = round;
      if (interrupted() != 0) {
        progress.note(fmt::format("interrupted in {}: what follows was measured before", name));
        return;
      }
      if (sample.verdict != Verdict::ok) {
        progress.note(fmt::format("{}: {} under {}: {}: {}", name, plan.subjects[subject].name,
                                  plan.allocators[allocator].name, verdict_name(sample.verdict),
                                  sample.detail));
      }
      samples.push_back(std::move(sample));
    }
  }
}

}  // namespace

std::vector<std::size_t> rotation(std::size_t count, int round) {
  std::vector<std::size_t> order(count);
  std::iota(order.begin(), order.end(), std::size_t{0});
  const auto first = static_cast<std::ptrdiff_t>(static_cast<std::size_t>(round) % count);
  std::rotate(order.begin(), order.begin() + first, order.end());
  return order;
}

std::vector<Sample> run_rounds(const Plan& plan) {
  std::vector<Sample> samples;
  Progress progress;
  const InterruptGuard guard;
  const double start = now_seconds();
  double longest_round = 0;
  std::vector<std::size_t> subjects(plan.subjects.size());
  std::iota(subjects.begin(), subjects.end(), std::size_t{0});
  for (int round = 0; round <= std::max(plan.rounds, plan.most_rounds); ++round) {
    if (round > plan.rounds) subjects = undecided_subjects(plan, samples);
    if (subjects.empty()) break;
    const double round_start = now_seconds();
    const double expected_end = round_start - start + longest_round;
    if (round > 1 && plan.budget_seconds > 0 && expected_end > plan.budget_seconds) {
      progress.note(fmt::format("stopping after {} rounds: the time is used up", round - 1));
      break;
    }
    run_round(plan, round, subjects, progress, samples);
    if (interrupted() != 0) break;
    longest_round = std::max(longest_round, now_seconds() - round_start);
  }
  return samples;
}

void judge_outputs(const Plan& plan, std::vector<Sample>& samples) {
  const auto libc = std::find_if(plan.allocators.begin(), plan.allocators.end(),
                                 [](const Allocator& a) { return a.name == "libc"; });
  const std::size_t reference =
      libc != plan.allocators.end() ? static_cast<std::size_t>(libc - plan.allocators.begin()) : 0;
  for (std::size_t subject = 0; subject < plan.subjects.size(); ++subject) {
    if (!plan.subjects[subject].same_output) continue;
    const auto first = std::find_if(samples.begin(), samples.end(), [&](const Sample& sample) {
      return sample.subject == subject && sample.allocator == reference &&
             sample.verdict == Verdict::ok;
    });
    if (first == samples.end()) continue;
    const std::uint64_t digest = first->output_digest;
    for (Sample& sample : samples) {
      if (sample.subject != subject || sample.verdict != Verdict::ok) continue;
      if (sample.output_digest == digest) continue;
      sample.verdict = Verdict::wrong_output;
      sample.detail = "it printed something else than under " + plan.allocators[reference].name;
    }
  }
}

}  // namespace hakmem::cli

// ab_command.cc: `hakmem ab`: is a changed library better? By a rule that was written before.
#include <fmt/format.h>

#include <filesystem>
#include <functional>
#include <memory>
#include <nlohmann/json.hpp>
#include <optional>

#include "ab/flavour.h"
#include "ab/gate.h"
#include "ab/record.h"
#include "ab/relink.h"
#include "ab/verdict.h"
#include "commands.h"
#include "compare/probe.h"
#include "compare/result_json.h"
#include "compare/rows.h"
#include "compare/suites.h"
#include "measure/affinity.h"
#include "measure/child.h"
#include "measure/console.h"
#include "measure/interrupt.h"
#include "measure/progress.h"
#include "measure/run_conditions.h"
#include "measure/temporary_folder.h"
#include "result/result_file.h"
#include "user_error.h"

namespace hakmem::cli {

namespace {

namespace fs = std::filesystem;
using Json = nlohmann::ordered_json;

struct AbOptions {
  std::string base;
  std::string treat;
  fs::path gate_file;
  std::vector<std::string> target;
  std::vector<std::string> guard;
  std::optional<int> rounds;
  std::string name;
  bool memory = false;
  fs::path out;
  fs::path ledger;
  unsigned relink = 0;
  std::string pin;
};

// Returns "X" of libhakmem-ab-X.so, else the file's name.
std::string name_of(const Allocator& treat) {
  const std::string stem = treat.library.stem().stem();
  const std::string prefix = "libhakmem-ab-";
  return stem.rfind(prefix, 0) == 0 ? stem.substr(prefix.size()) : stem;
}

// Returns the gate that lies in a file, or the one that the options tell.
Gate chosen_gate(const AbOptions& options, const Allocator& treat) {
  Gate gate;
  if (options.gate_file.empty()) {
    gate.name = options.name.empty() ? name_of(treat) : options.name;
    gate.claim = options.memory ? Claim::memory : Claim::time;
    gate.target = options.target;
    gate.guard = options.guard;
    gate.decide_rounds = options.rounds.value_or(gate.decide_rounds);
  } else {
    const bool says_more = !options.target.empty() || !options.guard.empty() || options.memory ||
                           options.rounds || !options.name.empty();
    if (says_more) {
      throw UserError("ab: the rule stands in " + options.gate_file.string() +
                      "; give no --target, --guard, --memory, --rounds or --name");
    }
    gate = read_gate(options.gate_file);
  }
  require_sound(gate);
  return gate;
}

// What was fixed once stays.
void require_same_gate(const Gate& gate, const fs::path& path) {
  if (!fs::exists(path) || read_gate(path) == gate) return;
  throw UserError("ab: " + path.string() +
                  " was written before and says otherwise; a gate is not changed: choose another "
                  "--name or --out");
}

Plan make_plan(const Gate& gate, const Allocator& base, const Allocator& treat) {
  Plan plan;
  for (const auto& list : {gate.target, gate.guard}) {
    for (const std::string& text : list) plan.rows.push_back({parse_row(text), 0});
  }
  plan.allocators = {base, treat};
  plan.allocators[base_place].name = "base";
  plan.allocators[treat_place].name = "treat";
  plan.base = base_place;
  plan.own = treat_place;
  plan.sample_seconds = gate.sample_seconds;
  plan.after = true;
  return plan;
}

struct Stage {
  AbVerdict verdict;  // unless it was interrupted: then the rows lack rounds, and none is made
  Json rows;
};

Stage run_stage(const Gate& gate, Plan plan, int rounds, const std::string& name) {
  plan.rounds = rounds;
  plan.most_rounds = rounds;  // fixed beforehand: who adds rounds until it fits finds what he seeks
  const std::vector<bool> none(plan.rows.size(), false);
  tell(fmt::format("{}: {} rows, {} rounds: about {}\n", name, plan.rows.size(), rounds,
                   duration_text(expected_seconds(plan, none))));
  const Measured measured = measure_rows(plan, {}, [](const Measured&) {});
  Json rows = result_json(plan, measured, summarise(plan, measured.samples))["rows"];
  if (interrupted() != 0) return {{}, std::move(rows)};
  return {judge(gate, plan, measured.samples), std::move(rows)};
}

struct LinkOrder {
  std::string name;
  AbVerdict verdict;
  Json json;
};

// Screens, then decides, unless screening shows that there is nothing to decide. Calls `stage_done`
// with what there is after each of the two, also when it was interrupted.
LinkOrder run_link_order(const Gate& gate, const Plan& plan, const std::string& name,
                         const std::function<void(const LinkOrder&)>& stage_done) {
  LinkOrder order{name, {}, {{"order", name}}};
  const Stage screening = run_stage(gate, plan, gate.screen_rounds, name + ", screening");
  order.json["screening_rows"] = screening.rows;
  if (interrupted() != 0) {
    stage_done(order);
    return order;
  }
  order.verdict = screening.verdict;
  const bool screened_out = is_screened_out(gate, order.verdict);
  if (screened_out && !order.verdict.failed) {
    order.verdict.decision = Decision::neutral;
    order.verdict.reason = "as good as equal in screening: " + order.verdict.reason;
  }
  order.json["screening"] = verdict_json(order.verdict);
  stage_done(order);
  show(fmt::format("{}, screening\n{}\n", name, verdict_text(screening.verdict)));
  if (screened_out || interrupted() != 0) return order;
  const Stage decision = run_stage(gate, plan, gate.decide_rounds, name + ", decision");
  order.json["rows"] = decision.rows;
  if (interrupted() == 0) {
    order.verdict = decision.verdict;
    order.json["decision"] = verdict_json(decision.verdict);
  }
  stage_done(order);
  if (interrupted() == 0) {
    show(fmt::format("{}, decision\n{}\n", name, verdict_text(decision.verdict)));
  }
  return order;
}

// What all link orders say; where they do not agree, the order of the code decides, not the change.
void conclude(const std::vector<LinkOrder>& orders, Json& result) {
  const AbVerdict& first = orders.front().verdict;
  result["decision"] = decision_name(first.decision);
  result["reason"] = first.reason;
  for (const LinkOrder& order : orders) {
    if (order.verdict.failed) {
      result["decision"] = "none";
      result["reason"] = order.verdict.reason;
      return;
    }
    if (order.verdict.decision == first.decision) continue;
    result["decision"] = decision_name(Decision::neutral);
    result["reason"] =
        fmt::format("{} in {}, {} in {}", decision_name(first.decision), orders.front().name,
                    decision_name(order.verdict.decision), order.name);
  }
}

// Two libraries that are compared: as they were given, or both under another link order.
struct Pair {
  Allocator base;
  Allocator treat;
};

Pair checked_pair(const AbOptions& options) {
  Pair pair = {parse_allocator("base=" + options.base), parse_allocator("treat=" + options.treat)};
  if (counts_calls(pair.base) != counts_calls(pair.treat)) {
    throw UserError(
        "ab: one library counts every call (the observe flavour), the other does not: their times "
        "say nothing about each other");
  }
  return pair;
}

std::vector<Pair> link_orders_of(const Pair& pair, unsigned count, const fs::path& folder) {
  std::vector<Pair> pairs = {pair};
  for (unsigned seed = 1; seed <= count; ++seed) {
    pairs.push_back(
        {parse_allocator("base=" + relink(pair.base.library, seed, folder).string()),
         parse_allocator("treat=" + relink(pair.treat.library, seed, folder).string())});
  }
  return pairs;
}

Json new_ab_result(const AbOptions& options, const Gate& gate, const Pair& pair) {
  Json result = new_result("ab");
  result["settings"] = {{"relink", options.relink}};
  result["settings"].update(run_conditions());
  // Until it is decided.
  result["interrupted"] = true;
  result["decision"] = "none";
  result["reason"] = "interrupted";
  result["gate"] = gate_json(gate);
  for (const Allocator& allocator : {pair.base, pair.treat}) {
    result["allocators"].push_back({{"name", allocator.name},
                                    {"path", allocator.library.string()},
                                    {"build_id", allocator.build_id}});
  }
  result["links"] = Json::array();
  return result;
}

// Measures and judges all; `file` holds, from the first stage on, what there is.
std::vector<LinkOrder> run_all(const Gate& gate, const std::vector<Pair>& pairs,
                               const fs::path& file, Json& result) {
  std::vector<LinkOrder> orders;
  for (std::size_t i = 0; i < pairs.size() && interrupted() == 0; ++i) {
    Plan plan = make_plan(gate, pairs[i].base, pairs[i].treat);
    probe_rows(plan, std::vector<bool>(plan.rows.size(), false));
    if (interrupted() != 0) break;
    const std::string name = i == 0 ? "as built" : fmt::format("link order {}", i);
    orders.push_back(run_link_order(gate, plan, name, [&](const LinkOrder& so_far) {
      result["links"][i] = so_far.json;
      write_result(file, result);
    }));
  }
  return orders;
}

int ab(const AbOptions& options) {
  require_launcher();
  const Pair given = checked_pair(options);
  const Gate gate = chosen_gate(options, given.treat);
  make_plan(gate, given.base, given.treat);  // throws if it names a row that is none
  if (!options.pin.empty()) pin_to(options.pin);
  const fs::path out = options.out.empty() ? fs::path("ab-" + gate.name) : options.out;
  const fs::path file = out / "result.json";
  const fs::path ledger = options.ledger.empty() ? out / "ledger.jsonl" : options.ledger;
  std::error_code error;
  fs::create_directories(out, error);
  require_same_gate(gate, out / "gate.json");
  require_new(file, "move it away, or name another --name or --out");
  require_appendable(ledger);
  const TemporaryFolder folder;
  const std::vector<Pair> pairs = link_orders_of(given, options.relink, folder.path());
  // From here on the rule is fixed, before the first run.
  if (!fs::exists(out / "gate.json")) write_json(out / "gate.json", gate_json(gate));

  Json result = new_ab_result(options, gate, given);
  const InterruptGuard guard;
  tell_tuning();
  const std::vector<LinkOrder> orders = run_all(gate, pairs, file, result);
  if (interrupted() != 0) {
    write_result(file, result);
    show(fmt::format("interrupted: nothing is decided; what was measured: {}\n", file.string()));
    return 128 + interrupted();
  }
  result["interrupted"] = false;
  conclude(orders, result);
  write_result(file, result);
  const std::string decision = result["decision"];
  write_whole(out / "record.md", record_text(result));
  append_line(ledger, ledger_line(result));
  show(fmt::format("{}: {}: {}\nGate, record and all samples: {}\n", gate.name, decision,
                   result["reason"].get<std::string>(), out.string()));
  return decision == "none" ? exit_failed_samples : 0;
}

}  // namespace

void add_ab_command(CLI::App& app, int& status) {
  const auto options = std::make_shared<AbOptions>();
  CLI::App* const command = app.add_subcommand(
      "ab",
      "Decide whether a changed library is better, by a rule fixed beforehand: hakmem ab BASE.so "
      "TREAT.so --target random_mixed --guard tiny_hot");
  command->add_option("base", options->base, "The library as it is")->required();
  command->add_option("treat", options->treat, "The library with the change")->required();
  command->add_option("--target", options->target,
                      "Rows that shall gain: workloads, name:argument,..., or programs of the apps "
                      "suite");
  command->add_option("--guard", options->guard, "Rows that must not lose");
  command->add_option(
      "--gate", options->gate_file,
      "A gate that was written before, instead of --target, --guard, --memory, --rounds and "
      "--name; it is copied into --out");
  command->add_flag("--memory", options->memory,
                    "The change claims memory: -5 % of peak RSS at no loss of time");
  command->add_option("--rounds", options->rounds, "Rounds that decide (default: 21)")
      ->check(CLI::Range(21, 1000));
  command
      ->add_option("--relink", options->relink,
                   "Repeat all with so many other link orders of both libraries, which must lie "
                   "in build trees; what they do not agree on is NEUTRAL")
      ->check(CLI::Range(0, 20));
  command->add_option("--name", options->name, "What the record is called");
  command->add_option("--out", options->out,
                      "Folder of gate.json, result.json and record.md (default: ab-NAME)");
  command->add_option("--ledger", options->ledger,
                      "File that gets a line of JSON (default: ledger.jsonl in --out)");
  command->add_option("--pin", options->pin, "Run everything on these processors only");
  command->footer(
      "GO: the target gains 1 % or more and its interval excludes 0, and the median of no row "
      "loses more than 1 %, or 5 % of memory. NO-GO: the target or another row loses 1 % or "
      "more, or 5 % of memory, and its interval excludes 0. Else NEUTRAL.\nExit status: 0 if it "
      "was decided, 1 if a run failed, 2 for a wrong command line, 126 or 127 for a program that "
      "cannot be started or is not found, 128 + signal if interrupted.");
  command->callback([options, &status] { status = ab(*options); });
}

}  // namespace hakmem::cli

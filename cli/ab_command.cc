// ab_command.cc: `hakmem ab`: is a changed library better? By a rule that was written before.
#include <fmt/format.h>

#include <filesystem>
#include <memory>
#include <nlohmann/json.hpp>

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
#include "measure/interrupt.h"
#include "measure/progress.h"
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
  Gate gate;
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

// Returns the gate, which lies in its file from here on.
Gate fixed_gate(const AbOptions& options, const fs::path& path, bool is_given) {
  Gate gate = options.gate;
  gate.claim = options.memory ? Claim::memory : Claim::time;
  const bool exists = fs::exists(path);
  if (is_given && !exists) throw UserError("cannot read " + path.string() + ": no such gate");
  if (is_given) {
    if (!gate.target.empty() || !gate.guard.empty()) {
      throw UserError("ab: the rows stand in " + path.string() + "; give no --target or --guard");
    }
    gate = read_gate(path);
  } else if (exists && read_gate(path) != gate) {
    throw UserError("ab: " + path.string() +
                    " was written before and says otherwise; a gate is not changed: choose another "
                    "--name or --out");
  }
  require_sound(gate);
  if (!exists) write_result(path, gate_json(gate));
  return gate;
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
  AbVerdict verdict;
  Json result;
};

Stage run_stage(const Gate& gate, Plan plan, int rounds, const std::string& name) {
  plan.rounds = rounds;
  plan.most_rounds = rounds;  // fixed beforehand: who adds rounds until it fits finds what he seeks
  const std::vector<bool> none(plan.rows.size(), false);
  fmt::print(stderr, "{}: {} rows, {} rounds: about {}\n", name, plan.rows.size(), rounds,
             duration_text(expected_seconds(plan, none)));
  Measured measured = measure_rows(plan, {}, [](const Measured&) {});
  judge_outputs(plan, measured.samples);
  return {judge(gate, plan, measured.samples),
          result_json(plan, measured, summarise(plan, measured.samples))};
}

struct LinkOrder {
  std::string name;
  AbVerdict verdict;
  Json json;
};

// Screens, then decides, unless screening shows that there is nothing to decide.
LinkOrder run_link_order(const Gate& gate, const Plan& plan, const std::string& name) {
  LinkOrder order{name, {}, {{"order", name}}};
  const Stage screening = run_stage(gate, plan, gate.screen_rounds, name + ", screening");
  order.verdict = screening.verdict;
  order.json["screening"] = verdict_json(screening.verdict);
  order.json["screening_rows"] = screening.result["rows"];
  if (interrupted() != 0) return order;
  fmt::print("{}, screening\n{}\n", name, verdict_text(screening.verdict));
  if (is_screened_out(gate, screening.verdict)) {
    if (!order.verdict.failed) {
      order.verdict.decision = Decision::neutral;
      order.verdict.reason = "as good as equal in screening: " + order.verdict.reason;
      order.json["screening"] = verdict_json(order.verdict);
    }
    return order;
  }
  const Stage decision = run_stage(gate, plan, gate.decide_rounds, name + ", decision");
  if (interrupted() != 0) return order;
  order.verdict = decision.verdict;
  order.json["decision"] = verdict_json(decision.verdict);
  order.json["rows"] = decision.result["rows"];
  fmt::print("{}, decision\n{}\n", name, verdict_text(decision.verdict));
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

int ab(AbOptions& options) {
  const Allocator base = parse_allocator("base=" + options.base);
  const Allocator treat = parse_allocator("treat=" + options.treat);
  if (counts_calls(base) != counts_calls(treat)) {
    throw UserError(
        "ab: one library counts every call (the observe flavour), the other does not: their times "
        "say nothing about each other");
  }
  if (!options.pin.empty()) pin_to(options.pin);
  const bool gate_is_given = !options.gate_file.empty();
  if (options.gate.name.empty()) options.gate.name = name_of(treat);
  if (options.out.empty()) options.out = "ab-" + options.gate.name;
  std::error_code error;
  fs::create_directories(options.out, error);
  require_writable(options.out / "result.json");
  const Gate gate = fixed_gate(
      options, gate_is_given ? options.gate_file : options.out / "gate.json", gate_is_given);

  const TemporaryFolder folder;
  std::vector<std::pair<Allocator, Allocator>> links = {{base, treat}};
  for (unsigned seed = 1; seed <= options.relink; ++seed) {
    links.emplace_back(
        parse_allocator("base=" + relink(base.library, seed, folder.path()).string()),
        parse_allocator("treat=" + relink(treat.library, seed, folder.path()).string()));
  }

  Json result = new_result("ab");
  result["gate"] = gate_json(gate);
  for (const Allocator& allocator : {base, treat}) {
    result["allocators"].push_back({{"name", allocator.name},
                                    {"path", allocator.library.string()},
                                    {"build_id", allocator.build_id}});
  }
  const InterruptGuard guard;
  std::vector<LinkOrder> orders;
  for (std::size_t i = 0; i < links.size() && interrupted() == 0; ++i) {
    Plan plan = make_plan(gate, links[i].first, links[i].second);
    plan.cores = options.pin;
    probe_rows(plan, std::vector<bool>(plan.rows.size(), false));
    if (interrupted() != 0) break;
    orders.push_back(
        run_link_order(gate, plan, i == 0 ? "as built" : fmt::format("link order {}", i)));
    result["links"].push_back(orders.back().json);
  }
  result["interrupted"] = interrupted() != 0;
  if (interrupted() != 0) {
    result["decision"] = "none";
    result["reason"] = "interrupted";
    write_result(options.out / "result.json", result);
    fmt::print("interrupted: nothing is decided; what was measured: {}\n",
               (options.out / "result.json").string());
    return 128 + interrupted();
  }
  conclude(orders, result);
  write_result(options.out / "result.json", result);
  write_whole(options.out / "record.md", record_text(result));
  append_line(options.ledger.empty() ? options.out / "ledger.jsonl" : options.ledger,
              ledger_line(result));
  const std::string decision = result["decision"];
  fmt::print("{}: {}: {}\nGate, record and all samples: {}\n", gate.name, decision,
             result["reason"].get<std::string>(), options.out.string());
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
  command->add_option("--target", options->gate.target,
                      "Rows that shall gain: workloads, name:argument,..., or programs of the apps "
                      "suite");
  command->add_option("--guard", options->gate.guard, "Rows that must not lose");
  command->add_option("--gate", options->gate_file,
                      "A gate that was written before, instead of --target and --guard");
  command->add_flag("--memory", options->memory,
                    "The change claims memory: -5 % of peak RSS at no loss of time");
  command->add_option("--rounds", options->gate.decide_rounds, "Rounds that decide (default: 21)")
      ->check(CLI::Range(21, 1000));
  command
      ->add_option("--relink", options->relink,
                   "Repeat all with so many other link orders of both libraries, which must lie "
                   "in build trees; what they do not agree on is NEUTRAL")
      ->check(CLI::Range(0, 20));
  command->add_option("--name", options->gate.name, "What the record is called");
  command->add_option("--out", options->out,
                      "Folder of gate.json, result.json and record.md (default: ab-NAME)");
  command->add_option("--ledger", options->ledger,
                      "File that gets a line of JSON (default: ledger.jsonl in --out)");
  command->add_option("--pin", options->pin, "Run everything on these processors only");
  command->footer(
      "GO: the target gains 1 % or more and its interval excludes 0, and no row loses. NO-GO: the "
      "target or another row loses 1 % or more and its interval excludes 0, or 5 % of memory. Else "
      "NEUTRAL.\nExit status: 0 if it was decided, 1 if a run failed, 2 for a wrong command line, "
      "128 + signal if interrupted.");
  command->callback([options, &status] { status = ab(*options); });
}

}  // namespace hakmem::cli

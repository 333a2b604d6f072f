// linux_fault.cc: refuses system calls on request, in builds made for testing that.
//
// Layer os. HAKMEM_FAULT="<site>:<nth>[:<count>]" refuses the nth call of that site (from 1) and
// count - 1 further ones; "list" prints the names. HAKMEM_FAULT_REPORT=1 prints at exit how often
// each site was called and refused.
#include "base/atomic.h"
#include "base/print.h"
#include "os/environment.h"
#include "os/report.h"
#include "os/site.h"

namespace hakmem::os {

namespace {

constexpr unsigned site_count = static_cast<unsigned>(Site::count);

struct Plan {
  unsigned site = site_count;
  std::uint64_t first = 0;
  std::uint64_t last = 0;
};

constinit Atomic<std::uint64_t> calls[site_count];
constinit Atomic<std::uint64_t> refusals[site_count];
constinit Atomic<unsigned> plan_state;  // 0 unread, 1 being read, 2 read
constinit Plan plan;

bool same_until(const char* text, const char* name, char end) {
  for (; *name != 0; ++text, ++name) {
    if (*text != *name) return false;
  }
  return *text == end;
}

std::uint64_t parse_number(const char*& text) {
  std::uint64_t value = 0;
  for (; *text >= '0' && *text <= '9'; ++text) {
    value = value * 10 + static_cast<std::uint64_t>(*text - '0');
  }
  return value;
}

void read_plan() {
  const char* text = environment("HAKMEM_FAULT");
  if (text == nullptr) return;
  if (same_until(text, "list", 0)) {
    for (const char* name : site_names) ReportLine() << "fault-site " << name;
    return;
  }
  for (unsigned site = 0; site < site_count; ++site) {
    if (!same_until(text, site_names[site], ':')) continue;
    while (*text != ':') ++text;
    plan.first = parse_number(++text);
    plan.last = *text == ':' ? plan.first + parse_number(++text) - 1 : plan.first;
    plan.site = site;
    return;
  }
  ReportLine() << "HAKMEM_FAULT=" << text << ": no such site; HAKMEM_FAULT=list names them";
}

void report() {
  for (unsigned site = 0; site < site_count; ++site) {
    ReportLine() << "fault-site " << site_names[site] << " calls=" << calls[site].load_relaxed()
                 << " failed=" << refusals[site].load_relaxed();
  }
}

[[gnu::destructor]] void report_at_exit() {
  if constexpr (build::faults) {
    const char* const wanted = environment("HAKMEM_FAULT_REPORT");
    if (wanted != nullptr && *wanted == '1') report();
  }
}

}  // namespace

bool plan_refuses(Site site) {
  unsigned unread = 0;
  if (plan_state.compare_exchange_acq_rel(unread, 1)) {
    read_plan();
    plan_state.store_release(2);
  }
  const auto index = static_cast<unsigned>(site);
  const std::uint64_t call = calls[index].fetch_add_relaxed(1) + 1;
  if (plan_state.load_acquire() != 2 || plan.site != index) return false;
  if (call < plan.first || call > plan.last) return false;
  refusals[index].fetch_add_relaxed(1);
  return true;
}

}  // namespace hakmem::os

// measure.h: one run of one subject under one allocator. Whatever happens comes back as a sample;
// nothing is thrown for what a program did.
#pragma once

#include "measure/allocator.h"
#include "measure/sample.h"
#include "measure/subject.h"

namespace hakmem::cli {

class Child;

Sample measure(const Subject& subject, const Allocator& allocator, double timeout_seconds);

// The kinds, one file each.
Sample measure_workload(const Subject& subject, const Allocator& allocator, double timeout_seconds);
Sample measure_program(const Subject& subject, const Allocator& allocator, double timeout_seconds);
Sample measure_server(const Subject& subject, const Allocator& allocator, double timeout_seconds);

// Fills in what the end of a child says: time, peak and, unless it ended with the status that is
// expected, why not.
void judge_ending(const Child& child, Sample& sample, int expected_status = 0);
// Replaces the cost by the metric, if there is one, that the child printed.
void judge_metric(const Child& child, const Subject& subject, Sample& sample);
// The same for a workload, whose last line is JSON: takes that over, and holds the allocator it
// names against the one it was given: all of malloc's family must be its.
void judge_workload(const Child& child, const Allocator& allocator, Sample& sample);
// Kills a child that did not end in time and says so.
void judge_timeout(Child& child, double timeout_seconds, Sample& sample);

}  // namespace hakmem::cli

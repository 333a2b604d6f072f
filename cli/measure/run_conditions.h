// run_conditions.h: what bears on every run and is no option of one command: the processors that
// runs may use, however that came about (--pin, taskset, a container), and what of the caller's
// environment tunes allocators. The settings of every kind of result have both under these names.
#pragma once

#include <nlohmann/json_fwd.hpp>

namespace hakmem::cli {

// Returns `processors`, a list as --pin takes it, and `environment`, values by names.
nlohmann::ordered_json run_conditions();

// Says on standard error which variables are set that tune allocators: they are easily forgotten.
void tell_tuning();

}  // namespace hakmem::cli

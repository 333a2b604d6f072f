// machine.h: where and with what a result was measured.
#pragma once

#include <nlohmann/json_fwd.hpp>

namespace hakmem::cli {

// Kernel, processor, cores, huge-page setting, libc and compiler.
nlohmann::ordered_json describe_machine();

}  // namespace hakmem::cli

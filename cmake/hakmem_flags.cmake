# hakmem_flags.cmake: how everything is compiled (hakmem_flags), how the library is, on top of that
# (hakmem_library_flags), and hakmem_compile_together(<target>) for sources that use much of large
# libraries: several are compiled as one, so that the library's templates are compiled once for all.

set(CMAKE_C_STANDARD 17)
set(CMAKE_CXX_STANDARD 20)
set(CMAKE_CXX_STANDARD_REQUIRED ON)
set(CMAKE_CXX_EXTENSIONS OFF)
set(CMAKE_CXX_SCAN_FOR_MODULES OFF)
set(CMAKE_COMPILE_WARNING_AS_ERROR ${HAKMEM_WARNINGS_AS_ERRORS})

# Without NDEBUG: the library's checks are governed by build::checks, and a test's assert is a test.
foreach(language C CXX)
  set(CMAKE_${language}_FLAGS_RELWITHDEBINFO "-O2 -g")
  set(CMAKE_${language}_FLAGS_RELEASE "-O2")
  set(CMAKE_${language}_FLAGS_DEBUG "-O1 -g -fno-omit-frame-pointer")
endforeach()

find_package(Threads REQUIRED)

add_library(hakmem_flags INTERFACE)
target_compile_options(hakmem_flags INTERFACE
  -Wall -Wextra -Wconversion -Wundef -Wvla $<$<CXX_COMPILER_ID:GNU>:-Wshadow=local>
  $<$<COMPILE_LANGUAGE:CXX>:-Wold-style-cast -Wnon-virtual-dtor -Woverloaded-virtual>
  # Clang as gcc understands -Wconversion, and without complaint about uses behind `if constexpr`.
  "$<$<CXX_COMPILER_ID:Clang>:-Wno-sign-conversion;-Wno-unneeded-internal-declaration>"
  -fmacro-prefix-map=${PROJECT_SOURCE_DIR}/=)

if(HAKMEM_SANITIZE)
  # The library writes into free blocks, which its config poisons for everybody else: it is itself
  # compiled without the address sanitizer.
  string(REPLACE "," ";" library_sanitize ${HAKMEM_SANITIZE})
  list(REMOVE_ITEM library_sanitize address)
  list(JOIN library_sanitize "$<COMMA>" library_sanitize)
  string(REPLACE "," "$<COMMA>" program_sanitize ${HAKMEM_SANITIZE})
  set(is_library $<BOOL:$<TARGET_PROPERTY:HAKMEM_LIBRARY>>)
  set(sanitize -fsanitize=${HAKMEM_SANITIZE} -fno-sanitize-recover=all -fno-omit-frame-pointer)
  target_compile_options(hakmem_flags INTERFACE
    -fsanitize=$<IF:${is_library},${library_sanitize},${program_sanitize}>
    -fno-sanitize-recover=all -fno-omit-frame-pointer)
  target_link_options(hakmem_flags INTERFACE ${sanitize})
endif()

if(HAKMEM_FUZZ)
  target_compile_options(hakmem_flags INTERFACE -fsanitize=fuzzer-no-link)
endif()

set(replaced_builtins malloc calloc realloc free aligned_alloc memalign posix_memalign)
list(TRANSFORM replaced_builtins PREPEND -fno-builtin-)

add_library(hakmem_library_flags INTERFACE)
target_link_libraries(hakmem_library_flags INTERFACE hakmem_flags)
target_compile_options(hakmem_library_flags INTERFACE
  ${replaced_builtins}  # or the compiler turns malloc + memset inside calloc into a call of calloc
  -fvisibility=hidden -fvisibility-inlines-hidden -fno-semantic-interposition -fno-plt
  -ftls-model=initial-exec  # one load, and no allocation when a thread touches it first
  -fno-exceptions -fno-rtti -fno-threadsafe-statics  # nothing of the C++ runtime is needed
  -fasynchronous-unwind-tables  # bad_alloc and a profiler's backtrace pass through our frames
  -ffunction-sections -fdata-sections)

function(hakmem_compile_together target)
  set_target_properties(${target} PROPERTIES
    UNITY_BUILD ON UNITY_BUILD_BATCH_SIZE 8
    UNITY_BUILD_CODE_BEFORE_INCLUDE "// NOLINTNEXTLINE(bugprone-suspicious-include)")
endfunction()

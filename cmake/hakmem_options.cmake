# hakmem_options.cmake: what a build tree can be asked for, and where its results go.

set(HAKMEM_CONFIG "default" CACHE STRING "configs/<this>.h is built: default, observe, asan or ab/<box>")
option(HAKMEM_CHECKS "debug_check is active" OFF)
option(HAKMEM_FAULTS "System calls can be refused on request, for tests" OFF)
set(HAKMEM_FIRST_ARENA_MIB 0 CACHE STRING "Size of the first arena in MiB; 0: by the machine")
set(HAKMEM_OWNER_KEYS 0 CACHE STRING "Number of owner keys; 0: all that a tag has room for")
set(HAKMEM_SANITIZE "" CACHE STRING "Sanitizers of the tree, but address not of the library itself: address,undefined or thread")
option(HAKMEM_FUZZ "Build the fuzz targets (clang)" OFF)
option(HAKMEM_WARNINGS_AS_ERRORS "Warnings are errors" ON)
option(HAKMEM_BUILD_TESTS "Build the tests" ${PROJECT_IS_TOP_LEVEL})
option(HAKMEM_BUILD_CLI "Build the hakmem command and its workloads" ${PROJECT_IS_TOP_LEVEL})
option(HAKMEM_BUILD_FLAVOURS "Build libhakmem-observe.so and one libhakmem-ab-<box>.so per box" ON)

if(NOT CMAKE_SYSTEM_NAME STREQUAL "Linux")
  message(FATAL_ERROR "hakmem runs on Linux with glibc")
endif()

get_property(is_multi_config GLOBAL PROPERTY GENERATOR_IS_MULTI_CONFIG)
if(NOT CMAKE_BUILD_TYPE AND NOT is_multi_config)
  set(CMAKE_BUILD_TYPE RelWithDebInfo CACHE STRING "Kind of build" FORCE)
endif()

# Results lie where an installation puts them relative to each other, so that the command finds its
# libraries in both.
set(CMAKE_RUNTIME_OUTPUT_DIRECTORY ${PROJECT_BINARY_DIR}/bin)
set(CMAKE_LIBRARY_OUTPUT_DIRECTORY ${PROJECT_BINARY_DIR}/lib)
set(CMAKE_ARCHIVE_OUTPUT_DIRECTORY ${PROJECT_BINARY_DIR}/lib)
set(CMAKE_EXPORT_COMPILE_COMMANDS ON)

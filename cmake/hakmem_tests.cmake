# hakmem_tests.cmake: how a folder of tests declares what it has. ./check runs tests by label:
#   unit contract process stress fault golden models programs consumer cli lint fuzz   one kind each
#   long      left out of the short run
#
#   hakmem_add_unit_test(<name> SOURCES <file>... [LIBRARIES <target>...] [LABELS <label>...]
#                        [TIMEOUT <seconds>] [ENVIRONMENT <name=value>...] [SHARDS <number>])
#     A GoogleTest program over the library's internals (label unit unless told otherwise). Shards
#     run beside each other, each a part of its cases.
#   hakmem_add_test_program(<name> SOURCES <file>... [LIBRARIES <target>...])
#     A program that tests use, with no test of its own and no library of ours unless named.
#   hakmem_add_test(<name> COMMAND <command>... LABELS <label>... [TIMEOUT <seconds>]
#                   [ENVIRONMENT <name=value>...] [SERIAL])
#     One CTest entry. A test without a label is refused: no stage of ./check would run it.
#   hakmem_add_fuzz_target(<name> SOURCES <file>...)
#     A libFuzzer program over the library's internals, in trees with HAKMEM_FUZZ.

set(hakmem_test_labels
  unit contract process stress fault golden models programs consumer cli lint fuzz)

if(HAKMEM_BUILD_TESTS)
  find_package(GTest REQUIRED)
endif()

function(hakmem_add_test name)
  cmake_parse_arguments(PARSE_ARGV 1 arg "SERIAL" "TIMEOUT" "COMMAND;LABELS;ENVIRONMENT")
  set(kinds ${arg_LABELS})
  list(REMOVE_ITEM kinds long)
  if(NOT kinds)
    message(FATAL_ERROR "test ${name} has no label that names its kind")
  endif()
  foreach(kind IN LISTS kinds)
    if(NOT kind IN_LIST hakmem_test_labels)
      message(FATAL_ERROR "test ${name}: no stage knows the label ${kind}")
    endif()
  endforeach()
  if(NOT arg_TIMEOUT)
    set(arg_TIMEOUT 120)
  endif()
  add_test(NAME ${name} COMMAND ${arg_COMMAND})
  set_tests_properties(${name} PROPERTIES
    LABELS "${arg_LABELS}" TIMEOUT ${arg_TIMEOUT} ENVIRONMENT "${arg_ENVIRONMENT}")
  if(arg_SERIAL)
    set_tests_properties(${name} PROPERTIES RUN_SERIAL ON)
  endif()
endfunction()

function(hakmem_add_test_program name)
  cmake_parse_arguments(PARSE_ARGV 1 arg "" "" "SOURCES;LIBRARIES")
  add_executable(${name} ${arg_SOURCES})
  set_target_properties(${name} PROPERTIES
    RUNTIME_OUTPUT_DIRECTORY ${PROJECT_BINARY_DIR}/tests)
  target_link_libraries(${name} PRIVATE hakmem_flags ${arg_LIBRARIES} Threads::Threads)
  target_include_directories(${name} PRIVATE ${PROJECT_SOURCE_DIR}/include)
endfunction()

function(hakmem_add_unit_test name)
  cmake_parse_arguments(PARSE_ARGV 1 arg ""
    "TIMEOUT;SHARDS" "SOURCES;LIBRARIES;LABELS;ENVIRONMENT")
  if(NOT arg_LABELS)
    set(arg_LABELS unit)
  endif()
  hakmem_add_test_program(${name} SOURCES ${arg_SOURCES}
    LIBRARIES ${arg_LIBRARIES} hakmem_internal GTest::gmock GTest::gtest_main)
  target_include_directories(${name} PRIVATE ${PROJECT_SOURCE_DIR}/tests)
  hakmem_compile_together(${name})
  if(NOT arg_SHARDS)
    hakmem_add_test(${name} COMMAND ${name} LABELS ${arg_LABELS}
      TIMEOUT "${arg_TIMEOUT}" ENVIRONMENT ${arg_ENVIRONMENT})
    return()
  endif()
  math(EXPR last "${arg_SHARDS} - 1")
  foreach(shard RANGE ${last})
    hakmem_add_test(${name}.${shard} COMMAND ${name} LABELS ${arg_LABELS} TIMEOUT "${arg_TIMEOUT}"
      ENVIRONMENT ${arg_ENVIRONMENT} GTEST_TOTAL_SHARDS=${arg_SHARDS} GTEST_SHARD_INDEX=${shard})
  endforeach()
endfunction()

function(hakmem_add_fuzz_target name)
  cmake_parse_arguments(PARSE_ARGV 1 arg "" "" "SOURCES")
  if(HAKMEM_FUZZ)
    hakmem_add_test_program(${name} SOURCES ${arg_SOURCES} LIBRARIES hakmem_internal)
    target_include_directories(${name} PRIVATE ${PROJECT_SOURCE_DIR}/tests)
    target_compile_options(${name} PRIVATE -fsanitize=fuzzer)
    target_link_options(${name} PRIVATE -fsanitize=fuzzer)
  endif()
endfunction()

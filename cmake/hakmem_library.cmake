# hakmem_library.cmake: how the sources become libraries.
#
# The layers below runtime do not know which config was chosen and are compiled once
# (hakmem_core); runtime and api are compiled once per config, by
#   hakmem_add_flavour(<suffix> <config>), or with any header that defines configs::Active
#   hakmem_add_flavour_of(<suffix> <header>)
#     hakmem_runtime<suffix>      objects of runtime/ and of the hak_ functions
#     hakmem_replacement<suffix>  objects that define malloc and its kin for the whole program
#   hakmem_add_shared(<target> <suffix>)      the library to preload
#   hakmem_add_archive(<target> <name> <symbols> <objects>...)   the library to link

set(hakmem_lower_layers base os policy region page large heap observe)
set(hakmem_upper_layers runtime api)
set(hakmem_replacement_pattern "/api/(malloc|operator)[a-z_]*[.]cc$")

set(hakmem_generated_dir ${PROJECT_BINARY_DIR}/generated)
foreach(name CHECKS FAULTS)
  if(HAKMEM_${name})
    set(hakmem_${name}_literal true)
  else()
    set(hakmem_${name}_literal false)
  endif()
endforeach()
if(HAKMEM_SANITIZE MATCHES thread)
  set(hakmem_RACE_DETECTOR_literal true)
else()
  set(hakmem_RACE_DETECTOR_literal false)
endif()
configure_file(${PROJECT_SOURCE_DIR}/cmake/build_config.h.in
               ${hakmem_generated_dir}/build_config.h @ONLY)

# Sources of the given layers, found anew whenever a file comes or goes.
function(hakmem_sources result)
  set(patterns "")
  foreach(layer IN LISTS ARGN)
    list(APPEND patterns ${PROJECT_SOURCE_DIR}/src/${layer}/*.cc)
  endforeach()
  file(GLOB found CONFIGURE_DEPENDS ${patterns})
  set(${result} "${found}" PARENT_SCOPE)
endfunction()

# An object library; an empty list of sources gives an empty one.
function(hakmem_add_objects target)
  set(sources ${ARGN})
  if(NOT sources)
    file(WRITE ${hakmem_generated_dir}/empty.cc "")
    set(sources ${hakmem_generated_dir}/empty.cc)
  endif()
  add_library(${target} OBJECT ${sources})
  set_target_properties(${target} PROPERTIES
    POSITION_INDEPENDENT_CODE ON HAKMEM_LIBRARY ON)
  target_link_libraries(${target} PRIVATE hakmem_library_flags)
  target_include_directories(${target} PRIVATE
    ${PROJECT_SOURCE_DIR}/src ${PROJECT_SOURCE_DIR}/include ${PROJECT_SOURCE_DIR}
    ${hakmem_generated_dir})
endfunction()

function(hakmem_add_flavour suffix config)
  file(GLOB_RECURSE headers RELATIVE ${PROJECT_SOURCE_DIR}/configs
    CONFIGURE_DEPENDS ${PROJECT_SOURCE_DIR}/configs/*.h)
  if(headers AND NOT "${config}.h" IN_LIST headers)
    message(FATAL_ERROR "HAKMEM_CONFIG=${config} is none of configs/: ${headers}")
  endif()
  hakmem_add_flavour_of("${suffix}" configs/${config}.h)
endfunction()

function(hakmem_add_flavour_of suffix header)
  hakmem_sources(runtime ${hakmem_upper_layers})
  set(replacement ${runtime})
  list(FILTER runtime EXCLUDE REGEX ${hakmem_replacement_pattern})
  list(FILTER replacement INCLUDE REGEX ${hakmem_replacement_pattern})
  hakmem_add_objects(hakmem_runtime${suffix} ${runtime})
  hakmem_add_objects(hakmem_replacement${suffix} ${replacement})
  foreach(part runtime replacement)
    target_compile_definitions(hakmem_${part}${suffix} PRIVATE
      HAKMEM_CONFIG_HEADER="${header}")
  endforeach()
endfunction()

function(hakmem_add_shared target suffix)
  set(exports ${PROJECT_SOURCE_DIR}/src/api/exports.map)
  add_library(${target} SHARED
    $<TARGET_OBJECTS:hakmem_core> $<TARGET_OBJECTS:hakmem_runtime${suffix}>
    $<TARGET_OBJECTS:hakmem_replacement${suffix}>)
  set_target_properties(${target} PROPERTIES LINK_DEPENDS ${exports})
  target_link_libraries(${target} PRIVATE hakmem_flags)
  target_include_directories(${target} INTERFACE ${PROJECT_SOURCE_DIR}/include)
  # Nothing but libc, and what of libgcc is linked in. It stays loaded for good: threads hold its
  # blocks and its destructors, so dlclose must not unmap it.
  target_link_options(${target} PRIVATE
    -nodefaultlibs
    LINKER:--version-script=${exports} LINKER:--no-undefined LINKER:--gc-sections
    LINKER:-z,now LINKER:-z,relro LINKER:-z,noexecstack LINKER:-z,nodelete)
  target_link_libraries(${target} PRIVATE c gcc)
endfunction()

# One member with every hidden symbol made local: a program gets all of the malloc family or
# nothing of it, and cannot collide with our internal names.
function(hakmem_add_archive target name)
  if(HAKMEM_SANITIZE)
    add_library(${target} STATIC ${ARGN})
  else()
    set(whole ${PROJECT_BINARY_DIR}/objects/${name}.o)
    file(MAKE_DIRECTORY ${PROJECT_BINARY_DIR}/objects)
    add_custom_command(OUTPUT ${whole}
      COMMAND ${CMAKE_LINKER} -r -o ${whole} ${ARGN}
      COMMAND ${CMAKE_OBJCOPY} --localize-hidden ${whole}
      DEPENDS ${ARGN} COMMAND_EXPAND_LISTS VERBATIM
      COMMENT "Joining objects into ${name}.o")
    add_library(${target} STATIC ${whole})
  endif()
  set_target_properties(${target} PROPERTIES OUTPUT_NAME ${name} LINKER_LANGUAGE CXX)
  target_include_directories(${target} INTERFACE ${PROJECT_SOURCE_DIR}/include)
  target_link_libraries(${target} INTERFACE Threads::Threads)
endfunction()

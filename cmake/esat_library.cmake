# The headers that most files of ours include, parsed once for all of them (ESAT_PRECOMPILE_HEADERS, which the sanitizer presets
# set). The others do without: there every file must include what it uses, and at -O3 GCC 12 sees overruns in the standard
# library's own code that it does not see where that comes from its own headers.
if(ESAT_PRECOMPILE_HEADERS)
  file(WRITE ${PROJECT_BINARY_DIR}/precompiled.cc "")
  add_library(esat_precompiled OBJECT ${PROJECT_BINARY_DIR}/precompiled.cc)
  target_link_libraries(esat_precompiled PRIVATE absl::flat_hash_map absl::statusor absl::str_format absl::strings)
  target_precompile_headers(esat_precompiled PRIVATE <algorithm> <functional> <map> <memory> <optional> <string> <vector>
    <absl/container/flat_hash_map.h> <absl/container/flat_hash_set.h> <absl/status/statusor.h> <absl/strings/str_cat.h>
    <absl/strings/str_format.h> <absl/strings/str_join.h>)
endif()

# esat_precompile(TARGET): TARGET starts from those headers, where the option asks for it.
function(esat_precompile target)
  if(ESAT_PRECOMPILE_HEADERS)
    target_precompile_headers(${target} REUSE_FROM esat_precompiled)
  endif()
endfunction()

# esat_library(ROOM [DEPS target...] [PRIVATE_DEPS target...])
#
# One static library from the .cc files of the current folder and its subfolders, headers beside
# sources; `esat::ROOM` for users. The repository's root is the include root.
function(esat_library room)
  cmake_parse_arguments(ARG "" "" "DEPS;PRIVATE_DEPS" ${ARGN})
  file(GLOB_RECURSE sources CONFIGURE_DEPENDS ${CMAKE_CURRENT_SOURCE_DIR}/*.cc)
  set(target esat_${room})
  if(NOT sources)
    add_library(${target} INTERFACE)
    add_library(esat::${room} ALIAS ${target})
    target_link_libraries(${target} INTERFACE ${ARG_DEPS})
    target_include_directories(${target} INTERFACE $<BUILD_INTERFACE:${PROJECT_SOURCE_DIR}>)
    set_target_properties(${target} PROPERTIES EXPORT_NAME ${room})
    set_property(GLOBAL APPEND PROPERTY ESAT_LIBRARIES ${target})
    return()
  endif()
  add_library(${target} STATIC ${sources})
  add_library(esat::${room} ALIAS ${target})
  set_target_properties(${target} PROPERTIES EXPORT_NAME ${room})
  target_include_directories(${target} PUBLIC
    $<BUILD_INTERFACE:${PROJECT_SOURCE_DIR}> $<BUILD_INTERFACE:${PROJECT_BINARY_DIR}/generated>
    $<INSTALL_INTERFACE:${CMAKE_INSTALL_INCLUDEDIR}/esat>)
  target_compile_features(${target} PUBLIC cxx_std_20)
  target_link_libraries(${target} PUBLIC ${ARG_DEPS} PRIVATE $<BUILD_INTERFACE:esat_options> ${ARG_PRIVATE_DEPS})
  esat_precompile(${target})
  set_property(GLOBAL APPEND PROPERTY ESAT_LIBRARIES ${target})
endfunction()

# esat_test(ROOM [DEPS target...] [LABELS label...])
#
# One executable from tests/ROOM/*_test.cc and its helpers, every TEST its own CTest case.
# The working directory is the repository's root.
function(esat_test room)
  cmake_parse_arguments(ARG "" "" "DEPS;LABELS" ${ARGN})
  file(GLOB_RECURSE sources CONFIGURE_DEPENDS ${PROJECT_SOURCE_DIR}/tests/${room}/*.cc)
  if(NOT sources)
    return()
  endif()
  string(REPLACE "/" "_" name ${room})
  set(target esat_${name}_test)
  add_executable(${target} ${sources})
  target_link_libraries(${target} PRIVATE ${ARG_DEPS} esat_options GTest::gmock GTest::gtest_main)
  esat_precompile(${target})
  if(NOT ARG_LABELS)
    set(ARG_LABELS unit)
  endif()
  include(GoogleTest)
  gtest_discover_tests(${target} TEST_PREFIX "${room}." DISCOVERY_MODE PRE_TEST
    WORKING_DIRECTORY ${PROJECT_SOURCE_DIR} PROPERTIES LABELS "${ARG_LABELS}" TIMEOUT 600)
endfunction()

# Names that Debian 12 and Ubuntu 24.04 both have; see docs/architecture.md for who uses what.
set(THREADS_PREFER_PTHREAD_FLAG ON)
find_package(Threads REQUIRED)
find_package(absl REQUIRED)
find_package(Protobuf REQUIRED)
find_package(ONNX CONFIG REQUIRED)  # after Protobuf; targets onnx and onnx_proto
find_package(CLI11 REQUIRED)
find_package(nlohmann_json REQUIRED)
find_package(PkgConfig REQUIRED)
pkg_check_modules(CBC REQUIRED IMPORTED_TARGET cbc)

find_program(CCACHE_PROGRAM ccache)
if(CCACHE_PROGRAM AND NOT CMAKE_CXX_COMPILER_LAUNCHER)
  # Paths relative to the checkout: another clone finds what this one compiled.
  # The sloppiness is what a precompiled header needs: its time does not count, its contents do.
  set(CMAKE_CXX_COMPILER_LAUNCHER ${CMAKE_COMMAND} -E env CCACHE_BASEDIR=${PROJECT_SOURCE_DIR} CCACHE_NOHASHDIR=1
      CCACHE_SLOPPINESS=pch_defines,time_macros ${CCACHE_PROGRAM})
endif()

if(ESAT_BUILD_TESTS)
  find_package(GTest REQUIRED)
endif()
if(ESAT_BUILD_BENCH)
  find_package(benchmark REQUIRED)
endif()

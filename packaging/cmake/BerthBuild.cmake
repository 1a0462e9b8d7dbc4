# How Berth itself is compiled: standard, warnings, hardening, sanitizers, and the two functions
# with which a folder declares itself.

set(CMAKE_CXX_STANDARD 20)
set(CMAKE_CXX_STANDARD_REQUIRED ON)
set(CMAKE_CXX_EXTENSIONS OFF)
set(CMAKE_C_STANDARD 11)
set(CMAKE_C_EXTENSIONS OFF)
set(CMAKE_POSITION_INDEPENDENT_CODE ON)
set(CMAKE_EXPORT_COMPILE_COMMANDS ON)
set(CMAKE_RUNTIME_OUTPUT_DIRECTORY "${CMAKE_BINARY_DIR}/bin")

if(NOT CMAKE_BUILD_TYPE)
    set(CMAKE_BUILD_TYPE Release CACHE STRING "" FORCE)
endif()

find_program(BERTH_CCACHE ccache)
if(BERTH_CCACHE)
    set(CMAKE_C_COMPILER_LAUNCHER "${BERTH_CCACHE}")
    set(CMAKE_CXX_COMPILER_LAUNCHER "${BERTH_CCACHE}")
endif()

find_program(BERTH_MOLD mold)
if(BERTH_MOLD)
    add_link_options(-fuse-ld=mold)
endif()

set(BERTH_SANITIZE "" CACHE STRING "sanitizers to build with: address,undefined or thread")
option(BERTH_UNITY "compile each folder of the host in a few large pieces, tests with precompiled headers: faster from scratch" OFF)
option(BERTH_WERROR "treat warnings as errors" OFF)

add_compile_definitions(_GLIBCXX_ASSERTIONS)
if(BERTH_SANITIZE)
    add_compile_options(-fsanitize=${BERTH_SANITIZE} -fno-sanitize-recover=all -fno-omit-frame-pointer)
    add_link_options(-fsanitize=${BERTH_SANITIZE})
    add_compile_definitions(BERTH_SANITIZED=1)
    # Sanitizers describe each variable and each check: more than a million addresses that a program which can be loaded anywhere
    # would write at each start, and tests start programs by the thousand.
    string(APPEND CMAKE_EXE_LINKER_FLAGS " -no-pie")
elseif(CMAKE_BUILD_TYPE STREQUAL "Release" OR CMAKE_BUILD_TYPE STREQUAL "RelWithDebInfo")
    # What is shipped names no directory of the machine that built it; a debugger on that machine still finds the sources.
    add_compile_options(-fstack-protector-strong -D_FORTIFY_SOURCE=2 "-fmacro-prefix-map=${PROJECT_SOURCE_DIR}/=")
    add_link_options(-Wl,-z,relro -Wl,-z,now)
endif()
if(BERTH_PACKAGES)
    # Packages carry debug data, too.
    add_compile_options("-ffile-prefix-map=${PROJECT_SOURCE_DIR}/=")
endif()

# Warnings for our own code; a target opts in by linking this.
add_library(berth_warnings INTERFACE)
target_compile_options(berth_warnings INTERFACE
    -Wall -Wextra -Wpedantic -Wshadow -Wconversion
    $<$<COMPILE_LANGUAGE:CXX>:-Wold-style-cast -Woverloaded-virtual -Wnon-virtual-dtor>
    $<$<BOOL:${BERTH_WERROR}>:-Werror>
    # GCC 12 warns of an overlap in "text" + std::string that is not there (GCC bug 105651).
    $<$<AND:$<COMPILE_LANG_AND_ID:CXX,GNU>,$<VERSION_LESS:$<CXX_COMPILER_VERSION>,13>>:-Wno-restrict>
    # When it optimises, it takes a string that lies in an optional for uninitialised.
    $<$<AND:$<COMPILE_LANG_AND_ID:CXX,GNU>,$<VERSION_LESS:$<CXX_COMPILER_VERSION>,13>,$<NOT:$<CONFIG:Debug>>>:-Wno-maybe-uninitialized>)

# berth_folder(NAME base SOURCES a.cpp ... PUBLIC deps... PRIVATE deps...)
# One folder of the host is one static library, berth::NAME; includes are written from host/.
function(berth_folder)
    cmake_parse_arguments(PARSE_ARGV 0 arg "" "NAME" "SOURCES;PUBLIC;PRIVATE")
    add_library(berth_${arg_NAME} STATIC ${arg_SOURCES})
    add_library(berth::${arg_NAME} ALIAS berth_${arg_NAME})
    set_target_properties(berth_${arg_NAME} PROPERTIES UNITY_BUILD ${BERTH_UNITY} UNITY_BUILD_UNIQUE_ID BERTH_UNITY_ID)
    target_include_directories(berth_${arg_NAME} PUBLIC "${PROJECT_SOURCE_DIR}/host")
    target_link_libraries(berth_${arg_NAME} PUBLIC ${arg_PUBLIC} PRIVATE ${arg_PRIVATE} berth_warnings)
endfunction()

# berth_test_headers(): what nearly every test includes, read by the compiler once for all of them with BERTH_UNITY.
function(berth_test_headers)
    # A program, since the compiler takes headers only into code of the same position independence.
    file(CONFIGURE OUTPUT berth_test_headers.cpp CONTENT "int main() {}\n")
    add_executable(berth_test_headers "${CMAKE_CURRENT_BINARY_DIR}/berth_test_headers.cpp")
    target_link_libraries(berth_test_headers PRIVATE GTest::gmock nlohmann_json::nlohmann_json Threads::Threads berth_warnings)
    target_precompile_headers(berth_test_headers PRIVATE
        <gmock/gmock.h> <gtest/gtest.h> <nlohmann/json.hpp>
        <algorithm> <chrono> <condition_variable> <filesystem> <fstream> <functional> <map> <mutex> <optional> <span>
        <string> <string_view> <thread> <variant> <vector>)
    # Without the time of day in it the result is the same each time, and a compiler cache can answer.
    target_compile_options(berth_test_headers PRIVATE "$<$<CXX_COMPILER_ID:Clang>:SHELL:-Xclang -fno-pch-timestamp>")
endfunction()

# berth_test(NAME unit_base SOURCES ... LINK deps... LABELS unit [TIMEOUT seconds] [SERIAL] [WHOLE])
# A GoogleTest program. Each test is a ctest entry of its own, or the program is one with WHOLE.
function(berth_test)
    cmake_parse_arguments(PARSE_ARGV 0 arg "SERIAL;WHOLE" "NAME;TIMEOUT" "SOURCES;LINK;LABELS")
    if(NOT arg_TIMEOUT)
        set(arg_TIMEOUT 60)
    endif()
    if(BERTH_SANITIZE)
        # The tests' own deadlines are longer then, and say what they waited for.
        math(EXPR arg_TIMEOUT "3 * ${arg_TIMEOUT}")
    endif()
    add_executable(${arg_NAME} ${arg_SOURCES})
    target_link_libraries(${arg_NAME} PRIVATE ${arg_LINK} berth_warnings GTest::gmock GTest::gtest_main)
    target_include_directories(${arg_NAME} PRIVATE "${PROJECT_SOURCE_DIR}/tests")
    if(BERTH_UNITY)
        target_precompile_headers(${arg_NAME} REUSE_FROM berth_test_headers)
    endif()
    set(properties LABELS "${arg_LABELS}" TIMEOUT ${arg_TIMEOUT})
    if(arg_SERIAL)
        list(APPEND properties RUN_SERIAL ON)
    endif()
    if(arg_WHOLE)
        add_test(NAME ${arg_NAME} COMMAND ${arg_NAME})
        set_tests_properties(${arg_NAME} PROPERTIES ${properties})
    else()
        gtest_discover_tests(${arg_NAME} DISCOVERY_MODE PRE_TEST DISCOVERY_TIMEOUT 60 PROPERTIES ${properties})
    endif()
endfunction()

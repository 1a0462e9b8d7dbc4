# berth_add_project(NAME source...): the shared library NAME.so (NAME.dll on Windows) that the host
# loads, as a target NAME. C++ sources are compiled as C++20, C sources as C11.
#
# What it sets, and why: hidden visibility and a version script, so that one symbol is exported and
# generations never share variables; -z defs, since nothing may be left for the host to provide; a
# build id, by which logs and debuggers recognise a file; no lib prefix, since the stem is the name.
# Where no build type was chosen, CMake would not optimise at all: it becomes RelWithDebInfo.
function(berth_add_project name)
    if(NOT name MATCHES "^[a-z0-9][a-z0-9_-]*$")
        message(FATAL_ERROR "berth_add_project: \"${name}\" is no project name: it begins with a-z or 0-9 "
                            "and goes on with a-z, 0-9, _ or -")
    endif()
    if(NOT ARGN)
        message(FATAL_ERROR "berth_add_project: ${name} has no sources")
    endif()

    get_property(has_many_types GLOBAL PROPERTY GENERATOR_IS_MULTI_CONFIG)
    if(NOT CMAKE_BUILD_TYPE AND NOT has_many_types)
        message(STATUS "berth: no CMAKE_BUILD_TYPE was chosen: RelWithDebInfo, optimised and with debug data")
        set(CMAKE_BUILD_TYPE RelWithDebInfo CACHE STRING "Debug, Release, RelWithDebInfo or MinSizeRel" FORCE)
    endif()

    add_library(${name} MODULE ${ARGN})
    target_link_libraries(${name} PRIVATE berth::sdk)
    foreach(language C CXX)
        get_property(enabled GLOBAL PROPERTY ENABLED_LANGUAGES)
        if(NOT language IN_LIST enabled)
            continue()
        elseif(language STREQUAL "C")
            target_compile_features(${name} PRIVATE c_std_11)
        else()
            target_compile_features(${name} PRIVATE cxx_std_20)
        endif()
    endforeach()
    set_target_properties(${name} PROPERTIES
        PREFIX "" OUTPUT_NAME "${name}" POSITION_INDEPENDENT_CODE ON
        C_VISIBILITY_PRESET hidden CXX_VISIBILITY_PRESET hidden VISIBILITY_INLINES_HIDDEN ON)
    # Inline variables would otherwise be unique in the whole process, across generations.
    target_compile_options(${name} PRIVATE $<$<COMPILE_LANG_AND_ID:CXX,GNU>:-fno-gnu-unique>)

    if(WIN32)
        target_link_options(${name} PRIVATE -static)
        return()
    endif()
    set(map "${CMAKE_CURRENT_FUNCTION_LIST_DIR}/project.map")
    target_link_options(${name} PRIVATE "LINKER:--version-script=${map}" LINKER:--build-id)
    set_property(TARGET ${name} APPEND PROPERTY LINK_DEPENDS "${map}")
    # clang leaves a sanitizer's symbols to the program, so they can't be demanded here.
    get_directory_property(options COMPILE_OPTIONS)
    if(NOT "${options} ${CMAKE_CXX_FLAGS} ${CMAKE_C_FLAGS}" MATCHES "-fsanitize" OR CMAKE_CXX_COMPILER_ID STREQUAL "GNU")
        target_link_options(${name} PRIVATE LINKER:-z,defs)
    endif()
endfunction()

# Run by cpack between installing into its staging directories and closing the packages: Debian wants man pages and
# changelogs compressed, without the time in them, so that equal sources give equal packages.
find_program(gzip gzip REQUIRED)
file(GLOB_RECURSE files "${CPACK_TEMPORARY_DIRECTORY}/*/usr/share/man/*" "${CPACK_TEMPORARY_DIRECTORY}/*/usr/share/doc/*/changelog")
foreach(file IN LISTS files)
    if(NOT file MATCHES "\\.gz$" AND NOT IS_SYMLINK "${file}")
        execute_process(COMMAND "${gzip}" -9nf "${file}" COMMAND_ERROR_IS_FATAL ANY)
    endif()
endforeach()

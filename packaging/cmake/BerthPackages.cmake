# The Debian packages: what goes into which, and what their control files say. packaging/quickstart package builds them;
# the tests pack their own build.
#
#   berth              host, shipped projects, units, configuration    components host, plugins, system
#   berth-dev          headers, CMake packages, examples               components sdk, client-dev
#   libberth-client1   the client library, for programs that run       component client
#   libberth-testing0  the virtual-time host, for tests that run       component testing
#
# and for each with programs or libraries one with their debug data, NAME-dbgsym.

set(deb "${PROJECT_SOURCE_DIR}/packaging/deb")
set(made "${CMAKE_CURRENT_BINARY_DIR}/packages")

# ---- files that only a package has: `cmake --install` leaves them out ------------------------------------

if(NOT CMAKE_INSTALL_PREFIX STREQUAL "/usr")
    message(FATAL_ERROR "packages: a package of Debian's installs to /usr, not to ${CMAKE_INSTALL_PREFIX}: set CMAKE_INSTALL_PREFIX=/usr")
endif()

# The sample, with the two keys switched on that the unit's directories and the service's group need.
function(berth_packaged_configuration out)
    set(sample "${PROJECT_SOURCE_DIR}/packaging/config/berth.toml")
    set_property(DIRECTORY APPEND PROPERTY CMAKE_CONFIGURE_DEPENDS "${sample}")
    file(READ "${sample}" text)
    foreach(pair "#run = \"/run/berth\"|run = \"/run/berth\"" "#group = \"\"|group = \"berth\"")
        string(REGEX MATCH "^[^|]+" from "${pair}")
        string(REGEX REPLACE "^[^|]+\\|" "" to "${pair}")
        string(FIND "${text}" "\n${from}\n" position)
        if(position EQUAL -1)
            message(FATAL_ERROR "packages: ${sample} has no line ${from}: the packaged configuration can not be made")
        endif()
        string(REPLACE "\n${from}\n" "\n${to}\n" text "${text}")
    endforeach()
    file(CONFIGURE OUTPUT "${out}" CONTENT "${text}" @ONLY)
endfunction()

berth_packaged_configuration("${made}/berth.toml")
install(FILES "${made}/berth.toml" DESTINATION /etc/berth COMPONENT system EXCLUDE_FROM_ALL)

configure_file("${PROJECT_SOURCE_DIR}/packaging/systemd/berth.service.in" "${made}/berth.service" @ONLY)
install(FILES "${made}/berth.service" "${PROJECT_SOURCE_DIR}/packaging/systemd/berth.socket"
        DESTINATION /lib/systemd/system COMPONENT system EXCLUDE_FROM_ALL)
install(FILES "${PROJECT_SOURCE_DIR}/packaging/systemd/berth.tmpfiles" DESTINATION lib/tmpfiles.d RENAME berth.conf
        COMPONENT system EXCLUDE_FROM_ALL)
install(DIRECTORY "${PROJECT_SOURCE_DIR}/packaging/samples/" DESTINATION "${CMAKE_INSTALL_DATADIR}/berth/samples"
        USE_SOURCE_PERMISSIONS COMPONENT system EXCLUDE_FROM_ALL PATTERN README.md EXCLUDE)
install(FILES "${deb}/README.Debian" DESTINATION share/doc/berth COMPONENT system EXCLUDE_FROM_ALL)
install(FILES "${deb}/berth-dev.lintian-overrides" DESTINATION share/lintian/overrides RENAME berth-dev COMPONENT sdk
        EXCLUDE_FROM_ALL)

# Man pages and changelogs are compressed before a package is closed.
foreach(pair berth:system berth-dev:sdk libberth-client1:client libberth-testing0:testing)
    string(REPLACE ":" ";" pair "${pair}")
    list(GET pair 0 package)
    list(GET pair 1 component)
    install(FILES "${deb}/changelog" "${deb}/copyright" DESTINATION share/doc/${package} COMPONENT ${component}
            EXCLUDE_FROM_ALL)
endforeach()
set(CPACK_PRE_BUILD_SCRIPTS "${PROJECT_SOURCE_DIR}/packaging/cmake/BerthPackageFiles.cmake")

# ---- all packages ----------------------------------------------------------------------------------------

set(CPACK_GENERATOR DEB)
set(CPACK_PACKAGE_NAME berth)
set(CPACK_PACKAGE_CONTACT "The Berth authors <maintainers@berth.invalid>")
set(CPACK_PACKAGE_DIRECTORY "${CMAKE_BINARY_DIR}/packages")
set(CPACK_SET_DESTDIR ON)  # Configuration and units have absolute destinations.
# Stripped when what is stripped has gone into packages of its own, NAME-dbgsym.
set(CPACK_STRIP_FILES OFF)
set(CPACK_DEBIAN_DEBUGINFO_PACKAGE ON)
set(CPACK_COMPONENTS_ALL host plugins system sdk client-dev client testing)
set(CPACK_COMPONENTS_GROUPING ONE_PER_GROUP)
set(CPACK_DEB_COMPONENT_INSTALL ON)
set(CPACK_DEBIAN_FILE_NAME DEB-DEFAULT)
set(CPACK_DEBIAN_COMPRESSION_TYPE xz)
set(CPACK_THREADS 0)  # All cores: debug data takes long to compress.
set(CPACK_DEBIAN_PACKAGE_CONTROL_STRICT_PERMISSION ON)
set(CPACK_DEBIAN_PACKAGE_PRIORITY optional)
set(CPACK_INSTALL_DEFAULT_DIRECTORY_PERMISSIONS OWNER_READ OWNER_WRITE OWNER_EXECUTE GROUP_READ GROUP_EXECUTE
    WORLD_READ WORLD_EXECUTE)

# ---- berth -----------------------------------------------------------------------------------------------

set(CPACK_COMPONENT_HOST_GROUP runtime)
set(CPACK_COMPONENT_PLUGINS_GROUP runtime)
set(CPACK_COMPONENT_SYSTEM_GROUP runtime)
set(CPACK_DEBIAN_RUNTIME_PACKAGE_NAME berth)
set(CPACK_DEBIAN_RUNTIME_PACKAGE_SECTION net)
set(CPACK_DEBIAN_RUNTIME_PACKAGE_SHLIBDEPS ON)
# The event loop of libwebsockets is a library that it loads at run time, which dpkg-shlibdeps can't see.
set(CPACK_DEBIAN_RUNTIME_PACKAGE_DEPENDS "adduser, libwebsockets-evlib-uv")
set(CPACK_DEBIAN_RUNTIME_PACKAGE_SUGGESTS "berth-dev, nginx | caddy | httpd, certbot")
set(CPACK_DEBIAN_RUNTIME_PACKAGE_CONTROL_EXTRA "${deb}/conffiles;${deb}/postinst;${deb}/prerm;${deb}/postrm")
set(CPACK_DEBIAN_RUNTIME_DESCRIPTION "WebSocket application server for projects in native code
A project is a shared library in C++, C, or any language that can fill in a
C table; copied into a directory, it answers at ws://host:7681/NAME. Each
connected client has its own copy of the project's variables and its own
database connection, one event at a time, without locks; a loop of the
project's own runs beside them.
.
Every project runs in a process of its own: one that crashes, hangs or is
replaced takes down neither the host nor the other projects.")

# ---- berth-dev -------------------------------------------------------------------------------------------

set(CPACK_COMPONENT_SDK_GROUP development)
set(CPACK_COMPONENT_CLIENT-DEV_GROUP development)
set(CPACK_DEBIAN_DEVELOPMENT_PACKAGE_NAME berth-dev)
set(CPACK_DEBIAN_DEVELOPMENT_PACKAGE_SECTION libdevel)
set(CPACK_DEBIAN_DEVELOPMENT_PACKAGE_SHLIBDEPS OFF)
set(CPACK_DEBIAN_DEVELOPMENT_PACKAGE_DEPENDS
    "libberth-client1 (= ${PROJECT_VERSION}), libberth-testing0 (= ${PROJECT_VERSION})")
set(CPACK_DEBIAN_DEVELOPMENT_PACKAGE_RECOMMENDS "berth (= ${PROJECT_VERSION}), g++ | c-compiler, cmake | pkg-config, libgtest-dev")
set(CPACK_DEBIAN_DEVELOPMENT_DESCRIPTION "development files for projects of the Berth WebSocket server
The C header and the C++20 face that a project is compiled against, a CMake
package with the function berth_add_project, a pkg-config file, and examples
to begin with. Nothing is linked: the host hands a project the table of what
it offers.
.
Also what programs are built with that use the client library, and tests that
use the virtual-time host.")

# ---- the libraries ---------------------------------------------------------------------------------------

# berth_library_package(component group package library soversion)
function(berth_library_package component group package library soversion)
    string(TOUPPER "${component}" COMPONENT)
    string(TOUPPER "${group}" GROUP)
    file(WRITE "${made}/${package}/shlibs" "${library} ${soversion} ${package} (>= ${PROJECT_VERSION})\n")
    set(CPACK_COMPONENT_${COMPONENT}_GROUP ${group} PARENT_SCOPE)
    set(CPACK_DEBIAN_${GROUP}_PACKAGE_NAME ${package} PARENT_SCOPE)
    set(CPACK_DEBIAN_${GROUP}_PACKAGE_SECTION libs PARENT_SCOPE)
    set(CPACK_DEBIAN_${GROUP}_PACKAGE_SHLIBDEPS ON PARENT_SCOPE)
    set(CPACK_DEBIAN_${GROUP}_PACKAGE_CONTROL_EXTRA "${made}/${package}/shlibs;${deb}/triggers" PARENT_SCOPE)
endfunction()

berth_library_package(client client_library libberth-client1 libberth-client 1)
set(CPACK_DEBIAN_CLIENT_LIBRARY_DESCRIPTION "client library for WebSocket servers, such as Berth
Connects to a WebSocket server from C or C++, plain or with TLS, waiting or
with callbacks; reconnects with growing pauses and obeys the server's word on
when to come back.")
berth_library_package(testing testing_library libberth-testing0 libberth-testing 0)
set(CPACK_DEBIAN_TESTING_LIBRARY_DESCRIPTION "virtual-time host for tests of Berth projects
Loads a project as the Berth host would, with clients and a clock that the
test moves, so that an interval of twenty seconds takes no time.")

include(CPack)

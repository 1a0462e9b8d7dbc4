// SPDX-License-Identifier: MIT
#include "db/database.hpp"

#include <system_error>

#include "db/sqlite_connection.hpp"

namespace berth::host::db {

Database::Database(DatabaseOptions options)
    : options_(std::move(options)), cap_(options_.connections_max, options_.busy) {}

Result<std::unique_ptr<Connection>> Database::open() {
    // First the path: what can never succeed should not wait.
    auto path = path_inside(options_.directory, options_.file);
    if (!path) return tl::unexpected<Error>(std::move(path.error()));
    auto slot = cap_.acquire();
    if (!slot) return tl::unexpected<Error>(std::move(slot.error()));

    std::error_code error;
    std::filesystem::create_directories(path->parent_path(), error);
    if (error)
        return fail(Code::system, "database " + options_.file + ": its directory " +
                                      path->parent_path().string() + " can not be made: " + error.message() +
                                      "; give the host's user access");
    // Once more, now that the directories exist and may be links that somebody put there.
    path = path_inside(options_.directory, options_.file);
    if (!path) return tl::unexpected<Error>(std::move(path.error()));
    auto connection = SqliteConnection::create(*path, options_.directory, options_.busy, std::move(*slot));
    if (!connection) return tl::unexpected<Error>(std::move(connection.error()));
    return std::unique_ptr<Connection>(std::move(*connection));
}

Result<Connection*> Session::use() {
    if (!connection_) {
        auto opened = database_.open();
        if (!opened) return tl::unexpected<Error>(std::move(opened.error()));
        connection_ = std::move(*opened);
    }
    return connection_.get();
}

}  // namespace berth::host::db

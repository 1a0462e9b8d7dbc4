// SPDX-License-Identifier: MIT
/// A project's database: where it lies, how many may have it open, and how a connection is made.
#pragma once

#include <cstddef>
#include <filesystem>
#include <memory>
#include <string>

#include "base/clock.hpp"
#include "base/result.hpp"
#include "db/cap.hpp"
#include "db/connection.hpp"

namespace berth::host::db {

struct DatabaseOptions {
    std::filesystem::path directory;   ///< the project's data directory; made when missing
    std::string file = "data.sqlite";  ///< relative; must stay inside the directory
    std::size_t connections_max = 256;
    Milliseconds busy{5'000};  ///< for locks, and for a slot under the cap
};

/// One per project and process; outlives its connections. [any thread]
class Database {
public:
    explicit Database(DatabaseOptions options);

    /// Opens a connection of its own for a context: waits for a slot, makes directory and file,
    /// sets WAL, synchronous=NORMAL, the busy time-out, foreign keys, untrusted schema. The slot is
    /// held until the connection is destroyed. May block up to twice the busy time-out.
    [[nodiscard]] Result<std::unique_ptr<Connection>> open();

    [[nodiscard]] Cap::Figures figures() const { return cap_.figures(); }
    [[nodiscard]] const DatabaseOptions& options() const { return options_; }

private:
    const DatabaseOptions options_;
    Cap cap_;
};

/// A context's connection, opened on first use, closed with the context. [context]
class Session {
public:
    explicit Session(Database& database) : database_(database) {}

    /// The connection; opened now when it is not yet. A failure is not remembered: the next use tries again.
    [[nodiscard]] Result<Connection*> use();
    /// The connection if it was opened, else null.
    [[nodiscard]] Connection* opened() const { return connection_.get(); }
    void close() { connection_.reset(); }

private:
    Database& database_;
    std::unique_ptr<Connection> connection_;
};

/// Where `file` lies in `directory`, or Code::invalid when it is absolute, empty or leads outside,
/// symbolic links included. Touches nothing.
[[nodiscard]] Result<std::filesystem::path> path_inside(const std::filesystem::path& directory,
                                                        const std::string& file);

}  // namespace berth::host::db

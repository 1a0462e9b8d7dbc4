// SPDX-License-Identifier: MIT
/// The configuration as plain structs; a default-constructed `Config` is what an empty file means.
///
/// Values are made by `load` (load.hpp), documented in the table of keys (keys.hpp), and never change afterwards: read them
/// from any thread. Times are milliseconds; 0 means never where it is said so. Sources: DECISIONS §5, RELIABILITY §4.1.
#pragma once

#include <cstdint>
#include <filesystem>
#include <map>
#include <optional>
#include <string>
#include <string_view>
#include <variant>
#include <vector>

#include "base/clock.hpp"
#include "base/log.hpp"
#include "config/address.hpp"
#include "config/compression.hpp"
#include "config/tls.hpp"
#include "config/token_file.hpp"

namespace berth::host::config {

enum class Isolation { process, none };
enum class BacklogPolicy { close, drop_newest, drop_oldest };
enum class LogFormat { human, json };
/// Which files a log directory gets: berth.log, one NAME.log per project, or both.
enum class LogFiles { host, projects, both };
/// What becomes of a process that the kernel does not confine: it runs with a warning, or not at all.
enum class Confinement { wanted, required };

/// The text of an enumerator as it is written in the file.
[[nodiscard]] std::string_view name_of(Isolation value);
[[nodiscard]] std::string_view name_of(BacklogPolicy value);
[[nodiscard]] std::string_view name_of(LogFormat value);
[[nodiscard]] std::string_view name_of(LogFiles value);
[[nodiscard]] std::string_view name_of(Confinement value);

struct Log {
    LogFormat format = LogFormat::human;
    log::Level level = log::Level::info;
    std::filesystem::path directory{};  ///< empty: standard error only
    LogFiles files = LogFiles::host;
    std::uint64_t file_bytes = 50u << 20;  ///< a file that would grow past this is rotated
    std::uint32_t file_count = 10;         ///< files kept per log, the current one included
};

/// Bounds of the host as a whole, mostly of connections that belong to no project yet.
struct HostLimits {
    std::uint32_t connections = 10'000;
    std::uint32_t connections_per_address = 256;  ///< loopback exempt
    std::uint32_t handshakes_per_address = 32;    ///< at once; loopback exempt
    std::uint32_t connection_rate = 20;           ///< new ones of one address a second; loopback exempt; 0: any
    std::uint32_t handshake_rate = 500;           ///< new ones of all addresses a second; loopback exempt; 0: any
    std::uint32_t handshakes = 4'000;             ///< at once, of all addresses
    std::uint64_t memory_bytes = 0;               ///< held for clients; 0: half of the machine's
    std::uint64_t header_bytes = 8u << 10;
    std::uint32_t header_count = 64;
    std::uint64_t uri_bytes = 2u << 10;
    Milliseconds heartbeat{5'000};  ///< gateway or worker without a sign of life; 0: never
    Milliseconds tls_handshake{5'000};
    Milliseconds head{10'000};  ///< the whole request head
    Milliseconds close{5'000};  ///< for the peer's close frame
    Milliseconds blocked_write{10'000};
    Milliseconds unacknowledged{30'000};
    Milliseconds stop{30'000};  ///< for closing every client when the host stops
};

struct Host {
    std::filesystem::path plugins = "/var/lib/berth/plugins";
    std::filesystem::path state = "/var/lib/berth";
    std::filesystem::path run = "/run/berth";  ///< `load` uses default_run_directory()
    std::filesystem::path control{};           ///< the control socket; `load` fills run/control.sock
    std::string group{};                       ///< whose members may use the control socket; empty: none
    std::uint32_t io_threads = 0;              ///< 0: one per core; `load` leaves it, see io_threads_of
    std::string user{};  ///< for the children when started as root; empty: berth, else nobody
    Confinement confinement = Confinement::wanted;
    bool private_files = true;  ///< what is made, nobody else may read
    bool core_dumps = false;    ///< crashes may leave cores
    std::vector<std::string> trusted_proxies{};  ///< networks as IpNetwork writes them; see the table of keys
    Log log{};
    HostLimits limits{};
};

struct Listen {
    Address address{.port = 7681};
    std::optional<Tls> tls{};
    bool insecure = false;  ///< plain text off loopback is wanted
};

struct Pages {
    Address address{.port = 7680};
    bool insecure = false;                                        ///< as in Listen: pages have no TLS
    std::vector<std::string> hosts{};                             ///< names to answer for, besides addresses
    std::map<std::string, std::filesystem::path> static_files{};  ///< URL prefix to directory
};

struct Limits {  ///< of one project
    std::uint32_t connections = 10'000;
    std::uint32_t connections_per_address = 256;  ///< loopback exempt
    std::uint32_t connections_per_user = 32;      ///< of a token with a name
    std::uint64_t message_bytes = 64u << 10;
    std::uint32_t fragments = 128;           ///< frames of one message
    Milliseconds message_time{30'000};       ///< from its first byte to its last
    std::uint32_t messages_per_second = 0;   ///< of one client; 0: any
    std::uint64_t bytes_per_second = 0;      ///< of messages of one client; 0: any
    Milliseconds held_back{10'000};          ///< for a client that goes on sending faster
    std::uint32_t control_frames = 10;       ///< of one client a second; 0: any
    std::uint64_t backlog_bytes = 1u << 20;
    BacklogPolicy backlog_policy = BacklogPolicy::close;
    Milliseconds idle{0};            ///< 0: never
    Milliseconds ping{25'000};       ///< 0: never
    Milliseconds pong{10'000};       ///< for the answer to a ping
    Milliseconds slow_event{1'000};  ///< an event that takes longer is told in the log, with its stack; 0: none
    Milliseconds handler{30'000};    ///< one client event; then the worker is ended
    Milliseconds global_service{0};  ///< one run; 0: never
    Milliseconds connection_event{10'000};
    Milliseconds start{30'000};  ///< load and first run of the global service
    Milliseconds stop{30'000};   ///< stop event and destruction
    Milliseconds resume{10'000};  ///< a surviving client is kept so long without a process
    Milliseconds drain{600'000};  ///< for clients of a replaced version that cannot go on in the new one; 0: none
    Milliseconds watch{10'000};   ///< in which a new version that dies twice is rolled back; 0: never
    std::uint32_t executors = 256;
    std::uint32_t tasks = 0;         ///< threads of the worker; 0: executors and 32
    std::uint64_t memory_bytes = 512u << 20;  ///< of the worker; 0: any
    std::uint32_t inbox_events = 64;  ///< waiting in one context
    std::uint64_t inbox_bytes = 1u << 20;
    std::uint64_t inbox_total_bytes = 64u << 20;  ///< waiting in all contexts of one process
    std::uint32_t topics = 100'000;     ///< of the project, with subscribers
    std::uint32_t subscriptions = 256;  ///< of one client
};

/// Overrides of the promises a project makes (BERTH_PROJECT_...); absent: as the project says.
struct Flags {
    std::optional<bool> inline_handlers{};
    std::optional<bool> stateless{};
    std::optional<bool> repeatable{};
    std::optional<bool> exclusive{};

    /// The project's flags with the overrides applied.
    [[nodiscard]] std::uint64_t apply(std::uint64_t project_flags) const;
};

struct Database {
    std::string file = "data.sqlite";  ///< inside STATE/PROJECT
    std::uint32_t connections = 256;   ///< open at once
    Milliseconds busy{5'000};          ///< for a lock, and for a free connection
};

/// One value for berth.config/1; nested names are joined by dots, arrays counted from 0.
struct Setting {
    std::string key{};
    std::variant<bool, std::int64_t, double, std::string> value{};
    bool operator==(const Setting&) const = default;
};

/// Everything that is configured per project. [defaults] has the general values.
struct Project {
    Isolation isolation = Isolation::process;
    bool confined = true;  ///< its process starts no others, traces none and gains no privileges
    std::vector<std::string> origins{"same-host"};  ///< "same-host", "*", host names, "*.example.org"
    std::vector<std::string> hosts{};               ///< values of Host, without port; empty: any
    std::vector<std::string> subprotocols{};        ///< empty: the project alone decides
    TokenFile tokens{};
    Limits limits{};
    Compression compression{};
    Database database{};
    // Only in [project.NAME]:
    std::optional<Milliseconds> interval{};  ///< overrides the annotation
    Flags flags{};
    bool enabled = true;              ///< false: known, but not started
    bool blocked = false;             ///< started, newcomers refused with 503
    std::vector<Setting> settings{};  ///< ordered by key
};

struct Config {
    Host host{};
    std::vector<Listen> listen{Listen{}};
    std::optional<Pages> pages{};
    Project defaults{};
    std::map<std::string, Project> projects{};  ///< with the general values already filled in

    /// What holds for a project: its own table, else [defaults].
    [[nodiscard]] const Project& project(const std::string& name) const;
};

/// [a-z0-9][a-z0-9_-]{0,63} (DECISIONS §2).
[[nodiscard]] bool is_project_name(std::string_view name);
/// /run/berth as root, else berth/ in XDG_RUNTIME_DIR or, without one, in /tmp with the user's id.
[[nodiscard]] std::filesystem::path default_run_directory();
/// The configured number of I/O threads, or the number of cores; at least 1, at most 64.
[[nodiscard]] std::uint32_t io_threads_of(const Host& host);

}  // namespace berth::host::config

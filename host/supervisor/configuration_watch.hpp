// SPDX-License-Identifier: MIT
/// Tells when a file of the configuration has changed: the TOML files, certificates, keys and tokens.
#pragma once

#include <filesystem>
#include <functional>
#include <map>
#include <memory>
#include <set>

#include "base/event_loop.hpp"
#include "config/config.hpp"
#include "supervisor/watcher.hpp"

namespace berth::host::supervisor {

/// The files that a running configuration was made of; absolute paths.
struct ConfigurationFiles {
    std::set<std::filesystem::path> files{};
    std::filesystem::path parts{};  ///< the directory conf.d; empty: there is no main file
};

/// `main_file`: empty when there is none.
[[nodiscard]] ConfigurationFiles files_of(const config::Config& config, const std::filesystem::path& main_file);

/// inotify on the directories of the files, since files are replaced more often than written. Calls `changed` when
/// everything has been quiet for 300 ms, so that a certificate and its key, or an editor's steps, count as one change.
class ConfigurationWatch {
public:
    ConfigurationWatch(EventLoop& loop, std::function<void()> changed);

    void set(ConfigurationFiles files);
    /// Watches directories again that were missing or have been replaced.
    void renew();

private:
    void touched(const std::filesystem::path& file);
    [[nodiscard]] bool is_part(const std::filesystem::path& file) const;

    EventLoop& loop_;
    const std::function<void()> changed_;
    ConfigurationFiles files_;
    std::map<std::filesystem::path, std::unique_ptr<Watcher>> watchers_;  ///< by directory
    Timer quiet_;
};

}  // namespace berth::host::supervisor

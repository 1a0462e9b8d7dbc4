// SPDX-License-Identifier: MIT
#include "supervisor/configuration_watch.hpp"

namespace berth::host::supervisor {
namespace {

namespace fs = std::filesystem;

constexpr Milliseconds quiet_time{300};
/// Where a volume is replaced as a whole, its files are links through this one (Kubernetes).
constexpr const char* volume_link = "..data";

fs::path absolute_of(const fs::path& file) {
    std::error_code error;
    fs::path absolute = fs::absolute(file, error);
    return error ? file : absolute.lexically_normal();
}

}  // namespace

ConfigurationFiles files_of(const config::Config& config, const fs::path& main_file) {
    ConfigurationFiles files;
    if (!main_file.empty()) {
        files.files.insert(absolute_of(main_file));
        files.parts = absolute_of(main_file).parent_path() / "conf.d";
        files.files.insert(files.parts);
    }
    for (const config::Listen& listen : config.listen) {
        if (!listen.tls) continue;
        files.files.insert(absolute_of(listen.tls->certificate));
        files.files.insert(absolute_of(listen.tls->key));
        for (const config::CertificateFiles& pair : listen.tls->by_name) {
            files.files.insert(absolute_of(pair.certificate));
            files.files.insert(absolute_of(pair.key));
        }
    }
    const auto add_tokens = [&](const config::Project& project) {
        if (!project.tokens.file.empty()) files.files.insert(absolute_of(project.tokens.file));
    };
    add_tokens(config.defaults);
    for (const auto& [name, project] : config.projects) add_tokens(project);
    return files;
}

ConfigurationWatch::ConfigurationWatch(EventLoop& loop, std::function<void()> changed)
    : loop_(loop), changed_(std::move(changed)), quiet_(loop) {}

void ConfigurationWatch::set(ConfigurationFiles files) {
    files_ = std::move(files);
    std::set<fs::path> directories;
    for (const fs::path& file : files_.files) directories.insert(file.parent_path());
    if (!files_.parts.empty()) directories.insert(files_.parts);
    std::erase_if(watchers_, [&](const auto& entry) { return !directories.contains(entry.first); });
    for (const fs::path& directory : directories) {
        auto& watcher = watchers_[directory];
        if (!watcher) watcher = std::make_unique<Watcher>(loop_, directory, [this](const fs::path& file) { touched(file); });
    }
}

void ConfigurationWatch::renew() {
    for (const auto& [directory, watcher] : watchers_) watcher->renew();
}

bool ConfigurationWatch::is_part(const fs::path& file) const {
    return file.empty() || files_.files.contains(file) || file.filename() == volume_link ||
           (file.parent_path() == files_.parts && file.extension() == ".toml");
}

void ConfigurationWatch::touched(const fs::path& file) {
    if (is_part(file)) quiet_.set(quiet_time, changed_);
}

}  // namespace berth::host::supervisor

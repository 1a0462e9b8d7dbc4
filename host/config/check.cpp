// SPDX-License-Identifier: MIT
#include "config/check.hpp"

#include <fcntl.h>
#include <grp.h>
#include <pwd.h>
#include <sys/stat.h>
#include <unistd.h>

#include <array>
#include <cerrno>
#include <cstdio>
#include <cstring>
#include <system_error>

#include "config/child_user.hpp"

namespace berth::host::config {
namespace {

namespace fs = std::filesystem;

bool may(const fs::path& path, int what) {
    return faccessat(AT_FDCWD, path.c_str(), what, AT_EACCESS) == 0;
}

std::string reason() {
    return std::strerror(errno);
}

class Check {
public:
    explicit Check(const Loaded& loaded) : loaded_(loaded) {}

    std::vector<Finding> all() {
        const Host& host = loaded_.config.host;
        plugins(host.plugins);
        writable("host.state", host.state);
        writable("host.run", host.run);
        if (!host.log.directory.empty()) writable("host.log.directory", host.log.directory);
        user(host.user);
        reached("host.state", host.state, "chmod o+x ", /*reads=*/false);
        group(host.group);
        for (std::size_t i = 0; i < loaded_.config.listen.size(); ++i) {
            const Listen& listen = loaded_.config.listen[i];
            const std::string name = "listen." + std::to_string(i) + ".tls.";
            if (!listen.tls) continue;
            pair(name, {listen.tls->certificate, listen.tls->key});
            for (std::size_t j = 0; j < listen.tls->by_name.size(); ++j)
                pair(name + "by_name." + std::to_string(j) + ".", listen.tls->by_name[j]);
        }
        tokens("defaults.tokens", loaded_.config.defaults);
        for (const auto& [name, project] : loaded_.config.projects) {
            if (project.tokens != loaded_.config.defaults.tokens) tokens("project." + name + ".tokens", project);
        }
        if (loaded_.config.pages) {
            for (const auto& [prefix, directory] : loaded_.config.pages->static_files) {
                const std::string key = "pages.static.\"" + prefix + "\"";
                if (readable_directory(key, directory, "create it, or name the directory that has the pages"))
                    reached(key, directory, "chmod o+rx ", /*reads=*/true);
            }
        }
        return std::move(findings_);
    }

private:
    void pair(const std::string& name, const CertificateFiles& files) {
        readable_file(name + "certificate", files.certificate);
        if (readable_file(name + "key", files.key)) private_file(name + "key", files.key);
    }
    void add(const std::string& key, std::string message,
             Finding::Severity severity = Finding::Severity::error) {
        Origin origin;
        if (const auto found = loaded_.origins.find(key); found != loaded_.origins.end())
            origin = found->second;
        findings_.push_back({severity, {std::move(origin), key, std::move(message)}});
    }

    void plugins(const fs::path& directory) {
        if (!readable_directory("host.plugins", directory,
                                "create it with mkdir -p " + directory.string() + ", or name another"))
            return;
        struct stat status {};
        if (stat(directory.c_str(), &status) == 0 && (status.st_mode & S_IWOTH) != 0 &&
            (status.st_mode & S_ISVTX) == 0)
            add("host.plugins",
                directory.string() + " can be written by everybody, who could run code here: chmod o-w " +
                    directory.string(),
                Finding::Severity::warning);
    }

    bool readable_directory(const std::string& key, const fs::path& directory, const std::string& remedy) {
        std::error_code error;
        const fs::file_status status = fs::status(directory, error);
        if (status.type() == fs::file_type::not_found) {
            add(key, "there is no directory " + directory.string() + ": " + remedy);
        } else if (error) {
            add(key,
                directory.string() + " can not be reached: " + error.message() + "; give this user access");
        } else if (!fs::is_directory(status)) {
            add(key, directory.string() + " is not a directory: " + remedy);
        } else if (!may(directory, R_OK | X_OK)) {
            add(key, directory.string() + " can not be read: " + reason() + "; give this user access");
        } else {
            return true;
        }
        return false;
    }

    /// There and writable, or could be made.
    void writable(const std::string& key, const fs::path& directory) {
        std::error_code error;
        fs::path nearest = directory;
        while (!fs::exists(nearest, error) && nearest.has_relative_path()) {
            if (error) break;
            nearest = nearest.parent_path();
        }
        if (error) {
            add(key,
                directory.string() + " can not be reached: " + error.message() + "; give this user access");
        } else if (!fs::is_directory(nearest, error)) {
            add(key, (nearest == directory ? "" : directory.string() + " can not be made: ") +
                         nearest.string() + " is not a directory: name another one");
        } else if (!may(nearest, W_OK | X_OK)) {
            add(key, (nearest == directory
                          ? directory.string() + " can not be written: "
                          : directory.string() + " can not be made in " + nearest.string() + ": ") +
                         reason() + "; give this user access, or name another directory");
        }
    }

    bool readable_file(const std::string& key, const fs::path& file) {
        struct stat status {};
        if (stat(file.c_str(), &status) != 0) {
            add(key, file.string() + " can not be read: " + reason() +
                         "; name a PEM file that this user may read");
        } else if (!S_ISREG(status.st_mode)) {
            add(key, file.string() + " is not a file: name a PEM file");
        } else if (!may(file, R_OK)) {
            add(key, file.string() + " can not be read: " + reason() + "; give this user access");
        } else {
            return true;
        }
        return false;
    }

    /// RELIABILITY §4.3: a key that others can read is refused.
    void private_file(const std::string& key, const fs::path& file) {
        struct stat status {};
        if (stat(file.c_str(), &status) != 0 || (status.st_mode & (S_IRWXG | S_IRWXO)) == 0) return;
        add(key, file.string() + " can be used by others than its owner: chmod 600 " + file.string());
    }

    void tokens(const std::string& key, const Project& project) {
        if (!project.tokens.file.empty()) private_file(key, project.tokens.file);
    }

    void user(const std::string& name) {
        if (name.empty()) return;
        errno = 0;
        if (getpwnam(name.c_str()) == nullptr)
            add("host.user", "there is no user " + name +
                                 " on this machine: create it with useradd --system " + name +
                                 ", or name another");
        else if (geteuid() != 0)
            add("host.user",
                "only root can become another user: start the host as root, or leave the key out",
                Finding::Severity::warning);
    }

    /// A host that root starts hands its work to another user, who may see less. Libraries are copied by the host
    /// itself, so host.plugins need not be reached.
    void reached(const std::string& key, const fs::path& directory, const std::string& remedy, bool reads) {
        const auto user = child_user(loaded_.config.host.user);
        if (!user || !*user) return;
        const auto closed = closed_to(**user, fs::absolute(directory), reads);
        if (!closed) return;
        struct stat status {};
        stat(closed->c_str(), &status);
        std::array<char, 8> mode{};
        std::snprintf(mode.data(), mode.size(), "%04o", static_cast<unsigned>(status.st_mode & 07777));
        add(key, directory.string() + " can not be reached by the user " + (*user)->name +
                     ", as whom the host's children run: " + closed->string() + " is closed to it (mode " +
                     mode.data() + "): " + remedy + closed->string() + ", or name another directory");
    }

    void group(const std::string& name) {
        if (name.empty() || getgrnam(name.c_str()) != nullptr) return;
        add("host.group", "there is no group " + name + " on this machine: create it with groupadd --system " +
                              name + ", or name another");
    }

    const Loaded& loaded_;
    std::vector<Finding> findings_;
};

}  // namespace

std::vector<Finding> check(const Loaded& loaded) {
    return Check(loaded).all();
}

Diagnostics errors_of(const std::vector<Finding>& findings) {
    Diagnostics errors;
    for (const Finding& finding : findings)
        if (finding.severity == Finding::Severity::error) errors.all.push_back(finding.diagnostic);
    return errors;
}

}  // namespace berth::host::config

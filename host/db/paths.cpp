// SPDX-License-Identifier: MIT
#include <algorithm>
#include <system_error>

#include "db/database.hpp"

namespace berth::host::db {

namespace fs = std::filesystem;

Result<fs::path> path_inside(const fs::path& directory, const std::string& file) {
    const auto refuse = [&](const std::string& why) {
        return fail(Code::invalid, "database file \"" + file + "\": " + why);
    };
    const fs::path relative(file);
    if (file.empty() || !relative.has_filename() || relative.filename() == ".")
        return refuse("a file name is missing, such as data.sqlite");
    if (file.find('\0') != std::string::npos) return refuse("a file name has no zero bytes");
    if (relative.is_absolute())
        return refuse("the file must lie in the project's directory " + directory.string() +
                      ": write a relative path");
    if (std::any_of(relative.begin(), relative.end(), [](const fs::path& part) { return part == ".."; }))
        return refuse("the file must lie in the project's directory " + directory.string() + ": no ..");
    // What exists of the path is followed through symbolic links, the file itself too.
    std::error_code error;
    const fs::path inside = fs::weakly_canonical(directory, error);
    const fs::path path = error ? fs::path() : fs::weakly_canonical(inside / relative, error);
    if (error) return refuse("can not be reached: " + error.message() + "; check the directories above it");
    const fs::path from_inside = path.lexically_relative(inside);
    if (from_inside.empty() || *from_inside.begin() == "..")
        return refuse("a symbolic link leads out of the project's directory " + inside.string() +
                      ": remove the link");
    // A link that leads nowhere yet was not followed, but creating the file would follow it.
    for (fs::path part = path; part != inside && part.has_relative_path(); part = part.parent_path())
        if (fs::is_symlink(fs::symlink_status(part, error)))
            return refuse("a symbolic link in the project's directory leads nowhere: remove " +
                          part.string());
    return path;
}

}  // namespace berth::host::db

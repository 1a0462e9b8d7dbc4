# SPDX-License-Identifier: MIT
"""What the packages contain and what their control files say."""

import re
import shutil
import tempfile
import unittest
from pathlib import Path

import suite


def listing(file):
    """Path to (mode, owner), without the leading dot and the slash at the end of a directory."""
    entries = {}
    for line in suite.run("dpkg-deb", "--contents", file).stdout.splitlines():
        mode, owner, _, _, _, path = line.split(maxsplit=5)
        entries[path.split(" -> ")[0].lstrip(".").rstrip("/")] = (mode, owner)
    return entries


class Contents(unittest.TestCase):
    @classmethod
    def setUpClass(cls):
        cls.directory = tempfile.TemporaryDirectory(prefix="berth-contents-")
        cls.control = {}
        cls.root = {}
        for name in suite.ALL:
            cls.root[name] = Path(cls.directory.name, name)
            cls.control[name] = Path(cls.directory.name, f"{name}.control")
            suite.run("dpkg-deb", "--extract", suite.package(name), cls.root[name])
            suite.run("dpkg-deb", "--control", suite.package(name), cls.control[name])
        cls.files = {name: listing(suite.package(name)) for name in cls.root}

    @classmethod
    def tearDownClass(cls):
        cls.directory.cleanup()

    def test_the_host_s_package_has_what_a_system_needs(self):
        for path in ("/usr/bin/berth", "/etc/berth/berth.toml", "/lib/systemd/system/berth.service",
                     "/lib/systemd/system/berth.socket", "/usr/lib/tmpfiles.d/berth.conf", "/usr/lib/berth/plugins/echo.so", "/usr/lib/berth/plugins/chat.so",
                     "/usr/lib/berth/plugins/ticker.so", "/usr/share/berth/pages/chat/index.html",
                     "/usr/share/berth/samples/nginx/berth.conf", "/usr/share/doc/berth/README.Debian"):
            self.assertIn(path, self.files["berth"])

    def test_the_author_s_package_has_headers_cmake_package_and_pkg_config(self):
        paths = "\n".join(self.files["berth-dev"])
        for pattern in (r"^/usr/include/berth/berth\.h$", r"^/usr/include/berth/berth\.hpp$",
                        r"^/usr/lib/[^/]+/cmake/berth/berthConfig\.cmake$", r"^/usr/lib/[^/]+/cmake/berth/project\.map$",
                        r"^/usr/lib/[^/]+/pkgconfig/berth\.pc$", r"^/usr/include/berth/client\.hpp?$",
                        r"^/usr/lib/[^/]+/libberth-client\.so$", r"^/usr/lib/[^/]+/libberth-testing\.so$",
                        r"^/usr/lib/[^/]+/pkgconfig/berth-client\.pc$", r"^/usr/share/man/man3/berth-sdk\.3\.gz$",
                        r"^/usr/share/man/man3/berth-client\.3\.gz$", r"^/usr/share/man/man7/berth-tutorial\.7\.gz$",
                        r"^/usr/share/doc/berth/tutorial\.md$"):
            self.assertRegex(paths, re.compile(pattern, re.MULTILINE))

    def test_a_library_s_package_has_the_library_under_its_soname_and_nothing_to_build_with(self):
        for name, soname in (("libberth-client1", "libberth-client.so.1"), ("libberth-testing0", "libberth-testing.so.0")):
            files = [path for path in self.files[name] if path.startswith("/usr/lib/") and ".so" in path]
            self.assertIn(soname, [Path(path).name for path in files])
            self.assertNotIn(f"{soname[:-2]}", [Path(path).name for path in files])
            self.assertEqual((self.control[name] / "triggers").read_text(), "activate-noawait ldconfig\n")
            stem, number = soname.split(".so.")
            version = suite.field(suite.package(name), "Version")
            self.assertEqual((self.control[name] / "shlibs").read_text().split(), [stem, number, name, "(>=", f"{version})"])
            self.assertIn(f"{name} (= {version})", suite.field(suite.package("berth-dev"), "Depends"))

    def test_every_file_belongs_to_root_and_is_written_by_nobody_else(self):
        for name, files in self.files.items():
            for path, (mode, owner) in files.items():
                self.assertEqual(owner, "root/root", f"{name}: {path}")
                if not mode.startswith("l"):
                    self.assertEqual((mode[5], mode[8]), ("-", "-"), f"{name}: {path} {mode}")

    def test_the_configuration_is_the_operator_s(self):
        self.assertEqual((self.control["berth"] / "conffiles").read_text(), "/etc/berth/berth.toml\n")
        for name, files in self.files.items():
            if name != "berth":
                self.assertFalse([path for path in files if path.startswith("/etc")], name)

    def test_the_configuration_is_the_sample_but_for_the_directories_and_the_group(self):
        sample = (suite.SOURCE / "packaging/config/berth.toml").read_text().splitlines()
        packaged = (self.root["berth"] / "etc/berth/berth.toml").read_text().splitlines()
        changed = [new for old, new in zip(sample, packaged, strict=True) if old != new]
        self.assertEqual(changed, ['run = "/run/berth"', 'group = "berth"'])

    def test_libraries_that_are_linked_and_the_one_that_is_loaded_are_dependencies(self):
        depends = suite.field(suite.package("berth"), "Depends")
        for library in ("libc6", "libwebsockets17", "libssl3", "libsqlite3-0", "libuv1", "libsystemd0"):
            self.assertIn(library, depends)
        for package in ("adduser", "libwebsockets-evlib-uv"):
            self.assertIn(package, depends)

    def test_licence_and_changelog_are_where_debian_looks_for_them(self):
        version = suite.field(suite.package("berth"), "Version")
        for name, root in self.root.items():
            documents = root / "usr/share/doc" / name
            licence = (documents / "copyright").read_text()
            self.assertIn("Format: https://www.debian.org/doc/packaging-manuals/copyright-format/1.0/", licence)
            first = suite.run("zcat", documents / "changelog.gz").stdout.splitlines()[0]
            self.assertTrue(first.startswith(f"berth ({version})"), first)

    def test_the_licence_in_the_packages_is_the_tree_s(self):
        def words(text):
            return " ".join(text.replace("\n .\n", "\n").split())

        licence = (suite.SOURCE / "LICENSE").read_text()
        packaged = (suite.SOURCE / "packaging/deb/copyright").read_text()
        self.assertIn(words(licence[licence.index("Permission"):]), words(packaged))

    def test_nothing_names_the_machine_that_built_it(self):
        for name, root in self.root.items():
            for path in root.rglob("*"):
                if path.is_file() and not path.is_symlink():
                    self.assertFalse(str(suite.SOURCE).encode() in path.read_bytes(), f"{name}: {path}")

    def test_debug_data_is_in_packages_of_its_own_and_found_by_build_id(self):
        for name in suite.BINARY:
            debug = suite.package(f"{name}-dbgsym")
            self.assertIn(f"{name} (= {suite.field(suite.package(name), 'Version')})", suite.field(debug, "Depends"))
            self.assertEqual(suite.field(debug, "Auto-Built-Package"), "debug-symbols")
            with tempfile.TemporaryDirectory(prefix="berth-debug-") as directory:
                suite.run("dpkg-deb", "--extract", debug, directory)
                binaries = [path for path in self.root[name].rglob("*")
                            if path.is_file() and not path.is_symlink() and path.read_bytes().startswith(b"\x7fELF")]
                self.assertTrue(binaries, name)
                for path in binaries:
                    notes = suite.run("readelf", "--notes", path).stdout
                    build_id = re.search(r"Build ID: ([0-9a-f]+)", notes)[1]
                    self.assertNotIn(".debug_info", suite.run("readelf", "--sections", "--wide", path).stdout, path)
                    data = Path(directory, "usr/lib/debug/.build-id", build_id[:2], f"{build_id[2:]}.debug")
                    self.assertIn(".debug_info", suite.run("readelf", "--sections", "--wide", data).stdout, path)
                    self.assertFalse(str(suite.SOURCE).encode() in data.read_bytes(), f"{data} names the machine that built it")

    @unittest.skipUnless(shutil.which("gdb"), "gdb is not installed: no debugger reads the debug data")
    def test_a_debugger_finds_the_lines_of_the_installed_program(self):
        with tempfile.TemporaryDirectory(prefix="berth-debug-") as directory:
            suite.run("dpkg-deb", "--extract", suite.package("berth-dbgsym"), directory)
            said = suite.run("gdb", "--batch", "--nx", "-ex", f"set debug-file-directory {directory}/usr/lib/debug",
                             "-ex", f"file {self.root['berth']}/usr/bin/berth", "-ex", "info line main").stdout
        self.assertRegex(said, r'Line \d+ of "\S*host/main\.cpp"')

    def test_the_maintainer_scripts_are_plain_shell(self):
        for name in ("postinst", "prerm", "postrm"):
            script = self.control["berth"] / name
            self.assertTrue(script.stat().st_mode & 0o111, name)
            suite.run("sh", "-n", script)

    @unittest.skipUnless(shutil.which("lintian"), "lintian is not installed: Debian's rules are not checked")
    def test_lintian_finds_no_error(self):
        for name in self.root:
            done = suite.run("lintian", "--allow-root", "--fail-on", "error", "--tag-display-limit", "0",
                             suite.package(name), check=False)
            self.assertEqual(done.returncode, 0, done.stdout)


if __name__ == "__main__":
    suite.main()
